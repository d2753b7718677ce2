/* pace.c - how hard a server may be worked: members a second, and how long its other clients may wait */
#include "tools/peerdump/pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/number.h"
#include "io/redis_greet.h"

enum { STOP_CHECK_MS = 100 };	/* a signal just before a pause is late by that, not lost */

void pace_open(struct pace *pace, struct run *run)
{
	const struct peerdump_options *options = run->options;
	const uint64_t limit_ms = options->max_latency;

	*pace = (struct pace){
		.run = run, .began_us = clock_monotonic_us(),
		.limit_us = limit_ms && limit_ms < INT64_MAX / 1000 ? (int64_t)limit_ms * 1000 : INT64_MAX,
		.member_us = options->rate ? 1e6 / (double)options->rate : 0,
		.measures = options->max_latency || options->rate || run->common.verbose,
	};
}

/* False: asked to stop. */
static bool wait_us(struct pace *pace, int64_t us)
{
	struct io_wait wait = run_wait(pace->run);
	int64_t until = clock_monotonic_us() + us;

	wait.before(wait.context);
	for (int64_t left = us; left > 0 && !tool_stopped; left = until - clock_monotonic_us()) {
		int64_t left_ms = left / 1000 + 1;

		clock_pause_ms(left_ms < STOP_CHECK_MS ? (unsigned)left_ms : STOP_CHECK_MS);
	}
	return !tool_stopped;
}

/* ---- measuring */

/* The server's user and system time so far. 0: it does not say. */
static double ask_cpu(struct redis *redis)
{
	struct redis_reply reply;
	struct error ignored = { 0 };
	double system, user;

	redis_queue_text(redis, "INFO", "cpu", NULL);
	if (!redis_read(redis, &reply, &ignored) || reply.items->kind != REDIS_STRING ||
	    !peer_score_parse(redis_info(reply.items->text, "used_cpu_sys"), &system) ||
	    !peer_score_parse(redis_info(reply.items->text, "used_cpu_user"), &user))
		return 0;
	return system + user;
}

/* Connected if it can be; what cannot be measured does not keep anybody from reading. */
static struct pace_gauge *new_gauge(struct pace *pace, const struct node *node)
{
	struct pace_gauge *gauge;
	struct error error = { 0 };

	pace->gauges = reallocarray(pace->gauges, pace->gauge_count + 1, sizeof *pace->gauges);
	if (!pace->gauges)
		out_of_memory();
	gauge = &pace->gauges[pace->gauge_count++];
	*gauge = (struct pace_gauge){ .node = node };
	gauge->redis = redis_open(&node->address, run_wait(pace->run), &tool_stopped, &error);
	if (gauge->redis)
		gauge->cpu_began = ask_cpu(gauge->redis);
	else
		report_detail(&pace->run->report, "its latency cannot be measured: %s", error.message);
	return gauge;
}

static struct pace_gauge *gauge_of(struct pace *pace, const struct node *node)
{
	for (size_t i = 0; i < pace->gauge_count; i++)
		if (pace->gauges[i].node == node)
			return &pace->gauges[i];
	return new_gauge(pace, node);
}

/* How long a PING takes now; -1: nobody knows. */
static int64_t ping(struct pace *pace, struct pace_gauge *gauge)
{
	struct redis_reply reply;
	struct error ignored = { 0 };
	int64_t began = clock_monotonic_us(), took;

	redis_queue_text(gauge->redis, "PING", NULL);
	if (!redis_read(gauge->redis, &reply, &ignored)) {
		redis_close(gauge->redis);
		gauge->redis = NULL;
		return -1;
	}
	took = clock_monotonic_us() - began;
	if (took > pace->worst_us)
		pace->worst_us = took;
	return took;
}

/* Is the server quick enough? If not, and idle, pauses until it is. */
static bool heed_latency(struct pace *pace, struct pace_gauge *gauge, bool idle)
{
	int64_t now_us = clock_monotonic_us(), pause_us = PACE_PING_MS * 1000;

	if (now_us < gauge->next_us)
		return true;
	while (gauge->redis && ping(pace, gauge) > pace->limit_us) {
		pace->pauses += !gauge->slow_us;
		gauge->slow_us = gauge->slow_us ? gauge->slow_us : now_us;
		if (!idle || !wait_us(pace, pause_us))
			return false;
		pause_us = pause_us * 2 < PACE_PAUSE_MS * 1000 ? pause_us * 2 : PACE_PAUSE_MS * 1000;
	}
	now_us = clock_monotonic_us();
	gauge->next_us = now_us + PACE_PING_MS * 1000;
	pace->paused_us += gauge->slow_us ? now_us - gauge->slow_us : 0;
	gauge->slow_us = 0;
	return true;
}

/* Is what was asked for paid? If not, and idle, waits until it is. */
static bool heed_rate(struct pace *pace, uint64_t members, bool idle)
{
	int64_t now_us = clock_monotonic_us();

	if (pace->free_us > now_us && (!idle || !wait_us(pace, pace->free_us - now_us)))
		return false;
	if (pace->free_us < now_us)
		pace->free_us = now_us;
	pace->free_us += (int64_t)((double)members * pace->member_us);
	return true;
}

bool pace_step(struct pace *pace, const struct node *node, uint64_t members, bool idle)
{
	struct pace_gauge *gauge;

	if (!pace->measures)
		return true;
	gauge = gauge_of(pace, node);
	if (gauge->redis && !heed_latency(pace, gauge, idle))
		return false;
	if (pace->member_us != 0 && !heed_rate(pace, members, idle))
		return false;
	return true;
}

/* ---- the end */

static void say_cost(struct pace *pace)
{
	struct count_text commands, members, pauses;
	char worst[48] = "", paused[96] = "", used[96] = "";
	double cpu = 0;
	bool known = pace->gauge_count > 0;

	for (size_t i = 0; i < pace->gauge_count; i++) {
		double now = pace->gauges[i].redis ? ask_cpu(pace->gauges[i].redis) : 0;

		if (now == 0 || now < pace->gauges[i].cpu_began)
			known = false;
		cpu += now - pace->gauges[i].cpu_began;
	}
	if (known)
		snprintf(used, sizeof used, ", %.2f s CPU of the server meanwhile (all clients together)", cpu);
	if (pace->worst_us)
		snprintf(worst, sizeof worst, ", worst PING %.1f ms", (double)pace->worst_us / 1000);
	if (pace->pauses)
		snprintf(paused, sizeof paused, ", %s of %.1f s together", count_print(&pauses, pace->pauses, "pauses"),
			 (double)pace->paused_us / 1e6);
	count_print(&commands, pace->commands, "commands");
	count_print(&members, pace->members, "members");
	report_note(&pace->run->report, "cost: %s for %s in %.1f s%s%s%s", commands.text, members.text,
		    (double)(clock_monotonic_us() - pace->began_us) / 1e6, used, worst, paused);
}

void pace_close(struct pace *pace, bool say)
{
	if (say && pace->measures && pace->commands)
		say_cost(pace);
	for (size_t i = 0; i < pace->gauge_count; i++)
		redis_close(pace->gauges[i].redis);
	free(pace->gauges);
	*pace = (struct pace){ 0 };
}
