/* lookup.c - whole look-ups on simulated networks: what they find, how soon they end, and whom they are not taken in by */
#include "tests/support/lookup_world.h"

static void test_nearest(void **state)
{
	static const struct { unsigned family; double dead; enum krpc_method method; } rows[] = {
		{ 4, 0, KRPC_FIND_NODE }, { 4, .2, KRPC_FIND_NODE }, { 4, .6, KRPC_FIND_NODE }, { 6, .2, KRPC_FIND_NODE },
		{ 4, .2, KRPC_GET_PEERS }, { 6, .2, KRPC_GET_PEERS }, { 4, .2, KRPC_GET }, { 4, .2, KRPC_SAMPLE_INFOHASHES },
	};

	size_t all_missing = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world world;

		begin(&world, &(struct simnet_options){ .nodes = 1000, .family = rows[i].family,
							.seed = (i + 1) * 0x9e3779b97f4a7c15 });
		simnet_turn(&world.net, SIM_DEAD, rows[i].dead);
		simnet_connect(&world.net);
		for (size_t j = 0; j < 16; j++) {
			struct watch *watch = add_lookup(&world, options_for(&world, rows[i].method));
			size_t missing;

			for (size_t from = 0; from < 4; from++)
				start_at(watch, some_node(&world, 10 * j + 100 * from));
			run(&world);
			missing = count_missing(watch);
			assert_true(missing == 0 || rows[i].dead > 0);
			all_missing += missing;
			assert_in_range(lookup_summary(watch->lookup).asked, LOOKUP_K, 150);
		}
		end(&world);
	}
	/* of 8 * 16 * 8 */
	assert_in_range(all_missing, 0, 100);
}

/* Packets are lost, to and fro. */
static void test_loss(void **state)
{
	size_t missing = 0;

	(void)state;
	for (unsigned turn = 0; turn < 8; turn++) {
		struct world world;

		begin(&world,
		      &(struct simnet_options){ .nodes = 1000, .loss = .2, .seed = (turn + 1) * 0x9e3779b97f4a7c15 });
		simnet_connect(&world.net);
		add_lookup(&world, options_for(&world, KRPC_FIND_NODE));
		for (size_t i = 0; i < 4; i++)
			start_at(&world.watches[0], i);
		run(&world);
		missing += count_missing(&world.watches[0]);
		end(&world);
	}
	/* a query and its answer both come through in 64 of 100 times */
	assert_in_range(missing, 8, 64);
}

static void test_liars(void **state)
{
	static const enum sim_kind kinds[] = {
		SIM_DEAD, SIM_REFUSES, SIM_ERRORS, SIM_WRONG_ID, SIM_WRONG_T, SIM_OTHER_PORT, SIM_OTHER_ADDRESS,
		SIM_REFLECTS, SIM_MIRRORS, SIM_GARBAGE, SIM_CUT, SIM_EMPTY, SIM_SLOW, SIM_THRICE, SIM_MARTIANS,
	};

	size_t all_missing = 0;

	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		struct world world;

		begin(&world, &(struct simnet_options){ .nodes = 1000, .family = family });
		for (size_t i = 0; i < COUNT(kinds); i++)
			simnet_turn(&world.net, kinds[i], .03);
		simnet_connect(&world.net);
		for (size_t i = 0; i < 8; i++) {
			struct watch *watch = add_lookup(&world, options_for(&world, KRPC_GET_PEERS));

			start_at(watch, some_node(&world, 20 * i));
			run(&world);
			all_missing += count_missing(watch);
		}
		end(&world);
	}
	assert_in_range(all_missing, 0, 16);	/* of 16 * 8: told of by nobody who answers */
}

/* Made-up nodes, ever nearer, which all answer and tell of others: the budget ends that. */
static void test_trap(void **state)
{
	struct lookup_options options;
	struct lookup_summary summary;
	struct world world;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 200 });
	simnet_turn(&world.net, SIM_SYBIL, .3);
	simnet_connect(&world.net);
	options = options_for(&world, KRPC_FIND_NODE);
	start_at(add_lookup(&world, options), 0);
	run(&world);
	summary = lookup_summary(world.watches[0].lookup);
	assert_in_range(summary.asked, LOOKUP_K, LOOKUP_QUERIES_MAX);

	end(&world);

	/* ids that come nearer by one bit with each answer: 150 answers deep */
	options.queries_max = 40;
	options.width = 1;
	options.k = 30;
	begin(&world, &(struct simnet_options){ .nodes = 1 });
	world.net.nodes[0].kind = SIM_SYBIL;
	start_at(add_lookup(&world, options), 0);
	run(&world);
	summary = lookup_summary(world.watches[0].lookup);
	assert_int_equal(summary.asked, 40);
	assert_true(summary.exhausted);
	end(&world);
}

/* The nearest one is dead: it is waited for as long as others take, and for no time-out. */
static void test_dead_nearest(void **state)
{
	const struct sim_node *nearest[1];
	struct lookup_summary summary;
	struct lookup_options options;
	struct world world;
	int64_t without_us;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 300, .delay_min_us = 1000, .delay_max_us = 2000 });
	simnet_connect(&world.net);
	options = options_for(&world, KRPC_FIND_NODE);
	start_at(add_lookup(&world, options), 0);
	run(&world);
	check_nearest(&world.watches[0]);
	summary = lookup_summary(world.watches[0].lookup);
	without_us = summary.ended_us - summary.began_us;
	assert_in_range(without_us, 4000, 25000);

	find_nearest(&world, options.target, nearest, 1);
	world.net.nodes[nearest[0] - world.net.nodes].kind = SIM_DEAD;
	start_at(add_lookup(&world, options), 0);
	run(&world);
	check_nearest(&world.watches[1]);
	summary = lookup_summary(world.watches[1].lookup);
	assert_true(is_among(&world.watches[1].silent, &nearest[0]->endpoint));
	assert_in_range(summary.ended_us - summary.began_us, LOOKUP_PATIENCE_FLOOR_US,
			without_us + 3 * LOOKUP_PATIENCE_FLOOR_US);
	end(&world);
}

/* Nobody there: the engine's time-out decides, and it ends. */
static void test_nobody(void **state)
{
	struct lookup_summary summary;
	struct world world;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 3 });
	simnet_turn(&world.net, SIM_DEAD, 1);
	start_at(add_lookup(&world, options_for(&world, KRPC_GET_PEERS)), 0);
	start_at(&world.watches[0], 1);
	run(&world);
	summary = lookup_summary(world.watches[0].lookup);
	assert_int_equal(summary.asked, 2);
	assert_int_equal(summary.answered, 0);
	assert_int_equal(summary.failed, 2);
	assert_int_equal(summary.ended_us - summary.began_us, ENGINE_TIMEOUT_UNKNOWN_US);
	assert_int_equal(lookup_nearest(world.watches[0].lookup, &(const struct lookup_node *){ NULL }, 1), 0);

	/* nobody to begin with */
	add_lookup(&world, options_for(&world, KRPC_GET_PEERS));
	run(&world);
	assert_int_equal(lookup_summary(world.watches[1].lookup).asked, 0);
	end(&world);
}

static void test_one(void **state)
{
	struct lookup_summary summary;
	struct world world;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 1, .delay_min_us = 1000, .delay_max_us = 1000 });
	simnet_connect(&world.net);
	start_at(add_lookup(&world, options_for(&world, KRPC_FIND_NODE)), 0);
	start_at(&world.watches[0], 0);	/* given twice, asked once */
	lookup_add(world.watches[0].lookup, world.net.nodes[0].id, &world.net.nodes[0].endpoint);
	run(&world);
	check_nearest(&world.watches[0]);
	summary = lookup_summary(world.watches[0].lookup);
	assert_int_equal(summary.asked, 1);
	assert_int_equal(summary.ended_us - summary.began_us, 2000);

	/* with the id that it has, and with one that it has not */
	add_lookup(&world, options_for(&world, KRPC_FIND_NODE));
	lookup_add(world.watches[1].lookup, world.net.nodes[0].id, &world.net.nodes[0].endpoint);
	add_lookup(&world, options_for(&world, KRPC_FIND_NODE));
	lookup_add(world.watches[2].lookup, own_id, &world.net.nodes[0].endpoint);
	run(&world);
	check_nearest(&world.watches[1]);
	assert_int_equal(lookup_summary(world.watches[2].lookup).failed, 1);
	assert_int_equal(lookup_summary(world.watches[2].lookup).answered, 0);
	end(&world);
}

/*
 * Many at once, with the usual rate of an engine: who waits for a turn is not taken for silent. Each is freed when it is
 * done.
 */
static void test_many(void **state)
{
	uint64_t seed;
	struct engine_options engine = unlimited(&seed);
	struct world world;

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		engine.rate = ENGINE_RATE;
		begin_with(&world, &(struct simnet_options){ .nodes = 2000, .delay_min_us = 1000, .delay_max_us = 5000 },
			   &engine);
		simnet_turn(&world.net, SIM_DEAD, .2);
		simnet_connect(&world.net);
		world.free_when_done = turn;
		for (size_t i = 0; i < MANY; i++)
			start_at(add_lookup(&world, options_for(&world, KRPC_FIND_NODE)), some_node(&world, 20 * i));
		run(&world);
		for (size_t i = 0; i < MANY && !turn; i++)
			assert_in_range(count_missing(&world.watches[i]), 0, 2);
		end(&world);
	}
}

/* All nodes at one address: its pace is kept, and the look-up does not wait for it once there are enough. */
static void test_one_address(void **state)
{
	struct lookup_summary summary;
	struct world world;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 300, .delay_min_us = 1000, .delay_max_us = 1000, .whole = true });
	simnet_connect(&world.net);
	add_lookup(&world, options_for(&world, KRPC_FIND_NODE));
	/* nobody is behind these here */
	for (size_t i = 1; i <= LOOKUP_K; i++)
		start_at(&world.watches[0], i);
	for (unsigned i = 0; i < 30; i++) {
		struct endpoint silent = host4(9, (uint16_t)(7000 + i));

		lookup_add(world.watches[0].lookup, NULL, &silent);
	}
	run(&world);
	summary = lookup_summary(world.watches[0].lookup);
	assert_in_range(summary.answered, LOOKUP_K, 300);
	check_nearest(&world.watches[0]);
	end(&world);
}

/* What get_peers finds: values, and tokens to announce with. */
static void test_peers(void **state)
{
	struct endpoint peer = host4(7, 51413);
	struct lookup_options options;
	const struct lookup_node *found[LOOKUP_K];
	struct world world;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 500 });
	simnet_connect(&world.net);
	options = options_for(&world, KRPC_GET_PEERS);
	simnet_store_peer(&world.net, options.target, &peer, LOOKUP_K);
	start_at(add_lookup(&world, options), 3);
	run(&world);
	assert_int_equal(world.values, LOOKUP_K);
	assert_int_equal(lookup_nearest(world.watches[0].lookup, found, LOOKUP_K), LOOKUP_K);
	for (size_t i = 0; i < LOOKUP_K; i++) {
		const struct sim_node *node = simnet_node(&world.net, &found[i]->endpoint);
		uint8_t token[8];

		sim_token(node, token);
		assert_true(bytes_equal(found[i]->token, bytes_at(token, sizeof token)));
		assert_int_equal(found[i]->v.size, 4);
		assert_true(found[i]->rtt_us > 0);
	}
	end(&world);
}

static void test_time(void **state)
{
	struct lookup_options options;
	struct lookup_summary summary;
	struct world world;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 500, .delay_min_us = 20000, .delay_max_us = 20000 });
	simnet_connect(&world.net);
	options = options_for(&world, KRPC_FIND_NODE);
	options.time_max_us = 50000;
	start_at(add_lookup(&world, options), 3);
	run(&world);
	summary = lookup_summary(world.watches[0].lookup);
	assert_int_equal(summary.ended_us - summary.began_us, 50000);
	assert_true(summary.exhausted);
	assert_true(summary.answered > 0);
	end(&world);
}

/* The others of this family are not asked, whoever tells of them. */
static void test_family(void **state)
{
	struct world world;

	(void)state;
	begin(&world, &(struct simnet_options){ .nodes = 20, .family = 6 });
	simnet_connect(&world.net);
	add_lookup(&world, (struct lookup_options){ .method = KRPC_FIND_NODE, .family = 4 });
	start_at(&world.watches[0], 3);
	run(&world);
	assert_int_equal(lookup_summary(world.watches[0].lookup).asked, 0);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_liars),
		cmocka_unit_test(test_trap),
		cmocka_unit_test(test_dead_nearest),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_one_address),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
