/* outer.c - what an RDB file comes in: by itself, in a replication stream, or at the beginning of an append-only file */
#include "tools/peerdump/outer.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "text/escape.h"

enum {
	LINE_MAX_SIZE = 256,	/* of a line before the RDB */
	STATUS_LINES_MAX = 16,	/* +OK, +PONG, +FULLRESYNC: a handshake has four or five */
	EXCERPT = 12,		/* bytes of what is something else that are shown */
};

/* ---- what it is */

/* What an operator may take for an RDB file. */
static const struct { const char *begin, *what; } others[] = {
	{ "\x1f\x8b", "compressed by gzip" },
	{ "\x28\xb5\x2f\xfd", "compressed by zstd" },
	{ "\xfd" "7zXZ", "compressed by xz" },
	{ "BZh", "compressed by bzip2" },
	{ "\x04\x22\x4d\x18", "compressed by lz4" },
	{ "VALKEY", "an RDB file of Valkey 9 or later, which is another format" },
	{ "*", "commands: an append-only file without an RDB part" },
	{ "#TS:", "commands: an append-only file without an RDB part" },
	{ "file ", "a manifest: the RDB file is the one in it that ends in .base.rdb" },
	{ "+CONTINUE", "a partial resynchronisation, in which nothing is complete" },
	{ "-", "a refusal of the server" },
};

static bool refuse(const struct outer *outer, struct bytes window, struct error *error)
{
	const char *what = "something else";
	struct brief brief;

	if (!window.size)
		return fail_input(error, outer->input.offset,
				  "the end, where an RDB file (REDIS0011) or a replication stream should begin");
	for (size_t i = sizeof others / sizeof *others; i-- > 0; )
		if (bytes_begin(window, others[i].begin))
			what = others[i].what;
	escape_brief(&brief, bytes_at(window.data, window.size < EXCERPT ? window.size : EXCERPT));
	return fail_input(error, outer->input.offset,
			  "begins with %s, which is %s, instead of an RDB file (REDIS0011) or a replication stream",
			  brief.text, what);
}

/* The line that the window begins with, without its end, and how many bytes it takes. */
static bool cut_line(struct bytes window, struct bytes *line, size_t *size)
{
	size_t most = window.size < LINE_MAX_SIZE ? window.size : LINE_MAX_SIZE;
	const uint8_t *newline = most ? memchr(window.data, '\n', most) : NULL;

	if (!newline)
		return false;
	*size = (size_t)(newline - window.data) + 1;
	*line = bytes_at(window.data, *size - 1);
	if (line->size && line->data[line->size - 1] == '\r')
		line->size--;
	return true;
}

/* The line that a stream begins with: $<size> or $EOF:<mark>. */
static bool take_stream(struct outer *outer, struct bytes line, size_t *size)
{
	if (bytes_begin(line, "$EOF:") && line.size == 5 + OUTER_MARK_SIZE) {
		outer->form = OUTER_MARKED;
		memcpy(outer->mark, line.data + 5, OUTER_MARK_SIZE);
	} else if (bytes_begin(line, "$") && number_parse(bytes_after(line, 1), INT64_MAX, &outer->end)) {
		outer->form = OUTER_SIZED;
		outer->end += outer->input.offset + *size;
	} else {
		return false;
	}
	return true;
}

/* Drops the newlines that the window begins with. False: there was none. */
static bool skip_newlines(struct input *input, struct bytes window)
{
	size_t count = 0;

	while (count < window.size && window.data[count] == '\n')
		count++;
	input_skip(input, count);
	return count > 0;
}

/* Does it begin as an RDB file, as far as it goes? */
static bool is_plain(struct bytes window)
{
	size_t size = window.size < 5 ? window.size : 5;

	return size && memcmp(window.data, "REDIS", size) == 0;
}

/* Reads what stands before the RDB. */
static bool find_rdb(struct outer *outer, struct error *error)
{
	size_t lines = 0, size;
	struct bytes window, line;

	for (;;) {
		window = input_fill(&outer->input, 1, error);
		if (error->kind != ERROR_NONE)
			return false;
		if (skip_newlines(&outer->input, window))
			continue;
		window = input_fill(&outer->input, window.size && *window.data == 'R' ? 5 : 9, error);
		while (window.size && strchr("$+", *window.data) && !cut_line(window, &line, &size) &&
		       window.size < LINE_MAX_SIZE && !outer->input.ended)
			window = input_fill(&outer->input, window.size + 1, error);
		if (error->kind != ERROR_NONE)
			return false;
		if (is_plain(window))
			return true;
		if (!cut_line(window, &line, &size))
			return refuse(outer, window, error);
		if (take_stream(outer, line, &size)) {
			input_skip(&outer->input, size);
			return true;
		}
		if (*window.data != '+' || bytes_begin(window, "+CONTINUE") || ++lines > STATUS_LINES_MAX)
			return refuse(outer, window, error);
		input_skip(&outer->input, size);
	}
}

bool outer_open(struct outer *outer, const char *name, struct io_wait wait, const volatile bool *stop, struct error *error)
{
	off_t start;

	*outer = (struct outer){ .end = UINT64_MAX, .spool.fd = -1 };
	if (!input_open(&outer->input, name, wait, stop, error))
		return false;
	/* stdin may have been read by somebody else before */
	start = lseek(outer->input.fd, 0, SEEK_CUR);
	if (!find_rdb(outer, error)) {
		outer_close(outer);
		return false;
	}
	outer->begin = outer->input.offset;
	outer->position = outer->begin + (start > 0 ? (uint64_t)start : 0);
	return true;
}

void outer_close(struct outer *outer)
{
	input_close(&outer->input);
	spool_close(&outer->spool);
}

/* ---- reading */

bool outer_keep(struct outer *outer, struct error *error)
{
	if (outer->input.regular)
		return true;
	outer->spooling = spool_open(&outer->spool, error);
	return outer->spooling;
}

static bool skip(struct outer *outer, size_t count, struct error *error)
{
	const struct input *input = &outer->input;

	if (outer->spooling && !spool_write(&outer->spool, bytes_at(input->buffer + input->start, count), error))
		return false;
	input_skip(&outer->input, count);
	return true;
}

struct bytes outer_fill(struct outer *outer, size_t used, size_t want, bool *last, struct error *error)
{
	struct bytes window;
	uint64_t left;

	*last = true;
	if (!skip(outer, used, error))
		return bytes_at(NULL, 0);
	left = outer->end - outer->input.offset;
	window = input_fill(&outer->input, want < left ? want : (size_t)left, error);
	*last = window.size >= left || outer->input.ended;
	if (window.size > left)
		window.size = (size_t)left;
	return window;
}

/* What is in the window belongs to the copy too: in there is what the first reading failed at. */
static bool replace(struct outer *outer, struct error *error)
{
	size_t have = outer->input.end - outer->input.start;

	if (!skip(outer, have, error))
		return false;
	outer->spooling = false;
	outer->position = 0;
	return spool_replace(&outer->spool, &outer->input, outer->begin, error);
}

bool outer_again(struct outer *outer, struct error *error)
{
	return outer->spooling ? replace(outer, error) : input_rewind(&outer->input, outer->position, outer->begin, error);
}

/* ---- behind it */

/* Bytes to the end of the input, which is read for that when it is a pipe. */
static uint64_t count_rest(struct outer *outer, struct error *error)
{
	struct input *input = &outer->input;
	uint64_t begin = input->offset;

	if (input->regular)
		return input->size > begin ? input->size - begin : input->end - input->start;
	while (error->kind == ERROR_NONE) {
		struct bytes window = input_fill(input, 1, error);

		if (!window.size)
			break;
		input_skip(input, window.size);
	}
	return input->offset - begin;
}

static bool is_command(struct bytes window)
{
	return (window.size > 1 && *window.data == '*' && window.data[1] >= '1' && window.data[1] <= '9') ||
	       bytes_begin(window, "#TS:");
}

static enum outer_rest plain_rest(struct outer *outer, uint64_t *size, struct error *error)
{
	struct bytes window = input_fill(&outer->input, 4, error);
	bool commands = is_command(window);

	if (!window.size)
		return OUTER_NOTHING;
	*size = count_rest(outer, error);
	return commands ? OUTER_COMMANDS : OUTER_STRAY;
}

/* Behind a stream: commands, for which nobody waits. */
static enum outer_rest stream_rest(struct outer *outer, uint64_t *offset, uint64_t *size, struct error *error)
{
	struct bytes window;

	if (outer->form == OUTER_MARKED) {
		window = input_fill(&outer->input, OUTER_MARK_SIZE, error);
		if (window.size < OUTER_MARK_SIZE || memcmp(window.data, outer->mark, OUTER_MARK_SIZE) != 0)
			return OUTER_NO_MARK;
		input_skip(&outer->input, OUTER_MARK_SIZE);
	} else if (outer->input.offset < outer->end) {
		*size = outer->end - outer->input.offset;
		return OUTER_STRAY;
	}
	*offset = outer->input.offset;
	if (!outer->input.regular)
		return OUTER_NOTHING;
	*size = count_rest(outer, error);
	return *size ? OUTER_COMMANDS : OUTER_NOTHING;
}

enum outer_rest outer_rest(struct outer *outer, size_t used, uint64_t *offset, uint64_t *size, struct error *error)
{
	bool spooling = outer->spooling;
	enum outer_rest rest;

	*size = 0;
	if (!skip(outer, used, error))
		return OUTER_NOTHING;
	/* what follows is in no copy */
	outer->spooling = false;
	*offset = outer->input.offset;
	rest = outer->form == OUTER_PLAIN ? plain_rest(outer, size, error) : stream_rest(outer, offset, size, error);
	outer->spooling = spooling;
	return rest;
}
