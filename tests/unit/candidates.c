/* candidates.c - the nodes that a look-up has heard of: order, bounds, claims that contradict each other */
#include "../support/engine.h"

#include "dht/candidates.h"

static const uint8_t target[NODE_ID_SIZE];	/* all zero: an id is its own distance */

static struct candidates begin(void)
{
	return (struct candidates){ .target = target, .k = LOOKUP_K };
}

/* An id at that distance. */
static const uint8_t *id_at(unsigned distance)
{
	static uint8_t ids[4][NODE_ID_SIZE];
	static unsigned next;
	uint8_t *id = ids[next++ % 4];

	memset(id, 0, NODE_ID_SIZE);
	id[18] = (uint8_t)(distance >> 8);
	id[19] = (uint8_t)distance;
	return id;
}

static struct lookup_node *add(struct candidates *candidates, unsigned distance, struct endpoint endpoint)
{
	return candidates_add(candidates, id_at(distance), &endpoint, false);
}

/* Each in a network of its own. */
static struct endpoint host(unsigned number)
{
	return endpoint_ipv4((struct ipv4){ { 45, (uint8_t)(number >> 8), (uint8_t)number, 1 } }, 6881);
}

static void test_order(void **state)
{
	struct candidates all = begin();
	struct lookup_node *unknown;
	struct endpoint endpoint = host(1);

	(void)state;
	unknown = candidates_add(&all, NULL, &endpoint, true);
	for (unsigned i = 2; i < 50; i++)
		assert_non_null(add(&all, i * 37 % 50 + 1, host(i)));
	assert_ptr_equal(all.nodes[all.count - 1], unknown);
	candidates_name(&all, unknown, id_at(1));
	assert_int_equal(all.count, 49);
	for (size_t i = 1; i < all.count; i++)
		assert_true(node_id_nearer(target, all.nodes[i - 1]->id, all.nodes[i]->id) < 0);
	assert_ptr_equal(all.nodes[0], unknown);
	/* not twice */
	assert_null(add(&all, 1, host(1)));
	unknown->handle = 7;
	assert_ptr_equal(candidates_find(&all, 7), unknown);
	assert_null(candidates_find(&all, 8));
	unknown->handle = 0;
	candidates_free(&all);
}

/* The farthest leaves, but nobody who is asked, nor the k nearest of those that answered. */
static void test_bound(void **state)
{
	struct candidates all = begin();

	(void)state;
	for (unsigned i = 0; i < LOOKUP_CANDIDATES_MAX; i++)
		assert_non_null(add(&all, 1000 + i, host(i)));
	assert_null(add(&all, 5000, host(3000)));
	for (size_t i = 0; i < all.count; i++)
		all.nodes[i]->state = i % 2 ? LOOKUP_ASKED : LOOKUP_ANSWERED;
	for (unsigned i = 0; i < 2000; i++)
		add(&all, 999 - i % 999, host(1000 + i));
	assert_int_equal(all.count, LOOKUP_CANDIDATES_MAX);
	for (unsigned i = 0, asked = 0, answered = 0; i < all.count; i++) {
		asked += all.nodes[i]->state == LOOKUP_ASKED;
		answered += all.nodes[i]->state == LOOKUP_ANSWERED;
		if (i == all.count - 1) {
			assert_int_equal(asked, LOOKUP_CANDIDATES_MAX / 2);
			assert_int_equal(answered, LOOKUP_K);
		}
	}
	/* the nearest of those that answered have stayed */
	for (unsigned i = 0, seen = 0; i < all.count && seen < LOOKUP_K; i++)
		if (all.nodes[i]->state == LOOKUP_ANSWERED)
			assert_memory_equal(all.nodes[i]->id, id_at(1000 + 2 * seen++), NODE_ID_SIZE);
	candidates_free(&all);
}

/* One network may have four; the nearest of them, as long as they were not asked. Where addresses are local, any number. */
static void test_networks(void **state)
{
	struct candidates all = begin();
	struct ipv6 ip = { { 0x2a, 1, 2, 3, 4, 5 } };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		add(&all, 500 - i, endpoint_ipv4((struct ipv4){ { 45, 6, 7, (uint8_t)i } }, 6881));
	assert_int_equal(all.count, CANDIDATES_PREFIX_MAX);
	assert_memory_equal(all.nodes[0]->id, id_at(401), NODE_ID_SIZE);
	for (size_t i = 0; i < all.count; i++)
		all.nodes[i]->state = LOOKUP_ANSWERED;
	assert_null(add(&all, 1, endpoint_ipv4((struct ipv4){ { 45, 6, 7, 200 } }, 6881)));
	all.nodes[3]->state = LOOKUP_FAILED;
	assert_non_null(add(&all, 1, endpoint_ipv4((struct ipv4){ { 45, 6, 7, 200 } }, 6881)));
	candidates_free(&all);

	all = begin();
	for (unsigned i = 0; i < 100; i++) {
		ip.byte[6] = (uint8_t)i;
		add(&all, 100 + i, endpoint_ipv6(ip, 6881));
	}
	assert_int_equal(all.count, CANDIDATES_PREFIX_MAX);
	candidates_free(&all);

	all = begin();
	for (unsigned i = 0; i < 50; i++) {
		assert_non_null(add(&all, 100 + i, endpoint_ipv4((struct ipv4){ { 127, 0, 0, (uint8_t)(i + 1) } }, 6881)));
		assert_non_null(add(&all, 300 + i, endpoint_ipv4((struct ipv4){ { 192, 168, 0, (uint8_t)(i + 1) } }, 6881)));
	}
	candidates_free(&all);
}

/* A lie told first does not keep the truth out; whoever answers is right; and lies do not pile up. */
static void test_claims(void **state)
{
	struct candidates all = begin();
	struct lookup_node *lie, *truth;

	(void)state;
	/* another id for the endpoint */
	lie = add(&all, 1, host(1));
	truth = add(&all, 700, host(1));
	assert_non_null(lie);
	assert_non_null(truth);
	assert_non_null(add(&all, 2, host(1)));
	assert_null(add(&all, 3, host(1)));
	lie->state = LOOKUP_FAILED;
	lie->end = ENGINE_WRONG_ID;
	candidates_settle(&all, lie, id_at(700));
	assert_int_equal(all.count, 2);
	assert_ptr_equal(all.nodes[1], truth);
	truth->state = LOOKUP_ANSWERED;
	assert_null(add(&all, 4, host(1)));
	candidates_free(&all);

	/* the id of another endpoint */
	all = begin();
	lie = add(&all, 9, host(2));
	truth = add(&all, 9, host(3));
	assert_non_null(truth);
	lie->state = LOOKUP_ASKED;
	add(&all, 9, host(4));
	truth->state = LOOKUP_ANSWERED;
	candidates_settle(&all, truth, truth->id);
	assert_int_equal(all.count, 2);
	assert_true(candidates_taken(&all, lie, id_at(9)));
	assert_false(candidates_taken(&all, truth, id_at(9)));
	candidates_free(&all);

	/* one that is silent is so under any id */
	all = begin();
	lie = add(&all, 9, host(2));
	lie->state = LOOKUP_FAILED;
	lie->end = ENGINE_TIMEOUT;
	assert_null(add(&all, 10, host(2)));
	candidates_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
