/* utf8.c - every code point, every sequence of three bytes, and the ends of what is allowed in four */
#include "../support/unit.h"

#include "base/utf8.h"

static void test_rows(void **state)
{
	static const struct { const char *text; unsigned length; } rows[] = {
		{ "a", 1 }, { "ab", 1 }, { "\x7f", 1 },
		{ "\xc2\x80", 2 }, { "\xdf\xbf!", 2 }, { "\xe0\xa0\x80", 3 }, { "\xed\x9f\xbf", 3 }, { "\xee\x80\x80", 3 },
		{ "\xef\xbf\xbf", 3 }, { "\xf0\x90\x80\x80", 4 }, { "\xf4\x8f\xbf\xbf", 4 },
		{ "\x80", 0 }, { "\xbf", 0 },						/* stray continuation */
		{ "\xc3", 0 }, { "\xe2\x82", 0 }, { "\xf0\x9f\x98", 0 }, { "\xf0", 0 },	/* the end of the text */
		{ "\xc3(", 0 }, { "\xe2(\xa1", 0 }, { "\xe2\x82(", 0 }, { "\xf0\x9f\x98(", 0 },	/* missing continuation */
		{ "\xc0\x80", 0 }, { "\xc1\xbf", 0 }, { "\xe0\x9f\xbf", 0 }, { "\xf0\x8f\xbf\xbf", 0 },	/* overlong */
		{ "\xed\xa0\x80", 0 }, { "\xed\xbf\xbf", 0 },				/* surrogates */
		{ "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 }, { "\xff", 0 }, { "\xfe", 0 },	/* over U+10FFFF */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));

		if (utf8_next(text) != rows[i].length)
			fail_msg("row %zu: %u instead of %u", i, utf8_next(text), rows[i].length);
		free_copy(text);
	}
	assert_int_equal(utf8_next(bytes_at("\0", 1)), 1);
}

static unsigned encode(uint32_t point, uint8_t *at)
{
	if (point < 0x80) {
		at[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		at[0] = (uint8_t)(0xc0 | point >> 6);
		at[1] = (uint8_t)(0x80 | (point & 63));
		return 2;
	}
	if (point < 0x10000) {
		at[0] = (uint8_t)(0xe0 | point >> 12);
		at[1] = (uint8_t)(0x80 | (point >> 6 & 63));
		at[2] = (uint8_t)(0x80 | (point & 63));
		return 3;
	}
	at[0] = (uint8_t)(0xf0 | point >> 18);
	at[1] = (uint8_t)(0x80 | (point >> 12 & 63));
	at[2] = (uint8_t)(0x80 | (point >> 6 & 63));
	at[3] = (uint8_t)(0x80 | (point & 63));
	return 4;
}

static void test_every_point(void **state)
{
	uint8_t text[4];

	(void)state;
	for (uint32_t point = 0; point < 0x120000; point++) {
		bool valid = point < 0x110000 && (point < 0xd800 || point > 0xdfff);
		unsigned length = encode(point, text);

		if (utf8_next(bytes_at(text, length)) != (valid ? length : 0))
			fail_msg("U+%04X", point);
		if (length > 1 && utf8_next(bytes_at(text, length - 1)))
			fail_msg("U+%04X, the last byte missing", point);
	}
}

/* No sequence is valid beyond those of the code points: as many are as there are points. */
static void test_every_sequence(void **state)
{
	unsigned valid[5] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1 << 24; i++) {
		uint8_t text[3] = { (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		valid[utf8_next(bytes_at(text, 3))]++;
	}
	assert_int_equal(valid[1], 0x80 << 16);
	assert_int_equal(valid[2], (0x800 - 0x80) << 8);
	assert_int_equal(valid[3], 0x10000 - 0x800 - 0x800);
	valid[4] = 0;
	for (uint32_t i = 0; i < 1 << 20; i++) {
		/* all beginnings; the last byte of four decides nothing but that it continues, and the rows have that */
		uint8_t text[4] = { (uint8_t)(0xf0 | (i & 15)), (uint8_t)(i >> 4), (uint8_t)(i >> 12), 0x80 };

		valid[4] += utf8_next(bytes_at(text, 4)) == 4;
	}
	assert_int_equal(valid[4], (0x110000 - 0x10000) / 64);
}

/* A text is valid as all of its sequences are, wherever they stand among others. */
static void test_valid(void **state)
{
	uint64_t seed = 5;

	(void)state;
	assert_true(utf8_valid(bytes_at("", 0)));
	for (int i = 0; i < 200000; i++) {
		uint8_t text[40];
		size_t size = next_random(&seed) % (sizeof text - 4), at = 0;
		bool valid = true;
		struct bytes copy;

		while (at < size) {
			/* mostly ASCII; now and then a code point, or a byte that may be wrong there */
			uint64_t what = next_random(&seed) % 16;

			if (what < 13)
				text[at++] = (uint8_t)(next_random(&seed) & 0x7f);
			else if (what < 15)
				at += encode((uint32_t)(next_random(&seed) % 0xd800), text + at);
			else
				text[at++] = (uint8_t)next_random(&seed);
		}
		copy = exact_copy(text, at);
		for (size_t j = 0; valid && j < at;) {
			unsigned length = utf8_next(bytes_after(copy, j));

			valid = length != 0;
			j += length;
		}
		assert_int_equal(utf8_valid(copy), valid);
		free_copy(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_point),
		cmocka_unit_test(test_every_sequence),
		cmocka_unit_test(test_valid),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
