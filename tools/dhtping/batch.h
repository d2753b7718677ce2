/* batch.h - many targets looked up, some of them at once: slots that take the next target when theirs is found */
#ifndef DHTPING_BATCH_H
#define DHTPING_BATCH_H

#include "tools/dhtping/hashes.h"
#include "tools/dhtping/search.h"

enum { BATCH_JOBS_MAX = 1024 };

/* One target on its way. */
struct job {
	struct search search;
	struct batch *batch;
	void *own;		/* the verb's, for this slot: zero at first, and kept from one target to the next */
	bool busy;
	bool found;		/* the verb says: what was asked for is there */
	bool enough;		/* the verb says: no more is wanted */
	uint64_t steps;
};

/* What a verb does with targets. NULL where it does nothing. */
struct batch_verb {
	enum krpc_method method;
	size_t own_size;
	void (*begin)(struct job *);
	void (*step)(struct job *, const struct lookup_step *);
	void (*end)(struct job *);	/* the nearest nodes are known */
	void (*leave)(void *own);	/* frees what is in it */
};

struct batch {
	struct run *run;
	const struct batch_verb *verb;
	struct net net;
	struct hashes hashes;
	const struct endpoint *bootstrap;
	size_t bootstrap_count;
	size_t job_count, busy;
	struct job *jobs;
	bool ended;			/* there are no more targets */
	uint64_t begun, done, found, exhausted;	/* targets */
	uint64_t asked, answered;	/* nodes */
	uint64_t printed;		/* records, before any selection */
};

/*
 * All of it: opens the net, looks up, prints hop records with --trace (the verb must print nothing then), notes, sets
 * the status.
 */
void batch_run(struct run *, const struct batch_verb *);
/* The nearest nodes of a job as node records; returns how many. */
size_t batch_put_nodes(struct job *);

#endif
