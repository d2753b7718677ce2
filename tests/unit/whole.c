/* whole.c - whole files: several in one buffer, large ones, those that lie about their size, and what is none */
#include "../support/unit.h"

#include "io/whole.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

enum { LIMIT = 8 << 20 };

static char directory[] = "/tmp/peerutils-whole-XXXXXX";
static char path[sizeof directory + 16];

/* A file of so many bytes, each of which says where it stands. */
static void make_file(size_t size)
{
	uint8_t *data = malloc(size + 1);
	FILE *file = fopen(path, "w");

	assert_true(file && data);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 2654435761u >> 24);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	free(data);
}

static void check_file(struct bytes data, size_t size)
{
	assert_int_equal(data.size, size);
	for (size_t i = 0; i < size; i++)
		if (data.data[i] != (uint8_t)(i * 2654435761u >> 24))
			fail_msg("byte %zu is %u", i, data.data[i]);
}

static enum whole_result read_path(struct whole *whole, struct bytes *data)
{
	struct error error = { 0 };
	int fd = -1;
	enum whole_result result = whole_read(whole, path, LIMIT, data, &fd, &error);

	assert_int_equal(error.kind, ERROR_NONE);
	if (result == WHOLE_STREAM)
		close(fd);
	return result;
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = {
		0, 1, 4095, 4096, 70000, WHOLE_ROOM - 1, WHOLE_ROOM, WHOLE_ROOM + 1, 3 * WHOLE_ROOM, LIMIT,
	};
	struct whole whole = { 0 };
	struct bytes data;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		make_file(sizes[i]);
		assert_int_equal(read_path(&whole, &data), WHOLE_READ);
		check_file(data, sizes[i]);
		whole_clear(&whole);
		assert_true(whole.capacity <= WHOLE_ROOM);
	}
	make_file(LIMIT + 1);
	assert_int_equal(read_path(&whole, &data), WHOLE_STREAM);
	whole_free(&whole);
}

/* Those that were read stay as they are while others are read behind them, until there is no room. */
static void test_several(void **state)
{
	enum { SIZE = 300000 };
	struct bytes data[WHOLE_ROOM / SIZE + 1];
	struct whole whole = { 0 };
	size_t count = 0;

	(void)state;
	make_file(SIZE);
	while (count < COUNT(data) && read_path(&whole, &data[count]) == WHOLE_READ)
		count++;
	assert_int_equal(count, WHOLE_ROOM / SIZE);
	for (size_t i = 0; i < count; i++)
		check_file(data[i], SIZE);
	assert_int_equal(read_path(&whole, &data[0]), WHOLE_NO_ROOM);
	whole_clear(&whole);
	assert_int_equal(read_path(&whole, &data[0]), WHOLE_READ);
	check_file(data[0], SIZE);
	whole_free(&whole);
}

/* Files whose size is said to be 0, as those of the kernel are. */
static void test_lying(void **state)
{
	struct whole whole = { 0 };
	struct error error = { 0 };
	struct bytes data;
	int fd;

	(void)state;
	assert_int_equal(whole_read(&whole, "/proc/self/status", LIMIT, &data, &fd, &error), WHOLE_READ);
	assert_true(data.size > 100 && bytes_begin(data, "Name:"));
	whole_free(&whole);
}

static void test_others(void **state)
{
	struct whole whole = { 0 };
	struct error error = { 0 };
	struct bytes data;
	char name[600];
	int fd = -1;

	(void)state;
	assert_int_equal(whole_read(&whole, directory, LIMIT, &data, &fd, &error), WHOLE_FAILED);
	snprintf(name, sizeof name, "%s: Is a directory", directory);
	assert_string_equal(error.message, name);
	assert_int_equal(error.kind, ERROR_SYSTEM);
	error = (struct error){ 0 };
	assert_int_equal(whole_read(&whole, "", LIMIT, &data, &fd, &error), WHOLE_FAILED);
	assert_string_equal(error.message, "'': No such file or directory");
	/* of a long name its end, and the reason */
	memset(name, 'a', sizeof name);
	strcpy(name + 400, "/the-end");
	error = (struct error){ 0 };
	assert_int_equal(whole_read(&whole, name, LIMIT, &data, &fd, &error), WHOLE_FAILED);
	assert_non_null(strstr(error.message, "aaa/the-end: File name too long"));
	/* nobody writes to it: that is for the caller to wait for */
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	error = (struct error){ 0 };
	assert_int_equal(whole_read(&whole, path, LIMIT, &data, &fd, &error), WHOLE_STREAM);
	close(fd);
	unlink(path);
	whole_free(&whole);
}

static int make_directory(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s/file", mkdtemp(directory));
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
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_lying),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
