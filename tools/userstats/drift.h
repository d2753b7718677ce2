/* drift.h - userstats drift: what its files share: suspects, and the statements that would mend what is off */
#ifndef USERSTATS_DRIFT_H
#define USERSTATS_DRIFT_H

#include "base/buf.h"
#include "cli/output.h"
#include "tools/userstats/ids.h"

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
};

/* SIGNED_UNSET in found: NULL, which stays. */
void mend_counters(struct mend *, int64_t tid, const int64_t found[COUNTERS], const int64_t expected[COUNTERS]);
/* The status of a row. */
void mend_row(struct mend *, int64_t tid, int64_t uid, int64_t found, int64_t expected);
/* A row that is missing is only told, in a comment: nobody knows what it should hold. */
void mend_missing(struct mend *, int64_t tid, int64_t uid);
/* A line of comment, after what there is. */
void mend_remark(struct mend *, const char *text);
/* The batches that are not full yet; of the layer before as well as of the last. */
void mend_flush(struct mend *);
void mend_end(struct mend *);

/*
 * Of a pair. NEWEST: in the newest of several saved looks; Redis itself is its own newest. Who was live in an older one
 * may have stopped since, as he should.
 */
enum { LIVE = 1, NEWEST = 2, ACTIVE = 4 };

/* A pair that did not fit together at the first look. */
struct suspect {
	int64_t tid, uid;
	uint8_t marks;
};

/* Start with { 0 }. 8 bytes for each, and 24 for one of a user or a torrent that the site does not have. */
struct suspects {
	/* of its own */
	uint64_t *known;
	struct suspect *strange;	/* rows of those that the site does not have */
	size_t known_count, strange_count, known_room, strange_room;
};

/* By the indices of the site's; marks: of the first look. */
void suspects_add(struct suspects *, uint32_t torrent, uint32_t user, uint8_t marks);
/* An active row of a user or a torrent that the site does not have. */
void suspects_add_strange(struct suspects *, int64_t tid, int64_t uid);
/* When all are there: the site's first, each by tid and uid. */
void suspects_sort(struct suspects *);
/* The next of them, at most so many; *at is 0 at first. Returns how many. */
size_t suspects_take(const struct suspects *, const struct ids *, size_t *at, struct suspect *batch, size_t most);
void suspects_free(struct suspects *);

#endif
