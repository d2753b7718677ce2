/* source.h - where keys and members come from: a server, a cluster or an RDB file, all in the same pieces */
#ifndef PEERDUMP_SOURCE_H
#define PEERDUMP_SOURCE_H

#include "codec/rdb.h"
#include "tools/peerdump/keys.h"
#include "tools/peerdump/names.h"
#include "tools/peerdump/peerdump.h"

/* Some members of one key; those of a key come one after the other. */
struct piece {
	const struct scan_key *key;
	const struct rdb_member *members;
	size_t count;
	bool first, last;	/* of its key */
};

struct source;

/* How one kind of source does it; each function as the source_... below. */
struct source_kind {
	bool (*begin)(struct source *, enum database, const struct scan_plan *, struct names *);
	bool (*next)(struct source *, struct piece *, struct error *);
	void (*end)(struct source *, const struct error *, uint64_t count, const char *unit);
	bool (*exist)(struct source *, const struct bytes *keys, size_t count, bool *there, struct error *);
	int64_t (*now_us)(const struct source *);
	void (*close)(struct source *);
};

struct source {
	const struct source_kind *kind;
	struct run *run;
	bool one_database;	/* torrents and users are in the same one, as in a cluster */
	bool repeated;		/* one look of many: what each of them cost is not said */
	uint64_t keys;		/* gone through so far, all passes together */
	bool damaged;		/* a file that cannot be read on somewhere, which was reported; each pass goes as far */
	void *state;		/* of its kind */
};

/*
 * What the options name: --rdb, else a server or a cluster. False: it was reported. source_close is needed only after
 * true.
 */
bool source_open(struct source *, struct run *);
/*
 * The time to judge announces by: the server's clock, which goes on while we look; of a file, when it was
 * written.
 */
int64_t source_now_us(const struct source *);
/*
 * Begins to go through one of the databases. plans: SCAN_CLASSES of them; names NULL: all keys. Within one run, the torrents
 * come before the users. False: it was reported.
 */
bool source_begin(struct source *, enum database, const struct scan_plan *plans, struct names *names);
/*
 * The next piece, good until the next call. Keys that have vanished meanwhile are left out; a key that is only asked about
 * or cannot be read (wrong_type) is one piece without members. False: the end, or an error.
 */
bool source_next(struct source *, struct piece *, struct error *);
/*
 * The end of what source_begin began. Says how far it came (in keys, and in `count` of what `unit` says) when it was
 * interrupted or ended with an error.
 */
void source_end(struct source *, const struct error *, uint64_t count, const char *unit);
/*
 * Are these keys of the torrents database there? May be asked between two calls of source_next, whose piece stays good.
 * A torrent whose key came by is there without asking.
 */
bool source_exist(struct source *, const struct bytes *keys, size_t count, bool *there, struct error *);
void source_close(struct source *);

#endif
