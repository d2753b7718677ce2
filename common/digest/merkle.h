/* merkle.h - the hash trees of BitTorrent 2 (BEP 52): SHA-256 over blocks of 16 KiB, two and two */
#ifndef DIGEST_MERKLE_H
#define DIGEST_MERKLE_H

#include "digest/lanes.h"

/*
 * A leaf is the SHA-256 of 16 KiB of a file; the last one is of what is left, not padded. Leaves missing to a power
 * of two are 32 zero bytes; a missing node of an upper layer is the root of a tree of such leaves (not 32 zeros). A
 * node is the SHA-256 of its two children. Nodes of a layer stand one behind the other, SHA256_SIZE bytes each. lanes
 * is of LANES_SHA256, with no sum under way.
 */
enum { MERKLE_LEAF = 16 << 10, MERKLE_HEIGHT_MAX = 50 };

/* The height of the smallest tree with that many leaves: 0 for 0 and 1. */
unsigned merkle_height(uint64_t leaves);

/*
 * The root over count nodes of one layer, which are themselves roots of trees of height `from`; the tree is `height`
 * layers higher than they are. Needs 2^height >= count and from + height <= MERKLE_HEIGHT_MAX. Overwrites nodes.
 */
void merkle_root(struct lanes *, uint8_t *nodes, size_t count, unsigned from, unsigned height, uint8_t root[SHA256_SIZE]);
/* The same for LANES trees of one height, each of count[i] nodes at nodes[i] (NULL: no tree, roots[i] is left alone). */
void merkle_roots(struct lanes *, uint8_t *const nodes[LANES], const size_t count[LANES], unsigned from, unsigned height,
		  uint8_t roots[LANES][SHA256_SIZE]);

#endif
