/* lanes_avx2.c - SHA-1 and SHA-256 of eight lanes by AVX2 */
#include "digest/lanes_engine.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "digest/lanes_rounds.h"

#define AVX2 __attribute__((target("avx2")))

#define WORD __m256i
#define ADD(a, b) _mm256_add_epi32(a, b)
#define XOR(a, b) _mm256_xor_si256(a, b)
#define AND(a, b) _mm256_and_si256(a, b)
#define OR(a, b) _mm256_or_si256(a, b)
#define XOR3(b, c, d) XOR(XOR(b, c), d)
#define CHOOSE(b, c, d) XOR(AND(b, XOR(c, d)), d)
#define MAJORITY(b, c, d) OR(AND(b, c), AND(OR(b, c), d))
#define SHIFT(a, n) _mm256_srli_epi32(a, n)
#define ROTATE(a, n) OR(_mm256_slli_epi32(a, n), SHIFT(a, 32 - (n)))
#define SAME(number) _mm256_set1_epi32((int)(number))
#define FIRST(a) __asm__("" : "+x"(a))

/* Four registers of two quarters of four words each: the words in one place of all four come side by side. */
AVX2 static inline void turn_words(__m256i *a, __m256i *b, __m256i *c, __m256i *d)
{
	__m256i ab_low = _mm256_unpacklo_epi32(*a, *b), ab_high = _mm256_unpackhi_epi32(*a, *b);
	__m256i cd_low = _mm256_unpacklo_epi32(*c, *d), cd_high = _mm256_unpackhi_epi32(*c, *d);

	*a = _mm256_unpacklo_epi64(ab_low, cd_low);
	*b = _mm256_unpackhi_epi64(ab_low, cd_low);
	*c = _mm256_unpacklo_epi64(ab_high, cd_high);
	*d = _mm256_unpackhi_epi64(ab_high, cd_high);
}

AVX2 static inline void turn_halves(__m256i *a, __m256i *b)
{
	__m256i low = _mm256_permute2x128_si256(*a, *b, 0x20);

	*b = _mm256_permute2x128_si256(*a, *b, 0x31);
	*a = low;
}

AVX2 static inline __m256i load(const uint8_t *data)
{
	const __m256i swap = _mm256_set_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203,
					      0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);

	return _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)data), swap);
}

/* Half a block of each lane: word i of all of them goes to w[i]. */
AVX2 __attribute__((always_inline)) static inline void load_half(__m256i w[8], const uint8_t *const data[], size_t at)
{
	__m256i a = load(data[0] + at), b = load(data[1] + at), c = load(data[2] + at), d = load(data[3] + at);
	__m256i e = load(data[4] + at), f = load(data[5] + at), g = load(data[6] + at), h = load(data[7] + at);

	turn_words(&a, &b, &c, &d);
	turn_words(&e, &f, &g, &h);
	turn_halves(&a, &e);
	turn_halves(&b, &f);
	turn_halves(&c, &g);
	turn_halves(&d, &h);
	w[0] = a;
	w[1] = b;
	w[2] = c;
	w[3] = d;
	w[4] = e;
	w[5] = f;
	w[6] = g;
	w[7] = h;
}

AVX2 __attribute__((always_inline)) static inline void load_block(__m256i w[16], const uint8_t *const data[], size_t at)
{
	load_half(w, data, at);
	load_half(w + 8, data, at + SHA_BLOCK / 2);
}

AVX2 void sha1_avx2(uint32_t state[][LANES], const uint8_t *const data[], size_t blocks)
{
	SHA1_BLOCKS(state, data, blocks)
}

AVX2 void sha256_avx2(uint32_t state[][LANES], const uint8_t *const data[], size_t blocks)
{
	SHA256_BLOCKS(state, data, blocks)
}

#endif
