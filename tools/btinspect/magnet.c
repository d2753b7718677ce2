/* magnet.c - btinspect magnet: torrents to magnet links, magnet links to records */
#include "tools/btinspect/btinspect.h"

void magnet_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "magnet: not there yet");
	run_error(run, &error);
}
