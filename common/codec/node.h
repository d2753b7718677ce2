/* node.h - the record of a DHT node, which one tool prints and another may read */
#ifndef CODEC_NODE_H
#define CODEC_NODE_H

#include "text/record.h"

struct node_line {
	struct bytes node_id;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint16_t port;
	double rtt_ms;
	struct bytes client;
};

extern const struct record node_record;

#endif
