/* lzf.c - unpacking LZF: literals, copies near and far, and all that is no LZF */
#include "../support/unit.h"

#include "base/hex.h"
#include "codec/lzf.h"

/* Unpacks a copy that ends where it ends, into a block with just the room that is asked for. */
static bool decode(struct bytes packed, size_t size, uint8_t **out)
{
	struct bytes copy = exact_copy(packed.data, packed.size);
	bool good;

	*out = malloc(size + LZF_ROOM);
	good = lzf_decode(copy, *out, size);
	free_copy(copy);
	return good;
}

static void test_rows(void **state)
{
	static const struct { const char *hex, *text; } rows[] = {
		{ "", "" },
		{ "0061", "a" },
		{ "02616263", "abc" },
		{ "0361626364" "2003", "abcdabc" },
		{ "0061" "2000", "aaaa" },
		{ "0061" "c000", "aaaaaaaaa" },
		{ "0061" "e00000", "aaaaaaaaaa" },
		{ "0061" "e01400" "0062", "aaaaaaaaaa" "aaaaaaaaaa" "aaaaaaaaaa" "b" },
		{ "016162" "e00501", "abababababababab" },
		{ "0f30313233343536373839616263646566" "c00f" "0078", "0123456789abcdef01234567x" },
		{ "1f" "3031323334353637383961626364656630313233343536373839616263646566" "0078",
		  "0123456789abcdef0123456789abcdefx" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t packed[64], *out;
		size_t size = strlen(rows[i].hex) / 2, whole = strlen(rows[i].text);

		assert_true(hex_parse((const uint8_t *)rows[i].hex, size, packed));
		for (size_t want = 0; want <= whole + 1; want++) {
			bool good = decode(bytes_at(packed, size), want, &out);

			if (good != (want == whole) || (good && whole && memcmp(out, rows[i].text, whole)))
				fail_msg("row %zu: size %zu", i, want);
			free(out);
		}
		for (size_t cut = 0; cut < size; cut++) {
			assert_false(decode(bytes_at(packed, cut), whole, &out));
			free(out);
		}
		for (size_t want = 0; want <= whole; want++) {
			out = malloc(want + LZF_ROOM);
			assert_int_equal(lzf_decode_first(bytes_at(packed, size), out, want), want);
			assert_true(!want || !memcmp(out, rows[i].text, want));
			free(out);
		}
	}
}

static void test_bad(void **state)
{
	static const char *const rows[] = {
		"2000",			/* a copy of what is not there */
		"006120" "01",		/* from before the beginning */
		"0061" "3fff",
		"0061" "e0ff",		/* cut within a copy */
		"0561",			/* cut within a literal */
		"1f",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t packed[8], *out;
		size_t size = strlen(rows[i]) / 2;

		assert_true(hex_parse((const uint8_t *)rows[i], size, packed));
		for (size_t want = 0; want < 300; want++) {
			assert_false(decode(bytes_at(packed, size), want, &out));
			free(out);
		}
	}
}

/* Anything that can be packed, put together from literals and copies of all lengths and distances. */
static void test_random(void **state)
{
	enum { SIZE = 4000 };
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint8_t packed[2 * SIZE], text[SIZE], *out;
		size_t at = 0, size = 0, limit = 1 + next_random(&seed) % (SIZE - 300);

		while (size < limit) {
			size_t count = 1 + next_random(&seed) % 32;
			size_t distance = 1 + next_random(&seed) % (round % 2 ? 20 : 8192);

			if (!size || next_random(&seed) % 3 == 0) {
				packed[at++] = (uint8_t)(count - 1);
				fill_random(&seed, packed + at, count);
				memcpy(text + size, packed + at, count);
				at += count;
				size += count;
				continue;
			}
			distance = distance > size ? size : distance;
			count = 3 + next_random(&seed) % (round % 3 ? 6 : 262);
			packed[at++] = (uint8_t)((count < 9 ? count - 2 : 7) << 5 | (distance - 1) >> 8);
			if (count >= 9)
				packed[at++] = (uint8_t)(count - 9);
			packed[at++] = (uint8_t)(distance - 1);
			for (size_t i = 0; i < count; i++, size++)
				text[size] = text[size - distance];
		}
		assert_true(decode(bytes_at(packed, at), size, &out));
		assert_memory_equal(out, text, size);
		free(out);
		assert_true(size <= at * LZF_GROWTH);
		assert_false(decode(bytes_at(packed, at), size - 1, &out));
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("lzf", tests, NULL, NULL);
}
