/* pairs.h - a set of pairs of a user and a torrent, by their indices, with a byte of marks each; in little memory */
#ifndef USERSTATS_PAIRS_H
#define USERSTATS_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Indices of users and torrents: what ids.h has room for, and more. */
enum { PAIRS_INDEX_BITS = 27, PAIRS_LATER = 32 };

/* Start with { 0 }. At most 18 bytes for a pair; a look-up touches one of them. */
struct pairs {
	uint64_t *slots;	/* 1, user, torrent, marks: the marks are its first byte in memory or its last; 0: free */
	size_t capacity, count;	/* count: without those put off; see pairs_count */
	uint64_t seed;
	/* those that were put off: the slot's new contents, and the hash */
	struct { uint64_t slot, print; } later[PAIRS_LATER];
	size_t later_count;
};

/*
 * Adds the pair, if it is not there, and these marks (which may be none) to it. It is put off until the memory of a few
 * is on its way, which takes half of the time off.
 */
void pairs_mark(struct pairs *, uint32_t user, uint32_t torrent, uint8_t marks);
/* How many there are; what was put off is added first. */
size_t pairs_count(struct pairs *);
/* Its marks, good until the next pairs_mark. NULL: it is not there. */
uint8_t *pairs_find(struct pairs *, uint32_t user, uint32_t torrent);
/* Goes through all of them in no order: *at is 0 at first. False: no more. */
bool pairs_next(struct pairs *, size_t *at, uint32_t *user, uint32_t *torrent, uint8_t *marks);
/* Takes these marks from all of them. */
void pairs_unmark(struct pairs *, uint8_t marks);
void pairs_free(struct pairs *);

#endif
