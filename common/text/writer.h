/* writer.h - records as tagged lines, JSON Lines or CSV: a plan made once, then one pass for each record */
#ifndef TEXT_WRITER_H
#define TEXT_WRITER_H

#include "base/buf.h"
#include "text/record.h"

enum writer_format { WRITER_LINES, WRITER_JSON, WRITER_CSV };

struct writer_options {
	enum writer_format format;
	const char *columns;	/* of -o: names by comma, "+name" adds to the default; NULL: the type and all fields */
	const char *unset;	/* what stands for an unset value in lines; NULL: "-" */
	bool iso;		/* times as RFC 3339 */
};

struct writer {
	const struct record *record;
	enum writer_format format;
	struct bytes unset;
	bool unset_given;	/* not "-": texts that equal it must be told apart */
	size_t fixed;		/* bytes that a record needs besides those of its views */
	/* record->line or ->json, where it prints just what is asked for */
	char *(*compiled)(char *at, const void *record);
	size_t count;
	const struct field *columns[RECORD_FIELDS_MAX + 1];
	size_t view_count;	/* columns whose room depends on the value: their offset and growth */
	struct { size_t offset, growth; } views[RECORD_FIELDS_MAX + 1];
	struct arena names;
};

/*
 * False with ERROR_USAGE: an unknown column (the message names those there are), an unset mark that could not be told
 * from a text.
 */
bool writer_init(struct writer *, const struct record *, const struct writer_options *, struct error *);
void writer_free(struct writer *);

/* Appends the header line: #type<TAB>field... for lines, plain names for CSV, nothing for JSON. */
void writer_header(const struct writer *, struct buf *);

/* How many bytes writer_put may touch for this record. */
static inline size_t writer_room(const struct writer *writer, const void *record)
{
	size_t room = writer->fixed;

	for (size_t i = 0; i < writer->view_count; i++) {
		const struct bytes *view = (const void *)((const char *)record + writer->views[i].offset);

		room += writer->views[i].growth * view->size;
	}
	return room;
}

/* Writes the record's line with its newline at `at`, which has writer_room bytes; returns the end. */
char *writer_put(const struct writer *, char *at, const void *record);

/* The text of one column as a line has it, unset mark included, appended to the buf. */
void writer_cell(const struct writer *, size_t column, const void *record, struct buf *);
/* The name of a column ("type" for the first). */
const char *writer_name(const struct writer *, size_t column);

#endif
