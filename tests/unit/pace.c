/* pace.c - dht/pace: bursts and rates, of all and of each address, and how many addresses are kept */
#include "../support/engine.h"

#include "dht/pace.h"

enum { SECOND = 1000000 };

/* Would one more at that moment be one too many in the span that begins with any of those before? */
static bool too_many(const int64_t *taken, int count, int64_t at_us, int64_t burst, int64_t interval_us)
{
	for (int i = 0; i < count; i++)
		if (count - i + 1 > burst + (at_us - taken[i]) / interval_us)
			return true;
	return false;
}

/* Whatever the moments at which somebody wants to send: never more than burst + rate * t, and never later than need be. */
static void test_bound(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (int round = 0; round < 20; round++) {
		enum { TAKEN = 400 };
		static int64_t taken[TAKEN];
		int64_t now_us = round % 2 ? -5 * (int64_t)SECOND : 0, burst = 1 + round % 5 * 3, interval_us = 100000;
		struct pace pace = pace_begin(10, (uint32_t)burst);

		for (int i = 0; i < TAKEN; i++) {
			int64_t at_us = pace_when(&pace, now_us);

			assert_true(at_us >= now_us && pace_when(&pace, at_us) == at_us);
			assert_false(too_many(taken, i, at_us, burst, interval_us));
			assert_true(at_us == now_us || too_many(taken, i, at_us - 1, burst, interval_us));
			pace_take(&pace, at_us);
			taken[i] = at_us;
			now_us = at_us + (next_random(&seed) % 8 ? 0 : (int64_t)(next_random(&seed) % (2 * SECOND)));
		}
	}
}

static void test_rates(void **state)
{
	static const struct { double rate; int64_t interval_us; } rows[] = {
		{ 0, 0 }, { -1, 0 }, { 1, SECOND }, { 250, 4000 }, { 3, 333334 }, { 1e6, 1 }, { 1e9, 1 },
		{ 1e-30, INT64_C(1000000000000) },
	};
	struct pace pace;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(pace_begin(rows[i].rate, 1).interval_us == rows[i].interval_us);
	assert_int_equal(pace_begin(1, 0).burst, 1);
	/* nothing overflows */
	pace = pace_begin(1e-30, UINT32_MAX);
	for (int i = 0; i < 3; i++) {
		assert_true(pace_when(&pace, SECOND) == SECOND);
		pace_take(&pace, SECOND);
	}
	/* no limit: at once, unless it is held */
	pace = pace_begin(0, 5);
	for (int i = 0; i < 1000; i++) {
		assert_true(pace_when(&pace, 7) == 7);
		pace_take(&pace, 7);
	}
	pace_hold(&pace, SECOND);
	assert_true(pace_when(&pace, 7) == SECOND && pace_when(&pace, 2 * SECOND) == 2 * SECOND);
	/* with a limit: after the hold no burst */
	pace = pace_begin(10, 5);
	pace_hold(&pace, SECOND);
	pace_hold(&pace, SECOND / 2);	/* earlier: it stays */
	assert_true(pace_when(&pace, 7) == SECOND);
	pace_take(&pace, SECOND);
	assert_true(pace_when(&pace, SECOND) == SECOND + 100000);
}

static void test_book(void **state)
{
	struct paces *paces = paces_new(2, 3, 1);
	struct endpoint host = host4(1, 6881), port = host4(1, 1), other = host4(2, 6881), net = host6(1, 1, 6881),
			same = host6(1, 9, 1);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(paces_book(paces, i % 2 ? &port : &host, 0, SECOND) == 0);
	assert_true(paces_book(paces, &port, 0, SECOND) == SECOND / 2);
	assert_true(paces_book(paces, &host, 0, SECOND) == SECOND);
	assert_true(paces_book(paces, &host, 0, SECOND) == INT64_MAX);
	assert_true(paces_book(paces, &host, 0, 2 * SECOND) == 3 * SECOND / 2);	/* that refusal booked nothing */
	assert_true(paces_book(paces, &other, 0, SECOND) == 0);
	for (int i = 0; i < 3; i++)
		assert_true(paces_book(paces, i % 2 ? &net : &same, 0, SECOND) == 0);
	assert_true(paces_book(paces, &net, 0, SECOND) == SECOND / 2);
	/* what leaves is counted by itself */
	for (int i = 0; i < 3; i++)
		assert_true(paces_leave(paces, &host, 5) == 5);
	assert_true(paces_leave(paces, &host, 5) == 5 + SECOND / 2);
	assert_true(paces_leave(paces, &host, 6) == 5 + SECOND / 2);
	paces_unleave(paces, &host);
	assert_true(paces_leave(paces, &host, 6) == 6);
	assert_true(paces_leave(paces, &host, 7) > 7);
	paces_unleave(paces, &(struct endpoint){ .family = 4, .port = 1 });	/* never heard of */
	paces_free(paces);
	paces_free(NULL);
	paces = paces_new(0, 3, 1);
	for (int i = 0; i < 100; i++)
		assert_true(paces_book(paces, &host, 4, 4) == 4 && paces_leave(paces, &host, 4) == 4);
	paces_free(paces);
}

/* Many addresses: as many as there is room for, the others not at all; when they have come to rest others may. */
static void test_many(void **state)
{
	struct paces *paces = paces_new(2, 1, 7);
	int64_t now_us = 0;

	(void)state;
	for (int round = 0; round < 3; round++, now_us += SECOND) {
		size_t taken = 0;

		for (unsigned i = 0; i < 4 * PACES_MAX; i++) {
			struct endpoint host = endpoint_ipv4((struct ipv4){ { 45, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
									      (uint8_t)i } }, 1);

			taken += paces_book(paces, &host, now_us, now_us + SECOND) == now_us;
		}
		assert_int_equal(taken, PACES_MAX);
		/* what nobody could keep count of does not leave */
		assert_true(paces_leave(paces, &(struct endpoint){ .family = 4, .address = { 99 } }, now_us) > now_us);
	}
	/* the same ones are known still while others come and go */
	for (int round = 0; round < 100; round++, now_us += SECOND / 4)
		for (unsigned i = 0; i < 2000; i++) {
			struct endpoint known = host4(1, 1), host = host4((unsigned)round * 2000 + i, 1);
			int64_t at_us = paces_book(paces, &host, now_us, INT64_MAX);

			assert_true(at_us >= now_us && at_us <= now_us + SECOND);
			if (i == 0)
				assert_true(paces_leave(paces, &known, now_us) == now_us || round % 2);
		}
	paces_free(paces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_book),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
