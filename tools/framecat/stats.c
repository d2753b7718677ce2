/* stats.c - framecat stats: totals by event and family, distinct values, and the rate over time */
#include <math.h>

#include "base/clock.h"
#include "base/table.h"
#include "tools/framecat/frames.h"

enum { DISTINCT_MAX = 8 << 20, MICRO = 1000000 };	/* distinct values of one kind that are counted */

/* One record: of everything, or of one interval. */
struct stats {
	struct timestamp first, last;
	uint64_t frames, started, completed, stopped, other;
	uint64_t ipv4_only, ipv6_only, dual, no_address;
	uint64_t bad, skipped;
	uint64_t passkeys, info_hashes, addresses;
	double rate;
};

static const struct field stats_fields[] = {
	FIELD(stats, first, TIME, "time of the first frame, or when the interval began"),
	FIELD(stats, last, TIME, "time of the last frame"),
	FIELD(stats, frames, U64, "frames"),
	FIELD(stats, started, U64, "frames with event started, periodic ones too"),
	FIELD(stats, completed, U64, "frames with event completed"),
	FIELD(stats, stopped, U64, "frames with event stopped"),
	FIELD(stats, other, U64, "frames with an unknown event (--keep)"),
	FIELD(stats, ipv4_only, U64, "frames with an IPv4 address only"),
	FIELD(stats, ipv6_only, U64, "frames with an IPv6 address only"),
	FIELD(stats, dual, U64, "frames with both"),
	FIELD(stats, no_address, U64, "frames with neither"),
	FIELD(stats, bad, U64, "bad places that were reported"),
	FIELD(stats, skipped, U64, "bytes left out there"),
	FIELD(stats, passkeys, U64, "distinct passkeys, or peer ids"),
	FIELD(stats, info_hashes, U64, "distinct info hashes"),
	FIELD(stats, addresses, U64, "distinct addresses of both families"),
	FIELD(stats, rate, REAL, "frames per second of the interval, or from first to last"),
};

const struct record stats_record = RECORD("stats", stats, stats_fields, "what a capture of frames holds");

struct counter {
	struct run *run;
	struct stats stats;
	struct table passkeys, info_hashes, addresses;
	uint64_t interval_us;
	int64_t begin_us;	/* of the interval, if there are any */
	uint64_t bad_before, skipped_before;
	bool full;		/* a table was: said once */
};

static void begin(struct counter *counter)
{
	counter->stats = (struct stats){ .first = { TIME_UNSET }, .last = { TIME_UNSET } };
	table_clear(&counter->passkeys);
	table_clear(&counter->info_hashes);
	table_clear(&counter->addresses);
}

/* Prints what was counted since begin. False: nothing more is wanted. */
static bool finish(struct counter *counter, const struct frames *frames)
{
	struct stats *stats = &counter->stats;
	double seconds = (double)counter->interval_us / MICRO;

	stats->passkeys = counter->passkeys.count;
	stats->info_hashes = counter->info_hashes.count;
	stats->addresses = counter->addresses.count;
	stats->bad = frames->bad - counter->bad_before;
	stats->skipped = frames->skipped - counter->skipped_before;
	counter->bad_before = frames->bad;
	counter->skipped_before = frames->skipped;
	if (counter->interval_us)
		stats->first.us = counter->begin_us;
	else if (stats->first.us != TIME_UNSET)
		seconds = ((double)stats->last.us - (double)stats->first.us) / MICRO;
	stats->rate = seconds > 0 ? (double)stats->frames / seconds : NAN;
	return output_put(&counter->run->output, stats);
}

static void count_distinct(struct counter *counter, struct table *table, struct bytes key)
{
	struct error error = { 0 };

	if (!key.data || table_add(table, key, NULL) || counter->full)
		return;
	counter->full = true;
	fail_input(&error, ERROR_NOWHERE, "more than %d distinct values: further ones are not counted", DISTINCT_MAX);
	run_error(counter->run, &error);
}

static void count(struct counter *counter, const struct frame *frame)
{
	struct stats *stats = &counter->stats;
	bool ipv4 = !ipv4_absent(&frame->ipv4), ipv6 = !ipv6_absent(&frame->ipv6);
	uint64_t *const events[] = { &stats->started, &stats->completed, &stats->stopped };

	stats->frames++;
	(*(frame->event < FRAME_EVENTS ? events[frame->event] : &stats->other))++;
	(*(ipv4 ? ipv6 ? &stats->dual : &stats->ipv4_only : ipv6 ? &stats->ipv6_only : &stats->no_address))++;
	count_distinct(counter, &counter->passkeys, frame->passkey.data ? frame->passkey : frame->peer_id);
	count_distinct(counter, &counter->info_hashes, frame->info_hash);
	if (ipv4)
		count_distinct(counter, &counter->addresses, bytes_at(&frame->ipv4, sizeof frame->ipv4));
	if (ipv6)
		count_distinct(counter, &counter->addresses, bytes_at(&frame->ipv6, sizeof frame->ipv6));
	if (frame->time.us == TIME_UNSET)
		return;
	if (stats->first.us == TIME_UNSET || frame->time.us < stats->first.us)
		stats->first = frame->time;
	if (stats->last.us == TIME_UNSET || frame->time.us > stats->last.us)
		stats->last = frame->time;
}

/*
 * Frames without a time count for when they arrive. A record is printed when a frame of a
 * later interval comes; intervals without frames have none.
 */
static bool turn_interval(struct counter *counter, const struct frames *frames, const struct frame *frame)
{
	int64_t time = frame->time.us != TIME_UNSET ? frame->time.us : clock_real_us();
	int64_t length = (int64_t)counter->interval_us, begin_us = time - time % length;

	/* before 1970 the remainder is negative; an interval cannot begin before all time */
	if (time % length < 0 && __builtin_sub_overflow(begin_us, length, &begin_us))
		begin_us = TIME_UNSET + 1;
	if (counter->stats.frames && begin_us != counter->begin_us) {
		if (!finish(counter, frames))
			return false;
		begin(counter);
	}
	counter->begin_us = begin_us;
	return true;
}

void stats_run(struct run *run)
{
	const struct framecat_options *options = run->options;
	struct counter counter = {
		.run = run,
		.interval_us = (options->interval > INT64_MAX / MICRO / 4 ? INT64_MAX / MICRO / 4 : options->interval) *
			       MICRO,
		.passkeys.limit = DISTINCT_MAX, .info_hashes.limit = DISTINCT_MAX, .addresses.limit = DISTINCT_MAX,
	};
	struct frames frames;
	struct frame frame;
	bool more = true;

	frames_open(&frames, run);
	begin(&counter);
	while (more && frames_next(&frames, &frame)) {
		more = !counter.interval_us || turn_interval(&counter, &frames, &frame);
		if (more)
			count(&counter, &frame);
	}
	if (more && (counter.stats.frames || !counter.interval_us))
		finish(&counter, &frames);
	frames_close(&frames);
	table_free(&counter.passkeys);
	table_free(&counter.info_hashes);
	table_free(&counter.addresses);
}
