/* field.c - each field type: printed, parsed, compared and unset; what its parser refuses and how it says so */
#include "../support/unit.h"

#include "text/field.h"

#include <math.h>
#include <stdio.h>

static const struct field_word words[] = { FIELD_WORD_ROW("started"), FIELD_WORD_ROW("fifteen_letters"), { "", 0 } };

struct all {
	uint8_t u8;
	uint16_t u16;
	uint64_t u64;
	int64_t i64;
	double real;
	uint8_t word;
	struct timestamp time;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	struct endpoint endpoint;
	struct bytes hash, hex, any, text;
};

static const struct field fields[] = {
	FIELD(all, u8, U8, ""), FIELD(all, u16, U16, ""), FIELD(all, u64, U64, ""), FIELD(all, i64, I64, ""),
	FIELD(all, real, REAL, ""),
	FIELD(all, word, WORD, "", .words = words), FIELD(all, time, TIME, ""), FIELD(all, ipv4, IPV4, ""),
	FIELD(all, ipv6, IPV6, ""), FIELD(all, endpoint, ENDPOINT, ""), FIELD(all, hash, HASH, "", .width = 20),
	FIELD(all, hex, HEX, "", .width = 2),
	FIELD(all, any, HEX, ""), FIELD(all, text, TEXT, ""),
};

static const struct field *find(const char *name)
{
	for (size_t i = 0; i < COUNT(fields); i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

static char *print(const struct field *field, const struct all *all)
{
	const struct field_type *type = field->type;
	const struct bytes *view = field_value(field, all);
	char *at = calloc(1, type->room + (type->growth ? type->growth * view->size : 0) + 1);
	char *end = type->print(at, view, field);

	if (end) {
		*end = 0;
		return at;
	}
	free(at);
	return NULL;
}

/* Parsed, and printed again. out NULL: as it came. */
static void test_values(void **state)
{
	static const struct { const char *field, *in, *out; } rows[] = {
		{ "u8", "0", NULL }, { "u8", "255", NULL }, { "u8", "007", "7" },
		{ "u16", "0", NULL }, { "u16", "65535", NULL },
		{ "u64", "0", NULL }, { "u64", "18446744073709551614", NULL },
		{ "i64", "0", NULL }, { "i64", "-1", NULL }, { "i64", "-9223372036854775807", NULL },
		{ "i64", "9223372036854775807", NULL },
		{ "i64", "-0", "0" },
		{ "real", "0", NULL }, { "real", "-1.5", NULL }, { "real", "0.333333", NULL }, { "real", "1e+100", NULL },
		{ "real", "0.1234567890", "0.123457" },
		{ "word", "started", NULL }, { "word", "fifteen_letters", NULL }, { "word", "1", "fifteen_letters" },
		{ "word", "2", NULL }, { "word", "255", NULL },
		{ "time", "1700000000", NULL }, { "time", "2023-11-14T22:13:20Z", "1700000000" },
		{ "time", "-1.500000", NULL },
		{ "ipv4", "255.255.255.255", NULL }, { "ipv4", "0.0.0.1", NULL },
		{ "ipv6", "2001:db8::7", NULL }, { "ipv6", "2001:0DB8:0:0:0:0:0:7", "2001:db8::7" }, { "ipv6", "::1", NULL },
		{ "ipv6", "::ffff:1.2.3.4", NULL },
		{ "endpoint", "203.0.113.7:6881", NULL }, { "endpoint", "[2001:0DB8::7]:06881", "[2001:db8::7]:6881" },
		{ "hash", "86d4c80024a469be4c50bc5a102cf71780310074", NULL },
		{ "hash", "htTIACSkab5MULxaECz3F4AxAHQ=", "86d4c80024a469be4c50bc5a102cf71780310074" },
		{ "hex", "beef", NULL }, { "hex", "BEEF", "beef" },
		{ "any", "", NULL }, { "any", "00ff", NULL },
		{ "text", "", NULL }, { "text", "a b", NULL }, { "text", "\\x2d", NULL }, { "text", "\\x41\\x09", "A\\t" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct field *field = find(rows[i].field);
		struct bytes text = exact_copy(rows[i].in, strlen(rows[i].in));
		struct error error = { 0 };
		struct all all;
		char *again;

		memset(&all, 0, sizeof all);
		if (!field->type->parse(text, (void *)(uintptr_t)field_value(field, &all), field, &arena, &error))
			fail_msg("%s '%s': %s", rows[i].field, rows[i].in, error.message);
		assert_false(field_unset(field, &all));
		assert_int_equal(field->type->compare(field_value(field, &all), field_value(field, &all)), 0);
		again = print(field, &all);
		assert_string_equal(again, rows[i].out ? rows[i].out : rows[i].in);
		free(again);
		free_copy(text);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static void test_failures(void **state)
{
	static const struct { const char *field, *text, *message; } rows[] = {
		{ "u8", "256", "'256' is not a number in 0..255" },
		{ "u8", "", "'' is not a number in 0..255" },
		{ "u8", "-1", "'-1' is not a number in 0..255" },
		{ "u8", "\x1b[2J", "'\\x1b[2J' is not a number in 0..255" },
		{ "u16", "65536", "'65536' is not a number in 0..65535" },
		{ "u16", "6881 ", "'6881 ' is not a number in 0..65535" },
		{ "u16", "99999999999999999999999999999999999999999999999",
		  "'9999999999999999999999999999999999999999...' is not a number in 0..65535" },
		{ "u64", "18446744073709551615", "'18446744073709551615' is not a number in 0..18446744073709551614" },
		{ "i64", "-9223372036854775808",
		  "'-9223372036854775808' is not a number in -9223372036854775807..9223372036854775807" },
		{ "i64", "--1", "'--1' is not a number in -9223372036854775807..9223372036854775807" },
		{ "i64", "-", "'-' is not a number in -9223372036854775807..9223372036854775807" },
		{ "real", "", "'' is not a number" },
		{ "real", "nan", "'nan' is not a number" },
		{ "real", "inf", "'inf' is not a number" },
		{ "real", "1e999", "'1e999' is not a number" },
		{ "real", "1x", "'1x' is not a number" },
		{ "word", "Started", "'Started' is not one of started, fifteen_letters, 0..255" },
		{ "word", "start", "'start' is not one of started, fifteen_letters, 0..255" },
		{ "word", "", "'' is not one of started, fifteen_letters, 0..255" },
		{ "word", "256", "'256' is not one of started, fifteen_letters, 0..255" },
		{ "time", "now", "'now' is not a time (epoch seconds or RFC 3339)" },
		{ "ipv4", "1.2.3", "'1.2.3' is not an IPv4 address" },
		{ "ipv4", "01.2.3.4", "'01.2.3.4' is not an IPv4 address" },
		{ "ipv4", "::1", "'::1' is not an IPv4 address" },
		{ "ipv6", "1.2.3.4", "'1.2.3.4' is not an IPv6 address" },
		{ "endpoint", "203.0.113.7",
		  "'203.0.113.7' is not an endpoint such as 203.0.113.7:6881 or [2001:db8::7]:6881" },
		{ "ipv6", "[::1]", "'[::1]' is not an IPv6 address" },
		{ "ipv6", "fe80::1%eth0", "'fe80::1%eth0' is not an IPv6 address" },
		{ "hash", "abcd", "'abcd' is no info hash: want 40 hexadecimal digits, 32 characters of base32, "
		  "28 of base64 or a magnet link" },
		{ "hex", "bee", "'bee' is not 4 hexadecimal digits" },
		{ "hex", "beefs", "'beefs' is not 4 hexadecimal digits" },
		{ "hex", "beeg", "'beeg' is not 4 hexadecimal digits" },
		{ "any", "a", "'a' is not 2 hexadecimal digits" },
		{ "text", "\\q", "'\\\\q' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct field *field = find(rows[i].field);
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		struct error error = { 0 };
		struct all all;

		memset(&all, 0, sizeof all);
		assert_false(field->type->parse(text, (void *)(uintptr_t)field_value(field, &all), field, &arena, &error));
		assert_int_equal(error.kind, ERROR_INPUT);
		assert_string_equal(error.message, rows[i].message);
		free_copy(text);
	}
	arena_free(&arena);
}

/* a < b, both as text. */
static void test_order(void **state)
{
	static const struct { const char *field, *a, *b; } rows[] = {
		{ "u8", "9", "10" }, { "u16", "255", "256" }, { "u64", "9", "18446744073709551614" },
		{ "real", "-1", "0.5" },
		{ "i64", "-9", "8" },
		{ "word", "started", "fifteen_letters" }, { "word", "fifteen_letters", "9" }, { "time", "-1", "0.000001" },
		{ "time", "1699999999", "2023-11-14T22:13:20Z" }, { "ipv4", "9.255.255.255", "10.0.0.0" },
		{ "ipv6", "::ffff", "1::" }, { "endpoint", "9.0.0.1:2", "10.0.0.1:1" },
		{ "endpoint", "9.0.0.1:9", "9.0.0.1:10" },
		{ "endpoint", "255.0.0.1:1", "[::1]:1" }, { "hex", "00ff", "ff00" }, { "any", "00", "0000" },
		{ "text", "a", "aa" },
		{ "text", "z", "\\xff" }, { "text", "", "a" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct field *field = find(rows[i].field);
		struct error error = { 0 };
		struct all a, b;

		memset(&a, 0, sizeof a);
		memset(&b, 0, sizeof b);
		assert_true(field->type->parse(bytes_of(rows[i].a), (void *)(uintptr_t)field_value(field, &a), field, &arena,
					       &error));
		assert_true(field->type->parse(bytes_of(rows[i].b), (void *)(uintptr_t)field_value(field, &b), field, &arena,
					       &error));
		assert_true(field->type->compare(field_value(field, &a), field_value(field, &b)) < 0);
		assert_true(field->type->compare(field_value(field, &b), field_value(field, &a)) > 0);
	}
	arena_free(&arena);
}

static void test_unset(void **state)
{
	struct all all;

	(void)state;
	memset(&all, 0, sizeof all);
	for (size_t i = 0; i < COUNT(fields); i++) {
		const struct field_type *type = fields[i].type;
		void *value = (void *)(uintptr_t)field_value(&fields[i], &all);
		char *text;

		if (type->clear)
			type->clear(value);
		assert_true(field_unset(&fields[i], &all) == (type->unset != NULL));
		text = print(&fields[i], &all);
		/* print and unset must say the same */
		assert_true(!text == field_unset(&fields[i], &all));
		free(text);
	}
	all.real = INFINITY;
	assert_null(print(find("real"), &all));
	assert_true(field_unset(find("real"), &all));
}

/* A type whose size is not its C type's would overwrite what stands beside it. */
static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < COUNT(fields); i++)
		assert_true(fields[i].offset + fields[i].type->size <= fields[i + 1].offset);
	for (size_t i = 0; i < FIELD_TYPES; i++) {
		assert_non_null(field_types[i].name);
		assert_non_null(field_types[i].print);
		assert_true(field_types[i].room || field_types[i].growth);
	}
	/* what a struct can have is read back and ordered, too */
	for (size_t i = 0; i < COUNT(fields); i++) {
		assert_non_null(fields[i].type->parse);
		assert_non_null(fields[i].type->compare);
	}
}

/* A word named "-" is no value: in lines, in JSON and for conditions. */
static void test_unset_word(void **state)
{
	static const struct field_word verdicts[] = { FIELD_WORD_ROW("-"), FIELD_WORD_ROW("good"), { "", 0 } };
	static const struct field field = FIELD(all, word, WORD, "", .words = verdicts);
	struct all all = { 0 };
	char *text;

	(void)state;
	assert_true(field_unset(&field, &all));
	assert_null(print(&field, &all));
	all.word = 1;
	assert_false(field_unset(&field, &all));
	text = print(&field, &all);
	assert_string_equal(text, "good");
	free(text);
	all.word = 2;
	assert_false(field_unset(&field, &all));
	text = print(&field, &all);
	assert_string_equal(text, "2");
	free(text);
	assert_false(field_unset(find("word"), &all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_unset_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
