/* distinct.h - which members of one big set were seen already: fingerprints in one array of bounded size */
#ifndef PEERDUMP_DISTINCT_H
#define PEERDUMP_DISTINCT_H

#include "base/bytes.h"

/*
 * Start with { 0 }. A key of any length takes 8 bytes: its XXH3 hash with a
 * seed drawn for each run, so that nobody can choose members that are taken for one
 * another; by chance two of a million are with a probability of 3e-8.
 */
struct distinct {
	uint64_t *slots;	/* 0: free */
	size_t allocated;	/* slots there is memory for */
	size_t capacity;	/* slots in use */
	size_t count;
	uint64_t seed;
};

/*
 * Forgets everything and makes room for about `expected` keys, but for no more than `most`:
 * keys beyond that are all new. 11 bytes for each key.
 */
void distinct_reset(struct distinct *, uint64_t expected, size_t most);
/* Is it new? (Also when there is no room to remember it.) */
bool distinct_add(struct distinct *, struct bytes key);
void distinct_free(struct distinct *);

#endif
