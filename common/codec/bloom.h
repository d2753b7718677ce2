/* bloom.h - the filters of BEP 33, by which a node tells how many seeds and downloaders it knows of */
#ifndef CODEC_BLOOM_H
#define CODEC_BLOOM_H

#include "base/bytes.h"

/* 2048 bits, two for each address: bit i is byte i / 8, mask 1 << i % 8. */
enum { BLOOM_SIZE = 256, BLOOM_BITS = 2048, BLOOM_USEFUL_MAX = 6000 };

/* Adds an address by the SHA-1 of its 4 or 16 bytes, of which the first four count: two indices, little-endian, mod 2048. */
void bloom_add(uint8_t filter[BLOOM_SIZE], const uint8_t sha1[20]);
/* The union of what many nodes know. */
void bloom_merge(uint8_t filter[BLOOM_SIZE], const uint8_t other[BLOOM_SIZE]);
/*
 * ln(c / m) / (2 ln(1 - 1 / m)), c bits of m being 0, but at least one: how many addresses; useless past BLOOM_USEFUL_MAX. Of an empty
 * filter 0, where the BEP's min(m - 1, c) would have half an address.
 */
double bloom_estimate(const uint8_t filter[BLOOM_SIZE]);

#endif
