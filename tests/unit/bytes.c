/* bytes.c - views: absent and empty ones, order, prefixes, splitting */
#include "../support/unit.h"

#include "base/bytes.h"

static const struct bytes absent = { NULL, 0 };

static void test_views(void **state)
{
	static const char text[] = "a\0b";

	(void)state;
	assert_null(bytes_of(NULL).data);
	assert_int_equal(bytes_of(NULL).size, 0);
	assert_non_null(bytes_of("").data);
	assert_int_equal(bytes_of("").size, 0);
	assert_int_equal(bytes_of("abc").size, 3);
	assert_int_equal(bytes_of(text).size, 1);
	assert_int_equal(bytes_at(text, 3).size, 3);
	assert_ptr_equal(bytes_at(text, 3).data, text);
}

static void test_equal_and_order(void **state)
{
	static const struct { const char *a, *b; int order; } rows[] = {
		{ "", "", 0 }, { "a", "a", 0 }, { "abc", "abc", 0 },
		{ "", "a", -1 }, { "a", "b", -1 }, { "a", "ab", -1 }, { "ab", "b", -1 }, { "abc", "abd", -1 },
		{ "Z", "a", -1 }, { "a", "\xff", -1 }, { "\x7f", "\x80", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes a = exact_copy(rows[i].a, strlen(rows[i].a)), b = exact_copy(rows[i].b, strlen(rows[i].b));
		int forth = bytes_compare(a, b), back = bytes_compare(b, a);

		assert_int_equal((forth > 0) - (forth < 0), rows[i].order);
		assert_int_equal((back > 0) - (back < 0), -rows[i].order);
		assert_int_equal(bytes_equal(a, b), rows[i].order == 0);
		assert_int_equal(bytes_is(a, rows[i].b), rows[i].order == 0);
		free_copy(a);
		free_copy(b);
	}
	assert_true(bytes_equal(bytes_at("a\0b", 3), bytes_at("a\0b", 3)));
	assert_false(bytes_equal(bytes_at("a\0b", 3), bytes_at("a\0c", 3)));
	assert_false(bytes_is(bytes_at("a\0b", 3), "a"));
	assert_true(bytes_equal(absent, absent));
	assert_int_equal(bytes_compare(absent, absent), 0);
	assert_true(bytes_compare(absent, bytes_of("a")) < 0);
	assert_false(bytes_is(absent, "a"));
}

static void test_begin(void **state)
{
	struct bytes text = exact_copy("peer:1", 6);

	(void)state;
	assert_true(bytes_begin(text, ""));
	assert_true(bytes_begin(text, "peer"));
	assert_true(bytes_begin(text, "peer:1"));
	assert_false(bytes_begin(text, "peer:12"));
	assert_false(bytes_begin(text, "peel"));
	assert_false(bytes_begin(absent, "p"));
	free_copy(text);
}

static void test_after(void **state)
{
	struct bytes text = bytes_of("abc");

	(void)state;
	assert_true(bytes_is(bytes_after(text, 0), "abc"));
	assert_true(bytes_is(bytes_after(text, 2), "c"));
	/* what is left of all of it is empty, not absent */
	assert_int_equal(bytes_after(text, 3).size, 0);
	assert_non_null(bytes_after(text, 3).data);
}

static void test_split(void **state)
{
	static const struct { const char *text, *part, *rest; } rows[] = {
		{ "a:b", "a", "b" }, { "a:b:c", "a", "b:c" }, { ":b", "", "b" }, { "a:", "a", "" }, { ":", "", "" },
		{ "::", "", ":" }, { "abc", "abc", NULL }, { "", "", NULL },
	};
	struct bytes rest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text)), part = bytes_split(text, ':', &rest);

		assert_true(bytes_is(part, rows[i].part));
		assert_non_null(part.data);
		assert_int_equal(rest.data != NULL, rows[i].rest != NULL);
		assert_true(!rows[i].rest || bytes_is(rest, rows[i].rest));
		free_copy(text);
	}
	assert_null(bytes_split(absent, ':', &rest).data);
	assert_null(rest.data);
}

static void test_trim(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "", "" }, { " \t\r\n", "" }, { "a", "a" }, { "  a b\r\n", "a b" }, { "\va", "\va" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text)), trimmed = bytes_trim(text);

		assert_true(bytes_is(trimmed, rows[i].want));
		assert_non_null(trimmed.data);
		free_copy(text);
	}
	assert_null(bytes_trim(absent).data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_equal_and_order),
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_trim),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
