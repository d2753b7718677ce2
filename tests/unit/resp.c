/* resp.c - replies whole, cut at every byte and moved about: the same items; and lies refused when they are told */
#include "io/resp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

/* "*2 $a :5" and so on: what the items are, in the order of the wire. */
static void describe(const struct resp *resp, struct buf *text)
{
	for (size_t i = 0; i < resp->count; i++) {
		const struct redis_item *item = &resp->items[i];

		switch (item->kind) {
		case REDIS_STRING: buf_text(text, "$"); break;
		case REDIS_STATUS: buf_text(text, "+"); break;
		case REDIS_ERROR: buf_text(text, "-"); break;
		case REDIS_NIL: buf_text(text, "nil"); break;
		case REDIS_INTEGER: buf_format(text, ":%jd", (intmax_t)item->integer); break;
		case REDIS_ARRAY: buf_format(text, "*%jd", (intmax_t)item->integer); break;
		}
		assert_int_equal(item->text.data != NULL,
				 item->kind == REDIS_STRING || item->kind == REDIS_STATUS || item->kind == REDIS_ERROR);
		buf_append(text, item->text.data, item->text.size);
		buf_text(text, " ");
	}
}

/* Parses in pieces of `step` bytes, in memory that is new for each, so that any byte read too far is found. */
static enum resp_state parse_pieces(struct resp *resp, struct bytes wire, size_t step, uint8_t **memory, struct error *error)
{
	enum resp_state state = RESP_MORE;
	size_t size = 0;

	*memory = malloc(1);
	resp_begin(resp);
	while (state == RESP_MORE && size < wire.size) {
		uint8_t *moved;

		size = wire.size - size < step ? wire.size : size + step;
		moved = malloc(size);
		memcpy(moved, wire.data, size);
		resp_move(resp, *memory, moved);
		free(*memory);
		*memory = moved;
		state = resp_parse(resp, bytes_at(moved, size), error);
	}
	return state;
}

static void test_replies(void **state)
{
	static const struct { const char *wire, *items; } rows[] = {
		{ "+OK\r\n", "+OK " },
		{ "+\r\n", "+ " },
		{ "-ERR no such thing\r\n", "-ERR no such thing " },
		{ ":0\r\n", ":0 " },
		{ ":-9223372036854775808\r\n", ":-9223372036854775808 " },
		{ ":9223372036854775807\r\n", ":9223372036854775807 " },
		{ "$0\r\n\r\n", "$ " },
		{ "$-1\r\n", "nil " },
		{ "*-1\r\n", "nil " },
		{ "*0\r\n", "*0 " },
		{ "$6\r\na\r\nb\r\n\r\n", "$a\r\nb\r\n " },
		{ "*2\r\n$1\r\n0\r\n*2\r\n$3\r\nkey\r\n:7\r\n", "*2 $0 *2 $key :7 " },
		{ "*3\r\n*0\r\n*-1\r\n*1\r\n*1\r\n-no\r\n", "*3 *0 nil *1 *1 -no " },
	};
	struct resp resp = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes wire = bytes_of(rows[i].wire);

		for (size_t step = 1; step <= wire.size; step++) {
			struct error error = { 0 };
			struct buf text = { 0 };
			uint8_t *memory;

			assert_int_equal(parse_pieces(&resp, wire, step, &memory, &error), RESP_WHOLE);
			assert_int_equal(resp.used, wire.size);
			describe(&resp, &text);
			assert_string_equal(buf_string(&text), rows[i].items);
			buf_free(&text);
			free(memory);
		}
	}
	resp_free(&resp);
}

/* What follows a reply is the next one's; what is cut off is never whole. */
static void test_bounds_of_replies(void **state)
{
	static const char wire[] = "*2\r\n$2\r\nab\r\n+x\r\n:1\r\n";
	struct resp resp = { 0 };
	struct error error = { 0 };

	(void)state;
	resp_begin(&resp);
	assert_int_equal(resp_parse(&resp, bytes_of(wire), &error), RESP_WHOLE);
	assert_int_equal(resp.used, 16);
	for (size_t size = 0; size < 16; size++) {
		uint8_t *memory = malloc(size + 1);

		memcpy(memory + 1, wire, size);
		resp_begin(&resp);
		assert_int_equal(resp_parse(&resp, bytes_at(memory + 1, size), &error), RESP_MORE);
		free(memory);
	}
	assert_int_equal(error.kind, ERROR_NONE);
	resp_free(&resp);
}

static void test_lies(void **state)
{
	static const struct { const char *wire, *message; } rows[] = {
		{ "*2147483648\r\n", "more than 4194304 elements" },
		{ "*4194304\r\n", "more than 4194304 elements" },
		{ "*9223372036854775807\r\n", "more than 4194304 elements" },
		{ "*2\r\n*4000000\r\n+\r\n*200000\r\n", "more than 4194304 elements" },
		{ "$524288000\r\n", "more than 64 MiB (a string of 524288000 bytes" },
		{ "$67108865\r\n", "more than 64 MiB" },
		{ "$9223372036854775807\r\n", "more than 64 MiB" },
		{ "$18446744073709551617\r\n", "63 bits" },
		{ ":9223372036854775808\r\n", "63 bits" },
		{ ":-9223372036854775809\r\n", "63 bits" },
		{ "$-2\r\n", "negative" },
		{ "*-2\r\n", "negative" },
		{ ":\r\n", "where a number should be" },
		{ ":-\r\n", "where a number should be" },
		{ ":+1\r\n", "where a number should be" },
		{ ":1a\r\n", "where a number should be" },
		{ ":1\rx", "no CR LF" },
		{ ":1\n", "where a number should be" },
		{ "$1\r\nabc", "no CR LF" },
		{ "+a\rb\r\n", "CR without LF" },
		{ "HTTP/1.1 400 Bad Request\r\n", "'H' where a reply should begin (is this a Redis server?)" },
		{ "\x15\x03\x01", "byte 0x15" },
		{ "_\r\n", "'_'" },
		{ "\r\n", "byte 0x0d" },
	};
	struct resp resp = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t step = 1; step <= strlen(rows[i].wire); step++) {
			struct error error = { 0 };
			uint8_t *memory;

			assert_int_equal(parse_pieces(&resp, bytes_of(rows[i].wire), step, &memory, &error), RESP_BAD);
			assert_int_equal(error.kind, ERROR_SYSTEM);
			if (!strstr(error.message, rows[i].message))
				fail_msg("%s: %s", rows[i].wire, error.message);
			free(memory);
		}
	}
	assert_true(resp.capacity <= 64);	/* nothing that was only announced was made room for */
	resp_free(&resp);
}

/* Many strings, none of them too long, are too long together. */
static void test_sum(void **state)
{
	struct buf wire = { 0 };
	struct resp resp = { 0 };
	struct error error = { 0 };
	size_t part = 24 << 20;

	(void)state;
	buf_text(&wire, "*3\r\n");
	for (int i = 0; i < 2; i++) {
		buf_format(&wire, "$%zu\r\n", part);
		memset(buf_reserve(&wire, part), 'x', part);
		wire.size += part;
		buf_text(&wire, "\r\n");
	}
	resp_begin(&resp);
	assert_int_equal(resp_parse(&resp, buf_bytes(&wire), &error), RESP_MORE);
	buf_format(&wire, "$%zu\r\n", part);
	assert_int_equal(resp_parse(&resp, buf_bytes(&wire), &error), RESP_BAD);
	assert_non_null(strstr(error.message, "more than 64 MiB"));

	/* a status has no announced size, so it is its own bound that stops it */
	error = (struct error){ 0 };
	wire.size = 0;
	memset(buf_reserve(&wire, RESP_LINE_MAX + 1), '+', RESP_LINE_MAX + 1);
	wire.size = RESP_LINE_MAX;
	resp_begin(&resp);
	assert_int_equal(resp_parse(&resp, buf_bytes(&wire), &error), RESP_MORE);
	wire.size++;
	assert_int_equal(resp_parse(&resp, buf_bytes(&wire), &error), RESP_BAD);
	assert_non_null(strstr(error.message, "64 KiB"));
	buf_free(&wire);
	resp_free(&resp);
}

/* Nesting has no bound of its own and needs none: no stack, no recursion. */
static void test_deep(void **state)
{
	struct buf wire = { 0 };
	struct resp resp = { 0 };
	struct error error = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_text(&wire, "*1\r\n");
	buf_text(&wire, ":1\r\n");
	resp_begin(&resp);
	assert_int_equal(resp_parse(&resp, buf_bytes(&wire), &error), RESP_WHOLE);
	assert_int_equal(resp.count, 100001);
	buf_free(&wire);
	resp_free(&resp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_bounds_of_replies),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests_name("resp", tests, NULL, NULL);
}
