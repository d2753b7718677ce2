/* roundtrip.c - every record type, printed in every form and read back; cut and changed at every byte; through text */
#include "../support/unit.h"

#include "base/buf.h"
#include "base/hex.h"
#include "codec/frame.h"
#include "codec/peer.h"
#include "text/reader.h"
#include "text/top.h"
#include "text/writer.h"

/* The one list: a new record type is added here and is tested. */
static const struct record *const records[] = {
	&frame_record, &oldframe_record, &peer_record, &leecher_record, &member_record, &top_record,
};

enum { VALUE_MAX = 512, TEXT_MAX = 80, ROUNDS = 150 };

/* A record's struct, and the bytes that its views look into. */
struct value {
	_Alignas(16) uint8_t structure[VALUE_MAX];
	uint8_t bytes[RECORD_FIELDS_MAX][TEXT_MAX];
};

static uint64_t seed = 0x5eed;

static uint64_t below(uint64_t limit)
{
	return next_random(&seed) % limit;
}

/* Texts that something else could be taken for, and random ones. */
static struct bytes make_text(uint8_t *room)
{
	static const char *const special[] = {
		"", "-", "\\", "\\N", "\\x2d", "NULL", "null", "#", "#type", "#port\tipv4", "{", "{\"type\":\"peer\"}",
		"frame", "peer",
		"\t", "\n", "\r", "\r\n", "a\r", "\"", "\"\"", ",", "a,b", " ", "1", "\xc2\x9b", "p\xc3\xa4ss",
		"\xef\xbf\xbd", "\xc3", "\xff\xfe", "\xf0\x9f\x98\x80", "0123456789abcdef0123456789abcdef", "\xed\xa0\x80",
	};
	size_t size = below(TEXT_MAX);

	switch (below(4)) {
	case 0:
		return bytes_of(special[below(COUNT(special))]);
	case 1:
		for (size_t i = 0; i < size; i++)
			room[i] = (uint8_t)(0x20 + below(0x5f));
		return bytes_at(room, size);
	case 2:
		return bytes_at("\0a", below(3));
	default:
		fill_random(&seed, room, size);
		return bytes_at(room, size);
	}
}

static int64_t make_time(void)
{
	static const int64_t special[] = {
		TIME_UNSET, 0, -1, 1, 1700000000000000, 1700000000250000, 253402300799999999, 253402300800000000,
		-62167219200000000, -62167219200000001, 9223372036853999999, -9223372036853999999,
	};

	return below(2) ? special[below(COUNT(special))] : (int64_t)below(4000000000000000);
}

static void make_field(const struct field *field, void *member, uint8_t *room)
{
	bool extreme = below(4) == 0, high = below(2);
	size_t size = field->width ? field->width : below(TEXT_MAX);

	switch ((enum field_type_number)(field->type - field_types)) {
	case FIELD_U8:
	case FIELD_WORD:
		*(uint8_t *)member = (uint8_t)(extreme ? high ? UINT8_MAX : 0 : below(field->words ? 5 : 256));
		break;
	case FIELD_U16:
		*(uint16_t *)member = (uint16_t)(extreme ? high ? UINT16_MAX : 0 : below(65536));
		break;
	case FIELD_U64:
		*(uint64_t *)member = extreme ? high ? COUNT_UNSET : COUNT_UNSET - 1 : next_random(&seed) >> below(64);
		break;
	case FIELD_I64:
		*(int64_t *)member = extreme ? high ? SIGNED_UNSET : -INT64_MAX : (int64_t)next_random(&seed) >> below(63);
		break;
	case FIELD_REAL:
		/* six digits, so that what is printed is the value */
		*(double *)member = extreme ? high ? 0.0 / 0.0 : 1e300 : (double)below(1000000) / (high ? 1000 : -1);
		break;
	case FIELD_TIME:
		((struct timestamp *)member)->us = make_time();
		break;
	case FIELD_IPV4:
	case FIELD_IPV6:
		memset(member, extreme && high ? 0xff : 0, field->type->size);
		for (size_t i = 0; !extreme && i < field->type->size; i++)
			((uint8_t *)member)[i] = below(3) ? (uint8_t)below(256) : 0;
		break;
	case FIELD_HASH:
	case FIELD_HEX:
		fill_random(&seed, room, size);
		*(struct bytes *)member = extreme ? bytes_at(NULL, 0) : bytes_at(room, size);
		break;
	case FIELD_TEXT:
		*(struct bytes *)member = extreme ? bytes_at(NULL, 0) : make_text(room);
		break;
	default:
		fail_msg("%s has no type of a struct", field->name);
	}
}

static void make_value(const struct record *record, struct value *value)
{
	assert_true(record->size <= VALUE_MAX);
	record_clear(record, value->structure);
	for (size_t i = 0; i < record->count; i++)
		if (below(10))
			make_field(&record->fields[i], value->structure + record->fields[i].offset, value->bytes[i]);
}

/* All that is printed, in a block of the size that was asked for. Free its data. */
static struct bytes print_raw(const struct record *record, const void *value, const struct writer_options *options)
{
	struct error error = { 0 };
	struct writer writer;
	struct bytes copy;
	char *at;

	if (!writer_init(&writer, record, options, &error))
		fail_msg("%s", error.message);
	at = malloc(writer_room(&writer, value));
	copy = exact_copy(at, (size_t)(writer_put(&writer, at, value) - at));
	free(at);
	writer_free(&writer);
	return copy;
}

/* The line without its newline, printed into a block of the size that was asked for. Free its data. */
static struct bytes print(const struct record *record, const void *value, const struct writer_options *options,
			  struct buf *header)
{
	struct error error = { 0 };
	struct writer writer;
	struct bytes line;
	char *at, *end;

	if (!writer_init(&writer, record, options, &error))
		fail_msg("%s", error.message);
	at = malloc(writer_room(&writer, value));
	end = writer_put(&writer, at, value);
	assert_true(end > at && end[-1] == '\n');
	line = exact_copy(at, (size_t)(end - at) - 1);
	assert_null(memchr(line.data, '\n', line.size));
	if (options->format != WRITER_CSV)
		assert_null(memchr(line.data, '\r', line.size));
	free(at);
	if (header)
		writer_header(&writer, header);
	writer_free(&writer);
	return line;
}

/* Fields 0..count of both are the same. */
static void check_equal(const struct record *record, const void *a, const void *b, size_t count, struct bytes line)
{
	for (size_t i = 0; i < count && i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if (field_unset(field, a) != field_unset(field, b) ||
		    (!field_unset(field, a) && field->type->compare(field_value(field, a), field_value(field, b))))
			fail_msg("%s.%s is not what it was: %.*s", record->name, field->name, (int)line.size,
				 (const char *)line.data);
	}
}

/* A reader whose default is this type, and that knows all the others. */
static void open_reader(struct reader *reader, const struct record *record, const char *unset)
{
	const struct record *targets[COUNT(records) + 1] = { record };
	size_t count = 1;

	for (size_t i = 0; i < COUNT(records); i++)
		if (records[i] != record)
			targets[count++] = records[i];
	targets[count] = NULL;
	reader_init(reader, targets, NULL, unset);
}

static void check_read(const struct record *record, const void *value, const struct writer_options *options,
		       const char *header, struct bytes line)
{
	struct error error = { 0 };
	struct reading reading;
	struct reader reader;

	open_reader(&reader, record, options->unset);
	if (header)
		assert_int_equal(reader_line(&reader, bytes_of(header), &reading, &error), READER_NOTHING);
	if (reader_line(&reader, line, &reading, &error) != READER_RECORD)
		fail_msg("%s: %.*s", error.message, (int)line.size, (const char *)line.data);
	assert_ptr_equal(reading.record, record);
	check_equal(record, value, reading.value, record->count, line);
	reader_free(&reader);
}

/* The names of all fields in another order; with the type at some place, or without. */
static void shuffle_columns(const struct record *record, struct buf *columns, bool type)
{
	const char *names[RECORD_FIELDS_MAX + 1];
	size_t count = 0;

	for (size_t i = 0; i < record->count; i++)
		names[count++] = record->fields[i].name;
	if (type)
		names[count++] = "type";
	for (size_t i = count; i > 1; i--) {
		size_t other = below(i);
		const char *name = names[i - 1];

		names[i - 1] = names[other];
		names[other] = name;
	}
	for (size_t i = 0; i < count; i++)
		buf_format(columns, "%s%s", i ? "," : "", names[i]);
}

static void check_form(const struct record *record, const struct value *value, struct writer_options options)
{
	struct buf columns = { 0 }, header = { 0 };
	struct bytes line = print(record, value->structure, &options, NULL);

	check_read(record, value->structure, &options, NULL, line);
	free_copy(line);
	for (int type = 0; type < 2; type++) {
		columns.size = header.size = 0;
		shuffle_columns(record, &columns, type);
		/*
		 * an object without its type is of the reader's default, and a tag that is a text of the first column
		 * is no tag
		 */
		options.columns = buf_string(&columns);
		line = print(record, value->structure, &options, &header);
		if (header.size)
			header.size--;
		check_read(record, value->structure, &options, header.size ? buf_string(&header) : NULL, line);
		free_copy(line);
	}
	buf_free(&columns);
	buf_free(&header);
}

static void each_value(void (*check)(const struct record *, const struct value *))
{
	struct value *value = malloc(sizeof *value);

	for (size_t i = 0; i < COUNT(records); i++) {
		for (int round = 0; round < ROUNDS; round++) {
			make_value(records[i], value);
			check(records[i], value);
		}
	}
	free(value);
}

static void check_lines(const struct record *record, const struct value *value)
{
	static const char *const marks[] = { NULL, "\\N", "NULL", "n/a", "\xe2\x88\x85" };

	for (size_t i = 0; i < COUNT(marks); i++)
		check_form(record, value, (struct writer_options){ .unset = marks[i], .iso = i & 1 });
}

static void test_lines(void **state)
{
	(void)state;
	each_value(check_lines);
}

/* With an empty mark the empty text is the one thing that cannot be told. */
static void check_empty_mark(const struct record *record, const struct value *value)
{
	struct value told = *value;

	for (size_t i = 0; i < record->count; i++) {
		struct bytes *text = (struct bytes *)(void *)(told.structure + record->fields[i].offset);

		if (record->fields[i].type->text && text->data && !text->size)
			*text = bytes_at(NULL, 0);
	}
	check_form(record, &told, (struct writer_options){ .unset = "" });
}

static void test_empty_mark(void **state)
{
	(void)state;
	each_value(check_empty_mark);
}

static void check_json(const struct record *record, const struct value *value)
{
	check_form(record, value, (struct writer_options){ .format = WRITER_JSON });
	check_form(record, value, (struct writer_options){ .format = WRITER_JSON, .iso = true, .unset = "NULL" });
}

static void test_json(void **state)
{
	(void)state;
	each_value(check_json);
}

/* All columns by their names are the default ones, to the byte: the two may be printed by other code. */
static void check_named(const struct record *record, const struct value *value)
{
	static const struct writer_options forms[] = {
		{ .format = WRITER_LINES }, { .format = WRITER_JSON }, { .format = WRITER_CSV },
		{ .format = WRITER_LINES, .unset = "NULL", .iso = true }, { .format = WRITER_JSON, .iso = true },
	};
	struct buf columns = { 0 };

	buf_text(&columns, "type");
	for (size_t i = 0; i < record->count; i++)
		buf_format(&columns, ",%s", record->fields[i].name);
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct writer_options named = forms[i];
		struct bytes line, other;

		named.columns = buf_string(&columns);
		line = print_raw(record, value->structure, &forms[i]);
		other = print_raw(record, value->structure, &named);
		if (!bytes_equal(line, other))
			fail_msg("\n%.*s is not\n%.*s", (int)line.size, (const char *)line.data, (int)other.size,
				 (const char *)other.data);
		free_copy(line);
		free_copy(other);
	}
	buf_free(&columns);
}

static void test_named_columns(void **state)
{
	(void)state;
	each_value(check_named);
}

/* Each column alone under its own header. */
static void check_single(const struct record *record, const struct value *value)
{
	for (size_t i = 0; i < record->count; i++) {
		struct writer_options options = { .columns = record->fields[i].name };
		struct buf header = { 0 };
		struct bytes line = print(record, value->structure, &options, &header);
		struct error error = { 0 };
		struct reading reading;
		struct reader reader;

		header.size--;
		open_reader(&reader, record, NULL);
		assert_int_equal(reader_line(&reader, buf_bytes(&header), &reading, &error), READER_NOTHING);
		if (reader_line(&reader, line, &reading, &error) != READER_RECORD)
			fail_msg("%s: %.*s", error.message, (int)line.size, (const char *)line.data);
		check_equal(&(struct record){ .name = record->name, .fields = &record->fields[i], .count = 1 },
			    value->structure, reading.value, 1, line);
		reader_free(&reader);
		buf_free(&header);
		free_copy(line);
	}
}

static void test_single_columns(void **state)
{
	(void)state;
	each_value(check_single);
}

/*
 * A reader of RFC 4180 that knows nothing of the writer: the cell at `at`, whether it was quoted; returns what follows
 * it.
 */
static size_t csv_cell(struct bytes line, size_t at, struct buf *cell, bool *quoted)
{
	cell->size = 0;
	*quoted = at < line.size && line.data[at] == '"';
	if (!*quoted) {
		for (; at < line.size && line.data[at] != ','; at++)
			buf_byte(cell, line.data[at]);
		return at;
	}
	for (at++; at < line.size; at++) {
		if (line.data[at] == '"' && (++at >= line.size || line.data[at] != '"'))
			return at;
		buf_byte(cell, line.data[at]);
	}
	fail_msg("a quote is not closed: %.*s", (int)line.size, (const char *)line.data);
	return at;
}

/* What the cell of a text stands for: raw bytes after \x. */
static void csv_bytes(struct buf *cell)
{
	uint8_t bytes[TEXT_MAX];
	size_t size = cell->size / 2 - 1;

	if (cell->size < 2 || memcmp(cell->data, "\\x", 2))
		return;
	assert_true(cell->size % 2 == 0 && hex_parse(cell->data + 2, size, bytes));
	memcpy(cell->data, bytes, size);
	cell->size = size;
}

static void check_csv(const struct record *record, const struct value *value)
{
	struct writer_options options = { .format = WRITER_CSV };
	struct error error = { 0 };
	struct buf cell = { 0 }, want = { 0 };
	struct writer writer;
	struct bytes line;
	bool quoted;
	size_t at = 0;
	char *print_at, *print_end;

	assert_true(writer_init(&writer, record, &options, &error));
	print_at = malloc(writer_room(&writer, value->structure));
	print_end = writer_put(&writer, print_at, value->structure);
	line = bytes_at(print_at, (size_t)(print_end - print_at) - 1);
	at = csv_cell(line, 0, &cell, &quoted);
	assert_string_equal(buf_string(&cell), record->name);
	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		const struct bytes *text = field_value(field, value->structure);

		assert_int_equal(line.data[at], ',');
		at = csv_cell(line, at + 1, &cell, &quoted);
		if (field_unset(field, value->structure)) {
			assert_true(!cell.size && !quoted);
		} else if (field->type->text) {
			csv_bytes(&cell);
			assert_true(bytes_equal(buf_bytes(&cell), *text));
			assert_true(cell.size || quoted);
		} else {
			want.size = 0;
			writer_cell(&writer, i + 1, value->structure, &want);
			assert_true(bytes_equal(buf_bytes(&cell), buf_bytes(&want)));
		}
	}
	assert_int_equal(at, line.size);
	writer_free(&writer);
	free(print_at);
	buf_free(&cell);
	buf_free(&want);
}

static void test_csv(void **state)
{
	(void)state;
	each_value(check_csv);
}

/* A line that ends anywhere has the columns before that place, and no others that are wrong without a word. */
static void check_cut_line(const struct record *record, const struct value *value, struct bytes line)
{
	struct reader reader;
	size_t tabs = 0;

	open_reader(&reader, record, NULL);
	for (size_t size = 0; size < line.size; size++) {
		struct bytes cut = exact_copy(line.data, size);
		struct error error = { 0 };
		struct reading reading;

		tabs += size && line.data[size - 1] == '\t';
		switch (reader_line(&reader, cut, &reading, &error)) {
		case READER_NOTHING:
			assert_int_equal(size, 0);
			break;
		case READER_BAD:
			assert_true(error.kind == ERROR_INPUT && error.offset <= size && *error.message);
			break;
		case READER_RECORD:
			assert_true(reading.record == record || !tabs);
			if (tabs)
				check_equal(record, value->structure, reading.value, tabs - 1, cut);
			break;
		}
		free_copy(cut);
	}
	reader_free(&reader);
}

/* An object that ends anywhere is none. */
static void check_cut_object(const struct record *record, struct bytes line)
{
	struct reader reader;

	open_reader(&reader, record, NULL);
	for (size_t size = 1; size < line.size; size++) {
		struct bytes cut = exact_copy(line.data, size);
		struct error error = { 0 };
		struct reading reading;

		assert_int_equal(reader_line(&reader, cut, &reading, &error), READER_BAD);
		assert_true(error.kind == ERROR_INPUT && error.offset <= size && *error.message);
		free_copy(cut);
	}
	reader_free(&reader);
}

static void test_cut(void **state)
{
	struct value *value = malloc(sizeof *value);

	(void)state;
	for (size_t i = 0; i < COUNT(records); i++) {
		for (int round = 0; round < 60; round++) {
			struct bytes line;

			make_value(records[i], value);
			line = print(records[i], value->structure, &(struct writer_options){ 0 }, NULL);
			check_cut_line(records[i], value, line);
			free_copy(line);
			line = print(records[i], value->structure, &(struct writer_options){ .format = WRITER_JSON }, NULL);
			check_cut_object(records[i], line);
			free_copy(line);
		}
	}
	free(value);
}

/*
 * What is read from a damaged line prints as a line that is read and printed as the same. (Not the value: a share may
 * have more digits.)
 */
static void check_damaged(const struct record *record, struct bytes line)
{
	struct writer_options options = { 0 };
	struct bytes printed = { NULL, 0 };
	struct error error = { 0 };
	struct reading reading;
	struct reader reader;

	open_reader(&reader, record, NULL);
	switch (reader_line(&reader, line, &reading, &error)) {
	case READER_BAD:
		assert_true(error.kind == ERROR_INPUT && error.offset <= line.size && *error.message);
		break;
	case READER_NOTHING:
		assert_int_equal(*line.data, '#');
		break;
	case READER_RECORD:
		printed = print(reading.record, reading.value, &options, NULL);
		break;
	}
	reader_free(&reader);
	if (!printed.data)
		return;
	open_reader(&reader, record, NULL);
	assert_int_equal(reader_line(&reader, printed, &reading, &error), READER_RECORD);
	line = print(reading.record, reading.value, &options, NULL);
	assert_true(bytes_equal(line, printed));
	reader_free(&reader);
	free_copy(printed);
	free_copy(line);
}

static void test_changed(void **state)
{
	struct value *value = malloc(sizeof *value);

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(records); i++) {
		const struct record *record = records[i / 2];

		for (int round = 0; round < 3; round++) {
			struct writer_options options = { .format = i & 1 ? WRITER_JSON : WRITER_LINES };
			struct bytes line;
			uint8_t *data;

			make_value(record, value);
			line = print(record, value->structure, &options, NULL);
			data = (uint8_t *)(uintptr_t)line.data;
			for (size_t at = 0; at < line.size; at++) {
				uint8_t byte = data[at];

				for (unsigned other = (unsigned)round; other < 256; other += 3) {
					data[at] = (uint8_t)other;
					check_damaged(record, line);
				}
				data[at] = byte;
			}
			free_copy(line);
		}
	}
	free(value);
}

/* Random bytes as frames: decoded, printed, read back, encoded. */
static void test_frames(void **state)
{
	(void)state;
	for (int round = 0; round < 4000; round++) {
		const struct frame_layout *layout = &frame_layouts[round % FRAME_LAYOUTS];
		struct writer_options options = { .format = round & 4 ? WRITER_JSON : WRITER_LINES };
		uint8_t data[FRAME_SIZE], back[FRAME_SIZE];
		struct error error = { 0 };
		struct reading reading;
		struct reader reader;
		struct frame frame;
		struct bytes line;

		fill_random(&seed, data, sizeof data);
		frame_decode(layout, round >> 1 & 1, data, &frame);
		line = print(layout->record, &frame, &options, NULL);
		open_reader(&reader, layout->record, NULL);
		assert_int_equal(reader_line(&reader, line, &reading, &error), READER_RECORD);
		assert_ptr_equal(reading.source, layout->record);
		assert_true(frame_encode(layout, round >> 1 & 1, reading.value, back, &error));
		assert_memory_equal(data, back, FRAME_SIZE);
		reader_free(&reader);
		free_copy(line);
	}
}

static void test_entries(void **state)
{
	(void)state;
	for (int round = 0; round < 4000; round++) {
		struct writer_options options = { .format = round & 1 ? WRITER_JSON : WRITER_LINES };
		uint8_t data[PEER_SIZE], back[PEER_SIZE];
		struct error error = { 0 };
		struct reading reading;
		struct reader reader;
		struct peer peer;
		struct bytes line;

		record_clear(&peer_record, &peer);
		fill_random(&seed, data, sizeof data);
		assert_ptr_equal(peer_decode(bytes_at(data, sizeof data), &peer), &peer_layouts[0]);
		line = print(&peer_record, &peer, &options, NULL);
		open_reader(&reader, &peer_record, NULL);
		assert_int_equal(reader_line(&reader, line, &reading, &error), READER_RECORD);
		peer_encode(reading.value, back);
		assert_memory_equal(data, back, PEER_SIZE);
		reader_free(&reader);
		free_copy(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_empty_mark),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_named_columns),
		cmocka_unit_test(test_single_columns),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
