/* lanes.c - sixteen sums side by side: each way of computing them against libcrypto, whatever the other lanes do */
#include "../support/unit.h"

#include <openssl/evp.h>

#include "digest/lanes.h"

enum { SUMS = 2, TEXT = 70000 };

static uint8_t text[TEXT];

static size_t size_of(enum lanes_sum sum)
{
	return sum == LANES_SHA1 ? SHA1_SIZE : SHA256_SIZE;
}

static void assert_digest(enum lanes_sum sum, const uint8_t *digest, const void *data, size_t size)
{
	uint8_t want[DIGEST_SIZE_MAX];

	assert_true(EVP_Digest(data, size, want, NULL, sum == LANES_SHA1 ? EVP_sha1() : EVP_sha256(), NULL));
	assert_memory_equal(digest, want, size_of(sum));
}

/* Runs a test with each way that this CPU has, for both sums. */
static void with_each(void (*test)(enum lanes_sum, struct lanes *))
{
	uint64_t seed = 16;

	fill_random(&seed, text, sizeof text);
	for (int sum = 0; sum < SUMS; sum++)
		for (int engine = 0; engine <= LANES_BEST; engine++) {
			struct lanes *lanes = lanes_new(sum, engine);

			assert_true(!!lanes == lanes_can(engine));
			if (lanes)
				test(sum, lanes);
			lanes_free(lanes);
		}
}

static void test_choice(void **state)
{
	(void)state;
	for (int sum = 0; sum < SUMS; sum++) {
		assert_true(lanes_can(LANES_CRYPTO));
		assert_true(lanes_can(LANES_BEST));
		assert_true(lanes_best(sum) < LANES_ENGINES);
		assert_true(lanes_can(lanes_best(sum)));
	}
	for (int engine = 0; engine < LANES_ENGINES; engine++)
		assert_true(*lanes_name(engine));
}

/* All sizes round the borders of blocks: in all lanes at once, each lane another one, and the same one in all. */
static void sizes(enum lanes_sum sum, struct lanes *lanes)
{
	for (size_t size = 0; size <= 200; size++)
		for (size_t apart = 0; apart <= 7; apart += 7) {
			uint8_t digests[LANES][DIGEST_SIZE_MAX];
			struct bytes rest[LANES];

			for (size_t lane = 0; lane < LANES; lane++)
				rest[lane] = exact_copy(text + 100 * lane, size + apart * lane);
			lanes_end(lanes, rest, digests);
			for (size_t lane = 0; lane < LANES; lane++) {
				assert_digest(sum, digests[lane], text + 100 * lane, size + apart * lane);
				free_copy(rest[lane]);
			}
		}
}

/* At each place within a block, so that nothing counts on where memory begins. */
static void places(enum lanes_sum sum, struct lanes *lanes)
{
	for (size_t place = 0; place < SHA_BLOCK; place++) {
		uint8_t digests[LANES][DIGEST_SIZE_MAX];
		const uint8_t *data[LANES];
		struct bytes rest[LANES];

		for (size_t lane = 0; lane < LANES; lane++) {
			data[lane] = text + place + lane * 1001;
			rest[lane] = bytes_at(data[lane] + 3 * SHA_BLOCK, 777);
		}
		lanes_add(lanes, data, 3);
		lanes_end(lanes, rest, digests);
		for (size_t lane = 0; lane < LANES; lane++)
			assert_digest(sum, digests[lane], data[lane], 3 * SHA_BLOCK + 777);
	}
}

/* Any number of busy lanes, the idle ones being in the middle of a sum that must not change. */
static void idle(enum lanes_sum sum, struct lanes *lanes)
{
	uint64_t seed = 17;

	for (unsigned round = 0; round < 200; round++) {
		/* on average half of them, three quarters, one quarter, and all but one */
		unsigned a = (unsigned)(next_random(&seed) >> 32), b = (unsigned)(next_random(&seed) >> 32);
		unsigned busy = round % 4 == 0 ? a : round % 4 == 1 ? a | b : round % 4 == 2 ? a & b : ~(1u << a % LANES);
		uint8_t digests[LANES][DIGEST_SIZE_MAX];
		const uint8_t *data[LANES];
		struct bytes rest[LANES], ended[LANES];

		for (unsigned lane = 0; lane < LANES; lane++)
			data[lane] = text + lane;
		lanes_add(lanes, data, 2);
		for (unsigned lane = 0; lane < LANES; lane++)
			data[lane] = busy >> lane & 1 ? text + lane + 2 * SHA_BLOCK : NULL;
		lanes_add(lanes, data, 1);
		for (unsigned lane = 0; lane < LANES; lane++) {
			size_t done = busy >> lane & 1 ? 3 : 2;

			rest[lane] = bytes_at(text + lane + done * SHA_BLOCK, lane * 9);
			ended[lane] = busy >> lane & 1 ? bytes_at(NULL, 0) : rest[lane];
		}
		/* the idle ones end first, then the others */
		lanes_end(lanes, ended, digests);
		for (unsigned lane = 0; lane < LANES; lane++)
			if (!(busy >> lane & 1))
				rest[lane] = bytes_at(NULL, 0);
		lanes_end(lanes, rest, digests);
		for (unsigned lane = 0; lane < LANES; lane++)
			assert_digest(sum, digests[lane], text + lane, (busy >> lane & 1 ? 3 : 2) * SHA_BLOCK + lane * 9);
	}
}

/* Lanes that begin, grow, end and are given up at random, each on its own. */
static void interleaved(enum lanes_sum sum, struct lanes *lanes)
{
	size_t from[LANES] = { 0 }, size[LANES] = { 0 };
	uint64_t seed = 18;

	for (unsigned round = 0; round < 2000; round++) {
		uint8_t digests[LANES][DIGEST_SIZE_MAX];
		const uint8_t *data[LANES] = { NULL };
		struct bytes rest[LANES] = { { NULL, 0 } };
		size_t blocks = next_random(&seed) % 5;
		unsigned lane;

		for (lane = 0; lane < LANES; lane++)
			if (next_random(&seed) >> 20 & 3 && from[lane] + size[lane] + blocks * SHA_BLOCK < TEXT) {
				data[lane] = text + from[lane] + size[lane];
				size[lane] += blocks * SHA_BLOCK;
			}
		lanes_add(lanes, data, blocks);
		for (lane = 0; lane < LANES; lane++) {
			size_t more = (next_random(&seed) >> 20) % 300;

			if (next_random(&seed) >> 20 & 3 || from[lane] + size[lane] + more > TEXT)
				continue;
			rest[lane] = exact_copy(text + from[lane] + size[lane], more);
			size[lane] += more;
		}
		lanes_end(lanes, rest, digests);
		for (lane = 0; lane < LANES; lane++)
			if (rest[lane].data) {
				assert_digest(sum, digests[lane], text + from[lane], size[lane]);
				free_copy(rest[lane]);
				from[lane] = (next_random(&seed) >> 20) % (TEXT / 2);
				size[lane] = 0;
			}
		lane = next_random(&seed) >> 20 & (LANES - 1);
		if (round % 7 == 0) {
			lanes_begin(lanes, lane);
			size[lane] = 0;
		}
	}
}

/* Many pieces of memory, some of them long, fewer than there are lanes, and none. */
static void many(enum lanes_sum sum, struct lanes *lanes)
{
	static const size_t counts[] = { 0, 1, 5, 15, 16, 17, 40, 300 };
	uint64_t seed = 19;

	for (size_t i = 0; i < COUNT(counts); i++) {
		struct bytes data[300];
		uint8_t *digests = malloc(counts[i] * size_of(sum) + 1);

		for (size_t k = 0; k < counts[i]; k++) {
			size_t size = (next_random(&seed) >> 20) % (k % 10 ? 700 : 40000);

			data[k] = exact_copy(text + k * 13, size);
		}
		/* what lanes were in the middle of does not matter */
		lanes_add(lanes, (const uint8_t *const[LANES]){ text, NULL, text }, 1);
		lanes_digest(lanes, data, counts[i], digests);
		for (size_t k = 0; k < counts[i]; k++) {
			assert_digest(sum, digests + k * size_of(sum), data[k].data, data[k].size);
			free_copy(data[k]);
		}
		free(digests);
	}
}

/* A sum of more than 2^32 bits: the upper half of the size is counted too. Two lanes have it, the others less. */
static void long_sums(enum lanes_sum sum, struct lanes *lanes)
{
	enum { CHUNK = 1 << 16, CHUNKS = (512 << 20) / CHUNK + 3, SHORT = 100 };
	const EVP_MD *name = sum == LANES_SHA1 ? EVP_sha1() : EVP_sha256();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t digests[LANES][DIGEST_SIZE_MAX], want[DIGEST_SIZE_MAX];
	const uint8_t *data[LANES];
	struct bytes rest[LANES];

	for (unsigned lane = 0; lane < LANES; lane++) {
		data[lane] = text;
		rest[lane] = bytes_at(text, lane);
	}
	for (int i = 0; i < CHUNKS; i++) {
		if (i == SHORT)
			for (unsigned lane = 2; lane < LANES; lane++)
				data[lane] = NULL;
		lanes_add(lanes, data, CHUNK / SHA_BLOCK);
	}
	lanes_end(lanes, rest, digests);
	for (unsigned lane = 0; lane < LANES; lane++) {
		int chunks = lane < 2 ? CHUNKS : SHORT;

		EVP_DigestInit_ex(context, name, NULL);
		for (int i = 0; i < chunks; i++)
			EVP_DigestUpdate(context, text, CHUNK);
		EVP_DigestUpdate(context, text, lane);
		EVP_DigestFinal_ex(context, want, NULL);
		assert_memory_equal(digests[lane], want, size_of(sum));
	}
	EVP_MD_CTX_free(context);
}

static void test_sizes(void **state) { (void)state; with_each(sizes); }
static void test_places(void **state) { (void)state; with_each(places); }
static void test_idle(void **state) { (void)state; with_each(idle); }
static void test_interleaved(void **state) { (void)state; with_each(interleaved); }
static void test_many(void **state) { (void)state; with_each(many); }

/* By one way of computing: the size is counted in the same place for all of them. */
static void test_long(void **state)
{
	(void)state;
	for (int sum = 0; sum < SUMS; sum++) {
		struct lanes *lanes = lanes_new(sum, LANES_BEST);

		long_sums(sum, lanes);
		lanes_free(lanes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
