/* item.h - an item of the DHT (BEP 44): what its target is the digest of, what is signed, how large it may be */
#ifndef CODEC_ITEM_H
#define CODEC_ITEM_H

/*
 *	immutable	target = SHA-1 of the value, bencoded
 *	mutable		target = SHA-1 of the public key and the salt, one after the other
 *			signed: [4:salt <length>:<salt>] 3:seqi<seq>e 1:v <value, bencoded>
 *
 * Nothing is hashed or signed here: whoever calls does that (digest/digest.h, digest/sign.h).
 */

#include "base/buf.h"
#include "base/error.h"

enum {
	ITEM_VALUE_MAX = 1000,		/* bytes of a value, bencoded: nodes refuse more with 205 */
	ITEM_SALT_MAX = 64,		/* 207 */
	ITEM_PUBLIC_KEY_SIZE = 32, ITEM_SIGNATURE_SIZE = 64,
};

/* Appends what is signed of a mutable item: no salt and an empty one are the same. value is bencoded. */
void item_signed(struct buf *, struct bytes salt, int64_t seq, struct bytes value);
/* Appends what the target of a mutable item is the SHA-1 of. */
void item_named(struct buf *, struct bytes public_key, struct bytes salt);
/*
 * Is that one value in canonical bencode (what is stored is hashed as it stands, and nodes that decode and encode it again
 * must get the same), and small enough? ERROR_INPUT with its offset.
 */
bool item_check(struct bytes value, struct error *);
bool item_check_salt(struct bytes salt, struct error *);

#endif
