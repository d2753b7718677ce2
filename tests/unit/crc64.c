/* crc64.c - the checksum of RDB: known sums, both ways of computing it, parts in a row */
#include "../support/unit.h"

#include "base/crc64.h"

/* A bit at a time, straight from the definition: the polynomial 0xad93d23594c935a9 with its bits reversed. */
static uint64_t by_bits(uint64_t crc, struct bytes data)
{
	for (size_t i = 0; i < data.size; i++) {
		crc ^= data.data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x95ac9329ac4bc9b5 : 0);
	}
	return crc;
}

static void test_known(void **state)
{
	static const struct { const char *text; uint64_t sum; } rows[] = {
		{ "", 0 },
		{ "123456789", 0xe9c6d914c4b8d9ca },
		/* what redis-server 7.0.15 puts behind the DUMP of the string "hello" */
		{ "\0\5hello\n\0", 0x0a20346576df7263 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = i == 2 ? 9 : strlen(rows[i].text);

		assert_true(crc64(0, rows[i].text, size) == rows[i].sum);
		assert_true(crc64_sliced(0, rows[i].text, size) == rows[i].sum);
		assert_true(by_bits(0, bytes_at(rows[i].text, size)) == rows[i].sum);
	}
}

/* Each size up to some folds and what is left over, at each place within a word, in memory that ends where they do. */
static void test_both_ways(void **state)
{
	uint64_t seed = 64;
	uint8_t data[400];

	(void)state;
	fill_random(&seed, data, sizeof data);
	for (size_t size = 0; size <= 384; size++) {
		uint64_t before = next_random(&seed);
		struct bytes copy = exact_copy(data + size % 16, size);
		uint64_t sum = by_bits(before, copy);

		assert_true(crc64_sliced(before, copy.data, size) == sum);
		assert_true(crc64_folded(before, copy.data, size) == sum);
		assert_true(crc64(before, copy.data, size) == sum);
		free_copy(copy);
	}
}

static void test_parts(void **state)
{
	uint64_t seed = 65, whole;
	uint8_t data[1000];

	(void)state;
	fill_random(&seed, data, sizeof data);
	whole = crc64(0, data, sizeof data);
	for (size_t cut = 0; cut <= sizeof data; cut++)
		assert_true(crc64(crc64(0, data, cut), data + cut, sizeof data - cut) == whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests_name("crc64", tests, NULL, NULL);
}
