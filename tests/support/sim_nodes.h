/* sim_nodes.h - the nodes of a simulated network: who is where, of which kind, and knows whom */
#ifndef SUPPORT_SIM_NODES_H
#define SUPPORT_SIM_NODES_H

#include "engine.h"

#include "dht/moments.h"

enum sim_kind {
	SIM_HONEST,
	SIM_DEAD,		/* says nothing */
	SIM_REFUSES,		/* ICMP: port unreachable, with our packet */
	SIM_ERRORS,		/* error 202 to everything */
	SIM_WRONG_ID,		/* another id in each answer */
	SIM_WRONG_T,
	SIM_OTHER_PORT, SIM_OTHER_ADDRESS,	/* answers from there */
	SIM_REFLECTS,		/* sends our packets back */
	SIM_MIRRORS,		/* answers with our id */
	SIM_GARBAGE, SIM_CUT,	/* random bytes; the answer without its end */
	SIM_EMPTY,		/* no nodes, no values, no token */
	SIM_SLOW,		/* answers after 20 s */
	SIM_THRICE,		/* each answer three times */
	SIM_MARTIANS,		/* tells of nodes at our own address, port 0, 127/8, multicast, with our id */
	SIM_SYBIL,		/* tells of ever nearer nodes, made up, which answer in the same way, without end */
	SIM_KINDS
};

struct sim_node {
	uint8_t id[NODE_ID_SIZE];
	struct endpoint endpoint;
	enum sim_kind kind;
	int64_t delay_us;	/* one way */
	uint32_t *known;	/* numbers of nodes */
	size_t known_count;
	struct buf peers;	/* struct sim_peer */
	struct buf items;	/* struct bytes: each the packet that put it */
	uint64_t asked, announced;
};

struct sim_peer { uint8_t info_hash[NODE_ID_SIZE]; struct endpoint endpoint; };

/* What is on its way: to a node, or to us. */
struct sim_packet {
	struct endpoint node;	/* to or from */
	bool to_us, refusal;
	uint8_t *data;
	size_t size;
};

struct simnet_options {
	size_t nodes;
	unsigned family;		/* 0: 4 */
	unsigned k;			/* nodes in an answer, and in a bucket; 0: 8 */
	int64_t delay_min_us, delay_max_us;	/* one way, of a node: most are near the least; 0: 5 and 150 ms */
	int64_t jitter_us;		/* more for a packet, at most: packets overtake one another */
	double loss, duplicates;	/* shares of the packets, of each way */
	bool whole;			/* each node knows all others */
	uint64_t seed;			/* 0: one that is always the same */
};

struct simnet {
	struct simnet_options options;
	struct engine *engine;
	struct endpoint external;	/* what nodes say our address is */
	int64_t now_us;
	uint64_t seed;
	struct sim_node *nodes;
	size_t count;
	uint8_t (*made_up)[NODE_ID_SIZE];	/* ids of what SIM_SYBIL told of: 46.x.y.z */
	size_t made_up_count;
	struct sim_packet *packets;	/* by number in `arrivals`; data NULL: free */
	size_t packet_room;
	uint32_t packet_next;		/* the next place that may be free */
	struct moments arrivals;
	uint32_t order;
	uint64_t asked, lost;		/* queries that left; packets lost */
};

static inline void *sim_memory(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* 0 <= number < 1 */
static inline double sim_chance(struct simnet *net)
{
	return (double)(next_random(&net->seed) >> 11) * 0x1p-53;
}

/* No two of the first 65,536 are in the same /24, or /48. */
static inline struct endpoint sim_endpoint(const struct simnet *net, uint8_t first, size_t number)
{
	struct ipv6 ip = { { 0x20, 0x01, 0x04, first, (uint8_t)number, (uint8_t)(number >> 8),
			     (uint8_t)(number >> 16), [15] = 1 } };

	if (net->options.family == 6)
		return endpoint_ipv6(ip, 6881);
	return endpoint_ipv4((struct ipv4){ { first, (uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16) } },
			     6881);
}

enum { SIM_REAL = 45, SIM_MADE_UP = 46 };

static inline size_t sim_number(const struct endpoint *endpoint, uint8_t *first)
{
	const uint8_t *at = endpoint->address;

	*first = endpoint->family == 6 ? at[3] : at[0];
	at += endpoint->family == 6 ? 3 : 0;
	return (size_t)at[3] << 16 | (size_t)at[2] << 8 | at[1];
}

/* The node at that endpoint, or NULL. */
static inline struct sim_node *simnet_node(struct simnet *net, const struct endpoint *endpoint)
{
	uint8_t first;
	size_t number = sim_number(endpoint, &first);

	return first == SIM_REAL && number < net->count && endpoint_equal(&net->nodes[number].endpoint, endpoint) ?
	       &net->nodes[number] : NULL;
}

static inline void simnet_begin(struct simnet *net, const struct simnet_options *options, struct engine *engine)
{
	*net = (struct simnet){ .options = *options, .engine = engine, .now_us = 1000000, .count = options->nodes };
	net->options.family = options->family ? options->family : 4;
	net->options.k = options->k ? options->k : 8;
	if (!options->delay_max_us) {
		net->options.delay_min_us = 5000;
		net->options.delay_max_us = 150000;
	}
	net->seed = options->seed ? options->seed : 0x5eed5eed5eed5eed;
	net->external = net->options.family == 6 ? host6(4242, 7, 6881) : host4(4242, 6881);
	net->nodes = sim_memory(calloc(net->count + 1, sizeof *net->nodes));
	for (size_t i = 0; i < net->count; i++) {
		double slow = sim_chance(net);

		fill_random(&net->seed, net->nodes[i].id, NODE_ID_SIZE);
		net->nodes[i].endpoint = sim_endpoint(net, SIM_REAL, i);
		net->nodes[i].delay_us = net->options.delay_min_us +
			(int64_t)(slow * slow * slow * (double)(net->options.delay_max_us - net->options.delay_min_us));
	}
}

static inline void simnet_end(struct simnet *net)
{
	for (size_t i = 0; i < net->count; i++) {
		struct bytes *items = (struct bytes *)(void *)net->nodes[i].items.data;

		for (size_t j = 0; j < net->nodes[i].items.size / sizeof *items; j++)
			free_copy(items[j]);
		buf_free(&net->nodes[i].items);
		buf_free(&net->nodes[i].peers);
		free(net->nodes[i].known);
	}
	for (size_t i = 0; i < net->packet_room; i++)
		free(net->packets[i].data);
	free(net->packets);
	free(net->nodes);
	free(net->made_up);
	moments_free(&net->arrivals);
	engine_free(net->engine);
}

/* Makes that share of the honest nodes, chosen at random, nodes of that kind. */
static inline void simnet_turn(struct simnet *net, enum sim_kind kind, double share)
{
	for (size_t i = 0; i < net->count; i++)
		if (net->nodes[i].kind == SIM_HONEST && sim_chance(net) < share)
			net->nodes[i].kind = kind;
}

/* ---- who is near, who knows whom */

static inline bool sim_counts(const struct sim_node *node, bool honest_only)
{
	return !honest_only || node->kind == SIM_HONEST;
}

/*
 * Puts the nodes of the list that are nearest to the target first, in order, `count` at most; returns how many. For few of
 * many: one pass, with insertion.
 */
static inline size_t sim_nearest(const struct simnet *net, const uint32_t *list, size_t length, const uint8_t *target,
				 bool honest_only, uint32_t *nearest, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < length; i++) {
		uint32_t number = list ? list[i] : (uint32_t)i;
		size_t at = found;

		if (!sim_counts(&net->nodes[number], honest_only))
			continue;
		while (at && node_id_nearer(target, net->nodes[number].id, net->nodes[nearest[at - 1]].id) < 0)
			at--;
		if (at >= count)
			continue;
		found += found < count;
		memmove(nearest + at + 1, nearest + at, (found - at - 1) * sizeof *nearest);
		nearest[at] = number;
	}
	return found;
}

/* The nodes of the whole network that are nearest to the target, nearest first: what a look-up ought to find. */
static inline size_t simnet_nearest(const struct simnet *net, const uint8_t *target, bool honest_only, uint32_t *nearest,
				    size_t count)
{
	return sim_nearest(net, NULL, net->count, target, honest_only, nearest, count);
}

static inline int sim_by_id(const void *a, const void *b)
{
	return memcmp((*(struct sim_node *const *)a)->id, (*(struct sim_node *const *)b)->id, NODE_ID_SIZE);
}

/* How many of the sorted nodes come before the prefix of `bits` bits of id, the last of them turned over if asked for. */
static inline size_t sim_lower(struct sim_node *const *sorted, size_t count, const uint8_t *id, unsigned bits, bool after)
{
	uint8_t bound[NODE_ID_SIZE];
	size_t low = 0, high = count;

	for (unsigned i = 0; i < NODE_ID_SIZE; i++)
		bound[i] = i < bits / 8 ? id[i] : i > bits / 8 || bits % 8 == 0 ? (after ? 0xff : 0) :
			   (uint8_t)((id[i] & (0xff00 >> bits % 8)) | (after ? 0xff >> bits % 8 : 0));
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(sorted[middle]->id, bound, NODE_ID_SIZE);

		if (after ? order <= 0 : order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Fills the table of one node: k of each bucket, which is a run of the nodes sorted by id. */
static inline void sim_learn(struct simnet *net, struct sim_node *node, struct sim_node *const *sorted)
{
	size_t room = net->options.whole ? net->count : (size_t)net->options.k * 160;

	node->known = sim_memory(realloc(node->known, room * sizeof *node->known));
	node->known_count = 0;
	for (size_t i = 0; net->options.whole && i < net->count; i++)
		if (&net->nodes[i] != node)
			node->known[node->known_count++] = (uint32_t)i;
	for (unsigned bits = 0; !net->options.whole && bits < 160; bits++) {
		uint8_t id[NODE_ID_SIZE];
		size_t first, end, size, step;

		memcpy(id, node->id, sizeof id);
		id[bits / 8] ^= (uint8_t)(0x80 >> bits % 8);
		first = sim_lower(sorted, net->count, id, bits + 1, false);
		end = sim_lower(sorted, net->count, id, bits + 1, true);
		size = end - first;
		/* k that are evenly far from one another, from one at random on: cheap, and none twice */
		step = size > net->options.k ? size / net->options.k : 1;
		for (size_t i = 0, at = size ? next_random(&net->seed) % size : 0; i < size && i < net->options.k; i++)
			node->known[node->known_count++] = (uint32_t)(sorted[first + (at + i * step) % size] - net->nodes);
		if (sim_lower(sorted, net->count, node->id, bits + 1, true) -
		    sim_lower(sorted, net->count, node->id, bits + 1, false) <= 1)
			break;
	}
}

/* Gives each node its routing table. */
static inline void simnet_connect(struct simnet *net)
{
	struct sim_node **sorted = sim_memory(calloc(net->count + 1, sizeof *sorted));

	for (size_t i = 0; i < net->count; i++)
		sorted[i] = &net->nodes[i];
	qsort(sorted, net->count, sizeof *sorted, sim_by_id);
	for (size_t i = 0; i < net->count; i++)
		sim_learn(net, &net->nodes[i], sorted);
	free(sorted);
}

/* The `count` honest nodes nearest to the info hash have that peer. */
static inline void simnet_store_peer(struct simnet *net, const uint8_t *info_hash, const struct endpoint *peer, size_t count)
{
	uint32_t nearest[64];
	struct sim_peer stored = { .endpoint = *peer };

	memcpy(stored.info_hash, info_hash, NODE_ID_SIZE);
	count = simnet_nearest(net, info_hash, true, nearest, count < COUNT(nearest) ? count : COUNT(nearest));
	for (size_t i = 0; i < count; i++)
		buf_append(&net->nodes[nearest[i]].peers, &stored, sizeof stored);
}

#endif
