/* stub_dying.c - userstats dying: not there yet */
#include "tools/userstats/userstats.h"

void dying_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "dying is not there yet");
	run_error(run, &error);
}
