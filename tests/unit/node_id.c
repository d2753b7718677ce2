/* node_id.c - node ids: the examples of BEP 42, IPv6, exempt addresses, distances; clients as text and back */
#include "codec/node_id.h"

#include "base/hex.h"

#include "../support/unit.h"

static struct endpoint address_of(const char *text)
{
	struct ipv4 v4;
	struct ipv6 v6;

	if (ipv4_parse(bytes_of(text), &v4))
		return endpoint_ipv4(v4, 6881);
	assert_true(ipv6_parse(bytes_of(text), &v6));
	return endpoint_ipv6(v6, 6881);
}

static void hex_of(const char *digits, uint8_t id[NODE_ID_SIZE])
{
	assert_int_equal(strlen(digits), 2 * NODE_ID_SIZE);
	assert_true(hex_parse((const uint8_t *)digits, NODE_ID_SIZE, id));
}

static void test_addresses(void **state)
{
	static const struct { const char *address; uint8_t random; uint32_t first; const char *id; } rows[] = {
		/* the table of BEP 42 */
		{ "124.31.75.21", 1, 0x5fbfb8, "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401" },
		{ "21.75.31.124", 86, 0x5a3ce8, "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256" },
		{ "65.23.51.170", 22, 0xa5d430, "a5d43220bc8f112a3d426c84764f8c2a1150e616" },
		{ "84.124.73.14", 65, 0x1b0320, "1b0321dd1bb1fe518101ceef99462b947a01ff41" },
		{ "43.213.53.83", 90, 0xe56f68, "e56f6cbf5b7c4be0237986d5243b87aa6d51305a" },
		/* by an independent program */
		{ "2001:db8::7", 0, 0x7c89c8, "7c89c8000102030405060708090a0b0c0d0e0f00" },
		{ "2001:db8:85a3:8d3:1319:8a2e:370:7348", 0x56, 0xa212e0, "a212e7000102030405060708090a0b0c0d0e0f56" },
		{ "2a02:1210:4c1e:77ff::1", 0xff, 0xd8ced8, "d8ceda000102030405060708090a0b0c0d0e0fff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint endpoint = address_of(rows[i].address);
		uint8_t id[NODE_ID_SIZE], made[NODE_ID_SIZE];

		hex_of(rows[i].id, id);
		assert_int_equal(node_id_check(id, &endpoint), NODE_ID_VALID);
		/* 21 bits and the last byte are made, all else stays */
		memset(made, 0xa5, sizeof made);
		node_id_derive(&endpoint, rows[i].random, made);
		assert_int_equal(made[0] << 16 | made[1] << 8 | (made[2] & 0xf8), rows[i].first);
		assert_int_equal(made[2] & 7, 5);
		for (size_t at = 3; at < NODE_ID_SIZE - 1; at++)
			assert_int_equal(made[at], 0xa5);
		assert_int_equal(made[NODE_ID_SIZE - 1], rows[i].random);
		/* each of the 21 bits counts, the 3 after them do not; the port neither */
		for (unsigned bit = 0; bit < 24; bit++) {
			memcpy(made, id, sizeof made);
			made[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			assert_int_equal(node_id_check(made, &endpoint), bit < 21 ? NODE_ID_INVALID : NODE_ID_VALID);
		}
		id[NODE_ID_SIZE - 1] ^= 8;
		endpoint.port = 1;
		assert_int_equal(node_id_check(id, &endpoint), NODE_ID_VALID);
		id[NODE_ID_SIZE - 1] ^= 1;
		assert_int_equal(node_id_check(id, &endpoint), NODE_ID_INVALID);
	}
}

static void test_exempt(void **state)
{
	static const struct { const char *address; enum node_id_verdict verdict; } rows[] = {
		{ "10.0.0.1", NODE_ID_EXEMPT }, { "11.0.0.1", NODE_ID_INVALID }, { "172.15.0.1", NODE_ID_INVALID },
		{ "172.16.0.1", NODE_ID_EXEMPT }, { "172.31.255.255", NODE_ID_EXEMPT }, { "172.32.0.0", NODE_ID_INVALID },
		{ "192.168.7.7", NODE_ID_EXEMPT }, { "192.169.7.7", NODE_ID_INVALID }, { "169.254.1.1", NODE_ID_EXEMPT },
		{ "127.255.0.1", NODE_ID_EXEMPT }, { "128.0.0.1", NODE_ID_INVALID }, { "::1", NODE_ID_EXEMPT },
		{ "::2", NODE_ID_INVALID }, { "fe80::1", NODE_ID_EXEMPT }, { "febf::1", NODE_ID_EXEMPT },
		{ "fec0::1", NODE_ID_INVALID },
		{ "fc00::1", NODE_ID_EXEMPT }, { "fdff::1", NODE_ID_EXEMPT }, { "fe00::1", NODE_ID_INVALID },
		{ "::ffff:1.2.3.4", NODE_ID_EXEMPT }, { "2001:db8::1", NODE_ID_INVALID },
	};
	struct endpoint none = { 0 };
	uint8_t id[NODE_ID_SIZE] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint endpoint = address_of(rows[i].address);

		assert_int_equal(node_id_check(id, &endpoint), rows[i].verdict);
	}
	assert_int_equal(node_id_check(id, &none), NODE_ID_UNKNOWN);
	assert_string_equal(node_id_verdicts[NODE_ID_UNKNOWN], "-");
	assert_string_equal(node_id_verdicts[NODE_ID_EXEMPT], "exempt");
}

static void test_distance(void **state)
{
	uint8_t a[NODE_ID_SIZE], b[NODE_ID_SIZE], target[NODE_ID_SIZE], distance[NODE_ID_SIZE], to_a[NODE_ID_SIZE],
		to_b[NODE_ID_SIZE];
	uint64_t seed = 42;

	(void)state;
	for (unsigned bit = 0; bit < 160; bit++) {
		fill_random(&seed, a, sizeof a);
		memcpy(b, a, sizeof b);
		b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		assert_int_equal(node_id_shared(a, b), bit);
		/* what comes after the first bit that differs does not count */
		for (unsigned at = bit / 8 + 1; at < sizeof b; at++)
			b[at] ^= (uint8_t)next_random(&seed);
		assert_int_equal(node_id_shared(a, b), bit);
		node_id_distance(a, b, distance);
		for (size_t i = 0; i < sizeof a; i++)
			assert_int_equal(distance[i], a[i] ^ b[i]);
		fill_random(&seed, target, sizeof target);
		node_id_distance(target, a, to_a);
		node_id_distance(target, b, to_b);
		assert_int_equal(node_id_nearer(target, a, b) < 0, memcmp(to_a, to_b, sizeof to_a) < 0);
		assert_int_equal(node_id_nearer(target, b, a) < 0, memcmp(to_b, to_a, sizeof to_a) < 0);
	}
	assert_int_equal(node_id_shared(a, a), 160);
	assert_int_equal(node_id_nearer(target, a, a), 0);
}

static void check_client(struct bytes v, const char *expected)
{
	char text[CLIENT_ROOM];
	uint8_t again[CLIENT_V_MAX];
	size_t size = SIZE_MAX;
	struct bytes printed = bytes_at(text, (size_t)(client_print(text, v) - text));

	if (expected)
		assert_true(bytes_is(printed, expected));
	assert_true(printed.size <= CLIENT_ROOM);
	if (v.size > CLIENT_V_MAX)
		return;
	assert_true(client_parse(printed, again, &size));
	assert_true(bytes_equal(bytes_at(again, size), v));
}

static void test_clients(void **state)
{
	uint8_t longest[100];
	uint64_t seed = 7;

	(void)state;
	/* the first is what libtorrent 2.0.8 sends */
	check_client(bytes_at("LT\2\x08", 4), "LT 2.0.8");
	check_client(bytes_at("LT\xff\xff", 4), "LT 255.15.15");
	check_client(bytes_at("LT\1\x10", 4), "LT 0x0110");
	check_client(bytes_at("UT\xa9\x5e", 4), "UT 0xa95e");
	check_client(bytes_at("lt\2\x08", 4), "lt 0x0208");
	check_client(bytes_at("\033[2J", 4), "0x1b5b324a");
	check_client(bytes_at("", 0), "0x");
	check_client(bytes_at("LT\2", 3), "0x4c5402");
	check_client(bytes_at("LT\2\x08\0", 5), "0x4c54020800");
	memset(longest, 0xab, sizeof longest);
	check_client(bytes_at(longest, sizeof longest), "0xababababababababababababababababababababababab");
	for (size_t i = 0; i < 4096; i++) {
		uint8_t v[CLIENT_V_MAX];

		fill_random(&seed, v, sizeof v);
		if (i % 2)
			memcpy(v, i % 4 == 1 ? "LT" : "Zz", 2);
		check_client(bytes_at(v, i % 3 ? 4 : i % (CLIENT_V_MAX + 1)), NULL);
	}
}

static void test_no_clients(void **state)
{
	static const char *const texts[] = {
		"", "-", "LT", "LT ", "LT 2", "LT 2.0", "LT 2.0.", "LT 2.0.16", "LT 2.16.0", "LT 256.0.0", "LT 1.2.3",
		"LT 2.0.8 ", "LT 2.0.8.1",
		"UT 2.0.8", "UT 0x", "UT 0xa9", "UT 0xa95e00", "UT 0xa95", "UT 0xa95g", "U T 0xa95e", "0", "0x1", "0x1g",
		"1x11", "!T 0x0000", "0x0102030405060708090a0b0c0d0e0f1011",
	};
	uint8_t v[CLIENT_V_MAX];
	size_t size;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct bytes copy = exact_copy(texts[i], strlen(texts[i]));

		if (client_parse(copy, v, &size))
			fail_msg("'%s' is taken for a client", texts[i]);
		free_copy(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_exempt),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_no_clients),
	};

	return cmocka_run_group_tests_name("node_id", tests, NULL, NULL);
}
