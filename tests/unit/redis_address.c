/* redis_address.c - what names a Redis server, what does not, and that no message repeats a password */
#include "io/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

static void test_good(void **state)
{
	static const struct {
		const char *uri, *host;
		uint16_t port;
		const char *path, *user, *password;
		uint32_t database;
		bool database_given;
	} rows[] = {
		{ "redis://example.org", "example.org", 6379, NULL, NULL, NULL, 0, false },
		{ "REDIS://example.org/", "example.org", 6379, NULL, NULL, NULL, 0, false },
		{ "redis://example.org:6380/5", "example.org", 6380, NULL, NULL, NULL, 5, true },
		{ "redis://example.org/0", "example.org", 6379, NULL, NULL, NULL, 0, true },
		{ "redis://:secret@h", "h", 6379, NULL, NULL, "secret", 0, false },
		{ "redis://me:secret@h:1/2147483647", "h", 1, NULL, "me", "secret", 2147483647, true },
		{ "redis://m%40e:%2F%3a%25@h", "h", 6379, NULL, "m@e", "/:%", 0, false },
		{ "redis://me:a@b:c@h:65535", "h", 65535, NULL, "me", "a@b:c", 0, false },
		{ "redis://[::1]:6380/1", "::1", 6380, NULL, NULL, NULL, 1, true },
		{ "[fe80::1%eth0]", "fe80::1%eth0", 6379, NULL, NULL, NULL, 0, false },
		{ "localhost", "localhost", 6379, NULL, NULL, NULL, 0, false },
		{ "127.0.0.1:7000", "127.0.0.1", 7000, NULL, NULL, NULL, 0, false },
		{ "my_host-1.example:7000/3", "my_host-1.example", 7000, NULL, NULL, NULL, 3, true },
		{ "redis", "redis", 6379, NULL, NULL, NULL, 0, false },
		{ "/run/redis.sock", NULL, 6379, "/run/redis.sock", NULL, NULL, 0, false },
		{ "/run/a?db=1", NULL, 6379, "/run/a?db=1", NULL, NULL, 0, false },
		{ "unix:/run/redis.sock", NULL, 6379, "/run/redis.sock", NULL, NULL, 0, false },
		{ "unix:///run/redis.sock?db=4", NULL, 6379, "/run/redis.sock", NULL, NULL, 4, true },
		{ "unix://me:secret@/run/r@b", NULL, 6379, "/run/r@b", "me", "secret", 0, false },
	};

	(void)state;
	unsetenv("REDISCLI_AUTH");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct redis_address address;
		struct error error = { 0 };
		struct arena arena = { 0 };

		if (!redis_address_parse(rows[i].uri, false, &arena, &address, &error))
			fail_msg("%s: %s", rows[i].uri, error.message);
		assert_true(bytes_equal(bytes_of(address.host), bytes_of(rows[i].host)));
		assert_true(bytes_equal(bytes_of(address.path), bytes_of(rows[i].path)));
		assert_true(bytes_equal(bytes_of(address.user), bytes_of(rows[i].user)));
		assert_true(bytes_equal(bytes_of(address.password), bytes_of(rows[i].password)));
		assert_int_equal(!address.password, !rows[i].password);
		assert_int_equal(address.port, rows[i].port);
		assert_int_equal(address.database, rows[i].database);
		assert_int_equal(address.database_given, rows[i].database_given);
		assert_int_equal(address.connect_timeout_ms, 5000);
		assert_int_equal(address.command_timeout_ms, 30000);
		arena_free(&arena);
	}
}

static void test_bad(void **state)
{
	/* the password in all of them is "hunter2", wholly or with something in it that should have been encoded */
	static const struct { const char *uri, *message; } rows[] = {
		{ "", "no host name" },
		{ "redis://", "no host name" },
		{ "redis:///1", "no host name" },
		{ "redis://h o", "no host name" },
		{ "redis://-h", "no host name" },
		{ "redis://me:hunter2@", "no host name" },
		{ "redis://h:0", "the port" },
		{ "redis://h:65536", "the port" },
		{ "redis://h:", "the port" },
		{ "redis://h:+1", "the port" },
		{ "redis://me:hunter2/x@h", "the port" },
		{ "redis://h/hunter2", "the database" },
		{ "redis://h/-1", "the database" },
		{ "redis://h/1/", "the database" },
		{ "redis://h/2147483648", "the database" },
		{ "::1", "more than one ':'" },
		{ "redis://::1:6379", "more than one ':'" },
		{ "[::1", "no IPv6 address" },
		{ "[127.0.0.1]", "no IPv6 address" },
		{ "[]", "no IPv6 address" },
		{ "[::1]6379", "something else than a port" },
		{ "rediss://me:hunter2@h", "there is no TLS" },
		{ "https://me:hunter2@h", "unknown scheme" },
		{ "redis://me:%zzhunter2@h", "bad percent-encoding in the password" },
		{ "redis://me:hunter2%0@h", "bad percent-encoding in the password" },
		{ "redis://me:hunter2%00@h", "bad percent-encoding in the password" },
		{ "redis://hunter2%@h", "bad percent-encoding in the user" },
		{ "redis://hunter2@h", "a user without a password" },
		{ "unix:redis.sock", "does not begin with '/'" },
		{ "unix:", "does not begin with '/'" },
		{ "unix:/", "does not begin with '/'" },
		{ "unix://run", "does not begin with '/'" },
		{ "unix://run/redis.sock", "a host in the unix: address" },
		{ "unix://me:hunter2@h/redis.sock", "a host in the unix: address" },
		{ "unix:/run/r?database=1", "something else than ?db=N" },
		{ "unix:/run/r?db=", "the database" },
		{ "/", "a directory" },
	};

	(void)state;
	unsetenv("REDISCLI_AUTH");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct redis_address address;
		struct error error = { 0 };
		struct arena arena = { 0 };

		assert_false(redis_address_parse(rows[i].uri, false, &arena, &address, &error));
		assert_int_equal(error.kind, ERROR_USAGE);
		if (!strstr(error.message, rows[i].message))
			fail_msg("%s: %s", rows[i].uri, error.message);
		assert_null(strstr(error.message, "hunter2"));
		arena_free(&arena);
	}
}

static void test_secrets(void **state)
{
	struct redis_address address;
	struct error error = { 0 };
	struct arena arena = { 0 };

	(void)state;
	unsetenv("REDISCLI_AUTH");
	assert_false(redis_address_parse("redis://me:hunter2@h", true, &arena, &address, &error));
	assert_int_equal(error.kind, ERROR_USAGE);
	assert_non_null(strstr(error.message, "$REDIS_URL"));
	assert_null(strstr(error.message, "hunter2"));
	error = (struct error){ 0 };
	assert_false(redis_address_parse("unix://:hunter2@/run/r", true, &arena, &address, &error));
	assert_int_equal(error.kind, ERROR_USAGE);

	setenv("REDISCLI_AUTH", "env", 1);
	error = (struct error){ 0 };
	assert_true(redis_address_parse("redis://me@h", true, &arena, &address, &error));
	assert_string_equal(address.user, "me");
	assert_string_equal(address.password, "env");
	assert_true(redis_address_parse("/run/r", true, &arena, &address, &error));
	assert_null(address.user);
	assert_string_equal(address.password, "env");
	assert_true(redis_address_parse("redis://me:uri@h", false, &arena, &address, &error));
	assert_string_equal(address.password, "uri");
	setenv("REDISCLI_AUTH", "", 1);
	assert_true(redis_address_parse("redis://h", true, &arena, &address, &error));
	assert_null(address.password);
	unsetenv("REDISCLI_AUTH");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests_name("redis_address", tests, NULL, NULL);
}
