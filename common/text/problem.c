/* problem.c - the record of something that is wrong, as every tool's check prints it */
#include "text/problem.h"

static const struct field problem_fields[] = {
	FIELD(problem, code, TEXT, "what is wrong: foreign_member, unsorted_key, ..."),
	FIELD(problem, severity, TEXT, "error, warning or note"),
	FIELD(problem, place, TEXT, "the database of Redis, torrents or users; the byte offset in a file"),
	FIELD(problem, key, TEXT, "key in Redis; where in a file's structure: info.files[3].path"),
	FIELD(problem, detail, HEX, "the member; the first bytes at that offset"),
	FIELD(problem, message, TEXT, "what was found and why that is wrong"),
	FIELD(problem, path, TEXT, "which of many files"),
};

const struct record problem_record = RECORD("problem", problem, problem_fields, "something that is wrong");
