/* stub_shared.c - userstats shared: not there yet */
#include "tools/userstats/userstats.h"

void shared_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "shared is not there yet");
	run_error(run, &error);
}
