/* files.c - btinspect files: the files of torrents */
#include "tools/btinspect/btinspect.h"

void files_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "files: not there yet");
	run_error(run, &error);
}
