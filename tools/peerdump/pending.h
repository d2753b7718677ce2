/* pending.h - the commands of a scan whose replies are still to come, in their order */
#ifndef PEERDUMP_PENDING_H
#define PEERDUMP_PENDING_H

#include "tools/peerdump/keys.h"

enum pending_kind {
	PENDING_PAGE,	/* SCAN */
	PENDING_ASK,	/* something about a key */
	PENDING_WHOLE,	/* all members of a key */
	PENDING_PART,	/* some of them */
};

struct pending_command {
	enum pending_kind kind;
	enum scan_ask ask;	/* of PENDING_ASK */
	struct scan_key *key;	/* NULL: PENDING_PAGE */
};

/* Start with { 0 }. */
struct pending {
	struct pending_command *ring;
	size_t first, count, capacity;	/* capacity: a power of two, or 0 */
};

void pending_put(struct pending *, struct pending_command);
/* The first of them; there must be one. */
struct pending_command pending_take(struct pending *);
void pending_free(struct pending *);

#endif
