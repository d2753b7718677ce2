/* room.c - arrays that grow, bits and the order of numbers */
#include "../support/unit.h"

#include "base/bits.h"
#include "base/order.h"
#include "base/room.h"

#include <stdlib.h>

static void test_room_keeps_what_is_there(void **state)
{
	uint32_t *numbers = NULL;
	size_t room = 0, moves = 0;

	(void)state;
	assert_null(room_for(NULL, &room, 0, sizeof *numbers));
	for (uint32_t i = 0; i < 10000; i++) {
		size_t before = room;

		numbers = room_for(numbers, &room, i + 1ull, sizeof *numbers);
		assert_true(room > i);
		moves += room != before;
		numbers[i] = i;
	}
	assert_true(moves < 20);
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(numbers[i], i);
	numbers = room_for(numbers, &room, 1000000, sizeof *numbers);
	assert_true(room >= 1000000);
	numbers[999999] = 1;
	assert_int_equal(numbers[9999], 9999);
	free(numbers);
}

static void test_new_is_zero(void **state)
{
	uint64_t *numbers = room_new(1000, sizeof *numbers);
	void *none = room_new(0, 8);

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], 0);
	assert_non_null(none);
	free(none);
	free(numbers);
}

static void test_bits(void **state)
{
	uint8_t *bits = room_new(1, bits_size(100));

	(void)state;
	for (size_t i = 0; i <= 100; i += 3)
		bits_set(bits, i);
	for (size_t i = 0; i <= 100; i++)
		assert_int_equal(bits_has(bits, i), i % 3 == 0);
	free(bits);
}

static void test_order(void **state)
{
	static const uint64_t sorted[] = { 0, 1, UINT32_MAX, 1ull << 32, INT64_MAX, UINT64_MAX };
	static const uint32_t shorts[] = { 0, 1, INT32_MAX, UINT32_MAX };
	static const int64_t with_sign[] = { INT64_MIN, -1, 0, 1, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(sorted); i++) {
		for (size_t j = 0; j < COUNT(sorted); j++) {
			assert_int_equal(order(sorted[i], sorted[j]), order(i, j));
			assert_int_equal(order_u64(&sorted[i], &sorted[j]), order(i, j));
		}
	}
	for (size_t i = 0; i < COUNT(shorts); i++)
		for (size_t j = 0; j < COUNT(shorts); j++)
			assert_int_equal(order_u32(&shorts[i], &shorts[j]), order(i, j));
	for (size_t i = 0; i < COUNT(with_sign); i++)
		for (size_t j = 0; j < COUNT(with_sign); j++)
			assert_int_equal(order_signed(with_sign[i], with_sign[j]), order(i, j));
	assert_int_equal(order(1, 2), -1);
	assert_int_equal(order(2, 2), 0);
	assert_int_equal(order(2, 1), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room_keeps_what_is_there), cmocka_unit_test(test_new_is_zero),
		cmocka_unit_test(test_bits), cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
