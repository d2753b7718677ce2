/* stub_top.c - userstats top: not there yet */
#include "tools/userstats/userstats.h"

void top_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "top is not there yet");
	run_error(run, &error);
}
