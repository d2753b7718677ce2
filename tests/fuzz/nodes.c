/* nodes.c - any Redis replies as what a cluster says of itself: maps of slots, states, redirections */
#include "io/nodes_private.h"

#include <assert.h>
#include <stdlib.h>

#include "io/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct nodes *new_nodes(char *host)
{
	struct nodes *nodes = calloc(1, sizeof *nodes);

	assert(nodes);
	nodes->private = calloc(1, sizeof *nodes->private);
	nodes->all = calloc(NODES_MAX, sizeof *nodes->all);
	assert(nodes->private && nodes->all);
	nodes->cluster = true;
	nodes->private->options.address.host = host;
	nodes->private->hosts.limit = NODES_MAX + NODES_REPLICAS_MAX;
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		nodes->owner[slot] = NODES_NONE;
	return nodes;
}

static void check_nodes(const struct nodes *nodes)
{
	assert(nodes->count <= NODES_MAX && nodes->private->replica_count <= NODES_REPLICAS_MAX);
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		assert(nodes->owner[slot] == NODES_NONE || nodes->owner[slot] < nodes->count);
	for (size_t i = 0; i < nodes->count; i++)
		assert(nodes->all[i].address.host && nodes->all[i].address.port && *nodes->all[i].name);
}

static void check_state(const struct nodes *nodes, const struct nodes_state *state)
{
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		assert((state->owner[slot] == NODES_NONE || state->owner[slot] < nodes->count) &&
		       (state->from[slot] == NODES_NONE) == (state->to[slot] == NODES_NONE));
}

static void take(struct nodes *nodes, struct nodes_state *state, const struct redis_reply *reply)
{
	size_t node = NODES_NONE;
	enum nodes_hint hint;

	if (reply->items->kind == REDIS_ERROR) {
		hint = nodes_hint(nodes, reply->items->text, &node);
		assert((hint != NODES_MOVED && hint != NODES_ASK) || node < nodes->count);
	} else if (reply->items->kind == REDIS_STRING && nodes->count) {
		nodes_read_state(nodes, 0, reply->items->text, state);
	} else {
		nodes_read_slots(nodes, reply);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char host[] = "127.0.0.1";
	struct bytes rest = { data, size };
	struct nodes *nodes = new_nodes(host);
	struct nodes_state *state = malloc(sizeof *state);
	struct resp resp = { 0 };
	struct error error = { 0 };

	assert(state);
	nodes_state_clear(state);
	resp_begin(&resp);
	while (rest.size && resp_parse(&resp, rest, &error) == RESP_WHOLE) {
		take(nodes, state, &(struct redis_reply){ resp.items, resp.count });
		rest = bytes_after(rest, resp.used);
		resp_begin(&resp);
	}
	check_nodes(nodes);
	check_state(nodes, state);
	resp_free(&resp);
	free(state);
	nodes_close(nodes);
	free(nodes);
	return 0;
}
