/* hex.c - bytes as hexadecimal digits and back, sixteen at a time where the CPU can */
#include "base/hex.h"

#include "base/bytetable.h"

/* Every x86-64 has SSE2, so there is nothing to find out at run time. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* 0x80 with the value: what is no digit is 0, so that one bit tells whether all of several are digits */
enum { DIGIT = 0x80 };
static const uint8_t values[256] = {
	['0'] = DIGIT, ['1'] = DIGIT + 1, ['2'] = DIGIT + 2, ['3'] = DIGIT + 3, ['4'] = DIGIT + 4,
	['5'] = DIGIT + 5, ['6'] = DIGIT + 6, ['7'] = DIGIT + 7, ['8'] = DIGIT + 8, ['9'] = DIGIT + 9,
	['a'] = DIGIT + 10, ['b'] = DIGIT + 11, ['c'] = DIGIT + 12,
	['d'] = DIGIT + 13, ['e'] = DIGIT + 14, ['f'] = DIGIT + 15,
	['A'] = DIGIT + 10, ['B'] = DIGIT + 11, ['C'] = DIGIT + 12,
	['D'] = DIGIT + 13, ['E'] = DIGIT + 14, ['F'] = DIGIT + 15,
};

#define HEX_DIGIT(n) ((n) < 10 ? '0' + (n) : 'a' + (n) - 10)
#define HEX_PAIR(n) { HEX_DIGIT((n) >> 4), HEX_DIGIT((n) & 15) }
static const char pairs[256][2] = { ALL_BYTES(HEX_PAIR) };

static void print_each(char *at, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		memcpy(at + 2 * i, pairs[data[i]], 2);
}

static bool parse_each(const uint8_t *digits, size_t size, uint8_t *data)
{
	uint8_t all = DIGIT;

	for (size_t i = 0; i < size; i++) {
		uint8_t high = values[digits[2 * i]], low = values[digits[2 * i + 1]];

		all &= high & low;
		data[i] = (uint8_t)(high << 4 | (low & 15));
	}
	return all;
}

#ifdef __SSE2__

/* The digits of sixteen nibbles: those over 9 go on from 'a' instead of from ':'. */
static inline __m128i nibble_digits(__m128i nibbles)
{
	__m128i letters = _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9));

	return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')),
			    _mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10)));
}

/* The digits of the first eight bytes (*first) and of the last eight (returned). */
static inline __m128i byte_digits(__m128i bytes, __m128i *first)
{
	__m128i mask = _mm_set1_epi8(15);
	__m128i high = nibble_digits(_mm_and_si128(_mm_srli_epi16(bytes, 4), mask));
	__m128i low = nibble_digits(_mm_and_si128(bytes, mask));

	*first = _mm_unpacklo_epi8(high, low);
	return _mm_unpackhi_epi8(high, low);
}

static inline void print_16(char *at, const uint8_t *data)
{
	__m128i first, last = byte_digits(_mm_loadu_si128((const __m128i *)data), &first);

	_mm_storeu_si128((__m128i *)at, first);
	_mm_storeu_si128((__m128i *)(at + 16), last);
}

static inline void print_8(char *at, const uint8_t *data)
{
	__m128i first;

	byte_digits(_mm_loadl_epi64((const __m128i *)data), &first);
	_mm_storeu_si128((__m128i *)at, first);
}

static inline void print_4(char *at, const uint8_t *data)
{
	__m128i first;
	int word;

	memcpy(&word, data, 4);
	byte_digits(_mm_cvtsi32_si128(word), &first);
	_mm_storel_epi64((__m128i *)at, first);
}

/* The values of sixteen digits, 0 for what is none; *is_digit has all bits of a byte where there is one. */
static inline __m128i digit_nibbles(const uint8_t *digits, __m128i *is_digit)
{
	__m128i text = _mm_loadu_si128((const __m128i *)digits);
	__m128i number = _mm_sub_epi8(text, _mm_set1_epi8('0'));
	__m128i letter = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
	/* unsigned <=, which SSE2 has only as "the smaller one is this one" */
	__m128i is_number = _mm_cmpeq_epi8(_mm_min_epu8(number, _mm_set1_epi8(9)), number);
	__m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);

	*is_digit = _mm_or_si128(is_number, is_letter);
	return _mm_or_si128(_mm_and_si128(is_number, number),
			    _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
}

/* Eight bytes, each in a word of 16 bits, of sixteen digits; *all keeps its bits where all were digits. */
static inline __m128i digit_bytes(const uint8_t *digits, __m128i *all)
{
	__m128i is_digit, nibbles = digit_nibbles(digits, &is_digit);

	*all = _mm_and_si128(*all, is_digit);
	return _mm_and_si128(_mm_or_si128(_mm_slli_epi16(nibbles, 4), _mm_srli_epi16(nibbles, 8)),
			     _mm_set1_epi16(0xff));
}

static inline void parse_16(const uint8_t *digits, uint8_t *data, __m128i *all)
{
	__m128i first = digit_bytes(digits, all), last = digit_bytes(digits + 16, all);

	_mm_storeu_si128((__m128i *)data, _mm_packus_epi16(first, last));
}

static inline void parse_8(const uint8_t *digits, uint8_t *data, __m128i *all)
{
	__m128i bytes = digit_bytes(digits, all);

	_mm_storel_epi64((__m128i *)data, _mm_packus_epi16(bytes, bytes));
}

/*
 * What does not fill a last block is done in a block that ends where the data
 * ends, and so does a few bytes twice: cheaper than one by one.
 */
char *hex_print(char *at, const uint8_t *data, size_t size)
{
	char *end = at + 2 * size;

	if (size >= 16) {
		for (size_t i = 0; i < size - 15; i += 16)
			print_16(at + 2 * i, data + i);
		if (size % 16)
			print_16(end - 32, data + size - 16);
	} else if (size >= 8) {
		print_8(at, data);
		print_8(end - 16, data + size - 8);
	} else if (size >= 4) {
		print_4(at, data);
		print_4(end - 8, data + size - 4);
	} else {
		print_each(at, data, size);
	}
	return end;
}

bool hex_parse(const uint8_t *digits, size_t size, uint8_t *data)
{
	__m128i all = _mm_set1_epi8(-1);

	if (size < 8)
		return parse_each(digits, size, data);
	if (size < 16) {
		parse_8(digits, data, &all);
		parse_8(digits + 2 * (size - 8), data + size - 8, &all);
	} else {
		for (size_t i = 0; i < size - 15; i += 16)
			parse_16(digits + 2 * i, data + i, &all);
		if (size % 16)
			parse_16(digits + 2 * (size - 16), data + size - 16, &all);
	}
	return _mm_movemask_epi8(all) == 0xffff;
}

unsigned hex_nibbles(const uint8_t *text, uint8_t *nibbles)
{
	__m128i is_digit, found = digit_nibbles(text, &is_digit);

	_mm_storeu_si128((__m128i *)nibbles, found);
	return (unsigned)_mm_movemask_epi8(is_digit);
}

#else

char *hex_print(char *at, const uint8_t *data, size_t size)
{
	print_each(at, data, size);
	return at + 2 * size;
}

bool hex_parse(const uint8_t *digits, size_t size, uint8_t *data)
{
	return parse_each(digits, size, data);
}

unsigned hex_nibbles(const uint8_t *text, uint8_t *nibbles)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < 16; i++) {
		nibbles[i] = values[text[i]] & 15;
		mask |= (unsigned)(values[text[i]] / DIGIT) << i;
	}
	return mask;
}

#endif
