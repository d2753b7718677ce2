/* trackers.c - btinspect trackers: what torrents and magnet links name besides files */
#include "tools/btinspect/btinspect.h"

void trackers_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "trackers: not there yet");
	run_error(run, &error);
}
