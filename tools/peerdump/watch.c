/* watch.c - peerdump watch: who joins and leaves the swarms, look after look */
#include "tools/peerdump/peerdump.h"

void watch_run(struct run *run)
{
	struct error error = { 0 };

	fail_usage(&error, "not there yet");
	run_error(run, &error);
}
