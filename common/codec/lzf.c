/* lzf.c - unpacks what LZF packed, as Redis does with strings and lists in RDB */
#include "codec/lzf.h"

enum { LITERAL_MAX = 32, AGAIN_MIN = 2, AGAIN_LONG = 7 };

/* Up to LITERAL_MAX bytes, in blocks that may overlap: short strings are all beginning and end. */
static inline void copy_literal(uint8_t *to, const uint8_t *from, size_t size, size_t left)
{
	uint64_t first, last;

	if (left >= LITERAL_MAX) {
		memcpy(to, from, LITERAL_MAX);
	} else if (size >= 16) {
		memcpy(to, from, 16);
		memcpy(to + size - 16, from + size - 16, 16);
	} else if (size >= 8) {
		memcpy(&first, from, 8);
		memcpy(&last, from + size - 8, 8);
		memcpy(to, &first, 8);
		memcpy(to + size - 8, &last, 8);
	} else if (size >= 4) {
		memcpy(to, from, 4);
		memcpy(to + size - 4, from + size - 4, 4);
	} else {
		to[0] = from[0];
		to[size / 2] = from[size / 2];
		to[size - 1] = from[size - 1];
	}
}

/* The bytes from `distance` before `to` on, those that this writes included. May write 15 bytes more. */
static inline void copy_again(uint8_t *to, size_t distance, size_t size)
{
	const uint8_t *from = to - distance;
	uint8_t block[16];

	if (distance >= 16 || distance == 1) {
		/* one byte, mostly the 0 of an address that is not there, is a block that stays the same */
		if (distance == 1)
			memset(block, *from, 16);
		for (size_t i = 0; i < size; i += 16) {
			if (distance != 1)
				memcpy(block, from + i, 16);
			memcpy(to + i, block, 16);
		}
		return;
	}
	for (size_t i = 0; i < size; i++)
		to[i] = from[i];
}

/* Unpacks at most size bytes; *whole: just these, and no more of packed was left. */
static inline size_t decode(struct bytes packed, uint8_t *to, size_t size, bool *whole)
{
	const uint8_t *at = packed.data, *end = packed.data + packed.size;
	size_t out = 0;

	*whole = false;
	while (at < end && out < size) {
		size_t count = *at >> 5, distance = (size_t)(*at & 31) << 8;

		if (!count) {
			count = (size_t)*at++ + 1;
			if (count > size - out) {
				count = size - out < (size_t)(end - at) ? size - out : (size_t)(end - at);
				memcpy(to + out, at, count);
				return out + count;
			}
			if (count > (size_t)(end - at))
				return out;
			copy_literal(to + out, at, count, (size_t)(end - at));
			at += count;
			out += count;
			continue;
		}
		if (end - at < 2 + (count == AGAIN_LONG))
			return out;
		if (count == AGAIN_LONG)
			count += *++at;
		count += AGAIN_MIN;
		distance += (size_t)at[1] + 1;
		at += 2;
		if (distance > out)
			return out;
		if (count > size - out) {
			for (size_t i = out; i < size; i++)
				to[i] = to[i - distance];
			return size;
		}
		copy_again(to + out, distance, count);
		out += count;
	}
	*whole = at == end && out == size;
	return out;
}

bool lzf_decode(struct bytes packed, uint8_t *to, size_t size)
{
	bool whole;

	decode(packed, to, size, &whole);
	return whole;
}

size_t lzf_decode_first(struct bytes packed, uint8_t *to, size_t size)
{
	bool whole;

	return decode(packed, to, size, &whole);
}
