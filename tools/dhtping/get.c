/* get.c - the verb get */
#include "tools/dhtping/dhtping.h"

void get_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "get: not written yet");
	run_error(run, &error);
}
