/* known.c - the nodes known by now: those nearest to a target are given to a look-up, and the bound is kept */
#include "../support/engine.h"

#include "dht/known.h"

enum { NODES = 1000, SEEDS = 16 };

static uint8_t ids[NODES][NODE_ID_SIZE];

static struct endpoint host(unsigned family, unsigned number)
{
	return family == 4 ? endpoint_ipv4((struct ipv4){ { 45, (uint8_t)(number >> 8), (uint8_t)number, 1 } }, 6881) :
			     host6(number, 1, 6881);
}

/* How many of all are nearer to the target than that one? */
static size_t rank(const uint8_t *target, const uint8_t *id)
{
	size_t nearer = 0;

	for (size_t i = 0; i < NODES; i++)
		nearer += node_id_nearer(target, ids[i], id) < 0;
	return nearer;
}

static void test_seed(void **state)
{
	uint64_t seed;
	struct engine_options engine_options = unlimited(&seed);
	struct engine *engine = engine_new(&engine_options);
	struct known *known = known_new();

	(void)state;
	for (unsigned i = 0; i < NODES; i++) {
		struct endpoint four = host(4, i), six = host(6, i);

		fill_random(&seed, ids[i], NODE_ID_SIZE);
		known_add(known, ids[i], &four);
		known_add(known, ids[i], &six);
		known_add(known, ids[i], &four);
	}
	assert_in_range(known_count(known, 4), 960, NODES);	/* a few regions are full */
	for (unsigned family = 4; family <= 6; family += 2) {
		struct lookup_options options = { .method = KRPC_FIND_NODE, .family = family, .width = SEEDS, .k = SEEDS };
		struct engine_packet packet;
		struct lookup *lookup;
		size_t asked = 0;

		fill_random(&seed, options.target, NODE_ID_SIZE);
		lookup = lookup_new(engine, &options, NULL);
		assert_int_equal(known_seed(known, lookup, SEEDS), SEEDS);
		lookup_run(lookup, 1);
		for (; engine_send(engine, 1, &packet); asked++) {
			unsigned number = family == 4 ? packet.to.address[1] << 8 | packet.to.address[2] :
							packet.to.address[6] << 8 | packet.to.address[7];

			assert_int_equal(packet.to.family, family);
			assert_in_range(rank(options.target, ids[number]), 0, SEEDS + 3);
		}
		assert_int_equal(asked, SEEDS);
		lookup_free(lookup);
	}
	known_free(known);
	engine_free(engine);
}

static void test_drop(void **state)
{
	struct known *known = known_new();
	uint64_t seed = 0x9e3779b97f4a7c15;
	uint8_t id[NODE_ID_SIZE];

	(void)state;
	/* endless nodes: the bound holds; and all of one region take no more than their share */
	for (unsigned i = 0; i < 60000; i++) {
		struct endpoint endpoint = host(4, i);

		fill_random(&seed, id, sizeof id);
		known_add(known, id, &endpoint);
	}
	assert_int_equal(known_count(known, 4), KNOWN_MAX / 2);
	assert_int_equal(known_count(known, 6), 0);
	for (unsigned i = 0; i < 60000; i++) {
		struct endpoint endpoint = host(4, i);

		known_drop(known, &endpoint);
	}
	assert_int_equal(known_count(known, 4), 0);
	for (unsigned i = 0; i < 100; i++) {
		struct endpoint endpoint = host(4, i);

		id[19] = (uint8_t)i;
		known_add(known, id, &endpoint);
	}
	assert_int_equal(known_count(known, 4), KNOWN_REGION);
	known_free(known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
