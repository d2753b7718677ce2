/* writer.c - records as tagged lines, JSON Lines or CSV: a plan made once, then one pass for each record */
#include "text/writer.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "text/escape.h"

enum {
	MARGIN = 64,	/* printers store whole words past the end of their text */
	JSON_TEXT_GROWTH = JSON_GROWTH + 2,	/* a text and, where it is not UTF-8, its NAME_hex */
};

/* The type column: a value that is the record's name, whatever the struct holds. */
static char *print_tag(char *at, const void *value, const struct field *field)
{
	(void)value;
	memcpy(at, field->words->text, sizeof field->words->text);
	return at + field->words->size;
}

static bool column_add(struct writer *writer, const struct field *field, bool iso, struct error *error)
{
	struct writer_column *column = &writer->columns[writer->count];

	if (writer->count > RECORD_FIELDS_MAX)
		return fail_usage(error, "more than %d columns", RECORD_FIELDS_MAX);
	column->field = field;
	column->offset = field->offset;
	column->type = field->type;
	column->print = field->type->print;
	if (iso && field->type == &field_types[FIELD_TIME]) {
		column->type = &field_types[FIELD_TIME_ISO];
		column->print = column->type->print;
	}
	writer->count++;
	return true;
}

static bool column_add_type(struct writer *writer, struct error *error)
{
	/* a field of its own, so that every loop treats it as it treats the others */
	static const struct field_type type = { .name = "word", .room = 32, .quoted = true, .print = print_tag };
	struct field *field = arena_alloc(&writer->names, sizeof *field);
	struct field_word *tag = arena_alloc(&writer->names, sizeof *tag);

	memset(tag, 0, sizeof *tag);
	tag->size = (uint8_t)strlen(writer->record->name);	/* RECORD() sees to it that it fits */
	memcpy(tag->text, writer->record->name, tag->size);
	*field = (struct field){ .name = "type", .type = &type, .words = tag };
	return column_add(writer, field, false, error);
}

static bool columns_default(struct writer *writer, bool iso, struct error *error)
{
	bool good = column_add_type(writer, error);

	for (size_t i = 0; good && i < writer->record->count; i++)
		good = column_add(writer, &writer->record->fields[i], iso, error);
	return good;
}

static bool fail_column(const struct record *record, struct bytes name, struct error *error)
{
	struct brief brief;
	struct buf names = { 0 };

	for (size_t i = 0; i < record->count; i++)
		buf_format(&names, " %s", record->fields[i].name);
	fail_usage(error, "'%s' is no column of %s records: want type%s", escape_brief(&brief, name), record->name,
		   buf_string(&names));
	buf_free(&names);
	return false;
}

static bool columns_named(struct writer *writer, const char *list, bool iso, struct error *error)
{
	struct bytes rest = bytes_of(list), name;
	const struct field *field;

	if (*list == '+' && !columns_default(writer, iso, error))
		return false;
	do {
		name = bytes_split(rest, ',', &rest);
		if (bytes_begin(name, "+"))
			name = bytes_after(name, 1);
		if (bytes_is(name, "type")) {
			if (!column_add_type(writer, error))
				return false;
			continue;
		}
		field = record_find(writer->record, name);
		if (!field)
			return fail_column(writer->record, name, error);
		if (!column_add(writer, field, iso, error))
			return false;
	} while (rest.data);
	return true;
}

/* Works out the keys and the room once, so that writer_put does neither. */
static void columns_measure(struct writer *writer)
{
	bool json = writer->format == WRITER_JSON;

	if (writer->columns[0].field->words && writer->columns[0].print == print_tag) {
		writer->tag_size = writer->columns[0].field->words->size + 1u;
		memcpy(writer->tag, writer->columns[0].field->words->text, writer->tag_size - 1);
		writer->tag[writer->tag_size - 1] = '\t';
	}
	writer->fixed = MARGIN;
	for (size_t i = 0; i < writer->count; i++) {
		struct writer_column *column = &writer->columns[i];
		struct buf key = { 0 };

		buf_format(&key, "%s\"%s\":", i ? "," : "{", column->field->name);
		column->key_size = key.size;
		column->key = arena_string(&writer->names, buf_bytes(&key));
		buf_free(&key);
		writer->fixed += column->type->room + writer->unset.size + 3 + (json ? 2 * column->key_size + 16 : 0);
		if (column->type->growth && column->field->width && !column->type->text) {
			writer->fixed += column->type->growth * column->field->width;
		} else if (column->type->growth) {
			writer->views[writer->view_count].offset = column->offset;
			writer->views[writer->view_count++].growth =
				column->type->text && json ? JSON_TEXT_GROWTH : column->type->growth;
		}
	}
}

/*
 * Could no line with this mark be read back? A mark that breaks the line, makes it a header or JSON, or is how some
 * text is escaped, so that there is no other way to write that text ("\N" is none of these).
 */
static bool mark_misleads(struct bytes mark)
{
	struct arena memory = { 0 };
	struct error error = { 0 };
	struct bytes text;
	bool slash = mark.size && memchr(mark.data, '\\', mark.size);
	bool misleads = bytes_begin(mark, "#") || bytes_begin(mark, "{") || (slash && escape_parse(mark, &memory, &text, &error));

	for (size_t i = 0; i < mark.size; i++)
		misleads = misleads || strchr("\t\n\r", mark.data[i]);
	arena_free(&memory);
	return misleads;
}

bool writer_init(struct writer *writer, const struct record *record, const struct writer_options *options,
		 struct error *error)
{
	const char *unset = options->unset ? options->unset : "-";
	struct brief brief;
	bool good;

	memset(writer, 0, sizeof *writer);
	if (mark_misleads(bytes_of(unset)))
		return fail_usage(error, "--unset: '%s' would be read as something else", escape_brief(&brief, bytes_of(unset)));
	writer->record = record;
	writer->format = options->format;
	writer->unset = bytes_of(unset);
	writer->unset_given = strcmp(unset, "-") != 0;
	good = options->columns ? columns_named(writer, options->columns, options->iso, error)
				: columns_default(writer, options->iso, error);
	if (!good) {
		writer_free(writer);
		return false;
	}
	columns_measure(writer);
	return true;
}

void writer_free(struct writer *writer)
{
	arena_free(&writer->names);
}

void writer_header(const struct writer *writer, struct buf *out)
{
	bool csv = writer->format == WRITER_CSV;

	if (writer->format == WRITER_JSON)
		return;
	if (!csv)
		buf_byte(out, '#');
	for (size_t i = 0; i < writer->count; i++) {
		if (i)
			buf_byte(out, csv ? ',' : '\t');
		buf_text(out, writer->columns[i].field->name);
	}
	buf_byte(out, '\n');
}

/* Replaces the character at `at` by the \xHH of its bytes, moving what follows up to end; returns the new end. */
static char *escape_first(char *at, char *end)
{
	size_t size = utf8_next(bytes_at(at, (size_t)(end - at)));
	uint8_t bytes[4];

	memcpy(bytes, at, size);
	memmove(at + 4 * size, at + size, (size_t)(end - at) - size);
	for (size_t i = 0; i < size; i++) {
		memcpy(at + 4 * i, "\\x", 2);
		hex_print(at + 4 * i + 2, &bytes[i], 1);
	}
	return end + 3 * size;
}

/* The cells of a line with --unset: texts that equal the mark are told apart from it. */
static char *put_cells_marked(const struct writer *writer, char *at, const void *record)
{
	const struct writer_column *column = writer->columns, *last = column + writer->count;

	for (; column < last; column++) {
		char *end = column->print(at, (const char *)record + column->offset, column->field);

		if (!end)
			end = mempcpy(at, writer->unset.data, writer->unset.size);
		else if (column->type->text && end > at && bytes_equal(bytes_at(at, (size_t)(end - at)), writer->unset))
			end = escape_first(at, end);
		*end = '\t';
		at = end + 1;
	}
	return at;
}

/*
 * One cell. Written out for each of the first columns because then each call always goes to the same printer, which the
 * CPU foresees; as one call in a loop it cost a tenth of all the time.
 */
#define CELL(n) \
	if (column + (n) == last) \
		return at; \
	end = column[n].print(at, (const char *)record + column[n].offset, column[n].field); \
	if (!end) { \
		*at = '-'; \
		end = at + 1; \
	} \
	*end = '\t'; \
	at = end + 1;

static char *put_cells(const struct writer *writer, char *at, const void *record)
{
	const struct writer_column *column = writer->columns, *last = column + writer->count;
	char *end;

	if (writer->tag_size) {
		memcpy(at, writer->tag, sizeof writer->tag);
		at += writer->tag_size;
		column++;
	}
	for (;;) {
		CELL(0) CELL(1) CELL(2) CELL(3) CELL(4) CELL(5) CELL(6) CELL(7)
		CELL(8) CELL(9) CELL(10) CELL(11) CELL(12) CELL(13) CELL(14) CELL(15)
		column += 16;
	}
}

static char *put_line(const struct writer *writer, char *at, const void *record)
{
	char *end = writer->unset_given ? put_cells_marked(writer, at, record) : put_cells(writer, at, record);

	end[-1] = '\n';
	/* a reader takes '#' for a header and '{' for JSON; only a text that is the first column can begin so */
	if (*at == '#' || *at == '{')
		end = escape_first(at, end);
	return end;
}

static char *json_text(char *at, struct bytes text, const struct writer_column *column)
{
	bool lossy = false;

	at = escape_json(at, text, &lossy);
	if (!lossy)
		return at;
	/* ,"name": again as ,"name_hex": with all the bytes */
	*at++ = ',';
	memcpy(at, column->key + 1, column->key_size - 3);
	at += column->key_size - 3;
	at = stpcpy(at, "_hex\":\"");
	at = hex_print(at, text.data, text.size);
	*at++ = '"';
	return at;
}

static char *put_json(const struct writer *writer, char *at, const void *record)
{
	const struct writer_column *column = writer->columns, *last = column + writer->count;

	for (; column < last; column++) {
		const void *value = (const char *)record + column->offset;
		char *end, *first;

		memcpy(at, column->key, column->key_size);
		at += column->key_size;
		if (column->type->text) {
			const struct bytes *text = value;

			at = text->data ? json_text(at, *text, column) : stpcpy(at, "null");
			continue;
		}
		first = at + column->type->quoted;
		end = column->print(first, value, column->field);
		if (!end) {
			at = stpcpy(at, "null");
		} else if (!column->type->quoted) {
			at = end;
		} else if (column->field->words && *first >= '0' && *first <= '9') {
			/* a word without a name is a number */
			memmove(at, first, (size_t)(end - first));
			at = end - 1;
		} else {
			*at = '"';
			*end = '"';
			at = end + 1;
		}
	}
	memcpy(at, "}\n", 2);
	return at + 2;
}

static char *put_csv(const struct writer *writer, char *at, const void *record)
{
	const struct writer_column *column = writer->columns, *last = column + writer->count;

	for (; column < last; column++) {
		const void *value = (const char *)record + column->offset;
		const struct bytes *text = value;
		char *end;

		if (column->type->text)
			end = text->data ? escape_csv(at, *text) : at;
		else
			end = column->print(at, value, column->field);
		at = end ? end : at;
		*at++ = ',';
	}
	at[-1] = '\n';
	return at;
}

char *writer_put(const struct writer *writer, char *at, const void *record)
{
	switch (writer->format) {
	case WRITER_JSON: return put_json(writer, at, record);
	case WRITER_CSV: return put_csv(writer, at, record);
	default: return put_line(writer, at, record);
	}
}

void writer_cell(const struct writer *writer, size_t number, const void *record, struct buf *out)
{
	const struct writer_column *column = &writer->columns[number];
	const struct bytes *view = (const void *)((const char *)record + column->offset);
	size_t room = column->type->room + (column->type->growth ? column->type->growth * view->size : 0) + MARGIN;
	char *at = (char *)buf_reserve(out, room);
	char *end = column->print(at, view, column->field);

	if (end)
		out->size += (size_t)(end - at);
	else
		buf_append(out, writer->unset.data, writer->unset.size);
}

const char *writer_name(const struct writer *writer, size_t column)
{
	return writer->columns[column].field->name;
}
