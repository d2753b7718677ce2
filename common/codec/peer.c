/* peer.c - the 22-byte peer entry that the tracker keeps in Redis, its older forms, and the keys around it */
#include "codec/peer.h"

#include <math.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/number.h"
#include "text/cell.h"

static const struct field peer_fields[] = {
	FIELD(peer, info_hash, HASH, "info hash of the torrent", .width = HASH_SIZE),
	FIELD(peer, ipv4, IPV4, "IPv4 address"),
	FIELD(peer, ipv6, IPV6, "IPv6 address"),
	FIELD(peer, port, U16, "TCP port the peer listens on"),
	FIELD(peer, seen, TIME, "last announce"),
};

static const struct field leecher_fields[] = {
	FIELD(leecher, info_hash, HASH, "info hash of the torrent", .width = HASH_SIZE),
	FIELD(leecher, passkey, TEXT, "passkey that announced it and did not complete it"),
};

static const struct field member_fields[] = {
	FIELD(member, passkey, TEXT, "passkey of the user"),
	FIELD(member, info_hash, HASH, "info hash of a torrent the user announced", .width = HASH_SIZE),
};

RECORD_COMPILED(peer, peer_fields)

const struct record peer_record = RECORD("peer", peer, peer_fields, "a peer of a torrent",
					 .line = peer_line, .json = peer_json);
const struct record leecher_record = RECORD("leecher", leecher, leecher_fields,
					    "a user still downloading a torrent (ext_ sets)");
const struct record member_record = RECORD("member", member, member_fields, "a torrent of a user (users database)");

static bool decode_entry(struct bytes member, struct peer *peer)
{
	if (member.size != PEER_SIZE)
		return false;
	memcpy(&peer->ipv4, member.data, 4);
	memcpy(&peer->ipv6, member.data + 4, 16);
	peer->port = (uint16_t)(member.data[20] << 8 | member.data[21]);
	return true;
}

/* Cuts the part after the last separator off text; false when there is none. */
static bool cut_last(struct bytes *text, char separator, struct bytes *last)
{
	const uint8_t *at = text->size ? memrchr(text->data, separator, text->size) : NULL;

	if (!at)
		return false;
	*last = bytes_at(at + 1, (size_t)(text->data + text->size - at) - 1);
	text->size = (size_t)(at - text->data);
	return true;
}

static bool parse_port(struct bytes text, uint16_t *port)
{
	uint64_t number;

	if (!number_parse(text, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

/* An address that may be missing: empty or "-". */
static bool parse_ipv4(struct bytes text, struct ipv4 *ipv4)
{
	*ipv4 = (struct ipv4){ { 0 } };
	return !text.size || bytes_is(text, "-") || ipv4_parse(text, ipv4);
}

static bool parse_ipv6(struct bytes text, struct ipv6 *ipv6)
{
	*ipv6 = (struct ipv6){ { 0 } };
	return !text.size || bytes_is(text, "-") || ipv6_parse(text, ipv6);
}

/* Takes "@ipv6@port" off the end, then ipv4 is what stands after the last '@' or all that is left. */
static bool parse_at(struct bytes *text, struct peer *peer)
{
	struct bytes port, ipv6;

	return cut_last(text, '@', &port) && parse_port(port, &peer->port) &&
	       cut_last(text, '@', &ipv6) && parse_ipv6(ipv6, &peer->ipv6);
}

static bool decode_at(struct bytes member, struct peer *peer)
{
	return parse_at(&member, peer) && parse_ipv4(member, &peer->ipv4);
}

/* A raw peer id of 20 bytes, which may hold '@' itself, or its 40 hexadecimal digits. */
static bool is_peer_id(struct bytes text)
{
	return text.size == 20 || text.size == 40;
}

static bool decode_id_at(struct bytes member, struct peer *peer)
{
	struct bytes ipv4;

	return parse_at(&member, peer) && cut_last(&member, '@', &ipv4) && is_peer_id(member) &&
	       parse_ipv4(ipv4, &peer->ipv4);
}

/* peer_id:ip:port; an IPv6 address may stand in brackets. */
static bool decode_id_colon(struct bytes member, struct peer *peer)
{
	struct bytes port;

	if (!cut_last(&member, ':', &port) || !parse_port(port, &peer->port))
		return false;
	for (size_t id_size = 20; id_size <= 40; id_size += 20) {
		struct bytes ip = member;

		if (member.size <= id_size + 1 || member.data[id_size] != ':')
			continue;
		ip = bytes_after(ip, id_size + 1);
		if (ip.size > 2 && *ip.data == '[' && ip.data[ip.size - 1] == ']')
			ip = bytes_at(ip.data + 1, ip.size - 2);
		peer->ipv4 = (struct ipv4){ { 0 } };
		peer->ipv6 = (struct ipv6){ { 0 } };
		if (ipv4_parse(ip, &peer->ipv4) || ipv6_parse(ip, &peer->ipv6))
			return true;
	}
	return false;
}

const struct peer_layout peer_layouts[] = {
	{ "entry", decode_entry },
	{ "ipv4@ipv6@port", decode_at },
	{ "peer_id@ipv4@ipv6@port", decode_id_at },
	{ "peer_id:ip:port", decode_id_colon },
};

const size_t peer_layout_count = sizeof peer_layouts / sizeof *peer_layouts;

/* Could 22 bytes be text? They begin with a digit or '@' and end with a digit; hardly an entry does both. */
static bool may_be_text(struct bytes member)
{
	uint8_t first = member.data[0], last = member.data[PEER_SIZE - 1];

	return ((first >= '0' && first <= '9') || first == '@' || first == '-') && last >= '0' && last <= '9';
}

const struct peer_layout *peer_decode(struct bytes member, struct peer *peer)
{
	struct peer text = *peer;

	if (member.size == PEER_SIZE && !may_be_text(member))
		return decode_entry(member, peer) ? &peer_layouts[0] : NULL;
	if (member.size > PEER_TEXT_MAX)
		return NULL;
	for (size_t i = 1; i < peer_layout_count; i++) {
		if (peer_layouts[i].decode(member, &text)) {
			*peer = text;
			return &peer_layouts[i];
		}
	}
	return decode_entry(member, peer) ? &peer_layouts[0] : NULL;
}

void peer_encode(const struct peer *peer, uint8_t *data)
{
	memcpy(data, &peer->ipv4, 4);
	memcpy(data + 4, &peer->ipv6, 16);
	data[20] = (uint8_t)(peer->port >> 8);
	data[21] = (uint8_t)peer->port;
}

enum peer_key peer_key_parse(struct bytes key, uint8_t hash[HASH_SIZE])
{
	uint64_t tid;
	struct error error = { 0 };

	if (key.size == PEER_KEY_SIZE && base64_parse(key, hash, HASH_SIZE))
		return PEER_KEY_TORRENT;
	if (key.size == PEER_EXT_SIZE + PEER_KEY_SIZE && bytes_begin(key, "ext_") &&
	    base64_parse(bytes_after(key, PEER_EXT_SIZE), hash, HASH_SIZE))
		return PEER_KEY_EXT;
	if (bytes_begin(key, "to_") && number_parse(bytes_after(key, 3), UINT64_MAX, &tid))
		return PEER_KEY_OLD_TID;
	if (key.size == 2 * HASH_SIZE && hash_parse(key, hash, &error))
		return PEER_KEY_OLD_HEX;
	if (key.size != HASH_SIZE)
		return PEER_KEY_OTHER;
	memcpy(hash, key.data, HASH_SIZE);
	return PEER_KEY_OLD_RAW;
}

void peer_key_print(const uint8_t hash[HASH_SIZE], char *key)
{
	base64_print(key, hash, HASH_SIZE);
}

bool peer_score_parse(struct bytes text, double *score)
{
	char copy[64], *end;
	uint64_t seconds;

	/* nearly always: plain seconds, few enough that a double holds them exactly */
	if (number_parse(text, 1ull << 53, &seconds)) {
		*score = (double)seconds;
		return true;
	}
	if (!text.size || text.size >= sizeof copy)
		return false;
	memcpy(copy, text.data, text.size);
	copy[text.size] = 0;
	*score = strtod(copy, &end);
	return end == copy + text.size && !isnan(*score);
}

struct timestamp peer_seen(double score)
{
	const double limit = 9e12;	/* seconds: their microseconds fit an int64_t */

	if (isnan(score))
		return (struct timestamp){ TIME_UNSET };
	score = score > limit ? limit : score < -limit ? -limit : score;
	return (struct timestamp){ (int64_t)(score * 1e6 + (score < 0 ? -0.5 : 0.5)) };
}
