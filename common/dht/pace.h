/* pace.h - how fast packets may leave: all together, and to each address */
#ifndef DHT_PACE_H
#define DHT_PACE_H

#include "base/endpoint.h"

/* A rate with bursts (GCRA): `next` is the earliest moment that keeps to it, had everything been sent evenly. */
struct pace {
	int64_t interval_us;	/* between two, in the long run; 0: no limit */
	int64_t burst;		/* how many may go at once */
	int64_t next_us;
};

/* rate: for each second; 0: no limit. */
struct pace pace_begin(double rate, uint32_t burst);
/* When the next one may go, at the earliest (<= now: at once). Does not take it. */
int64_t pace_when(const struct pace *, int64_t now_us);
/* One goes at that moment. */
void pace_take(struct pace *, int64_t at_us);
/* Nothing goes before then. */
void pace_hold(struct pace *, int64_t until_us);

enum { PACES_MAX = 1 << 16 };

/* One pace for each IPv4 address or IPv6 /64. Those that are at rest are forgotten; at most PACES_MAX are kept, 24 bytes each. */
struct paces;
struct paces *paces_new(double rate, uint32_t burst, uint64_t seed);
void paces_free(struct paces *);
/* Books a packet to that address: when it may go. INT64_MAX: too many addresses are busy, it may not go at all. */
int64_t paces_book(struct paces *, const struct endpoint *, int64_t now_us);

#endif
