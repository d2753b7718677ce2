/* nodes.h - the servers that hold the keys: one, or the nodes of a Redis Cluster */
#ifndef IO_NODES_H
#define IO_NODES_H

#include "io/redis.h"

/*
 * A single server is one node that has all slots, so that nobody who reads or writes keys needs to know which it is.
 * Sources: Redis Cluster specification; CLUSTER SLOTS.
 */
enum {
	NODES_SLOTS = 16384,
	NODES_MAX = 1024,
	NODES_NONE = UINT16_MAX,	/* a slot that nobody serves */
};

struct node {
	struct redis_address address;
	char name[72];			/* "127.0.0.1:7000", or what redis_name says of a single server */
	struct redis *redis;		/* NULL: not connected */
};

struct nodes {
	bool cluster;
	unsigned version;		/* of the server: 70015 is 7.0.15; 0: it does not say */
	struct node *all;
	size_t count;
	uint16_t owner[NODES_SLOTS];	/* index of the node that serves the slot, or NODES_NONE */
	struct nodes_private *private;
};

struct nodes_options {
	struct redis_address address;	/* of any node; strings must outlive the nodes */
	bool cluster;			/* it must be one; else one is recognised by INFO, if INFO is allowed */
	bool replicas;			/* connections are to a replica (READONLY) of the node where there is one */
	struct io_wait wait;
	const volatile bool *stop;
};

/* Connects to the address, finds out what it is, reads the slots. False: nothing needs closing. */
bool nodes_open(struct nodes *, const struct nodes_options *, struct error *);
void nodes_close(struct nodes *);

/* CRC16 (XMODEM) of the key, or of what stands between the first { and the next } of it, if that is not empty; modulo NODES_SLOTS. */
uint16_t nodes_slot(struct bytes key);
/* The node that serves the key: an index of all, or NODES_NONE. */
size_t nodes_of(const struct nodes *, struct bytes key);
/* The connection to a node, made when it is first wanted. NULL: with the error. */
struct redis *nodes_redis(struct nodes *, size_t node, struct error *);

/* What a reply of kind REDIS_ERROR means for where a command belongs. */
enum nodes_hint {
	NODES_REFUSED,	/* nothing: it is an error like any other */
	NODES_MOVED,	/* the slot is at *node from now on: the map is changed, say it again there */
	NODES_ASK,	/* this time only, say it at *node, after ASKING */
	NODES_AGAIN,	/* TRYAGAIN, CLUSTERDOWN, LOADING, READONLY of a node that is no master any more: wait a little, nodes_refresh, say it again */
};
enum nodes_hint nodes_hint(struct nodes *, struct bytes words, size_t *node);

/* Reads the slots again, from whichever node answers. Indices of nodes stay good; new ones come behind. */
bool nodes_refresh(struct nodes *, struct error *);
/*
 * The connection to a node is lost: drops it and waits, at most timeout_ms, until other nodes serve its slots (a replica is made
 * master) or it is back. False: the error names the slots that nobody covers ("slots 0-5460, 10923"). A single
 * server is not waited for.
 */
bool nodes_recover(struct nodes *, size_t node, uint32_t timeout_ms, struct error *);

/*
 * One command and its reply, wherever its key (words[1]) is: follows hints, and after a lost connection tries once more. A reply of
 * kind REDIS_ERROR that is left is a success, as in redis_read. All replies of that node must have been read.
 */
bool nodes_ask(struct nodes *, size_t count, const struct bytes *words, struct redis_reply *, struct error *);

#endif
