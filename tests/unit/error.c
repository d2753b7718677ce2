/* error.c - the first failure stays, prefixes come before it, nothing runs over the end */
#include "../support/unit.h"

#include "base/error.h"

static void test_first_stays(void **state)
{
	struct error error = { 0 };

	(void)state;
	assert_int_equal(error.kind, ERROR_NONE);
	assert_false(fail_input(&error, 17, "found %d, expected %s", 3, "four"));
	assert_int_equal(error.kind, ERROR_INPUT);
	assert_int_equal(error.offset, 17);
	assert_string_equal(error.message, "found 3, expected four");
	assert_false(fail_system(&error, "later"));
	assert_false(fail_usage(&error, "later still"));
	assert_false(fail_input(&error, 1, "again"));
	assert_int_equal(error.kind, ERROR_INPUT);
	assert_int_equal(error.offset, 17);
	assert_string_equal(error.message, "found 3, expected four");
}

static void test_kinds(void **state)
{
	struct error system = { 0 }, usage = { 0 };

	(void)state;
	assert_false(fail_system(&system, "%s: %s", "file", "no such file"));
	assert_int_equal(system.kind, ERROR_SYSTEM);
	assert_true(system.offset == ERROR_NOWHERE);
	assert_string_equal(system.message, "file: no such file");
	assert_false(fail_usage(&usage, "no option '%c'", 'x'));
	assert_int_equal(usage.kind, ERROR_USAGE);
	assert_true(usage.offset == ERROR_NOWHERE);
	assert_string_equal(usage.message, "no option 'x'");
}

static bool complain(struct error *error, int number)
{
	return fail_input(error, 0, "bad number %d", number);
}

/* The same complaint about two values is alike, another one is not. */
static void test_like(void **state)
{
	struct error a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	complain(&a, 1);
	complain(&b, 2);
	fail_input(&c, 0, "another");
	assert_ptr_equal(a.like, b.like);
	assert_ptr_not_equal(a.like, c.like);
	error_prefix(&a, "line %d", 9);
	assert_ptr_equal(a.like, b.like);
}

static void test_prefix(void **state)
{
	struct error error = { 0 };

	(void)state;
	fail_input(&error, 5, "too short");
	error_prefix(&error, "record %d", 7);
	assert_string_equal(error.message, "record 7: too short");
	error_prefix(&error, "%s", "in.bin");
	assert_string_equal(error.message, "in.bin: record 7: too short");
	assert_int_equal(error.kind, ERROR_INPUT);
	assert_int_equal(error.offset, 5);
}

static void test_suffix(void **state)
{
	struct error *error = calloc(1, sizeof *error);

	(void)state;
	fail_input(error, 80, "version %d, want 1", 55);
	error_suffix(error, "; skipped %d bytes", 37);
	assert_string_equal(error->message, "version 55, want 1; skipped 37 bytes");
	for (int i = 0; i < 30; i++)
		error_suffix(error, "%s", " and so on");
	assert_int_equal(strlen(error->message), sizeof error->message - 1);
	free(error);
}

/* Every length of prefix and message around the size of the room: cut, ended, never past it. */
static void test_long(void **state)
{
	static const size_t room = sizeof ((struct error *)NULL)->message;
	char text[600], expected[1300];

	(void)state;
	for (size_t prefix = 0; prefix < room + 10; prefix++) {
		for (size_t size = 0; size < room + 10; size += size < room - 10 ? 23 : 1) {
			struct error *error = calloc(1, sizeof *error);

			memset(text, 'm', size);
			text[size] = 0;
			fail_input(error, 0, "%s", text);
			assert_int_equal(strlen(error->message), size < room ? size : room - 1);
			memset(expected, 'p', prefix);
			expected[prefix] = 0;
			error_prefix(error, "%s", expected);
			memcpy(expected + prefix, ": ", 2);
			memcpy(expected + prefix + 2, text, size + 1);
			expected[room - 1] = 0;
			/* a prefix that alone is too long is left out, for the message matters more */
			if (prefix < room)
				assert_string_equal(error->message, expected);
			else
				assert_int_equal(error->message[0], size ? 'm' : 0);
			free(error);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_stays),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_like),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_suffix),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
