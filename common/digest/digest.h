/* digest.h - SHA-1 and SHA-256 of one piece of memory, by libcrypto */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include "base/bytes.h"

enum { SHA1_SIZE = 20, SHA256_SIZE = 32, DIGEST_SIZE_MAX = 32 };

/* Both may be called from any thread. They cannot fail but for want of memory, which ends the program. */
void sha1_digest(struct bytes data, uint8_t digest[SHA1_SIZE]);
void sha256_digest(struct bytes data, uint8_t digest[SHA256_SIZE]);

#endif
