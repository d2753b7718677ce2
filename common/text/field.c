/* field.c - field types: one row of operations for each */
#include "text/field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/number.h"
#include "text/cell.h"
#include "text/escape.h"
#include "text/hash.h"
#include "text/time.h"

/* Says what was found, quoted and cut, and what the type wants. */
static bool fail_value(struct error *error, struct bytes text, const char *want)
{
	struct brief brief;

	return fail_input(error, ERROR_NOWHERE, "'%s' is not %s", escape_brief(&brief, text), want);
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static bool parse_u8(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	uint64_t number;

	(void)field, (void)arena;
	if (!number_parse(text, UINT8_MAX, &number))
		return fail_value(error, text, "a number in 0..255");
	*(uint8_t *)value = (uint8_t)number;
	return true;
}

static int compare_u8(const void *a, const void *b)
{
	return ORDER(*(const uint8_t *)a, *(const uint8_t *)b);
}

static bool parse_u16(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	uint64_t number;

	(void)field, (void)arena;
	if (!number_parse(text, UINT16_MAX, &number))
		return fail_value(error, text, "a number in 0..65535");
	*(uint16_t *)value = (uint16_t)number;
	return true;
}

static int compare_u16(const void *a, const void *b)
{
	return ORDER(*(const uint16_t *)a, *(const uint16_t *)b);
}

static bool parse_u64(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	(void)field, (void)arena;
	if (!number_parse(text, COUNT_UNSET - 1, value))
		return fail_value(error, text, "a number in 0..18446744073709551614");
	return true;
}

static int compare_u64(const void *a, const void *b)
{
	return ORDER(*(const uint64_t *)a, *(const uint64_t *)b);
}

static void clear_u64(void *value)
{
	*(uint64_t *)value = COUNT_UNSET;
}

static bool unset_u64(const void *value)
{
	return *(const uint64_t *)value == COUNT_UNSET;
}

static bool parse_i64(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	bool negative = bytes_begin(text, "-");
	uint64_t number;

	(void)field, (void)arena;
	if (!number_parse(negative ? bytes_after(text, 1) : text, INT64_MAX, &number))
		return fail_value(error, text, "a number in -9223372036854775807..9223372036854775807");
	*(int64_t *)value = negative ? -(int64_t)number : (int64_t)number;
	return true;
}

static int compare_i64(const void *a, const void *b)
{
	return ORDER(*(const int64_t *)a, *(const int64_t *)b);
}

static void clear_i64(void *value)
{
	*(int64_t *)value = SIGNED_UNSET;
}

static bool unset_i64(const void *value)
{
	return *(const int64_t *)value == SIGNED_UNSET;
}

static bool parse_real(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	char *copy = arena_string(arena, text), *end;
	double number = strtod(copy, &end);

	(void)field;
	if (!text.size || end != copy + text.size || !isfinite(number))
		return fail_value(error, text, "a number");
	*(double *)value = number;
	return true;
}

static int compare_real(const void *a, const void *b)
{
	return ORDER(*(const double *)a, *(const double *)b);
}

static void clear_real(void *value)
{
	*(double *)value = NAN;
}

static bool unset_real(const void *value)
{
	return !isfinite(*(const double *)value);
}

static bool parse_word(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	uint64_t number;

	(void)arena;
	for (size_t i = 0; field->words[i].size; i++) {
		if (text.size == field->words[i].size && !memcmp(text.data, field->words[i].text, text.size)) {
			*(uint8_t *)value = (uint8_t)i;
			return true;
		}
	}
	if (!number_parse(text, UINT8_MAX, &number)) {
		char want[120];
		int used = snprintf(want, sizeof want, "one of");

		for (size_t i = 0; field->words[i].size && used < (int)sizeof want; i++)
			used += snprintf(want + used, sizeof want - (size_t)used, " %.*s,", field->words[i].size,
					 field->words[i].text);
		if (used < (int)sizeof want)
			snprintf(want + used, sizeof want - (size_t)used, " 0..255");
		return fail_value(error, text, want);
	}
	*(uint8_t *)value = (uint8_t)number;
	return true;
}

static bool parse_time(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	(void)field, (void)arena;
	if (!time_parse(text, &((struct timestamp *)value)->us))
		return fail_value(error, text, "a time (epoch seconds or RFC 3339)");
	return true;
}

static int compare_time(const void *a, const void *b)
{
	return ORDER(((const struct timestamp *)a)->us, ((const struct timestamp *)b)->us);
}

static void clear_time(void *value)
{
	((struct timestamp *)value)->us = TIME_UNSET;
}

static bool unset_time(const void *value)
{
	return ((const struct timestamp *)value)->us == TIME_UNSET;
}

static bool parse_ipv4(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	(void)field, (void)arena;
	return ipv4_parse(text, value) || fail_value(error, text, "an IPv4 address");
}

static int compare_ipv4(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ipv4));
}

static bool unset_ipv4(const void *value)
{
	return ipv4_absent(value);
}

static bool parse_ipv6(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	(void)field, (void)arena;
	return ipv6_parse(text, value) || fail_value(error, text, "an IPv6 address");
}

static int compare_ipv6(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ipv6));
}

static bool unset_ipv6(const void *value)
{
	return ipv6_absent(value);
}

static bool parse_endpoint(struct bytes text, void *value, const struct field *field, struct arena *arena,
			   struct error *error)
{
	(void)field, (void)arena;
	return endpoint_parse(text, value) ||
	       fail_value(error, text, "an endpoint such as 203.0.113.7:6881 or [2001:db8::7]:6881");
}

static int compare_endpoint(const void *a, const void *b)
{
	const struct endpoint *one = a, *other = b;
	int order = ORDER(one->family, other->family);

	order = order ? order : memcmp(one->address, other->address, sizeof one->address);
	return order ? order : ORDER(one->port, other->port);
}

static bool unset_endpoint(const void *value)
{
	return !((const struct endpoint *)value)->family;
}

static bool parse_hex(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	size_t size = field->width ? field->width : text.size / 2;
	uint8_t *data = arena_alloc(arena, size ? size : 1);
	struct brief brief;

	if (text.size != 2 * size || !hex_parse(text.data, size, data))
		return fail_input(error, ERROR_NOWHERE, "'%s' is not %zu hexadecimal digits",
				  escape_brief(&brief, text), size ? 2 * size : 2);
	*(struct bytes *)value = bytes_at(data, size);
	return true;
}

static bool parse_hash(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	uint8_t *hash;

	if (field->width != HASH_SIZE)
		return parse_hex(text, value, field, arena, error);
	hash = arena_alloc(arena, HASH_SIZE);
	if (!hash_parse(text, hash, error))
		return false;
	*(struct bytes *)value = bytes_at(hash, HASH_SIZE);
	return true;
}

static bool parse_text(struct bytes text, void *value, const struct field *field, struct arena *arena, struct error *error)
{
	(void)field;
	return escape_parse(text, arena, value, error);
}

static int compare_bytes(const void *a, const void *b)
{
	return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

static bool unset_bytes(const void *value)
{
	return !((const struct bytes *)value)->data;
}

#define TYPE(word, c_type, ...) { .name = word, .size = sizeof(c_type), __VA_ARGS__ }

const struct field_type field_types[FIELD_TYPES] = {
	[FIELD_U8] = TYPE("number", FIELD_U8_C, .room = NUMBER_ROOM,
		.print = cell_u8, .parse = parse_u8, .compare = compare_u8),
	[FIELD_U16] = TYPE("number", FIELD_U16_C, .room = NUMBER_ROOM,
		.print = cell_u16, .parse = parse_u16, .compare = compare_u16),
	[FIELD_U64] = TYPE("number", FIELD_U64_C, .room = NUMBER_ROOM,
		.print = cell_u64, .parse = parse_u64, .compare = compare_u64, .clear = clear_u64, .unset = unset_u64),
	[FIELD_I64] = TYPE("signed", FIELD_I64_C, .room = 1 + NUMBER_ROOM,
		.print = cell_i64, .parse = parse_i64, .compare = compare_i64, .clear = clear_i64, .unset = unset_i64),
	[FIELD_REAL] = TYPE("real", FIELD_REAL_C, .room = 32,
		.print = cell_real, .parse = parse_real, .compare = compare_real, .clear = clear_real, .unset = unset_real),
	[FIELD_WORD] = TYPE("word", FIELD_WORD_C, .room = 32, .quoted = true,
		.print = cell_word, .parse = parse_word, .compare = compare_u8),
	[FIELD_TIME] = TYPE("time", FIELD_TIME_C, .room = TIME_ROOM,
		.print = cell_time, .parse = parse_time, .compare = compare_time, .clear = clear_time, .unset = unset_time),
	[FIELD_IPV4] = TYPE("ipv4", FIELD_IPV4_C, .room = IPV4_ROOM, .quoted = true,
		.print = cell_ipv4, .parse = parse_ipv4, .compare = compare_ipv4, .unset = unset_ipv4),
	[FIELD_IPV6] = TYPE("ipv6", FIELD_IPV6_C, .room = IPV6_ROOM, .quoted = true,
		.print = cell_ipv6, .parse = parse_ipv6, .compare = compare_ipv6, .unset = unset_ipv6),
	[FIELD_ENDPOINT] = TYPE("endpoint", FIELD_ENDPOINT_C, .room = ENDPOINT_ROOM, .quoted = true,
		.print = cell_endpoint, .parse = parse_endpoint, .compare = compare_endpoint, .unset = unset_endpoint),
	[FIELD_HASH] = TYPE("hash", FIELD_HASH_C, .growth = 2, .quoted = true,
		.print = cell_hex, .parse = parse_hash, .compare = compare_bytes, .unset = unset_bytes),
	[FIELD_HEX] = TYPE("hex", FIELD_HEX_C, .growth = 2, .quoted = true,
		.print = cell_hex, .parse = parse_hex, .compare = compare_bytes, .unset = unset_bytes),
	[FIELD_TEXT] = TYPE("text", FIELD_TEXT_C, .room = ESCAPE_ROOM, .growth = ESCAPE_GROWTH, .text = true, .quoted = true,
		.print = cell_text, .parse = parse_text, .compare = compare_bytes, .unset = unset_bytes),
	[FIELD_TAG] = TYPE("word", FIELD_WORD_C, .room = 32, .quoted = true, .print = cell_tag),
	[FIELD_TIME_ISO] = TYPE("time", FIELD_TIME_C, .room = TIME_ROOM, .quoted = true,
		.print = cell_time_iso, .parse = parse_time, .compare = compare_time, .clear = clear_time,
		.unset = unset_time),
};

static bool unset_word(const struct field *field, uint8_t number)
{
	for (size_t i = 0; field->words[i].size; i++)
		if (i == number)
			return field_word_unset(&field->words[i]);
	return false;
}

bool field_unset(const struct field *field, const void *structure)
{
	const void *value = field_value(field, structure);

	if (field->type == &field_types[FIELD_WORD])
		return unset_word(field, *(const uint8_t *)value);
	return field->type->unset && field->type->unset(value);
}
