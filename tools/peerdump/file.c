/* file.c - an RDB file as a source of keys and members */
#include "tools/peerdump/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/number.h"
#include "cli/progress.h"
#include "tools/peerdump/index.h"

enum { CARD_GUESS = 1 << 16 };	/* of an encoding that does not say its number: how many would be many */

struct file {
	struct snapshot snapshot;
	struct index index;
	uint64_t numbers[DATABASES];
	bool checksum;
	/* of what file_begin began */
	const struct scan_plan *plans;	/* SCAN_CLASSES of them */
	struct names *names;		/* NULL: all keys */
	struct table named;		/* the info hashes of them; count: keys of it that came by */
	uint64_t database, current;	/* the one that is wanted; the one that we are in */
	uint64_t sections;		/* see struct index */
	bool torrents;			/* it is the torrents that are wanted */
	bool ended;			/* all of them came by */
	struct scan_key key;
	uint64_t done;			/* keys */
	struct progress progress;
};

/* ---- keys */

/* Seconds until the key expires, as TTL rounds them; 0: it has expired, and a server would not show it any more. */
static int64_t ttl_of(const struct file *file)
{
	int64_t expire_ms = file->snapshot.rdb.expire_ms, now_ms = file->snapshot.saved_us / 1000;

	if (expire_ms == INT64_MIN)
		return -1;
	return expire_ms <= now_ms ? 0 : (int64_t)(((uint64_t)expire_ms - (uint64_t)now_ms + 500) / 1000);
}

/* How many members: what the file claims, which may be a lie, or a guess where it does not say. */
static int64_t card_of(const struct rdb *rdb)
{
	if (rdb->count == RDB_COUNT_LATER)
		return CARD_GUESS;
	return rdb->count < INT64_MAX ? (int64_t)rdb->count : INT64_MAX;
}

/* What would have been asked of a server. */
static void answer(struct file *file, uint8_t asks)
{
	const struct rdb *rdb = &file->snapshot.rdb;
	struct scan_key *key = &file->key;
	int64_t leechers;

	for (size_t i = 0; i < SCAN_ASKS; i++)
		key->answers[i] = SCAN_UNKNOWN;
	if (key->read && !key->wrong_type)
		key->answers[SCAN_CARD] = card_of(rdb);
	if (asks & SCAN_ASK(TYPE))
		snprintf(key->type, sizeof key->type, "%s", rdb->type_name);
	if (asks & SCAN_ASK(TTL))
		key->answers[SCAN_TTL] = ttl_of(file);
	if (asks & SCAN_ASK(EXISTS))
		key->answers[SCAN_EXISTS] = index_exists(&file->index, key->hash);
	leechers = asks & SCAN_ASK(LEECHERS) ? index_leechers(&file->index, key->hash) : -1;
	if (leechers >= 0)
		key->answers[SCAN_LEECHERS] = leechers;
}

/* Is it the key of a torrent that was named? */
static bool is_named(struct file *file, const struct scan_key *key)
{
	struct bytes hash = key_hash(key);
	struct table_entry *entry = hash.data ? table_find(&file->named, hash) : NULL;

	if (entry)
		entry->count++;
	return entry;
}

static bool deliver(struct file *file, size_t count, bool last, struct piece *piece)
{
	struct scan_key *key = &file->key;

	*piece = (struct piece){ key, file->snapshot.rdb.members, count, !key->begun, last };
	key->text = file->snapshot.rdb.key;	/* it may have moved with the window */
	key->begun = true;
	file->done += last;
	return true;
}

/* True: the key is a piece by itself. Otherwise its members will come, or it is not wanted. */
static bool take_key(struct file *file, struct piece *piece)
{
	struct rdb *rdb = &file->snapshot.rdb;
	struct scan_key *key = &file->key;
	const struct scan_plan *plan;

	key->class = key_classify(rdb->key, key->hash);
	plan = &file->plans[key->class];
	if (file->names ? !plan->read || !is_named(file, key) : !plan->read && !plan->asks) {
		file->done += !file->names;
		return false;
	}
	key->read = plan->read;
	key->wrong_type = key->read && rdb->kind != (key->read == SCAN_ZSET ? RDB_ZSET : RDB_SET);
	key->type[0] = 0;
	key->begun = false;
	answer(file, plan->asks);
	if (!key->read || key->wrong_type)
		return deliver(file, 0, true, piece);
	rdb_take(rdb);
	return false;
}

/* False: what follows is not wanted any more. */
static bool enter_database(struct file *file)
{
	file->current = file->snapshot.rdb.database;
	file->sections++;
	return !(file->torrents && file->index.sound && file->sections > file->index.sections);
}

static bool end_of_keys(struct file *file)
{
	file->ended = true;
	return false;
}

static bool file_next(struct source *source, struct piece *piece, struct error *error)
{
	struct file *file = source->state;
	const struct input *input = &file->snapshot.outer.input;

	for (;;) {
		if (tool_stopped)
			return fail_system(error, "interrupted");
		switch (snapshot_next(&file->snapshot, error)) {
		case RDB_DATABASE:
			if (!enter_database(file))
				return end_of_keys(file);
			break;
		case RDB_KEY:
			progress_step(&file->progress, file->done, input->offset, input->size);
			if (file->current == file->database && take_key(file, piece))
				return true;
			break;
		case RDB_MEMBERS:
			return deliver(file, file->snapshot.rdb.member_count, false, piece);
		case RDB_VALUE:
			return deliver(file, 0, true, piece);
		case RDB_END:
			return end_of_keys(file);
		case RDB_BAD:
			return false;
		default:
			break;
		}
	}
}

/* ---- questions */

/* All of them, before the first key: the file is read once, whatever their order. */
static void read_names(struct file *file, struct names *names)
{
	uint8_t hash[HASH_SIZE];
	struct error error = { 0 };
	uint64_t beyond = 0;

	file->named.limit = KEYS_SEEN_MAX;
	while (names_next(names, hash))
		beyond += !table_add(&file->named, bytes_at(hash, sizeof hash), NULL);
	names->asked = file->named.count;
	if (!beyond)
		return;
	fail_input(&error, ERROR_NOWHERE, "more than %d torrents named: %" PRIu64 " left out", KEYS_SEEN_MAX, beyond);
	run_error(file->snapshot.run, &error);
}

/* How many of them have no key. */
static uint64_t count_missing(const struct file *file)
{
	struct table_entry *entries = table_sorted(&file->named);
	size_t found = 0;

	while (found < file->named.count && entries[found].count)
		found++;
	free(entries);
	return file->named.count - found;
}

/* Is there a question that only the whole file can answer? */
static bool asks_ahead(const struct scan_plan *plans)
{
	uint8_t asks = 0;

	for (size_t i = 0; i < SCAN_CLASSES; i++)
		asks |= plans[i].asks;
	return asks & (SCAN_ASK(LEECHERS) | SCAN_ASK(EXISTS));
}

static bool file_exist(struct source *source, const struct bytes *keys, size_t count, bool *there, struct error *error)
{
	const struct file *file = source->state;
	uint8_t hash[HASH_SIZE];

	(void)error;
	for (size_t i = 0; i < count; i++)
		there[i] = !base64_parse(keys[i], hash, sizeof hash) || index_exists(&file->index, hash);
	return true;
}

static int64_t file_now_us(const struct source *source)
{
	return ((const struct file *)source->state)->snapshot.saved_us;
}

/* ---- beginning and end */

static void tell(struct source *source, const struct error *error)
{
	const struct file *file = source->state;

	report_error(&source->run->report, (struct place){ .file = file->snapshot.outer.input.name }, error);
}

/* What was checked once is not checked again. */
static bool begin_reading(struct file *file, enum database database, struct error *error)
{
	if (asks_ahead(file->plans) && !file->index.built && database == DATABASE_TORRENTS &&
	    !index_build(&file->index, &file->snapshot, file->database, file->checksum, error))
		return false;
	return snapshot_begin(&file->snapshot, file->checksum && !file->index.sound, error);
}

static bool file_begin(struct source *source, enum database database, const struct scan_plan *plans, struct names *names)
{
	struct file *file = source->state;
	struct error error = { 0 };

	file->plans = plans;
	file->names = names;
	file->database = file->numbers[database];
	file->torrents = database == DATABASE_TORRENTS;
	file->current = file->sections = file->done = 0;
	file->ended = false;
	if (names)
		read_names(file, names);
	if (begin_reading(file, database, &error)) {
		file->progress = progress_begin(&source->run->report, "keys");
		return true;
	}
	if (tool_stopped)
		report_note(&source->run->report, "interrupted before the first record");
	else
		tell(source, &error);
	return false;
}

/* Where it ended, and what had come by then. */
static void say_how_far(struct source *source, const struct error *error, uint64_t count, const char *unit)
{
	const struct file *file = source->state;
	const struct input *input = &file->snapshot.outer.input;
	struct count_text keys, records;
	struct error told = *error;

	count_print(&records, count, unit);
	count_print(&keys, file->done, "keys");
	if (tool_stopped) {
		report_note(&source->run->report, "interrupted at byte %" PRIu64 ", after %s, %s", input->offset, keys.text,
			    records.text);
		return;
	}
	error_suffix(&told, ", after %s, %s", keys.text, records.text);
	tell(source, &told);
}

static void file_end(struct source *source, const struct error *error, uint64_t count, const char *unit)
{
	struct file *file = source->state;

	progress_end(&file->progress);
	source->keys += file->done;
	if (file->names && file->ended)
		file->names->missing = count_missing(file);
	/* both databases come before the same damage */
	if (error->kind != ERROR_NONE && !source->damaged)
		say_how_far(source, error, count, unit);
	source->damaged |= error->kind == ERROR_INPUT;
}

static void file_close(struct source *source)
{
	struct file *file = source->state;

	snapshot_close(&file->snapshot);
	index_free(&file->index);
	table_free(&file->named);
	free(file);
}

/* What only a server can do. */
static bool check_usage(const struct run *run, struct error *error)
{
	const struct peerdump_options *options = run->options;
	const struct { bool given; const char *name; } others[] = {
		{ options->redis, "redis" }, { options->cluster, "cluster" }, { options->replicas, "replicas" },
		{ options->max_latency, "max-latency" }, { options->rate, "rate" }, { options->memory, "memory" },
	};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i].given)
			return fail_usage(error, "--%s is for a server, and --rdb reads a file", others[i].name);
	for (size_t i = 0; i < run->word_count; i++)
		if (strcmp(run->words[i], "-") == 0 && strcmp(options->rdb, "-") == 0)
			return fail_usage(error, "the RDB file and the torrents cannot both come from standard input");
	return true;
}

bool file_open(struct source *source)
{
	static const struct source_kind kind = {
		.begin = file_begin, .next = file_next, .end = file_end, .exist = file_exist, .now_us = file_now_us,
		.close = file_close,
	};
	const struct peerdump_options *options = source->run->options;
	struct error error = { 0 };
	struct file *file;

	if (!check_usage(source->run, &error)) {
		run_error(source->run, &error);
		return false;
	}
	file = calloc(1, sizeof *file);
	if (!file)
		out_of_memory();
	file->checksum = !options->no_checksum;
	file->numbers[DATABASE_TORRENTS] = options->torrents_db == DATABASE_OF_URI ? 0 : options->torrents_db;
	file->numbers[DATABASE_USERS] = options->users_db;
	source->kind = &kind;
	source->state = file;
	source->one_database = file->numbers[DATABASE_TORRENTS] == file->numbers[DATABASE_USERS];
	if (snapshot_open(&file->snapshot, options->rdb, source->run))
		return true;
	free(file);
	return false;
}
