/* get_peers.c - the verb get-peers */
#include "tools/dhtping/dhtping.h"

void get_peers_run(struct run *run)
{
	struct error error = { 0 };

	fail_system(&error, "get-peers: not written yet");
	run_error(run, &error);
}
