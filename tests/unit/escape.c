/* escape.c - escapes of lines, JSON and CSV: rows, and every byte there and back in room that is exact */
#include "../support/unit.h"

#include "text/escape.h"

#include "text/json.h"

typedef char *printer(char *at, struct bytes text);

static char *print_json(char *at, struct bytes text)
{
	bool lossy = false;

	return escape_json(at, text, &lossy);
}

/* Prints from a block that ends with the text into one of just the room that the header asks for. */
static void check_print(printer *print, size_t growth, size_t room, struct bytes text, const char *want)
{
	struct bytes copy = exact_copy(text.data, text.size);
	char *at = malloc(growth * text.size + room), *end = print(at, copy);

	if ((size_t)(end - at) != strlen(want) || memcmp(at, want, strlen(want)) != 0)
		fail_msg("'%.*s' instead of '%s'", (int)(end - at), at, want);
	free(at);
	free_copy(copy);
}

static void test_rows(void **state)
{
	static const struct { struct bytes text; const char *line, *json, *csv; } rows[] = {
#define TEXT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
		{ TEXT(""), "", "\"\"", "\"\"" },
		{ TEXT("-"), "\\x2d", "\"-\"", "-" },
		{ TEXT("--"), "--", "\"--\"", "--" },
		{ TEXT("abc"), "abc", "\"abc\"", "abc" },
		{ TEXT("a,b"), "a,b", "\"a,b\"", "\"a,b\"" },
		{ TEXT("say \"hi\""), "say \"hi\"", "\"say \\\"hi\\\"\"", "\"say \"\"hi\"\"\"" },
		{ TEXT("a\tb\nc\rd"), "a\\tb\\nc\\rd", "\"a\\tb\\nc\\rd\"", "\"a\tb\nc\rd\"" },
		{ TEXT("a\tb"), "a\\tb", "\"a\\tb\"", "a\tb" },
		{ TEXT("\\"), "\\\\", "\"\\\\\"", "\\" },
		{ TEXT("\\x41"), "\\\\x41", "\"\\\\x41\"", "\\x5c783431" },
		{ TEXT("\0\x01\x1f\x7f"), "\\x00\\x01\\x1f\\x7f", "\"\\u0000\\u0001\\u001f\\u007f\"", "\\x00011f7f" },
		{ TEXT("\b\f"), "\\x08\\x0c", "\"\\b\\f\"", "\\x080c" },
		{ TEXT("p\xc3\xa4ss"), "p\xc3\xa4ss", "\"p\xc3\xa4ss\"", "p\xc3\xa4ss" },
		{ TEXT("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"", "\xf0\x9f\x98\x80" },
		/* C1 controls steer terminals */
		{ TEXT("\xc2\x9b" "A"), "\\xc2\\x9bA", "\"\\u009bA\"", "\\xc29b41" },
		{ TEXT("\xc2\xa0"), "\xc2\xa0", "\"\xc2\xa0\"", "\xc2\xa0" },
		{ TEXT("\xff"), "\\xff", "\"\xef\xbf\xbd\"", "\\xff" },
		{ TEXT("\xc3"), "\\xc3", "\"\xef\xbf\xbd\"", "\\xc3" },
		/* overlong, a surrogate, beyond U+10FFFF */
		{ TEXT("\xc0\x80"), "\\xc0\\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\\xc080" },
		{ TEXT("\xed\xa0\x80"), "\\xed\\xa0\\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\\xeda080" },
		{ TEXT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80",
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\\xf4908080" },
		/* the special one at each place of a block of sixteen, and after one */
		{ TEXT("0123456789abcde\\"), "0123456789abcde\\\\", "\"0123456789abcde\\\\\"", "0123456789abcde\\" },
		{ TEXT("0123456789abcdef\x01"), "0123456789abcdef\\x01", "\"0123456789abcdef\\u0001\"",
		  "\\x3031323334353637383961626364656601" },
		{ TEXT("\"123456789abcdef0123456789abcdef\""), "\"123456789abcdef0123456789abcdef\"",
		  "\"\\\"123456789abcdef0123456789abcdef\\\"\"", "\"\"\"123456789abcdef0123456789abcdef\"\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_print(escape_print, ESCAPE_GROWTH, ESCAPE_ROOM, rows[i].text, rows[i].line);
		check_print(print_json, JSON_GROWTH, 2, rows[i].text, rows[i].json);
		check_print(escape_csv, 2, 4, rows[i].text, rows[i].csv);
	}
}

static void test_lossy(void **state)
{
	char room[64];
	bool lossy = false;

	(void)state;
	escape_json(room, bytes_of("p\xc3\xa4ss\xc2\x85"), &lossy);
	assert_false(lossy);
	escape_json(room, bytes_of("p\xc3"), &lossy);
	assert_true(lossy);
	escape_json(room, bytes_of("good"), &lossy);
	assert_true(lossy);	/* left alone */
}

/* Time must grow with the text: what is between two quotes is looked at once. The old way took minutes for this. */
static void test_quotes(void **state)
{
	enum { SIZE = 4 << 20 };
	char *text = malloc(SIZE), *json = malloc(2 * SIZE + 2);
	bool lossy = false;

	(void)state;
	memset(text, '"', SIZE);
	assert_int_equal(escape_json(json, bytes_at(text, SIZE), &lossy) - json, 2 * SIZE + 2);
	assert_memory_equal(json + 2 * SIZE - 3, "\\\"\\\"\"", 5);
	free(text);
	free(json);
}

static void test_parse_failures(void **state)
{
	static const struct { const char *cell, *message; } rows[] = {
		{ "\\", "'\\\\' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
		{ "abc\\", "'\\\\' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
		{ "\\N", "'\\\\N' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
		{ "\\x", "'\\\\x' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
		{ "\\x4", "'\\\\x4' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
		{ "\\xg0", "'\\\\xg0' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
		{ "a\\\\\\q-and-more", "'\\\\q-a' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes cell = exact_copy(rows[i].cell, strlen(rows[i].cell)), text;
		struct error error = { 0 };

		assert_false(escape_parse(cell, &arena, &text, &error));
		assert_int_equal(error.kind, ERROR_INPUT);
		assert_string_equal(error.message, rows[i].message);
		free_copy(cell);
	}
	arena_free(&arena);
}

static void test_parse_is_lenient_with_case_only(void **state)
{
	struct arena arena = { 0 };
	struct error error = { 0 };
	struct bytes text;

	(void)state;
	assert_true(escape_parse(bytes_of("\\xC3\\xa4\\x2D"), &arena, &text, &error));
	assert_true(bytes_is(text, "\xc3\xa4-"));
	assert_true(escape_parse(bytes_of("plain"), &arena, &text, &error));
	assert_true(bytes_is(text, "plain"));
	arena_free(&arena);
}

static void check_back(struct bytes text, struct arena *arena)
{
	char *line = malloc(ESCAPE_GROWTH * text.size + ESCAPE_ROOM), *json = malloc(JSON_GROWTH * text.size + 16);
	struct bytes printed = exact_copy(line, (size_t)(escape_print(line, text) - line)), back;
	struct error error = { 0 };
	struct json_pair pair;
	bool lossy = false;
	size_t count;

	free_copy(printed);
	printed = exact_copy(line, (size_t)(escape_print(line, text) - line));
	for (size_t i = 0; i < printed.size; i++)
		assert_true(printed.data[i] >= 0x20 && printed.data[i] != 0x7f);
	assert_false(bytes_is(printed, "-"));
	assert_true(escape_parse(printed, arena, &back, &error));
	assert_true(bytes_equal(back, text));
	free_copy(printed);

	memcpy(json, "{\"a\":", 5);
	*escape_json(json + 5, text, &lossy) = '}';
	printed = bytes_at(json, strlen("{\"a\":}") + (size_t)(escape_json(json + 5, text, &lossy) - json) - 5);
	json[printed.size - 1] = '}';
	assert_true(json_object(printed, arena, &pair, 1, &count, &error));
	assert_true(lossy || bytes_equal(pair.value, text));
	arena_reset(arena);
	free(line);
	free(json);
}

/* Every pair of bytes, and random texts. */
static void test_back(void **state)
{
	struct arena arena = { 0 };
	uint8_t text[100];
	uint64_t seed = 3;

	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		text[0] = (uint8_t)(pair >> 8);
		text[1] = (uint8_t)pair;
		check_back(bytes_at(text, 2), &arena);
	}
	for (int i = 0; i < 20000; i++) {
		size_t size = next_random(&seed) % sizeof text;

		fill_random(&seed, text, size);
		for (size_t j = 0; i & 1 && j < size; j++)
			text[j] = (uint8_t)("a\\\"-\xc2\x85\t#"[text[j] & 7]);
		check_back(bytes_at(text, size), &arena);
	}
	arena_free(&arena);
}

static void test_brief(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "", "" },
		{ "short", "short" },
		{ "-", "-" },
		{ "0123456789012345678901234567890123456789", "0123456789012345678901234567890123456789" },
		{ "01234567890123456789012345678901234567890", "0123456789012345678901234567890123456789..." },
		{ "\x1b[2J", "\\x1b[2J" },
	};
	struct brief brief;
	char binary[100];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(escape_brief(&brief, bytes_of(rows[i].text)), rows[i].want);
	memset(binary, 0xff, sizeof binary);
	for (size_t size = 0; size <= sizeof binary; size++)
		assert_true(strlen(escape_brief(&brief, bytes_at(binary, size))) < sizeof brief.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_lossy),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_parse_failures),
		cmocka_unit_test(test_parse_is_lenient_with_case_only),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_brief),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
