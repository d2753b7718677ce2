/* digest.c - SHA-1 and SHA-256 of one piece of memory: known sums, and whole blocks alone */
#include "../support/unit.h"

#include <stdio.h>

#include <openssl/evp.h>

#include "digest/digest.h"

static void assert_hex(const uint8_t *digest, size_t size, const char *want)
{
	char hex[2 * DIGEST_SIZE_MAX + 1];

	for (size_t i = 0; i < size; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	assert_string_equal(hex, want);
}

/* FIPS 180 and its examples: nothing, one block, two blocks, a million times "a". */
static void test_known(void **state)
{
	static const struct { const char *text; size_t times; const char *sha1, *sha256; } rows[] = {
		{ "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
		  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = strlen(rows[i].text), whole = size * rows[i].times;
		uint8_t *text = malloc(whole + 1), digest[DIGEST_SIZE_MAX];

		for (size_t at = 0; at < whole; at += size)
			memcpy(text + at, rows[i].text, size);
		sha1_digest(bytes_at(text, whole), digest);
		assert_hex(digest, SHA1_SIZE, rows[i].sha1);
		sha256_digest(bytes_at(text, whole), digest);
		assert_hex(digest, SHA256_SIZE, rows[i].sha256);
		free(text);
	}
	/* a view of nothing, as in a torrent without an info dictionary */
	sha1_digest(bytes_at(NULL, 0), (uint8_t[SHA1_SIZE]){ 0 });
}

static void test_sizes(void **state)
{
	uint64_t seed = 180;
	uint8_t data[300];

	(void)state;
	fill_random(&seed, data, sizeof data);
	for (size_t size = 0; size <= sizeof data; size++) {
		struct bytes copy = exact_copy(data, size);
		uint8_t digest[DIGEST_SIZE_MAX], want[DIGEST_SIZE_MAX];

		sha1_digest(copy, digest);
		assert_true(EVP_Digest(data, size, want, NULL, EVP_sha1(), NULL));
		assert_memory_equal(digest, want, SHA1_SIZE);
		sha256_digest(copy, digest);
		assert_true(EVP_Digest(data, size, want, NULL, EVP_sha256(), NULL));
		assert_memory_equal(digest, want, SHA256_SIZE);
		free_copy(copy);
	}
}

/* The message "abc" padded by hand is one block, whose words are the digest. */
static void test_blocks(void **state)
{
	static const uint32_t want1[] = { 0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d };
	static const uint32_t want256[] = { 0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
					    0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad };
	uint32_t sha1[] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint32_t sha256[] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	const uint8_t block[SHA_BLOCK] = { 'a', 'b', 'c', 0x80, [SHA_BLOCK - 1] = 24 };

	(void)state;
	sha1_blocks(sha1, block, 0);
	assert_int_equal(sha1[0], 0x67452301);
	sha1_blocks(sha1, block, 1);
	assert_memory_equal(sha1, want1, sizeof want1);
	sha256_blocks(sha256, block, 1);
	assert_memory_equal(sha256, want256, sizeof want256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_blocks),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
