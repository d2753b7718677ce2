/* seen.h - what several looks saw together: torrents, users, distinct entries, distinct pairs */
#ifndef USERSTATS_SEEN_H
#define USERSTATS_SEEN_H

#include "base/table.h"
#include "tools/userstats/entries.h"
#include "tools/userstats/keys.h"
#include "tools/userstats/look.h"
#include "tools/userstats/pairs.h"

struct seen_torrent {
	const struct table_entry *hash;		/* its key is the info hash */
	uint32_t looks, last_look;		/* how many had it; 1 + the number of the last of them */
	int64_t first_us, last_us;		/* of those */
};

/* Start with { 0 }. About 140 bytes for a torrent, 110 for a user, 46 for an entry, at most 18 for a pair. */
struct seen {
	struct seen_torrent *torrents;
	struct keys users;			/* their passkeys */
	struct entries entries;
	struct pairs pairs;
	uint64_t left_out;			/* entries, and entries and pairs of torrents, that there was no room for */
	/* of its own */
	struct table hashes;			/* 1 + the number; at most KEYS_MAX */
	size_t torrent_room;
	uint32_t look;
	int64_t time_us;
	uint8_t mark;
};

/*
 * Adds what is in these looks, of which run is filled, and marks its entries and pairs so (marks are OR'ed). False as
 * looks_read. Further ones may follow.
 */
bool seen_read(struct seen *, struct looks *, size_t count, const char *const *files, uint8_t mark);
static inline uint32_t seen_torrent_count(const struct seen *seen)
{
	return (uint32_t)seen->hashes.count;
}
static inline uint32_t seen_user_count(const struct seen *seen)
{
	return seen->users.count;
}
/* The numbers of the torrents in the order of their info hashes. The caller frees them. */
uint32_t *seen_sorted(const struct seen *);
void seen_free(struct seen *);

#endif
