/* hex.c - digits of every size against printf, and every byte that is no digit at every place */
#include "../support/unit.h"

#include "base/hex.h"

#include <stdio.h>

enum { LONGEST = 70 };	/* past four blocks of sixteen, so that every kind of tail follows every kind of block */

static void test_rows(void **state)
{
	static const struct { const char *digits; bool valid; uint8_t data[4]; } rows[] = {
		{ "", true, { 0 } },
		{ "00", true, { 0 } },
		{ "09af", true, { 0x09, 0xaf } },
		{ "AFaF", true, { 0xaf, 0xaf } },
		{ "deadBEEF", true, { 0xde, 0xad, 0xbe, 0xef } },
		{ "0g", false, { 0 } },
		{ "g0", false, { 0 } },
		{ " 1", false, { 0 } },
		{ "0x", false, { 0 } },
		{ "-1", false, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].digits, strlen(rows[i].digits));
		struct bytes data = exact_copy(rows[i].data, text.size / 2);

		if (hex_parse(text.data, text.size / 2, (uint8_t *)(uintptr_t)data.data) != rows[i].valid)
			fail_msg("'%s': expected %d", rows[i].digits, rows[i].valid);
		if (rows[i].valid && data.size)
			assert_memory_equal(data.data, rows[i].data, data.size);
		free_copy(text);
		free_copy(data);
	}
}

static void test_every_size(void **state)
{
	uint8_t data[LONGEST], back[LONGEST];
	char expected[2 * LONGEST + 1], upper[2 * LONGEST + 1];
	uint64_t seed = 1;

	(void)state;
	for (size_t size = 0; size <= LONGEST; size++) {
		for (int round = 0; round < 50; round++) {
			struct bytes copy, room;
			char *at;

			fill_random(&seed, data, size);
			expected[0] = 0;
			for (size_t i = 0; i < size; i++) {
				sprintf(expected + 2 * i, "%02x", data[i]);
				sprintf(upper + 2 * i, "%02X", data[i]);
			}
			copy = exact_copy(data, size);
			room = exact_copy(expected, 2 * size);
			at = (char *)(uintptr_t)room.data;
			memset(at, '?', room.size);
			assert_ptr_equal(hex_print(at, copy.data, size), at + 2 * size);
			if (size)
				assert_memory_equal(at, expected, 2 * size);
			/* and back, into exactly as many bytes */
			memset((void *)(uintptr_t)copy.data, 0x55, size);
			assert_true(hex_parse(room.data, size, (uint8_t *)(uintptr_t)copy.data));
			if (size)
				assert_memory_equal(copy.data, data, size);
			assert_true(hex_parse((const uint8_t *)upper, size, back));
			if (size)
				assert_memory_equal(back, data, size);
			free_copy(copy);
			free_copy(room);
		}
	}
}

static bool is_digit(unsigned c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void test_every_byte_everywhere(void **state)
{
	uint8_t digits[2 * LONGEST], data[LONGEST];

	(void)state;
	for (size_t size = 1; size <= LONGEST; size++) {
		memset(digits, '7', sizeof digits);
		for (size_t place = 0; place < 2 * size; place++) {
			for (unsigned c = 0; c < 256; c++) {
				digits[place] = (uint8_t)c;
				if (hex_parse(digits, size, data) != is_digit(c))
					fail_msg("byte %#x at %zu of %zu digits", c, place, 2 * size);
			}
			digits[place] = '7';
		}
	}
}

static void test_nibbles(void **state)
{
	uint8_t nibbles[16];

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		for (unsigned place = 0; place < 16; place++) {
			uint8_t text[17] = "fedcba9876543210";
			unsigned mask;

			text[place] = (uint8_t)c;
			mask = hex_nibbles(text, nibbles);
			assert_int_equal(mask, is_digit(c) ? 0xffff : 0xffff ^ 1 << place);
			for (unsigned i = 0; i < 16; i++) {
				char one[2] = { (char)text[i], 0 };

				assert_int_equal(nibbles[i], is_digit(text[i]) ? strtoul(one, NULL, 16) : 0);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_every_byte_everywhere),
		cmocka_unit_test(test_nibbles),
	};

	return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
