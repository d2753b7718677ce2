/* percent.c - percent-encoding: each byte both ways, what is no encoding, and where it must end */
#include "../support/unit.h"

#include "base/percent.h"

static void test_decode(void **state)
{
	static const struct { const char *text, *plain, *form; } rows[] = {
		{ "", "", "" },
		{ "a%20b+c%2Bd%2bd", "a b+c+d+d", "a b c+d+d" },
		{ "100%", "100%", "100%" },
		{ "%4", "%4", "%4" },
		{ "%4g%%41", "%4g%A", "%4g%A" },
		{ "%c3%A4", "\xc3\xa4", "\xc3\xa4" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		uint8_t to[32];

		assert_true(bytes_is(bytes_at(to, percent_decode(text, false, to, sizeof to)), rows[i].plain));
		assert_true(bytes_is(bytes_at(to, percent_decode(text, true, to, sizeof to)), rows[i].form));
		assert_int_equal(percent_decode(text, false, to, 1), *rows[i].text != 0);
		free_copy(text);
	}
}

static void test_encode(void **state)
{
	uint8_t all[256], back[256];
	struct buf buf = { 0 };

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	percent_encode(&buf, bytes_at(all, sizeof all), "");
	assert_int_equal(percent_decode(buf_bytes(&buf), false, back, sizeof back), 256);
	assert_memory_equal(all, back, 256);
	/* a form decodes the same: a blank is never a + */
	assert_int_equal(percent_decode(buf_bytes(&buf), true, back, sizeof back), 256);
	assert_memory_equal(all, back, 256);
	buf.size = 0;
	percent_encode(&buf, bytes_of("aZ0-._~ +/*\xff"), "*");
	assert_true(bytes_is(buf_bytes(&buf), "aZ0-._~%20%2B%2F*%FF"));
	buf.size = 0;
	percent_encode(&buf, bytes_at("\0", 1), "*");
	assert_true(bytes_is(buf_bytes(&buf), "%00"));
	buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
