/* live.c - a server or a cluster as a source of keys and members */
#include "tools/peerdump/live.h"

#include <stdlib.h>
#include <time.h>

#include "base/base64.h"
#include "tools/peerdump/scan.h"

struct live {
	struct redis *redis[DATABASES];
	struct scan scans[DATABASES];
	enum database database;		/* the one that is gone through */
	struct redis *lookup;		/* for questions while another connection is being read; or NULL */
	int64_t now_us;			/* the server's clock when we connected, */
	int64_t began_us;		/* and our own then */
};

static int64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static uint64_t number_of(const struct source *source, enum database database)
{
	const struct peerdump_options *options = source->run->options;

	return database == DATABASE_USERS ? options->users_db : options->torrents_db;
}

static bool connect_to(struct source *source, enum database database)
{
	struct live *live = source->state;
	int64_t now_us;

	if (!live->redis[database]) {
		live->redis[database] = peerdump_connect(source->run, number_of(source, database), &now_us);
		if (live->redis[database] && !live->began_us) {
			live->now_us = now_us;
			live->began_us = monotonic_us();
		}
	}
	return live->redis[database] != NULL;
}

static bool live_begin(struct source *source, enum database database, const struct scan_plan *plans, struct names *names)
{
	struct live *live = source->state;

	live->database = database;
	return connect_to(source, database) &&
	       scan_open(&live->scans[database], source->run, live->redis[database], plans, names);
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

static bool ask_exist(struct live *live, const struct bytes *keys, size_t count, bool *there, struct error *error)
{
	struct redis_reply reply;

	for (size_t i = 0; i < count; i++) {
		const struct bytes words[] = { bytes_of("EXISTS"), keys[i] };

		if (!there[i])
			redis_queue(live->lookup, 2, words);
	}
	for (size_t i = 0; i < count; i++) {
		if (there[i])
			continue;
		if (!redis_read(live->lookup, &reply, error))
			return false;
		if (reply.items->kind == REDIS_ERROR)
			return scan_refused(live->lookup, "EXISTS", reply.items->text, error);
		there[i] = reply.items->kind != REDIS_INTEGER || reply.items->integer != 0;
	}
	return true;
}

/* It may have come since we came by where it was not: the server is asked. */
static bool live_exist(struct source *source, const struct bytes *keys, size_t count, bool *there, struct error *error)
{
	struct live *live = source->state;
	int64_t ignored;
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < count; i++)
		there[i] = base64_parse(keys[i], hash, sizeof hash) && key_saw(&live->scans[DATABASE_TORRENTS].keys, hash);
	if (!live->lookup)
		live->lookup = peerdump_connect(source->run, number_of(source, DATABASE_TORRENTS), &ignored);
	return live->lookup ? ask_exist(live, keys, count, there, error)
			    : fail_system(error, "no connection to ask whether torrents exist");
}

static int64_t live_now_us(const struct source *source)
{
	const struct live *live = source->state;

	return live->now_us + monotonic_us() - live->began_us;
}

static void live_close(struct source *source)
{
	struct live *live = source->state;

	for (size_t i = 0; i < DATABASES; i++) {
		scan_close(&live->scans[i]);
		redis_close(live->redis[i]);
	}
	redis_close(live->lookup);
	free(live);
}

bool live_open(struct source *source)
{
	static const struct source_kind kind = {
		.begin = live_begin, .next = live_next, .end = live_end, .exist = live_exist, .now_us = live_now_us,
		.close = live_close,
	};
	const struct peerdump_options *options = source->run->options;
	struct live *live = calloc(1, sizeof *live);

	if (!live)
		out_of_memory();
	source->kind = &kind;
	source->state = live;
	source->one_database = peerdump_one_database(source->run);
	/* users alone are wanted by `dump --users` only: a server without the other database will do */
	if (connect_to(source, options->what == DUMP_USERS ? DATABASE_USERS : DATABASE_TORRENTS))
		return true;
	live_close(source);
	return false;
}
