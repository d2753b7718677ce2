/* stub_limits.c - userstats limits: not there yet */
#include "tools/userstats/userstats.h"

void limits_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "limits is not there yet");
	run_error(run, &error);
}
