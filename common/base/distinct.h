/* distinct.h - which members of one big set were seen already: fingerprints in one array of bounded size */
#ifndef BASE_DISTINCT_H
#define BASE_DISTINCT_H

#include "base/bytes.h"

/*
 * Start with { 0 }. A key of any length takes 8 bytes: its XXH3 hash with a
 * seed drawn for each run, so that nobody can choose keys that are taken for one
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
/* The fingerprint of a key; asks for the memory where it would be, so that several can be on their way. */
uint64_t distinct_print(const struct distinct *, struct bytes key);
/* Is it new? Remembers it; without room for that the answer is yes. */
bool distinct_add(struct distinct *, uint64_t print);
/* Was it added? Not before the first reset. */
bool distinct_has(const struct distinct *, uint64_t print);
void distinct_free(struct distinct *);

#endif
