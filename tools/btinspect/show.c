/* show.c - btinspect show: one record for each torrent, or a view for people */
#include "tools/btinspect/btinspect.h"

void show_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "show: not there yet");
	run_error(run, &error);
}
