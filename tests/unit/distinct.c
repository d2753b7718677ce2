/* distinct.c - what was seen already and what not, against a plain array; bounds, and the memory used again */
#include "../support/unit.h"

#include "base/distinct.h"

static uint64_t print_number(const struct distinct *distinct, uint64_t number)
{
	return distinct_print(distinct, bytes_at(&number, sizeof number));
}

static void test_seen_and_new(void **state)
{
	enum { NUMBERS = 5000 };
	struct distinct distinct = { 0 };
	static bool seen[NUMBERS];
	uint64_t seed = 7;

	(void)state;
	memset(seen, 0, sizeof seen);
	distinct_reset(&distinct, NUMBERS, NUMBERS);
	for (size_t i = 0; i < 3 * NUMBERS; i++) {
		uint64_t number = next_random(&seed) % NUMBERS, print = print_number(&distinct, number);

		assert_int_equal(distinct_has(&distinct, print), seen[number]);
		assert_int_equal(distinct_add(&distinct, print), !seen[number]);
		assert_true(distinct_has(&distinct, print));
		seen[number] = true;
	}
	for (uint64_t number = 0; number < NUMBERS; number++)
		assert_int_equal(distinct_has(&distinct, print_number(&distinct, number)), seen[number]);
	distinct_free(&distinct);
}

/* A key is all of its bytes; an empty one is a key too. */
static void test_keys(void **state)
{
	struct distinct distinct = { 0 };

	(void)state;
	distinct_reset(&distinct, 3, 10);
	assert_true(distinct_add(&distinct, distinct_print(&distinct, bytes_of("a"))));
	assert_true(distinct_add(&distinct, distinct_print(&distinct, bytes_of("ab"))));
	assert_true(distinct_add(&distinct, distinct_print(&distinct, bytes_of(""))));
	assert_false(distinct_add(&distinct, distinct_print(&distinct, bytes_of("ab"))));
	assert_false(distinct_add(&distinct, distinct_print(&distinct, bytes_of(""))));
	distinct_free(&distinct);
}

/* What does not fit is new each time, and what was there before is known all the same: the array never fills. */
static void test_bound(void **state)
{
	struct distinct distinct = { 0 };

	(void)state;
	distinct_reset(&distinct, UINT64_MAX, 100);
	for (uint64_t number = 0; number < 10000; number++)
		assert_true(distinct_add(&distinct, print_number(&distinct, number)));
	assert_true(distinct.count >= 100 && distinct.count < distinct.capacity);
	for (uint64_t number = 0; number < 100; number++)
		assert_false(distinct_add(&distinct, print_number(&distinct, number)));
	assert_true(distinct_add(&distinct, print_number(&distinct, 9999)));
	assert_true(distinct_add(&distinct, print_number(&distinct, 9999)));
	distinct_free(&distinct);
}

static void test_reset(void **state)
{
	struct distinct distinct = { 0 };
	uint64_t *slots;

	(void)state;
	distinct_reset(&distinct, 1000, 1000);
	slots = distinct.slots;
	for (uint64_t number = 0; number < 1000; number++)
		distinct_add(&distinct, print_number(&distinct, number));
	distinct_reset(&distinct, 10, 1000);
	assert_ptr_equal(distinct.slots, slots);
	assert_int_equal(distinct.count, 0);
	for (uint64_t number = 0; number < 10; number++)
		assert_true(distinct_add(&distinct, print_number(&distinct, number)));
	distinct_reset(&distinct, 100000, 1000000);
	for (uint64_t number = 0; number < 100000; number++)
		assert_true(distinct_add(&distinct, print_number(&distinct, number)));
	distinct_free(&distinct);
	assert_null(distinct.slots);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen_and_new), cmocka_unit_test(test_keys), cmocka_unit_test(test_bound),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
