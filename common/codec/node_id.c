/* node_id.c - node ids: derived from an address (BEP 42), compared, and clients by their v */
#include "codec/node_id.h"

#include "base/crc32c.h"
#include "base/hex.h"
#include "base/number.h"

const char *const node_id_verdicts[NODE_ID_VERDICTS] = { "-", "valid", "invalid", "exempt" };

/* The sum of which the id's first 21 bits are taken. */
static uint32_t address_sum(const struct endpoint *endpoint, uint8_t random)
{
	static const uint8_t masks[2][8] = {
		{ 0x03, 0x0f, 0x3f, 0xff },
		{ 0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff },
	};
	size_t size = endpoint->family == 4 ? 4 : 8;
	uint8_t masked[8];

	for (size_t i = 0; i < size; i++)
		masked[i] = endpoint->address[i] & masks[size == 8][i];
	masked[0] |= (uint8_t)(random << 5);
	return crc32c(masked, size);
}

void node_id_derive(const struct endpoint *endpoint, uint8_t random, uint8_t id[NODE_ID_SIZE])
{
	uint32_t sum = address_sum(endpoint, random);

	id[0] = (uint8_t)(sum >> 24);
	id[1] = (uint8_t)(sum >> 16);
	id[2] = (uint8_t)((sum >> 8 & 0xf8) | (id[2] & 7));
	id[NODE_ID_SIZE - 1] = random;
}

/*
 * Addresses of local networks, for which the BEP wants no such id: IPv4 as it lists them, IPv6 loopback, link-local, unique
 * local (fc00::/7) and what stands for IPv4.
 */
static bool local_address(const struct endpoint *endpoint)
{
	static const uint8_t ones[16] = { [15] = 1 }, mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *byte = endpoint->address;

	if (endpoint->family == 4)
		return byte[0] == 10 || byte[0] == 127 || (byte[0] == 172 && byte[1] >> 4 == 1) ||
		       (byte[0] == 192 && byte[1] == 168) || (byte[0] == 169 && byte[1] == 254);
	return (byte[0] & 0xfe) == 0xfc || (byte[0] == 0xfe && byte[1] >> 6 == 2) || !memcmp(byte, ones, 16) ||
	       !memcmp(byte, mapped, 12);
}

enum node_id_verdict node_id_check(const uint8_t id[NODE_ID_SIZE], const struct endpoint *endpoint)
{
	uint8_t derived[NODE_ID_SIZE];

	if (!endpoint->family)
		return NODE_ID_UNKNOWN;
	if (local_address(endpoint))
		return NODE_ID_EXEMPT;
	memcpy(derived, id, NODE_ID_SIZE);
	node_id_derive(endpoint, id[NODE_ID_SIZE - 1], derived);
	return memcmp(derived, id, NODE_ID_SIZE) ? NODE_ID_INVALID : NODE_ID_VALID;
}

void node_id_distance(const uint8_t a[NODE_ID_SIZE], const uint8_t b[NODE_ID_SIZE], uint8_t distance[NODE_ID_SIZE])
{
	for (size_t i = 0; i < NODE_ID_SIZE; i++)
		distance[i] = a[i] ^ b[i];
}

int node_id_nearer(const uint8_t target[NODE_ID_SIZE], const uint8_t a[NODE_ID_SIZE], const uint8_t b[NODE_ID_SIZE])
{
	for (size_t i = 0; i < NODE_ID_SIZE; i++)
		if (a[i] != b[i])
			return (a[i] ^ target[i]) - (b[i] ^ target[i]);
	return 0;
}

unsigned node_id_shared(const uint8_t a[NODE_ID_SIZE], const uint8_t b[NODE_ID_SIZE])
{
	for (unsigned i = 0; i < NODE_ID_SIZE; i++)
		if (a[i] != b[i])
			return 8 * i + (unsigned)__builtin_clz((unsigned)(a[i] ^ b[i])) - 24;
	return 8 * NODE_ID_SIZE;
}

/* ---- clients */

enum { CLIENT_SIZE = 4, CLIENT_HEX_MAX = (CLIENT_ROOM - 2) / 2, LIBTORRENT_COUNTS_SO = 2 };

static bool letter(uint8_t byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static char *put_hex(char *at, const uint8_t *data, size_t size)
{
	*at++ = '0';
	*at++ = 'x';
	return hex_print(at, data, size);
}

char *client_print(char at[CLIENT_ROOM], struct bytes v)
{
	if (v.size != CLIENT_SIZE || !letter(v.data[0]) || !letter(v.data[1]))
		return put_hex(at, v.data, v.size < CLIENT_HEX_MAX ? v.size : CLIENT_HEX_MAX);
	*at++ = (char)v.data[0];
	*at++ = (char)v.data[1];
	*at++ = ' ';
	/* the first libtorrents counted otherwise, and of others it is not known */
	if (v.data[0] != 'L' || v.data[1] != 'T' || v.data[2] < LIBTORRENT_COUNTS_SO)
		return put_hex(at, v.data + 2, 2);
	at = number_print(at, v.data[2]);
	*at++ = '.';
	at = number_print(at, v.data[3] >> 4);
	*at++ = '.';
	return number_print(at, v.data[3] & 15);
}

/* 0x and digits, at most max bytes of them. */
static bool parse_hex(struct bytes text, size_t max, uint8_t *data, size_t *size)
{
	if (text.size < 2 || text.size % 2 || text.size / 2 - 1 > max || !bytes_begin(text, "0x"))
		return false;
	*size = text.size / 2 - 1;
	return hex_parse(text.data + 2, *size, data);
}

static bool parse_version(struct bytes text, uint8_t version[2])
{
	struct bytes rest;
	uint64_t major, minor, tiny;

	if (!number_parse(bytes_split(text, '.', &rest), UINT8_MAX, &major) || major < LIBTORRENT_COUNTS_SO ||
	    !number_parse(bytes_split(rest, '.', &rest), 15, &minor) || !number_parse(rest, 15, &tiny))
		return false;
	version[0] = (uint8_t)major;
	version[1] = (uint8_t)(minor << 4 | tiny);
	return true;
}

bool client_parse(struct bytes text, uint8_t v[CLIENT_V_MAX], size_t *size)
{
	size_t version;

	if (text.size < 3 || text.data[2] != ' ')
		return parse_hex(text, CLIENT_V_MAX, v, size);
	if (!letter(text.data[0]) || !letter(text.data[1]))
		return false;
	memcpy(v, text.data, 2);
	*size = CLIENT_SIZE;
	text = bytes_after(text, 3);
	return (parse_hex(text, 2, v + 2, &version) && version == 2) ||
	       (v[0] == 'L' && v[1] == 'T' && parse_version(text, v + 2));
}
