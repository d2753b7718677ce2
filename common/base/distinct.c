/* distinct.c - which members of one big set were seen already: fingerprints in one array of bounded size */
#include "base/distinct.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/seed.h"

enum { SPARE = 64 };	/* keys more than expected, for small sets */

/* The high bits choose the slot, of any number of slots. */
static size_t first_slot(const struct distinct *distinct, uint64_t print)
{
	return (size_t)((unsigned __int128)print * distinct->capacity >> 64);
}

/* Three quarters full when all that is expected is there: linear probing is still short. */
void distinct_reset(struct distinct *distinct, uint64_t expected, size_t most)
{
	size_t keys = expected < most ? (size_t)expected : most;

	if (!distinct->allocated)
		distinct->seed = seed_draw();
	distinct->capacity = (keys + SPARE) / 3 * 4;
	distinct->count = 0;
	if (distinct->capacity > distinct->allocated) {
		/* fresh pages: the memory of a huge set is only taken as it fills */
		free(distinct->slots);
		distinct->slots = calloc(distinct->capacity, sizeof *distinct->slots);
		if (!distinct->slots)
			out_of_memory();
		distinct->allocated = distinct->capacity;
		return;
	}
	memset(distinct->slots, 0, distinct->capacity * sizeof *distinct->slots);
}

uint64_t distinct_print(const struct distinct *distinct, struct bytes key)
{
	uint64_t print = XXH3_64bits_withSeed(key.data, key.size, distinct->seed);

	print += !print;	/* 0 is a free slot */
	__builtin_prefetch(distinct->slots + first_slot(distinct, print));
	return print;
}

/* The slot that holds it, or the free one where it would be. */
static size_t find_slot(const struct distinct *distinct, uint64_t print)
{
	size_t at = first_slot(distinct, print);

	while (distinct->slots[at] && distinct->slots[at] != print)
		if (++at == distinct->capacity)
			at = 0;
	return at;
}

bool distinct_has(const struct distinct *distinct, uint64_t print)
{
	return distinct->slots[find_slot(distinct, print)] != 0;
}

bool distinct_add(struct distinct *distinct, uint64_t print)
{
	size_t at = find_slot(distinct, print);

	if (distinct->slots[at])
		return false;
	if (distinct->count < distinct->capacity / 8 * 7) {
		distinct->slots[at] = print;
		distinct->count++;
	}
	return true;
}

void distinct_free(struct distinct *distinct)
{
	free(distinct->slots);
	*distinct = (struct distinct){ 0 };
}
