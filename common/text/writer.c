/* writer.c - records as tagged lines, JSON Lines or CSV: a plan made once, then one pass for each record */
#include "text/writer.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "text/cell.h"
#include "text/escape.h"

enum {
	MARGIN = 64,	/* printers store whole words past the end of their text */
	JSON_TEXT_GROWTH = JSON_GROWTH + 2,	/* a text and, where it is not UTF-8, its NAME_hex */
};

static bool column_add(struct writer *writer, const struct field *field, bool iso, struct error *error)
{
	struct field *changed;

	if (writer->count > RECORD_FIELDS_MAX)
		return fail_usage(error, "more than %d columns", RECORD_FIELDS_MAX);
	if (iso && field->type == &field_types[FIELD_TIME]) {
		changed = arena_alloc(&writer->names, sizeof *changed);
		*changed = *field;
		changed->type = &field_types[FIELD_TIME_ISO];
		field = changed;
	}
	writer->columns[writer->count++] = field;
	return true;
}

/* A field of its own, so that every loop treats it as it treats the others. */
static bool column_add_type(struct writer *writer, struct error *error)
{
	struct field *field = arena_alloc(&writer->names, sizeof *field);
	struct field_word *tag = arena_alloc(&writer->names, sizeof *tag);

	memset(tag, 0, sizeof *tag);
	tag->size = (uint8_t)strlen(writer->record->name);	/* RECORD() sees to it that it fits */
	memcpy(tag->text, writer->record->name, tag->size);
	*field = (struct field){ .name = "type", .type = &field_types[FIELD_TAG], .words = tag };
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

/* Works out the room once, so that writer_room has little to do. */
static void columns_measure(struct writer *writer)
{
	bool json = writer->format == WRITER_JSON;

	writer->fixed = MARGIN;
	for (size_t i = 0; i < writer->count; i++) {
		const struct field *field = writer->columns[i];

		writer->fixed += field->type->room + writer->unset.size + 3 + (json ? 2 * strlen(field->name) + 24 : 0);
		if (field->type->growth && field->width && !field->type->text) {
			writer->fixed += field->type->growth * field->width;
		} else if (field->type->growth) {
			writer->views[writer->view_count].offset = field->offset;
			writer->views[writer->view_count++].growth =
				field->type->text && json ? JSON_TEXT_GROWTH : field->type->growth;
		}
	}
}

/* Where all columns are wanted as they are, the record may have code of its own. */
static void choose_compiled(struct writer *writer, const struct writer_options *options)
{
	if (options->columns || options->iso)
		return;
	if (writer->format == WRITER_JSON)
		writer->compiled = writer->record->json;
	else if (writer->format == WRITER_LINES && !writer->unset_given)
		writer->compiled = writer->record->line;
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
	bool misleads = bytes_begin(mark, "#") || bytes_begin(mark, "{") ||
			(slash && escape_parse(mark, &memory, &text, &error));

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
		return fail_usage(error, "--unset: '%s' would be read as something else",
				  escape_brief(&brief, bytes_of(unset)));
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
	choose_compiled(writer, options);
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
		buf_text(out, writer->columns[i]->name);
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

static char *put_line(const struct writer *writer, char *at, const void *record)
{
	char *line = at;

	for (size_t i = 0; i < writer->count; i++) {
		const struct field *field = writer->columns[i];
		char *end = cell_print(at, field_value(field, record), field);

		if (!end)
			end = mempcpy(at, writer->unset.data, writer->unset.size);
		else if (writer->unset_given && field->type->text && end > at &&
			 bytes_equal(bytes_at(at, (size_t)(end - at)), writer->unset))
			end = escape_first(at, end);	/* a text that is told apart from the mark */
		*end = '\t';
		at = end + 1;
	}
	at[-1] = '\n';
	/* a reader takes '#' for a header and '{' for JSON; only a text that is the first column can begin so */
	if (*line == '#' || *line == '{')
		at = escape_first(line, at);
	return at;
}

char *cell_json_text(char *at, struct bytes text, const char *name, size_t name_size)
{
	bool lossy = false;

	at = escape_json(at, text, &lossy);
	if (!lossy)
		return at;
	at = stpcpy(at, ",\"");
	at = mempcpy(at, name, name_size);
	at = stpcpy(at, "_hex\":\"");
	at = hex_print(at, text.data, text.size);
	*at++ = '"';
	return at;
}

static char *put_json(const struct writer *writer, char *at, const void *record)
{
	char *object = at;

	for (size_t i = 0; i < writer->count; i++)
		at = cell_json(at, field_value(writer->columns[i], record), writer->columns[i]);
	*object = '{';	/* instead of the first comma */
	memcpy(at, "}\n", 2);
	return at + 2;
}

static char *put_csv(const struct writer *writer, char *at, const void *record)
{
	for (size_t i = 0; i < writer->count; i++) {
		const struct field *field = writer->columns[i];
		const void *value = field_value(field, record);
		const struct bytes *text = value;
		char *end;

		if (field->type->text)
			end = text->data ? escape_csv(at, *text) : NULL;
		else
			end = cell_print(at, value, field);
		at = end ? end : at;
		*at++ = ',';
	}
	at[-1] = '\n';
	return at;
}

char *writer_put(const struct writer *writer, char *at, const void *record)
{
	if (writer->compiled)
		return writer->compiled(at, record);
	switch (writer->format) {
	case WRITER_JSON: return put_json(writer, at, record);
	case WRITER_CSV: return put_csv(writer, at, record);
	default: return put_line(writer, at, record);
	}
}

void writer_cell(const struct writer *writer, size_t column, const void *record, struct buf *out)
{
	const struct field *field = writer->columns[column];
	const struct bytes *view = field_value(field, record);
	size_t room = field->type->room + (field->type->growth ? field->type->growth * view->size : 0) + MARGIN;
	char *at = (char *)buf_reserve(out, room);
	char *end = cell_print(at, view, field);

	if (end)
		out->size += (size_t)(end - at);
	else
		buf_append(out, writer->unset.data, writer->unset.size);
}

const char *writer_name(const struct writer *writer, size_t column)
{
	return writer->columns[column]->name;
}
