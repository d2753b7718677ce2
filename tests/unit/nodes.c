/* nodes.c - slots of keys; maps and hints of a cluster that lies, moves and dies, from servers that say as they are told */
#include "tests/support/redis_told.h"

/* ---- slots */

static void test_slots(void **state)
{
	static const struct { const char *key; uint16_t slot; } rows[] = {
		{ "", 0 },
		{ "123456789", 0x31c3 },	/* the check value of CRC-16/XMODEM */
		{ "foo", 12182 },
		{ "foo{}{bar}", 8363 },
		{ "foo{{bar}}zap", 4015 },
		{ "{bar", 4015 },
		{ "{foo}.b", 12182 }, { "a{foo}{b}", 12182 },
		{ "{}foo", 9500 }, { "foo}{", 8134 },
	};
	static const uint8_t binary[] = { 0, 0xff, '{', 0, '}' };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (nodes_slot(bytes_of(rows[i].key)) != rows[i].slot)
			fail_msg("%s is in slot %u, not %u", rows[i].key, rows[i].slot, nodes_slot(bytes_of(rows[i].key)));
	assert_int_equal(nodes_slot(bytes_at(binary, sizeof binary)), nodes_slot(bytes_at("", 1)));
	assert_int_equal(nodes_slot(bytes_at(NULL, 0)), 0);
}

static void test_print_slots(void **state)
{
	static bool slots[NODES_SLOTS];
	char text[160], brief[64];

	(void)state;
	slots[5] = true;
	assert_string_equal(nodes_print_slots(text, sizeof text, slots), "slot 5");
	for (size_t i = 10; i <= 5460; i++)
		slots[i] = true;
	slots[NODES_SLOTS - 1] = true;
	assert_string_equal(nodes_print_slots(text, sizeof text, slots), "slots 5, 10-5460, 16383");
	for (size_t i = 0; i < NODES_SLOTS; i += 2)
		slots[i] = !slots[i + 1];
	assert_true(strlen(nodes_print_slots(brief, sizeof brief, slots)) < sizeof brief);
	assert_non_null(strstr(brief, " and more"));
}

/* ---- maps */

static void test_cluster(void **state)
{
	struct nodes nodes;
	struct error error = { 0 };
	char name[32];

	(void)state;
	open_all(&nodes);
	assert_true(nodes.cluster);
	assert_int_equal(nodes.version, 70015);
	assert_int_equal(nodes.count, SERVERS);
	for (size_t i = 0; i < SERVERS; i++) {
		assert_int_equal(nodes.all[i].address.port, servers[i].port);
		snprintf(name, sizeof name, "127.0.0.1:%u", servers[i].port);
		assert_string_equal(nodes.all[i].name, name);
		snprintf(name, sizeof name, "%zu", i);
		assert_string_equal(nodes.all[i].id + 39, name);
	}
	assert_int_equal(nodes.owner[0], 0);
	assert_int_equal(nodes.owner[99], 0);
	assert_int_equal(nodes.owner[100], 1);
	assert_int_equal(nodes.owner[16383], 2);
	assert_int_equal(nodes_of(&nodes, bytes_of("foo")), 1);
	assert_int_equal(nodes_of(&nodes, bytes_of("")), 0);
	assert_null(nodes.all[1].redis);
	assert_non_null(nodes_redis(&nodes, 1, &error));
	assert_true(nodes_refresh(&nodes, &error));
	assert_int_equal(nodes.count, SERVERS);
	nodes_close(&nodes);
}

/* A single server, known by INFO or because it does not say. */
static void test_single(void **state)
{
	struct nodes_options options = options_of(0);
	struct redis_reply reply;
	struct error error = { 0 };
	struct nodes nodes;
	size_t node = 7;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		if (i) {
			tell(&servers[0], "\nserver", "$23\r\nredis_version:255.0.1\r\n\r\n");
			tell(&servers[0], "\ncluster", "$19\r\ncluster_enabled:0\r\n\r\n");
		}
		tell(&servers[0], "GET", ":5\r\n");
		assert_true(nodes_open(&nodes, &options, &error));
		assert_false(nodes.cluster);
		assert_int_equal(nodes.version, 0);
		assert_int_equal(nodes.count, 1);
		assert_int_equal(nodes_of(&nodes, bytes_of("foo")), 0);
		assert_int_equal(nodes.owner[16383], 0);
		assert_int_equal(nodes_hint(&nodes, bytes_of("MOVED 5 127.0.0.1:1"), &node), NODES_REFUSED);
		assert_int_equal(nodes_hint(&nodes, bytes_of("LOADING"), &node), NODES_REFUSED);
		assert_true(nodes_ask(&nodes, 2, (struct bytes[]){ bytes_of("GET"), bytes_of("foo") }, &reply, &error));
		assert_int_equal(reply.items->integer, 5);
		assert_true(nodes_refresh(&nodes, &error));
		assert_false(nodes_recover(&nodes, 0, 1000, &error));
		nodes_close(&nodes);
		error = (struct error){ 0 };
	}
	options.cluster = true;
	assert_false(nodes_open(&nodes, &options, &error));
	assert_non_null(strstr(error.message, "is no node of a cluster"));
}

/* What is no map of slots is refused, and never read beyond its end. */
static void test_bad_maps(void **state)
{
	static const char *const maps[] = {
		":1\r\n", "$2\r\nhi\r\n", "*1\r\n:5\r\n", "*1\r\n*0\r\n", "*1\r\n*2\r\n:0\r\n:5\r\n",
		"*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\nh\r\n:1\r\n",
		"*1\r\n*3\r\n:-1\r\n:5\r\n*2\r\n$1\r\nh\r\n:1\r\n",
		"*1\r\n*3\r\n:6\r\n:5\r\n*2\r\n$1\r\nh\r\n:1\r\n",
		"*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\nh\r\n:0\r\n",
		"*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\nh\r\n:65536\r\n",
		"*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n:1\r\n:1\r\n",
		"*1\r\n*3\r\n:0\r\n:5\r\n*1\r\n$1\r\nh\r\n",
		"*1\r\n*3\r\n:0\r\n:5\r\n$1\r\nh\r\n",
		"*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$3\r\nh\0h\r\n:1\r\n",
		"*1\r\n*4\r\n:0\r\n:5\r\n*2\r\n$1\r\nh\r\n:1\r\n:7\r\n",
		"*2\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\nh\r\n:1\r\n$5\r\nagain\r\n",
		"-ERR no\r\n",
	};
	struct nodes nodes;
	struct error error = { 0 };

	(void)state;
	open_all(&nodes);
	for (size_t i = 0; i < COUNT(maps); i++) {
		struct error problem = { 0 };

		for (size_t j = 0; j < SERVERS; j++) {
			servers[j].answers[2].answer = maps[i];
			servers[j].answers[2].part = "SLOTS";
		}
		if (nodes_refresh(&nodes, &problem))
			fail_msg("map %zu was taken", i);
		assert_non_null(strstr(problem.message, "no node of the cluster says which slots are where"));
		assert_int_equal(nodes.owner[99], 0);
		assert_int_equal(nodes.owner[100], 1);
	}
	/* no slots at all is a map */
	for (size_t j = 0; j < SERVERS; j++)
		servers[j].answers[2].answer = "*0\r\n";
	assert_true(nodes_refresh(&nodes, &error));
	assert_int_equal(nodes.owner[99], NODES_NONE);
	nodes_close(&nodes);
}

/* A node without a host of its own is where we came by. */
static void test_hosts(void **state)
{
	static const struct { const char *host, *name; } rows[] = {
		{ "$0\r\n\r\n", "127.0.0.1:7" }, { "$-1\r\n", "127.0.0.1:7" }, { "$1\r\n?\r\n", "127.0.0.1:7" },
		{ "$9\r\nlocalhost\r\n", "localhost:7" }, { "$3\r\n::1\r\n", "[::1]:7" },
	};
	struct nodes nodes;
	struct error error = { 0 };
	char map[200];

	(void)state;
	open_all(&nodes);
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(map, sizeof map, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n%s:7\r\n", rows[i].host);
		for (size_t j = 0; j < SERVERS; j++)
			servers[j].answers[2].answer = map;
		assert_true(nodes_refresh(&nodes, &error));
		assert_string_equal(nodes.all[nodes.owner[5]].name, rows[i].name);
	}
	assert_int_equal(nodes.count, SERVERS + 3);
	nodes_close(&nodes);
}

/* ---- hints */

static void test_hints(void **state)
{
	static const struct { const char *words; enum nodes_hint hint; const char *name; uint16_t slot; } rows[] = {
		{ "MOVED 3999 127.0.0.1:6381", NODES_MOVED, "127.0.0.1:6381", 3999 },
		{ "MOVED 0 ::1:6381", NODES_MOVED, "[::1]:6381", 0 },
		{ "MOVED 16383 :6382", NODES_MOVED, "127.0.0.1:6382", 16383 },
		{ "ASK 1 a.example:6381", NODES_ASK, "a.example:6381", 0 },
		{ "TRYAGAIN Multiple keys", NODES_AGAIN, NULL, 0 },
		{ "CLUSTERDOWN The cluster is down", NODES_AGAIN, NULL, 0 },
		{ "LOADING Redis is", NODES_AGAIN, NULL, 0 },
		{ "MASTERDOWN Link", NODES_AGAIN, NULL, 0 },
		{ "READONLY You", NODES_AGAIN, NULL, 0 },
		{ "ERR MOVED 1 127.0.0.1:1", NODES_REFUSED, NULL, 0 },
		{ "MOVED 16384 127.0.0.1:1", NODES_REFUSED, NULL, 0 },
		{ "MOVED -1 127.0.0.1:1", NODES_REFUSED, NULL, 0 },
		{ "MOVED 1 127.0.0.1:0", NODES_REFUSED, NULL, 0 },
		{ "MOVED 1 127.0.0.1:65536", NODES_REFUSED, NULL, 0 },
		{ "MOVED 1 127.0.0.1:", NODES_REFUSED, NULL, 0 },
		{ "MOVED 1 127.0.0.1", NODES_REFUSED, NULL, 0 },
		{ "MOVED 1", NODES_REFUSED, NULL, 0 },
		{ "MOVED ", NODES_REFUSED, NULL, 0 },
		{ "MOVED", NODES_REFUSED, NULL, 0 },
		{ "ASK  :", NODES_REFUSED, NULL, 0 },
		{ "WRONGTYPE", NODES_REFUSED, NULL, 0 },
		{ "", NODES_REFUSED, NULL, 0 },
	};
	struct nodes nodes;

	(void)state;
	open_all(&nodes);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes words = exact_copy(rows[i].words, strlen(rows[i].words));
		size_t node = 9999;

		if (nodes_hint(&nodes, words, &node) != rows[i].hint)
			fail_msg("another hint: %s", rows[i].words);
		free_copy(words);
		if (!rows[i].name)
			continue;
		assert_string_equal(nodes.all[node].name, rows[i].name);
		if (rows[i].hint == NODES_MOVED)
			assert_int_equal(nodes.owner[rows[i].slot], node);
	}
	/* as many nodes as a liar can think of, up to the bound */
	for (unsigned port = 1; port < 2 * NODES_MAX; port++) {
		char words[40];
		size_t node;

		snprintf(words, sizeof words, "MOVED 5 10.0.0.1:%u", port);
		nodes_hint(&nodes, bytes_of(words), &node);
	}
	assert_int_equal(nodes.count, NODES_MAX);
	nodes_close(&nodes);
}

/* ---- one command, wherever it must go */

static void say_to(const char *moved, struct server *from, const struct server *to, struct buf *buf)
{
	buf_format(buf, "-%s %u 127.0.0.1:%u\r\n", moved, nodes_slot(bytes_of("foo")), to->port);
	tell(from, "GET", buf_string(buf));
}

static void test_ask(void **state)
{
	const struct bytes words[] = { bytes_of("GET"), bytes_of("foo") };
	struct redis_reply reply;
	struct error error = { 0 };
	struct nodes nodes;

	(void)state;
	open_all(&nodes);	/* foo is with the second */
	say_to("ASK", &servers[1], &servers[2], &texts[3]);
	servers[1].answers[3].once = true;
	say_to("MOVED", &servers[1], &servers[2], &texts[4]);
	servers[1].answers[4].once = true;
	tell(&servers[1], "GET", "-CLUSTERDOWN for now\r\n");
	servers[1].answers[5].once = true;
	tell(&servers[1], "GET", ":1\r\n");
	tell(&servers[2], "ASKING", "+OK\r\n");
	tell(&servers[2], "GET", ":2\r\n");
	assert_true(nodes_ask(&nodes, 2, words, &reply, &error));
	assert_int_equal(reply.items->integer, 2);
	assert_int_equal(nodes_of(&nodes, words[1]), 1);
	assert_true(servers[2].answers[3].used);
	assert_true(nodes_ask(&nodes, 2, words, &reply, &error));
	assert_int_equal(reply.items->integer, 2);
	assert_int_equal(nodes_of(&nodes, words[1]), 2);
	/* the map is as it was: then a moment of weakness */
	assert_true(nodes_refresh(&nodes, &error));
	assert_int_equal(nodes_of(&nodes, words[1]), 1);
	assert_true(nodes_ask(&nodes, 2, words, &reply, &error));
	assert_int_equal(reply.items->integer, 1);
	/* a circle has an end */
	servers[1].answers[6].part = "nothing";
	say_to("MOVED", &servers[1], &servers[1], &texts[5]);
	assert_true(nodes_ask(&nodes, 2, words, &reply, &error));
	assert_int_equal(reply.items->kind, REDIS_ERROR);
	/* what is no hint is an answer */
	servers[1].answers[7].answer = "-ERR no\r\n";
	assert_true(nodes_ask(&nodes, 2, words, &reply, &error));
	assert_true(bytes_is(reply.items->text, "ERR no"));
	nodes_close(&nodes);
}

/* The connection ends before the answer: once more, and no more than that. */
static void test_lost(void **state)
{
	const struct bytes words[] = { bytes_of("GET"), bytes_of("foo") };
	struct redis_reply reply;
	struct error error = { 0 };
	struct nodes nodes;

	(void)state;
	open_all(&nodes);
	tell(&servers[1], "GET", NULL);
	servers[1].answers[3].once = true;
	tell(&servers[1], "GET", ":1\r\n");
	assert_true(nodes_ask(&nodes, 2, words, &reply, &error));
	assert_int_equal(reply.items->integer, 1);
	servers[1].answers[3].once = false;
	assert_false(nodes_ask(&nodes, 2, words, &reply, &error));
	assert_non_null(strstr(error.message, "the connection is lost"));
	nodes_close(&nodes);
}

/* A node that nobody reaches any more, until another one has its slots. */
static void test_recover(void **state)
{
	struct error error = { 0 };
	struct nodes nodes;
	struct buf map = { 0 };

	(void)state;
	open_all(&nodes);
	servers[1].gone = true;
	shutdown(servers[1].listener, SHUT_RDWR);
	pthread_join(servers[1].thread, NULL);
	assert_false(nodes_recover(&nodes, 1, 0, &error));
	assert_non_null(strstr(error.message, "nobody serves slots 100-16382 in its place"));
	buf_format(&map, "*1\r\n*3\r\n:0\r\n:16000\r\n*2\r\n$9\r\n127.0.0.1\r\n:%u\r\n", servers[2].port);
	for (size_t i = 0; i < SERVERS; i++)
		servers[i].answers[2].answer = buf_string(&map);
	error = (struct error){ 0 };
	nodes.owner[16383] = 1;
	assert_false(nodes_recover(&nodes, 1, 0, &error));
	assert_non_null(strstr(error.message, "nobody serves slots 16001-16383 in its place"));
	nodes_close(&nodes);
	buf_free(&map);
	pthread_create(&servers[1].thread, NULL, run_connections, &servers[1]);
}

/* ---- what nodes say of themselves */

static void test_look(void **state)
{
	static struct nodes_state look;
	struct error error = { 0 };
	struct buf text = { 0 };
	struct nodes nodes;

	(void)state;
	open_all(&nodes);
	buf_format(&text, "%040u 127.0.0.1:%u@1 master - 0 1 8 connected 100-16382\n"
		   "%040u 127.0.0.1:%u@1,name myself,master - 0 0 7 connected 0-99 16383 "
		   "[5->-%040u] [100-<-%040u] [7->-%040u] [] [9] [99999-<-x]\n"
		   "%040u 127.0.0.1:9999@1 master - 0 0 0 connected\n",
		   1, servers[1].port, 0, servers[0].port, 1, 1, 9, 9);
	tell(&servers[0], "NODES", bulk(&texts[6], buf_string(&text)));
	tell(&servers[2], "NODES", bulk(&texts[7], "x y z\n"));
	nodes_state_clear(&look);
	look.owner[50] = look.owner[51] = 2;
	look.epochs[2] = 9;
	look.owner[200] = 0;
	assert_true(nodes_look(&nodes, 0, &look, &error));
	assert_int_equal(look.epochs[0], 7);
	assert_int_equal(look.owner[0], 0);
	assert_int_equal(look.owner[16383], 0);
	assert_int_equal(look.owner[50], 2);
	assert_int_equal(look.owner[200], NODES_NONE);
	assert_int_equal(look.from[5], 0);
	assert_int_equal(look.to[5], 1);
	assert_int_equal(look.from[100], 1);
	assert_int_equal(look.to[100], 0);
	assert_int_equal(look.from[9], NODES_NONE);
	assert_string_equal(nodes.all[look.to[7]].name, "127.0.0.1:9999");
	assert_false(nodes_look(&nodes, 2, &look, &error));
	assert_false(look.refused);
	error = (struct error){ 0 };
	assert_true(nodes_look(&nodes, 1, &look, &error));
	assert_true(look.refused);
	assert_int_equal(look.owner[0], 0);
	nodes_close(&nodes);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_print_slots),
		cmocka_unit_test_setup_teardown(test_cluster, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_single, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_bad_maps, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_hosts, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_hints, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_ask, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_lost, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_recover, start_servers, end_test),
		cmocka_unit_test_setup_teardown(test_look, start_servers, end_test),
	};

	return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
