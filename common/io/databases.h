/* databases.h - the two Redis databases of a tracker, torrents and users: where they are, and the server's clock */
#ifndef IO_DATABASES_H
#define IO_DATABASES_H

#include "io/nodes.h"

/* They may be one and the same; in a cluster they are. */
enum database { DATABASE_TORRENTS, DATABASE_USERS, DATABASES };

#define DATABASE_OF_URI UINT64_MAX	/* the one that the URI names, or 0 */

/* What a tool's options say. */
struct databases {
	const char *uri;	/* redis_address_parse; NULL: $REDIS_URL, else 127.0.0.1:6379 */
	bool cluster;		/* it must be one; without it, one is recognised */
	bool replicas;		/* read from replicas where there are any */
	uint64_t numbers[DATABASES];	/* or DATABASE_OF_URI */
	uint64_t timeout_s;	/* of a command; 0: REDIS_COMMAND_TIMEOUT_MS */
	struct io_wait wait;
	const volatile bool *stop;	/* NULL, or what a signal handler sets */
	struct arena *memory;	/* for the address, which must outlive the nodes */
};

/*
 * Connects to a single server or a cluster, whichever it is, for one of the databases, or the one that a cluster has
 * for both. now_us: the server's clock (TIME), which is what the tracker's scores are nearest to; a user who may read
 * keys need not be allowed to ask for it: then it is this machine's clock, and *note says so (ERROR_NONE if not). On
 * failure nothing needs closing.
 */
bool databases_open(const struct databases *, enum database, struct nodes *, int64_t *now_us, struct error *note,
		    struct error *);
/* Are torrents and users in the same database? They must be in a cluster. */
bool databases_one(const struct databases *);

#endif
