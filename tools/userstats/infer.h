/* infer.h - endpoints of users, inferred: entries have no passkey, but whoever announced a torrent is in its zset */
#ifndef USERSTATS_INFER_H
#define USERSTATS_INFER_H

#include "codec/peer.h"

enum {
	INFER_SUPPORT_MIN = 2,		/* torrents; in one alone each of its endpoints is as likely */
	INFER_ENTRIES_MAX = 10000,	/* of a torrent; one with more tells little, and is not looked at */
	INFER_FOUND_MAX = 16,		/* of a user */
};

/* A torrent: its endpoints, as numbers in ascending order. */
struct infer_torrent {
	uint64_t begin;
	uint32_t count;
	bool skipped;	/* more than INFER_ENTRIES_MAX */
};

/*
 * What is in the zsets. Start with { .seed = seed_draw() }. An endpoint is the 22 bytes of an entry, whatever form the
 * member has. About 40 bytes for each endpoint, however many torrents it is in, 4 for each entry, 20 for each torrent.
 */
struct infer {
	uint64_t seed;
	uint8_t (*endpoints)[PEER_SIZE];
	uint32_t *spread;	/* of an endpoint: how many torrents have it */
	uint32_t endpoint_count;
	struct infer_torrent *torrents;
	uint32_t torrent_count;
	uint32_t *entries;
	uint64_t entry_count;
	/* of its own */
	uint32_t *slots, capacity;
	size_t endpoint_room, torrent_room, entry_room;
	uint32_t *support, *candidates;	/* of endpoints; support is zero between calls */
	size_t support_room;
};

/* A torrent more, as yet without entries. Its number. */
uint32_t infer_add(struct infer *);
/*
 * Gives it its members, at any time but once: each in any of the forms of codec/peer.h; others, and entries without an
 * address, count for nothing.
 */
void infer_fill(struct infer *, uint32_t torrent, const struct bytes *members, size_t count);
void infer_free(struct infer *);
/* As records have it; absent where the entry has no address of that family. */
void infer_split(const uint8_t entry[PEER_SIZE], struct endpoint *endpoint, struct endpoint *endpoint6);
/* Has the torrent an entry of it? */
bool infer_has(const struct infer *, uint32_t torrent, uint32_t endpoint);

struct inferred {
	uint32_t endpoint;
	uint32_t support;	/* how many of the torrents have it */
	uint32_t rivals;	/* other endpoints, as many of these torrents have, and not two torrents more */
	bool rival;		/* one of these: it follows the one that it is a rival of */
};

/*
 * The endpoints of a user who is on these torrents: the one that most of them have; then, without the torrents that have
 * it, the next, while at least INFER_SUPPORT_MIN have it. Of several that are as good the first by its bytes, and the
 * others as its rivals. Returns how many. Its time is at most that of going through the entries of all the torrents once
 * for each that it returns.
 */
size_t infer_peel(struct infer *, const uint32_t *torrents, size_t count, struct inferred found[INFER_FOUND_MAX]);

#endif
