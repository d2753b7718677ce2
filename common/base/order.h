/* order.h - which of two numbers comes first, as qsort wants it said; and what is in order already */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Less than 0: a comes first; 0: they are equal; more than 0: b comes first. */
static inline int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static inline int order_signed(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* For qsort of numbers. */
static inline int order_u32(const void *a, const void *b)
{
	return order(*(const uint32_t *)a, *(const uint32_t *)b);
}

static inline int order_u64(const void *a, const void *b)
{
	return order(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* Is the number among these, which are in ascending order? Without branches on what is found: they would be guessed badly. */
static inline bool order_has(const uint32_t *numbers, uint32_t count, uint32_t number)
{
	while (count > 1) {
		uint32_t half = count / 2;

		numbers += numbers[half] <= number ? half : 0;
		count -= half;
	}
	return count && *numbers == number;
}

#endif
