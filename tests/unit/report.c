/* report.c - complaints, notes and the exit status, read back from a stderr that is a file */
#include "../support/unit.h"

#include "cli/report.h"

#include <stdio.h>
#include <unistd.h>

static int kept = -1;
static FILE *file;
static char said[64 << 10];

static void capture(void)
{
	kept = dup(STDERR_FILENO);
	file = tmpfile();
	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
}

/* What was said since capture(). */
static const char *release(void)
{
	size_t size;

	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	size = fread(said, 1, sizeof said - 1, file);
	said[size] = 0;
	fclose(file);
	return said;
}

static void test_places(void **state)
{
	static const struct { struct place place; enum error_kind kind; uint64_t offset; const char *want; } rows[] = {
		{ { "a.frames", "frame", 13 }, ERROR_INPUT, 960, "tool: a.frames: frame 13, byte 960: bad\n" },
		{ { "a.frames", "frame", 13 }, ERROR_INPUT, ERROR_NOWHERE, "tool: a.frames: frame 13: bad\n" },
		{ { "a.frames", NULL, 0 }, ERROR_INPUT, 960, "tool: a.frames: byte 960: bad\n" },
		{ { "a.frames", NULL, 0 }, ERROR_SYSTEM, ERROR_NOWHERE, "tool: bad\n" },
		{ { NULL, NULL, 0 }, ERROR_USAGE, ERROR_NOWHERE, "tool: bad\n" },
		{ { "a.frames", NULL, 0 }, ERROR_INPUT, ERROR_NOWHERE, "tool: a.frames: bad\n" },
		{ { NULL, "line", 0 }, ERROR_INPUT, 0, "tool: byte 0: bad\n" },
		{ { "-", "line", 1 }, ERROR_SYSTEM, 5, "tool: bad\n" },
		/* a name steers no terminal and forges no line; what is escaped already stays so */
		{ { "\033[2J\ntool: n\xc3\xa4me \xff\xc2\x9b\\x1b", NULL, 0 }, ERROR_INPUT, 7,
		  "tool: \\x1b[2J\\ntool: n\xc3\xa4me \\xff\\xc2\\x9b\\x1b: byte 7: bad\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct report report = { .program = "tool" };
		struct error error = { .kind = rows[i].kind, .offset = rows[i].offset, .like = "bad", .message = "bad" };

		capture();
		report_error(&report, rows[i].place, &error);
		assert_string_equal(release(), rows[i].want);
		assert_int_equal(report_status(&report), rows[i].kind == ERROR_INPUT ? STATUS_BAD_INPUT : STATUS_FAILED);
	}
}

static size_t count(const char *text, const char *part)
{
	size_t found = 0;

	for (; (text = strstr(text, part)); text++)
		found++;
	return found;
}

static void complain(struct report *report, int times, const char *like)
{
	struct error error = { .kind = ERROR_INPUT, .offset = ERROR_NOWHERE, .like = like };

	snprintf(error.message, sizeof error.message, "%s", like);
	for (int i = 0; i < times; i++)
		report_error(report, (struct place){ NULL, NULL, 0 }, &error);
}

static void test_limit(void **state)
{
	static const char first[] = "first", second[] = "second";
	struct report report = { .program = "tool" }, verbose = { .program = "tool", .verbose = true },
		quiet = { .program = "tool", .quiet = true };

	(void)state;
	capture();
	complain(&report, REPORT_ALIKE_MAX, first);
	report_finish(&report);
	assert_int_equal(count(release(), "first"), REPORT_ALIKE_MAX);
	assert_int_equal(count(said, "more"), 0);

	capture();
	complain(&report, 5, first);
	complain(&report, REPORT_ALIKE_MAX + 2, second);
	report_finish(&report);
	assert_int_equal(count(release(), "first"), 0);
	assert_int_equal(count(said, "second"), REPORT_ALIKE_MAX);
	assert_non_null(strstr(said, "tool: 7 more complaints like these (-v shows all)\n"));
	assert_int_equal(report.bad, 2 * REPORT_ALIKE_MAX + 7);
	assert_int_equal(report_status(&report), STATUS_BAD_INPUT);

	capture();
	complain(&verbose, 100, first);
	report_finish(&verbose);
	assert_int_equal(count(release(), "first"), 100);
	assert_int_equal(count(said, "more"), 0);

	capture();
	complain(&quiet, 100, first);
	report_finish(&quiet);
	assert_int_equal(count(release(), "first"), REPORT_ALIKE_MAX);
	assert_int_equal(count(said, "more"), 0);
}

/* What a verb came to goes before complaints about input, and a failure before all. */
static void test_status(void **state)
{
	static const struct { uint64_t bad, failed; int status, want; } rows[] = {
		{ 0, 0, STATUS_DONE, 0 }, { 1, 0, STATUS_DONE, 1 }, { 1, 1, STATUS_DONE, 2 },
		{ 0, 0, STATUS_NOTHING, 1 }, { 0, 0, STATUS_SILENT, 9 }, { 3, 0, STATUS_SILENT, 9 },
		{ 0, 1, STATUS_SILENT, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct report report = { .bad = rows[i].bad, .failed = rows[i].failed, .status = rows[i].status };

		assert_int_equal(report_status(&report), rows[i].want);
	}
}

/* More kinds than are told apart: all are said. */
static void test_kinds(void **state)
{
	static char kinds[REPORT_KINDS_MAX + 10][8];
	struct report report = { .program = "tool" };

	(void)state;
	capture();
	for (size_t i = 0; i < COUNT(kinds); i++) {
		snprintf(kinds[i], sizeof kinds[i], "kind%zu", i);
		complain(&report, 1, kinds[i]);
	}
	report_finish(&report);
	assert_int_equal(count(release(), "kind"), COUNT(kinds));
}

static void test_notes(void **state)
{
	struct report report = { .program = "tool" }, quiet = { .program = "tool", .quiet = true },
		verbose = { .program = "tool", .verbose = true };

	(void)state;
	capture();
	report_note(&report, "%d frames", 3);
	report_note(&quiet, "%d frames", 4);
	report_line(&quiet, "--- %s ---", "\x1b[31m");
	report_detail(&report, "%d details", 3);
	report_detail(&verbose, "%d details", 4);
	assert_string_equal(release(), "tool: 3 frames\n--- \\x1b[31m ---\ntool: 4 details\n");
	assert_int_equal(report_status(&report), STATUS_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
