/* engine.c - a look-up whose network is the fuzzer: answers, refusals, time as the bytes say; it ends and nothing is lost */
#include <assert.h>

#include "base/buf.h"
#include "dht/lookup.h"

#include "../support/krpc_entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SENT_MAX = 64,		/* packets that answers may be meant for */
	QUERIES_MAX = 200,
	IP_RATE = 2, IP_BURST = 8,
	ADDRESSES = 16,
	LEFT_MAX = 4096,
};
#define SECOND INT64_C(1000000)

struct sent {
	struct endpoint to;
	uint64_t handle;
};

struct world {
	struct bytes script;
	struct engine *engine;
	struct lookup *lookup;
	int64_t now_us;
	uint64_t random;
	struct sent sent[SENT_MAX];
	size_t sent_count;		/* of all; the last SENT_MAX are kept */
	/* what is on its way, to prove the pace of each address */
	struct { struct endpoint to; int64_t at_us; } left[LEFT_MAX];
	size_t left_count;
	uint64_t steps, ends, over;
};

static uint64_t draw(void *context)
{
	uint64_t *random = context;

	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *random ^ *random >> 29;
}

static uint8_t take(struct world *world)
{
	uint8_t byte = world->script.size ? world->script.data[0] : 0;

	world->script = bytes_after(world->script, world->script.size ? 1 : 0);
	return byte;
}

static struct bytes take_bytes(struct world *world, size_t size)
{
	struct bytes bytes = bytes_at(world->script.data, size < world->script.size ? size : world->script.size);

	world->script = bytes_after(world->script, bytes.size);
	return bytes;
}

static void on_step(void *owner, const struct lookup_step *step)
{
	struct world *world = owner;

	assert(step->number == ++world->steps);
	assert(step->event->end < ENGINE_ENDS && step->node->endpoint.port);
	world->ends += step->event->end != ENGINE_LATE && step->event->end != ENGINE_DUPLICATE;
}

static void on_over(void *owner, struct lookup *lookup)
{
	struct world *world = owner;

	assert(lookup == world->lookup && lookup_over(lookup));
	world->over++;
}

/* In any time t an address gets the burst and what the rate gives, never more, whoever wants it. */
static void check_pace(const struct world *world)
{
	const struct endpoint *to = &world->left[world->left_count - 1].to;
	unsigned count = 0;

	for (size_t i = world->left_count; i-- > 0;) {
		double seconds = (double)(world->now_us - world->left[i].at_us) / SECOND;

		if (memcmp(world->left[i].to.address, to->address, to->family == 4 ? 4 : 8) != 0)
			continue;
		assert(++count <= IP_BURST + 1 + seconds * IP_RATE);
	}
}

static void send(struct world *world, bool fails)
{
	struct engine_packet packet;

	for (int i = 0; i < 8 && engine_send(world->engine, world->now_us, &packet); i++) {
		struct krpc_message message;
		struct error error = { 0 };

		assert(packet.to.port && packet.to.family == 4);
		assert(krpc_decode(packet.bytes, &message, &error) && message.type == KRPC_QUERY && message.read_only);
		if (fails) {
			engine_unsent(world->engine, packet.handle, world->now_us);
			continue;
		}
		world->sent[world->sent_count++ % SENT_MAX] = (struct sent){ packet.to, packet.handle };
		if (world->left_count < LEFT_MAX) {
			world->left[world->left_count].to = packet.to;
			world->left[world->left_count++].at_us = world->now_us;
			check_pace(world);
		}
	}
}

static const struct sent *choose(struct world *world)
{
	static const struct sent nobody = { { { 9, 9, 9, 9 }, 9, 4 }, 9 };
	size_t kept = world->sent_count < SENT_MAX ? world->sent_count : SENT_MAX;

	return kept ? &world->sent[take(world) % kept] : &nobody;
}

/* An id that an address always has, so that answers can be right: the script names it by its number. */
static void name_id(uint8_t number, uint8_t id[NODE_ID_SIZE])
{
	memset(id, number, NODE_ID_SIZE);
}

/* Nodes by number: few addresses, so that lies meet one another. */
static void put_nodes(struct world *world, struct buf *nodes, unsigned count)
{
	while (count--) {
		uint8_t number = take(world), id[NODE_ID_SIZE];
		struct ipv4 address = { { 8, 8, (uint8_t)(number & 1), (uint8_t)(number % ADDRESSES) } };
		struct endpoint endpoint = endpoint_ipv4(address, take(world));

		name_id(number, id);
		krpc_node_put(nodes, id, &endpoint);
	}
}

/* A reply or an error to a query that was sent, with whatever the script wants in it. */
static void answer(struct world *world, bool is_error)
{
	const struct sent *sent = choose(world);
	struct krpc_message message;
	struct buf nodes = { 0 }, out = { 0 };
	struct endpoint from = sent->to;
	uint8_t id[NODE_ID_SIZE], twist = take(world);

	krpc_clear(&message);
	name_id(twist & 1 ? take(world) : from.address[3], id);
	if (twist & 2)
		memcpy(id, engine_id(world->engine), sizeof id);
	if (twist & 4)
		from.port++;
	put_nodes(world, &nodes, take(world) % 40);
	message.type = is_error ? KRPC_ERROR : KRPC_REPLY;
	message.error_code = is_error ? KRPC_PROTOCOL : KRPC_NUMBER_UNSET;
	message.t = bytes_at(&sent->handle, twist & 8 ? take(world) % 9 : sizeof sent->handle);
	message.id = bytes_at(id, twist & 16 ? take(world) % 21 : sizeof id);
	message.nodes = buf_bytes(&nodes);
	message.token = take_bytes(world, twist & 32 ? 255 : 4);
	message.ip = take_bytes(world, twist & 64 ? 6 : take(world) % 19);
	message.v = take_bytes(world, take(world) % 20);
	krpc_encode(&message, &out);
	engine_receive(world->engine, &from, bytes_at(out.data, twist & 128 ? out.size - take(world) % out.size : out.size),
		       world->now_us);
	buf_free(&nodes);
	buf_free(&out);
}

/* Bytes as they stand, around a t of ours. */
static void raw(struct world *world)
{
	const struct sent *sent = choose(world);
	struct buf out = { 0 };
	struct bytes part;

	if (take(world) & 1)
		buf_append(&out, "d1:", 3);
	part = take_bytes(world, take(world));
	buf_append(&out, part.data, part.size);
	buf_append(&out, "1:t8:", 5);
	buf_append(&out, &sent->handle, sizeof sent->handle);
	part = take_bytes(world, take(world));
	buf_append(&out, part.data, part.size);
	if (take(world) & 1)
		engine_receive(world->engine, &sent->to, buf_bytes(&out), world->now_us);
	else
		engine_refused(world->engine, &sent->to, buf_bytes(&out), world->now_us);
	buf_free(&out);
}

static void act(struct world *world)
{
	switch (take(world) % 8) {
	case 0: send(world, false); break;
	case 1: case 2: answer(world, false); break;
	case 3: answer(world, true); break;
	case 4: raw(world); break;
	case 5: world->now_us += take(world) * 1000; break;
	case 6: world->now_us += take(world) * SECOND / 10; break;
	case 7: send(world, take(world) & 1); break;
	}
	engine_pass_time(world->engine, world->now_us);
	lookup_run(world->lookup, world->now_us);
}

static void check_counts(const struct world *world)
{
	const struct engine_counts *counts = engine_counts(world->engine);
	struct lookup_summary summary = lookup_summary(world->lookup);

	assert(counts->received == counts->replies + counts->errors + counts->late + counts->duplicate + counts->wrong_id +
	       counts->mismatched + counts->unsolicited + counts->reflected + counts->queries + counts->garbage);
	assert(counts->sent <= summary.asked && summary.asked <= QUERIES_MAX);
	assert(summary.answered + summary.failed <= summary.asked);
}

static void begin(struct world *world)
{
	struct engine_options options = engine_defaults;
	struct lookup_options look = { .method = KRPC_GET_PEERS, .family = 4, .queries_max = QUERIES_MAX };
	struct lookup_calls calls = { .step = on_step, .done = on_over, .owner = world };

	options.random = draw;
	options.context = &world->random;
	options.ip_rate = IP_RATE;
	options.ip_burst = IP_BURST;
	memset(options.id, 0xee, sizeof options.id);
	name_id(take(world), look.target);
	world->engine = engine_new(&options);
	world->lookup = lookup_new(world->engine, &look, &calls);
	for (uint8_t i = 0; i < 3; i++) {
		struct endpoint endpoint = endpoint_ipv4((struct ipv4){ { 9, 9, 9, i } }, 6881);

		lookup_add(world->lookup, NULL, &endpoint);
	}
	lookup_run(world->lookup, world->now_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	int turns = 0;

	memset(&world, 0, sizeof world);
	world.script = bytes_at(data ? data : (const uint8_t *)"", size);
	begin(&world);
	while (world.script.size)
		act(&world);
	/* with nobody there any more it ends by itself */
	for (; !lookup_over(world.lookup) && turns < 10000; turns++) {
		int64_t wake_us = engine_wake(world.engine), other_us = lookup_wake(world.lookup);

		send(&world, false);
		wake_us = wake_us < other_us ? wake_us : other_us;
		world.now_us = wake_us > world.now_us && wake_us != INT64_MAX ? wake_us : world.now_us + 1000;
		engine_pass_time(world.engine, world.now_us);
		lookup_run(world.lookup, world.now_us);
	}
	assert(lookup_over(world.lookup) && world.over == 1 && engine_flight(world.engine) == 0);
	check_counts(&world);
	lookup_free(world.lookup);
	engine_free(world.engine);
	return 0;
}
