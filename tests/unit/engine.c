/* engine.c - dht/engine: how queries end, what is counted, what owners may do */
#include "../support/bench_engine.h"

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
	bench.ping.v = bytes_of("LT\x01\x02");	/* the engine says what we are, and here it has no version to say */
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


/* Asks, gets that answer a second later, and returns the end that was told. */
static enum engine_end ask_and_answer(struct bench *bench, const char *expected, enum krpc_type type, const char *id)
{
	struct endpoint to = host4(1, 6881);
	struct engine_packet packet = sent_to(bench, &to, expected);
	size_t count = bench->told.count;

	bench->now_us += 1000000;
	receive(bench, &to, answer_to(packet.bytes, type, id, NULL, &bench->wire));
	assert_int_equal(bench->told.count, count + 1);
	return bench->told.events[count].end;
}

static void test_ends(void **state)
{
	struct bench bench;
	struct engine_counts *counts;
	struct engine_packet packet;
	struct endpoint to = host4(1, 6881);

	(void)state;
	begin(&bench, NULL);
	counts = engine_counts(bench.engine);
	assert_int_equal(ask_and_answer(&bench, NULL, KRPC_REPLY, other_id), ENGINE_REPLY);
	assert_int_equal(ask_and_answer(&bench, other_id, KRPC_REPLY, other_id), ENGINE_REPLY);
	assert_int_equal(ask_and_answer(&bench, node_id, KRPC_ERROR, NULL), ENGINE_ERROR);
	assert_int_equal(ask_and_answer(&bench, node_id, KRPC_REPLY, other_id), ENGINE_WRONG_ID);
	assert_int_equal(ask_and_answer(&bench, node_id, KRPC_REPLY, (const char *)own_id), ENGINE_REFLECTED);
	assert_true(counts->replies == 2 && counts->errors == 1 && counts->wrong_id == 1 && counts->reflected == 1);
	/* our own packet comes back: that ends it; once more, it is only counted */
	packet = sent_to(&bench, &to, node_id);
	receive(&bench, &to, packet.bytes);
	assert_int_equal(bench.told.events[5].end, ENGINE_REFLECTED);
	packet = sent_to(&bench, &to, node_id);
	to.port++;
	receive(&bench, &to, packet.bytes);	/* from elsewhere */
	assert_true(bench.told.count == 6 && counts->reflected == 3);
	to.port--;
	assert_true(engine_wake(bench.engine) == bench.now_us + ENGINE_TIMEOUT_UNKNOWN_US);
	bench.now_us = engine_wake(bench.engine) - 1;
	engine_pass_time(bench.engine, bench.now_us);
	assert_int_equal(bench.told.count, 6);
	engine_pass_time(bench.engine, ++bench.now_us);
	assert_int_equal(bench.told.events[6].end, ENGINE_TIMEOUT);
	assert_null(bench.told.events[6].message);
	assert_int_equal(counts->timeouts, 1);
	end(&bench);
}

static void test_own_query_after_end(void **state)
{
	struct bench bench;
	struct endpoint to = host4(1, 6881);
	struct engine_packet packet;
	struct buf query = { 0 };

	(void)state;
	begin(&bench, NULL);
	packet = sent_to(&bench, &to, node_id);
	buf_append(&query, packet.bytes.data, packet.bytes.size);
	receive(&bench, &to, answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire));
	receive(&bench, &to, buf_bytes(&query));
	assert_int_equal(bench.told.count, 1);
	assert_int_equal(engine_counts(bench.engine)->reflected, 1);
	buf_free(&query);
	end(&bench);
}

static void test_strangers(void **state)
{
	struct bench bench;
	struct endpoint to = host4(1, 6881), other = host4(1, 6882), elsewhere = host4(2, 6881), same6 = host6(1, 1, 6881);
	struct engine_packet packet;
	struct engine_counts *counts;
	struct krpc_message query;
	static const char *const garbage[] = {
		"", "d", "de", "le", "i1e", "d1:y1:re", "d1:rd2:id20:abcdefghij0123456789e1:y1:re", "d1:t2:aa1:y1:xe",
		"\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00",
	};

	(void)state;
	begin(&bench, NULL);
	counts = engine_counts(bench.engine);
	packet = sent_to(&bench, &to, node_id);
	answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire);
	receive(&bench, &other, buf_bytes(&bench.wire));
	receive(&bench, &elsewhere, buf_bytes(&bench.wire));
	receive(&bench, &same6, buf_bytes(&bench.wire));
	assert_true(counts->mismatched == 3 && bench.told.count == 0);
	/* another t, and one cut short */
	bench.wire.data[bench.wire.size - 10] ^= 1;
	receive(&bench, &to, buf_bytes(&bench.wire));
	assert_true(counts->unsolicited == 1 && bench.told.count == 0);
	for (size_t i = 0; i < COUNT(garbage); i++)
		receive(&bench, &to, bytes_of(garbage[i]));
	assert_int_equal(counts->garbage + counts->unsolicited, 1 + COUNT(garbage));
	assert_true(counts->garbage >= 6);
	krpc_clear(&query);
	query.type = KRPC_QUERY;
	query.method = KRPC_PING;
	query.t = bytes_of("aa");
	query.id = bytes_at(other_id, NODE_ID_SIZE);
	bench.wire.size = 0;
	krpc_encode(&query, &bench.wire);
	receive(&bench, &to, buf_bytes(&bench.wire));
	assert_int_equal(counts->queries, 1);
	/* what is held back never left: nobody can know its t */
	assert_int_equal(bench.told.count, 0);
	receive(&bench, &to, answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire));
	assert_int_equal(bench.told.events[0].end, ENGINE_REPLY);
	end(&bench);
}

static void test_late(void **state)
{
	struct bench bench;
	struct endpoint to = host4(1, 6881);
	struct engine_packet packet;
	struct engine_counts *counts;
	struct buf answer = { 0 };

	(void)state;
	begin(&bench, NULL);
	counts = engine_counts(bench.engine);
	packet = sent_to(&bench, &to, node_id);
	buf_append(&answer, packet.bytes.data, packet.bytes.size);	/* the query: its packet is gone once it has ended */
	bench.now_us += ENGINE_TIMEOUT_UNKNOWN_US;
	engine_pass_time(bench.engine, bench.now_us);
	bench.now_us += SECOND;
	receive(&bench, &to, answer_to(buf_bytes(&answer), KRPC_REPLY, other_id, NULL, &bench.wire));
	assert_true(counts->wrong_id == 1 && bench.told.count == 1);	/* late and of another: no answer to this */
	for (int i = 0; i < 3; i++)
		receive(&bench, &to, answer_to(buf_bytes(&answer), KRPC_REPLY, node_id, NULL, &bench.wire));
	assert_true(bench.told.count == 4 && bench.told.events[0].end == ENGINE_TIMEOUT);
	assert_true(bench.told.events[1].end == ENGINE_LATE && bench.told.events[2].end == ENGINE_DUPLICATE);
	assert_true(bench.told.events[1].rtt_us == ENGINE_TIMEOUT_UNKNOWN_US + SECOND);
	assert_true(counts->late == 1 && counts->duplicate == 2 && counts->timeouts == 1 && counts->replies == 0);
	engine_forget(bench.engine, packet.handle);
	receive(&bench, &to, buf_bytes(&bench.wire));
	assert_true(counts->duplicate == 3 && bench.told.count == 4);
	buf_free(&answer);
	end(&bench);
}

/* The same answer a million times, and as many that answer nothing: counted, and that is all. */
static void test_floods(void **state)
{
	struct bench bench;
	struct endpoint to = host4(1, 6881);
	struct engine_packet packet;
	size_t capacity;

	(void)state;
	begin(&bench, NULL);
	packet = sent_to(&bench, &to, node_id);
	answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire);
	capacity = bench.engine->all.capacity;
	for (int i = 0; i < 1000000; i++)
		engine_receive(bench.engine, &to, buf_bytes(&bench.wire), bench.now_us);
	assert_int_equal(engine_counts(bench.engine)->duplicate, 999999);
	for (int i = 0; i < 1000000; i++) {
		fill_random(&bench.seed, bench.wire.data + bench.wire.size - 1 - 6 - ENGINE_T_SIZE, ENGINE_T_SIZE);
		engine_receive(bench.engine, &to, buf_bytes(&bench.wire), bench.now_us);
	}
	assert_int_equal(engine_counts(bench.engine)->unsolicited, 1000000);
	assert_true(bench.engine->all.capacity == capacity && bench.engine->all.ended == 1);
	end(&bench);
}

static void test_forget(void **state)
{
	struct bench bench;
	struct engine_options options = unlimited(&bench.seed);
	struct endpoint to = host4(1, 6881);
	struct engine_packet packet;
	uint64_t waiting;
	int64_t at_us;

	(void)state;
	options.ip_burst = 1;
	begin(&bench, &options);
	packet = sent_to(&bench, &to, node_id);
	assert_true(engine_sent(bench.engine, packet.handle, &at_us) && at_us == bench.now_us);
	waiting = ask_as(&bench, &to, node_id);
	assert_false(engine_sent(bench.engine, waiting, &at_us));
	assert_true(at_us == bench.now_us + SECOND / 2);
	assert_int_equal(engine_flight(bench.engine), 2);
	engine_forget(bench.engine, waiting);
	engine_forget(bench.engine, waiting);
	assert_false(engine_sent(bench.engine, waiting, &at_us));
	assert_true(at_us == INT64_MAX);
	engine_forget(bench.engine, packet.handle);
	engine_forget(bench.engine, packet.handle);
	engine_forget(bench.engine, 12345);
	assert_int_equal(engine_flight(bench.engine), 0);
	receive(&bench, &to, answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire));
	bench.now_us += 60 * (int64_t)SECOND;
	assert_false(engine_send(bench.engine, bench.now_us, &packet));
	engine_pass_time(bench.engine, bench.now_us);
	assert_int_equal(bench.told.count, 0);
	assert_int_equal(engine_counts(bench.engine)->replies, 1);
	assert_int_equal(engine_flight(bench.engine), 0);
	/* forgotten, and then it turns out that it did not leave */
	packet = sent_to(&bench, &to, node_id);
	engine_forget(bench.engine, packet.handle);
	engine_unsent(bench.engine, packet.handle, bench.now_us);
	assert_true(engine_wake(bench.engine) == INT64_MAX);
	assert_int_equal(engine_flight(bench.engine), 0);
	end(&bench);
}

/* ---- owners that do things from within `done` */

struct chain { struct bench *bench; unsigned left, ends; uint64_t others[64]; };

static void ask_more(void *owner, const struct engine_event *event)
{
	struct chain *chain = owner;

	chain->ends++;
	for (unsigned i = 0; i < COUNT(chain->others); i++)
		engine_forget(chain->bench->engine, chain->others[i]);
	engine_forget(chain->bench->engine, event->handle);
	for (unsigned i = 0; i < COUNT(chain->others) && chain->left; i++, chain->left--) {
		struct endpoint to = host4(chain->left, 6881);
		struct engine_query query = { .to = to, .message = &chain->bench->ping, .done = ask_more, .owner = chain,
					      .unpaced = true };

		chain->others[i] = engine_ask(chain->bench->engine, &query, event->now_us);
	}
	assert_memory_equal(event->to.address, "\xc6\x29", 2);	/* the event is as it was */
}

static void test_reentrant(void **state)
{
	struct bench bench;
	struct chain chain = { .bench = &bench, .left = 5000 };
	struct endpoint to = host4(1, 6881);
	struct engine_query query = { .to = to, .done = ask_more, .owner = &chain, .unpaced = true };
	struct engine_packet packet;

	(void)state;
	begin(&bench, NULL);
	query.message = &bench.ping;
	assert_int_not_equal(engine_ask(bench.engine, &query, bench.now_us), 0);
	for (unsigned round = 0; engine_flight(bench.engine); round++) {
		while (engine_send(bench.engine, bench.now_us, &packet))
			if (round % 3 == 2)
				receive(&bench, &packet.to, answer_to(packet.bytes, KRPC_REPLY, node_id, NULL, &bench.wire));
		if (round % 3 == 1)
			engine_refused(bench.engine, &packet.to, (struct bytes){ NULL, 0 }, bench.now_us);
		bench.now_us += ENGINE_TIMEOUT_LIMIT_US;
		engine_pass_time(bench.engine, bench.now_us);
	}
	assert_int_equal(chain.left, 0);
	assert_in_range(chain.ends, 70, 5001);
	end(&bench);
}

/* ---- refusals */

static void test_refused(void **state)
{
	struct bench bench;
	struct endpoint to = host4(1, 6881), other = host4(1, 6882);
	struct engine_packet packets[4];

	(void)state;
	begin(&bench, NULL);
	for (int i = 0; i < 4; i++)
		packets[i] = sent_to(&bench, i == 3 ? &other : &to, node_id);
	/* one that holds a t, cut after it; the t of a query to another endpoint counts for nothing */
	engine_refused(bench.engine, &to, (struct bytes){ packets[1].bytes.data, packets[1].bytes.size - 6 }, bench.now_us);
	assert_true(bench.told.count == 1 && bench.told.events[0].handle == packets[1].handle);
	assert_int_equal(bench.told.events[0].end, ENGINE_REFUSED);
	engine_refused(bench.engine, &to, packets[1].bytes, bench.now_us);	/* it has ended */
	assert_int_equal(bench.told.count, 1);
	assert_int_not_equal(ask_as(&bench, &to, node_id), 0);			/* and one that waits */
	engine_refused(bench.engine, &to, packets[3].bytes, bench.now_us);
	assert_int_equal(bench.told.count, 4);
	assert_int_equal(bench.told.ends[ENGINE_REFUSED], 4);
	assert_int_equal(engine_flight(bench.engine), 1);
	assert_int_equal(engine_counts(bench.engine)->refused, 4);
	engine_refused(bench.engine, &to, packets[3].bytes, bench.now_us);
	/* an answer after all */
	receive(&bench, &to, answer_to(packets[1].bytes, KRPC_REPLY, node_id, NULL, &bench.wire));
	assert_int_equal(bench.told.events[4].end, ENGINE_LATE);
	end(&bench);
}

/* Those asked anew from within `done` are not refused with the others. */
static void ask_again(void *owner, const struct engine_event *event)
{
	struct chain *chain = owner;
	struct engine_query query = { .to = event->to, .message = &chain->bench->ping, .done = ask_again, .owner = chain,
				      .unpaced = true };

	assert_int_equal(event->end, ENGINE_REFUSED);
	chain->ends++;
	assert_int_not_equal(engine_ask(chain->bench->engine, &query, event->now_us), 0);
}

static void test_refused_again(void **state)
{
	struct bench bench;
	struct chain chain = { .bench = &bench };
	struct engine_query query = { .to = host4(1, 6881), .message = &bench.ping, .done = ask_again, .owner = &chain,
				      .unpaced = true };

	(void)state;
	begin(&bench, NULL);
	for (int i = 0; i < 1000; i++)
		assert_int_not_equal(engine_ask(bench.engine, &query, bench.now_us), 0);
	engine_refused(bench.engine, &query.to, (struct bytes){ NULL, 0 }, bench.now_us);
	assert_int_equal(chain.ends, 1000);
	assert_int_equal(engine_flight(bench.engine), 1000);
	end(&bench);
}

/* ---- anything may come */

static void test_noise(void **state)
{
	struct bench bench;

	(void)state;
	begin(&bench, NULL);
	for (unsigned i = 0; i < 20000; i++) {
		struct endpoint to = host4(i, 6881);
		struct engine_packet packet = sent_to(&bench, &to, node_id);
		struct bytes answer = answer_to(packet.bytes, i % 5 ? KRPC_REPLY : KRPC_ERROR, node_id, NULL, &bench.wire);

		for (unsigned changes = (unsigned)(next_random(&bench.seed) % 4); changes--;)
			bench.wire.data[next_random(&bench.seed) % answer.size] = (uint8_t)next_random(&bench.seed);
		answer.size -= next_random(&bench.seed) % 8 ? 0 : next_random(&bench.seed) % answer.size;
		receive(&bench, &to, answer);
		if (i % 1000 == 999) {
			bench.now_us += 20 * SECOND;
			engine_pass_time(bench.engine, bench.now_us);
		}
	}
	assert_int_equal(bench.told.count, 20000);	/* each has ended, once */
	end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_own_query_after_end),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_reentrant),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_again),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
