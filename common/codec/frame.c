/* frame.c - the 80-byte announce frame that the proxy sends to the tracker */
#include "codec/frame.h"

#include "text/cell.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

const struct field_word frame_events[] = {
	FIELD_WORD_ROW("started"), FIELD_WORD_ROW("completed"), FIELD_WORD_ROW("stopped"), { "", 0 },
};

#define FRAME_HEAD \
	FIELD(frame, version, U8, "version of the frame, 1"), \
	FIELD(frame, event, WORD, "started (a periodic announce, too), completed, stopped; a number if it is none", \
	      .words = frame_events), \
	FIELD(frame, numwant, U16, "peers that the client wants"), \
	FIELD(frame, info_hash, HASH, "info hash of the torrent", .width = 20)

#define FRAME_TAIL(draft_size) \
	FIELD(frame, ipv4, IPV4, "IPv4 address of the client"), \
	FIELD(frame, ipv6, IPV6, "IPv6 address of the client"), \
	FIELD(frame, port, U16, "TCP port the client listens on"), \
	FIELD(frame, draft, HEX, "reserved bytes, zero", .width = (draft_size)), \
	FIELD(frame, time, TIME, "when it was seen, if the source tells")

static const struct field frame_fields[] = {
	FRAME_HEAD,
	FIELD(frame, passkey, TEXT, "passkey of the user, 32 bytes"),
	FRAME_TAIL(2),
};

static const struct field oldframe_fields[] = {
	FRAME_HEAD,
	FIELD(frame, peer_id, TEXT, "peer id of the client, 20 bytes"),
	FRAME_TAIL(14),
};

RECORD_COMPILED(frame, frame_fields)
RECORD_COMPILED(oldframe, oldframe_fields)

const struct record frame_record = RECORD("frame", frame, frame_fields, "an announce frame",
					  .line = frame_line, .json = frame_json);
const struct record oldframe_record = RECORD("oldframe", frame, oldframe_fields,
					     "an announce frame of the older layout, with a peer id",
					     .line = oldframe_line, .json = oldframe_json);

enum { VERSION_AT = 0, EVENT_AT = 1, NUMWANT_AT = 2, HASH_AT = 4, HASH_BYTES = 20, PASSKEY_AT = 24, PASSKEY_BYTES = 32 };

static size_t sound_head(const uint8_t *data)
{
	return data[VERSION_AT] != FRAME_VERSION ? VERSION_AT : data[EVENT_AT] >= FRAME_EVENTS ? EVENT_AT : FRAME_SIZE;
}

static size_t sound_passkey(const uint8_t *data)
{
	size_t head = sound_head(data);

	if (head != FRAME_SIZE)
		return head;
#ifdef __SSE2__
	/* 0x21..0x7e all at once; as signed bytes, those from 0x80 on are below 0x21, too */
	const __m128i low = _mm_set1_epi8(0x21), high = _mm_set1_epi8(0x7e);
	__m128i a = _mm_loadu_si128((const __m128i *)(data + PASSKEY_AT));
	__m128i b = _mm_loadu_si128((const __m128i *)(data + PASSKEY_AT + 16));
	__m128i bad = _mm_or_si128(_mm_or_si128(_mm_cmplt_epi8(a, low), _mm_cmpgt_epi8(a, high)),
				   _mm_or_si128(_mm_cmplt_epi8(b, low), _mm_cmpgt_epi8(b, high)));

	if (!_mm_movemask_epi8(bad))
		return FRAME_SIZE;
#endif
	for (size_t i = PASSKEY_AT; i < PASSKEY_AT + PASSKEY_BYTES; i++)
		if (data[i] < 0x21 || data[i] > 0x7e)
			return i;
	return FRAME_SIZE;
}

static size_t sound_peerid(const uint8_t *data)
{
	size_t head = sound_head(data);

	for (size_t i = frame_layouts[FRAME_PEERID].draft_at; head == FRAME_SIZE && i < FRAME_SIZE; i++)
		if (data[i])
			return i;
	return head;
}

const struct frame_layout frame_layouts[FRAME_LAYOUTS] = {
	[FRAME_PASSKEY] = { "passkey", &frame_record, PASSKEY_AT, PASSKEY_BYTES, offsetof(struct frame, passkey),
			    56, 60, 76, 78, 2, sound_passkey },
	[FRAME_PEERID] = { "peerid", &oldframe_record, 24, 20, offsetof(struct frame, peer_id),
			   44, 48, 64, 66, 14, sound_peerid },
};

static uint16_t read_u16(const uint8_t *at, enum frame_endian endian)
{
	return endian == FRAME_BIG ? (uint16_t)(at[0] << 8 | at[1]) : (uint16_t)(at[1] << 8 | at[0]);
}

static void write_u16(uint8_t *at, enum frame_endian endian, uint16_t value)
{
	at[endian == FRAME_BIG ? 0 : 1] = (uint8_t)(value >> 8);
	at[endian == FRAME_BIG ? 1 : 0] = (uint8_t)value;
}

void frame_decode(const struct frame_layout *layout, enum frame_endian endian, const uint8_t *data, struct frame *frame)
{
	frame->version = data[VERSION_AT];
	frame->event = data[EVENT_AT];
	frame->numwant = read_u16(data + NUMWANT_AT, endian);
	frame->port = read_u16(data + layout->port_at, endian);
	memcpy(&frame->ipv4, data + layout->ipv4_at, sizeof frame->ipv4);
	memcpy(&frame->ipv6, data + layout->ipv6_at, sizeof frame->ipv6);
	frame->info_hash = bytes_at(data + HASH_AT, HASH_BYTES);
	/* one by one: to copy a view that was just stored in two halves makes the CPU wait for the store */
	frame->passkey.data = layout == &frame_layouts[FRAME_PASSKEY] ? data + layout->id_at : NULL;
	frame->passkey.size = layout->id_size;
	frame->peer_id.data = layout == &frame_layouts[FRAME_PASSKEY] ? NULL : data + layout->id_at;
	frame->peer_id.size = layout->id_size;
	frame->draft = bytes_at(data + layout->draft_at, layout->draft_size);
	frame->time.us = TIME_UNSET;
}

static bool put_view(uint8_t *data, struct bytes view, size_t size, const char *name, struct error *error)
{
	if (!view.data)
		return fail_input(error, ERROR_NOWHERE, "no %s", name);
	if (view.size != size)
		return fail_input(error, ERROR_NOWHERE, "%s of %zu bytes, want %zu", name, view.size, size);
	memcpy(data, view.data, size);
	return true;
}

bool frame_encode(const struct frame_layout *layout, enum frame_endian endian, const struct frame *frame, uint8_t *data,
		  struct error *error)
{
	const struct bytes *id = (const void *)((const char *)frame + layout->id_member);

	data[VERSION_AT] = frame->version;
	data[EVENT_AT] = frame->event;
	write_u16(data + NUMWANT_AT, endian, frame->numwant);
	write_u16(data + layout->port_at, endian, frame->port);
	memcpy(data + layout->ipv4_at, &frame->ipv4, sizeof frame->ipv4);
	memcpy(data + layout->ipv6_at, &frame->ipv6, sizeof frame->ipv6);
	memset(data + layout->draft_at, 0, layout->draft_size);
	return put_view(data + HASH_AT, frame->info_hash, HASH_BYTES, "info_hash", error) &&
	       put_view(data + layout->id_at, *id, layout->id_size,
			layout == &frame_layouts[FRAME_PASSKEY] ? "passkey" : "peer_id", error) &&
	       (!frame->draft.data || put_view(data + layout->draft_at, frame->draft, layout->draft_size, "draft", error));
}

bool frame_check(const struct frame_layout *layout, const uint8_t *data, uint64_t offset, struct error *error)
{
	size_t at = layout->sound(data);

	switch (at) {
	case FRAME_SIZE:
		return true;
	case VERSION_AT:
		return fail_input(error, offset, "version %u, want %d", data[at], FRAME_VERSION);
	case EVENT_AT:
		return fail_input(error, offset, "event %u, want at most %d", data[at], FRAME_EVENTS - 1);
	default:
		return at < layout->draft_at
			? fail_input(error, offset, "byte 0x%02x at %zu of the passkey, want printable ASCII", data[at],
				     at - layout->id_at)
			: fail_input(error, offset, "draft byte 0x%02x at %zu of the frame, want 0", data[at], at);
	}
}

size_t frame_find(const struct frame_layout *layout, struct bytes data, size_t from, bool at_end, size_t *searched)
{
	for (; from + FRAME_SIZE <= data.size; from++) {
		const uint8_t *frame = data.data + from;
		bool second = from + 2 * FRAME_SIZE <= data.size;

		if (!second && !at_end)
			break;
		if (frame_sound(layout, frame) && (!second || frame_sound(layout, frame + FRAME_SIZE)))
			return from;
	}
	*searched = from;
	return SIZE_MAX;
}
