/* buf.c - growth in all steps, text that grows while it is formatted, the way out when there is no memory */
#include "../support/unit.h"

#include "base/buf.h"

#include <sys/wait.h>
#include <unistd.h>

static void test_empty(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	buf_append(&buf, NULL, 0);
	buf_text(&buf, "");
	buf_format(&buf, "%s", "");
	assert_int_equal(buf.size, 0);
	assert_string_equal(buf_string(&buf), "");
	assert_int_equal(buf.size, 0);
	buf_free(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.capacity, 0);
	/* and it can be used again */
	buf_text(&buf, "again");
	assert_true(bytes_is(buf_bytes(&buf), "again"));
	buf_free(&buf);
}

static void test_mixed(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	buf_text(&buf, "one");
	buf_byte(&buf, 0);
	buf_append(&buf, "\0two", 4);
	buf_format(&buf, "%d-%s", 3, "four");
	assert_true(bytes_equal(buf_bytes(&buf), bytes_at("one\0\0two3-four", 14)));
	/* the NUL is not counted: the next one writes over it */
	assert_int_equal(buf_string(&buf)[14], 0);
	buf_byte(&buf, '!');
	assert_true(bytes_equal(buf_bytes(&buf), bytes_at("one\0\0two3-four!", 15)));
	buf_free(&buf);
}

static void test_growth(void **state)
{
	uint64_t seed = 12, total = 0;
	struct buf buf = { 0 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		size_t size = next_random(&seed) % 700;
		uint8_t *at = buf_reserve(&buf, size);

		assert_int_equal(buf.size, total);
		assert_true(buf.capacity - buf.size >= size);
		if (size)
			memset(at, i & 0xff, size);
		buf.size += size;
		total += size;
	}
	seed = 12;
	for (size_t i = 0, at = 0; i < 3000; i++) {
		size_t size = next_random(&seed) % 700;

		for (size_t k = 0; k < size; k++)
			assert_int_equal(buf.data[at + k], i & 0xff);
		at += size;
	}
	buf_free(&buf);
}

static void test_exact_room(void **state)
{
	struct buf buf = { 0 };
	size_t capacity;
	uint8_t *data;

	(void)state;
	buf_byte(&buf, 'a');
	capacity = buf.capacity;
	data = buf.data;
	/* what fits exactly moves nothing */
	assert_ptr_equal(buf_reserve(&buf, capacity - 1), data + 1);
	assert_int_equal(buf.capacity, capacity);
	buf.size = capacity;
	buf_byte(&buf, 'b');
	assert_true(buf.capacity > capacity);
	assert_int_equal(buf.data[0], 'a');
	assert_int_equal(buf.data[capacity], 'b');
	buf_free(&buf);
}

static void test_long_format(void **state)
{
	char text[5000];
	struct buf buf = { 0 };

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	buf_format(&buf, "<%s>", text);
	buf_format(&buf, "<%s>", text);
	assert_int_equal(buf.size, 2 * (sizeof text + 1));
	assert_int_equal(buf.data[sizeof text], '>');
	assert_int_equal(buf.data[sizeof text + 1], '<');
	buf_free(&buf);
}

/* More than there can be: exit status 2 and one line on stderr, in a process of its own. */
static void test_out_of_memory(void **state)
{
	int ends[2], status;
	char text[64];
	ssize_t size;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		struct buf buf = { 0 };

		dup2(ends[1], STDERR_FILENO);
		buf_byte(&buf, 'a');
		buf_reserve(&buf, SIZE_MAX);
		_exit(0);
	}
	close(ends[1]);
	size = read(ends[0], text, sizeof text);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	assert_true(size > 0 && bytes_is(bytes_at(text, (size_t)size), "out of memory\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_exact_room),
		cmocka_unit_test(test_long_format),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
