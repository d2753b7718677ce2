/* moments.c - dht/moments: the next one first, whatever was put in and taken out */
#include "../support/unit.h"

#include "dht/moments.h"

enum { ITEMS = 500 };

/* The item that a plain search finds, or ITEMS. */
static unsigned first_of(const struct moment *in, const bool *is_in)
{
	unsigned first = ITEMS;

	for (unsigned i = 0; i < ITEMS; i++)
		if (is_in[i] && (first == ITEMS || in[i].at_us < in[first].at_us ||
				 (in[i].at_us == in[first].at_us && (int32_t)(in[i].order - in[first].order) < 0)))
			first = i;
	return first;
}

static void test_order(void **state)
{
	struct moments moments = { .count = 0 };
	struct moment in[ITEMS];
	bool is_in[ITEMS] = { false };
	uint64_t seed = 5;
	uint32_t order = UINT32_MAX - 20000;	/* it wraps around on the way */

	(void)state;
	assert_true(moments_next(&moments) == INT64_MAX);
	moments_room(&moments, 10);
	moments_room(&moments, ITEMS);
	moments_room(&moments, 3);
	for (int step = 0; step < 40000; step++) {
		unsigned item = (unsigned)(next_random(&seed) % ITEMS), first;

		/* at times many, at times few are in */
		if (is_in[item] && (step / 5000 % 2 || next_random(&seed) % 8 == 0)) {
			moments_take(&moments, item);
			is_in[item] = false;
		} else if (!is_in[item]) {
			in[item] = (struct moment){ (int64_t)(next_random(&seed) % 100) - 50, order++, item };
			if (next_random(&seed) % 100 == 0)
				in[item].at_us = INT64_MIN;
			moments_put(&moments, item, in[item].at_us, in[item].order);
			is_in[item] = true;
		}
		first = first_of(in, is_in);
		assert_true(moments_next(&moments) == (first == ITEMS ? INT64_MAX : in[first].at_us));
		if (first != ITEMS)
			assert_int_equal(moments.heap[0].item, first);
		/* now and then the first one goes, as it mostly does */
		if (first != ITEMS && step % 3 == 0) {
			moments_take(&moments, first);
			is_in[first] = false;
		}
	}
	moments_free(&moments);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_order) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
