/* lookup_world.h - some look-ups on one simulated network, what they told, and what they should have found */
#ifndef SUPPORT_LOOKUP_WORLD_H
#define SUPPORT_LOOKUP_WORLD_H

#include "tests/support/simnet.h"

#include "dht/lookup.h"

enum { MANY = 64, SECOND = 1000000 };

/* One look-up. */
struct watch {
	struct world *world;
	struct lookup *lookup;
	struct buf silent;		/* struct endpoint: who was waited for in vain */
	struct buf told;		/* struct endpoint: whom those that answered told of */
};

/* Some of them on one network, and what they told. */
struct world {
	struct simnet net;
	uint64_t seed;
	size_t count, done, values;
	struct watch watches[MANY];
	bool free_when_done;
};

static inline void on_step(void *owner, const struct lookup_step *step)
{
	struct watch *watch = owner;
	unsigned family = watch->world->net.options.family;
	const struct krpc_message *message = step->event->message;
	struct krpc_node node;
	struct bytes nodes;

	assert_true(step->event->end != ENGINE_REPLY || step->node->state == LOOKUP_ANSWERED);
	if (step->event->end == ENGINE_TIMEOUT)
		buf_append(&watch->silent, &step->node->endpoint, sizeof step->node->endpoint);
	if (!message || step->node->state != LOOKUP_ANSWERED)
		return;
	watch->world->values += krpc_value_count(message->values);
	nodes = family == 6 ? message->nodes6 : message->nodes;
	while (krpc_node_next(&nodes, family, &node))
		buf_append(&watch->told, &node.endpoint, sizeof node.endpoint);
}

static inline void on_done(void *owner, struct lookup *lookup)
{
	struct watch *watch = owner;

	assert_true(lookup_over(lookup));
	watch->world->done++;
	if (!watch->world->free_when_done)
		return;
	lookup_free(lookup);
	watch->lookup = NULL;
}

static inline void begin_with(struct world *world, const struct simnet_options *options, const struct engine_options *engine)
{
	*world = (struct world){ .seed = 0 };
	simnet_begin(&world->net, options, engine_new(engine));
}

/* Without limits, so that only the look-up itself decides how long it takes. */
static inline void begin(struct world *world, const struct simnet_options *options)
{
	static uint64_t seed;	/* the engine draws from it */
	struct engine_options engine = unlimited(&seed);

	begin_with(world, options, &engine);
}

static inline struct watch *add_lookup(struct world *world, struct lookup_options options)
{
	struct watch *watch = &world->watches[world->count++];
	struct lookup_calls calls = { on_step, on_done, watch };

	if (!options.family)
		options.family = world->net.options.family;
	watch->world = world;
	watch->lookup = lookup_new(world->net.engine, &options, &calls);
	return watch;
}

/* Begins at that node, of which only the endpoint is known. */
static inline struct watch *start_at(struct watch *watch, size_t node)
{
	lookup_add(watch->lookup, NULL, &watch->world->net.nodes[node].endpoint);
	return watch;
}

static inline int64_t tick(void *owner, int64_t now_us)
{
	struct world *world = owner;
	int64_t wake_us = INT64_MAX;

	for (size_t i = 0; i < world->count; i++) {
		if (world->watches[i].lookup)
			lookup_run(world->watches[i].lookup, now_us);
		if (world->watches[i].lookup && lookup_wake(world->watches[i].lookup) < wake_us)
			wake_us = lookup_wake(world->watches[i].lookup);
	}
	return world->done == world->count ? INT64_MIN : wake_us;
}

static inline void run(struct world *world)
{
	simnet_run(&world->net, world->net.now_us + 600 * (int64_t)SECOND, tick, world);
	assert_int_equal(world->done, world->count);
}

static inline void end(struct world *world)
{
	for (size_t i = 0; i < world->count; i++) {
		lookup_free(world->watches[i].lookup);
		buf_free(&world->watches[i].silent);
		buf_free(&world->watches[i].told);
	}
	assert_int_equal(engine_flight(world->net.engine), 0);
	simnet_end(&world->net);
}

/* Does a node of that kind answer, with its own id? */
static inline bool answers(enum sim_kind kind)
{
	return kind == SIM_HONEST || kind == SIM_EMPTY || kind == SIM_THRICE || kind == SIM_MARTIANS;
}

/* By brute force: those nearest to the target that answer. */
static inline size_t find_nearest(struct world *world, const uint8_t *target, const struct sim_node **nearest, size_t max)
{
	struct simnet *net = &world->net;
	size_t count = 0;

	for (size_t i = 0; i < net->count; i++) {
		size_t at = count;

		if (!answers(net->nodes[i].kind))
			continue;
		while (at && node_id_nearer(target, net->nodes[i].id, nearest[at - 1]->id) < 0)
			at--;
		if (at == max)
			continue;
		count += count < max;
		memmove(nearest + at + 1, nearest + at, (count - 1 - at) * sizeof *nearest);
		nearest[at] = &net->nodes[i];
	}
	return count;
}

static inline bool is_among(const struct buf *endpoints, const struct endpoint *endpoint)
{
	const struct endpoint *all = (const void *)endpoints->data;

	for (size_t i = 0; i < endpoints->size / sizeof *all; i++)
		if (endpoint_equal(&all[i], endpoint))
			return true;
	return false;
}

/*
 * Has it found those that it should have? Nearer ones that answer may be missing only if nobody told of them, because
 * the dead take their place in tables and answers, or if their packets were lost. Returns how many are missing.
 */
static inline size_t count_missing(const struct watch *watch)
{
	struct world *world = watch->world;
	const struct lookup *lookup = watch->lookup;
	const struct sim_node *expected[4 * LOOKUP_K];
	const struct lookup_node *found[LOOKUP_K];
	size_t count = find_nearest(world, lookup_target(lookup), expected, COUNT(expected)), matched = 0, missing = 0;
	size_t want = lookup_nearest(lookup, found, LOOKUP_K);

	for (size_t i = 0; i < count && matched < want; i++) {
		if (memcmp(found[matched]->id, expected[i]->id, NODE_ID_SIZE) == 0) {
			assert_true(endpoint_equal(&found[matched++]->endpoint, &expected[i]->endpoint));
			continue;
		}
		if (is_among(&watch->told, &expected[i]->endpoint))
			assert_true(world->net.lost && is_among(&watch->silent, &expected[i]->endpoint));
		missing++;
	}
	assert_int_equal(matched, want);
	missing += count < LOOKUP_K || want == LOOKUP_K ? 0 : LOOKUP_K - want;
	assert_false(lookup_summary(lookup).exhausted);
	return missing;
}

static inline void check_nearest(const struct watch *watch)
{
	assert_int_equal(count_missing(watch), 0);
}

static inline struct lookup_options options_for(struct world *world, enum krpc_method method)
{
	struct lookup_options options = { .method = method, .seq = KRPC_NUMBER_UNSET };

	world->seed = world->seed ? world->seed : 0x9e3779b97f4a7c15;
	fill_random(&world->seed, options.target, sizeof options.target);
	return options;
}

/* Any that answers. */
static inline size_t some_node(struct world *world, size_t from)
{
	while (!answers(world->net.nodes[from].kind))
		from++;
	return from;
}

#endif
