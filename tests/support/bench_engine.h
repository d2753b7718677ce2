/* bench_engine.h - one engine on a bench: what it sends is taken and answered by hand */
#ifndef SUPPORT_BENCH_ENGINE_H
#define SUPPORT_BENCH_ENGINE_H

#include "engine.h"

#include "dht/engine_private.h"

static const char __attribute__((unused)) node_id[] = "abcdefghij0123456789", other_id[] = "0123456789abcdefghij";

enum { SECOND = 1000000 };

/* One engine, one query at a time, and what came of it. */
struct bench {
	uint64_t seed;
	struct engine *engine;
	struct told told;
	struct krpc_message ping;
	struct buf wire;
	int64_t now_us;
};

static inline void begin(struct bench *bench, const struct engine_options *changed)
{
	struct engine_options options = unlimited(&bench->seed);

	bench->engine = engine_new(changed ? changed : &options);
	bench->told = (struct told){ .engine = bench->engine };
	bench->wire = (struct buf){ 0 };
	bench->now_us = 5 * (int64_t)SECOND;
	krpc_clear(&bench->ping);
	bench->ping.method = KRPC_PING;
}

/* Each packet that came is of one kind. */
static inline void end(struct bench *bench)
{
	const struct engine_counts *counts = engine_counts(bench->engine);

	assert_int_equal(counts->received, counts->replies + counts->errors + counts->late + counts->duplicate +
						   counts->wrong_id + counts->mismatched + counts->unsolicited +
						   counts->reflected + counts->queries + counts->garbage);
	engine_free(bench->engine);
	buf_free(&bench->wire);
}

static inline uint64_t ask_as(struct bench *bench, const struct endpoint *to, const char *expected)
{
	struct engine_query query = {
		.to = *to, .expected_id = (const uint8_t *)expected, .message = &bench->ping, .done = tell,
		.owner = &bench->told, .tag = 77,
	};

	return engine_ask(bench->engine, &query, bench->now_us);
}

static inline struct engine_packet sent_to(struct bench *bench, const struct endpoint *to, const char *expected)
{
	struct engine_packet packet = { .handle = 0 };
	uint64_t handle = ask_as(bench, to, expected);

	assert_int_not_equal(handle, 0);
	assert_true(engine_send(bench->engine, bench->now_us, &packet));
	assert_int_equal(packet.handle, handle);
	assert_true(endpoint_equal(&packet.to, to));
	return packet;
}

static inline void receive(struct bench *bench, const struct endpoint *from, struct bytes packet)
{
	struct bytes copy = exact_copy(packet.data, packet.size);

	engine_receive(bench->engine, from, copy, bench->now_us);
	free_copy(copy);
}

#endif
