/* sign.h - ed25519 signatures, for mutable items of BEP 44 */
#ifndef DIGEST_SIGN_H
#define DIGEST_SIGN_H

#include "base/bytes.h"
#include "base/error.h"

enum { SIGN_KEY_SIZE = 32, SIGN_SIZE = 64 };

struct sign_key;

/*
 * Reads a private key from a PEM file, as `openssl genpkey -algorithm ed25519` makes them, without a passphrase. NULL:
 * ERROR_SYSTEM that names the file. sign_key_free wipes it.
 */
struct sign_key *sign_key_read(const char *path, struct error *);
void sign_key_free(struct sign_key *);
void sign_key_public(const struct sign_key *, uint8_t public_key[SIGN_KEY_SIZE]);
void sign_make(const struct sign_key *, struct bytes message, uint8_t signature[SIGN_SIZE]);
bool sign_verify(const uint8_t public_key[SIGN_KEY_SIZE], struct bytes message, const uint8_t signature[SIGN_SIZE]);

#endif
