/* value.h - the values that nodes give for a target (BEP 44): which of them are honest, and which is the newest */
#ifndef DHTPING_VALUE_H
#define DHTPING_VALUE_H

#include "codec/item.h"
#include "tools/dhtping/search.h"

/* Begun by value_begin, filled by value_search; value_free. */
struct value {
	/* what is looked for */
	uint8_t target[NODE_ID_SIZE];
	struct bytes salt;
	int64_t newer_than;		/* mutable ones that are not are not wanted; KRPC_NUMBER_UNSET: any */
	/* the newest honest one; data.size 0: there is none */
	struct buf data;		/* bencoded */
	bool changes;			/* it is a mutable one, and has these: */
	uint8_t public_key[ITEM_PUBLIC_KEY_SIZE], signature[ITEM_SIGNATURE_SIZE];
	int64_t seq;
	/* nodes */
	uint64_t nodes;			/* that had it */
	uint64_t older;			/* an older one */
	uint64_t others;		/* another one, with the same number and a good signature */
	uint64_t liars;			/* what neither has the target as its digest nor a good signature */
};

/* The target of the mutable item of that key and salt. */
void value_name(struct bytes public_key, struct bytes salt, uint8_t target[NODE_ID_SIZE]);
struct value value_begin(const uint8_t target[NODE_ID_SIZE], struct bytes salt);
void value_free(struct value *);
/*
 * Looks the target up, which stays open for store_ask, and search_end is the caller's: in any case. Notes what was not
 * honest. False: the program was asked to stop.
 */
bool value_search(struct value *, struct search *, struct net *, const struct endpoint *bootstrap, size_t bootstrap_count);

#endif
