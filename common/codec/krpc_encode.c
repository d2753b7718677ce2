/* krpc_encode.c - a packet of the DHT, encoded: the rows of krpc.c and the others, merged by their keys */
#include "codec/bencode.h"
#include "codec/krpc_private.h"

static void put_want(unsigned want, struct buf *out)
{
	buf_byte(out, 'l');
	if (want & KRPC_WANT_N4)
		bencode_put_text(out, "n4");
	if (want & KRPC_WANT_N6)
		bencode_put_text(out, "n6");
	buf_byte(out, 'e');
}

static void put_failure(const struct krpc_message *message, struct buf *out)
{
	buf_byte(out, 'l');
	bencode_put_integer(out, message->error_code);
	if (message->error_text.data)
		bencode_put_string(out, message->error_text);
	buf_byte(out, 'e');
}

static struct bytes method_of(const struct krpc_message *message)
{
	if (message->method_name.data || message->type != KRPC_QUERY || message->method == KRPC_UNKNOWN)
		return message->method_name;
	return bytes_of(krpc_method_name(message->method));
}

static bool body_is_set(const struct krpc_message *message);

static inline bool row_is_set(const struct krpc_message *message, const struct krpc_row *row)
{
	const void *member = (const char *)message + row->member;

	switch ((enum kind)row->kind) {
	case TYPE: return message->type != KRPC_NO_TYPE;
	case METHOD: return method_of(message).data != NULL;
	case STRING: case PEERS: case ANY: return ((const struct bytes *)member)->data != NULL;
	case NUMBER: case FAILURE: return *(const int64_t *)member != KRPC_NUMBER_UNSET;
	case FLAG: return *(const bool *)member;
	case WANT: return message->want != 0;
	case BODY:
		/* errors need none */
		if (message->type == KRPC_ERROR)
			return row->key[0] == 'r' && body_is_set(message);
		return !message->no_body && message->type == (row->key[0] == 'a' ? KRPC_QUERY : KRPC_REPLY);
	}
	return false;
}

static bool body_is_set(const struct krpc_message *message)
{
	for (size_t i = 0; i < message->other_count; i++)
		if (message->others[i].body)
			return true;
	for (size_t i = 0; i < KRPC_ROWS; i++)
		if (krpc_rows[i].place == BODY_KEY && row_is_set(message, &krpc_rows[i]))
			return true;
	return false;
}

/* How much of a packet is wanted. */
enum extent {
	WHOLE,
	REST,		/* no y, no empty body */
	REST_AND_BODY,	/* no y */
};

static void put_keys(const struct krpc_message *message, enum place place, enum extent extent, struct buf *out);

static void put_row(const struct krpc_message *message, const struct krpc_row *row, enum extent extent, struct buf *out)
{
	const void *member = (const char *)message + row->member;
	const struct bytes *text = member;

	bencode_put_string(out, bytes_at(row->key, row->key_size));
	switch ((enum kind)row->kind) {
	case TYPE: bencode_put_text(out, message->type == KRPC_QUERY ? "q" : message->type == KRPC_REPLY ? "r" : "e"); break;
	case METHOD: bencode_put_string(out, method_of(message)); break;
	case STRING: bencode_put_string(out, *text); break;
	case PEERS: case ANY: buf_append(out, text->data, text->size); break;
	case NUMBER: bencode_put_integer(out, *(const int64_t *)member); break;
	case FLAG: bencode_put_integer(out, 1); break;
	case WANT: put_want(message->want, out); break;
	case FAILURE: put_failure(message, out); break;
	case BODY: put_keys(message, BODY_KEY, extent, out); break;
	}
}

static void put_other(const struct krpc_other *other, struct buf *out)
{
	bencode_put_string(out, other->key);
	buf_append(out, other->value.data, other->value.size);
}

/* The others of that place, by their keys. */
static size_t sort_others(const struct krpc_message *message, enum place place, const struct krpc_other **sorted)
{
	size_t count = 0;

	for (size_t i = 0; i < message->other_count; i++) {
		const struct krpc_other *other = &message->others[i];
		size_t at = count;

		if (other->body != (place == BODY_KEY))
			continue;
		for (; at && bytes_compare(sorted[at - 1]->key, other->key) > 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = other;
		count++;
	}
	return count;
}

/*
 * A dictionary: the rows that are set and the others, merged. Of a row and another with the same key the other is as it
 * was read.
 */
static void put_keys(const struct krpc_message *message, enum place place, enum extent extent, struct buf *out)
{
	const struct krpc_other *sorted[KRPC_OTHERS_MAX];
	static const uint64_t top = ((uint64_t)1 << KRPC_TOP_ROWS) - 1, all = ((uint64_t)1 << KRPC_ROWS) - 1;
	uint64_t rows = (place == TOP_KEY ? top : all & ~top) & (extent == WHOLE ? all : message->found);
	size_t count = message->other_count ? sort_others(message, place, sorted) : 0, next = 0;

	buf_byte(out, 'd');
	for (; rows; rows &= rows - 1) {
		const struct krpc_row *row = &krpc_rows[__builtin_ctzll(rows)];
		int order = 1;

		while (next < count && (order = bytes_compare(sorted[next]->key, bytes_at(row->key, row->key_size))) <= 0) {
			put_other(sorted[next++], out);
			if (!order)
				break;
		}
		if (order && row_is_set(message, row) && (row->kind != TYPE || extent == WHOLE)) {
			size_t before = out->size;

			put_row(message, row, extent, out);
			if (row->kind == BODY && extent == REST && out->size == before + sizeof "1:ade" - 1)
				out->size = before;
		}
	}
	while (next < count)
		put_other(sorted[next++], out);
	buf_byte(out, 'e');
}

void krpc_encode(const struct krpc_message *message, struct buf *out)
{
	put_keys(message, TOP_KEY, WHOLE, out);
}

void krpc_encode_rest(const struct krpc_message *message, bool body, struct buf *out)
{
	put_keys(message, TOP_KEY, body ? REST_AND_BODY : REST, out);
}
