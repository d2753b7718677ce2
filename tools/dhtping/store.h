/* store.h - what announce and put share: the nearest nodes that gave tokens are asked to store something */
#ifndef DHTPING_STORE_H
#define DHTPING_STORE_H

#include "tools/dhtping/search.h"

/* Over all calls with it. */
struct stored {
	uint64_t asked, accepted;	/* nodes */
};

/*
 * Sends message to the LOOKUP_K nearest nodes of each family that gave the look-up, which is over, a token: to each with its
 * own, all at once, from the same sockets. Waits until all have answered or been silent too long. An `answer` record is
 * printed for each of them, and for those nearer than the last that gave no token. message: announce_peer or put; its token
 * is filled in, and port with ours where implied_port is set and it is unset. stored is added to. False: the program
 * was asked to stop.
 */
bool store_ask(struct search *, struct krpc_message *, struct stored *);

#endif
