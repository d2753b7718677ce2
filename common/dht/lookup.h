/* lookup.h - the iterative look-up: ever nearer nodes are asked, until the nearest that answer are known (BEP 5, BEP 32) */
#ifndef DHT_LOOKUP_H
#define DHT_LOOKUP_H

#include "dht/engine.h"

/*
 * One look-up in one of the two DHTs (IPv4 or IPv6); for both, two are run. It ends when the k nearest nodes that
 * answered have nothing nearer before or among them that was not asked, and what is still in flight is either farther
 * away than they are, or has been waited for longer than most answers take (`patience`): a dead contact costs no
 * time-out. Also when its budget of queries or time is used up.
 */
enum {
	LOOKUP_K = 8,
	LOOKUP_WIDTH = 8,		/* queries in flight */
	LOOKUP_CANDIDATES_MAX = 256,	/* nodes that are kept, the nearest ones */
	/* asked at most, however near new ones seem: ends what endless made-up ids would not */
	LOOKUP_QUERIES_MAX = 400,
	LOOKUP_CONTACTS_MAX = 16,	/* nodes taken from one answer: the nearest */
	LOOKUP_PATIENCE_FLOOR_US = 20000,
};

struct lookup_options {
	uint8_t target[NODE_ID_SIZE];
	enum krpc_method method;	/* KRPC_FIND_NODE, KRPC_GET_PEERS, KRPC_GET, KRPC_SAMPLE_INFOHASHES */
	unsigned family;		/* 4 or 6 */
	unsigned k, width;		/* 0: as above */
	uint32_t queries_max;
	int64_t time_max_us;		/* 0: no limit */
	int64_t patience_us;		/* at least so long is waited for each that is near; 0: LOOKUP_PATIENCE_FLOOR_US */
	bool scrape, noseed;		/* get_peers: BEP 33 */
	int64_t seq;			/* get: only newer ones; KRPC_NUMBER_UNSET: any */
};

enum lookup_state { LOOKUP_NEW, LOOKUP_ASKED, LOOKUP_ANSWERED, LOOKUP_FAILED };

struct lookup_node {
	uint8_t id[NODE_ID_SIZE];
	bool known;			/* of a bootstrap node the id is not known before it answers */
	enum lookup_state state;
	enum engine_end end;		/* once ANSWERED or FAILED */
	struct endpoint endpoint;
	int64_t rtt_us;
	/* once ANSWERED; the look-up's copies. data NULL: none, or over 255 bytes of token, 16 of v */
	struct bytes token, v;
	uint64_t handle;
};

/* One step, as `dig +trace` would print it: a query ended. */
struct lookup_step {
	const struct lookup_node *node;
	const struct engine_event *event;
	unsigned number;		/* of the step, from 1 */
	/* nodes in the answer; how many of them are nearer to the target than all known before */
	unsigned told, nearer;
	int64_t now_us;
};

struct lookup;

struct lookup_calls {
	/*
	 * Every end of a query, answers late and double too; at the end of the look-up TIMEOUT for those that were
	 * waited for in vain. The look-up may not be freed there. NULL: not wanted.
	 */
	void (*step)(void *owner, const struct lookup_step *);
	/* The look-up is over: from within a call of the engine or of lookup_run. It may be freed there. */
	void (*done)(void *owner, struct lookup *);
	void *owner;
};

struct lookup *lookup_new(struct engine *, const struct lookup_options *, const struct lookup_calls *);
void lookup_free(struct lookup *);
/* A node to begin with; id NULL: not known. */
void lookup_add(struct lookup *, const uint8_t *id, const struct endpoint *);
/* Asks whom it may ask; looks whether it is over. To be called after lookup_add and when lookup_wake has come. */
void lookup_run(struct lookup *, int64_t now_us);
/* When lookup_run should be called again if nothing comes in before; INT64_MAX: not. */
int64_t lookup_wake(const struct lookup *);
bool lookup_over(const struct lookup *);
const uint8_t *lookup_target(const struct lookup *);
unsigned lookup_family(const struct lookup *);

struct lookup_summary {
	unsigned asked, answered, failed, told;
	int64_t began_us, ended_us;
	bool exhausted;		/* budget of queries or time used up before it was over */
};
struct lookup_summary lookup_summary(const struct lookup *);
/*
 * The nearest nodes that answered, nearest first; at most `max`; returns how many. Once it is over, the first k are good
 * until lookup_free.
 */
size_t lookup_nearest(const struct lookup *, const struct lookup_node **nodes, size_t max);

#endif
