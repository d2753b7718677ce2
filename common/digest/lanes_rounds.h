/* lanes_rounds.h - the rounds of SHA-1 and SHA-256 (FIPS 180-4, 6.1.2 and 6.2.2) for words of any width */
#ifndef DIGEST_LANES_ROUNDS_H
#define DIGEST_LANES_ROUNDS_H

#include "digest/lanes.h"

/*
 * Who uses SHA1_BLOCKS or SHA256_BLOCKS says what WORD is, a type of one number of 32 bits for each lane, and what can be
 * done with it:
 *
 *	load_block(w, data, at)		word i of the block at data[lane] + at, for each lane, to w[i]
 *	ADD(a, b)  XOR(a, b)  XOR3(a, b, c)
 *	ROTATE(a, n)  SHIFT(a, n)	to the left; to the right
 *	CHOOSE(b, c, d)			bit by bit: b ? c : d
 *	MAJORITY(b, c, d)		bit by bit: what two of them have
 *	SAME(number)			that number in each lane
 *	FIRST(a)			a is a sum that the compiler must not take apart
 *
 * FIRST stands before a number is added that is late: gcc likes to add that one first, and so makes a round take much
 * longer (6.4 GB/s of SHA-1 instead of 9.7).
 *
 * The words of the message are a ring of 16, w: word i is in w[i % 16] until word i + 16 replaces it. All indices are
 * known to the compiler, so that the ring and the state stay in registers.
 */
#define RING(i) w[(i) & 15]

#define SHA1_FRESH(i) RING(i)
#define SHA1_EXPAND(i) (RING(i) = ROTATE(XOR(XOR3(RING(i), RING((i) + 2), RING((i) + 8)), RING((i) + 13)), 1))

#define SHA1_ROUND(a, b, c, d, e, f, k, word)						\
	do {										\
		e = ADD(ADD(e, k), ADD(f(b, c, d), word));				\
		FIRST(e);								\
		e = ADD(e, ROTATE(a, 5));						\
		b = ROTATE(b, 30);							\
	} while (0)

/* Five, after which the state is where it was. */
#define SHA1_ROUNDS(f, k, word, i)							\
	do {										\
		SHA1_ROUND(a, b, c, d, e, f, k, word(i));				\
		SHA1_ROUND(e, a, b, c, d, f, k, word((i) + 1));				\
		SHA1_ROUND(d, e, a, b, c, f, k, word((i) + 2));				\
		SHA1_ROUND(c, d, e, a, b, f, k, word((i) + 3));				\
		SHA1_ROUND(b, c, d, e, a, f, k, word((i) + 4));				\
	} while (0)

/* The first word that is not of the message itself comes in the middle of five. */
#define SHA1_ROUNDS_15(f, k)								\
	do {										\
		SHA1_ROUND(a, b, c, d, e, f, k, SHA1_FRESH(15));			\
		SHA1_ROUND(e, a, b, c, d, f, k, SHA1_EXPAND(16));			\
		SHA1_ROUND(d, e, a, b, c, f, k, SHA1_EXPAND(17));			\
		SHA1_ROUND(c, d, e, a, b, f, k, SHA1_EXPAND(18));			\
		SHA1_ROUND(b, c, d, e, a, f, k, SHA1_EXPAND(19));			\
	} while (0)

/* All 80 over the words a to e and w. */
#define SHA1_BLOCK()									\
	do {										\
		SHA1_ROUNDS(CHOOSE, SAME(0x5a827999), SHA1_FRESH, 0);			\
		SHA1_ROUNDS(CHOOSE, SAME(0x5a827999), SHA1_FRESH, 5);			\
		SHA1_ROUNDS(CHOOSE, SAME(0x5a827999), SHA1_FRESH, 10);			\
		SHA1_ROUNDS_15(CHOOSE, SAME(0x5a827999));				\
		SHA1_ROUNDS(XOR3, SAME(0x6ed9eba1), SHA1_EXPAND, 20);			\
		SHA1_ROUNDS(XOR3, SAME(0x6ed9eba1), SHA1_EXPAND, 25);			\
		SHA1_ROUNDS(XOR3, SAME(0x6ed9eba1), SHA1_EXPAND, 30);			\
		SHA1_ROUNDS(XOR3, SAME(0x6ed9eba1), SHA1_EXPAND, 35);			\
		SHA1_ROUNDS(MAJORITY, SAME(0x8f1bbcdc), SHA1_EXPAND, 40);		\
		SHA1_ROUNDS(MAJORITY, SAME(0x8f1bbcdc), SHA1_EXPAND, 45);		\
		SHA1_ROUNDS(MAJORITY, SAME(0x8f1bbcdc), SHA1_EXPAND, 50);		\
		SHA1_ROUNDS(MAJORITY, SAME(0x8f1bbcdc), SHA1_EXPAND, 55);		\
		SHA1_ROUNDS(XOR3, SAME(0xca62c1d6), SHA1_EXPAND, 60);			\
		SHA1_ROUNDS(XOR3, SAME(0xca62c1d6), SHA1_EXPAND, 65);			\
		SHA1_ROUNDS(XOR3, SAME(0xca62c1d6), SHA1_EXPAND, 70);			\
		SHA1_ROUNDS(XOR3, SAME(0xca62c1d6), SHA1_EXPAND, 75);			\
	} while (0)

/* The word of the state of all lanes. */
#define STATE(i) (*(WORD *)state[i])

/* Adds data[lane] to state[..][lane], blocks of SHA_BLOCK bytes. */
#define SHA1_BLOCKS(state, data, blocks)						\
	for (size_t at = 0; at < (blocks) * SHA_BLOCK; at += SHA_BLOCK) {		\
		WORD w[16], a = STATE(0), b = STATE(1), c = STATE(2), d = STATE(3), e = STATE(4);	\
											\
		load_block(w, data, at);						\
		SHA1_BLOCK();								\
		STATE(0) = ADD(STATE(0), a);						\
		STATE(1) = ADD(STATE(1), b);						\
		STATE(2) = ADD(STATE(2), c);						\
		STATE(3) = ADD(STATE(3), d);						\
		STATE(4) = ADD(STATE(4), e);						\
	}

static const uint32_t sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define SHA256_ROUND(a, b, c, d, e, f, g, h, i)									\
	do {													\
		h = ADD(ADD(h, ADD(RING(i), SAME(k[i]))), CHOOSE(e, f, g));					\
		FIRST(h);											\
		h = ADD(h, XOR3(ROTATE(e, 26), ROTATE(e, 21), ROTATE(e, 7)));					\
		d = ADD(d, h);											\
		h = ADD(h, ADD(MAJORITY(a, b, c), XOR3(ROTATE(a, 30), ROTATE(a, 19), ROTATE(a, 10))));		\
	} while (0)

/* Puts word i + 16 in the place of word i, which has been used. */
#define SHA256_EXPAND(i)											\
	(RING(i) = ADD(ADD(RING(i), RING((i) + 9)),								\
		       ADD(XOR3(ROTATE(RING((i) + 1), 25), ROTATE(RING((i) + 1), 14), SHIFT(RING((i) + 1), 3)),	\
			   XOR3(ROTATE(RING((i) + 14), 15), ROTATE(RING((i) + 14), 13), SHIFT(RING((i) + 14), 10)))))

#define SHA256_KEEP(i) ((void)0)

/* Eight, after which the state is where it was. */
#define SHA256_ROUNDS(then, i)							\
	do {									\
		SHA256_ROUND(a, b, c, d, e, f, g, h, i);			\
		then(i);							\
		SHA256_ROUND(h, a, b, c, d, e, f, g, (i) + 1);			\
		then((i) + 1);							\
		SHA256_ROUND(g, h, a, b, c, d, e, f, (i) + 2);			\
		then((i) + 2);							\
		SHA256_ROUND(f, g, h, a, b, c, d, e, (i) + 3);			\
		then((i) + 3);							\
		SHA256_ROUND(e, f, g, h, a, b, c, d, (i) + 4);			\
		then((i) + 4);							\
		SHA256_ROUND(d, e, f, g, h, a, b, c, (i) + 5);			\
		then((i) + 5);							\
		SHA256_ROUND(c, d, e, f, g, h, a, b, (i) + 6);			\
		then((i) + 6);							\
		SHA256_ROUND(b, c, d, e, f, g, h, a, (i) + 7);			\
		then((i) + 7);							\
	} while (0)

/* All 64 over the words a to h and w. */
#define SHA256_BLOCK()								\
	do {									\
		const uint32_t *k = sha256_k;					\
										\
		for (; k < sha256_k + 48; k += 16) {				\
			SHA256_ROUNDS(SHA256_EXPAND, 0);			\
			SHA256_ROUNDS(SHA256_EXPAND, 8);			\
		}								\
		SHA256_ROUNDS(SHA256_KEEP, 0);					\
		SHA256_ROUNDS(SHA256_KEEP, 8);					\
	} while (0)

#define SHA256_BLOCKS(state, data, blocks)						\
	for (size_t at = 0; at < (blocks) * SHA_BLOCK; at += SHA_BLOCK) {		\
		WORD w[16], a = STATE(0), b = STATE(1), c = STATE(2), d = STATE(3);	\
		WORD e = STATE(4), f = STATE(5), g = STATE(6), h = STATE(7);		\
											\
		load_block(w, data, at);						\
		SHA256_BLOCK();								\
		STATE(0) = ADD(STATE(0), a);						\
		STATE(1) = ADD(STATE(1), b);						\
		STATE(2) = ADD(STATE(2), c);						\
		STATE(3) = ADD(STATE(3), d);						\
		STATE(4) = ADD(STATE(4), e);						\
		STATE(5) = ADD(STATE(5), f);						\
		STATE(6) = ADD(STATE(6), g);						\
		STATE(7) = ADD(STATE(7), h);						\
	}

#endif
