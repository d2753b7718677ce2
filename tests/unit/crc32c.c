/* crc32c.c - CRC-32C: known sums */
#include "base/crc32c.h"

#include "../support/unit.h"

static void test_known(void **state)
{
	/* RFC 3720, B.4, and the check value of the CRC catalogues */
	static const uint8_t zeros[32];
	uint8_t ones[32], up[32];

	(void)state;
	memset(ones, 0xff, sizeof ones);
	for (unsigned i = 0; i < sizeof up; i++)
		up[i] = (uint8_t)i;
	assert_int_equal(crc32c("", 0), 0);
	assert_int_equal(crc32c("123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(zeros, sizeof zeros), 0x8a9136aa);
	assert_int_equal(crc32c(ones, sizeof ones), 0x62a8ab43);
	assert_int_equal(crc32c(up, sizeof up), 0x46dd794e);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_known) };

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
