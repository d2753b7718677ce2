/* output.c - stdout: records selected, counted or printed in the chosen form, in large blocks */
#include "cli/output.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/mask.h"
#include "cli/progress.h"
#include "cli/table.h"

static bool open_top(struct output *output, const struct record *record, const struct output_options *options,
		     struct error *error)
{
	output->top = calloc(1, sizeof *output->top);
	if (!output->top)
		out_of_memory();
	return top_init(output->top, record, options->top, options->time, error);
}

static bool open_records(struct output *output, const struct record *record, const struct output_options *options,
			 struct error *error)
{
	static const enum writer_format formats[] = {
		[OUTPUT_LINES] = WRITER_LINES, [OUTPUT_JSON] = WRITER_JSON, [OUTPUT_CSV] = WRITER_CSV,
		[OUTPUT_TABLE] = WRITER_LINES,
	};
	struct writer_options writing = { formats[options->format], options->columns, options->unset, options->time };

	if (!select_init(&output->select, record, options->matches.words, options->matches.count, options->sample,
			 options->skip, options->count, error))
		return false;
	if (options->masks.count) {
		output->mask = mask_new(record, options->masks.words, options->masks.count, error);
		if (!output->mask)
			return false;
	}
	if (options->top && !open_top(output, record, options, error))
		return false;
	if (!writer_init(&output->writer, options->top ? &top_record : record, &writing, error))
		return false;
	output->opened = true;
	if (options->format == OUTPUT_TABLE)
		output->table = table_view_new(&output->writer);
	else if (options->header || options->format == OUTPUT_CSV)
		writer_header(&output->writer, &output->buf);
	output->plain = select_all(&output->select) && !output->top && !output->mask && !output->table;
	output->ended = options->count == 0;
	return true;
}

bool output_shaped(const struct output_options *options)
{
	return options->format != OUTPUT_LINES || options->header || options->unset || options->columns || options->top ||
	       options->count != UINT64_MAX || options->skip || options->sample || options->matches.count ||
	       options->masks.count;
}

bool output_open(struct output *output, const struct record *record, const struct output_options *options,
		 struct error *error)
{
	*output = (struct output){ 0 };
	buf_reserve(&output->buf, OUTPUT_BLOCK);
	return !record || open_records(output, record, options, error);
}

/* The reader has gone, as `head` does: end as a program that never heard of SIGPIPE ends. */
static _Noreturn void end_by_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	_exit(128 + SIGPIPE);	/* it is blocked */
}

void output_flush(struct output *output)
{
	size_t done = 0;

	if (output->buf.size)
		progress_wipe(true);
	while (done < output->buf.size && output->error.kind == ERROR_NONE) {
		ssize_t count = write(STDOUT_FILENO, output->buf.data + done, output->buf.size - done);

		if (count >= 0) {
			done += (size_t)count;
		} else if (errno == EPIPE) {
			end_by_sigpipe();
		} else if (errno != EINTR) {
			fail_system(&output->error, "cannot write to standard output: %m");
			output->ended = true;
		}
	}
	output->buf.size = 0;
}

void output_wait(struct output *output, int milliseconds)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	output_flush(output);
	if (poll(&reader, 1, milliseconds) <= 0)
		return;
	if (reader.revents & POLLERR)
		end_by_sigpipe();
	poll(NULL, 0, milliseconds);	/* it is closed, or hung up: nothing to wait for there */
}

/* A record that was selected, in whatever form is not plain. */
static void put_form(struct output *output, const void *record)
{
	size_t room;

	if (output->mask)
		record = mask_apply(output->mask, record);
	if (output->top) {
		top_count(output->top, record);
		return;
	}
	if (output->table) {
		table_view_put(output->table, record, &output->buf);
		return;
	}
	room = writer_room(&output->writer, record);
	if (output->buf.capacity - output->buf.size < room)
		output_flush(output);
	output->buf.size = (size_t)((uint8_t *)writer_put(&output->writer, (char *)buf_reserve(&output->buf, room), record) -
				    output->buf.data);
}

bool output_put_selected(struct output *output, const void *record)
{
	struct select *select = &output->select;

	if (output->ended)
		return false;
	if (select_record(select, record) == SELECT_PASS)
		put_form(output, record);
	if (select->passed == select->count)
		output->ended = true;	/* known now, not when the next record comes, which may be never */
	return !output->ended;
}

void output_end_table(struct output *output)
{
	if (output->table)
		table_view_end(output->table, &output->buf);
}

static void put_top_row(void *context, const struct top_row *row)
{
	struct output *output = context;

	if (output->table) {
		table_view_put(output->table, row, &output->buf);
		return;
	}
	output->plain = true;
	output_put(output, row);
}

static void finish_records(struct output *output)
{
	if (output->top) {
		top_print(output->top, put_top_row, output);
		if (output->top->missed)
			fail_input(&output->error, ERROR_NOWHERE,
				   "--top: more than %d distinct values; %llu records are not counted", TOP_DISTINCT_MAX,
				   (unsigned long long)output->top->missed);
	}
	if (output->table)
		table_view_flush(output->table, &output->buf);
}

bool output_close(struct output *output)
{
	struct error missed = { 0 };

	if (output->opened)
		finish_records(output);
	if (output->error.kind == ERROR_INPUT) {
		missed = output->error;
		output->error = (struct error){ 0 };
	}
	output_flush(output);
	/* some file systems report a full disk only now */
	if (output->error.kind == ERROR_NONE && close(STDOUT_FILENO) < 0 && errno != EBADF)
		fail_system(&output->error, "cannot write to standard output: %m");
	if (output->error.kind == ERROR_NONE)
		output->error = missed;
	select_free(&output->select);
	if (output->opened)
		writer_free(&output->writer);
	if (output->top)
		top_free(output->top);
	free(output->top);
	mask_free(output->mask);
	table_view_free(output->table);
	buf_free(&output->buf);
	return output->error.kind == ERROR_NONE;
}
