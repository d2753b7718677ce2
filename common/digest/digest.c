/* digest.c - SHA-1 and SHA-256 of one piece of memory, by libcrypto */
#include "digest/digest.h"

#include <openssl/evp.h>

#include "base/buf.h"

static void digest(const EVP_MD *sum, struct bytes data, uint8_t *result)
{
	if (!EVP_Digest(data.data, data.size, result, NULL, sum, NULL))
		out_of_memory();
}

void sha1_digest(struct bytes data, uint8_t result[SHA1_SIZE])
{
	digest(EVP_sha1(), data, result);
}

void sha256_digest(struct bytes data, uint8_t result[SHA256_SIZE])
{
	digest(EVP_sha256(), data, result);
}
