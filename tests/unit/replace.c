/* replace.c - a file is replaced whole or stays as it was, and no temporary one stays behind */
#include "io/replace.h"

#include "../support/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <signal.h>

static char folder[] = "/tmp/peerutils-replace-XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, PATH_MAX, "%s/%s", folder, name);
	return path;
}

static bool put(const char *name, bool over, const char *text, struct error *error)
{
	size_t half = strlen(text) / 2;
	struct bytes parts[] = { bytes_at(text, half), bytes_at(NULL, 0), bytes_of(text + half) };

	*error = (struct error){ 0 };
	return replace_write(path_of(name), over, parts, COUNT(parts), error);
}

static void expect(const char *name, const char *want)
{
	char text[100];
	int fd = open(path_of(name), O_RDONLY);
	ssize_t size = read(fd, text, sizeof text - 1);

	close(fd);
	assert_true(size >= 0);
	text[size] = '\0';
	assert_string_equal(text, want);
}

static void expect_files(size_t want)
{
	DIR *open = opendir(folder);
	size_t count = 0;

	while (readdir(open))
		count++;
	closedir(open);
	assert_int_equal(count - 2, want);
}

static int setup(void **state)
{
	(void)state;
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	DIR *open = opendir(folder);
	struct dirent *entry;

	(void)state;
	while ((entry = readdir(open)))
		unlink(path_of(entry->d_name));
	closedir(open);
	return rmdir(folder);
}

static void test_new(void **state)
{
	mode_t mask = umask(027);
	struct stat status;
	struct error error;

	(void)state;
	assert_true(put("new", false, "some text", &error));
	umask(mask);
	expect("new", "some text");
	assert_int_equal(stat(path_of("new"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	/* a name that is taken */
	assert_false(put("new", false, "other", &error));
	assert_int_equal(error.kind, ERROR_SYSTEM);
	assert_non_null(strstr(error.message, "is there already"));
	expect("new", "some text");
	/* over, and nothing is there */
	assert_true(put("second", true, "", &error));
	expect("second", "");
	expect_files(2);
}

static void test_over(void **state)
{
	struct error error;
	struct stat before, after;

	(void)state;
	assert_true(put("file", false, "before", &error));
	assert_int_equal(chmod(path_of("file"), 0604), 0);
	assert_int_equal(link(path_of("file"), path_of("other")), 0);
	assert_int_equal(symlink("file", path_of("link")), 0);
	assert_int_equal(stat(path_of("file"), &before), 0);
	assert_true(put("link", true, "after", &error));
	expect("file", "after");
	expect("link", "after");
	expect("other", "before");
	assert_int_equal(lstat(path_of("link"), &after), 0);
	assert_true(S_ISLNK(after.st_mode));
	assert_int_equal(stat(path_of("file"), &after), 0);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_not_equal(after.st_ino, before.st_ino);
	expect_files(3);
}

static void test_refused(void **state)
{
	struct error error;

	(void)state;
	assert_false(put(".", true, "x", &error));
	assert_non_null(strstr(error.message, strerror(EISDIR)));
	assert_false(put("none/file", false, "x", &error));
	assert_non_null(strstr(error.message, strerror(ENOENT)));
	error_clear(&error);
	assert_false(replace_check(path_of("none/file"), false, &error));
	assert_int_equal(symlink("nowhere", path_of("dangling")), 0);
	assert_false(put("dangling", false, "x", &error));
	expect_files(1);
	error_clear(&error);
	assert_true(replace_check(path_of("free"), false, &error));
	if (geteuid()) {
		assert_true(put("mine", false, "x", &error));
		assert_int_equal(chmod(path_of("mine"), 0444), 0);
		assert_false(put("mine", true, "y", &error));
		expect("mine", "x");
		assert_int_equal(chmod(folder, 0500), 0);
		assert_false(put("another", false, "y", &error));
		assert_int_equal(chmod(folder, 0700), 0);
	}
}

/* A file that may not grow is as a disk that is full. */
static void test_full(void **state)
{
	struct rlimit limit, small;
	struct error error;

	(void)state;
	assert_true(put("file", false, "before", &error));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){ 5, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_false(put("file", true, "longer than that", &error));
	assert_false(put("new", false, "longer than that", &error));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_non_null(strstr(error.message, "cannot write to "));
	expect("file", "before");
	expect_files(1);
}

static void test_special(void **state)
{
	struct bytes text = bytes_of("text");
	struct error error = { 0 };
	char name[40], found[10];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
	assert_true(replace_write(name, false, &text, 1, &error));
	assert_int_equal(read(ends[0], found, sizeof found), 4);
	assert_memory_equal(found, "text", 4);
	close(ends[0]);
	close(ends[1]);
	assert_false(replace_write("/dev/full", false, &text, 1, &error));
	assert_non_null(strstr(error.message, strerror(ENOSPC)));
}

static void test_pieces(void **state)
{
	struct error error = { 0 };
	struct replace *file = replace_open(path_of("secret"), false, true, &error);
	struct stat status;

	(void)state;
	assert_non_null(file);
	assert_true(replace_again(file));
	assert_true(replace_put(file, bytes_of("....pieces"), &error));
	assert_true(replace_put(file, bytes_of(" of it"), &error));
	assert_int_equal(access(path_of("secret"), F_OK), -1);
	assert_true(replace_close(file, bytes_of("two "), &error));
	expect("secret", "two pieces of it");
	assert_int_equal(stat(path_of("secret"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	/* dropped: nothing of it is left */
	file = replace_open(path_of("dropped"), false, true, &error);
	assert_true(replace_put(file, bytes_of("text"), &error));
	replace_drop(file);
	expect_files(1);
	/* the name is taken meanwhile: what stands there stays */
	file = replace_open(path_of("taken"), false, false, &error);
	assert_true(put("taken", false, "first", &error));
	assert_false(replace_close(file, bytes_at(NULL, 0), &error));
	expect("taken", "first");
	expect_files(2);
	error = (struct error){ 0 };
	assert_null(replace_open(path_of("taken"), false, false, &error));
	/* a device has no beginning that could be written again */
	error = (struct error){ 0 };
	file = replace_open("/dev/null", false, true, &error);
	assert_false(replace_again(file));
	assert_true(replace_close(file, bytes_at(NULL, 0), &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_new, setup, teardown),
		cmocka_unit_test_setup_teardown(test_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_special, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
