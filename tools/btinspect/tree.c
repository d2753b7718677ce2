/* tree.c - btinspect tree: any bencode, value by value */
#include "tools/btinspect/btinspect.h"

void tree_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "tree: not there yet");
	run_error(run, &error);
}
