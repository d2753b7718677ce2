/* convert.c - peerdump convert: older text members to binary entries, and back */
#include "tools/peerdump/peerdump.h"

void convert_run(struct run *run)
{
	struct error error = { 0 };

	fail_usage(&error, "not there yet");
	run_error(run, &error);
}
