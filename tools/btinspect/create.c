/* create.c - btinspect create: a torrent of a file or a folder */
#include "tools/btinspect/btinspect.h"

void create_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "create: not there yet");
	run_error(run, &error);
}
