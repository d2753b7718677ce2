/* infohash.c - btinspect infohash: the info hashes alone, of many files as fast as they can be read */
#include "tools/btinspect/btinspect.h"

void infohash_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "infohash: not there yet");
	run_error(run, &error);
}
