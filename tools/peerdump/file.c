/* file.c - an RDB file as a source of keys and members */
#include "tools/peerdump/file.h"

bool file_open(struct source *source)
{
	struct error error = { 0 };

	fail_usage(&error, "--rdb is not there yet");
	run_error(source->run, &error);
	return false;
}
