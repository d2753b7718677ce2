/* drift_mend.c - userstats drift --sql: statements that change what is off, if it is still as it was found */
#include "tools/userstats/drift.h"

#include <inttypes.h>

#include "text/field.h"
#include "tools/userstats/userstats.h"

static void put(struct mend *mend, struct bytes text)
{
	output_bytes(mend->output, text.data, text.size);
}

static void put_text(struct mend *mend, const char *text)
{
	put(mend, bytes_of(text));
}

static void begin(struct mend *mend)
{
	if (mend->begun)
		return;
	mend->begun = true;
	put_text(mend, "-- userstats drift --sql. A statement changes only what is still as it was found.\n");
}

/* VALUES of one row: the first names their type. */
static void add_values(struct buf *values, size_t *count, const int64_t *numbers, size_t number_count)
{
	for (size_t i = 0; i < number_count; i++) {
		buf_text(values, i ? ", " : *count ? ",\n\t(" : "\t(");
		if (numbers[i] == SIGNED_UNSET)
			buf_text(values, "NULL");
		else
			buf_format(values, "%" PRIi64, numbers[i]);
		if (!*count)
			buf_text(values, "::bigint");
	}
	buf_text(values, ")");
	++*count;
}

static void flush(struct mend *mend, struct buf *values, size_t *count, const char *before, const char *after)
{
	if (!*count)
		return;
	begin(mend);
	put_text(mend, before);
	put(mend, buf_bytes(values));
	put_text(mend, after);
	values->size = *count = 0;
}

static void flush_counters(struct mend *mend)
{
	flush(mend, &mend->counters, &mend->counter_count,
	      "BEGIN;\nUPDATE torrent_info t SET uploading = v.uploading, downloading = v.downloading, finished = "
	      "v.finished\nFROM (VALUES\n",
	      "\n) v (id, old_uploading, old_downloading, old_finished, uploading, downloading, finished)\n"
	      "WHERE t.id = v.id AND t.uploading IS NOT DISTINCT FROM v.old_uploading\n"
	      "AND t.downloading IS NOT DISTINCT FROM v.old_downloading AND t.finished IS NOT DISTINCT FROM "
	      "v.old_finished;\nCOMMIT;\n");
}

static void flush_rows(struct mend *mend)
{
	flush(mend, &mend->rows, &mend->row_count,
	      "BEGIN;\nWITH v (tid, uid, old_status, status) AS (VALUES\n",
	      "\n), mended AS (\nUPDATE torrent_status s SET status = v.status FROM v\n"
	      "WHERE s.tid = v.tid AND s.uid = v.uid AND s.status = v.old_status\n"
	      "RETURNING s.tid, s.finished, (v.status < 2)::int - (v.old_status < 2)::int AS more\n"
	      "), moved AS (\nSELECT tid, coalesce(sum(more) FILTER (WHERE finished), 0) AS uploading,\n"
	      "coalesce(sum(more) FILTER (WHERE finished IS NOT TRUE), 0) AS downloading FROM mended GROUP BY tid\n"
	      ")\nUPDATE torrent_info t SET uploading = t.uploading + m.uploading, downloading = t.downloading + "
	      "m.downloading\nFROM moved m WHERE t.id = m.tid;\nCOMMIT;\n");
}

void mend_counters(struct mend *mend, int64_t tid, const int64_t found[COUNTERS], const int64_t expected[COUNTERS])
{
	int64_t numbers[1 + 2 * COUNTERS] = { tid };

	memcpy(numbers + 1, found, COUNTERS * sizeof *found);
	memcpy(numbers + 1 + COUNTERS, expected, COUNTERS * sizeof *expected);
	add_values(&mend->counters, &mend->counter_count, numbers, 1 + 2 * COUNTERS);
	if (mend->counter_count == USERSTATS_BATCH)
		flush_counters(mend);
}

void mend_row(struct mend *mend, int64_t tid, int64_t uid, int64_t found, int64_t expected)
{
	const int64_t numbers[] = { tid, uid, found, expected };

	add_values(&mend->rows, &mend->row_count, numbers, sizeof numbers / sizeof *numbers);
	if (mend->row_count == USERSTATS_BATCH)
		flush_rows(mend);
}

void mend_missing(struct mend *mend, int64_t tid, int64_t uid)
{
	struct buf line = { 0 };

	begin(mend);
	buf_format(&line,
		   "-- torrent_status has no row tid=%" PRIi64 " uid=%" PRIi64
		   ", who is live; what he sent and got is not known\n",
		   tid, uid);
	put(mend, buf_bytes(&line));
	buf_free(&line);
}

void mend_remark(struct mend *mend, const char *text)
{
	mend_flush(mend);
	begin(mend);
	put_text(mend, "-- ");
	put_text(mend, text);
	put_text(mend, "\n");
}

void mend_flush(struct mend *mend)
{
	flush_counters(mend);
	flush_rows(mend);
}

void mend_end(struct mend *mend)
{
	mend_flush(mend);
	buf_free(&mend->counters);
	buf_free(&mend->rows);
}
