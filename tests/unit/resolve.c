/* resolve.c - names to addresses: numbers without a look-up, names that hang, and an end in time whatever happens */
#include "../support/unit.h"

#include "io/resolve.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

/* HANG_US is always waited to its end, and enough for a busy machine to find the others in. */
enum { LONG_US = 60000000, HANG_US = 2000000 };

static unsigned asked;		/* calls of getaddrinfo */
static volatile bool released;	/* lets those hanging come back */

/* Stands before that of libc: "hang.test" does not come back, "slow.test" not before it may, "quick.test" does at once. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *wanted, struct addrinfo **found)
{
	int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT,
												     "getaddrinfo");

	__atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED);
	if (strcmp(host, "hang.test") == 0)
		for (;;)
			pause();
	if (strcmp(host, "slow.test") == 0) {
		while (!__atomic_load_n(&released, __ATOMIC_RELAXED))
			clock_pause_ms(1);
		host = "127.77.2.2";
	}
	if (strcmp(host, "quick.test") == 0)
		host = "127.77.2.3";
	if (strcmp(host, "refused.test") == 0)
		return EAI_AGAIN;
	if (strcmp(host, "v6only.test") == 0)
		return wanted->ai_family == AF_INET ? EAI_NODATA : next("::1", service, wanted, found);
	return next(host, service, wanted, found);
}

static void test_numbers(void **state)
{
	struct resolve_name names[] = {
		{ .host = "127.77.2.1", .port = 6881, .families = 3 }, { .host = "::1", .port = 6881, .families = 3 },
		{ .host = "127.77.2.1", .port = 0, .families = 2 }, { .host = "2001:db8::1", .port = 65535, .families = 1 },
	};

	(void)state;
	asked = 0;
	assert_int_equal(resolve_names(names, COUNT(names), LONG_US, NULL), 2);
	assert_int_equal(asked, 0);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(names[i].count, i < 2);
	assert_int_equal(names[0].endpoints[0].port, 6881);
	assert_int_equal(names[0].endpoints[0].family, 4);
	assert_int_equal(names[0].endpoints[0].address[3], 1);
	assert_int_equal(names[1].endpoints[0].family, 6);
	assert_string_equal(names[2].failure, "it is an IPv4 address");
	assert_string_equal(names[3].failure, "it is an IPv6 address");
	assert_int_equal(resolve_names(names, 0, LONG_US, NULL), 0);
}

static void test_localhost(void **state)
{
	struct resolve_name name = { .host = "localhost", .port = 1234, .families = 1 };
	struct addrinfo wanted = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM }, *found;

	(void)state;
	/* a bare container may have no /etc/hosts */
	if (getaddrinfo("localhost", NULL, &wanted, &found) != 0) {
		assert_int_equal(resolve_names(&name, 1, LONG_US, NULL), 0);
		return;
	}
	freeaddrinfo(found);
	assert_int_equal(resolve_names(&name, 1, LONG_US, NULL), 1);
	assert_int_equal(name.endpoints[0].family, 4);
	assert_int_equal(name.endpoints[0].address[0], 127);
	assert_int_equal(name.endpoints[0].port, 1234);
}

/* With a name server, without one, or with one that is silent: it fails, and in time. */
static void test_no_such_name(void **state)
{
	struct resolve_name name = { .host = "no-such-name.invalid", .port = 1, .families = 3 };
	int64_t began_us = clock_monotonic_us();

	(void)state;
	assert_int_equal(resolve_names(&name, 1, 1000000, NULL), 0);
	assert_true(clock_monotonic_us() - began_us < LONG_US);
	assert_int_equal(name.count, 0);
	assert_non_null(name.failure);
}

static void test_words(void **state)
{
	struct resolve_name names[] = {
		{ .host = "refused.test", .families = 3 }, { .host = "v6only.test", .families = 1 },
		{ .host = "v6only.test", .port = 5, .families = 2 },
	};

	(void)state;
	assert_int_equal(resolve_names(names, COUNT(names), LONG_US, NULL), 1);
	assert_string_equal(names[0].failure, "no name server answers");
	assert_string_equal(names[1].failure, "it has no IPv4 address");
	assert_int_equal(names[2].endpoints[0].family, 6);
	assert_int_equal(names[2].endpoints[0].port, 5);
}

/* One that hangs keeps nobody from being found; and who comes late finds that nobody waits. */
static void test_hang(void **state)
{
	struct resolve_name names[] = {
		{ .host = "hang.test", .families = 3 }, { .host = "127.77.2.1", .port = 1, .families = 3 },
		{ .host = "slow.test", .families = 3 }, { .host = "quick.test", .port = 2, .families = 1 },
	};

	(void)state;
	assert_int_equal(resolve_names(names, COUNT(names), HANG_US, NULL), 2);
	assert_string_equal(names[0].failure, "no name server answered in time");
	assert_string_equal(names[2].failure, names[0].failure);
	assert_int_equal(names[3].count, 1);
	__atomic_store_n(&released, true, __ATOMIC_RELAXED);
	assert_int_equal(resolve_names(&names[2], 1, LONG_US, NULL), 1);
	assert_int_equal(names[2].endpoints[0].address[1], 77);
}

static void *stop_soon(void *stop)
{
	clock_pause_ms(20);
	__atomic_store_n((bool *)stop, true, __ATOMIC_RELAXED);
	return NULL;
}

static void test_stop(void **state)
{
	struct resolve_name name = { .host = "hang.test", .families = 3 };
	int64_t began_us = clock_monotonic_us();
	static bool stop;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
	assert_int_equal(resolve_names(&name, 1, LONG_US, &stop), 0);
	pthread_join(thread, NULL);
	assert_true(clock_monotonic_us() - began_us < LONG_US);
}

/* However many hang, there is a bound to the threads; and the program ends with all of them under way, without a leak. */
static void test_many_hang(void **state)
{
	struct resolve_name names[RESOLVE_NAMES_MAX];
	unsigned refused = 0;

	(void)state;
	asked = 0;
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < RESOLVE_NAMES_MAX; i++)
			names[i] = (struct resolve_name){ .host = "hang.test", .families = 3 };
		assert_int_equal(resolve_names(names, RESOLVE_NAMES_MAX, 1000, NULL), 0);
		for (size_t i = 0; i < RESOLVE_NAMES_MAX; i++)
			refused += strcmp(names[i].failure, "too many look-ups of names at once") == 0;
	}
	assert_true(refused >= 64 && refused < 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_localhost), cmocka_unit_test(test_no_such_name),
		cmocka_unit_test(test_words), cmocka_unit_test(test_hang), cmocka_unit_test(test_stop),
		cmocka_unit_test(test_many_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
