/* progress.c - numbers for people who look on */
#include "../support/unit.h"

#include "cli/progress.h"

static void test_scale(void **state)
{
	static const struct { double number; const char *want; } rows[] = {
		{ 0, "0" }, { 1, "1" }, { 999, "999" }, { 999.6, "1.0 k" }, { 1000, "1.0 k" }, { 1234567, "1.2 M" },
		{ 9949, "9.9 k" }, { 9951, "10 k" }, { 83080, "83 k" }, { 999499, "999 k" }, { 999501, "1.0 M" },
		{ 23e9, "23 G" }, { 4e12, "4.0 T" }, { 4e15, "4000 T" }, { 18446744073709551615.0, "18446744 T" },
	};
	char text[PROGRESS_SCALE_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(progress_scale(text, rows[i].number), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
