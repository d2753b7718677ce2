/* store.c - what load writes: commands to Redis, or as text for redis-cli (--dry-run), and what became of them */
#include "tools/peerdump/store.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "io/redis_greet.h"

int64_t store_now_us(const struct store *store)
{
	return store->began_us + clock_monotonic_us() - store->clock_us;
}

/* The user must know what was done before it. */
static void fail_store(void *context, const struct error *error)
{
	struct store *store = context;
	struct count_text lines, peers;
	struct error told = { 0 };

	store->failed = true;
	fail_system(&told, "%s (known to be stored: %s, of %s read)", error->message,
		    count_print(&peers, store->peers, "peers"), count_print(&lines, store->lines->count, "lines"));
	run_error(store->run, &told);
}

/* --- what became of a command --- */

/* Beyond its bound the table knows none. */
static void count_torrent(struct store *store, const struct command *command)
{
	struct table_entry *entry = table_add(&store->torrents, command_key(command), NULL);

	if (entry && !entry->count++)
		store->torrent_count++;
}

/* What is done is known only once it need not be said again, so that each line is counted once. */
static void count_done(void *context, const struct command *command)
{
	struct store *store = context;

	if (command->verb == COMMAND_ZADD || command->verb == COMMAND_RESTORE) {
		store->peers += command->line_count;
		store->new_peers += command->new_members;
		store->wholes += command->verb == COMMAND_RESTORE;
		count_torrent(store, command);
	} else if (command->verb != COMMAND_EXPIRE) {
		store->set_changes += command->line_count;
	}
}

/* OOM, WRONGTYPE, READONLY, NOPERM: these lines were not loaded, others may be. */
static void complain(struct store *store, const struct command *command, struct bytes words)
{
	char text[REDIS_WORDS_ROOM], key[4 * COMMAND_KEY_MAX + 3], more[48] = "";
	struct error error = { 0 };

	*redis_cli_print(key, command_key(command)) = 0;
	if (command->line_count > 1)
		snprintf(more, sizeof more, ", and %" PRIu32 " more line%s", command->line_count - 1,
			 command->line_count > 2 ? "s" : "");
	fail_input(&error, ERROR_NOWHERE, "%s (%s %s%s)", redis_print_words(text, words), command_names[command->verb], key,
		   more);
	store->complaints++;
	report_error(&store->run->report, command_place(command), &error);
}

static void refuse(struct store *store, struct command *command, struct bytes words)
{
	command->refused = true;
	complain(store, command, words);
	if (command->verb == COMMAND_ZADD)
		store->peers_refused += command->line_count;
	else if (command->verb != COMMAND_EXPIRE)
		store->sets_refused += command->line_count;
}

/* The key of a command that was done is to get an EXPIRE: one for all the commands in a row that were for it. */
static void owe_expire(struct store *store, struct command *command)
{
	const struct rdb_member seconds = { bytes_of(store->expire), 0 };
	struct command *last = store->lanes.owed.last, *expire;

	command->expires = false;
	if (last && last->verb == COMMAND_EXPIRE && command_is_for(last, command)) {
		last->line_count += command->line_count;
		return;
	}
	expire = command_new(command->database, COMMAND_EXPIRE, command_key(command), &seconds, 1);
	expire->line_count = command->line_count;
	expire->file = command->file;
	expire->line = command->line;
	lanes_owe(&store->lanes, expire);
}

/* A RESTORE that will not be said again as such. */
static void part_whole(void *context, const struct command *command)
{
	struct store *store = context;

	if (!command->answered)
		store->whole[command->slot]--;
}

/*
 * The key was there, or there was no room for it: then ZADD adds to it, or is refused, and complained about, as without
 * --fast. If it is the command that is refused (NOPERM, unknown, a payload of that version), further ones would be, too.
 */
static void fall_back(struct store *store, struct command *command, struct bytes words)
{
	char text[REDIS_WORDS_ROOM];

	if (store->fast.version && (bytes_begin(words, "NOPERM") || bytes_begin(words, "ERR"))) {
		store->fast.version = 0;
		report_detail(&store->run->report, "RESTORE: %s; the rest goes by ZADD", redis_print_words(text, words));
	}
	for (struct command *part = command->parts, *next; part; part = next) {
		next = part->next;
		lanes_owe(&store->lanes, part);
	}
	command->parts = NULL;
	command->refused = true;
}

static void hear_whole(struct store *store, struct command *command, const struct redis_item *item)
{
	store->whole[command->slot]--;
	if (item->kind == REDIS_ERROR)
		fall_back(store, command, item->text);
}

static void hear_answer(void *context, struct command *command, const struct redis_item *item)
{
	struct store *store = context;

	if (command->verb == COMMAND_RESTORE) {
		hear_whole(store, command, item);
		return;
	}
	if (item->kind == REDIS_ERROR) {
		refuse(store, command, item->text);
		return;
	}
	if (!command->new_known)
		command->new_members = item->kind == REDIS_INTEGER && item->integer > 0 ? (uint64_t)item->integer : 0;
	command->new_known = true;
	if (command->expires)
		owe_expire(store, command);
}

/* --- sending --- */

/* Does the tracker set EXPIRE after this command? Not on ext_ sets, the sets of the torrents database. */
static bool expires(const struct store *store, const struct command *command)
{
	return *store->expire && (command->verb == COMMAND_ZADD ||
				  (command->verb == COMMAND_SADD && command->database == DATABASE_USERS));
}

/* Nothing may be said of a key while it is not known whether it is there as a whole. */
static void await_whole(struct store *store, const struct command *command)
{
	while (command->database == DATABASE_TORRENTS && store->whole[command->slot] && !store->lanes.failed)
		lanes_catch_up(&store->lanes);
}

/* --- dry run --- */

/* Words that are one for every shell of Redis stand as they are, the others in quotes. */
static void print_word(struct output *output, struct bytes word)
{
	static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/=_.-";
	size_t size = 0, part;
	char quoted[4 * 64 + 2];

	while (size < word.size && word.data[size] && strchr(plain, word.data[size]))
		size++;
	if (word.size && size == word.size) {
		output_bytes(output, word.data, size);
		return;
	}
	/* of any size: part by part, without the quotes of the parts */
	output_bytes(output, "\"", 1);
	for (; word.size; word = bytes_after(word, part)) {
		part = word.size < 64 ? word.size : 64;
		size = (size_t)(redis_cli_print(quoted, bytes_at(word.data, part)) - quoted);
		output_bytes(output, quoted + 1, size - 2);
	}
	output_bytes(output, "\"", 1);
}

static void print_words(struct store *store, const struct bytes *words, size_t word_count)
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

void store_print(struct store *store, enum database database, const struct bytes *words, size_t count)
{
	struct bytes select[] = { bytes_of("SELECT"), { NULL, 0 } };
	char number[NUMBER_ROOM];

	if (store->numbers[database] != store->selected) {
		store->selected = store->numbers[database];
		select[1] = bytes_at(number, (size_t)(number_print(number, store->selected) - number));
		print_words(store, select, 2);
	}
	print_words(store, words, count);
}

static void print_command(struct store *store, const struct command *command)
{
	struct command_words words;

	command_say(command, &words);
	store_print(store, command->database, words.all, words.count);
	if (expires(store, command)) {
		words.all[0] = bytes_of(command_names[COMMAND_EXPIRE]);
		words.all[2] = bytes_of(store->expire);
		print_words(store, words.all, 3);
	}
}

/* --- the whole --- */

void store_put(struct store *store, struct command *command)
{
	if (store->dry_run && !store->failed) {
		print_command(store, command);
		if (command->verb == COMMAND_ZADD)
			count_done(store, command);
	}
	if (store->dry_run || store->failed) {
		command_free(command);
		return;
	}
	command->expires = expires(store, command);
	await_whole(store, command);
	lanes_put(&store->lanes, command, bytes_at(NULL, 0));
	store->failed |= store->lanes.failed;
}

bool store_takes_whole(const struct store *store, struct bytes key)
{
	return store->fast.version && !table_find(&store->torrents, key);
}

void store_put_whole(struct store *store, struct command *parts, struct rdb_member *members, size_t count)
{
	struct command *whole = command_restore(parts, bytes_at(store->expire_ms, store->expire_ms_size));
	struct bytes payload;

	for (struct command *part = parts; part; part = part->next)
		part->expires = expires(store, part);
	if (store->failed) {
		command_free(whole);
		return;
	}
	payload = fast_encode(&store->fast, members, &count);
	whole->new_members = count;
	/* others of the same slot need not be waited for, if it is sure that they are others */
	if (!table_add(&store->torrents, command_key(whole), NULL))
		await_whole(store, whole);
	store->whole[whole->slot]++;
	lanes_put(&store->lanes, whole, payload);
	store->failed |= store->lanes.failed;
}

void store_settle(struct store *store)
{
	if (!store->dry_run && !store->failed)
		lanes_settle(&store->lanes);
	store->failed |= store->lanes.failed;
}

uint64_t store_commands(const struct store *store)
{
	return store->dry_run ? store->commands : store->lanes.commands;
}

static bool open_lanes(struct store *store)
{
	const struct peerdump_options *options = store->run->options;
	const struct lanes_owner owner = { hear_answer, part_whole, count_done, fail_store, store };
	unsigned version, payloads;

	if (!lanes_open(&store->lanes, store->run, &owner, &store->began_us))
		return false;
	store->clock_us = clock_monotonic_us();
	version = store->lanes.nodes[DATABASE_TORRENTS].version;
	payloads = options->fast ? fast_version(version) : 0;
	if (options->fast && !payloads)
		report_note(&store->run->report,
			    "--fast: the server does not say which payloads it takes; all goes by ZADD");
	fast_open(&store->fast, payloads);
	return true;
}

bool store_open(struct store *store, struct run *run, struct lines *lines)
{
	const struct peerdump_options *options = run->options;

	*store = (struct store){
		.run = run, .lines = lines, .dry_run = options->dry_run,
		.numbers = { [DATABASE_TORRENTS] = options->torrents_db, [DATABASE_USERS] = options->users_db },
		.began_us = clock_real_us(), .clock_us = clock_monotonic_us(),
		.torrents.limit = STORE_TORRENTS_MAX, .selected = UINT64_MAX,
	};
	if (options->expire)
		*number_print(store->expire, options->expire) = 0;
	store->expire_ms_size = (size_t)(number_print(store->expire_ms, options->expire * 1000) - store->expire_ms);
	if (!store->dry_run)
		return open_lanes(store);
	if (options->torrents_db == DATABASE_OF_URI)
		store->numbers[DATABASE_TORRENTS] = 0;
	return true;
}

void store_close(struct store *store)
{
	lanes_close(&store->lanes);
	fast_close(&store->fast);
	table_free(&store->torrents);
}
