/* scan.h - the keys of a database, or those named, with their members, read so that the servers stay free for others */
#ifndef PEERDUMP_SCAN_H
#define PEERDUMP_SCAN_H

#include "base/distinct.h"
#include "cli/progress.h"
#include "io/nodes.h"

#include "tools/peerdump/feed.h"
#include "tools/peerdump/pace.h"
#include "tools/peerdump/pending.h"
#include "tools/peerdump/source.h"

/*
 * SCAN finds the keys; what is to be known of each (its size first of all) is
 * asked for a page of them at once; then sets that are small are read whole
 * and the others by ZSCAN or SSCAN (never by rank: ranks shift when peers announce,
 * and paging by rank was measured to miss 8 % of them). Two half batches are on their way, so that the server
 * has the next one while this one is worked on, but never more than that: all
 * other clients wait for what a server has read from us. KEYS is never used, and nothing is written, so a
 * read-only replica will do.
 *
 * Up to Redis 7.0, DUMP of a zset costs the server half of what ZRANGE with scores does, which prints each
 * score by snprintf; from 7.2 on it is the other way round. So the version decides. Where DUMP is refused, or makes no
 * sense, ZRANGE it is.
 *
 * SCAN and its kin give what is there all the time at least once, but some of
 * it twice when the server rehashes meanwhile: what came by is remembered, keys exactly
 * (up to KEYS_SEEN_MAX of them), members of a big set by their fingerprints. Duplicates beyond these bounds stay.
 *
 * Of a cluster all masters are read at the same time, each by a feed. Pieces come from whichever has some; only
 * while a big set comes in parts the others wait with theirs. Commands follow their keys where the nodes say these are; a
 * node that dies is replaced by whoever takes its slots, and read again from the beginning, without what came by
 * already. What a slot may have hidden because it moved while its nodes were gone through is looked for at the end
 * (survey.h).
 *
 * Memory: for each node two half batches of replies; 70 bytes for each key and, for each big
 * set that is being read (one for each node), 11 for each of its members.
 */
enum {
	/*
	 * Members asked for and not yet received, in two half batches, and those of
	 * one reply, for each node. With these, another client's PING takes at most 0.5 ms in 99 of 100 cases on Redis 7.0.
	 */
	SCAN_FLIGHT = 500,
	SCAN_WHOLE = 500,	/* a set of more members is read in parts */
	/*
	 * By DUMP, up to 7.0. A server packs 2500 members and more in 1 ms, and ZSCAN takes it nearly twice as long.
	 * So others wait for 2 ms at most, unless --max-latency says how long they may; and 99 of 100 PINGs were
	 * measured to take less than 1.5 ms.
	 */
	SCAN_PACKED_BEFORE = 70200,	/* 7.2.0 */
	SCAN_PACKED_FLIGHT = 2000,
	SCAN_PACKED_MS = 2500,		/* members */
	SCAN_PACKED_WHOLE = 2 * SCAN_PACKED_MS,
	SCAN_PACKED_MAX = 100000,	/* whatever it says: 4 MB in one reply */
	SCAN_MEMBERS_MAX = 1200000,	/* of one big set: those that are remembered, in 11 bytes each */
};

struct scan {
	struct run *run;
	struct nodes *nodes;	/* what is read, */
	struct nodes *masters;	/* and their masters: the same, unless replicas are read */
	const struct scan_plan *plans;	/* SCAN_CLASSES of them */
	struct names *names;		/* NULL: all keys */
	bool named;			/* no more names will come */
	struct keys keys;
	struct pace *pace;
	struct rdb_member *read;	/* the members of the piece */
	size_t read_capacity;
	bool packs;			/* DUMP is cheaper there than ZRANGE, */
	uint64_t packed_whole;		/* for sets of so many members */
	struct rdb rdb;			/* unpacks what it gives, */
	struct scan_key *unpacking;	/* of that key; NULL: none */

	struct feeds feeds;
	struct survey *survey;		/* NULL: nothing can move */
	size_t planning;		/* keys with answers to come */
	struct scan_group *groups;	/* free ones */
	struct scan_part *parts;	/* free ones */
	struct scan_key *open;		/* some of it was delivered, and more is to come */
	struct scan_key *held, **held_end;	/* without members, to be delivered when no key is open */
	struct scan_key *delivered;	/* the caller still looks at it */

	uint64_t done, total;		/* keys; total 0: not known */
	struct progress progress;
};

/*
 * names NULL: all keys of the database. masters: see above; of a single server, and where masters are read, the same
 * nodes. No replies may be due. What the options say of how fast it may go is for the pace. False, with the error
 * reported: the connection failed.
 */
bool scan_open(struct scan *, struct run *, struct nodes *, struct nodes *masters, struct pace *,
	       const struct scan_plan *plans, struct names *names);
/* See source_next. */
bool scan_next(struct scan *, struct piece *, struct error *);
/*
 * Says how far it came (in keys, and in `count` of what `unit` says) when it was interrupted or ended
 * with an error. The connections stay, and what is known of keys until scan_close.
 */
void scan_end(struct scan *, const struct error *, uint64_t count, const char *unit);
void scan_close(struct scan *);

/* A reply of kind REDIS_ERROR to that command, as an error. Returns false. */
bool scan_refused(const struct redis *, const char *command, struct bytes words, struct error *error);

/* --- what plan.c, read.c, feed.c and scan.c share --- */

enum taken { FAILED, NOTHING, TAKEN };

/* A reply that makes no sense for that command. Returns FAILED. */
enum taken scan_senseless(const struct feed *, const struct pending_command *, struct error *);
/* Are all of these strings? */
bool scan_strings(const struct redis_item *, size_t count);
/* The reply of SCAN, SSCAN and ZSCAN: the next cursor, and what was found, from items[3] on. */
bool scan_cursor(const struct redis_reply *, char cursor[SCAN_CURSOR_ROOM]);
/* A key that is done with. */
void scan_drop(struct scan *, struct scan_key *);

/* plan.c: which keys there are, and what is to be known of them. */
enum { PLAN_SLOT_KEYS = 256 };	/* keys of a slot that moves, asked for at first */
/* Asks for more keys, if there is room for them. may_wait: there is nothing else to do than to wait for the next name. */
void plan_more(struct scan *, struct feed *, bool may_wait);
enum taken plan_take_page(struct scan *, struct feed *, const struct redis_reply *, struct error *);
enum taken plan_take_slot(struct scan *, struct feed *, const struct pending_command *, const struct redis_reply *,
			  struct error *);
enum taken plan_take_answer(struct scan *, struct feed *, const struct pending_command *, const struct redis_item *,
			    struct piece *, struct error *);
/* The answer will not come: nobody serves the slot. */
void plan_lose_answer(struct scan *, struct scan_key *);
void plan_close(struct scan *);

/* read.c: the members of keys. */
/* The key is to be read, where it is now, as soon as there is room. */
void read_later(struct scan *, struct scan_key *);
/* The first of those that are to be read by a feed, which is no longer; there must be one. */
struct scan_key *read_take_ready(struct feed *);
/* Asks for members, if there is room. may_wait: there is nothing else to do than to wait until they may be asked for. */
void read_more(struct scan *, struct feed *, bool may_wait);
enum taken read_take(struct scan *, struct feed *, const struct pending_command *, const struct redis_reply *,
		     struct piece *, struct error *);
/* The next members of scan->unpacking. */
enum taken read_unpacked(struct scan *, struct piece *, struct error *);
/* A key without members: it is only asked about, or cannot be read. */
enum taken read_nothing(struct scan *, struct scan_key *, struct piece *);
/* The first of those that were held back because another key was open; there must be one. */
enum taken read_held(struct scan *, struct piece *);
/* What reading the key counts for, in members. */
uint64_t read_weight(const struct scan_key *);
/* Where the next part begins. */
const char *read_cursor(const struct scan_key *);
/* At the beginning, elsewhere. */
void read_again(struct scan_key *);
/* The key will not be read (any further): nobody serves the slot. */
void read_lose(struct scan *, struct scan_key *);
void read_close(struct scan *);

#endif
