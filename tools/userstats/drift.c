/* drift.c - userstats drift: the site's counters against its rows, and its rows against who is live */
#include "tools/userstats/drift.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/room.h"
#include "tools/userstats/look.h"
#include "tools/userstats/pairs.h"
#include "tools/userstats/records.h"
#include "tools/userstats/sets.h"

/* What the tables are called that are compared, and how a row of a user says that the site takes him for there. */
struct terms {
	const char *counters, *torrent;		/* table, its key */
	const char *status, *column;
	const char *state;			/* of a row s of @status, in SQL */
	int64_t stopped, started, completed;	/* what it should be: not there; there, and finished or not */
};

static const struct terms terms_built_in = {
	.counters = "torrent_info", .torrent = "id", .status = "torrent_status", .column = "status",
	.state = "s.status::bigint",
	.stopped = 2, .started = 0, .completed = 1,
};
/* Of another site only the inputs are known. */
static const struct terms terms_of_file = {
	.counters = "counters", .torrent = "tid", .status = "status", .column = "active",
	.state = "s.active::boolean::integer::bigint",
	.stopped = 0, .started = 1, .completed = 1,
};

/* What is wrong with a row. */
enum wrong { STALE, BACK, MISSING, WRONGS };

struct drift {
	struct run *run;
	struct stores stores;
	struct ids ids;
	struct pairs pairs;
	const struct terms *terms;
	struct mend mend;
	bool sql;
	struct suspects suspects;
	struct buf key;				/* of the record that is being made */
	uint64_t counters, wrong[WRONGS];	/* findings */
	uint64_t left_out;			/* of them, those that --sql does not mend */
	int64_t newest_us;			/* the time of the newest look so far */
	bool in_newest;				/* what is read now is of that one */
	uint64_t window;			/* seconds in which who is live was seen */
	bool absent;				/* may rows be stopped whose user was not seen? */
	double recent;				/* what was looked at, as a share of the last interval */
	uint64_t strangers, strange_members;	/* sets of nobody, and in sets of users what is no torrent of the site */
};

static void put(struct drift *drift, struct drift_line *line)
{
	drift->run->report.bad++;
	line->key = buf_bytes(&drift->key);
	if (!drift->sql)
		output_put(&drift->run->output, line);
}

/* ---- counters against rows */

/* Only what is off travels, in the order of the torrents. */
static const char counters_sql[] =
	"SELECT c.tid::bigint, c.uploading::bigint, c.downloading::bigint, c.finished::bigint, coalesce(r.uploading, "
	"0)::bigint, coalesce(r.downloading, 0)::bigint, coalesce(r.finished, 0)::bigint FROM @counters c LEFT JOIN (SELECT "
	"s.tid, count(*) FILTER (WHERE s.active::boolean AND s.finished::boolean) AS uploading, "
	"count(*) FILTER (WHERE s.active::boolean AND s.finished::boolean IS NOT TRUE) AS downloading, "
	"count(*) FILTER (WHERE s.finished::boolean) AS finished FROM @status s GROUP BY s.tid) r ON r.tid = c.tid "
	"WHERE c.uploading::bigint <> coalesce(r.uploading, 0) OR c.downloading::bigint <> coalesce(r.downloading, 0) "
	"OR c.finished::bigint <> coalesce(r.finished, 0) ORDER BY 1";

static const struct { const char *column, *detail; } counters[COUNTERS] = {
	[COUNTER_UPLOADING] = { "uploading", "counter against rows: active and finished" },
	[COUNTER_DOWNLOADING] = { "downloading", "counter against rows: active and not finished" },
	[COUNTER_FINISHED] = { "finished", "counter against rows: finished" },
};

static void take_counters(void *context, const struct pg_row *row)
{
	struct drift *drift = context;
	int64_t tid = stores_int(row->fields[0]), found[COUNTERS], expected[COUNTERS];

	drift->key.size = 0;
	buf_format(&drift->key, "%s=%" PRIi64, drift->terms->torrent, tid);
	for (size_t i = 0; i < COUNTERS; i++) {
		found[i] = stores_int(row->fields[1 + i]);
		expected[i] = stores_int(row->fields[1 + COUNTERS + i]);
		/* a site need not keep all of them */
		if (found[i] == SIGNED_UNSET)
			expected[i] = SIGNED_UNSET;
		if (found[i] == expected[i])
			continue;
		drift->counters++;
		put(drift, &(struct drift_line){
			.table = bytes_of(drift->terms->counters), .column = bytes_of(counters[i].column),
			.expected = expected[i],
			.found = found[i], .tid = tid, .uid = SIGNED_UNSET, .detail = bytes_of(counters[i].detail),
			.window = COUNT_UNSET, .coverage = NAN,
		});
	}
	if (drift->sql)
		mend_counters(&drift->mend, tid, found, expected);
}

/* ---- rows against live pairs: the first look, at all of them */

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	struct drift *drift = context;
	uint8_t hash[HASH_SIZE];

	(void)passkey;
	if (user == IDS_NONE) {
		drift->strangers++;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t torrent;

		if (members[i].kind != REDIS_STRING || !stores_member_hash(members[i].text, hash))
			continue;
		torrent = ids_hash(&drift->ids, hash);
		if (torrent == IDS_NONE)
			drift->strange_members++;
		else
			pairs_mark(&drift->pairs, user, torrent, LIVE | NEWEST);
	}
}

static void take_look(void *context, size_t number, const struct look_line *look)
{
	struct drift *drift = context;

	drift->in_newest = !number || look->time.us >= drift->newest_us;
	if (!drift->in_newest || (number && look->time.us == drift->newest_us))
		return;
	drift->newest_us = look->time.us;
	pairs_unmark(&drift->pairs, NEWEST);
}

static void take_member(void *context, const struct member *member)
{
	struct drift *drift = context;
	uint32_t user = ids_passkey(&drift->ids, member->passkey), torrent = ids_hash(&drift->ids, member->info_hash.data);

	if (user == IDS_NONE || torrent == IDS_NONE)
		drift->strange_members++;
	else
		pairs_mark(&drift->pairs, user, torrent, drift->in_newest ? LIVE | NEWEST : LIVE);
}

static const char active_sql[] = "SELECT s.tid::bigint, s.uid::bigint FROM @status s WHERE s.active::boolean";

static void take_active(void *context, const struct pg_row *row)
{
	struct drift *drift = context;
	int64_t tid = stores_int(row->fields[0]), uid = stores_int(row->fields[1]);
	uint32_t torrent = ids_tid(&drift->ids, tid), user = ids_uid(&drift->ids, uid);
	uint8_t *marks;

	if (torrent == IDS_NONE || user == IDS_NONE) {
		suspects_add_strange(&drift->suspects, tid, uid);
		return;
	}
	marks = pairs_find(&drift->pairs, user, torrent);
	if (marks)
		*marks |= ACTIVE;
	else
		suspects_add(&drift->suspects, torrent, user, ACTIVE);
}

/* What is live and has no active row; then all of them in order. */
static void gather_suspects(struct drift *drift)
{
	struct suspects *suspects = &drift->suspects;
	uint32_t user, torrent;
	uint8_t marks;

	for (size_t at = 0; pairs_next(&drift->pairs, &at, &user, &torrent, &marks); )
		if (!(marks & ACTIVE))
			suspects_add(suspects, torrent, user, marks);
	pairs_free(&drift->pairs);
	suspects_sort(suspects);
}

/* ---- the second look, at those that did not fit together */

/*
 * The two stores have no snapshot in common, and in the seconds between reading one and the other users come and go. So
 * each pair is looked at again in both stores at nearly one moment, and what does not still disagree in the same way is
 * let go.
 */
enum { AGAIN_MAX = BULK_WAITING };

/* The second look at a pair. */
struct again {
	bool live, row, active, finished;
	int64_t state;
};

static void put_wrong(struct drift *drift, const struct suspect *suspect, enum wrong wrong, int64_t expected, int64_t found)
{
	static const char *const details[WRONGS] = {
		[STALE] = "row against live pairs: active and not seen live",
		[BACK] = "row against live pairs: live and not active",
		[MISSING] = "row against live pairs: live and no row",
	};

	drift->wrong[wrong]++;
	drift->key.size = 0;
	buf_format(&drift->key, "tid=%" PRIi64 " uid=%" PRIi64, suspect->tid, suspect->uid);
	put(drift, &(struct drift_line){
		.table = bytes_of(drift->terms->status), .column = bytes_of(wrong == MISSING ? NULL : drift->terms->column),
		.expected = expected, .found = found, .tid = suspect->tid, .uid = suspect->uid,
		.detail = bytes_of(details[wrong]), .window = drift->window,
		.coverage = stores_coverage(&drift->stores, drift->window),
	});
	if (drift->sql && wrong == MISSING)
		mend_missing(&drift->mend, suspect->tid, suspect->uid);
	else if (drift->sql && wrong == STALE && !drift->absent)
		drift->left_out++;
	else if (drift->sql)
		mend_row(&drift->mend, suspect->tid, suspect->uid, found, expected);
}

static void judge(struct drift *drift, const struct suspect *suspect, const struct again *again)
{
	const struct userstats_options *options = drift->run->options;
	const struct terms *terms = drift->terms;
	bool seen = suspect->marks & LIVE;

	if (!seen && !again->live && again->active)
		put_wrong(drift, suspect, STALE, terms->stopped, again->state);
	else if (seen && !again->row && (again->live || options->looks.count))
		put_wrong(drift, suspect, MISSING, terms->started, SIGNED_UNSET);
	else if (suspect->marks & NEWEST && again->row && again->live && !again->active)
		put_wrong(drift, suspect, BACK, again->finished ? terms->completed : terms->started, again->state);
}

/* Saved looks stand for Redis, unless it is to be asked, too, because rows are to be changed. */
static void ask_again(struct drift *drift, const struct suspect *suspects, size_t count, struct again *again)
{
	bool ask = stores_have(&drift->stores, STORE_BIT(STORE_USERS));

	for (size_t i = 0; i < count; i++) {
		uint32_t torrent = ids_tid(&drift->ids, suspects[i].tid), user = ids_uid(&drift->ids, suspects[i].uid);

		again[i] = (struct again){ .live = !ask && suspects[i].marks & LIVE };
		if (ask && torrent != IDS_NONE && drift->ids.torrents[torrent].hashed &&
		    user != IDS_NONE && drift->ids.users[user].keyed)
			stores_ask_member(&drift->stores, i, bytes_at(drift->ids.users[user].passkey, PASSKEY_SIZE),
					  drift->ids.torrents[torrent].hash);
	}
}

static void query_again(struct drift *drift, const struct suspect *suspects, size_t count)
{
	int64_t *tids = room_new(2 * count, sizeof *tids), *uids = tids + count;
	struct buf sql = { 0 };

	for (size_t i = 0; i < count; i++) {
		tids[i] = suspects[i].tid;
		uids[i] = suspects[i].uid;
	}
	buf_format(&sql, "SELECT a.n::bigint, s.active::boolean, s.finished::boolean, %s "
			 "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY a (tid, uid, n) "
			 "JOIN @status s ON s.tid = a.tid AND s.uid = a.uid", drift->terms->state);
	stores_query(&drift->stores, buf_string(&sql),
		     (struct pg_parameter[]){
			     { .kind = PG_INT8_ARRAY, .count = count, .numbers = tids },
			     { .kind = PG_INT8_ARRAY, .count = count, .numbers = uids },
		     },
		     2);
	buf_free(&sql);
	free(tids);
}

static void take_row_again(const struct pg_row *row, struct again *again, size_t count)
{
	int64_t number = stores_int(row->fields[0]);

	if (number < 1 || number > (int64_t)count)
		return;
	again += number - 1;
	again->row = true;
	again->active = stores_true(row->fields[1]);
	again->finished = stores_true(row->fields[2]);
	again->state = stores_int(row->fields[3]);
}

/* False: a store failed on the way, which was told. */
static bool look_again(struct drift *drift, const struct suspect *suspects, size_t count, struct again *again)
{
	struct event event;
	bool good = true;

	ask_again(drift, suspects, count, again);
	query_again(drift, suspects, count);
	while (stores_next(&drift->stores, &event)) {
		if (event.kind == EVENT_ROW)
			take_row_again(&event.row, again, count);
		else if (event.kind == EVENT_LOST || (event.kind == EVENT_END && event.failed) ||
			 stores_refused(&drift->stores, &event))
			good = false;
		else if (event.kind == EVENT_ANSWER && event.answer.tag < count)
			again[event.answer.tag].live = stores_answer_count(&event) == 1;
	}
	return good && !tool_stopped;
}

static bool look_at_suspects(struct drift *drift)
{
	struct suspect *batch = room_new(AGAIN_MAX, sizeof *batch);
	struct again *again = room_new(AGAIN_MAX, sizeof *again);
	bool good = true;
	size_t at = 0, count;

	while (good && (count = suspects_take(&drift->suspects, &drift->ids, &at, batch, AGAIN_MAX))) {
		good = look_again(drift, batch, count, again);
		for (size_t i = 0; good && i < count; i++)
			judge(drift, &batch[i], &again[i]);
	}
	free(batch);
	free(again);
	return good;
}

/* ---- all of it */

/* Redis is read while PostgreSQL counts. False: not all sets, which was told. */
static bool read_live(struct drift *drift)
{
	struct sets sets = {
		.stores = &drift->stores, .ids = &drift->ids, .scan = true, .context = drift, .set = take_set,
		.row = take_counters,
	};

	/* if only the statement was refused, rows can be compared nevertheless */
	return sets_read(&sets) || (!(drift->stores.lost & STORE_BIT(STORE_USERS)) && !tool_stopped);
}

/*
 * A row is stopped only if its user would have been seen in the last interval, up to now: by the looks, and by Redis, which
 * is asked about each row again. (Looks are taken by hand or by cron, some seconds early or late.)
 */
enum { COVERED_PERCENT = 99 };

static void judge_recent(struct drift *drift, const struct looks *looks)
{
	const struct userstats_options *options = drift->run->options;
	const int64_t most_s = INT64_MAX / 4 / 1000000;
	bool asked = stores_have(&drift->stores, STORE_BIT(STORE_USERS));
	int64_t interval_us = (options->interval < (uint64_t)most_s ? (int64_t)options->interval : most_s) * 1000000;
	int64_t window_us = (options->window < (uint64_t)most_s ? (int64_t)options->window : most_s) * 1000000;
	int64_t now_us = drift->stores.now_us, covered_us = asked ? window_us : 0;

	if (covered_us < interval_us)
		covered_us += looks_covered(looks, now_us - interval_us, now_us - covered_us);
	drift->recent = covered_us < interval_us ? (double)covered_us / (double)interval_us : 1;
	drift->absent = asked && 100 * drift->recent >= COVERED_PERCENT;
}

static bool read_looks(struct drift *drift)
{
	const struct userstats_options *options = drift->run->options;
	struct looks looks = { .run = drift->run, .context = drift, .look = take_look, .member = take_member };
	bool good = !options->looks.count || looks_read(&looks, options->looks.count, options->looks.words);

	if (options->looks.count)
		drift->window = looks.window;
	judge_recent(drift, &looks);
	looks_free(&looks);
	return good;
}

/* What a finding of rows is worth, said once. */
static void tell_coverage(struct drift *drift)
{
	const struct userstats_options *options = drift->run->options;
	double coverage = stores_coverage(&drift->stores, drift->window);

	if (coverage >= 1 || drift->sql)
		return;
	report_note(&drift->run->report,
		    "%s about %.0f %% of who is there (%" PRIu64 " s of an interval of %" PRIu64 " s): "
		    "most rows that are active and not live are of users whom %s did not see; looks at a whole interval "
		    "(--look) see them",
		    options->looks.count ? "these looks see" : "one look sees", 100 * coverage, drift->window,
		    options->interval, options->looks.count ? "they" : "it");
}

/* What --sql leaves out, and how to have it. */
static void tell_left_out(struct drift *drift)
{
	const struct userstats_options *options = drift->run->options;
	uint64_t pause = options->window - options->window / 40;
	struct count_text text;
	char line[512];

	if (!drift->left_out)
		return;
	if (stores_have(&drift->stores, STORE_BIT(STORE_USERS)))
		snprintf(line, sizeof line,
			 "%s that are active and not live are not stopped: only %.0f %% of the last %" PRIu64
			 " s were looked at, and most of them may be in order; to see all: for i in $(seq %" PRIu64
			 "); do userstats snapshot $(date +%%s).look; sleep %" PRIu64
			 "; done; userstats drift --sql $(printf -- '--look=%%s ' *.look)",
			 count_print(&text, drift->left_out, "rows"), 100 * drift->recent, options->interval,
			 options->interval / options->window + 2, pause);
	else
		snprintf(line, sizeof line,
			 "%s that are active and not live are not stopped: Redis could not be asked who has come since",
			 count_print(&text, drift->left_out, "rows"));
	report_note(&drift->run->report, "%s", line);
	mend_remark(&drift->mend, line);
}

/* False: not all could be compared, which was told. */
static bool compare(struct drift *drift)
{
	const struct userstats_options *options = drift->run->options;
	bool saved = options->looks.count, good;
	bool known = (saved || stores_have(&drift->stores, STORE_BIT(STORE_USERS))) &&
		     ids_load(&drift->ids, &drift->stores, IDS_USERS | IDS_TORRENTS) && read_looks(drift);

	if (known)
		tell_coverage(drift);
	stores_copy(&drift->stores, counters_sql);
	if (known && !saved)
		good = read_live(drift);
	else
		/* if only this statement is refused, rows can be compared nevertheless */
		good = stores_rows(&drift->stores, take_counters, drift) || (saved && !tool_stopped);
	mend_flush(&drift->mend);
	if (!good || !known)
		return false;
	stores_copy(&drift->stores, active_sql);
	if (!stores_rows(&drift->stores, take_active, drift))
		return false;
	gather_suspects(drift);
	return look_at_suspects(drift);
}

static void tell(const struct drift *drift, bool whole)
{
	struct report *report = &drift->run->report;
	struct count_text texts[6];

	if (whole)
		report_note(report, "%s, %s that are active and not live, %s that are live and not active, %s without a row",
			    count_print(&texts[0], drift->counters, "counters"),
			    count_print(&texts[1], drift->wrong[STALE], "rows"),
			    count_print(&texts[2], drift->wrong[BACK], "rows"),
			    count_print(&texts[3], drift->wrong[MISSING], "live pairs"));
	if (drift->strangers || drift->strange_members)
		report_note(report, "%s of passkeys and %s of info hashes that the site does not know were left out "
			    "(userstats orphans)",
			    count_print(&texts[4], drift->strangers, "sets"),
			    count_print(&texts[5], drift->strange_members, "members"));
}

void drift_run(struct run *run)
{
	const struct userstats_options *options = run->options;
	struct drift drift = {
		.run = run, .terms = options->schema ? &terms_of_file : &terms_built_in, .sql = options->sql,
		.mend.output = &run->output,
		.window = options->window,
	};
	struct error error = { 0 };
	bool whole;

	if (!userstats_nameless(run))
		return;
	if (options->sql && options->schema) {
		fail_usage(&error, "--sql is for the built-in schema; with --schema nobody knows which tables to change");
		run_error(run, &error);
		return;
	}
	if (!stores_open(&drift.stores, run,
			 STORE_BIT(STORE_PG) | (options->looks.count && !options->sql ? 0 : STORE_BIT(STORE_USERS)),
			 STORE_BIT(STORE_PG)))
		return;
	whole = compare(&drift);
	tell_left_out(&drift);
	mend_end(&drift.mend);
	tell(&drift, whole);
	suspects_free(&drift.suspects);
	pairs_free(&drift.pairs);
	ids_free(&drift.ids);
	buf_free(&drift.key);
	stores_close(&drift.stores);
}
