/* spool.c - what came through a pipe can be read again, and nothing of the copy stays behind */
#include "io/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/peerutils-spool-XXXXXX";

/* A pipe with that in it, as the input. */
static void open_pipe(struct input *input, const char *text)
{
	static char name[32];
	struct error error = { 0 };
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	close(ends[1]);
	snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
	assert_true(input_open(input, name, (struct io_wait){ NULL, NULL }, NULL, &error));
	close(ends[0]);
}

static void expect(struct input *input, const char *text)
{
	struct error error = { 0 };
	struct bytes window = input_fill(input, strlen(text) + 1, &error);

	assert_int_equal(error.kind, ERROR_NONE);
	assert_int_equal(window.size, strlen(text));
	assert_memory_equal(window.data, text, window.size);
}

static size_t files_in(const char *folder)
{
	DIR *open = opendir(folder);
	size_t count = 0;

	assert_non_null(open);
	while (readdir(open))
		count++;
	closedir(open);
	return count;
}

static void test_reads_again(void **state)
{
	struct error error = { 0 };
	struct spool spool;
	struct input input;

	(void)state;
	open_pipe(&input, "head:and what follows");
	assert_false(input.regular);
	input_fill(&input, 5, &error);
	input_skip(&input, 5);
	assert_true(spool_open(&spool, &error));
	assert_int_equal(files_in(directory), 2);	/* . and .. */
	expect(&input, "and what follows");
	assert_true(spool_write(&spool, bytes_of("and what"), &error));
	assert_true(spool_write(&spool, bytes_of(" follows"), &error));
	input_skip(&input, 16);
	expect(&input, "");
	assert_true(spool_replace(&spool, &input, 5, &error));
	assert_true(input.regular);
	assert_int_equal(input.offset, 5);
	assert_int_equal(input.size, 21);
	expect(&input, "and what follows");
	input_skip(&input, 9);
	assert_int_equal(input.offset, 14);
	assert_true(input_rewind(&input, 0, 5, &error));
	expect(&input, "and what follows");
	assert_true(input_rewind(&input, 4, 100, &error));
	assert_int_equal(input.offset, 100);
	expect(&input, "what follows");
	input_close(&input);
	spool_close(&spool);
}

static void test_failures(void **state)
{
	struct error error = { 0 };
	struct input input;
	struct spool spool;

	(void)state;
	setenv("TMPDIR", "/none/such", 1);
	assert_false(spool_open(&spool, &error));
	assert_int_equal(error.kind, ERROR_SYSTEM);
	assert_string_equal(error.message, "/none/such: cannot make a temporary file: No such file or directory");
	spool_close(&spool);
	setenv("TMPDIR", directory, 1);
	/* a pipe has no place to go back to */
	error = (struct error){ 0 };
	open_pipe(&input, "x");
	assert_false(input_rewind(&input, 0, 0, &error));
	assert_non_null(strstr(error.message, ": Illegal seek"));
	input_close(&input);
	/* a disk that is full, as every write to this one finds it */
	error = (struct error){ 0 };
	spool = (struct spool){ .folder = "/dev", .fd = open("/dev/full", O_WRONLY | O_CLOEXEC) };
	assert_true(spool.fd >= 0);
	assert_false(spool_write(&spool, bytes_of("x"), &error));
	assert_string_equal(error.message, "/dev: cannot write to a temporary file: No space left on device");
	spool_close(&spool);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	return setenv("TMPDIR", directory, 1);
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_again),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests_name("spool", tests, make_folder, remove_folder);
}
