/* nodes.h - the servers that hold the keys: one, or the nodes of a Redis Cluster */
#ifndef IO_NODES_H
#define IO_NODES_H

#include "io/redis.h"

/*
 * A single server is one node that has all slots, so that nobody who reads or writes keys needs to know which it is.
 * Sources: Redis Cluster specification; CLUSTER SLOTS, CLUSTER NODES.
 */
enum {
	NODES_SLOTS = 16384,
	NODES_MAX = 1024,		/* masters that are told apart in one run, those that are gone too */
	NODES_REPLICAS_MAX = 4096,	/* of all of them; further ones are not used */
	NODES_NONE = UINT16_MAX,	/* a slot that nobody serves */
	NODES_ID_SIZE = 40,
	NODES_PAUSE_MS = 100,		/* between two looks at a cluster that is not as it should be */
};

struct node {
	struct redis_address address;
	char name[72];			/* "127.0.0.1:7000", or what redis_name says of a single server */
	char id[NODES_ID_SIZE + 1];	/* as CLUSTER NODES has it; "": not known */
	struct redis *redis;		/* NULL: not connected */
};

struct nodes {
	bool cluster;
	unsigned version;		/* of the server: 70015 is 7.0.15; 0: it does not say */
	struct node *all;		/* they stay where they are */
	size_t count;
	uint16_t owner[NODES_SLOTS];	/* index of the node that serves the slot, or NODES_NONE */
	struct nodes_private *private;
};

struct nodes_options {
	/* of any node; strings must outlive the nodes; its database is that of a single server */
	struct redis_address address;
	bool cluster;			/* it must be one; else one is recognised by INFO, if INFO is allowed */
	/*
	 * Connections are to a replica (READONLY) of the node where there is one; to the node itself where none of them
	 * answers within a second, or a slot is on its way from or to the node when it is connected to. What a replica says
	 * is as old as its link is slow, and of a slot that is on its way since then it does not say ASK: what has gone
	 * is not there.
	 */
	bool replicas;
	struct io_wait wait;
	const volatile bool *stop;
};

/* Connects to the address, finds out what it is, reads the slots. False: nothing needs closing. */
bool nodes_open(struct nodes *, const struct nodes_options *, struct error *);
void nodes_close(struct nodes *);

/*
 * CRC16 (XMODEM) of the key, or of what stands between the first { and the next } of it, if that is not empty; modulo
 * NODES_SLOTS.
 */
uint16_t nodes_slot(struct bytes key);
/* The node that serves the key: an index of all, or NODES_NONE. */
size_t nodes_of(const struct nodes *, struct bytes key);
/* The connection to a node, made when it is first wanted. NULL: with the error. */
struct redis *nodes_redis(struct nodes *, size_t node, struct error *);

/* What a reply of kind REDIS_ERROR means for where a command belongs. */
enum nodes_hint {
	NODES_REFUSED,	/* nothing: it is an error like any other. So is every error of a single server */
	NODES_MOVED,	/* the slot is at *node from now on: the map is changed, say it again there */
	NODES_ASK,	/* this time only, say it at *node, after ASKING */
	/* TRYAGAIN, CLUSTERDOWN, LOADING, MASTERDOWN, READONLY of a former master: wait, nodes_refresh, say it again */
	NODES_AGAIN,
};
enum nodes_hint nodes_hint(struct nodes *, struct bytes words, size_t *node);

/* Reads the slots again, from whichever node answers. Indices of nodes stay good; new ones come behind. */
bool nodes_refresh(struct nodes *, struct error *);
/*
 * The connection to a node is lost: drops it and waits, at most timeout_ms (0: one look), until other nodes serve its
 * slots (a replica is made master) or it is back. False: the error names the slots that nobody covers ("slots 0-5460,
 * 10923"). A single server is not waited for.
 */
bool nodes_recover(struct nodes *, size_t node, uint32_t timeout_ms, struct error *);

/*
 * One command and its reply, wherever its key (words[1]) is: follows hints, and after a lost connection tries once
 * more. A reply of kind REDIS_ERROR that is left is a success, as in redis_read. All replies of that node must have
 * been read.
 */
bool nodes_ask(struct nodes *, size_t count, const struct bytes *words, struct redis_reply *, struct error *);

/* What nodes say of themselves, each for its own slots: 64 KiB and more, so not for the stack. */
struct nodes_state {
	uint16_t owner[NODES_SLOTS];	/* who says that it serves the slot, or NODES_NONE */
	uint16_t from[NODES_SLOTS];	/* the slot is on its way from there, */
	uint16_t to[NODES_SLOTS];	/* and to there; NODES_NONE: it is not */
	uint64_t epochs[NODES_MAX];	/* a node that is given a slot has another one then */
	bool refused;			/* somebody would not tell: its user may not ask */
};
/* Of no node yet. */
void nodes_state_clear(struct nodes_state *);
/*
 * Asks a node (CLUSTER NODES), and notes what it says in place of what was known of it. All its replies must have been
 * read. Of two that claim a slot, the one with the later epoch has it. False: it does not answer or makes no sense; a
 * refusal is an answer.
 */
bool nodes_look(struct nodes *, size_t node, struct nodes_state *, struct error *);

/* "slot 5" or "slots 0-5460, 10923", of those that are set; as much as there is room for. Returns text. */
const char *nodes_print_slots(char *text, size_t room, const bool slots[NODES_SLOTS]);

#endif
