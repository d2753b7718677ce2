/* bloom.c - the filters of BEP 33: its own example, the empty and the full one, merging */
#include "codec/bloom.h"

#include <math.h>

#include "base/hex.h"
#include "digest/digest.h"

#include "../support/unit.h"

static void add_address(uint8_t *filter, const uint8_t *address, size_t size)
{
	uint8_t sha1[SHA1_SIZE];

	sha1_digest(bytes_at(address, size), sha1);
	/* two indices, little-endian */
	for (unsigned i = 0; i < 4; i += 2) {
		unsigned bit = (sha1[i] | (unsigned)sha1[i + 1] << 8) % BLOOM_BITS;

		filter[bit / 8] |= (uint8_t)(1 << bit % 8);
	}
}

/* 192.0.2.0 to 192.0.2.255 and 2001:DB8:: to 2001:DB8::3E7, as the BEP adds them. */
static void add_ipv4(uint8_t *filter)
{
	for (unsigned i = 0; i < 256; i++)
		add_address(filter, (uint8_t[]){ 192, 0, 2, (uint8_t)i }, 4);
}

static void add_ipv6(uint8_t *filter)
{
	for (unsigned i = 0; i <= 0x3e7; i++)
		add_address(filter, (uint8_t[16]){ 0x20, 0x01, 0x0d, 0xb8, [14] = (uint8_t)(i >> 8), [15] = (uint8_t)i },
			    16);
}

static void test_example(void **state)
{
	static const char digits[] =
		"f6c3f5eaa07ffd91bde89f777f26fb2bff37bdb8fb2bbaa2fd3ddde7bacfff75ee7ccbaefe5eedb1fbfaff67f6abff5e"
		"43ddbca3fd9b9ffdf4ffd3e9dff12d1bdf59db53dbe9fa5b7ff3b8fdfcde1afb8bedd7be2f3ee71ebbbfe93bcdeefe14"
		"8246c2bc5dbff7e7efdcf24fd8dc7adffd8fffdfddfff7a4bbeedf5cb95ce81fc7fcff1ff4ffffdfe5f7fdcbb7fd79b3"
		"fa1fc77bfe07fff905b7b7ffc7fefeffe0b8370bb0cd3f5b7f2bd93feb4386cfdd6f7fd5bfaf2e9ebffffeecd67adbf7"
		"c67f17efd5d75eba6ffeba7fff47a91eb1bfbb53e8abfb5762abe8ff237279bfefbfeef5ffc5febfdfe5adffadfee1fb"
		"737ffffbfd9f6aeffeee76b6fd8f72ef";
	uint8_t filter[BLOOM_SIZE] = { 0 }, expected[BLOOM_SIZE];

	(void)state;
	add_ipv4(filter);
	add_ipv6(filter);
	assert_true(hex_parse((const uint8_t *)digits, BLOOM_SIZE, expected));
	assert_memory_equal(filter, expected, BLOOM_SIZE);
	assert_true(fabs(bloom_estimate(filter) - 1224.9308) < 0.0001);
}

static void test_merge(void **state)
{
	uint8_t both[BLOOM_SIZE] = { 0 }, first[BLOOM_SIZE] = { 0 }, second[BLOOM_SIZE] = { 0 };

	(void)state;
	add_ipv4(both);
	add_ipv6(both);
	add_ipv4(first);
	add_ipv6(second);
	bloom_merge(first, second);
	assert_memory_equal(first, both, BLOOM_SIZE);
	/* what is in both counts once */
	bloom_merge(first, second);
	assert_memory_equal(first, both, BLOOM_SIZE);
}

static void test_ends(void **state)
{
	uint8_t filter[BLOOM_SIZE] = { 0 };

	(void)state;
	assert_true(bloom_estimate(filter) == 0);
	add_address(filter, (uint8_t[]){ 192, 0, 2, 1 }, 4);
	assert_true(fabs(bloom_estimate(filter) - 1) < 0.001);
	/* one bit is left, or none: the same, and no infinity */
	memset(filter, 0xff, sizeof filter);
	assert_true(isfinite(bloom_estimate(filter)) && bloom_estimate(filter) > BLOOM_USEFUL_MAX);
	filter[0] = 0xfe;
	assert_true(isfinite(bloom_estimate(filter)) && bloom_estimate(filter) > BLOOM_USEFUL_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests_name("bloom", tests, NULL, NULL);
}
