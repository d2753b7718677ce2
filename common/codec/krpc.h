/* krpc.h - a packet of the DHT (BEP 5, 32, 33, 42, 43, 44, 51): one bencoded dictionary, decoded in place and encoded */
#ifndef CODEC_KRPC_H
#define CODEC_KRPC_H

/*
 *	query	d1:a d 2:id 20:<sender> ...arguments e 1:q <method> [2:ro i1e] 1:t <opaque> [1:v <client>] 1:y1:q e
 *	reply	d [2:ip <the receiver's address, packed>] 1:r d 2:id 20:<sender> ... e 1:t <as in the query> [1:v] 1:y1:r e
 *	error	d 1:e l i<code>e <message> e [2:ip] [1:r d 2:id 20:<sender> e] 1:t <as in the query> [1:v] 1:y1:e e
 *
 *	ping			id						-> id
 *	find_node		id target [want]				-> id nodes|nodes6
 *	get_peers		id info_hash [want] [noseed] [scrape]		-> id [token] [values] [nodes|nodes6]
 *									   [BFsd BFpe]
 *	announce_peer		id info_hash port token [implied_port] [seed]	-> id
 *	sample_infohashes	id target [want]	(BEP 51)		-> id interval num samples nodes|nodes6
 *	get			id target [seq] [want]	(BEP 44)		-> id [token] [v [k sig seq]] nodes|nodes6
 *	put			id token v [k sig seq [salt] [cas]]		-> id
 *
 * Compact nodes are 26 bytes (id, IPv4, port) in `nodes` and 38 (id, IPv6, port) in `nodes6`; values are a list of strings
 * of 6 or 18 bytes. All numbers in them are big-endian.
 *
 * Which key stands where, is of which type and goes into which member is one table in krpc.c, which decoding and encoding
 * share. What has no row is kept as it stands (struct krpc_other), so that nothing of a packet is lost.
 */

#include "base/buf.h"
#include "base/endpoint.h"
#include "base/error.h"

enum {
	KRPC_ID_SIZE = 20,		/* node ids, targets, info hashes, samples */
	KRPC_NODE4_SIZE = 26,
	KRPC_NODE6_SIZE = 38,
	KRPC_FILTER_SIZE = 256,		/* BFsd, BFpe (BEP 33) */
	KRPC_PUBLIC_KEY_SIZE = 32, KRPC_SIGNATURE_SIZE = 64,	/* k, sig (BEP 44) */
	KRPC_DEPTH_MAX = 32,		/* lists and dictionaries in one another; real packets have 3 */
	/* values, keys and ends of one packet: a reply of 64 KB with nothing but values has fewer */
	KRPC_TOKENS_MAX = 20000,
	KRPC_OTHERS_MAX = 32,		/* unknown keys that are kept; more are flagged and left out */
	KRPC_PACKET_MAX = 65535,	/* bytes of a UDP payload, at most */
};

enum krpc_type { KRPC_NO_TYPE, KRPC_QUERY, KRPC_REPLY, KRPC_ERROR };

enum krpc_method {
	KRPC_UNKNOWN, KRPC_PING, KRPC_FIND_NODE, KRPC_GET_PEERS, KRPC_ANNOUNCE_PEER, KRPC_SAMPLE_INFOHASHES, KRPC_GET,
	KRPC_PUT, KRPC_METHODS
};

/* Error codes (BEP 5; from 205 on BEP 44). */
enum krpc_error_code {
	KRPC_GENERIC = 201, KRPC_SERVER = 202, KRPC_PROTOCOL = 203, KRPC_METHOD_UNKNOWN = 204, KRPC_TOO_BIG = 205,
	KRPC_BAD_SIGNATURE = 206, KRPC_SALT_TOO_BIG = 207, KRPC_CAS_MISMATCH = 301, KRPC_OLD_SEQ = 302,
};

/* What is odd about a packet that can be read nevertheless: bits. */
enum krpc_flag {
	KRPC_UNSORTED = 1,		/* keys of a dictionary out of order */
	KRPC_DUPLICATE = 2,		/* a key twice: the first one counts */
	KRPC_LAX_NUMBER = 4,		/* an integer or a length with leading zeros, -0, or an integer beyond 64 bits */
	KRPC_TRAILING = 8,		/* bytes after the dictionary */
	/*
	 * Nodes, nodes6, samples, a value, an id, a hash, a filter, a key, a signature or ip of a size that it cannot
	 * have. Of nodes, nodes6 and samples the whole entries can be read, values of other sizes are passed over; all
	 * else of a wrong size is kept among the others, not in its member.
	 */
	KRPC_BAD_LENGTH = 16,
	/* a known key whose value has another type, such as e as a string: it is kept there, too */
	KRPC_BAD_TYPE = 32,
	KRPC_CROWDED = 64,		/* more unknown keys than are kept */
	/* keys that must be there and are not, or are of no use as they are */
	KRPC_NO_T = 128, KRPC_NO_Y = 256, KRPC_NO_ID = 512,
	KRPC_FLAGS = 10			/* how many there are */
};
/* "unsorted", "duplicate", ...: number 0..KRPC_FLAGS-1 of the bit. For people and the column flags. */
extern const char *const krpc_flag_names[KRPC_FLAGS];

/* "want" (BEP 32): bits. */
enum krpc_want { KRPC_WANT_N4 = 1, KRPC_WANT_N6 = 2 };

#define KRPC_NUMBER_UNSET INT64_MIN

/*
 * A key that no row knows, or whose value is not what its row wants, or is not told whole by the member (a flag of 0 or 2, a
 * `want` in another order, a list `e` with more in it): views of the packet. The dictionary a of what is no query, r of
 * what is neither reply nor error, and an empty r of an error are such, too.
 */
struct krpc_other {
	struct bytes key;
	struct bytes value;	/* bencoded */
	bool body;		/* in a or r; else at the top */
};

/*
 * One packet. Everything is a view of the packet, or unset: data NULL, KRPC_NUMBER_UNSET, false, 0. To encode, fill in what
 * is to be there. Members that a query of that method or a reply does not have by BEP are read and written nevertheless.
 */
struct krpc_message {
	enum krpc_type type;
	enum krpc_method method;	/* of a query; KRPC_UNKNOWN: see method_name */
	unsigned flags;			/* enum krpc_flag; ignored by krpc_encode */
	uint64_t found;			/* rows of the table that krpc_decode met: krpc_encode_rest looks for no others */
	struct bytes method_name;	/* of a query, as it stands */
	struct bytes t, v, ip;
	bool read_only;			/* ro (BEP 43) */
	bool no_body;			/* a query or a reply that has no a or r; to encode: it is to have none */
	/* in a or r */
	struct bytes id, target, info_hash, token;
	struct bytes nodes, nodes6, samples;
	struct bytes seeds_filter, peers_filter;	/* BFsd, BFpe */
	struct bytes values;		/* the bencoded list */
	unsigned want;			/* enum krpc_want */
	bool implied_port, seed, noseed, scrape;	/* set where the integer is not 0 */
	int64_t port, interval, num, seq, cas;
	struct bytes public_key, signature, salt;	/* k, sig, salt */
	struct bytes value;		/* v: any bencode */
	/* e */
	int64_t error_code;		/* KRPC_NUMBER_UNSET: none, or e is no list */
	struct bytes error_text;
	size_t other_count;
	struct krpc_other others[KRPC_OTHERS_MAX];
};

/* Makes everything unset. */
void krpc_clear(struct krpc_message *);
/*
 * Reads one packet. False: it is no bencoded dictionary, or nested too deep; the offset counts from its first byte. What is
 * bencode but no proper KRPC is read as far as it goes and flagged. Allocates nothing; time is linear in the size. What the
 * message holds after a failure is of no use.
 */
bool krpc_decode(struct bytes packet, struct krpc_message *, struct error *);
/*
 * Appends the packet: keys sorted, so that what was decoded without flags is made again byte for byte. The method is
 * method_name, or that of a query's `method` where that is unset. Where one of the others has the key of a member, only the
 * other is written.
 */
void krpc_encode(const struct krpc_message *, struct buf *);
/*
 * The same without y, and without a or r where nothing is in it, unless `body`: what is left of a packet whose members
 * somebody has taken out and made unset. To decode it, put y back.
 */
void krpc_encode_rest(const struct krpc_message *, bool body, struct buf *);

/* Does that begin as a packet does: a dictionary with a short key? For telling packets from other UDP; cheap. */
static inline bool krpc_plausible(struct bytes packet)
{
	return packet.size >= 8 && packet.data[0] == 'd' && packet.data[1] >= '1' && packet.data[1] <= '9' &&
	       (packet.data[2] == ':' || (packet.data[2] >= '0' && packet.data[2] <= '9'));
}

/* "find_node", or "" for KRPC_UNKNOWN. */
const char *krpc_method_name(enum krpc_method);
enum krpc_method krpc_method_find(struct bytes name);
/*
 * Which query a reply answers, as far as its keys tell: samples: sample_infohashes; value or seq: get; values, token or
 * filters: get_peers; nodes: find_node; else KRPC_UNKNOWN (ping, announce_peer and put are answered alike).
 */
enum krpc_method krpc_reply_method(const struct krpc_message *);

struct krpc_node {
	const uint8_t *id;	/* 20 bytes */
	struct endpoint endpoint;
};

/* Takes the next entry off `nodes` (family 4) or `nodes6` (6); false: less than one is left. */
bool krpc_node_next(struct bytes *nodes, unsigned family, struct krpc_node *);
/*
 * Takes the next peer off `values` (a view that begins as message.values and is used up); entries that are neither 6 nor 18
 * bytes of string are passed over. False: none is left.
 */
bool krpc_value_next(struct bytes *values, struct endpoint *);
/* How many entries `values` has, of any size. */
size_t krpc_value_count(struct bytes values);

#endif
