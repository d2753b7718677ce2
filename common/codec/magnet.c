/* magnet.c - magnet links (BEP 9, BEP 53): read parameter by parameter, and written */
#include "codec/magnet.h"

#include <strings.h>

#include "base/address.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/percent.h"
#include "text/escape.h"
#include "text/url.h"

enum {
	SCHEME = 8,		/* magnet:? */
	URN = 9,		/* urn:btih: */
	HASH_ROOM = 128,	/* more than any xt that is good; urn:btmh: with its hash has 77 */
	PEER_ROOM = 300,	/* more than any peer that is good; a host name has at most 253 */
};

/* OPEN: not even a value that is no good is secret. ONCE: a link has one. */
enum { OPEN = 1, ONCE = 2 };

/* The names that are known. */
static const struct parameter_row {
	const char *name;
	enum magnet_kind kind;
	unsigned flags;
} rows[] = {
	{ "xt", MAGNET_HASH, OPEN },
	{ "dn", MAGNET_NAME, OPEN | ONCE },
	{ "xl", MAGNET_SIZE, ONCE },
	{ "tr", MAGNET_TRACKER, 0 },
	{ "ws", MAGNET_WEB_SEED, 0 },
	{ "x.pe", MAGNET_PEER, 0 },
	{ "so", MAGNET_SELECT, ONCE },
	{ "kt", MAGNET_KEYWORDS, OPEN | ONCE },
	{ "xs", MAGNET_SOURCE, 0 },
	{ "as", MAGNET_SOURCE, 0 },
	{ "mt", MAGNET_OTHER, 0 },
	{ "dht", MAGNET_OTHER, 0 },
};

static bool same_letters(struct bytes text, const char *name)
{
	size_t size = strlen(name);

	return text.size == size && !strncasecmp((const char *)text.data, name, size);
}

/* Without the number of "tr.12". */
static struct bytes without_number(struct bytes name)
{
	size_t size = name.size;

	while (size && name.data[size - 1] >= '0' && name.data[size - 1] <= '9')
		size--;
	return size && size < name.size && name.data[size - 1] == '.' ? bytes_at(name.data, size - 1) : name;
}

static const struct parameter_row *find_row(struct bytes name)
{
	name = without_number(name);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (same_letters(name, rows[i].name))
			return &rows[i];
	return NULL;
}

/* The next piece between two &s that is not empty. */
static bool next_text(struct bytes link, size_t *at, struct magnet_parameter *parameter)
{
	struct bytes rest = bytes_after(link, *at);

	if (!*at)
		rest = bytes_after(rest, SCHEME);
	do {
		if (!rest.size)
			return false;
		parameter->text = bytes_split(rest, '&', &rest);
	} while (!parameter->text.size);
	*at = rest.data ? (size_t)(rest.data - link.data) : link.size;
	parameter->name = bytes_split(parameter->text, '=', &parameter->value);
	return true;
}

/* The value in the buffer of that size, cut off where that is full. */
static struct bytes decode_into(const struct magnet_parameter *parameter, uint8_t *to, size_t room)
{
	return bytes_at(to, percent_decode(parameter->value, false, to, room));
}

static bool begins_as(struct bytes text, const char *prefix)
{
	return text.size >= URN && !strncasecmp((const char *)text.data, prefix, URN);
}

/* Is it an xt that means to be an info hash? */
static bool means_hash(const struct magnet_parameter *parameter)
{
	uint8_t room[URN];
	struct bytes urn = decode_into(parameter, room, sizeof room);

	return begins_as(urn, "urn:btih:") || begins_as(urn, "urn:btmh:");
}

/* A name in the DNS, or an IPv4 address. */
static bool host_good(struct bytes host)
{
	for (size_t i = 0; i < host.size; i++) {
		uint8_t byte = host.data[i], lower = byte | 0x20;

		if (!(lower >= 'a' && lower <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '.' &&
		    byte != '_')
			return false;
	}
	return host.size > 0;
}

/* host:port, [v6]:port */
static bool peer_good(struct bytes peer)
{
	const uint8_t *at = peer.size ? memrchr(peer.data, ':', peer.size) : NULL;
	struct bytes host;
	struct ipv6 address;
	uint64_t port;

	if (peer.size >= PEER_ROOM || !at ||
	    !number_parse(bytes_at(at + 1, (size_t)(peer.data + peer.size - at) - 1), UINT16_MAX, &port) || !port)
		return false;
	host = bytes_at(peer.data, (size_t)(at - peer.data));
	if (host.size > 2 && *host.data == '[' && host.data[host.size - 1] == ']')
		return ipv6_parse(bytes_at(host.data + 1, host.size - 2), &address);
	return host_good(host);
}

static enum magnet_kind kind_of(const struct magnet *magnet, const struct parameter_row *row,
				const struct magnet_parameter *parameter)
{
	uint8_t room[PEER_ROOM];

	if (!row || !parameter->value.data)
		return MAGNET_OTHER;
	switch (row->kind) {
	case MAGNET_HASH:
		return means_hash(parameter) ? MAGNET_HASH : MAGNET_OTHER;
	case MAGNET_PEER:
		return peer_good(decode_into(parameter, room, sizeof room)) ? MAGNET_PEER : MAGNET_OTHER;
	default:
		if (row->flags & ONCE)
			return magnet->used[row->kind] == parameter->value.data ? row->kind : MAGNET_OTHER;
		return parameter->value.size ? row->kind : MAGNET_OTHER;
	}
}

bool magnet_next(const struct magnet *magnet, size_t *at, struct magnet_parameter *parameter)
{
	const struct parameter_row *row;

	if (!next_text(magnet->link, at, parameter))
		return false;
	row = find_row(parameter->name);
	parameter->kind = kind_of(magnet, row, parameter);
	parameter->secrecy = row && row->flags & OPEN ? MAGNET_OPEN :
			     row || (parameter->name.size > 2 && same_letters(bytes_at(parameter->name.data, 2), "x.")) ?
			     MAGNET_LIKE_URL : MAGNET_SECRET;
	return true;
}

struct bytes magnet_value(const struct magnet_parameter *parameter, struct arena *arena)
{
	bool plus = parameter->kind == MAGNET_NAME || parameter->kind == MAGNET_KEYWORDS;
	struct bytes value = parameter->value;
	uint8_t *to;

	if (!value.size || !(memchr(value.data, '%', value.size) || (plus && memchr(value.data, '+', value.size))))
		return value;
	to = arena_alloc(arena, value.size);
	return bytes_at(to, percent_decode(value, plus, to, value.size));
}

/* What is being read. */
struct reading {
	struct magnet *magnet;
	struct arena *arena;
	const struct magnet_sink *sink;
};

/* The hash into *to, or the same one again. */
static bool take_hash(struct magnet *magnet, const struct magnet_parameter *parameter, struct error *error)
{
	uint8_t room[HASH_ROOM], hash[MAGNET_V2];
	struct bytes text = decode_into(parameter, room, sizeof room), spelled = bytes_after(text, URN);
	bool second = begins_as(text, "urn:btmh:");
	uint64_t offset = (uint64_t)(parameter->value.data - magnet->link.data);
	uint8_t *to = second ? magnet->v2 : magnet->v1;
	bool *there = second ? &magnet->has_v2 : &magnet->has_v1;
	size_t size = second ? MAGNET_V2 : MAGNET_V1;
	struct brief brief;

	if (second && !(spelled.size == 4 + 2 * MAGNET_V2 && bytes_begin(spelled, "1220") &&
			hex_parse(spelled.data + 4, MAGNET_V2, hash)))
		return fail_input(error, offset,
				  "'%s' is no version 2 info hash: want 1220 (SHA-256) and 64 hexadecimal digits",
				  escape_brief(&brief, spelled));
	if (!second && !(spelled.size == 2 * MAGNET_V1 && hex_parse(spelled.data, MAGNET_V1, hash)) &&
	    !(spelled.size == 32 && base32_parse(spelled, hash, MAGNET_V1)))
		return fail_input(error, offset,
				  "'%s' is no version 1 info hash: want 40 hexadecimal digits or 32 characters of "
				  "base32", escape_brief(&brief, spelled));
	if (*there && memcmp(to, hash, size))
		return fail_input(error, offset, "a second version %d info hash, '%s': a link is of one torrent",
				  second ? 2 : 1, escape_brief(&brief, spelled));
	memcpy(to, hash, size);
	*there = true;
	return true;
}

/* 0,2,4-6: ranges are inclusive and do not go backwards (BEP 53). */
static bool select_good(struct bytes list)
{
	while (list.data) {
		struct bytes rest, last, first = bytes_split(list, ',', &rest);
		uint64_t from, to;

		first = bytes_split(first, '-', &last);
		if (!number_parse(first, UINT32_MAX, &from) ||
		    (last.data && (!number_parse(last, UINT32_MAX, &to) || to < from)))
			return false;
		list = rest;
	}
	return true;
}

/* What is wrong may be a URL with a passkey: it is shown as url_mask has it. */
static void complain(const struct reading *reading, const struct magnet_parameter *parameter, const char *want)
{
	struct error error = { 0 };
	struct buf shown = { 0 };
	struct brief brief;

	if (!reading->sink || !reading->sink->complain)
		return;
	buf_append(&shown, parameter->name.data, parameter->name.size);
	buf_byte(&shown, '=');
	url_mask(parameter->value, &shown);
	fail_input(&error, (uint64_t)(parameter->text.data - reading->magnet->link.data), "'%s': want %s",
		   escape_brief(&brief, buf_bytes(&shown)), want);
	reading->sink->complain(reading->sink->context, &error);
	buf_free(&shown);
}

/* A value of which there is one. False: it is not what it should be. */
static bool take_once(const struct reading *reading, enum magnet_kind kind, const struct magnet_parameter *parameter)
{
	struct magnet *magnet = reading->magnet;
	struct bytes value;

	if (magnet->used[kind])
		return true;
	value = magnet_value(&(struct magnet_parameter){ .kind = kind, .value = parameter->value }, reading->arena);
	switch (kind) {
	case MAGNET_NAME:
		magnet->name = value;
		break;
	case MAGNET_KEYWORDS:
		magnet->keywords = value;
		break;
	case MAGNET_SIZE:
		if (!number_parse(value, INT64_MAX, &magnet->size))
			return false;
		break;
	default:
		if (!select_good(value))
			return false;
		magnet->select = value;
		break;
	}
	magnet->used[kind] = parameter->value.data;
	return true;
}

static bool take(const struct reading *reading, const struct magnet_parameter *parameter, struct error *error)
{
	const struct parameter_row *row = find_row(parameter->name);

	if (!row || !parameter->value.data)
		return true;
	if (row->flags & ONCE && !take_once(reading, row->kind, parameter))
		complain(reading, parameter,
			 row->kind == MAGNET_SIZE ? "a number of bytes"
						  : "numbers of files and ranges of them, as in so=0,2,4-6");
	else if (row->kind == MAGNET_PEER && parameter->kind != MAGNET_PEER)
		complain(reading, parameter, "host:port or [IPv6 address]:port, with a port of 1 to 65535");
	else if (parameter->kind == MAGNET_HASH)
		return take_hash(reading->magnet, parameter, error);
	return true;
}

bool magnet_parse(struct bytes link, struct magnet *magnet, struct arena *arena, const struct magnet_sink *sink,
		  struct error *error)
{
	struct reading reading = { .arena = arena, .sink = sink };
	struct magnet_parameter parameter;
	struct brief brief;

	*magnet = (struct magnet){ .link = link, .size = UINT64_MAX };
	reading.magnet = magnet;
	if (link.size < SCHEME || !same_letters(bytes_at(link.data, SCHEME), "magnet:?"))
		return fail_input(error, 0, "'%s' is no magnet link: want magnet:?xt=urn:btih:", escape_brief(&brief, link));
	for (size_t at = 0; magnet_next(magnet, &at, &parameter);) {
		if (!take(&reading, &parameter, error))
			return false;
	}
	if (!magnet->has_v1 && !magnet->has_v2)
		return fail_input(error, ERROR_NOWHERE,
				  "this magnet link has no info hash: want xt=urn:btih: or xt=urn:btmh:");
	for (size_t at = 0; magnet_next(magnet, &at, &parameter);)
		magnet->count[parameter.kind]++;
	return true;
}

/* ---- writing */

void magnet_begin(struct buf *buf, const uint8_t *v1, const uint8_t *v2, struct bytes name, uint64_t size)
{
	buf_text(buf, "magnet:?");
	if (v1) {
		buf_text(buf, "xt=urn:btih:");
		hex_print((char *)buf_reserve(buf, 2 * MAGNET_V1), v1, MAGNET_V1);
		buf->size += 2 * MAGNET_V1;
	}
	if (v2) {
		buf_text(buf, v1 ? "&xt=urn:btmh:1220" : "xt=urn:btmh:1220");
		hex_print((char *)buf_reserve(buf, 2 * MAGNET_V2), v2, MAGNET_V2);
		buf->size += 2 * MAGNET_V2;
	}
	if (name.data) {
		buf_text(buf, "&dn=");
		percent_encode(buf, name, "");
	}
	if (size != UINT64_MAX)
		buf_format(buf, "&xl=%llu", (unsigned long long)size);
}

/* * is not encoded, so that *** can be seen; nor is what peers and files chosen need, since clients do not decode those. */
void magnet_put(struct buf *buf, enum magnet_kind kind, struct bytes value)
{
	static const char *const names[MAGNET_KINDS] = {
		[MAGNET_TRACKER] = "&tr=", [MAGNET_WEB_SEED] = "&ws=", [MAGNET_PEER] = "&x.pe=", [MAGNET_SELECT] = "&so=",
	};

	buf_text(buf, names[kind]);
	percent_encode(buf, value, kind == MAGNET_PEER ? "*:[]" : kind == MAGNET_SELECT ? "," : "*");
}

/* What the writers share: room for values without their encoding, and without passkeys. */
struct writing {
	const struct magnet *magnet;
	bool mask;
	struct buf *out, plain, masked;
};

/* Good until the next call. */
static struct bytes plain_value(struct writing *writing, struct bytes value)
{
	writing->plain.size = 0;
	writing->plain.size = percent_decode(value, false, buf_reserve(&writing->plain, value.size + 1), value.size);
	if (!writing->mask)
		return buf_bytes(&writing->plain);
	writing->masked.size = 0;
	url_mask(buf_bytes(&writing->plain), &writing->masked);
	return buf_bytes(&writing->masked);
}

static void put_all(struct writing *writing, enum magnet_kind kind)
{
	struct magnet_parameter parameter;

	for (size_t at = 0; writing->magnet->count[kind] && magnet_next(writing->magnet, &at, &parameter);)
		if (parameter.kind == kind)
			magnet_put(writing->out, kind, plain_value(writing, parameter.value));
}

/* A part of a parameter as it stands, or encoded anew where it must be masked. */
static void put_part(struct writing *writing, struct bytes part)
{
	struct bytes shown = writing->mask ? plain_value(writing, part) : part;

	if (!writing->mask || bytes_equal(shown, buf_bytes(&writing->plain)))
		buf_append(writing->out, part.data, part.size);
	else
		percent_encode(writing->out, shown, "*");
}

static void put_as_it_stands(struct writing *writing, const struct magnet_parameter *parameter)
{
	if (!writing->mask || parameter->secrecy == MAGNET_OPEN) {
		buf_append(writing->out, parameter->text.data, parameter->text.size);
		return;
	}
	put_part(writing, parameter->name);
	if (!parameter->value.data)
		return;
	buf_byte(writing->out, '=');
	if (parameter->secrecy == MAGNET_LIKE_URL)
		put_part(writing, parameter->value);
	else if (parameter->value.size)
		buf_text(writing->out, "***");
}

/* With an & before each; or between them, and without the keywords. */
static void put_others(struct writing *writing, bool alone)
{
	struct magnet_parameter parameter;
	size_t start = writing->out->size;

	for (size_t at = 0; magnet_next(writing->magnet, &at, &parameter);) {
		if (parameter.kind != MAGNET_OTHER && parameter.kind != MAGNET_SOURCE &&
		    (alone || parameter.kind != MAGNET_KEYWORDS))
			continue;
		if (!alone || writing->out->size > start)
			buf_byte(writing->out, '&');
		put_as_it_stands(writing, &parameter);
	}
}

static void end_writing(struct writing *writing)
{
	buf_free(&writing->plain);
	buf_free(&writing->masked);
}

void magnet_print(const struct magnet *magnet, bool mask, struct buf *out)
{
	struct writing writing = { .magnet = magnet, .mask = mask, .out = out };

	magnet_begin(out, magnet->has_v1 ? magnet->v1 : NULL, magnet->has_v2 ? magnet->v2 : NULL, magnet->name,
		     magnet->size);
	put_all(&writing, MAGNET_TRACKER);
	put_all(&writing, MAGNET_WEB_SEED);
	put_all(&writing, MAGNET_PEER);
	if (magnet->select.data)
		magnet_put(out, MAGNET_SELECT, magnet->select);
	put_others(&writing, false);
	end_writing(&writing);
}

void magnet_print_others(const struct magnet *magnet, bool mask, struct buf *out)
{
	struct writing writing = { .magnet = magnet, .mask = mask, .out = out };

	put_others(&writing, true);
	end_writing(&writing);
}
