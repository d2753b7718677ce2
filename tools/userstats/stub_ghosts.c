/* stub_ghosts.c - userstats ghosts: not there yet */
#include "tools/userstats/userstats.h"

void ghosts_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "ghosts is not there yet");
	run_error(run, &error);
}
