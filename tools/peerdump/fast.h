/* fast.h - the members of a key as one payload of RESTORE (load --fast) */
#ifndef PEERDUMP_FAST_H
#define PEERDUMP_FAST_H

#include "base/buf.h"
#include "codec/rdb.h"

enum {
	FAST_MEMBERS_MAX = 16 << 10,	/* in one payload: the server does nothing else while it takes it */
};

struct fast_order;

struct fast {
	unsigned version;	/* of the payloads; 0: the server takes none */
	uint64_t seed;
	uint32_t *slots;	/* of a hash table of members: 1 + index */
	struct fast_order *order, *spare;
	struct rdb_member *sorted;
	struct buf payload;
};

/* The highest version of payloads that a server takes; 0: not known. server: 70015 is 7.0.15. */
unsigned fast_version(unsigned server);
void fast_open(struct fast *, unsigned version);
/*
 * The payload of a zset of these members, at most FAST_MEMBERS_MAX, which come in any order and are moved about; of
 * several alike the last one counts, as for ZADD. *count becomes how many they are then. Good until the next call.
 */
struct bytes fast_encode(struct fast *, struct rdb_member *members, size_t *count);
void fast_close(struct fast *);

#endif
