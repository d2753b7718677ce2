/* holders.h - whose passkeys are these that were found in Redis: one statement for all of them */
#ifndef USERSTATS_HOLDERS_H
#define USERSTATS_HOLDERS_H

#include "tools/userstats/stores.h"

struct holder {
	int64_t uid;		/* SIGNED_UNSET: nobody's, or PostgreSQL is not there */
	struct bytes username;	/* in the arena */
};

/*
 * One for each passkey, in the same order, in the arena; of two users with one passkey, that with the smaller uid.
 * Passkeys that PostgreSQL cannot hold are not asked about. Nothing else may be due.
 */
struct holder *holders_read(struct stores *, const struct bytes *passkeys, size_t count, struct arena *);

#endif
