/* sockaddr.c - endpoints as the kernel's socket addresses, and back */
#include "io/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

socklen_t sockaddr_make(const struct endpoint *endpoint, struct sockaddr_storage *storage)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;

	if (endpoint->family == 4) {
		*v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(endpoint->port) };
		memcpy(&v4->sin_addr, endpoint->address, 4);
		return sizeof *v4;
	}
	*v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(endpoint->port) };
	memcpy(&v6->sin6_addr, endpoint->address, 16);
	return sizeof *v6;
}

struct endpoint sockaddr_endpoint(const struct sockaddr_storage *storage)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)storage;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)storage;
	struct endpoint endpoint = { 0 };

	if (storage->ss_family == AF_INET) {
		endpoint = (struct endpoint){ .port = ntohs(v4->sin_port), .family = 4 };
		memcpy(endpoint.address, &v4->sin_addr, 4);
	} else if (storage->ss_family == AF_INET6) {
		endpoint = (struct endpoint){ .port = ntohs(v6->sin6_port), .family = 6 };
		memcpy(endpoint.address, &v6->sin6_addr, 16);
	}
	return endpoint;
}
