/* select.h - which records to print: conditions, sampling, skipping, counting */
#ifndef TEXT_SELECT_H
#define TEXT_SELECT_H

#include "text/record.h"

struct condition;

/* In this order: all conditions hold, one in `sample`, all but the first `skip`, at most `count`. */
struct select {
	struct condition *conditions;
	size_t condition_count;
	uint64_t sample, skip, count;
	uint64_t seen, skipped, passed;	/* so far; seen counts what met the conditions */
	uint64_t pick, random;		/* sampling: which of this group of N, and the generator's state */
	struct arena memory;
};

enum select_result { SELECT_PASS, SELECT_DROP, SELECT_END };

/*
 * conditions: 'FIELD OP VALUE' with OP one of = != < > <= >= ~ (an extended regular
 * expression on the text of the field), blanks around OP optional; VALUE as in lines, "-" for
 * unset (only = and != are true of unset values). ERROR_USAGE for a bad one.
 * sample N: one record, chosen at random, of each N in a row (the same ones in
 * each run); 0 and 1: all. count UINT64_MAX: no limit.
 */
bool select_init(struct select *, const struct record *, const char *const *conditions, size_t condition_count,
		 uint64_t sample, uint64_t skip, uint64_t count, struct error *);
void select_free(struct select *);
/* SELECT_END: nothing more will pass. */
enum select_result select_record(struct select *, const void *record);
/* Whether select_record would let everything pass; then it need not be called. */
bool select_all(const struct select *);

#endif
