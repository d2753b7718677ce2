/* keys.h - the keys that a scan works on: what they are by their names, what is to be known of them, which came by */
#ifndef PEERDUMP_KEYS_H
#define PEERDUMP_KEYS_H

#include "base/buf.h"
#include "base/table.h"
#include "codec/peer.h"

enum {
	KEYS_SEEN_MAX = 1 << 20,	/* keys remembered, in 70 bytes each; further ones are taken for new */
	SCAN_TYPE_ROOM = 32,
};

/* What a key is by its name: the kinds of codec/peer.h, and two more. */
enum scan_class {
	SCAN_TORRENT = PEER_KEY_TORRENT, SCAN_EXT = PEER_KEY_EXT, SCAN_OLD_RAW = PEER_KEY_OLD_RAW,
	SCAN_OLD_HEX = PEER_KEY_OLD_HEX, SCAN_OLD_TID = PEER_KEY_OLD_TID, SCAN_OTHER = PEER_KEY_OTHER,
	SCAN_USER,	/* as long as a passkey */
	SCAN_NUMBER,	/* decimal: a torrent id, where the next generation keeps its peers */
	SCAN_CLASSES
};

/* How the members of a key are read. */
enum scan_read { SCAN_NOT, SCAN_ZSET, SCAN_SET };

/* What else a verb may want to know of a key. */
enum scan_ask {
	SCAN_CARD,	/* how many members; asked for all keys that are read */
	SCAN_TYPE,
	SCAN_TTL,	/* seconds, -1: none */
	SCAN_MEMORY,	/* bytes */
	SCAN_LEECHERS,	/* members of the ext_ set of the same torrent */
	SCAN_EXISTS,	/* is there a zset of the same torrent? */
	SCAN_ASKS
};

#define SCAN_ASK(name) (1u << SCAN_##name)
#define SCAN_UNKNOWN INT64_MIN	/* an answer that was not asked for or makes no sense */

/* What a verb wants of the keys of a class; all zero: nothing, such keys are passed over. */
struct scan_plan {
	uint8_t read;	/* enum scan_read */
	uint8_t asks;
};

struct scan_key {
	struct bytes text;
	enum scan_class class;
	enum scan_read read;
	uint8_t hash[HASH_SIZE];
	int64_t answers[SCAN_ASKS];
	char type[SCAN_TYPE_ROOM];	/* as TYPE says it */
	bool wrong_type;		/* it cannot be read as planned */
	/* of the scan itself */
	bool begun;
	bool packed;			/* read by DUMP */
	bool master;			/* a replica did not know it: only masters are asked */
	/* it was asked for where its slot is on its way to; if it was gone there, its owner was asked again */
	bool away, doubted;
	bool lost;			/* its node is, and nobody has taken its place */
	unsigned pending;		/* answers still to come */
	unsigned hints;			/* how often it was said to be elsewhere */
	int64_t trouble_us;		/* since when nobody would answer; 0: somebody does */
	struct feed *feed, *reader;	/* the one that it was found by; the one that is asked for a part of it, or NULL */
	struct scan_group *group;	/* of the spellings of one name; or NULL */
	struct scan_part *part;		/* while it is read in parts; or NULL */
	struct buf buf;
	struct scan_key *next, *next_of_all;
};

/* All keys of a scan. Start with { 0 } and .seen.limit = KEYS_SEEN_MAX. */
struct keys {
	struct scan_key *all, *free;
	struct table seen;
};

/* What a key is; writes the info hash of its name if there is one. */
enum scan_class key_classify(struct bytes text, uint8_t hash[HASH_SIZE]);
/* The info hash in the key's name, or unset. */
struct bytes key_hash(const struct scan_key *);
/* Is its TYPE one that a module made? */
bool key_module(const struct scan_key *);

/* A new one, with a copy of the text and no answer known. */
struct scan_key *key_new(struct keys *, enum scan_class, struct bytes text, const uint8_t hash[HASH_SIZE]);
/* It is done with: its memory is used again. */
void key_drop(struct keys *, struct scan_key *);
/*
 * Is it new? Remembers it; without room for that, and for names longer than any that is looked for, the answer is
 * yes. Keys that have one spelling for a hash (SCAN_TORRENT, SCAN_EXT) are known by the hash, others by their text.
 */
bool key_see(struct keys *, enum scan_class, struct bytes hash_or_text);
/* Did a key of this torrent come by? */
bool key_saw(const struct keys *, const uint8_t hash[HASH_SIZE]);
void keys_free(struct keys *);

#endif
