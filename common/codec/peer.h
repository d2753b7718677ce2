/* peer.h - the 22-byte peer entry that the tracker keeps in Redis, its older forms, and the keys around it */
#ifndef CODEC_PEER_H
#define CODEC_PEER_H

#include "text/hash.h"
#include "text/record.h"

/*
 * A member of the zset of a torrent:
 *
 *	offset  size
 *	     0     4  IPv4, network order; 0.0.0.0: none
 *	     4    16  IPv6, network order; ::: none
 *	    20     2  port, big-endian (little-endian in the announce frame!)
 *
 * Its score is the second of the last announce.
 */
enum {
	PEER_SIZE = 22,
	PEER_KEY_SIZE = 28,	/* of a torrent's key: standard padded base64 of the info hash */
	PEER_EXT_SIZE = 4,	/* of "ext_", before the key of the set of leechers */
	PASSKEY_SIZE = 32,
	PEER_TEXT_MAX = 256,	/* a longer member is in none of the older forms */
};

struct peer {
	struct bytes info_hash;	/* 20 bytes */
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint16_t port;
	struct timestamp seen;	/* last announce */
};

/* A passkey that announced a torrent and did not complete it (the ext_ set). */
struct leecher {
	struct bytes info_hash, passkey;
};

/* A torrent in the set of a user (the users database). */
struct member {
	struct bytes passkey, info_hash;
};

extern const struct record peer_record, leecher_record, member_record;

/*
 * How a member is written: a row for each form ever used. The first is the entry; the others are text of former
 * versions, which make the tracker of today fail on that torrent.
 */
struct peer_layout {
	const char *name;	/* "entry", "ipv4@ipv6@port", ... */
	/* Sets the address and the port; the rest is left alone. False: the member is not in this form. */
	bool (*decode)(struct bytes member, struct peer *);
};

extern const struct peer_layout peer_layouts[];
extern const size_t peer_layout_count;

/*
 * The form of a member: a row of peer_layouts (its first for an entry), or NULL when it is in none of
 * them. Text wins: 22 bytes that read as "11.22.33.44@::@36881" are no entry.
 */
const struct peer_layout *peer_decode(struct bytes member, struct peer *);
/* Writes PEER_SIZE bytes. */
void peer_encode(const struct peer *, uint8_t *data);

/* What a key of the torrents database is. */
enum peer_key {
	PEER_KEY_TORRENT,	/* base64 of an info hash: a zset of entries */
	PEER_KEY_EXT,		/* ext_ and the same: a set of passkeys */
	PEER_KEY_OLD_RAW,	/* older: the 20 bytes themselves */
	PEER_KEY_OLD_HEX,	/* older: 40 hexadecimal digits */
	PEER_KEY_OLD_TID,	/* older: to_<torrent id>; has no info hash */
	PEER_KEY_OTHER,
};

/* Writes the info hash where the key has one. */
enum peer_key peer_key_parse(struct bytes key, uint8_t hash[HASH_SIZE]);
/* Writes the PEER_KEY_SIZE characters of the torrent's key. No NUL. */
void peer_key_print(const uint8_t hash[HASH_SIZE], char *key);

/* The score of a zset member, as Redis prints it ("1700000000", "1.7e9", "-inf"). False: no number (a NaN is none). */
bool peer_score_parse(struct bytes text, double *score);
/* The time that a score stands for; saturates beyond what a time can hold. A NaN, which Redis never stores, is unset. */
struct timestamp peer_seen(double score);

#endif
