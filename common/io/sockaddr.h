/* sockaddr.h - endpoints as the kernel's socket addresses, and back */
#ifndef IO_SOCKADDR_H
#define IO_SOCKADDR_H

#include <sys/socket.h>

#include "base/endpoint.h"

/* Fills the storage and returns how much of it counts. There must be an endpoint. */
socklen_t sockaddr_make(const struct endpoint *, struct sockaddr_storage *);
/* All zero when it is of another family. Zones of IPv6 are lost. */
struct endpoint sockaddr_endpoint(const struct sockaddr_storage *);

#endif
