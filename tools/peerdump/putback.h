/* putback.h - the journal of prune back into Redis: each member as it was, where nobody has announced it anew */
#ifndef PEERDUMP_PUTBACK_H
#define PEERDUMP_PUTBACK_H

#include "base/arena.h"
#include "tools/peerdump/journal.h"
#include "tools/peerdump/store.h"

enum {
	PUTBACK_MEMBERS_MAX = 256,	/* of one key, in one command */
	PUTBACK_BYTES_MAX = 1 << 20,	/* of them; one member may be larger */
};

/* Members of one key, gathered as they come: the lines of a key follow one another in a journal. */
struct putback {
	struct store *store;	/* whose dry run and whose end this shares */
	struct nodes nodes;
	bool open;
	struct arena memory;
	struct bytes key;
	bool zset;
	bool expires;		/* the key did, before */
	size_t count, bytes;
	struct bytes gathered[PUTBACK_MEMBERS_MAX];
	double scores[PUTBACK_MEMBERS_MAX];
	const char *file;	/* where the first one came from */
	uint64_t line;
	struct buf last_key;	/* the last one that was counted: it may come again */
	uint64_t keys, members, there, refused, complaints;	/* there: already, and left as they are */
};

/*
 * One line of a journal, from that place. False, with the error: it is none. Nothing is sent yet; what goes wrong then is
 * reported with the place, and a lost connection sets store->failed.
 */
bool putback_put(struct putback *, const struct pruned *, struct place, struct error *);
/* Sends what is gathered, and waits until it is done. */
void putback_flush(struct putback *);
/* What became of it all, if there was any. */
void putback_say(const struct putback *);
void putback_close(struct putback *);

#endif
