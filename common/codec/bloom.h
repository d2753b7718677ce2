/* bloom.h - the filters of BEP 33, by which a node tells how many seeds and downloaders it knows of */
#ifndef CODEC_BLOOM_H
#define CODEC_BLOOM_H

#include "base/bytes.h"

/* 2048 bits, two for each address: bit i is byte i / 8, mask 1 << i % 8. */
enum { BLOOM_SIZE = 256, BLOOM_BITS = 2048, BLOOM_USEFUL_MAX = 6000 };

/* The union of what many nodes know. */
void bloom_merge(uint8_t filter[BLOOM_SIZE], const uint8_t other[BLOOM_SIZE]);
/*
 * ln(c / m) / (2 ln(1 - 1 / m)), c bits of m being 0, but at least one: how many addresses; useless past
 * BLOOM_USEFUL_MAX. Of an empty filter 0, where the BEP's min(m - 1, c) would have half an address.
 */
double bloom_estimate(const uint8_t filter[BLOOM_SIZE]);

#endif
