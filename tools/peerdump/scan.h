/* scan.h - the keys of a database, or those named, with their members, read so that the server stays free for others */
#ifndef PEERDUMP_SCAN_H
#define PEERDUMP_SCAN_H

#include "cli/progress.h"
#include "io/redis.h"

#include "tools/peerdump/distinct.h"
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
 * SCAN and its kin give what is there all the time at least once, but some of
 * it twice when the server rehashes meanwhile: what came by is remembered, keys exactly
 * (up to KEYS_SEEN_MAX of them), members of a big set by their fingerprints. Duplicates beyond these bounds stay.
 *
 * Memory: two half batches of replies, 70 bytes for each key and, while a big
 * set is read, 11 for each of its members.
 */
enum {
	SCAN_PAGE = 100,	/* keys that one SCAN asks for */
	/*
	 * Members asked for and not yet received, in two half batches, and those of
	 * one reply. With these, another client's PING takes at most 0.5 ms in 99 of 100 cases on Redis 7.0.
	 * 1000 and 1000 read a tenth faster and were no worse on that machine; on a slower one they are.
	 */
	SCAN_FLIGHT = 500,
	SCAN_WHOLE = 500,	/* a set of more members is read in parts */
	SCAN_PART = 500,	/* members of a part: one costs what two of a whole set do */
	SCAN_MEMBERS_MAX = 1200000,	/* of one big set: those that are remembered, in 11 bytes each */
};

struct scan {
	struct run *run;
	struct redis *redis;
	const struct scan_plan *plans;	/* SCAN_CLASSES of them */
	struct names *names;		/* NULL: all keys */
	struct keys keys;
	struct distinct members;
	struct rdb_member *read;	/* the members of the piece */
	size_t read_capacity;

	struct pending pending;
	char cursor[24], part_cursor[24];
	bool paging, ended;		/* a SCAN is on its way; no more keys will come */
	size_t planning;		/* keys with answers to come */
	struct scan_key *ready, **ready_end;	/* to be read */
	uint64_t ready_weight, flight;	/* members in them; members on their way */
	struct scan_key *big;		/* being read in parts */
	struct scan_key *delivered;	/* the caller still looks at it */
	bool group_found;

	uint64_t done, total;		/* keys; total 0: not known */
	struct progress progress;
};

/* names NULL: all keys of the database. False, with the error reported: the connection failed. */
bool scan_open(struct scan *, struct run *, struct redis *, const struct scan_plan *plans, struct names *names);
/* See source_next. */
bool scan_next(struct scan *, struct piece *, struct error *);
/*
 * Says how far it came (in keys, and in `count` of what `unit` says) when it was interrupted or ended
 * with an error. The connection stays, and what is known of keys until scan_close.
 */
void scan_end(struct scan *, const struct error *, uint64_t count, const char *unit);
void scan_close(struct scan *);

/* A reply of kind REDIS_ERROR to that command, as an error. Returns false. */
bool scan_refused(const struct redis *, const char *command, struct bytes words, struct error *);

#endif
