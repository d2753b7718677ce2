/* pace.h - how fast packets may leave: all together, and to each address */
#ifndef DHT_PACE_H
#define DHT_PACE_H

#include "base/endpoint.h"

/*
 * A rate with bursts (GCRA): in any t seconds at most burst + rate * t. `next` is the moment at which all that was taken
 * would have gone, had it gone evenly.
 */
struct pace {
	int64_t interval_us;	/* between two, in the long run; 0: no limit */
	int64_t burst;		/* how many may go at once */
	int64_t next_us;
};

/* rate: for each second, rounded down to whole microseconds between two; 0: no limit. A burst of 0 is one of 1. */
struct pace pace_begin(double rate, uint32_t burst);
/* When the next one may go, at the earliest (<= now: at once). Does not take it. */
int64_t pace_when(const struct pace *, int64_t now_us);
/* One goes at that moment. */
void pace_take(struct pace *, int64_t at_us);
/* Nothing goes before then; with a rate, no burst then either. */
void pace_hold(struct pace *, int64_t until_us);

enum { PACES_MAX = 1 << 16 };

/*
 * One pace for each IPv4 address or IPv6 /64. What waits books its moment, so that it need not be looked at before; what
 * leaves is paced once more, since it may have been held back after its moment, and several moments may have passed by then.
 * Addresses at rest are forgotten; at most PACES_MAX are kept, in 48 bytes each.
 */
struct paces;
struct paces *paces_new(double rate, uint32_t burst, uint64_t seed);
void paces_free(struct paces *);
/*
 * Books a packet to that address: when it may go. INT64_MAX: that is after until_us, or too many addresses are busy; nothing
 * is booked then.
 */
int64_t paces_book(struct paces *, const struct endpoint *, int64_t now_us, int64_t until_us);
/* A packet is to leave now. Returns now_us: it may, and has left; else when it may, at the earliest. */
int64_t paces_leave(struct paces *, const struct endpoint *, int64_t now_us);
/* The last one did not leave after all. */
void paces_unleave(struct paces *, const struct endpoint *);

#endif
