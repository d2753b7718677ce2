/* redis.c - a connection to fake servers that lie, stall and leave; a real one is in redis_server.c */
#include "tests/support/redis_fake.h"

#include <signal.h>
#include <sys/time.h>

static void describe(const struct redis_reply *reply, struct buf *text)
{
	for (size_t i = 0; i < reply->count; i++)
		buf_format(text, "%d %jd %.*s\n", reply->items[i].kind, (intmax_t)reply->items[i].integer,
			   (int)reply->items[i].text.size, (const char *)reply->items[i].text.data);
}

/* Many replies of all sizes: in one piece, byte by byte, and around the size of the window. */
static void test_pieces(void **state)
{
	static const size_t steps[] = { 0, 1, 3, 1000, 100000 };
	static const unsigned replies = 200;
	struct buf script = { 0 }, first = { 0 };

	(void)state;
	for (unsigned i = 0; i < replies; i++) {
		unsigned items = i % 40 == 39 ? 2000 : i % 7;

		buf_format(&script, "*%u\r\n", items);
		for (unsigned j = 0; j < items; j++)
			buf_format(&script, "$%u\r\n%0*u\r\n", 10 + (i + j) % 9, (int)(10 + (i + j) % 9), i * j);
	}
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct fake fake = { .script = buf_bytes(&script), .step = steps[i] };
		struct redis *redis = open_fake(&fake, 10000);
		struct redis_reply reply;
		struct error error = { 0 };
		struct buf text = { 0 };

		for (unsigned j = 0; j < replies; j++)
			redis_queue_text(redis, "GET", "x", NULL);
		assert_int_equal(redis_queued(redis), replies * strlen("*2\r\n$3\r\nGET\r\n$1\r\nx\r\n"));
		for (unsigned j = 0; j < replies; j++) {
			if (!redis_read(redis, &reply, &error))
				fail_msg("%s", error.message);
			assert_int_equal(redis_queued(redis), 0);
			describe(&reply, &text);
		}
		if (!i)
			buf_append(&first, text.data, text.size);
		assert_string_equal(buf_string(&text), buf_string(&first));
		buf_free(&text);
		end_fake(&fake, redis);
	}
	buf_free(&script);
	buf_free(&first);
}

/* One reply of nearly all that is allowed: the window grows under the views. */
static void test_big_reply(void **state)
{
	static const unsigned strings = 60;
	struct fake fake = { 0 };
	struct buf script = { 0 };
	struct redis_reply reply;
	struct error error = { 0 };
	struct redis *redis;

	(void)state;
	buf_format(&script, "*%u\r\n", strings);
	for (unsigned i = 0; i < strings; i++) {
		buf_format(&script, "$%u\r\n", 1 << 20);
		memset(buf_reserve(&script, 1 << 20), 'A' + (int)i, 1 << 20);
		script.size += 1 << 20;
		buf_text(&script, "\r\n");
	}
	fake.script = buf_bytes(&script);
	redis = open_fake(&fake, 10000);
	redis_queue_text(redis, "X", NULL);
	assert_true(redis_read(redis, &reply, &error));
	assert_int_equal(reply.count, strings + 1);
	for (unsigned i = 0; i < strings; i++) {
		assert_int_equal(reply.items[i + 1].text.size, 1 << 20);
		assert_int_equal(reply.items[i + 1].text.data[0], 'A' + i);
		assert_int_equal(reply.items[i + 1].text.data[(1 << 20) - 1], 'A' + i);
	}
	end_fake(&fake, redis);
	buf_free(&script);
}

static void test_bad_servers(void **state)
{
	static const struct { const char *script, *message; bool stays; } rows[] = {
		{ "", "the connection is lost: the server closed it", false },
		{ "$10\r\nabc", "the connection is lost: the server closed it", false },
		{ "*2\r\n:1\r\n", "the connection is lost: the server closed it", false },
		{ "$10\r\nabc", "no answer within 60 ms", true },
		{ "$10\r\nabcdefghijkl", "protocol error: no CR LF after a string", true },
		{ "*2147483648\r\n", "a reply of more than 4194304 elements", true },
		{ "$524288000\r\n", "a reply of more than 64 MiB", true },
		{ "HTTP/1.1 400 Bad Request\r\n", "is this a Redis server?", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t step = 0; step < 2; step++) {
			struct fake fake = { .script = bytes_of(rows[i].script), .step = step, .leaves = !rows[i].stays };
			struct redis *redis = open_fake(&fake, 60);
			struct redis_reply reply;
			struct error error = { 0 };

			redis_queue_text(redis, "GET", "x", NULL);
			assert_false(redis_read(redis, &reply, &error));
			assert_message(&error, rows[i].message);
			error = (struct error){ 0 };
			redis_queue_text(redis, "GET", "x", NULL);
			assert_false(redis_read(redis, &reply, &error));
			assert_message(&error, "the connection was given up");
			assert_false(redis_send(redis, &error));
			end_fake(&fake, redis);
		}
	}
}

/* The whole reply before the end counts; SIGPIPE would kill this test. */
static void test_server_leaves(void **state)
{
	struct fake fake = { .script = bytes_of("+last words\r\n"), .leaves = true };
	struct redis *redis = open_fake(&fake, 10000);
	struct redis_reply reply;
	struct error error = { 0 };
	bool sent = true;

	(void)state;
	redis_queue_text(redis, "GET", "x", NULL);
	assert_true(redis_send(redis, &error));
	pthread_join(fake.thread, NULL);
	redis_queue_text(redis, "GET", "y", NULL);
	assert_true(redis_read(redis, &reply, &error));
	assert_true(bytes_is(reply.items->text, "last words"));
	for (int i = 0; sent && i < 3; i++) {
		redis_queue_text(redis, "GET", "z", NULL);
		sent = redis_send(redis, &error);
	}
	assert_false(sent);
	assert_message(&error, "the connection is lost");
	redis_close(redis);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *greeting, *message;
		bool rude, password;
		uint32_t database;
	} rows[] = {
		{ "-ERR max number of clients reached\r\n", "ERR max number of clients reached", true, false, 0 },
		{ "-ERR max number of clients reached\r\n", "ERR max number of clients reached", true, true, 3 },
		{ "", "the connection is lost", true, false, 0 },
		{ "-NOAUTH Authentication required.\r\n", "wants a password", false, false, 0 },
		{ "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "wrong user name or password", false,
		  true, 0 },
		{ "-ERR invalid password\r\n", "wrong user name or password", false, true, 0 },
		{ "-ERR Client sent AUTH, but no password is set\r\n", "has no password", false, true, 0 },
		{ "-ERR unknown command 'AUTH', with args beginning with: 'hunter2' \r\n", "AUTH was refused", false,
		  true, 0 },
		{ "+OK\r\n-ERR DB index is out of range\r\n", "there is no database 15", false, true, 15 },
		{ "-ERR SELECT is not allowed in cluster mode\r\n", "SELECT: ERR SELECT is not allowed in cluster mode",
		  false, false, 1 },
		{ "-NOPERM this user has no permissions\r\n", "SELECT: NOPERM", false, false, 1 },
		{ "-LOADING Redis is loading the dataset in memory\r\n", "still loading its data", false, false, 0 },
		{ "-BUSY Redis is busy running a script.\r\n", "busy with a script", false, false, 0 },
		{ "-ERR \x1b[2J\x07\r\n", "PING: ERR ?[2J?", false, false, 0 },
		{ "*1\r\n$4\r\nPING\r\n", "is this a Redis server?", false, false, 0 },
		{ "SSH-2.0-OpenSSH_9.2\r\n", "is this a Redis server?", false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake fake = { .greeting = rows[i].greeting, .rude = rows[i].rude };
		struct redis_address address = address_of(fake_path);
		struct error error = { 0 };

		address.password = rows[i].password ? (char[]){ "hunter2" } : NULL;
		address.database = rows[i].database;
		start_fake(&fake);
		assert_null(redis_open(&address, counted, NULL, &error));
		assert_message(&error, rows[i].message);
		assert_null(strstr(error.message, "hunter2"));
		pthread_join(fake.thread, NULL);
	}
}

/* A user that may not PING is still welcome. */
static void test_no_ping(void **state)
{
	struct fake fake = { .greeting = "-NOPERM this user has no permissions to run the 'ping' command\r\n" };

	(void)state;
	end_fake(&fake, open_fake(&fake, 1000));
}

/* A server that reads no command before its last reply is taken: sending must not wait for it for ever. */
static void test_no_dead_lock(void **state)
{
	static const unsigned commands = 10000, size = 3000;
	struct fake fake = { .reply_size = size };
	struct redis *redis = open_fake(&fake, 10000);
	struct redis_reply reply;
	struct error error = { 0 };

	(void)state;
	redis_queue_text(redis, "PING", NULL);
	assert_true(redis_read(redis, &reply, &error));
	for (unsigned i = 0; i < commands; i++)
		redis_queue_text(redis, "PING", NULL);
	assert_true(redis_send(redis, &error));
	for (unsigned i = 0; i <= commands; i++) {	/* the first is the reply that was lent out all the time */
		assert_int_equal(reply.count, 1);
		assert_int_equal(reply.items->text.size, size);
		for (size_t j = 0; j < size; j++)
			if (reply.items->text.data[j] != (uint8_t)(j * 7))
				fail();
		if (i < commands)
			assert_true(redis_read(redis, &reply, &error));
	}
	assert_false(redis_read(redis, &reply, &error));
	assert_message(&error, "no command");
	end_fake(&fake, redis);
}

static void test_too_much_while_sending(void **state)
{
	struct fake fake = { .reply_size = 30000 };
	struct redis *redis = open_fake(&fake, 10000);
	struct error error = { 0 };

	(void)state;
	for (unsigned i = 0; i < 200000; i++)
		redis_queue_text(redis, "PING", NULL);
	assert_false(redis_send(redis, &error));
	assert_message(&error, "more than 64 MiB of replies");
	end_fake(&fake, redis);
}

static void test_wait_only_when_blocking(void **state)
{
	struct fake fake = { .script = bytes_of("+1\r\n+2\r\n") };
	struct redis *redis = open_fake(&fake, 5000);
	struct redis_reply reply;
	struct error error = { 0 };

	(void)state;
	redis_queue_text(redis, "GET", "x", NULL);
	redis_queue_text(redis, "GET", "y", NULL);
	redis_queue_text(redis, "GET", "z", NULL);
	waits = 0;
	assert_true(redis_send(redis, &error));
	usleep(50000);	/* the replies are there now */
	assert_true(redis_read(redis, &reply, &error));
	assert_true(redis_read(redis, &reply, &error));
	assert_true(bytes_is(reply.items->text, "2"));
	assert_int_equal(waits, 0);
	stop = true;
	assert_false(redis_read(redis, &reply, &error));
	stop = false;
	assert_message(&error, "interrupted");
	assert_int_equal(waits, 1);
	end_fake(&fake, redis);
}

static void set_stop(int signal_number)
{
	(void)signal_number;
	stop = true;
}

static void test_signal(void **state)
{
	struct sigaction stopping = { .sa_handler = set_stop }, before;
	struct itimerval soon = { .it_value = { 0, 30000 } };
	struct fake fake = { .script = bytes_of("$5\r\nab") };
	struct redis *redis = open_fake(&fake, 20000);
	struct redis_reply reply;
	struct error error = { 0 };

	(void)state;
	sigaction(SIGALRM, &stopping, &before);
	setitimer(ITIMER_REAL, &soon, NULL);
	redis_queue_text(redis, "GET", "x", NULL);
	assert_false(redis_read(redis, &reply, &error));
	assert_true(stop);
	assert_message(&error, "interrupted");
	stop = false;
	sigaction(SIGALRM, &before, NULL);
	end_fake(&fake, redis);
}

/* --- loopback: a name, a refusal, and a server that does not come to the door --- */

/* Until a reply of the first is there, or one of both has failed. */
static enum redis_tried try_both(struct redis *const both[2], size_t wanted, struct redis_reply *reply, struct error *error)
{
	enum redis_tried tried = REDIS_LATER;
	bool ready[2] = { true, true };

	while (tried == REDIS_LATER) {
		if (ready[wanted])
			tried = redis_try(both[wanted], reply, error);
		if (tried == REDIS_LATER)
			assert_true(redis_wait(both, 2, NULL, 50, ready, error));
	}
	return tried;
}

/* Two connections at once: one that speaks byte by byte, one that says nothing. */
static void test_two(void **state)
{
	static const char script[] = "*2\r\n$5\r\nhello\r\n:7\r\n-ERR no\r\n+whole\r\n";
	struct fake talks = { .script = bytes_of(script), .step = 1, .leaves = true }, silent = { .port = 1 };
	struct redis_address address = { .host = (char[]){ "127.0.0.1" }, .command_timeout_ms = 10000 };
	struct redis *both[2];
	struct redis_reply reply;
	struct error error = { 0 };

	(void)state;
	both[0] = open_fake(&talks, 10000);
	start_fake(&silent);
	address.port = silent.port;
	both[1] = redis_open(&address, counted, NULL, &error);
	assert_non_null(both[1]);
	redis_queue_text(both[1], "GET", "x", NULL);
	assert_int_equal(redis_try(both[1], &reply, &error), REDIS_LATER);
	for (size_t i = 0; i < 3; i++)
		redis_queue_text(both[0], "GET", "x", NULL);
	assert_int_equal(try_both(both, 0, &reply, &error), REDIS_READ);
	assert_int_equal(reply.count, 3);
	assert_true(bytes_is(reply.items[1].text, "hello"));
	assert_int_equal(reply.items[2].integer, 7);
	assert_int_equal(try_both(both, 0, &reply, &error), REDIS_READ);
	assert_int_equal(reply.items->kind, REDIS_ERROR);
	assert_int_equal(try_both(both, 0, &reply, &error), REDIS_READ);
	assert_true(bytes_is(reply.items->text, "whole"));
	/* the end of a connection is something that comes, too */
	redis_queue_text(both[0], "GET", "x", NULL);
	assert_int_equal(try_both(both, 0, &reply, &error), REDIS_FAILED);
	assert_message(&error, "the connection is lost");
	error = (struct error){ 0 };
	redis_limit(both[1], 100);
	assert_int_equal(try_both(both, 1, &reply, &error), REDIS_FAILED);
	assert_non_null(strstr(error.message, "no answer within 100 ms"));
	end_fake(&talks, both[0]);
	end_fake(&silent, both[1]);
	/* nobody to wait for */
	error = (struct error){ 0 };
	assert_true(redis_wait(NULL, 0, NULL, 1, NULL, &error));
}

static void test_loopback(void **state)
{
	struct fake fake = { .port = 1, .greeting = "+OK\r\n+PONG\r\n" };
	struct redis_address address = { .host = (char[]){ "127.0.0.1" }, .database = 2 };
	struct sockaddr_in full = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct error error = { 0 };
	struct redis *redis;
	int listener, clients[4];
	char expected[100];

	(void)state;
	start_fake(&fake);
	address.port = fake.port;
	redis = redis_open(&address, counted, NULL, &error);
	assert_non_null(redis);
	snprintf(expected, sizeof expected, "127.0.0.1:%u/2", fake.port);
	assert_string_equal(redis_name(redis), expected);
	end_fake(&fake, redis);

	assert_null(redis_open(&address, counted, NULL, &error));
	snprintf(expected, sizeof expected, "cannot connect to 127.0.0.1:%u/2: Connection refused", fake.port);
	assert_string_equal(error.message, expected);

	listener = listen_loopback(0, &address.port);
	full.sin_port = htons(address.port);
	for (int i = 0; i < 4; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(clients[i], (struct sockaddr *)&full, sizeof full);
	}
	address.connect_timeout_ms = 100;
	error = (struct error){ 0 };
	assert_null(redis_open(&address, counted, NULL, &error));
	snprintf(expected, sizeof expected, "cannot connect to 127.0.0.1:%u/2: no answer within 100 ms", address.port);
	assert_string_equal(error.message, expected);
	for (int i = 0; i < 4; i++)
		close(clients[i]);
	close(listener);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(fake_path, sizeof fake_path, "%s/fake", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(fake_path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_big_reply),
		cmocka_unit_test(test_bad_servers),
		cmocka_unit_test(test_server_leaves),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_ping),
		cmocka_unit_test(test_no_dead_lock),
		cmocka_unit_test(test_too_much_while_sending),
		cmocka_unit_test(test_wait_only_when_blocking),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests_name("redis", tests, make_directory, remove_directory);
}
