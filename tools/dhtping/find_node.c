/* find_node.c - the verb find-node: the nodes nearest to an id */
#include "tools/dhtping/batch.h"

static void end(struct job *job)
{
	const struct dhtping_options *options = job->batch->run->options;
	const struct lookup_node *nearest[2];

	job->found = search_nearest(&job->search, nearest, 1) > 0;
	if (!options->trace)
		job->batch->printed += batch_put_nodes(job);
}

void find_node_run(struct run *run)
{
	static const struct batch_verb verb = { .method = KRPC_FIND_NODE, .end = end };
	struct error error = { 0 };

	if (!run->word_count) {
		fail_usage(&error, "no id to look for");
		run_error(run, &error);
		return;
	}
	batch_run(run, &verb);
}
