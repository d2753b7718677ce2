/* unit.h - what the unit tests share: cmocka, the same random numbers in each run, copies that end where the input ends */
#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/bytes.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

/* xorshift64: a failure in one run is the same failure in the next. */
static inline uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline void fill_random(uint64_t *seed, void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)data)[i] = (uint8_t)(next_random(seed) >> 32);
}

/* A copy in a block of its own, of the very size: a read past the end is one that the sanitizer sees. Free its data. */
static inline struct bytes exact_copy(const void *data, size_t size)
{
	uint8_t *copy = malloc(size);

	/* malloc(0) may be NULL, which is no empty view but an absent one */
	if (!copy)
		copy = malloc(1);
	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	return bytes_at(copy, size);
}

static inline void free_copy(struct bytes copy)
{
	free((void *)(uintptr_t)copy.data);
}

#endif
