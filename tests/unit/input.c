/* input.c - files, pipes and lines: whole or byte by byte, the same lines come out */
#include "io/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

static char directory[] = "/tmp/peerutils-input-XXXXXX";
static char path[sizeof directory + 16];
static unsigned waits;

static void count_wait(void *context)
{
	(void)context;
	waits++;
}

static const struct io_wait counted = { count_wait, NULL };

static void write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t count = write(fd, at, size);

		if (count < 0)
			abort();
		at += count;
		size -= (size_t)count;
	}
}

static void write_file(const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	write_all(fd, data, size);
	close(fd);
}

/* What writes to a pipe while the test reads it. */
struct feeder {
	int fd;
	struct bytes data;
	size_t step;	/* bytes for each write */
	bool yields;	/* lets the reader empty the pipe before each */
	pthread_t thread;
};

static void *feed(void *context)
{
	struct feeder *feeder = context;
	struct bytes left = feeder->data;

	while (left.size) {
		size_t size = left.size < feeder->step ? left.size : feeder->step;

		write_all(feeder->fd, left.data, size);
		left = bytes_after(left, size);
		if (feeder->yields)
			sched_yield();
	}
	close(feeder->fd);
	return NULL;
}

/* An open input that is a pipe; input_open only knows names, and this one stands for a FIFO's. */
static void open_pipe(struct input *input, int *writer)
{
	struct error error = { 0 };
	char name[40];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
	assert_true(input_open(input, name, counted, NULL, &error));
	input->name = "pipe";
	assert_false(input->regular);
	close(ends[0]);
	*writer = ends[1];
}

static void start_feeder(struct input *input, struct feeder *feeder)
{
	open_pipe(input, &feeder->fd);
	assert_int_equal(pthread_create(&feeder->thread, NULL, feed, feeder), 0);
}

/* All lines in one text: offset, size and a checksum of each, which two ways of reading must agree on. */
static void describe_lines(struct input *input, struct buf *text)
{
	struct error error = { 0 };
	struct bytes line;
	uint64_t offset, number = 0;

	for (;;) {
		uint32_t sum = 1;

		if (!input_line(input, &line, &offset, &error)) {
			if (error.kind == ERROR_NONE)
				return;
			assert_int_equal(error.kind, ERROR_INPUT);
			buf_format(text, "%s at %ju\n", error.message, (uintmax_t)error.offset);
			number++;
			error = (struct error){ 0 };
			continue;
		}
		assert_int_equal(input->line, ++number);
		for (size_t i = 0; i < line.size; i++)
			sum = sum * 31 + line.data[i];
		buf_format(text, "%ju %zu %x\n", (uintmax_t)offset, line.size, sum);
	}
}

static void describe_file(struct bytes data, struct buf *text)
{
	struct error error = { 0 };
	struct input input;

	write_file(data.data, data.size);
	assert_true(input_open(&input, path, counted, NULL, &error));
	assert_true(input.regular);
	assert_int_equal(input.size, data.size);
	waits = 0;
	describe_lines(&input, text);
	assert_int_equal(waits, 0);
	assert_int_equal(input.offset, data.size);
	input_close(&input);
}

static void describe_pipe(struct bytes data, size_t step, struct buf *text)
{
	struct feeder feeder = { .data = data, .step = step, .yields = step < 16 };
	struct input input;

	start_feeder(&input, &feeder);
	describe_lines(&input, text);
	pthread_join(feeder.thread, NULL);
	assert_int_equal(input.offset, data.size);
	input_close(&input);
}

static void test_lines(void **state)
{
	static const struct { const char *text, *lines; } rows[] = {
		{ "", "" },
		{ "\n", "0 0 1\n" },
		{ "a", "0 1 80\n" },
		{ "a\n", "0 1 80\n" },
		{ "a\r\n", "0 1 80\n" },
		{ "a\r", "0 2 f8d\n" },		/* a CR belongs to a newline, and there is none */
		{ "\r\n\r\n", "0 0 1\n2 0 1\n" },
		{ "a\n\nb", "0 1 80\n2 0 1\n3 1 81\n" },
		{ "a\rb\n", "0 3 1e275\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf file = { 0 }, slow = { 0 };

		describe_file(bytes_of(rows[i].text), &file);
		describe_pipe(bytes_of(rows[i].text), 1, &slow);
		assert_string_equal(buf_string(&file), rows[i].lines);
		assert_string_equal(buf_string(&slow), rows[i].lines);
		buf_free(&file);
		buf_free(&slow);
	}
}

/* Lines of all sizes around what the window holds, with and without CR, read in several steps. */
static void test_boundaries(void **state)
{
	static const int sizes[] = { INPUT_WINDOW - 2, INPUT_WINDOW - 1, INPUT_WINDOW, INPUT_WINDOW + 1,
		0, 1, INPUT_WINDOW / 4, INPUT_WINDOW / 2 + 1, 3 * INPUT_WINDOW, 7, INPUT_WINDOW - 9 };
	static const size_t steps[] = { 61, 4093, 65536, 1 << 20 };
	struct buf data = { 0 }, whole = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		memset(buf_reserve(&data, (size_t)sizes[i] + 2), 'a' + (int)i, (size_t)sizes[i]);
		data.size += (size_t)sizes[i];
		buf_text(&data, i % 3 ? "\n" : "\r\n");
	}
	for (unsigned i = 0; i < 40000; i++)
		buf_format(&data, "%u%.*s\n", i, (int)(i % 60),
			   "............................................................");
	describe_file(buf_bytes(&data), &whole);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct buf piped = { 0 };

		describe_pipe(buf_bytes(&data), steps[i], &piped);
		assert_string_equal(buf_string(&piped), buf_string(&whole));
		buf_free(&piped);
	}
	buf_free(&data);
	buf_free(&whole);
}

/* The longest line is given, a longer one refused with its place, and reading goes on after it. */
static void test_long_lines(void **state)
{
	static const char ends[][3] = { "\n", "\r\n", "" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t over = 0; over < 3; over++) {
			struct buf data = { 0 }, file = { 0 }, piped = { 0 }, expected = { 0 };
			size_t size = INPUT_LINE_MAX + over;

			buf_text(&data, "x\n");
			memset(buf_reserve(&data, size), 0, size);
			data.size += size;
			buf_text(&data, ends[i]);
			if (*ends[i])
				buf_text(&data, "y\n");
			describe_file(buf_bytes(&data), &file);
			describe_pipe(buf_bytes(&data), 65536, &piped);
			assert_string_equal(buf_string(&file), buf_string(&piped));
			buf_text(&expected, "0 1 97\n");
			if (over)
				buf_format(&expected, "line longer than %d bytes at 2\n", INPUT_LINE_MAX);
			else
				assert_non_null(strstr(buf_string(&file), "\n2 16777216 "));
			if (over && *ends[i])
				buf_format(&expected, "%zu 1 98\n", 2 + size + strlen(ends[i]));
			if (over)
				assert_string_equal(buf_string(&file), buf_string(&expected));
			buf_free(&data);
			buf_free(&file);
			buf_free(&piped);
			buf_free(&expected);
		}
	}
}

/* The window never lies about what it holds, whatever is wanted and skipped. */
static void test_fill(void **state)
{
	static const size_t steps[] = { 0, 1, 1000, 100000 };	/* 0: a file */
	struct buf data = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1200000 / sizeof i; i++)
		buf_append(&data, &i, sizeof i);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct feeder feeder = { .data = buf_bytes(&data), .step = steps[i] };
		struct error error = { 0 };
		struct input input;
		struct bytes window;
		uint32_t random = 12345;
		size_t want;

		if (!steps[i]) {
			write_file(data.data, data.size);
			assert_true(input_open(&input, path, counted, NULL, &error));
		} else {
			start_feeder(&input, &feeder);
		}
		do {
			random = random * 1664525 + 1013904223;
			want = (random >> 8) % (random & 15 ? 300 : 600000);
			window = input_fill(&input, want, &error);
			assert_true(window.size >= want || input.ended);
			assert_memory_equal(window.data, data.data + input.offset, window.size);
			input_skip(&input, (random >> 4) % (window.size + 1) % (want + 1));
			if (input.ended)
				input_skip(&input, input.end - input.start);
		} while (!input.ended);
		assert_int_equal(input.offset, data.size);
		assert_int_equal(input_fill(&input, 1, &error).size, 0);
		assert_int_equal(error.kind, ERROR_NONE);
		if (steps[i])
			pthread_join(feeder.thread, NULL);
		input_close(&input);
	}
	buf_free(&data);
}

static void *write_later(void *context)
{
	usleep(30000);
	write_all(*(int *)context, "two\n", 4);
	close(*(int *)context);
	return NULL;
}

static void test_wait_only_when_blocking(void **state)
{
	struct error error = { 0 };
	struct input input;
	struct bytes line;
	uint64_t offset;
	pthread_t thread;
	int writer;

	(void)state;
	open_pipe(&input, &writer);
	write_all(writer, "zero\none\nt", 10);
	waits = 0;
	assert_true(input_line(&input, &line, &offset, &error));
	assert_true(input_line(&input, &line, &offset, &error));
	assert_true(bytes_is(line, "one"));
	assert_int_equal(waits, 0);
	assert_int_equal(pthread_create(&thread, NULL, write_later, &writer), 0);
	assert_true(input_line(&input, &line, &offset, &error));
	assert_true(bytes_is(line, "ttwo"));
	assert_int_equal(waits, 1);
	assert_int_equal(offset, 9);
	pthread_join(thread, NULL);
	assert_false(input_line(&input, &line, &offset, &error));
	assert_false(input_line(&input, &line, &offset, &error));
	assert_int_equal(waits, 1);
	assert_int_equal(error.kind, ERROR_NONE);
	input_close(&input);
}

static volatile bool stop;

static void set_stop(int signal_number)
{
	(void)signal_number;
	stop = true;
}

static void ignore_signal(int signal_number)
{
	(void)signal_number;
}

/* A child that waits for a pipe nobody writes to. It exits with 0 when a signal has ended its input. */
static int wait_for_nothing(int ready)
{
	struct sigaction stopping = { .sa_handler = set_stop }, ignoring = { .sa_handler = ignore_signal };
	struct error error = { 0 };
	struct input input;
	struct bytes line;
	uint64_t offset;
	int writer;

	sigaction(SIGTERM, &stopping, NULL);
	sigaction(SIGUSR1, &ignoring, NULL);
	open_pipe(&input, &writer);
	input.stop = &stop;
	write_all(writer, "cut o", 5);	/* not a line: it must not be given as one */
	write_all(ready, "", 1);
	if (input_line(&input, &line, &offset, &error))
		return 1;
	return error.kind == ERROR_NONE && stop && input.ended ? 0 : 2;
}

static void test_stop(void **state)
{
	int ready[2], status;
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(wait_for_nothing(ready[1]));
	assert_int_equal(read(ready[0], &byte, 1), 1);
	usleep(20000);
	kill(child, SIGUSR1);	/* a signal that does not stop it changes nothing */
	usleep(20000);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(ready[0]);
	close(ready[1]);
}

static void test_stdin(void **state)
{
	int kept = dup(STDIN_FILENO), file;
	struct error error = { 0 };
	struct input input;
	struct bytes line;
	uint64_t offset;

	(void)state;
	write_file("first\nsecond\n", 13);
	file = open(path, O_RDONLY);
	assert_int_equal(lseek(file, 6, SEEK_SET), 6);
	assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
	close(file);
	assert_true(input_open(&input, "-", counted, NULL, &error));
	assert_true(input.regular);
	assert_int_equal(input.size, 7);
	assert_true(input_line(&input, &line, &offset, &error));
	assert_true(bytes_is(line, "second"));
	assert_int_equal(offset, 0);
	input_close(&input);
	input_close(&input);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);	/* it is not ours to close */

	close(STDIN_FILENO);
	assert_false(input_open(&input, "-", counted, NULL, &error));
	assert_string_equal(error.message, "-: Bad file descriptor");
	dup2(kept, STDIN_FILENO);
	close(kept);
}

/* Whoever waits for other things too is never made to wait here: a line is taken once the whole of it has come. */
static void test_ready(void **state)
{
	struct error error = { 0 };
	struct input input;
	struct bytes line;
	uint64_t offset;
	int writer;

	(void)state;
	open_pipe(&input, &writer);
	waits = 0;
	assert_false(input_ready(&input, &error));
	write_all(writer, "on", 2);
	assert_false(input_ready(&input, &error));
	write_all(writer, "e\ntwo\nthr", 9);
	for (int i = 0; i < 2; i++) {
		assert_true(input_ready(&input, &error));
		assert_true(input_line(&input, &line, &offset, &error));
		assert_true(bytes_is(line, i ? "two" : "one"));
	}
	assert_false(input_ready(&input, &error));
	write_all(writer, "ee", 2);
	close(writer);
	assert_true(input_ready(&input, &error));
	assert_true(input_line(&input, &line, &offset, &error));
	assert_true(bytes_is(line, "three"));
	assert_true(input_ready(&input, &error));
	assert_false(input_line(&input, &line, &offset, &error));
	assert_int_equal(error.kind, ERROR_NONE);
	assert_int_equal(waits, 0);
	input_close(&input);

	open_pipe(&input, &writer);
	write_all(writer, "one\npart", 8);
	assert_true(input_ready(&input, &error));
	assert_true(input_line(&input, &line, &offset, &error));
	assert_int_equal(dup2(writer, input.fd), input.fd);	/* not open for reading */
	assert_false(input_ready(&input, &error));
	assert_int_equal(error.kind, ERROR_SYSTEM);
	close(writer);
	assert_false(input_line(&input, &line, &offset, &error));
	input_close(&input);
}

/* A non-blocking descriptor (some shells leave stdin so) is waited for, not failed on. */
static void test_nonblocking(void **state)
{
	struct error error = { 0 };
	struct input input;
	struct bytes line;
	uint64_t offset;
	pthread_t thread;
	int writer;

	(void)state;
	open_pipe(&input, &writer);
	assert_int_equal(fcntl(input.fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&thread, NULL, write_later, &writer), 0);
	assert_true(input_line(&input, &line, &offset, &error));
	assert_true(bytes_is(line, "two"));
	pthread_join(thread, NULL);
	input_close(&input);
}

static void test_failures(void **state)
{
	struct error error = { 0 };
	char expected[100];
	struct input input;
	struct bytes line;
	uint64_t offset;
	int writer;

	(void)state;
	assert_false(input_open(&input, "/nowhere/at all", counted, NULL, &error));
	assert_int_equal(error.kind, ERROR_SYSTEM);
	assert_string_equal(error.message, "/nowhere/at all: No such file or directory");
	error = (struct error){ 0 };
	assert_false(input_open(&input, directory, counted, NULL, &error));
	snprintf(expected, sizeof expected, "%s: Is a directory", directory);
	assert_string_equal(error.message, expected);

	/* a read that fails after a part of a line: that part is not a line */
	error = (struct error){ 0 };
	open_pipe(&input, &writer);
	write_all(writer, "one\npart", 8);
	assert_true(input_line(&input, &line, &offset, &error));
	assert_int_equal(dup2(writer, input.fd), input.fd);	/* not open for reading */
	assert_false(input_line(&input, &line, &offset, &error));
	assert_int_equal(error.kind, ERROR_SYSTEM);
	assert_string_equal(error.message, "pipe: Bad file descriptor");
	close(writer);
	assert_false(input_line(&input, &line, &offset, &error));
	input_close(&input);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof path, "%s/file", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_wait_only_when_blocking),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stdin),
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_nonblocking),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests_name("input", tests, make_directory, remove_directory);
}
