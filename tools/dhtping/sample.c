/* sample.c - the verb sample */
#include "tools/dhtping/dhtping.h"

void sample_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "sample: not written yet");
	run_error(run, &error);
}
