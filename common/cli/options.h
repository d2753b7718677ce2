/* options.h - option rows: parsing, help and completion come from one table */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum option_type {
	OPTION_FLAG,		/* bool: set to true */
	OPTION_SET,		/* uint8_t: set to .value; of several such options on one member the last one wins */
	OPTION_CHOICE,		/* uint8_t: index into .choices */
	OPTION_NUMBER,		/* uint64_t, at least .min */
	OPTION_DURATION,	/* uint64_t seconds, at least .min: 90, 5m, 2h, 7d */
	OPTION_SIZE,		/* uint64_t bytes, at least .min: 65536, 64k, 1M, 2G (powers of 1024) */
	OPTION_PERIOD,		/* uint64_t microseconds: 0.2, 1.5, 20ms, 90, 5m, 2h */
	OPTION_RATIO,		/* uint64_t N from "1/N" */
	OPTION_TEXT,		/* const char *: the word itself, not copied */
	OPTION_LIST,		/* struct option_list: each use adds one */
};

struct option_list {
	const char **words;
	size_t count;
};

#define OPTION_FLAG_C bool
#define OPTION_SET_C uint8_t
#define OPTION_CHOICE_C uint8_t
#define OPTION_NUMBER_C uint64_t
#define OPTION_DURATION_C uint64_t
#define OPTION_SIZE_C uint64_t
#define OPTION_PERIOD_C uint64_t
#define OPTION_RATIO_C uint64_t
#define OPTION_TEXT_C const char *
#define OPTION_LIST_C struct option_list

/* In .verbs: bit i for verb row i; 0 for every verb; this one for verbs that print records. */
#define ON_RECORDS (1ull << 63)
#define ON_VERB(number) (1ull << (number))

struct option_row {
	char letter;		/* 0: none */
	const char *name;	/* long name without the dashes */
	const char *argument;	/* as the help names it; NULL: takes none */
	enum option_type type;
	size_t offset;		/* of the member in the options struct */
	const char *help;
	const char *const *choices;	/* CHOICE: NULL ends them */
	uint64_t min;		/* NUMBER, DURATION, SIZE */
	uint64_t value;		/* SET */
	uint64_t verbs;
};

/*
 * OPTION(framecat_options, endian, CHOICE, 0, "endian", "ORDER", "byte order of numwant and port", .choices = ...):
 * a member of another C type than the row's does not compile.
 */
#define OPTION(structure, member, TYPE, short_name, long_name, argument_name, ...) { \
	.letter = (short_name), .name = (long_name), .argument = (argument_name), .type = OPTION_##TYPE, \
	.offset = _Generic(&((struct structure *)0)->member, \
		OPTION_##TYPE##_C *: offsetof(struct structure, member)), \
	.help = __VA_ARGS__ }

/* A table of rows and the struct that they fill; what is there already are the defaults. */
struct option_set {
	const struct option_row *rows;
	size_t count;
	void *values;
	uint64_t used;	/* bit i: row i was given */
};

/* Which verb the first word names (NULL: there is none), as the bit that it has in option_row.verbs. */
typedef uint64_t option_verb(const void *context, const char *word);

/*
 * Parses argv (getopt_long: options may stand anywhere, "--" ends them) into the sets; afterwards words[0..word_count)
 * are the others, in order. Rows may share a letter if all of them take an argument, or none: it means the one that
 * goes with the verb (verb_of, NULL: there are no verbs). ERROR_USAGE at the first bad one. Lists live in the arena.
 */
bool options_parse(struct option_set *sets, size_t set_count, int argc, char **argv, struct arena *,
		   option_verb *verb_of, const void *context, char ***words, size_t *word_count, struct error *);

/* The row's entry in --help, with its newline(s), wrapped to 80 columns. */
void option_help(const struct option_row *, struct buf *);
/* Text indented by `indent` and wrapped to 80 columns, the first line continuing at column `column`. */
void help_wrap(struct buf *, const char *text, size_t column, size_t indent);

#endif
