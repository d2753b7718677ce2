/* simnet.c - support/simnet: a network in which the nearest nodes can be found, and each kind of node ends as it should */
#include "../support/simnet.h"

enum { SECOND = 1000000 };

static void begin(struct simnet *net, const struct simnet_options *options, uint64_t *seed)
{
	struct engine_options engine = unlimited(seed);

	simnet_begin(net, options, engine_new(&engine));
}

static uint64_t ask(struct simnet *net, struct told *told, size_t node, enum krpc_method method, const uint8_t *target)
{
	struct krpc_message message;
	struct engine_query query = {
		.to = net->nodes[node].endpoint, .expected_id = net->nodes[node].id, .message = &message, .done = tell,
		.owner = told,
	};

	krpc_clear(&message);
	message.method = method;
	if (method == KRPC_GET_PEERS)
		message.info_hash = bytes_at(target, NODE_ID_SIZE);
	else if (method != KRPC_PING)
		message.target = bytes_at(target, NODE_ID_SIZE);
	return engine_ask(net->engine, &query, net->now_us);
}

/* One node of each kind is asked once. */
static void test_kinds(void **state)
{
	static const enum engine_end ends[SIM_KINDS] = {
		[SIM_HONEST] = ENGINE_REPLY, [SIM_DEAD] = ENGINE_TIMEOUT, [SIM_REFUSES] = ENGINE_REFUSED,
		[SIM_ERRORS] = ENGINE_ERROR,
		[SIM_WRONG_ID] = ENGINE_WRONG_ID, [SIM_WRONG_T] = ENGINE_TIMEOUT, [SIM_OTHER_PORT] = ENGINE_TIMEOUT,
		[SIM_OTHER_ADDRESS] = ENGINE_TIMEOUT, [SIM_REFLECTS] = ENGINE_REFLECTED, [SIM_MIRRORS] = ENGINE_REFLECTED,
		[SIM_GARBAGE] = ENGINE_TIMEOUT, [SIM_CUT] = ENGINE_TIMEOUT, [SIM_EMPTY] = ENGINE_REPLY,
		[SIM_SLOW] = ENGINE_TIMEOUT,
		[SIM_THRICE] = ENGINE_REPLY, [SIM_MARTIANS] = ENGINE_REPLY, [SIM_SYBIL] = ENGINE_REPLY,
	};

	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		static struct told told[SIM_KINDS];
		struct engine_counts *counts;
		struct simnet net;
		uint64_t seed;

		memset(told, 0, sizeof told);
		begin(&net, &(struct simnet_options){ .nodes = SIM_KINDS, .family = family }, &seed);
		for (unsigned kind = 0; kind < SIM_KINDS; kind++)
			net.nodes[kind].kind = kind;
		simnet_connect(&net);
		for (unsigned kind = 0; kind < SIM_KINDS; kind++)
			assert_int_not_equal(ask(&net, &told[kind], kind, KRPC_FIND_NODE, net.nodes[0].id), 0);
		simnet_run(&net, net.now_us + 60 * (int64_t)SECOND, NULL, NULL);
		for (unsigned kind = 0; kind < SIM_KINDS; kind++)
			assert_int_equal(told[kind].events[0].end, ends[kind]);
		assert_true(told[SIM_SLOW].count == 2 && told[SIM_SLOW].ends[ENGINE_LATE] == 1);
		assert_true(told[SIM_THRICE].count == 3 && told[SIM_THRICE].ends[ENGINE_DUPLICATE] == 2);
		assert_int_equal(engine_flight(net.engine), 0);
		counts = engine_counts(net.engine);
		assert_int_equal(counts->sent, SIM_KINDS);
		assert_true(counts->replies == 5 && counts->errors == 1 && counts->wrong_id == 1 && counts->refused == 1);
		assert_true(counts->mismatched == 2 && counts->unsolicited == 1 && counts->reflected == 2 &&
			    counts->garbage == 2);
		assert_true(counts->late == 1 && counts->duplicate == 2 && counts->timeouts == 7);
		simnet_end(&net);
	}
}

/* Step by step to the nearest node: always the first one that was told of. */
struct walk { struct simnet *net; uint8_t target[NODE_ID_SIZE]; struct sim_node *at; unsigned steps; };

static void step(void *owner, const struct engine_event *event)
{
	struct walk *walk = owner;
	struct bytes nodes = event->message->nodes;
	struct krpc_node node;

	assert_int_equal(event->end, ENGINE_REPLY);
	assert_true(krpc_node_next(&nodes, 4, &node));
	assert_null(engine_contact(walk->net->engine, &event->to, node.id, &node.endpoint));
	if (node_id_nearer(walk->target, walk->at->id, node.id) > 0) {
		struct krpc_message message;
		struct engine_query query = { .to = node.endpoint, .expected_id = node.id, .message = &message, .done = step,
					      .owner = walk };

		krpc_clear(&message);
		message.method = KRPC_FIND_NODE;
		message.target = bytes_at(walk->target, NODE_ID_SIZE);
		walk->at = simnet_node(walk->net, &node.endpoint);
		walk->steps++;
		assert_int_not_equal(engine_ask(walk->net->engine, &query, event->now_us), 0);
	}
}

static void test_walk(void **state)
{
	struct simnet net;
	uint64_t seed;

	(void)state;
	begin(&net, &(struct simnet_options){ .nodes = 2000, .jitter_us = 20000 }, &seed);
	simnet_connect(&net);
	for (unsigned i = 0; i < 20; i++) {
		struct walk walk = { .net = &net, .at = &net.nodes[i] };
		struct krpc_message message;
		struct engine_query query = { .to = walk.at->endpoint, .message = &message, .done = step, .owner = &walk };
		uint32_t nearest;

		fill_random(&net.seed, walk.target, sizeof walk.target);
		krpc_clear(&message);
		message.method = KRPC_FIND_NODE;
		message.target = bytes_at(walk.target, NODE_ID_SIZE);
		assert_int_not_equal(engine_ask(net.engine, &query, net.now_us), 0);
		simnet_run(&net, INT64_MAX, NULL, NULL);
		assert_int_equal(simnet_nearest(&net, walk.target, true, &nearest, 1), 1);
		assert_ptr_equal(walk.at, &net.nodes[nearest]);
		assert_true(walk.steps >= 1 && walk.steps < 12);
	}
	simnet_end(&net);
}

static void test_loss(void **state)
{
	static struct told told;
	struct simnet net;
	uint64_t seed;

	(void)state;
	memset(&told, 0, sizeof told);
	begin(&net, &(struct simnet_options){ .nodes = 2000, .loss = .1, .duplicates = .1 }, &seed);
	for (size_t i = 0; i < net.count; i++)
		assert_int_not_equal(ask(&net, &told, i, KRPC_PING, NULL), 0);
	simnet_run(&net, INT64_MAX, NULL, NULL);
	/* a fifth, a little less: of those lost on the way some were doubled */
	assert_in_range(told.ends[ENGINE_TIMEOUT], 300, 450);
	assert_int_equal(told.ends[ENGINE_TIMEOUT] + told.ends[ENGINE_REPLY], net.count);
	assert_in_range(told.ends[ENGINE_DUPLICATE], 200, 400);
	simnet_end(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
