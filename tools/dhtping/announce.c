/* announce.c - the verb announce */
#include "tools/dhtping/dhtping.h"

void announce_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "announce: not written yet");
	run_error(run, &error);
}
