/* guesses.h - who may be at an endpoint: what infer_peel finds for each user, as far as it takes to explain its entries */
#ifndef USERSTATS_GUESSES_H
#define USERSTATS_GUESSES_H

#include "tools/userstats/infer.h"

/* A user who may be at an endpoint. */
struct guess {
	const uint32_t *torrents;	/* that the user is on */
	uint32_t count;
	uint32_t of;			/* torrents of the user, also those that infer knows nothing of */
	uint32_t user, endpoint;
	uint32_t support;		/* how many of the torrents have it */
	bool weak;			/* it has rivals: it only explains what others need not */
};

/* Set infer, the rest is 0. 40 bytes for each guess, 4 for each torrent. */
struct guesses {
	struct infer *infer;
	struct guess *all;
	size_t count;
	/* of its own */
	size_t room;
	uint32_t *covered;	/* of torrents; while they are settled */
};

/* What is found for a user who is on these torrents, which stay with the caller, and on so many (of) altogether. */
void guesses_add(struct guesses *, uint32_t user, const uint32_t *torrents, uint32_t count, uint32_t of);
/*
 * Leaves those that hold, by endpoint, then by share and user. Where many are on the same torrents, the endpoint of one is
 * in the zsets of others, too. So of those at one endpoint, who have it in the smallest share of their torrents are tried
 * first: who alone explains less than INFER_SUPPORT_MIN of its entries goes. If the others explain half of them or less,
 * it is that of somebody who has left, and all go; so do those that are weak.
 */
void guesses_settle(struct guesses *);
void guesses_free(struct guesses *);

#endif
