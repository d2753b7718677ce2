/* host.h - HOST[:PORT] as users write it */
#ifndef DHTPING_HOST_H
#define DHTPING_HOST_H

#include "base/arena.h"
#include "io/resolve.h"

enum {
	HOST_DEFAULT_PORT = 6881,
	HOST_RESOLVE_US = 5000000,	/* how long names are looked up */
};

/*
 * "host", "host:6881", "203.0.113.7:6881", "2001:db8::7", "[2001:db8::7]:6881": fills in host (in the arena) and port.
 * ERROR_INPUT says what is wrong with it.
 */
bool host_parse(struct bytes word, struct arena *, struct resolve_name *, struct error *);

#endif
