/* lanes.h - commands on their way to the node of their key, and said again where they are redirected or a node fails */
#ifndef PEERDUMP_LANES_H
#define PEERDUMP_LANES_H

#include "io/nodes.h"
#include "tools/peerdump/command.h"

/*
 * A lane is a connection to one node, and the commands that were sent there and may still have to be said again: those
 * without an answer, and in a cluster, where a master that dies takes with it what its replica has not yet, those
 * answered since a WAIT.
 *
 * The order of the commands for a key is kept by three rules. All commands for a key that may be said again are in one
 * lane, in their order. When one of them is said again, so are all of its key that are in the lane behind it, in that
 * order. And the commands are such that saying a series of them again, from any of them on, leaves what saying it once
 * leaves: for each member the last one counts.
 */
enum {
	LANES_FLIGHT_MAX = 1024,		/* commands without an answer, on each lane, */
	LANES_FLIGHT_BYTES_MAX = 1 << 20,	/* and what they take */
	LANES_KEPT_BYTES_MAX = 6 << 20,		/* of all lanes together */
	LANES_WAIT_BYTES = 1 << 20,		/* a WAIT comes after so much */
	LANES_WAIT_MS = 5000,			/* for a replica that keeps up; afterwards, for one that did not: */
	LANES_WAIT_AGAIN_MS = 10,
};

struct lane {
	struct lane *next;	/* of all that are used */
	size_t node;
	enum database database;
	struct command_list kept;
	struct command *unanswered;	/* the first of them, or NULL */
	size_t flight, flight_bytes;
	size_t wait_bytes;	/* since the last WAIT */
	uint32_t wait_ms;	/* 0: the node has no replica, so that nothing is kept after its answer */
	bool probed;		/* wait_ms is known */
	bool waiting;		/* a WAIT is in flight */
	bool late;		/* that a replica does not keep up was said */
	bool lost;		/* the connection is gone, and everything here is to be said again */
};

/* Whoever gives the commands, and hears what becomes of them. */
struct lanes_owner {
	/*
	 * The answer. May set refused, in which case `done` does not come, and call lanes_owe. It may come more than
	 * once.
	 */
	void (*answered)(void *context, struct command *, const struct redis_item *);
	/* A RESTORE is not said again: its parts are. */
	void (*parted)(void *context, const struct command *);
	/* Once for each that was not refused: it is stored, and will not be said again. */
	void (*done)(void *context, const struct command *);
	/* Nothing can be stored any more. */
	void (*failed)(void *context, const struct error *);
	void *context;
};

struct lanes {
	struct run *run;
	struct lanes_owner owner;
	struct nodes nodes[DATABASES];
	bool open[DATABASES];
	bool one_database;		/* nodes[0] has both, as in a cluster */
	struct lane *of[DATABASES][NODES_MAX];	/* NULL: not used yet */
	struct lane *all, *last;	/* those that are, in the order of their first use */
	struct command_list owed;	/* to be sent as soon as answers are no longer being read */
	struct command_list homeless;	/* for slots that nobody serves */
	size_t kept_bytes;
	bool troubled;			/* something is to be said again */
	bool unready;			/* not before a while */
	bool failed;
	uint64_t commands;		/* sent */
	char trouble[240];		/* the last reason to say something again later */
};

/* Connects to the torrents database. False: it was reported. lanes_close is needed in any case. */
bool lanes_open(struct lanes *, struct run *, const struct lanes_owner *, int64_t *now_us);
/*
 * Sends the command, which is the lanes' then, soon. payload: of RESTORE. Commands for one key are done in this order;
 * but while a RESTORE is unanswered, nothing may follow it. When there is too much without an answer, waits for some.
 */
void lanes_put(struct lanes *, struct command *, struct bytes payload);
/* To be sent after the answer that is being told. */
void lanes_owe(struct lanes *, struct command *);
/* Reads all answers. */
void lanes_catch_up(struct lanes *);
/* The same, and then everything is done. */
void lanes_settle(struct lanes *);
void lanes_close(struct lanes *);

/* --- what lanes.c and again.c share --- */

/* Sends it to the node of its key, or of ASK. */
void lanes_send(struct lanes *, struct command *, struct bytes payload);
/* Reads all answers, of all lanes, without sending what is owed. */
void lanes_drain(struct lanes *);
/* Hands out what is done: all that is answered, or in a lane with a replica what it has confirmed. */
void lanes_release(struct lanes *, struct lane *);
/* The connection of a lane is gone. */
void lanes_lose(struct lanes *, struct lane *, const struct error *);
/* Nothing can be done any more. */
void lanes_fail(struct lanes *, const struct error *);
/* Says again, where they belong now, the commands that must be, until all have an answer or the time is over. */
void lanes_repair(struct lanes *);
/* An answer that says where the command belongs? Then it is marked so. */
bool lanes_hinted(struct lanes *, struct command *, const struct redis_item *);

#endif
