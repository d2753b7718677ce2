/* sets.h - goes through the sets of users, while rows of PostgreSQL may come in between */
#ifndef USERSTATS_SETS_H
#define USERSTATS_SETS_H

#include "tools/userstats/ids.h"

/* Fill all but the counts, which are 0 at first. */
struct sets {
	struct stores *stores;
	const struct ids *ids;	/* NULL: users are not known */
	/*
	 * scan: every set there is (SCAN), also those of passkeys that no user has. Else those of the users of ids,
	 * without a SCAN, in their order (of a cluster, that of each node).
	 */
	bool scan;
	void *context;
	/* A set: the index of its user or IDS_NONE, its key, its members. One of another type than a set is passed over. */
	void (*set)(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count);
	/* A row of the statement that was sent before, or NULL: none was. */
	void (*row)(void *context, const struct pg_row *);
	uint64_t count;		/* sets that were there */
	uint64_t wrong;		/* keys of another type */
};

/*
 * Until all is there and the statement, too, has ended. False: Redis or PostgreSQL was lost on the way or refused
 * (told), or interrupted.
 */
bool sets_read(struct sets *);

#endif
