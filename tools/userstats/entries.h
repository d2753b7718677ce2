/* entries.h - a set of entries of torrents, with marks and the last announce of each: millions of them in little memory */
#ifndef USERSTATS_ENTRIES_H
#define USERSTATS_ENTRIES_H

#include "codec/peer.h"

struct entry {
	uint32_t torrent;		/* the caller's number of it */
	uint32_t seen[2];		/* of entry_seen */
	uint8_t member[PEER_SIZE];
	uint8_t marks;
};

/*
 * Start with { 0 }. Entries stay where they are, in the order in which they came: 36 bytes each, and at most 10 to find
 * it.
 */
struct entries {
	struct entry **blocks;
	uint32_t count;
	/* of its own */
	uint32_t *slots;		/* 1 + number of the entry; 0: free */
	uint32_t capacity;
	uint64_t seed;
};

enum { ENTRIES_MAX = 1 << 30, ENTRIES_BLOCK = 1 << 14 };

/*
 * The entry, added without marks if it was not there; its time is the latest one. Good until entries_free. NULL: there
 * are ENTRIES_MAX.
 */
struct entry *entries_add(struct entries *, uint32_t torrent, const struct peer *);
/* By its number, which is below entries->count. */
static inline struct entry *entries_at(const struct entries *entries, uint32_t number)
{
	return &entries->blocks[number / ENTRIES_BLOCK][number % ENTRIES_BLOCK];
}
/* The last announce; it may be unset. */
struct timestamp entry_seen(const struct entry *);
void entries_free(struct entries *);

#endif
