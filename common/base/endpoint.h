/* endpoint.h - an address of either family with its port: 203.0.113.7:6881, [2001:db8::7]:6881 */
#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#include "base/address.h"

enum {
	ENDPOINT_ROOM = IPV6_ROOM + 8,	/* bytes that endpoint_print may touch */
	ENDPOINT_V4_SIZE = 6,		/* as trackers and the DHT pack it: the address, then the port, big-endian */
	ENDPOINT_V6_SIZE = 18,
};

/* All zero: there is none. Two that are the same are the same bytes, so memcmp and hashes of the struct are good. */
struct endpoint {
	uint8_t address[16];	/* network byte order; of IPv4 the first four, the others are zero */
	uint16_t port;		/* as a number */
	uint16_t family;	/* 4 or 6; 0: there is none */
};

static inline struct endpoint endpoint_ipv4(struct ipv4 ip, uint16_t port)
{
	struct endpoint endpoint = { .port = port, .family = 4 };

	memcpy(endpoint.address, ip.byte, 4);
	return endpoint;
}

static inline struct endpoint endpoint_ipv6(struct ipv6 ip, uint16_t port)
{
	struct endpoint endpoint = { .port = port, .family = 6 };

	memcpy(endpoint.address, ip.byte, 16);
	return endpoint;
}

/* What the struct has of one family; absent (all zero) if it is of the other. */
static inline struct ipv4 endpoint_get_ipv4(const struct endpoint *endpoint)
{
	struct ipv4 ip = { 0 };

	if (endpoint->family == 4)
		memcpy(ip.byte, endpoint->address, 4);
	return ip;
}

static inline struct ipv6 endpoint_get_ipv6(const struct endpoint *endpoint)
{
	struct ipv6 ip = { 0 };

	if (endpoint->family == 6)
		memcpy(ip.byte, endpoint->address, 16);
	return ip;
}

static inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* The packed form of 6 or 18 bytes; others: none. */
struct endpoint endpoint_unpack(struct bytes packed);
/* The other way; returns the size, 0 for none. Room: ENDPOINT_V6_SIZE. */
size_t endpoint_pack(const struct endpoint *, uint8_t *at);

/* As text at `at`, with the room above; returns the end. No NUL. There must be one. */
char *endpoint_print(char *at, const struct endpoint *);
/* The address alone, without brackets; the same room. */
char *endpoint_print_address(char *at, const struct endpoint *);
/*
 * Numbers only: 203.0.113.7:6881, [2001:db8::7]:6881. The port must be there and may be 0. False leaves the endpoint
 * alone.
 */
bool endpoint_parse(struct bytes text, struct endpoint *);
/* An address alone, without brackets; its port is 0. */
bool endpoint_parse_address(struct bytes text, struct endpoint *);
/* ipv4_special or ipv6_special of its address. */
const char *endpoint_special(const struct endpoint *);
/* 127/8 or ::1: what is there is on this host. */
bool endpoint_is_loopback(const struct endpoint *);

#endif
