/* frame.h - the 80-byte announce frame that the proxy sends to the tracker */
#ifndef CODEC_FRAME_H
#define CODEC_FRAME_H

#include "text/record.h"

/*
 * Version 1, back to back on a TCP connection, no length prefix:
 *
 *	offset  size  passkey layout          older, peer id layout
 *	     0     1  version, 1              the same
 *	     1     1  event                   the same
 *	     2     2  numwant, u16            the same
 *	     4    20  info hash, raw SHA-1    the same
 *	    24    32  passkey, ASCII          20  peer id
 *	    56     4  IPv4, 0.0.0.0: none      4  at 44
 *	    60    16  IPv6, ::: none          16  at 48
 *	    76     2  port, u16                2  at 64
 *	    78     2  draft, zero             14  at 66
 *
 * The two u16 are the memory image of a C struct: little-endian wherever the
 * tracker ran; a big-endian variant can be chosen. Nothing in a frame tells the layouts apart.
 */
enum {
	FRAME_SIZE = 80,
	FRAME_VERSION = 1,
	FRAME_NUMWANT_DEFAULT = 50,
	FRAME_STARTED = 0, FRAME_COMPLETED = 1, FRAME_STOPPED = 2, FRAME_EVENTS,
};

enum frame_endian { FRAME_LITTLE, FRAME_BIG };

/* Either layout: passkey or peer_id is set. Views look into the frame that was decoded. */
struct frame {
	uint8_t version;
	uint8_t event;
	uint16_t numwant;
	uint16_t port;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	struct bytes info_hash;	/* 20 bytes */
	struct bytes passkey;	/* 32 bytes */
	struct bytes peer_id;	/* 20 bytes */
	struct bytes draft;	/* 2 bytes, or 14 */
	struct timestamp time;	/* of a source that has one */
};

extern const struct field_word frame_events[];	/* started completed stopped */
extern const struct record frame_record, oldframe_record;

/* A row for each layout; `record` is how it is printed. */
struct frame_layout {
	const char *name;
	const struct record *record;
	uint8_t id_at, id_size;
	size_t id_member;	/* offset of passkey or peer_id in struct frame */
	uint8_t ipv4_at, ipv6_at, port_at, draft_at, draft_size;
	/* 0..: the offset of the first byte that makes the frame unsound; FRAME_SIZE: it is sound */
	size_t (*sound)(const uint8_t *frame);
};

enum { FRAME_PASSKEY, FRAME_PEERID, FRAME_LAYOUTS };
extern const struct frame_layout frame_layouts[FRAME_LAYOUTS];

/* Reads FRAME_SIZE bytes, whatever they hold. time is left unset. */
void frame_decode(const struct frame_layout *, enum frame_endian, const uint8_t *data, struct frame *);

/*
 * Writes FRAME_SIZE bytes. ERROR_INPUT when a part has the wrong length (a passkey that is not 32 bytes) or
 * is unset: only the draft may be, then it is zero.
 */
bool frame_encode(const struct frame_layout *, enum frame_endian, const struct frame *, uint8_t *data, struct error *);

/*
 * A frame is sound when its version is 1, its event at most 2 and its 32
 * passkey bytes printable ASCII (0x21..0x7e); in the older layout, when its 14 draft
 * bytes are zero.
 */
static inline bool frame_sound(const struct frame_layout *layout, const uint8_t *data)
{
	return layout->sound(data) == FRAME_SIZE;
}

/* Says why it is not: "version 55, want 1". error.offset: `offset`, where the frame begins. */
bool frame_check(const struct frame_layout *, const uint8_t *data, uint64_t offset, struct error *);

/*
 * Where, at or after `from`, two sound frames stand one after the other; at the end
 * of the input one is enough if there is no room for a second. SIZE_MAX: nowhere so far; then the
 * first *searched bytes need not be looked at again when more bytes come.
 */
size_t frame_find(const struct frame_layout *, struct bytes data, size_t from, bool at_end, size_t *searched);

#endif
