/* output.h - stdout: records selected, counted or printed in the chosen form, in large blocks */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/error.h"
#include "cli/options.h"
#include "text/select.h"
#include "text/top.h"
#include "text/writer.h"

enum output_format { OUTPUT_LINES, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_TABLE };

/* What the common options ask for; { .count = UINT64_MAX } are the defaults. */
struct output_options {
	uint8_t format;		/* enum output_format */
	bool header;
	uint8_t time;		/* 0 epoch, 1 iso */
	const char *unset, *columns, *top;
	uint64_t count, skip, sample;
	struct option_list matches, masks;
};

enum { OUTPUT_BLOCK = 256 << 10 };	/* bytes gathered before a write */

struct output {
	struct buf buf;
	struct writer writer;
	bool plain;		/* nothing to select, count, mask or align: straight to the writer */
	bool ended;		/* nothing more is wanted: enough records, or stdout failed */
	struct error error;	/* of the first failed write */
	bool opened;		/* for records; else for bytes only */
	bool put;		/* a record was, whether or not it was selected; or bytes were */
	struct select select;
	struct top *top;
	struct mask *mask;
	struct table_view *table;
};

/* Does an option ask for records, or say which and how? */
bool output_shaped(const struct output_options *);
/* For records of that type; NULL: for bytes only. ERROR_USAGE for a bad option. */
bool output_open(struct output *, const struct record *, const struct output_options *, struct error *);
/* The ways of output_put that are not plain. */
bool output_put_selected(struct output *, const void *record);
/* Writes what is gathered. It is called when a block is full and before any wait for input. */
void output_flush(struct output *);
/* Of a table: prints what is held of it; the next record begins a table of its own. */
void output_end_table(struct output *);
/*
 * Flushes and waits so long, or until a signal comes. For verbs that wait for the time to pass: they notice here that the
 * reader of stdout has gone, which ends the program as in output_flush.
 */
void output_wait(struct output *, int milliseconds);

/* Selects and prints one record. False: nothing more is wanted, the verb can end. */
static inline bool output_put(struct output *output, const void *record)
{
	size_t room;

	output->put = true;
	if (__builtin_expect(!output->plain, 0))
		return output_put_selected(output, record);
	room = writer_room(&output->writer, record);
	if (__builtin_expect(output->buf.capacity - output->buf.size < room, 0)) {
		output_flush(output);
		buf_reserve(&output->buf, room);
	}
	output->buf.size = (size_t)((uint8_t *)writer_put(&output->writer, (char *)output->buf.data + output->buf.size,
							  record) - output->buf.data);
	return !output->ended;
}

/*
 * Where the next size bytes go that a verb makes itself; output_made, with how many they are, makes them part of the
 * output.
 */
static inline uint8_t *output_room(struct output *output, size_t size)
{
	if (output->buf.size + size > OUTPUT_BLOCK)
		output_flush(output);
	return buf_reserve(&output->buf, size);
}

/* False as output_put. */
static inline bool output_made(struct output *output, size_t size)
{
	output->put = true;
	output->buf.size += size;
	return !output->ended;
}

/* Raw bytes or text of a verb's own making. False as output_put. */
static inline bool output_bytes(struct output *output, const void *data, size_t size)
{
	if (size)
		memcpy(output_room(output, size), data, size);
	return output_made(output, size);
}

/* Prints what was counted or held back, flushes, checks that stdout took it all, and frees. False: see output->error. */
bool output_close(struct output *);

#endif
