/* read.c - the members of the keys of a scan: small sets whole, others in parts, so many at once */
#include "tools/peerdump/scan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "text/escape.h"

enum {
	KEY_WEIGHT = 4,		/* what reading a key costs the server besides its members, in members */
	PRINTS = 16,		/* members whose place among those seen is asked for at once */
};

/* What is known of a key that is read in parts. */
struct scan_part {
	char cursor[SCAN_CURSOR_ROOM];
	struct distinct members;	/* that came by */
	struct scan_part *next;
};

uint64_t read_weight(const struct scan_key *key)
{
	return (uint64_t)key->answers[SCAN_CARD] + KEY_WEIGHT;
}

/* ---- asking */

static void new_part(struct scan *scan, struct scan_key *key)
{
	struct scan_part *part = scan->parts;

	if (part)
		scan->parts = part->next;
	else if (!(part = calloc(1, sizeof *part)))
		out_of_memory();
	strcpy(part->cursor, "0");
	distinct_reset(&part->members, (uint64_t)key->answers[SCAN_CARD], SCAN_MEMBERS_MAX);
	key->part = part;
}

static void end_part(struct scan *scan, struct scan_key *key)
{
	if (!key->part)
		return;
	key->part->next = scan->parts;
	scan->parts = key->part;
	key->part = NULL;
}

const char *read_cursor(const struct scan_key *key)
{
	return key->part->cursor;
}

void read_again(struct scan_key *key)
{
	strcpy(key->part->cursor, "0");
}

static void ask_members(struct scan *scan, struct scan_key *key)
{
	bool whole = key->packed || key->answers[SCAN_CARD] <= SCAN_WHOLE;

	if (!whole)
		new_part(scan, key);
	feed_say_key(scan, (struct pending_command){ .kind = whole ? PENDING_WHOLE : PENDING_PART, .key = key });
}

void read_later(struct scan *scan, struct scan_key *key)
{
	struct feed *feed = feed_of(scan, key, key->text);

	key->packed = scan->packs && key->read == SCAN_ZSET && (uint64_t)key->answers[SCAN_CARD] <= scan->packed_whole;
	if (!feed) {
		ask_members(scan, key);
		return;
	}
	key->next = NULL;
	*feed->ready_end = key;
	feed->ready_end = &key->next;
	feed->ready_weight += read_weight(key);
}

struct scan_key *read_take_ready(struct feed *feed)
{
	struct scan_key *key = feed->ready;

	feed->ready = key->next;
	if (!feed->ready)
		feed->ready_end = &feed->ready;
	feed->ready_weight -= read_weight(key);
	return key;
}

/* How many members may be on their way. */
static uint64_t flight_of(const struct scan *scan)
{
	return scan->packs ? SCAN_PACKED_FLIGHT : SCAN_FLIGHT;
}

static bool may_ask(struct scan *scan, const struct feed *feed, uint64_t members, bool may_wait)
{
	return pace_step(scan->pace, &feed->nodes->all[feed->node], members, may_wait);
}

static void ask_part(struct scan *scan, struct feed *feed, bool may_wait)
{
	struct pending_command command = feed->next_part;

	if (!command.key || !may_ask(scan, feed, SCAN_PART, may_wait))
		return;
	feed->next_part.key = NULL;
	feed_say(feed, command);
}

void read_more(struct scan *scan, struct feed *feed, bool may_wait)
{
	uint64_t flight = flight_of(scan);

	ask_part(scan, feed, may_wait);
	if (feed->flight > flight / 2 || !feed->redis)
		return;
	if (feed->planning && feed->ready_weight < flight / 2)
		return;	/* a batch of one key is a waste of system calls */
	while (feed->ready && !feed->parts && !feed->next_part.key) {
		uint64_t weight = read_weight(feed->ready);

		if (feed->flight > flight / 2 && feed->flight + weight > flight)
			return;
		if (!may_ask(scan, feed, (uint64_t)feed->ready->answers[SCAN_CARD], may_wait && !feed->pending.count))
			return;
		ask_members(scan, read_take_ready(feed));
	}
}

/* ---- replies */

static enum taken deliver(struct scan *scan, struct scan_key *key, size_t count, bool last, struct piece *piece)
{
	*piece = (struct piece){ key, scan->unpacking ? scan->rdb.members : scan->read, count, !key->begun, last };
	key->begun = true;
	scan->pace->members += count;
	scan->open = last ? NULL : key;
	if (last) {
		end_part(scan, key);
		scan->delivered = key;
	}
	return TAKEN;
}

enum taken read_nothing(struct scan *scan, struct scan_key *key, struct piece *piece)
{
	if (!scan->open)
		return deliver(scan, key, 0, true, piece);
	key->next = NULL;
	*scan->held_end = key;
	scan->held_end = &key->next;
	return NOTHING;
}

enum taken read_held(struct scan *scan, struct piece *piece)
{
	struct scan_key *key = scan->held;

	scan->held = key->next;
	if (!scan->held)
		scan->held_end = &scan->held;
	return deliver(scan, key, 0, true, piece);
}

/* What DUMP gives is of no use: as all others from now on. */
static enum taken read_plain(struct scan *scan, struct scan_key *key)
{
	scan->packs = key->packed = false;
	ask_members(scan, key);
	return NOTHING;
}

/* The key is no longer what it was when it was planned. */
static enum taken take_refusal(struct scan *scan, struct feed *feed, const struct pending_command *command,
			       struct bytes words, struct piece *piece, struct error *error)
{
	if (command->kind == PENDING_WHOLE && command->key->packed)
		return read_plain(scan, command->key);
	if (!bytes_begin(words, "WRONGTYPE")) {
		scan_refused(feed->redis, pending_name(command), words, error);
		return FAILED;
	}
	command->key->wrong_type = true;
	return deliver(scan, command->key, 0, true, piece);
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

/* There is nothing (more) of what was there: it may have moved. */
static bool look_again(struct scan *scan, struct pending_command command)
{
	if (!feed_doubts(scan, command.key))
		return false;
	if (command.key->part)
		read_again(command.key);
	command.asking = false;
	feed_say_key(scan, command);
	return true;
}

enum taken read_unpacked(struct scan *scan, struct piece *piece, struct error *error)
{
	struct scan_key *key = scan->unpacking;
	struct error problem = { 0 };
	struct brief brief;

	for (;;) {
		switch (rdb_next(&scan->rdb, &problem)) {
		case RDB_KEY:
			key->wrong_type = scan->rdb.kind != RDB_ZSET;
			if (!key->wrong_type)
				rdb_take(&scan->rdb);
			break;
		case RDB_MEMBERS:
			return deliver(scan, key, scan->rdb.member_count, false, piece);
		case RDB_END:
			scan->unpacking = NULL;
			return deliver(scan, key, 0, true, piece);
		case RDB_BAD:
			fail_system(error, "DUMP of key %s: byte %" PRIu64 ": %s", escape_brief(&brief, key->text),
				    problem.offset, problem.message);
			return FAILED;
		default:
			break;
		}
	}
}

/* The members come from here on, without another reply. */
static enum taken take_packed(struct scan *scan, const struct pending_command *command, const struct redis_item *item,
			      struct piece *piece, struct error *error)
{
	struct error problem = { 0 };

	if (item->kind == REDIS_NIL)
		return look_again(scan, *command) ? NOTHING : deliver(scan, command->key, 0, true, piece);
	if (item->kind != REDIS_STRING || !rdb_payload(&scan->rdb, item->text, &problem))
		return read_plain(scan, command->key);
	scan->unpacking = command->key;
	return read_unpacked(scan, piece, error);
}

static enum taken take_whole(struct scan *scan, struct feed *feed, const struct pending_command *command,
			     const struct redis_reply *reply, struct piece *piece, struct error *error)
{
	struct scan_key *key = command->key;
	size_t count = reply->count - 1, read;

	if (key->packed)
		return take_packed(scan, command, reply->items, piece, error);

	if (reply->items->kind != REDIS_ARRAY || reply->items->integer != (int64_t)count ||
	    (key->read == SCAN_ZSET && count % 2) || !scan_strings(reply->items + 1, count) ||
	    !read_members(scan, key, reply->items + 1, count, &read))
		return scan_senseless(feed, command, error);
	if (!read && look_again(scan, *command))
		return NOTHING;
	return deliver(scan, key, read, true, piece);
}

/* Moves the members that are new to the front, in their order; returns how many they are. */
static size_t keep_new(struct distinct *seen, struct rdb_member *members, size_t count)
{
	uint64_t prints[PRINTS];
	size_t kept = 0, block;

	for (size_t at = 0; at < count; at += block) {
		block = count - at < PRINTS ? count - at : PRINTS;
		for (size_t i = 0; i < block; i++)
			prints[i] = distinct_print(seen, members[at + i].text);
		for (size_t i = 0; i < block; i++)
			if (distinct_add(seen, prints[i]))
				members[kept++] = members[at + i];
	}
	return kept;
}

static enum taken take_part(struct scan *scan, struct feed *feed, const struct pending_command *command,
			    const struct redis_reply *reply, struct piece *piece, struct error *error)
{
	struct scan_key *key = command->key;
	size_t step = key->read == SCAN_ZSET ? 2 : 1, read;
	bool last;

	if (!scan_cursor(reply, key->part->cursor) || (reply->count - 3) % step ||
	    !read_members(scan, key, reply->items + 3, reply->count - 3, &read))
		return scan_senseless(feed, command, error);
	last = strcmp(key->part->cursor, "0") == 0;
	if (last && !read && look_again(scan, *command))
		return NOTHING;
	/* the next one at once, if it may be: the server works on it while we work on this part */
	if (!last) {
		feed->next_part = (struct pending_command){ .kind = PENDING_PART, .key = key, .asking = command->asking };
		ask_part(scan, feed, false);
	}
	return deliver(scan, key, keep_new(&key->part->members, scan->read, read), last, piece);
}

enum taken read_take(struct scan *scan, struct feed *feed, const struct pending_command *command,
		     const struct redis_reply *reply, struct piece *piece, struct error *error)
{
	command->key->trouble_us = 0;
	if (reply->items->kind == REDIS_ERROR)
		return take_refusal(scan, feed, command, reply->items->text, piece, error);
	return command->kind == PENDING_WHOLE ? take_whole(scan, feed, command, reply, piece, error)
					      : take_part(scan, feed, command, reply, piece, error);
}

/* ---- ends */

void read_lose(struct scan *scan, struct scan_key *key)
{
	if (scan->open == key)
		scan->open = NULL;
	end_part(scan, key);
	key_drop(&scan->keys, key);
}

void read_close(struct scan *scan)
{
	for (struct scan_key *key = scan->keys.all; key; key = key->next_of_all)
		end_part(scan, key);
	while (scan->parts) {
		struct scan_part *part = scan->parts;

		scan->parts = part->next;
		distinct_free(&part->members);
		free(part);
	}
}
