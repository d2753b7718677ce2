/* probe.c - the verb probe: many nodes at once, each asked one query after the other */
#include <stdlib.h>

#include "tools/dhtping/probe.h"
#include "tools/dhtping/probe_side.h"

enum {
	AT_ONCE = 64,			/* nodes */
	TRIES = 2,
	T_SIZE = 4,			/* of the side socket, where nothing else is tried */
	SIDE_WAIT_US = 2000000,		/* at most, unless -W says more */
	BUSY_US = 500000,		/* the address is asked by others of ours: again after that time */
};

struct probing {
	struct net net;
	struct probe_side side;
	struct run *run;
	const struct dhtping_options *options;
	struct probed *nodes[AT_ONCE];
	size_t count;
	struct buf packet;
	struct krpc_message message;
};

/* ---- answers */

static bool silent(enum engine_end end)
{
	return end != ENGINE_REPLY && end != ENGINE_ERROR && end != ENGINE_WRONG_ID;
}

/* Goes on to the next step, or tries this one again. */
static void take_answer(struct probed *probed, struct probe_answer answer)
{
	const struct probe_step *step = &probe_steps[probed->step];

	probed->asked = false;
	probed->due_us = 0;
	if (silent(answer.end)) {
		answer.message = NULL;
		if (answer.end == ENGINE_TIMEOUT && ++probed->tries < (step->tries ? step->tries : TRIES))
			return;
	}
	/* an answer with a wrong t is one to nobody's question: who gives only such is as good as silent */
	if (!answer.t_wrong)
		probe_note(probed, &answer);
	step->judge(probed, &answer);
	probed->tries = 0;
	probed->step++;
}

static void on_end(void *owner, const struct engine_event *event)
{
	struct probed *probed = owner;

	/* what comes late or twice is of no interest to the next step, and the node may be gone by then */
	engine_forget(probed->engine, event->handle);
	take_answer(probed, (struct probe_answer){ .end = event->end, .message = event->message, .size = event->size,
						   .rtt_us = event->rtt_us });
}

/* Which of the queries from the side socket has that t: its number, or that after the last one. */
static size_t find_side(const struct probed *probed, struct bytes t)
{
	size_t i = 0;

	while (i < probed->side_count && !bytes_equal(bytes_at(probed->sides[i].bytes, probed->sides[i].size), t))
		i++;
	return i;
}

static void take_side(void *owner, const struct endpoint *from, struct bytes packet)
{
	struct probing *probing = owner;
	struct krpc_message message;
	struct error error = { 0 };

	if (!krpc_decode(packet, &message, &error) || (message.type != KRPC_REPLY && message.type != KRPC_ERROR))
		return;
	for (size_t i = 0; i < probing->count; i++) {
		struct probed *probed = probing->nodes[i];
		size_t number;

		if (!endpoint_equal(&probed->target->endpoint, from) || !probed->asked || !probe_steps[probed->step].side)
			continue;
		number = find_side(probed, message.t);
		/* an answer to an earlier one is no answer to this one */
		if (number + 1 >= probed->side_count)
			take_answer(probed, (struct probe_answer){
				.end = message.type == KRPC_REPLY ? ENGINE_REPLY : ENGINE_ERROR, .message = &message,
				.size = packet.size, .rtt_us = -1, .t_wrong = number == probed->side_count });
		return;
	}
}

/* ---- asking */

static int64_t side_wait(const struct probing *probing)
{
	int64_t usual_us = engine_timeout(probing->net.engine);

	if (probing->options->wait != UINT64_MAX)
		return (int64_t)probing->options->wait;
	return usual_us < SIDE_WAIT_US ? usual_us : SIDE_WAIT_US;
}

static void ask_aside(struct probing *probing, struct probed *probed, int64_t now_us)
{
	const struct probe_step *step = &probe_steps[probed->step];
	size_t number = probed->side_count < PROBE_SIDES_MAX ? probed->side_count++ : PROBE_SIDES_MAX - 1;
	struct probe_t *t = &probed->sides[number];

	t->size = step->t_size ? step->t_size : T_SIZE;
	net_draw(t->bytes, t->size);
	probing->message.t = bytes_at(t->bytes, t->size);
	probing->packet.size = 0;
	krpc_encode(&probing->message, &probing->packet);
	probed->query_size = probing->packet.size;
	probed->asked = true;
	probed->due_us = now_us + side_wait(probing);
	if (!probe_side_send(&probing->side, &probed->target->endpoint, buf_bytes(&probing->packet)))
		take_answer(probed, (struct probe_answer){ .end = ENGINE_REFUSED });
}

static void ask_engine(struct probing *probing, struct probed *probed, int64_t now_us)
{
	struct engine_query query = {
		.to = probed->target->endpoint, .expected_id = probed->target->known ? probed->target->id : NULL,
		.message = &probing->message, .done = on_end, .owner = probed, .unpaced = !probed->pace.interval_us,
		.timeout_us = probing->options->wait == UINT64_MAX ? 0 : (int64_t)probing->options->wait,
	};

	probed->asked = true;
	probed->due_us = INT64_MAX;
	if (engine_ask(probing->net.engine, &query, now_us))
		return;
	probed->asked = false;
	probed->due_us = now_us + BUSY_US;
}

/* The query of the step that the node stands at. False: it has none here. */
static bool make_query(struct probing *probing, struct probed *probed)
{
	struct krpc_message *query = &probing->message;

	krpc_clear(query);
	query->type = KRPC_QUERY;
	query->id = bytes_at(engine_id(probing->net.engine), NODE_ID_SIZE);
	query->read_only = true;
	if (!probe_steps[probed->step].prepare(probed, query))
		return false;
	/* as long as what leaves will be, if the engine fills it in */
	query->t = bytes_at(probed->id, ENGINE_T_SIZE);
	query->v = bytes_at(probed->id, sizeof ((struct engine_options *)NULL)->version);
	probing->packet.size = 0;
	krpc_encode(query, &probing->packet);
	probed->query_size = probing->packet.size;
	query->v = (struct bytes){ NULL, 0 };
	return true;
}

/* What there is to do for a node now; returns when to come back. */
static int64_t advance(struct probing *probing, struct probed *probed)
{
	int64_t now_us = net_clock();

	if (probed->asked) {
		if (now_us < probed->due_us)
			return probed->due_us;
		take_answer(probed, (struct probe_answer){ .end = ENGINE_TIMEOUT });
	}
	while (probed->step < probe_step_count) {
		int64_t when_us = pace_when(&probed->pace, now_us);

		if (!make_query(probing, probed)) {
			probed->step++;
			continue;
		}
		if (when_us < probed->due_us)
			when_us = probed->due_us;
		if (when_us > now_us)
			return when_us;
		pace_take(&probed->pace, now_us);
		(probe_steps[probed->step].side ? ask_aside : ask_engine)(probing, probed, now_us);
		return probed->asked ? probed->due_us : now_us;
	}
	probed->over = true;
	probe_conclude(probed);
	return now_us;
}

/* ---- the whole */

/* Where the answers' ip should point: known when the socket has an address of its own, or the user says it. */
static struct endpoint own_endpoint(const struct probing *probing, unsigned family)
{
	struct endpoint local = udp_local(probing->net.udp[family == 6]);
	struct endpoint none = { .port = local.port, .family = local.family };

	if (endpoint_equal(&local, &none))
		local.family = 0;
	return local;
}

static struct probed *begin_node(struct probing *probing, const struct target *target)
{
	struct probed *probed = calloc(1, sizeof *probed);

	if (!probed)
		out_of_memory();
	probed->run = probing->run;
	probed->target = target;
	probed->engine = probing->net.engine;
	probed->own = own_endpoint(probing, target->endpoint.family);
	/* what is on this host is nobody else's to be spared */
	if (!endpoint_is_loopback(&target->endpoint))
		probed->pace = pace_begin(ENGINE_IP_RATE, ENGINE_IP_BURST);
	probe_draw(probed);
	return probed;
}

/* Of those that were begun. */
static uint64_t steps_done(const struct probing *probing, size_t begun)
{
	uint64_t done = (begun - probing->count) * probe_step_count;

	for (size_t i = 0; i < probing->count; i++)
		done += probing->nodes[i]->step;
	return done;
}

static void probe_all(struct probing *probing, const struct target *targets, size_t count)
{
	size_t begun = 0;

	while (begun < count || probing->count) {
		int64_t wake_us = INT64_MAX;

		while (probing->count < AT_ONCE && begun < count)
			probing->nodes[probing->count++] = begin_node(probing, &targets[begun++]);
		for (size_t i = 0; i < probing->count;) {
			int64_t when_us = advance(probing, probing->nodes[i]);

			wake_us = when_us < wake_us ? when_us : wake_us;
			if (probing->nodes[i]->over) {
				free(probing->nodes[i]);
				probing->nodes[i] = probing->nodes[--probing->count];
				continue;
			}
			i++;
		}
		probing->net.total = count * probe_step_count;
		probing->net.done = steps_done(probing, begun);
		if (!net_step(&probing->net, wake_us) || probing->run->output.ended)
			return;
		probe_side_receive(&probing->side, take_side, probing);
	}
}

void probe_run(struct run *run)
{
	struct probing probing = { .run = run, .options = run->options };
	struct target *targets;
	struct error error = { 0 };
	size_t count;

	if (!net_open(&probing.net, run, NULL))
		return;
	if (probe_side_open(&probing.side, &probing.net)) {
		count = targets_read(&probing.net, run->word_count, run->words, probing.options->file, &targets);
		if (!count && !run->report.failed && !run->report.bad && !tool_stopped) {
			fail_system(&error, "no node to probe");
			run_error(run, &error);
		}
		probing.net.input_fd = probing.side.fd;
		probe_all(&probing, targets, count);
		net_detail(&probing.net);
		probe_side_close(&probing.side);
	}
	net_close(&probing.net);
	while (probing.count)
		free(probing.nodes[--probing.count]);
	buf_free(&probing.packet);
}
