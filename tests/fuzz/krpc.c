/* krpc.c - any bytes as a packet of the DHT: what is read is written, what is written is read, and parts stay inside */
#include "codec/krpc.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Gone once it is encoded again. */
enum { SPELLING = KRPC_UNSORTED | KRPC_DUPLICATE | KRPC_LAX_NUMBER | KRPC_TRAILING | KRPC_CROWDED };

static bool inside(struct bytes whole, struct bytes part)
{
	return !part.data || (part.data >= whole.data && part.size <= whole.size &&
			      (size_t)(part.data - whole.data) <= whole.size - part.size);
}

static void check_parts(struct bytes packet, const struct krpc_message *message)
{
	struct bytes values = message->values, nodes = message->nodes;
	struct endpoint endpoint;
	struct krpc_node node;
	size_t count = 0;

	assert(inside(packet, message->t) && inside(packet, message->v) && inside(packet, message->value) &&
	       inside(packet, values) && inside(packet, nodes) && inside(packet, message->error_text) &&
	       inside(packet, message->method_name));
	assert(!message->id.data || message->id.size == KRPC_ID_SIZE);
	assert(!message->peers_filter.data || message->peers_filter.size == KRPC_FILTER_SIZE);
	assert(message->other_count <= KRPC_OTHERS_MAX && message->flags < 1u << KRPC_FLAGS);
	while (krpc_value_next(&values, &endpoint))
		count++;
	assert(count <= krpc_value_count(message->values));
	while (krpc_node_next(&nodes, 4, &node))
		assert(inside(packet, bytes_at(node.id, KRPC_ID_SIZE)));
	krpc_reply_method(message);
}

/* By the bytes that it makes. Twice: the first time sorts the others. */
static void check_again(struct bytes packet, const struct krpc_message *message)
{
	struct buf first = { 0 }, second = { 0 };
	struct krpc_message again;
	struct error error = { 0 };

	krpc_encode(message, &first);
	assert(message->flags & SPELLING || bytes_equal(buf_bytes(&first), packet));
	assert(krpc_decode(buf_bytes(&first), &again, &error));
	/* what was odd about a key that was left out is gone with it */
	assert(!(again.flags & ~(unsigned)SPELLING & ~message->flags));
	assert(message->flags & KRPC_CROWDED || !(message->flags & ~(unsigned)SPELLING & ~again.flags));
	assert(again.type == message->type && again.method == message->method && again.port == message->port &&
	       again.error_code == message->error_code && again.want == message->want && again.seed == message->seed &&
	       again.other_count == message->other_count && again.no_body == message->no_body);
	assert(bytes_equal(again.t, message->t) && bytes_equal(again.id, message->id) &&
	       bytes_equal(again.nodes, message->nodes) && bytes_equal(again.values, message->values) &&
	       bytes_equal(again.value, message->value));
	krpc_encode(&again, &second);
	assert(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	buf_free(&first);
	buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes packet = { data ? data : (const uint8_t *)"", size };
	struct krpc_message message;
	struct error error = { 0 };

	if (krpc_decode(packet, &message, &error)) {
		check_parts(packet, &message);
		check_again(packet, &message);
	} else {
		assert(error.kind == ERROR_INPUT && error.offset <= packet.size);
	}
	return 0;
}
