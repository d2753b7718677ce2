/* json.c - flat objects and any value: what is read, what is refused and where; memory that a line cannot multiply */
#include "../support/unit.h"

#include "text/json.h"

#include <stdio.h>

#include "base/buf.h"

enum { PAIRS_MAX = 8 };

/* "key=kind:value;" for each pair. */
static void describe(struct buf *out, const struct json_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_append(out, pairs[i].key.data, pairs[i].key.size);
		buf_format(out, "=%c:", "snwx"[pairs[i].kind]);
		buf_append(out, pairs[i].value.data, pairs[i].value.size);
		buf_byte(out, ';');
	}
}

static void test_objects(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "{}", "" },
		{ " { } ", "" },
		{ "{\"a\":\"b\"}", "a=s:b;" },
		{ "\t{ \"a\" :\r\n\"b\" , \"\" : 1 } ", "a=s:b;=n:1;" },
		{ "{\"a\":null,\"b\":true,\"c\":false}", "a=w:null;b=w:true;c=w:false;" },
		{ "{\"a\":-1.5e+10,\"b\":0}", "a=n:-1.5e+10;b=n:0;" },
		{ "{\"a\":1e999999999999999999999}", "a=n:1e999999999999999999999;" },
		{ "{\"a\":[1,[2]],\"b\":{\"c\":{}},\"d\":1}", "a=x:[1,[2]];b=x:{\"c\":{}};d=n:1;" },
		{ "{\"a\":[\"]\",\"\\\"}\"]}", "a=x:[\"]\",\"\\\"}\"];" },
		{ "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a=s:\"\\/\b\f\n\r\t;" },
		{ "{\"\\u0061\":\"\\u00e9\\u20ac\\uD83D\\ude00\"}", "a=s:\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80;" },
		{ "{\"a\":\"\\ud7ff\\ue000\\uffff\"}", "a=s:\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf;" },
		{ "{\"a\":\"\xff\x7f\"}", "a=s:\xff\x7f;" },
		{ "{\"a\":1,\"a\":2}", "a=n:1;a=n:2;" },
		{ "{\"0\":0,\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":\"\\n\"}",
		  "0=n:0;1=n:0;2=n:0;3=n:0;4=n:0;5=n:0;6=n:0;7=n:0;" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		struct json_pair pairs[PAIRS_MAX];
		struct arena arena = { 0 };
		struct error error = { 0 };
		struct buf out = { 0 };
		size_t count;

		if (!json_object(text, &arena, pairs, PAIRS_MAX, &count, &error))
			fail_msg("%s: %s", rows[i].text, error.message);
		describe(&out, pairs, count);
		assert_string_equal(buf_string(&out), rows[i].want);
		/* cut anywhere it is no object, and the place is inside */
		for (size_t size = 0; size < text.size; size++) {
			struct bytes cut = exact_copy(text.data, size);

			error = (struct error){ 0 };
			if (!json_object(cut, &arena, pairs, PAIRS_MAX, &count, &error))
				assert_true(error.kind == ERROR_INPUT && error.offset <= size);
			else
				assert_true(size && text.data[text.size - 1] == ' ');
			free_copy(cut);
		}
		buf_free(&out);
		arena_free(&arena);
		free_copy(text);
	}
}

static void test_failures(void **state)
{
	static const struct { const char *text; uint64_t offset; const char *message; } rows[] = {
		{ "", 0, "JSON ends where '{' was expected" },
		{ "[1]", 0, "JSON has '[1]' where '{' was expected" },
		{ "{", 1, "JSON ends where a string was expected" },
		{ "{a:1}", 1, "JSON has 'a:1}' where a string was expected" },
		{ "{\"a\"}", 4, "JSON has '}' where ':' was expected" },
		{ "{\"a\":}", 5, "JSON has '}' where a value was expected" },
		{ "{\"a\":1,}", 7, "JSON has '}' where a string was expected" },
		{ "{\"a\":1 \"b\":2}", 7, "JSON has '\"b\":2}' where ',' or '}' was expected" },
		{ "{\"a\":1} x", 8, "JSON has 'x' where the end of the line was expected" },
		{ "{\"a\":1}{\"b\":2}", 7, "JSON has '{\"b\":2}' where the end of the line was expected" },
		{ "{\"a\":nul}", 5, "JSON has 'nul}' where a value was expected" },
		{ "{\"a\":True}", 5, "JSON has 'True}' where a value was expected" },
		{ "{\"a\":NaN}", 5, "JSON has 'NaN}' where a value was expected" },
		{ "{\"a\":+1}", 5, "JSON has '+1}' where a value was expected" },
		{ "{\"a\":'b'}", 5, "JSON has ''b'}' where a value was expected" },
		{ "{\"a\":\"b}", 8, "JSON ends where the end of a string was expected" },
		{ "{\"a\":\"\t\"}", 6, "JSON has '\\t\"}' where the end of a string was expected" },
		{ "{\"a\":\"\\n\t\"}", 8, "JSON has '\\t\"}' where the end of a string was expected" },
		{ "{\"a\":\"\\q\"}", 7, "JSON has 'q\"}' where an escape was expected" },
		{ "{\"a\":\"\\", 7, "JSON ends where an escape was expected" },
		{ "{\"a\":\"\\u12\"}", 8, "JSON has '12\"}' where four hexadecimal digits was expected" },
		{ "{\"a\":\"\\ud800\"}", 12, "JSON has '\"}' where the second half of a surrogate pair was expected" },
		{ "{\"a\":\"\\ud800\\u0041\"}", 18,
		  "JSON has '\"}' where the second half of a surrogate pair was expected" },
		{ "{\"a\":\"\\ud800\\ue000\"}", 18,
		  "JSON has '\"}' where the second half of a surrogate pair was expected" },
		{ "{\"a\":\"\\udc00\"}", 12, "JSON has '\"}' where a surrogate pair was expected" },
		{ "{\"a\":[1}}", 7, "JSON has '}}' where ',' or ']' was expected" },
		{ "{\"a\":{]", 6, "JSON has ']' where a string was expected" },
		{ "{\"a\":[1", 7, "JSON ends where ',' or ']' was expected" },
		{ "{\"a\":[1 2]}", 8, "JSON has '2]}' where ',' or ']' was expected" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		struct json_pair pairs[PAIRS_MAX];
		struct arena arena = { 0 };
		struct error error = { 0 };
		size_t count;

		assert_false(json_object(text, &arena, pairs, PAIRS_MAX, &count, &error));
		assert_string_equal(error.message, rows[i].message);
		assert_int_equal(error.offset, rows[i].offset);
		arena_free(&arena);
		free_copy(text);
	}
}

static bool nested(int depth)
{
	struct json_pair pair;
	struct arena arena = { 0 };
	struct error error = { 0 };
	struct buf text = { 0 };
	size_t count;
	bool good;

	buf_text(&text, "{\"a\":");
	for (int i = 0; i < depth; i++)
		buf_text(&text, i & 1 ? "{\"b\":" : "[");
	buf_text(&text, "1");
	for (int i = depth; i-- > 0;)
		buf_text(&text, i & 1 ? "}" : "]");
	buf_text(&text, "}");
	good = json_object(buf_bytes(&text), &arena, &pair, 1, &count, &error);
	if (!good)
		assert_string_equal(error.message, "JSON is nested deeper than 64");
	arena_free(&arena);
	buf_free(&text);
	return good;
}

static void test_depth(void **state)
{
	(void)state;
	assert_true(nested(JSON_DEPTH_MAX));
	assert_false(nested(JSON_DEPTH_MAX + 1));
	assert_false(nested(100000));
}

/* ---- any value */

/* Each token as a letter and its text: "{ k:a n:1 }". False: no JSON. */
static bool read_value(struct bytes text, size_t at, struct buf *out, size_t *end, struct error *error)
{
	struct json_reader reader;
	struct json_token token;
	struct arena arena = { 0 };

	json_begin(&reader, text, at, &arena);
	while (json_next(&reader, &token, error)) {
		if (out->size)
			buf_byte(out, ' ');
		if (token.kind >= JSON_OBJECT)
			buf_byte(out, (uint8_t)"{[e"[token.kind - JSON_OBJECT]);
		else
			buf_format(out, "%c:%.*s", token.key ? 'k' : "snw"[token.kind], (int)token.text.size,
				   token.text.data);
		assert_true(token.offset < text.size &&
			    (token.kind == JSON_END || !memchr(" ,:", text.data[token.offset], 3)));
	}
	*end = reader.at;
	assert_int_equal(reader.ended, error->kind == ERROR_NONE);
	arena_free(&arena);
	return reader.ended;
}

static void test_values(void **state)
{
	static const struct { const char *text, *want; size_t end; } rows[] = {
		{ "1", "n:1", 1 },
		{ " \"a\\n\" ", "s:a\n", 6 },
		{ "null true", "w:null", 4 },
		{ "[]{}", "[ e", 2 },
		{ "{}", "{ e", 2 },
		{ " [ 1 , [ ] , \"x\" ] ", "[ n:1 [ e s:x e", 18 },
		{ "{\"a\":{\"b\":[true,{}]},\"c\":-1.5e3}x", "{ k:a { k:b [ w:true { e e e k:c n:-1.5e3 e", 32 },
		{ "{\"\\u0061\" : [[[[1]]]]}", "{ k:a [ [ [ [ n:1 e e e e e", 22 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		struct error error = { 0 };
		struct buf out = { 0 };
		size_t end;

		if (!read_value(text, 0, &out, &end, &error))
			fail_msg("%s: %s", rows[i].text, error.message);
		assert_string_equal(buf_string(&out), rows[i].want);
		assert_int_equal(end, rows[i].end);
		for (size_t size = 0; size + 1 < end; size++) {
			struct bytes cut = exact_copy(text.data, size);

			error = (struct error){ 0 };
			if (!read_value(cut, 0, &out, &end, &error))
				assert_true(error.kind == ERROR_INPUT && error.offset <= size);
			free_copy(cut);
		}
		buf_free(&out);
		free_copy(text);
	}
}

static void test_value_failures(void **state)
{
	static const struct { const char *text; uint64_t offset; const char *message; } rows[] = {
		{ "", 0, "JSON ends where a value was expected" },
		{ "]", 0, "JSON has ']' where a value was expected" },
		{ "[1,]", 3, "JSON has ']' where a value was expected" },
		{ "[,1]", 1, "JSON has ',1]' where a value was expected" },
		{ "[1}", 2, "JSON has '}' where ',' or ']' was expected" },
		{ "[1:2]", 2, "JSON has ':2]' where ',' or ']' was expected" },
		{ "{\"a\":1,}", 7, "JSON has '}' where a string was expected" },
		{ "{\"a\":1]", 6, "JSON has ']' where ',' or '}' was expected" },
		{ "{1:2}", 1, "JSON has '1:2}' where a string was expected" },
		{ "{\"a\",1}", 4, "JSON has ',1}' where ':' was expected" },
		{ "{\"a\":}", 5, "JSON has '}' where a value was expected" },
		{ "[[[", 3, "JSON ends where a value was expected" },
		{ "{", 1, "JSON ends where a string was expected" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		struct error error = { 0 };
		struct buf out = { 0 };
		size_t end;

		assert_false(read_value(text, 0, &out, &end, &error));
		assert_string_equal(error.message, rows[i].message);
		assert_int_equal(error.offset, rows[i].offset);
		buf_free(&out);
		free_copy(text);
	}
}

/* Several values, one after the other, on one text. */
static void test_several_values(void **state)
{
	struct bytes text = exact_copy("1 [2]\n\"3\"{}  ", 13);
	static const char *const want[] = { "n:1", "[ n:2 e", "s:3", "{ e" };
	struct error error = { 0 };
	struct buf out = { 0 };
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		out.size = 0;
		assert_true(read_value(text, at, &out, &at, &error));
		assert_string_equal(buf_string(&out), want[i]);
	}
	assert_int_equal(at, 11);
	buf_free(&out);
	free_copy(text);
}

static void test_levels(void **state)
{
	(void)state;
	for (unsigned depth = JSON_LEVELS_MAX; depth <= JSON_LEVELS_MAX + 1; depth++) {
		struct buf text = { 0 }, out = { 0 };
		struct error error = { 0 };
		size_t end;

		for (unsigned i = 0; i < depth; i++)
			buf_byte(&text, '[');
		for (unsigned i = 0; i < depth; i++)
			buf_byte(&text, ']');
		if (depth > JSON_LEVELS_MAX) {
			assert_false(read_value(buf_bytes(&text), 0, &out, &end, &error));
			assert_string_equal(error.message, "JSON is nested deeper than 4096");
			assert_int_equal(error.offset, JSON_LEVELS_MAX);
		} else {
			assert_true(read_value(buf_bytes(&text), 0, &out, &end, &error));
			assert_int_equal(end, 2 * depth);
		}
		buf_free(&out);
		buf_free(&text);
	}
}

/* Room for the rest of the line for each of these strings would be half a terabyte. */
static void test_memory(void **state)
{
	struct json_pair pairs[PAIRS_MAX];
	struct arena arena = { 0 };
	struct error error = { 0 };
	struct buf text = { 0 };
	size_t count;

	(void)state;
	buf_text(&text, "{\"a\":\"\\n\"");
	for (int i = 0; i < 100000; i++)
		buf_text(&text, ",\"\\u0061\":[\"\\n\",\"\\\"\"]");
	buf_text(&text, "}");
	assert_true(json_object(buf_bytes(&text), &arena, pairs, PAIRS_MAX, &count, &error));
	assert_int_equal(count, PAIRS_MAX);
	arena_free(&arena);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_value_failures),
		cmocka_unit_test(test_several_values),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
