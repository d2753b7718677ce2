/* lanes_avx512.c - SHA-1 and SHA-256 of sixteen lanes by AVX-512 */
#include "digest/lanes_engine.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "digest/lanes_rounds.h"

#define AVX512 __attribute__((target("avx512f,avx512bw")))

#define WORD __m512i
#define ADD(a, b) _mm512_add_epi32(a, b)
#define XOR(a, b) _mm512_xor_si512(a, b)
#define ROTATE(a, n) _mm512_rol_epi32(a, n)
#define SHIFT(a, n) _mm512_srli_epi32(a, n)
#define SAME(number) _mm512_set1_epi32((int)(number))
#define FIRST(a) __asm__("" : "+v"(a))

/* The last number is the table of the function: bit 4 b + 2 c + d is its value. */
#define XOR3(b, c, d) _mm512_ternarylogic_epi32(b, c, d, 0x96)
#define CHOOSE(b, c, d) _mm512_ternarylogic_epi32(b, c, d, 0xca)
#define MAJORITY(b, c, d) _mm512_ternarylogic_epi32(b, c, d, 0xe8)

/* Four registers of four words of 128 bits each, as a matrix: rows become columns. */
AVX512 static inline void turn_quarters(__m512i *a, __m512i *b, __m512i *c, __m512i *d)
{
	__m512i ab_low = _mm512_shuffle_i32x4(*a, *b, 0x44), ab_high = _mm512_shuffle_i32x4(*a, *b, 0xee);
	__m512i cd_low = _mm512_shuffle_i32x4(*c, *d, 0x44), cd_high = _mm512_shuffle_i32x4(*c, *d, 0xee);

	*a = _mm512_shuffle_i32x4(ab_low, cd_low, 0x88);
	*b = _mm512_shuffle_i32x4(ab_low, cd_low, 0xdd);
	*c = _mm512_shuffle_i32x4(ab_high, cd_high, 0x88);
	*d = _mm512_shuffle_i32x4(ab_high, cd_high, 0xdd);
}

/* The same of the words of 32 bits within each quarter. */
AVX512 static inline void turn_words(__m512i *a, __m512i *b, __m512i *c, __m512i *d)
{
	__m512i ab_low = _mm512_unpacklo_epi32(*a, *b), ab_high = _mm512_unpackhi_epi32(*a, *b);
	__m512i cd_low = _mm512_unpacklo_epi32(*c, *d), cd_high = _mm512_unpackhi_epi32(*c, *d);

	*a = _mm512_unpacklo_epi64(ab_low, cd_low);
	*b = _mm512_unpackhi_epi64(ab_low, cd_low);
	*c = _mm512_unpacklo_epi64(ab_high, cd_high);
	*d = _mm512_unpackhi_epi64(ab_high, cd_high);
}

AVX512 static inline __m512i load(const uint8_t *data)
{
	const __m512i swap = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);

	return _mm512_shuffle_epi8(_mm512_loadu_si512(data), swap);
}

/* One block of each lane: word i of all of them goes to w[i]. */
AVX512 __attribute__((always_inline)) static inline void load_block(__m512i w[16], const uint8_t *const data[], size_t at)
{
	w[0] = load(data[0] + at);
	w[1] = load(data[1] + at);
	w[2] = load(data[2] + at);
	w[3] = load(data[3] + at);
	turn_words(&w[0], &w[1], &w[2], &w[3]);
	w[4] = load(data[4] + at);
	w[5] = load(data[5] + at);
	w[6] = load(data[6] + at);
	w[7] = load(data[7] + at);
	turn_words(&w[4], &w[5], &w[6], &w[7]);
	w[8] = load(data[8] + at);
	w[9] = load(data[9] + at);
	w[10] = load(data[10] + at);
	w[11] = load(data[11] + at);
	turn_words(&w[8], &w[9], &w[10], &w[11]);
	w[12] = load(data[12] + at);
	w[13] = load(data[13] + at);
	w[14] = load(data[14] + at);
	w[15] = load(data[15] + at);
	turn_words(&w[12], &w[13], &w[14], &w[15]);
	turn_quarters(&w[0], &w[4], &w[8], &w[12]);
	turn_quarters(&w[1], &w[5], &w[9], &w[13]);
	turn_quarters(&w[2], &w[6], &w[10], &w[14]);
	turn_quarters(&w[3], &w[7], &w[11], &w[15]);
}

AVX512 void sha1_avx512(uint32_t state[][LANES], const uint8_t *const data[], size_t blocks)
{
	SHA1_BLOCKS(state, data, blocks)
}

AVX512 void sha256_avx512(uint32_t state[][LANES], const uint8_t *const data[], size_t blocks)
{
	SHA256_BLOCKS(state, data, blocks)
}

#endif
