/* merkle.c - the hash trees of BitTorrent 2 (BEP 52): SHA-256 over blocks of 16 KiB, two and two */
#include "digest/merkle.h"

/* missing[h]: the root of a tree of 2^h missing leaves. */
static uint8_t missing[MERKLE_HEIGHT_MAX + 1][SHA256_SIZE];

/* Before main, so that nobody has to ask whether it is done: a few us, and only in programs that have a use for it. */
__attribute__((constructor)) static void prepare_missing(void)
{
	uint8_t pair[2 * SHA256_SIZE];

	for (unsigned height = 1; height <= MERKLE_HEIGHT_MAX; height++) {
		memcpy(pair, missing[height - 1], SHA256_SIZE);
		memcpy(pair + SHA256_SIZE, missing[height - 1], SHA256_SIZE);
		sha256_digest(bytes_at(pair, sizeof pair), missing[height]);
	}
}

unsigned merkle_height(uint64_t leaves)
{
	return leaves < 2 ? 0 : 64 - (unsigned)__builtin_clzll(leaves - 1);
}

/* Pairs of nodes that wait until there is one for each lane. */
struct batch {
	struct lanes *lanes;
	unsigned count;
	struct bytes data[LANES];
	uint8_t *to[LANES];
};

static void batch_end(struct batch *batch)
{
	uint8_t digests[LANES][DIGEST_SIZE_MAX];

	lanes_end(batch->lanes, batch->data, digests);
	for (unsigned i = 0; i < batch->count; i++) {
		memcpy(batch->to[i], digests[i], SHA256_SIZE);
		batch->data[i] = bytes_at(NULL, 0);
	}
	batch->count = 0;
}

static void batch_add(struct batch *batch, const uint8_t *pair, uint8_t *to)
{
	batch->data[batch->count] = bytes_at(pair, 2 * SHA256_SIZE);
	batch->to[batch->count++] = to;
	if (batch->count == LANES)
		batch_end(batch);
}

/* The trees of one call, all nodes at one height. */
struct trees {
	uint8_t *nodes[LANES];
	size_t count[LANES];
	unsigned trees;
	unsigned height;
};

/*
 * One layer up, in place: a node is written where a node before its own two, or the first of them, stood, so it does
 * not matter that a batch writes later than it is filled.
 */
static void climb(struct lanes *lanes, struct trees *trees)
{
	struct batch batch = { .lanes = lanes };
	uint8_t pairs[LANES][2 * SHA256_SIZE];

	for (unsigned tree = 0; tree < trees->trees; tree++) {
		uint8_t *nodes = trees->nodes[tree];
		size_t count = trees->count[tree], pair = 0;

		for (; pair < count / 2; pair++)
			batch_add(&batch, nodes + pair * 2 * SHA256_SIZE, nodes + pair * SHA256_SIZE);
		if (count % 2) {
			memcpy(pairs[tree], nodes + pair * 2 * SHA256_SIZE, SHA256_SIZE);
			memcpy(pairs[tree] + SHA256_SIZE, missing[trees->height], SHA256_SIZE);
			batch_add(&batch, pairs[tree], nodes + pair * SHA256_SIZE);
		}
		trees->count[tree] = count / 2 + count % 2;
	}
	batch_end(&batch);
	trees->height++;
}

void merkle_root(struct lanes *lanes, uint8_t *nodes, size_t count, unsigned from, unsigned height,
		 uint8_t root[SHA256_SIZE])
{
	struct trees trees = { .nodes = { nodes }, .count = { count }, .trees = 1, .height = from };

	while (trees.height < from + height)
		climb(lanes, &trees);
	memcpy(root, count ? nodes : missing[trees.height], SHA256_SIZE);
}

void merkle_roots(struct lanes *lanes, uint8_t *const nodes[LANES], const size_t count[LANES], unsigned from,
		  unsigned height, uint8_t roots[LANES][SHA256_SIZE])
{
	struct trees trees = { .trees = LANES, .height = from };

	for (unsigned tree = 0; tree < LANES; tree++) {
		trees.nodes[tree] = nodes[tree];
		trees.count[tree] = nodes[tree] ? count[tree] : 0;
	}
	while (trees.height < from + height)
		climb(lanes, &trees);
	for (unsigned tree = 0; tree < LANES; tree++)
		if (nodes[tree])
			memcpy(roots[tree], trees.count[tree] ? nodes[tree] : missing[trees.height], SHA256_SIZE);
}
