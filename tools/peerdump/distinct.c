/* distinct.c - which members of one big set were seen already: fingerprints in one array of bounded size */
#include "distinct.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"

enum { SPARE = 64 };	/* keys more than expected, for small sets */

static void draw_seed(struct distinct *distinct)
{
	ssize_t size;

	do
		size = getrandom(&distinct->seed, sizeof distinct->seed, 0);
	while (size < 0 && errno == EINTR);
	/* only a kernel without getrandom fails, and then a fixed seed still tells keys apart */
}

/* Three quarters full when all that is expected is there: linear probing is still short. */
void distinct_reset(struct distinct *distinct, uint64_t expected, size_t most)
{
	size_t keys = expected < most ? (size_t)expected : most;

	if (!distinct->allocated)
		draw_seed(distinct);
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

bool distinct_add(struct distinct *distinct, struct bytes key)
{
	uint64_t print = XXH3_64bits_withSeed(key.data, key.size, distinct->seed);
	size_t at;

	print += !print;	/* 0 is a free slot */
	/* the high bits choose the slot, of any number of slots */
	at = (size_t)((unsigned __int128)print * distinct->capacity >> 64);
	while (distinct->slots[at]) {
		if (distinct->slots[at] == print)
			return false;
		if (++at == distinct->capacity)
			at = 0;
	}
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
