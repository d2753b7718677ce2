/* base64.c - the vectors of RFC 4648, every size there and back, one spelling for each value */
#include "../support/unit.h"

#include "base/base64.h"

enum { LONGEST = 48 };

/* Reads into a block of exactly size bytes. */
static bool parses(bool (*parse)(struct bytes, uint8_t *, size_t), const char *text, size_t size, uint8_t *data)
{
	struct bytes copy = exact_copy(text, strlen(text)), room = exact_copy(data, size);
	bool valid = parse(copy, (uint8_t *)(uintptr_t)room.data, size);

	if (size)
		memcpy(data, room.data, size);
	free_copy(copy);
	free_copy(room);
	return valid;
}

static void test_base64_rows(void **state)
{
	static const struct { const char *data, *text; } rows[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xff\xff\xfe", "///+" }, { "\xfb\xef\xbe", "++++" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = strlen(rows[i].data);
		struct bytes data = exact_copy(rows[i].data, size), room = exact_copy(rows[i].text, BASE64_ROOM(size));
		char *at = (char *)(uintptr_t)room.data;
		uint8_t back[8];

		assert_int_equal(BASE64_ROOM(size), strlen(rows[i].text));
		memset(at, '?', room.size);
		assert_ptr_equal(base64_print(at, data.data, size), at + room.size);
		assert_true(bytes_is(room, rows[i].text));
		assert_true(parses(base64_parse, rows[i].text, size, back));
		assert_memory_equal(back, rows[i].data, size);
		free_copy(data);
		free_copy(room);
	}
	assert_int_equal(BASE64_ROOM(20), 28);
}

static void test_base64_refusals(void **state)
{
	static const struct { const char *text; size_t size; } rows[] = {
		{ "", 1 }, { "Zg==", 0 }, { "Zg==", 2 }, { "Zg==", 3 }, { "Zm8=", 1 }, { "Zm8=", 3 }, { "Zm9v", 1 },
		{ "Zm9v", 2 }, { "Zm9v", 4 }, { "Zm9v", 6 },			/* another size */
		{ "Zg", 1 }, { "Zg=", 1 }, { "Zm8", 2 }, { "Zg===", 1 },	/* padding that is missing or too much */
		{ "Zh==", 1 }, { "Zm9=", 2 }, { "Z/==", 1 },			/* unused bits that are not zero */
		{ "Zg=A", 1 }, { "ZgA=", 1 }, { "Z===", 1 }, { "====", 1 }, { "====", 0 }, { "=m9v", 3 }, { "Zm=v", 3 },
		{ "Zm9=", 3 }, { "Zg==Zg==", 4 }, { "Zg==Zm9v", 6 },		/* padding in the wrong place */
		{ "Zm9-", 3 }, { "Zm9_", 3 }, { "Zm 9", 3 }, { "Zm9\n", 3 }, { "Zm9v\n", 3 }, { "Zm9\xe9", 3 },
		{ "Zm9v", SIZE_MAX }, { "", SIZE_MAX }, { "", SIZE_MAX - 1 },
	};
	uint8_t data[8];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes copy = exact_copy(rows[i].text, strlen(rows[i].text));

		if (base64_parse(copy, data, rows[i].size))
			fail_msg("'%s' was read as %zu bytes", rows[i].text, rows[i].size);
		free_copy(copy);
	}
}

static void test_base64_random(void **state)
{
	uint8_t data[LONGEST], back[LONGEST];
	char text[BASE64_ROOM(LONGEST) + 1];
	uint64_t seed = 6;

	(void)state;
	for (size_t size = 0; size <= LONGEST; size++) {
		for (int round = 0; round < 200; round++) {
			fill_random(&seed, data, size);
			*base64_print(text, data, size) = 0;
			assert_true(parses(base64_parse, text, size, back));
			if (size)
				assert_memory_equal(back, data, size);
		}
	}
}

/* What is read is printed the same again: no two texts are one value. */
static void test_base64_one_spelling(void **state)
{
	char again[4];
	uint8_t data[3];

	(void)state;
	for (unsigned place = 0; place < 4; place++) {
		for (unsigned c = 0; c < 256; c++) {
			for (size_t size = 1; size <= 3; size++) {
				uint8_t text[4] = { 'Q', 'Q', size > 1 ? 'Q' : '=', size > 2 ? 'Q' : '=' };

				text[place] = (uint8_t)c;
				if (!base64_parse(bytes_at(text, 4), data, size))
					continue;
				base64_print(again, data, size);
				assert_memory_equal(again, text, 4);
			}
		}
	}
}

static void test_base32_rows(void **state)
{
	static const struct { const char *text; size_t size; bool valid; uint8_t data[10]; } rows[] = {
		{ "", 0, true, { 0 } },
		{ "MZXW6YTB", 5, true, "fooba" },
		{ "mzxw6ytb", 5, true, "fooba" },
		{ "mZxW6yTb", 5, true, "fooba" },
		{ "AAAAAAAA", 5, true, { 0 } },
		{ "77777777", 5, true, "\xff\xff\xff\xff\xff" },
		{ "MZXW6YTBMZXW6YTB", 10, true, "foobafooba" },
		{ "MZXW6YTB", 10, false, { 0 } },
		{ "MZXW6YTB", 4, false, { 0 } },
		{ "MZXW6YTB", 6, false, { 0 } },
		{ "MZXW6YTBA", 5, false, { 0 } },
		{ "MZXW6YTB", 0, false, { 0 } },
		{ "MZXW6YT", 5, false, { 0 } },
		{ "MZXW6YQ=", 4, false, { 0 } },
		{ "MZXW6YT=", 5, false, { 0 } },
		{ "MZXW6YT0", 5, false, { 0 } },
		{ "1ZXW6YTB", 5, false, { 0 } },
		{ "MZXW8YTB", 5, false, { 0 } },
		{ "MZXW YTB", 5, false, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t data[10] = { 0 };

		if (parses(base32_parse, rows[i].text, rows[i].size, data) != rows[i].valid)
			fail_msg("'%s' as %zu bytes: expected %d", rows[i].text, rows[i].size, rows[i].valid);
		if (rows[i].valid)
			assert_memory_equal(data, rows[i].data, rows[i].size);
	}
}

static void test_base32_random(void **state)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", lower[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t seed = 7;
	char text[33] = "";

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t data[20], expected[20] = { 0 };

		for (unsigned i = 0; i < 32; i++) {
			unsigned value = next_random(&seed) >> 32 & 31;

			text[i] = (next_random(&seed) >> 32 & 1 ? upper : lower)[value];
			/* bit by bit, in no hurry */
			for (unsigned bit = 0; bit < 5; bit++)
				if (value >> (4 - bit) & 1)
					expected[(5 * i + bit) / 8] |= (uint8_t)(0x80 >> (5 * i + bit) % 8);
		}
		assert_true(parses(base32_parse, text, 20, data));
		assert_memory_equal(data, expected, 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64_rows),
		cmocka_unit_test(test_base64_refusals),
		cmocka_unit_test(test_base64_random),
		cmocka_unit_test(test_base64_one_spelling),
		cmocka_unit_test(test_base32_rows),
		cmocka_unit_test(test_base32_random),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
