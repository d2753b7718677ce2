/* number.h - decimal text to numbers, durations, sizes and back; strict and fast */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/bytes.h"

enum { NUMBER_ROOM = 20 };	/* the bytes that each printer may touch: they store whole words, a small number too */

/* Writes value in decimal at `at`; returns the end. No NUL. */
char *number_print(char *at, uint64_t value);
/* The same for the numbers that records are full of. */
char *number_print_u16(char *at, uint16_t value);

/* Each byte in decimal, with the dot that follows it in an address; size is that of the digits. */
struct number_octet {
	char text[4];
	uint32_t size;
};
extern const struct number_octet number_octets[256];

static inline char *number_print_u8(char *at, uint8_t value)
{
	memcpy(at, number_octets[value].text, 4);
	return at + number_octets[value].size;
}

/*
 * Digits only (no sign, blank or empty text), at most `max`. Leading zeros are
 * accepted. False, with *value untouched, when the text is anything else.
 */
bool number_parse(struct bytes text, uint64_t max, uint64_t *value);

struct count_text { char text[64]; };
/* "1 line", "2 lines", "1 entry": units is the plural, which ends in s. Returns the text. For messages. */
const char *count_print(struct count_text *, uint64_t count, const char *units);

/*
 * "1 byte", "1023 bytes", "512 KiB", "1.5 GiB": one decimal, unless it is a whole number of that unit. Returns the
 * text. For people.
 */
const char *size_print(struct count_text *, uint64_t size);

/* A number of seconds, or one with a unit: 90, 90s, 5m, 2h, 7d. */
bool duration_parse(struct bytes text, uint64_t *seconds);
/* The same with a fraction, and in units of 1 ms too, as microseconds: 0.2, 1.5s, 20ms, 90, 5m. */
bool period_parse(struct bytes text, uint64_t *us);
/* A number of bytes, or one with a unit of either case, in powers of 1024: 65536, 64k, 64KiB, 1M, 2G. */
bool size_parse(struct bytes text, uint64_t *size);

#endif
