/* diff.c - peerdump diff: what is only in one of two sources, and what changed */
#include "tools/peerdump/peerdump.h"

void diff_run(struct run *run)
{
	struct error error = { 0 };

	fail_usage(&error, "not there yet");
	run_error(run, &error);
}
