/* url.c - URLs of trackers as they may be shown: without the secrets in them */
#include "text/url.h"

#include "base/address.h"
#include "base/number.h"
#include "base/percent.h"

#define MASK "***"

enum {
	KEY_MIN = 8,		/* characters of a key that has a digit, or letters of both cases */
	KEY_LONG = 20,		/* of one that has neither: words are shorter */
	/* of a key in a host, with a digit and without: tracker2, ec2-203-0-113-25 and long words in a row are names */
	LABEL_MIN = 16, LABEL_LONG = 28,
};

/* What of the query of an announce is no secret, and makes no one known. */
static const char *const open_names[] = {
	"action", "compact", "event", "left", "no_peer_id", "numwant", "port", "requirecrypto", "supportcrypto", "type", "v",
	"version",
};

/* What a part of a URL is made of, decoded. */
struct make_up {
	size_t count;		/* letters and digits */
	size_t joints;		/* - and _ */
	bool digit, mixed;	/* mixed: a capital after a small letter */
	bool value;		/* there is something after a = */
};

static struct make_up look_at(struct bytes part)
{
	struct make_up made = { 0 };
	bool small = false, equals = false;

	while (part.size) {
		uint8_t byte;

		part = bytes_after(part, percent_byte(part, &byte));
		made.value |= equals;
		equals |= byte == '=';
		made.digit |= byte >= '0' && byte <= '9';
		made.mixed |= small && byte >= 'A' && byte <= 'Z';
		small |= byte >= 'a' && byte <= 'z';
		made.count += (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
		made.joints += byte == '-' || byte == '_';
	}
	return made;
}

static bool is_key(struct bytes part)
{
	struct make_up made = look_at(part);
	size_t count = made.count + made.joints;

	return count >= KEY_LONG || (count >= KEY_MIN && (made.digit || made.mixed)) || made.value;
}

static bool is_key_label(struct bytes label)
{
	struct make_up made = look_at(label);

	return made.count >= LABEL_LONG || (made.count >= LABEL_MIN && made.digit);
}

static void put(struct buf *out, struct bytes part, bool secret)
{
	if (secret && part.size)
		buf_text(out, MASK);
	else
		buf_append(out, part.data, part.size);
}

static bool has(struct bytes part, char byte)
{
	return part.size && memchr(part.data, byte, part.size);
}

/* The part up to one of the separators; *url begins with that then. */
static struct bytes take_until(struct bytes *url, const char *separators)
{
	struct bytes part = { url->data, 0 };

	while (part.size < url->size && (!url->data[part.size] || !strchr(separators, url->data[part.size])))
		part.size++;
	*url = bytes_after(*url, part.size);
	return part;
}

/* A [v6] address, with what follows its bracket in *rest. False: there is none. */
static bool split_ipv6(struct bytes host, struct bytes *rest)
{
	struct ipv6 address;
	const uint8_t *end = host.size && *host.data == '[' ? memchr(host.data, ']', host.size) : NULL;

	if (!end || !ipv6_parse(bytes_at(host.data + 1, (size_t)(end - host.data) - 1), &address))
		return false;
	*rest = bytes_after(host, (size_t)(end - host.data) + 1);
	return true;
}

static void put_labels(struct buf *out, struct bytes host)
{
	while (host.data) {
		struct bytes rest, label = bytes_split(host, '.', &rest);

		put(out, label, is_key_label(label));
		if (rest.data)
			buf_byte(out, '.');
		host = rest;
	}
}

/* A part of a path. A dot makes it a file's name, as web seeds have them: x-9.1.0.iso is no key. */
static void put_part(struct buf *out, struct bytes part)
{
	if (has(part, '.') && !look_at(part).value)
		put_labels(out, part);
	else
		put(out, part, is_key(part));
}

/* user:password@host:port */
static void put_authority(struct buf *out, struct bytes authority)
{
	const uint8_t *at = authority.size ? memrchr(authority.data, '@', authority.size) : NULL;
	struct bytes rest, host;
	uint64_t number;

	if (at) {
		buf_text(out, MASK "@");
		authority = bytes_after(authority, (size_t)(at - authority.data) + 1);
	}
	if (split_ipv6(authority, &rest)) {
		buf_append(out, authority.data, authority.size - rest.size);
		authority = rest;
	}
	at = authority.size ? memrchr(authority.data, ':', authority.size) : NULL;
	if (!at) {
		put_labels(out, authority);
		return;
	}
	host = bytes_at(authority.data, (size_t)(at - authority.data));
	put_labels(out, host);
	buf_byte(out, ':');
	rest = bytes_after(authority, host.size + 1);
	put(out, rest, rest.size > 5 || !number_parse(rest, UINT64_MAX, &number));
}

static bool is_open(struct bytes name)
{
	for (size_t i = 0; i < sizeof open_names / sizeof *open_names; i++)
		if (bytes_is(name, open_names[i]))
			return true;
	return false;
}

/* name=value; what has no name is a value. */
static void put_parameter(struct buf *out, struct bytes parameter)
{
	struct bytes value, name = bytes_split(parameter, '=', &value);

	if (!value.data) {
		put(out, parameter, true);
		return;
	}
	put(out, name, is_key(name));
	buf_byte(out, '=');
	put(out, value, !is_open(name) || is_key(value));
}

/* Has it a scheme? Then *url begins after its ://. A dot, which no scheme in use has, is one of a host. */
static bool take_scheme(struct bytes *url, struct bytes *scheme)
{
	struct bytes rest = *url;

	*scheme = take_until(&rest, "/?#@.");
	if (!bytes_begin(rest, "//") || !scheme->size || scheme->data[scheme->size - 1] != ':')
		return false;
	scheme->size--;
	*url = bytes_after(rest, 2);
	return true;
}

void url_mask(struct bytes url, struct buf *out)
{
	struct bytes part;

	if (!url.size)
		return;
	if (take_scheme(&url, &part)) {
		put(out, part, is_key(part));
		buf_text(out, "://");
		put_authority(out, take_until(&url, "/?#"));
	} else {
		/*
		 * host:port/path or user:password@host without the scheme, or anything; what is percent-encoded is no
		 * host
		 */
		part = take_until(&url, "/?#");
		if (has(part, '%') || !(has(part, '.') || has(part, ':') || has(part, '@')))
			put(out, part, is_key(part));
		else
			put_authority(out, part);
	}
	while (url.size && *url.data == '/') {
		buf_byte(out, '/');
		url = bytes_after(url, 1);
		put_part(out, take_until(&url, "/?#"));
	}
	while (url.size) {
		buf_byte(out, *url.data);
		url = bytes_after(url, 1);
		put_parameter(out, take_until(&url, "&;?#"));
	}
}
