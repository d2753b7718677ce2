/* engine_pace.c - dht/engine: when queries leave, for how long they are waited for, how many there may be */
#include "../support/bench_engine.h"

static void test_adapts(void **state)
{
	struct bench bench;
	struct endpoint to;
	struct engine_packet packet;

	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		int64_t took_us = slow ? 1500000 : 3000;

		begin(&bench, NULL);
		assert_true(engine_timeout(bench.engine) == ENGINE_TIMEOUT_UNKNOWN_US);
		for (unsigned i = 0; i < 100; i++) {
			to = host4(i, 6881);
			packet = sent_to(&bench, &to, node_id);
			bench.now_us += took_us + i % 10 * took_us / 50;
			receive(&bench, &to, answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire));
		}
		if (slow)
			assert_in_range(engine_timeout(bench.engine), 2200000, 3500000);
		else
			assert_true(engine_timeout(bench.engine) == ENGINE_TIMEOUT_FLOOR_US);
		to = host4(1000, 6881);
		packet = sent_to(&bench, &to, node_id);
		assert_true(engine_wake(bench.engine) == bench.now_us + engine_timeout(bench.engine));
		end(&bench);
	}
}

/* An owner may say how long it waits: less than the floor, more than the limit. */
static void test_own_timeout(void **state)
{
	static const int64_t timeouts[] = { 1, 5000, 3600 * (int64_t)SECOND };
	struct bench bench;

	(void)state;
	begin(&bench, NULL);
	for (size_t i = 0; i < COUNT(timeouts); i++) {
		struct engine_query query = { .to = host4(1, 6881), .message = &bench.ping, .done = tell,
					      .owner = &bench.told, .timeout_us = timeouts[i] };
		struct engine_packet packet;

		assert_int_not_equal(engine_ask(bench.engine, &query, bench.now_us), 0);
		assert_true(engine_send(bench.engine, bench.now_us, &packet));
		assert_true(engine_wake(bench.engine) == bench.now_us + timeouts[i]);
		engine_pass_time(bench.engine, bench.now_us + timeouts[i] - 1);
		assert_int_equal(bench.told.count, i);
		bench.now_us += timeouts[i];
		engine_pass_time(bench.engine, bench.now_us);
		assert_int_equal(bench.told.count, i + 1);
	}
	/* for ever */
	assert_int_not_equal(engine_ask(bench.engine, &(struct engine_query){ .to = host4(2, 1), .message = &bench.ping,
								    .timeout_us = INT64_MAX }, bench.now_us), 0);
	assert_true(engine_send(bench.engine, bench.now_us, &(struct engine_packet){ .handle = 0 }));
	engine_pass_time(bench.engine, INT64_MAX / 2);
	assert_int_equal(engine_flight(bench.engine), 1);
	assert_true(engine_wake(bench.engine) == INT64_MAX);
	end(&bench);
}

/* A network that becomes slow: answers are late at first, and then they are waited for. */
static void test_slower(void **state)
{
	struct bench bench;
	struct buf query = { 0 };

	(void)state;
	begin(&bench, NULL);
	for (unsigned i = 0; i < 600; i++) {
		struct endpoint to = host4(i, 6881);
		struct engine_packet packet = sent_to(&bench, &to, node_id);

		query.size = 0;
		buf_append(&query, packet.bytes.data, packet.bytes.size);
		bench.now_us += i < 200 ? 10000 : 700000;
		engine_pass_time(bench.engine, bench.now_us);
		receive(&bench, &to, answer_to(buf_bytes(&query), KRPC_REPLY, node_id, NULL, &bench.wire));
	}
	assert_in_range(engine_counts(bench.engine)->late, 10, 100);
	assert_int_equal(bench.told.events[bench.told.count - 1].end, ENGINE_REPLY);
	buf_free(&query);
	end(&bench);
}

static void test_hold(void **state)
{
	struct bench bench;
	struct engine_options options = unlimited(&bench.seed);
	struct endpoint first = host4(1, 6881), second = host4(2, 6881), third = host4(3, 6881);
	struct engine_packet packet, again;
	int64_t hold_us = ENGINE_HOLD_US;

	(void)state;
	options.ip_burst = 1;	/* what did not leave does not count for the pace of its address */
	begin(&bench, &options);
	packet = sent_to(&bench, &first, node_id);
	assert_int_not_equal(ask_as(&bench, &second, node_id), 0);
	for (int i = 0; i < 10; i++, hold_us = hold_us * 2 < 5 * SECOND ? hold_us * 2 : 5 * SECOND) {
		engine_unsent(bench.engine, packet.handle, bench.now_us);
		assert_int_equal(engine_counts(bench.engine)->sent, 0);
		assert_true(engine_wake(bench.engine) == bench.now_us + hold_us);
		assert_false(engine_send(bench.engine, bench.now_us + hold_us - 1, &again));
		bench.now_us += hold_us;
		assert_true(engine_send(bench.engine, bench.now_us, &again));
		assert_int_equal(again.handle, packet.handle);
	}
	assert_int_equal(engine_counts(bench.engine)->held, 10);
	/* a batch of which several did not leave is one refusal; after a good while the first wait is short again */
	bench.now_us += 11 * SECOND;
	engine_pass_time(bench.engine, bench.now_us);
	assert_true(engine_send(bench.engine, bench.now_us, &packet));
	assert_int_not_equal(ask_as(&bench, &third, node_id), 0);
	assert_true(engine_send(bench.engine, bench.now_us, &again));
	assert_false(engine_send(bench.engine, bench.now_us, &again));
	engine_unsent(bench.engine, packet.handle, bench.now_us);
	engine_unsent(bench.engine, again.handle, bench.now_us);
	engine_unsent(bench.engine, 4711, bench.now_us);
	assert_int_equal(engine_counts(bench.engine)->held, 11);
	assert_true(engine_wake(bench.engine) == bench.now_us + ENGINE_HOLD_US);
	end(&bench);
}

/* ---- pace */

enum { LEFT_MAX = 20000 };
struct left { int64_t at_us; unsigned host; };

/* In no span of time more than burst + rate * t; hosts: of each alone. */
static void assert_pace(const struct left *left, size_t count, int64_t burst, int64_t interval_us)
{
	for (size_t i = 0; i < count; i++) {
		int64_t many = 0;

		for (size_t j = i; j < count; j++) {
			many += left[j].host == left[i].host;
			assert_true(many <= burst + (left[j].at_us - left[i].at_us) / interval_us);
		}
	}
}

/* Lets time pass to each moment that the engine names, and notes what left. */
static size_t drain(struct bench *bench, struct left *left, size_t max, int64_t until_us)
{
	struct engine_packet packet;
	size_t count = 0;

	for (;;) {
		int64_t wake_us;

		while (engine_send(bench->engine, bench->now_us, &packet)) {
			assert_true(count < max);
			left[count++] = (struct left){ bench->now_us,
						       packet.to.family == 4 ? packet.to.address[3] : packet.to.address[7] };
		}
		engine_pass_time(bench->engine, bench->now_us);
		wake_us = engine_wake(bench->engine);
		if (wake_us > until_us)
			return count;
		assert_true(wake_us > bench->now_us);	/* or it would be a loop that waits for nothing */
		bench->now_us = wake_us;
	}
}

static void test_pace(void **state)
{
	static struct left left[LEFT_MAX];

	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		struct bench bench;
		unsigned taken = 0;
		size_t count = 0;

		begin(&bench, NULL);
		/* each port, and each address of a /64, is the same house */
		for (unsigned i = 0; i < 400; i++) {
			struct endpoint to = family == 4 ? host4(i % 5, (uint16_t)(6881 + i))
							 : host6(i % 5, (uint8_t)i, 6881);

			taken += ask_as(&bench, &to, NULL) != 0;
			if (i % 40 == 39)
				count += drain(&bench, left + count, COUNT(left) - count, bench.now_us + 700000);
		}
		count += drain(&bench, left + count, COUNT(left) - count, bench.now_us + 100 * (int64_t)SECOND);
		assert_int_equal(count, taken);
		assert_pace(left, count, ENGINE_IP_BURST, SECOND / ENGINE_IP_RATE);
		/* it is used to the full: 8 at once, then two a second for as long as anybody is waited for */
		assert_in_range(taken, 5 * (ENGINE_IP_BURST + 2 * 10), 5 * (ENGINE_IP_BURST + 2 * 10 + 2 * 7 + 5));
		end(&bench);
	}
}

/* Held back, by the kernel or the rate of all, several moments of one address pass: they must not leave all at once. */
static void test_pace_after_hold(void **state)
{
	static struct left left[LEFT_MAX];

	(void)state;
	for (int by_rate = 0; by_rate < 2; by_rate++) {
		struct bench bench;
		struct engine_options options = unlimited(&bench.seed);
		struct endpoint to = host4(1, 6881), other = host4(2, 6881);
		struct engine_packet packet;
		unsigned taken = 0;
		size_t count;

		options.rate = by_rate ? 1 : 0;
		options.burst = 1;
		begin(&bench, &options);
		for (int i = 0; i < 20; i++)
			taken += ask_as(&bench, by_rate && i % 2 ? &other : &to, NULL) != 0;
		assert_int_equal(taken, 20);
		for (int i = 0; i < 8 && !by_rate; i++) {
			assert_true(engine_send(bench.engine, bench.now_us, &packet));
			engine_unsent(bench.engine, packet.handle, bench.now_us);
			bench.now_us = engine_wake(bench.engine);
		}
		count = drain(&bench, left, COUNT(left), bench.now_us + 100 * (int64_t)SECOND);
		assert_int_equal(count, 20);
		assert_pace(left, count, ENGINE_IP_BURST, SECOND / ENGINE_IP_RATE);
		end(&bench);
	}
}

static void test_busy(void **state)
{
	struct bench bench;
	struct endpoint to = host4(1, 6881), own = host4(7, 7000), none = host4(7, 0), nobody = { .port = 1 };
	struct engine_query unpaced = { .to = to, .message = &bench.ping, .unpaced = true };
	struct engine_packet packet;
	unsigned taken = 0;

	(void)state;
	begin(&bench, NULL);
	while (ask_as(&bench, &to, NULL))
		taken++;
	assert_int_equal(taken, ENGINE_IP_BURST + 2 * ENGINE_TIMEOUT_LIMIT_US / SECOND);
	for (int i = 0; i < 100; i++)
		assert_int_not_equal(engine_ask(bench.engine, &unpaced, bench.now_us), 0);
	for (int i = 0; i < ENGINE_IP_BURST + 100; i++)
		assert_true(engine_send(bench.engine, bench.now_us, &packet));
	assert_false(engine_send(bench.engine, bench.now_us, &packet));
	bench.now_us += SECOND / 2;
	assert_int_not_equal(ask_as(&bench, &to, NULL), 0);
	assert_int_equal(ask_as(&bench, &to, NULL), 0);
	engine_own(bench.engine, &own);
	assert_int_equal(ask_as(&bench, &own, NULL), 0);
	assert_int_equal(ask_as(&bench, &none, NULL), 0);
	assert_int_equal(ask_as(&bench, &nobody, NULL), 0);
	assert_int_equal(bench.told.count, 0);
	end(&bench);
}

static void test_rate(void **state)
{
	static struct left left[LEFT_MAX];
	struct bench bench;
	struct engine_options options = unlimited(&bench.seed);
	size_t count;

	(void)state;
	options.rate = 250;
	options.burst = 100;
	begin(&bench, &options);
	for (unsigned i = 0; i < 2000; i++) {
		struct endpoint to = host4(i, 6881);

		assert_int_not_equal(ask_as(&bench, &to, NULL), 0);
	}
	count = drain(&bench, left, COUNT(left), bench.now_us + 20 * (int64_t)SECOND);
	assert_int_equal(count, 2000);
	for (size_t i = 0; i < count; i++)
		left[i].host = 0;
	assert_pace(left, count, 100, 4000);
	assert_true(left[count - 1].at_us - left[0].at_us == (2000 - 100) * 4000);
	end(&bench);
}

/* ---- bounds */

static void test_many(void **state)
{
	enum { MANY = 50000 };
	struct bench bench;
	struct engine_options options = unlimited(&bench.seed);
	struct bytes *queries = calloc(MANY, sizeof *queries);
	struct engine_packet packet;
	size_t count;

	(void)state;
	options.flight_max = MANY;
	options.remembered_max = 1000;
	begin(&bench, &options);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			struct endpoint to = host4(i, 6881);

			assert_int_not_equal(ask_as(&bench, &to, NULL), 0);
		}
		assert_int_equal(ask_as(&bench, &(struct endpoint){ .port = 1, .family = 4, .address = { 45 } }, NULL), 0);
		for (count = 0; engine_send(bench.engine, bench.now_us, &packet); count++)
			queries[count] = exact_copy(packet.bytes.data, packet.bytes.size);
		assert_int_equal(count, MANY);
		assert_int_equal(engine_flight(bench.engine), MANY);
		/* every other one is answered, in another order */
		for (size_t i = 0; i < MANY / 2; i++) {
			size_t at = i * 7919 % (MANY / 2) * 2;
			struct endpoint from = host4((unsigned)at, 6881);

			engine_receive(bench.engine, &from, answer_to(queries[at], KRPC_REPLY, node_id, NULL, &bench.wire),
				       bench.now_us);
		}
		assert_int_equal(engine_flight(bench.engine), MANY / 2);
		bench.now_us += ENGINE_TIMEOUT_LIMIT_US;
		engine_pass_time(bench.engine, bench.now_us);
		assert_int_equal(engine_flight(bench.engine), 0);
		/* the last 1000 that ended are remembered */
		for (size_t i = 0; i < MANY; i++) {
			struct endpoint from = host4((unsigned)i, 6881);

			engine_receive(bench.engine, &from, answer_to(queries[i], KRPC_REPLY, node_id, NULL, &bench.wire),
				       bench.now_us);
			free_copy(queries[i]);
		}
		bench.now_us += 20 * SECOND;
		assert_int_equal(bench.engine->all.ended, 1000);
		assert_true(bench.engine->all.capacity <= 65536);
	}
	assert_int_equal(engine_counts(bench.engine)->replies, 3 * MANY / 2);
	assert_int_equal(engine_counts(bench.engine)->timeouts, 3 * MANY / 2);
	assert_int_equal(engine_counts(bench.engine)->late, 3 * 1000);
	assert_int_equal(engine_counts(bench.engine)->unsolicited, 3 * (MANY - 1000));
	free(queries);
	end(&bench);
}

/* Nothing remembered; and one t for all, which a source of randomness that fails would give, now and then 0. */
static uint64_t always_the_same(void *count)
{
	return ++*(uint64_t *)count % 2 ? 0 : 42;
}

static void test_limits(void **state)
{
	struct bench bench;
	struct engine_options options = unlimited(&bench.seed);
	struct endpoint to = host4(1, 6881);
	struct engine_packet packet;
	struct krpc_message put;
	uint8_t value[2000];

	(void)state;
	options.remembered_max = 0;
	options.random = always_the_same;
	options.flight_max = 2;
	memcpy(options.version, "PU\x00\x01", 4);
	options.read_only = false;
	begin(&bench, &options);
	/* a query that is larger than most, as put is */
	memset(value, 'x', sizeof value);
	memcpy(value, "1995:", 5);
	bench.ping.method = KRPC_PUT;
	bench.ping.value = bytes_at(value, sizeof value);
	bench.ping.token = bytes_at(value, 1000);
	packet = sent_to(&bench, &to, NULL);
	memset(value, 'y', sizeof value);	/* nothing of the message is used any more */
	assert_true(krpc_decode(packet.bytes, &put, &(struct error){ 0 }) && put.method == KRPC_PUT && !put.read_only);
	assert_true(put.value.size == 2000 && put.value.data[1999] == 'x' && put.token.size == 1000);
	assert_true(bytes_equal(put.v, bytes_at("PU\x00\x01", 4)));
	assert_int_equal(ask_as(&bench, &to, NULL), 0);		/* no t is left */
	engine_free(bench.engine);
	bench.engine = engine_new(&options);
	krpc_clear(&bench.ping);
	bench.ping.method = KRPC_PING;
	for (unsigned i = 1; i <= 3; i++) {
		packet = sent_to(&bench, &to, NULL);
		answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire);
		receive(&bench, &to, buf_bytes(&bench.wire));
		receive(&bench, &to, buf_bytes(&bench.wire));
		assert_int_equal(engine_counts(bench.engine)->unsolicited, i);
	}
	end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adapts),
		cmocka_unit_test(test_own_timeout),
		cmocka_unit_test(test_slower),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_pace_after_hold),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
