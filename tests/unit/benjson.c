/* benjson.c - bencode to JSON and back: each form, the same bytes for whatever bencode there is; what is refused, where */
#include "../support/unit.h"

#include "codec/benjson.h"

#include <stdio.h>

static struct benjson benjson;

static bool to_json(struct bytes bencode, struct buf *json, struct error *error)
{
	bool more;

	if (!benjson_open(&benjson, bencode, error))
		return false;
	do {
		size_t before = json->size;

		more = benjson_print(&benjson, json);
		assert_true(json->size - before < 2 * BENJSON_BLOCK);
		assert_int_equal(more, json->size - before >= BENJSON_BLOCK);
	} while (more);
	benjson_close(&benjson);
	return true;
}

/* To JSON and back; *json is what stood between. */
static void check_back(struct bytes bencode, struct buf *json)
{
	struct error error = { 0 };
	struct buf back = { 0 };
	struct bytes copy;
	size_t at = 0;

	json->size = 0;
	if (!to_json(bencode, json, &error))
		fail_msg("%.40s: %s", bencode.data, error.message);
	copy = exact_copy(json->data, json->size);
	if (!benjson_parse(copy, &at, &back, NULL, &error))
		fail_msg("%.200s: %s", copy.data, error.message);
	assert_int_equal(at, json->size);
	assert_int_equal(back.size, bencode.size);
	assert_memory_equal(back.data, bencode.data, back.size);
	buf_free(&back);
	free_copy(copy);
}

#define ROW(bencode, json) { bencode, sizeof(bencode) - 1, json }

static void test_both_ways(void **state)
{
	static const struct { const char *bencode; size_t size; const char *json; } rows[] = {
		ROW("i0e", "0"), ROW("i-42e", "-42"), ROW("4:spam", "\"spam\""), ROW("0:", "\"\""), ROW("le", "[]"),
		ROW("de", "{}"),
		ROW("l4:spami42eli1eed1:ai2eee", "[\"spam\",42,[1],{\"a\":2}]"),
		ROW("d3:cow3:moo4:spaml1:a1:bee", "{\"cow\":\"moo\",\"spam\":[\"a\",\"b\"]}"),
		ROW("6:\"\\\n\t\x7f/", "\"\\\"\\\\\\n\\t\\u007f/\""),
		ROW("1:\0", "\"\\u0000\""),
		ROW("7:\xc3\xa9\xe2\x82\xac\xc2\x9b", "\"\xc3\xa9\xe2\x82\xac\\u009b\""),
		/* bytes that are no text */
		ROW("3:\x86\xd4\xc8", "{\"$hex\":\"86d4c8\"}"), ROW("3:a\xc3z", "{\"$hex\":\"61c37a\"}"),
		ROW("3:\xed\xa0\x80", "{\"$hex\":\"eda080\"}"),
		/* integers that are no number everywhere */
		ROW("i9007199254740991e", "9007199254740991"), ROW("i-9007199254740991e", "-9007199254740991"),
		ROW("i9007199254740992e", "{\"$int\":\"9007199254740992\"}"),
		ROW("i-9007199254740992e", "{\"$int\":\"-9007199254740992\"}"),
		ROW("i9223372036854775808e", "{\"$int\":\"9223372036854775808\"}"),
		ROW("i123456789012345678901234567890e", "{\"$int\":\"123456789012345678901234567890\"}"),
		ROW("i-0e", "{\"$int\":\"-0\"}"), ROW("i007e", "{\"$int\":\"007\"}"), ROW("i-01e", "{\"$int\":\"-01\"}"),
		/* lengths in another spelling */
		ROW("002:hi", "{\"$bencode\":\"3030323a6869\"}"), ROW("00:", "{\"$bencode\":\"30303a\"}"),
		ROW("d01:ai1ee", "{\"$bencode:30313a61\":1}"), ROW("01:\xff", "{\"$bencode\":\"30313aff\"}"),
		/* keys */
		ROW("d0:i1ee", "{\"\":1}"), ROW("d1:\xffi1ee", "{\"$hex:ff\":1}"), ROW("d1:$i1ee", "{\"$$\":1}"),
		ROW("d4:$hex2:61e", "{\"$$hex\":\"61\"}"), ROW("d5:$$inti1ee", "{\"$$$int\":1}"),
		ROW("d3:$a\xffi1ee", "{\"$hex:2461ff\":1}"),
		ROW("d1:bi1e1:ai2ee", "{\"b\":1,\"a\":2}"),
		ROW("d1:ai1e1:ai2ee", "{\"$dict\":[[\"a\",1],[\"a\",2]]}"),
		ROW("d1:ai1e1:bi2e1:ai3ee", "{\"$dict\":[[\"a\",1],[\"b\",2],[\"a\",3]]}"),
		ROW("d1:ai1e1:ai2e2:\xff$d1:xi1e1:xleee",
		    "{\"$dict\":[[\"a\",1],[\"a\",2],[\"$hex:ff24\",{\"$dict\":[[\"x\",1],[\"x\",[]]]}]]}"),
		ROW("d1:ad1:ai1e1:ai2ee1:bdee", "{\"a\":{\"$dict\":[[\"a\",1],[\"a\",2]]},\"b\":{}}"),
		ROW("d1:bdedee", NULL),
		ROW("d1:bde1:add1:bi1eee", NULL),
		ROW("d1:ade1:a4:text1:ali1eee", "{\"$dict\":[[\"a\",{}],[\"a\",\"text\"],[\"a\",[1]]]}"),
		ROW("d1:a1:\xff" "1:ai-0ee", "{\"$dict\":[[\"a\",{\"$hex\":\"ff\"}],[\"a\",{\"$int\":\"-0\"}]]}"),
		/* bytes after the value */
		ROW("i1e\n", "{\"$value\":1,\"$trailing\":\"0a\"}"),
		ROW("de\xff\xfe", "{\"$value\":{},\"$trailing\":\"fffe\"}"),
		ROW("1:a1:b", "{\"$value\":\"a\",\"$trailing\":\"313a62\"}"),
		ROW("d6:$valuei1ee ", "{\"$value\":{\"$$value\":1},\"$trailing\":\"20\"}"),
	};
	struct buf json = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes bencode = exact_copy(rows[i].bencode, rows[i].size);
		struct error error = { 0 };

		if (!rows[i].json) {
			/* a dictionary where a key must be */
			assert_false(to_json(bencode, &json, &error));
			assert_int_equal(error.kind, ERROR_INPUT);
			free_copy(bencode);
			continue;
		}
		check_back(bencode, &json);
		assert_string_equal(buf_string(&json), rows[i].json);
		/* cut anywhere it is no bencode, or bencode and less after it */
		for (size_t size = 0; size < bencode.size; size++) {
			struct bytes cut = exact_copy(bencode.data, size);

			error = (struct error){ 0 };
			if (!to_json(cut, &json, &error))
				assert_true(error.kind == ERROR_INPUT && error.offset <= size);
			free_copy(cut);
		}
		free_copy(bencode);
	}
	buf_free(&json);
}

/* What people write, and what jq -S makes of it. */
static void test_plain_json(void **state)
{
	static const struct { const char *json, *bencode; unsigned flaws; } rows[] = {
		{ " { \"b\" : [ 1 , -2 ] ,\n\"c\":{} } ", "d1:bli1ei-2ee1:cdee", 0 },
		{ "\"\\u00e9\\ud83d\\ude00\\n\"", "7:\xc3\xa9\xf0\x9f\x98\x80\n", 0 },
		{ "{\"b\":1,\"a\":2}", "d1:bi1e1:ai2ee", BENCODE_UNSORTED_KEY },
		{ "{\"a\":1,\"a\":2}", "d1:ai1e1:ai2ee", BENCODE_DUPLICATE_KEY },
		{ "{\"$hex:62\":1,\"a\":2}", "d1:bi1e1:ai2ee", BENCODE_UNSORTED_KEY },
		{ "{\"a\":1,\"$bencode:30313a62\":2}", "d1:ai1e01:bi2ee", 0 },
		{ "{\"$dict\":[[\"b\",1],[\"a\",2]]}", "d1:bi1e1:ai2ee", 0 },
		{ "{\"$dict\":[]}", "de", 0 },
		{ "123456789012345678901234567890", "i123456789012345678901234567890e", 0 },
		{ "{\"$hex\":\"C3a9\"}", "2:\xc3\xa9", 0 },
		{ "{\"$hex\":\"\"}", "0:", 0 },
		{ "{\"$trailing\":\"0a\",\"$value\":{\"$int\":\"00\"}}", "i00e\n", 0 },
		{ "{\"$value\":1}", "i1e", 0 },
		{ "\"\xff\"", "1:\xff", 0 },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes json = exact_copy(rows[i].json, strlen(rows[i].json));
		struct error error = { 0 };
		unsigned flaws = 77;
		size_t at = 0;

		out.size = 0;
		if (!benjson_parse(json, &at, &out, &flaws, &error))
			fail_msg("%s: %s", rows[i].json, error.message);
		assert_string_equal(buf_string(&out), rows[i].bencode);
		assert_int_equal(flaws, rows[i].flaws);
		free_copy(json);
	}
	buf_free(&out);
}

static void test_refused(void **state)
{
	static const struct { const char *json; uint64_t offset; const char *message; } rows[] = {
		{ "", 0, "JSON ends where a value was expected" },
		{ "[1,", 3, "JSON ends where a value was expected" },
		{ "[true]", 1, "found true where a string, an integer, an array or an object was expected" },
		{ "null", 0, "found null where a string, an integer, an array or an object was expected" },
		{ "[1.5]", 1, "found 1.5 where an integer (bencode has no other numbers) was expected" },
		{ "1e3", 0, "found 1e3 where an integer (bencode has no other numbers) was expected" },
		{ "-", 0, "found - where an integer (bencode has no other numbers) was expected" },
		{ "-0", 0, "found -0 where an integer in its one spelling (another is {\"$int\":\"...\"}) was expected" },
		{ "007", 0, "found 007 where an integer in its one spelling (another is {\"$int\":\"...\"}) was expected" },
		{ "{\"$hex\":1}", 8, "found 1 where a string was expected" },
		{ "{\"$hex\":\"f\"}", 8, "found 'f' where pairs of hexadecimal digits were expected" },
		{ "{\"$hex\":\"fg\"}", 8, "found 'fg' where pairs of hexadecimal digits were expected" },
		{ "{\"$hex\":\"ff\",\"a\":1}", 13, "found the key 'a' where '}' was expected" },
		{ "{\"$int\":\"\"}", 8, "found the string '' where digits was expected" },
		{ "{\"$int\":\"1-2\"}", 8, "found the string '1-2' where digits was expected" },
		{ "{\"$int\":[]}", 8, "found '[' where a string was expected" },
		{ "{\"$bencode\":\"693165\"}", 12, "found $bencode where the bytes of one string were expected" },
		{ "{\"$bencode\":\"313a6100\"}", 12, "found $bencode where the bytes of one string were expected" },
		{ "{\"$bencode\":\"313a\"}", 12, "found $bencode where the bytes of one string were expected" },
		{ "{\"$new\":1}", 1,
		  "found the key '$new' where a key (a form stands alone in its object; a key that begins "
				    "with $ has another one before it) was expected" },
		{ "{\"a\":1,\"$hex\":\"ff\"}", 7,
		  "found the key '$hex' where a key (a form stands alone in its object; a key that "
						  "begins with $ has another one before it) was expected" },
		{ "{\"$hex:f\":1}", 1, "found 'f' where pairs of hexadecimal digits were expected" },
		{ "[{\"$value\":1}]", 2,
		  "found the key '$value' where a key (a form stands alone in its object; a key that begins "
					"with $ has another one before it) was expected" },
		{ "{\"$dict\":{}}", 9, "found '{' where an array of pairs was expected" },
		{ "{\"$dict\":[1]}", 10, "found 1 where [key,value] was expected" },
		{ "{\"$dict\":[[]]}", 11, "found ']' where a key was expected" },
		{ "{\"$dict\":[[\"a\"]]}", 14, "found ']' where a key and its value was expected" },
		{ "{\"$dict\":[[\"a\",1,2]]}", 17, "found 2 where ']' after a key and its value was expected" },
		{ "{\"$dict\":[],\"a\":1}", 12, "found the key 'a' where '}' after $dict was expected" },
		{ "{\"$value\":1,\"a\":1}", 12, "found the key 'a' where $value or $trailing, once was expected" },
		{ "{\"$value\":1,\"$value\":1}", 12, "found the key '$value' where $value or $trailing, once was expected" },
		{ "{\"$trailing\":\"00\",\"$trailing\":\"00\"}", 18,
		  "found the key '$trailing' where $value or $trailing, once was expected" },
		{ "{\"$trailing\":\"00\"}", 17, "found '}' where $value, and the bytes after it was expected" },
		{ "{\"$value\":1,\"$trailing\":1}", 24, "found 1 where hexadecimal digits was expected" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes json = exact_copy(rows[i].json, strlen(rows[i].json));
		struct error error = { 0 };
		struct buf out = { 0 };
		size_t at = 0;

		buf_text(&out, "before");
		assert_false(benjson_parse(json, &at, &out, NULL, &error));
		assert_string_equal(error.message, rows[i].message);
		assert_int_equal(error.offset, rows[i].offset);
		assert_int_equal(error.kind, ERROR_INPUT);
		assert_string_equal(buf_string(&out), "before");
		buf_free(&out);
		free_copy(json);
	}
}

/* Dictionaries with a key twice take most JSON for each level. */
static void nest(struct buf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_text(out, i % 3 ? "d1:ai1e1:a" : "l");
	buf_text(out, "1:\xff");
	for (unsigned i = 0; i < depth; i++)
		buf_byte(out, 'e');
	buf_text(out, "!");
}

static void test_depth(void **state)
{
	struct buf bencode = { 0 }, json = { 0 }, out = { 0 };
	struct error error = { 0 };
	size_t at = 0;

	(void)state;
	nest(&bencode, BENCODE_DEPTH_MAX);
	check_back(buf_bytes(&bencode), &json);
	bencode.size = 0;
	nest(&bencode, BENCODE_DEPTH_MAX + 1);
	assert_false(to_json(buf_bytes(&bencode), &json, &error));
	assert_string_equal(error.message, "lists and dictionaries are nested deeper than 1000");

	json.size = 0;
	for (unsigned i = 0; i <= BENCODE_DEPTH_MAX; i++)
		buf_text(&json, i % 2 ? "{\"a\":" : "[");
	error = (struct error){ 0 };
	assert_false(benjson_parse(buf_bytes(&json), &at, &out, NULL, &error));
	assert_string_equal(error.message, "lists and dictionaries are nested deeper than 1000");
	assert_int_equal(error.offset, BENCODE_DEPTH_MAX / 2 * 6);
	buf_free(&bencode);
	buf_free(&json);
	buf_free(&out);
}

/* Strings and digits that are written in several parts, with characters across the places where those part. */
static void test_long_strings(void **state)
{
	struct buf bencode = { 0 }, json = { 0 };

	(void)state;
	for (unsigned shift = 0; shift < 4; shift++) {
		for (unsigned kind = 0; kind < 4; kind++) {
			size_t size = 200001 + shift;
			uint8_t *text = malloc(size);

			for (size_t i = 0; i < size; i++)
				text[i] = (uint8_t)(i < shift ? 'a' : "\xf0\x9f\x98\x80"[(i - shift) % 4]);
			size -= (size - shift) % 4;
			if (kind == 1)
				text[size - 1] = 'a';
			if (kind == 2)
				memset(text, '1', size);
			if (kind == 3)
				memset(text, '"', size);
			bencode.size = 0;
			buf_text(&bencode, kind == 1 ? "d" : "l");
			if (kind == 2)
				buf_byte(&bencode, 'i');
			else
				buf_format(&bencode, "%zu:", size);
			buf_append(&bencode, text, size);
			buf_text(&bencode, kind == 2 ? "ee" : kind == 1 ? "i1ee" : "e");
			check_back(buf_bytes(&bencode), &json);
			free(text);
		}
	}
	buf_free(&bencode);
	buf_free(&json);
}

/* ---- any bencode */

static void put_random_string(struct buf *out, uint64_t *seed)
{
	static const char *const texts[] = { "a", "b", "", "$", "$hex", "$value", "\xff", "\xc3\xa9", "a\"\\\n", "info" };
	const char *text = texts[next_random(seed) % COUNT(texts)];

	buf_format(out, "%s%zu:%s", next_random(seed) % 16 ? "" : "00", strlen(text), text);
}

static void put_random(struct buf *out, uint64_t *seed, unsigned depth)
{
	static const char *const integers[] = { "0", "-1", "-0", "007", "9007199254740993", "99999999999999999999", "5" };
	unsigned kind = (unsigned)(next_random(seed) % (depth ? 4 : 2));

	if (kind == 0) {
		buf_format(out, "i%se", integers[next_random(seed) % COUNT(integers)]);
	} else if (kind == 1) {
		put_random_string(out, seed);
	} else {
		buf_byte(out, kind == 2 ? 'l' : 'd');
		for (uint64_t i = next_random(seed) % 6; i; i--) {
			if (kind == 3)
				put_random_string(out, seed);
			put_random(out, seed, depth - 1);
		}
		buf_byte(out, 'e');
	}
}

static void test_random(void **state)
{
	struct buf bencode = { 0 }, json = { 0 };
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		bencode.size = 0;
		put_random(&bencode, &seed, 6);
		if (i % 8 == 0)
			put_random(&bencode, &seed, 2);
		check_back(buf_bytes(&bencode), &json);
	}
	buf_free(&bencode);
	buf_free(&json);
}

/* 100,000 keys in no order, then one of them again; twice, inside one another. */
static void test_many_keys(void **state)
{
	struct buf bencode = { 0 }, json = { 0 };

	(void)state;
	for (unsigned again = 0; again < 2; again++) {
		bencode.size = 0;
		for (unsigned level = 0; level < 2; level++) {
			buf_text(&bencode, "d");
			for (unsigned i = 0; i < 100000; i++)
				buf_format(&bencode, "6:%06ui1e", i * 7919 % 100000);
			if (again)
				buf_text(&bencode, "6:004711i2e");
			buf_text(&bencode, level ? "" : "1:x");
		}
		buf_text(&bencode, "ee");
		check_back(buf_bytes(&bencode), &json);
		assert_int_equal(bytes_begin(buf_bytes(&json), "{\"$dict\":[[\"000000\",1],[\"007919\",1]"), again);
	}
	buf_free(&bencode);
	buf_free(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_plain_json),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_many_keys),
	};

	return cmocka_run_group_tests_name("benjson", tests, NULL, NULL);
}
