/* bulk.c - many commands to a server or a cluster: pipelined in bounded bursts, answers as they come */
#include "io/bulk_private.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/number.h"
#include "io/nodes_private.h"
#include "io/redis_greet.h"

enum {
	RING = 1024,
	HALF = BULK_FLIGHT / 2,
	ROUNDS_MAX = 16,	/* of SCANs, while slots move */
};

/* ---- opening */

struct bulk *bulk_open(struct nodes *nodes)
{
	struct bulk *bulk = calloc(1, sizeof *bulk);

	if (!bulk || !(bulk->feeds = calloc(nodes->cluster ? NODES_MAX : 1, sizeof *bulk->feeds)))
		out_of_memory();
	bulk->nodes = nodes;
	bulk->later_end = &bulk->later;
	return bulk;
}

void bulk_close(struct bulk *bulk)
{
	if (!bulk)
		return;
	bulk_free_kept(bulk);
	for (size_t i = 0; i < bulk->nodes->count; i++)
		free(bulk->feeds[i].ring);
	free(bulk->feeds);
	free(bulk);
}

/* ---- queues */

static struct bulk_pending *pending_at(const struct bulk_feed *feed, size_t index)
{
	return &feed->ring[(feed->first + index) & (feed->capacity - 1)];
}

static void grow(struct bulk_feed *feed)
{
	size_t capacity = feed->capacity ? 2 * feed->capacity : RING;
	struct bulk_pending *ring = malloc(capacity * sizeof *ring);

	if (!ring)
		out_of_memory();
	for (size_t i = 0; i < feed->count; i++)
		ring[i] = *pending_at(feed, i);
	free(feed->ring);
	feed->ring = ring;
	feed->capacity = capacity;
	feed->first = 0;
}

void bulk_queue(struct bulk *bulk, size_t node, struct bulk_pending pending, size_t count, const struct bytes *words)
{
	struct bulk_feed *feed = &bulk->feeds[node];
	struct redis *redis = bulk->nodes->all[node].redis;
	size_t before = redis_queued(redis);

	redis_queue(redis, count, words);
	pending.size = (uint32_t)(redis_queued(redis) - before);
	feed->held += pending.size;
	redis_hold(redis, feed->held);
	if (feed->count == feed->capacity)
		grow(feed);
	*pending_at(feed, feed->count++) = pending;
	bulk->fresh = true;
}

struct bulk_pending bulk_take(struct bulk_feed *feed)
{
	struct bulk_pending pending = *pending_at(feed, 0);

	feed->first = (feed->first + 1) & (feed->capacity - 1);
	feed->count--;
	return pending;
}

void bulk_put(struct bulk *bulk, uint64_t tag, size_t count, const struct bytes *words)
{
	bulk->due++;
	if (bulk->nodes->cluster)
		bulk_put_kept(bulk, tag, count, words);
	else
		bulk_queue(bulk, 0, (struct bulk_pending){ .tag = tag }, count, words);
}

bool bulk_room(const struct bulk *bulk)
{
	return bulk->due < BULK_WAITING;
}

/* ---- bursts */

static bool has_failed(const struct bulk *bulk)
{
	return bulk->failure.kind != ERROR_NONE;
}

/*
 * Sends the next commands, in one write. A whole burst goes to a node that has nothing to do; later half of one at a time,
 * so that it is never idle. idle: nothing came from it: then fewer are worth a write too.
 */
static void push(struct bulk *bulk, size_t node, bool idle)
{
	struct bulk_feed *feed = &bulk->feeds[node];
	struct redis *redis = bulk->nodes->all[node].redis;
	size_t count = feed->count - feed->flight;
	struct error error;

	if (!count || feed->flight > HALF || (feed->flight && count < HALF && !idle))
		return;
	if (count > BULK_FLIGHT - feed->flight)
		count = BULK_FLIGHT - feed->flight;
	bulk->commands += count;
	bulk->trips++;
	for (; count; count--)
		feed->held -= pending_at(feed, feed->flight++)->size;
	redis_hold(redis, feed->held);
	error_clear(&error);
	if (!redis_send(redis, &error))
		bulk_lose(bulk, node, &error);
}

static void push_all(struct bulk *bulk, bool idle)
{
	bulk->fresh = false;
	for (size_t i = 0; i < bulk->nodes->count && !has_failed(bulk); i++)
		push(bulk, i, idle);
}

/* ---- keys */

void bulk_scan(struct bulk *bulk)
{
	memset(bulk->scanned, 0xff, sizeof bulk->scanned);
	bulk->scanning = true;
	bulk->rounds = 0;
}

void bulk_scan_again(struct bulk *bulk, size_t node)
{
	struct bulk_feed *feed = &bulk->feeds[node];

	if (feed->scan == BULK_SCAN_NONE)
		return;
	if (feed->scan == BULK_SCAN_WANTED)
		bulk->scans_wanted--;
	feed->scan = BULK_SCAN_NONE;
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (bulk->scanned[slot] == node)
			bulk->scanned[slot] = NODES_NONE;
}

/* Pages that are on their way count as the commands that they are likely to be followed by. */
static bool room_for_page(const struct bulk *bulk)
{
	return bulk->due + bulk->scans_due * BULK_PAGE < BULK_WAITING;
}

static void ask_page(struct bulk *bulk, size_t node)
{
	struct bulk_feed *feed = &bulk->feeds[node];
	char page[NUMBER_ROOM];
	struct bytes words[] = {
		bytes_of("SCAN"), bytes_of(feed->cursor), bytes_of("COUNT"),
		bytes_at(page, (size_t)(number_print(page, BULK_PAGE) - page)),
	};

	if (feed->scan != BULK_SCAN_WANTED || !room_for_page(bulk) || !bulk_connect(bulk, node))
		return;
	feed->scan = BULK_SCAN_DUE;
	bulk->scans_wanted--;
	bulk->scans_due++;
	bulk->due++;
	bulk_queue(bulk, node, (struct bulk_pending){ .kind = BULK_PAGE_OF_KEYS }, 4, words);
}

static void ask_pages(struct bulk *bulk)
{
	for (size_t i = 0; bulk->scans_wanted && i < bulk->nodes->count && !has_failed(bulk); i++)
		ask_page(bulk, i);
}

static void want_scan(struct bulk *bulk, size_t node)
{
	struct bulk_feed *feed = &bulk->feeds[node];

	feed->scan = BULK_SCAN_WANTED;
	strcpy(feed->cursor, "0");
	bulk->scans_wanted++;
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (bulk->nodes->owner[slot] == node)
			bulk->scanned[slot] = (uint16_t)node;
}

/*
 * All SCANs are at their end. A node that has a slot that it had not when its own began has keys that nobody may have told
 * of: it is asked once more. (So it is in the first round, in which nobody had any.)
 */
static void plan_scans(struct bulk *bulk)
{
	const struct nodes *nodes = bulk->nodes;

	if (bulk->rounds++ && !nodes_refresh(bulk->nodes, &bulk->failure))
		return;
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (nodes->owner[slot] != NODES_NONE && bulk->scanned[slot] != nodes->owner[slot])
			want_scan(bulk, nodes->owner[slot]);
	bulk->scanning = bulk->scans_wanted != 0;
	if (bulk->scanning && bulk->rounds > ROUNDS_MAX)
		fail_system(&bulk->failure,
			    "slots of the cluster keep moving: after %d rounds there may be keys that no SCAN told of",
			    ROUNDS_MAX);
}

static bool is_page(const struct redis_reply *reply, uint64_t *cursor)
{
	const struct redis_item *items = reply->items;

	if (reply->count < 3 || items[0].kind != REDIS_ARRAY || items[0].integer != 2 || items[1].kind != REDIS_STRING ||
	    items[2].kind != REDIS_ARRAY || (uint64_t)items[2].integer != reply->count - 3 ||
	    !number_parse(items[1].text, UINT64_MAX, cursor))
		return false;
	for (size_t i = 3; i < reply->count; i++)
		if (items[i].kind != REDIS_STRING)
			return false;
	return true;
}

static void scan_refused(struct bulk *bulk, size_t node, const char *name, struct bytes words)
{
	struct error error = { .kind = ERROR_NONE };
	char text[REDIS_WORDS_ROOM];
	size_t ignored;

	fail_system(&error, "%s: SCAN: %s", name, redis_print_words(text, words));
	if (nodes_hint(bulk->nodes, words, &ignored) == NODES_AGAIN)
		bulk_lose(bulk, node, &error);	/* it is loading */
	else
		bulk->failure = error;
}

/* The next page is asked for before anything is put because of this one: so it is there when that is answered. */
static bool take_page(struct bulk *bulk, size_t node, const struct redis_reply *reply, struct bulk_answer *answer)
{
	struct bulk_feed *feed = &bulk->feeds[node];
	const char *name = redis_name(bulk->nodes->all[node].redis);
	uint64_t cursor;

	if (reply->items->kind == REDIS_ERROR) {
		scan_refused(bulk, node, name, reply->items->text);
		return false;
	}
	if (!is_page(reply, &cursor))
		return fail_system(&bulk->failure, "%s: SCAN: an answer of another shape than this command has", name);
	feed->scan = cursor ? BULK_SCAN_WANTED : BULK_SCAN_NONE;
	bulk->scans_wanted += cursor != 0;
	*number_print(feed->cursor, cursor) = 0;
	ask_page(bulk, node);
	*answer = (struct bulk_answer){ .keys = true, .items = reply->items + 3, .count = reply->count - 3 };
	return true;
}

/* ---- answers */

static bool take_answer(struct bulk *bulk, struct bulk_pending pending, const struct redis_reply *reply,
			struct bulk_answer *answer)
{
	uint64_t tag = pending.tag;

	if (bulk->nodes->cluster) {
		if (reply->items->kind == REDIS_ERROR && bulk_follow(bulk, pending.kept, reply->items->text))
			return false;
		tag = pending.kept->tag;
		bulk_forget(bulk, pending.kept);
	}
	bulk->due--;
	*answer = (struct bulk_answer){ .tag = tag, .items = reply->items, .count = reply->count };
	return true;
}

/* The reply to the first of a node's commands. False: it is no answer to anybody, or bulk->failure is set. */
static bool take_reply(struct bulk *bulk, size_t node, const struct redis_reply *reply, struct bulk_answer *answer)
{
	struct bulk_feed *feed = &bulk->feeds[node];
	struct bulk_pending pending = bulk_take(feed);

	feed->flight--;
	feed->lost_us = 0;
	switch (pending.kind) {
	case BULK_COMMAND:
		return take_answer(bulk, pending, reply, answer);
	case BULK_PAGE_OF_KEYS:
		bulk->due--;
		bulk->scans_due--;
		return take_page(bulk, node, reply, answer);
	case BULK_ASKING:
		break;
	}
	return false;
}

/* An answer of that node, if it is there. */
static bool try_node(struct bulk *bulk, size_t node, struct bulk_answer *answer)
{
	struct bulk_feed *feed = &bulk->feeds[node];
	struct redis_reply reply;
	struct error error;
	bool taken = false;

	error_clear(&error);
	while (!taken && feed->flight && !has_failed(bulk)) {
		enum redis_tried tried = redis_try(bulk->nodes->all[node].redis, &reply, &error);

		if (tried == REDIS_FAILED)
			bulk_lose(bulk, node, &error);
		if (tried != REDIS_READ)
			break;
		taken = take_reply(bulk, node, &reply, answer);
		/* the next ones go before this one is worked on, and the other nodes have their turn */
		if (feed->flight != HALF || has_failed(bulk))
			continue;
		push(bulk, node, false);
		bulk->turn += taken;
	}
	return taken;
}

/* A node is left when it has nothing, or has had half a burst answered. */
static bool try_all(struct bulk *bulk, struct bulk_answer *answer)
{
	for (size_t i = bulk->nodes->count; i; i--) {
		if (bulk->turn >= bulk->nodes->count)
			bulk->turn = 0;
		if (try_node(bulk, bulk->turn, answer))
			return true;
		bulk->turn++;
	}
	return false;
}

static bool is_stopped(const struct bulk *bulk)
{
	const volatile bool *stop = bulk->nodes->private->options.stop;

	return stop && *stop;
}

/* Nothing is there. */
static enum bulk_tried wait_or_end(struct bulk *bulk)
{
	push_all(bulk, true);
	if (!bulk->due && !bulk->mend_us && !bulk->scans_wanted && bulk->scanning && !has_failed(bulk)) {
		plan_scans(bulk);
		ask_pages(bulk);
		push_all(bulk, true);
	}
	if (!has_failed(bulk) && !bulk->due && !bulk->scanning)
		return BULK_END;
	if (!has_failed(bulk) && !is_stopped(bulk))
		return BULK_LATER;
	fail_system(&bulk->failure, "interrupted");	/* unless it has failed before */
	return BULK_FAILED;
}

enum bulk_tried bulk_try(struct bulk *bulk, struct bulk_answer *answer, struct error *error)
{
	enum bulk_tried tried = BULK_FAILED;

	if (bulk->mend_us && !has_failed(bulk))
		bulk_mend(bulk);
	if (bulk->scans_wanted && !has_failed(bulk))
		ask_pages(bulk);
	if (bulk->fresh && !has_failed(bulk))
		push_all(bulk, false);
	if (!has_failed(bulk))
		tried = try_all(bulk, answer) ? BULK_ANSWER : wait_or_end(bulk);
	if (tried == BULK_FAILED)
		*error = bulk->failure;
	return tried;
}

size_t bulk_connections(const struct bulk *bulk, struct redis **all, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < bulk->nodes->count && count < room; i++)
		if (bulk->feeds[i].flight)
			all[count++] = bulk->nodes->all[i].redis;
	return count;
}

uint64_t bulk_commands(const struct bulk *bulk)
{
	return bulk->commands;
}

uint64_t bulk_trips(const struct bulk *bulk)
{
	return bulk->trips;
}
