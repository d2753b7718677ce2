/* input.c - a file or stdin as a sliding window of bytes, or as lines */
#include "io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

/*
 * How long a wait for a pipe lasts before *stop is looked at again: a signal
 * that comes between looking and waiting is then only late, not lost.
 */
enum { STOP_CHECK_MS = 250 };

enum read_result { READ_FAILED = -1, READ_END, READ_SOME };

static bool stopped(const struct input *input)
{
	return input->stop && *input->stop;
}

static int open_name(const char *name, const volatile bool *stop)
{
	int fd;

	if (strcmp(name, "-") == 0)
		return STDIN_FILENO;
	do	/* to open a FIFO is to wait for its writer: a signal may come meanwhile */
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR && !(stop && *stop));
	return fd;
}

/* What is left of a regular file: stdin may have been read by somebody else before. */
static uint64_t size_left(int fd, off_t size)
{
	off_t position = lseek(fd, 0, SEEK_CUR);

	if (position < 0)
		position = 0;
	return position < size ? (uint64_t)(size - position) : 0;
}

bool input_fail(const char *name, int number, struct error *error)
{
	enum { SHOWN = 160 };	/* so that the reason fits in behind it; the end of a name says more than its beginning */
	size_t size = strlen(name);

	if (!size)
		name = "''";
	return fail_system(error, "%s%s: %s", size > SHOWN ? "..." : "", size > SHOWN ? name + size - SHOWN : name,
			   strerror(number));
}

bool input_open(struct input *input, const char *name, struct io_wait wait, const volatile bool *stop,
		struct error *error)
{
	int fd = open_name(name, stop);

	if (fd < 0) {
		*input = (struct input){ .name = name, .fd = -1, .ended = true };
		return input_fail(name, errno, error);
	}
	return input_take(input, fd, name, wait, stop, error);
}

bool input_take(struct input *input, int fd, const char *name, struct io_wait wait, const volatile bool *stop,
		struct error *error)
{
	struct stat status = { .st_mode = 0 };

	*input = (struct input){ .name = name, .fd = fd, .wait = wait, .stop = stop };
	if (fstat(input->fd, &status) != 0 || S_ISDIR(status.st_mode)) {
		input_fail(name, S_ISDIR(status.st_mode) ? EISDIR : errno, error);
		input_close(input);
		return false;
	}
	input->regular = S_ISREG(status.st_mode);
	if (input->regular) {
		input->size = size_left(input->fd, status.st_size);
		posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	input->capacity = INPUT_WINDOW;
	input->buffer = malloc(input->capacity);
	if (!input->buffer)
		out_of_memory();
	return true;
}

void input_close(struct input *input)
{
	if (input->fd >= 0 && input->name && strcmp(input->name, "-") != 0)
		close(input->fd);
	free(input->buffer);
	*input = (struct input){ .fd = -1, .ended = true };
}

/* Makes the window able to hold `want` bytes, with enough room behind it that the next read is not a tiny one. */
static void make_room(struct input *input, size_t want)
{
	size_t have = input->end - input->start, room = want - have;

	if (room < INPUT_WINDOW / 4 && have <= INPUT_WINDOW / 2)
		room = INPUT_WINDOW / 4;
	if (input->capacity - input->end >= room)
		return;
	if (input->start) {
		memmove(input->buffer, input->buffer + input->start, have);
		input->start = 0;
		input->end = have;
	}
	if (input->capacity >= want)
		return;
	while (input->capacity < want) {
		if (input->capacity > SIZE_MAX / 4)
			out_of_memory();
		input->capacity *= 2;
	}
	input->buffer = realloc(input->buffer, input->capacity);
	if (!input->buffer)
		out_of_memory();
}

/* Waits until a read would not block. False when the program was asked to stop. */
static bool wait_ready(const struct input *input)
{
	struct pollfd poller = { .fd = input->fd, .events = POLLIN };
	int ready = poll(&poller, 1, 0);

	if (ready == 0 && input->wait.before)
		input->wait.before(input->wait.context);
	while (ready == 0 || (ready < 0 && (errno == EINTR || errno == EAGAIN))) {
		if (stopped(input))
			return false;
		ready = poll(&poller, 1, STOP_CHECK_MS);
	}
	return true;	/* or poll itself failed: let read say why */
}

/* Can something be read, or is this the end? */
static bool readable(const struct input *input)
{
	struct pollfd poller = { .fd = input->fd, .events = POLLIN };

	return input->regular || poll(&poller, 1, 0) != 0;	/* if poll itself fails, let read say why */
}

/* One read behind the window, which make_room has made room for. */
static enum read_result read_more(struct input *input, struct error *error)
{
	size_t room = input->capacity - input->end;
	ssize_t count;

	if (input->ended)
		return READ_END;
	/*
	 * a buffer that a long line has grown is not filled whole: what is read should still be in the cache when it is
	 * used
	 */
	if (room > INPUT_WINDOW)
		room = INPUT_WINDOW;
	do {
		if (stopped(input) || (!input->regular && !wait_ready(input))) {
			input->ended = true;
			return READ_END;
		}
		count = read(input->fd, input->buffer + input->end, room);
	} while (count < 0 && (errno == EINTR || errno == EAGAIN));
	if (count <= 0)
		input->ended = true;
	if (count < 0) {
		input_fail(input->name, errno, error);
		return READ_FAILED;
	}
	input->end += (size_t)count;
	return count ? READ_SOME : READ_END;
}

struct bytes input_fill(struct input *input, size_t want, struct error *error)
{
	while (input->end - input->start < want && !input->ended) {
		make_room(input, want);
		if (read_more(input, error) != READ_SOME)
			break;
	}
	return bytes_at(input->buffer + input->start, input->end - input->start);
}

void input_skip(struct input *input, size_t count)
{
	input->start += count;
	input->offset += count;
	if (input->start == input->end)
		input->start = input->end = 0;
}

bool input_rewind(struct input *input, uint64_t position, uint64_t offset, struct error *error)
{
	if (lseek(input->fd, (off_t)position, SEEK_SET) < 0)
		return input_fail(input->name, errno, error);
	input->start = input->end = 0;
	input->offset = offset;
	input->ended = false;
	return true;
}

/* Drops everything up to and with the next newline, whatever it takes; then says that this line was too long. */
static bool skip_long_line(struct input *input, struct error *error)
{
	uint64_t begin = input->offset;
	const uint8_t *at, *newline = NULL;
	enum read_result result = READ_SOME;

	while (!newline && result == READ_SOME) {
		at = input->buffer + input->start;
		newline = memchr(at, '\n', input->end - input->start);
		input_skip(input, newline ? (size_t)(newline - at) + 1 : input->end - input->start);
		if (!newline)
			result = read_more(input, error);
	}
	if (result == READ_FAILED)
		return false;
	input->line++;
	return fail_input(error, begin, "line longer than %d bytes", INPUT_LINE_MAX);
}

bool input_line(struct input *input, struct bytes *line, uint64_t *offset, struct error *error)
{
	const uint8_t *at = input->buffer + input->start, *newline;
	size_t size = input->end - input->start, scanned;
	enum read_result result;

	newline = memchr(at, '\n', size);
	while (!newline) {
		if (size > INPUT_LINE_MAX + 1)	/* one more may be the CR of a newline that is still to come */
			return skip_long_line(input, error);
		scanned = size;
		make_room(input, size + 1);
		result = read_more(input, error);
		at = input->buffer + input->start;
		size = input->end - input->start;
		if (result != READ_SOME) {
			/* cut off by a signal or an error, the rest of a line is not a line */
			if (result == READ_FAILED || stopped(input))
				input_skip(input, size);
			if (input->start == input->end)
				return false;
			break;
		}
		newline = memchr(at + scanned, '\n', size - scanned);
	}
	if (newline) {
		size = (size_t)(newline - at);
		*line = bytes_at(at, size && at[size - 1] == '\r' ? size - 1 : size);
	} else {
		*line = bytes_at(at, size);
	}
	if (line->size > INPUT_LINE_MAX)
		return skip_long_line(input, error);
	*offset = input->offset;
	input->line++;
	input_skip(input, size + (newline != NULL));
	return true;
}

bool input_ready(struct input *input, struct error *error)
{
	size_t scanned = 0, size = input->end - input->start;

	while (!memchr(input->buffer + input->start + scanned, '\n', size - scanned)) {
		if (input->ended || stopped(input) || size > INPUT_LINE_MAX)
			return true;
		if (!readable(input))
			return false;
		scanned = size;
		make_room(input, size + 1);
		if (read_more(input, error) == READ_FAILED) {
			input_skip(input, size);	/* the rest of a line is not a line */
			return false;
		}
		size = input->end - input->start;
	}
	return true;
}
