/* ping.c - the verb ping: nodes asked again and again, or many of them once */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "tools/dhtping/net.h"
#include "tools/dhtping/ping_statistics.h"
#include "tools/dhtping/records.h"
#include "tools/dhtping/targets.h"

enum {
	INTERVAL_US = 1000000,
	INTERVAL_MIN_US = 200000,	/* for users who are not root, to nodes elsewhere: as ping(8) */
	FULL_US = 10000,		/* the engine has no room: tried again after that time */
	SEQ_BITS = 44,			/* of a tag; those above number the node */
};

/* A node that is pinged. */
struct pinged {
	const struct target *target;
	struct ping_statistics statistics;
	int64_t next_us;		/* when it is asked again, while it is in the queue */
	uint64_t asked, ended;		/* queries; ended: the one or the other way */
	uint64_t handle;		/* of the last one */
	bool has_id, refusal_told;
	bool barred;			/* our own address: it is not asked */
	uint8_t id[NODE_ID_SIZE];	/* in the last answer */
};

struct pinging {
	struct net net;
	struct run *run;
	const struct dhtping_options *options;
	struct pinged *nodes;
	size_t count;
	size_t satisfied;		/* nodes that answered as often as was asked for */
	uint64_t flight;		/* queries that have not ended */
	uint64_t rounds;		/* for each node; 0: no end */
	int64_t interval_us, until_us;
	/* Who is asked when: a ring, the next one first. All have the same interval, so whoever comes in is the last. */
	struct pinged **queue;
	size_t head, waiting;
	struct pace pace;		/* of all: what is not asked yet can be left out when the user has enough */
	struct krpc_message message;
	struct buf detail;
};

static volatile sig_atomic_t so_far_wanted;

static void on_quit(int number)
{
	(void)number;
	so_far_wanted = 1;
}

/* ---- the queue */

/* With a deadline, lost ones are made up for until it comes. */
static bool wants_more(const struct pinging *pinging, const struct pinged *node)
{
	if (node->barred || !pinging->rounds)
		return !node->barred;
	return (pinging->options->rounds && pinging->until_us != INT64_MAX ? node->statistics.received : node->asked) <
	       pinging->rounds;
}

static void queue_put(struct pinging *pinging, struct pinged *node, int64_t next_us)
{
	node->next_us = next_us;
	pinging->queue[(pinging->head + pinging->waiting++) % pinging->count] = node;
}

/* Who is next, without those that have had enough meanwhile; NULL: nobody is to be asked by time. */
static struct pinged *queue_first(struct pinging *pinging)
{
	while (pinging->waiting) {
		struct pinged *node = pinging->queue[pinging->head];

		if (wants_more(pinging, node))
			return node;
		pinging->head = (pinging->head + 1) % pinging->count;
		pinging->waiting--;
	}
	return NULL;
}

/* ---- what comes of a ping */

static void put_hex(struct buf *buf, const uint8_t id[NODE_ID_SIZE])
{
	hex_print((char *)buf_reserve(buf, 2 * NODE_ID_SIZE), id, NODE_ID_SIZE);
	buf->size += 2 * NODE_ID_SIZE;
}

/* The rest that there is to say. */
static void find_detail(struct pinging *pinging, const struct pinged *node, const struct engine_event *event, bool changed)
{
	const struct krpc_message *message = event->message;
	struct buf *detail = &pinging->detail;

	detail->size = 0;
	if (event->end == ENGINE_REFUSED)
		buf_text(detail, pinging->net.refusal ? strerror(pinging->net.refusal) : "port or host unreachable");
	if (event->end == ENGINE_ERROR && message->error_code != KRPC_NUMBER_UNSET)
		buf_format(detail, "%lld", (long long)message->error_code);
	if (event->end == ENGINE_ERROR && message->error_text.size) {
		if (detail->size)
			buf_byte(detail, ' ');
		buf_append(detail, message->error_text.data, message->error_text.size);
	}
	if (event->end == ENGINE_WRONG_ID) {
		buf_text(detail, "expected ");
		put_hex(detail, node->target->id);
	} else if (changed) {
		buf_text(detail, "its id was ");
		put_hex(detail, node->id);
	}
}

static void put_line(struct pinging *pinging, struct pinged *node, const struct engine_event *event)
{
	const struct krpc_message *message = event->message;
	char client[CLIENT_ROOM];
	struct pong_line line;
	bool has_id = message && message->id.size == NODE_ID_SIZE;
	bool changed = has_id && node->has_id && memcmp(node->id, message->id.data, NODE_ID_SIZE) != 0;

	record_clear(&pong_record, &line);
	line.seq = event->tag & ((1ull << SEQ_BITS) - 1);
	line.endpoint = event->to;
	line.status = (uint8_t)event->end;
	line.rtt_ms = message ? (double)event->rtt_us / 1000 : NAN;
	line.external = event->external;
	if (message)
		line.client = client_text(client, message->v);
	if (has_id) {
		line.node_id = message->id;
		line.bep42 = (uint8_t)node_id_check(message->id.data, &event->to);
	}
	find_detail(pinging, node, event, changed);
	if (pinging->detail.size)
		line.detail = buf_bytes(&pinging->detail);
	if (pinging->options->stamps)
		line.time.us = clock_real_us();
	output_put(&pinging->run->output, &line);
}

static void count_end(struct pinging *pinging, struct pinged *node, const struct engine_event *event)
{
	struct ping_statistics *statistics = &node->statistics;

	switch (event->end) {
	case ENGINE_REPLY:
		ping_count(statistics, event->rtt_us);
		pinging->satisfied += statistics->received == pinging->rounds;
		break;
	case ENGINE_LATE:
		statistics->late++;
		break;
	case ENGINE_DUPLICATE:
		statistics->duplicates++;
		break;
	case ENGINE_TIMEOUT:
		break;
	default:
		statistics->errors++;
	}
	statistics->ended_us = pinging->net.now_us;
}

/* Once for each node: why nothing can be sent there. */
static void tell_refusal(struct pinging *pinging, struct pinged *node, const char *why)
{
	struct error error = { 0 };

	if (node->refusal_told)
		return;
	node->refusal_told = true;
	fail_input(&error, ERROR_NOWHERE, "%s: cannot send there: %s", node->target->name, why);
	if (pinging->count == 1)
		error.kind = ERROR_SYSTEM;	/* and nothing else is left to do */
	run_error(pinging->run, &error);
}

/* What came back is counted only, but once it is said why there is no line. */
static void note_refusal(struct pinging *pinging, struct pinged *node)
{
	if (!node->refusal_told)
		report_note(&pinging->run->report, "%s: port or host unreachable", node->target->name);
	node->refusal_told = true;
}

/* A query of ours has ended, or something came after its end. */
static void on_end(void *owner, const struct engine_event *event)
{
	struct pinging *pinging = owner;
	struct pinged *node = &pinging->nodes[event->tag >> SEQ_BITS];
	bool silent = event->end == ENGINE_TIMEOUT || event->end == ENGINE_REFUSED;

	count_end(pinging, node, event);
	if (event->end == ENGINE_REFUSED && pinging->net.refusal)
		tell_refusal(pinging, node, strerror(pinging->net.refusal));
	else if (event->end == ENGINE_REFUSED && pinging->count == 1 && !pinging->options->outstanding)
		note_refusal(pinging, node);
	if (!pinging->run->common.quiet && (!silent || pinging->options->outstanding))
		put_line(pinging, node, event);
	if (event->end == ENGINE_REPLY && event->message->id.size == NODE_ID_SIZE) {
		memcpy(node->id, event->message->id.data, NODE_ID_SIZE);
		node->has_id = true;
	}
	if (event->end == ENGINE_LATE || event->end == ENGINE_DUPLICATE)
		return;
	pinging->net.done++;
	node->ended++;
	pinging->flight--;
	if (!pinging->interval_us && wants_more(pinging, node))
		queue_put(pinging, node, pinging->net.now_us);
}

/* ---- asking */

/* False: the engine has no room now, or it asks nobody there. */
static bool ask(struct pinging *pinging, struct pinged *node, int64_t now_us)
{
	struct engine_query query = {
		.to = node->target->endpoint, .expected_id = node->target->known ? node->target->id : NULL,
		.message = &pinging->message, .done = on_end, .owner = pinging, .unpaced = true,
		.tag = (uint64_t)(node - pinging->nodes) << SEQ_BITS | (node->asked + 1),
		.timeout_us = pinging->options->wait == UINT64_MAX ? 0 : (int64_t)pinging->options->wait,
	};
	uint64_t handle = engine_ask(pinging->net.engine, &query, now_us);

	if (!handle && engine_flight(pinging->net.engine) < ENGINE_FLIGHT_MAX) {
		node->barred = true;
		tell_refusal(pinging, node, "it is our own address");
	}
	if (!handle)
		return false;
	if (!node->asked)
		node->statistics.began_us = now_us;
	node->asked++;
	node->handle = handle;
	node->statistics.transmitted++;
	node->statistics.ended_us = now_us;
	pinging->flight++;
	pace_take(&pinging->pace, now_us);
	return true;
}

/* Asks whom it is time to ask; returns when to come back. */
static int64_t ask_those_due(struct pinging *pinging)
{
	int64_t now_us = net_clock();
	struct pinged *node;

	while ((node = queue_first(pinging))) {
		int64_t when_us = pace_when(&pinging->pace, now_us);

		if (node->next_us > when_us)
			when_us = node->next_us;
		if (when_us > now_us)
			return when_us;
		if (!ask(pinging, node, now_us)) {
			if (node->barred)
				continue;
			return now_us + FULL_US;
		}
		pinging->head = (pinging->head + 1) % pinging->count;
		pinging->waiting--;
		if (pinging->interval_us && wants_more(pinging, node)) {
			int64_t next_us = node->next_us + pinging->interval_us;

			queue_put(pinging, node, next_us > now_us ? next_us : now_us);
		}
	}
	return INT64_MAX;
}

static void tell_so_far(struct pinging *pinging)
{
	so_far_wanted = 0;
	output_flush(&pinging->run->output);
	for (size_t i = 0; i < pinging->count; i++)
		if (pinging->nodes[i].asked)
			ping_so_far(&pinging->nodes[i].statistics, &pinging->run->report,
				    pinging->count > 1 ? pinging->nodes[i].target->name : NULL);
}

static void ping_all(struct pinging *pinging)
{
	while (pinging->satisfied < pinging->count || !pinging->rounds) {
		int64_t wake_us = ask_those_due(pinging);

		if (!pinging->flight && !pinging->waiting)
			return;
		if (!net_step(&pinging->net, wake_us < pinging->until_us ? wake_us : pinging->until_us))
			return;
		if (so_far_wanted)
			tell_so_far(pinging);
		if (pinging->run->output.ended || pinging->net.now_us >= pinging->until_us)
			return;
	}
}

/* ---- the whole */

/* Those that answered at all; with a number to reach by a deadline, those that reached it. */
static bool satisfied(const struct pinging *pinging, const struct pinged *node)
{
	uint64_t wanted = pinging->options->rounds && pinging->until_us != INT64_MAX ? pinging->rounds : 1;

	return node->statistics.received >= wanted;
}

/*
 * One node has the summary of ping(8), of several each has a line; if each was asked once, its record says all, and
 * only silence is told.
 */
static void summarize_node(const struct pinging *pinging, const struct pinged *node)
{
	struct report *report = &pinging->run->report;

	if (!node->statistics.transmitted)
		return;
	if (pinging->count == 1)
		ping_summary(&node->statistics, report, node->target->name);
	else if (pinging->rounds != 1 || !node->statistics.received)
		ping_brief(&node->statistics, report, node->target->name);
}

static void summarize(struct pinging *pinging)
{
	size_t alive = 0;

	output_flush(&pinging->run->output);
	for (size_t i = 0; i < pinging->count; i++) {
		struct pinged *node = &pinging->nodes[i];
		int64_t when_us;

		alive += satisfied(pinging, node);
		/* the end may come before the last one has left */
		if (node->asked > node->ended && !engine_sent(pinging->net.engine, node->handle, &when_us))
			node->statistics.transmitted--;
		summarize_node(pinging, node);
	}
	if (pinging->count > 1)
		report_note(&pinging->run->report, "%zu of %zu nodes answered", alive, pinging->count);
	if (alive < pinging->count)
		pinging->run->report.status = STATUS_BAD_INPUT;
	net_detail(&pinging->net);
}

/* Too fast for a stranger's node? */
static bool check_interval(const struct pinging *pinging, const struct target *targets, struct error *error)
{
	if (pinging->interval_us >= INTERVAL_MIN_US || geteuid() == 0)
		return true;
	for (size_t i = 0; i < pinging->count; i++)
		if (!endpoint_is_loopback(&targets[i].endpoint))
			return fail_usage(error, "--interval: %s: less than 0.2 s is for root only", targets[i].name);
	return true;
}

/* Words are pinged until ^C, as ping(8) does; lists once, as fping(8) does. */
static bool from_list(const struct run *run)
{
	const struct dhtping_options *options = run->options;

	for (size_t i = 0; i < run->word_count; i++)
		if (strcmp(run->words[i], "-") == 0)
			return true;
	return options->file || !run->word_count;
}

static bool open_net(struct pinging *pinging, struct run *run)
{
	const struct dhtping_options *options = run->options;
	struct engine_options engine;

	if (!net_options(run, &engine))
		return false;
	/* a single node is not asked more often than its interval says; only a rate that was given is one more limit */
	if (run->word_count == 1 && !from_list(run) && options->rate == UINT64_MAX)
		engine.rate = 0;
	pinging->pace = pace_begin(engine.rate, engine.burst);
	return net_open(&pinging->net, run, &engine);
}

static bool prepare(struct pinging *pinging, struct run *run, const struct target *targets, struct error *error)
{
	const struct dhtping_options *options = run->options;
	int64_t now_us = net_clock();

	if (!pinging->count)
		return run->report.failed || run->report.bad || fail_system(error, "no node to ping");
	pinging->interval_us = options->interval == UINT64_MAX ? INTERVAL_US : (int64_t)options->interval;
	pinging->rounds = options->rounds ? options->rounds : from_list(run);
	pinging->until_us = options->deadline == UINT64_MAX ? INT64_MAX : now_us + (int64_t)options->deadline;
	if (!check_interval(pinging, targets, error))
		return false;
	pinging->nodes = calloc(pinging->count, sizeof *pinging->nodes);
	pinging->queue = calloc(pinging->count, sizeof *pinging->queue);
	if (!pinging->nodes || !pinging->queue)
		out_of_memory();
	for (size_t i = 0; i < pinging->count; i++) {
		pinging->nodes[i].target = &targets[i];
		queue_put(pinging, &pinging->nodes[i], now_us);
	}
	krpc_clear(&pinging->message);
	pinging->message.type = KRPC_QUERY;
	pinging->message.method = KRPC_PING;
	return true;
}

void ping_run(struct run *run)
{
	struct pinging pinging = { .run = run, .options = run->options };
	struct sigaction quit = { .sa_handler = on_quit }, before;
	struct target *targets;
	struct error error = { 0 };

	if (!open_net(&pinging, run))
		return;
	pinging.count = targets_read(&pinging.net, run->word_count, run->words, pinging.options->file, &targets);
	if (tool_stopped || !prepare(&pinging, run, targets, &error)) {
		if (error.kind != ERROR_NONE)
			run_error(run, &error);
	} else if (pinging.count) {
		run->interruptible = true;
		pinging.net.total = pinging.rounds * pinging.count;
		/* who is pinged to watch it has a line each second */
		pinging.net.progress.on = pinging.net.progress.on && pinging.rounds && pinging.count > 1;
		sigaction(SIGQUIT, &quit, &before);
		ping_all(&pinging);
		sigaction(SIGQUIT, &before, NULL);
		summarize(&pinging);
	}
	net_close(&pinging.net);
	free(pinging.nodes);
	free(pinging.queue);
	buf_free(&pinging.detail);
}
