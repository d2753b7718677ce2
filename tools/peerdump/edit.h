/* edit.h - changes of one key that are made only while it is as it was seen: look, decide, MULTI, EXEC */
#ifndef PEERDUMP_EDIT_H
#define PEERDUMP_EDIT_H

#include "io/nodes.h"
#include "tools/peerdump/keys.h"
#include "tools/peerdump/peerdump.h"

/*
 * The tracker goes on announcing while we change what it wrote. So a key is watched (WATCH), the members in question are
 * looked at once more, and what was decided is executed as one transaction, which Redis refuses when anybody
 * changed the key meanwhile; then it begins again with fewer members, so that there is less time for a change.
 * No Lua: scripts are refused to many users, and one by itself would hold up the server no less.
 *
 * Whatever happens between two transactions, or to the connection in the midst of one, each is done wholly or not at
 * all; and since each looks first, doing one again does no harm. So it is with a cluster: where a slot moves or a
 * master fails, the look is taken again, wherever the key is then.
 */
enum {
	EDIT_MEMBERS_MAX = 250,	/* in one transaction; twice as many names, when both forms of a peer are looked for */
	EDIT_TRIES = 200,	/* for the same members, the last of them one member at a time */
	EDIT_COMMANDS_MAX = 4,	/* in one transaction */
	EDIT_SCORE_ROOM = 32,
};

enum edit_outcome {
	EDIT_FAILED,	/* with the error: nothing more can be done, or the user interrupted */
	EDIT_CHANGED,	/* the key is not as it was: nothing was done, and it can be tried again */
	EDIT_DONE,
};

struct edit {
	struct run *run;
	struct nodes nodes;
	size_t node;		/* the one that has the key at hand, */
	struct redis *redis;	/* and the connection to it */
	bool unsettled;		/* it is not known who has the key, or will be: to be asked after a while */
	size_t queued;		/* commands of the transaction, */
	const char *commands[EDIT_COMMANDS_MAX];	/* and their names */
	uint64_t again;		/* transactions that were refused since a key had changed */
	uint64_t uncertain;	/* members of a transaction whose answer never came */
};

/* Connects, to masters. False: it was reported. edit_close is needed only after true. */
bool edit_open(struct edit *, struct run *);
/* What is left to say: of a transaction that may have been `done` ("converted") or not. */
void edit_end(struct edit *, const char *done);
void edit_close(struct edit *);

/* What is looked at before a change is decided. */
struct edit_view {
	struct bytes key;
	struct bytes other;		/* a key on whose being there the change depends; or unset */
	enum scan_read read;
	size_t count;
	const struct bytes *members;
	double *scores;			/* set: of each; in a set 0; NaN: not there (nothing is in a key of another type) */
	bool other_there;		/* set */
};

/*
 * Watches the key and the other one, looks, and begins the transaction: EDIT_DONE. Only then may edit_queue follow,
 * and edit_commit must. In a cluster, where no transaction has keys of different nodes, `other` is just looked at.
 */
enum edit_outcome edit_look(struct edit *, struct edit_view *, struct error *);
/* A command of the transaction, for the key that was looked at (words[1]). Its name, words[0], is a string literal. */
void edit_queue(struct edit *, size_t count, const struct bytes *words);
/* Executes what was queued, if anything was. members: how many it changes, for what to say when the answer never comes. */
enum edit_outcome edit_commit(struct edit *, uint64_t members, struct error *);

/* The scores alone, for a dry run. False: with the error. */
bool edit_scores(struct edit *, struct edit_view *, struct error *);
/* One command and its reply, outside of a transaction. A refusal is false, with the error. */
bool edit_ask(struct edit *, size_t count, const struct bytes *words, struct redis_reply *, struct error *);

/*
 * Calls part(context, first, count) for all of `total` things, at most EDIT_MEMBERS_MAX at once, fewer where it
 * says EDIT_CHANGED. *left: how many still changed at the last try. False: with the error.
 */
bool edit_all(struct edit *, size_t total,
	      enum edit_outcome (*part)(void *context, size_t first, size_t count, struct error *), void *context,
	      uint64_t *left, struct error *);

/* Says what edit_all left. */
void edit_complain(struct edit *, struct bytes key, uint64_t left);

/* MEMORY USAGE, or COUNT_UNSET: gone, or the server does not tell. False: the connection failed. */
bool edit_memory(struct edit *, struct bytes key, uint64_t *bytes, struct error *);
/* The score as Redis writes it and reads it back, exactly. Returns text. */
struct bytes edit_score(char text[EDIT_SCORE_ROOM], double score);
/*
 * May it be changed? Any name of 20 bytes could be a bare info hash, as old trackers had them; but one that is text
 * is somebody else's, unless the user named the torrent.
 */
bool edit_ours(struct run *, const struct scan_key *);

#endif
