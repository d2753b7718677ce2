/* stub_current.c - userstats current: not there yet */
#include "tools/userstats/userstats.h"

void current_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "current is not there yet");
	run_error(run, &error);
}
