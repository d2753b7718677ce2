/* ping_statistics.c - what ping(8) counts of a host, in its words */
#include "tools/dhtping/ping_statistics.h"

#include <inttypes.h>
#include <math.h>

#include "base/buf.h"

void ping_count(struct ping_statistics *statistics, int64_t rtt_us)
{
	double rtt = (double)rtt_us;

	if (!statistics->received || rtt_us < statistics->min_us)
		statistics->min_us = rtt_us;
	if (rtt_us > statistics->max_us)
		statistics->max_us = rtt_us;
	statistics->average_us = statistics->received ? statistics->average_us + (rtt - statistics->average_us) / 8 : rtt;
	statistics->sum_us += rtt;
	statistics->squares += rtt * rtt;
	statistics->received++;
}

static double mean_us(const struct ping_statistics *statistics)
{
	return statistics->sum_us / (double)statistics->received;
}

/* The standard deviation, of which rounding must not make the root of a negative number. */
static double deviation_us(const struct ping_statistics *statistics)
{
	double mean = mean_us(statistics), variance = statistics->squares / (double)statistics->received - mean * mean;

	return variance > 0 ? sqrt(variance) : 0;
}

static double loss(const struct ping_statistics *statistics)
{
	return (double)(statistics->transmitted - statistics->received) * 100 / (double)statistics->transmitted;
}

void ping_summary(const struct ping_statistics *statistics, struct report *report, const char *name)
{
	struct buf line = { 0 };

	report_line(report, "%s", "");
	report_line(report, "--- %s dht ping statistics ---", name);
	buf_format(&line, "%" PRIu64 " packets transmitted, %" PRIu64 " received, ", statistics->transmitted,
		   statistics->received);
	if (statistics->duplicates)
		buf_format(&line, "+%" PRIu64 " duplicates, ", statistics->duplicates);
	if (statistics->errors)
		buf_format(&line, "+%" PRIu64 " errors, ", statistics->errors);
	report_line(report, "%s%g%% packet loss, time %" PRId64 "ms", buf_string(&line), loss(statistics),
		    (statistics->ended_us - statistics->began_us + 500) / 1000);
	if (statistics->received)
		report_line(report, "rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms", (double)statistics->min_us / 1000,
			    mean_us(statistics) / 1000, (double)statistics->max_us / 1000, deviation_us(statistics) / 1000);
	if (statistics->late)
		report_line(report, "%" PRIu64 " more came late, after they had been given up", statistics->late);
	buf_free(&line);
}

void ping_brief(const struct ping_statistics *statistics, struct report *report, const char *name)
{
	struct buf line = { 0 };

	buf_format(&line, "%s : xmt/rcv/%%loss = %" PRIu64 "/%" PRIu64 "/%g%%", name, statistics->transmitted,
		   statistics->received, loss(statistics));
	if (statistics->received)
		buf_format(&line, ", min/avg/max = %.3f/%.3f/%.3f", (double)statistics->min_us / 1000,
			   mean_us(statistics) / 1000, (double)statistics->max_us / 1000);
	if (statistics->duplicates)
		buf_format(&line, ", +%" PRIu64 " duplicates", statistics->duplicates);
	if (statistics->errors)
		buf_format(&line, ", +%" PRIu64 " errors", statistics->errors);
	if (statistics->late)
		buf_format(&line, ", +%" PRIu64 " late", statistics->late);
	report_line(report, "%s", buf_string(&line));
	buf_free(&line);
}

void ping_so_far(const struct ping_statistics *statistics, struct report *report, const char *name)
{
	struct buf line = { 0 };

	if (name)
		buf_format(&line, "%s: ", name);
	buf_format(&line, "%" PRIu64 "/%" PRIu64 " packets, %d%% loss", statistics->transmitted, statistics->received,
		   statistics->transmitted ? (int)loss(statistics) : 0);
	if (statistics->received)
		buf_format(&line, ", min/avg/ewma/max = %.3f/%.3f/%.3f/%.3f ms", (double)statistics->min_us / 1000,
			   mean_us(statistics) / 1000, statistics->average_us / 1000, (double)statistics->max_us / 1000);
	report_line(report, "%s", buf_string(&line));
	buf_free(&line);
}
