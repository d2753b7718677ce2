/* stub_torrents.c - userstats torrents: not there yet */
#include "tools/userstats/userstats.h"

void torrents_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "torrents is not there yet");
	run_error(run, &error);
}
