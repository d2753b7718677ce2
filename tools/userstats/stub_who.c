/* stub_who.c - userstats who: not there yet */
#include "tools/userstats/userstats.h"

void who_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "who is not there yet");
	run_error(run, &error);
}
