/* bulk.c - commands in bulk: order, bursts, keys; a server that leaves or is silent; clusters that move, refuse and die */
#include "tests/support/bulk_client.h"
#include "tests/support/redis_server.h"

/* ---- one server */

static struct client client;

/* The server answers none of a page before it has all of it: one write, one trip. */
static void test_one_trip(void **state)
{
	(void)state;
	farm.cluster = false;
	farm.gather = farm.total = BULK_FLIGHT;
	begin(&client, 10000);
	run_whole(&client, BULK_FLIGHT);
	assert_int_equal(bulk_trips(client.bulk), 1);
	assert_int_equal(bulk_commands(client.bulk), BULK_FLIGHT);
	end(&client);
}

/* It answers half of what it has: only then the next half comes. */
static void test_bursts(void **state)
{
	(void)state;
	farm.cluster = false;
	farm.gather = BULK_FLIGHT;
	farm.total = 10000;
	begin(&client, 10000);
	run_whole(&client, 10000);
	assert_int_equal(farm.most, BULK_FLIGHT);
	assert_int_equal(bulk_trips(client.bulk), 1 + (10000 - BULK_FLIGHT) / (BULK_FLIGHT / 2));
	assert_int_equal(client.late, 0);
	end(&client);
}

static void test_server_leaves(void **state)
{
	(void)state;
	farm.cluster = false;
	farm.leave_after = 1300;
	farm.leaves = 1;
	/* the second one of the farm: alone, it is as good as the first */
	farm.ports[0] = farm.ports[1];
	begin(&client, 10000);
	/* closed, or reset, where it had not read all that we sent */
	assert_failed(&client, 3000, "the connection is lost: ");
	assert_int_equal(client.answers, 1300);
	end(&client);
}

static void test_silent_server(void **state)
{
	(void)state;
	farm.cluster = false;
	farm.silent = true;
	farm.ports[0] = farm.ports[1];
	begin(&client, 300);
	assert_failed(&client, 10, "no answer within 300 ms");
	end(&client);
}

static void test_scan(void **state)
{
	struct bulk_answer none;

	(void)state;
	farm.cluster = false;
	memset(farm.truth, 0, sizeof farm.truth);
	begin(&client, 10000);
	assert_int_equal(bulk_try(client.bulk, &none, &client.error), BULK_END);
	bulk_scan(client.bulk);
	assert_int_equal(run(&client, 3, true), BULK_END);
	for (size_t i = 0; i < KEYS; i++)
		assert_int_equal(client.told[i], 1);
	assert_int_equal(client.answers, KEYS + 3);
	end(&client);
}

/* ---- a cluster */

static void test_cluster(void **state)
{
	(void)state;
	begin(&client, 10000);
	run_whole(&client, KEYS);
	for (size_t i = 0; i < FAKES; i++)
		assert_true(farm.gets[i] > KEYS / 5);
	assert_true(farm.most <= BULK_FLIGHT);
	end(&client);
}

/* A page that fits into a burst is one trip to each. */
static void test_cluster_page(void **state)
{
	(void)state;
	begin(&client, 10000);
	run_whole(&client, BULK_FLIGHT);
	assert_int_equal(bulk_trips(client.bulk), FAKES);
	end(&client);
}

static void test_moved(void **state)
{
	(void)state;
	move_slots(farm.truth, 0, 3000, 2);
	move_slots(farm.truth, 6000, 7000, 0);
	begin(&client, 10000);
	run_whole(&client, KEYS);
	assert_true(farm.gets[0] + farm.gets[1] + farm.gets[2] > KEYS);
	end(&client);
}

static void test_asked(void **state)
{
	(void)state;
	farm.asks = true;
	begin(&client, 10000);
	run_whole(&client, KEYS);
	assert_true(farm.asked > KEYS / 8);
	end(&client);
}

static void test_again(void **state)
{
	(void)state;
	farm.again = 2;
	begin(&client, 10000);
	run_whole(&client, 5000);
	assert_int_equal(farm.gets[0] + farm.gets[1] + farm.gets[2], 3 * 5000);
	end(&client);
}

/* For ever: then it is an answer. */
static void test_always_again(void **state)
{
	struct bulk_answer answer;
	enum bulk_tried tried;

	(void)state;
	farm.again = 255;
	begin(&client, 300);
	put_get(&client, 5);
	do
		tried = bulk_try(client.bulk, &answer, &client.error);
	while (tried == BULK_LATER);
	assert_int_equal(tried, BULK_ANSWER);
	assert_int_equal(answer.tag, 5);
	assert_true(bytes_begin(answer.items->text, "TRYAGAIN "));
	end(&client);
}

static void test_node_leaves(void **state)
{
	(void)state;
	farm.leave_after = 700;
	farm.leaves = 3;
	begin(&client, 10000);
	run_whole(&client, KEYS);
	assert_int_equal(farm.leaves, 0);
	end(&client);
}

/* What it has told before it left may not be all: its keys are read again from the first. */
static void test_scan_leaves(void **state)
{
	(void)state;
	farm.leave_after = 100;
	farm.leaves = 3;
	begin(&client, 10000);
	bulk_scan(client.bulk);
	run_told(&client);
	assert_int_equal(farm.leaves, 0);
	end(&client);
}

static void test_heir(void **state)
{
	(void)state;
	farm.leave_after = 700;
	farm.leaves = 1;
	farm.for_good = true;
	farm.heir_after = 4;
	begin(&client, 10000);
	bulk_scan(client.bulk);
	run_whole(&client, KEYS);
	assert_all_told(&client);
	end(&client);
}

static void test_no_heir(void **state)
{
	(void)state;
	farm.leave_after = 700;
	farm.leaves = 1;
	farm.for_good = true;
	begin(&client, 300);
	assert_failed(&client, KEYS, "nobody serves slots 5000-9999 in its place");
	end(&client);
}

/* It lets us in and says nothing: not twice as long as anybody may take. */
static void test_silent_node(void **state)
{
	(void)state;
	farm.silent = true;
	begin(&client, 300);
	assert_failed(&client, 100, "no answer within 300 ms");
	end(&client);
}

/* Slots that go to a node whose SCAN is past their keys. */
static void test_scan_moves(void **state)
{
	(void)state;
	farm.move_after = 60;
	begin(&client, 10000);
	bulk_scan(client.bulk);
	run_told(&client);
	assert_int_equal(farm.truth[0], 1);
	end(&client);
}

static void test_scan_always_moves(void **state)
{
	(void)state;
	farm.turns = true;
	begin(&client, 10000);
	bulk_scan(client.bulk);
	assert_failed(&client, 0, "slots of the cluster keep moving");
	end(&client);
}

/* ---- a real one */

static void ask_real(const char *script)
{
	struct redis_reply reply;

	if (!redis_ask(client.nodes.all[0].redis, &reply, &client.error, "EVAL", script, "0", NULL))
		fail_msg("%s", client.error.message);
}

static enum bulk_tried next(struct bulk_answer *answer)
{
	enum bulk_tried tried;
	struct redis *one;
	bool ready;

	while ((tried = bulk_try(client.bulk, answer, &client.error)) == BULK_LATER)
		assert_true(redis_wait(&one, bulk_connections(client.bulk, &one, 1), NULL, UINT32_MAX, &ready,
				       &client.error));
	return tried;
}

/* Far more than there should be, of all kinds; errors are answers. */
static void check_answers(void)
{
	const struct bytes rows[][2] = {
		{ bytes_of("GET"), bytes_of("s") }, { bytes_of("SMEMBERS"), bytes_of("set") },
		{ bytes_of("SCARD"), bytes_of("s") },
		{ bytes_of("GET"), bytes_of("none") }, { bytes_of("SET"), bytes_of("s") },
	};
	static const char *const expected[] = { "5", "", "WRONGTYPE ", "", "ERR wrong number " };
	static const enum redis_kind kinds[] = { REDIS_STRING, REDIS_ARRAY, REDIS_ERROR, REDIS_NIL, REDIS_ERROR };
	struct bulk_answer answer;

	for (uint64_t i = 0; i < 3 * BULK_WAITING; i++)
		bulk_put(client.bulk, UINT64_MAX - i, 2, rows[i % COUNT(rows)]);
	assert_false(bulk_room(client.bulk));
	for (uint64_t i = 0; i < 3 * BULK_WAITING; i++) {
		assert_int_equal(next(&answer), BULK_ANSWER);
		assert_false(answer.keys);
		assert_true(answer.tag == UINT64_MAX - i);
		assert_int_equal(answer.items->kind, kinds[i % COUNT(rows)]);
		assert_int_equal(answer.count, i % COUNT(rows) == 1 ? 3 : 1);
		if (*expected[i % COUNT(rows)])
			assert_true(bytes_begin(answer.items->text, expected[i % COUNT(rows)]));
	}
	assert_int_equal(next(&answer), BULK_END);
	assert_true(bulk_room(client.bulk));
}

/* Each key is told of, and may be asked for while the page is looked at. */
static void check_scan(void)
{
	enum { ALL = 50000 };
	static uint8_t told[ALL];
	struct bulk_answer answer;
	size_t asked = 0, answered = 0;
	uint64_t key;

	bulk_scan(client.bulk);
	while (next(&answer) == BULK_ANSWER) {
		answered += !answer.keys;
		for (size_t i = 0; answer.keys && i < answer.count; i++) {
			struct bytes words[] = { bytes_of("GET"), answer.items[i].text };

			assert_true(number_parse(words[1], ALL - 1, &key));
			told[key] = 1;
			bulk_put(client.bulk, key, 2, words);
			asked++;
		}
		if (!answer.keys)
			assert_int_equal(strtoul((const char *)answer.items->text.data, NULL, 10), answer.tag);
	}
	assert_int_equal(client.error.kind, ERROR_NONE);
	assert_null(memchr(told, 0, ALL));
	assert_int_equal(answered, asked);
}

/* What the server has counted is what was said. */
static void check_count(void)
{
	struct redis_reply reply;
	const uint8_t *found;
	struct bytes text;

	assert_true(redis_ask(client.nodes.all[0].redis, &reply, &client.error, "INFO", "commandstats", NULL));
	text = reply.items->text;
	found = memmem(text.data, text.size, "cmdstat_smembers:calls=", 23);
	assert_non_null(found);
	assert_int_equal(strtoul((const char *)found + 23, NULL, 10), 3 * BULK_WAITING / 5);
}

static void test_real_server(void **state)
{
	struct redis_reply refusal;
	struct bulk_answer answer;
	struct nodes_options options = { .address = { .path = redis_server.path, .command_timeout_ms = 10000 } };

	(void)state;
	redis_server_start();
	open_client(&client, &options);
	ask_real("redis.call('SET', 's', '5') redis.call('SADD', 'set', 'a', 'b')");
	check_answers();
	check_count();
	ask_real("redis.call('FLUSHALL') for i = 0, 49999 do redis.call('SET', i, i) end");
	check_scan();
	assert_true(redis_ask(client.nodes.all[0].redis, &refusal, &client.error, "ACL", "SETUSER", "default",
			      "-scan", NULL));
	bulk_scan(client.bulk);
	assert_int_equal(next(&answer), BULK_FAILED);
	assert_non_null(strstr(client.error.message, "real: SCAN: NOPERM"));
	end(&client);
}

#define FARM_TEST(test) cmocka_unit_test_setup_teardown(test, start_farm, stop_farm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FARM_TEST(test_one_trip),
		FARM_TEST(test_bursts),
		FARM_TEST(test_server_leaves),
		FARM_TEST(test_silent_server),
		FARM_TEST(test_scan),
		FARM_TEST(test_cluster),
		FARM_TEST(test_cluster_page),
		FARM_TEST(test_moved),
		FARM_TEST(test_asked),
		FARM_TEST(test_again),
		FARM_TEST(test_always_again),
		FARM_TEST(test_node_leaves),
		FARM_TEST(test_scan_leaves),
		FARM_TEST(test_heir),
		FARM_TEST(test_no_heir),
		FARM_TEST(test_silent_node),
		FARM_TEST(test_scan_moves),
		FARM_TEST(test_scan_always_moves),
		cmocka_unit_test_teardown(test_real_server, redis_server_end),
	};

	return cmocka_run_group_tests_name("bulk", tests, redis_server_setup, redis_server_teardown);
}
