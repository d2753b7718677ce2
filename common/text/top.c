/* top.c - exact counts of the distinct values of one field */
#include "text/top.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/number.h"
#include "text/escape.h"

static const struct field top_fields[] = {
	FIELD(top_row, field, TEXT, "the field whose values were counted"),
	FIELD(top_row, value, TEXT, "one of its values"),
	FIELD(top_row, count, U64, "records with that value"),
	FIELD(top_row, share, REAL, "the same as a fraction of all records counted"),
};

const struct record top_record = RECORD("top", top_row, top_fields, "a value of a field and how often it occurs (--top)");

bool top_init(struct top *top, const struct record *record, const char *what, bool iso, struct error *error)
{
	struct bytes rows, name = bytes_split(bytes_of(what), ':', &rows);
	struct brief brief;

	*top = (struct top){ .rows = TOP_ROWS_DEFAULT, .table.limit = TOP_DISTINCT_MAX };
	top->field = record_find(record, name);
	if (!top->field)
		return fail_usage(error, "--top: '%s' is no column of %s records", escape_brief(&brief, name), record->name);
	top->printed = top->field->type;
	if (iso && top->printed == &field_types[FIELD_TIME])
		top->printed = &field_types[FIELD_TIME_ISO];
	if (rows.data && !number_parse(rows, UINT64_MAX, &top->rows))
		return fail_usage(error, "--top: '%s' is not a number of rows", escape_brief(&brief, rows));
	if (!top->rows)
		top->rows = UINT64_MAX;
	return true;
}

void top_free(struct top *top)
{
	table_free(&top->table);
}

void top_count(struct top *top, const void *record)
{
	const void *value = field_value(top->field, record);
	struct table_entry *entry;

	top->total++;
	if (field_unset(top->field, record)) {
		top->unset++;
		return;
	}
	/* the bytes of the value are the key: no text is made before the end */
	entry = table_add(&top->table, top->field->type->growth ? *(const struct bytes *)value
							      : bytes_at(value, top->field->type->size), NULL);
	if (entry)
		entry->count++;
	else
		top->missed++;
}

static void put_row(const struct top *top, struct bytes value, uint64_t count,
		    void (*put)(void *, const struct top_row *), void *context)
{
	struct top_row row = { bytes_of(top->field->name), value, count, (double)count / (double)top->total };

	put(context, &row);
}

/* The text of a key: of a text itself, of anything else what print makes of it. */
static struct bytes key_text(const struct top *top, struct bytes key, struct buf *buf)
{
	const struct field_type *type = top->printed;
	uint64_t member[4];	/* aligned for any type that is no view */
	char *at, *end;

	if (type->text)
		return key.data ? key : bytes_of("");
	buf->size = 0;
	at = (char *)buf_reserve(buf, type->room + type->growth * key.size + ESCAPE_ROOM);
	if (!type->growth)
		memcpy(member, key.data, key.size);
	end = type->print(at, type->growth ? (const void *)&key : member, top->field);
	return bytes_at(at, (size_t)(end - at));
}

void top_print(struct top *top, void (*put)(void *, const struct top_row *), void *context)
{
	struct table_entry *entries = table_sorted(&top->table);
	bool unset_done = !top->unset;
	struct buf buf = { 0 };
	uint64_t rows = 0;

	for (size_t i = 0; rows < top->rows && (i < top->table.count || !unset_done); rows++) {
		if (!unset_done && (i == top->table.count || top->unset >= entries[i].count)) {
			put_row(top, (struct bytes){ NULL, 0 }, top->unset, put, context);
			unset_done = true;
		} else {
			put_row(top, key_text(top, entries[i].key, &buf), entries[i].count, put, context);
			i++;
		}
	}
	buf_free(&buf);
	free(entries);
}
