/* live.c - a server or a cluster as a source of keys and members */
#include "tools/peerdump/live.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "tools/peerdump/scan.h"

enum { EXIST_MAX = 512 };	/* questions on their way at once */

struct live {
	struct nodes nodes[DATABASES];	/* of a cluster: the first has both */
	bool open[DATABASES];
	struct nodes masters;		/* when replicas are read, what only their masters know */
	struct nodes lookup;		/* for questions while another connection is being read */
	bool looks_up;
	struct pace pace;
	struct scan scans[DATABASES];
	enum database database;		/* the one that is gone through */
	int64_t now_us;			/* the server's clock when we connected, */
	int64_t began_us;		/* and our own then */
};

static bool connect_to(struct source *source, enum database database)
{
	const struct peerdump_options *options = source->run->options;
	struct live *live = source->state;
	int64_t now_us;

	if (live->open[database])
		return true;
	if (!peerdump_nodes(source->run, database, &live->nodes[database], &now_us))
		return false;
	live->open[database] = true;
	if (!live->began_us) {
		live->now_us = now_us;
		live->began_us = clock_monotonic_us();
	}
	return !options->replicas || !live->nodes[database].cluster || live->masters.cluster ||
	       peerdump_masters(source->run, database, &live->masters);
}

/* The nodes that have that database. NULL: it was reported. */
static struct nodes *nodes_with(struct source *source, enum database database)
{
	struct live *live = source->state;

	for (size_t i = 0; i < DATABASES; i++)
		if (live->open[i] && live->nodes[i].cluster)
			return &live->nodes[i];
	return connect_to(source, database) ? &live->nodes[database] : NULL;
}

static bool live_begin(struct source *source, enum database database, const struct scan_plan *plans, struct names *names)
{
	struct live *live = source->state;
	struct nodes *nodes = nodes_with(source, database);

	live->database = database;
	scan_close(&live->scans[database]);
	return nodes && scan_open(&live->scans[database], source->run, nodes, live->masters.cluster ? &live->masters : nodes,
				  &live->pace, plans, names);
}

static bool live_next(struct source *source, struct piece *piece, struct error *error)
{
	struct live *live = source->state;

	return scan_next(&live->scans[live->database], piece, error);
}

static void live_end(struct source *source, const struct error *error, uint64_t count, const char *unit)
{
	struct live *live = source->state;
	struct scan *scan = &live->scans[live->database];

	source->keys += scan->done;
	scan_end(scan, error, count, unit);
}

static bool take_exists(const struct redis *redis, const struct redis_reply *reply, bool *there, struct error *error)
{
	if (!redis)
		return fail_system(error, "the node that was asked whether a torrent exists is lost");
	if (reply->items->kind == REDIS_ERROR)
		return scan_refused(redis, "EXISTS", reply->items->text, error);
	*there = reply->items->kind != REDIS_INTEGER || reply->items->integer != 0;
	return true;
}

/* Asks all nodes at once. Those that gave no answer, or another one than there should be, are left to ask_again. */
static bool ask_all(struct nodes *nodes, const struct bytes *keys, size_t count, bool *there, bool *again,
		    struct error *error)
{
	struct redis *redis[EXIST_MAX];
	struct redis_reply reply;

	for (size_t i = 0; i < count; i++) {
		size_t node = there[i] ? NODES_NONE : nodes_of(nodes, keys[i]);

		redis[i] = node == NODES_NONE ? NULL : nodes_redis(nodes, node, error);
		if (redis[i])
			redis_queue(redis[i], 2, (const struct bytes[]){ bytes_of("EXISTS"), keys[i] });
	}
	for (size_t i = 0; i < count; i++) {
		again[i] = !there[i] && (!redis[i] || !redis_read(redis[i], &reply, error) ||
					 !take_exists(redis[i], &reply, &there[i], error));
		if (again[i] && !nodes->cluster)
			return false;
	}
	error_clear(error);
	return true;
}

/* One of them, wherever it is now. */
static bool ask_again(struct nodes *nodes, struct bytes key, bool *there, struct error *error)
{
	const struct bytes words[] = { bytes_of("EXISTS"), key };
	struct redis_reply reply;
	size_t node;

	if (!nodes_ask(nodes, 2, words, &reply, error))
		return false;
	node = nodes_of(nodes, key);
	return take_exists(nodes->all[node == NODES_NONE ? 0 : node].redis, &reply, there, error);
}

static bool ask_exist(struct nodes *nodes, const struct bytes *keys, size_t count, bool *there, struct error *error)
{
	bool again[EXIST_MAX];

	if (!ask_all(nodes, keys, count, there, again, error))
		return false;
	for (size_t i = 0; i < count; i++)
		if (again[i] && !ask_again(nodes, keys[i], &there[i], error))
			return false;
	return true;
}

/* It may have come since we came by where it was not: the server is asked. */
static bool live_exist(struct source *source, const struct bytes *keys, size_t count, bool *there, struct error *error)
{
	struct live *live = source->state;
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < count; i++)
		there[i] = base64_parse(keys[i], hash, sizeof hash) && key_saw(&live->scans[DATABASE_TORRENTS].keys, hash);
	if (!live->looks_up)
		live->looks_up = peerdump_masters(source->run, DATABASE_TORRENTS, &live->lookup);
	if (!live->looks_up)
		return fail_system(error, "no connection to ask whether torrents exist");
	for (size_t at = 0; at < count; at += EXIST_MAX)
		if (!ask_exist(&live->lookup, keys + at, count - at < EXIST_MAX ? count - at : EXIST_MAX, there + at, error))
			return false;
	return true;
}

static int64_t live_now_us(const struct source *source)
{
	const struct live *live = source->state;

	return live->now_us + clock_monotonic_us() - live->began_us;
}

static void live_close(struct source *source)
{
	struct live *live = source->state;

	pace_close(&live->pace, !source->repeated);
	for (size_t i = 0; i < DATABASES; i++) {
		scan_close(&live->scans[i]);
		nodes_close(&live->nodes[i]);
	}
	nodes_close(&live->masters);
	nodes_close(&live->lookup);
	free(live);
}

bool live_open(struct source *source)
{
	static const struct source_kind kind = {
		.begin = live_begin, .next = live_next, .end = live_end, .exist = live_exist, .now_us = live_now_us,
		.close = live_close,
	};
	const struct peerdump_options *options = source->run->options;
	enum database first = options->what == DUMP_USERS ? DATABASE_USERS : DATABASE_TORRENTS;
	struct live *live = calloc(1, sizeof *live);

	if (!live)
		out_of_memory();
	source->kind = &kind;
	source->state = live;
	pace_open(&live->pace, source->run);
	/* users alone are wanted by `dump --users` only: a server without the other database will do */
	if (!connect_to(source, first)) {
		live_close(source);
		return false;
	}
	source->one_database = live->nodes[first].cluster || peerdump_one_database(source->run);
	return true;
}
