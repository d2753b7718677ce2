/* nodes_private.h - what nodes.c and nodes_map.c share: the addresses of a cluster */
#ifndef IO_NODES_PRIVATE_H
#define IO_NODES_PRIVATE_H

#include "base/table.h"
#include "io/nodes.h"

struct nodes_replica {
	struct redis_address address;
	size_t node;	/* whose replica it is */
};

struct nodes_private {
	struct nodes_options options;
	struct table hosts;	/* with the NUL behind them */
	/* a connection that is asked for the map alone, so that it has no replies to come; or NULL */
	struct redis *guide;
	struct nodes_replica *replicas;
	size_t replica_count, replica_capacity;
};

/*
 * The index of the node with that address, added if it is new. NODES_NONE: it is no address, or there are NODES_MAX of
 * them. An empty host, "?" or none at all means the one that we came by.
 */
size_t nodes_find(struct nodes *, struct bytes host, int64_t port);
/* A reply of CLUSTER SLOTS becomes the map. False: another shape; then nothing is changed but that nodes may have come. */
bool nodes_read_slots(struct nodes *, const struct redis_reply *);
/* The text of CLUSTER NODES, as that node says it, into the state (see nodes_look). False: it does not say who it is. */
bool nodes_read_state(struct nodes *, size_t node, struct bytes text, struct nodes_state *);

#endif
