/* digest.h - SHA-1 and SHA-256 of one piece of memory, by libcrypto */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include "base/bytes.h"

enum { SHA1_SIZE = 20, SHA256_SIZE = 32, DIGEST_SIZE_MAX = 32, SHA_BLOCK = 64 };

/* All may be called from any thread; they allocate nothing and cannot fail. */
void sha1_digest(struct bytes data, uint8_t digest[SHA1_SIZE]);
void sha256_digest(struct bytes data, uint8_t digest[SHA256_SIZE]);

/* Adds whole blocks of SHA_BLOCK bytes to a sum whose state the caller keeps: words as numbers (FIPS 180-4, 6.1, 6.2). */
void sha1_blocks(uint32_t words[5], const uint8_t *data, size_t blocks);
void sha256_blocks(uint32_t words[8], const uint8_t *data, size_t blocks);

#endif
