/* endpoint.c - an address of either family with its port: text, packed bytes and back */
#include "base/endpoint.h"

#include "base/number.h"

struct endpoint endpoint_unpack(struct bytes packed)
{
	struct endpoint endpoint = { 0 };

	if (packed.size != ENDPOINT_V4_SIZE && packed.size != ENDPOINT_V6_SIZE)
		return endpoint;
	endpoint.family = packed.size == ENDPOINT_V4_SIZE ? 4 : 6;
	memcpy(endpoint.address, packed.data, packed.size - 2);
	endpoint.port = (uint16_t)(packed.data[packed.size - 2] << 8 | packed.data[packed.size - 1]);
	return endpoint;
}

size_t endpoint_pack(const struct endpoint *endpoint, uint8_t *at)
{
	size_t size = endpoint->family == 4 ? 4 : 16;

	if (!endpoint->family)
		return 0;
	memcpy(at, endpoint->address, size);
	at[size] = (uint8_t)(endpoint->port >> 8);
	at[size + 1] = (uint8_t)endpoint->port;
	return size + 2;
}

char *endpoint_print_address(char *at, const struct endpoint *endpoint)
{
	struct ipv4 v4 = endpoint_get_ipv4(endpoint);
	struct ipv6 v6 = endpoint_get_ipv6(endpoint);

	return endpoint->family == 4 ? ipv4_print(at, &v4) : ipv6_print(at, &v6);
}

char *endpoint_print(char *at, const struct endpoint *endpoint)
{
	if (endpoint->family == 6)
		*at++ = '[';
	at = endpoint_print_address(at, endpoint);
	if (endpoint->family == 6)
		*at++ = ']';
	*at++ = ':';
	return number_print_u16(at, endpoint->port);
}

bool endpoint_parse_address(struct bytes text, struct endpoint *endpoint)
{
	struct ipv4 v4;
	struct ipv6 v6;

	if (ipv4_parse(text, &v4))
		*endpoint = endpoint_ipv4(v4, 0);
	else if (ipv6_parse(text, &v6))
		*endpoint = endpoint_ipv6(v6, 0);
	else
		return false;
	return true;
}

bool endpoint_parse(struct bytes text, struct endpoint *endpoint)
{
	const uint8_t *colon = text.size ? memrchr(text.data, ':', text.size) : NULL;
	struct bytes host, port;
	struct endpoint found;
	bool brackets;
	uint64_t number;

	if (!colon)
		return false;
	host = bytes_at(text.data, (size_t)(colon - text.data));
	port = bytes_after(text, host.size + 1);
	brackets = host.size >= 2 && host.data[0] == '[' && host.data[host.size - 1] == ']';
	if (brackets)
		host = bytes_at(host.data + 1, host.size - 2);
	if (!number_parse(port, UINT16_MAX, &number) || !endpoint_parse_address(host, &found) ||
	    brackets != (found.family == 6))
		return false;
	found.port = (uint16_t)number;
	*endpoint = found;
	return true;
}

const char *endpoint_special(const struct endpoint *endpoint)
{
	struct ipv4 v4 = endpoint_get_ipv4(endpoint);
	struct ipv6 v6 = endpoint_get_ipv6(endpoint);

	return endpoint->family == 4 ? ipv4_special(&v4) : ipv6_special(&v6);
}

bool endpoint_is_loopback(const struct endpoint *endpoint)
{
	const char *special = endpoint_special(endpoint);

	return special && strcmp(special, "loopback") == 0;
}
