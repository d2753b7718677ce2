/* bits.h - a bit for each number */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes for the numbers below count. They are the caller's, and zero at first: then no number is in. */
static inline size_t bits_size(size_t count)
{
	return count / 8 + 1;
}

/* The number must be one that there are bytes for. */
static inline bool bits_has(const uint8_t *bits, size_t number)
{
	return bits[number / 8] >> number % 8 & 1;
}

static inline void bits_set(uint8_t *bits, size_t number)
{
	bits[number / 8] |= (uint8_t)(1 << number % 8);
}

#endif
