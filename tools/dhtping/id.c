/* id.c - the verb id */
#include "tools/dhtping/dhtping.h"

void id_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "id: not written yet");
	run_error(run, &error);
}
