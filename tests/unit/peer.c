/* peer.c - entries, the older forms of members, keys and scores; an independent list of entries */
#include "../support/unit.h"

#include "codec/peer.h"

#include <stdio.h>

#include "base/hex.h"

static void print_peer(const struct peer *peer, char *text)
{
	char *at = text;

	at = ipv4_print(at, &peer->ipv4);
	*at++ = ' ';
	at = ipv6_print(at, &peer->ipv6);
	sprintf(at, " %u", peer->port);
}

static void test_members(void **state)
{
	static const struct { struct bytes member; const char *layout, *peer; } rows[] = {
#define MEMBER(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
		{ MEMBER("\xcb\x00\x71\x07\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x1a\xe1"), "entry",
		  "203.0.113.7 2001:db8::7 6881" },
		{ MEMBER("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "entry", "0.0.0.0 :: 0" },
		{ MEMBER("203.0.113.7@2001:db8::7@6881"), "ipv4@ipv6@port", "203.0.113.7 2001:db8::7 6881" },
		{ MEMBER("203.0.113.7@@6881"), "ipv4@ipv6@port", "203.0.113.7 :: 6881" },
		{ MEMBER("@2001:db8::7@6881"), "ipv4@ipv6@port", "0.0.0.0 2001:db8::7 6881" },
		{ MEMBER("-@-@0"), "ipv4@ipv6@port", "0.0.0.0 :: 0" },
		{ MEMBER("203.0.113.7@::@65535"), "ipv4@ipv6@port", "203.0.113.7 :: 65535" },
		/* 22 bytes that read as text are no entry */
		{ MEMBER("203.0.113.7@2001::@688"), "ipv4@ipv6@port", "203.0.113.7 2001:: 688" },
		{ MEMBER("203.0.113.7@2001::x688"), "entry", "50.48.51.46 302e:3131:332e:3740:3230:3031:3a3a:7836 14392" },
		{ MEMBER("-TR2940-abcdefghijkl@203.0.113.7@2001:db8::7@6881"), "peer_id@ipv4@ipv6@port",
		  "203.0.113.7 2001:db8::7 6881" },
		{ MEMBER("@TR2940@abcd@fghijk@@203.0.113.7@@6881"), "peer_id@ipv4@ipv6@port", "203.0.113.7 :: 6881" },
		{ MEMBER("2d5452323934302d6162636465666768696a6b6c@1.2.3.4@::1@1"), "peer_id@ipv4@ipv6@port",
		  "1.2.3.4 ::1 1" },
		{ MEMBER("-TR2940-abcdefghijkl:203.0.113.7:6881"), "peer_id:ip:port", "203.0.113.7 :: 6881" },
		{ MEMBER("-TR2940-abcd:fghijkl:[2001:db8::7]:6881"), "peer_id:ip:port", "0.0.0.0 2001:db8::7 6881" },
		{ MEMBER("-TR2940-abcdefghijkl:2001:db8::7:6881"), "peer_id:ip:port", "0.0.0.0 2001:db8::7 6881" },
		{ MEMBER(""), NULL, NULL },
		{ MEMBER("@"), NULL, NULL },
		{ MEMBER("@@"), NULL, NULL },
		{ MEMBER("203.0.113.7@2001:db8::7@65536"), NULL, NULL },
		{ MEMBER("203.0.113.7@2001:db8::7@-1"), NULL, NULL },
		{ MEMBER("203.0.113.7@2001:db8::7@"), NULL, NULL },
		{ MEMBER("203.0.113.256@::@6881"), NULL, NULL },
		{ MEMBER("203.0.113.7@2001:db8::g@6881"), NULL, NULL },
		{ MEMBER("-TR2940-abcdefghijk@203.0.113.7@::@6881"), NULL, NULL },
		{ MEMBER("-TR2940-abcdefghijkl:203.0.113.7:"), NULL, NULL },
		{ MEMBER("-TR2940-abcdefghijkl:[]:6881"), NULL, NULL },
		{ MEMBER("0123456789012345678901"), "entry", "48.49.50.51 3435:3637:3839:3031:3233:3435:3637:3839 12337" },
		{ MEMBER("012345678901234567890"), NULL, NULL },
		{ MEMBER("01234567890123456789012"), NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes member = exact_copy(rows[i].member.data, rows[i].member.size);
		struct peer peer = { .seen = { 5 }, .port = 7 };
		const struct peer_layout *layout = peer_decode(member, &peer);
		char text[100];

		if (!rows[i].layout) {
			if (layout)
				fail_msg("row %zu is taken for %s", i, layout->name);
			assert_int_equal(peer.port, 7);
		} else {
			assert_non_null(layout);
			assert_string_equal(layout->name, rows[i].layout);
			print_peer(&peer, text);
			assert_string_equal(text, rows[i].peer);
		}
		assert_int_equal(peer.seen.us, 5);
		free_copy(member);
	}
}

static void test_long_members(void **state)
{
	char member[PEER_TEXT_MAX + 2];
	struct peer peer = { 0 };

	(void)state;
	/* a port with leading zeros */
	memset(member, '0', sizeof member);
	memcpy(member, "1.2.3.4@::@", 11);
	assert_null(peer_decode(bytes_at(member, sizeof member), &peer));
	assert_null(peer_decode(bytes_at(member, PEER_TEXT_MAX + 1), &peer));
	assert_non_null(peer_decode(bytes_at(member, PEER_TEXT_MAX), &peer));
}

static void test_keys(void **state)
{
	static const char hash[] = "86d4c80024a469be4c50bc5a102cf71780310074";
	static const struct { const char *key; enum peer_key kind; bool hash; } rows[] = {
		{ "htTIACSkab5MULxaECz3F4AxAHQ=", PEER_KEY_TORRENT, true },
		{ "ext_htTIACSkab5MULxaECz3F4AxAHQ=", PEER_KEY_EXT, true },
		{ "\x86\xd4\xc8\x01\x24\xa4\x69\xbe\x4c\x50\xbc\x5a\x10\x2c\xf7\x17\x80\x31\x01\x74", PEER_KEY_OLD_RAW,
		  false },
		{ "86d4c80024a469be4c50bc5a102cf71780310074", PEER_KEY_OLD_HEX, true },
		{ "86D4C80024A469BE4C50BC5A102CF71780310074", PEER_KEY_OLD_HEX, true },
		{ "to_0", PEER_KEY_OLD_TID, false },
		{ "to_12345678901234567", PEER_KEY_OLD_TID, false },	/* 20 bytes */
		{ "to_", PEER_KEY_OTHER, false },
		{ "to_x", PEER_KEY_OTHER, false },
		{ "", PEER_KEY_OTHER, false },
		{ "htTIACSkab5MULxaECz3F4AxAHR=", PEER_KEY_OTHER, false },
		{ "htTIACSkab5MULxaECz3F4AxAHQ", PEER_KEY_OTHER, false },
		{ "EXT_htTIACSkab5MULxaECz3F4AxAHQ=", PEER_KEY_OTHER, false },
		{ "ext_", PEER_KEY_OTHER, false },
		{ "86d4c80024a469be4c50bc5a102cf7178031007g", PEER_KEY_OTHER, false },
		{ "0123456789abcdef0123456789abcdef", PEER_KEY_OTHER, false },
	};
	uint8_t want[HASH_SIZE];

	(void)state;
	assert_true(hex_parse((const uint8_t *)hash, HASH_SIZE, want));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes key = exact_copy(rows[i].key, strlen(rows[i].key));
		uint8_t *got = malloc(HASH_SIZE);

		if (peer_key_parse(key, got) != rows[i].kind)
			fail_msg("%s is taken for kind %d", rows[i].key, peer_key_parse(key, got));
		if (rows[i].hash)
			assert_memory_equal(got, want, HASH_SIZE);
		if (rows[i].kind == PEER_KEY_OLD_RAW)
			assert_memory_equal(got, key.data, HASH_SIZE);
		free(got);
		free_copy(key);
	}
}

static void test_scores(void **state)
{
	static const struct { const char *text; bool valid; int64_t us; } rows[] = {
		{ "1700000000", true, 1700000000000000 },
		{ "0", true, 0 },
		{ "1.7e9", true, 1700000000000000 },
		{ "1700000000.25", true, 1700000000250000 },
		{ "1700000000.123457", true, 1700000000123457 },
		{ "-1.5", true, -1500000 },
		{ "1e300", true, 9000000000000000000 },
		{ "-1e300", true, -9000000000000000000 },
		{ "inf", true, 9000000000000000000 },
		{ "-inf", true, -9000000000000000000 },
		{ "9000000000001", true, 9000000000000000000 },
		{ "99999999999999999999", true, 9000000000000000000 },
		{ "nan", false, 0 },
		{ "-nan", false, 0 },
		{ "", false, 0 },
		{ "1x", false, 0 },
		{ "1 ", false, 0 },
		{ "one", false, 0 },
		{ "1.0000000000000000000000000000000000000000000000000000000000000000", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		double score = 0;
		bool valid = peer_score_parse(text, &score);

		if (valid != rows[i].valid || (valid && peer_seen(score).us != rows[i].us))
			fail_msg("%s gives %lld", rows[i].text, (long long)peer_seen(score).us);
		free_copy(text);
	}
}

static void test_identity(void **state)
{
	uint64_t seed = 22;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		uint8_t *data = malloc(PEER_SIZE), *back = malloc(PEER_SIZE);
		struct peer peer = { 0 };

		fill_random(&seed, data, PEER_SIZE);
		assert_ptr_equal(peer_decode(bytes_at(data, PEER_SIZE), &peer), &peer_layouts[0]);
		peer_encode(&peer, back);
		assert_memory_equal(data, back, PEER_SIZE);
		free(data);
		free(back);
	}
}

/* The list of entries in tests/samples: key, hash, entry, score, line; each column from each other. */
static void test_list(void **state)
{
	FILE *file = fopen("tests/samples/expected/entries.tsv", "r");
	char line[1000], key[50], hash_text[50], entry_text[50], score[30], ipv4[50], ipv6[50], want[200], got[200],
		seen[30];
	unsigned count = 0, port;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		uint8_t hash[HASH_SIZE], entry[PEER_SIZE], back[PEER_SIZE];
		double seconds;
		struct peer peer = { 0 };
		char printed[PEER_KEY_SIZE];

		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "%49s %49s %49s %29s peer %*s %49s %49s %u %29s", key, hash_text, entry_text,
					score, ipv4, ipv6, &port, seen),
				 8);
		assert_int_equal(peer_key_parse(bytes_of(key), hash), PEER_KEY_TORRENT);
		hex_print(got, hash, HASH_SIZE)[0] = 0;
		assert_string_equal(got, hash_text);
		peer_key_print(hash, printed);
		assert_memory_equal(printed, key, PEER_KEY_SIZE);
		assert_true(hex_parse((const uint8_t *)entry_text, PEER_SIZE, entry));
		assert_ptr_equal(peer_decode(bytes_at(entry, PEER_SIZE), &peer), &peer_layouts[0]);
		snprintf(want, sizeof want, "%s %s %u", strcmp(ipv4, "-") ? ipv4 : "0.0.0.0",
			 strcmp(ipv6, "-") ? ipv6 : "::", port);
		print_peer(&peer, got);
		assert_string_equal(got, want);
		peer_encode(&peer, back);
		assert_memory_equal(back, entry, PEER_SIZE);
		assert_true(peer_score_parse(bytes_of(score), &seconds));
		snprintf(got, sizeof got, "%lld", (long long)peer_seen(seconds).us / 1000000);
		assert_string_equal(got, seen);
		count++;
	}
	fclose(file);
	assert_int_equal(count, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_long_members),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
