/* moments.c - numbered items by the moment at which something is due for them, the next one first */
#include "dht/moments.h"

#include <stdlib.h>

#include "base/buf.h"

/* Four below each: they share a cache line, and the heap is half as deep. */
enum { BRANCHES = 4 };

static bool before(struct moment a, struct moment b)
{
	return a.at_us != b.at_us ? a.at_us < b.at_us : (int32_t)(a.order - b.order) < 0;
}

static void set(struct moments *moments, size_t place, struct moment moment)
{
	moments->heap[place] = moment;
	moments->places[moment.item] = (uint32_t)place;
}

/* Moves what belongs above there down, until the moment fits. */
static void rise(struct moments *moments, size_t place, struct moment moment)
{
	while (place && before(moment, moments->heap[(place - 1) / BRANCHES])) {
		set(moments, place, moments->heap[(place - 1) / BRANCHES]);
		place = (place - 1) / BRANCHES;
	}
	set(moments, place, moment);
}

static void sink(struct moments *moments, size_t place, struct moment moment)
{
	for (;;) {
		size_t first = place * BRANCHES + 1, next = first;

		if (first >= moments->count)
			break;
		for (size_t i = first + 1; i < first + BRANCHES && i < moments->count; i++)
			if (before(moments->heap[i], moments->heap[next]))
				next = i;
		if (!before(moments->heap[next], moment))
			break;
		set(moments, place, moments->heap[next]);
		place = next;
	}
	set(moments, place, moment);
}

void moments_room(struct moments *moments, size_t items)
{
	if (items <= moments->items)
		return;
	moments->heap = realloc(moments->heap, items * sizeof *moments->heap);
	moments->places = realloc(moments->places, items * sizeof *moments->places);
	if (!moments->heap || !moments->places)
		out_of_memory();
	moments->items = items;
}

void moments_free(struct moments *moments)
{
	free(moments->heap);
	free(moments->places);
	*moments = (struct moments){ 0 };
}

void moments_put(struct moments *moments, uint32_t item, int64_t at_us, uint32_t order)
{
	rise(moments, moments->count++, (struct moment){ at_us, order, item });
}

void moments_take(struct moments *moments, uint32_t item)
{
	size_t place = moments->places[item];
	struct moment last = moments->heap[--moments->count];

	if (place == moments->count)
		return;
	if (place && before(last, moments->heap[(place - 1) / BRANCHES]))
		rise(moments, place, last);
	else
		sink(moments, place, last);
}
