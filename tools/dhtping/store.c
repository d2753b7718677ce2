/* store.c - what announce and put share: the nearest nodes that gave tokens are asked to store something */
#include "tools/dhtping/store.h"

#include <math.h>

#include "tools/dhtping/records.h"

enum { NODES_MAX = 2 * LOOKUP_CANDIDATES_MAX };

/* One message to many nodes. */
struct store {
	struct net *net;
	const uint8_t *target;
	size_t waiting, accepted;
	size_t count;
	struct asked *asked;
};

struct asked {
	struct store *store;
	const struct lookup_node *node;
	uint64_t handle;
};

static struct answer_line answer_begin(const struct asked *asked, enum dht_status status)
{
	return (struct answer_line){
		.target = bytes_at(asked->store->target, NODE_ID_SIZE), .endpoint = asked->node->endpoint,
		.node_id = bytes_at(asked->node->id, NODE_ID_SIZE), .status = (uint8_t)status, .code = COUNT_UNSET,
		.rtt_ms = NAN,
	};
}

static void answer(void *owner, const struct engine_event *event)
{
	struct asked *asked = owner;
	struct answer_line line = answer_begin(asked, (enum dht_status)event->end);

	/* what is late or comes twice changes nothing: the record is printed */
	if (event->end == ENGINE_LATE || event->end == ENGINE_DUPLICATE)
		return;
	asked->store->waiting--;
	asked->store->accepted += event->end == ENGINE_REPLY;
	if (event->message)
		line.rtt_ms = (double)event->rtt_us / 1000;
	if (event->end == ENGINE_ERROR) {
		line.code = event->message->error_code < 0 ? COUNT_UNSET : (uint64_t)event->message->error_code;
		line.detail = event->message->error_text;
	}
	output_put(&asked->store->net->run->output, &line);
}

/* Our own port of the node's family, for nodes that do not know implied_port. */
static int64_t own_port(const struct net *net, const struct endpoint *node)
{
	const struct udp *udp = net->udp[node->family == 6];

	return udp ? udp_local(udp).port : 0;
}

static void ask(struct asked *asked, const struct krpc_message *message)
{
	struct net *net = asked->store->net;
	struct krpc_message own = *message;
	struct answer_line line;

	own.token = asked->node->token;
	if (own.implied_port && own.port == KRPC_NUMBER_UNSET)
		own.port = own_port(net, &asked->node->endpoint);
	asked->handle = engine_ask(net->engine, &(struct engine_query){
		.to = asked->node->endpoint, .expected_id = asked->node->id, .message = &own, .done = answer, .owner = asked,
	}, net->now_us);
	if (asked->handle) {
		asked->store->waiting++;
		return;
	}
	line = answer_begin(asked, STATUS_REFUSED);
	line.detail = bytes_of("not asked: too much is under way to its address");
	output_put(&net->run->output, &line);
}

/*
 * Which of the nodes, nearest first, are asked: so many of that family as gave tokens, at most LOOKUP_K; of the others
 * there is a record only.
 */
static void ask_family(struct store *store, const struct lookup_node **nodes, size_t count, unsigned family,
		       const struct krpc_message *message)
{
	size_t left = LOOKUP_K;

	for (size_t i = 0; i < count && left; i++) {
		struct asked *asked = &store->asked[store->count];

		if (nodes[i]->endpoint.family != family)
			continue;
		*asked = (struct asked){ .store = store, .node = nodes[i] };
		if (nodes[i]->token.data) {
			left--;
			store->count++;
			ask(asked, message);
		} else {
			struct answer_line line = answer_begin(asked, STATUS_NO_TOKEN);

			output_put(&store->net->run->output, &line);
		}
	}
}

bool store_ask(struct search *search, struct krpc_message *message, struct stored *stored)
{
	const struct lookup_node *nodes[NODES_MAX];
	size_t count = search_nearest(search, nodes, NODES_MAX / 2);
	struct asked room[2 * LOOKUP_K + 1];	/* one more, for who gave no token */
	struct store store = { .net = search->net, .target = search->target, .asked = room };
	bool going = true;

	ask_family(&store, nodes, count, 4, message);
	ask_family(&store, nodes, count, 6, message);
	while (store.waiting && going)
		going = net_step(search->net, INT64_MAX);
	for (size_t i = 0; i < store.count; i++)
		engine_forget(search->net->engine, room[i].handle);
	stored->asked += store.count;
	stored->accepted += store.accepted;
	return going;
}
