/* address.c - what is printed and what is accepted, against inet_ntop and inet_pton; special ranges, both their ends */
#include "../support/unit.h"

#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>

static void check_print_4(const struct ipv4 *ip)
{
	char expected[INET_ADDRSTRLEN], *room = malloc(IPV4_ROOM), *end = ipv4_print(room, ip);

	inet_ntop(AF_INET, ip, expected, sizeof expected);
	if (!bytes_is(bytes_at(room, (size_t)(end - room)), expected))
		fail_msg("%.*s instead of %s", (int)(end - room), room, expected);
	free(room);
}

static void check_print_6(const struct ipv6 *ip)
{
	char expected[INET6_ADDRSTRLEN], *room = malloc(IPV6_ROOM), *end = ipv6_print(room, ip);

	inet_ntop(AF_INET6, ip, expected, sizeof expected);
	if (!bytes_is(bytes_at(room, (size_t)(end - room)), expected))
		fail_msg("%.*s instead of %s", (int)(end - room), room, expected);
	free(room);
}

/* The same verdict as inet_pton, the same bytes if it is a good one, untouched bytes if not. */
static bool check_parse_4(const char *text)
{
	struct bytes copy = exact_copy(text, strlen(text));
	struct ipv4 ip, expected;
	bool valid;

	memset(&ip, 0xa5, sizeof ip);
	expected = ip;
	valid = inet_pton(AF_INET, text, &expected) == 1;
	if (ipv4_parse(copy, &ip) != valid || memcmp(&ip, &expected, sizeof ip) != 0)
		fail_msg("IPv4 '%s': inet_pton says %d", text, valid);
	free_copy(copy);
	return valid;
}

static bool check_parse_6(const char *text)
{
	struct bytes copy = exact_copy(text, strlen(text));
	struct ipv6 ip, expected;
	bool valid;

	memset(&ip, 0xa5, sizeof ip);
	expected = ip;
	valid = inet_pton(AF_INET6, text, &expected) == 1;
	if (ipv6_parse(copy, &ip) != valid || memcmp(&ip, &expected, sizeof ip) != 0)
		fail_msg("IPv6 '%s': inet_pton says %d", text, valid);
	free_copy(copy);
	return valid;
}

/* What is expected is written here and not asked of glibc: these rows are the contract. */
static void test_rows(void **state)
{
	static const struct { const char *text, *printed; } rows[] = {
		{ "0.0.0.0", "0.0.0.0" },
		{ "1.2.3.4", "1.2.3.4" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "10.99.100.9", "10.99.100.9" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "0:0:0:0:0:0:0:0", "::" },
		{ "2001:DB8::0001", "2001:db8::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },	/* the first of equal runs */
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },		/* the longest run */
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },	/* no run of one */
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::ffff:1.2.3.4", "::ffff:1.2.3.4" },
		{ "::ffff:0:0", "::ffff:0.0.0.0" },
		{ "::1.2.3.4", "::1.2.3.4" },
		{ "::1:0", "::0.1.0.0" },
		{ "::0.0.255.255", "::ffff" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304" },
		/* no addresses */
		{ "", NULL }, { ".", NULL }, { "...", NULL }, { "1", NULL }, { "1.2.3", NULL }, { "1.2.3.", NULL },
		{ "1.2.3.4.", NULL }, { ".1.2.3.4", NULL }, { "1.2.3.4.5", NULL }, { "1..2.3", NULL },
		{ "1.2..3.4", NULL }, { "256.1.1.1", NULL }, { "1.1.1.256", NULL }, { "01.2.3.4", NULL },
		{ "1.2.3.00", NULL }, { "1.2.3.4 ", NULL }, { " 1.2.3.4", NULL }, { "1.2.3.a", NULL },
		{ "1.2.3.-4", NULL }, { "0x1.2.3.4", NULL }, { "1.2.3.4/8", NULL }, { "1000.1.1.1", NULL },
		{ "1.2.3.1000", NULL }, { "....1234", NULL }, { "1234....", NULL }, { "123456789", NULL }, { ":", NULL },
		{ ":::", NULL }, { "::::", NULL }, { "1", NULL }, { "12345::", NULL }, { "::12345", NULL },
		{ "1:2:3:4:5:6:7", NULL }, { "1:2:3:4:5:6:7:8:9", NULL }, { "1:2:3:4:5:6:7:8::", NULL },
		{ "::1:2:3:4:5:6:7:8", NULL }, { "1::2::3", NULL }, { ":1::2", NULL }, { "1::2:", NULL },
		{ ":1:2:3:4:5:6:7:8", NULL }, { "1:2:3:4:5:6:7:8:", NULL }, { "fe80::1%eth0", NULL }, { "[::1]", NULL },
		{ "::g", NULL }, { "::1/64", NULL }, { "::1.2.3", NULL }, { "::1.2.3.256", NULL },
		{ "::1.2.3.4:5", NULL }, { "1.2.3.4::", NULL }, { "1:2:3:4:5:6:7:1.2.3.4", NULL },
		{ "1:2:3:4:5:6::1.2.3.4", NULL }, { "1:2:3:4:5:1.2.3.4", NULL }, { "::01.2.3.4", NULL },
		{ "::ffff:1.2.3.4.5", NULL }, { "1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1", NULL },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = exact_copy(rows[i].text, strlen(rows[i].text));
		char room[IPV6_ROOM], *end = NULL;
		struct ipv4 ip;
		struct ipv6 ip6;

		if (ipv4_parse(text, &ip))
			end = ipv4_print(room, &ip);
		else if (ipv6_parse(text, &ip6))
			end = ipv6_print(room, &ip6);
		if (rows[i].printed ? !end || !bytes_is(bytes_at(room, (size_t)(end - room)), rows[i].printed) : !!end)
			fail_msg("'%s': expected %s, got %.*s", rows[i].text, rows[i].printed ? rows[i].printed : "nothing",
				 end ? (int)(end - room) : 0, room);
		check_parse_4(rows[i].text);
		check_parse_6(rows[i].text);
		free_copy(text);
	}
}

static void test_ipv4_random(void **state)
{
	uint64_t seed = 2;
	struct ipv4 ip;
	char text[32];

	(void)state;
	/* every octet at every place, and a hundred random ones around it */
	for (unsigned i = 0; i < 4 * 256 * 100; i++) {
		fill_random(&seed, &ip, sizeof ip);
		ip.byte[i / 25600] = (uint8_t)(i / 100);
		check_print_4(&ip);
		sprintf(text, "%u.%u.%u.%u", ip.byte[0], ip.byte[1], ip.byte[2], ip.byte[3]);
		assert_true(check_parse_4(text));
	}
}

static struct ipv6 random_ipv6(uint64_t *seed, unsigned zero_groups)
{
	struct ipv6 ip;

	fill_random(seed, &ip, sizeof ip);
	for (unsigned i = 0; i < 8; i++) {
		uint8_t *group = ip.byte + 2 * i;
		unsigned digits = next_random(seed) >> 32 & 3;

		/* one to four digits, each length as often as the others, never zero unless asked for */
		group[0] = (uint8_t)(digits == 3 ? group[0] | 0x10 : digits == 2 ? (group[0] & 15) | 1 : 0);
		group[1] = (uint8_t)(digits == 0 ? (group[1] & 15) | 1 : group[1] | 0x10);
		if (zero_groups >> i & 1)
			group[0] = group[1] = 0;
	}
	return ip;
}

static void check_ipv6(const struct ipv6 *ip)
{
	char text[INET6_ADDRSTRLEN];

	check_print_6(ip);
	inet_ntop(AF_INET6, ip, text, sizeof text);
	assert_true(check_parse_6(text));
}

static void test_ipv6_shapes(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (unsigned shape = 0; shape < 256; shape++) {
		for (int round = 0; round < 1000; round++) {
			struct ipv6 ip = random_ipv6(&seed, shape);

			check_ipv6(&ip);
			/* the same with ffff where a dotted tail could begin */
			ip.byte[10] = ip.byte[11] = 0xff;
			check_ipv6(&ip);
		}
	}
}

static void test_ipv6_tails(void **state)
{
	static const uint8_t octets[] = { 0, 1, 9, 10, 99, 100, 255 };
	uint64_t seed = 4;

	(void)state;
	for (unsigned i = 0; i < 7 * 7 * 7 * 7; i++) {
		struct ipv6 ip = { { 0 } };
		unsigned digit = i;

		for (int k = 12; k < 16; k++, digit /= 7)
			ip.byte[k] = octets[digit % 7];
		check_ipv6(&ip);
		ip.byte[10] = ip.byte[11] = 0xff;
		check_ipv6(&ip);
		/* not quite ffff, and not quite zero before it */
		ip.byte[11] = 0xfe;
		check_ipv6(&ip);
		ip.byte[11] = 0xff;
		ip.byte[next_random(&seed) % 10] = 1;
		check_ipv6(&ip);
	}
}

/* A correct address in a spelling of its own: upper case, leading zeros, a dotted tail, "::" for any zeros. */
static void spell(uint64_t *seed, char *text)
{
	uint64_t random = next_random(seed) >> 20;
	struct ipv6 ip = random_ipv6(seed, (unsigned)(random & random >> 8 & 0xff));
	unsigned groups = random >> 16 & 1 ? 6 : 8, from = 8, to = 8;

	if (random >> 17 & 1) {
		from = (unsigned)(random >> 20) % (groups + 1);
		to = from + (unsigned)(random >> 30) % (groups + 1 - from);
	}
	for (unsigned i = 0; i < groups; i++) {
		unsigned group = (unsigned)ip.byte[2 * i] << 8 | ip.byte[2 * i + 1];

		if (i == from && to > from) {
			text += sprintf(text, i ? ":" : "::");
			i = to - 1;
			continue;
		}
		text += sprintf(text, random >> (32 + i) & 1 ? "%X" : random >> (40 - i) & 1 ? "%04x" : "%x", group);
		if (i + 1 < groups || groups == 6)
			text += sprintf(text, ":");
	}
	if (groups == 6)
		sprintf(text, "%u.%u.%u.%u", ip.byte[12], ip.byte[13], ip.byte[14], ip.byte[15]);
}

/* Up to three characters changed, inserted or taken away. */
static void damage(uint64_t *seed, char *text)
{
	static const char letters[] = "0123456789abcdefABCDEF::::....gG%/ \xff";

	for (uint64_t count = next_random(seed) % 4; count; count--) {
		size_t size = strlen(text), at = next_random(seed) % (size + 1);
		char letter = letters[next_random(seed) % (sizeof letters - 1)];

		switch (next_random(seed) % 3) {
		case 0:
			memmove(text + at + 1, text + at, size - at + 1);
			text[at] = letter;
			break;
		case 1:
			if (at < size)
				text[at] = letter;
			break;
		case 2:
			if (at < size)
				memmove(text + at, text + at + 1, size - at);
			break;
		}
	}
}

static void test_spellings(void **state)
{
	unsigned valid = 0, invalid = 0;
	uint64_t seed = 5;
	char text[80];

	(void)state;
	for (int i = 0; i < 300000; i++) {
		spell(&seed, text);
		damage(&seed, text);
		*(check_parse_6(text) ? &valid : &invalid) += 1;
	}
	for (int i = 0; i < 300000; i++) {
		struct ipv4 ip;

		fill_random(&seed, &ip, sizeof ip);
		for (int k = 0; k < 4; k++)
			ip.byte[k] = (uint8_t)(ip.byte[k] >> (next_random(&seed) % 3 * 3));
		inet_ntop(AF_INET, &ip, text, sizeof text);
		damage(&seed, text);
		*(check_parse_4(text) ? &valid : &invalid) += 1;
		check_parse_6(text);
	}
	/* a comparison of nothing but refusals would show little */
	assert_in_range(valid, 150000, 450000);
	assert_in_range(invalid, 150000, 450000);
}

static void test_binary(void **state)
{
	struct bytes text = exact_copy("1.2.3.4\0", 8), text6 = exact_copy("::1\0", 4);
	struct ipv4 ip;
	struct ipv6 ip6;

	(void)state;
	assert_false(ipv4_parse(text, &ip));
	assert_false(ipv6_parse(text6, &ip6));
	assert_false(ipv4_parse((struct bytes){ NULL, 0 }, &ip));
	assert_false(ipv6_parse((struct bytes){ NULL, 0 }, &ip6));
	assert_true(ipv4_absent(&(struct ipv4){ { 0 } }));
	assert_false(ipv4_absent(&(struct ipv4){ { 0, 0, 0, 1 } }));
	assert_true(ipv6_absent(&(struct ipv6){ { 0 } }));
	assert_false(ipv6_absent(&(struct ipv6){ { [7] = 1 } }));
	assert_false(ipv6_absent(&(struct ipv6){ { [15] = 1 } }));
	free_copy(text);
	free_copy(text6);
}

/* First and last address of a range, and their neighbours outside. */
static void test_special(void **state)
{
	static const struct { const char *text, *word; } rows[] = {
		{ "0.0.0.0", "unspecified" }, { "0.0.0.1", "this-network" }, { "0.255.255.255", "this-network" },
		{ "1.0.0.0", NULL }, { "9.255.255.255", NULL }, { "10.0.0.0", "private" },
		{ "10.255.255.255", "private" }, { "11.0.0.0", NULL }, { "100.63.255.255", NULL },
		{ "100.64.0.0", "shared" }, { "100.127.255.255", "shared" }, { "100.128.0.0", NULL },
		{ "126.255.255.255", NULL }, { "127.0.0.1", "loopback" }, { "127.255.255.255", "loopback" },
		{ "128.0.0.0", NULL }, { "169.253.255.255", NULL }, { "169.254.0.0", "link-local" },
		{ "169.254.255.255", "link-local" }, { "169.255.0.0", NULL }, { "172.15.255.255", NULL },
		{ "172.16.0.0", "private" }, { "172.31.255.255", "private" }, { "172.32.0.0", NULL },
		{ "192.0.0.8", "reserved" }, { "192.0.0.9", NULL }, { "192.0.0.10", NULL }, { "192.0.0.11", "reserved" },
		{ "192.0.0.255", "reserved" }, { "192.0.1.0", NULL }, { "192.0.2.0", "documentation" },
		{ "192.0.2.255", "documentation" }, { "192.0.3.0", NULL }, { "192.88.99.1", "6to4-relay" },
		{ "192.88.100.0", NULL }, { "192.167.255.255", NULL }, { "192.168.0.0", "private" },
		{ "192.168.255.255", "private" }, { "192.169.0.0", NULL }, { "198.17.255.255", NULL },
		{ "198.18.0.0", "benchmarking" }, { "198.19.255.255", "benchmarking" }, { "198.20.0.0", NULL },
		{ "198.51.100.77", "documentation" }, { "198.51.101.0", NULL }, { "203.0.112.255", NULL },
		{ "203.0.113.1", "documentation" }, { "203.0.114.0", NULL }, { "223.255.255.255", NULL },
		{ "224.0.0.0", "multicast" }, { "239.255.255.255", "multicast" }, { "240.0.0.0", "reserved" },
		{ "255.255.255.254", "reserved" }, { "255.255.255.255", "broadcast" }, { "::", "unspecified" },
		{ "::1", "loopback" }, { "::2", "ipv4-compatible" }, { "::1.2.3.4", "ipv4-compatible" },
		{ "::1:0:0", "reserved" }, { "::fffe:1.2.3.4", "reserved" }, { "::ffff:1.2.3.4", "ipv4-mapped" },
		{ "64:ff9b::1.2.3.4", "nat64" }, { "64:ff9b::1:0:0", "reserved" }, { "64:ff9b:1::", "nat64" },
		{ "64:ff9b:2::", "reserved" }, { "100::1", "discard" }, { "100:0:0:1::", "reserved" },
		{ "1fff:ffff::", "reserved" }, { "2000::", NULL }, { "2001::1", NULL }, { "2001:1::", "reserved" },
		{ "2001:1::1", NULL }, { "2001:1::4", "reserved" }, { "2001:2::1", "benchmarking" },
		{ "2001:2:1::", "reserved" }, { "2001:3::", NULL }, { "2001:4:112::1", NULL },
		{ "2001:4:113::", "reserved" }, { "2001:10::1", "reserved" }, { "2001:20::1", NULL },
		{ "2001:3f:ffff::", NULL }, { "2001:40::", "reserved" }, { "2001:1ff:ffff::", "reserved" },
		{ "2001:200::", NULL }, { "2001:db7:ffff::", NULL }, { "2001:db8::1", "documentation" },
		{ "2001:db8:ffff::", "documentation" }, { "2001:db9::", NULL }, { "2002:102:304::1", NULL },
		{ "2a00:1450:4001:80b::200e", NULL }, { "3ffe:ffff::", NULL }, { "3fff::1", "documentation" },
		{ "3fff:fff:ffff::", "documentation" }, { "3fff:1000::", NULL }, { "4000::", "reserved" },
		{ "5f00::1", "segment-routing" }, { "5f01::", "reserved" }, { "fbff::", "reserved" },
		{ "fc00::", "private" }, { "fdff:ffff::1", "private" }, { "fe00::", "reserved" },
		{ "fe80::1", "link-local" }, { "febf:ffff::", "link-local" }, { "fec0::1", "site-local" },
		{ "ff00::", "multicast" }, { "ff02::1", "multicast" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *word;
		struct ipv4 ip;
		struct ipv6 ip6;

		if (ipv4_parse(bytes_of(rows[i].text), &ip)) {
			word = ipv4_special(&ip);
		} else {
			assert_true(ipv6_parse(bytes_of(rows[i].text), &ip6));
			word = ipv6_special(&ip6);
		}
		if (!bytes_equal(bytes_of(word), bytes_of(rows[i].word)))
			fail_msg("%s: %s instead of %s", rows[i].text, word ? word : "ordinary",
				 rows[i].word ? rows[i].word : "ordinary");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ipv4_random),
		cmocka_unit_test(test_ipv6_shapes),
		cmocka_unit_test(test_ipv6_tails),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_special),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
