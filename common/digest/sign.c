/* sign.c - ed25519 signatures, by libcrypto's EVP */
#include "digest/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/buf.h"

enum { FILE_MAX = 16 << 10 };	/* bytes; such a key is one of 119 */

struct sign_key {
	EVP_PKEY *pkey;
};

/* At most room bytes of the file; *size is how many. */
static bool read_file(const char *path, uint8_t *data, size_t room, size_t *size, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got = 0;

	*size = 0;
	if (fd < 0)
		return fail_system(error, "%.160s: %s", path, strerror(errno));
	while (*size < room && (got = read(fd, data + *size, room - *size)) > 0)
		*size += (size_t)got;
	if (got < 0)
		fail_system(error, "%.160s: %s", path, strerror(errno));
	close(fd);
	return got >= 0;
}

/* libcrypto would ask for the passphrase on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *encrypted)
{
	(void)buffer;
	(void)size;
	(void)writing;
	*(bool *)encrypted = true;
	return -1;
}

/* What there is instead of a key, in words. */
static EVP_PKEY *read_pem(const char *path, struct bytes text, struct error *error)
{
	BIO *bio = BIO_new_mem_buf(text.data, (int)text.size);
	bool encrypted = false;
	EVP_PKEY *pkey;

	if (!bio)
		out_of_memory();
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &encrypted);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
		return pkey;
	if (pkey) {
		const char *name = OBJ_nid2sn(EVP_PKEY_get_base_id(pkey));

		fail_system(error, "%.160s: a private key of type %s, expected ed25519", path, name ? name : "unknown");
	} else if (encrypted) {
		fail_system(error, "%.160s: the private key is encrypted, expected one without a passphrase", path);
	} else {
		fail_system(error, "%.160s: found no private key in PEM; `openssl genpkey -algorithm ed25519` makes one",
			    path);
	}
	EVP_PKEY_free(pkey);
	return NULL;
}

struct sign_key *sign_key_read(const char *path, struct error *error)
{
	uint8_t text[FILE_MAX + 1];
	struct sign_key *key = NULL;
	EVP_PKEY *pkey = NULL;
	size_t size;

	if (read_file(path, text, sizeof text, &size, error)) {
		if (size > FILE_MAX)
			fail_system(error, "%.160s: more than %d bytes, which is no key file", path, FILE_MAX);
		else
			pkey = read_pem(path, bytes_at(text, size), error);
	}
	OPENSSL_cleanse(text, sizeof text);
	if (!pkey)
		return NULL;
	key = malloc(sizeof *key);
	if (!key)
		out_of_memory();
	key->pkey = pkey;
	return key;
}

void sign_key_free(struct sign_key *key)
{
	if (key)
		EVP_PKEY_free(key->pkey);
	free(key);
}

void sign_key_public(const struct sign_key *key, uint8_t public_key[SIGN_KEY_SIZE])
{
	size_t size = SIGN_KEY_SIZE;

	if (!EVP_PKEY_get_raw_public_key(key->pkey, public_key, &size))
		out_of_memory();
}

/* Signing with a key of that type fails for want of memory only. */
void sign_make(const struct sign_key *key, struct bytes message, uint8_t signature[SIGN_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t size = SIGN_SIZE;

	if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) != 1 ||
	    EVP_DigestSign(context, signature, &size, message.data, message.size) != 1)
		out_of_memory();
	EVP_MD_CTX_free(context);
}

bool sign_verify(const uint8_t public_key[SIGN_KEY_SIZE], struct bytes message, const uint8_t signature[SIGN_SIZE])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGN_KEY_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good;

	good = pkey && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
	       EVP_DigestVerify(context, signature, SIGN_SIZE, message.data, message.size) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return good;
}
