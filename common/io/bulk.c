/* bulk.c - many commands to a server: pipelined in bounded bursts, answers as they come */
#include "io/bulk.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/number.h"

enum { RING = 16384, TAG_SCAN_ROOM = 24 };

struct pending { uint64_t tag; bool scan; };

struct bulk {
	struct nodes *nodes;
	struct pending *ring;
	size_t capacity, first, due, unsent;
	bool scan_wanted, scan_due;
	char cursor[TAG_SCAN_ROOM];
	uint64_t commands, trips;
};

struct bulk *bulk_open(struct nodes *nodes)
{
	struct bulk *bulk = calloc(1, sizeof *bulk);

	if (!bulk)
		out_of_memory();
	bulk->nodes = nodes;
	return bulk;
}

void bulk_close(struct bulk *bulk)
{
	free(bulk->ring);
	free(bulk);
}

bool bulk_room(const struct bulk *bulk)
{
	return bulk->due < BULK_WAITING;
}

static struct redis *connection(const struct bulk *bulk)
{
	return bulk->nodes->all[0].redis;
}

static void put(struct bulk *bulk, struct pending pending, size_t count, const struct bytes *words)
{
	if (bulk->due == bulk->capacity) {
		size_t capacity = bulk->capacity ? 2 * bulk->capacity : RING;
		struct pending *ring = malloc(capacity * sizeof *ring);

		if (!ring)
			out_of_memory();
		for (size_t i = 0; i < bulk->due; i++)
			ring[i] = bulk->ring[(bulk->first + i) % bulk->capacity];
		free(bulk->ring);
		bulk->ring = ring;
		bulk->capacity = capacity;
		bulk->first = 0;
	}
	bulk->ring[(bulk->first + bulk->due++) % bulk->capacity] = pending;
	bulk->unsent++;
	bulk->commands++;
	redis_queue(connection(bulk), count, words);
}

void bulk_put(struct bulk *bulk, uint64_t tag, size_t count, const struct bytes *words)
{
	put(bulk, (struct pending){ .tag = tag }, count, words);
}

static void scan_more(struct bulk *bulk)
{
	struct bytes words[] = { bytes_of("SCAN"), bytes_of(bulk->cursor), bytes_of("COUNT"), bytes_of("1000") };

	if (!bulk->scan_wanted || bulk->scan_due || !bulk_room(bulk))
		return;
	bulk->scan_due = true;
	put(bulk, (struct pending){ .scan = true }, 4, words);
}

void bulk_scan(struct bulk *bulk)
{
	strcpy(bulk->cursor, "0");
	bulk->scan_wanted = true;
}

enum bulk_tried bulk_try(struct bulk *bulk, struct bulk_answer *answer, struct error *error)
{
	struct redis_reply reply;
	struct pending pending;
	uint64_t cursor;

	scan_more(bulk);
	if (!bulk->due)
		return BULK_END;
	if (bulk->unsent) {
		bulk->unsent = 0;
		bulk->trips++;
		if (!redis_send(connection(bulk), error))
			return BULK_FAILED;
	}
	switch (redis_try(connection(bulk), &reply, error)) {
	case REDIS_FAILED:
		return BULK_FAILED;
	case REDIS_LATER:
		return BULK_LATER;
	case REDIS_READ:
		break;
	}
	pending = bulk->ring[bulk->first++ % bulk->capacity];
	bulk->due--;
	*answer = (struct bulk_answer){ .keys = pending.scan, .tag = pending.tag, .items = reply.items, .count = reply.count };
	if (!pending.scan)
		return BULK_ANSWER;
	bulk->scan_due = false;
	if (reply.count < 3 || !number_parse(reply.items[1].text, UINT64_MAX, &cursor)) {
		fail_system(error, "%s: SCAN: an answer of another shape than this command has", redis_name(connection(bulk)));
		return BULK_FAILED;
	}
	*number_print(bulk->cursor, cursor) = 0;
	bulk->scan_wanted = cursor != 0;
	answer->items += 3;
	answer->count -= 3;
	return BULK_ANSWER;
}

size_t bulk_connections(const struct bulk *bulk, struct redis **all, size_t room)
{
	if (!bulk->due || !room)
		return 0;
	all[0] = connection(bulk);
	return 1;
}

uint64_t bulk_commands(const struct bulk *bulk)
{
	return bulk->commands;
}

uint64_t bulk_trips(const struct bulk *bulk)
{
	return bulk->trips;
}
