/* rdb_encode.c - payloads from which RESTORE makes a zset or a set */
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crc64.h"
#include "codec/rdb.h"

enum { TYPE_ZSET_TEXT = 3, TYPE_ZSET = 5, TYPE_ZSET_LISTPACK = 17 };
enum { VERSION_BINARY_SCORE = 8, VERSION_LISTPACK = 10 };
/* What servers keep as a listpack unless they are told otherwise: as large a one is taken by all of them as it is. */
enum { LISTPACK_MEMBERS = 128, LISTPACK_TEXT = 64 };
enum { SCORE_ROOM = 32 };

static void put_length(struct buf *to, uint64_t length)
{
	uint8_t *at = buf_reserve(to, 9);
	uint32_t word = htobe32((uint32_t)length);
	uint64_t wide = htobe64(length);

	if (length < 64) {
		at[0] = (uint8_t)length;
		to->size += 1;
	} else if (length < 16384) {
		at[0] = (uint8_t)(0x40 | length >> 8);
		at[1] = (uint8_t)length;
		to->size += 2;
	} else if (length <= UINT32_MAX) {
		at[0] = 0x80;
		memcpy(at + 1, &word, 4);
		to->size += 5;
	} else {
		at[0] = 0x81;
		memcpy(at + 1, &wide, 8);
		to->size += 9;
	}
}

static void put_text(struct buf *to, struct bytes text)
{
	put_length(to, text.size);
	buf_append(to, text.data, text.size);
}

/* Version and checksum, behind what begins at `from`. */
static void put_footer(struct buf *to, size_t from, unsigned version)
{
	uint64_t sum;

	buf_byte(to, (uint8_t)version);
	buf_byte(to, (uint8_t)(version >> 8));
	sum = htole64(crc64(0, to->data + from, to->size - from));
	buf_append(to, &sum, sizeof sum);
}

/* Can a double be written as an integer? -0 can not: it would come back as 0. */
static bool is_integer(double score, int64_t *number)
{
	const double limit = 9007199254740992;	/* 2^53: all below are exact, and all that Redis writes as integers */

	if (!(score >= -limit && score <= limit) || (score == 0 && signbit(score)))
		return false;
	*number = (int64_t)score;
	return (double)*number == score;
}

/* A score as Redis reads it: all of its digits, no more than SCORE_ROOM of them. */
static size_t print_score(char text[SCORE_ROOM], double score)
{
	return (size_t)snprintf(text, SCORE_ROOM, isinf(score) ? (score < 0 ? "-inf" : "inf") : "%.17g", score);
}

/* ---- listpack: see rdb_packed.c for its layout */

static void put_packed_text(struct buf *to, struct bytes text)
{
	uint8_t *at = buf_reserve(to, 1 + LISTPACK_TEXT + 2);

	if (text.size < 64) {
		*at++ = (uint8_t)(0x80 | text.size);
	} else {
		*at++ = (uint8_t)(0xe0 | text.size >> 8);
		*at++ = (uint8_t)text.size;
	}
	if (text.size)
		memcpy(at, text.data, text.size);
	at += text.size;
	*at = (uint8_t)(at - (to->data + to->size));
	to->size += *at + 1u;
}

static void put_packed_number(struct buf *to, int64_t number)
{
	uint8_t *at = buf_reserve(to, 10);
	uint64_t bits = htole64((uint64_t)number);
	unsigned bytes = 1;

	if (number >= 0 && number < 128) {
		at[0] = (uint8_t)number;
	} else if (number >= -4096 && number < 4096) {
		at[0] = (uint8_t)(0xc0 | ((uint64_t)number >> 8 & 0x1f));
		at[1] = (uint8_t)number;
		bytes = 2;
	} else {
		unsigned size = number == (int16_t)number ? 2 : number >= -(1 << 23) && number < 1 << 23 ? 3 :
				number == (int32_t)number ? 4 : 8;

		at[0] = (uint8_t)(size == 8 ? 0xf4 : 0xef + size);
		memcpy(at + 1, &bits, size);
		bytes = 1 + size;
	}
	at[bytes] = (uint8_t)bytes;
	to->size += bytes + 1;
}

/* The order that Redis keeps a zset in: it takes a listpack as it is, and would search it in vain otherwise. */
static int by_score(const void *a, const void *b)
{
	const struct rdb_member *first = *(const struct rdb_member *const *)a;
	const struct rdb_member *second = *(const struct rdb_member *const *)b;

	if (first->score != second->score)
		return first->score < second->score ? -1 : 1;
	return bytes_compare(first->text, second->text);
}

static bool fits_listpack(const struct rdb_member *members, size_t count)
{
	for (size_t i = 0; i < count && count <= LISTPACK_MEMBERS; i++)
		if (members[i].text.size > LISTPACK_TEXT)
			return false;
	return count <= LISTPACK_MEMBERS;
}

static void put_listpack(struct buf *to, const struct rdb_member *members, size_t count)
{
	const struct rdb_member *sorted[LISTPACK_MEMBERS] = { NULL };
	struct buf packed = { 0 };
	uint32_t size;

	for (size_t i = 0; i < count; i++)
		sorted[i] = &members[i];
	qsort(sorted, count, sizeof *sorted, by_score);
	buf_append(&packed, (uint8_t[6]){ 0, 0, 0, 0, (uint8_t)(2 * count), (uint8_t)(2 * count >> 8) }, 6);
	for (size_t i = 0; i < count; i++) {
		char text[SCORE_ROOM];
		int64_t number;

		put_packed_text(&packed, sorted[i]->text);
		if (is_integer(sorted[i]->score, &number))
			put_packed_number(&packed, number);
		else
			put_packed_text(&packed, bytes_at(text, print_score(text, sorted[i]->score)));
	}
	buf_byte(&packed, 0xff);
	size = htole32((uint32_t)packed.size);
	memcpy(packed.data, &size, sizeof size);
	put_text(to, buf_bytes(&packed));
	buf_free(&packed);
}

/* ---- counted */

static void put_score(struct buf *to, double score)
{
	uint64_t bits;

	memcpy(&bits, &score, sizeof bits);
	bits = htole64(bits);
	buf_append(to, &bits, sizeof bits);
}

/* As text, the way of versions before 8. */
static void put_old_score(struct buf *to, double score)
{
	char text[SCORE_ROOM];
	size_t size;

	if (isinf(score)) {
		buf_byte(to, score < 0 ? 255 : 254);
		return;
	}
	size = print_score(text, score);
	buf_byte(to, (uint8_t)size);
	buf_append(to, text, size);
}

void rdb_encode_zset(struct buf *to, const struct rdb_member *members, size_t count, unsigned version)
{
	bool small = version >= VERSION_LISTPACK && fits_listpack(members, count), binary = version >= VERSION_BINARY_SCORE;
	size_t from = to->size;

	buf_byte(to, small ? TYPE_ZSET_LISTPACK : binary ? TYPE_ZSET : TYPE_ZSET_TEXT);
	if (small) {
		put_listpack(to, members, count);
	} else {
		put_length(to, count);
		for (size_t i = 0; i < count; i++) {
			put_text(to, members[i].text);
			if (binary)
				put_score(to, members[i].score);
			else
				put_old_score(to, members[i].score);
		}
	}
	put_footer(to, from, version);
}
