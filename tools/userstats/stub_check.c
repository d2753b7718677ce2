/* stub_check.c - userstats check: not there yet */
#include "tools/userstats/userstats.h"

void check_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "check is not there yet");
	run_error(run, &error);
}
