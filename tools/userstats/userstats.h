/* userstats.h - what the verbs of userstats share: options */
#ifndef USERSTATS_H
#define USERSTATS_H

#include "cli/tool.h"

enum {
	USERSTATS_WINDOW_S = 300,	/* the tracker's: EXPIRE of its keys, and its ZRANGEBYSCORE */
	USERSTATS_INTERVAL_S = 2700,	/* between two announces, as the tracker tells clients */
	USERSTATS_TOP = 10,		/* rows of `top`, unless -n says otherwise */
	USERSTATS_BATCH = 1000,		/* rows that one UPDATE of drift --sql changes */
};

struct userstats_options {
	/* the stores */
	const char *redis;		/* URI; NULL: $REDIS_URL, else 127.0.0.1:6379 */
	bool cluster, replicas;
	uint64_t torrents_db, users_db;	/* or DATABASE_OF_URI */
	const char *database;		/* conninfo of PostgreSQL; NULL: libpq's own environment */
	const char *schema;		/* file with another site's queries; NULL: the built-in ones */
	uint64_t timeout;		/* seconds for a command or a statement */
	uint64_t window;		/* seconds in which an entry is live */
	uint64_t interval;		/* seconds between two announces of a client */
	/* who and what is asked about */
	struct option_list files;
	bool all;
	bool reveal;
	bool live_only;			/* torrents: no split */
	uint64_t watch;			/* seconds between two looks; 0: one look */
	uint64_t torrents;		/* limits; UINT64_MAX: not given */
	bool reverse;			/* orphans: what the site has and Redis has not */
	struct option_list looks;	/* snapshots that stand for Redis: drift, top */
	bool sql;			/* drift */
	const char *prometheus;		/* summary */
	const char *to;			/* merge */
};

/* For a verb without names, which goes over everything. False: there are some, which was told. */
bool userstats_nameless(struct run *);

void torrents_run(struct run *);
void who_run(struct run *);
void completed_run(struct run *);
void current_run(struct run *);
void user_run(struct run *);
void top_run(struct run *);
void dead_run(struct run *);
void dying_run(struct run *);
void orphans_run(struct run *);
void ghosts_run(struct run *);
void shared_run(struct run *);
void limits_run(struct run *);
void drift_run(struct run *);
void snapshot_run(struct run *);
void merge_run(struct run *);
void diff_run(struct run *);
void summary_run(struct run *);
void check_run(struct run *);

#endif
