/* store.h - what load writes: commands to Redis, or as text for redis-cli (--dry-run), and what became of them */
#ifndef PEERDUMP_STORE_H
#define PEERDUMP_STORE_H

#include "base/number.h"
#include "base/table.h"
#include "cli/lines.h"
#include "tools/peerdump/fast.h"
#include "tools/peerdump/lanes.h"

enum {
	STORE_TORRENTS_MAX = 1 << 17,	/* torrents that are told apart for the summary: 11 MB */
};

struct store {
	struct run *run;
	struct lines *lines;		/* what is loaded: its progress line, how far it came */
	bool dry_run;
	bool failed;			/* nothing can be stored any more; it was reported */
	struct lanes lanes;
	struct fast fast;		/* .version 0: keys do not go as a whole */
	/* keys of that slot whose RESTORE has no answer yet: nothing must overtake its parts */
	uint16_t whole[NODES_SLOTS];
	uint64_t numbers[DATABASES];	/* dry run: of the databases, */
	uint64_t selected;		/* and that of the line before; at first none, as whoever pastes may be in any */
	char expire[NUMBER_ROOM + 1];	/* seconds; "": no EXPIRE */
	char expire_ms[NUMBER_ROOM];
	size_t expire_ms_size;
	int64_t began_us, clock_us;	/* the server's time when we connected, and our own clock then */
	uint64_t commands, complaints;	/* commands: of a dry run */
	uint64_t peers, new_peers, peers_refused;	/* members of ZADD */
	uint64_t set_changes, sets_refused;		/* members of SADD and SREM */
	uint64_t wholes;		/* keys stored by RESTORE */
	struct table torrents;		/* keys of ZADD and RESTORE; count: 0 until something of it is stored */
	uint64_t torrent_count;		/* those that have it */
};

/* Connects, unless it is a dry run. False: it was reported. store_close is needed in any case. */
bool store_open(struct store *, struct run *, struct lines *);
/* The server's time; in a dry run our own. */
int64_t store_now_us(const struct store *);
/*
 * Sends the command, which is the store's then, soon, and an EXPIRE for its key once it has added to a torrent or to
 * the set of a user; ext_ sets never expire. Nothing happens when the store has failed.
 */
void store_put(struct store *, struct command *);
/* Is it worth trying to store the torrent as a whole (--fast)? Not if something was stored of it before. */
bool store_takes_whole(const struct store *, struct bytes key);
/*
 * The same as to put the parts, ZADDs of one key, one after the other, but by RESTORE if the key is not there yet.
 * members: all of theirs, at most FAST_MEMBERS_MAX; they are moved about.
 */
void store_put_whole(struct store *, struct command *parts, struct rdb_member *members, size_t count);
/* In a dry run: the words of a command, for redis-cli, in that database. */
void store_print(struct store *, enum database, const struct bytes *words, size_t count);
/* Sends all and waits until all is done. */
void store_settle(struct store *);
/* Commands sent or printed. */
uint64_t store_commands(const struct store *);
void store_close(struct store *);

#endif
