/* engine_random.c - dht/engine: whatever is asked, answered, refused and forgotten in any order, each query ends once */
#include "../support/bench_engine.h"

enum { QUERIES = 4000, STEPS = 60000 };

/* What the test knows of each query by itself. */
struct asked {
	uint64_t handle;
	struct buf packet;	/* once it was taken */
	struct endpoint to;
	unsigned ends;		/* told: must be 1 at last, or 0 if it was forgotten */
	bool forgotten, sent;
	enum engine_end end;
};

struct world {
	struct bench bench;
	struct asked asked[QUERIES];
	size_t count, open, late, duplicates;
	uint64_t seed;
	bool asks;		/* `done` asks and forgets */
	struct endpoint refused;	/* the last one */
};

static bool one_in(struct world *world, unsigned many)
{
	return next_random(&world->seed) % many == 0;
}

static struct asked *any(struct world *world)
{
	return world->count ? &world->asked[next_random(&world->seed) % world->count] : NULL;
}

static bool is_open(const struct asked *asked)
{
	return !asked->ends && !asked->forgotten;
}

static void forget(struct world *world, struct asked *asked)
{
	if (!asked)
		return;
	world->open -= is_open(asked);
	asked->forgotten = true;
	engine_forget(world->bench.engine, asked->handle);
}

static void ask(struct world *world);

static void on_end(void *owner, const struct engine_event *event)
{
	struct world *world = owner;
	struct asked *asked = &world->asked[event->tag];

	assert_true(event->handle == asked->handle && endpoint_equal(&event->to, &asked->to));
	assert_false(asked->forgotten);
	assert_true(event->end != ENGINE_REFUSED || endpoint_equal(&event->to, &world->refused));
	if (event->end == ENGINE_LATE) {
		assert_true(asked->ends == 1 && (asked->end == ENGINE_TIMEOUT || asked->end == ENGINE_REFUSED));
		world->late++;
	} else if (event->end == ENGINE_DUPLICATE) {
		assert_int_equal(asked->ends, 1);
		world->duplicates++;
	} else {
		assert_int_equal(asked->ends++, 0);
		asked->end = event->end;
		world->open--;
	}
	assert_int_equal(event->message == NULL, event->end == ENGINE_TIMEOUT || event->end == ENGINE_REFUSED);
	assert_int_equal(engine_flight(world->bench.engine), world->open);
	if (world->asks && one_in(world, 2))
		ask(world);
	if (world->asks && one_in(world, 4))
		forget(world, any(world));
}

static void ask(struct world *world)
{
	struct asked *asked = &world->asked[world->count];
	struct engine_query query = {
		.to = host4((unsigned)(next_random(&world->seed) % 200), (uint16_t)(6881 + next_random(&world->seed) % 3)),
		.message = &world->bench.ping, .done = on_end, .owner = world, .tag = world->count,
		.unpaced = one_in(world, 3), .expected_id = (const uint8_t *)(one_in(world, 2) ? node_id : NULL),
		.timeout_us = one_in(world, 4) ? (int64_t)(next_random(&world->seed) % (30 * (uint64_t)SECOND)) : 0,
	};

	if (world->count == QUERIES)
		return;
	*asked = (struct asked){ .to = query.to };
	asked->handle = engine_ask(world->bench.engine, &query, world->bench.now_us);
	if (!asked->handle)
		return;
	world->count++;
	world->open++;
}

static void refuse(struct world *world, const struct endpoint *to, struct bytes packet)
{
	world->refused = *to;
	engine_refused(world->bench.engine, to, packet, world->bench.now_us);
	/* without a packet all are gone, but what was asked meanwhile */
	for (size_t i = 0; i < world->count && !packet.size && !world->asks; i++)
		assert_false(is_open(&world->asked[i]) && endpoint_equal(&world->asked[i].to, to));
}

static void send_some(struct world *world)
{
	struct engine_packet packets[16];
	bool left[COUNT(packets)];
	size_t count = 0;

	while (count < COUNT(packets) && engine_send(world->bench.engine, world->bench.now_us, &packets[count]))
		count++;
	for (size_t i = 0; i < count; i++) {
		struct asked *asked = world->asked;

		while (asked->handle != packets[i].handle)
			asked++;
		assert_true(endpoint_equal(&packets[i].to, &asked->to) && !asked->forgotten && !asked->ends && !asked->sent);
		asked->packet.size = 0;
		buf_append(&asked->packet, packets[i].bytes.data, packets[i].bytes.size);
		left[i] = asked->sent = !one_in(world, 40);
		if (!left[i])
			engine_unsent(world->bench.engine, packets[i].handle, world->bench.now_us);
	}
	/* those that left may still be looked at while others, or they, are refused */
	if (count && one_in(world, 20))
		refuse(world, &packets[0].to, (struct bytes){ NULL, 0 });
	for (size_t i = 0; i < count; i++)
		assert_true(!left[i] || packets[i].bytes.data[0] == 'd');
}

static void answer(struct world *world)
{
	struct asked *asked = any(world);
	struct endpoint from;
	struct bytes packet;

	if (!asked || !asked->packet.size)
		return;
	from = asked->to;
	from.port += one_in(world, 10);
	packet = answer_to(buf_bytes(&asked->packet), one_in(world, 5) ? KRPC_ERROR : KRPC_REPLY,
			   one_in(world, 10) ? other_id : one_in(world, 10) ? (const char *)own_id : node_id, NULL,
			   &world->bench.wire);
	if (one_in(world, 20))
		packet = buf_bytes(&asked->packet);
	receive(&world->bench, &from, packet);
	if (one_in(world, 10))
		receive(&world->bench, &from, packet);
}

static void step(struct world *world)
{
	struct bench *bench = &world->bench;
	struct asked *asked;

	switch (next_random(&world->seed) % 8) {
	case 0:
		ask(world);
		break;
	case 1: case 2:
		send_some(world);
		break;
	case 3: case 4: case 5:
		answer(world);
		break;
	case 6:
		asked = any(world);
		if (one_in(world, 4))
			forget(world, asked);
		else if (asked && one_in(world, 4))
			refuse(world, &asked->to, buf_bytes(&asked->packet));
		break;
	default:
		bench->now_us += (int64_t)(next_random(&world->seed) % (one_in(world, 50) ? 5 * SECOND : 100000));
		engine_pass_time(bench->engine, bench->now_us);
		assert_true(engine_wake(bench->engine) >= bench->now_us);
	}
	assert_int_equal(engine_flight(bench->engine), world->open);
}

static void test_random(void **state)
{
	(void)state;
	for (uint64_t round = 1; round <= 6; round++) {
		static struct world world;
		struct engine_options options = unlimited(&world.bench.seed);
		size_t ended = 0, forgotten = 0;

		world = (struct world){ .seed = round * 7777777777777, .asks = round % 2 };
		options.rate = round % 3 ? 0 : 500;
		options.remembered_max = round % 4 == 3 ? 100 : ENGINE_REMEMBERED_MAX;
		options.flight_max = round % 4 == 2 ? 50 : ENGINE_FLIGHT_MAX;
		begin(&world.bench, &options);
		for (int i = 0; i < STEPS; i++)
			step(&world);
		world.asks = false;
		for (int i = 0; world.open; i++) {
			assert_true(i < 100000);
			send_some(&world);
			world.bench.now_us += SECOND;
			engine_pass_time(world.bench.engine, world.bench.now_us);
		}
		for (size_t i = 0; i < world.count; i++) {
			assert_true(world.asked[i].ends == 1 || world.asked[i].forgotten);
			ended += world.asked[i].ends;
			forgotten += world.asked[i].forgotten;
			buf_free(&world.asked[i].packet);
		}
		assert_true(world.count > 1000 && ended > 500 && forgotten > 100);
		assert_true(world.late > 10 && world.duplicates > 100);
		world.bench.now_us += 60 * (int64_t)SECOND;
		engine_pass_time(world.bench.engine, world.bench.now_us);
		assert_true(engine_wake(world.bench.engine) == INT64_MAX);
		end(&world.bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
