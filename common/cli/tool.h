/* tool.h - what a program is: its verbs, its options, and the run that ties them to stdout and stderr */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

#include "cli/options.h"
#include "cli/output.h"
#include "cli/report.h"
#include "io/input.h"
#include "text/record.h"

struct run;

/* One verb. The first row of the table is the default. */
struct verb {
	const char *name;
	const char *arguments;	/* as the help shows them: "[FILE...]" */
	const char *help;
	/* Does the work; what goes wrong is told to run->report, which decides the exit status. */
	void (*run)(struct run *);
	/* The record types it can print, ended by NULL; NULL: it prints bytes or text. */
	const struct record *const *records;
	/* Which of them for these options (an index; that of the NULL: it prints text then); NULL: the first. */
	size_t (*choose)(const void *options);
	const struct field_word *operands;	/* the words that it takes, as those of a field; NULL: names of other things */
	bool draws;	/* with --table it draws pictures of its own instead of records: then run->output takes bytes only */
};

struct tool {
	const char *name;
	const char *purpose;		/* one line */
	const struct verb *verbs;
	size_t verb_count;
	const struct option_row *options;
	size_t option_count;
	const void *defaults;		/* of the options struct */
	size_t options_size;
	/* Columns whose values are masked (cli/mask.h) wherever a record has them, ended by NULL, ... */
	const char *const *secrets;
	/* ...unless the user asks to see them. */
	bool (*reveals)(const void *options);
};

/* What the common options set, beside those of the output. */
struct common {
	struct output_options output;
	bool keep, quiet, verbose, fields, help, version;
	const char *list;
};

/* All that a verb gets. */
struct run {
	const struct tool *tool;
	const struct verb *verb;
	bool verb_named;	/* on the command line; else it is the default */
	const void *options;	/* the tool's options struct */
	struct common common;
	size_t word_count;
	char **words;		/* the arguments after the verb */
	const struct record *record;	/* what it prints, or NULL */
	struct output output;
	struct report report;
	struct arena memory;	/* for the whole run */
	/* the verb goes on until ^C, which is an end like any other: the exit status is the verb's */
	bool interruptible;
};

/* Was the program asked to stop (SIGINT, SIGTERM)? Verbs end their loops then and say how far they came. */
extern volatile bool tool_stopped;

/* main() of a tool: parses, runs the verb, closes stdout; returns the exit status. */
int tool_run(const struct tool *, int argc, char **argv);

/* For input_open and redis_open: flushes the output before a wait. */
struct io_wait run_wait(struct run *);
/* Reports an error that has no place in a file. */
void run_error(struct run *, const struct error *);

#endif
