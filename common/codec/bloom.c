/* bloom.c - the filters of BEP 33: merging, and how many addresses one holds */
#include "codec/bloom.h"

#include <math.h>

void bloom_merge(uint8_t filter[BLOOM_SIZE], const uint8_t other[BLOOM_SIZE])
{
	for (size_t i = 0; i < BLOOM_SIZE; i++)
		filter[i] |= other[i];
}

double bloom_estimate(const uint8_t filter[BLOOM_SIZE])
{
	unsigned zeros = BLOOM_BITS;

	for (size_t i = 0; i < BLOOM_SIZE; i++)
		zeros -= (unsigned)__builtin_popcount(filter[i]);
	/* an empty filter is 0 and not nearly 0; a full one would be infinity */
	if (zeros == BLOOM_BITS)
		return 0;
	return log((zeros ? zeros : 1) / (double)BLOOM_BITS) / (2 * log(1 - 1.0 / BLOOM_BITS));
}
