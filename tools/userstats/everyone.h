/* everyone.h - all live pairs of a user and a torrent, in order, with what the site and Redis say of them */
#ifndef USERSTATS_EVERYONE_H
#define USERSTATS_EVERYONE_H

#include "tools/userstats/ids.h"
#include "tools/userstats/keys.h"
#include "tools/userstats/pairs.h"
#include "tools/userstats/roles.h"

/*
 * Memory: 27 bytes for a pair, ids, 100 bytes for a stranger. A number below ids.user_count (ids.torrent_count) is an
 * index there, from there on one of a stranger.
 */
struct everyone {
	struct stores *stores;
	/*
	 * By torrent: the pairs of the site's torrents with anybody, in order of torrent and user, and each user's set
	 * is asked how long it has to live (TTL). Else by user: those of the site's users with any torrent, in order of
	 * user and torrent, and each torrent is asked how many are live.
	 */
	bool by_torrent;
	struct ids ids;
	bool known;		/* the site's rows came, all of them */
	uint64_t *answers;	/* by the number of the user, or of the torrent; COUNT_UNSET: none */
	/* of its own */
	/* that the site does not know: passkeys by torrent, else info hashes; at most KEYS_MAX, which is told */
	struct keys strangers;
	uint32_t *twins;	/* of each torrent, the next one that has the same info hash; NULL: none has */
	struct pairs pairs;
	uint64_t *sorted;
	size_t count;
};

/*
 * Reads all. False: told, there is nothing to print; must be freed nevertheless. A member that is no info hash is told,
 * unless by torrent.
 */
bool everyone_read(struct everyone *, struct stores *, bool by_torrent);
/* Of one pair; views are those of everyone. */
struct everyone_pair {
	struct bytes passkey, username, hash, title;
	int64_t uid, tid;
	struct standing standing;
	uint64_t answer;
};
/* The pair at that place, of everyone->count. */
struct everyone_pair everyone_pair(const struct everyone *, size_t place);
void everyone_free(struct everyone *);

/* Tells of a member of a user's set that is no info hash. */
void everyone_strange_member(struct run *, int64_t uid, struct bytes member);
/* Tells of an answer to SMEMBERS that is no set. */
void everyone_no_set(struct run *, int64_t uid, const struct redis_item *answer);

#endif
