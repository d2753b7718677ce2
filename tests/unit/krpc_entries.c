/* krpc_entries.c - what is inside packets of the DHT: names of methods, compact nodes, peers */
#include "../support/unit.h"

#include "../support/krpc_entries.h"

#define ID "abcdefghij0123456789"
#define TARGET "mnopqrstuvwxyz123456"
#define REPLY(keys) "d1:rd2:id20:" ID keys "e1:t2:aa1:y1:re"

static void test_methods(void **state)
{
	static const struct { const char *reply; enum krpc_method method; } rows[] = {
		{ REPLY(""), KRPC_UNKNOWN },
		{ REPLY("5:nodes0:"), KRPC_FIND_NODE },
		{ REPLY("6:nodes60:"), KRPC_FIND_NODE },
		{ REPLY("5:nodes0:5:token1:x"), KRPC_GET_PEERS },
		{ REPLY("6:valuesle"), KRPC_GET_PEERS },
		{ REPLY("5:nodes0:7:samples0:"), KRPC_SAMPLE_INFOHASHES },
		{ REPLY("5:token1:x1:v1:y"), KRPC_GET },
		{ REPLY("3:seqi1e5:token1:x"), KRPC_GET },
	};

	(void)state;
	for (enum krpc_method method = KRPC_UNKNOWN; method < KRPC_METHODS; method++)
		assert_int_equal(krpc_method_find(bytes_of(krpc_method_name(method))), method);
	assert_int_equal(krpc_method_find(bytes_of("pin")), KRPC_UNKNOWN);
	assert_int_equal(krpc_method_find(bytes_of("pings")), KRPC_UNKNOWN);
	assert_int_equal(krpc_method_find((struct bytes){ NULL, 0 }), KRPC_UNKNOWN);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct krpc_message message;
		struct error error = { 0 };

		assert_true(krpc_decode(bytes_of(rows[i].reply), &message, &error));
		assert_int_equal(krpc_reply_method(&message), rows[i].method);
	}
}

static void test_nodes(void **state)
{
	struct endpoint v4 = { .address = { 203, 0, 113, 7 }, .port = 6881, .family = 4 };
	struct endpoint v6 = { .address = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 }, .port = 65535, .family = 6 };
	struct buf nodes = { 0 }, nodes6 = { 0 };
	struct krpc_node node;
	struct bytes rest;

	(void)state;
	krpc_node_put(&nodes, (const uint8_t *)ID, &v4);
	krpc_node_put(&nodes, (const uint8_t *)TARGET, &v4);
	krpc_node_put(&nodes6, (const uint8_t *)TARGET, &v6);
	assert_int_equal(nodes.size, 2 * KRPC_NODE4_SIZE);
	assert_int_equal(nodes6.size, KRPC_NODE6_SIZE);
	/* and a part of one more */
	buf_text(&nodes, "1234567890123456789012345");
	rest = buf_bytes(&nodes);
	assert_true(krpc_node_next(&rest, 4, &node));
	assert_memory_equal(node.id, ID, KRPC_ID_SIZE);
	assert_true(endpoint_equal(&node.endpoint, &v4));
	assert_true(krpc_node_next(&rest, 4, &node));
	assert_memory_equal(node.id, TARGET, KRPC_ID_SIZE);
	assert_false(krpc_node_next(&rest, 4, &node));
	assert_int_equal(rest.size, KRPC_NODE4_SIZE - 1);
	rest = buf_bytes(&nodes6);
	assert_true(krpc_node_next(&rest, 6, &node));
	assert_true(endpoint_equal(&node.endpoint, &v6));
	assert_false(krpc_node_next(&rest, 6, &node));
	rest = (struct bytes){ NULL, 0 };
	assert_false(krpc_node_next(&rest, 4, &node));
	buf_free(&nodes);
	buf_free(&nodes6);
}

static void test_values(void **state)
{
	static const struct { const char *list, *said; size_t count; } rows[] = {
		{ "le", "", 0 },
		{ "l6:aaaa\1\2e", "258", 1 },
		{ "l6:aaaa\1\2" "18:aaaaaaaaaaaaaaaa\1\3" "6:aaaa\1\4e", "258 259 260", 3 },
		{ "l6:aaaa\1\2" "5:aaaaa6:aaaa\1\4" "0:i6el6:aaaa\1\5ed1:a6:aaaa\1\5e6:aaaa\1\6" "7:aaaaaaae",
		  "258 260 262", 9 },
		{ "ll6:aaaa\1\5e6:aaaa\1\6e", "262", 2 },
		{ "l6:aaaa\1\2l6:aaaa\1\5ee", "258", 2 },
		/* what no decoder hands out, but who knows */
		{ "", "", 0 }, { "l", "", 0 }, { "l6:aaaa\1\2", "258", 1 }, { "l6:aaaa\1", "", 0 }, { "l6:", "", 0 },
		{ "lx", "", 0 },
		{ "l6:aaaa\1\2x6:aaaa\1\2e", "258", 1 },
	};
	struct endpoint endpoints[3] = {
		{ .address = { 203, 0, 113, 7 }, .port = 6881, .family = 4 },
		{ .address = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 }, .port = 65535, .family = 6 },
		{ .address = { 203, 0, 113, 8 }, .port = 0, .family = 4 },
	}, endpoint;
	struct buf out = { 0 };
	struct bytes rest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes copy = exact_copy(rows[i].list, strlen(rows[i].list));

		rest = copy;
		out.size = 0;
		assert_int_equal(krpc_value_count(copy), rows[i].count);
		while (krpc_value_next(&rest, &endpoint))
			buf_format(&out, "%s%u", out.size ? " " : "", endpoint.port);
		assert_string_equal(buf_string(&out), rows[i].said);
		assert_false(krpc_value_next(&rest, &endpoint));
		free_copy(copy);
	}
	out.size = 0;
	krpc_values_put(&out, endpoints, COUNT(endpoints));
	rest = buf_bytes(&out);
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		assert_true(krpc_value_next(&rest, &endpoint));
		assert_true(endpoint_equal(&endpoint, &endpoints[i]));
	}
	assert_false(krpc_value_next(&rest, &endpoint));
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests_name("krpc_entries", tests, NULL, NULL);
}
