/* digest.c - SHA-1 and SHA-256 of one piece of memory, by libcrypto */
/*
 * The functions of OpenSSL 1.1, which 3.0 and 4.0 still have but would rather not: only they let the words of a sum in and
 * out, so that a lane may change from one way of computing to another in the middle, and they have no context to allocate or
 * to fail, which costs more than a sum of 64 bytes.
 */
#define OPENSSL_API_COMPAT 0x10101000L
#include "digest/digest.h"

#include <openssl/sha.h>

void sha1_digest(struct bytes data, uint8_t digest[SHA1_SIZE])
{
	SHA_CTX sum;

	SHA1_Init(&sum);
	SHA1_Update(&sum, data.data, data.size);
	SHA1_Final(digest, &sum);
}

void sha256_digest(struct bytes data, uint8_t digest[SHA256_SIZE])
{
	SHA256_CTX sum;

	SHA256_Init(&sum);
	SHA256_Update(&sum, data.data, data.size);
	SHA256_Final(digest, &sum);
}

void sha1_blocks(uint32_t words[5], const uint8_t *data, size_t blocks)
{
	SHA_CTX sum = { .h0 = words[0], .h1 = words[1], .h2 = words[2], .h3 = words[3], .h4 = words[4] };

	SHA1_Update(&sum, data, blocks * SHA_BLOCK);
	words[0] = sum.h0;
	words[1] = sum.h1;
	words[2] = sum.h2;
	words[3] = sum.h3;
	words[4] = sum.h4;
}

void sha256_blocks(uint32_t words[8], const uint8_t *data, size_t blocks)
{
	SHA256_CTX sum = { .md_len = SHA256_SIZE };

	memcpy(sum.h, words, sizeof sum.h);
	SHA256_Update(&sum, data, blocks * SHA_BLOCK);
	memcpy(words, sum.h, sizeof sum.h);
}
