/* databases.c - the two Redis databases of a tracker: where they are, and the server's clock */
#include "io/databases.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/number.h"
#include "io/redis_greet.h"

static uint32_t milliseconds(uint64_t seconds)
{
	return seconds > UINT32_MAX / 1000 ? UINT32_MAX : (uint32_t)seconds * 1000;
}

static bool find_server(const struct databases *databases, struct redis_address *address, struct error *error)
{
	const char *variable = getenv("REDIS_URL");

	*address = (struct redis_address){ 0 };
	if (databases->uri)
		return redis_address_parse(databases->uri, true, databases->memory, address, error);
	if (!variable || !*variable)
		return redis_address_parse("127.0.0.1", true, databases->memory, address, error);
	if (redis_address_parse(variable, false, databases->memory, address, error))
		return true;
	error_prefix(error, "$REDIS_URL");
	return false;
}

/* The number that was asked for; without one, that of the URI. */
static bool choose_database(struct redis_address *address, uint64_t number, struct error *error)
{
	if (number == DATABASE_OF_URI)
		return true;
	if (number > UINT32_MAX)
		return fail_usage(error, "there is no database %" PRIu64, number);
	address->database = (uint32_t)number;
	return true;
}

bool databases_one(const struct databases *databases)
{
	struct redis_address torrents, users;
	struct error error = { 0 };

	return find_server(databases, &torrents, &error) &&
	       choose_database(&torrents, databases->numbers[DATABASE_TORRENTS], &error) &&
	       find_server(databases, &users, &error) &&
	       choose_database(&users, databases->numbers[DATABASE_USERS], &error) && torrents.database == users.database;
}

static bool ask_time(struct redis *redis, int64_t *now_us, struct error *note, struct error *error)
{
	uint64_t seconds, microseconds;
	struct redis_reply reply;
	char words[REDIS_WORDS_ROOM];

	redis_queue_text(redis, "TIME", NULL);
	if (!redis_read(redis, &reply, error))
		return false;
	if (reply.items->kind == REDIS_ERROR) {
		fail_system(note, "%s: TIME: %s; this machine's clock is used instead", redis_name(redis),
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

static void set_timeouts(const struct databases *databases, struct redis_address *address)
{
	if (!databases->timeout_s)
		return;
	address->command_timeout_ms = milliseconds(databases->timeout_s);
	if (address->command_timeout_ms < REDIS_CONNECT_TIMEOUT_MS)
		address->connect_timeout_ms = address->command_timeout_ms;
}

/* A cluster has database 0 alone. That of the users is 1 unless somebody says otherwise, and means nothing there. */
static bool check_cluster(const struct databases *databases, uint32_t of_uri, struct error *error)
{
	uint64_t number = databases->numbers[DATABASE_TORRENTS];

	if (number == DATABASE_OF_URI ? of_uri : number)
		return fail_usage(error, "a cluster has database 0 only, and torrents and users are both in it");
	return true;
}

/* The clock of any node. */
static bool ask_nodes_time(const struct databases *databases, struct nodes *nodes, int64_t *now_us, struct error *note,
			   struct error *error)
{
	struct error problem = { 0 };

	for (size_t i = 0; i < nodes->count; i++) {
		struct redis *redis = nodes_redis(nodes, i, &problem);

		if (redis)
			return ask_time(redis, now_us, note, error);
		if (databases->stop && *databases->stop)
			break;
	}
	return fail_system(error, "%s", nodes->count ? problem.message : "no node of the cluster has any slot");
}

bool databases_open(const struct databases *databases, enum database database, struct nodes *nodes, int64_t *now_us,
		    struct error *note, struct error *error)
{
	struct nodes_options wanted = { .cluster = databases->cluster, .replicas = databases->replicas,
					.wait = databases->wait, .stop = databases->stop };
	uint32_t of_uri;

	if (!find_server(databases, &wanted.address, error))
		return false;
	of_uri = wanted.address.database;
	if (!choose_database(&wanted.address, databases->numbers[database], error))
		return false;
	set_timeouts(databases, &wanted.address);
	if (!nodes_open(nodes, &wanted, error))
		return false;
	if ((!nodes->cluster || check_cluster(databases, of_uri, error)) &&
	    ask_nodes_time(databases, nodes, now_us, note, error))
		return true;
	nodes_close(nodes);
	return false;
}
