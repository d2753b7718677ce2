/* lanes.c - sixteen SHA-1 or SHA-256 sums side by side, one in each lane of the CPU's widest registers */
#include "digest/lanes.h"

#include <endian.h>
#include <stdlib.h>

#include "base/buf.h"

enum { WORDS_MAX = 8 };

/* How the state of a sum begins, and how much of it there is (FIPS 180-4, 5.3.1 and 5.3.3). */
static const struct sum {
	unsigned words;
	uint32_t begin[WORDS_MAX];
	void (*add_blocks)(uint32_t *words, const uint8_t *data, size_t blocks);
} sums[] = {
	[LANES_SHA1] = { 5, { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }, sha1_blocks },
	[LANES_SHA256] = { 8, { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
			   sha256_blocks },
};

struct lanes {
	const struct sum *sum;
	uint32_t state[WORDS_MAX][LANES];
	uint64_t blocks[LANES];	/* added since the lane began */
	uint8_t lasts[LANES][2 * SHA_BLOCK];
};

/*
 * What is to be added to a lane until its sum is complete: the whole blocks where they stand, then the last one or two, which
 * are padded and stand in lasts.
 */
struct run {
	const uint8_t *at;	/* NULL: the lane is idle */
	size_t blocks;
	size_t last;	/* blocks of lasts that are still to come */
};

bool lanes_can(enum lanes_sum sum, enum lanes_engine engine)
{
	(void)sum;
	return engine == LANES_CRYPTO || engine == LANES_BEST;
}

enum lanes_engine lanes_best(enum lanes_sum sum)
{
	(void)sum;
	return LANES_CRYPTO;
}

const char *lanes_name(enum lanes_engine engine)
{
	static const char *const names[] = { [LANES_AVX512] = "avx512", [LANES_AVX2] = "avx2", [LANES_CRYPTO] = "libcrypto" };

	return names[engine];
}

struct lanes *lanes_new(enum lanes_sum sum, enum lanes_engine engine)
{
	struct lanes *lanes;

	if (!lanes_can(sum, engine))
		return NULL;
	lanes = calloc(1, sizeof *lanes);
	if (!lanes)
		out_of_memory();
	lanes->sum = &sums[sum];
	for (unsigned lane = 0; lane < LANES; lane++)
		lanes_begin(lanes, lane);
	return lanes;
}

void lanes_free(struct lanes *lanes)
{
	free(lanes);
}

void lanes_begin(struct lanes *lanes, unsigned lane)
{
	for (unsigned word = 0; word < lanes->sum->words; word++)
		lanes->state[word][lane] = lanes->sum->begin[word];
	lanes->blocks[lane] = 0;
}

static void add_one(struct lanes *lanes, unsigned lane, const uint8_t *data, size_t blocks)
{
	uint32_t words[WORDS_MAX];

	for (unsigned word = 0; word < lanes->sum->words; word++)
		words[word] = lanes->state[word][lane];
	lanes->sum->add_blocks(words, data, blocks);
	for (unsigned word = 0; word < lanes->sum->words; word++)
		lanes->state[word][lane] = words[word];
}

void lanes_add(struct lanes *lanes, const uint8_t *const data[LANES], size_t blocks)
{
	for (unsigned lane = 0; lane < LANES; lane++)
		if (data[lane]) {
			add_one(lanes, lane, data[lane], blocks);
			lanes->blocks[lane] += blocks;
		}
}

/* The last bytes of a lane: all its whole blocks, and behind them a bit, zeros and the size in bits (FIPS 180-4, 5.1.1). */
static struct run run_to_end(struct lanes *lanes, unsigned lane, struct bytes rest)
{
	uint64_t size = lanes->blocks[lane] * SHA_BLOCK + rest.size, bits = htobe64(size * 8);
	struct run run = { rest.data, rest.size / SHA_BLOCK, 0 };
	uint8_t *last = lanes->lasts[lane];
	size_t over = rest.size % SHA_BLOCK, end;

	run.last = over + 1 + sizeof bits <= SHA_BLOCK ? 1 : 2;
	end = run.last * SHA_BLOCK;
	if (over)
		memcpy(last, rest.data + rest.size - over, over);
	last[over] = 0x80;
	memset(last + over + 1, 0, end - over - 1);
	memcpy(last + end - sizeof bits, &bits, sizeof bits);
	if (!run.blocks)
		run = (struct run){ last, run.last, 0 };
	return run;
}

/* As many blocks as every busy lane has in one place. Returns a bit for each lane that has no more. */
static unsigned advance(struct lanes *lanes, struct run runs[LANES])
{
	const uint8_t *data[LANES];
	size_t step = SIZE_MAX;
	unsigned ended = 0;

	for (unsigned lane = 0; lane < LANES; lane++) {
		data[lane] = runs[lane].at;
		if (data[lane] && runs[lane].blocks < step)
			step = runs[lane].blocks;
	}
	lanes_add(lanes, data, step);
	for (unsigned lane = 0; lane < LANES; lane++) {
		struct run *run = &runs[lane];

		if (!run->at)
			continue;
		run->at += step * SHA_BLOCK;
		run->blocks -= step;
		if (!run->blocks) {
			if (!run->last)
				ended |= 1u << lane;
			*run = (struct run){ run->last ? lanes->lasts[lane] : NULL, run->last, 0 };
		}
	}
	return ended;
}

/* Writes the digest of a lane that has all its blocks. */
static void finish(struct lanes *lanes, unsigned lane, uint8_t *digest)
{
	for (unsigned word = 0; word < lanes->sum->words; word++) {
		uint32_t big = htobe32(lanes->state[word][lane]);

		memcpy(digest + word * sizeof big, &big, sizeof big);
	}
	lanes_begin(lanes, lane);
}

void lanes_end(struct lanes *lanes, const struct bytes rest[LANES], uint8_t digests[LANES][DIGEST_SIZE_MAX])
{
	struct run runs[LANES] = { { 0 } };
	unsigned busy = 0;

	for (unsigned lane = 0; lane < LANES; lane++)
		if (rest[lane].data) {
			runs[lane] = run_to_end(lanes, lane, rest[lane]);
			busy |= 1u << lane;
		}
	while (busy) {
		unsigned ended = advance(lanes, runs);

		for (unsigned lane = 0; lane < LANES; lane++)
			if (ended >> lane & 1)
				finish(lanes, lane, digests[lane]);
		busy &= ~ended;
	}
}

void lanes_digest(struct lanes *lanes, const struct bytes *data, size_t count, uint8_t *digests)
{
	size_t size = lanes->sum->words * sizeof(uint32_t), next = 0, which[LANES];
	struct run runs[LANES] = { { 0 } };
	unsigned busy = 0;

	for (unsigned lane = 0; lane < LANES; lane++)
		lanes_begin(lanes, lane);
	while (busy || next < count) {
		unsigned ended;

		for (unsigned lane = 0; lane < LANES && next < count; lane++)
			if (!(busy >> lane & 1)) {
				runs[lane] = run_to_end(lanes, lane, data[next]);
				which[lane] = next++;
				busy |= 1u << lane;
			}
		ended = advance(lanes, runs);
		for (unsigned lane = 0; lane < LANES; lane++)
			if (ended >> lane & 1)
				finish(lanes, lane, digests + which[lane] * size);
		busy &= ~ended;
	}
}
