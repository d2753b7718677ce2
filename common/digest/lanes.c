/* lanes.c - sixteen SHA-1 or SHA-256 sums side by side, one in each lane of the CPU's widest registers */
#include "digest/lanes.h"

#include <endian.h>
#include <stdlib.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "base/buf.h"
#include "digest/lanes_engine.h"

enum { WORDS_MAX = 8 };

/* How the state of a sum begins, and how much of it there is (FIPS 180-4, 5.3.1 and 5.3.3). */
static const struct sum {
	unsigned words;
	uint32_t begin[WORDS_MAX];
	void (*add_blocks)(uint32_t *words, const uint8_t *data, size_t blocks);
} sums[] = {
	[LANES_SHA1] = { 5, { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }, sha1_blocks },
	[LANES_SHA256] = { 8, { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
				0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 }, sha256_blocks },
};

/*
 * The ways of computing many lanes at once. least is the number of busy lanes from which that is faster than
 * libcrypto, one after the other: on a CPU without SHA instructions, and on one with them (measured on AMD's Zen 5).
 */
static const struct engine {
	unsigned width;	/* lanes at once */
	struct { lanes_add_all *add_all; unsigned least[2]; } of[2];
} engines[LANES_ENGINES] = {
#ifdef __x86_64__
	[LANES_AVX512] = { 16, { [LANES_SHA1] = { sha1_avx512, { 3, 4 } }, [LANES_SHA256] = { sha256_avx512, { 2, 6 } } } },
	[LANES_AVX2] = { 8, { [LANES_SHA1] = { sha1_avx2, { 4, 5 } }, [LANES_SHA256] = { sha256_avx2, { 4, 8 } } } },
#endif
	[LANES_CRYPTO] = { LANES, { { NULL, { 0 } } } },
};

struct lanes {
	const struct sum *sum;
	lanes_add_all *add_all;	/* NULL: libcrypto alone */
	unsigned width, least;
	_Alignas(64) uint32_t state[WORDS_MAX][LANES];
	uint64_t blocks[LANES];	/* added since the lane began */
	uint8_t lasts[LANES][2 * SHA_BLOCK];
};

/*
 * What is to be added to a lane until its sum is complete: the whole blocks where they stand, then the last one or
 * two, which are padded and stand in lasts.
 */
struct run {
	const uint8_t *at;	/* NULL: the lane is idle */
	size_t blocks;
	size_t last;	/* blocks of lasts that are still to come */
};

#ifdef __x86_64__

/* The builtins ask too whether the system keeps these registers; the SHA instructions use those that are always kept. */
bool lanes_can(enum lanes_engine engine)
{
	__builtin_cpu_init();
	switch (engine) {
	case LANES_AVX512: return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
	case LANES_AVX2: return __builtin_cpu_supports("avx2");
	default: return true;
	}
}

static bool cpu_has_sha(void)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ebx & bit_SHA;
}

#else

bool lanes_can(enum lanes_engine engine)
{
	return engine == LANES_CRYPTO || engine == LANES_BEST;
}

static bool cpu_has_sha(void)
{
	return false;
}

#endif

/* SHA-1 by eight lanes of AVX2 is faster than the SHA instructions are (1.8 times on Zen 5), SHA-256 is not. */
enum lanes_engine lanes_best(enum lanes_sum sum)
{
	if (lanes_can(LANES_AVX512))
		return LANES_AVX512;
	return lanes_can(LANES_AVX2) && (sum == LANES_SHA1 || !cpu_has_sha()) ? LANES_AVX2 : LANES_CRYPTO;
}

const char *lanes_name(enum lanes_engine engine)
{
	static const char *const names[] = {
		[LANES_AVX512] = "avx512", [LANES_AVX2] = "avx2", [LANES_CRYPTO] = "libcrypto",
	};

	return names[engine];
}

struct lanes *lanes_new(enum lanes_sum sum, enum lanes_engine engine)
{
	struct lanes *lanes;

	if (engine == LANES_BEST)
		engine = lanes_best(sum);
	if (!lanes_can(engine))
		return NULL;
	lanes = aligned_alloc(_Alignof(struct lanes), sizeof *lanes);
	if (!lanes)
		out_of_memory();
	lanes->add_all = engines[engine].of[sum].add_all;
	lanes->width = engines[engine].width;
	lanes->least = engines[engine].of[sum].least[cpu_has_sha()];
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

/* The lanes from `first` on that are computed at once. Idle ones go along with a busy one, and get their state back. */
static void add_all(struct lanes *lanes, unsigned first, const uint8_t *const data[LANES], unsigned busy, size_t blocks)
{
	uint32_t kept[WORDS_MAX][LANES];
	const uint8_t *all[LANES];

	memcpy(kept, lanes->state, sizeof kept);
	for (unsigned i = 0; i < lanes->width; i++)
		all[i] = data[first + i] ? data[first + i] : data[busy];
	lanes->add_all((uint32_t (*)[LANES])&lanes->state[0][first], all, blocks);
	for (unsigned lane = first; lane < first + lanes->width; lane++)
		for (unsigned word = 0; word < lanes->sum->words && !data[lane]; word++)
			lanes->state[word][lane] = kept[word][lane];
}

void lanes_add(struct lanes *lanes, const uint8_t *const data[LANES], size_t blocks)
{
	for (unsigned first = 0; first < LANES; first += lanes->width) {
		unsigned count = 0, busy = 0;

		for (unsigned lane = first; lane < first + lanes->width; lane++)
			if (data[lane]) {
				lanes->blocks[lane] += blocks;
				busy = lane;
				count++;
			}
		if (lanes->add_all && count >= lanes->least)
			add_all(lanes, first, data, busy, blocks);
		else
			for (unsigned lane = first; lane < first + lanes->width; lane++)
				if (data[lane])
					add_one(lanes, lane, data[lane], blocks);
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
