/* item.c - items of BEP 44: its own test vectors, targets and signatures, and which values and salts are refused */
#include "../support/unit.h"

#include "base/hex.h"
#include "codec/item.h"
#include "digest/digest.h"
#include "digest/sign.h"

#define KEY "77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548"

/* From BEP 44, "test vectors". Its private key is in a form that libcrypto does not take: signing is tested in sign.c. */
static const struct vector {
	const char *key, *salt, *text, *target, *signature;	/* key NULL: immutable */
} vectors[] = {
	{ KEY, "", "3:seqi1e1:v12:Hello World!", "4a533d47ec9c7d95b1ad75f576cffc641853b750",
	  "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
	  "1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01" },
	{ KEY, "foobar", "4:salt6:foobar3:seqi1e1:v12:Hello World!", "411eba73b6f087ca51a3795d9c8c938d365e32c1",
	  "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
	  "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08" },
	{ NULL, "", "12:Hello World!", "e5f96f6f38320f0f33959cb4d3d656452117aadb", NULL },
};

static void assert_target(struct bytes named, const char *want)
{
	uint8_t digest[SHA1_SIZE];
	char digits[2 * SHA1_SIZE + 1];

	sha1_digest(named, digest);
	*hex_print(digits, digest, sizeof digest) = 0;
	assert_string_equal(digits, want);
}

static void test_vectors(void **state)
{
	const struct bytes value = bytes_of("12:Hello World!");

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *vector = &vectors[i];
		uint8_t key[ITEM_PUBLIC_KEY_SIZE], signature[ITEM_SIGNATURE_SIZE];
		struct buf named = { 0 }, text = { 0 };

		if (!vector->key) {
			assert_target(value, vector->target);
			continue;
		}
		assert_true(hex_parse((const uint8_t *)vector->key, sizeof key, key));
		assert_true(hex_parse((const uint8_t *)vector->signature, sizeof signature, signature));
		item_named(&named, bytes_at(key, sizeof key), bytes_of(vector->salt));
		assert_target(buf_bytes(&named), vector->target);
		item_signed(&text, bytes_of(vector->salt), 1, value);
		assert_string_equal(buf_string(&text), vector->text);
		assert_true(sign_verify(key, buf_bytes(&text), signature));
		/* another number, another text, another signature, another key */
		text.data[text.size - 1] ^= 1;
		assert_false(sign_verify(key, buf_bytes(&text), signature));
		text.data[text.size - 1] ^= 1;
		signature[63] ^= 1;
		assert_false(sign_verify(key, buf_bytes(&text), signature));
		signature[63] ^= 1;
		key[0] ^= 1;
		assert_false(sign_verify(key, buf_bytes(&text), signature));
		buf_free(&named);
		buf_free(&text);
	}
}

/* Salts and values are put as they are: a salt that looks like what follows it is no other item. */
static void test_signed(void **state)
{
	static const struct { const char *salt; int64_t seq; const char *value, *text; } rows[] = {
		{ NULL, 0, "le", "3:seqi0e1:vle" },
		{ "", 4, "i7e", "3:seqi4e1:vi7e" },
		{ "3:seqi1e", INT64_MAX, "de", "4:salt8:3:seqi1e3:seqi9223372036854775807e1:vde" },
		{ "n", -1, "0:", "4:salt1:n3:seqi-1e1:v0:" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = { 0 };

		item_signed(&text, bytes_of(rows[i].salt), rows[i].seq, bytes_of(rows[i].value));
		assert_string_equal(buf_string(&text), rows[i].text);
		buf_free(&text);
	}
}

static void test_check(void **state)
{
	static const struct { const char *value; uint64_t offset; const char *message; } rows[] = {
		{ "0:", 0, NULL },
		{ "i0e", 0, NULL },
		{ "i-7e", 0, NULL },
		{ "12:Hello World!", 0, NULL },
		{ "d1:ali1e1:xe1:bdee", 0, NULL },
		{ "", 0, "" },
		{ "Hello", 0, "" },
		{ "5:Hell", 0, "" },
		{ "5:Hello\n", 7, "found 1 byte after the value, expected its end" },
		{ "i1ei2e", 3, "found 3 bytes after the value, expected its end" },
		{ "i01e", 0, "" },
		{ "i-0e", 0, "" },
		{ "05:Hello", 0, "" },
		{ "i9223372036854775808e", 0, "" },
		{ "d1:bi1e1:ai1ee", 7, "" },
		{ "d1:ai1e1:ai1ee", 7, "" },
		{ "l", 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes value = exact_copy(rows[i].value, strlen(rows[i].value));
		struct error error = { 0 };
		bool good = item_check(value, &error);

		if (good != !rows[i].message || (!good && (error.kind != ERROR_INPUT || error.offset != rows[i].offset)) ||
		    (!good && *rows[i].message && strcmp(error.message, rows[i].message)))
			fail_msg("'%s': %d, byte %d: %s", rows[i].value, good, (int)error.offset, error.message);
		free_copy(value);
	}
}

/* A string of 996 bytes is 1000 with its length. */
static void test_sizes(void **state)
{
	struct error error = { 0 };
	char value[1002];

	(void)state;
	memcpy(value, "996:", 4);
	memset(value + 4, 'x', sizeof value - 4);
	assert_true(item_check(bytes_at(value, 1000), &error));
	value[2] = '7';
	assert_false(item_check(bytes_at(value, 1001), &error));
	assert_string_equal(error.message, "the value has 1001 bytes, bencoded; nodes store at most 1000");
	error_clear(&error);
	assert_true(item_check_salt(bytes_at(value, 64), &error));
	assert_false(item_check_salt(bytes_at(value, 65), &error));
	assert_string_equal(error.message, "the salt has 65 bytes; nodes take at most 64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
