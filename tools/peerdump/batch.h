/* batch.h - members gathered by key, so that one command stores many of them */
#ifndef PEERDUMP_BATCH_H
#define PEERDUMP_BATCH_H

#include "tools/peerdump/store.h"

enum {
	BATCH_ITEMS_MAX = 16 << 10,	/* members gathered before all of them are sent, */
	BATCH_ITEMS_FAST_MAX = 32 << 10,	/* with --fast */
	BATCH_BYTES_MAX = 2 << 20,	/* of them; with their keys they take at most 6 MB, with --fast 10 */
};

/* One member for one key; those of a command are a list. */
struct batch_item {
	double score;
	uint32_t next;
	uint32_t at, size;	/* of its bytes */
};

/*
 * What is gathered for one key: always one verb, so that what was added and removed keeps its order. With --fast the
 * groups of a key are a list, of which the first is the one that is found.
 */
struct batch_group {
	enum database database;
	enum command_verb verb;
	uint32_t count, first, last;	/* of its items */
	uint32_t next;			/* 1 + the number of the group that goes on, or 0 */
	uint32_t newest;		/* of the first: the last of the list */
	uint32_t whole_count;		/* of the first: items of the whole list */
	const char *file;		/* where the first item came from */
	uint64_t line;
	struct bytes key;		/* as the table has it */
};

struct batch {
	struct store *store;
	struct table table;	/* database and key to 1 + the number of the group */
	size_t group_count, item_count, items_max;
	struct batch_group *groups, *last;	/* last: of the item before, or NULL */
	struct batch_item *items;
	struct buf bytes;	/* of the members */
	struct rdb_member *members;	/* of what is being handed on */
};

/* A member to add to a key or to remove from it. */
struct batch_change {
	enum database database;
	enum command_verb verb;	/* ZADD, SADD, SREM */
	struct bytes key, member;	/* at most COMMAND_KEY_MAX bytes; and BATCH_BYTES_MAX */
	double score;		/* of ZADD */
};

void batch_open(struct batch *, struct store *);
/* Changes of one key are done in the order in which they come here. */
void batch_put(struct batch *, const struct batch_change *);
/* Hands everything that is gathered to the store. */
void batch_flush(struct batch *);
void batch_close(struct batch *);

#endif
