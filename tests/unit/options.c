/* options.c - option rows: every type, given in every way, refused with a sentence; help that fits eighty columns */
#include "../support/unit.h"

#include "cli/options.h"

enum { WORDS_MAX = 16 };

struct settings {
	bool flag;
	uint8_t set, choice;
	uint64_t number, least, duration, size, ratio;
	const char *text;
	struct option_list list;
	uint64_t period;
	const char *other;
};

static const char *const colours[] = { "red", "green", NULL };

static const struct option_row rows[] = {
	OPTION(settings, flag, FLAG, 'f', "flag", NULL, "a flag"),
	OPTION(settings, set, SET, 'a', "set-a", NULL, "one of two", .value = 7),
	OPTION(settings, set, SET, 0, "set-b", NULL, "the other", .value = 9),
	OPTION(settings, choice, CHOICE, 0, "choice", "red|green", "a colour", .choices = colours),
	OPTION(settings, number, NUMBER, 'n', "number", "N", "any number"),
	OPTION(settings, least, NUMBER, 0, "least", "N", "five or more", .min = 5),
};
/* rows of a second table, as the common ones are */
static const struct option_row more_rows[] = {
	OPTION(settings, duration, DURATION, 0, "duration", "TIME", "a time", .min = 60),
	OPTION(settings, ratio, RATIO, 0, "ratio", "1/N", "a part"),
	OPTION(settings, text, TEXT, 't', "text", "TEXT", "a text"),
	OPTION(settings, list, LIST, 'l', "list", "WORD", "words"),
	OPTION(settings, size, SIZE, 0, "size", "SIZE", "a size", .min = 1024),
	OPTION(settings, period, PERIOD, 'i', "interval", "TIME", "a short time", .verbs = ON_VERB(0)),
	OPTION(settings, other, TEXT, 'i', "interface", "NAME", "the same letter, with another verb", .verbs = ON_VERB(1)),
};

struct parsed {
	struct settings settings;
	struct option_set sets[2];
	char **words, *argv[WORDS_MAX];
	size_t word_count;
	struct arena arena;
	struct error error;
};

/* The first word "two" names the second verb. */
static uint64_t verb_of(const void *context, const char *word)
{
	(void)context;
	return word && !strcmp(word, "two") ? ON_VERB(1) : ON_VERB(0);
}

/* Splits the line at blanks; "''" is an empty word. */
static bool parse(struct parsed *parsed, const char *line)
{
	struct bytes rest = bytes_of(line);
	int argc = 0;

	*parsed = (struct parsed){ .sets = {
		{ rows, COUNT(rows), &parsed->settings, 0 }, { more_rows, COUNT(more_rows), &parsed->settings, 0 },
	} };
	parsed->argv[argc++] = arena_string(&parsed->arena, bytes_of("tool"));
	while (rest.size) {
		struct bytes word = bytes_split(rest, ' ', &rest);

		parsed->argv[argc++] = arena_string(&parsed->arena, bytes_is(word, "''") ? bytes_of("") : word);
	}
	return options_parse(parsed->sets, 2, argc, parsed->argv, &parsed->arena, verb_of, NULL, &parsed->words,
			     &parsed->word_count, &parsed->error);
}

static void test_values(void **state)
{
	static const struct { const char *line; struct settings want; uint64_t used, more_used; } lines[] = {
		{ "", { 0 }, 0, 0 },
		{ "-f", { .flag = true }, 1, 0 },
		{ "--flag --flag", { .flag = true }, 1, 0 },
		{ "-a", { .set = 7 }, 2, 0 },
		{ "-a --set-b", { .set = 9 }, 6, 0 },
		{ "--set-b -a", { .set = 7 }, 6, 0 },
		{ "--choice green", { .choice = 1 }, 8, 0 },
		{ "--choice=red", { .choice = 0 }, 8, 0 },
		{ "-n 0", { .number = 0 }, 16, 0 },
		{ "-n18446744073709551614", { .number = UINT64_MAX - 1 }, 16, 0 },
		{ "--number=12 -n 13", { .number = 13 }, 16, 0 },
		{ "--least 5", { .least = 5 }, 32, 0 },
		{ "--duration 5m", { .duration = 300 }, 0, 1 },
		{ "--size 64k", { .size = 65536 }, 0, 16 },
		{ "--ratio 1/10", { .ratio = 10 }, 0, 2 },
		{ "--ratio 1/1", { .ratio = 1 }, 0, 2 },
		{ "-fan 3", { .flag = true, .set = 7, .number = 3 }, 19, 0 },
		{ "--num 4", { .number = 4 }, 16, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct parsed parsed;

		if (!parse(&parsed, lines[i].line))
			fail_msg("%s: %s", lines[i].line, parsed.error.message);
		assert_memory_equal(&parsed.settings, &lines[i].want, offsetof(struct settings, text));
		assert_true(parsed.sets[0].used == lines[i].used && parsed.sets[1].used == lines[i].more_used);
		assert_int_equal(parsed.word_count, 0);
		arena_free(&parsed.arena);
	}
}

static void test_texts_and_lists(void **state)
{
	struct parsed parsed;

	(void)state;
	assert_true(parse(&parsed, "-t a --text=b=c"));
	assert_string_equal(parsed.settings.text, "b=c");
	arena_free(&parsed.arena);
	assert_true(parse(&parsed, "--text ''"));
	assert_string_equal(parsed.settings.text, "");
	arena_free(&parsed.arena);
	assert_true(parse(&parsed, "-t -f"));	/* an argument, whatever it looks like */
	assert_string_equal(parsed.settings.text, "-f");
	assert_false(parsed.settings.flag);
	arena_free(&parsed.arena);
	assert_true(parse(&parsed, "-l a -lb --list c --list=a"));
	assert_int_equal(parsed.settings.list.count, 4);
	assert_string_equal(parsed.settings.list.words[0], "a");
	assert_string_equal(parsed.settings.list.words[1], "b");
	assert_string_equal(parsed.settings.list.words[2], "c");
	assert_string_equal(parsed.settings.list.words[3], "a");
	arena_free(&parsed.arena);
}

/* A letter means what goes with the verb, wherever that stands. */
static void test_shared_letter(void **state)
{
	static const struct { const char *line; uint64_t period; const char *other; } lines[] = {
		{ "-i 5", 5000000, NULL }, { "-i 5 one", 5000000, NULL }, { "-i 5 two", 0, "5" }, { "two -i 5", 0, "5" },
		{ "two --interface 5 -i6", 0, "6" }, { "two --interval 5", 5000000, NULL }, { "-i 0.25", 250000, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct parsed parsed;

		assert_true(parse(&parsed, lines[i].line));
		assert_int_equal(parsed.settings.period, lines[i].period);
		if (lines[i].other)
			assert_string_equal(parsed.settings.other, lines[i].other);
		else
			assert_null(parsed.settings.other);
		arena_free(&parsed.arena);
	}
}

static void test_words(void **state)
{
	static const struct { const char *line; size_t count; const char *words[4]; } lines[] = {
		{ "a b", 2, { "a", "b" } },
		{ "a -f b", 2, { "a", "b" } },
		{ "-f a -n 3 b", 2, { "a", "b" } },
		{ "- a", 2, { "-", "a" } },
		{ "-f -- -n --flag", 2, { "-n", "--flag" } },
		{ "a -- b", 2, { "a", "b" } },
		{ "''", 1, { "" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct parsed parsed;

		assert_true(parse(&parsed, lines[i].line));
		assert_int_equal(parsed.word_count, lines[i].count);
		for (size_t j = 0; j < lines[i].count; j++)
			assert_string_equal(parsed.words[j], lines[i].words[j]);
		arena_free(&parsed.arena);
	}
}

static void test_refused(void **state)
{
	static const struct { const char *line, *message; } lines[] = {
		{ "-x", "unknown option -x" },
		{ "-fx", "unknown option -x" },
		{ "--flags", "unknown option --flags" },
		{ "--flags=1", "unknown option --flags" },
		{ "--=", "unknown option --" },
		{ "--\033[2J", "unknown option --\\x1b[2J" },
		{ "a --flags b", "unknown option --flags" },
		{ "-\n", "unknown option '-\\x0a'" },
		{ "--flag=1", "--flag takes no argument" },
		{ "--fla=1", "--flag takes no argument" },
		{ "--set", "--set could be any of --set-a, --set-b" },
		{ "--se=1", "--se could be any of --set-a, --set-b" },
		{ "--l 1", "--l could be any of --least, --list" },
		{ "-n", "-n wants an argument" },
		{ "--number", "--number wants an argument" },
		{ "-n x", "--number: 'x' is not a number" },
		{ "-n -1", "--number: '-1' is not a number" },
		{ "-n ''", "--number: '' is not a number" },
		{ "-n 1k", "--number: '1k' is not a number" },
		{ "-n 18446744073709551615", "--number: '18446744073709551615' is not a number" },
		{ "-n 99999999999999999999999", "--number: '99999999999999999999999' is not a number" },
		{ "--least 4", "--least: '4' is too small, want at least 5" },
		{ "--least x", "--least: 'x' is not a number" },
		{ "--duration 59", "--duration: '59' is too small, want at least 60" },
		{ "--choice blue", "--choice: 'blue' is not one of red|green" },
		{ "--choice ''", "--choice: '' is not one of red|green" },
		{ "--size 1023", "--size: '1023' is too small, want at least 1024" },
		{ "--size 5w", "--size: '5w' is not a size such as 65536, 64k or 1M" },
		{ "--duration 5w", "--duration: '5w' is not a time span such as 90, 5m, 2h or 7d" },
		{ "--duration 99999999999999999999d",
		  "--duration: '99999999999999999999d' is not a time span such as 90, 5m, 2h or 7d" },
		{ "-i 5w", "--interval: '5w' is not a time span such as 0.2, 90, 20ms, 5m or 2h" },
		{ "--ratio 10", "--ratio: '10' is not 1/N" },
		{ "--ratio 1/0", "--ratio: '1/0' is not 1/N" },
		{ "--ratio 2/3", "--ratio: '2/3' is not 1/N" },
		{ "--ratio 1/", "--ratio: '1/' is not 1/N" },
		{ "--ratio 1/99999999999999999999", "--ratio: '1/99999999999999999999' is not 1/N" },
		/* the first one is told */
		{ "-n x --choice blue", "--number: 'x' is not a number" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct parsed parsed;

		if (parse(&parsed, lines[i].line))
			fail_msg("%s passed", lines[i].line);
		assert_int_equal(parsed.error.kind, ERROR_USAGE);
		assert_string_equal(parsed.error.message, lines[i].message);
		assert_int_equal(parsed.word_count, 0);
		arena_free(&parsed.arena);
	}
}

static void test_help(void **state)
{
	static const struct option_row long_row = OPTION(settings, text, TEXT, 0, "an-option-with-a-long-name", "ARGUMENT",
							 "what it does, at a length that does not fit a line of a terminal, "
							 "so that it is wrapped to more than one of them");
	struct buf out = { 0 };

	(void)state;
	option_help(&rows[0], &out);
	option_help(&rows[3], &out);
	assert_string_equal(buf_string(&out),
			    "  -f, --flag              a flag\n"
			    "      --choice=red|green  a colour\n");
	out.size = 0;
	option_help(&long_row, &out);
	for (struct bytes rest = buf_bytes(&out), line; rest.size;) {
		line = bytes_split(rest, '\n', &rest);
		assert_true(line.size <= 80);
		assert_true(bytes_begin(line, "      --an-option") || bytes_begin(line, "                          "));
	}
	buf_free(&out);
}

static void test_wrap(void **state)
{
	struct buf out = { 0 };

	(void)state;
	help_wrap(&out, "", 0, 0);
	help_wrap(&out, "a word-of-more-than-eighty-characters-that-cannot-be-broken-anywhere-but-must-not-be-lost-either b",
		  3, 3);
	assert_string_equal(buf_string(&out), "\na\n   "
					      "word-of-more-than-eighty-characters-that-cannot-be-broken-anywhere-but-must-"
					      "not-be-lost-either\n   b\n");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_texts_and_lists),
		cmocka_unit_test(test_shared_letter),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
