/* nodes.c - the servers that hold the keys: one, or the nodes of a Redis Cluster */
#include "io/nodes_private.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "io/redis_greet.h"

enum {
	/* For whom there are others to ask, or another time: a host that is gone must not stop us for long. */
	LOOK_TIMEOUT_MS = 1000,
	HINTS_MAX = 16,		/* that one command follows */
	SLOTS_ROOM = 160,
};

static bool stopped(const struct nodes *nodes)
{
	const volatile bool *stop = nodes->private->options.stop;

	return stop && *stop;
}

static struct redis *open_address(const struct nodes *nodes, const struct redis_address *address, struct error *error)
{
	const struct nodes_options *options = &nodes->private->options;

	return redis_open(address, options->wait, options->stop, error);
}

static uint32_t less(uint32_t ms, uint32_t usual_ms)
{
	if (!ms)
		ms = usual_ms;
	return ms < LOOK_TIMEOUT_MS ? ms : LOOK_TIMEOUT_MS;
}

/* Only to look whether it is there, or to read the map. */
static struct redis *open_quickly(const struct nodes *nodes, const struct redis_address *address, struct error *error)
{
	struct redis_address quick = *address;

	quick.database = 0;
	quick.connect_timeout_ms = less(quick.connect_timeout_ms, REDIS_CONNECT_TIMEOUT_MS);
	quick.command_timeout_ms = less(quick.command_timeout_ms, REDIS_COMMAND_TIMEOUT_MS);
	return open_address(nodes, &quick, error);
}

/* ---- connections */

static void drop(struct node *node)
{
	redis_close(node->redis);
	node->redis = NULL;
}

/* One of them that lets itself be read, or NULL. There is another one, or the master: none may take long to begin. */
static struct redis *open_replica(struct nodes *nodes, size_t node)
{
	const struct nodes_private *private = nodes->private;
	uint32_t given_ms = private->options.address.command_timeout_ms;

	for (size_t i = 0; i < private->replica_count && !stopped(nodes); i++) {
		struct error ignored = { 0 };
		struct redis_reply reply;
		struct redis *redis;

		if (private->replicas[i].node != node)
			continue;
		redis = open_quickly(nodes, &private->replicas[i].address, &ignored);
		if (redis && redis_ask(redis, &reply, &ignored, "READONLY", NULL)) {
			redis_limit(redis, given_ms ? given_ms : REDIS_COMMAND_TIMEOUT_MS);
			return redis;
		}
		redis_close(redis);
	}
	return NULL;
}

static bool has_text(struct bytes text, const char *part)
{
	return text.size && memmem(text.data, text.size, part, strlen(part));
}

/*
 * Does it give a slot away ("[5->-ID]") or get one ("[5-<-ID]")? Its replicas do not know of that: a key that has gone is
 * empty there, where the master says ASK, and who asks there is sent back. One that does not say does not.
 */
static bool moves_slots(const struct nodes *nodes, const struct node *node)
{
	struct error ignored = { 0 };
	struct redis *redis = open_quickly(nodes, &node->address, &ignored);
	struct redis_reply reply;
	bool moves = redis && redis_ask(redis, &reply, &ignored, "CLUSTER", "NODES", NULL) &&
		     reply.items->kind == REDIS_STRING &&
		     (has_text(reply.items->text, "->-") || has_text(reply.items->text, "-<-"));

	redis_close(redis);
	return moves;
}

struct redis *nodes_redis(struct nodes *nodes, size_t index, struct error *error)
{
	struct node *node = &nodes->all[index];

	if (!node->redis && nodes->private->options.replicas && nodes->cluster && !moves_slots(nodes, node))
		node->redis = open_replica(nodes, index);
	if (!node->redis)
		node->redis = open_address(nodes, &node->address, error);
	return node->redis;
}

/* ---- the map */

static bool ask_slots(struct nodes *nodes, struct redis *redis, struct error *error)
{
	struct redis_reply reply;

	if (!redis_ask(redis, &reply, error, "CLUSTER", "SLOTS", NULL))
		return false;
	return nodes_read_slots(nodes, &reply) ||
	       fail_system(error, "%s: CLUSTER SLOTS: an answer that is no map of slots", redis_name(redis));
}

/* Asks there from now on, if there is an answer. */
static bool try_guide(struct nodes *nodes, const struct redis_address *address, struct error *error)
{
	struct redis *redis = open_quickly(nodes, address, error);

	if (redis && ask_slots(nodes, redis, error)) {
		nodes->private->guide = redis;
		return true;
	}
	redis_close(redis);
	return false;
}

bool nodes_refresh(struct nodes *nodes, struct error *error)
{
	struct nodes_private *private = nodes->private;
	struct error first = { 0 };
	size_t count = nodes->count;

	if (!nodes->cluster)
		return true;
	if (private->guide && ask_slots(nodes, private->guide, &first))
		return true;
	redis_close(private->guide);
	private->guide = NULL;
	for (size_t i = 0; i < count && !stopped(nodes); i++)
		if (try_guide(nodes, &nodes->all[i].address, &first))
			return true;
	for (size_t i = 0; i < private->replica_count && !stopped(nodes); i++) {
		struct redis_address address = private->replicas[i].address;

		if (try_guide(nodes, &address, &first))
			return true;
	}
	return fail_system(error, "no node of the cluster says which slots are where: %s", first.message);
}

/* Is each of these slots with another node, or is the node there again? Unsets those that are. */
static bool covered(struct nodes *nodes, size_t node, bool slots[NODES_SLOTS])
{
	struct error ignored = { 0 };
	struct redis *redis = NULL;
	bool tried = false, all = true;

	for (size_t slot = 0; slot < NODES_SLOTS; slot++) {
		if (!slots[slot])
			continue;
		if (nodes->owner[slot] == node && !tried) {
			redis = open_quickly(nodes, &nodes->all[node].address, &ignored);
			tried = true;
		}
		slots[slot] = nodes->owner[slot] == NODES_NONE || (nodes->owner[slot] == node && !redis);
		all &= !slots[slot];
	}
	redis_close(redis);
	return all;
}

bool nodes_recover(struct nodes *nodes, size_t node, uint32_t timeout_ms, struct error *error)
{
	int64_t end_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
	bool slots[NODES_SLOTS], wanted[NODES_SLOTS];
	char text[SLOTS_ROOM];

	if (!nodes->cluster)
		return fail_system(error, "%s: the connection is lost", nodes->all[node].name);
	drop(&nodes->all[node]);
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		wanted[slot] = nodes->owner[slot] == node;
	for (;;) {
		struct error ignored = { 0 };

		memcpy(slots, wanted, sizeof slots);
		if (nodes_refresh(nodes, &ignored) && covered(nodes, node, slots))
			return true;
		if (stopped(nodes))
			return fail_system(error, "interrupted");
		if (clock_monotonic_us() >= end_us)
			return fail_system(error, "%s is lost, and nobody serves %s in its place", nodes->all[node].name,
					   nodes_print_slots(text, sizeof text, slots));
		clock_pause_ms(NODES_PAUSE_MS);
	}
}

/* ---- one command */

/* Once, to that node. NULL: the connection is lost, or there was none. */
static struct redis *say(struct nodes *nodes, size_t node, bool asking, size_t count, const struct bytes *words,
			 struct redis_reply *reply, struct error *error)
{
	struct redis *redis = nodes_redis(nodes, node, error);

	if (!redis)
		return NULL;
	if (asking)
		redis_queue_text(redis, "ASKING", NULL);
	redis_queue(redis, count, words);
	if (asking && !redis_read(redis, reply, error))
		return NULL;
	return redis_read(redis, reply, error) ? redis : NULL;
}

static bool nobody(uint16_t slot, struct error *error)
{
	return fail_system(error, "nobody serves slot %u of the cluster", slot);
}

bool nodes_ask(struct nodes *nodes, size_t count, const struct bytes *words, struct redis_reply *reply, struct error *error)
{
	uint32_t given_ms = nodes->private->options.address.command_timeout_ms;
	uint32_t timeout_ms = given_ms ? given_ms : REDIS_COMMAND_TIMEOUT_MS;
	int64_t end_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
	size_t node = nodes_of(nodes, words[1]), hints = 0;
	bool asking = false, lost = false;

	for (;;) {
		enum nodes_hint hint = NODES_AGAIN;
		struct error problem = { 0 };

		if (stopped(nodes))
			return fail_system(error, "interrupted");
		if (node != NODES_NONE && say(nodes, node, asking, count, words, reply, &problem)) {
			if (reply->items->kind != REDIS_ERROR)
				return true;
			hint = nodes_hint(nodes, reply->items->text, &node);
		} else if (node != NODES_NONE) {
			if (lost || !nodes->cluster)
				return fail_system(error, "%s", problem.message);
			lost = true;
			if (!nodes_recover(nodes, node, timeout_ms, error))
				return false;
			node = nodes_of(nodes, words[1]);
			asking = false;
			continue;
		}
		if (hint == NODES_REFUSED || (hint != NODES_AGAIN && ++hints > HINTS_MAX))
			return true;
		asking = hint == NODES_ASK;
		if (hint != NODES_AGAIN)
			continue;
		if (clock_monotonic_us() >= end_us)
			return node != NODES_NONE || nobody(nodes_slot(words[1]), error);
		clock_pause_ms(NODES_PAUSE_MS);
		nodes_refresh(nodes, &problem);
		node = nodes_of(nodes, words[1]);
	}
}

/* ---- opening */

/* "7.0.15" is 70015. */
static unsigned parse_version(struct bytes text)
{
	unsigned version = 0;

	for (size_t i = 0; i < 3; i++) {
		uint64_t part = 0;

		if (!number_parse(bytes_split(text, '.', &text), 99, &part) && i == 0)
			return 0;
		version = version * 100 + (unsigned)part;
	}
	return version;
}

/* What the server is. One that does not answer INFO is taken for a single server of no known version. */
static bool ask_info(struct redis *redis, unsigned *version, struct bytes *enabled, struct error *error)
{
	struct redis_reply reply;

	redis_queue_text(redis, "INFO", "server", NULL);
	redis_queue_text(redis, "INFO", "cluster", NULL);
	if (!redis_read(redis, &reply, error))
		return false;
	if (reply.items->kind == REDIS_STRING)
		*version = parse_version(redis_info(reply.items->text, "redis_version"));
	if (!redis_read(redis, &reply, error))
		return false;
	*enabled = reply.items->kind == REDIS_STRING ? redis_info(reply.items->text, "cluster_enabled") : bytes_at(NULL, 0);
	return true;
}

/* The connection that was opened first is kept to ask for the map. */
static bool open_cluster(struct nodes *nodes, struct redis *redis, struct error *error)
{
	nodes->cluster = true;
	nodes->private->guide = redis;
	nodes->all = calloc(NODES_MAX, sizeof *nodes->all);
	if (!nodes->all)
		out_of_memory();
	redis_limit(redis, LOOK_TIMEOUT_MS);
	return ask_slots(nodes, redis, error);
}

/* The same connection, unless another database than 0 is wanted: only now it is known that there are others. */
static bool open_single(struct nodes *nodes, struct redis *redis, struct error *error)
{
	struct node *node = calloc(1, sizeof *node);

	if (!node)
		out_of_memory();
	nodes->all = node;
	nodes->count = 1;
	node->redis = redis;
	node->address = nodes->private->options.address;
	memset(nodes->owner, 0, sizeof nodes->owner);
	if (node->address.database) {
		drop(node);
		node->redis = open_address(nodes, &node->address, error);
		if (!node->redis)
			return false;
	}
	strncpy(node->name, redis_name(node->redis), sizeof node->name - 1);
	return true;
}

static bool open_either(struct nodes *nodes, struct error *error)
{
	const struct nodes_options *options = &nodes->private->options;
	struct redis_address address = options->address;
	struct bytes enabled = { NULL, 0 };
	struct redis *redis;

	address.database = 0;
	redis = open_address(nodes, &address, error);
	if (!redis)
		return false;
	if (ask_info(redis, &nodes->version, &enabled, error)) {
		if (bytes_is(enabled, "1") || (options->cluster && !enabled.data))
			return open_cluster(nodes, redis, error);
		if (!options->cluster)
			return open_single(nodes, redis, error);
		fail_system(error, "%s is no node of a cluster (its INFO says cluster_enabled:0), as --cluster wants it",
			    redis_name(redis));
	}
	redis_close(redis);
	return false;
}

bool nodes_open(struct nodes *nodes, const struct nodes_options *options, struct error *error)
{
	*nodes = (struct nodes){ .private = calloc(1, sizeof *nodes->private) };
	if (!nodes->private)
		out_of_memory();
	nodes->private->options = *options;
	nodes->private->hosts.limit = NODES_MAX + NODES_REPLICAS_MAX;
	memset(nodes->owner, 0xff, sizeof nodes->owner);
	if (open_either(nodes, error))
		return true;
	nodes_close(nodes);
	return false;
}

void nodes_close(struct nodes *nodes)
{
	if (!nodes->private)
		return;
	for (size_t i = 0; i < nodes->count; i++)
		drop(&nodes->all[i]);
	redis_close(nodes->private->guide);
	free(nodes->all);
	free(nodes->private->replicas);
	table_free(&nodes->private->hosts);
	free(nodes->private);
	*nodes = (struct nodes){ 0 };
}
