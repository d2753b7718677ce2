/* torrents.c - userstats torrents: who is live on torrents, beside the site's counters */
#include "tools/userstats/torrents.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/number.h"
#include "text/escape.h"
#include "tools/userstats/watch.h"

struct torrent_line torrents_line(const struct stores *stores)
{
	const struct userstats_options *options = stores->run->options;

	return (struct torrent_line){
		.tid = SIGNED_UNSET, .seeders = COUNT_UNSET, .leechers = COUNT_UNSET, .live = COUNT_UNSET,
		.finished = COUNT_UNSET,
		.site_uploading = SIGNED_UNSET, .site_downloading = SIGNED_UNSET, .window = options->window,
		.coverage = stores_coverage(stores, options->window), .uploaders = COUNT_UNSET,
		.site_finished = SIGNED_UNSET,
	};
}

void torrents_tally(struct torrent_line *line, const struct tally *tally, struct torrents_known known)
{
	if (known.rows)
		line->finished = tally->finished;
	if (!known.rows || !known.pairs || !line->info_hash.data)
		return;
	line->seeders = tally->seeders;
	line->leechers = tally->leechers;
	line->uploaders = tally->uploaders;
}

uint64_t torrents_live(struct stores *stores, const uint8_t hash[HASH_SIZE], const struct event *event)
{
	uint64_t live = stores_answer_count(event);
	char text[2 * HASH_SIZE + 1];
	struct error error = { 0 };
	struct brief brief;

	if (live != COUNT_UNSET || stores_refused(stores, event))
		return live;
	*hex_print(text, hash, HASH_SIZE) = 0;
	fail_input(&error, ERROR_NOWHERE, "torrent %s: its entries cannot be counted: %s", text,
		   escape_brief(&brief, event->answer.items->text));
	run_error(stores->run, &error);
	return COUNT_UNSET;
}

void torrents_tell_wrong(struct run *run, uint64_t keys)
{
	struct error error = { 0 };

	if (!keys)
		return;
	fail_input(&error, ERROR_NOWHERE,
		   "%" PRIu64 " %s of another type than a set in the users database; counted as on no torrent", keys,
		   keys == 1 ? "key of a user is" : "keys of users are");
	run_error(run, &error);
}

void torrents_tell_hashless(struct stores *stores, uint64_t torrents)
{
	struct count_text text;

	if (torrents && !stores->watch)
		report_note(&stores->run->report,
			    "%s without a sound info hash at the site (posted, and not uploaded?): nobody can be live there",
			    count_print(&text, torrents, "torrents"));
}

/*
 * Without PostgreSQL nothing can be said, unless an info hash is named, whose entries can be counted; and without Redis
 * there is something to say, unless entries are all that is asked for.
 */
static unsigned needed(const struct names *names, bool live_only)
{
	unsigned bits = STORE_BIT(STORE_PG);

	for (size_t i = 0; i < names->count; i++)
		if (names->names[i].kind == NAME_HASH)
			bits = 0;
	return live_only ? bits | STORE_BIT(STORE_TORRENTS) : bits;
}

static void look(struct stores *stores, struct names *names)
{
	if (names->all)
		torrents_all(stores);
	else
		torrents_page(stores, names);
}

void torrents_run(struct run *run)
{
	const struct userstats_options *options = run->options;
	static const struct watch_of split = { .keys = 2, .wanted = STORE_ALL, .look = look };
	static const struct watch_of live = { .keys = 2,
					      .wanted = STORE_BIT(STORE_PG) | STORE_BIT(STORE_TORRENTS),
					      .look = look };
	struct names names;

	if (!names_open(&names, run, NAMES_TORRENTS))
		return;
	watch_run(run, &names, options->live_only ? &live : &split, needed(&names, options->live_only));
	names_close(&names);
}
