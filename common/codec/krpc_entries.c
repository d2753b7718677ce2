/* krpc_entries.c - what is inside packets of the DHT: names of methods, compact nodes, peers */
#include "codec/bencode.h"
#include "codec/krpc.h"

static const char *const method_names[KRPC_METHODS] = {
	[KRPC_UNKNOWN] = "", [KRPC_PING] = "ping", [KRPC_FIND_NODE] = "find_node", [KRPC_GET_PEERS] = "get_peers",
	[KRPC_ANNOUNCE_PEER] = "announce_peer", [KRPC_SAMPLE_INFOHASHES] = "sample_infohashes", [KRPC_GET] = "get",
	[KRPC_PUT] = "put",
};

const char *krpc_method_name(enum krpc_method method)
{
	return method_names[method];
}

enum krpc_method krpc_method_find(struct bytes name)
{
	/* an empty name is none of them either */
	for (enum krpc_method method = KRPC_UNKNOWN + 1; method < KRPC_METHODS; method++)
		if (name.size && name.data[0] == (uint8_t)method_names[method][0] && bytes_is(name, method_names[method]))
			return method;
	return KRPC_UNKNOWN;
}

enum krpc_method krpc_reply_method(const struct krpc_message *message)
{
	if (message->samples.data)
		return KRPC_SAMPLE_INFOHASHES;
	if (message->value.data || message->seq != KRPC_NUMBER_UNSET)
		return KRPC_GET;
	if (message->values.data || message->token.data || message->seeds_filter.data || message->peers_filter.data)
		return KRPC_GET_PEERS;
	return message->nodes.data || message->nodes6.data ? KRPC_FIND_NODE : KRPC_UNKNOWN;
}

bool krpc_node_next(struct bytes *nodes, unsigned family, struct krpc_node *node)
{
	size_t size = family == 4 ? KRPC_NODE4_SIZE : KRPC_NODE6_SIZE;

	if (nodes->size < size)
		return false;
	node->id = nodes->data;
	node->endpoint = endpoint_unpack(bytes_at(nodes->data + KRPC_ID_SIZE, size - KRPC_ID_SIZE));
	*nodes = bytes_after(*nodes, size);
	return true;
}

/*
 * The next element of a list; text: data NULL if it is no string. The view begins one byte before it, so that the
 * list's `l` and the last byte of an element are the same to it; at the end it is empty.
 */
static bool next_odd_element(struct bytes *list, struct bytes rest, struct bytes *text)
{
	struct bencode reader;
	struct bencode_token token;
	struct error ignored = { 0 };

	bencode_begin(&reader, rest);
	if (!bencode_next(&reader, &token, &ignored) || !bencode_skip(&reader, &token, NULL, &ignored)) {
		list->size = 0;
		return false;
	}
	*text = token.kind == BENCODE_STRING ? token.text : (struct bytes){ NULL, 0 };
	*list = bytes_after(*list, reader.at);
	return true;
}

static inline bool next_element(struct bytes *list, struct bytes *text)
{
	struct bytes rest = list->size ? bytes_after(*list, 1) : *list;

	if (rest.size > 2 + ENDPOINT_V4_SIZE && rest.data[0] == '6' && rest.data[1] == ':') {
		/* nearly all are, and this is ten times as fast */
		*text = bytes_at(rest.data + 2, ENDPOINT_V4_SIZE);
		*list = bytes_after(*list, 2 + ENDPOINT_V4_SIZE);
		return true;
	}
	if (!rest.size || rest.data[0] == 'e') {
		list->size = 0;
		return false;
	}
	return next_odd_element(list, rest, text);
}

bool krpc_value_next(struct bytes *values, struct endpoint *endpoint)
{
	struct bytes text;

	while (next_element(values, &text)) {
		if (!text.data)
			continue;
		*endpoint = endpoint_unpack(text);
		if (endpoint->family)
			return true;
	}
	return false;
}

size_t krpc_value_count(struct bytes values)
{
	struct bytes text;
	size_t count = 0;

	while (next_element(&values, &text))
		count++;
	return count;
}
