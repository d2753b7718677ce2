/* look.h - two looks at all peers, kept small and compared: what is only in one of them, what is in both */
#ifndef PEERDUMP_LOOK_H
#define PEERDUMP_LOOK_H

#include "base/table.h"
#include "tools/peerdump/source.h"

/*
 * `watch` compares each look at the swarms with the one before, `diff` one
 * source with another: both put the peers of the one and of the other in here,
 * where a peer (torrent, addresses, port) stands once. It takes 48 bytes and 4
 * to 8 more to find it, so LOOK_PEERS_MAX of them some 230 MB; a torrent takes
 * about 250 bytes.
 */
enum {
	LOOK_PEERS_MAX = 4 << 20,	/* in both looks together */
	LOOK_TORRENTS_MAX = 1 << 20,
	LOOK_HISTORY = 24,		/* looks whose counts are kept for each torrent */
};

enum look_side { LOOK_BEFORE, LOOK_NOW, LOOK_SIDES };

enum {	/* bits of a peer's state */
	LOOK_IN_BEFORE = 1 << LOOK_BEFORE, LOOK_IN_NOW = 1 << LOOK_NOW,
	LOOK_IN_BOTH = LOOK_IN_BEFORE | LOOK_IN_NOW,
	LOOK_MOVED = 4,		/* one of a pair: see moves.h */
};

struct look_peer {
	struct timestamp seen[LOOK_SIDES];	/* last announce; TIME_UNSET when that side does not say */
	uint32_t print;		/* of its hash */
	uint32_t torrent;	/* its number; of a free one, the next free one */
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint16_t port;
	uint8_t state;		/* 0: nobody */
};

struct look_torrent {
	struct bytes info_hash;		/* unset: peers whose torrent is not known, together */
	uint64_t seed;			/* of the hashes of its peers */
	uint32_t count[LOOK_SIDES];	/* its peers */
	uint32_t joined, left, moved;	/* what look_count found; those that moved are in all three */
	uint32_t history[LOOK_HISTORY];	/* peers at the last looks, the latest at the end */
};

/* Start with { 0 }. */
struct look {
	uint64_t peers_max, torrents_max;	/* 0: those above */
	struct table numbers;		/* info hash to 1 + number of the torrent */
	struct look_torrent *torrents;
	size_t torrent_capacity;
	struct look_peer **blocks;	/* look_peer(0 .. top) */
	size_t block_count;
	uint32_t top, free;		/* free: 1 + the first of the free ones, 0: none */
	uint32_t *slots;		/* 1 + number of the peer, by print; 0: free */
	size_t slot_capacity;
	uint64_t seed;
	uint32_t last;			/* 1 + the torrent of the peer put last */
	size_t count;			/* peers, of both looks together */
	uint64_t twice;			/* peers that one look had several times */
	bool full;			/* there was no room for one */
};

/* The peers are look_peer(0 <= number < look->top) with state != 0. */
struct look_peer *look_peer(const struct look *, uint32_t number);
/*
 * Puts a peer into one of the looks. One that is there several times counts once, with its latest announce. False:
 * there is no room.
 */
bool look_put(struct look *, enum look_side, const struct peer *, struct error *);
/* Counts what joined and what left, for each torrent; returns the sums, whose info_hash and history mean nothing. */
struct look_torrent look_count(struct look *);
/* What is now becomes what was before, and is noted in the histories; who is in both looks no more is forgotten. */
void look_advance(struct look *);
/* Forgets what is now: the look was not finished. */
void look_cancel(struct look *);
void look_free(struct look *);

/* How many torrents there are: look->torrents[0 .. that). Some may be without peers. */
static inline size_t look_torrents(const struct look *look)
{
	return look->numbers.count;
}

/* What a source had besides peers. */
struct look_oddities {
	uint64_t foreign;	/* members in no known form */
	uint64_t modules;	/* keys of a type that a module made, which no command can read */
};

/*
 * Goes through the peers of the torrents that are named (NULL: all) and puts those that announced at since_us or later
 * into a look. False: not to the end, which was reported.
 */
bool look_read(struct look *, enum look_side, struct run *, struct source *, struct names *, int64_t since_us,
	       struct look_oddities *);

#endif
