/* lanes_engine.h - what computes all lanes at once, each for CPUs that have its instructions */
#ifndef DIGEST_LANES_ENGINE_H
#define DIGEST_LANES_ENGINE_H

#include "digest/lanes.h"

/*
 * Adds blocks of SHA_BLOCK bytes to the sums of 16 (AVX-512) or 8 lanes (AVX2): data[i] to the sum of state[word][i].
 * The state is aligned to 64 or 32 bytes. No data[i] is NULL; several may be the same.
 */
typedef void lanes_add_all(uint32_t state[][LANES], const uint8_t *const data[], size_t blocks);

lanes_add_all sha1_avx512, sha256_avx512;
lanes_add_all sha1_avx2, sha256_avx2;

#endif
