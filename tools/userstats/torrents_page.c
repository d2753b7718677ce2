/* torrents_page.c - userstats torrents of named torrents: one statement, and while its rows come one burst of commands */
#include "tools/userstats/torrents.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/order.h"
#include "base/room.h"
#include "base/table.h"
#include "codec/peer.h"
#include "tools/userstats/watch.h"

/* A torrent. The first names->count of them are one for each name, for the first torrent that it gives. */
struct item {
	size_t name;		/* the first that gives it, or NAMELESS: its own row is still to come */
	int64_t tid;
	uint8_t hash[HASH_SIZE];
	bool hashed;		/* has a sound info hash */
	bool told;		/* its own row came */
	struct bytes title;
	int64_t uploading, downloading, finished;
	struct tally tally;
	uint64_t live;
};
#define NAMELESS SIZE_MAX

/* About 150 bytes for a name and for a torrent, and the titles. */
struct page {
	struct stores *stores;
	struct names *names;
	struct item *items;
	size_t count, capacity;
	struct table by_tid;	/* 1 + index of the item */
	struct arena memory;
	size_t asked;		/* names that were gone through for info hashes */
	uint64_t wrong;		/* rows whose users have keys that are no sets */
	bool refused;		/* an answer about a pair is missing */
	bool ended;		/* all rows came */
};

/* The torrents, and numbers that may only be those of titles: then there is no tid in `torrent`. */
#define NAMED_SQL \
	"(SELECT a.n, a.tid, t.info_hash, t.tid AS torrent FROM unnest($1::bigint[], $2::bigint[]) a(tid, n) " \
	"LEFT JOIN @torrents t ON t.tid = a.tid UNION ALL SELECT h.n, h.tid, h.info_hash, h.tid FROM (" NAMES_HASHES_SQL ") h)"
#define KNOWN_SQL "WHERE m.torrent IS NOT NULL OR i.tid IS NOT NULL"

/*
 * A row of each name's torrent, with the passkey of the poster if he has no row in the status, and a row of each row in
 * the status, whose n is NULL. Both are about a pair: passkey, finished, is it the poster. An info hash is in each, so
 * that rows may come in any order.
 */
#define PAGE_SQL \
	"WITH named AS MATERIALIZED " NAMED_SQL ", page AS MATERIALIZED (SELECT m.n, m.tid, m.info_hash::text, " \
	"i.title::text, p.uid AS poster, p.passkey::text, c.uploading::bigint, c.downloading::bigint, c.finished::bigint " \
	"FROM named m LEFT JOIN @titles i ON i.tid = m.tid LEFT JOIN @counters c ON c.tid = m.tid " \
	"LEFT JOIN @users p ON p.username::text = i.poster::text " KNOWN_SQL ") " \
	"SELECT g.tid, g.info_hash, g.n, CASE WHEN NOT EXISTS (SELECT FROM @status s WHERE s.tid = g.tid AND " \
	"s.uid = g.poster) THEN g.passkey END, NULL::boolean, g.poster IS NOT NULL, g.title, g.uploading, g.downloading, " \
	"g.finished FROM page g UNION ALL " \
	"SELECT g.tid, g.info_hash, NULL, u.passkey::text, s.finished::boolean, s.uid = g.poster, NULL, NULL, NULL, NULL " \
	"FROM (SELECT DISTINCT tid, info_hash, poster FROM page) g JOIN @status s ON s.tid = g.tid " \
	"LEFT JOIN @users u ON u.uid = s.uid"

/*
 * The same columns, without what only the split needs. Materialized, or parallel workers were started for longer than
 * the work takes.
 */
#define LIVE_SQL \
	"WITH m AS MATERIALIZED " NAMED_SQL " SELECT m.tid, m.info_hash::text, m.n, NULL::text, NULL::boolean, " \
	"false, i.title::text, c.uploading::bigint, c.downloading::bigint, c.finished::bigint FROM m " \
	"LEFT JOIN @titles i ON i.tid = m.tid LEFT JOIN @counters c ON c.tid = m.tid " KNOWN_SQL

enum { TID, INFO_HASH, NAME, PASSKEY, FINISHED, IS_POSTER, TITLE, UPLOADING, DOWNLOADING, SITE_FINISHED };

static struct item *new_item(struct page *page, size_t name)
{
	page->items = room_for(page->items, &page->capacity, page->count + 1, sizeof *page->items);
	page->items[page->count] = (struct item){ .name = name, .tid = SIGNED_UNSET, .live = COUNT_UNSET };
	return &page->items[page->count++];
}

static bool is_hash(const struct page *page, size_t name)
{
	return name < page->names->count && page->names->names[name].kind == NAME_HASH;
}

static void start(struct page *page)
{
	for (size_t i = 0; i < page->names->count; i++) {
		struct item *item = new_item(page, i);

		item->hashed = is_hash(page, i);
		if (item->hashed)
			memcpy(item->hash, page->names->names[i].hash, HASH_SIZE);
	}
}

/* The entries of a torrent that is named by its info hash are asked for without waiting for its row. */
static void ask_hashes(struct page *page)
{
	for (; page->asked < page->names->count && stores_room(page->stores, STORE_TORRENTS); page->asked++)
		if (is_hash(page, page->asked))
			stores_ask_live(page->stores, page->asked, page->items[page->asked].hash);
}

/* The torrent that a row is of. name: that gives it, or NAMELESS. */
static struct item *item_of(struct page *page, const struct pg_row *row, size_t name)
{
	int64_t tid = stores_int(row->fields[TID]);
	struct table_entry *entry = table_add(&page->by_tid, bytes_at(&tid, sizeof tid), NULL);
	struct bytes hash = row->fields[INFO_HASH];
	struct item *item;

	if (entry->count)
		return &page->items[entry->count - 1];
	item = name != NAMELESS && page->items[name].tid == SIGNED_UNSET ? &page->items[name] : new_item(page, name);
	entry->count = (size_t)(item - page->items) + 1;
	item->tid = tid;
	if (item->hashed)
		return item;
	item->hashed = stores_hash(hash, item->hash);
	if (item->hashed)
		stores_ask_live(page->stores, entry->count - 1, item->hash);
	return item;
}

static void take_torrent(struct page *page, struct item *item, const struct pg_row *row, size_t name)
{
	page->names->names[name].found = true;
	if (name < item->name)
		item->name = name;
	item->title = row->fields[TITLE].data ? arena_copy(&page->memory, row->fields[TITLE]) : row->fields[TITLE];
	item->uploading = stores_int(row->fields[UPLOADING]);
	item->downloading = stores_int(row->fields[DOWNLOADING]);
	item->finished = stores_int(row->fields[SITE_FINISHED]);
	item->told = true;
}

static void take_row(struct page *page, const struct pg_row *row)
{
	int64_t number = stores_int(row->fields[NAME]);
	bool own = number >= 0 && (uint64_t)number < page->names->count, again;
	size_t name = own ? (size_t)number : NAMELESS;
	struct item *item = item_of(page, row, name);
	unsigned marks = (own ? 0 : PAIR_ROW) | (stores_true(row->fields[FINISHED]) ? PAIR_FINISHED : 0) |
			 (stores_true(row->fields[IS_POSTER]) ? PAIR_POSTER : 0);

	again = own && item->told;
	if (own)
		take_torrent(page, item, row, name);
	item->tally.finished += marks & PAIR_FINISHED ? 1 : 0;
	/* passkeys of another length are in no set */
	if (!again && item->hashed && row->fields[PASSKEY].size == PASSKEY_SIZE)
		stores_ask_member(page->stores, (uint64_t)(item - page->items) * PAIR_MARKS + marks, row->fields[PASSKEY],
				  item->hash);
}

static void take_member(struct page *page, const struct event *event)
{
	uint64_t count = stores_answer_count(event);

	if (count == 1)
		tally_live(&page->items[event->answer.tag / PAIR_MARKS].tally, event->answer.tag % PAIR_MARKS);
	else if (stores_refused(page->stores, event))
		page->refused = true;
	else if (count == COUNT_UNSET)
		page->wrong++;
}

static void take_live(struct page *page, const struct event *event)
{
	struct item *item = &page->items[event->answer.tag];

	item->live = torrents_live(page->stores, item->hash, event);
}

static void take(struct page *page, const struct event *event)
{
	switch (event->kind) {
	case EVENT_ROW:
		take_row(page, &event->row);
		break;
	case EVENT_ANSWER:
		if (event->store == STORE_USERS)
			take_member(page, event);
		else
			take_live(page, event);
		break;
	case EVENT_END:
		page->ended = !event->failed;
		break;
	case EVENT_KEYS:
	case EVENT_LOST:
		break;
	}
}

static bool is_full(const struct stores *stores, enum store store)
{
	return stores_have(stores, STORE_BIT(store)) && !stores_room(stores, store);
}

/* Both stores, each as its turn comes; rows wait where the commands that they make would be too many at once. */
static void look(struct page *page, bool live_only)
{
	struct pg_parameter parameters[PG_PARAMETERS_MAX];
	size_t count = names_parameters(page->names, parameters);
	struct stores *stores = page->stores;
	struct event event;

	stores_query(stores, live_only ? LIVE_SQL : PAGE_SQL, parameters, count);
	for (ask_hashes(page); stores_next(stores, &event); ask_hashes(page)) {
		take(page, &event);
		stores->hold = is_full(stores, STORE_TORRENTS) || is_full(stores, STORE_USERS);
	}
}

static int compare_items(const void *a, const void *b)
{
	const struct item *first = a, *second = b;

	return first->name != second->name ? order(first->name, second->name) : order_signed(first->tid, second->tid);
}

/* Of what the site does not know, or could not be asked about, the entries that were counted. */
static bool is_shown(const struct page *page, const struct item *item)
{
	return item->told || (item->tid == SIGNED_UNSET && item->hashed && !page->names->names[item->name].found);
}

static void print(struct page *page, struct torrents_known known)
{
	struct torrent_line line = torrents_line(page->stores);
	const struct torrent_line blank = line;
	uint64_t hashless = 0;

	if (page->count)
		qsort(page->items, page->count, sizeof *page->items, compare_items);
	for (size_t i = 0; i < page->count; i++) {
		const struct item *item = &page->items[i];

		if (!is_shown(page, item))
			continue;
		hashless += !item->hashed;
		line = blank;
		line.tid = item->tid;
		if (item->hashed)
			line.info_hash = bytes_at(item->hash, HASH_SIZE);
		line.live = item->live;
		if (item->told) {
			line.title = item->title;
			line.site_uploading = item->uploading;
			line.site_downloading = item->downloading;
			line.site_finished = item->finished;
			torrents_tally(&line, &item->tally, known);
		}
		if (!watch_put(page->stores, &line))
			return;
	}
	torrents_tell_hashless(page->stores, hashless);
}

static void tell_wrong(const struct page *page)
{
	struct error error = { 0 };

	if (!page->wrong)
		return;
	fail_input(&error, ERROR_NOWHERE,
		   "of %" PRIu64
		   " rows the users' keys are of another type than a set in the users database; counted as not live",
		   page->wrong);
	run_error(page->stores->run, &error);
}

void torrents_page(struct stores *stores, struct names *names)
{
	const struct userstats_options *options = stores->run->options;
	struct page page = { .stores = stores, .names = names };
	struct torrents_known known;

	names_resolve(names, stores);
	start(&page);
	look(&page, options->live_only);
	if (!tool_stopped) {
		known.rows = page.ended && !options->live_only;
		known.pairs = stores_have(stores, STORE_BIT(STORE_USERS)) && !page.refused;
		print(&page, known);
		tell_wrong(&page);
		if (page.ended)
			names_missing(names);
	}
	free(page.items);
	table_free(&page.by_tid);
	arena_free(&page.memory);
}
