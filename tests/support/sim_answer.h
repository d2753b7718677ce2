/* sim_answer.h - what the nodes of a simulated network do with a query, each kind in its own way */
#ifndef SUPPORT_SIM_ANSWER_H
#define SUPPORT_SIM_ANSWER_H

#include "krpc_entries.h"
#include "sim_nodes.h"

#include "digest/digest.h"

/* ---- packets on their way */

static inline void sim_put(struct simnet *net, const struct sim_packet *packet, int64_t delay_us)
{
	uint32_t number = net->packet_next;

	/* those that were put in last are the last to be free again */
	if (net->arrivals.count < net->packet_room) {
		while (net->packets[number].data)
			number = (number + 1) % (uint32_t)net->packet_room;
	} else {
		size_t room = net->packet_room ? 2 * net->packet_room : 1024;

		net->packets = sim_memory(realloc(net->packets, room * sizeof *net->packets));
		memset(net->packets + net->packet_room, 0, (room - net->packet_room) * sizeof *net->packets);
		number = (uint32_t)net->packet_room;
		net->packet_room = room;
		moments_room(&net->arrivals, room);
	}
	net->packets[number] = *packet;
	net->packet_next = (number + 1) % (uint32_t)net->packet_room;
	net->packets[number].data = (uint8_t *)(uintptr_t)exact_copy(packet->data, packet->size).data;
	delay_us += net->options.jitter_us ? (int64_t)(sim_chance(net) * (double)net->options.jitter_us) : 0;
	moments_put(&net->arrivals, number, net->now_us + delay_us, net->order++);
}

/* From us to a node, or back: it may be lost, or come twice. */
static inline void sim_post(struct simnet *net, const struct endpoint *node, struct bytes bytes, bool to_us,
			    int64_t delay_us)
{
	struct sim_packet packet = { .node = *node, .to_us = to_us, .size = bytes.size,
				     .data = (uint8_t *)(uintptr_t)bytes.data };
	const struct sim_node *known = simnet_node(net, node);

	delay_us += known ? known->delay_us : 20000;
	if (sim_chance(net) < net->options.loss) {
		net->lost++;
		return;
	}
	sim_put(net, &packet, delay_us);
	if (sim_chance(net) < net->options.duplicates)
		sim_put(net, &packet, delay_us + 1000);
}

/* ---- what an honest node says */

static inline void sim_token(const struct sim_node *node, uint8_t token[8])
{
	for (unsigned i = 0; i < 8; i++)
		token[i] = node->id[i] ^ 0xa5;
}

static inline bool sim_has_token(const struct sim_node *node, struct bytes token)
{
	uint8_t good[8];

	sim_token(node, good);
	return bytes_equal(token, bytes_at(good, sizeof good));
}

static inline struct bytes sim_refuse(struct krpc_message *answer, int64_t code, const char *text)
{
	answer->type = KRPC_ERROR;
	answer->error_code = code;
	answer->error_text = bytes_of(text);
	return (struct bytes){ NULL, 0 };
}

/* The distinct info hashes that it has peers of, 20 at most; *total: of all. */
static inline void sim_samples(const struct sim_node *node, struct buf *samples, int64_t *total)
{
	const struct sim_peer *peers = (const void *)node->peers.data;
	size_t count = node->peers.size / sizeof *peers;

	*total = 0;
	for (size_t i = 0; i < count; i++) {
		size_t j = 0;

		while (j < i && memcmp(peers[j].info_hash, peers[i].info_hash, NODE_ID_SIZE) != 0)
			j++;
		if (j < i)
			continue;
		if (samples->size < (size_t)20 * NODE_ID_SIZE)
			buf_append(samples, peers[i].info_hash, NODE_ID_SIZE);
		++*total;
	}
}

static inline void sim_values(const struct sim_node *node, struct bytes info_hash, struct buf *values)
{
	const struct sim_peer *peers = (const void *)node->peers.data;
	struct buf endpoints = { 0 };

	for (size_t i = 0; i < node->peers.size / sizeof *peers; i++)
		if (bytes_equal(info_hash, bytes_at(peers[i].info_hash, NODE_ID_SIZE)))
			buf_append(&endpoints, &peers[i].endpoint, sizeof peers[i].endpoint);
	if (endpoints.size)
		krpc_values_put(values, (const struct endpoint *)(const void *)endpoints.data,
				endpoints.size / sizeof(struct endpoint));
	buf_free(&endpoints);
}

/* BEP 44: the SHA-1 of the value, or of the key and the salt. */
static inline void sim_item_target(const struct krpc_message *put, uint8_t target[NODE_ID_SIZE])
{
	struct buf key = { 0 };

	buf_append(&key, put->public_key.data, put->public_key.size);
	buf_append(&key, put->salt.data, put->salt.size);
	sha1_digest(put->public_key.data ? buf_bytes(&key) : put->value, target);
	buf_free(&key);
}

/* The item, as the packet that put it: a view of it. */
static inline bool sim_item(const struct sim_node *node, struct bytes target, struct krpc_message *put, struct bytes **place)
{
	struct bytes *items = (struct bytes *)(void *)node->items.data;

	for (size_t i = 0; i < node->items.size / sizeof *items; i++) {
		uint8_t have[NODE_ID_SIZE];
		struct error error = { 0 };

		*place = &items[i];
		if (krpc_decode(items[i], put, &error)) {
			sim_item_target(put, have);
			if (bytes_equal(target, bytes_at(have, sizeof have)))
				return true;
		}
	}
	return false;
}

static inline void sim_put_item(struct sim_node *node, const struct krpc_message *query, struct bytes packet,
				struct krpc_message *answer)
{
	uint8_t target[NODE_ID_SIZE];
	struct krpc_message old;
	struct bytes copy, *place;

	sim_item_target(query, target);
	if (!sim_has_token(node, query->token)) {
		sim_refuse(answer, KRPC_PROTOCOL, "invalid token");
	} else if (query->value.size > 1000) {
		sim_refuse(answer, KRPC_TOO_BIG, "too big");
	} else if (!sim_item(node, bytes_at(target, sizeof target), &old, &place)) {
		copy = exact_copy(packet.data, packet.size);
		buf_append(&node->items, &copy, sizeof copy);
	} else if (query->cas != KRPC_NUMBER_UNSET && query->cas != old.seq) {
		sim_refuse(answer, KRPC_CAS_MISMATCH, "cas mismatch");
	} else if (query->public_key.data && query->seq < old.seq) {
		sim_refuse(answer, KRPC_OLD_SEQ, "old seq");
	} else {
		free_copy(*place);
		*place = exact_copy(packet.data, packet.size);
	}
}

static inline void sim_announce(struct simnet *net, struct sim_node *node, const struct krpc_message *query,
				struct krpc_message *answer)
{
	struct sim_peer peer = { .endpoint = net->external };

	if (!sim_has_token(node, query->token)) {
		sim_refuse(answer, KRPC_PROTOCOL, "invalid token");
		return;
	}
	if (!query->implied_port)
		peer.endpoint.port = (uint16_t)query->port;
	memcpy(peer.info_hash, query->info_hash.data, NODE_ID_SIZE);
	buf_append(&node->peers, &peer, sizeof peer);
	node->announced++;
}

/* Nodes that it tells of: the nearest to the target that it knows. */
static inline void sim_tell_nodes(const struct simnet *net, const struct sim_node *node, struct bytes target,
				  struct buf *nodes)
{
	uint32_t nearest[64];
	size_t count = net->options.k < COUNT(nearest) - 1 ? net->options.k : COUNT(nearest) - 1;

	count = sim_nearest(net, node->known, node->known_count, target.data, false, nearest, count);
	for (size_t i = 0; i < count; i++)
		krpc_node_put(nodes, net->nodes[nearest[i]].id, &net->nodes[nearest[i]].endpoint);
}

/* ---- what others say */

/* Eight nodes that do not exist, all nearer to the target than the one that tells of them. */
static inline void sim_tell_made_up(struct simnet *net, const uint8_t *id, struct bytes target, struct buf *nodes)
{
	unsigned shared = node_id_shared(id, target.data);

	for (unsigned i = 0; i < 8; i++) {
		struct endpoint endpoint = sim_endpoint(net, SIM_MADE_UP, net->made_up_count);
		unsigned bit = shared + 1 + i % 4 < 150 ? shared + 1 + i % 4 : 150;
		uint8_t *made_up;

		net->made_up = sim_memory(realloc(net->made_up, (net->made_up_count + 1) * sizeof *net->made_up));
		made_up = net->made_up[net->made_up_count++];
		fill_random(&net->seed, made_up, NODE_ID_SIZE);
		for (unsigned j = 0; j < bit; j++)
			made_up[j / 8] = (uint8_t)((made_up[j / 8] & ~(0x80 >> j % 8)) |
						   (target.data[j / 8] & 0x80 >> j % 8));
		krpc_node_put(nodes, made_up, &endpoint);
	}
}

static inline void sim_tell_martians(struct simnet *net, struct buf *nodes)
{
	struct endpoint bad[5] = { net->external, host4(1, 0), host4(1, 6881), host4(1, 6881), host4(1, 6881) };
	uint8_t id[NODE_ID_SIZE];

	if (net->options.family != 4)
		return;
	bad[2].address[0] = 127;
	bad[3].address[0] = 224;
	bad[4].address[0] = 0;
	for (unsigned i = 0; i < COUNT(bad); i++) {
		fill_random(&net->seed, id, sizeof id);
		krpc_node_put(nodes, id, &bad[i]);
	}
	krpc_node_put(nodes, engine_id(net->engine), &net->nodes[0].endpoint);
}

/* ---- one query */

/* Buffers of an answer that is being made. */
struct sim_draft { struct buf nodes, values, samples, wire; uint8_t token[8], ip[ENDPOINT_V6_SIZE], id[NODE_ID_SIZE]; };

static inline void sim_fill_nodes(struct simnet *net, struct sim_node *node, const uint8_t *id, struct bytes target,
				  struct sim_draft *draft, struct krpc_message *answer)
{
	if (!node || node->kind == SIM_SYBIL)
		sim_tell_made_up(net, id, target, &draft->nodes);
	else if (node->kind == SIM_MARTIANS)
		sim_tell_martians(net, &draft->nodes);
	else
		sim_tell_nodes(net, node, target, &draft->nodes);
	*(net->options.family == 6 ? &answer->nodes6 : &answer->nodes) = buf_bytes(&draft->nodes);
}

static inline void sim_fill_stored(struct sim_node *node, const struct krpc_message *query, struct sim_draft *draft,
				   struct krpc_message *answer)
{
	struct krpc_message put;
	struct bytes *place;

	if (query->method == KRPC_GET_PEERS) {
		sim_values(node, query->info_hash, &draft->values);
		answer->values = buf_bytes(&draft->values);
	} else if (query->method == KRPC_SAMPLE_INFOHASHES) {
		sim_samples(node, &draft->samples, &answer->num);
		answer->interval = 21600;
		answer->samples = draft->samples.data ? buf_bytes(&draft->samples) : bytes_of("");
	} else if (query->method == KRPC_GET && sim_item(node, query->target, &put, &place)) {
		answer->public_key = put.public_key;
		answer->signature = put.signature;
		answer->seq = put.seq;
		if (query->seq == KRPC_NUMBER_UNSET || put.seq == KRPC_NUMBER_UNSET || put.seq > query->seq)
			answer->value = put.value;
	}
}

/* What the method asks for. node NULL: one that does not exist. */
static inline void sim_fill(struct simnet *net, struct sim_node *node, const struct krpc_message *query, struct bytes packet,
			    struct sim_draft *draft, struct krpc_message *answer)
{
	enum krpc_method method = query->method;
	struct bytes target = query->target.data ? query->target : query->info_hash;

	if (method == KRPC_UNKNOWN) {
		sim_refuse(answer, KRPC_METHOD_UNKNOWN, "method unknown");
	} else if (method != KRPC_PING && method != KRPC_PUT && target.size != NODE_ID_SIZE) {
		sim_refuse(answer, KRPC_PROTOCOL, "no target");
	} else if (method == KRPC_ANNOUNCE_PEER && node) {
		sim_announce(net, node, query, answer);
	} else if (method == KRPC_PUT && node) {
		sim_put_item(node, query, packet, answer);
	} else if (method != KRPC_PING && !(node && node->kind == SIM_EMPTY) && target.data) {
		sim_fill_nodes(net, node, draft->id, target, draft, answer);
		if (!node)
			return;
		sim_fill_stored(node, query, draft, answer);
		if (method == KRPC_GET_PEERS || method == KRPC_GET) {
			sim_token(node, draft->token);
			answer->token = bytes_at(draft->token, sizeof draft->token);
		}
	}
}

/* Sends the answer, or what a node of that kind sends in its place. */
static inline void sim_send(struct simnet *net, const struct sim_node *node, const struct endpoint *from,
			    struct bytes answer, struct bytes query)
{
	struct endpoint other = *from;
	uint8_t noise[64];

	switch (node ? node->kind : SIM_HONEST) {
	case SIM_OTHER_PORT:
		other.port ^= 1;
		break;
	case SIM_OTHER_ADDRESS:
		other.address[other.family == 6 ? 2 : 0] ^= 64;
		break;
	case SIM_REFLECTS:
		answer = query;
		break;
	case SIM_CUT:
		answer.size -= 1 + next_random(&net->seed) % (answer.size - 1);
		break;
	case SIM_GARBAGE:
		fill_random(&net->seed, noise, sizeof noise);
		answer = bytes_at(noise, next_random(&net->seed) % sizeof noise);
		break;
	case SIM_THRICE:
		sim_post(net, from, answer, true, 1000);
		sim_post(net, from, answer, true, 2000);
		break;
	default:
		break;
	}
	sim_post(net, &other, answer, true, node && node->kind == SIM_SLOW ? 20000000 : 0);
}

/* The query as an honest node reads it. What the engine sends is always sound. */
static inline void sim_read(struct simnet *net, struct bytes packet, struct krpc_message *query)
{
	struct error error = { 0 };

	if (!krpc_decode(packet, query, &error) || query->flags || query->type != KRPC_QUERY ||
	    query->t.size != ENGINE_T_SIZE || !bytes_equal(query->id, bytes_at(engine_id(net->engine), NODE_ID_SIZE)))
		abort();
}

static inline void sim_answer(struct simnet *net, struct sim_node *node, const struct endpoint *at, struct bytes packet)
{
	struct sim_draft draft = { .nodes = { 0 } };
	struct krpc_message query, answer;
	uint8_t first, t[ENGINE_T_SIZE];
	size_t number = sim_number(at, &first);

	sim_read(net, packet, &query);
	krpc_clear(&answer);
	answer.type = KRPC_REPLY;
	answer.t = query.t;
	answer.v = bytes_of("LT\x01\x02");
	answer.ip = bytes_at(draft.ip, endpoint_pack(&net->external, draft.ip));
	memcpy(draft.id, node ? node->id : net->made_up[number], NODE_ID_SIZE);
	sim_fill(net, node, &query, packet, &draft, &answer);
	if (node && node->kind == SIM_ERRORS)
		sim_refuse(&answer, KRPC_SERVER, "server error");
	if (node && node->kind == SIM_WRONG_ID)
		fill_random(&net->seed, draft.id, sizeof draft.id);
	if (node && node->kind == SIM_MIRRORS)
		memcpy(draft.id, engine_id(net->engine), sizeof draft.id);
	if (node && node->kind == SIM_WRONG_T) {
		fill_random(&net->seed, t, sizeof t);
		answer.t = bytes_at(t, sizeof t);
	}
	answer.id = answer.type == KRPC_REPLY ? bytes_at(draft.id, sizeof draft.id) : (struct bytes){ NULL, 0 };
	krpc_encode(&answer, &draft.wire);
	sim_send(net, node, at, buf_bytes(&draft.wire), packet);
	buf_free(&draft.nodes);
	buf_free(&draft.values);
	buf_free(&draft.samples);
	buf_free(&draft.wire);
}

/* A packet has come to that endpoint. */
static inline void sim_serve(struct simnet *net, const struct endpoint *at, struct bytes packet)
{
	struct sim_node *node = simnet_node(net, at);
	uint8_t first;
	size_t number = sim_number(at, &first);

	if (node) {
		node->asked++;
		if (node->kind == SIM_REFUSES) {
			struct sim_packet refusal = { .node = *at, .refusal = true, .size = packet.size,
						      .data = (uint8_t *)(uintptr_t)packet.data };

			sim_put(net, &refusal, node->delay_us);
		} else if (node->kind != SIM_DEAD) {
			sim_answer(net, node, at, packet);
		}
	} else if (first == SIM_MADE_UP && number < net->made_up_count) {
		sim_answer(net, NULL, at, packet);
	}
	/* else nobody is there */
}

#endif
