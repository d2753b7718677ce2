/* stub_completed.c - userstats completed: not there yet */
#include "tools/userstats/userstats.h"

void completed_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "completed is not there yet");
	run_error(run, &error);
}
