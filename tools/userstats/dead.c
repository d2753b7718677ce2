/* dead.c - userstats dead, dying: torrents without a seeder, or with one */
#include "tools/userstats/split.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"

struct dead {
	struct run *run;
	uint32_t seeders;		/* as many have the torrents that are wanted */
	struct stores stores;
	struct split split;
	uint64_t window;
};

/* How much of a site such looks see, which decides what "no seeder" means. */
static void note_coverage(const struct dead *dead)
{
	const struct userstats_options *options = dead->run->options;
	double coverage = stores_coverage(&dead->stores, dead->window);

	if (coverage < 1)
		report_note(&dead->run->report,
			    "%s shows about %.0f %% of who is there (%" PRIu64 " s of an interval of %" PRIu64 " s)%s",
			    dead->run->word_count ? "what was looked at" : "one look", 100 * coverage, dead->window,
			    options->interval,
			    dead->run->word_count
				    ? ""
				    : ": most of these torrents may have seeders whom it did not see; give it snapshots");
}

static bool wanted(const struct dead *dead, uint32_t number)
{
	/* nobody can be live on one that was never uploaded */
	return dead->split.ids.torrents[number].hashed && dead->split.torrents[number].tally.seeders == dead->seeders;
}

static bool print(struct dead *dead, uint32_t number, uint64_t live)
{
	const struct ids_torrent *torrent = &dead->split.ids.torrents[number];
	struct torrent_line line = torrents_line(&dead->stores);

	line.tid = torrent->tid;
	line.title = torrent->title;
	line.site_uploading = torrent->uploading;
	line.site_downloading = torrent->downloading;
	line.site_finished = torrent->finished;
	line.info_hash = bytes_at(torrent->hash, HASH_SIZE);
	line.live = live;
	line.window = dead->window;
	line.coverage = stores_coverage(&dead->stores, dead->window);
	torrents_tally(&line, &dead->split.torrents[number].tally, (struct torrents_known){ true, true });
	return output_put(&dead->run->output, &line);
}

/* ---- by saved looks */

static void by_looks(struct dead *dead)
{
	struct looks looks = { .run = dead->run };
	bool more = split_looks(&dead->split, &dead->stores, &looks, dead->run->word_count,
				(const char *const *)dead->run->words, true);

	dead->window = looks.window;
	if (more)
		note_coverage(dead);
	for (uint32_t i = 0; i < dead->split.ids.torrent_count && more && !tool_stopped; i++)
		if (wanted(dead, i))
			more = print(dead, i, dead->split.torrents[dead->split.torrents[i].first].live);
	looks_free(&looks);
}

/* ---- by one look at Redis */

/* The entries of those that are wanted; 8 bytes for each torrent. */
static void ask_live(struct dead *dead, uint64_t *live)
{
	uint32_t count = dead->split.ids.torrent_count, next = 0;
	struct event event;

	for (;;) {
		while (next < count && (!wanted(dead, next) || stores_room(&dead->stores, STORE_TORRENTS))) {
			live[next] = COUNT_UNSET;
			if (wanted(dead, next))
				stores_ask_live(&dead->stores, next, dead->split.ids.torrents[next].hash);
			next++;
		}
		if (!stores_next(&dead->stores, &event) || event.kind == EVENT_LOST)
			break;
		if (event.kind == EVENT_ANSWER)
			live[event.answer.tag] = torrents_live(&dead->stores,
							       dead->split.ids.torrents[event.answer.tag].hash, &event);
	}
	for (; next < count; next++)
		live[next] = COUNT_UNSET;
}

static void by_redis(struct dead *dead)
{
	struct torrents_known known = split_redis(&dead->split, &dead->stores);
	bool more = known.pairs && known.rows;
	uint64_t *live = malloc((dead->split.ids.torrent_count + 1ull) * sizeof *live);

	if (!live)
		out_of_memory();
	if (more) {
		note_coverage(dead);
		ask_live(dead, live);
	}
	for (uint32_t i = 0; i < dead->split.ids.torrent_count && more && !tool_stopped; i++)
		if (wanted(dead, i))
			more = print(dead, i, live[i]);
	free(live);
}

static void run_with(struct run *run, uint32_t seeders)
{
	const struct userstats_options *options = run->options;
	struct dead dead = { .run = run, .seeders = seeders, .window = options->window };
	unsigned stores = run->word_count ? STORE_BIT(STORE_PG) : STORE_ALL;

	/* with one store alone nobody is a seeder */
	if (!stores_open(&dead.stores, run, stores, stores))
		return;
	if (split_open(&dead.split, &dead.stores, IDS_COUNTERS)) {
		if (run->word_count)
			by_looks(&dead);
		else
			by_redis(&dead);
	}
	split_close(&dead.split);
	stores_close(&dead.stores);
}

void dead_run(struct run *run)
{
	run_with(run, 0);
}

void dying_run(struct run *run)
{
	run_with(run, 1);
}
