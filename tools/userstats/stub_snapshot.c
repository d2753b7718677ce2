/* stub_snapshot.c - userstats snapshot: not there yet */
#include "tools/userstats/userstats.h"

void snapshot_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "snapshot is not there yet");
	run_error(run, &error);
}
