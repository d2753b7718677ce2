/* split.h - the seeders, leechers and uploaders of every torrent of the site, from Redis or from saved looks */
#ifndef USERSTATS_SPLIT_H
#define USERSTATS_SPLIT_H

#include "tools/userstats/ids.h"
#include "tools/userstats/look.h"
#include "tools/userstats/pairs.h"
#include "tools/userstats/torrents.h"

struct split_torrent {
	struct tally tally;
	/* the torrent with its info hash that sets are taken to mean: itself, but where a site has two with one */
	uint32_t first;
	uint32_t live;		/* of split_looks: distinct entries; of `first` only */
};

/* Start with { 0 }. 28 bytes for a torrent beside those of ids, and at most 18 for each pair that is live or has a row. */
struct split {
	struct ids ids;
	struct split_torrent *torrents;		/* of ids.torrents */
	/* of its own */
	struct pairs pairs;
};

/* Loads the ids: users, torrents, titles, and `what` of ids.h besides. False: told. */
bool split_open(struct split *, struct stores *, unsigned what);
/* Reads the sets of the site's users while PostgreSQL sends its rows; what is missing was told. */
struct torrents_known split_redis(struct split *, struct stores *);
/*
 * The same from looks, of which run is filled, and their entries are counted, if `entries`: 46 bytes for each while they
 * are read. False: told, and nothing is known.
 */
bool split_looks(struct split *, struct stores *, struct looks *, size_t count, const char *const *files, bool entries);
void split_close(struct split *);

#endif
