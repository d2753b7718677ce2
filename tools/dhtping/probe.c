/* probe.c - the verb probe */
#include "tools/dhtping/dhtping.h"

void probe_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "probe: not written yet");
	run_error(run, &error);
}
