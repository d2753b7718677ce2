/* lanes.h - sixteen SHA-1 or SHA-256 sums side by side, one in each lane of the CPU's widest registers */
#ifndef DIGEST_LANES_H
#define DIGEST_LANES_H

#include "base/bytes.h"
#include "digest/digest.h"

enum { LANES = 16, LANES_BLOCK = SHA_BLOCK };

enum lanes_sum { LANES_SHA1, LANES_SHA256 };

/*
 * How it is computed: by 16 lanes of AVX-512, by twice 8 of AVX2, or one lane after the other by libcrypto (which
 * uses the CPU's SHA instructions where it has them). LANES_BEST is what is fastest on this CPU when all lanes are
 * busy. All of them go to libcrypto while so few are that it is faster.
 */
enum lanes_engine { LANES_AVX512, LANES_AVX2, LANES_CRYPTO, LANES_ENGINES, LANES_BEST = LANES_ENGINES };

struct lanes;

/* Can this CPU (and this program) do it? */
bool lanes_can(enum lanes_engine);
/* What LANES_BEST stands for. */
enum lanes_engine lanes_best(enum lanes_sum);
/* "avx512", "avx2", "libcrypto"; not of LANES_BEST. */
const char *lanes_name(enum lanes_engine);

/* For one thread at a time. NULL: lanes_can is false. All lanes are at the beginning of a sum. */
struct lanes *lanes_new(enum lanes_sum, enum lanes_engine);
void lanes_free(struct lanes *);

/* Begins a new sum in that lane. */
void lanes_begin(struct lanes *, unsigned lane);
/* Adds `blocks` blocks of 64 bytes to each lane i with data[i] not NULL; the others stay as they are. */
void lanes_add(struct lanes *, const uint8_t *const data[LANES], size_t blocks);
/*
 * Adds the last bytes (any number; all of them may be last) of each lane i with rest[i].data not NULL, ends its sum and
 * writes it to digests[i]; that lane is then at the beginning of a new sum.
 */
void lanes_end(struct lanes *, const struct bytes rest[LANES], uint8_t digests[LANES][DIGEST_SIZE_MAX]);

/*
 * The sums of count pieces of memory, of any sizes, each in whatever lane is free: digests[i] is that of data[i].
 * digests has count times SHA1_SIZE or SHA256_SIZE bytes. Sums that lanes were in the middle of are lost.
 */
void lanes_digest(struct lanes *, const struct bytes *data, size_t count, uint8_t *digests);

#endif
