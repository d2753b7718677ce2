/* seed.c - base/seed: another number each time */
#include "../support/unit.h"

#include "base/seed.h"

static void test_differ(void **state)
{
	uint64_t first = seed_draw(), all = 0;

	(void)state;
	for (int i = 0; i < 64; i++)
		all |= first ^ seed_draw();
	/* each bit changes: that one does not in 64 draws happens once in 2^58 */
	assert_true(all == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_differ) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
