/* redis_server.c - a connection to a real Redis server, or to none: commands, a long pipeline, users and databases */
#include "tests/support/redis_server.h"

#include <stdio.h>

static struct redis_address address_of(char *socket_path)
{
	return (struct redis_address){ .path = socket_path, .connect_timeout_ms = 2000, .command_timeout_ms = 10000 };
}

/* A message has the server's name in it, and says this. */
static void assert_message(const struct error *error, const char *text)
{
	assert_int_equal(error->kind, ERROR_SYSTEM);
	if (!strstr(error->message, text) || !strstr(error->message, redis_server.folder))
		fail_msg("\"%s\", which should have \"%s\" in it", error->message, text);
}

static void test_no_server(void **state)
{
	char name[200], longer[200];
	struct redis_address address = address_of(name);
	struct error error = { 0 };

	(void)state;
	snprintf(name, sizeof name, "%s/none", redis_server.folder);
	address.database = 4;
	assert_null(redis_open(&address, (struct io_wait){ 0 }, NULL, &error));
	assert_message(&error, "/none?db=4: No such file or directory");
	memset(longer, 'x', sizeof longer);
	snprintf(name, sizeof name, "%s/%.150s", redis_server.folder, longer);
	error = (struct error){ 0 };
	assert_null(redis_open(&address, (struct io_wait){ 0 }, NULL, &error));
	assert_message(&error, "less than 108 bytes");
}

static struct redis *open_real(struct redis_address address)
{
	struct error error = { 0 };
	struct redis *redis = redis_open(&address, (struct io_wait){ 0 }, NULL, &error);

	if (!redis)
		fail_msg("%s", error.message);
	return redis;
}

static void check_commands(void)
{
	static const uint8_t binary[] = { 0, '\r', '\n', 0xff, '$' };
	struct redis *redis = open_real(address_of(redis_server.path));
	struct bytes words[] = { bytes_of("SET"), bytes_at(binary, 5), bytes_at(binary + 1, 4) };
	struct redis_reply reply;
	struct error error = { 0 };

	redis_queue(redis, 3, words);
	words[0] = bytes_of("GET");
	redis_queue(redis, 2, words);
	redis_queue_text(redis, "GET", "none", NULL);
	redis_queue_text(redis, "SCAN", "0", "COUNT", "100", NULL);
	assert_true(redis_read(redis, &reply, &error));
	assert_true(reply.items->kind == REDIS_STATUS && bytes_is(reply.items->text, "OK"));
	assert_true(redis_read(redis, &reply, &error));
	assert_true(reply.items->kind == REDIS_STRING && bytes_equal(reply.items->text, bytes_at(binary + 1, 4)));
	assert_true(redis_read(redis, &reply, &error));
	assert_true(reply.items->kind == REDIS_NIL && !reply.items->text.data);
	assert_true(redis_read(redis, &reply, &error));
	assert_int_equal(reply.count, 4);
	assert_true(bytes_is(reply.items[1].text, "0"));
	assert_true(bytes_equal(reply.items[3].text, bytes_at(binary, 5)));

	assert_true(redis_ask(redis, &reply, &error, "STRLEN", "none", NULL));
	assert_true(reply.items->kind == REDIS_INTEGER && reply.items->integer == 0);
	assert_false(redis_ask(redis, &reply, &error, "INCR", NULL));
	assert_message(&error, ": INCR: ERR wrong number of arguments");
	error = (struct error){ 0 };
	assert_true(redis_ask(redis, &reply, &error, "DEL", "none", NULL));
	redis_close(redis);
}

/* 300,000 pairs, as an inspection reads them: the sums of what was written. */
static void check_pipeline(void)
{
	static const char script[] = "for i = 1, 300000 do redis.call('ZADD', 'z' .. i % 97, i, 'member' .. i) end";
	struct redis *redis = open_real(address_of(redis_server.path));
	struct redis_reply reply;
	struct error error = { 0 };
	uint64_t members = 0, sum = 0;
	char key[8];

	assert_true(redis_ask(redis, &reply, &error, "EVAL", script, "0", NULL));
	for (unsigned i = 0; i < 97; i++) {
		snprintf(key, sizeof key, "z%u", i);
		redis_queue_text(redis, "ZRANGE", key, "0", "-1", "WITHSCORES", NULL);
	}
	for (unsigned i = 0; i < 97; i++) {
		assert_true(redis_read(redis, &reply, &error));
		assert_int_equal(reply.items->integer, reply.count - 1);
		members += (reply.count - 1) / 2;
		for (size_t j = 1; j < reply.count; j += 2) {
			assert_true(bytes_begin(reply.items[j].text, "member"));
			assert_true(bytes_equal(bytes_after(reply.items[j].text, 6), reply.items[j + 1].text));
			sum += strtoul((const char *)reply.items[j + 1].text.data, NULL, 10);
		}
	}
	assert_int_equal(members, 300000);
	assert_int_equal(sum, 300000ul * 300001 / 2);
	redis_close(redis);
}

static void check_access(void)
{
	struct redis_address address = address_of(redis_server.path);
	struct redis *redis = open_real(address);
	struct redis_reply reply;
	struct error error = { 0 };
	char expected[100];

	address.database = 7;
	redis_close(open_real(address));
	address.database = 8;
	assert_null(redis_open(&address, (struct io_wait){ 0 }, NULL, &error));
	snprintf(expected, sizeof expected, "unix:%s?db=8: there is no database 8", redis_server.path);
	assert_string_equal(error.message, expected);
	address.database = 0;
	address.password = (char[]){ "hunter2" };
	error = (struct error){ 0 };
	assert_null(redis_open(&address, (struct io_wait){ 0 }, NULL, &error));
	assert_message(&error, "has no password, but one was given");

	error = (struct error){ 0 };
	assert_true(redis_ask(redis, &reply, &error, "ACL", "SETUSER", "reader", "on", ">hunter2", "~*", "+get", NULL));
	assert_true(redis_ask(redis, &reply, &error, "CONFIG", "SET", "requirepass", "hunter3", NULL));
	address.user = (char[]){ "reader" };
	redis_close(redis);
	redis = open_real(address);	/* it may not even PING */
	assert_true(redis_ask(redis, &reply, &error, "GET", "none", NULL));
	assert_false(redis_ask(redis, &reply, &error, "DEL", "none", NULL));
	assert_message(&error, "DEL: NOPERM");
	redis_close(redis);

	address.user = NULL;
	error = (struct error){ 0 };
	assert_null(redis_open(&address, (struct io_wait){ 0 }, NULL, &error));
	assert_message(&error, "wrong user name or password");
	address.password = NULL;
	error = (struct error){ 0 };
	assert_null(redis_open(&address, (struct io_wait){ 0 }, NULL, &error));
	assert_message(&error, "wants a password");
	address.password = (char[]){ "hunter3" };
	redis_close(open_real(address));
}

static void test_real_server(void **state)
{
	(void)state;
	redis_server_start();
	check_commands();
	check_pipeline();
	check_access();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_server),
		cmocka_unit_test_teardown(test_real_server, redis_server_end),
	};

	return cmocka_run_group_tests_name("redis_server", tests, redis_server_setup, redis_server_teardown);
}
