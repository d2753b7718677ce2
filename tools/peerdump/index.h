/* index.h - what must be known of a whole RDB file before its torrents are told: which there are, and their leechers */
#ifndef PEERDUMP_INDEX_H
#define PEERDUMP_INDEX_H

#include "base/table.h"
#include "tools/peerdump/snapshot.h"

enum { INDEX_MAX = 1 << 20 };	/* torrents, about 90 bytes each; of further ones nothing is known */

struct index {
	struct table torrents;	/* by info hash */
	uint64_t missed;	/* keys of torrents beyond INDEX_MAX */
	bool built;
	bool sound;		/* the file was read to its end, and its checksum is right */
	uint64_t sections;	/* how often the file says which database follows, up to the last time that it is this one */
};

/*
 * Reads the snapshot, whatever its damage: that is for the next reading to tell. False: it cannot be read, or the
 * program was asked to stop.
 */
bool index_build(struct index *, struct snapshot *, uint64_t database, bool checksum, struct error *);
/* Members of the ext_ set of a torrent; 0 when there is none, -1 when that is not known (it may be behind the damage). */
int64_t index_leechers(const struct index *, const uint8_t hash[HASH_SIZE]);
/* Is there a key of that torrent? When it is not known, yes: there is nothing to complain about. */
bool index_exists(const struct index *, const uint8_t hash[HASH_SIZE]);
void index_free(struct index *);

#endif
