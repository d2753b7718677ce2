/* host.c - HOST[:PORT] as users write it */
#include "tools/dhtping/host.h"

#include <ctype.h>

#include "base/number.h"
#include "text/escape.h"

enum { HOST_MAX = 253 };	/* bytes of a name in the DNS */

/* Cuts the word in two; *port has no data when there is none. False: brackets that do not match. */
static bool split(struct bytes word, struct bytes *host, struct bytes *port)
{
	const uint8_t *colon = word.size ? memrchr(word.data, ':', word.size) : NULL;
	const uint8_t *close = word.size ? memchr(word.data, ']', word.size) : NULL;
	struct ipv6 v6;

	*host = word;
	*port = (struct bytes){ NULL, 0 };
	if (word.size && word.data[0] == '[') {
		if (!close)
			return false;
		*host = bytes_at(word.data + 1, (size_t)(close - word.data) - 1);
		if (close + 1 == word.data + word.size)
			return ipv6_parse(*host, &v6);
		*port = bytes_after(word, (size_t)(close - word.data) + 2);
		return close[1] == ':' && ipv6_parse(*host, &v6);
	}
	if (!colon || ipv6_parse(word, &v6))
		return true;
	*host = bytes_at(word.data, (size_t)(colon - word.data));
	*port = bytes_after(word, host->size + 1);
	return true;
}

/* What names and addresses are made of. The rest need not be asked for. */
static bool is_host(struct bytes host)
{
	for (size_t i = 0; i < host.size; i++)
		if (!isalnum(host.data[i]) && !memchr("-._:%", host.data[i], 5))
			return false;
	return host.size && host.size <= HOST_MAX;
}

bool host_parse(struct bytes word, struct arena *memory, struct resolve_name *name, struct error *error)
{
	struct brief brief;
	struct bytes host, port;
	uint64_t number = HOST_DEFAULT_PORT;

	if (!split(word, &host, &port))
		return fail_input(error, ERROR_NOWHERE, "'%s': expected an IPv6 address in brackets, and perhaps a port",
				  escape_brief(&brief, word));
	if (!is_host(host))
		return fail_input(error, ERROR_NOWHERE, "'%s': expected a node as HOST:PORT", escape_brief(&brief, word));
	if (port.data && (!number_parse(port, UINT16_MAX, &number) || !number))
		return fail_input(error, ERROR_NOWHERE, "'%s': expected a port from 1 to 65535", escape_brief(&brief, word));
	name->host = arena_string(memory, host);
	name->port = (uint16_t)number;
	return true;
}
