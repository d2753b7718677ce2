/* sample.c - the verb sample: info hashes that nodes store (BEP 51), as often as they give new ones */
#include <inttypes.h>

#include "base/distinct.h"
#include "base/number.h"
#include "dht/moments.h"
#include "text/escape.h"
#include "text/hash.h"
#include "tools/dhtping/records.h"
#include "tools/dhtping/targets.h"

enum {
	/* seconds between two rounds of a node, whatever it says; the latter where it says nothing */
	INTERVAL_MIN = 1, INTERVAL_MAX = 21600,
	FLIGHT_MAX = 1024,		/* queries under way */
	SEEN_MAX = 1 << 22,		/* samples that are remembered, 11 bytes each */
};

struct sampler {
	struct net *net;
	const uint8_t *steer;		/* NULL: another id each time */
	int64_t timeout_us;
	struct distinct seen;		/* endpoint and info hash */
	size_t waiting;			/* for an answer */
	struct sampled *nodes;
	struct moments due;		/* by the number of the node */
	uint32_t order;
	size_t answered;		/* nodes that gave samples, or none that they have */
	uint64_t printed;		/* samples, before any selection */
	bool pause_told;
};

/* A node, and when it is to be asked. */
struct sampled {
	struct sampler *sampler;
	const struct target *target;
	uint64_t rounds;		/* still to come */
	bool answered, odd_told;
};

/* It is to be asked then. */
static void put_due(struct sampled *node, int64_t at_us)
{
	struct sampler *sampler = node->sampler;

	moments_put(&sampler->due, (uint32_t)(node - sampler->nodes), at_us, sampler->order++);
}

static void tell(const struct sampled *node, struct error *error)
{
	error_prefix(error, "%.100s", node->target->name);
	run_error(node->sampler->net->run, error);
}

/* The new ones of them. */
static void put_samples(struct sampled *node, const struct krpc_message *message)
{
	struct sampler *sampler = node->sampler;
	struct sample_line line = {
		.endpoint = node->target->endpoint, .node_id = message->id,
		.num = message->num < 0 ? COUNT_UNSET : (uint64_t)message->num,
		.interval = message->interval < 0 ? COUNT_UNSET : (uint64_t)message->interval,
	};
	struct { struct endpoint endpoint; uint8_t hash[HASH_SIZE]; } key = { .endpoint = node->target->endpoint };
	struct bytes samples = message->samples;

	for (; samples.size >= HASH_SIZE; samples = bytes_after(samples, HASH_SIZE)) {
		memcpy(key.hash, samples.data, HASH_SIZE);
		line.info_hash = bytes_at(samples.data, HASH_SIZE);
		if (distinct_add(&sampler->seen, distinct_print(&sampler->seen, bytes_at(&key, sizeof key))))
			sampler->printed += output_put(&sampler->net->run->output, &line);
	}
}

static void take_reply(struct sampled *node, const struct krpc_message *message)
{
	int64_t interval = message->interval;
	struct error error = { 0 };

	if (!message->samples.data) {
		fail_input(&error, ERROR_NOWHERE, "answered without samples: it does not know BEP 51");
		tell(node, &error);
		return;
	}
	if (message->samples.size % HASH_SIZE && !node->odd_told) {
		fail_input(&error, ERROR_NOWHERE, "gave %zu bytes of samples, no multiple of %d: the rest was left out",
			   message->samples.size, HASH_SIZE);
		tell(node, &error);
		node->odd_told = true;
	}
	put_samples(node, message);
	node->sampler->answered += !node->answered;
	node->answered = true;
	if (!--node->rounds)
		return;
	if (interval < 0 || interval > INTERVAL_MAX)
		interval = INTERVAL_MAX;
	else if (interval < INTERVAL_MIN)
		interval = INTERVAL_MIN;
	put_due(node, node->sampler->net->now_us + interval * 1000000);
	report_detail(&node->sampler->net->run->report, "%s: gives other samples in %" PRId64 " s", node->target->name,
		      interval);
}

/* Who does not answer with samples is not asked again. */
static void take(void *owner, const struct engine_event *event)
{
	struct sampled *node = owner;
	struct error error = { 0 };
	struct brief brief;

	if (event->end == ENGINE_LATE || event->end == ENGINE_DUPLICATE)
		return;
	node->sampler->waiting--;
	node->sampler->net->done++;
	if (event->end == ENGINE_REPLY) {
		take_reply(node, event->message);
		return;
	}
	if (event->end != ENGINE_ERROR)
		fail_input(&error, ERROR_NOWHERE, "no answer (%s)", engine_end_names[event->end]);
	else if (event->message->error_code == KRPC_METHOD_UNKNOWN)
		fail_input(&error, ERROR_NOWHERE, "answered with error %d, '%s': it does not know BEP 51",
			   KRPC_METHOD_UNKNOWN, escape_brief(&brief, event->message->error_text));
	else if (event->message->error_code == KRPC_NUMBER_UNSET)
		fail_input(&error, ERROR_NOWHERE, "answered with an error without code");
	else
		fail_input(&error, ERROR_NOWHERE, "answered with error %" PRId64 ", '%s'", event->message->error_code,
			   escape_brief(&brief, event->message->error_text));
	tell(node, &error);
}

/* False: too much is under way to its address. */
static bool ask(struct sampled *node)
{
	struct sampler *sampler = node->sampler;
	struct krpc_message message;
	uint8_t steer[NODE_ID_SIZE];

	krpc_clear(&message);
	message.type = KRPC_QUERY;
	message.method = KRPC_SAMPLE_INFOHASHES;
	net_draw(steer, sizeof steer);
	message.target = bytes_at(sampler->steer ? sampler->steer : steer, NODE_ID_SIZE);
	return engine_ask(sampler->net->engine, &(struct engine_query){
		.to = node->target->endpoint, .expected_id = node->target->known ? node->target->id : NULL,
		.message = &message, .done = take, .owner = node, .timeout_us = sampler->timeout_us,
	}, sampler->net->now_us) != 0;
}

/* What is under way now will have ended some time: its address is not busy for ever. */
static void refused(struct sampled *node)
{
	struct sampler *sampler = node->sampler;
	struct error error = { 0 };

	if (sampler->waiting) {
		put_due(node, sampler->net->now_us + 1000000);
	} else {
		fail_input(&error, ERROR_NOWHERE, "is not to be asked: port 0, or an address of our own");
		tell(node, &error);
	}
}

/* The next round may be hours away, which would look like a hang. */
static void tell_pause(struct sampler *sampler)
{
	int64_t wait_us = moments_next(&sampler->due) - sampler->net->now_us;
	struct count_text nodes;

	if (sampler->pause_told || wait_us < 2000000)
		return;
	sampler->pause_told = true;
	output_flush(&sampler->net->run->output);
	report_note(&sampler->net->run->report,
		    "waiting for the next samples of %s, the first in %" PRId64 " s; ^C ends that",
		    count_print(&nodes, sampler->due.count, "nodes"), (wait_us + 500000) / 1000000);
}

/* Asks whose time has come, until all had their rounds. */
static void ask_all(struct sampler *sampler)
{
	struct net *net = sampler->net;
	bool going = true;

	while (going && (sampler->due.count || sampler->waiting)) {
		while (sampler->due.count && sampler->waiting < FLIGHT_MAX && moments_next(&sampler->due) <= net->now_us) {
			struct sampled *node = &sampler->nodes[sampler->due.heap[0].item];

			moments_take(&sampler->due, sampler->due.heap[0].item);
			if (ask(node))
				sampler->waiting++;
			else
				refused(node);
		}
		if (sampler->due.count && !sampler->waiting)
			tell_pause(sampler);
		going = net_step(net, sampler->waiting < FLIGHT_MAX ? moments_next(&sampler->due) : INT64_MAX) &&
			!net->run->output.ended;
	}
}

static void sample(struct net *net, const uint8_t *steer)
{
	const struct dhtping_options *options = net->run->options;
	struct sampler sampler = {
		.net = net, .steer = steer, .timeout_us = options->wait == UINT64_MAX ? 0 : (int64_t)options->wait,
	};
	struct run *run = net->run;
	struct count_text samples, asked;
	struct target *targets;
	size_t count = targets_read(net, run->word_count, run->words, options->file, &targets);
	struct error error = { 0 };

	sampler.nodes = arena_alloc(&run->memory, (count + 1) * sizeof *sampler.nodes);
	moments_room(&sampler.due, count);
	distinct_reset(&sampler.seen, SEEN_MAX, SEEN_MAX);
	for (size_t i = 0; i < count; i++) {
		sampler.nodes[i] = (struct sampled){ .sampler = &sampler, .target = &targets[i],
						     .rounds = options->rounds ? options->rounds : 1 };
		put_due(&sampler.nodes[i], net->now_us);
	}
	if (!count && !run->report.failed && !run->report.bad && !tool_stopped) {
		fail_system(&error, "no node to ask");
		run_error(run, &error);
	}
	net->total = options->rounds > 1 ? 0 : count;
	ask_all(&sampler);
	output_flush(&run->output);
	if (count)
		report_note(&run->report, "%s; %zu of %s answered", count_print(&samples, sampler.printed, "samples"),
			    sampler.answered, count_print(&asked, count, "nodes"));
	moments_free(&sampler.due);
	distinct_free(&sampler.seen);
}

void sample_run(struct run *run)
{
	const struct dhtping_options *options = run->options;
	struct error error = { 0 };
	uint8_t steer[HASH_SIZE];
	struct net net;

	if (options->target && !hash_parse(bytes_of(options->target), steer, &error)) {
		error.kind = ERROR_USAGE;
		error_prefix(&error, "--target");
		run_error(run, &error);
		return;
	}
	if (!net_open(&net, run, NULL))
		return;
	sample(&net, options->target ? steer : NULL);
	net_detail(&net);
	net_close(&net);
}
