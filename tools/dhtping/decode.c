/* decode.c - the verb decode */
#include "tools/dhtping/dhtping.h"

void decode_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "decode: not written yet");
	run_error(run, &error);
}
