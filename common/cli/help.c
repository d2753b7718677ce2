/* help.c - what a program says of itself: --help, --version, --list, --fields */
#include "cli/help.h"

#include <stdio.h>

#include "cli/common.h"

#ifndef PEERUTILS_VERSION
#define PEERUTILS_VERSION "0"	/* the Makefile knows it */
#endif

bool option_goes_with(const struct option_row *row, const struct tool *tool, const struct verb *verb)
{
	if (row->verbs & ON_RECORDS)
		return verb->records != NULL;
	return !row->verbs || (row->verbs >> (verb - tool->verbs) & 1);
}

/* The rows of both tables, one after the other; NULL after the last. */
static const struct option_row *row_at(const struct tool *tool, size_t number)
{
	if (number < tool->option_count)
		return &tool->options[number];
	number -= tool->option_count;
	return number < common_row_count ? &common_rows[number] : NULL;
}

enum { NAMED_VERBS = 10 };	/* that a heading has at most, so that it fits into a line */

/* "decode, encode and stats": the verbs with that bit in the mask. */
static void name_verbs(const struct tool *tool, uint64_t verbs, struct buf *out)
{
	int left = __builtin_popcountll(verbs);

	for (size_t i = 0; i < tool->verb_count; i++)
		if (verbs >> i & 1)
			buf_format(out, "%s%s", tool->verbs[i].name, --left > 1 ? ", " : left ? " and " : "");
}

/*
 * "Options of decode and encode:"; of many verbs, it says which are not among them. To the help of a verb its own are
 * just options.
 */
static void help_heading(const struct tool *tool, const struct verb *verb, uint64_t verbs, struct buf *out)
{
	uint64_t all = ~0ull >> (64 - tool->verb_count), others = verbs ? all & ~verbs : 0;

	if (verb) {
		buf_text(out, "\nOptions:\n");
		return;
	}
	buf_text(out, "\nOptions of ");
	if (__builtin_popcountll(all & ~others) <= NAMED_VERBS) {
		name_verbs(tool, all & ~others, out);
	} else {
		buf_text(out, others ? "all verbs but " : "all verbs");
		name_verbs(tool, others, out);
	}
	buf_text(out, ":\n");
}

/* verb NULL: the options of every verb. Those that go with the same verbs stand together. */
static void help_options(const struct tool *tool, const struct verb *verb, struct buf *out)
{
	const struct option_row *last = NULL;

	for (size_t i = 0; i < tool->option_count; i++) {
		const struct option_row *row = &tool->options[i];

		if (verb && !option_goes_with(row, tool, verb))
			continue;
		if (!last || (!verb && row->verbs != last->verbs))
			help_heading(tool, verb, row->verbs, out);
		option_help(row, out);
		last = row;
	}
	last = NULL;
	for (size_t i = 0; i < common_row_count; i++) {
		const struct option_row *row = &common_rows[i];

		if (verb && !option_goes_with(row, tool, verb))
			continue;
		if (!last || row->verbs != last->verbs)
			buf_text(out, row->verbs ? "\nOptions of every verb that prints records:\n"
						 : "\nOptions of every verb:\n");
		option_help(row, out);
		last = row;
	}
}

static void help_verb(const struct tool *tool, const struct verb *verb, struct buf *out)
{
	struct buf names = { 0 };

	buf_format(out, "Usage: %s [OPTION...] %s%s%s\n\n", tool->name, verb->name, *verb->arguments ? " " : "",
		   verb->arguments);
	help_wrap(out, verb->help, 0, 0);
	for (size_t i = 0; verb->records && verb->records[i]; i++) {
		buf_format(out, "\n%s: ", verb->records[i]->name);
		help_wrap(out, verb->records[i]->help, strlen(verb->records[i]->name) + 2, 2);
		for (size_t j = 0; j < verb->records[i]->count; j++)
			buf_format(&names, "%s%s", j ? " " : "    ", verb->records[i]->fields[j].name);
		help_wrap(out, buf_string(&names), 0, 4);
		names.size = 0;
	}
	buf_free(&names);
	help_options(tool, verb, out);
}

static void help_tool(const struct tool *tool, struct buf *out)
{
	buf_format(out, "Usage: %s [OPTION...] [VERB] [ARGUMENT...]\n%s\n\nVerbs (the first is the default):\n", tool->name,
		   tool->purpose);
	for (size_t i = 0; i < tool->verb_count; i++) {
		buf_format(out, "  %-10s ", tool->verbs[i].name);
		help_wrap(out, tool->verbs[i].help, 13, 13);
	}
	help_options(tool, NULL, out);
	buf_format(out, "\nSee %s(1), and peerutils(5) for the line format.\n", tool->name);
}

static void print_field(const struct field *field, struct buf *out)
{
	buf_format(out, "%s\t%s\t%s\n", field->name, field->type->name, field->help);
}

static void print_fields(const struct record *record, struct buf *out)
{
	for (size_t i = 0; i < record->count; i++)
		print_field(&record->fields[i], out);
}

/* The columns of all records that a verb may print, each name once. */
static void list_fields(const struct record *const *records, struct buf *out)
{
	for (size_t i = 0; records && records[i]; i++) {
		for (size_t j = 0; j < records[i]->count; j++) {
			struct bytes name = bytes_of(records[i]->fields[j].name);
			size_t before = 0;

			while (before < i && !record_find(records[before], name))
				before++;
			if (before == i)
				print_field(&records[i]->fields[j], out);
		}
	}
}

static void list_options(const struct tool *tool, const struct verb *verb, struct buf *out)
{
	const struct option_row *row;

	for (size_t i = 0; (row = row_at(tool, i)); i++) {
		if (verb && !option_goes_with(row, tool, verb))
			continue;
		buf_format(out, "--%s\t%s\t%s\n", row->name, row->argument ? row->argument : "", row->help);
		if (row->letter)
			buf_format(out, "-%c\t%s\t%s\n", row->letter, row->argument ? row->argument : "", row->help);
	}
}

static void list_values(const struct tool *tool, const char *name, struct buf *out)
{
	const struct option_row *row;

	while (*name == '-')
		name++;
	for (size_t i = 0; (row = row_at(tool, i)); i++)
		for (size_t j = 0; !strcmp(row->name, name) && row->choices && row->choices[j]; j++)
			buf_format(out, "%s\n", row->choices[j]);
}

static bool list(const struct run *run, struct buf *out, struct error *error)
{
	const struct tool *tool = run->tool;
	const char *what = run->common.list;

	if (!strcmp(what, "verbs")) {
		for (size_t i = 0; i < tool->verb_count; i++)
			buf_format(out, "%s\t%s\n", tool->verbs[i].name, tool->verbs[i].help);
	} else if (!strcmp(what, "options")) {
		list_options(tool, run->verb_named ? run->verb : NULL, out);
	} else if (!strcmp(what, "fields")) {
		list_fields(run->verb->records, out);
	} else if (!strcmp(what, "operands")) {
		for (size_t i = 0; run->verb->operands && run->verb->operands[i].size; i++)
			buf_format(out, "%s\n", run->verb->operands[i].text);
	} else if (!strcmp(what, "values") && run->word_count) {
		list_values(tool, run->words[0], out);
	} else {
		return fail_usage(error, "--list: '%s' is not one of verbs, options, fields, operands, values OPTION", what);
	}
	return true;
}

bool help_print(struct run *run, struct error *error)
{
	struct buf out = { 0 };
	bool good = true;

	if (run->common.version)
		buf_format(&out, "%s (peerutils) %s\n", run->tool->name, PEERUTILS_VERSION);
	else if (run->common.list)
		good = list(run, &out, error);
	else if (run->common.fields)
		print_fields(run->record, &out);
	else if (run->verb_named)
		help_verb(run->tool, run->verb, &out);
	else
		help_tool(run->tool, &out);
	output_bytes(&run->output, out.data, out.size);
	buf_free(&out);
	return good;
}
