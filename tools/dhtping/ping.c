/* ping.c - the verb ping */
#include "tools/dhtping/dhtping.h"

void ping_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "ping: not written yet");
	run_error(run, &error);
}
