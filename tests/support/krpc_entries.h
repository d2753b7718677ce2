/* krpc_entries.h - what answers of DHT nodes hold, written for unit tests: compact nodes, lists of peers */
#ifndef SUPPORT_KRPC_ENTRIES_H
#define SUPPORT_KRPC_ENTRIES_H

#include "codec/bencode.h"
#include "codec/krpc.h"

/* Appends an entry of `nodes` or `nodes6`, by the family of the endpoint. */
static inline void krpc_node_put(struct buf *nodes, const uint8_t id[KRPC_ID_SIZE], const struct endpoint *endpoint)
{
	uint8_t *at = buf_reserve(nodes, KRPC_NODE6_SIZE);

	memcpy(at, id, KRPC_ID_SIZE);
	nodes->size += KRPC_ID_SIZE + endpoint_pack(endpoint, at + KRPC_ID_SIZE);
}

/* Appends what message.values of these peers is. */
static inline void krpc_values_put(struct buf *out, const struct endpoint *endpoints, size_t count)
{
	uint8_t packed[ENDPOINT_V6_SIZE];

	buf_byte(out, 'l');
	for (size_t i = 0; i < count; i++)
		bencode_put_string(out, bytes_at(packed, endpoint_pack(&endpoints[i], packed)));
	buf_byte(out, 'e');
}

#endif
