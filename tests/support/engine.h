/* engine.h - an engine for unit tests: random numbers that are the same in each run, queries, and answers made by hand */
#ifndef SUPPORT_ENGINE_H
#define SUPPORT_ENGINE_H

#include "unit.h"

#include "dht/engine.h"

/* What `done` was told, in the order of the calls; the views are not good any more. */
enum { TOLD_MAX = 4096 };
struct told {
	struct engine *engine;
	size_t count;
	unsigned ends[ENGINE_ENDS];
	struct engine_event events[TOLD_MAX];	/* the first ones */
};

static inline void tell(void *owner, const struct engine_event *event)
{
	struct told *told = owner;

	if (told->count < TOLD_MAX)
		told->events[told->count] = *event;
	told->count++;
	told->ends[event->end]++;
}

static inline uint64_t seeded_random(void *seed)
{
	return next_random(seed);
}

static const uint8_t own_id[NODE_ID_SIZE] = "our own id, 20 bytes";

/* The defaults, with random numbers from *seed, which is begun here, and without a limit to the rate of all. */
static inline struct engine_options unlimited(uint64_t *seed)
{
	struct engine_options options = engine_defaults;

	*seed = 0x123456789abcdef;
	memcpy(options.id, own_id, sizeof options.id);
	options.random = seeded_random;
	options.context = seed;
	options.rate = 0;
	return options;
}

/* 198.41.x.y with that number in its last 16 bits; and the /64 of the same number. */
static inline struct endpoint host4(unsigned number, uint16_t port)
{
	return endpoint_ipv4((struct ipv4){ { 198, 41, (uint8_t)(number >> 8), (uint8_t)number } }, port);
}

static inline struct endpoint host6(unsigned number, uint8_t last, uint16_t port)
{
	struct ipv6 ip = { { 0x20, 0x01, 0x04, 0x60, 0, 0, (uint8_t)(number >> 8), (uint8_t)number } };

	ip.byte[15] = last;
	return endpoint_ipv6(ip, port);
}

/* An answer of that type to the query in `packet`, as a node with that id would give it; more NULL: nothing besides. */
static inline struct bytes answer_to(struct bytes packet, enum krpc_type type, const char *id,
				     const struct krpc_message *more, struct buf *wire)
{
	struct krpc_message query, answer;
	struct error error = { 0 };

	assert_true(krpc_decode(packet, &query, &error));
	krpc_clear(&answer);
	if (more)
		answer = *more;
	answer.type = type;
	answer.t = query.t;
	if (type == KRPC_ERROR) {
		answer.error_code = KRPC_SERVER;
		answer.error_text = bytes_of("busy");
	} else {
		answer.id = bytes_at(id, NODE_ID_SIZE);
	}
	wire->size = 0;
	krpc_encode(&answer, wire);
	return buf_bytes(wire);
}

#endif
