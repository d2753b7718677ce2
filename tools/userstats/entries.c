/* entries.c - a set of entries of torrents, with a byte of marks and the last announce of each */
#include "tools/userstats/entries.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/room.h"
#include "base/seed.h"

enum { CAPACITY_MIN = 1 << 10 };

_Static_assert(sizeof(struct entry) == 36, "the bound in the header and in the manual");

static uint64_t print_of(const struct entries *entries, uint32_t torrent, const uint8_t member[PEER_SIZE])
{
	uint8_t key[sizeof torrent + PEER_SIZE];

	memcpy(key, &torrent, sizeof torrent);
	memcpy(key + sizeof torrent, member, PEER_SIZE);
	return XXH3_64bits_withSeed(key, sizeof key, entries->seed);
}

/* Where the entry is, or the free slot where it belongs. */
static uint32_t *find_slot(const struct entries *entries, uint32_t torrent, const uint8_t member[PEER_SIZE])
{
	uint32_t slot = (uint32_t)print_of(entries, torrent, member) & (entries->capacity - 1);

	for (; entries->slots[slot]; slot = (slot + 1) & (entries->capacity - 1)) {
		const struct entry *entry = entries_at(entries, entries->slots[slot] - 1);

		if (entry->torrent == torrent && !memcmp(entry->member, member, PEER_SIZE))
			break;
	}
	return &entries->slots[slot];
}

static void grow(struct entries *entries)
{
	free(entries->slots);
	if (!entries->capacity)
		entries->seed = seed_draw();
	entries->capacity = entries->capacity ? 2 * entries->capacity : CAPACITY_MIN;
	entries->slots = room_new(entries->capacity, sizeof *entries->slots);
	for (uint32_t i = 0; i < entries->count; i++) {
		const struct entry *entry = entries_at(entries, i);
		uint32_t slot = (uint32_t)print_of(entries, entry->torrent, entry->member) & (entries->capacity - 1);

		while (entries->slots[slot])
			slot = (slot + 1) & (entries->capacity - 1);
		entries->slots[slot] = i + 1;
	}
}

static struct entry *add_last(struct entries *entries)
{
	uint32_t block = entries->count / ENTRIES_BLOCK;

	if (entries->count % ENTRIES_BLOCK == 0) {
		entries->blocks = realloc(entries->blocks, (block + 1) * sizeof *entries->blocks);
		if (!entries->blocks || !(entries->blocks[block] = malloc(ENTRIES_BLOCK * sizeof **entries->blocks)))
			out_of_memory();
	}
	return entries_at(entries, entries->count++);
}

struct timestamp entry_seen(const struct entry *entry)
{
	struct timestamp seen;

	memcpy(&seen.us, entry->seen, sizeof seen.us);
	return seen;
}

static void set_seen(struct entry *entry, struct timestamp seen)
{
	memcpy(entry->seen, &seen.us, sizeof seen.us);
}

struct entry *entries_add(struct entries *entries, uint32_t torrent, const struct peer *peer)
{
	uint8_t member[PEER_SIZE];
	struct entry *entry;
	uint32_t *slot;

	peer_encode(peer, member);
	if (entries->count >= entries->capacity - entries->capacity / 8)
		grow(entries);
	slot = find_slot(entries, torrent, member);
	if (!*slot) {
		if (entries->count == ENTRIES_MAX)
			return NULL;
		entry = add_last(entries);
		*slot = entries->count;
		entry->torrent = torrent;
		entry->marks = 0;
		memcpy(entry->member, member, PEER_SIZE);
		set_seen(entry, peer->seen);
		return entry;
	}
	entry = entries_at(entries, *slot - 1);
	if (entry_seen(entry).us == TIME_UNSET || (peer->seen.us != TIME_UNSET && peer->seen.us > entry_seen(entry).us))
		set_seen(entry, peer->seen);
	return entry;
}

void entries_free(struct entries *entries)
{
	for (uint32_t i = 0; i < entries->count; i += ENTRIES_BLOCK)
		free(entries->blocks[i / ENTRIES_BLOCK]);
	free(entries->blocks);
	free(entries->slots);
	*entries = (struct entries){ 0 };
}
