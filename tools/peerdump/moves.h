/* moves.h - which of the peers that left and of those that joined are one peer with another address or port */
#ifndef PEERDUMP_MOVES_H
#define PEERDUMP_MOVES_H

#include "tools/peerdump/look.h"

/*
 * An entry does not say whose it is, so that a move can only be inferred. One
 * that left a torrent and one that joined it between the same two looks are a
 * move when they share an IPv4 or an IPv6 address which no other peer of the
 * torrent had in either look: behind an address that several share nobody can
 * tell who is who. Where the two addresses of an entry speak for different
 * ones, it is no move either; what is none stays one that left and one that joined.
 */
enum {
	MOVES_ADDRESSES_MAX = 1 << 17,	/* of those that left, in 100 bytes each; what is beyond that did not move */
};

struct move {
	uint32_t from, to;	/* numbers of peers */
};

/* Start with { 0 }; the memory serves again. */
struct moves {
	size_t count, capacity;
	struct move *list;
	struct table table;		/* torrent and address to 1 + number in addresses */
	struct moves_address *addresses;
	size_t address_capacity;
};

/* Finds them, after look_count: both get the bit LOOK_MOVED, their torrents a count. */
void moves_find(struct moves *, struct look *);
void moves_free(struct moves *);

#endif
