/* drift.h - userstats drift: what the layers of it share, and the statements that would mend what is off */
#ifndef USERSTATS_DRIFT_H
#define USERSTATS_DRIFT_H

#include "base/buf.h"
#include "cli/output.h"

/* The site's own counters of a torrent, in the order of their columns in @counters. */
enum { COUNTER_UPLOADING, COUNTER_DOWNLOADING, COUNTER_FINISHED, COUNTERS };

/*
 * Statements for psql, of the built-in schema: what is off and would be changed goes into batches of USERSTATS_BATCH
 * rows, each a transaction of its own. A row is changed only if what was found there is there still, and the counters
 * of its torrent move by what changed: so they agree with the rows afterwards, whatever has changed meanwhile.
 */
struct mend {
	struct output *output;
	struct buf counters, rows;	/* values of the batch that is being gathered */
	size_t counter_count, row_count;
	bool begun;
	const char *remark;		/* a line of the comment above it all, or NULL */
};

/* SIGNED_UNSET in found: NULL, which stays. */
void mend_counters(struct mend *, int64_t tid, const int64_t found[COUNTERS], const int64_t expected[COUNTERS]);
/* The status of a row. */
void mend_row(struct mend *, int64_t tid, int64_t uid, int64_t found, int64_t expected);
/* A row that is missing is only told, in a comment: nobody knows what it should hold. */
void mend_missing(struct mend *, int64_t tid, int64_t uid);
/* The batches that are not full yet; of the layer before as well as of the last. */
void mend_flush(struct mend *);
void mend_end(struct mend *);

#endif
