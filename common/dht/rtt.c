/* rtt.c - round trips seen so far, and how long it is worth to wait for one */
#include "dht/rtt.h"

enum {
	FIRST_OCTAVE = 3,	/* 2^3 us: bin 0 begins there, and has what is shorter too */
	EIGHTHS = 8,
	FADE = 4096,		/* so many in the bins, and they are halved */
	FEW = 16,
};

/* An octave is cut in eight equal parts: no bin is wider than an eighth of where it begins. */
static int64_t bin_begin(unsigned bin)
{
	return (int64_t)(EIGHTHS + bin % EIGHTHS) << (bin / EIGHTHS);
}

static unsigned bin_of(int64_t us)
{
	unsigned octave, bin;

	if (us < 1 << FIRST_OCTAVE)
		return 0;
	octave = 63 - (unsigned)__builtin_clzll((unsigned long long)us);
	bin = (octave - FIRST_OCTAVE) * EIGHTHS + (unsigned)(us >> (octave - FIRST_OCTAVE)) % EIGHTHS;
	return bin < RTT_BINS ? bin : RTT_BINS - 1;
}

static void fade(struct rtt *rtt)
{
	rtt->count = 0;
	for (unsigned i = 0; i < RTT_BINS; i++)
		rtt->count += rtt->bins[i] /= 2;
}

void rtt_add(struct rtt *rtt, int64_t us)
{
	rtt->bins[bin_of(us)]++;
	rtt->samples++;
	if (++rtt->count >= FADE)
		fade(rtt);
}

int64_t rtt_quantile(const struct rtt *rtt, double share)
{
	double below = share * rtt->count, passed = 0;

	if (!rtt->count)
		return 0;
	for (unsigned i = 0; i < RTT_BINS; i++) {
		if (rtt->bins[i] && passed + rtt->bins[i] >= below) {
			/* as if those of a bin lay evenly in it */
			double into = below > passed ? (below - passed) / rtt->bins[i] : 0;

			return bin_begin(i) + (int64_t)(into * (double)(bin_begin(i + 1) - bin_begin(i)));
		}
		passed += rtt->bins[i];
	}
	return bin_begin(RTT_BINS);
}

int64_t rtt_timeout(const struct rtt *rtt, int64_t floor_us, int64_t unknown_us, int64_t limit_us)
{
	int64_t timeout = unknown_us;

	if (rtt->samples >= FEW) {
		int64_t most = rtt_quantile(rtt, .9), half = rtt_quantile(rtt, .5);

		/* half as long again as most take, and twice as long as the slow ones take beyond the usual */
		timeout = most + most / 2 + 2 * (most - half);
		timeout = timeout > floor_us ? timeout : floor_us;
	}
	return timeout < limit_us ? timeout : limit_us;
}
