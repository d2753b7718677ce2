/* table.c - records as an aligned table for people */
#include "cli/table.h"

#include <libsmartcols.h>
#include <locale.h>
#include <stdlib.h>

struct table_view {
	const struct writer *writer;
	struct libscols_table *table;
	size_t rows;
	bool headed;	/* the names of the columns were printed */
	bool ended;	/* the next row begins another table */
	struct buf cell;
};

/*
 * libsmartcols escapes what the terminal cannot show, and the backslash of what looks like such an escape of its own:
 * "\x" becomes "\x5cx". Our cells are escaped already, so in them a backslash always begins a pair, whose second byte is
 * replaced until the table is made. (Its ways to switch that off count widths wrong, even below 0.)
 */
static const char shown[] = "x\\", hidden[] = "_|";

/* In each pair that begins with a backslash, what is in `from` by what is in `to`. */
static void replace_escapes(char *text, const char *from, const char *to)
{
	const char *found;

	for (; (text = strchr(text, '\\')) && text[1]; text += 2)
		if ((found = strchr(from, text[1])))
			text[1] = to[found - from];
}

struct table_view *table_view_new(const struct writer *writer)
{
	struct table_view *view = calloc(1, sizeof *view);

	setlocale(LC_CTYPE, "");	/* the widths of characters are the terminal's */
	scols_init_debug(0);
	if (!view)
		out_of_memory();
	view->writer = writer;
	view->table = scols_new_table();
	if (!view->table)
		out_of_memory();
	for (size_t i = 0; i < writer->count; i++) {
		const struct field *column = writer->columns[i];
		/* numbers to the right; nothing is ever cut: a cut hash is no hash */
		int flags = column->type->quoted ? 0 : SCOLS_FL_RIGHT;

		if (!scols_table_new_column(view->table, writer_name(writer, i), 0, flags))
			out_of_memory();
	}
	scols_table_set_termforce(view->table, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_nowrap(view->table, 1);
	return view;
}

void table_view_free(struct table_view *view)
{
	if (!view)
		return;
	scols_unref_table(view->table);
	buf_free(&view->cell);
	free(view);
}

void table_view_put(struct table_view *view, const void *record, struct buf *out)
{
	struct libscols_line *line = scols_table_new_line(view->table, NULL);

	if (!line)
		out_of_memory();
	view->headed &= !view->ended;
	view->ended = false;
	for (size_t i = 0; i < view->writer->count; i++) {
		view->cell.size = 0;
		writer_cell(view->writer, i, record, &view->cell);
		buf_byte(&view->cell, 0);
		replace_escapes((char *)view->cell.data, shown, hidden);
		if (scols_line_set_data(line, i, (char *)view->cell.data))
			out_of_memory();
	}
	if (++view->rows == TABLE_ROWS)
		table_view_flush(view, out);
}

void table_view_flush(struct table_view *view, struct buf *out)
{
	char *text = NULL;

	if (!view->rows && view->headed)
		return;
	scols_table_enable_noheadings(view->table, view->headed);
	if (scols_print_table_to_string(view->table, &text))
		out_of_memory();
	if (text && *text) {
		replace_escapes(text, hidden, shown);
		buf_text(out, text);
		if (out->data[out->size - 1] != '\n')
			buf_byte(out, '\n');
	}
	free(text);
	scols_table_remove_lines(view->table);
	view->rows = 0;
	view->headed = true;
}

void table_view_end(struct table_view *view, struct buf *out)
{
	table_view_flush(view, out);
	view->ended = true;
}
