/* candidates.c - the nodes that a look-up has heard of, nearest first: bounded, none twice, and not all from one network */
#include "dht/candidates.h"

#include <stdlib.h>

#include "base/buf.h"

static bool same_id(const struct lookup_node *node, const uint8_t *id)
{
	return id && node->known && memcmp(node->id, id, NODE_ID_SIZE) == 0;
}

/* Where a node of that id belongs. */
static size_t place(const struct candidates *candidates, const uint8_t *id)
{
	size_t low = 0, high = candidates->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct lookup_node *node = candidates->nodes[middle];

		if (node->known && (!id || node_id_nearer(candidates->target, node->id, id) <= 0))
			low = middle + 1;
		else
			high = middle;
	}
	return id ? low : candidates->count;
}

static void take_out(struct candidates *candidates, size_t at)
{
	candidates->count--;
	memmove(candidates->nodes + at, candidates->nodes + at + 1, (candidates->count - at) * sizeof *candidates->nodes);
}

static void put_in(struct candidates *candidates, struct lookup_node *node)
{
	size_t at = place(candidates, node->known ? node->id : NULL);

	memmove(candidates->nodes + at + 1, candidates->nodes + at, (candidates->count - at) * sizeof *candidates->nodes);
	candidates->nodes[at] = node;
	candidates->count++;
}

static void node_free(struct candidates *candidates, struct lookup_node *node)
{
	if (node->handle)
		engine_forget(candidates->engine, node->handle);
	free((void *)node->token.data);
	free((void *)node->v.data);
	free(node);
}

static void leave(struct candidates *candidates, size_t at)
{
	struct lookup_node *node = candidates->nodes[at];

	take_out(candidates, at);
	node_free(candidates, node);
}

/*
 * Is there nothing against it? Not: it is in, its endpoint is dead or has another id, its id answered from elsewhere, or
 * it is claimed by too many.
 */
static bool welcome(const struct candidates *candidates, const uint8_t *id, const struct endpoint *endpoint)
{
	unsigned claims = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		struct lookup_node *node = candidates->nodes[i];
		bool there = endpoint_equal(&node->endpoint, endpoint);

		if (there && (!id || !node->known || same_id(node, id)))
			return false;
		if (!there && !same_id(node, id))
			continue;
		if (node->state == LOOKUP_ANSWERED || ++claims >= CANDIDATES_CLAIMS_MAX)
			return false;
		if (there && node->state == LOOKUP_FAILED && node->end != ENGINE_WRONG_ID)
			return false;
	}
	return true;
}

/* How much of an address is its network; 0: anybody may have many of that kind, loopback addresses for one. */
static size_t prefix_size(const struct endpoint *endpoint)
{
	return endpoint_special(endpoint) ? 0 : endpoint->family == 4 ? 3 : 6;
}

/*
 * Makes room for a node that would stand at `at` in its network, where only so many are let in: of those the farthest
 * that was not asked leaves if it is farther. False: no room.
 */
static bool make_room_in_network(struct candidates *candidates, const struct endpoint *endpoint, size_t at)
{
	size_t size = prefix_size(endpoint), count = 0, farthest = SIZE_MAX;

	for (size_t i = 0; i < candidates->count && size; i++) {
		const struct lookup_node *node = candidates->nodes[i];

		if (node->state == LOOKUP_FAILED || memcmp(node->endpoint.address, endpoint->address, size) != 0)
			continue;
		count++;
		if (node->state == LOOKUP_NEW)
			farthest = i;
	}
	if (count < CANDIDATES_PREFIX_MAX)
		return true;
	if (farthest == SIZE_MAX || farthest < at)
		return false;
	leave(candidates, farthest);
	return true;
}

/* The same of the whole: nobody leaves who is being asked, or is one of the k nearest that answered. */
static bool make_room(struct candidates *candidates, size_t at)
{
	unsigned answered = 0;

	if (candidates->count < LOOKUP_CANDIDATES_MAX)
		return true;
	for (size_t i = 0; i < candidates->count; i++)
		answered += candidates->nodes[i]->state == LOOKUP_ANSWERED;
	for (size_t i = candidates->count; i-- > at;) {
		enum lookup_state state = candidates->nodes[i]->state;

		if (state == LOOKUP_NEW || state == LOOKUP_FAILED ||
		    (state == LOOKUP_ANSWERED && answered > candidates->k)) {
			leave(candidates, i);
			return true;
		}
		answered -= state == LOOKUP_ANSWERED;
	}
	return false;
}

struct lookup_node *candidates_add(struct candidates *candidates, const uint8_t *id, const struct endpoint *endpoint,
				   bool given)
{
	struct lookup_node *node;

	if (!welcome(candidates, id, endpoint) ||
	    (!given && !make_room_in_network(candidates, endpoint, place(candidates, id))) ||
	    !make_room(candidates, place(candidates, id)))
		return NULL;
	node = calloc(1, sizeof *node);
	if (!node)
		out_of_memory();
	node->endpoint = *endpoint;
	node->known = id != NULL;
	if (id)
		memcpy(node->id, id, NODE_ID_SIZE);
	put_in(candidates, node);
	return node;
}

struct lookup_node *candidates_find(const struct candidates *candidates, uint64_t handle)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->nodes[i]->handle == handle)
			return candidates->nodes[i];
	return NULL;
}

void candidates_name(struct candidates *candidates, struct lookup_node *node, const uint8_t id[NODE_ID_SIZE])
{
	size_t at = 0;

	while (candidates->nodes[at] != node)
		at++;
	take_out(candidates, at);
	memcpy(node->id, id, NODE_ID_SIZE);
	node->known = true;
	put_in(candidates, node);
}

bool candidates_taken(const struct candidates *candidates, const struct lookup_node *by, const uint8_t id[NODE_ID_SIZE])
{
	for (size_t i = 0; i < candidates->count; i++) {
		const struct lookup_node *node = candidates->nodes[i];

		if (node != by && node->state == LOOKUP_ANSWERED && same_id(node, id))
			return true;
	}
	return false;
}

void candidates_settle(struct candidates *candidates, const struct lookup_node *by, const uint8_t id[NODE_ID_SIZE])
{
	for (size_t i = candidates->count; i-- > 0;) {
		const struct lookup_node *node = candidates->nodes[i];
		bool there = endpoint_equal(&node->endpoint, &by->endpoint);

		/* neither of the two, or the right id at the right place: that one may still be asked */
		if (node->state != LOOKUP_NEW || there == same_id(node, id))
			continue;
		if (there || by->state == LOOKUP_ANSWERED)
			leave(candidates, i);
	}
}

void candidates_free(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		node_free(candidates, candidates->nodes[i]);
	candidates->count = 0;
}
