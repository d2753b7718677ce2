/* endpoint.c - endpoints: text and packed bytes, there and back, and what is none */
#include "../support/unit.h"

#include "base/endpoint.h"

static void test_text(void **state)
{
	static const struct { const char *text; unsigned family, port; } good[] = {
		{ "203.0.113.7:6881", 4, 6881 }, { "0.0.0.0:0", 4, 0 }, { "255.255.255.255:65535", 4, 65535 },
		{ "[2001:db8::7]:6881", 6, 6881 }, { "[::]:0", 6, 0 },
		{ "[1111:2222:3333:4444:5555:6666:7777:8888]:65535", 6, 65535 },
	};
	static const char *const bad[] = {
		"", ":", "1.2.3.4", "1.2.3.4:", ":6881", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3:6881", "2001:db8::7:6881",
		"[2001:db8::7]", "[2001:db8::7]6881", "[]:1", "[:1", "]:1", "[1.2.3.4]:1", "host:1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct endpoint endpoint, again;
		char text[ENDPOINT_ROOM];
		uint8_t packed[ENDPOINT_V6_SIZE];
		size_t size;

		assert_true(endpoint_parse(bytes_of(good[i].text), &endpoint));
		assert_int_equal(endpoint.family, good[i].family);
		assert_int_equal(endpoint.port, good[i].port);
		*endpoint_print(text, &endpoint) = 0;
		assert_string_equal(text, good[i].text);
		size = endpoint_pack(&endpoint, packed);
		assert_int_equal(size, good[i].family == 4 ? 6 : 18);
		again = endpoint_unpack(bytes_at(packed, size));
		assert_true(endpoint_equal(&endpoint, &again));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct endpoint endpoint = { 0 };

		if (endpoint_parse(bytes_of(bad[i]), &endpoint))
			fail_msg("'%s' passed", bad[i]);
		assert_int_equal(endpoint.family, 0);
	}
}

static void test_address(void **state)
{
	static const char *const good[] = { "203.0.113.7", "0.0.0.0", "2001:db8::7", "::" };
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4:6881", "[2001:db8::7]", "host", " 1.2.3.4" };
	struct endpoint endpoint;
	char text[ENDPOINT_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(endpoint_parse_address(bytes_of(good[i]), &endpoint));
		assert_int_equal(endpoint.family, i < 2 ? 4 : 6);
		assert_int_equal(endpoint.port, 0);
		*endpoint_print_address(text, &endpoint) = 0;
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (endpoint_parse_address(bytes_of(bad[i]), &endpoint))
			fail_msg("'%s' passed", bad[i]);
}

static void test_packed(void **state)
{
	static const uint8_t bytes[20] = { 203, 0, 113, 7, 0x1a, 0xe1 };
	struct endpoint endpoint = endpoint_unpack(bytes_at(bytes, 6));

	(void)state;
	assert_int_equal(endpoint.port, 6881);
	assert_string_equal(endpoint_special(&endpoint), "documentation");
	for (size_t size = 0; size <= sizeof bytes; size++) {
		endpoint = endpoint_unpack(bytes_at(bytes, size));
		assert_int_equal(endpoint.family, size == 6 ? 4 : size == 18 ? 6 : 0);
	}
	endpoint = (struct endpoint){ 0 };
	assert_int_equal(endpoint_pack(&endpoint, (uint8_t[ENDPOINT_V6_SIZE]){ 0 }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
