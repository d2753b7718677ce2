/* screen.c - sparklines, and blocks of lines where there is no terminal */
#include "../support/unit.h"

#include "cli/screen.h"

static void test_spark(void **state)
{
	static const struct { uint32_t counts[9]; size_t count; const char *utf8, *ascii; } rows[] = {
		{ { 0 }, 0, "", "" },
		{ { 0, 0, 0 }, 3, "   ", "   " },
		{ { 0, 1, 2, 3, 4, 5, 6, 7, 7 }, 9, " ▂▃▄▅▆▇██", " :-=+*#@@" },
		{ { 1000000, 1, 0 }, 3, "█▁ ", "@. " },
		{ { UINT32_MAX, UINT32_MAX / 2 }, 2, "█▄", "@=" },
		{ { 5, 5, 5, 5 }, 4, "████", "@@@@" },
	};
	char text[SPARK_ROOM(9)];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(spark_print(text, rows[i].counts, rows[i].count, true), rows[i].utf8);
		assert_string_equal(spark_print(text, rows[i].counts, rows[i].count, false), rows[i].ascii);
	}
}

/* What is in the picture after these lines; stdout of a test is no terminal. */
static void test_lines(void **state)
{
	struct screen screen = { .stderr_copy = -1, .diverted = -1 };
	char wide[200];

	(void)state;
	memset(wide, 'x', sizeof wide - 1);
	wide[sizeof wide - 1] = 0;
	screen_begin(&screen);
	assert_int_equal(screen.width, SCREEN_WIDTH);
	assert_int_equal(screen.height, SCREEN_HEIGHT);
	screen_line(&screen, "%s %d  ", "one", 1);
	screen_line(&screen, "%s", "");
	assert_string_equal(buf_string(&screen.text), "one 1\n\n");
	screen_line(&screen, "%s", wide);
	assert_int_equal(screen.text.size, 7 + SCREEN_WIDTH + 1);
	/* characters are counted, not bytes */
	screen_begin(&screen);
	screen_line(&screen, "%s%s", "▁▁▁▁▁▁▁▁▁▁", wide);
	assert_int_equal(screen.text.size, 30 + SCREEN_WIDTH - 10 + 1);
	for (int i = 0; i < 100; i++)
		screen_line(&screen, "line");
	assert_int_equal(screen.line, SCREEN_HEIGHT);
	assert_int_equal(screen.text.size, 30 + SCREEN_WIDTH - 10 + 1 + 5 * (SCREEN_HEIGHT - 1));
	assert_string_equal(screen_complaint(&screen), "");
	buf_free(&screen.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spark),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
