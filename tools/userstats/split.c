/* split.c - the seeders, leechers and uploaders of every torrent of the site, from Redis or from saved looks */
#include "tools/userstats/split.h"

#include <stdlib.h>

#include "base/room.h"
#include "tools/userstats/entries.h"
#include "tools/userstats/roles.h"
#include "tools/userstats/sets.h"

bool split_open(struct split *split, struct stores *stores, unsigned what)
{
	if (!ids_load(&split->ids, stores, IDS_USERS | IDS_TORRENTS | IDS_TITLES | what))
		return false;
	split->torrents = room_new(split->ids.torrent_count, sizeof *split->torrents);
	for (uint32_t i = 0; i < split->ids.torrent_count; i++)
		split->torrents[i].first = split->ids.torrents[i].hashed ? ids_hash(&split->ids, split->ids.torrents[i].hash)
									 : IDS_NONE;
	return true;
}

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	struct split *split = context;
	uint8_t hash[HASH_SIZE];

	(void)passkey;
	for (size_t i = 0; i < count; i++) {
		uint32_t torrent = stores_member_hash(members[i].text, hash) ? ids_hash(&split->ids, hash) : IDS_NONE;

		if (torrent != IDS_NONE)
			pairs_mark(&split->pairs, user, torrent, PAIR_LIVE);
	}
}

static void take_status(void *context, const struct pg_row *row)
{
	struct split *split = context;
	uint32_t torrent = ids_tid(&split->ids, stores_int(row->fields[0]));
	uint32_t user = ids_uid(&split->ids, stores_int(row->fields[1]));
	bool finished = stores_true(row->fields[2]);

	if (torrent == IDS_NONE)
		return;
	split->torrents[torrent].tally.finished += finished;
	/* of a user who is gone nothing can be live */
	if (user != IDS_NONE && split->torrents[torrent].first != IDS_NONE)
		pairs_mark(&split->pairs, user, torrent, (uint8_t)(PAIR_ROW | (finished ? PAIR_FINISHED : 0)));
}

static unsigned marks_of(struct split *split, uint32_t user, uint32_t torrent)
{
	const uint8_t *marks = user == IDS_NONE ? NULL : pairs_find(&split->pairs, user, torrent);

	return (marks ? *marks : 0) | (split->ids.torrents[torrent].poster == user ? PAIR_POSTER : 0);
}

/* Of the second torrent with an info hash, who has no row of it may be live as its poster. */
static void count_second(struct split *split, uint32_t torrent)
{
	uint32_t first = split->torrents[torrent].first, poster = split->ids.torrents[torrent].poster;

	if (first == torrent || first == IDS_NONE || poster == IDS_NONE || marks_of(split, poster, torrent) & PAIR_ROW)
		return;
	if (marks_of(split, poster, first) & PAIR_LIVE)
		tally_live(&split->torrents[torrent].tally, PAIR_POSTER);
}

static void count_pairs(struct split *split)
{
	uint32_t user, torrent;
	uint8_t marks;

	for (size_t at = 0; pairs_next(&split->pairs, &at, &user, &torrent, &marks); ) {
		struct split_torrent *counted = &split->torrents[torrent];
		unsigned poster = split->ids.torrents[torrent].poster == user ? PAIR_POSTER : 0;
		bool live = marks & PAIR_LIVE ||
			    (counted->first != torrent && marks_of(split, user, counted->first) & PAIR_LIVE);

		if (live)
			tally_live(&counted->tally, marks | poster);
	}
	for (uint32_t i = 0; i < split->ids.torrent_count; i++)
		count_second(split, i);
}

struct torrents_known split_redis(struct split *split, struct stores *stores)
{
	struct sets sets = { .stores = stores, .ids = &split->ids, .context = split, .set = take_set, .row = take_status };
	struct torrents_known known;

	stores_copy(stores, STATUS_SQL);
	known.pairs = sets_read(&sets);
	known.rows = !(stores->lost & STORE_BIT(STORE_PG));
	torrents_tell_wrong(stores->run, sets.wrong);
	if (known.pairs)
		count_pairs(split);
	pairs_free(&split->pairs);
	return known;
}

/* ---- saved looks */

struct reading_split {
	struct split *split;
	struct entries entries;
};

static void take_member(void *context, const struct member *member)
{
	struct split *split = ((struct reading_split *)context)->split;
	uint32_t user = ids_passkey(&split->ids, member->passkey), torrent = ids_hash(&split->ids, member->info_hash.data);

	if (user != IDS_NONE && torrent != IDS_NONE)
		pairs_mark(&split->pairs, user, torrent, PAIR_LIVE);
}

static void take_peer(void *context, const struct peer *peer)
{
	struct reading_split *reading = context;
	uint32_t torrent = ids_hash(&reading->split->ids, peer->info_hash.data), count = reading->entries.count;

	if (torrent != IDS_NONE && entries_add(&reading->entries, torrent, peer))
		reading->split->torrents[torrent].live += reading->entries.count - count;
}

bool split_looks(struct split *split, struct stores *stores, struct looks *looks, size_t count, const char *const *files,
		 bool entries)
{
	struct reading_split reading = { .split = split };
	bool good;

	looks->context = &reading;
	looks->member = take_member;
	looks->peer = entries ? take_peer : NULL;
	good = looks_read(looks, count, files);
	entries_free(&reading.entries);
	if (good) {
		stores_copy(stores, STATUS_SQL);
		good = stores_rows(stores, take_status, split);
	}
	if (good)
		count_pairs(split);
	pairs_free(&split->pairs);
	return good;
}

void split_close(struct split *split)
{
	free(split->torrents);
	ids_free(&split->ids);
}
