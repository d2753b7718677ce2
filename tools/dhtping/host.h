/* host.h - HOST[:PORT] as users write it, and the addresses behind many of them */
#ifndef DHTPING_HOST_H
#define DHTPING_HOST_H

#include "base/arena.h"
#include "io/resolve.h"

/*
 * "host", "host:6881", "203.0.113.7:6881", "2001:db8::7", "[2001:db8::7]:6881": fills in host (in the arena) and port.
 * ERROR_INPUT says what is wrong with it.
 */
bool host_parse(struct bytes word, uint16_t default_port, struct arena *, struct resolve_name *, struct error *);

#endif
