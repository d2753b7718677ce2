/* rtt.c - dht/rtt: quantiles of what was added, fading, time-outs */
#include "../support/unit.h"

#include "dht/rtt.h"

enum { FLOOR = 100000, UNKNOWN = 2000000, LIMIT = 10000000 };

static void assert_near(int64_t got, int64_t want)
{
	/* a bin is an eighth wide */
	assert_in_range(got, want - want / 8 - 1, want + want / 8 + 1);
}

static void test_quantiles(void **state)
{
	struct rtt rtt = { .count = 0 };

	(void)state;
	assert_true(rtt_quantile(&rtt, .5) == 0);
	for (int64_t us = 1; us <= 1000; us++)
		rtt_add(&rtt, us * 1000);
	for (int percent = 1; percent <= 100; percent++)
		assert_near(rtt_quantile(&rtt, percent / 100.), percent * 10000);
	assert_true(rtt_quantile(&rtt, 0) <= 1000 && rtt_quantile(&rtt, 1) <= 1125000);
	assert_true(rtt.samples == 1000 && rtt.count == 1000);
}

/* One sample of each size: it is found again, also beyond both ends. */
static void test_bins(void **state)
{
	static const int64_t odd[] = { INT64_MIN, -1, 0, 1, 7, INT64_MAX, INT64_C(1) << 40 };

	(void)state;
	for (int64_t us = 8; us < INT64_C(30000000000); us += 1 + us / 50) {
		struct rtt rtt = { .count = 0 };

		rtt_add(&rtt, us);
		assert_near(rtt_quantile(&rtt, .5), us);
	}
	for (size_t i = 0; i < COUNT(odd); i++) {
		struct rtt rtt = { .count = 0 };

		rtt_add(&rtt, odd[i]);
		assert_true(odd[i] < 8 ? rtt_quantile(&rtt, 1) < 10 : rtt_quantile(&rtt, 1) > INT64_C(30000000000));
	}
}

/* What is far back counts for less and less. */
static void test_fades(void **state)
{
	struct rtt rtt = { .count = 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		rtt_add(&rtt, 1000000);
	for (int i = 0; i < 5000; i++)
		rtt_add(&rtt, 1000);
	assert_near(rtt_quantile(&rtt, .5), 1000);
	assert_true(rtt.count < 5000 && rtt.samples == 105000);
	for (int i = 0; i < 20000; i++)
		rtt_add(&rtt, 1000);
	assert_near(rtt_quantile(&rtt, .99), 1000);
}

static void test_timeout(void **state)
{
	struct rtt rtt = { .count = 0 };
	int64_t steady;

	(void)state;
	assert_true(rtt_timeout(&rtt, FLOOR, UNKNOWN, LIMIT) == UNKNOWN);
	assert_true(rtt_timeout(&rtt, FLOOR, 2 * LIMIT, LIMIT) == LIMIT);
	for (int i = 0; i < 15; i++)
		rtt_add(&rtt, 500);
	assert_true(rtt_timeout(&rtt, FLOOR, UNKNOWN, LIMIT) == UNKNOWN);
	rtt_add(&rtt, 500);
	assert_true(rtt_timeout(&rtt, FLOOR, UNKNOWN, LIMIT) == FLOOR);
	/* all alike: half as long again; spread: longer; without bound: the limit */
	for (int i = 0; i < 4000; i++)
		rtt_add(&rtt, 400000);
	steady = rtt_timeout(&rtt, FLOOR, UNKNOWN, LIMIT);
	assert_in_range(steady, 550000, 750000);
	for (int i = 0; i < 600; i++)
		rtt_add(&rtt, 900000);
	assert_true(rtt_timeout(&rtt, FLOOR, UNKNOWN, LIMIT) > 3 * steady);
	for (int i = 0; i < 3000; i++)
		rtt_add(&rtt, INT64_C(8000000));
	assert_true(rtt_timeout(&rtt, FLOOR, UNKNOWN, LIMIT) == LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_fades),
		cmocka_unit_test(test_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
