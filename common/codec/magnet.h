/* magnet.h - magnet links (BEP 9, BEP 53): read parameter by parameter, and written */
#ifndef CODEC_MAGNET_H
#define CODEC_MAGNET_H

/*
 *	magnet:?xt=urn:btih:<40 hexadecimal digits, or 32 characters of base32>&dn=<name>&tr=<URL>&...
 *
 *	xt	urn:btih: version 1 info hash; urn:btmh:1220 and 64 hex digits: version 2, a multihash. Hybrids have both
 *	dn	name, in which + is a blank as %20 is
 *	xl	bytes
 *	tr	tracker			ws	web seed (BEP 19)
 *	x.pe	peer: host:port, [v6]:port
 *	so	files chosen: 0,2,4-6 (BEP 53)
 *	kt	words to search for	xs, as	where the torrent or the data may be had
 *
 * Values are percent-encoded; a % that is no encoding is a %. Names are of either case and may be numbered: xt.1, tr.2.
 * Whatever else a link has is kept as it stands. A link is read in one pass over its bytes for each call here.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/error.h"

enum { MAGNET_V1 = 20, MAGNET_V2 = 32 };	/* bytes of the info hashes */

/* What a parameter is. */
enum magnet_kind {
	MAGNET_HASH,		/* an xt with one of the info hashes */
	MAGNET_NAME, MAGNET_SIZE, MAGNET_SELECT, MAGNET_KEYWORDS,	/* of these the first one that is good */
	MAGNET_TRACKER, MAGNET_WEB_SEED,
	MAGNET_PEER,		/* one with a host and a port */
	MAGNET_SOURCE,		/* xs, as */
	MAGNET_OTHER,		/* not known, empty, not what it should be, or there already */
	MAGNET_KINDS
};

/* All that a link says. Views into the link and into the arena. */
struct magnet {
	struct bytes link;
	bool has_v1, has_v2;			/* at least one of them */
	uint8_t v1[MAGNET_V1], v2[MAGNET_V2];
	struct bytes name, select, keywords;	/* decoded; data NULL: none */
	uint64_t size;				/* bytes; UINT64_MAX: not said */
	uint64_t count[MAGNET_KINDS];		/* parameters of each kind */
	const uint8_t *used[MAGNET_KINDS];	/* where the value stands that name, size, select, keywords are from */
};

/* Told what is wrong with a parameter of a link that can be read all the same. May be NULL. */
struct magnet_sink {
	void (*complain)(void *context, const struct error *);
	void *context;
};

/*
 * Reads a link, without blanks around it. False: it is no magnet link of a torrent; error->offset counts from its start, as
 * in complaints. The arena holds name, select and keywords: no more than the link's size.
 */
bool magnet_parse(struct bytes link, struct magnet *, struct arena *, const struct magnet_sink *, struct error *);

/*
 * Where a passkey may be: not at all; where url_mask finds one; anywhere. The last are parameters that nobody knows:
 * mostly the rest of a tracker's URL whose & was not encoded.
 */
enum magnet_secrecy { MAGNET_OPEN, MAGNET_LIKE_URL, MAGNET_SECRET };

struct magnet_parameter {
	enum magnet_kind kind;
	struct bytes text;	/* all of it as it stands: name=value */
	struct bytes name;	/* as it stands */
	struct bytes value;	/* as it stands, percent-encoded; data NULL: there is no = */
	enum magnet_secrecy secrecy;
};

/* All parameters in their order; empty ones are none. Start with *at = 0. False: there are no more. */
bool magnet_next(const struct magnet *, size_t *at, struct magnet_parameter *);
/* The value, decoded: a view of itself or in the arena. */
struct bytes magnet_value(const struct magnet_parameter *, struct arena *);

/*
 * Appends the link in its canonical form: each info hash once and in hexadecimal digits, name, size, trackers, web seeds,
 * peers, select, without numbers and with nothing encoded that need not be; then all else as it stands, in its order.
 * mask: passkeys as url_mask has them.
 */
void magnet_print(const struct magnet *, bool mask, struct buf *);
/* Appends the parameters of kinds SOURCE and OTHER as that form has them, joined by &. */
void magnet_print_others(const struct magnet *, bool mask, struct buf *);

/*
 * Makes a link in that form: its beginning, then parameters of kind TRACKER or WEB_SEED. Hashes may be NULL, but not
 * both; name.data may be NULL, and size UINT64_MAX.
 */
void magnet_begin(struct buf *, const uint8_t *v1, const uint8_t *v2, struct bytes name, uint64_t size);
void magnet_put(struct buf *, enum magnet_kind, struct bytes value);

#endif
