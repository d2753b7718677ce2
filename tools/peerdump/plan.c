/* plan.c - which keys a scan reads: pages of them, slots, names, and what is to be known of each before it is read */
#include "tools/peerdump/scan.h"

#include <stdlib.h>

#include "base/hex.h"

enum {
	SLOTS_PAGE = 32,		/* slots that are listed at once */
	SLOT_KEYS_MAX = 1 << 17,	/* keys of one; a server lists that many in 0.05 s */
};

/* All spellings of a name: whether one of them is there is known when all are answered. */
struct scan_group {
	unsigned open;
	bool found;
	struct scan_group *next;
};

static void ask(struct scan *scan, struct scan_key *key, enum scan_ask what)
{
	key->pending++;
	feed_say_key(scan, (struct pending_command){ .kind = PENDING_ASK, .ask = what, .key = key });
}

/* Asks for what must be known before the key is read. */
static void ask_all(struct scan *scan, struct scan_key *key)
{
	uint8_t asks = scan->plans[key->class].asks;

	scan->planning++;
	key->feed->planning++;
	for (unsigned what = 0; what < SCAN_ASKS; what++)
		if (asks >> what & 1 || (what == SCAN_CARD && key->read))
			ask(scan, key, what);
}

/* A key that the plan wants. */
static struct scan_key *new_key(struct scan *scan, struct feed *feed, enum scan_class class, struct bytes text,
				const uint8_t *hash)
{
	struct scan_key *key = key_new(&scan->keys, class, text, hash);

	key->read = scan->plans[class].read;
	key->feed = feed;
	return key;
}

/* ---- names */

static struct scan_group *new_group(struct scan *scan)
{
	struct scan_group *group = scan->groups;

	if (group)
		scan->groups = group->next;
	else if (!(group = malloc(sizeof *group)))
		out_of_memory();
	*group = (struct scan_group){ .open = 0 };
	return group;
}

/* One more spelling is answered. */
static void close_group(struct scan *scan, struct scan_key *key, bool found)
{
	struct scan_group *group = key->group;

	key->group = NULL;
	if (!group)
		return;
	group->found |= found;
	if (--group->open)
		return;
	scan->names->missing += !group->found;
	group->next = scan->groups;
	scan->groups = group;
}

/* The keys that a torrent may have, by all the spellings that were ever used. */
static void plan_name(struct scan *scan, struct feed *feed, const uint8_t hash[HASH_SIZE])
{
	char ext[PEER_EXT_SIZE + PEER_KEY_SIZE] = "ext_", hex[2 * HASH_SIZE];
	const struct { enum scan_class class; struct bytes text; } spellings[] = {
		{ SCAN_TORRENT, bytes_at(ext + PEER_EXT_SIZE, PEER_KEY_SIZE) },
		{ SCAN_OLD_RAW, bytes_at(hash, HASH_SIZE) },
		{ SCAN_OLD_HEX, bytes_at(hex, sizeof hex) },
		{ SCAN_EXT, bytes_at(ext, sizeof ext) },
	};
	struct scan_group *group;

	if (!key_see(&scan->keys, SCAN_TORRENT, bytes_at(hash, HASH_SIZE)))
		return;
	scan->names->asked++;
	peer_key_print(hash, ext + PEER_EXT_SIZE);
	hex_print(hex, hash, HASH_SIZE);
	group = new_group(scan);
	/* until all are asked for: an answer cannot come before, but it may be known that none will */
	group->open = 1;
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		struct scan_key *key;

		if (!scan->plans[spellings[i].class].read)
			continue;
		key = new_key(scan, feed, spellings[i].class, spellings[i].text, hash);
		key->group = group;
		group->open++;
		ask_all(scan, key);
	}
	close_group(scan, &(struct scan_key){ .group = group }, false);
}

/* A page of them, or as many as there are without waiting. The first one is worth a wait if there is nothing else to do. */
static void plan_names(struct scan *scan, struct feed *feed, bool may_wait)
{
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < SCAN_PAGE && !scan->named; i++) {
		if (names_may_wait(scan->names) && !(may_wait && !scan->planning))
			return;
		if (names_next(scan->names, hash))
			plan_name(scan, feed, hash);
		else
			scan->named = true;
	}
}

/* ---- pages and slots */

static void plan_slots(struct feed *feed)
{
	while (feed->paging < SLOTS_PAGE && feed->slot < NODES_SLOTS) {
		uint16_t slot = (uint16_t)feed->slot++;

		if (!feed->slots[slot])
			continue;
		feed_say(feed, (struct pending_command){ .kind = PENDING_SLOT, .slot = slot, .limit = PLAN_SLOT_KEYS });
		feed->paging++;
	}
	if (feed->slot == NODES_SLOTS)
		feed->slots = NULL;
}

void plan_more(struct scan *scan, struct feed *feed, bool may_wait)
{
	if (feed->paging || feed->ready_weight >= 2 * SCAN_FLIGHT)
		return;
	if (scan->names) {
		if (!scan->named && !scan->planning)
			plan_names(scan, feed, may_wait);
	} else if (feed->planning || !feed->redis) {
		return;
	} else if (feed->scanning) {
		feed_say(feed, (struct pending_command){ .kind = PENDING_PAGE });
		feed->paging++;
	} else if (feed->slots) {
		plan_slots(feed);
	}
}

static void plan_key(struct scan *scan, struct feed *feed, struct bytes text)
{
	uint8_t hash[HASH_SIZE] = { 0 };
	enum scan_class class = key_classify(text, hash);
	bool hashed = class == SCAN_TORRENT || class == SCAN_EXT;	/* one spelling for each hash */

	if (!scan->plans[class].read && !scan->plans[class].asks)
		scan->done++;
	else if (key_see(&scan->keys, class, hashed ? bytes_at(hash, HASH_SIZE) : text))
		ask_all(scan, new_key(scan, feed, class, text, hash));
}

enum taken plan_take_page(struct scan *scan, struct feed *feed, const struct redis_reply *reply, struct error *error)
{
	feed->paging--;
	if (reply->items->kind == REDIS_ERROR) {
		scan_refused(feed->redis, "SCAN", reply->items->text, error);
		return FAILED;
	}
	if (!scan_cursor(reply, feed->cursor))
		return scan_senseless(feed, &(struct pending_command){ .kind = PENDING_PAGE }, error);
	feed->scanning = strcmp(feed->cursor, "0") != 0;
	for (size_t i = 3; i < reply->count; i++)
		plan_key(scan, feed, reply->items[i].text);
	return NOTHING;
}

/* As many keys as were asked for: there may be more. */
static enum taken ask_more(struct feed *feed, struct pending_command command, struct error *error)
{
	if (command.limit == SLOT_KEYS_MAX) {
		fail_system(error, "%s: slot %u moves and has more than %d keys, too many to be listed at once",
			    redis_name(feed->redis), command.slot, SLOT_KEYS_MAX);
		return FAILED;
	}
	command.limit *= 8;
	if (command.limit > SLOT_KEYS_MAX)
		command.limit = SLOT_KEYS_MAX;
	feed_say(feed, command);
	feed->paging++;
	return NOTHING;
}

enum taken plan_take_slot(struct scan *scan, struct feed *feed, const struct pending_command *command,
			  const struct redis_reply *reply, struct error *error)
{
	const struct redis_item *item = reply->items;

	feed->paging--;
	if (item->kind == REDIS_ERROR) {
		scan_refused(feed->redis, "CLUSTER GETKEYSINSLOT", item->text, error);
		return FAILED;
	}
	if (item->kind != REDIS_ARRAY || (uint64_t)item->integer != reply->count - 1 ||
	    !scan_strings(item + 1, reply->count - 1))
		return scan_senseless(feed, command, error);
	if (reply->count - 1 >= command->limit)
		return ask_more(feed, *command, error);
	for (size_t i = 1; i < reply->count; i++)
		plan_key(scan, feed, reply->items[i].text);
	return NOTHING;
}

/* ---- answers */

/* All that was asked about a key is known. */
static enum taken take_plan(struct scan *scan, struct scan_key *key, struct piece *piece)
{
	bool gone = key->read ? key->answers[SCAN_CARD] <= 0 && !key->wrong_type : strcmp(key->type, "none") == 0;

	scan->planning--;
	key->feed->planning--;
	if (gone && !key->lost && feed_doubts(scan, key)) {
		ask_all(scan, key);
		return NOTHING;
	}
	close_group(scan, key, !gone || key->lost);
	if (gone || key->lost) {
		key_drop(&scan->keys, key);
		/* a torrent that is named is looked for under all its spellings, most of which are no keys */
		scan->done += !scan->names && !key->lost;
		return NOTHING;
	}
	if (!key->read || key->wrong_type)
		return read_nothing(scan, key, piece);
	read_later(scan, key);
	return NOTHING;
}

enum taken plan_take_answer(struct scan *scan, struct feed *feed, const struct pending_command *command,
			    const struct redis_item *item, struct piece *piece, struct error *error)
{
	struct scan_key *key = command->key;
	size_t size = item->text.size < SCAN_TYPE_ROOM ? item->text.size : SCAN_TYPE_ROOM - 1;

	if (item->kind == REDIS_ERROR && bytes_begin(item->text, "WRONGTYPE")) {
		key->wrong_type |= command->ask == SCAN_CARD;
	} else if (item->kind == REDIS_ERROR) {
		scan_refused(feed->redis, pending_name(command), item->text, error);
		return FAILED;
	} else if (command->ask == SCAN_TYPE && item->kind == REDIS_STATUS) {
		memcpy(key->type, item->text.data, size);
		key->type[size] = 0;
	} else if (item->kind == REDIS_INTEGER) {
		key->answers[command->ask] = item->integer;
	} else if (item->kind != REDIS_NIL) {
		return scan_senseless(feed, command, error);
	}
	key->trouble_us = 0;
	return --key->pending ? NOTHING : take_plan(scan, key, piece);
}

void plan_lose_answer(struct scan *scan, struct scan_key *key)
{
	struct piece none;

	key->lost = true;
	if (!--key->pending)
		take_plan(scan, key, &none);
}

void plan_close(struct scan *scan)
{
	/* the names themselves may be gone */
	for (struct scan_key *key = scan->keys.all; key; key = key->next_of_all) {
		struct scan_group *group = key->group;

		key->group = NULL;
		if (group && !--group->open)
			free(group);
	}
	while (scan->groups) {
		struct scan_group *group = scan->groups;

		scan->groups = group->next;
		free(group);
	}
}
