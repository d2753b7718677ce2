/* put.c - the verb put */
#include "tools/dhtping/dhtping.h"

void put_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "put: not written yet");
	run_error(run, &error);
}
