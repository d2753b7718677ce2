/* input.h - a file or stdin as a sliding window of bytes, or as lines */
#ifndef IO_INPUT_H
#define IO_INPUT_H

#include "base/bytes.h"
#include "base/error.h"
#include "io/wait.h"

enum {
	INPUT_WINDOW = 256 << 10,	/* bytes of buffer for each open input */
	INPUT_LINE_MAX = 16 << 20,	/* a longer line is an error and is skipped */
};

struct input {
	const char *name;	/* as the user gave it; "-" is stdin */
	int fd;
	bool regular;		/* a file: reads never block */
	bool ended;		/* the end was read, a read failed, or the program was asked to stop */
	struct io_wait wait;
	uint8_t *buffer;
	size_t capacity, start, end;	/* the window is buffer[start, end) */
	uint64_t offset;	/* of the window's first byte in the file */
	uint64_t size;		/* of a regular file, what was left of it at input_open; else 0 */
	uint64_t line;		/* lines read so far by input_line */
	const volatile bool *stop;	/* set by a signal: then input ends at the next read. May be NULL */
};

/*
 * "-" is stdin. On failure nothing needs closing. name must outlive the input. A failure to read is an ERROR_SYSTEM
 * that names it.
 */
bool input_open(struct input *, const char *name, struct io_wait, const volatile bool *stop, struct error *);
/* The same of what is open already, at the place where it stands; fd is the input's from now on, with an error closed. */
bool input_take(struct input *, int fd, const char *name, struct io_wait, const volatile bool *stop, struct error *);
void input_close(struct input *);
/* The failure that errno `number` is, of the file of that name; of a long name only the end is shown. Returns false. */
bool input_fail(const char *name, int number, struct error *);

/*
 * Reads until the window holds at least `want` bytes or the input ends; returns a view of the whole
 * window, which is good until the next call. Fewer bytes than wanted: the end (or the error).
 */
struct bytes input_fill(struct input *, size_t want, struct error *);
/* Drops count bytes from the front of the window. */
void input_skip(struct input *, size_t count);

/*
 * Of a file that is not a pipe: goes to that byte of it, with an empty window that begins at `offset` by the caller's
 * count.
 */
bool input_rewind(struct input *, uint64_t position, uint64_t offset, struct error *);

/*
 * The next line without its newline (and without a CR before it); false at the end of the input or with an error.
 * A last line without newline counts, unless *stop cut it off. *offset is where it begins. A line over INPUT_LINE_MAX is
 * an ERROR_INPUT and counts too; the next call goes on after it. The view is good until the next call.
 */
bool input_line(struct input *, struct bytes *line, uint64_t *offset, struct error *);
/*
 * Would input_line come back at once (with a line, or with the end)? Reads what is there, and never waits: for those who
 * wait for other things too, and look again when fd can be read. Only a line that is too long may be waited for by
 * input_line nevertheless. False with an error: a read failed, the input ends here.
 */
bool input_ready(struct input *, struct error *);

#endif
