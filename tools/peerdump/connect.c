/* connect.c - how peerdump finds its server: what its options say of the databases */
#include "tools/peerdump/peerdump.h"

static struct databases databases_of(struct run *run, bool replicas)
{
	const struct peerdump_options *options = run->options;

	return (struct databases){
		.uri = options->redis, .cluster = options->cluster, .replicas = replicas,
		.numbers = { [DATABASE_TORRENTS] = options->torrents_db, [DATABASE_USERS] = options->users_db },
		.timeout_s = options->timeout, .wait = run_wait(run), .stop = &tool_stopped, .memory = &run->memory,
	};
}

bool peerdump_one_database(struct run *run)
{
	struct databases databases = databases_of(run, false);

	return databases_one(&databases);
}

static bool nodes_or_complaint(struct run *run, enum database database, bool replicas, struct nodes *nodes, int64_t *now_us)
{
	struct databases databases = databases_of(run, replicas);
	struct error note = { 0 }, error = { 0 };
	bool open = databases_open(&databases, database, nodes, now_us, &note, &error);

	if (note.kind != ERROR_NONE)
		report_note(&run->report, "%s", note.message);
	if (!open && !tool_stopped)
		run_error(run, &error);
	return open;
}

bool peerdump_nodes(struct run *run, enum database database, struct nodes *nodes, int64_t *now_us)
{
	const struct peerdump_options *options = run->options;

	return nodes_or_complaint(run, database, options->replicas, nodes, now_us);
}

bool peerdump_masters(struct run *run, enum database database, struct nodes *nodes)
{
	int64_t ignored;

	return nodes_or_complaint(run, database, false, nodes, &ignored);
}
