/* find_node.c - the verb find-node */
#include "tools/dhtping/dhtping.h"

void find_node_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "find-node: not written yet");
	run_error(run, &error);
}
