/* number.c - decimal text against printf and strtoull, limits, durations, sizes */
#include "../support/unit.h"

#include "base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static void check_print(uint64_t value)
{
	char expected[32];
	size_t size = (size_t)sprintf(expected, "%" PRIu64, value);
	struct bytes text = exact_copy(expected, size);
	char *at = malloc(NUMBER_ROOM);	/* what it may touch, and not a byte more */
	uint64_t back = value + 1;

	memset(at, '?', NUMBER_ROOM);
	assert_ptr_equal(number_print(at, value), at + size);
	assert_memory_equal(at, expected, size);
	if (value <= UINT16_MAX) {
		memset(at, '?', NUMBER_ROOM);
		assert_ptr_equal(number_print_u16(at, (uint16_t)value), at + size);
		assert_memory_equal(at, expected, size);
	}
	if (value <= UINT8_MAX) {
		memset(at, '?', NUMBER_ROOM);
		assert_ptr_equal(number_print_u8(at, (uint8_t)value), at + size);
		assert_memory_equal(at, expected, size);
	}
	assert_true(number_parse(text, UINT64_MAX, &back));
	assert_true(back == value);
	free(at);
	free_copy(text);
}

static void test_print(void **state)
{
	uint64_t seed = 10, power = 1;

	(void)state;
	for (uint64_t value = 0; value <= UINT16_MAX; value++)
		check_print(value);
	for (int i = 0; i < 20; i++, power *= 10) {
		check_print(power - 1);
		check_print(power);
		check_print(power + 1);
	}
	check_print(UINT64_MAX);
	check_print(UINT64_MAX - 1);
	for (int i = 0; i < 200000; i++)
		check_print(next_random(&seed) >> (i & 63));
}

static void test_parse_rows(void **state)
{
	static const struct { const char *text; uint64_t max; bool valid; uint64_t value; } rows[] = {
		{ "0", 0, true, 0 },
		{ "00", 0, true, 0 },
		{ "007", 7, true, 7 },
		{ "000000000000000000000000000001", 1, true, 1 },
		{ "65535", 65535, true, 65535 },
		{ "65536", 65535, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551615", UINT64_MAX - 1, false, 0 },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "18446744073709551620", UINT64_MAX, false, 0 },
		{ "99999999999999999999", UINT64_MAX, false, 0 },
		{ "184467440737095516150", UINT64_MAX, false, 0 },
		{ "", UINT64_MAX, false, 0 },
		{ "-1", UINT64_MAX, false, 0 },
		{ "+1", UINT64_MAX, false, 0 },
		{ " 1", UINT64_MAX, false, 0 },
		{ "1 ", UINT64_MAX, false, 0 },
		{ "1.0", UINT64_MAX, false, 0 },
		{ "0x1", UINT64_MAX, false, 0 },
		{ "1e3", UINT64_MAX, false, 0 },
		{ "1/", UINT64_MAX, false, 0 },
		{ ":", UINT64_MAX, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		uint64_t value = 4242;

		if (number_parse(text, rows[i].max, &value) != rows[i].valid)
			fail_msg("'%s' up to %" PRIu64 ": expected %d", rows[i].text, rows[i].max, rows[i].valid);
		assert_true(value == (rows[i].valid ? rows[i].value : 4242));
		free_copy(text);
	}
}

static void test_parse_random(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char digits[24] = "";
		uint64_t value = 0, expected;
		size_t size = 1 + next_random(&seed) % 22;
		bool valid;

		for (size_t k = 0; k < size; k++)
			digits[k] = (char)('0' + next_random(&seed) % 10);
		errno = 0;
		expected = strtoull(digits, NULL, 10);
		valid = errno != ERANGE;
		assert_int_equal(number_parse(bytes_of(digits), UINT64_MAX, &value), valid);
		assert_true(!valid || value == expected);
	}
}

static void test_durations(void **state)
{
	static const struct { const char *text; bool valid; uint64_t seconds; } rows[] = {
		{ "0", true, 0 },
		{ "90", true, 90 },
		{ "90s", true, 90 },
		{ "5m", true, 300 },
		{ "2h", true, 7200 },
		{ "7d", true, 604800 },
		{ "0d", true, 0 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551615s", true, UINT64_MAX },
		{ "18446744073709551615m", false, 0 },
		{ "307445734561825860m", true, UINT64_MAX / 60 * 60 },
		{ "307445734561825861m", false, 0 },
		{ "213503982334601d", true, UINT64_MAX / 86400 * 86400 },
		{ "213503982334602d", false, 0 },
		{ "", false, 0 },
		{ "s", false, 0 },
		{ "d", false, 0 },
		{ "5M", false, 0 },
		{ "5w", false, 0 },
		{ "5ms", false, 0 },
		{ "1h30m", false, 0 },
		{ "-5m", false, 0 },
		{ "5 m", false, 0 },
		{ "1.5h", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		uint64_t seconds = 4242;

		if (duration_parse(text, &seconds) != rows[i].valid)
			fail_msg("'%s': expected %d", rows[i].text, rows[i].valid);
		assert_true(seconds == (rows[i].valid ? rows[i].seconds : 4242));
		free_copy(text);
	}
}

static void test_sizes(void **state)
{
	static const struct { const char *text; bool valid; uint64_t size; } rows[] = {
		{ "0", true, 0 },
		{ "65536", true, 65536 },
		{ "64k", true, 65536 },
		{ "64K", true, 65536 },
		{ "64KiB", true, 65536 },
		{ "1M", true, 1 << 20 },
		{ "4MiB", true, 4 << 20 },
		{ "2g", true, 2ull << 30 },
		{ "3T", true, 3ull << 40 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18014398509481983k", true, UINT64_MAX >> 10 << 10 },
		{ "18014398509481984k", false, 0 },
		{ "", false, 0 },
		{ "k", false, 0 },
		{ "KiB", false, 0 },
		{ "64KB", false, 0 },
		{ "64iB", false, 0 },
		{ "64ki", false, 0 },
		{ "64kk", false, 0 },
		{ "1.5M", false, 0 },
		{ "-1k", false, 0 },
		{ "1 k", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		uint64_t size = 4242;

		if (size_parse(text, &size) != rows[i].valid)
			fail_msg("'%s': expected %d", rows[i].text, rows[i].valid);
		assert_true(size == (rows[i].valid ? rows[i].size : 4242));
		free_copy(text);
	}
}

static void test_counts(void **state)
{
	static const struct { uint64_t count; const char *units, *want; } rows[] = {
		{ 0, "lines", "0 lines" }, { 1, "lines", "1 line" }, { 2, "lines", "2 lines" }, { 11, "lines", "11 lines" },
		{ 1, "entries", "1 entry" }, { 0, "entries", "0 entries" },
		{ UINT64_MAX, "bytes", "18446744073709551615 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct count_text text;

		assert_string_equal(count_print(&text, rows[i].count, rows[i].units), rows[i].want);
	}
}

static void test_size_print(void **state)
{
	static const struct { uint64_t size; const char *want; } rows[] = {
		{ 0, "0 bytes" }, { 1, "1 byte" }, { 1023, "1023 bytes" }, { 1024, "1 KiB" }, { 1025, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ 524288, "512 KiB" }, { (1 << 20) - 53, "1023.9 KiB" }, { (1 << 20) - 1, "1.0 MiB" }, { 1 << 20, "1 MiB" },
		{ (1ull << 40) - 1, "1.0 TiB" }, { 1ull << 60, "1 EiB" }, { UINT64_MAX, "16.0 EiB" },
	};
	struct count_text text;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(size_print(&text, rows[i].size), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_parse_rows),
		cmocka_unit_test(test_parse_random),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_size_print),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
