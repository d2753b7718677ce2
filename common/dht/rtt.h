/* rtt.h - round trips seen so far, and how long it is worth to wait for one */
#ifndef DHT_RTT_H
#define DHT_RTT_H

#include <stdint.h>

enum { RTT_BINS = 256 };

/* Start with { 0 }. A histogram with bins an eighth apart, from 8 us to nine hours; old samples fade. */
struct rtt {
	uint32_t bins[RTT_BINS];
	uint32_t count;		/* in the bins; halved with them now and then */
	uint64_t samples;	/* all there ever were */
};

void rtt_add(struct rtt *, int64_t us);
/* The round trip below which that share (0..1) of them lies, in microseconds; 0 without samples. */
int64_t rtt_quantile(const struct rtt *, double share);
/*
 * After so long a node is taken for silent: from the 90 % quantile and the spread, within [floor_us, limit_us]; as long as
 * there are few samples unknown_us, but not more than limit_us. Whoever adds only answers that came in time never learns of
 * a slower network: add the late ones too.
 */
int64_t rtt_timeout(const struct rtt *, int64_t floor_us, int64_t unknown_us, int64_t limit_us);

#endif
