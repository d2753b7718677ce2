/* redis_address.c - what users write to name a Redis server */
#include "io/redis.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#include "base/number.h"
#include "base/percent.h"

/*
 * No message here repeats a part of the URI: with an '@' or a '/' that was not
 * percent-encoded, any part of it may be a part of the password.
 */

/* The text without the prefix, in any case of letters, that it begins with. */
static bool take_scheme(struct bytes *text, const char *scheme)
{
	size_t size = strlen(scheme);

	if (text->size < size || strncasecmp((const char *)text->data, scheme, size) != 0)
		return false;
	*text = bytes_after(*text, size);
	return true;
}

/* %40 is '@'. NULL when it is wrong, or hides a NUL, which no C string can hold. */
static char *decode_percent(struct bytes text, struct arena *arena)
{
	char *decoded = arena_alloc(arena, text.size + 1), *at = decoded;

	while (text.size) {
		uint8_t byte;
		size_t taken = percent_byte(text, &byte);

		if ((taken == 1 && byte == '%') || (taken == 3 && !byte))
			return NULL;
		*at++ = (char)byte;
		text = bytes_after(text, taken);
	}
	*at = 0;
	return decoded;
}

/* "user:password@" at the front of *text, if it is there; *text is then what follows it. */
static bool take_user(struct bytes *text, bool from_argv, struct arena *arena, struct redis_address *address,
		      struct error *error)
{
	const uint8_t *at = text->size ? memrchr(text->data, '@', text->size) : NULL;
	struct bytes user, password;

	if (!at)
		return true;
	user = bytes_split(bytes_at(text->data, (size_t)(at - text->data)), ':', &password);
	*text = bytes_after(*text, (size_t)(at - text->data) + 1);
	if (password.size && from_argv)
		return fail_usage(error, "a password on the command line is seen by every user of this machine:"
				  " put the address into $REDIS_URL, or the password into $REDISCLI_AUTH");
	if (user.size && !(address->user = decode_percent(user, arena)))
		return fail_usage(error, "bad percent-encoding in the user of the Redis address");
	if (password.size && !(address->password = decode_percent(password, arena)))
		return fail_usage(error, "bad percent-encoding in the password of the Redis address");
	return true;
}

static bool parse_database(struct bytes text, struct redis_address *address, struct error *error)
{
	uint64_t number;

	if (!number_parse(text, INT32_MAX, &number))
		return fail_usage(error, "the database in the Redis address is not a number (0 to %d)", INT32_MAX);
	address->database = (uint32_t)number;
	address->database_given = true;
	return true;
}

static bool parse_port(struct bytes text, struct redis_address *address, struct error *error)
{
	uint64_t number;

	if (!number_parse(text, UINT16_MAX, &number) || !number)
		return fail_usage(error, "the port in the Redis address is not a number (1 to 65535)");
	address->port = (uint16_t)number;
	return true;
}

/* An IPv6 address (with a zone, perhaps: fe80::1%eth0). */
static bool check_ipv6(const char *host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr binary;
	size_t size = strcspn(host, "%");

	if (size >= sizeof text)
		return false;
	memcpy(text, host, size);
	text[size] = 0;
	return inet_pton(AF_INET6, text, &binary) == 1;
}

/* What a name in the DNS, or in /etc/hosts, is made of. */
static bool check_name(struct bytes host)
{
	for (size_t i = 0; i < host.size; i++) {
		uint8_t byte = host.data[i], lower = byte | 0x20;

		if (!(lower >= 'a' && lower <= 'z') && !(byte >= '0' && byte <= '9') &&
		    byte != '-' && byte != '_' && byte != '.')
			return false;
	}
	return host.size > 0 && host.size < 254 && *host.data != '-';
}

static bool parse_host(struct bytes text, struct arena *arena, struct redis_address *address, struct error *error)
{
	struct bytes host, port;

	if (text.size && *text.data == '[') {
		host = bytes_split(bytes_after(text, 1), ']', &port);
		address->host = arena_string(arena, host);
		if (!port.data || !check_ipv6(address->host))
			return fail_usage(error, "no IPv6 address between the brackets of the Redis address");
		if (!port.size)
			return true;
		if (*port.data != ':')
			return fail_usage(error, "something else than a port behind the IPv6 address of the Redis address");
		return parse_port(bytes_after(port, 1), address, error);
	}
	host = bytes_split(text, ':', &port);
	if (port.size && memchr(port.data, ':', port.size))
		return fail_usage(error, "more than one ':' in the host of the Redis address"
				  " (an IPv6 address goes in brackets: [::1]:6379)");
	if (!check_name(host))
		return fail_usage(error, "no host name in the Redis address (expected redis://host:port/db or unix:/path)");
	address->host = arena_string(arena, host);
	return !port.data || parse_port(port, address, error);
}

/* [user:password@]host[:port][/db] */
static bool parse_network(struct bytes text, bool from_argv, struct arena *arena, struct redis_address *address,
			  struct error *error)
{
	struct bytes database;

	text = bytes_split(text, '/', &database);
	if (!take_user(&text, from_argv, arena, address, error) || !parse_host(text, arena, address, error))
		return false;
	return !database.size || parse_database(database, address, error);
}

/* What follows "unix:": /path[?db=N] or //[user:password@]/path[?db=N] */
static bool parse_unix(struct bytes text, bool from_argv, struct arena *arena, struct redis_address *address,
		       struct error *error)
{
	struct bytes path, query, front;
	const uint8_t *slash;

	if (bytes_begin(text, "//")) {
		text = bytes_after(text, 2);
		slash = text.size ? memchr(text.data, '/', text.size) : NULL;
		front = bytes_at(text.data, slash ? (size_t)(slash - text.data) : 0);
		text = bytes_after(text, front.size);
		if (front.size && (!take_user(&front, from_argv, arena, address, error) || front.size))
			return fail_usage(error, "a host in the unix: address of Redis (expected unix:/path)");
	}
	path = bytes_split(text, '?', &query);
	if (!bytes_begin(path, "/") || path.size < 2)
		return fail_usage(error, "the path in the unix: address of Redis does not begin with '/'");
	address->path = arena_string(arena, path);
	if (!query.data)
		return true;
	if (!bytes_begin(query, "db="))
		return fail_usage(error, "something else than ?db=N behind the path of the unix: address of Redis");
	return parse_database(bytes_after(query, 3), address, error);
}

static bool parse_any(struct bytes text, bool from_argv, struct arena *arena, struct redis_address *address,
		      struct error *error)
{
	if (bytes_begin(text, "/")) {
		address->path = arena_string(arena, text);
		return text.size > 1 ||
		       fail_usage(error, "the Redis address is a directory (expected the path of a unix socket)");
	}
	if (take_scheme(&text, "unix:"))
		return parse_unix(text, from_argv, arena, address, error);
	if (take_scheme(&text, "rediss://"))
		return fail_usage(error, "rediss: there is no TLS here; use a tunnel (stunnel, ssh -L) and redis://");
	if (!take_scheme(&text, "redis://") && memmem(text.data, text.size, "://", 3))
		return fail_usage(error, "unknown scheme in the Redis address (expected redis:// or unix:)");
	return parse_network(text, from_argv, arena, address, error);
}

bool redis_address_parse(const char *uri, bool from_argv, struct arena *arena, struct redis_address *address,
			 struct error *error)
{
	const char *password = getenv("REDISCLI_AUTH");

	*address = (struct redis_address){
		.port = REDIS_PORT,
		.connect_timeout_ms = REDIS_CONNECT_TIMEOUT_MS,
		.command_timeout_ms = REDIS_COMMAND_TIMEOUT_MS,
	};
	if (!parse_any(bytes_of(uri), from_argv, arena, address, error))
		return false;
	if (!address->password && password && *password)
		address->password = arena_string(arena, bytes_of(password));
	if (address->user && !address->password)
		return fail_usage(error,
				  "a user without a password in the Redis address (put the password into $REDISCLI_AUTH)");
	return true;
}
