/* batch.h - members gathered by key, so that one command stores many of them */
#ifndef PEERDUMP_BATCH_H
#define PEERDUMP_BATCH_H

#include "tools/peerdump/store.h"

enum {
	BATCH_MEMBER_MAX = 32,		/* a passkey; base64 of an info hash; an entry */
	BATCH_ITEMS_MAX = 16 << 10,	/* members gathered before all of them are sent: with their keys at most 5 MB */
};

/* One member for one key; those of a command are a list. */
struct batch_item {
	int64_t score_us;
	uint32_t next;
	uint8_t size;
	uint8_t member[BATCH_MEMBER_MAX];
};

/* What is gathered for one key: always one verb, so that what was added and removed keeps its order. */
struct batch_group {
	enum database database;
	enum store_verb verb;
	uint32_t count, first, last;	/* of its items */
	const char *file;		/* where the first of them came from */
	uint64_t line;
	size_t key_size;
	uint8_t key[STORE_KEY_MAX];
};

struct batch {
	struct store *store;
	struct table table;	/* database and key to 1 + the number of the group */
	size_t group_count, item_count;
	struct batch_group *groups, *last;	/* last: of the item before, or NULL */
	struct batch_item *items;
};

/* A member to add to a key or to remove from it. */
struct batch_change {
	enum database database;
	enum store_verb verb;	/* ZADD, SADD, SREM */
	struct bytes key, member;	/* at most STORE_KEY_MAX, BATCH_MEMBER_MAX bytes */
	int64_t score_us;	/* of ZADD */
};

void batch_open(struct batch *, struct store *);
/* Changes of one key are done in the order in which they come here. */
void batch_put(struct batch *, const struct batch_change *);
/* Hands everything that is gathered to the store. */
void batch_flush(struct batch *);
void batch_close(struct batch *);

#endif
