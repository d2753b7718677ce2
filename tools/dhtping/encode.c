/* encode.c - the verb encode */
#include "tools/dhtping/dhtping.h"

void encode_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "encode: not written yet");
	run_error(run, &error);
}
