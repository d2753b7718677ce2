/* known.h - nodes that answered in this run, so that the next look-up need not begin at the bootstrap nodes */
#ifndef DHT_KNOWN_H
#define DHT_KNOWN_H

#include "dht/lookup.h"

/*
 * At most KNOWN_MAX, half of them for each family, spread over the id space: each of its regions (the first 8 bits of
 * the id) keeps the first KNOWN_REGION that came.
 */
enum { KNOWN_REGIONS = 256, KNOWN_REGION = 8, KNOWN_MAX = 2 * KNOWN_REGIONS * KNOWN_REGION };

struct known;

struct known *known_new(void);
void known_free(struct known *);
void known_add(struct known *, const uint8_t id[NODE_ID_SIZE], const struct endpoint *);
/* It did not answer. */
void known_drop(struct known *, const struct endpoint *);
/* How many of that family there are. */
size_t known_count(const struct known *, unsigned family);
/* Gives the look-up the nodes of its family that are nearest to its target, at most `count`; returns how many. */
size_t known_seed(const struct known *, struct lookup *, size_t count);

#endif
