/* feed.h - what one node is asked in a scan: its commands on their way, and what becomes of them when it moves or dies */
#ifndef PEERDUMP_FEED_H
#define PEERDUMP_FEED_H

#include "io/nodes.h"
#include "tools/peerdump/pending.h"

struct scan;

enum {
	SCAN_CURSOR_ROOM = 24,
	FEED_HINTS_MAX = 32,	/* that one key follows */
	FEED_LOSSES_MAX = 16,	/* how often the connection to a node may end */
};

struct feed {
	struct nodes *nodes;	/* those of the scan, or its masters */
	size_t node;
	struct redis *redis;	/* NULL: lost */
	bool readable;		/* something may be there to be read */
	bool retired;		/* nothing more is to be had there: others have its slots */
	bool abandoned;		/* nobody has */
	unsigned losses;
	int64_t lost_us;	/* when the connection ended, */
	int64_t retry_us;	/* and when to look again; 0: it did not */
	struct pending pending;
	char cursor[SCAN_CURSOR_ROOM];
	bool scanning;		/* SCAN has not come to its end */
	const bool *slots;	/* NODES_SLOTS of them: those that are to be gone through by name; or NULL */
	size_t slot;		/* the next one */
	size_t paging;		/* commands for keys that are on their way */
	size_t planning;	/* keys from here with answers to come */
	struct scan_key *ready, **ready_end;	/* to be read */
	uint64_t ready_weight, flight;	/* members in them; members on their way */
	size_t parts;		/* keys that are read in parts */
	struct pending_command next_part;	/* one whose time has not come; key NULL: none */
};

struct feeds {
	struct feed *by_node[2][NODES_MAX];	/* of the nodes of the scan, of its masters; NULL: none */
	struct feed *all[2 * NODES_MAX];
	size_t count, turn;	/* turn: the one that is looked at first */
	struct pending later;	/* commands that nobody would answer for now, */
	int64_t later_us;	/* and when they are to be said again */
	bool lost[NODES_SLOTS];	/* slots that nobody serves, of which something is missing */
	bool any_lost;
	size_t lost_count;	/* feeds whose connection is lost */
};

/* Makes a feed of each node that has slots. False: the connection of a single server failed. */
bool feeds_open(struct scan *, struct error *);
void feeds_close(struct scan *);
/*
 * The next reply that has come from any of them, and its command. NULL: with an error, or there is none
 * to wait for.
 */
struct feed *feeds_next(struct scan *, struct redis_reply *, struct pending_command *, struct error *);
/* Sends what is queued. False: with an error; a node of a cluster that is lost is none. */
bool feed_send(struct scan *, struct feed *, struct error *);

/* To that node: a PAGE or a SLOT. */
void feed_say(struct feed *, struct pending_command);
/* To the node of the key that it is about. */
void feed_say_key(struct scan *, struct pending_command);
/* The feed that a key is to be read by, or NULL: nobody serves its slot. */
struct feed *feed_of(struct scan *, const struct scan_key *, struct bytes text);
/* Connects, and begins SCAN from the start if it is to be done there. False: the connection failed. */
bool feed_begin(struct scan *, struct feed *, struct error *);
/* Of a master, made if there is none yet. */
struct feed *feed_of_master(struct scan *, size_t node);
/*
 * What an error in reply to a command means: true, if it is about where the key is or whether the node can answer now; then
 * the command is on its way to where it belongs, or will be. False: it is an error like any other, or *error is set: it
 * was followed too often.
 */
bool feed_follow(struct scan *, struct feed *, const struct pending_command *, struct bytes words, struct error *);

/*
 * A key is gone where it was looked for: is it worth another look? Replicas lag behind, and do not know that a slot
 * is on its way, but their masters do; and what was on its way may have gone back. The next look is at the owner then.
 */
bool feed_doubts(const struct scan *, struct scan_key *);

/* mend.c: nodes that are lost. */
/* The connection failed. True: it will be looked after; false: that is the end. */
bool mend_lose(struct scan *, struct feed *, struct error *);
/* Nobody would answer it now: it will be said again after a while, or is given up. */
void mend_put_off(struct scan *, struct pending_command);
/* Does what it is time for. */
void mend(struct scan *);
/* Is there anything that mend would have to do? */
bool mend_due(const struct scan *);

#endif
