/* pending.c - the commands of a scan whose replies are still to come, in their order */
#include "tools/peerdump/pending.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

static void grow(struct pending *pending)
{
	size_t capacity = pending->capacity ? pending->capacity * 2 : FIRST_CAPACITY;
	struct pending_command *ring = calloc(capacity, sizeof *ring);

	if (!ring)
		out_of_memory();
	for (size_t i = 0; i < pending->count; i++)
		ring[i] = pending->ring[(pending->first + i) & (pending->capacity - 1)];
	free(pending->ring);
	pending->ring = ring;
	pending->first = 0;
	pending->capacity = capacity;
}

void pending_put(struct pending *pending, struct pending_command command)
{
	if (pending->count == pending->capacity)
		grow(pending);
	pending->ring[(pending->first + pending->count++) & (pending->capacity - 1)] = command;
}

struct pending_command pending_take(struct pending *pending)
{
	struct pending_command command = pending->ring[pending->first];

	pending->first = (pending->first + 1) & (pending->capacity - 1);
	pending->count--;
	return command;
}

void pending_free(struct pending *pending)
{
	free(pending->ring);
	*pending = (struct pending){ 0 };
}
