/* scan.c - the keys of a database, or those named, with their members, read so that the server stays free for others */
#include "tools/peerdump/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/number.h"
#include "io/redis_greet.h"

enum { KEY_WEIGHT = 4 };	/* what reading a key costs the server besides its members, in members */

/* ---- commands */

static void expect(struct scan *scan, enum pending_kind kind, enum scan_ask ask, struct scan_key *key)
{
	pending_put(&scan->pending, (struct pending_command){ kind, ask, key });
}

static void queue_page(struct scan *scan)
{
	char count[NUMBER_ROOM + 1];

	*number_print(count, SCAN_PAGE) = 0;
	redis_queue_text(scan->redis, "SCAN", scan->cursor, "COUNT", count, NULL);
	expect(scan, PENDING_PAGE, 0, NULL);
	scan->paging = true;
}

static const char *ask_command(const struct scan_key *key, enum scan_ask ask)
{
	static const char *const commands[SCAN_ASKS] = {
		[SCAN_TYPE] = "TYPE", [SCAN_TTL] = "TTL", [SCAN_MEMORY] = "MEMORY", [SCAN_LEECHERS] = "SCARD",
		[SCAN_EXISTS] = "EXISTS",
	};

	return ask == SCAN_CARD ? key->read == SCAN_ZSET ? "ZCARD" : "SCARD" : commands[ask];
}

static void queue_ask(struct scan *scan, struct scan_key *key, enum scan_ask ask)
{
	struct bytes words[3] = { bytes_of(ask_command(key, ask)), bytes_of("USAGE"), key->text };
	char name[PEER_EXT_SIZE + PEER_KEY_SIZE] = "ext_";

	if (ask != SCAN_MEMORY)
		words[1] = key->text;
	if (ask == SCAN_LEECHERS || ask == SCAN_EXISTS) {
		peer_key_print(key->hash, name + PEER_EXT_SIZE);
		words[1] = ask == SCAN_LEECHERS ? bytes_at(name, sizeof name)
						: bytes_at(name + PEER_EXT_SIZE, PEER_KEY_SIZE);
	}
	redis_queue(scan->redis, ask == SCAN_MEMORY ? 3 : 2, words);
	expect(scan, PENDING_ASK, ask, key);
	key->pending++;
}

static const char *read_command(const struct scan_key *key, enum pending_kind kind)
{
	if (kind == PENDING_WHOLE)
		return key->read == SCAN_ZSET ? "ZRANGE" : "SMEMBERS";
	return key->read == SCAN_ZSET ? "ZSCAN" : "SSCAN";
}

static void queue_whole(struct scan *scan, struct scan_key *key)
{
	struct bytes words[] = { bytes_of(read_command(key, PENDING_WHOLE)), key->text, bytes_of("0"), bytes_of("-1"),
				 bytes_of("WITHSCORES") };

	redis_queue(scan->redis, key->read == SCAN_ZSET ? 5 : 2, words);
	expect(scan, PENDING_WHOLE, 0, key);
}

static void queue_part(struct scan *scan, struct scan_key *key)
{
	char count[NUMBER_ROOM];
	struct bytes words[] = { bytes_of(read_command(key, PENDING_PART)), key->text, bytes_of(scan->part_cursor),
				 bytes_of("COUNT"), bytes_at(count, (size_t)(number_print(count, SCAN_PART) - count)) };

	redis_queue(scan->redis, 5, words);
	expect(scan, PENDING_PART, 0, key);
}

/* ---- keys */

static void drop_key(struct scan *scan, struct scan_key *key)
{
	key_drop(&scan->keys, key);
	scan->done++;
}

/* A key that the plan wants: asks for what must be known before it is read. */
static void plan_key(struct scan *scan, enum scan_class class, struct bytes text, const uint8_t *hash, bool closes_group)
{
	const struct scan_plan *plan = &scan->plans[class];
	struct scan_key *key = key_new(&scan->keys, class, text, hash);

	key->read = plan->read;
	key->closes_group = closes_group;
	for (unsigned ask = 0; ask < SCAN_ASKS; ask++)
		if (plan->asks >> ask & 1 || (ask == SCAN_CARD && plan->read))
			queue_ask(scan, key, ask);
	scan->planning++;
}

/* The keys that a torrent may have, by all the spellings that were ever used. */
static void plan_name(struct scan *scan, const uint8_t hash[HASH_SIZE])
{
	char ext[PEER_EXT_SIZE + PEER_KEY_SIZE] = "ext_", hex[2 * HASH_SIZE];
	const struct { enum scan_class class; struct bytes text; } spellings[] = {
		{ SCAN_TORRENT, bytes_at(ext + PEER_EXT_SIZE, PEER_KEY_SIZE) },
		{ SCAN_OLD_RAW, bytes_at(hash, HASH_SIZE) },
		{ SCAN_OLD_HEX, bytes_at(hex, sizeof hex) },
		{ SCAN_EXT, bytes_at(ext, sizeof ext) },
	};
	size_t last = 0;

	if (!key_see(&scan->keys, SCAN_TORRENT, bytes_at(hash, HASH_SIZE)))
		return;
	scan->names->asked++;
	peer_key_print(hash, ext + PEER_EXT_SIZE);
	hex_print(hex, hash, HASH_SIZE);
	for (size_t i = 0; i < 4; i++)
		if (scan->plans[spellings[i].class].read)
			last = i;
	for (size_t i = 0; i <= last; i++)
		if (scan->plans[spellings[i].class].read)
			plan_key(scan, spellings[i].class, spellings[i].text, hash, i == last);
}

/* A page of them, or as many as there are without waiting. The first one is worth a wait if there is nothing else to do. */
static void plan_names(struct scan *scan, bool may_wait)
{
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < SCAN_PAGE && !scan->ended; i++) {
		if (names_may_wait(scan->names) && !(may_wait && !scan->planning))
			return;
		if (names_next(scan->names, hash))
			plan_name(scan, hash);
		else
			scan->ended = true;
	}
}

static void queue_reads(struct scan *scan)
{
	if (scan->planning && scan->ready_weight < SCAN_FLIGHT / 2)
		return;	/* a batch of one key is a waste of system calls */
	while (scan->ready && !scan->big) {
		struct scan_key *key = scan->ready;
		uint64_t weight = (uint64_t)key->answers[SCAN_CARD] + KEY_WEIGHT;

		if (scan->flight > SCAN_FLIGHT / 2 && scan->flight + weight > SCAN_FLIGHT)
			return;
		scan->ready = key->next;
		if (!scan->ready)
			scan->ready_end = &scan->ready;
		scan->ready_weight -= weight;
		if (key->answers[SCAN_CARD] <= SCAN_WHOLE) {
			scan->flight += weight;
			queue_whole(scan, key);
			continue;
		}
		scan->flight += SCAN_PART;
		scan->big = key;
		strcpy(scan->part_cursor, "0");
		distinct_reset(&scan->members, (uint64_t)key->answers[SCAN_CARD], SCAN_MEMBERS_MAX);
		queue_part(scan, key);
	}
}

/* may_wait: there is nothing else to do than to wait for the next name. */
static void queue_more(struct scan *scan, bool may_wait)
{
	if (!scan->ended && !scan->paging && !scan->planning && scan->ready_weight < 2 * SCAN_FLIGHT) {
		if (scan->names)
			plan_names(scan, may_wait);
		else
			queue_page(scan);
	}
	if (scan->flight <= SCAN_FLIGHT / 2)
		queue_reads(scan);
}

/* ---- replies */

enum taken { FAILED, NOTHING, TAKEN };

bool scan_refused(const struct redis *redis, const char *command, struct bytes words, struct error *error)
{
	char text[REDIS_WORDS_ROOM];

	return fail_system(error, "%s: %s: %s", redis_name(redis), command, redis_print_words(text, words));
}

static enum taken senseless(struct scan *scan, const char *command, struct error *error)
{
	fail_system(error, "%s: %s: an answer of another shape than this command has", redis_name(scan->redis), command);
	return FAILED;
}

static bool all_strings(const struct redis_item *items, size_t count)
{
	bool good = true;

	for (size_t i = 0; i < count; i++)
		good &= items[i].kind == REDIS_STRING;
	return good;
}

/* The reply of SCAN, SSCAN and ZSCAN: the next cursor, and what was found. */
static bool read_cursor(const struct redis_reply *reply, char cursor[24])
{
	uint64_t number;

	if (reply->count < 3 || reply->items[0].kind != REDIS_ARRAY || reply->items[0].integer != 2 ||
	    reply->items[1].kind != REDIS_STRING || reply->items[2].kind != REDIS_ARRAY ||
	    (uint64_t)reply->items[2].integer != reply->count - 3 ||
	    !number_parse(reply->items[1].text, UINT64_MAX, &number))
		return false;
	*number_print(cursor, number) = 0;
	return all_strings(reply->items + 3, reply->count - 3);
}

static enum taken take_page(struct scan *scan, const struct redis_reply *reply, struct error *error)
{
	if (!read_cursor(reply, scan->cursor))
		return senseless(scan, "SCAN", error);
	scan->paging = false;
	scan->ended = strcmp(scan->cursor, "0") == 0;
	for (size_t i = 3; i < reply->count; i++) {
		struct bytes text = reply->items[i].text;
		uint8_t hash[HASH_SIZE] = { 0 };
		enum scan_class class = key_classify(text, hash);
		bool hashed = class == SCAN_TORRENT || class == SCAN_EXT;	/* one spelling for each hash */

		if (!scan->plans[class].read && !scan->plans[class].asks)
			scan->done++;
		else if (key_see(&scan->keys, class, hashed ? bytes_at(hash, HASH_SIZE) : text))
			plan_key(scan, class, text, hash, false);
	}
	return NOTHING;
}

static enum taken deliver(struct scan *scan, struct scan_key *key, size_t count, bool last, struct piece *piece)
{
	*piece = (struct piece){ key, scan->read, count, !key->begun, last };
	key->begun = true;
	if (last)
		scan->delivered = key;
	return TAKEN;
}

/* All that was asked about a key is known. */
static enum taken take_plan(struct scan *scan, struct scan_key *key, struct piece *piece)
{
	int64_t card = key->answers[SCAN_CARD];
	bool gone = key->read ? card <= 0 && !key->wrong_type : strcmp(key->type, "none") == 0;

	scan->planning--;
	scan->group_found |= !gone;
	if (key->closes_group) {
		scan->names->missing += !scan->group_found;
		scan->group_found = false;
	}
	if (gone) {
		key_drop(&scan->keys, key);
		/* a torrent that is named is looked for under all its spellings, most of which are no keys */
		scan->done += !scan->names;
		return NOTHING;
	}
	if (!key->read || key->wrong_type)
		return deliver(scan, key, 0, true, piece);
	key->next = NULL;
	*scan->ready_end = key;
	scan->ready_end = &key->next;
	scan->ready_weight += (uint64_t)card + KEY_WEIGHT;
	return NOTHING;
}

static enum taken take_answer(struct scan *scan, const struct pending_command *command, const struct redis_item *item,
			      struct piece *piece, struct error *error)
{
	struct scan_key *key = command->key;
	size_t size = item->text.size < SCAN_TYPE_ROOM ? item->text.size : SCAN_TYPE_ROOM - 1;

	if (item->kind == REDIS_ERROR && bytes_begin(item->text, "WRONGTYPE")) {
		key->wrong_type |= command->ask == SCAN_CARD;
	} else if (item->kind == REDIS_ERROR) {
		scan_refused(scan->redis, ask_command(key, command->ask), item->text, error);
		return FAILED;
	} else if (command->ask == SCAN_TYPE && item->kind == REDIS_STATUS) {
		memcpy(key->type, item->text.data, size);
		key->type[size] = 0;
	} else if (item->kind == REDIS_INTEGER) {
		key->answers[command->ask] = item->integer;
	} else if (item->kind != REDIS_NIL) {
		return senseless(scan, ask_command(key, command->ask), error);
	}
	return --key->pending ? NOTHING : take_plan(scan, key, piece);
}

/* The key is no longer what it was when it was planned. */
static enum taken take_refusal(struct scan *scan, struct scan_key *key, const char *command, struct bytes words,
			       struct piece *piece, struct error *error)
{
	if (!bytes_begin(words, "WRONGTYPE")) {
		scan_refused(scan->redis, command, words, error);
		return FAILED;
	}
	if (scan->big == key)
		scan->big = NULL;
	key->wrong_type = true;
	return deliver(scan, key, 0, true, piece);
}

/* Items to members, in scan->read: those of a zset have a score behind each. False: one of the scores is none. */
static bool read_members(struct scan *scan, const struct scan_key *key, const struct redis_item *items, size_t count,
			 size_t *read)
{
	size_t step = key->read == SCAN_ZSET ? 2 : 1;

	*read = count / step;
	if (*read > scan->read_capacity) {
		free(scan->read);
		scan->read_capacity = *read;
		scan->read = calloc(*read, sizeof *scan->read);
		if (!scan->read)
			out_of_memory();
	}
	for (size_t i = 0; i < *read; i++) {
		scan->read[i].text = items[i * step].text;
		scan->read[i].score = 0;
		if (step == 2 && !peer_score_parse(items[i * 2 + 1].text, &scan->read[i].score))
			return false;
	}
	return true;
}

static enum taken take_whole(struct scan *scan, struct scan_key *key, const struct redis_reply *reply,
			     struct piece *piece, struct error *error)
{
	size_t count = reply->count - 1, read;

	scan->flight -= (uint64_t)key->answers[SCAN_CARD] + KEY_WEIGHT;
	if (reply->items->kind == REDIS_ERROR)
		return take_refusal(scan, key, read_command(key, PENDING_WHOLE), reply->items->text, piece, error);
	if (reply->items->kind != REDIS_ARRAY || reply->items->integer != (int64_t)count ||
	    (key->read == SCAN_ZSET && count % 2) || !all_strings(reply->items + 1, count) ||
	    !read_members(scan, key, reply->items + 1, count, &read))
		return senseless(scan, read_command(key, PENDING_WHOLE), error);
	return deliver(scan, key, read, true, piece);
}

static enum taken take_part(struct scan *scan, struct scan_key *key, const struct redis_reply *reply,
			    struct piece *piece, struct error *error)
{
	size_t step = key->read == SCAN_ZSET ? 2 : 1, read;
	bool last;

	scan->flight -= SCAN_PART;
	if (reply->items->kind == REDIS_ERROR)
		return take_refusal(scan, key, read_command(key, PENDING_PART), reply->items->text, piece, error);
	if (!read_cursor(reply, scan->part_cursor) || (reply->count - 3) % step ||
	    !read_members(scan, key, reply->items + 3, reply->count - 3, &read))
		return senseless(scan, read_command(key, PENDING_PART), error);
	last = strcmp(scan->part_cursor, "0") == 0;
	if (last) {
		scan->big = NULL;
	} else {
		/* at once: the server works on it while we work on this part */
		scan->flight += SCAN_PART;
		queue_part(scan, key);
	}
	return deliver(scan, key, distinct_members(&scan->members, scan->read, read), last, piece);
}

static enum taken take(struct scan *scan, const struct pending_command *command, const struct redis_reply *reply,
		       struct piece *piece, struct error *error)
{
	switch (command->kind) {
	case PENDING_PAGE:
		if (reply->items->kind != REDIS_ERROR)
			return take_page(scan, reply, error);
		scan_refused(scan->redis, "SCAN", reply->items->text, error);
		return FAILED;
	case PENDING_ASK:
		return take_answer(scan, command, reply->items, piece, error);
	case PENDING_WHOLE:
		return take_whole(scan, command->key, reply, piece, error);
	case PENDING_PART:
		return take_part(scan, command->key, reply, piece, error);
	}
	return FAILED;
}

bool scan_next(struct scan *scan, struct piece *piece, struct error *error)
{
	struct redis_reply reply;
	struct pending_command command;
	enum taken taken = NOTHING;

	if (scan->delivered)
		drop_key(scan, scan->delivered);
	scan->delivered = NULL;
	while (taken == NOTHING) {
		if (tool_stopped)
			return fail_system(error, "interrupted");
		if (!scan->pending.count)
			queue_more(scan, true);
		if (!scan->pending.count || !redis_read(scan->redis, &reply, error))
			return false;
		command = pending_take(&scan->pending);
		taken = take(scan, &command, &reply, piece, error);
		if (taken == FAILED)
			return false;
		queue_more(scan, false);
		if (redis_queued(scan->redis) && !redis_send(scan->redis, error))
			return false;
	}
	progress_step(&scan->progress, scan->done, scan->done, scan->total);
	return true;
}

/* ---- beginning and end */

/* How many keys there are; a server that will not tell is no obstacle. */
static bool ask_total(struct scan *scan, struct error *error)
{
	struct redis_reply reply;

	redis_queue_text(scan->redis, "DBSIZE", NULL);
	if (!redis_read(scan->redis, &reply, error))
		return false;
	if (reply.items->kind == REDIS_INTEGER && reply.items->integer > 0)
		scan->total = (uint64_t)reply.items->integer;
	return true;
}

bool scan_open(struct scan *scan, struct run *run, struct redis *redis, const struct scan_plan *plans, struct names *names)
{
	struct error error = { 0 };

	*scan = (struct scan){ .run = run, .redis = redis, .plans = plans, .names = names, .cursor = "0",
			       .keys.seen.limit = KEYS_SEEN_MAX };
	scan->ready_end = &scan->ready;
	if (!names) {
		scan->progress = progress_begin(&run->report, "keys");
		if (!ask_total(scan, &error)) {
			scan_end(scan, &error, 0, "records");
			scan_close(scan);
			return false;
		}
	}
	return true;
}

static void say_how_far(struct scan *scan, const struct error *error, uint64_t count, const char *unit)
{
	struct count_text keys, records;
	char of[32] = "", far[192];
	struct error told = { 0 };

	count_print(&records, count, unit);
	count_print(&keys, scan->total ? scan->total : scan->done, "keys");
	if (scan->total)
		snprintf(of, sizeof of, "%" PRIu64 " of about ", scan->done);
	/* a large one may be nearly all there is: no key is done then, but much of one */
	if (scan->big)
		snprintf(far, sizeof far, scan->total ? "after %s, within key %" PRIu64 " of about %" PRIu64
						      : "after %s, within key %" PRIu64, records.text, scan->done + 1, scan->total);
	else
		snprintf(far, sizeof far, "after %s%s, %s", of, keys.text, records.text);
	if (tool_stopped) {
		report_note(&scan->run->report, "interrupted %s", far);
		return;
	}
	fail_system(&told, "%s, %s", error->message, far);
	run_error(scan->run, &told);
}

void scan_end(struct scan *scan, const struct error *error, uint64_t count, const char *unit)
{
	progress_end(&scan->progress);
	if (error->kind != ERROR_NONE)
		say_how_far(scan, error, count, unit);
}

void scan_close(struct scan *scan)
{
	keys_free(&scan->keys);
	distinct_free(&scan->members);
	free(scan->read);
	pending_free(&scan->pending);
	*scan = (struct scan){ 0 };
}
