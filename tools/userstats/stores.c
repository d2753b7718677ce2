/* stores.c - both stores behind one poll loop: statements to PostgreSQL, commands to Redis, what comes first comes first */
#include "tools/userstats/stores.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/number.h"
#include "codec/peer.h"
#include "text/escape.h"

enum {
	CONNECTIONS_MAX = 2 * NODES_MAX,
	/* events of one store in a row: the commands that rows make go out together, and none waits for long */
	TURN = 256,
};

/* ---- opening */

static struct databases databases_of(struct run *run)
{
	const struct userstats_options *options = run->options;

	return (struct databases){
		.uri = options->redis, .cluster = options->cluster, .replicas = options->replicas,
		.numbers = { [DATABASE_TORRENTS] = options->torrents_db, [DATABASE_USERS] = options->users_db },
		.timeout_s = options->timeout, .wait = run_wait(run), .stop = &tool_stopped, .memory = &run->memory,
	};
}

static bool open_database(struct stores *stores, const struct databases *databases, enum database database,
			  struct error *error)
{
	struct nodes *nodes = &stores->nodes[database];
	struct error note = { 0 };

	if (!databases_open(databases, database, nodes, &stores->now_us, &note, error))
		return false;
	/* of both databases it is the same */
	if (note.kind != ERROR_NONE && !(stores->open & STORE_REDIS))
		report_note(&stores->run->report, "%s", note.message);
	stores->bulk[database] = bulk_open(nodes);
	stores->open |= STORE_BIT(database);
	return true;
}

static bool open_redis(struct stores *stores, unsigned wanted, struct error *error)
{
	struct databases databases = databases_of(stores->run);
	enum database first = wanted & STORE_BIT(STORE_TORRENTS) ? DATABASE_TORRENTS : DATABASE_USERS;

	if (!open_database(stores, &databases, first, error))
		return false;
	if ((wanted & STORE_REDIS) != STORE_REDIS)
		return true;
	if (!stores->nodes[DATABASE_TORRENTS].cluster && !databases_one(&databases))
		return open_database(stores, &databases, DATABASE_USERS, error);
	stores->bulk[DATABASE_USERS] = stores->bulk[DATABASE_TORRENTS];
	stores->open |= STORE_BIT(STORE_USERS);
	return true;
}

static void close_redis(struct stores *stores)
{
	bool one = stores_one(stores);

	for (size_t i = 0; i < DATABASES; i++) {
		if (stores->bulk[i] && !(one && i)) {
			bulk_close(stores->bulk[i]);
			nodes_close(&stores->nodes[i]);
		}
	}
	stores->bulk[DATABASE_TORRENTS] = stores->bulk[DATABASE_USERS] = NULL;
	stores->open &= ~STORE_REDIS;
}

/* What is wrong before anybody is asked: going on without PostgreSQL would hide it. */
static bool prepare_pg(struct stores *stores, struct error *error)
{
	const struct userstats_options *options = stores->run->options;

	if (options->database && pg_conninfo_secret(options->database))
		return fail_usage(error, "a password in --database, where everybody sees it (put it into $PGPASSWORD or "
				  "~/.pgpass)");
	return schema_open(&stores->schema, options->schema, &stores->run->memory, error);
}

/* It goes on connecting while Redis is connected to. */
static void begin_pg(struct stores *stores, struct error *error)
{
	const struct userstats_options *options = stores->run->options;
	struct pg_options wanted = {
		.conninfo = options->database,
		.application = stores->run->tool->name,
		.wait = run_wait(stores->run),
		.stop = &tool_stopped,
		.statement_timeout_ms =
			(uint32_t)(options->timeout < UINT32_MAX / 2000 ? options->timeout * 1000 : UINT32_MAX / 2),
	};

	stores->pg = pg_open_begin(&wanted, error);
}

static bool finish_pg(struct stores *stores, struct error *error)
{
	if (!stores->pg)
		return false;
	if (pg_open_end(stores->pg, error)) {
		stores->open |= STORE_BIT(STORE_PG);
		return true;
	}
	pg_close(stores->pg);
	stores->pg = NULL;
	return false;
}

/*
 * One that is lost is told as bad input: what it would have added is missing, the rest is good. What the next statement
 * meets, too, is told once.
 */
static void tell_lost(struct stores *stores, unsigned bits, struct error *error)
{
	if (tool_stopped || ((stores->lost & bits) == bits && strcmp(error->message, stores->told) == 0))
		return;
	stores->lost |= bits;
	memcpy(stores->told, error->message, sizeof stores->told);
	error_suffix(error, "; partial: what it knows is missing");
	error->kind = ERROR_INPUT;
	error->offset = ERROR_NOWHERE;
	run_error(stores->run, error);
}

/* What is wanted of Redis or of PostgreSQL could not be opened. False: it ends here. */
static bool go_on_without(struct stores *stores, unsigned bits, unsigned needed, struct error *error)
{
	if (tool_stopped)
		return false;
	if (error->kind == ERROR_USAGE || needed & bits) {
		run_error(stores->run, error);
		return false;
	}
	tell_lost(stores, bits, error);
	return true;
}

bool stores_open(struct stores *stores, struct run *run, unsigned wanted, unsigned needed)
{
	const struct userstats_options *options = run->options;
	struct error error = { 0 }, of_redis = { 0 };
	bool good = true, redis;
	uint64_t now_s;

	*stores = (struct stores){
		.run = run, .needed = needed, .progress = progress_begin(&run->report, "rows and replies"),
	};
	stores->progress.on &= !options->watch;
	if (wanted & STORE_BIT(STORE_PG) && !prepare_pg(stores, &error)) {
		run_error(run, &error);
		return false;
	}
	if (wanted & STORE_BIT(STORE_PG))
		begin_pg(stores, &error);
	redis = wanted & STORE_REDIS && open_redis(stores, wanted, &of_redis);
	if (wanted & STORE_BIT(STORE_PG) && !finish_pg(stores, &error))
		good = go_on_without(stores, STORE_BIT(STORE_PG), needed, &error);
	if (good && wanted & STORE_REDIS && !redis) {
		close_redis(stores);
		good = go_on_without(stores, wanted & STORE_REDIS, needed, &of_redis);
	}
	if (good && !stores->open) {
		error = (struct error){ 0 };
		fail_system(&error, "neither store can be asked");
		run_error(run, &error);
		good = false;
	}
	if (!good) {
		stores->needed = 0;	/* it was told */
		stores_close(stores);
		return false;
	}
	if (!(stores->open & STORE_REDIS))
		stores->now_us = clock_real_us();
	now_s = stores->now_us > 0 ? (uint64_t)stores->now_us / 1000000 : 0;
	*number_print(stores->from, now_s > options->window ? now_s - options->window : 0) = 0;
	return true;
}

static void tell_trips(struct stores *stores)
{
	bool one = stores_one(stores);

	if (stores->pg)
		report_detail(&stores->run->report, "PostgreSQL: statements %" PRIu64, pg_trips(stores->pg));
	for (size_t i = 0; i < DATABASES; i++)
		if (stores->bulk[i] && !(one && i))
			report_detail(&stores->run->report, "Redis: commands %" PRIu64 " bursts %" PRIu64,
				      bulk_commands(stores->bulk[i]), bulk_trips(stores->bulk[i]));
}

/* A look of a watch is followed by others. */
static void tell_nothing(struct stores *stores)
{
	struct error error = { 0 };

	if (!(stores->lost & stores->needed) || stores->run->output.put || stores->watch || tool_stopped)
		return;
	fail_system(&error, "nothing could be answered");
	run_error(stores->run, &error);
}

void stores_close(struct stores *stores)
{
	tell_nothing(stores);
	output_flush(&stores->run->output);	/* the goodbye takes longer than some answers */
	progress_end(&stores->progress);
	tell_trips(stores);
	if (stores->pg)
		pg_close(stores->pg);
	close_redis(stores);
	buf_free(&stores->sql);
	stores->pg = NULL;
}

/* ---- asking */

/* The connection to PostgreSQL is lost. */
static void lose_pg(struct stores *stores, struct error *error)
{
	stores->open &= ~STORE_BIT(STORE_PG);
	tell_lost(stores, STORE_BIT(STORE_PG), error);
}

static void check_sent(struct stores *stores, bool sent, struct error *error)
{
	if (sent)
		return;
	lose_pg(stores, error);
	stores->unsent = true;
}

void stores_query(struct stores *stores, const char *sql, const struct pg_parameter *parameters, size_t count)
{
	struct error error = { 0 };

	if (stores_have(stores, STORE_BIT(STORE_PG)))
		check_sent(stores,
			   pg_query(stores->pg, schema_sql(&stores->schema, sql, &stores->sql), parameters, count, &error),
			   &error);
}

void stores_copy(struct stores *stores, const char *sql)
{
	struct error error = { 0 };

	if (stores_have(stores, STORE_BIT(STORE_PG)))
		check_sent(stores, pg_copy(stores->pg, schema_sql(&stores->schema, sql, &stores->sql), &error), &error);
}

bool stores_room(const struct stores *stores, enum store store)
{
	return stores_have(stores, STORE_BIT(store)) && bulk_room(stores->bulk[store]);
}

void stores_scan(struct stores *stores, enum store store)
{
	if (stores_have(stores, STORE_BIT(store)))
		bulk_scan(stores->bulk[store]);
}

static void put(struct stores *stores, enum store store, uint64_t tag, size_t count, const struct bytes *words)
{
	if (stores_have(stores, STORE_BIT(store)))
		bulk_put(stores->bulk[store], tag | (store == STORE_USERS ? STORES_TAG_MAX : 0), count, words);
}

/* more: the words after the window, ended by NULL. */
static void put_window(struct stores *stores, uint64_t tag, const char *command, const uint8_t *hash,
		       const char *const *more)
{
	char key[PEER_KEY_SIZE];
	struct bytes words[7] = { bytes_of(command), bytes_at(key, sizeof key), bytes_of(stores->from), bytes_of("+inf") };
	size_t count = 4;

	peer_key_print(hash, key);
	while (*more)
		words[count++] = bytes_of(*more++);
	put(stores, STORE_TORRENTS, tag, count, words);
}

void stores_ask_live(struct stores *stores, uint64_t tag, const uint8_t hash[HASH_SIZE])
{
	put_window(stores, tag, "ZCOUNT", hash, (const char *const[]){ NULL });
}

void stores_ask_entries(struct stores *stores, uint64_t tag, const uint8_t hash[HASH_SIZE])
{
	put_window(stores, tag, "ZRANGEBYSCORE", hash, (const char *const[]){ "WITHSCORES", NULL });
}

void stores_ask_members(struct stores *stores, uint64_t tag, const uint8_t hash[HASH_SIZE], uint32_t most)
{
	char limit[NUMBER_ROOM + 1];

	*number_print(limit, most) = 0;
	put_window(stores, tag, "ZRANGEBYSCORE", hash, (const char *const[]){ "LIMIT", "0", limit, NULL });
}

void stores_ask_member(struct stores *stores, uint64_t tag, struct bytes passkey, const uint8_t hash[HASH_SIZE])
{
	char member[PEER_KEY_SIZE];
	struct bytes words[] = { bytes_of("SISMEMBER"), passkey, bytes_at(member, sizeof member) };

	peer_key_print(hash, member);
	put(stores, STORE_USERS, tag, 3, words);
}

void stores_ask(struct stores *stores, enum store store, uint64_t tag, const char *command, struct bytes key)
{
	struct bytes words[] = { bytes_of(command), key };

	put(stores, store, tag, 2, words);
}

/* ---- what comes */

enum polled { NOTHING_DUE, LATER, CAME };

static bool rows_due(const struct stores *stores)
{
	return stores_have(stores, STORE_BIT(STORE_PG)) && !stores->hold && pg_busy(stores->pg);
}

/* PostgreSQL says what it would not do; this says what would help. */
static void add_hint(const char *sqlstate, struct error *error)
{
	static const struct { const char *sqlstate, *text; } hints[] = {
		{ "57014", "--timeout gives it longer" },
		{ "42501", "GRANT SELECT to this role would help" },
		{ "42P01", "another database is named by -d, other tables by --schema" },
		{ "42703", "other tables are named by --schema" },
	};

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (!strcmp(sqlstate, hints[i].sqlstate))
			error_suffix(error, ": %s", hints[i].text);
}

static enum polled poll_pg(struct stores *stores, struct event *event)
{
	struct error error = { 0 };
	enum pg_tried tried;

	event->store = STORE_PG;
	event->kind = EVENT_END;
	event->failed = false;
	if (stores->unsent) {
		stores->unsent = false;
		event->failed = true;
		return CAME;
	}
	if (!rows_due(stores))
		return NOTHING_DUE;
	tried = pg_try(stores->pg, &event->row, &error);
	if (tried == PG_LATER)
		return LATER;
	if (tried == PG_ROW)
		event->kind = EVENT_ROW;
	event->failed = tried == PG_FAILED;
	if (event->failed && pg_lost(stores->pg))
		lose_pg(stores, &error);
	if (event->failed && !pg_lost(stores->pg)) {
		add_hint(pg_sqlstate(stores->pg), &error);
		tell_lost(stores, STORE_BIT(STORE_PG), &error);
	}
	return CAME;
}

static enum polled poll_redis(struct stores *stores, enum store store, struct event *event)
{
	bool one = stores_one(stores);
	struct error error = { 0 };

	if (!stores_have(stores, STORE_BIT(store)) || (one && store == STORE_USERS))
		return NOTHING_DUE;
	event->store = store;
	switch (bulk_try(stores->bulk[store], &event->answer, &error)) {
	case BULK_END:
		return NOTHING_DUE;
	case BULK_LATER:
		return LATER;
	case BULK_FAILED:
		event->kind = EVENT_LOST;
		stores->open &= ~(one ? STORE_REDIS : STORE_BIT(store));
		tell_lost(stores, one ? STORE_REDIS : STORE_BIT(store), &error);
		return CAME;
	case BULK_ANSWER:
		break;
	}
	event->kind = event->answer.keys ? EVENT_KEYS : EVENT_ANSWER;
	if (event->kind == EVENT_ANSWER && event->answer.tag & STORES_TAG_MAX)
		event->store = STORE_USERS;
	event->answer.tag &= ~STORES_TAG_MAX;
	return CAME;
}

/* Waits for whichever is due. */
static void wait_for_any(struct stores *stores)
{
	struct redis *all[CONNECTIONS_MAX];
	bool ready[CONNECTIONS_MAX];
	struct pollfd poller;
	struct error ignored = { 0 };
	size_t count = 0;
	bool pg = rows_due(stores);

	output_flush(&stores->run->output);
	for (size_t i = 0; i < DATABASES; i++)
		if (stores->bulk[i] && !(i && stores->bulk[i] == stores->bulk[0]))
			count += bulk_connections(stores->bulk[i], all + count, CONNECTIONS_MAX - count);
	if (pg)
		poller = pg_poller(stores->pg);
	/* a wait that fails is found out by the try that follows */
	redis_wait(all, count, pg ? &poller : NULL, UINT32_MAX, ready, &ignored);
}

bool stores_next(struct stores *stores, struct event *event)
{
	while (!tool_stopped) {
		bool due = false;

		for (size_t i = 0; i < STORES; i++) {
			enum store store = (enum store)stores->turn;
			enum polled polled = store == STORE_PG ? poll_pg(stores, event) : poll_redis(stores, store, event);

			stores->came += polled == CAME;
			if (polled == CAME && ++stores->streak < TURN)
				return !tool_stopped;
			progress_step(&stores->progress, stores->came, 0, 0);
			stores->streak = 0;
			stores->turn = (uint8_t)((stores->turn + 1) % STORES);
			if (polled == CAME)
				return !tool_stopped;
			due |= polled == LATER;
		}
		if (!due)
			return false;
		wait_for_any(stores);
	}
	return false;
}

bool stores_rows(struct stores *stores, void (*take)(void *context, const struct pg_row *), void *context)
{
	struct event event;
	bool good = false;

	while (stores_next(stores, &event)) {
		if (event.kind == EVENT_ROW)
			take(context, &event.row);
		else if (event.kind == EVENT_END)
			good = !event.failed;
	}
	return good && !tool_stopped;
}

/* "NAME: " of the server whose database that is; of a cluster, it may have been any node. */
static const char *server_of(const struct stores *stores, enum store store, char *text, size_t room)
{
	const struct nodes *nodes = &stores->nodes[stores_one(stores) ? STORE_TORRENTS : store];

	snprintf(text, room, "%s%s", nodes->cluster ? "" : nodes->all[0].name, nodes->cluster ? "" : ": ");
	return text;
}

bool stores_refused(struct stores *stores, const struct event *event)
{
	const struct redis_item *item = event->answer.items;
	char server[sizeof stores->nodes->all->name + 2];
	struct error error = { 0 };
	struct brief words;

	if (event->kind != EVENT_ANSWER || !event->answer.count || item->kind != REDIS_ERROR ||
	    bytes_begin(item->text, "WRONGTYPE"))
		return false;
	if (stores->lost & STORE_BIT(event->store))
		return true;
	fail_input(&error, ERROR_NOWHERE, "%s%s database of Redis: %s",
		   server_of(stores, event->store, server, sizeof server),
		   event->store == STORE_USERS ? "users" : "torrents", escape_brief(&words, item->text));
	tell_lost(stores, STORE_BIT(event->store), &error);
	return true;
}
