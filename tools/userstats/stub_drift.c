/* stub_drift.c - userstats drift: not there yet */
#include "tools/userstats/userstats.h"

void drift_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "drift is not there yet");
	run_error(run, &error);
}
