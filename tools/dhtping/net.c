/* net.c - the engine on real sockets: the one loop that moves packets and time */
#include "tools/dhtping/net.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	RECEIVES_MAX = 16,		/* batches taken from a socket before time is looked at again */
	REFUSALS_MAX = 256,
	WAIT_MAX_US = 100000,		/* a signal that comes just before a wait is noticed after it */
	/* when nothing left for so long, what the kernel refuses will not leave later either */
	BLOCKED_US = 3000000,
	FLUSH_US = 10000,		/* how old a line may get before it is written: many go out together */
	RANDOM_WORDS = 32,		/* fetched at once: the most that getrandom gives without fail */
};

int64_t net_clock(void)
{
	return clock_monotonic_us();
}

uint64_t net_random(void *context)
{
	static uint64_t words[RANDOM_WORDS];
	static size_t left;

	(void)context;
	while (!left)
		if (getrandom(words, sizeof words, 0) == sizeof words)
			left = RANDOM_WORDS;
	return words[--left];
}

void net_draw(void *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)at)[i] = (uint8_t)net_random(NULL);
}

bool net_has(const struct net *net, unsigned family)
{
	return net->udp[family == 6] != NULL;
}

unsigned net_families(const struct net *net)
{
	return (net->udp[0] ? 1 : 0) | (net->udp[1] ? 2 : 0);
}

bool net_answered(const struct net *net)
{
	const struct engine_counts *counts = engine_counts(net->engine);

	return counts->replies || counts->errors;
}

/* ---- sending */

/* Packets taken from the engine at once. They are its memory, so what became of them is told only when all were tried. */
struct sending {
	size_t count;
	struct engine_packet packets[UDP_BATCH];
	int refusals[UDP_BATCH];	/* 0: it left */
	bool hopeless[UDP_BATCH];	/* of those that were refused: not to be tried again */
};

/* Some of that family left, or the first of them was refused. Has nothing left for so long that it is no use to wait? */
static bool note_block(struct net *net, unsigned family, size_t left, int refusal)
{
	int64_t *since_us = &net->blocked_us[family == 6];

	if (left)
		*since_us = 0;
	if (!udp_refused_for_now(refusal))
		return false;
	if (!*since_us)
		*since_us = net->now_us;
	if (net->now_us - *since_us < BLOCKED_US)
		return false;
	if (!net->block_told[family == 6])
		report_note(&net->run->report, "nothing can be sent over IPv%u: %s", family, strerror(refusal));
	net->block_told[family == 6] = true;
	return true;
}

static void try_packets(struct net *net, struct sending *sending, unsigned family)
{
	struct udp_packet packets[UDP_BATCH];
	size_t numbers[UDP_BATCH], count = 0, done = 0;

	for (size_t i = 0; i < sending->count; i++)
		if (sending->packets[i].to.family == family) {
			packets[count] = (struct udp_packet){ .peer = sending->packets[i].to,
							      .bytes = sending->packets[i].bytes };
			numbers[count++] = i;
		}
	while (done < count) {
		int refusal = EAFNOSUPPORT;
		size_t left = 0;
		bool hopeless;

		if (net_has(net, family))
			left = udp_send(net->udp[family == 6], packets + done, count - done, &refusal);
		done += left;
		hopeless = note_block(net, family, left, done == count ? 0 : refusal);
		if (done == count)
			break;
		sending->hopeless[numbers[done]] = hopeless || !udp_refused_for_now(refusal);
		sending->refusals[numbers[done++]] = refusal;
		/* what holds one up holds up all */
		while (done < count && !sending->hopeless[numbers[done - 1]]) {
			sending->hopeless[numbers[done]] = false;
			sending->refusals[numbers[done++]] = refusal;
		}
	}
}

static void tell_refusal(struct net *net, const struct engine_packet *packet, int refusal)
{
	char text[ENDPOINT_ROOM];

	*endpoint_print(text, &packet->to) = 0;
	net->unsent = refusal;
	report_detail(&net->run->report, "cannot send to %s: %s", text, strerror(refusal));
	net->refusal = refusal;
	engine_refused(net->engine, &packet->to, (struct bytes){ NULL, 0 }, net->now_us);
	net->refusal = 0;
}

/* The last one first: each goes before all others later. */
static void tell_engine(struct net *net, const struct sending *sending)
{
	for (size_t i = sending->count; i-- > 0;) {
		net->left = net->left || !sending->refusals[i];
		if (!sending->refusals[i] || sending->hopeless[i])
			continue;
		net->unsent = sending->refusals[i];
		engine_unsent(net->engine, sending->packets[i].handle, net->now_us);
	}
	for (size_t i = 0; i < sending->count; i++)
		if (sending->refusals[i] && sending->hopeless[i])
			tell_refusal(net, &sending->packets[i], sending->refusals[i]);
}

static void send_packets(struct net *net)
{
	struct sending sending;

	do {
		sending.count = 0;
		net->now_us = net_clock();
		while (sending.count < UDP_BATCH && engine_send(net->engine, net->now_us, &sending.packets[sending.count]))
			sending.refusals[sending.count++] = 0;
		if (!sending.count)
			return;
		try_packets(net, &sending, 4);
		try_packets(net, &sending, 6);
		tell_engine(net, &sending);
	} while (sending.count == UDP_BATCH);
}

/* ---- waiting and receiving */

static void receive_packets(struct net *net, struct udp *udp)
{
	struct udp_packet packets[UDP_BATCH];
	size_t count = UDP_BATCH;

	for (int i = 0; i < RECEIVES_MAX && count == UDP_BATCH; i++) {
		count = udp_receive(udp, packets);
		net->now_us = net_clock();
		for (size_t k = 0; k < count; k++)
			engine_receive(net->engine, &packets[k].peer, packets[k].bytes, packets[k].came_us);
	}
}

static void receive_refusals(struct net *net, struct udp *udp)
{
	struct udp_packet packet;

	for (int i = 0; i < REFUSALS_MAX && udp_refusal(udp, &packet); i++)
		engine_refused(net->engine, &packet.peer, packet.bytes, net->now_us);
}

/* Lines that are old enough go out; false: some are held back, until net->flushed_us + FLUSH_US. */
static bool flush_lines(struct net *net)
{
	if (!net->run->output.buf.size)
		return true;
	if (net->now_us - net->flushed_us < FLUSH_US)
		return false;
	output_flush(&net->run->output);
	net->flushed_us = net->now_us;
	return true;
}

/* Until something is there or that moment has come. */
static void wait_for_packets(struct net *net, struct pollfd pollers[4], int64_t until_us)
{
	int64_t wait_us;
	struct timespec wait;

	if (!flush_lines(net) && until_us > net->flushed_us + FLUSH_US)
		until_us = net->flushed_us + FLUSH_US;
	wait_us = until_us - net->now_us;
	wait_us = wait_us < 0 ? 0 : wait_us < WAIT_MAX_US ? wait_us : WAIT_MAX_US;
	wait = (struct timespec){ .tv_nsec = wait_us * 1000 };
	for (int i = 0; i < 4; i++)
		pollers[i].revents = 0;
	if (ppoll(pollers, 4, &wait, NULL) < 0)
		for (int i = 0; i < 4; i++)
			pollers[i].revents = 0;	/* a signal */
}

bool net_step(struct net *net, int64_t until_us)
{
	struct pollfd pollers[4] = {
		{ .fd = net->udp[0] ? udp_fd(net->udp[0]) : -1, .events = POLLIN },
		{ .fd = net->udp[1] ? udp_fd(net->udp[1]) : -1, .events = POLLIN },
		{ .fd = net->input_fd, .events = POLLIN },
		{ .fd = net->reader_watched ? STDOUT_FILENO : -1 },
	};
	uint64_t dropped = 0;
	int64_t wake_us;

	send_packets(net);
	if (engine_flight(net->engine))
		progress_step(&net->progress, engine_counts(net->engine)->replies + engine_counts(net->engine)->errors,
			      net->done, net->total);
	wake_us = engine_wake(net->engine);
	wait_for_packets(net, pollers, wake_us < until_us ? wake_us : until_us);
	net->now_us = net_clock();
	for (int i = 0; i < 2; i++) {
		if (pollers[i].revents & POLLIN)
			receive_packets(net, net->udp[i]);
		if (pollers[i].revents & POLLERR)
			receive_refusals(net, net->udp[i]);
		dropped += net->udp[i] ? udp_dropped(net->udp[i]) : 0;
	}
	if (pollers[3].revents & POLLERR)
		output_wait(&net->run->output, 0);	/* which ends the program */
	engine_counts(net->engine)->dropped = dropped;
	engine_pass_time(net->engine, net->now_us);
	return !tool_stopped;
}

/* ---- what was counted */

void net_conclude(struct net *net)
{
	struct report *report = &net->run->report;
	struct error error = { 0 };

	if (net_answered(net) || tool_stopped)
		return;
	report->status = STATUS_SILENT;
	if (net->left || !net->unsent) {
		report_note(report, "the nodes to begin with are silent: is UDP let through? -b HOST:PORT names others");
		return;
	}
	fail_system(&error, "cannot send to any node: %s", strerror(net->unsent));
	run_error(net->run, &error);
}

void net_detail(const struct net *net)
{
	const struct engine_counts *counts = engine_counts(net->engine);
	const struct { const char *name; uint64_t count; } rows[] = {
		{ "sent", counts->sent }, { "received", counts->received }, { "replies", counts->replies },
		{ "errors", counts->errors }, { "timeouts", counts->timeouts }, { "refused", counts->refused },
		{ "late", counts->late }, { "duplicate", counts->duplicate }, { "wrong_id", counts->wrong_id },
		{ "mismatched", counts->mismatched }, { "unsolicited", counts->unsolicited },
		{ "reflected", counts->reflected }, { "queries", counts->queries }, { "garbage", counts->garbage },
		{ "held", counts->held }, { "dropped", counts->dropped }, { "contacts_refused", counts->contacts_refused },
	};
	struct buf line = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].count)
			buf_format(&line, "%s%s %" PRIu64, line.size ? ", " : "", rows[i].name, rows[i].count);
	report_detail(&net->run->report, "packets: %s", line.size ? buf_string(&line) : "none");
	buf_free(&line);
}
