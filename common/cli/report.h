/* report.h - the one place that talks to stderr: complaints, notes, the exit status */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/error.h"
#include "base/bytes.h"

enum {
	REPORT_ALIKE_MAX = 20,	/* complaints alike that are printed; the rest are counted */
	REPORT_KINDS_MAX = 64,
	STATUS_DONE = 0, STATUS_BAD_INPUT = 1, STATUS_FAILED = 2,
	STATUS_NOTHING = 1,	/* what was asked for is not there */
	STATUS_SILENT = 9,	/* nobody answered */
};

struct report {
	const char *program;
	bool quiet, verbose;
	uint64_t bad;		/* complaints about input: exit status 1 */
	uint64_t failed;	/* failures: exit status 2 */
	/*
	 * What a verb that asks others came to: STATUS_DONE, STATUS_NOTHING, STATUS_SILENT. A failure goes before it,
	 * complaints about input make 1 of STATUS_DONE only.
	 */
	int status;
	size_t kind_count;
	struct { const char *like; uint64_t count; } kinds[REPORT_KINDS_MAX];
};

/* Where in the input: any part may be missing (NULL, 0). Records and lines count from 1. */
struct place {
	const char *file;
	const char *unit;	/* "frame", "line", "entry" */
	uint64_t number;
};

/*
 * Prints "program: file: unit N, byte B: message" (the byte if error.offset is known; the place for ERROR_INPUT only,
 * since messages of the other kinds name it themselves) and counts it by the error's kind.
 * After REPORT_ALIKE_MAX with the same format they are only counted, unless verbose.
 */
void report_error(struct report *, struct place, const struct error *);
/* A line that the user asked for, quiet or not, without the program's name: what another program is known to print. */
void report_line(struct report *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Something worth knowing that is no fault, such as a summary: not printed when quiet. */
void report_note(struct report *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Only when verbose. */
void report_detail(struct report *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says how many complaints were not printed. */
void report_finish(struct report *);
int report_status(const struct report *);

#endif
