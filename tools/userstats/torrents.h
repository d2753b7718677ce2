/* torrents.h - what both ways of userstats torrents share: how pairs are counted, and the line that is printed */
#ifndef USERSTATS_TORRENTS_H
#define USERSTATS_TORRENTS_H

#include "tools/userstats/names.h"
#include "tools/userstats/records.h"

/* What is known of a pair of a user and a torrent. */
enum { PAIR_ROW = 1, PAIR_FINISHED = 2, PAIR_POSTER = 4, PAIR_LIVE = 8, PAIR_MARKS = 16 };

/* Users of a torrent. */
struct tally { uint32_t seeders, leechers, finished, uploaders; };

/* One more live pair. Who is neither finished nor the poster nor has a row is counted as nothing. */
static inline void tally_live(struct tally *tally, unsigned marks)
{
	bool finished = marks & PAIR_FINISHED, uploader = !finished && marks & PAIR_POSTER;

	tally->seeders += finished || uploader;
	tally->uploaders += uploader;
	tally->leechers += !finished && !uploader && marks & PAIR_ROW;
}

/* Which numbers of a tally are all there, and not only a part. */
struct torrents_known { bool rows, pairs; };

/* A line with its window, and all else unset. */
struct torrent_line torrents_line(const struct stores *);
/* Nobody can be live on a torrent without a sound info hash: there only `finished` is a number. */
void torrents_tally(struct torrent_line *, const struct tally *, struct torrents_known);
/* The number of an answer to ZCOUNT. A key of another type is told, with the info hash. */
uint64_t torrents_live(struct stores *, const uint8_t hash[HASH_SIZE], const struct event *);
/* Tells of users whose keys are no sets: nobody knows what they are on. */
void torrents_tell_wrong(struct run *, uint64_t keys);
/* Notes how many were shown that have no sound info hash, most of them titles without a torrent. Not of a look of a watch. */
void torrents_tell_hashless(struct stores *, uint64_t torrents);

/* The named ones, and every one of the site. */
void torrents_page(struct stores *, struct names *);
void torrents_all(struct stores *);

#endif
