/* stub_diff.c - userstats diff: not there yet */
#include "tools/userstats/userstats.h"

void diff_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "diff is not there yet");
	run_error(run, &error);
}
