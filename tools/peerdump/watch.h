/* watch.h - what peerdump watch prints */
#ifndef PEERDUMP_WATCH_H
#define PEERDUMP_WATCH_H

#include "codec/peer.h"

/* One record for each change of a swarm. */
enum change_what { CHANGE_JOINED, CHANGE_LEFT, CHANGE_MOVED };

struct change {
	uint8_t what;
	struct bytes info_hash;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint16_t port;
	struct timestamp seen;
	struct ipv4 from_ipv4;			/* of one that moved */
	struct ipv6 from_ipv6;
	uint64_t from_port;
	struct timestamp time;			/* of the look */
};

extern const struct record change_record;

#endif
