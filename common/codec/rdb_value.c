/* rdb_value.c - the values of an RDB file: lengths, strings, counted members, and passing over all of them */
#include <endian.h>
#include <math.h>

#include "base/number.h"
#include "codec/lzf.h"
#include "codec/peer.h"
#include "codec/rdb_private.h"

/*
 * A length: 00nnnnnn; 01nnnnnn nnnnnnnn; 0x80 and 4 bytes; 0x81 and 8 bytes, all big-endian. 11nnnnnn begins a string
 * that is a number of 1, 2 or 4 bytes, little-endian, or (0xc3) two lengths, packed and unpacked, and so many bytes of LZF.
 */
enum { LENGTH_32 = 0x80, LENGTH_64 = 0x81, STRING_INT8 = 0xc0, STRING_INT32 = 0xc2, STRING_PACKED = 0xc3 };
enum { DOUBLE_NAN = 253, DOUBLE_INF = 254, DOUBLE_MINUS_INF = 255 };
enum { TEXT_ROOM = 16 << 10 };	/* of a member's share of private->text, so that one event can hold many */

enum rdb_read rdb_read_length(struct rdb *rdb, const uint8_t **at, uint64_t *length, struct error *error)
{
	const uint8_t *from = *at;
	enum rdb_read got = rdb_need(rdb->private, from, 1);
	size_t size;
	uint64_t wide;
	uint32_t word;

	if (got != READ_DONE)
		return got;
	size = *from < 0x40 ? 1 : *from < 0x80 ? 2 : *from == LENGTH_32 ? 5 : *from == LENGTH_64 ? 9 : 0;
	if (!size)
		return rdb_fail(rdb, from, error, "0x%02x where a length should begin, want 0x00 to 0x81", *from);
	if ((got = rdb_need(rdb->private, from, size)) != READ_DONE)
		return got;
	if (size == 5) {
		memcpy(&word, from + 1, 4);
		*length = be32toh(word);
	} else if (size == 9) {
		memcpy(&wide, from + 1, 8);
		*length = be64toh(wide);
	} else {
		*length = size == 1 ? from[0] : (uint64_t)(from[0] & 0x3f) << 8 | from[1];
	}
	*at = from + size;
	return READ_DONE;
}

enum rdb_read rdb_read_string(struct rdb *rdb, const uint8_t **at, struct rdb_string *string, struct error *error)
{
	const uint8_t *from = *at;
	enum rdb_read got = rdb_need(rdb->private, from, 1);

	if (got != READ_DONE)
		return got;
	string->unpacked = 0;
	if (*from >= STRING_INT8 && *from <= STRING_INT32) {
		string->form = STRING_NUMBER;
		string->size = 1u << (*from - STRING_INT8);
		(*at)++;
		return READ_DONE;
	}
	if (*from == STRING_PACKED) {
		string->form = STRING_LZF;
		from++;
		if ((got = rdb_read_length(rdb, &from, &string->size, error)) != READ_DONE ||
		    (got = rdb_read_length(rdb, &from, &string->unpacked, error)) != READ_DONE)
			return got;
		*at = from;
		return READ_DONE;
	}
	if (*from > STRING_PACKED)
		return rdb_fail(rdb, from, error, "0x%02x where a string should begin, want a length or 0xc0 to 0xc3",
				*from);
	string->form = STRING_RAW;
	got = rdb_read_length(rdb, at, &string->size, error);
	string->unpacked = string->size;
	return got;
}

enum rdb_read rdb_check_size(struct rdb *rdb, const uint8_t *from, const struct rdb_string *string, struct error *error)
{
	if (string->size > RDB_TEXT_MAX || string->unpacked > RDB_TEXT_MAX)
		return rdb_fail(rdb, from, error, "a string of %ju bytes, want at most %d",
				(uintmax_t)(string->size > string->unpacked ? string->size : string->unpacked),
				RDB_TEXT_MAX);
	if (string->form == STRING_LZF && string->unpacked > string->size * LZF_GROWTH)
		return rdb_fail(rdb, from, error, "%ju bytes of LZF that claim to be %ju, want at most %d times as many",
				(uintmax_t)string->size, (uintmax_t)string->unpacked, LZF_GROWTH);
	return READ_DONE;
}

static size_t print_number(char *to, const uint8_t *data, size_t size)
{
	int64_t number = size == 1 ? (int8_t)data[0] : size == 2 ? (int16_t)(data[0] | data[1] << 8) :
			 (int32_t)(data[0] | data[1] << 8 | data[2] << 16 | (uint32_t)data[3] << 24);
	char *at = to;

	if (number < 0)
		*at++ = '-';
	return (size_t)(number_print(at, number < 0 ? -(uint64_t)number : (uint64_t)number) - to);
}

enum rdb_read rdb_bad_lzf(struct rdb *rdb, const uint8_t *from, const struct rdb_string *string, struct error *error)
{
	return rdb_fail(rdb, from, error, "%ju bytes of LZF are damaged, want what makes %ju bytes", (uintmax_t)string->size,
			(uintmax_t)string->unpacked);
}

/* A string that does not stand there as it is. */
static enum rdb_read read_packed_text(struct rdb *rdb, const uint8_t **at, struct bytes *text, struct error *error)
{
	struct rdb_private *p = rdb->private;
	const uint8_t *from = *at;
	struct rdb_string string;
	enum rdb_read got = rdb_read_string(rdb, at, &string, error);

	if (got != READ_DONE || (got = rdb_check_size(rdb, from, &string, error)) != READ_DONE ||
	    (got = rdb_need(p, *at, string.size)) != READ_DONE)
		return got;
	if (string.form == STRING_RAW) {
		*text = bytes_at(*at, (size_t)string.size);
		*at += string.size;
		return READ_DONE;
	}
	/* never moved: others look into it */
	p->room = p->text.size + (size_t)string.unpacked + NUMBER_ROOM + LZF_ROOM;
	if (p->room > p->text.capacity)
		return READ_FULL;
	*text = bytes_at(p->text.data + p->text.size, (size_t)string.unpacked);
	if (string.form == STRING_NUMBER)
		text->size = print_number((char *)p->text.data + p->text.size, *at, (size_t)string.size);
	else if (!lzf_decode(bytes_at(*at, (size_t)string.size), p->text.data + p->text.size, text->size))
		return rdb_bad_lzf(rdb, from, &string, error);
	p->text.size += text->size;
	*at += string.size;
	return READ_DONE;
}

enum rdb_read rdb_read_text(struct rdb *rdb, const uint8_t **at, struct bytes *text, struct error *error)
{
	const uint8_t *from = *at, *end = rdb->private->end;

	/* nearly always: a few bytes as they are */
	if (from < end && *from < 0x40 && *from < end - from) {
		*text = bytes_at(from + 1, *from);
		*at = from + 1 + *from;
		return READ_DONE;
	}
	return read_packed_text(rdb, at, text, error);
}

enum rdb_read rdb_read_text_alone(struct rdb *rdb, const uint8_t **at, struct bytes *text, struct error *error)
{
	struct rdb_private *p = rdb->private;
	const uint8_t *from = *at;
	enum rdb_read got;

	p->text.size = 0;
	got = rdb_read_text(rdb, at, text, error);
	if (got != READ_FULL)
		return got;
	buf_reserve(&p->text, p->room);
	*at = from;
	return rdb_read_text(rdb, at, text, error);
}

/* ---- members */

/* A number as text, with its size in a byte before it, or one of the three that are no number. */
static enum rdb_read read_old_score(struct rdb *rdb, const uint8_t **at, double *score, struct error *error)
{
	const uint8_t *from = *at;
	enum rdb_read got = rdb_need(rdb->private, from, 1);

	if (got != READ_DONE)
		return got;
	if (*from >= DOUBLE_NAN) {
		*score = *from == DOUBLE_NAN ? NAN : *from == DOUBLE_INF ? INFINITY : -INFINITY;
		*at = from + 1;
		return READ_DONE;
	}
	if ((got = rdb_need(rdb->private, from, 1 + (size_t)*from)) != READ_DONE)
		return got;
	if (!peer_score_parse(bytes_at(from + 1, *from), score))
		return rdb_fail(rdb, from, error, "a score of %u bytes that are no number", *from);
	*at = from + 1 + *from;
	return READ_DONE;
}

static enum rdb_read read_score(struct rdb *rdb, const uint8_t **at, double *score, struct error *error)
{
	enum rdb_read got = rdb_need(rdb->private, *at, 8);
	uint64_t bits;

	(void)error;
	if (got != READ_DONE)
		return got;
	memcpy(&bits, *at, 8);
	bits = le64toh(bits);
	memcpy(score, &bits, 8);
	*at += 8;
	return READ_DONE;
}

/* The score that follows a member, by what the layout has behind its "s". */
static inline enum rdb_read read_member(struct rdb *rdb, char score, const uint8_t **at, struct rdb_member *member,
					struct error *error)
{
	enum rdb_read got = rdb_read_text(rdb, at, &member->text, error);

	if (got != READ_DONE)
		return got;
	if (score == '8')
		return read_score(rdb, at, &member->score, error);
	member->score = 0;
	return score == 'f' ? read_old_score(rdb, at, &member->score, error) : READ_DONE;
}

enum rdb_read rdb_counted(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	struct rdb_private *p = rdb->private;
	char score = p->type->layout[2];
	enum rdb_read got = READ_DONE;
	struct error later;
	size_t count = 0;

	error_clear(&later);
	p->text.size = 0;
	buf_reserve(&p->text, TEXT_ROOM);
	while (count < RDB_MEMBERS_MAX && count < p->left) {
		const uint8_t *at = p->at;
		size_t used = p->text.size;

		p->number = rdb->count - p->left + count + 1;
		got = read_member(rdb, score, &at, &p->members[count], count ? &later : error);
		if (got == READ_DONE) {
			p->at = at;
			count++;
			continue;
		}
		p->text.size = used;
		if (got != READ_FULL || count)
			break;
		buf_reserve(&p->text, p->room);
	}
	if (!count)
		return got;
	/* those before a bad one are given first: it is bad again the next time */
	p->left -= count;
	rdb->members = p->members;
	rdb->member_count = count;
	*event = RDB_MEMBERS;
	return READ_DONE;
}

/* ---- passing over */

void rdb_pass_over(struct rdb_private *p, const char *layout)
{
	p->layout = layout;
	p->depth = 0;
	p->state = STATE_PASSING;
}

/* The bytes of a string, as far as they are there. */
static enum rdb_read pass_bytes(struct rdb_private *p)
{
	size_t there = (size_t)(p->end - p->at);

	if (p->skip > there) {
		p->at = p->end;
		p->skip -= there;
		p->missing = p->skip;
		return READ_MORE;
	}
	p->at += p->skip;
	p->skip = 0;
	return READ_DONE;
}

static enum rdb_read pass_string(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	struct rdb_string string;
	const uint8_t *from = p->at;
	enum rdb_read got = rdb_read_string(rdb, &p->at, &string, error);

	if (got != READ_DONE)
		return got;
	p->skip = string.size;
	p->skip_offset = rdb_offset(rdb, from);
	return pass_bytes(p);
}

/* One value of a module, behind its mark; READ_FULL when there are no more. */
static enum rdb_read pass_module(struct rdb *rdb, struct error *error)
{
	enum { MODULE_END, MODULE_SIGNED, MODULE_UNSIGNED, MODULE_FLOAT, MODULE_DOUBLE, MODULE_STRING };
	struct rdb_private *p = rdb->private;
	const uint8_t *at = p->at, *from = at;
	uint64_t mark, number;
	enum rdb_read got = rdb_read_length(rdb, &at, &mark, error);

	if (got != READ_DONE)
		return got;
	switch (mark) {
	case MODULE_END:
		p->at = at;
		return READ_FULL;
	case MODULE_SIGNED:
	case MODULE_UNSIGNED:
		got = rdb_read_length(rdb, &at, &number, error);
		break;
	case MODULE_FLOAT:
	case MODULE_DOUBLE:
		got = rdb_need(p, at, mark == MODULE_FLOAT ? 4 : 8);
		at += got == READ_DONE ? (mark == MODULE_FLOAT ? 4 : 8) : 0;
		break;
	case MODULE_STRING:
		p->at = at;
		got = pass_string(rdb, error);
		if (got != READ_DONE && !p->skip)	/* its length is cut: with the mark once more */
			p->at = from;
		return got;
	default:
		return rdb_fail(rdb, from, error, "mark %ju in what a module wrote, want 0 to 5", (uintmax_t)mark);
	}
	if (got == READ_DONE)
		p->at = at;
	return got;
}

/* A number of fixed size, or with its size in a byte before it. */
static enum rdb_read pass_number(struct rdb_private *p, char what)
{
	enum rdb_read got = rdb_need(p, p->at, 1);
	size_t size = what == 'W' ? 16 : (size_t)(what - '0');

	if (got != READ_DONE)
		return got;
	if (what == 'f')
		size = *p->at >= DOUBLE_NAN ? 1 : 1 + (size_t)*p->at;
	if ((got = rdb_need(p, p->at, size)) == READ_DONE)
		p->at += size;
	return got;
}

/* Strings of less than 64 bytes, plain or packed, each with `extra` bytes behind it, as long as there are such and room. */
static void pass_short(struct rdb_private *p, uint64_t *left, size_t extra)
{
	enum { LONGEST = 4 + 64 + 8 };
	const uint8_t *at = p->at;
	uint64_t count = *left;

	while (count && p->end - at >= LONGEST) {
		if (*at < 0x40)
			at += 1 + (size_t)*at + extra;
		else if (*at == STRING_PACKED && at[1] < 0x40 && at[2] < 0x80)
			at += 3 + (size_t)at[1] + (at[2] >> 6) + extra;
		else
			break;
		count--;
	}
	p->at = at;
	*left = count;
}

/* At a '(' or ')': *layout goes to what comes next. */
static enum rdb_read pass_loop(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	enum rdb_read got;
	const char *body;
	unsigned depth = 0;

	if (*p->layout == '(') {
		got = rdb_read_length(rdb, &p->at, &p->loops[p->depth].left, error);
		if (got != READ_DONE)
			return got;
		p->loops[p->depth++].body = ++p->layout;
	} else {
		p->layout = p->loops[p->depth - 1].body;
		p->loops[p->depth - 1].left--;
	}
	body = p->layout;
	if (!strncmp(body, "s)", 2))
		pass_short(p, &p->loops[p->depth - 1].left, 0);
	else if (!strncmp(body, "s8)", 3))
		pass_short(p, &p->loops[p->depth - 1].left, 8);
	if (p->loops[p->depth - 1].left)
		return READ_DONE;
	/* on behind the parenthesis that closes this loop */
	for (; *body != ')' || depth; body++)
		depth = depth + (*body == '(') - (*body == ')');
	p->layout = body + 1;
	p->depth--;
	return READ_DONE;
}

static enum rdb_read pass_one(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	enum rdb_read got;
	uint64_t length;

	switch (*p->layout) {
	case '(':
	case ')':
		return pass_loop(rdb, error);
	case 's':
		got = pass_string(rdb, error);
		p->layout += got == READ_DONE || p->skip;
		return got;
	case 'm':
		got = pass_module(rdb, error);
		p->layout += got == READ_FULL;
		return got == READ_FULL ? READ_DONE : got;
	case 'l':
		got = rdb_read_length(rdb, &p->at, &length, error);
		break;
	default:
		got = pass_number(p, *p->layout);
		break;
	}
	p->layout += got == READ_DONE;
	return got;
}

enum rdb_read rdb_pass(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	enum rdb_read got = pass_bytes(p);

	while (got == READ_DONE && *p->layout)
		got = pass_one(rdb, error);
	return got;
}
