/* stub_user.c - userstats user: not there yet */
#include "tools/userstats/userstats.h"

void user_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "user is not there yet");
	run_error(run, &error);
}
