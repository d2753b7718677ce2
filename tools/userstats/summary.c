/* summary.c - userstats summary: totals of both stores, as records and for node_exporter's textfile collector */
#include <inttypes.h>
#include <sys/stat.h>

#include "base/distinct.h"
#include "io/replace.h"
#include "tools/userstats/pairs.h"
#include "tools/userstats/records.h"
#include "tools/userstats/sets.h"

/*
 * SCAN may give a key twice. So many keys of a database are told apart, and three for each torrent (and user) of the
 * site, at 11 bytes each; of what is more, one that comes twice counts twice.
 */
enum { KEYS_TOLD_APART = 1 << 20, KEYS_MAX = 1 << 28 };

enum total {
	USERS, TORRENTS, ROWS, ROWS_FINISHED, ROWS_ACTIVE, SITE_UPLOADING, SITE_DOWNLOADING, SITE_FINISHED,
	TORRENTS_KEYED, PEERS, USERS_LIVE, PAIRS, KEYS_EXT, KEYS_OLD, KEYS_OTHER,
	SEEDERS, UPLOADERS, LEECHERS, UNKNOWN, ORPHANS,
	WINDOW, COVERAGE, TIME, TOTALS
};

/* metric: as Prometheus names it, after "userstats_", if not as the record does; percent: there it is a ratio. */
struct total_row { const char *name, *unit, *help, *metric; bool percent; };

static const struct total_row totals[TOTALS] = {
	[USERS] = { "users", "users", "users of the site" },
	[TORRENTS] = { "torrents", "torrents", "torrents of the site with an info hash" },
	[ROWS] = { "rows", "rows", "rows of a user and a torrent" },
	[ROWS_FINISHED] = { "rows_finished", "rows", "rows that are finished" },
	[ROWS_ACTIVE] = { "rows_active", "rows", "rows whose user the site takes for there" },
	[SITE_UPLOADING] = { "site_uploading", "users", "sum of the site's own counters of seeders" },
	[SITE_DOWNLOADING] = { "site_downloading", "users", "sum of the site's own counters of leechers" },
	[SITE_FINISHED] = { "site_finished", "users", "sum of the site's own counters of completed downloads" },
	[TORRENTS_KEYED] = { "torrents_with_key", "torrents", "torrents with a zset of entries in Redis" },
	[PEERS] = { "peers", "peers", "entries within the window" },
	[USERS_LIVE] = { "users_with_set", "users", "users with a set in Redis, known to the site or not" },
	[PAIRS] = { "pairs", "pairs", "live pairs of a user and a torrent" },
	[KEYS_EXT] = { "ext_keys", "keys", "sets of leechers (ext_), which never expire" },
	[KEYS_OLD] = { "old_keys", "keys", "keys in an older form, which the tracker does not look at" },
	[KEYS_OTHER] = { "other_keys", "keys", "keys that the tracker did not make, or a module of it" },
	[SEEDERS] = { "seeders", "pairs", "live pairs that are finished, or whose user is the poster" },
	[UPLOADERS] = { "uploaders", "pairs", "of the seeders, those that are so only as the poster" },
	[LEECHERS] = { "leechers", "pairs", "live pairs with a row that is not finished" },
	[UNKNOWN] = { "unknown", "pairs", "live pairs without a row" },
	[ORPHANS] = { "orphan_pairs", "pairs", "live pairs of a user or a torrent that the site does not know" },
	[WINDOW] = { "window", "seconds", "what is live was counted over so long", "window_seconds" },
	[COVERAGE] = { "coverage", "percent", "share of an announce interval that the window covers", "coverage_ratio",
		       true },
	[TIME] = { "time", "seconds", "when this look was taken, since 1970", "look_timestamp_seconds" },
};

enum { ROW = 1, FINISHED = 2 };	/* marks of a live pair */

/* The sums of the site's counters; one that does not fit is NULL, and the last column says that there is one. */
#define FITTING "9223372036854775808"
static const char sums_sql[] =
	"SELECT (CASE WHEN abs(c.u) < " FITTING " THEN c.u END)::bigint, "
	"(CASE WHEN abs(c.d) < " FITTING " THEN c.d END)::bigint, (CASE WHEN abs(c.f) < " FITTING " THEN c.f END)::bigint, "
	"(greatest(abs(c.u), abs(c.d), abs(c.f)) >= " FITTING ")::boolean "
	"FROM (SELECT sum(c.uploading::bigint) AS u, sum(c.downloading::bigint) AS d, sum(c.finished::bigint) AS f "
	"FROM @counters c) c";

struct summary {
	struct stores stores;
	struct ids ids;
	struct pairs pairs;
	struct distinct seen[DATABASES];
	bool one;			/* both databases are one */
	int64_t values[TOTALS];
};

/* ---- Redis, and the sums of the site's counters meanwhile */

static void take_key(struct summary *summary, enum store store, struct bytes key)
{
	enum store shared = summary->one ? STORE_TORRENTS : store;
	bool torrents = summary->one || store == STORE_TORRENTS, users = summary->one || store == STORE_USERS;
	uint8_t hash[HASH_SIZE];
	enum key_class class = stores_key(key, hash);
	enum peer_key form = peer_key_parse(key, hash);

	if (!distinct_add(&summary->seen[shared], distinct_print(&summary->seen[shared], key)))
		return;
	if (torrents && class == KEY_TORRENT)
		stores_ask_live(&summary->stores, 0, hash);
	else if (users && class == KEY_USER)
		stores_ask(&summary->stores, STORE_USERS, ids_passkey(&summary->ids, key), "SMEMBERS", key);
	else if (torrents && class == KEY_EXT)
		summary->values[KEYS_EXT]++;
	else if (torrents && (form == PEER_KEY_OLD_RAW || form == PEER_KEY_OLD_HEX || form == PEER_KEY_OLD_TID))
		summary->values[KEYS_OLD]++;
	else
		summary->values[KEYS_OTHER]++;
}

static void take_set(struct summary *summary, const struct event *event)
{
	const struct redis_item *items = event->answer.items;
	uint32_t user = (uint32_t)event->answer.tag;
	uint8_t hash[HASH_SIZE];

	if (items->kind != REDIS_ARRAY) {
		summary->values[KEYS_OTHER]++;
		return;
	}
	/* gone since we saw the key: what is empty is not there */
	summary->values[USERS_LIVE] += event->answer.count > 1;
	for (size_t i = 1; i < event->answer.count; i++) {
		uint32_t torrent;

		if (items[i].kind != REDIS_STRING || !stores_member_hash(items[i].text, hash))
			continue;
		summary->values[PAIRS]++;
		torrent = ids_hash(&summary->ids, hash);
		if (user == IDS_NONE || torrent == IDS_NONE)
			summary->values[ORPHANS]++;
		else
			pairs_mark(&summary->pairs, user, torrent, 0);
	}
}

static void take_live(struct summary *summary, const struct event *event)
{
	uint64_t count = stores_answer_count(event);

	if (count == COUNT_UNSET) {
		summary->values[KEYS_OTHER]++;
		return;
	}
	summary->values[TORRENTS_KEYED]++;
	/* no sound server says so much */
	if (__builtin_add_overflow(summary->values[PEERS], (int64_t)count, &summary->values[PEERS]))
		summary->values[PEERS] = INT64_MAX;
}

static void take_sums(struct summary *summary, const struct pg_row *row)
{
	struct error error = { 0 };

	for (size_t i = 0; i < 3; i++)
		summary->values[SITE_UPLOADING + i] = stores_int(row->fields[i]);
	if (!stores_true(row->fields[3]))
		return;
	fail_input(&error, ERROR_NOWHERE, "a sum of the site's own counters does not fit into 64 bits: unset");
	run_error(summary->stores.run, &error);
}

static void read_redis(struct summary *summary)
{
	struct event event;

	stores_copy(&summary->stores, sums_sql);
	stores_scan(&summary->stores, STORE_TORRENTS);
	stores_scan(&summary->stores, STORE_USERS);
	while (stores_next(&summary->stores, &event)) {
		if (event.kind == EVENT_ROW)
			take_sums(summary, &event.row);
		else if (event.kind == EVENT_KEYS)
			for (size_t i = 0; i < event.answer.count; i++)
				take_key(summary, event.store, event.answer.items[i].text);
		else if (event.kind == EVENT_ANSWER && !stores_refused(&summary->stores, &event))
			(event.store == STORE_USERS ? take_set : take_live)(summary, &event);
	}
}

/* ---- rows */

static void take_row(void *context, const struct pg_row *row)
{
	struct summary *summary = context;
	uint32_t torrent = ids_tid(&summary->ids, stores_int(row->fields[0])),
		 user = ids_uid(&summary->ids, stores_int(row->fields[1]));
	bool finished = stores_true(row->fields[3]);
	uint8_t *marks = torrent != IDS_NONE && user != IDS_NONE ? pairs_find(&summary->pairs, user, torrent) : NULL;

	summary->values[ROWS]++;
	summary->values[ROWS_ACTIVE] += stores_true(row->fields[2]);
	summary->values[ROWS_FINISHED] += finished;
	if (marks)
		*marks |= finished ? ROW | FINISHED : ROW;
}

/* False: not all of them, which was told. */
static bool read_rows(struct summary *summary)
{
	stores_copy(&summary->stores,
		    "SELECT s.tid::bigint, s.uid::bigint, s.active::boolean, s.finished::boolean FROM @status s");
	return stores_rows(&summary->stores, take_row, summary);
}

static void count_roles(struct summary *summary)
{
	uint32_t user, torrent;
	uint8_t marks;

	for (size_t at = 0; pairs_next(&summary->pairs, &at, &user, &torrent, &marks); ) {
		bool poster = summary->ids.torrents[torrent].poster == user;

		summary->values[SEEDERS] += marks & FINISHED || poster;
		summary->values[UPLOADERS] += !(marks & FINISHED) && poster;
		summary->values[LEECHERS] += marks == ROW && !poster;
		summary->values[UNKNOWN] += !marks && !poster;
	}
}

/* ---- all of it */

static void unset(struct summary *summary, enum total first, enum total last)
{
	for (size_t i = first; i <= last; i++)
		summary->values[i] = SIGNED_UNSET;
}

static void count(struct summary *summary)
{
	struct stores *stores = &summary->stores;
	const struct userstats_options *options = stores->run->options;
	bool users, torrents, site = ids_load(&summary->ids, stores, IDS_USERS | IDS_TORRENTS | IDS_TITLES);

	unset(summary, SITE_UPLOADING, SITE_FINISHED);
	summary->one = stores_one(stores);
	for (size_t i = 0; i < DATABASES; i++)
		distinct_reset(&summary->seen[i],
			       KEYS_TOLD_APART + 3ull * (summary->ids.user_count + summary->ids.torrent_count), KEYS_MAX);
	read_redis(summary);
	users = stores_have(stores, STORE_BIT(STORE_USERS)) && !(stores->lost & STORE_BIT(STORE_USERS));
	torrents = stores_have(stores, STORE_BIT(STORE_TORRENTS)) && !(stores->lost & STORE_BIT(STORE_TORRENTS));
	summary->values[USERS] = summary->ids.user_count;
	summary->values[TORRENTS] = summary->ids.torrent_count;
	if (!site)
		unset(summary, USERS, TORRENTS);
	if (!stores_have(stores, STORE_BIT(STORE_PG)) || !read_rows(summary)) {
		unset(summary, ROWS, ROWS_ACTIVE);
		site = false;
	}
	count_roles(summary);
	if (!torrents)
		unset(summary, TORRENTS_KEYED, PEERS);
	if (!users)
		unset(summary, USERS_LIVE, PAIRS);
	if (!torrents || !users)
		unset(summary, KEYS_EXT, KEYS_OTHER);
	if (!site || !users)
		unset(summary, SEEDERS, ORPHANS);
	summary->values[WINDOW] = (int64_t)options->window;
	summary->values[COVERAGE] = (int64_t)(100 * stores_coverage(stores, options->window) + 0.5);
	summary->values[TIME] = stores->now_us / 1000000;
}

static void print(struct summary *summary)
{
	for (size_t i = 0; i < TOTALS; i++)
		if (!output_put(&summary->stores.run->output, &(struct total_line){
			.name = bytes_of(totals[i].name), .value = summary->values[i], .unit = bytes_of(totals[i].unit),
			.help = bytes_of(totals[i].help) }))
			return;
}

static void write_metrics(struct summary *summary, const char *file)
{
	struct stores *stores = &summary->stores;
	bool redis = stores_have(stores, STORE_REDIS) && !(stores->lost & STORE_REDIS);
	bool pg = stores_have(stores, STORE_BIT(STORE_PG)) && !(stores->lost & STORE_BIT(STORE_PG));
	struct error error = { 0 };
	struct buf text = { 0 };
	struct bytes parts[1];
	mode_t mask;

	for (size_t i = 0; i < TOTALS; i++) {
		const char *metric = totals[i].metric ? totals[i].metric : totals[i].name;

		if (summary->values[i] == SIGNED_UNSET)
			continue;
		buf_format(&text, "# HELP userstats_%s %s\n# TYPE userstats_%s gauge\nuserstats_%s ", metric, totals[i].help,
			   metric, metric);
		if (totals[i].percent)
			buf_format(&text, "%.2f\n", (double)summary->values[i] / 100);
		else
			buf_format(&text, "%" PRIi64 "\n", summary->values[i]);
	}
	buf_format(&text, "# HELP userstats_up could the store be asked for all of it\n# TYPE userstats_up gauge\n"
			  "userstats_up{store=\"redis\"} %d\nuserstats_up{store=\"postgresql\"} %d\n", redis, pg);
	parts[0] = buf_bytes(&text);
	/* another user reads it, node_exporter's */
	mask = umask(022);
	if (!replace_write(file, true, parts, 1, &error))
		run_error(stores->run, &error);
	umask(mask);
	buf_free(&text);
}

void summary_run(struct run *run)
{
	const struct userstats_options *options = run->options;
	struct summary summary = { 0 };
	struct error error = { 0 };

	if (!userstats_nameless(run))
		return;
	if (options->prometheus && !replace_check(options->prometheus, true, &error)) {
		run_error(run, &error);
		return;
	}
	if (!stores_open(&summary.stores, run, STORE_ALL, 0))
		return;
	count(&summary);
	if (!tool_stopped) {
		print(&summary);
		if (options->prometheus)
			write_metrics(&summary, options->prometheus);
	}
	for (size_t i = 0; i < DATABASES; i++)
		distinct_free(&summary.seen[i]);
	pairs_free(&summary.pairs);
	ids_free(&summary.ids);
	stores_close(&summary.stores);
}
