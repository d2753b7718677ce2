/* node.c - the record of a DHT node, which one tool prints and another may read */
#include "codec/node.h"

static const struct field node_fields[] = {
	FIELD(node_line, node_id, HASH, "node id", .width = 20),
	FIELD(node_line, ipv4, IPV4, "IPv4 address"),
	FIELD(node_line, ipv6, IPV6, "IPv6 address"),
	FIELD(node_line, port, U16, "UDP port"),
	FIELD(node_line, rtt_ms, REAL, "milliseconds until its answer came"),
	FIELD(node_line, client, TEXT, "its client, as v tells it"),
};
const struct record node_record = RECORD("node", node_line, node_fields, "a node of the DHT");
