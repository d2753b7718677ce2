/* pairs.c - a set of pairs of a user and a torrent, by their indices, with a byte of marks each */
#include "tools/userstats/pairs.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/seed.h"

enum { CAPACITY_MIN = 1 << 10 };

/* Where the pair is, or the free slot where it belongs. */
static size_t find_slot(const struct pairs *pairs, uint64_t pair)
{
	size_t slot = XXH3_64bits_withSeed(&pair, sizeof pair, pairs->seed) & (pairs->capacity - 1);

	while (pairs->slots[slot] && pairs->slots[slot] != pair)
		slot = (slot + 1) & (pairs->capacity - 1);
	return slot;
}

static void grow(struct pairs *pairs)
{
	struct pairs old = *pairs;

	pairs->capacity = old.capacity ? 2 * old.capacity : CAPACITY_MIN;
	if (!old.capacity)
		pairs->seed = seed_draw();
	pairs->slots = calloc(pairs->capacity, sizeof *pairs->slots);
	pairs->marks = calloc(pairs->capacity, 1);
	if (!pairs->slots || !pairs->marks)
		out_of_memory();
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.slots[i]) {
			size_t slot = find_slot(pairs, old.slots[i]);

			pairs->slots[slot] = old.slots[i];
			pairs->marks[slot] = old.marks[i];
		}
	}
	free(old.slots);
	free(old.marks);
}

static uint64_t pack(uint32_t user, uint32_t torrent)
{
	return ((uint64_t)user << 32 | torrent) + 1;
}

uint8_t *pairs_add(struct pairs *pairs, uint32_t user, uint32_t torrent)
{
	size_t slot;

	/* up to seven eighths full: memory counts for more here than a few steps */
	if (pairs->count >= pairs->capacity - pairs->capacity / 8)
		grow(pairs);
	slot = find_slot(pairs, pack(user, torrent));
	if (!pairs->slots[slot]) {
		pairs->slots[slot] = pack(user, torrent);
		pairs->count++;
	}
	return &pairs->marks[slot];
}

uint8_t *pairs_find(const struct pairs *pairs, uint32_t user, uint32_t torrent)
{
	size_t slot;

	if (!pairs->capacity)
		return NULL;
	slot = find_slot(pairs, pack(user, torrent));
	return pairs->slots[slot] ? &pairs->marks[slot] : NULL;
}

bool pairs_next(const struct pairs *pairs, size_t *at, uint32_t *user, uint32_t *torrent, uint8_t *marks)
{
	for (; *at < pairs->capacity; (*at)++) {
		uint64_t pair = pairs->slots[*at] - 1;

		if (!pairs->slots[*at])
			continue;
		*user = (uint32_t)(pair >> 32);
		*torrent = (uint32_t)pair;
		*marks = pairs->marks[(*at)++];
		return true;
	}
	return false;
}

void pairs_free(struct pairs *pairs)
{
	free(pairs->slots);
	free(pairs->marks);
	*pairs = (struct pairs){ 0 };
}
