/* cell.h - one value as a cell of a line or of a JSON object, inline: a record known to the compiler is one piece of code */
#ifndef TEXT_CELL_H
#define TEXT_CELL_H

#include <math.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/number.h"
#include "text/escape.h"
#include "text/record.h"
#include "text/time.h"

/* The printers of the field types (see struct field_type): the rows of field.c and cell_print below use the same. */

static inline char *cell_u8(char *at, const void *value, const struct field *field)
{
	(void)field;
	return number_print_u8(at, *(const uint8_t *)value);
}

static inline char *cell_u16(char *at, const void *value, const struct field *field)
{
	(void)field;
	return number_print_u16(at, *(const uint16_t *)value);
}

static inline char *cell_u64(char *at, const void *value, const struct field *field)
{
	uint64_t number = *(const uint64_t *)value;

	(void)field;
	return number == COUNT_UNSET ? NULL : number_print(at, number);
}

static inline char *cell_i64(char *at, const void *value, const struct field *field)
{
	int64_t number = *(const int64_t *)value;

	(void)field;
	if (number == SIGNED_UNSET)
		return NULL;
	if (number < 0)
		*at++ = '-';
	return number_print(at, number < 0 ? (uint64_t)-number : (uint64_t)number);
}

static inline char *cell_real(char *at, const void *value, const struct field *field)
{
	double number = *(const double *)value;

	(void)field;
	return isfinite(number) ? at + snprintf(at, 32, "%.6g", number) : NULL;
}

static inline char *cell_word(char *at, const void *value, const struct field *field)
{
	uint8_t number = *(const uint8_t *)value;

	for (size_t i = 0; field->words[i].size; i++) {
		if (i == number) {
			if (field_word_unset(&field->words[i]))
				return NULL;
			memcpy(at, field->words[i].text, sizeof field->words[i].text);
			return at + field->words[i].size;
		}
	}
	return number_print(at, number);
}

static inline char *cell_tag(char *at, const void *value, const struct field *field)
{
	(void)value;
	memcpy(at, field->words->text, sizeof field->words->text);
	return at + field->words->size;
}

static inline char *cell_time(char *at, const void *value, const struct field *field)
{
	int64_t us = ((const struct timestamp *)value)->us;

	(void)field;
	return us == TIME_UNSET ? NULL : time_print(at, us);
}

static inline char *cell_time_iso(char *at, const void *value, const struct field *field)
{
	int64_t us = ((const struct timestamp *)value)->us;

	(void)field;
	return us == TIME_UNSET ? NULL : time_print_iso(at, us);
}

static inline char *cell_ipv4(char *at, const void *value, const struct field *field)
{
	(void)field;
	return ipv4_absent(value) ? NULL : ipv4_print(at, value);
}

static inline char *cell_ipv6(char *at, const void *value, const struct field *field)
{
	(void)field;
	return ipv6_absent(value) ? NULL : ipv6_print(at, value);
}

static inline char *cell_endpoint(char *at, const void *value, const struct field *field)
{
	const struct endpoint *endpoint = value;

	(void)field;
	return endpoint->family ? endpoint_print(at, endpoint) : NULL;
}

static inline char *cell_hex(char *at, const void *value, const struct field *field)
{
	const struct bytes *bytes = value;

	/* a width that the compiler knows leaves one straight piece of hex_print */
	return bytes->data ? hex_print(at, bytes->data, field->width ? field->width : bytes->size) : NULL;
}

static inline char *cell_text(char *at, const void *value, const struct field *field)
{
	const struct bytes *bytes = value;

	(void)field;
	return bytes->data ? escape_print(at, *bytes) : NULL;
}

/*
 * What field->type->print does. Where the field is a constant, the compiler is left with the one printer;
 * a type that is not listed is printed through its row all the same.
 */
static inline __attribute__((always_inline)) char *cell_print(char *at, const void *value, const struct field *field)
{
	switch (field->type - field_types) {
	case FIELD_U8: return cell_u8(at, value, field);
	case FIELD_U16: return cell_u16(at, value, field);
	case FIELD_U64: return cell_u64(at, value, field);
	case FIELD_I64: return cell_i64(at, value, field);
	case FIELD_WORD: return cell_word(at, value, field);
	case FIELD_TIME: return cell_time(at, value, field);
	case FIELD_IPV4: return cell_ipv4(at, value, field);
	case FIELD_IPV6: return cell_ipv6(at, value, field);
	case FIELD_ENDPOINT: return cell_endpoint(at, value, field);
	case FIELD_HASH: case FIELD_HEX: return cell_hex(at, value, field);
	case FIELD_TEXT: return cell_text(at, value, field);
	default: return field->type->print(at, value, field);
	}
}

/* The value of a TEXT as JSON, followed by ,"NAME_hex":"..." where the bytes are not UTF-8. */
char *cell_json_text(char *at, struct bytes text, const char *name, size_t name_size);

/* ,"NAME":VALUE */
static inline __attribute__((always_inline)) char *cell_json(char *at, const void *value, const struct field *field)
{
	size_t name_size = strlen(field->name);
	const struct bytes *text = value;
	char *first, *end;

	memcpy(at, ",\"", 2);
	memcpy(at + 2, field->name, name_size);
	memcpy(at + 2 + name_size, "\":", 2);
	at += 4 + name_size;
	if (field->type == &field_types[FIELD_TEXT] && text->data)
		return cell_json_text(at, *text, field->name, name_size);
	first = at + field->type->quoted;
	end = cell_print(first, value, field);
	if (!end) {
		memcpy(at, "null", 4);
		return at + 4;
	}
	if (!field->type->quoted)
		return end;
	if (field->words && *first >= '0' && *first <= '9') {
		/* a word without a name is a number */
		memmove(at, first, (size_t)(end - first));
		return end - 1;
	}
	*at = '"';
	*end = '"';
	return end + 1;
}

/* Used below, for each n; ends the function where the fields end. */
#define CELL_LINE(n) \
	if ((n) < count) { \
		char *end = cell_print(at, (const char *)record + fields[n].offset, &fields[n]); \
		if (!end) { \
			*at = '-'; \
			end = at + 1; \
		} \
		*end = '\t'; \
		at = end + 1; \
	}
#define CELL_JSON(n) \
	if ((n) < count) \
		at = cell_json(at, (const char *)record + fields[n].offset, &fields[n]);
#define CELLS_24(CELL) \
	CELL(0) CELL(1) CELL(2) CELL(3) CELL(4) CELL(5) CELL(6) CELL(7) \
	CELL(8) CELL(9) CELL(10) CELL(11) CELL(12) CELL(13) CELL(14) CELL(15) \
	CELL(16) CELL(17) CELL(18) CELL(19) CELL(20) CELL(21) CELL(22) CELL(23)

static inline __attribute__((always_inline)) char *cells_line(char *at, const void *record, const char *tag, size_t tag_size,
							       const struct field *fields, size_t count)
{
	memcpy(at, tag, tag_size);
	at[tag_size] = '\t';
	at += tag_size + 1;
	CELLS_24(CELL_LINE)
	at[-1] = '\n';
	return at;
}

static inline __attribute__((always_inline)) char *cells_json(char *at, const void *record, const char *tag, size_t tag_size,
							       const struct field *fields, size_t count)
{
	memcpy(at, "{\"type\":\"", 9);
	memcpy(at + 9, tag, tag_size);
	at[9 + tag_size] = '"';
	at += 10 + tag_size;
	CELLS_24(CELL_JSON)
	memcpy(at, "}\n", 2);
	return at + 2;
}

/*
 * RECORD_COMPILED(peer, peer_fields) makes peer_line and peer_json, which RECORD() takes as .line and .json: the table
 * of fields laid out as straight code by the compiler, for records that come by the million. The writer uses them when
 * all columns are asked for. It takes a fifth to a third off the time of a line: through the rows, that went into calls
 * the CPU could not foresee.
 */
#define RECORD_COMPILED(tag, table) \
	_Static_assert(sizeof(table) / sizeof *(table) <= 24, "CELLS_24 has room for 24 fields"); \
	static char *tag##_line(char *at, const void *record) \
	{ \
		return cells_line(at, record, #tag, sizeof #tag - 1, table, sizeof(table) / sizeof *(table)); \
	} \
	static char *tag##_json(char *at, const void *record) \
	{ \
		return cells_json(at, record, #tag, sizeof #tag - 1, table, sizeof(table) / sizeof *(table)); \
	}

#endif
