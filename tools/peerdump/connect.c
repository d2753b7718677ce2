/* connect.c - how peerdump finds its server: --redis, $REDIS_URL or the usual port, and the database */
#include "tools/peerdump/peerdump.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/number.h"
#include "io/redis_greet.h"

static uint32_t milliseconds(uint64_t seconds)
{
	return seconds > UINT32_MAX / 1000 ? UINT32_MAX : (uint32_t)seconds * 1000;
}

static bool find_server(struct run *run, struct redis_address *address, struct error *error)
{
	const struct peerdump_options *options = run->options;
	const char *variable = getenv("REDIS_URL");

	*address = (struct redis_address){ 0 };
	if (options->redis)
		return redis_address_parse(options->redis, true, &run->memory, address, error);
	if (!variable || !*variable)
		return redis_address_parse("127.0.0.1", true, &run->memory, address, error);
	if (redis_address_parse(variable, false, &run->memory, address, error))
		return true;
	error_prefix(error, "$REDIS_URL");
	return false;
}

/* The number that was asked for; without one, that of the URI. */
static bool choose_database(struct redis_address *address, uint64_t database, struct error *error)
{
	if (database == PEERDUMP_DATABASE_OF_URI)
		return true;
	if (database > UINT32_MAX)
		return fail_usage(error, "there is no database %" PRIu64, database);
	address->database = (uint32_t)database;
	return true;
}

bool peerdump_one_database(struct run *run)
{
	const struct peerdump_options *options = run->options;
	struct redis_address address;
	struct error error = { 0 };

	return find_server(run, &address, &error) && choose_database(&address, options->torrents_db, &error) &&
	       address.database == options->users_db;
}

/* A user who may read keys need not be allowed to ask for the time: then this machine's clock must do. */
static bool ask_time(struct run *run, struct redis *redis, int64_t *now_us, struct error *error)
{
	uint64_t seconds, microseconds;
	struct redis_reply reply;
	char words[REDIS_WORDS_ROOM];

	redis_queue_text(redis, "TIME", NULL);
	if (!redis_read(redis, &reply, error))
		return false;
	if (reply.items->kind == REDIS_ERROR) {
		report_note(&run->report, "%s: TIME: %s; this machine's clock is used instead", redis_name(redis),
			    redis_print_words(words, reply.items->text));
		*now_us = clock_real_us();
		return true;
	}
	if (reply.items->kind != REDIS_ARRAY || reply.count != 3 ||
	    !number_parse(reply.items[1].text, INT64_MAX / 2000000, &seconds) ||
	    !number_parse(reply.items[2].text, 999999, &microseconds))
		return fail_system(error, "%s: TIME: an answer that is no time", redis_name(redis));
	*now_us = (int64_t)(seconds * 1000000 + microseconds);
	return true;
}

static void set_timeouts(const struct peerdump_options *options, struct redis_address *address)
{
	address->command_timeout_ms = milliseconds(options->timeout);
	if (address->command_timeout_ms && address->command_timeout_ms < REDIS_CONNECT_TIMEOUT_MS)
		address->connect_timeout_ms = address->command_timeout_ms;
}

/* A cluster has database 0 alone. That of the users is 1 unless somebody says otherwise, and means nothing there. */
static bool check_cluster(struct run *run, const struct redis_address *address, struct error *error)
{
	const struct peerdump_options *options = run->options;

	if (options->torrents_db == PEERDUMP_DATABASE_OF_URI ? address->database : options->torrents_db)
		return fail_usage(error, "a cluster has database 0 only, and torrents and users are both in it");
	return true;
}

/* The clock of any node. */
static bool ask_nodes_time(struct run *run, struct nodes *nodes, int64_t *now_us, struct error *error)
{
	struct error problem = { 0 };

	for (size_t i = 0; i < nodes->count; i++) {
		struct redis *redis = nodes_redis(nodes, i, &problem);

		if (redis)
			return ask_time(run, redis, now_us, error);
		if (tool_stopped)
			break;
	}
	return fail_system(error, "%s", nodes->count ? problem.message : "no node of the cluster has any slot");
}

static bool open_nodes(struct run *run, enum database database, bool replicas, struct nodes *nodes, int64_t *now_us,
		       struct error *error)
{
	const struct peerdump_options *options = run->options;
	struct nodes_options wanted = { .cluster = options->cluster, .replicas = replicas, .wait = run_wait(run),
					.stop = &tool_stopped };
	uint32_t of_uri;

	if (!find_server(run, &wanted.address, error))
		return false;
	of_uri = wanted.address.database;
	if (!choose_database(&wanted.address, database == DATABASE_USERS ? options->users_db : options->torrents_db, error))
		return false;
	set_timeouts(options, &wanted.address);
	if (!nodes_open(nodes, &wanted, error))
		return false;
	wanted.address.database = of_uri;
	if ((!nodes->cluster || check_cluster(run, &wanted.address, error)) && ask_nodes_time(run, nodes, now_us, error))
		return true;
	nodes_close(nodes);
	return false;
}

static bool nodes_or_complaint(struct run *run, enum database database, bool replicas, struct nodes *nodes, int64_t *now_us)
{
	struct error error = { 0 };

	if (open_nodes(run, database, replicas, nodes, now_us, &error))
		return true;
	if (!tool_stopped)
		run_error(run, &error);
	return false;
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
