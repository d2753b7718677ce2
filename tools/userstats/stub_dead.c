/* stub_dead.c - userstats dead: not there yet */
#include "tools/userstats/userstats.h"

void dead_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "dead is not there yet");
	run_error(run, &error);
}
