/* pace.h - how hard a server may be worked: members a second, and how long its other clients may wait */
#ifndef PEERDUMP_PACE_H
#define PEERDUMP_PACE_H

#include "io/nodes.h"
#include "tools/peerdump/peerdump.h"

enum {
	PACE_PING_MS = 20,	/* between two PINGs while the server is quick enough */
	PACE_PAUSE_MS = 1000,	/* the longest pause between two PINGs while it is not */
};

/*
 * --rate is a time for each member: what was asked for pays for itself before more is asked for. --max-latency is
 * measured as the other clients feel it: by PING on a connection of its own, every PACE_PING_MS, beside what we
 * have on its way; while one takes too long nothing more is asked for, and a PING
 * after each pause, which doubles, tells when it is over.
 *
 * With neither, and without -v, there is no such connection and nothing is measured.
 */
struct pace_gauge {
	const struct node *node;
	struct redis *redis;	/* NULL: it cannot be connected to, or was lost */
	int64_t next_us;	/* when to PING again */
	int64_t slow_us;	/* since when it takes too long; 0: it does not */
	double cpu_began;	/* seconds that the server had used by then */
};

struct pace {
	struct run *run;
	int64_t limit_us;	/* of a PING; INT64_MAX: none */
	double member_us;	/* time for each member; 0: none */
	int64_t free_us;	/* when more may be asked for */
	bool measures;
	struct pace_gauge *gauges;	/* one for each node that was asked for members */
	size_t gauge_count;
	uint64_t commands, members;	/* for the report: counted by who asks */
	uint64_t pauses;
	int64_t began_us, worst_us, paused_us;
};

/* For the options of the run. */
void pace_open(struct pace *, struct run *);
/*
 * May `members` members of a node be asked for now? If not, and `idle`, waits until they may: whoever has nothing on its way
 * there would not come back to ask again. False: not now, or the program was asked to stop meanwhile.
 */
bool pace_step(struct pace *, const struct node *, uint64_t members, bool idle);
/* say: what it cost the servers, if anybody asked for that. */
void pace_close(struct pace *, bool say);

#endif
