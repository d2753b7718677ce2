/* options.c - option rows: parsing, help and completion come from one table */
#include "cli/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "text/escape.h"

enum { HELP_INDENT = 26, HELP_WIDTH = 79, LONG_ONLY = 1000 };

static bool set_number(const struct option_row *row, uint64_t *member, const char *argument, uint64_t number,
		       struct error *error)
{
	if (number < row->min)
		return fail_usage(error, "--%s: '%s' is too small, want at least %" PRIu64, row->name, argument, row->min);
	*member = number;
	return true;
}

static bool set_value(const struct option_row *row, void *member, const char *argument, struct arena *arena,
		      struct error *error)
{
	struct option_list *list = member;
	const char **words;
	uint64_t number;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return true;
	case OPTION_SET:
		*(uint8_t *)member = (uint8_t)row->value;
		return true;
	case OPTION_CHOICE:
		for (uint8_t i = 0; row->choices[i]; i++) {
			if (!strcmp(argument, row->choices[i])) {
				*(uint8_t *)member = i;
				return true;
			}
		}
		return fail_usage(error, "--%s: '%s' is not one of %s", row->name, argument, row->argument);
	case OPTION_NUMBER:
		if (!number_parse(bytes_of(argument), UINT64_MAX - 1, &number))
			return fail_usage(error, "--%s: '%s' is not a number", row->name, argument);
		return set_number(row, member, argument, number, error);
	case OPTION_DURATION:
		if (!duration_parse(bytes_of(argument), &number))
			return fail_usage(error, "--%s: '%s' is not a time span such as 90, 5m, 2h or 7d", row->name,
					  argument);
		return set_number(row, member, argument, number, error);
	case OPTION_SIZE:
		if (!size_parse(bytes_of(argument), &number))
			return fail_usage(error, "--%s: '%s' is not a size such as 65536, 64k or 1M", row->name, argument);
		return set_number(row, member, argument, number, error);
	case OPTION_PERIOD:
		if (!period_parse(bytes_of(argument), &number))
			return fail_usage(error, "--%s: '%s' is not a time span such as 0.2, 90, 20ms, 5m or 2h", row->name,
					  argument);
		*(uint64_t *)member = number;
		return true;
	case OPTION_RATIO:
		if (strncmp(argument, "1/", 2) || !number_parse(bytes_of(argument + 2), UINT64_MAX - 1, &number) || !number)
			return fail_usage(error, "--%s: '%s' is not 1/N", row->name, argument);
		*(uint64_t *)member = number;
		return true;
	case OPTION_TEXT:
		*(const char **)member = argument;
		return true;
	case OPTION_LIST:
		words = arena_alloc(arena, (list->count + 1) * sizeof *words);
		if (list->count)
			memcpy(words, list->words, list->count * sizeof *words);
		words[list->count++] = argument;
		list->words = words;
		return true;
	}
	return false;
}

/* The rows of all sets as getopt_long wants them; val is LONG_ONLY + the row's number, counted over all sets. */
static struct option *getopt_rows(const struct option_set *sets, size_t set_count, struct arena *arena, struct buf *letters)
{
	size_t count = 0, number = 0;
	struct option *rows;

	for (size_t i = 0; i < set_count; i++)
		count += sets[i].count;
	rows = arena_alloc(arena, (count + 1) * sizeof *rows);
	for (size_t i = 0; i < set_count; i++) {
		for (size_t j = 0; j < sets[i].count; j++, number++) {
			const struct option_row *row = &sets[i].rows[j];

			rows[number] = (struct option){ row->name, row->argument ? required_argument : no_argument, NULL,
							LONG_ONLY + (int)number };
			if (row->letter && (!letters->size || !memchr(letters->data, row->letter, letters->size))) {
				buf_byte(letters, (uint8_t)row->letter);
				if (row->argument)
					buf_byte(letters, ':');
			}
		}
	}
	rows[count] = (struct option){ NULL, 0, NULL, 0 };
	return rows;
}

/*
 * The row that getopt_long's return value stands for, and its set; of several with one letter that which goes with the
 * verb.
 */
static const struct option_row *row_find(struct option_set *sets, size_t set_count, int code, uint64_t verb,
					 struct option_set **set)
{
	const struct option_row *found = NULL;
	int number = LONG_ONLY;

	for (size_t i = 0; i < set_count; i++) {
		for (size_t j = 0; j < sets[i].count; j++, number++) {
			const struct option_row *row = &sets[i].rows[j];
			bool goes = !row->verbs || row->verbs & (verb | ON_RECORDS);

			if (code == number || (row->letter && code == row->letter && (!found || goes))) {
				*set = &sets[i];
				found = row;
				if (code == number || goes)
					return found;
			}
		}
	}
	return found;
}

/* What getopt_long did not take, or not so: optopt is the letter or, of a long option that it knows, the code. */
static bool refuse(const struct option *rows, const char *word, struct error *error)
{
	size_t begin = strspn(word, "-"), length = strcspn(word + begin, "=");
	struct buf alike = { 0 };
	struct brief brief;

	if (optopt >= LONG_ONLY)
		return fail_usage(error, "--%s takes no argument", rows[optopt - LONG_ONLY].name);
	if (optopt)
		return fail_usage(error, optopt > ' ' && optopt < 0x7f ? "unknown option -%c" : "unknown option '-\\x%02x'",
				  optopt & 0xff);
	escape_brief(&brief, bytes_at(word, begin + length));
	for (; length && rows->name; rows++)
		if (!strncmp(rows->name, word + begin, length))
			buf_format(&alike, "%s --%s", alike.size ? "," : "", rows->name);
	if (alike.size)
		fail_usage(error, "%s could be any of%s", brief.text, buf_string(&alike));
	else
		fail_usage(error, "unknown option %s", brief.text);
	buf_free(&alike);
	return false;
}

/* An option as it was given: what it means can depend on the verb, which may come after it. */
struct use {
	int code;
	const char *argument;
};

/* Takes the options from the words, which are then in order, without their meaning. */
static bool scan(const struct option_set *sets, size_t set_count, int argc, char **argv, struct arena *arena,
		 struct buf *uses, struct error *error)
{
	struct buf letters = { 0 };
	struct option *rows;
	bool good = true;
	int code;

	buf_byte(&letters, ':');	/* we say what is wrong ourselves */
	rows = getopt_rows(sets, set_count, arena, &letters);
	optind = 0;	/* glibc: begin anew */
	while (good && (code = getopt_long(argc, argv, buf_string(&letters), rows, NULL)) != -1) {
		const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
		struct use use = { code, optarg };

		if (code == ':')
			good = fail_usage(error, "%s wants an argument", word);
		else if (code == '?')
			good = refuse(rows, word, error);
		else
			buf_append(uses, &use, sizeof use);
	}
	buf_free(&letters);
	return good;
}

bool options_parse(struct option_set *sets, size_t set_count, int argc, char **argv, struct arena *arena,
		   option_verb *verb_of, const void *context, char ***words, size_t *word_count, struct error *error)
{
	struct buf uses = { 0 };
	bool good = scan(sets, set_count, argc, argv, arena, &uses, error);
	uint64_t verb;

	*words = argv + optind;
	*word_count = good ? (size_t)(argc - optind) : 0;
	verb = verb_of ? verb_of(context, *word_count ? **words : NULL) : 0;
	for (size_t at = 0; good && at < uses.size; at += sizeof(struct use)) {
		const struct option_row *row;
		struct option_set *set = sets;
		struct use use;

		memcpy(&use, uses.data + at, sizeof use);
		row = row_find(sets, set_count, use.code, verb, &set);
		if (!row)
			continue;
		set->used |= 1ull << (row - set->rows);
		good = set_value(row, (char *)set->values + row->offset, use.argument, arena, error);
	}
	*word_count = good ? *word_count : 0;
	buf_free(&uses);
	return good;
}

void help_wrap(struct buf *out, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column + length > HELP_WIDTH && column > indent) {
			if (out->size && out->data[out->size - 1] == ' ')
				out->size--;
			buf_format(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		buf_append(out, text, length);
		column += length;
		text += length;
		if (*text == ' ') {
			text++;
			if (column < HELP_WIDTH) {
				buf_byte(out, ' ');
				column++;
			}
		}
	}
	buf_byte(out, '\n');
}

void option_help(const struct option_row *row, struct buf *out)
{
	size_t start = out->size, column;

	if (row->letter)
		buf_format(out, "  -%c, --%s", row->letter, row->name);
	else
		buf_format(out, "      --%s", row->name);
	if (row->argument)
		buf_format(out, "=%s", row->argument);
	column = out->size - start;
	if (column + 2 > HELP_INDENT) {
		buf_byte(out, '\n');
		column = 0;
	}
	buf_format(out, "%*s", (int)(HELP_INDENT - column), "");
	help_wrap(out, row->help, HELP_INDENT, HELP_INDENT);
}
