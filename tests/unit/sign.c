/* sign.c - ed25519: the test vectors of RFC 8032, and key files that are none */
#include "../support/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "digest/sign.h"

#define PEM(lines) "-----BEGIN PRIVATE KEY-----\n" lines "\n-----END PRIVATE KEY-----\n"
#define FIRST PEM("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")
#define SECOND PEM("MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7")
/* Those two by openssl genpkey: with -aes256, and of another type. */
#define ENCRYPTED "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" \
	"MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiOSB0xXli7uwICCAAw\n" \
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEELOq/aPl/KgE7Vh/2uC2H3gEQJHW\n" \
	"kk6DrKaXHPyjsA8cADtRinwyiuUkBcha6aSR96HAw3SBUPVc4txvSpmGn2Xe7G5r\n" \
	"jDFVpopXd+PBn+NuOE0=\n" \
	"-----END ENCRYPTED PRIVATE KEY-----\n"
#define X25519 PEM("MC4CAQAwBQYDK2VuBCIEIGA9uAoEMRHyWhAcosg/gdAjvsG68+CD8KP3L4x6fnp5")
#define PUBLIC "-----BEGIN PUBLIC KEY-----\n" \
	"MCowBQYDK2VwAyEAyGwvHBK2DLGxA/uMOxBRlEpTCRle07SxBnc/6qy1FFY=\n" \
	"-----END PUBLIC KEY-----\n"

static char folder[] = "/tmp/sign.XXXXXX", path[64];

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/key", folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static struct sign_key *read_text(struct bytes text, struct error *error)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.data, 1, text.size, file), text.size);
	assert_int_equal(fclose(file), 0);
	return sign_key_read(path, error);
}

/* RFC 8032, 7.1, TEST 1 and TEST 2. */
static void test_vectors(void **state)
{
	static const struct { const char *pem, *public_key, *message, *signature; } rows[] = {
		{ FIRST, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
		  "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ SECOND, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		/* what stands before the key, such as a comment or another block, is passed over */
		{ "my key\n" PUBLIC FIRST, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
		  "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t public_key[SIGN_KEY_SIZE], want_key[SIGN_KEY_SIZE], signature[SIGN_SIZE], want[SIGN_SIZE];
		struct bytes message = bytes_of(rows[i].message);
		struct error error = { 0 };
		struct sign_key *key = read_text(bytes_of(rows[i].pem), &error);

		if (!key)
			fail_msg("row %zu: %s", i, error.message);
		assert_true(hex_parse((const uint8_t *)rows[i].public_key, sizeof want_key, want_key));
		assert_true(hex_parse((const uint8_t *)rows[i].signature, sizeof want, want));
		sign_key_public(key, public_key);
		assert_memory_equal(public_key, want_key, sizeof want_key);
		sign_make(key, message, signature);
		assert_memory_equal(signature, want, sizeof want);
		assert_true(sign_verify(public_key, message, signature));
		assert_false(sign_verify(public_key, bytes_of("another"), signature));
		signature[0] ^= 1;
		assert_false(sign_verify(public_key, message, signature));
		sign_key_free(key);
	}
}

static void test_no_key(void **state)
{
	static const struct { const char *text, *message; } rows[] = {
		{ ENCRYPTED, "the private key is encrypted, expected one without a passphrase" },
		{ X25519, "a private key of type X25519, expected ed25519" },
		{ PUBLIC, "found no private key in PEM; `openssl genpkey -algorithm ed25519` makes one" },
		{ "", "found no private key in PEM; `openssl genpkey -algorithm ed25519` makes one" },
		{ PEM("MC4C"), "found no private key in PEM; `openssl genpkey -algorithm ed25519` makes one" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = { 0 };
		char want[240];

		assert_null(read_text(bytes_of(rows[i].text), &error));
		assert_int_equal(error.kind, ERROR_SYSTEM);
		snprintf(want, sizeof want, "%s: %s", path, rows[i].message);
		assert_string_equal(error.message, want);
	}
}

static void test_no_file(void **state)
{
	struct error error = { 0 };
	char want[240];

	(void)state;
	unlink(path);
	assert_null(sign_key_read(path, &error));
	snprintf(want, sizeof want, "%s: No such file or directory", path);
	assert_string_equal(error.message, want);
	error_clear(&error);
	assert_null(sign_key_read(folder, &error));
	snprintf(want, sizeof want, "%s: Is a directory", folder);
	assert_string_equal(error.message, want);
	error_clear(&error);
	assert_null(sign_key_read("/dev/zero", &error));
	assert_string_equal(error.message, "/dev/zero: more than 16384 bytes, which is no key file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_no_key),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
