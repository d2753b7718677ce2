/* hash.c - one info hash in all its spellings, and what only looks like one */
#include "../support/unit.h"

#include "text/hash.h"

static const uint8_t want[HASH_SIZE] = {
	0x86, 0xd4, 0xc8, 0x00, 0x24, 0xa4, 0x69, 0xbe, 0x4c, 0x50,
	0xbc, 0x5a, 0x10, 0x2c, 0xf7, 0x17, 0x80, 0x31, 0x00, 0x74,
};

static void test_spellings(void **state)
{
	static const char *const rows[] = {
		"86d4c80024a469be4c50bc5a102cf71780310074",
		"86D4C80024A469BE4C50BC5A102CF71780310074",
		"Q3KMQABEURU34TCQXRNBALHXC6ADCADU",
		"q3kmqabeuru34tcqxrnbalhxc6adcadu",
		"htTIACSkab5MULxaECz3F4AxAHQ=",
		"magnet:?xt=urn:btih:86d4c80024a469be4c50bc5a102cf71780310074",
		"magnet:?dn=a+name&xt=urn:btih:Q3KMQABEURU34TCQXRNBALHXC6ADCADU&tr=http%3A%2F%2Ft",
		"magnet:?xt=urn:btmh:1220ab&xt=urn:btih:86d4c80024a469be4c50bc5a102cf71780310074",
		"magnet:?xt.1=urn:btih:86d4c80024a469be4c50bc5a102cf71780310074&xt.2=urn:sha1:x",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i], strlen(rows[i]));
		struct error error = { 0 };
		uint8_t hash[HASH_SIZE] = { 0 };

		if (!hash_parse(text, hash, &error))
			fail_msg("%s: %s", rows[i], error.message);
		assert_memory_equal(hash, want, HASH_SIZE);
		free_copy(text);
	}
}

static void test_failures(void **state)
{
	static const struct { const char *text, *message; } rows[] = {
		{ "",
		  "'' is no info hash: want 40 hexadecimal digits, 32 characters of base32, 28 of base64 or a magnet link" },
		{ "86d4c80024a469be4c50bc5a102cf7178031007", NULL },
		{ "86d4c80024a469be4c50bc5a102cf717803100744", NULL },
		{ "86d4c80024a469be4c50bc5a102cf7178031007g", NULL },
		{ "Q3KMQABEURU34TCQXRNBALHXC6ADCAD1", NULL },
		{ "htTIACSkab5MULxaECz3F4AxAHR=", NULL },	/* bits that are not the hash's */
		{ "htTIACSkab5MULxaECz3F4AxAHQ", NULL },
		{ "magnet:", "this magnet link has no xt=urn:btih: hash" },
		{ "magnet:?xt=urn:btmh:1220ab", "this magnet link has no xt=urn:btih: hash" },
		{ "magnet:?dn=xt=urn:btih:86d4c80024a469be4c50bc5a102cf71780310074",
		  "this magnet link has no xt=urn:btih: hash" },
		{ "magnet:?xt=urn:btih:", "'magnet:?xt=urn:btih:' is no info hash: want 40 hexadecimal digits, "
		  "32 characters of base32, 28 of base64 or a magnet link" },
		{ "magnet:?xt=urn:btih:86d4&x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		struct error error = { 0 };
		uint8_t hash[HASH_SIZE];

		if (hash_parse(text, hash, &error))
			fail_msg("'%s' passed", rows[i].text);
		assert_int_equal(error.kind, ERROR_INPUT);
		if (rows[i].message)
			assert_string_equal(error.message, rows[i].message);
		free_copy(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
