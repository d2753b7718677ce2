/* moments.h - numbered items by the moment at which something is due for them, the next one first */
#ifndef DHT_MOMENTS_H
#define DHT_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Equal moments: in the order in which they were numbered, which may wrap around. */
struct moment {
	int64_t at_us;
	uint32_t order, item;
};

/* Start with { 0 }. A heap in which each item knows its place, so that any can be taken out. */
struct moments {
	struct moment *heap;
	uint32_t *places;	/* by item; of one that is in */
	size_t count;
	size_t items;		/* there is room for those numbered below */
};

/* Room for items numbered 0 to items - 1, 20 bytes each. */
void moments_room(struct moments *, size_t items);
void moments_free(struct moments *);
/* The item must not be in. */
void moments_put(struct moments *, uint32_t item, int64_t at_us, uint32_t order);
/* It must be in. */
void moments_take(struct moments *, uint32_t item);

/* When the next one is due; INT64_MAX: there is none. */
static inline int64_t moments_next(const struct moments *moments)
{
	return moments->count ? moments->heap[0].at_us : INT64_MAX;
}

#endif
