/* stub_merge.c - userstats merge: not there yet */
#include "tools/userstats/userstats.h"

void merge_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "merge is not there yet");
	run_error(run, &error);
}
