/* datagram.c - captured frames: every link layer, tags, options, fragments, lengths that disagree, checksums, and back */
#include "../support/unit.h"

#include "codec/datagram.h"

#include "base/buf.h"
#include "base/hex.h"

struct row {
	const char *name;
	int link;
	enum datagram_verdict verdict;
	const char *text;	/* NULL: not looked at */
	const char *hex;
};

/* Each holds the payload d1:q4:ping1:t2:aae, or "de"; made by an independent program from the RFCs. */
static const struct row rows[] = {
	{ "Ethernet", LINK_ETHERNET, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "02000000000202000000000108004500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd6431"
		  "3a71343a70696e67313a74323a616165" },
	{ "Ethernet, IPv6", LINK_ETHERNET, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "02000000000202000000000186dd60000000001a113920010db800000000000000000000000720010db80000"
		  "000000000000000000091ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "filled up to 60 bytes", LINK_ETHERNET, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 2",
		  "02000000000202000000000108004500001e123440003911c956cb007107c63364091ae1c8d5000a51796465"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "802.1Q", LINK_ETHERNET, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18 vlan 7",
		  "0200000000020200000000018100600708004500002e123440003911c946cb007107c63364091ae1c8d5001a"
		  "c2dd64313a71343a70696e67313a74323a616165" },
	{ "QinQ", LINK_ETHERNET, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18 vlan 291",
		  "02000000000202000000000188a801238100ffff86dd60000000001a113920010db800000000000000000000"
		  "000720010db80000000000000000000000091ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "QinQ, older", LINK_ETHERNET, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18 vlan 1",
		  "020000000002020000000001910000018100000208004500002e123440003911c946cb007107c63364091ae1"
		  "c8d5001ac2dd64313a71343a70696e67313a74323a616165" },
	{ "priority tag", LINK_ETHERNET, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18 vlan 0",
		  "0200000000020200000000018100e00008004500002e123440003911c946cb007107c63364091ae1c8d5001a"
		  "c2dd64313a71343a70696e67313a74323a616165" },
	{ "ARP", LINK_ETHERNET, DATAGRAM_OTHER, NULL,
		  "020000000002020000000001080600000000000000000000000000000000000000000000000000000000" },
	{ "802.3 length", LINK_ETHERNET, DATAGRAM_OTHER, NULL,
		  "0200000000020200000000010026424203000000000000000000000000000000000000000000000000000000"
		  "0000000000000000" },
	{ "NULL, little-endian", LINK_NULL, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "020000004500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a"
		  "74323a616165" },
	{ "NULL, big-endian", LINK_NULL, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "000000024500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a"
		  "74323a616165" },
	{ "LOOP", LINK_LOOP, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "000000024500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a"
		  "74323a616165" },
	{ "NULL, IPv6 of Linux", LINK_NULL, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "0a00000060000000001a113920010db800000000000000000000000720010db8000000000000000000000009"
		  "1ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "NULL, IPv6 of NetBSD", LINK_NULL, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "1800000060000000001a113920010db800000000000000000000000720010db8000000000000000000000009"
		  "1ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "NULL, IPv6 of FreeBSD", LINK_NULL, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "1c00000060000000001a113920010db800000000000000000000000720010db8000000000000000000000009"
		  "1ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "NULL, IPv6 of macOS", LINK_NULL, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "1e00000060000000001a113920010db800000000000000000000000720010db8000000000000000000000009"
		  "1ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "LOOP, IPv6", LINK_LOOP, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "0000001860000000001a113920010db800000000000000000000000720010db8000000000000000000000009"
		  "1ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "NULL, another family", LINK_NULL, DATAGRAM_OTHER, NULL,
		  "070000004500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a"
		  "74323a616165" },
	{ "RAW", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "RAW, IPv6", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001acda064313a71343a70696e67313a74323a616165" },
	{ "RAW, version 5", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "5500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "IPV4", LINK_IPV4, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "IPV6", LINK_IPV6, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001acda064313a71343a70696e67313a74323a616165" },
	{ "IPV4 with IPv6 in it", LINK_IPV4, DATAGRAM_BROKEN, NULL,
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001acda064313a71343a70696e67313a74323a616165" },
	{ "IPV6 with IPv4 in it", LINK_IPV6, DATAGRAM_BROKEN, NULL,
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74323a61"
		  "61650000000000000000" },
	{ "SLL", LINK_LINUX_SLL, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "000000010006020000000001000008004500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd"
		  "64313a71343a70696e67313a74323a616165" },
	{ "SLL, VLAN", LINK_LINUX_SLL, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18 vlan 9",
		  "00040001000602000000000100008100000986dd60000000001a113920010db8000000000000000000000007"
		  "20010db80000000000000000000000091ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "SLL2", LINK_LINUX_SLL2, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "86dd00000000000200010006020000000001000060000000001a113920010db8000000000000000000000007"
		  "20010db80000000000000000000000091ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "a link layer that is not known", 105, DATAGRAM_OTHER, NULL,
		  "02000000000202000000000108004500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd6431"
		  "3a71343a70696e67313a74323a616165" },
	{ "options", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "470000361234400039113139cb007107c633640994040000010101001ae1c8d5001ac2dd64313a71343a7069"
		  "6e67313a74323a616165" },
	{ "TCP", LINK_RAW, DATAGRAM_OTHER, NULL,
		  "45000028123440003906c957cb007107c63364090000000000000000000000000000000000000000" },
	{ "TCP, IPv6", LINK_RAW, DATAGRAM_OTHER, NULL,
		  "600000000014063920010db800000000000000000000000720010db800000000000000000000000900000000"
		  "00000000000000000000000000000000" },
	{ "first fragment", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18 cut",
		  "4500002e123420003911e946cb007107c63364091ae1c8d503e8bf0f64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "middle fragment", LINK_RAW, DATAGRAM_FRAGMENT, NULL,
		  "45000026123420013911e94dcb007107c633640964313a71343a70696e67313a74323a616165" },
	{ "last fragment", LINK_RAW, DATAGRAM_FRAGMENT, NULL,
		  "45000026123400103911093fcb007107c633640964313a71343a70696e67313a74323a616165" },
	{ "header of 16 bytes", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "4400002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "header longer than the packet", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "45000010123440003911c964cb007107c6336409" },
	{ "options beyond the frame", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "4f0000c8123440003911c8accb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "total length 0", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "45000000123440003911c974cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "snapshot", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 13 cut",
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001ac2dd64313a71343a70696e67313a74" },
	{ "snapshot, IPv6", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 13 cut",
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001acda064313a71343a70696e67313a74" },
	{ "snapshot within UDP's header", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001ac2" },
	{ "UDP length shorter than IP's", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 2",
		  "45000021123440003911c953cb007107c63364091ae1c8d5000a0000646578797a" },
	{ "UDP length longer than IP's", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001bc2dc64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "UDP length 7", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "4500002e123440003911c946cb007107c63364091ae1c8d50007c2f064313a71343a70696e67313a74323a61"
		  "6165" },
	{ "UDP length 8", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 0",
		  "4500001c123440003911c958cb007107c63364091ae1c8d50008b5e2" },
	{ "UDP length 0", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18 bad",
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "0000000064313a71343a70696e67313a74323a616165" },
	{ "checksum none", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001a000064313a71343a70696e67313a74323a61"
		  "6165" },
	{ "checksum none, IPv6", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18 bad",
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001a000064313a71343a70696e67313a74323a616165" },
	{ "checksum bad", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18 bad",
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001ac3dc64313a71343a70696e67313a74323a61"
		  "6165" },
	{ "checksum bad, IPv6", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18 bad",
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001acca164313a71343a70696e67313a74323a616165" },
	{ "checksum left to the card", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 18",
		  "4500002e123440003911c946cb007107c63364091ae1c8d5001a667064313a71343a70696e67313a74323a61"
		  "6165" },
	{ "checksum left to the card, IPv6", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "60000000001a113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001a5bad64313a71343a70696e67313a74323a616165" },
	{ "checksum of an odd size", LINK_RAW, DATAGRAM_UDP, "203.0.113.7:6881 198.51.100.9:51413 ttl 57 size 5",
		  "45000021123440003911c953cb007107c63364091ae1c8d5000db22d64313a7965" },
	{ "hop-by-hop", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "600000000022003920010db800000000000000000000000720010db800000000000000000000000911000502"
		  "000001001ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "routing, destination, longer ones", LINK_RAW, DATAGRAM_UDP,
	  "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "60000000003a2b3920010db800000000000000000000000720010db80000000000000000000000093c010000"
		  "000000000000000000000000110100000000000000000000000000001ae1c8d5001acda064313a71343a7069"
		  "6e67313a74323a616165" },
	{ "authentication", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "600000000032333920010db800000000000000000000000720010db800000000000000000000000911040000"
		  "00000000000000000000000000000000000000001ae1c8d5001acda064313a71343a70696e67313a74323a61"
		  "6165" },
	{ "no next header", LINK_RAW, DATAGRAM_OTHER, NULL,
		  "6000000000003b3920010db800000000000000000000000720010db8000000000000000000000009" },
	{ "encrypted", LINK_RAW, DATAGRAM_OTHER, NULL,
		  "600000000010323920010db800000000000000000000000720010db800000000000000000000000900000000"
		  "000000000000000000000000" },
	{ "first fragment, IPv6", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18 cut",
		  "6000000000222c3920010db800000000000000000000000720010db800000000000000000000000911000001"
		  "123456781ae1c8d503e8c9d264313a71343a70696e67313a74323a616165" },
	{ "last fragment, IPv6", LINK_RAW, DATAGRAM_FRAGMENT, NULL,
		  "60000000001a2c3920010db800000000000000000000000720010db800000000000000000000000911000018"
		  "1234567864313a71343a70696e67313a74323a616165" },
	{ "atomic fragment, IPv6", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "6000000000222c3920010db800000000000000000000000720010db800000000000000000000000911000000"
		  "123456781ae1c8d5001acda064313a71343a70696e67313a74323a616165" },
	{ "extension beyond the packet", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "600000000010003920010db800000000000000000000000720010db800000000000000000000000911ff0000"
		  "000000000000000000000000" },
	{ "extension cut", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "600000000003003920010db800000000000000000000000720010db8000000000000000000000009110000" },
	{ "payload length 0", LINK_RAW, DATAGRAM_UDP, "[2001:db8::7]:6881 [2001:db8::9]:51413 ttl 57 size 18",
		  "600000000000113920010db800000000000000000000000720010db80000000000000000000000091ae1c8d5"
		  "001acda064313a71343a70696e67313a74323a616165" },
	{ "nothing", LINK_RAW, DATAGRAM_BROKEN, NULL,
		  "" },
};

/* Everything that was found, as text. */
static const char *describe(struct buf *out, const struct datagram *datagram)
{
	char from[ENDPOINT_ROOM], to[ENDPOINT_ROOM];

	*endpoint_print(from, &datagram->from) = 0;
	*endpoint_print(to, &datagram->to) = 0;
	out->size = 0;
	buf_format(out, "%s %s ttl %u size %zu", from, to, datagram->ttl, datagram->payload.size);
	if (datagram->tagged)
		buf_format(out, " vlan %u", datagram->vlan);
	buf_text(out, datagram->cut ? " cut" : "");
	buf_text(out, datagram->bad_checksum ? " bad" : "");
	return buf_string(out);
}

static struct bytes row_frame(const struct row *row)
{
	uint8_t data[256];
	size_t size = strlen(row->hex) / 2;

	assert_true(size <= sizeof data && hex_parse((const uint8_t *)row->hex, size, data));
	return exact_copy(data, size);
}

static void test_rows(void **state)
{
	struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes frame = row_frame(&rows[i]);
		struct datagram datagram;
		enum datagram_verdict verdict = datagram_decode(rows[i].link, frame, &datagram);

		if (verdict != rows[i].verdict)
			fail_msg("%s: verdict %d, want %d", rows[i].name, verdict, rows[i].verdict);
		if (verdict == DATAGRAM_UDP) {
			if (strcmp(describe(&text, &datagram), rows[i].text) != 0)
				fail_msg("%s: %s, want %s", rows[i].name, buf_string(&text), rows[i].text);
			if (datagram.payload.size > 5)
				assert_memory_equal(datagram.payload.data, "d1:q4:ping1:t2:aae", datagram.payload.size);
		}
		free_copy(frame);
	}
	buf_free(&text);
}

/* A frame that is cut is never UDP that is whole, and what is found lies in it. */
static void test_truncations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes frame = row_frame(&rows[i]);
		struct datagram whole, part;
		enum datagram_verdict verdict = datagram_decode(rows[i].link, frame, &whole);

		for (size_t size = 0; size < frame.size; size++) {
			struct bytes copy = exact_copy(frame.data, size);

			if (datagram_decode(rows[i].link, copy, &part) == DATAGRAM_UDP) {
				assert_int_equal(verdict, DATAGRAM_UDP);
				assert_true(part.payload.data >= copy.data &&
					    part.payload.data + part.payload.size <= copy.data + size);
				/* but for lengths of 0, which tell nothing, and what fills a frame up */
				if (part.payload.size < whole.payload.size && !part.cut && !strstr(rows[i].name, "length 0"))
					fail_msg("%s: cut to %zu bytes and not told", rows[i].name, size);
			}
			free_copy(copy);
		}
		free_copy(frame);
	}
}

static void test_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(datagram_link_known(rows[i].link) == (rows[i].link != 105));
	assert_false(datagram_link_known(-1));
}

/* Every size up to what UDP takes, both families: decoding gives back what was encoded, and the checksums are good. */
static void test_encode(void **state)
{
	uint8_t *payload = malloc(DATAGRAM_PAYLOAD_MAX);
	uint64_t seed = 17;
	struct buf out = { 0 };

	(void)state;
	fill_random(&seed, payload, DATAGRAM_PAYLOAD_MAX);
	for (size_t size = 0; size <= DATAGRAM_PAYLOAD_MAX; size += size < 300 || size == DATAGRAM_PAYLOAD_MAX ? 1 : 9315) {
		for (unsigned family = 4; family <= 6; family += 2) {
			struct datagram datagram = { .ttl = (uint8_t)size, .payload = bytes_at(payload, size) }, back;

			endpoint_parse(bytes_of(family == 4 ? "203.0.113.7:6881" : "[2001:db8::7]:6881"), &datagram.from);
			endpoint_parse(bytes_of(family == 4 ? "198.51.100.9:65535" : "[2001:db8::9]:0"), &datagram.to);
			fill_random(&seed, datagram.to.address, family == 4 ? 4 : 16);
			out.size = 0;
			datagram_encode(&datagram, &out);
			assert_int_equal(out.size, (family == 4 ? 28 : 48) + size);
			assert_int_equal(datagram_decode(LINK_RAW, buf_bytes(&out), &back), DATAGRAM_UDP);
			assert_true(endpoint_equal(&back.from, &datagram.from) && endpoint_equal(&back.to, &datagram.to));
			assert_int_equal(back.ttl, datagram.ttl);
			assert_true(bytes_equal(back.payload, datagram.payload));
			assert_false(back.cut || back.bad_checksum || back.tagged);
			out.data[out.size - 1] ^= 1;
			assert_int_equal(datagram_decode(LINK_RAW, buf_bytes(&out), &back), DATAGRAM_UDP);
			assert_true(back.bad_checksum);
		}
	}
	buf_free(&out);
	free(payload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
