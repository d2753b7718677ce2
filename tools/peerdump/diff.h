/* diff.h - what peerdump diff prints */
#ifndef PEERDUMP_DIFF_H
#define PEERDUMP_DIFF_H

#include "codec/peer.h"

/* One record for each peer that two sources do not have alike. */
enum difference_what { DIFFERENCE_REMOVED, DIFFERENCE_ADDED, DIFFERENCE_CHANGED };

struct difference {
	uint8_t what;
	struct bytes info_hash;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint16_t port;
	struct timestamp seen;			/* in the second source; of one removed, in the first */
	struct timestamp old_seen;		/* of one changed, in the first */
};

extern const struct record difference_record;

#endif
