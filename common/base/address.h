/* address.h - IPv4 and IPv6 addresses: RFC 5952 text and back, special ranges */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/bytes.h"

/* Network byte order. All zero means that there is none, on the wire and in Redis alike. */
struct ipv4 { uint8_t byte[4]; };
struct ipv6 { uint8_t byte[16]; };

enum { IPV4_ROOM = 16, IPV6_ROOM = 48 };	/* bytes that the printers may touch */

/*
 * Write the address at `at`, which must have the room above (more than the
 * text takes: they store whole words); return the end. No NUL. IPv6 is
 * RFC 5952, and byte for byte what inet_ntop of glibc prints (which shows
 * ::/96 but not ::1.. and ::ffff:0:0/96 with a dotted tail).
 */
char *ipv4_print(char *at, const struct ipv4 *);
char *ipv6_print(char *at, const struct ipv6 *);

/*
 * Strict, as inet_pton: four decimal parts without leading zeros; IPv6 in any
 * of its spellings, without zone or brackets. False leaves the address alone.
 */
bool ipv4_parse(struct bytes text, struct ipv4 *);
bool ipv6_parse(struct bytes text, struct ipv6 *);

static inline bool ipv4_absent(const struct ipv4 *ip)
{
	uint32_t word;

	memcpy(&word, ip, 4);
	return word == 0;
}

static inline bool ipv6_absent(const struct ipv6 *ip)
{
	uint64_t words[2];

	memcpy(words, ip, 16);
	return (words[0] | words[1]) == 0;
}

/*
 * Why no peer on the Internet can have this address ("private", "loopback",
 * "link-local", "multicast", "reserved", "documentation", "shared" for
 * 100.64.0.0/10, "ipv4-mapped", ...; from the IANA special-purpose registries),
 * or NULL when it is an ordinary one.
 */
const char *ipv4_special(const struct ipv4 *);
const char *ipv6_special(const struct ipv6 *);

#endif
