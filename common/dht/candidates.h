/* candidates.h - the nodes that a look-up has heard of, nearest first: bounded, none twice, and not all from one network */
#ifndef DHT_CANDIDATES_H
#define DHT_CANDIDATES_H

#include "dht/lookup.h"

enum {
	CANDIDATES_PREFIX_MAX = 4,	/* of one IPv4 /24 or IPv6 /48, where addresses are public */
	/* entries with the same id or the same endpoint: one of them may be a lie, and not the first */
	CANDIDATES_CLAIMS_MAX = 3,
};

/*
 * Part of a look-up. Those whose id is not known stand last. An id that was told and not yet answered is a claim: others
 * may claim it for another endpoint, or another id for that endpoint, and whoever answers is right.
 */
struct candidates {
	struct engine *engine;		/* forgets the queries to those that leave */
	const uint8_t *target;
	unsigned k;			/* so many of those that answered never leave */
	size_t count;
	struct lookup_node *nodes[LOOKUP_CANDIDATES_MAX];
};

/*
 * Takes a node in; id NULL: not known; given: by the user, so that the bound for its network does not matter. NULL: it
 * is in already, or others are preferred. Another one may leave for it.
 */
struct lookup_node *candidates_add(struct candidates *, const uint8_t *id, const struct endpoint *, bool given);
/* Whom that query of the engine went to; NULL: it has left. */
struct lookup_node *candidates_find(const struct candidates *, uint64_t handle);
/* Its id, which was not known, is. */
void candidates_name(struct candidates *, struct lookup_node *, const uint8_t id[NODE_ID_SIZE]);
/* Did another node answer with that id? */
bool candidates_taken(const struct candidates *, const struct lookup_node *, const uint8_t id[NODE_ID_SIZE]);
/* The node at this endpoint has answered with that id: claims to the contrary that nobody was asked about leave. */
void candidates_settle(struct candidates *, const struct lookup_node *, const uint8_t id[NODE_ID_SIZE]);
void candidates_free(struct candidates *);

#endif
