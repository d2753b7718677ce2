/* resolve.h - names of hosts to addresses, several at once and never longer than a given time */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/error.h"

enum { RESOLVE_ADDRESSES_MAX = 8, RESOLVE_NAMES_MAX = 64 };

struct resolve_name {
	const char *host;		/* no port, no brackets */
	uint16_t port;
	unsigned families;		/* bits: 1 IPv4, 2 IPv6 */
	/* filled in */
	bool numeric;			/* host is an address: when there is none, it is of the family that is not wanted */
	size_t count;
	struct endpoint endpoints[RESOLVE_ADDRESSES_MAX];
	const char *failure;		/* count 0: why, in words: "there is no such name", "it has no IPv4 address" */
};

/*
 * Looks all of them up side by side (getaddrinfo in threads); comes back when all have ended, the time is over, or
 * *stop is set. Numeric addresses need no look-up and no network. At most RESOLVE_NAMES_MAX at once. Returns how many
 * have an address. Threads that are late go on by themselves and hold no memory of the caller; at most 256 are alive,
 * then names are refused.
 */
size_t resolve_names(struct resolve_name *names, size_t count, int64_t timeout_us, const volatile bool *stop);

#endif
