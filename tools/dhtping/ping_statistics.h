/* ping_statistics.h - what ping(8) counts of a host, in its words */
#ifndef DHTPING_PING_STATISTICS_H
#define DHTPING_PING_STATISTICS_H

#include "cli/report.h"

/* Of one node. Start with { 0 }. */
struct ping_statistics {
	uint64_t transmitted, received;
	uint64_t duplicates, late;	/* in addition to those received */
	uint64_t errors;		/* answers that are none: errors, wrong ids, reflections, refusals */
	int64_t began_us, ended_us;	/* the first packet; what came of the last */
	int64_t min_us, max_us;
	double sum_us, squares;		/* of those received */
	double average_us;		/* recent ones count more: an eighth is that of the last */
};

/* One was received. */
void ping_count(struct ping_statistics *, int64_t rtt_us);
/* The summary, of three or four lines; name: as the user wrote it. */
void ping_summary(const struct ping_statistics *, struct report *, const char *name);
/* One line, in the words of fping(8), for where there are many nodes. */
void ping_brief(const struct ping_statistics *, struct report *, const char *name);
/* One line for now; name: NULL when there is only one node. */
void ping_so_far(const struct ping_statistics *, struct report *, const char *name);

#endif
