/* engine.c - dht/engine: how queries end, what is counted, pace, holds, bounds */
#include "../support/engine.h"

static const char node_id[] = "abcdefghij0123456789";

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

static void begin(struct bench *bench, const struct engine_options *changed)
{
	struct engine_options options = unlimited(&bench->seed);

	bench->engine = engine_new(changed ? changed : &options);
	bench->told = (struct told){ .engine = bench->engine };
	bench->wire = (struct buf){ 0 };
	bench->now_us = 5 * (int64_t)SECOND;
	krpc_clear(&bench->ping);
	bench->ping.method = KRPC_PING;
}

static void end(struct bench *bench)
{
	engine_free(bench->engine);
	buf_free(&bench->wire);
}

static uint64_t ask_as(struct bench *bench, const struct endpoint *to, const char *expected)
{
	struct engine_query query = {
		.to = *to, .expected_id = (const uint8_t *)expected, .message = &bench->ping, .done = tell, .owner = &bench->told,
		.tag = 77,
	};

	return engine_ask(bench->engine, &query, bench->now_us);
}

static struct engine_packet sent_to(struct bench *bench, const struct endpoint *to, const char *expected)
{
	struct engine_packet packet = { .handle = 0 };
	uint64_t handle = ask_as(bench, to, expected);

	assert_int_not_equal(handle, 0);
	assert_true(engine_send(bench->engine, bench->now_us, &packet));
	assert_int_equal(packet.handle, handle);
	assert_true(endpoint_equal(&packet.to, to));
	return packet;
}

static void receive(struct bench *bench, const struct endpoint *from, struct bytes packet)
{
	struct bytes copy = exact_copy(packet.data, packet.size);

	engine_receive(bench->engine, from, copy, bench->now_us);
	free_copy(copy);
}

static void test_reply(void **state)
{
	struct bench bench;
	struct endpoint to = host4(1, 6881), external = host4(9, 1234);
	struct engine_packet packet;
	struct krpc_message more, query;
	struct error error = { 0 };
	uint8_t ip[ENDPOINT_V6_SIZE];
	const struct engine_event *event = bench.told.events;

	(void)state;
	begin(&bench, NULL);
	assert_true(engine_wake(bench.engine) == INT64_MAX);
	packet = sent_to(&bench, &to, node_id);
	assert_true(krpc_decode(packet.bytes, &query, &error));
	assert_int_equal(query.type, KRPC_QUERY);
	assert_int_equal(query.method, KRPC_PING);
	assert_int_equal(query.flags, 0);
	assert_int_equal(query.t.size, ENGINE_T_SIZE);
	assert_true(query.read_only && bytes_equal(query.id, bytes_at(own_id, sizeof own_id)) && !query.v.data);
	assert_int_equal(engine_flight(bench.engine), 1);
	assert_true(engine_wake(bench.engine) == bench.now_us + ENGINE_TIMEOUT_UNKNOWN_US);
	krpc_clear(&more);
	more.ip = bytes_at(ip, endpoint_pack(&external, ip));
	bench.now_us += 1234;
	receive(&bench, &to, answer_to(packet.bytes, KRPC_REPLY, node_id, &more, &bench.wire));
	assert_int_equal(bench.told.count, 1);
	assert_int_equal(event->end, ENGINE_REPLY);
	assert_true(event->handle == packet.handle && event->tag == 77 && endpoint_equal(&event->to, &to));
	assert_true(event->rtt_us == 1234 && event->sent_us == bench.now_us - 1234 && event->now_us == bench.now_us);
	assert_true(endpoint_equal(&event->external, &external));
	assert_int_equal(event->size, bench.wire.size);
	assert_int_equal(engine_flight(bench.engine), 0);
	assert_int_equal(engine_counts(bench.engine)->replies, 1);
	assert_true(engine_wake(bench.engine) == INT64_MAX);
	end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
