/* pg_value.c - PostgreSQL's binary form of values, parameters and the rows of COPY */
#include "io/pg_private.h"

#include <ctype.h>
#include <endian.h>

#include "base/utf8.h"

enum { OID_INT8 = 20, OID_TEXT = 25, OID_TEXT_ARRAY = 1009, OID_INT8_ARRAY = 1016 };

#define EPOCH_US INT64_C(946684800000000)	/* of 2000-01-01, where PostgreSQL counts from */

static uint16_t read_u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof value);
	return be16toh(value);
}

static uint32_t read_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return be32toh(value);
}

static uint64_t read_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof value);
	return be64toh(value);
}

/* --- values --- */

bool pg_text_good(struct bytes text)
{
	return (!text.size || !memchr(text.data, 0, text.size)) && utf8_valid(text);
}

bool pg_int(struct bytes field, int64_t *number)
{
	if (!field.data)
		return false;
	if (field.size == 8)
		*number = (int64_t)read_u64(field.data);
	else if (field.size == 4)
		*number = (int32_t)read_u32(field.data);
	else if (field.size == 2)
		*number = (int16_t)read_u16(field.data);
	else
		return false;
	return true;
}

bool pg_bool(struct bytes field, bool *value)
{
	if (!field.data || field.size != 1 || field.data[0] > 1)
		return false;
	*value = field.data[0];
	return true;
}

bool pg_time(struct bytes field, int64_t *us)
{
	int64_t since;

	if (!field.data || field.size != 8)
		return false;
	since = (int64_t)read_u64(field.data);
	/* its first and last values are -infinity and infinity */
	return since != INT64_MIN && !__builtin_add_overflow(since, EPOCH_US, us);
}

const char *pg_print_words(char words[PG_WORDS_ROOM], const char *text)
{
	size_t size = 0;

	for (struct bytes rest = bytes_of(text); rest.size && rest.data[0] != '\n';) {
		unsigned length = utf8_next(rest), taken = length ? length : 1;
		/* U+0080..U+009F are control characters, too */
		bool control = !length || rest.data[0] < ' ' || rest.data[0] == 0x7f ||
			       (rest.data[0] == 0xc2 && rest.data[1] < 0xa0);

		if (size + taken >= PG_WORDS_ROOM)
			break;
		if (control)
			words[size++] = '?';
		else
			memcpy(words + size, rest.data, taken);
		size += control ? 0 : taken;
		rest = bytes_after(rest, taken);
	}
	while (size && isspace((unsigned char)words[size - 1]))
		size--;
	words[size] = 0;
	return words;
}

/* --- parameters --- */

static void put_u32(struct buf *to, uint32_t value)
{
	value = htobe32(value);
	buf_append(to, &value, sizeof value);
}

static void put_number(struct buf *to, int64_t number)
{
	uint64_t value = htobe64((uint64_t)number);

	buf_append(to, &value, sizeof value);
}

/*
 * Dimensions, whether one is NULL, type of the elements; size and lowest index of the one dimension. None is of no
 * dimension.
 */
static void put_array_head(struct buf *to, size_t count, uint32_t type)
{
	put_u32(to, count != 0);
	put_u32(to, 0);
	put_u32(to, type);
	if (!count)
		return;
	put_u32(to, (uint32_t)count);
	put_u32(to, 1);
}

uint32_t pg_encode(struct buf *to, const struct pg_parameter *parameter)
{
	switch (parameter->kind) {
	case PG_INT8:
		put_number(to, *parameter->numbers);
		return OID_INT8;
	case PG_TEXT:
		buf_append(to, parameter->texts->data, parameter->texts->size);
		return OID_TEXT;
	case PG_INT8_ARRAY:
		put_array_head(to, parameter->count, OID_INT8);
		for (size_t i = 0; i < parameter->count; i++) {
			put_u32(to, 8);
			put_number(to, parameter->numbers[i]);
		}
		return OID_INT8_ARRAY;
	case PG_TEXT_ARRAY:
		break;
	}
	put_array_head(to, parameter->count, OID_TEXT);
	for (size_t i = 0; i < parameter->count; i++) {
		put_u32(to, (uint32_t)parameter->texts[i].size);
		buf_append(to, parameter->texts[i].data, parameter->texts[i].size);
	}
	return OID_TEXT_ARRAY;
}

/* --- the rows of COPY --- */

static bool parse_head(struct bytes *message, struct error *error)
{
	static const uint8_t magic[11] = "PGCOPY\n\xff\r\n";
	uint32_t flags, extended;

	if (message->size < sizeof magic + 8 || memcmp(message->data, magic, sizeof magic) != 0)
		return fail_system(error, "the rows do not begin with the head of a binary COPY");
	flags = read_u32(message->data + sizeof magic);
	extended = read_u32(message->data + sizeof magic + 4);
	*message = bytes_after(*message, sizeof magic + 8);
	if (flags >> 16)
		return fail_system(error, "a binary COPY with the unknown flags 0x%x", flags);
	if (extended > message->size)
		return fail_system(error, "a binary COPY whose head has %u more bytes, of which %zu are there", extended,
				   message->size);
	*message = bytes_after(*message, extended);
	return true;
}

static bool parse_field(struct bytes *message, struct bytes *field, struct error *error)
{
	uint32_t size;

	if (message->size < 4)
		return fail_system(error, "a row ends before the size of a value");
	size = read_u32(message->data);
	*message = bytes_after(*message, 4);
	if (size == UINT32_MAX) {
		*field = (struct bytes){ 0 };
		return true;
	}
	if (size > PG_FIELD_MAX)
		return fail_system(error, "a value of more than %d MiB", PG_FIELD_MAX >> 20);
	if (size > message->size)
		return fail_system(error, "a value of %u bytes, of which %zu are there", size, message->size);
	*field = bytes_at(message->data, size);
	*message = bytes_after(*message, size);
	return true;
}

void pg_begin_row(struct pg_row *row, size_t count)
{
	row->count = count;
	memset(row->fields + count, 0, (PG_COLUMNS_MAX - count) * sizeof *row->fields);
}

enum pg_found pg_parse_row(struct pg_rows *rows, struct bytes *message, struct pg_row *row, struct error *error)
{
	uint16_t count;

	if (!rows->begun && !parse_head(message, error))
		return PG_BAD;
	rows->begun = true;
	if (!message->size)
		return PG_NOTHING;
	if (rows->ended || message->size < 2) {
		fail_system(error,
			    rows->ended ? "more rows after the last one" : "a row ends before the number of its values");
		return PG_BAD;
	}
	count = read_u16(message->data);
	*message = bytes_after(*message, 2);
	if (count == UINT16_MAX) {
		rows->ended = true;
		return PG_LAST;
	}
	if (count > PG_COLUMNS_MAX) {
		fail_system(error, "a row of %u columns; there may be at most %d", count, PG_COLUMNS_MAX);
		return PG_BAD;
	}
	pg_begin_row(row, count);
	for (size_t i = 0; i < count; i++)
		if (!parse_field(message, &row->fields[i], error))
			return PG_BAD;
	return PG_FOUND;
}
