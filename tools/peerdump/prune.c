/* prune.c - peerdump prune: stale entries, foreign members and orphan ext_ sets taken out, with a journal */
#include "tools/peerdump/peerdump.h"

void prune_run(struct run *run)
{
	struct error error = { 0 };

	fail_usage(&error, "not there yet");
	run_error(run, &error);
}
