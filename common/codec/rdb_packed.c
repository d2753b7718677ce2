/* rdb_packed.c - the values of an RDB file that are one string: listpack, ziplist, intset */
#include "base/number.h"
#include "codec/lzf.h"
#include "codec/peer.h"
#include "codec/rdb_private.h"

/*
 * All little-endian unless said otherwise.
 *
 *	listpack: size of it all (4), elements (2), entries, 0xff
 *	  0nnnnnnn			number
 *	  10ssssss			text of that size; 1110ssss ssssssss (high bits first); 0xf0 and the size (4)
 *	  110nnnnn nnnnnnnn		number with sign, high bits first
 *	  0xf1 0xf2 0xf3 0xf4		number of 2, 3, 4, 8 bytes follows
 *	  then the size of the entry so far, 7 bits to a byte, high bits first, bit 7 set in all but the first
 *	ziplist: size of it all (4), where the last entry begins (4), elements (2), entries, 0xff
 *	  size of the entry before this one: a byte below 0xfe, or 0xfe and 4 bytes; then
 *	  00ssssss			text of that size; 01ssssss ssssssss (high bits first); 0x80 and the size (4, high)
 *	  0xc0 0xd0 0xe0 0xf0 0xfe	number of 2, 4, 8, 3, 1 bytes follows
 *	  0xf1 to 0xfd			the number 0 to 12
 *	intset: bytes of a number (4): 2, 4 or 8; numbers (4); the numbers
 *
 * 65535 elements of a listpack or a ziplist: as many or more, nobody knows.
 */
enum { LISTPACK_HEAD = 6, ZIPLIST_HEAD = 10, INTSET_HEAD = 8, HEAD_MAX = 10, MANY = 65535, MARK_END = 0xff };
enum { LZF_HEAD_MAX = 2 * HEAD_MAX + 1 };	/* bytes of LZF that hold the first HEAD_MAX */
enum { PREVIOUS_LONG = 0xfe };

/* An element: a text, or when that is NULL a number. */
struct element {
	struct bytes text;
	int64_t number;
};

/* Reads the one at packed->at and moves on. False: *wrong says why, or NULL: that was the last. */
typedef bool next_element(struct rdb_packed *, struct element *, const char **wrong);

static uint32_t load16(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t load32(const uint8_t *at)
{
	return load16(at) | load16(at + 2) << 16;
}

static int64_t load_signed(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return (int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

/* ---- listpack */

/* Does what follows an entry repeat its size (without these bytes)? Returns how many bytes do; 0: it does not. */
static size_t check_back(const uint8_t *at, size_t left, size_t size)
{
	size_t bytes = size < 128 ? 1 : size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5;

	if (bytes > left)
		return 0;
	for (size_t i = bytes; i-- > 0; size >>= 7)
		if (at[i] != ((size & 127) | (i ? 128 : 0)))
			return 0;
	return bytes;
}

static bool bad_element(const char **wrong, const char *message)
{
	*wrong = message;
	return false;
}

/* The element at `at`, and its size without the bytes that repeat it; 0: it is none, or goes beyond left. */
static inline size_t listpack_element(const uint8_t *at, size_t left, struct element *element)
{
	size_t head, size;

	*element = (struct element){ { NULL, 0 }, 0 };
	if (*at < 0x80) {
		element->number = *at;
		return 1;
	}
	if (*at < 0xc0) {
		head = 1;
		size = *at & 63;
	} else if (*at < 0xe0) {
		if (left < 2)
			return 0;
		element->number = ((at[0] & 31) << 8 | at[1]) - ((at[0] & 16) ? 8192 : 0);
		return 2;
	} else if (*at < 0xf0) {
		head = 2;
		if (left < head)
			return 0;
		size = (size_t)(at[0] & 15) << 8 | at[1];
	} else if (*at == 0xf0) {
		head = 5;
		if (left < head)
			return 0;
		size = load32(at + 1);
	} else {
		size = *at == 0xf4 ? 8 : *at <= 0xf3 ? (size_t)*at - 0xef : left;
		if (size >= left)
			return 0;
		element->number = load_signed(at + 1, size);
		return 1 + size;
	}
	if (size > left - head)
		return 0;
	element->text = bytes_at(at + head, size);
	return head + size;
}

static inline bool listpack_next(struct rdb_packed *packed, struct element *element, const char **wrong)
{
	const uint8_t *at = packed->at;
	size_t left = (size_t)(packed->last - at), size, back;

	*wrong = NULL;
	if (!left)
		return false;
	size = listpack_element(at, left, element);
	if (!size)
		return bad_element(wrong, "no element of a listpack, or one that goes beyond its end");
	/* nearly all are short */
	back = size < 128 && size < left && at[size] == size ? 1 : check_back(at + size, left - size, size);
	if (!back)
		return bad_element(wrong, "an element of a listpack that has another size at its end");
	packed->at = at + size + back;
	return true;
}

/* ---- ziplist */

/* What stands behind the size of the entry before: as listpack_element. */
static size_t ziplist_element(const uint8_t *at, size_t left, struct element *element)
{
	size_t head = *at < 0x40 ? 1 : *at < 0x80 ? 2 : *at == 0x80 ? 5 : 0, size;

	*element = (struct element){ { NULL, 0 }, 0 };
	if (head) {
		if (left < head)
			return 0;
		size = head == 1 ? at[0] : head == 2 ? (size_t)(at[0] & 63) << 8 | at[1] :
		       (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
		if (size > left - head)
			return 0;
		element->text = bytes_at(at + head, size);
		return head + size;
	}
	if (*at >= 0xf1 && *at <= 0xfd) {
		element->number = *at - 0xf1;
		return 1;
	}
	size = *at == 0xc0 ? 2 : *at == 0xd0 ? 4 : *at == 0xe0 ? 8 : *at == 0xf0 ? 3 : *at == 0xfe ? 1 : left;
	if (size >= left)
		return 0;
	element->number = load_signed(at + 1, size);
	return 1 + size;
}

static inline bool ziplist_next(struct rdb_packed *packed, struct element *element, const char **wrong)
{
	const uint8_t *at = packed->at;
	size_t left = (size_t)(packed->last - at), size, head, previous;

	*wrong = NULL;
	if (!left)
		return false;
	head = *at == PREVIOUS_LONG ? 5 : 1;
	if (left <= head)
		return bad_element(wrong, "an element of a ziplist that goes beyond its end");
	previous = head == 1 ? *at : load32(at + 1);
	if (previous != packed->previous)
		return bad_element(wrong, "an element of a ziplist that has another size for the one before it");
	size = ziplist_element(at + head, left - head, element);
	if (!size)
		return bad_element(wrong, "no element of a ziplist, or one that goes beyond its end");
	packed->previous = head + size;
	packed->at = at + head + size;
	return true;
}

/* ---- intset */

static inline bool intset_next(struct rdb_packed *packed, struct element *element, const char **wrong)
{
	*wrong = NULL;
	if (packed->at == packed->last)
		return false;
	*element = (struct element){ { NULL, 0 }, load_signed(packed->at, packed->width) };
	packed->at += packed->width;
	return true;
}

/* ---- all of them */

enum form { LISTPACK, ZIPLIST, INTSET };

static enum form form_of(uint8_t type)
{
	return type == 11 ? INTSET : type == 12 ? ZIPLIST : LISTPACK;
}

static size_t head_size(enum form form)
{
	return form == INTSET ? INTSET_HEAD : form == ZIPLIST ? ZIPLIST_HEAD : LISTPACK_HEAD;
}

/* What the head says; RDB_COUNT_LATER when it does not know itself. */
static uint64_t count_in_head(enum form form, const uint8_t *head)
{
	uint64_t count = form == INTSET ? load32(head + 4) : load16(head + head_size(form) - 2);

	return form != INTSET && count == MANY ? RDB_COUNT_LATER : count;
}

enum rdb_read rdb_packed_count(struct rdb *rdb, const uint8_t *at, uint64_t *count, struct error *error)
{
	enum form form = form_of(rdb->type);
	uint8_t head[HEAD_MAX + LZF_ROOM];
	struct rdb_string string;
	enum rdb_read got = rdb_read_string(rdb, &at, &string, error);
	uint64_t needed;

	*count = RDB_COUNT_LATER;
	if (got != READ_DONE || string.form == STRING_NUMBER)
		return got;
	/* what is wrong with a short one is said when it is read */
	needed = string.form == STRING_LZF ? LZF_HEAD_MAX : head_size(form);
	needed = needed < string.size ? needed : string.size;
	if ((got = rdb_need(rdb->private, at, needed)) != READ_DONE)
		return got;
	if (string.form == STRING_LZF) {
		needed = lzf_decode_first(bytes_at(at, (size_t)needed), head, head_size(form));
		at = head;
	}
	if (needed < head_size(form))
		return READ_DONE;
	*count = count_in_head(form, at);
	if (*count != RDB_COUNT_LATER && rdb->kind == RDB_ZSET)
		*count /= 2;
	return READ_DONE;
}

/* What is wrong at a byte of the value. */
static enum rdb_read bad_packed(struct rdb *rdb, const struct rdb_packed *packed, const uint8_t *at, const char *wrong,
				struct error *error)
{
	uint64_t offset = packed->offset + (packed->unpacked ? 0 : (uint64_t)(at - packed->first));

	return rdb_fail_at(rdb, offset, error, "%s (byte 0x%02x)", wrong, *at);
}

/* The string is there: are its sizes those of its head? */
static enum rdb_read check_head(struct rdb *rdb, enum form form, struct rdb_packed *packed, size_t size,
				struct error *error)
{
	const uint8_t *first = packed->first;

	if (size < head_size(form) + (form != INTSET))
		return rdb_fail_at(rdb, packed->offset, error, "a packed value of %zu bytes, want at least %zu", size,
				   head_size(form) + (form != INTSET));
	packed->count = count_in_head(form, first);
	packed->at = first + head_size(form);
	packed->last = first + size - (form != INTSET);
	if (form == INTSET) {
		packed->width = load32(first);
		if (packed->width != 2 && packed->width != 4 && packed->width != 8)
			return bad_packed(rdb, packed, first, "an intset, want numbers of 2, 4 or 8 bytes", error);
		if (packed->count * packed->width != size - INTSET_HEAD)
			return rdb_fail_at(rdb, packed->offset, error,
					   "an intset of %zu bytes, want %ju numbers of %zu bytes", size,
					   (uintmax_t)packed->count, packed->width);
		return READ_DONE;
	}
	if (load32(first) != size)
		return rdb_fail_at(rdb, packed->offset, error, "a packed value of %zu bytes that says it has %u", size,
				   (unsigned)load32(first));
	if (*packed->last != MARK_END)
		return bad_packed(rdb, packed, packed->last, "the end of a packed value, want 0xff", error);
	return READ_DONE;
}

enum rdb_read rdb_packed_open(struct rdb *rdb, struct error *error)
{
	struct rdb_private *p = rdb->private;
	const uint8_t *at = p->at;
	struct rdb_string string;
	enum rdb_read got = rdb_read_string(rdb, &at, &string, error);
	size_t size;

	if (got != READ_DONE || (got = rdb_check_size(rdb, p->at, &string, error)) != READ_DONE ||
	    (got = rdb_need(p, at, string.size)) != READ_DONE)
		return got;
	if (string.form == STRING_NUMBER)
		return rdb_fail(rdb, p->at, error, "a number, want a packed value");
	p->packed = (struct rdb_packed){ .first = at, .offset = rdb_offset(rdb, at) };
	size = (size_t)string.unpacked;
	if (string.form == STRING_LZF) {
		p->packed.first = buf_reserve(&p->blob, size + LZF_ROOM);
		p->packed.offset = rdb_offset(rdb, p->at);
		p->packed.unpacked = true;
		if (!lzf_decode(bytes_at(at, (size_t)string.size), p->blob.data, size))
			return rdb_bad_lzf(rdb, p->at, &string, error);
	}
	got = check_head(rdb, form_of(rdb->type), &p->packed, size, error);
	if (got != READ_DONE)
		return got;
	p->at = at + string.size;
	p->state = STATE_PACKED;
	return READ_DONE;
}

/* The text of an element; that of a number is written at *room, which moves behind it. */
static inline struct bytes text_of(const struct element *element, char **room)
{
	uint64_t number = (uint64_t)element->number;
	char *text = *room;

	if (element->text.data)
		return element->text;
	if (element->number < 0) {
		*(*room)++ = '-';
		number = -number;
	}
	*room = number_print(*room, number);
	return bytes_at(text, (size_t)(*room - text));
}

static inline bool score_of(const struct element *element, double *score)
{
	*score = (double)element->number;
	return !element->text.data || peer_score_parse(element->text, score);
}

/* The next member, and of a zset its score; false as next_element, and nothing has moved. */
static inline bool next_member(struct rdb_packed *packed, next_element *next, bool scored, char **room,
			       struct rdb_member *member, const char **wrong)
{
	struct rdb_packed before = *packed;
	struct element element;

	if (!next(packed, &element, wrong))
		return false;
	packed->elements++;
	member->text = text_of(&element, room);
	member->score = 0;
	if (!scored)
		return true;
	if (next(packed, &element, wrong)) {
		packed->elements++;
		if (score_of(&element, &member->score))
			return true;
		*wrong = "a score that is no number";
	} else if (!*wrong) {
		*wrong = "a member without score";
	}
	*packed = before;
	return false;
}

/* All elements were read: are there as many as was said, and is the last one where it was said? */
static enum rdb_read check_end(struct rdb *rdb, const struct rdb_packed *packed, struct error *error)
{
	size_t tail = (size_t)(packed->last - packed->first) - packed->previous;

	if (packed->count != RDB_COUNT_LATER && packed->count != packed->elements)
		return rdb_fail_at(rdb, packed->offset, error, "a packed value that says it has %ju elements, and has %ju",
				   (uintmax_t)packed->count, (uintmax_t)packed->elements);
	if (form_of(rdb->type) == ZIPLIST && load32(packed->first + 4) != tail)
		return rdb_fail_at(rdb, packed->offset, error,
				   "a ziplist whose last element is at %zu, and which says at %u", tail,
				   (unsigned)load32(packed->first + 4));
	return READ_DONE;
}

static inline enum rdb_read members(struct rdb *rdb, next_element *next, enum rdb_event *event, struct error *error)
{
	struct rdb_private *p = rdb->private;
	struct rdb_packed packed = p->packed;
	bool scored = rdb->kind == RDB_ZSET;
	uint64_t before = packed.elements;
	const char *wrong = NULL;
	size_t count = 0;
	char *room;

	p->text.size = 0;
	room = (char *)buf_reserve(&p->text, RDB_MEMBERS_MAX * (NUMBER_ROOM + 1));
	while (count < RDB_MEMBERS_MAX && next_member(&packed, next, scored, &room, &p->members[count], &wrong))
		count++;
	p->packed = packed;
	if (count) {	/* those before a bad one are given first: it is bad again the next time */
		rdb->members = p->members;
		rdb->member_count = count;
		*event = RDB_MEMBERS;
		return READ_DONE;
	}
	p->number = wrong ? before / (1 + scored) + 1 : 0;
	if (wrong)
		return bad_packed(rdb, &packed, packed.at, wrong, error);
	return check_end(rdb, &packed, error);
}

enum rdb_read rdb_packed_members(struct rdb *rdb, enum rdb_event *event, struct error *error)
{
	switch (form_of(rdb->type)) {
	case INTSET:
		return members(rdb, intset_next, event, error);
	case ZIPLIST:
		return members(rdb, ziplist_next, event, error);
	default:
		return members(rdb, listpack_next, event, error);
	}
}
