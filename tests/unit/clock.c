/* clock.c - base/clock: the unit, and which clock is which */
#include "../support/unit.h"

#include <time.h>

#include "base/clock.h"

static void test_unit(void **state)
{
	int64_t before = time(NULL), began = clock_monotonic_us();

	(void)state;
	/* time() may be a tick behind */
	assert_in_range(clock_real_us() / 1000000, before, time(NULL) + 1);
	for (int i = 0; i < 1000; i++)
		assert_true(clock_monotonic_us() >= began);
	clock_pause_ms(2);
	assert_true(clock_monotonic_us() - began >= 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_unit) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
