/* ids.h - all users and torrents of the site in memory: passkey to user, info hash to torrent; for whole reports */
#ifndef USERSTATS_IDS_H
#define USERSTATS_IDS_H

#include "base/arena.h"
#include "codec/peer.h"
#include "tools/userstats/stores.h"

enum { IDS_MAX = 64 << 20 };	/* users, and torrents; a site with more is refused */
#define IDS_NONE UINT32_MAX

/*
 * What is loaded: both numbers and keys always, the rest when asked for. IDS_TITLED: with the titles come also torrents
 * that have nothing but that, and no info hash.
 */
enum { IDS_USERS = 1, IDS_TORRENTS = 2, IDS_NAMES = 4, IDS_TITLES = 8, IDS_COUNTERS = 16, IDS_TITLED = 32 };

struct ids_user {
	int64_t uid;
	uint8_t passkey[PASSKEY_SIZE];
	bool keyed;		/* has a passkey of that length; others are in no set */
	struct bytes name;	/* unset without IDS_NAMES */
};

struct ids_torrent {
	int64_t tid;
	uint8_t hash[HASH_SIZE];
	bool hashed;		/* has a sound info hash */
	struct bytes title;	/* with IDS_TITLES */
	uint32_t poster;	/* index of the user, with IDS_TITLES and IDS_USERS; or IDS_NONE */
	int64_t uploading, downloading, finished;	/* with IDS_COUNTERS */
};

/* Where to find an index by a hash of a key; or, of a site that left out few numbers, by the number itself. */
struct ids_index {
	uint32_t *slots;	/* index, or IDS_NONE: free */
	uint32_t mask;
	int64_t first;		/* direct: the number that slots[0] is of, */
	uint64_t span;		/* and how many slots there are; 0: by hash */
};

/* In the order of their numbers. About 100 bytes for a user and for a torrent, and the names and titles. */
struct ids {
	struct ids_user *users;
	struct ids_torrent *torrents;
	uint32_t user_count, torrent_count;
	/* of its own */
	struct ids_index by_passkey, by_hash, by_uid, by_tid;
	uint64_t seed;
	struct arena memory;
};

/* One COPY for the users and one for the torrents. False: PostgreSQL is not there or refused, which was told. */
bool ids_load(struct ids *, struct stores *, unsigned what);
void ids_free(struct ids *);
/*
 * Indices, or IDS_NONE. Of several torrents with one info hash (the site does not forbid it), that with the smallest
 * number.
 */
uint32_t ids_passkey(const struct ids *, struct bytes passkey);
uint32_t ids_hash(const struct ids *, const uint8_t hash[HASH_SIZE]);
/*
 * Gets the memory on its way that ids_hash will want for these, at most IDS_EXPECTED of them: several at once cost as
 * much as one.
 */
enum { IDS_EXPECTED = 32 };
void ids_expect(const struct ids *, const uint8_t (*hashes)[HASH_SIZE], size_t count);
uint32_t ids_uid(const struct ids *, int64_t uid);
uint32_t ids_tid(const struct ids *, int64_t tid);

#endif
