/* nodes_map.c - which node of a cluster has which slot: what CLUSTER SLOTS, CLUSTER NODES, MOVED and ASK say */
#include "io/nodes_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/number.h"

enum { HOST_MAX = 255, REPLICAS_FIRST = 16 };

/* ---- keys */

/* CRC-16/XMODEM, half a byte at a time: polynomial 0x1021, nothing reflected, starts at 0. */
static uint16_t crc16(struct bytes text)
{
	static const uint16_t table[16] = {
		0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
		0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
	};
	uint16_t crc = 0;

	for (size_t i = 0; i < text.size; i++) {
		crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ text.data[i] >> 4]);
		crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ (text.data[i] & 15)]);
	}
	return crc;
}

uint16_t nodes_slot(struct bytes key)
{
	struct bytes inside, rest;

	bytes_split(key, '{', &inside);
	if (inside.data) {
		inside = bytes_split(inside, '}', &rest);
		if (rest.data && inside.size)
			key = inside;
	}
	return crc16(key) % NODES_SLOTS;
}

size_t nodes_of(const struct nodes *nodes, struct bytes key)
{
	return nodes->cluster ? nodes->owner[nodes_slot(key)] : 0;
}

/* ---- addresses */

static void name_node(struct node *node)
{
	const char *host = node->address.host;

	snprintf(node->name, sizeof node->name, strchr(host, ':') ? "[%.60s]:%u" : "%.60s:%u", host, node->address.port);
}

/* The host as it is to be used. An empty one is the one that we came by; "?" is said where a node has no name. */
static struct bytes real_host(const struct nodes *nodes, struct bytes host)
{
	const char *seed = nodes->private->options.address.host;

	if (host.size && !bytes_is(host, "?"))
		return host;
	return bytes_of(seed ? seed : "127.0.0.1");
}

/* False: it can be no address. */
static bool make_address(struct nodes *nodes, struct bytes host, int64_t port, struct redis_address *address)
{
	struct table_entry *kept;
	char text[HOST_MAX + 1] = "";

	if (port <= 0 || port > UINT16_MAX || host.size > HOST_MAX || memchr(host.data, 0, host.size))
		return false;
	memcpy(text, host.data, host.size);
	kept = table_add(&nodes->private->hosts, bytes_at(text, host.size + 1), NULL);
	if (!kept)
		return false;
	*address = nodes->private->options.address;
	address->path = NULL;
	address->database = 0;
	address->port = (uint16_t)port;
	address->host = (char *)(uintptr_t)kept->key.data;
	return true;
}

size_t nodes_find(struct nodes *nodes, struct bytes host, int64_t port)
{
	struct redis_address address;
	struct node *node;

	host = real_host(nodes, host);
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->all[i].address.port == port && bytes_is(host, nodes->all[i].address.host))
			return i;
	if (nodes->count == NODES_MAX || !make_address(nodes, host, port, &address))
		return NODES_NONE;
	node = &nodes->all[nodes->count];
	*node = (struct node){ .address = address };
	name_node(node);
	return nodes->count++;
}

static void add_replica(struct nodes *nodes, size_t node, struct bytes host, int64_t port)
{
	struct nodes_private *private = nodes->private;
	struct redis_address address;

	if (private->replica_count == NODES_REPLICAS_MAX || !make_address(nodes, real_host(nodes, host), port, &address))
		return;
	/* one for each range of slots; hosts are kept once, so the pointers tell */
	for (size_t i = 0; i < private->replica_count; i++)
		if (private->replicas[i].address.port == port && private->replicas[i].address.host == address.host)
			return;
	if (private->replica_count == private->replica_capacity) {
		private->replica_capacity = private->replica_capacity ? private->replica_capacity * 2 : REPLICAS_FIRST;
		private->replicas = reallocarray(private->replicas, private->replica_capacity, sizeof *private->replicas);
		if (!private->replicas)
			out_of_memory();
	}
	private->replicas[private->replica_count++] = (struct nodes_replica){ address, node };
}

/* ---- CLUSTER SLOTS */

/* Items of a reply, one after the other. */
struct walk {
	const struct redis_item *at, *end;
};

/* The next item if it is of that kind, or NULL. */
static const struct redis_item *take(struct walk *walk, enum redis_kind kind)
{
	return walk->at < walk->end && walk->at->kind == kind ? walk->at++ : NULL;
}

/* Passes over items with all that is in them. */
static bool pass(struct walk *walk, uint64_t count)
{
	while (count && walk->at < walk->end) {
		count--;
		if (walk->at->kind == REDIS_ARRAY)
			count += (uint64_t)walk->at->integer;
		walk->at++;
	}
	return !count;
}

struct endpoint {
	struct bytes host, id;
	int64_t port;
};

/* Host, port, id (from 4.0 on), and what else may come to be said of a node. */
static bool take_endpoint(struct walk *walk, struct endpoint *endpoint)
{
	const struct redis_item *all = take(walk, REDIS_ARRAY), *host, *port, *id;

	*endpoint = (struct endpoint){ .port = 0 };
	if (!all || all->integer < 2 || (!(host = take(walk, REDIS_STRING)) && !(host = take(walk, REDIS_NIL))) ||
	    !(port = take(walk, REDIS_INTEGER)))
		return false;
	endpoint->host = host->kind == REDIS_STRING ? host->text : bytes_at(NULL, 0);
	endpoint->port = port->integer;
	if (all->integer == 2)
		return true;
	id = take(walk, REDIS_STRING);
	if (id)
		endpoint->id = id->text;
	return pass(walk, (uint64_t)all->integer - (id ? 3 : 2));
}

static void set_id(struct node *node, struct bytes id)
{
	if (id.size == NODES_ID_SIZE && !memchr(id.data, 0, id.size))
		memcpy(node->id, id.data, NODES_ID_SIZE);
}

/* One range: first and last slot, the master, its replicas. */
static bool take_range(struct nodes *nodes, struct walk *walk, uint16_t owner[NODES_SLOTS])
{
	const struct redis_item *all = take(walk, REDIS_ARRAY), *first, *last;
	struct endpoint master, replica;
	size_t node;

	if (!all || all->integer < 3 || !(first = take(walk, REDIS_INTEGER)) || !(last = take(walk, REDIS_INTEGER)) ||
	    first->integer < 0 || first->integer > last->integer || last->integer >= NODES_SLOTS ||
	    !take_endpoint(walk, &master))
		return false;
	node = nodes_find(nodes, master.host, master.port);
	if (node == NODES_NONE)
		return false;
	set_id(&nodes->all[node], master.id);
	for (int64_t slot = first->integer; slot <= last->integer; slot++)
		owner[slot] = (uint16_t)node;
	for (int64_t i = 3; i < all->integer; i++) {
		if (!take_endpoint(walk, &replica))
			return false;
		add_replica(nodes, node, replica.host, replica.port);
	}
	return true;
}

bool nodes_read_slots(struct nodes *nodes, const struct redis_reply *reply)
{
	struct walk walk = { reply->items, reply->items + reply->count };
	const struct redis_item *all = take(&walk, REDIS_ARRAY);
	uint16_t owner[NODES_SLOTS];

	if (!all)
		return false;
	memset(owner, 0xff, sizeof owner);
	nodes->private->replica_count = 0;
	for (int64_t i = 0; i < all->integer; i++)
		if (!take_range(nodes, &walk, owner))
			return false;
	memcpy(nodes->owner, owner, sizeof owner);
	return true;
}

/* ---- hints */

/* "3999 127.0.0.1:6381": the host may hold colons, or be left out. */
static bool parse_place(struct nodes *nodes, struct bytes text, uint64_t *slot, size_t *node)
{
	struct bytes place, number = bytes_split(text, ' ', &place);
	const uint8_t *colon = place.size ? memrchr(place.data, ':', place.size) : NULL;
	uint64_t port;

	if (!number_parse(number, NODES_SLOTS - 1, slot) || !colon ||
	    !number_parse(bytes_after(place, (size_t)(colon - place.data) + 1), UINT16_MAX, &port))
		return false;
	*node = nodes_find(nodes, bytes_at(place.data, (size_t)(colon - place.data)), (int64_t)port);
	return *node != NODES_NONE;
}

enum nodes_hint nodes_hint(struct nodes *nodes, struct bytes words, size_t *node)
{
	static const char *const again[] = { "TRYAGAIN ", "CLUSTERDOWN ", "LOADING ", "MASTERDOWN ", "READONLY " };
	uint64_t slot;

	if (!nodes->cluster)
		return NODES_REFUSED;
	if (bytes_begin(words, "MOVED ") && parse_place(nodes, bytes_after(words, strlen("MOVED ")), &slot, node)) {
		nodes->owner[slot] = (uint16_t)*node;
		return NODES_MOVED;
	}
	if (bytes_begin(words, "ASK ") && parse_place(nodes, bytes_after(words, strlen("ASK ")), &slot, node))
		return NODES_ASK;
	for (size_t i = 0; i < sizeof again / sizeof *again; i++)
		if (bytes_begin(words, again[i]))
			return NODES_AGAIN;
	return NODES_REFUSED;
}

/* ---- CLUSTER NODES */

void nodes_state_clear(struct nodes_state *state)
{
	memset(state, 0xff, sizeof *state);
	memset(state->epochs, 0, sizeof state->epochs);
	state->refused = false;
}

/* The next word of a line. */
static struct bytes next_word(struct bytes *line)
{
	return bytes_split(*line, ' ', line);
}

/* "host:port@bus,hostname" of the line that begins with the id. */
static size_t find_line(struct nodes *nodes, struct bytes text, struct bytes id)
{
	while (text.size) {
		struct bytes line = bytes_split(text, '\n', &text), word = next_word(&line), rest;
		const uint8_t *colon;
		uint64_t port;
		size_t node;

		if (!bytes_equal(word, id))
			continue;
		word = bytes_split(next_word(&line), '@', &rest);
		colon = word.size ? memrchr(word.data, ':', word.size) : NULL;
		if (!colon || !number_parse(bytes_after(word, (size_t)(colon - word.data) + 1), UINT16_MAX, &port))
			return NODES_NONE;
		node = nodes_find(nodes, bytes_at(word.data, (size_t)(colon - word.data)), (int64_t)port);
		if (node != NODES_NONE)
			set_id(&nodes->all[node], id);
		return node;
	}
	return NODES_NONE;
}

/* By its id; one that has no slots yet is not in the map, but it is in the text. */
static size_t find_id(struct nodes *nodes, struct bytes text, struct bytes id)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (bytes_is(id, nodes->all[i].id))
			return i;
	return id.size == NODES_ID_SIZE ? find_line(nodes, text, id) : NODES_NONE;
}

/* "[5->-ID]": the node gives the slot away; "[5-<-ID]": it gets it. */
static void read_move(struct nodes *nodes, size_t node, struct bytes text, struct bytes word, struct nodes_state *state)
{
	struct bytes rest, number = bytes_split(bytes_after(word, 1), '-', &rest);
	uint64_t slot;
	size_t other;

	if (rest.size < 3 || !number_parse(number, NODES_SLOTS - 1, &slot))
		return;
	other = find_id(nodes, text, bytes_at(rest.data + 2, rest.size - 3));
	if (other == NODES_NONE)
		return;
	state->from[slot] = (uint16_t)(rest.data[0] == '>' ? node : other);
	state->to[slot] = (uint16_t)(rest.data[0] == '>' ? other : node);
}

static void read_range(size_t node, struct bytes word, struct nodes_state *state)
{
	struct bytes rest, begin = bytes_split(word, '-', &rest);
	uint64_t first, last;

	if (!number_parse(begin, NODES_SLOTS - 1, &first))
		return;
	last = first;
	if (rest.data && !number_parse(rest, NODES_SLOTS - 1, &last))
		return;
	for (; first <= last; first++) {
		uint16_t *owner = &state->owner[first];

		if (*owner == NODES_NONE || state->epochs[*owner] <= state->epochs[node])
			*owner = (uint16_t)node;
	}
}

/* The words behind the eighth, of the line of the node that answered. */
static bool read_myself(struct nodes *nodes, size_t node, struct bytes text, struct bytes line, struct nodes_state *state)
{
	struct bytes word;
	uint64_t epoch;

	set_id(&nodes->all[node], next_word(&line));
	for (size_t i = 1; i < 6; i++)
		next_word(&line);
	word = next_word(&line);
	if (!number_parse(word, UINT64_MAX, &epoch))
		return false;
	state->epochs[node] = epoch;
	next_word(&line);
	while (line.size) {
		word = next_word(&line);
		if (bytes_begin(word, "["))
			read_move(nodes, node, text, word, state);
		else
			read_range(node, word, state);
	}
	return true;
}

bool nodes_read_state(struct nodes *nodes, size_t node, struct bytes all, struct nodes_state *state)
{
	struct bytes text = all;

	for (size_t slot = 0; slot < NODES_SLOTS; slot++) {
		if (state->owner[slot] == node)
			state->owner[slot] = NODES_NONE;
		if (state->from[slot] == node || state->to[slot] == node)
			state->from[slot] = state->to[slot] = NODES_NONE;
	}
	while (text.size) {
		struct bytes line = bytes_split(text, '\n', &text), words = line, rest;

		next_word(&words);
		next_word(&words);
		if (bytes_is(bytes_split(next_word(&words), ',', &rest), "myself"))
			return read_myself(nodes, node, all, line, state);
	}
	return false;
}

bool nodes_look(struct nodes *nodes, size_t node, struct nodes_state *state, struct error *error)
{
	struct redis *redis = nodes_redis(nodes, node, error);
	struct redis_reply reply;

	if (!redis)
		return false;
	redis_queue_text(redis, "CLUSTER", "NODES", NULL);
	if (!redis_read(redis, &reply, error))
		return false;
	if (reply.items->kind == REDIS_ERROR)
		return state->refused = true;
	if (reply.items->kind == REDIS_STRING && nodes_read_state(nodes, node, reply.items->text, state))
		return true;
	return fail_system(error, "%s: CLUSTER NODES: an answer of another shape than this command has", redis_name(redis));
}

/* ---- messages */

const char *nodes_print_slots(char *text, size_t room, const bool slots[NODES_SLOTS])
{
	enum { RANGE_ROOM = 32 };
	size_t count = 0, used;

	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		count += slots[slot];
	used = (size_t)snprintf(text, room, count == 1 ? "slot" : "slots");
	for (size_t slot = 0, last; slot < NODES_SLOTS; slot = last + 1) {
		last = slot;
		if (!slots[slot])
			continue;
		while (last + 1 < NODES_SLOTS && slots[last + 1])
			last++;
		if (room - used < RANGE_ROOM) {
			snprintf(text + used, room - used, " and more");
			break;
		}
		used += (size_t)snprintf(text + used, room - used, last > slot ? "%s %zu-%zu" : "%s %zu",
					 used > strlen("slots") ? "," : "", slot, last);
	}
	return text;
}
