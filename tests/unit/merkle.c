/* merkle.c - the hash trees of BitTorrent 2: what libtorrent makes of files, and trees straight from the definition */
#include "../support/unit.h"

#include <stdio.h>

#include "digest/merkle.h"

enum { FILE_MAX = 100 * MERKLE_LEAF + 5, NODES_MAX = 70 };

static void assert_hex(const uint8_t *node, const char *want)
{
	char hex[2 * SHA256_SIZE + 1];

	for (size_t i = 0; i < SHA256_SIZE; i++)
		sprintf(hex + 2 * i, "%02x", node[i]);
	assert_string_equal(hex, want);
}

/* By python3: m = bytes(32), then m = hashlib.sha256(m + m).digest() once for each layer. */
static void test_missing(void **state)
{
	static const struct { unsigned height; const char *root; } rows[] = {
		{ 0, "0000000000000000000000000000000000000000000000000000000000000000" },
		{ 1, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b" },
		{ 2, "db56114e00fdd4c1f85c892bf35ac9a89289aaecb1ebd0a96cde606a748b5d71" },
		{ 10, "ffff0ad7e659772f9534c195c815efc4014ef1e1daed4404c06385d11192e92b" },
		{ MERKLE_HEIGHT_MAX, "e833d7a67160e68bf4c9044a53077df2727ad00cf36f4949c7b681a912140cbb" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t root[SHA256_SIZE];

		merkle_root(NULL, NULL, 0, rows[i].height, 0, root);
		assert_hex(root, rows[i].root);
	}
}

static void test_height(void **state)
{
	(void)state;
	assert_int_equal(merkle_height(0), 0);
	assert_int_equal(merkle_height(1), 0);
	assert_int_equal(merkle_height(2), 1);
	assert_int_equal(merkle_height(3), 2);
	assert_int_equal(merkle_height(4), 2);
	assert_int_equal(merkle_height(5), 3);
	assert_int_equal(merkle_height(1ull << 40), 40);
	assert_int_equal(merkle_height((1ull << 40) + 1), 41);
	assert_int_equal(merkle_height(UINT64_MAX), 64);
}

/*
 * Files whose byte i is (7 i + i / 251) mod 256, and what libtorrent 2.0.8 wrote into the torrent: the number of
 * nodes in the piece layer, the last one, the pieces root. Those of one piece, which have no layer, are by python3's
 * hashlib.
 */
static const struct known {
	size_t size, piece, pieces;
	const char *last, *root;
} known[] = {
	{ 5 * 16384 - 100, 16384, 5, "b603ab90025c9bb7cfcd3839d93fc5abd639b28a15fa5fa51a1c4d040f6c6e86",
	  "f4d0806bf3870623b71a8e14438357ac1087daf1f87b1634fe0765e7a66fd502" },
	{ 7 * 16384, 16384, 7, "c7a4eb8f57c5b671c5aa74de037bcb8a1fe18645524d36b5ff24a4d67ada6a6d",
	  "10ccb89550ecfabf260288c7fc439fe016fa34f5fee33863d088f4aaa334d127" },
	{ 5 * 65536 + 1, 65536, 6, "48a59c79d382c004b93d2e1fcc1d97caf46e60f516f0728b5dd729440a889b6a",
	  "0ec764e6195923aa8029831a3251788525fd07f15d574a6b0766311a9343449c" },
	{ FILE_MAX, 65536, 26, "3f40ba571eac4ad9e027cf1695bafcbe8f7cd8c669dbade89e82ba9da6bd5a3b",
	  "da4b27701fce0b53653debc3a8ae67c41c31642b3cb7c56a1f85ad70928fbc61" },
	{ 1, 16384, 1, NULL, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ 16383, 16384, 1, NULL, "50746bbdb527488824fc110794cab39be1e361d0ff108bb77fb3396a69acb34e" },
	{ 16384, 16384, 1, NULL, "15345b8bcf83c9acd70121ebacc0aae2b90b2995b90a5143382a4f29fd125083" },
	{ 16385, 32768, 1, NULL, "4f06ab5d81301a6be8740291d8491edb35843daecf491a50c4d22d92eaf9acbc" },
};

static uint8_t *known_file(size_t size)
{
	uint8_t *data = malloc(size);

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(7 * i + i / 251);
	return data;
}

/* The leaves of a file, in memory of their very size, so that the sanitizer sees a node too many. */
static uint8_t *leaves_of(size_t size, size_t *count)
{
	uint8_t *data = known_file(size), *leaves;

	*count = (size + MERKLE_LEAF - 1) / MERKLE_LEAF;
	leaves = malloc(*count * SHA256_SIZE);
	for (size_t i = 0; i < *count; i++) {
		size_t at = i * MERKLE_LEAF, left = size - at;

		sha256_digest(bytes_at(data + at, left < MERKLE_LEAF ? left : MERKLE_LEAF), leaves + i * SHA256_SIZE);
	}
	free(data);
	return leaves;
}

/* From the leaves to the piece layer, one piece after the other, and on to the root. */
static void test_known(void **state)
{
	struct lanes *lanes = lanes_new(LANES_SHA256, LANES_BEST);

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		const struct known *row = &known[i];
		size_t count, step = row->piece / MERKLE_LEAF;
		uint8_t *leaves = leaves_of(row->size, &count), root[SHA256_SIZE];
		uint8_t *layer = malloc(row->pieces * SHA256_SIZE);
		unsigned height = merkle_height(step);

		assert_int_equal((count + step - 1) / step, row->pieces);
		for (size_t piece = 0; piece < row->pieces; piece++)
			merkle_root(lanes, leaves + piece * step * SHA256_SIZE,
				    count - piece * step < step ? count - piece * step : step, 0, height,
				    layer + piece * SHA256_SIZE);
		if (row->last)
			assert_hex(layer + (row->pieces - 1) * SHA256_SIZE, row->last);
		merkle_root(lanes, layer, row->pieces, height, merkle_height(row->pieces), root);
		assert_hex(root, row->root);
		free(layer);
		free(leaves);

		/* in one go */
		leaves = leaves_of(row->size, &count);
		merkle_root(lanes, leaves, count, 0, merkle_height(row->pieces) + height, root);
		assert_hex(root, row->root);
		free(leaves);
	}
	lanes_free(lanes);
}

/* Top down: node `index` of the layer `height` above the given ones, which are roots of trees of height `from`. */
static void node(const uint8_t *nodes, size_t count, unsigned from, unsigned height, size_t index, uint8_t out[SHA256_SIZE])
{
	uint8_t pair[2 * SHA256_SIZE];

	if (!height && index < count) {
		memcpy(out, nodes + index * SHA256_SIZE, SHA256_SIZE);
		return;
	}
	if (!height && !from) {
		memset(out, 0, SHA256_SIZE);
		return;
	}
	/* below what is given there are only missing nodes here */
	node(nodes, height ? count : 0, height ? from : from - 1, height ? height - 1 : 0, 2 * index, pair);
	node(nodes, height ? count : 0, height ? from : from - 1, height ? height - 1 : 0, 2 * index + 1,
	     pair + SHA256_SIZE);
	sha256_digest(bytes_at(pair, sizeof pair), out);
}

static void test_root(void **state)
{
	struct lanes *lanes = lanes_new(LANES_SHA256, LANES_BEST);
	uint8_t nodes[NODES_MAX * SHA256_SIZE];
	uint64_t seed = 52;

	(void)state;
	fill_random(&seed, nodes, sizeof nodes);
	for (size_t count = 0; count <= NODES_MAX; count++)
		for (unsigned more = 0; more <= 1; more++) {
			unsigned from = count % 4, height = merkle_height(count) + more;
			struct bytes copy = exact_copy(nodes, count * SHA256_SIZE);
			uint8_t root[SHA256_SIZE], want[SHA256_SIZE];

			merkle_root(lanes, (uint8_t *)(uintptr_t)copy.data, count, from, height, root);
			node(nodes, count, from, height, 0, want);
			assert_memory_equal(root, want, sizeof want);
			free_copy(copy);
		}
	lanes_free(lanes);
}

/* Trees of different sizes side by side, some of them absent. */
static void test_roots(void **state)
{
	struct lanes *lanes = lanes_new(LANES_SHA256, LANES_BEST);
	uint64_t seed = 53;

	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		unsigned from = round % 3, height = round % 6;
		uint8_t roots[LANES][SHA256_SIZE] = { { 0 } }, want[LANES][SHA256_SIZE] = { { 0 } };
		uint8_t random[64 * SHA256_SIZE];
		uint8_t *nodes[LANES] = { NULL };
		size_t count[LANES] = { 0 };

		for (unsigned tree = 0; tree < LANES; tree++) {
			count[tree] = (next_random(&seed) >> 20) % ((1u << height) + 1);
			if ((next_random(&seed) >> 20) % 8 == 0)
				continue;
			fill_random(&seed, random, sizeof random);
			node(random, count[tree], from, height, 0, want[tree]);
			nodes[tree] = (uint8_t *)(uintptr_t)exact_copy(random, count[tree] * SHA256_SIZE).data;
		}
		merkle_roots(lanes, nodes, count, from, height, roots);
		assert_memory_equal(roots, want, sizeof want);
		for (unsigned tree = 0; tree < LANES; tree++)
			free(nodes[tree]);
	}
	lanes_free(lanes);
}

/* Of what is not there at all, up to the highest tree. */
static void test_nothing(void **state)
{
	struct lanes *lanes = lanes_new(LANES_SHA256, LANES_BEST);
	uint8_t root[SHA256_SIZE], want[SHA256_SIZE];

	(void)state;
	for (unsigned height = 0; height <= MERKLE_HEIGHT_MAX; height++) {
		merkle_root(lanes, NULL, 0, MERKLE_HEIGHT_MAX - height, height, root);
		merkle_root(lanes, NULL, 0, MERKLE_HEIGHT_MAX, 0, want);
		assert_memory_equal(root, want, sizeof want);
	}
	lanes_free(lanes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_height),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests_name("merkle", tests, NULL, NULL);
}
