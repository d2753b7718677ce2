/* base64.c - base64 and base32 (RFC 4648), as Redis keys and info hashes use them */
#include "base/base64.h"

static const char alphabet[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* VALID with the value; 0 is no character of the alphabet, so that one bit tells for several characters. */
enum { VALID = 0x80 };

#define FOUR(first, n) \
	[first] = VALID + (n), [(first) + 1] = VALID + (n) + 1, [(first) + 2] = VALID + (n) + 2, \
	[(first) + 3] = VALID + (n) + 3
#define SIX(first, n) FOUR(first, n), [(first) + 4] = VALID + (n) + 4, [(first) + 5] = VALID + (n) + 5
#define LETTERS(first, n) \
	SIX(first, n), SIX((first) + 6, (n) + 6), SIX((first) + 12, (n) + 12), SIX((first) + 18, (n) + 18), \
	[(first) + 24] = VALID + (n) + 24, [(first) + 25] = VALID + (n) + 25

static const uint8_t values64[256] = {
	LETTERS('A', 0), LETTERS('a', 26), SIX('0', 52), FOUR('6', 58), ['+'] = VALID + 62, ['/'] = VALID + 63,
};
static const uint8_t values32[256] = {
	LETTERS('A', 0), LETTERS('a', 0), SIX('2', 26),
};

char *base64_print(char *at, const uint8_t *data, size_t size)
{
	for (; size >= 3; size -= 3, data += 3) {
		unsigned bits = (unsigned)data[0] << 16 | (unsigned)data[1] << 8 | data[2];

		*at++ = alphabet[bits >> 18];
		*at++ = alphabet[bits >> 12 & 63];
		*at++ = alphabet[bits >> 6 & 63];
		*at++ = alphabet[bits & 63];
	}
	if (size) {
		unsigned bits = (unsigned)data[0] << 16 | (size == 2 ? (unsigned)data[1] << 8 : 0);

		*at++ = alphabet[bits >> 18];
		*at++ = alphabet[bits >> 12 & 63];
		*at++ = size == 2 ? alphabet[bits >> 6 & 63] : '=';
		*at++ = '=';
	}
	return at;
}

/* Four characters to 24 bits; *all keeps VALID when they are all of the alphabet. */
static unsigned quantum(const uint8_t *text, uint8_t *all)
{
	uint8_t a = values64[text[0]], b = values64[text[1]], c = values64[text[2]], d = values64[text[3]];

	*all &= a & b & c & d;
	return (a & 63u) << 18 | (b & 63u) << 12 | (c & 63u) << 6 | (d & 63u);
}

/* The last one or two bytes: the characters that padding stands for count as zero bits. */
static bool parse_last(const uint8_t *text, uint8_t *data, size_t size)
{
	uint8_t copy[4] = { text[0], text[1], size == 2 ? text[2] : 'A', 'A' }, all = VALID;
	unsigned bits = quantum(copy, &all);

	if (!all || text[3] != '=' || (size == 1 && text[2] != '=') || bits & (size == 2 ? 0xff : 0xffff))
		return false;
	data[0] = (uint8_t)(bits >> 16);
	if (size == 2)
		data[1] = (uint8_t)(bits >> 8);
	return true;
}

bool base64_parse(struct bytes text, uint8_t *data, size_t size)
{
	const uint8_t *at = text.data;
	uint8_t all = VALID;

	/* the length is checked without BASE64_ROOM, which wraps for a size near SIZE_MAX */
	if (text.size % 4 || text.size / 4 != size / 3 + (size % 3 != 0))
		return false;
	for (; size >= 3; size -= 3, at += 4, data += 3) {
		unsigned bits = quantum(at, &all);

		data[0] = (uint8_t)(bits >> 16);
		data[1] = (uint8_t)(bits >> 8);
		data[2] = (uint8_t)bits;
	}
	return all && (!size || parse_last(at, data, size));
}

bool base32_parse(struct bytes text, uint8_t *data, size_t size)
{
	const uint8_t *at = text.data;
	uint8_t all = VALID;

	if (size % 5 || text.size % 8 || text.size / 8 != size / 5)
		return false;
	for (; size; size -= 5, data += 5) {
		uint64_t bits = 0;

		for (int i = 0; i < 8; i++) {
			uint8_t value = values32[*at++];

			all &= value;
			bits = bits << 5 | (value & 31);
		}
		for (int i = 0; i < 5; i++)
			data[i] = (uint8_t)(bits >> (32 - 8 * i));
	}
	return all;
}
