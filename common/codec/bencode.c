/* bencode.c - bencode (BEP 3), read in place one token after the other, and written */
#include "codec/bencode.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/number.h"
#include "base/utf8.h"
#include "text/escape.h"

void bencode_begin(struct bencode *reader, struct bytes input)
{
	/* the frames are written before they are read: to clear them would cost more than a small packet takes to read */
	reader->input = input;
	reader->at = 0;
	reader->strict = false;
	reader->flaws = 0;
	reader->tokens_left = BENCODE_TOKENS_MAX;
	reader->depth_max = BENCODE_DEPTH_MAX;
	reader->observer = NULL;
	reader->context = NULL;
	reader->depth = 0;
	reader->ended = false;
	reader->entered = false;
}

static bool fail_found(const struct bencode *reader, size_t at, const char *want, struct error *error)
{
	struct brief brief;

	if (at >= reader->input.size)
		return fail_input(error, at, "the input ends where %s was expected", want);
	return fail_input(error, at, "found '%s' where %s was expected",
			  escape_brief(&brief, bytes_at(reader->input.data + at, 1)), want);
}

/* The digits from `at` on: where they end, and their value, as far as it fits into 63 bits (else *wide). */
static inline size_t scan_digits(struct bytes input, size_t at, uint64_t *value, bool *wide)
{
	uint64_t number = 0;

	for (; at < input.size; at++) {
		unsigned digit = (unsigned)input.data[at] - '0';

		if (digit > 9)
			break;
		if (__builtin_expect(number > (INT64_MAX - 9) / 10, 0)) {
			/* near the end of the range, or beyond it */
			if (*wide || __builtin_mul_overflow(number, 10, &number) ||
			    __builtin_add_overflow(number, digit, &number) || number > (uint64_t)INT64_MAX + 1)
				*wide = true;
			continue;
		}
		number = number * 10 + digit;
	}
	*value = number;
	return at;
}

static bool scan_integer(struct bencode *reader, struct bencode_token *token, struct error *error)
{
	struct bytes input = reader->input;
	size_t begin = reader->at + 1, digits = begin, end;
	bool negative = begin < input.size && input.data[begin] == '-', wide = false;
	uint64_t value;

	digits += negative;
	end = scan_digits(input, digits, &value, &wide);
	if (end == digits)
		return fail_found(reader, end, "a digit of an integer", error);
	if (end >= input.size || input.data[end] != 'e')
		return fail_found(reader, end, "a digit or the 'e' of an integer", error);
	token->kind = BENCODE_INTEGER;
	token->text = bytes_at(input.data + begin, end - begin);
	token->size = end + 1 - reader->at;
	if (end - digits > 1 && input.data[digits] == '0')
		token->flaws |= BENCODE_ZERO_PADDED;
	if (negative && !wide && !value)
		token->flaws |= BENCODE_NEGATIVE_ZERO;
	if (wide || value > (uint64_t)INT64_MAX + negative) {
		token->flaws |= BENCODE_WIDE;
		token->number = negative ? INT64_MIN : INT64_MAX;
	} else {
		token->number = negative ? (int64_t)(0 - value) : (int64_t)value;
	}
	return true;
}

static inline bool scan_string(struct bencode *reader, struct bencode_token *token, struct error *error)
{
	struct bytes input = reader->input;
	uint64_t length;
	bool wide = false;
	size_t end = scan_digits(input, reader->at, &length, &wide);

	if (end >= input.size || input.data[end] != ':')
		return fail_found(reader, end, "a digit or the ':' of a string", error);
	if (wide)
		return fail_input(error, reader->at, "the length of a string is beyond 63 bits");
	end++;
	if (length > input.size - end)
		return fail_input(error, reader->at, "a string of %" PRIu64 " bytes, but only %zu are left", length,
				  input.size - end);
	if (input.data[reader->at] == '0' && end - reader->at > 2)
		token->flaws |= BENCODE_PADDED_LENGTH;
	token->kind = BENCODE_STRING;
	token->text = bytes_at(input.data + end, (size_t)length);
	token->size = end + (size_t)length - reader->at;
	return true;
}

static bool fail_flaw(const struct bencode_token *token, struct error *error)
{
	return fail_input(error, token->offset, "%s", bencode_flaw_name(token->flaws & -token->flaws));
}

/* A key: its order against the one before it. */
static inline void take_key(struct bencode_frame *frame, struct bencode_token *token)
{
	if (frame->key) {
		struct bytes before = bytes_at(frame->key, frame->key_size);
		/* the first byte decides most often, and in a small packet a call for each key is a tenth of its time */
		bool begins = before.size && token->text.size && before.data[0] != token->text.data[0];
		int order = begins ? before.data[0] - token->text.data[0] : bytes_compare(before, token->text);

		if (order >= 0)
			token->flaws |= order ? BENCODE_UNSORTED_KEY : BENCODE_DUPLICATE_KEY;
	}
	token->key = true;
	frame->key = token->text.data;
	frame->key_size = token->text.size;
	frame->count++;
	frame->value_next = true;
}

static inline bool open_container(struct bencode *reader, struct bencode_token *token, bool dict, struct error *error)
{
	if (reader->depth >= reader->depth_max)
		return fail_input(error, reader->at, "lists and dictionaries are nested deeper than %u", reader->depth_max);
	token->kind = dict ? BENCODE_DICT : BENCODE_LIST;
	token->size = 1;
	reader->frames[reader->depth++] = (struct bencode_frame){ .dict = dict };
	reader->entered = true;
	return true;
}

bool bencode_next(struct bencode *reader, struct bencode_token *token, struct error *error)
{
	struct bencode_frame *frame = reader->depth ? &reader->frames[reader->depth - 1] : NULL;
	uint8_t first;

	if (reader->ended)
		return false;
	if (!reader->tokens_left--) {
		reader->tokens_left = 0;
		return fail_input(error, reader->at, "more values than are read of one input");
	}
	*token = (struct bencode_token){ .offset = reader->at, .depth = reader->depth };
	reader->entered = false;
	if (reader->at >= reader->input.size)
		return fail_found(reader, reader->at,
				  frame && frame->dict && !frame->value_next ? "a key or 'e'" : "a value", error);
	first = reader->input.data[reader->at];
	if (first == 'e' && frame && !frame->value_next) {
		token->kind = BENCODE_END;
		token->size = 1;
		token->depth = --reader->depth;
	} else {
		bool key = frame && frame->dict && !frame->value_next;

		if (frame && !key) {
			frame->value_next = false;
			frame->count += !frame->dict;
		}
		if (first >= '0' && first <= '9') {
			if (!scan_string(reader, token, error))
				return false;
		} else if (key) {
			return fail_found(reader, reader->at, "a key (a string) or 'e'", error);
		} else if (first == 'i') {
			if (!scan_integer(reader, token, error))
				return false;
		} else if (first == 'l' || first == 'd') {
			if (!open_container(reader, token, first == 'd', error))
				return false;
		} else {
			return fail_found(reader, reader->at, "a value (a digit, i, l or d)", error);
		}
		if (key)
			take_key(frame, token);
	}
	reader->at += token->size;
	reader->ended = !reader->depth;
	if (__builtin_expect(token->flaws != 0, 0)) {
		reader->flaws |= token->flaws;
		if (reader->strict)
			return fail_flaw(token, error);
		if (reader->observer)
			reader->observer(reader->context, reader, token);
	}
	return true;
}

bool bencode_skip(struct bencode *reader, const struct bencode_token *token, struct bytes *value, struct error *error)
{
	unsigned depth = token->depth;
	struct bencode_token inner;

	if (token->kind == BENCODE_LIST || token->kind == BENCODE_DICT) {
		do {
			if (!bencode_next(reader, &inner, error))
				return false;
		} while (inner.kind != BENCODE_END || inner.depth != depth);
	}
	if (value)
		*value = bytes_at(reader->input.data + token->offset, reader->at - token->offset);
	return true;
}

void bencode_jump(struct bencode *reader, const struct bencode_token *token, struct bytes value)
{
	reader->at = token->offset + value.size;
	reader->depth = token->depth;
	reader->entered = false;
	reader->ended = !reader->depth;
}

bool bencode_pair(struct bencode *reader, struct bencode_token *key, struct bencode_token *value, struct error *error)
{
	return bencode_next(reader, key, error) && key->kind != BENCODE_END && bencode_next(reader, value, error);
}

bool bencode_element(struct bencode *reader, struct bencode_token *token, struct error *error)
{
	return bencode_next(reader, token, error) && token->kind != BENCODE_END;
}

/* ---- where it stands */

/* Letters, digits, blanks, - and _. */
static bool plain_key(struct bytes key)
{
	for (size_t i = 0; i < key.size; i++) {
		uint8_t byte = key.data[i];

		if (!(byte >= '0' && byte <= '9') && !((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') &&
		    !memchr(" -_", byte, 3))
			return false;
	}
	return key.size != 0;
}

/* Can it stand between quotes: UTF-8, no control characters (C1 too), no quote, no backslash? */
static bool quotable_key(struct bytes key)
{
	while (key.size) {
		unsigned size = utf8_next(key);

		if (!size || key.data[0] < 0x20 || memchr("\"\\\x7f", key.data[0], 3) ||
		    (size == 2 && key.data[0] == 0xc2 && key.data[1] < 0xa0))
			return false;
		key = bytes_after(key, size);
	}
	return true;
}

static void put_key_bytes(struct buf *out, struct bytes key)
{
	char *at = (char *)buf_reserve(out, 2 * key.size);

	out->size += (size_t)(hex_print(at, key.data, key.size) - at);
}

static void put_key(struct buf *out, struct bytes key)
{
	bool cut = key.size > BENCODE_KEY_SHOWN, quoted;

	if (cut) {
		/* not within a character, if it is text at all */
		key.size = BENCODE_KEY_SHOWN;
		while (key.size > BENCODE_KEY_SHOWN - 3 && (key.data[key.size] & 0xc0) == 0x80)
			key.size--;
	} else if (plain_key(key)) {
		buf_append(out, key.data, key.size);
		return;
	}
	quoted = quotable_key(key);
	buf_text(out, quoted ? "[\"" : "[0x");
	if (quoted)
		buf_append(out, key.data, key.size);
	else
		put_key_bytes(out, key);
	buf_text(out, quoted ? "\"" : "");
	buf_text(out, cut ? "...]" : "]");
}

static void put_index(struct buf *out, uint32_t index)
{
	char *at = (char *)buf_reserve(out, NUMBER_ROOM + 2), *end;

	*at = '[';
	end = number_print(at + 1, index);
	*end = ']';
	out->size += (size_t)(end - at) + 1;
}

void bencode_path_part(const struct bencode *reader, unsigned level, struct buf *out)
{
	const struct bencode_frame *frame = &reader->frames[level];
	struct bytes key = bytes_at(frame->key, frame->key_size);
	bool none = frame->dict ? !frame->key : !frame->count;

	if (none)
		return;
	if (out->size >= BENCODE_PATH_MAX) {
		/* no part ends so */
		if (memcmp(out->data + out->size - 3, "...", 3) != 0)
			buf_text(out, "...");
		return;
	}
	if (!frame->dict) {
		put_index(out, frame->count - 1);
		return;
	}
	if (out->size && key.size <= BENCODE_KEY_SHOWN && plain_key(key))
		buf_byte(out, '.');
	put_key(out, key);
}

void bencode_path(const struct bencode *reader, struct buf *out)
{
	/* the container that the token opened is not around it */
	unsigned depth = reader->depth - reader->entered;

	for (unsigned i = 0; i < depth; i++)
		bencode_path_part(reader, i, out);
}

const char *bencode_kind_name(enum bencode_kind kind)
{
	static const char *const names[] = { "an integer", "a string", "a list", "a dictionary", "an end" };

	return names[kind];
}

const char *bencode_flaw_name(enum bencode_flaw flaw)
{
	switch (flaw) {
	case BENCODE_UNSORTED_KEY: return "unsorted key";
	case BENCODE_DUPLICATE_KEY: return "duplicate key";
	case BENCODE_ZERO_PADDED: return "integer with leading zeros";
	case BENCODE_NEGATIVE_ZERO: return "integer is -0";
	case BENCODE_WIDE: return "integer beyond 64 bits";
	case BENCODE_PADDED_LENGTH: return "length of a string with leading zeros";
	}
	return "not canonical";
}

/* ---- writing */

void bencode_put_string(struct buf *out, struct bytes text)
{
	char *at = (char *)buf_reserve(out, NUMBER_ROOM + 1 + text.size), *end;

	*at = (char)('0' + text.size);	/* nearly all keys, and most peers */
	end = text.size < 10 ? at + 1 : number_print(at, text.size);
	*end++ = ':';
	if (text.size)
		memcpy(end, text.data, text.size);
	out->size += (size_t)(end - at) + text.size;
}

void bencode_put_text(struct buf *out, const char *text)
{
	bencode_put_string(out, bytes_of(text));
}

void bencode_put_integer(struct buf *out, int64_t number)
{
	buf_format(out, "i%" PRId64 "e", number);
}
