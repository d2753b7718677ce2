/* store.c - commands on their way to Redis, or as text for redis-cli (--dry-run) */
#include "tools/peerdump/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "io/redis_greet.h"

enum { SEND_BLOCK = 64 << 10 };	/* bytes of commands gathered before they are sent */

const char *const store_verb_names[STORE_VERBS] = {
	[STORE_ZADD] = "ZADD", [STORE_SADD] = "SADD", [STORE_SREM] = "SREM", [STORE_EXPIRE] = "EXPIRE",
};

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t store_now_us(const struct store *store)
{
	return store->began_us + clock_us(CLOCK_MONOTONIC) - store->clock_us;
}

/* A connection is lost: that is the end, and the user must know what was done before it. */
static bool fail_store(struct store *store, const struct error *error)
{
	struct count_text lines, peers;
	struct error told = { 0 };

	store->failed = true;
	fail_system(&told, "%s (known to be stored: %s, of %s read)", error->message,
		    count_print(&peers, store->peers, "peers"), count_print(&lines, store->lines->count, "lines"));
	run_error(store->run, &told);
	return false;
}

/* --- what the server answers --- */

static void count_answer(struct store *store, const struct store_sent *sent, const struct redis_item *item)
{
	bool refused = item->kind == REDIS_ERROR;

	if (sent->verb == STORE_ZADD && !refused) {
		store->peers += sent->line_count;
		store->new_peers += item->kind == REDIS_INTEGER && item->integer > 0 ? (uint64_t)item->integer : 0;
		table_add(&store->torrents, bytes_at(sent->key, sent->key_size), NULL);
	} else if (sent->verb != STORE_EXPIRE) {
		*(sent->verb == STORE_ZADD ? &store->peers_refused : refused ? &store->sets_refused : &store->set_changes) +=
			sent->line_count;
	}
}

/* OOM, WRONGTYPE, READONLY, NOPERM: these lines were not loaded, others may be. */
static void complain(struct store *store, const struct store_sent *sent, struct bytes words)
{
	char text[REDIS_WORDS_ROOM], key[4 * STORE_KEY_MAX + 3], more[48] = "";
	struct error error = { 0 };

	*redis_cli_print(key, bytes_at(sent->key, sent->key_size)) = 0;
	if (sent->line_count > 1)
		snprintf(more, sizeof more, ", and %" PRIu32 " more line%s", sent->line_count - 1,
			 sent->line_count > 2 ? "s" : "");
	fail_input(&error, ERROR_NOWHERE, "%s (%s %s%s)", redis_print_words(text, words), store_verb_names[sent->verb], key,
		   more);
	store->complaints++;
	report_error(&store->run->report, (struct place){ sent->file, "line", sent->line }, &error);
}

/* Notes that the key of a command that was done is to get an EXPIRE: one for all the commands in a row that were for it. */
static void owe_expire(struct store_lane *lane, const struct store_sent *sent)
{
	struct store_sent *last = lane->owed_count ? &lane->owed[lane->owed_count - 1] : NULL;

	if (last && bytes_equal(bytes_at(last->key, last->key_size), bytes_at(sent->key, sent->key_size))) {
		last->line_count += sent->line_count;
		return;
	}
	last = &lane->owed[lane->owed_count++];
	*last = *sent;
	last->verb = STORE_EXPIRE;
	last->expires = false;
}

static bool read_answer(struct store *store, struct store_lane *lane)
{
	struct store_sent *sent = &lane->sent[lane->first];
	struct redis_reply reply;
	struct error error = { 0 };

	if (!redis_read(lane->redis, &reply, &error))
		return fail_store(store, &error);
	lane->first = (lane->first + 1) % STORE_FLIGHT_MAX;
	lane->count--;
	count_answer(store, sent, reply.items);
	if (reply.items->kind == REDIS_ERROR)
		complain(store, sent, reply.items->text);
	else if (sent->expires)
		owe_expire(lane, sent);
	return true;
}

/* --- sending --- */

static void queue(struct store *store, struct store_lane *lane, const struct store_sent *sent, const struct bytes *words,
		  size_t word_count)
{
	lane->sent[(lane->first + lane->count++) % STORE_FLIGHT_MAX] = *sent;
	redis_queue(lane->redis, word_count, words);
	store->commands++;
}

/*
 * Reads answers until at most `left` commands are without one, then queues the EXPIREs that they allow. A key that
 * refused what we have for it is somebody else's, and must not be made to vanish by us.
 */
static bool read_answers(struct store *store, struct store_lane *lane, size_t left)
{
	while (lane->count > left)
		if (!read_answer(store, lane))
			return false;
	for (size_t i = 0; i < lane->owed_count; i++) {
		const struct store_sent *owed = &lane->owed[i];
		const struct bytes words[] = { bytes_of(store_verb_names[STORE_EXPIRE]), bytes_at(owed->key, owed->key_size),
					       bytes_of(store->expire) };

		queue(store, lane, owed, words, 3);
	}
	lane->owed_count = 0;
	return true;
}

/* Does the tracker set EXPIRE after this command? Not on ext_ sets, the sets of the torrents database. */
static bool expires(const struct store *store, const struct store_command *command)
{
	return *store->expire && (command->verb == STORE_ZADD ||
				  (command->verb == STORE_SADD && command->database == DATABASE_USERS));
}

static struct store_lane *open_lane(struct store *store, enum database database)
{
	struct store_lane *lane = calloc(1, sizeof *lane);
	int64_t now_us = 0;

	if (!lane)
		out_of_memory();
	for (size_t i = 0; i < DATABASES; i++)
		if (i == database || store->one_database)
			store->lanes[i] = lane;
	lane->redis = peerdump_connect(store->run, store->numbers[database], &now_us);
	if (!lane->redis) {
		store->failed = true;
		return NULL;
	}
	if (database == DATABASE_TORRENTS) {
		store->began_us = now_us;
		store->clock_us = clock_us(CLOCK_MONOTONIC);
	}
	return lane;
}

/* Words that are one for every shell of Redis stand as they are, the others in quotes. */
static void print_word(struct output *output, struct bytes word)
{
	static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/=_.-";
	char quoted[4 * STORE_KEY_MAX + 2];
	size_t size = 0;

	while (size < word.size && word.data[size] && strchr(plain, word.data[size]))
		size++;
	if (word.size && size == word.size)
		output_bytes(output, word.data, size);
	else
		output_bytes(output, quoted, (size_t)(redis_cli_print(quoted, word) - quoted));
}

static void print_command(struct store *store, const struct bytes *words, size_t word_count)
{
	struct output *output = &store->run->output;

	for (size_t i = 0; i < word_count; i++) {
		if (i)
			output_bytes(output, " ", 1);
		print_word(output, words[i]);
	}
	if (!output_bytes(output, "\n", 1))
		store->failed = true;
	store->commands++;
}

static void put_text(struct store *store, const struct store_command *command)
{
	struct bytes words[3] = { bytes_of("SELECT") };
	char number[NUMBER_ROOM];

	if (store->numbers[command->database] != store->selected) {
		store->selected = store->numbers[command->database];
		words[1] = bytes_at(number, (size_t)(number_print(number, store->selected) - number));
		print_command(store, words, 2);
	}
	print_command(store, command->words, command->word_count);
	if (command->verb == STORE_ZADD) {
		store->peers += command->line_count;
		table_add(&store->torrents, command->words[1], NULL);
	}
	if (expires(store, command)) {
		words[0] = bytes_of(store_verb_names[STORE_EXPIRE]);
		words[1] = command->words[1];
		words[2] = bytes_of(store->expire);
		print_command(store, words, 3);
	}
}

void store_put(struct store *store, const struct store_command *command)
{
	struct store_sent sent = {
		.verb = command->verb, .expires = expires(store, command), .line_count = (uint32_t)command->line_count,
		.file = command->file, .line = command->line, .key_size = command->words[1].size,
	};
	struct store_lane *lane = store->lanes[command->database];
	struct error error = { 0 };

	if (store->failed)
		return;
	if (store->dry_run) {
		put_text(store, command);
		return;
	}
	if (!lane && !(lane = open_lane(store, command->database)))
		return;
	/* half of them: those were sent long ago, so that their answers are here; but each may make an EXPIRE */
	while (lane->count == STORE_FLIGHT_MAX)
		if (!read_answers(store, lane, STORE_FLIGHT_MAX / 2))
			return;
	memcpy(sent.key, command->words[1].data, sent.key_size);
	queue(store, lane, &sent, command->words, command->word_count);
	if (redis_queued(lane->redis) >= SEND_BLOCK && !redis_send(lane->redis, &error))
		fail_store(store, &error);
}

void store_settle(struct store *store)
{
	for (size_t i = 0; i < DATABASES; i++) {
		struct store_lane *lane = store->lanes[i];

		while (lane && !store->failed && (lane->count || lane->owed_count))
			read_answers(store, lane, 0);
	}
}

/* --- the whole --- */

bool store_open(struct store *store, struct run *run, struct lines *lines)
{
	const struct peerdump_options *options = run->options;

	*store = (struct store){
		.run = run, .lines = lines, .dry_run = options->dry_run,
		.numbers = { [DATABASE_TORRENTS] = options->torrents_db, [DATABASE_USERS] = options->users_db },
		.began_us = clock_us(CLOCK_REALTIME), .clock_us = clock_us(CLOCK_MONOTONIC),
		.torrents.limit = STORE_TORRENTS_MAX, .selected = UINT64_MAX,
	};
	if (options->expire)
		*number_print(store->expire, options->expire) = 0;
	if (store->dry_run) {
		if (options->torrents_db == PEERDUMP_DATABASE_OF_URI)
			store->numbers[DATABASE_TORRENTS] = 0;
		return true;
	}
	store->one_database = peerdump_one_database(run);
	return open_lane(store, DATABASE_TORRENTS);
}

void store_close(struct store *store)
{
	if (store->one_database)
		store->lanes[DATABASE_USERS] = NULL;
	for (size_t i = 0; i < DATABASES; i++) {
		if (store->lanes[i])
			redis_close(store->lanes[i]->redis);
		free(store->lanes[i]);
	}
	table_free(&store->torrents);
}
