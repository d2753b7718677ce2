/* krpc.c - a packet of the DHT: the table of its keys, by which it is decoded and encoded */
#include "codec/krpc.h"

#include "codec/bencode.h"
#include "codec/krpc_private.h"

const char *const krpc_flag_names[KRPC_FLAGS] = {
	"unsorted", "duplicate", "lax_number", "trailing", "bad_length", "bad_type", "crowded", "no_t", "no_y", "no_id",
};

/* ---- the table */

/* Rules for the size of a string: any, so many bytes, a multiple of so many, an address with its port. */
#define FREE 0
#define EXACTLY(size) (size)
#define ENTRIES(size) (-(size))
enum { PACKED = 1000 };

/*
 * place, name, key, its first and last letter (where find_row looks), kind of value, rule for its size, member. Sorted as
 * dictionaries are. A key
 * whose letters meet another one's slot is a warning of the compiler: two initializers for one element.
 */
#define ROWS(ROW) \
	ROW(TOP_KEY, A, "a", 'a', 'a', BODY, FREE, type) \
	ROW(TOP_KEY, E, "e", 'e', 'e', FAILURE, FREE, error_code) \
	ROW(TOP_KEY, IP, "ip", 'i', 'p', STRING, PACKED, ip) \
	ROW(TOP_KEY, Q, "q", 'q', 'q', METHOD, FREE, method_name) \
	ROW(TOP_KEY, R, "r", 'r', 'r', BODY, FREE, type) \
	ROW(TOP_KEY, RO, "ro", 'r', 'o', FLAG, FREE, read_only) \
	ROW(TOP_KEY, T, "t", 't', 't', STRING, FREE, t) \
	ROW(TOP_KEY, V, "v", 'v', 'v', STRING, FREE, v) \
	ROW(TOP_KEY, Y, "y", 'y', 'y', TYPE, FREE, type) \
	ROW(BODY_KEY, PEERS_FILTER, "BFpe", 'B', 'e', STRING, EXACTLY(KRPC_FILTER_SIZE), peers_filter) \
	ROW(BODY_KEY, SEEDS_FILTER, "BFsd", 'B', 'd', STRING, EXACTLY(KRPC_FILTER_SIZE), seeds_filter) \
	ROW(BODY_KEY, CAS, "cas", 'c', 's', NUMBER, FREE, cas) \
	ROW(BODY_KEY, ID, "id", 'i', 'd', STRING, EXACTLY(KRPC_ID_SIZE), id) \
	ROW(BODY_KEY, IMPLIED_PORT, "implied_port", 'i', 't', FLAG, FREE, implied_port) \
	ROW(BODY_KEY, INFO_HASH, "info_hash", 'i', 'h', STRING, EXACTLY(KRPC_ID_SIZE), info_hash) \
	ROW(BODY_KEY, INTERVAL, "interval", 'i', 'l', NUMBER, FREE, interval) \
	ROW(BODY_KEY, PUBLIC_KEY, "k", 'k', 'k', STRING, EXACTLY(KRPC_PUBLIC_KEY_SIZE), public_key) \
	ROW(BODY_KEY, NODES, "nodes", 'n', 's', STRING, ENTRIES(KRPC_NODE4_SIZE), nodes) \
	ROW(BODY_KEY, NODES6, "nodes6", 'n', '6', STRING, ENTRIES(KRPC_NODE6_SIZE), nodes6) \
	ROW(BODY_KEY, NOSEED, "noseed", 'n', 'd', FLAG, FREE, noseed) \
	ROW(BODY_KEY, NUM, "num", 'n', 'm', NUMBER, FREE, num) \
	ROW(BODY_KEY, PORT, "port", 'p', 't', NUMBER, FREE, port) \
	ROW(BODY_KEY, SALT, "salt", 's', 't', STRING, FREE, salt) \
	ROW(BODY_KEY, SAMPLES, "samples", 's', 's', STRING, ENTRIES(KRPC_ID_SIZE), samples) \
	ROW(BODY_KEY, SCRAPE, "scrape", 's', 'e', FLAG, FREE, scrape) \
	ROW(BODY_KEY, SEED, "seed", 's', 'd', FLAG, FREE, seed) \
	ROW(BODY_KEY, SEQ, "seq", 's', 'q', NUMBER, FREE, seq) \
	ROW(BODY_KEY, SIGNATURE, "sig", 's', 'g', STRING, EXACTLY(KRPC_SIGNATURE_SIZE), signature) \
	ROW(BODY_KEY, TARGET, "target", 't', 't', STRING, EXACTLY(KRPC_ID_SIZE), target) \
	ROW(BODY_KEY, TOKEN, "token", 't', 'n', STRING, FREE, token) \
	ROW(BODY_KEY, VALUE, "v", 'v', 'v', ANY, FREE, value) \
	ROW(BODY_KEY, VALUES, "values", 'v', 's', PEERS, FREE, values) \
	ROW(BODY_KEY, WANT, "want", 'w', 't', WANT, FREE, want)

/* What a row is called: TOP_KEY_RO. */
enum {
#define ROW(place, name, ...) place##_##name,
	ROWS(ROW)
#undef ROW
	ROW_COUNT
};
_Static_assert((int)ROW_COUNT == KRPC_ROWS && (int)TOP_KEY_Y + 1 == KRPC_TOP_ROWS,
	       "krpc_private.h says how many rows there are");

const struct krpc_row krpc_rows[KRPC_ROWS] = {
/* A member of another type than its kind has must not compile. */
#define C_TYPE_TYPE enum krpc_type
#define C_TYPE_METHOD struct bytes
#define C_TYPE_STRING struct bytes
#define C_TYPE_NUMBER int64_t
#define C_TYPE_FLAG bool
#define C_TYPE_WANT unsigned
#define C_TYPE_PEERS struct bytes
#define C_TYPE_ANY struct bytes
#define C_TYPE_BODY enum krpc_type
#define C_TYPE_FAILURE int64_t
#define MEMBER(type, name) \
	(offsetof(struct krpc_message, name) + 0 * sizeof(_Generic(((struct krpc_message *)0)->name, type: 1)))
#define ROW(place, name, key, first, last, kind, rule, member) \
	{ key, sizeof key - 1, place, kind, rule, MEMBER(C_TYPE_##kind, member) },
	ROWS(ROW)
#undef ROW
};

/* The multipliers were searched for: no two keys of the table share a slot. */
#define SLOT(place, size, first, last) (((size) * 32 + (first) * 14 + (last) * 5 + (place) * 7) & 63)

/* 1 and the number of the row. */
static const uint8_t slots[64] = {
#define ROW(place, name, key, first, last, kind, rule, member) \
	[SLOT(place, sizeof key - 1, first, last)] = 1 + place##_##name,
	ROWS(ROW)
#undef ROW
};

static inline const struct krpc_row *find_row(enum place place, struct bytes key)
{
	unsigned slot = key.size ? slots[SLOT(place, key.size, key.data[0], key.data[key.size - 1])] : 0;
	const struct krpc_row *row = &krpc_rows[slot ? slot - 1 : 0];

	if (!slot || row->key_size != key.size || row->place != place)
		return NULL;
	/* keys are short: a call of memcmp takes longer */
	for (size_t i = 0; i < key.size; i++)
		if (row->key[i] != key.data[i])
			return NULL;
	return row;
}

/* ---- decoding */

void krpc_clear(struct krpc_message *message)
{
	/* the others are as many as other_count says: to clear them would take longer than to read a packet */
	memset(message, 0, offsetof(struct krpc_message, others));
	message->port = message->interval = message->num = message->seq = message->cas = KRPC_NUMBER_UNSET;
	message->error_code = KRPC_NUMBER_UNSET;
}

enum { ANY_BODY = 0, NO_BODY = '-' };

struct decoder {
	struct krpc_message *message;
	uint8_t body;		/* 'a' or 'r': what is read as the body; ANY_BODY: the first one; NO_BODY: none */
	bool body_read, body_empty;
	uint64_t seen;		/* rows: bits */
	struct bencode reader;
};

/* Values of no row, and those that their row cannot have. */
static void keep_other(struct decoder *decoder, enum place place, struct bytes key, struct bytes value)
{
	struct krpc_message *message = decoder->message;
	bool body = place == BODY_KEY;

	if (decoder->reader.flaws & (BENCODE_UNSORTED_KEY | BENCODE_DUPLICATE_KEY)) {
		for (size_t i = 0; i < message->other_count; i++)
			if (message->others[i].body == body && bytes_equal(message->others[i].key, key)) {
				message->flags |= KRPC_DUPLICATE;
				return;
			}
	}
	if (message->other_count == KRPC_OTHERS_MAX) {
		message->flags |= KRPC_CROWDED;
		return;
	}
	message->others[message->other_count++] = (struct krpc_other){ key, value, body };
}

static inline bool size_fits(int rule, size_t size)
{
	if (rule == FREE)
		return true;
	if (rule == PACKED)
		return size == ENDPOINT_V4_SIZE || size == ENDPOINT_V6_SIZE;
	return rule > 0 ? size == (size_t)rule : size % (size_t)-rule == 0;
}

/* The member is set, or false: the value goes to the others. */
static bool take_string(struct krpc_message *message, const struct krpc_row *row, struct bytes text, void *member)
{
	if (row->kind == TYPE) {
		enum krpc_type type = text.size != 1 ? KRPC_NO_TYPE : text.data[0] == 'q' ? KRPC_QUERY :
				      text.data[0] == 'r' ? KRPC_REPLY : text.data[0] == 'e' ? KRPC_ERROR : KRPC_NO_TYPE;

		message->type = type;
		message->flags |= type ? 0 : KRPC_BAD_TYPE;
		return type != KRPC_NO_TYPE;
	}
	if (!size_fits(row->size, text.size)) {
		message->flags |= KRPC_BAD_LENGTH;
		/* of a list of entries the whole ones can be read */
		if (row->size > 0)
			return false;
	}
	*(struct bytes *)member = text;
	if (row->kind == METHOD)
		message->method = krpc_method_find(text);
	return true;
}

static bool take_number(const struct krpc_row *row, const struct bencode_token *token, void *member)
{
	if (token->flaws & BENCODE_WIDE || token->number == KRPC_NUMBER_UNSET)
		return false;
	if (row->kind == NUMBER) {
		*(int64_t *)member = token->number;
		return true;
	}
	*(bool *)member = token->number != 0;
	/* 0 is as good as not there, but it is there */
	return token->number == 1;
}

/* Which families; false: it is not spelled as it is encoded. */
static bool take_want(struct bytes list, unsigned *want)
{
	struct bencode reader;
	struct bencode_token token;
	struct error ignored = { 0 };
	bool plain = true;

	if (bytes_is(list, "l2:n42:n6e")) {
		/* what nearly all of them are */
		*want = KRPC_WANT_N4 | KRPC_WANT_N6;
		return true;
	}
	bencode_begin(&reader, list);
	bencode_next(&reader, &token, &ignored);
	while (bencode_element(&reader, &token, &ignored)) {
		unsigned bit = token.kind != BENCODE_STRING ? 0 : bytes_is(token.text, "n4") ? KRPC_WANT_N4 :
			       bytes_is(token.text, "n6") ? KRPC_WANT_N6 : 0;

		plain = plain && bit > *want && !token.flaws;
		*want |= bit;
		bencode_skip(&reader, &token, NULL, &ignored);
	}
	return plain && *want;
}

/* Code and text as far as they are there; false: that is not all of it. */
static bool take_failure(struct krpc_message *message, struct bytes list)
{
	struct bencode reader;
	struct bencode_token token;
	struct error ignored = { 0 };

	bencode_begin(&reader, list);
	bencode_next(&reader, &token, &ignored);
	if (!bencode_element(&reader, &token, &ignored) || token.kind != BENCODE_INTEGER || token.flaws & BENCODE_WIDE ||
	    token.number == KRPC_NUMBER_UNSET)
		return false;
	message->error_code = token.number;
	if (!bencode_element(&reader, &token, &ignored))
		return true;
	if (token.kind != BENCODE_STRING)
		return false;
	message->error_text = token.text;
	return !bencode_element(&reader, &token, &ignored);
}

/* The bytes of the peer of 6 or 18 bytes that begins there, with its length; 0: there is none. */
static inline size_t plain_peer(const uint8_t *at, size_t left)
{
	if (left >= 2 + ENDPOINT_V4_SIZE && at[0] == '6' && at[1] == ':')
		return 2 + ENDPOINT_V4_SIZE;
	if (left >= 3 + ENDPOINT_V6_SIZE && at[0] == '1' && at[1] == '8' && at[2] == ':')
		return 3 + ENDPOINT_V6_SIZE;
	return 0;
}

static bool read_values(struct decoder *decoder, const struct bencode_token *list, struct bytes *member, struct error *error)
{
	struct bencode *reader = &decoder->reader;
	struct bytes rest = bytes_after(reader->input, list->offset + 1);
	struct bencode_token element;
	size_t size;

	while ((size = plain_peer(rest.data, rest.size)))
		rest = bytes_after(rest, size);
	if (rest.size && rest.data[0] == 'e') {
		*member = bytes_at(reader->input.data + list->offset,
				   (size_t)(rest.data + 1 - reader->input.data) - list->offset);
		bencode_jump(reader, list, *member);
		return true;
	}
	while (bencode_element(reader, &element, error)) {
		if (element.kind != BENCODE_STRING || !size_fits(PACKED, element.text.size))
			decoder->message->flags |= KRPC_BAD_LENGTH;
		if (!bencode_skip(reader, &element, NULL, error))
			return false;
	}
	*member = bytes_at(reader->input.data + list->offset, reader->at - list->offset);
	return error->kind == ERROR_NONE;
}

static bool read_keys(struct decoder *decoder, enum place place, struct error *error);

static inline bool is_body(const struct decoder *decoder, uint8_t key)
{
	return decoder->body == ANY_BODY ? !decoder->body_read : decoder->body == key;
}

/* A value whose key has a row. *taken: it is in the member, else it is to be kept. */
static inline bool read_value(struct decoder *decoder, const struct krpc_row *row, const struct bencode_token *token,
			      bool *taken, struct error *error)
{
	struct krpc_message *message = decoder->message;
	void *member = (char *)message + row->member;
	struct bytes raw;

	switch ((enum kind)row->kind) {
	case TYPE: case METHOD: case STRING:
		if (token->kind == BENCODE_STRING) {
			*taken = take_string(message, row, token->text, member);
			return true;
		}
		break;
	case NUMBER: case FLAG:
		if (token->kind == BENCODE_INTEGER) {
			*taken = take_number(row, token, member);
			return true;
		}
		break;
	case ANY:
		*taken = true;
		return bencode_skip(&decoder->reader, token, member, error);
	case PEERS:
		if (token->kind == BENCODE_LIST) {
			*taken = true;
			return read_values(decoder, token, member, error);
		}
		break;
	case WANT:
		if (token->kind == BENCODE_LIST) {
			if (!bencode_skip(&decoder->reader, token, &raw, error))
				return false;
			*taken = take_want(raw, member);
			return true;
		}
		break;
	case FAILURE:
		if (token->kind == BENCODE_LIST) {
			if (!bencode_skip(&decoder->reader, token, &raw, error))
				return false;
			*taken = take_failure(message, raw);
			message->flags |= *taken ? 0 : KRPC_BAD_TYPE;
			return true;
		}
		break;
	case BODY:
		if (token->kind == BENCODE_DICT && is_body(decoder, (uint8_t)row->key[0])) {
			decoder->body = (uint8_t)row->key[0];
			decoder->body_read = *taken = true;
			if (!read_keys(decoder, BODY_KEY, error))
				return false;
			decoder->body_empty = decoder->reader.at == token->offset + sizeof "de" - 1;
			return true;
		}
		/* the other one of the two: it belongs to no packet of this type */
		message->flags |= token->kind == BENCODE_DICT ? 0 : KRPC_BAD_TYPE;
		return bencode_skip(&decoder->reader, token, NULL, error);
	}
	message->flags |= KRPC_BAD_TYPE;
	return bencode_skip(&decoder->reader, token, NULL, error);
}

/* The pairs of the dictionary that was begun, to its end. */
static bool read_keys(struct decoder *decoder, enum place place, struct error *error)
{
	struct bencode *reader = &decoder->reader;
	struct bencode_token key, token;

	while (bencode_pair(reader, &key, &token, error)) {
		const struct krpc_row *row = find_row(place, key.text);
		bool taken = false;

		if (!row) {
			if (!bencode_skip(reader, &token, NULL, error))
				return false;
		} else {
			uint64_t bit = (uint64_t)1 << (row - krpc_rows);

			if (decoder->seen & bit) {
				decoder->message->flags |= KRPC_DUPLICATE;
				if (!bencode_skip(reader, &token, NULL, error))
					return false;
				continue;
			}
			decoder->seen |= bit;
			if (!read_value(decoder, row, &token, &taken, error))
				return false;
		}
		if (!taken)
			keep_other(decoder, place, key.text,
				   bytes_at(reader->input.data + token.offset, reader->at - token.offset));
	}
	return error->kind == ERROR_NONE;
}

static unsigned flags_of_flaws(unsigned flaws)
{
	return (flaws & BENCODE_UNSORTED_KEY ? KRPC_UNSORTED : 0) | (flaws & BENCODE_DUPLICATE_KEY ? KRPC_DUPLICATE : 0) |
	       (flaws & (BENCODE_ZERO_PADDED | BENCODE_NEGATIVE_ZERO | BENCODE_WIDE | BENCODE_PADDED_LENGTH) ?
		KRPC_LAX_NUMBER : 0);
}

static bool read_packet(struct decoder *decoder, struct bytes packet, struct error *error)
{
	struct bencode_token token;

	krpc_clear(decoder->message);
	decoder->seen = 0;
	decoder->body_read = false;
	bencode_begin(&decoder->reader, packet);
	decoder->reader.depth_max = KRPC_DEPTH_MAX;
	decoder->reader.tokens_left = KRPC_TOKENS_MAX;
	if (!bencode_next(&decoder->reader, &token, error))
		return false;
	if (token.kind != BENCODE_DICT)
		return fail_input(error, 0, "found %s where the dictionary of a packet was expected",
				  bencode_kind_name(token.kind));
	return read_keys(decoder, TOP_KEY, error);
}

bool krpc_decode(struct bytes packet, struct krpc_message *message, struct error *error)
{
	static const uint8_t bodies[] = { [KRPC_NO_TYPE] = NO_BODY, [KRPC_QUERY] = 'a', [KRPC_REPLY] = 'r',
					  [KRPC_ERROR] = 'r' };
	struct decoder decoder;

	decoder.message = message;
	decoder.body = ANY_BODY;
	if (!read_packet(&decoder, packet, error))
		return false;
	/*
	 * y says which of a and r counts (libtorrent's errors have r, too), and comes last: nearly always it is the one
	 * there
	 */
	if (decoder.body_read && decoder.body != bodies[message->type]) {
		decoder.body = bodies[message->type];
		if (!read_packet(&decoder, packet, error))
			return false;
	}
	message->found = decoder.seen;
	message->no_body = (message->type == KRPC_QUERY || message->type == KRPC_REPLY) && !decoder.body_read;
	/* of an error no member would tell of it */
	if (message->type == KRPC_ERROR && decoder.body_read && decoder.body_empty)
		keep_other(&decoder, TOP_KEY, bytes_of("r"), bytes_of("de"));
	message->flags |= flags_of_flaws(decoder.reader.flaws) | (decoder.reader.at < packet.size ? KRPC_TRAILING : 0) |
			  (message->t.data ? 0 : KRPC_NO_T) | (message->type ? 0 : KRPC_NO_Y) |
			  (message->id.data || (message->type != KRPC_QUERY && message->type != KRPC_REPLY) ? 0
													    : KRPC_NO_ID);
	return true;
}
