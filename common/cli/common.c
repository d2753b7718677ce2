/* common.c - the options that every verb has */
#include "cli/common.h"

static const char *const times[] = { "epoch", "iso", NULL };

/* In the order of the help: those of verbs that print records, then those of all. */
const struct option_row common_rows[] = {
	OPTION(common, output.format, SET, 'j', "json", NULL, "print JSON Lines", .value = OUTPUT_JSON, .verbs = ON_RECORDS),
	OPTION(common, output.format, SET, 0, "csv", NULL, "print CSV (RFC 4180) with a header line", .value = OUTPUT_CSV,
	       .verbs = ON_RECORDS),
	OPTION(common, output.format, SET, 't', "table", NULL, "print an aligned table, for people", .value = OUTPUT_TABLE,
	       .verbs = ON_RECORDS),
	OPTION(common, output.columns, TEXT, 'o', "output", "FIELDS", "print just these columns, by comma; +FIELD adds one",
	       .verbs = ON_RECORDS),
	OPTION(common, output.header, FLAG, 'H', "header", NULL, "print the columns' names first", .verbs = ON_RECORDS),
	OPTION(common, output.time, CHOICE, 0, "time", "epoch|iso", "how times are printed", .choices = times,
	       .verbs = ON_RECORDS),
	OPTION(common, output.matches, LIST, 'm', "match", "CONDITION",
	       "only records with 'FIELD OP VALUE'; OP is = != < > <= >= or ~ (a regular expression); all must hold",
	       .verbs = ON_RECORDS),
	OPTION(common, output.sample, RATIO, 0, "sample", "1/N", "one record, chosen at random, of each N",
	       .verbs = ON_RECORDS),
	OPTION(common, output.skip, NUMBER, 0, "skip", "N", "leave out the first N records", .verbs = ON_RECORDS),
	OPTION(common, output.count, NUMBER, 'n', "count", "N", "stop after N records", .verbs = ON_RECORDS),
	OPTION(common, output.top, TEXT, 0, "top", "FIELD[:N]",
	       "print the N most frequent values of a field (10; 0 for all) instead of the records", .verbs = ON_RECORDS),
	OPTION(common, output.masks, LIST, 0, "mask", "FIELD",
	       "replace texts or addresses by keyed ones that keep equality (key: $PEERUTILS_MASK_KEY)",
	       .verbs = ON_RECORDS),
	OPTION(common, fields, FLAG, 0, "fields", NULL, "print the names, types and meaning of the columns, and end",
	       .verbs = ON_RECORDS),
	OPTION(common, output.unset, TEXT, 0, "unset", "TEXT",
	       "what stands for an unset value, printed and read (default -)"),
	OPTION(common, keep, FLAG, 'k', "keep", NULL, "let bad records pass where that makes sense"),
	OPTION(common, quiet, FLAG, 'q', "quiet", NULL, "no progress, no summary"),
	OPTION(common, verbose, FLAG, 'v', "verbose", NULL, "every complaint, and details"),
	OPTION(common, list, TEXT, 0, "list", "WHAT",
	       "for completion: verbs, or options, fields, operands of a VERB, or values of an --OPTION"),
	OPTION(common, help, FLAG, 'h', "help", NULL, "print this help, or that of a verb"),
	OPTION(common, version, FLAG, 'V', "version", NULL, "print the version"),
};

const size_t common_row_count = sizeof common_rows / sizeof *common_rows;
const struct common common_defaults = { .output = { .count = UINT64_MAX } };
