/* distinct.c - which members of one big set were seen already: fingerprints in one array of bounded size */
#include "tools/peerdump/distinct.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/seed.h"

enum {
	SPARE = 64,	/* keys more than expected, for small sets */
	BLOCK = 16,	/* keys whose memory is asked for at once */
};

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

bool distinct_add(struct distinct *distinct, uint64_t print)
{
	size_t at = first_slot(distinct, print);

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

size_t distinct_members(struct distinct *distinct, struct rdb_member *members, size_t count)
{
	uint64_t prints[BLOCK];
	size_t kept = 0, block;

	for (size_t at = 0; at < count; at += block) {
		block = count - at < BLOCK ? count - at : BLOCK;
		for (size_t i = 0; i < block; i++)
			prints[i] = distinct_print(distinct, members[at + i].text);
		for (size_t i = 0; i < block; i++)
			if (distinct_add(distinct, prints[i]))
				members[kept++] = members[at + i];
	}
	return kept;
}

void distinct_free(struct distinct *distinct)
{
	free(distinct->slots);
	*distinct = (struct distinct){ 0 };
}
