/* stub_summary.c - userstats summary: not there yet */
#include "tools/userstats/userstats.h"

void summary_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "summary is not there yet");
	run_error(run, &error);
}
