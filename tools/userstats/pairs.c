/* pairs.c - a set of pairs of a user and a torrent, by their indices, with a byte of marks each */
#include "tools/userstats/pairs.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/room.h"
#include "base/seed.h"

enum { CAPACITY_MIN = 1 << 10 };

/* The pair without marks. The highest bit tells it from a free slot. */
static uint64_t pack(uint32_t user, uint32_t torrent)
{
	return 1ull << 63 | (uint64_t)user << (PAIRS_INDEX_BITS + 8) | (uint64_t)torrent << 8;
}

static uint64_t without_marks(uint64_t slot)
{
	return slot & ~0xffull;
}

static uint64_t print_of(const struct pairs *pairs, uint64_t pair)
{
	return XXH3_64bits_withSeed(&pair, sizeof pair, pairs->seed);
}

/* Where the pair is, or the free slot where it belongs. */
static size_t find_slot(const struct pairs *pairs, uint64_t pair, uint64_t print)
{
	size_t slot = print & (pairs->capacity - 1);

	while (pairs->slots[slot] && without_marks(pairs->slots[slot]) != pair)
		slot = (slot + 1) & (pairs->capacity - 1);
	return slot;
}

static void grow(struct pairs *pairs)
{
	struct pairs old = *pairs;

	pairs->capacity = old.capacity ? 2 * old.capacity : CAPACITY_MIN;
	pairs->slots = room_new(pairs->capacity, sizeof *pairs->slots);
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i])
			pairs->slots[find_slot(pairs, without_marks(old.slots[i]),
					       print_of(pairs, without_marks(old.slots[i])))] = old.slots[i];
	free(old.slots);
}

/* The byte of the slot that is its lowest. */
static uint8_t *marks_of(uint64_t *slot)
{
	return (uint8_t *)slot + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : sizeof *slot - 1);
}

/* Does what was put off. */
static void catch_up(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->later_count; i++) {
		uint64_t contents = pairs->later[i].slot;
		size_t slot;

		/* up to seven eighths full: memory counts for more here than a few steps */
		if (pairs->count >= pairs->capacity - pairs->capacity / 8)
			grow(pairs);
		slot = find_slot(pairs, without_marks(contents), pairs->later[i].print);
		pairs->count += !pairs->slots[slot];
		pairs->slots[slot] |= contents;
	}
	pairs->later_count = 0;
}

void pairs_mark(struct pairs *pairs, uint32_t user, uint32_t torrent, uint8_t marks)
{
	uint64_t pair = pack(user, torrent), print;

	if (!pairs->capacity) {
		pairs->seed = seed_draw();
		grow(pairs);
	}
	print = print_of(pairs, pair);
	__builtin_prefetch(&pairs->slots[print & (pairs->capacity - 1)], 1);
	pairs->later[pairs->later_count].slot = pair | marks;
	pairs->later[pairs->later_count++].print = print;
	if (pairs->later_count == PAIRS_LATER)
		catch_up(pairs);
}

size_t pairs_count(struct pairs *pairs)
{
	catch_up(pairs);
	return pairs->count;
}

uint8_t *pairs_find(struct pairs *pairs, uint32_t user, uint32_t torrent)
{
	uint64_t pair = pack(user, torrent);
	size_t slot;

	if (!pairs->capacity)
		return NULL;
	catch_up(pairs);
	slot = find_slot(pairs, pair, print_of(pairs, pair));
	return pairs->slots[slot] ? marks_of(&pairs->slots[slot]) : NULL;
}

bool pairs_next(struct pairs *pairs, size_t *at, uint32_t *user, uint32_t *torrent, uint8_t *marks)
{
	const uint32_t index = (1u << PAIRS_INDEX_BITS) - 1;

	catch_up(pairs);
	for (; *at < pairs->capacity; (*at)++) {
		uint64_t slot = pairs->slots[*at];

		if (!slot)
			continue;
		*user = (uint32_t)(slot >> (PAIRS_INDEX_BITS + 8)) & index;
		*torrent = (uint32_t)(slot >> 8) & index;
		*marks = (uint8_t)slot;
		(*at)++;
		return true;
	}
	return false;
}

void pairs_unmark(struct pairs *pairs, uint8_t marks)
{
	catch_up(pairs);
	for (size_t i = 0; i < pairs->capacity; i++)
		pairs->slots[i] &= ~(uint64_t)marks;
}

void pairs_free(struct pairs *pairs)
{
	free(pairs->slots);
	*pairs = (struct pairs){ 0 };
}
