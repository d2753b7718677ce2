/* bulk_cluster.c - commands in bulk to a cluster: kept until they are answered, and said again where they belong */
#include "io/bulk_private.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"

enum {
	KEPT_ROOM = 256,	/* bytes for one, at first */
	HINTS_MAX = 16,		/* that one command follows */
};

/* ---- kept */

void bulk_forget(struct bulk *bulk, struct bulk_kept *kept)
{
	kept->next = bulk->unused;
	bulk->unused = kept;
}

static struct bulk_kept *new_kept(struct bulk *bulk, size_t size)
{
	struct bulk_kept *kept = bulk->unused;

	if (kept)
		bulk->unused = kept->next;
	if (!kept || kept->room < size) {
		free(kept);
		if (size < KEPT_ROOM)
			size = KEPT_ROOM;
		kept = malloc(sizeof *kept + size);
		if (!kept)
			out_of_memory();
		kept->room = size;
	}
	return kept;
}

static struct bulk_kept *keep(struct bulk *bulk, uint64_t tag, size_t count, const struct bytes *words)
{
	size_t size = count * sizeof *words;
	struct bulk_kept *kept;
	uint8_t *at;

	for (size_t i = 0; i < count; i++)
		size += words[i].size;
	kept = new_kept(bulk, size);
	kept->tag = tag;
	kept->trouble_us = 0;
	kept->hints = 0;
	kept->count = count;
	at = (uint8_t *)&kept->words[count];
	for (size_t i = 0; i < count; i++) {
		if (words[i].size)
			memcpy(at, words[i].data, words[i].size);
		kept->words[i] = bytes_at(at, words[i].size);
		at += words[i].size;
	}
	return kept;
}

static void free_list(struct bulk_kept *kept)
{
	while (kept) {
		struct bulk_kept *next = kept->next;

		free(kept);
		kept = next;
	}
}

void bulk_free_kept(struct bulk *bulk)
{
	for (size_t i = 0; bulk->nodes->cluster && i < bulk->nodes->count; i++) {
		struct bulk_feed *feed = &bulk->feeds[i];

		while (feed->count) {
			struct bulk_pending pending = bulk_take(feed);

			if (pending.kind == BULK_COMMAND)
				free(pending.kept);
		}
	}
	free_list(bulk->later);
	free_list(bulk->unused);
}

/* ---- time */

static int64_t timeout_us(const struct bulk *bulk)
{
	uint32_t given_ms = bulk->nodes->all[0].address.command_timeout_ms;

	return (int64_t)(given_ms ? given_ms : REDIS_COMMAND_TIMEOUT_MS) * 1000;
}

/* Has it been so since *since_us, which is now if it was not, for longer than anybody may take? */
static bool too_long(const struct bulk *bulk, int64_t *since_us)
{
	int64_t now_us = clock_monotonic_us();

	if (!*since_us)
		*since_us = now_us;
	return now_us - *since_us > timeout_us(bulk);
}

static void mend_soon(struct bulk *bulk)
{
	if (!bulk->mend_us)
		bulk->mend_us = clock_monotonic_us() + NODES_PAUSE_MS * 1000;
}

static void put_off(struct bulk *bulk, struct bulk_kept *kept)
{
	kept->next = NULL;
	*bulk->later_end = kept;
	bulk->later_end = &kept->next;
	mend_soon(bulk);
}

/* ---- where commands go */

bool bulk_connect(struct bulk *bulk, size_t node)
{
	struct error error = { .kind = ERROR_NONE };

	if (bulk->feeds[node].lost)
		return false;
	if (bulk->nodes->all[node].redis || nodes_redis(bulk->nodes, node, &error))
		return true;
	bulk_lose(bulk, node, &error);
	return false;
}

static void say(struct bulk *bulk, size_t node, struct bulk_kept *kept, bool asking)
{
	const struct bytes word = bytes_of("ASKING");

	if (!bulk_connect(bulk, node)) {
		put_off(bulk, kept);
		return;
	}
	if (asking)
		bulk_queue(bulk, node, (struct bulk_pending){ .kind = BULK_ASKING }, 1, &word);
	bulk_queue(bulk, node, (struct bulk_pending){ .kept = kept }, kept->count, kept->words);
}

static void route(struct bulk *bulk, struct bulk_kept *kept)
{
	size_t node = nodes_of(bulk->nodes, kept->words[1]);

	if (node != NODES_NONE) {
		say(bulk, node, kept, false);
		return;
	}
	if (too_long(bulk, &kept->trouble_us))
		fail_system(&bulk->failure, "nobody serves slot %u of the cluster", nodes_slot(kept->words[1]));
	put_off(bulk, kept);
}

void bulk_put_kept(struct bulk *bulk, uint64_t tag, size_t count, const struct bytes *words)
{
	route(bulk, keep(bulk, tag, count, words));
}

bool bulk_follow(struct bulk *bulk, struct bulk_kept *kept, struct bytes words)
{
	enum nodes_hint hint;
	size_t node;

	hint = nodes_hint(bulk->nodes, words, &node);
	if (hint == NODES_REFUSED || (hint == NODES_AGAIN && too_long(bulk, &kept->trouble_us)) ||
	    (hint != NODES_AGAIN && ++kept->hints > HINTS_MAX))
		return false;
	if (hint == NODES_AGAIN)
		put_off(bulk, kept);
	else
		say(bulk, node, kept, hint == NODES_ASK);
	return true;
}

/* ---- nodes that are lost */

void bulk_lose(struct bulk *bulk, size_t node, const struct error *why)
{
	struct bulk_feed *feed = &bulk->feeds[node];

	if (!bulk->nodes->cluster || too_long(bulk, &feed->lost_us)) {
		bulk->failure = *why;
		return;
	}
	feed->lost = true;
	mend_soon(bulk);
	bulk_scan_again(bulk, node);
	while (feed->count) {
		struct bulk_pending pending = bulk_take(feed);

		if (pending.kind == BULK_COMMAND)
			put_off(bulk, pending.kept);
		if (pending.kind == BULK_PAGE_OF_KEYS) {
			bulk->due--;
			bulk->scans_due--;
		}
	}
	feed->flight = feed->held = 0;
}

/* Whoever has its slots now, or it is there again: commands may be put. */
static void look_for(struct bulk *bulk, size_t node)
{
	struct bulk_feed *feed = &bulk->feeds[node];
	struct error error = { .kind = ERROR_NONE };

	if (nodes_recover(bulk->nodes, node, 0, &error))
		feed->lost = false;
	else if (too_long(bulk, &feed->lost_us))
		bulk->failure = error;
	else
		mend_soon(bulk);
}

void bulk_mend(struct bulk *bulk)
{
	struct bulk_kept *later = bulk->later;
	struct error ignored = { .kind = ERROR_NONE };
	bool looked = false;

	if (clock_monotonic_us() < bulk->mend_us)
		return;
	bulk->mend_us = 0;
	for (size_t i = 0; i < bulk->nodes->count; i++) {
		if (!bulk->feeds[i].lost)
			continue;
		look_for(bulk, i);
		looked = true;
	}
	if (!looked)
		nodes_refresh(bulk->nodes, &ignored);
	bulk->later = NULL;
	bulk->later_end = &bulk->later;
	while (later) {
		struct bulk_kept *next = later->next;

		route(bulk, later);
		later = next;
	}
}
