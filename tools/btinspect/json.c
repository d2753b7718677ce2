/* json.c - btinspect json: any bencode to JSON, so that it can be made the same again */
#include "tools/btinspect/btinspect.h"

void json_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "json: not there yet");
	run_error(run, &error);
}
