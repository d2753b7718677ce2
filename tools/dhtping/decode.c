/* decode.c - the verb decode: packets to records, and what is inside them */
#include <inttypes.h>

#include "base/number.h"
#include "tools/dhtping/dhtping.h"
#include "tools/dhtping/krpc_line.h"
#include "tools/dhtping/queries.h"

struct decoding {
	struct run *run;
	struct packets packets;
	struct queries queries;
	struct krpc_text text;
	struct krpc_line line;
	bool items, keep;
	uint64_t good, bad, passed;	/* packets of the DHT, such that cannot be read, other UDP */
};

/* Records until nothing more is wanted. */
static bool put_items(struct decoding *decoding, const struct packet *packet, const struct krpc_message *message,
		      struct bytes method, struct bytes info_hash)
{
	enum { NODE, PEER, SAMPLE };
	struct output *output = &decoding->run->output;
	struct item_line item = { .time.us = packet->time_us, .src = packet->datagram.from, .q = method, .kind = NODE };
	struct bytes nodes[] = { message->nodes, message->nodes6 }, values = message->values, samples = message->samples;
	struct krpc_node node;
	struct endpoint peer;
	bool wanted = true;

	for (unsigned i = 0; i < 2; i++)
		while (wanted && krpc_node_next(&nodes[i], i ? 6 : 4, &node)) {
			item.node_id = bytes_at(node.id, KRPC_ID_SIZE);
			item.ipv4 = endpoint_get_ipv4(&node.endpoint);
			item.ipv6 = endpoint_get_ipv6(&node.endpoint);
			item.port = node.endpoint.port;
			wanted = output_put(output, &item);
		}
	item.kind = PEER;
	item.node_id = (struct bytes){ NULL, 0 };
	item.info_hash = info_hash;
	while (wanted && krpc_value_next(&values, &peer)) {
		item.ipv4 = endpoint_get_ipv4(&peer);
		item.ipv6 = endpoint_get_ipv6(&peer);
		item.port = peer.port;
		wanted = output_put(output, &item);
	}
	item = (struct item_line){ .time.us = packet->time_us, .src = packet->datagram.from, .q = method, .kind = SAMPLE };
	for (; wanted && samples.size >= KRPC_ID_SIZE; samples = bytes_after(samples, KRPC_ID_SIZE)) {
		item.info_hash = bytes_at(samples.data, KRPC_ID_SIZE);
		wanted = output_put(output, &item);
	}
	return wanted;
}

/* Of a query its method; of an answer that of the query that it answers, and what that asked for. */
static struct bytes find_method(struct decoding *decoding, const struct packet *packet, const struct krpc_message *message,
				struct bytes *asked)
{
	const struct endpoint *from = &packet->datagram.from, *to = &packet->datagram.to;
	const struct query *query;
	enum krpc_method method;

	*asked = (struct bytes){ NULL, 0 };
	if (message->type == KRPC_QUERY) {
		queries_add(&decoding->queries, from, to, message->t, message->method_name,
			    message->info_hash.data ? message->info_hash : message->target);
		return message->method_name;
	}
	query = message->type == KRPC_NO_TYPE ? NULL : queries_find(&decoding->queries, to, from, message->t);
	if (query) {
		*asked = query_target(query);
		return query_method(query);
	}
	method = message->type == KRPC_REPLY ? krpc_reply_method(message) : KRPC_UNKNOWN;
	return method == KRPC_UNKNOWN ? (struct bytes){ NULL, 0 } : bytes_of(krpc_method_name(method));
}

static bool put_packet(struct decoding *decoding, const struct packet *packet, struct krpc_message *message)
{
	struct bytes asked, method = find_method(decoding, packet, message, &asked);

	if (decoding->items)
		return put_items(decoding, packet, message, method, asked);
	krpc_line_make(packet, message, method, &decoding->text, &decoding->line);
	return output_put(&decoding->run->output, &decoding->line);
}

/* What looks like a packet of the DHT, or is meant to be one, and cannot be read. */
static bool put_bad(struct decoding *decoding, const struct packet *packet, struct error *error)
{
	decoding->bad++;
	if (packet->datagram.cut)
		error_suffix(error, " (captured in part)");
	packets_error(&decoding->packets, packet, error);
	if (!decoding->keep || decoding->items)
		return true;
	krpc_line_break(packet, &decoding->text, &decoding->line);
	return output_put(&decoding->run->output, &decoding->line);
}

static bool decode_packet(struct decoding *decoding, const struct packet *packet)
{
	struct krpc_message message;
	struct error error;

	if (!packets_meant(&decoding->packets) && !krpc_plausible(packet->payload)) {
		decoding->passed++;
		return true;
	}
	error_clear(&error);
	if (!krpc_decode(packet->payload, &message, &error))
		return put_bad(decoding, packet, &error);
	decoding->good++;
	return put_packet(decoding, packet, &message);
}

static void sum_up(const struct decoding *decoding)
{
	const struct packets *packets = &decoding->packets;
	struct report *report = &decoding->run->report;
	struct count_text count;

	report_detail(report,
		      "%s: %" PRIu64 " of the DHT, %" PRIu64 " such that cannot be read, %" PRIu64 " other UDP, %" PRIu64
		      " not UDP, %" PRIu64 " fragments, %" PRIu64 " with broken headers",
		      count_print(&count, packets->count, "packets"),
		      decoding->good, decoding->bad, decoding->passed, packets->other, packets->fragments, packets->broken);
	if (tool_stopped)
		report_note(report, "stopped after %s", count_print(&count, packets->count, "packets"));
}

void decode_run(struct run *run)
{
	struct decoding decoding = { .run = run, .keep = run->common.keep };
	struct packet packet;

	decoding.items = ((const struct dhtping_options *)run->options)->items;
	packets_open(&decoding.packets, run);
	queries_open(&decoding.queries);
	/* looked at before the first packet as well: -n 0 must not wait for one */
	while (!run->output.ended && packets_next(&decoding.packets, &packet) && decode_packet(&decoding, &packet))
		;
	sum_up(&decoding);
	packets_close(&decoding.packets);
	queries_close(&decoding.queries);
	buf_free(&decoding.text.extra);
}
