/* stub_orphans.c - userstats orphans: not there yet */
#include "tools/userstats/userstats.h"

void orphans_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "orphans is not there yet");
	run_error(run, &error);
}
