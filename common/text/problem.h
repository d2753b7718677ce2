/* problem.h - the record of something that is wrong, as every tool's check prints it */
#ifndef TEXT_PROBLEM_H
#define TEXT_PROBLEM_H

#include "text/record.h"

/* Anything but code, severity and message may be unset. */
struct problem {
	struct bytes code, severity;	/* "foreign_member"; "error", "warning" or "note" */
	struct bytes place;		/* a database of Redis; the byte offset in a file */
	struct bytes key;		/* in Redis; where in the structure of a file: info.files[3].path */
	struct bytes detail;		/* bytes: the member; the first ones at that offset */
	struct bytes message;		/* what was found and why that is wrong */
	struct bytes path;		/* which of many files */
};

extern const struct record problem_record;

#endif
