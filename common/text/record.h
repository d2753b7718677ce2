/* record.h - record types: a tag and a table of fields */
#ifndef TEXT_RECORD_H
#define TEXT_RECORD_H

#include "text/field.h"

enum { RECORD_FIELDS_MAX = 64 };

/* One record type: its name is the first column of its lines. Columns stand in the order of the table. */
struct record {
	const char *name;
	const char *help;	/* one line for --fields and the manuals */
	const struct field *fields;
	size_t count;
	size_t size;		/* of the struct */
	/*
	 * The whole line or JSON object as the compiler laid it out (text/cell.h), or NULL: then the writer goes by the
	 * table.
	 */
	char *(*line)(char *at, const void *record);
	char *(*json)(char *at, const void *record);
};

/* The tag is a literal of at most 15 bytes; after the help may follow .line = and .json =. */
#define RECORD(tag, structure, table, ...) { \
	.name = (tag) + 0 * sizeof(struct { int fits : sizeof(tag) <= 16 ? 1 : -1; }), .fields = (table), \
	.count = sizeof(table) / sizeof *(table), .size = sizeof(struct structure), .help = __VA_ARGS__ }

/* The field of that name, or NULL. */
const struct field *record_find(const struct record *, struct bytes name);
/* Makes every field unset, or 0 where the type is always set. */
void record_clear(const struct record *, void *structure);

#endif
