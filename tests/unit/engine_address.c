/* engine_address.c - dht/engine: which of the nodes that were told of may be asked */
#include "../support/bench_engine.h"

/* ---- addresses */

static void test_contacts(void **state)
{
	static const struct { const char *from, *contact, *word, *reach; } rows[] = {
		{ "45.0.0.1:1", "46.0.0.1:6881", NULL, "reach" },
		{ "45.0.0.1:1", "46.0.0.1:0", "port", "port" },
		{ "45.0.0.1:1", "198.41.0.9:9", "own", "own" },
		{ "45.0.0.1:1", "0.1.2.3:6881", "address", "address" },
		{ "45.0.0.1:1", "224.0.0.1:6881", "address", "address" },
		{ "45.0.0.1:1", "250.0.0.1:6881", "address", "address" },
		{ "45.0.0.1:1", "255.255.255.255:6881", "address", "address" },
		{ "45.0.0.1:1", "127.0.0.1:6881", "local", "local" },
		{ "10.0.0.1:1", "127.0.0.1:6881", "local", "local" },
		{ "127.3.2.1:1", "127.0.0.1:6881", NULL, NULL },
		{ "127.3.2.1:1", "10.0.0.1:6881", "local", "reach" },
		{ "45.0.0.1:1", "192.168.0.1:6881", "local", "reach" },
		{ "10.0.0.1:1", "192.168.0.1:6881", NULL, "reach" },
		{ "45.0.0.1:1", "169.254.0.1:6881", "local", "reach" },
		{ "45.0.0.1:1", "100.64.0.1:6881", "local", "reach" },
		{ "[2a00::1]:1", "[2a01::1]:6881", NULL, "reach" },
		{ "[2a00::1]:1", "[::1]:6881", "local", "local" },
		{ "[::1]:1", "[::1]:6881", NULL, NULL },
		{ "[2a00::1]:1", "[::ffff:45.0.0.1]:6881", "address", "address" },
		{ "[2a00::1]:1", "[ff02::1]:6881", "address", "address" },
		{ "[2a00::1]:1", "[fe80::1]:6881", "local", "reach" },
		{ "[2a00::1]:1", "[fd00::1]:6881", "local", "reach" },
	};

	(void)state;
	for (int loopback_only = 0; loopback_only < 2; loopback_only++) {
		struct bench bench;
		struct engine_options options = unlimited(&bench.seed);
		struct endpoint own = host4(9, 9), from, contact;
		unsigned refused = 0;

		options.loopback_only = loopback_only;
		begin(&bench, &options);
		for (int i = 0; i < 20; i++)
			engine_own(bench.engine, &own);	/* counts once */
		assert_int_equal(bench.engine->own_count, 1);
		for (size_t i = 0; i < COUNT(rows); i++) {
			const char *want = loopback_only ? rows[i].reach : rows[i].word, *word;

			assert_true(endpoint_parse(bytes_of(rows[i].from), &from) &&
				    endpoint_parse(bytes_of(rows[i].contact), &contact));
			word = engine_contact(bench.engine, &from, (const uint8_t *)node_id, &contact);
			if (want)
				assert_string_equal(word ? word : "-", want);
			else
				assert_null(word);
			refused += want != NULL;
		}
		assert_true(endpoint_parse(bytes_of("127.0.0.1:1"), &from));
		assert_string_equal(engine_contact(bench.engine, &from, own_id, &from), "own_id");
		assert_int_equal(engine_counts(bench.engine)->contacts_refused, refused + 1);
		end(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contacts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
