/* pairs.h - a set of pairs of a user and a torrent, by their indices, with a byte of marks each: millions of them in little memory */
#ifndef USERSTATS_PAIRS_H
#define USERSTATS_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start with { 0 }. At most 18 bytes for a pair. */
struct pairs {
	uint64_t *slots;	/* user << 32 | torrent, plus one; 0: free */
	uint8_t *marks;
	size_t capacity, count;
	uint64_t seed;
};

/* The marks of the pair, which is added with none if it was not there. Good until the next pairs_add. */
uint8_t *pairs_add(struct pairs *, uint32_t user, uint32_t torrent);
/* NULL: it is not there. */
uint8_t *pairs_find(const struct pairs *, uint32_t user, uint32_t torrent);
/* Goes through all of them in no order: *at is 0 at first. False: no more. */
bool pairs_next(const struct pairs *, size_t *at, uint32_t *user, uint32_t *torrent, uint8_t *marks);
void pairs_free(struct pairs *);

#endif
