/* table.h - records as an aligned table for people */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/buf.h"
#include "text/writer.h"

/*
 * Rows are held until TABLE_ROWS of them are there, then printed and forgotten (under the
 * columns' names only the first time), so that memory stays bounded on a long stream.
 */
enum { TABLE_ROWS = 4096 };

struct table_view;

struct table_view *table_view_new(const struct writer *);
void table_view_free(struct table_view *);
/* Adds a row; when the table is full, appends its text to out. */
void table_view_put(struct table_view *, const void *record, struct buf *out);
/* Appends what is held to out. */
void table_view_flush(struct table_view *, struct buf *out);
/* The same, and the next row begins a table of its own, under the columns' names. */
void table_view_end(struct table_view *, struct buf *out);

#endif
