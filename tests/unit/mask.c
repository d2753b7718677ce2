/* mask.c - masked values: equal for equal ones, different for different ones, unset left alone, the key decides */
#include "../support/unit.h"

#include "cli/mask.h"

#include "base/table.h"
#include "codec/frame.h"

static struct mask *mask_of(const char *key, const char *field)
{
	struct error error = { 0 };
	struct mask *mask;

	if (key)
		setenv("PEERUTILS_MASK_KEY", key, 1);
	else
		unsetenv("PEERUTILS_MASK_KEY");
	mask = mask_new(&frame_record, &field, 1, &error);
	if (!mask)
		fail_msg("%s", error.message);
	return mask;
}

/* RFC 4231, test case 2: HMAC-SHA-256 of "what do ya want for nothing?" with the key "Jefe", its first 16 bytes. */
static void test_known_value(void **state)
{
	struct mask *mask = mask_of("Jefe", "passkey");
	struct frame frame;
	const struct frame *masked;

	(void)state;
	record_clear(&frame_record, &frame);
	frame.passkey = bytes_of("what do ya want for nothing?");
	masked = mask_apply(mask, &frame);
	assert_true(bytes_is(masked->passkey, "5bdcc146bf60754e6a042426089575c7"));
	/* the record itself is as it was */
	assert_true(bytes_is(frame.passkey, "what do ya want for nothing?"));
	mask_free(mask);
}

static void test_texts(void **state)
{
	struct mask *mask = mask_of("a key", "passkey");
	struct table seen = { 0 };
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		uint8_t text[40];
		size_t size = next_random(&seed) % sizeof text;
		struct frame frame;
		struct bytes copy;
		bool added;

		fill_random(&seed, text, size);
		record_clear(&frame_record, &frame);
		copy = exact_copy(text, size);
		frame.passkey = copy;
		frame.port = (uint16_t)i;
		for (int again = 0; again < 2; again++) {
			const struct frame *masked = mask_apply(mask, &frame);

			assert_int_equal(masked->passkey.size, 32);
			assert_int_equal(masked->port, i);
			table_add(&seen, masked->passkey, &added);
			/* the empty text comes more than once */
			assert_true(added == !again || size < 3);
		}
		free_copy(copy);
	}
	table_free(&seen);
	mask_free(mask);
}

/* Addresses are permuted: no two meet, none is unset. */
static void test_addresses(void **state)
{
	struct mask *mask = mask_of("a key", "ipv4,ipv6");
	struct table seen4 = { 0 }, seen6 = { 0 };
	struct ipv6 last = { { 0 } };
	unsigned unchanged = 0, kept_low = 0, kept_high = 0;

	(void)state;
	for (uint32_t i = 1; i < 5000; i++) {
		const struct frame *masked;
		struct frame frame;
		bool added;

		record_clear(&frame_record, &frame);
		memcpy(frame.ipv4.byte, &i, sizeof i);
		memcpy(frame.ipv6.byte + 12, &i, sizeof i);
		masked = mask_apply(mask, &frame);
		assert_false(ipv4_absent(&masked->ipv4) || ipv6_absent(&masked->ipv6));
		table_add(&seen4, bytes_at(&masked->ipv4, 4), &added);
		assert_true(added);
		table_add(&seen6, bytes_at(&masked->ipv6, 16), &added);
		assert_true(added);
		unchanged += !memcmp(&masked->ipv4, &frame.ipv4, 4);
		/* each half hides, and what only the other half differs in changes it */
		kept_low += !memcmp(masked->ipv6.byte + 8, frame.ipv6.byte + 8, 8);
		kept_high += i > 1 && !memcmp(masked->ipv6.byte, last.byte, 8);
		last = masked->ipv6;
	}
	assert_int_equal(kept_low, 0);
	assert_int_equal(kept_high, 0);
	assert_in_range(unchanged, 0, 2);
	table_free(&seen4);
	table_free(&seen6);
	mask_free(mask);
}

static void test_unset(void **state)
{
	struct mask *mask = mask_of("a key", "passkey,ipv4,ipv6,passkey");
	const struct frame *masked;
	struct frame frame;

	(void)state;
	record_clear(&frame_record, &frame);
	masked = mask_apply(mask, &frame);
	assert_null(masked->passkey.data);
	assert_true(ipv4_absent(&masked->ipv4) && ipv6_absent(&masked->ipv6));
	frame.passkey = bytes_of("");
	masked = mask_apply(mask, &frame);
	assert_int_equal(masked->passkey.size, 32);
	mask_free(mask);
}

static struct ipv4 masked_with(const char *key)
{
	struct mask *mask = mask_of(key, "ipv4");
	const struct frame *masked;
	struct frame frame;
	struct ipv4 result;

	record_clear(&frame_record, &frame);
	frame.ipv4 = (struct ipv4){ { 203, 0, 113, 7 } };
	masked = mask_apply(mask, &frame);
	result = masked->ipv4;
	mask_free(mask);
	return result;
}

static void test_keys(void **state)
{
	struct ipv4 a = masked_with("a"), b = masked_with("b"), again = masked_with("a");
	struct ipv4 none = masked_with(NULL), empty = masked_with(""), empty_again = masked_with("");
	(void)state;
	assert_memory_equal(&a, &again, 4);
	assert_memory_not_equal(&a, &b, 4);
	assert_memory_not_equal(&a, &none, 4);
	/* an empty key is none: random for the run, not the same for everybody (2^-32 that they meet) */
	assert_memory_not_equal(&empty, &empty_again, 4);
}

struct place {
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	struct endpoint first, second, none;
};

static const struct field place_fields[] = {
	FIELD(place, ipv4, IPV4, ""), FIELD(place, ipv6, IPV6, ""), FIELD(place, first, ENDPOINT, ""),
	FIELD(place, second, ENDPOINT, ""), FIELD(place, none, ENDPOINT, ""),
};
static const struct record place_record = RECORD("place", place, place_fields, "");

/* The address of an endpoint becomes what it would become in a column of its own; the port stays. */
static void test_endpoints(void **state)
{
	static const char *const fields[] = { "ipv4,ipv6,first,second,none" };
	struct place place = { .ipv4 = { { 203, 0, 113, 7 } }, .ipv6 = { { 0x20, 0x01, 0x0d, 0xb8 } } };
	struct error error = { 0 };
	const struct place *masked;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	struct mask *mask;

	(void)state;
	place.first = endpoint_ipv4(place.ipv4, 6881);
	place.second = endpoint_ipv6(place.ipv6, 65535);
	mask = mask_new(&place_record, fields, 1, &error);
	assert_non_null(mask);
	masked = mask_apply(mask, &place);
	ipv4 = endpoint_get_ipv4(&masked->first);
	ipv6 = endpoint_get_ipv6(&masked->second);
	assert_memory_equal(&ipv4, &masked->ipv4, sizeof ipv4);
	assert_memory_equal(&ipv6, &masked->ipv6, sizeof ipv6);
	assert_memory_not_equal(&ipv4, &place.ipv4, sizeof ipv4);
	assert_memory_not_equal(&ipv6, &place.ipv6, sizeof ipv6);
	assert_int_equal(masked->first.port, 6881);
	assert_int_equal(masked->second.port, 65535);
	assert_int_equal(masked->none.family, 0);
	mask_free(mask);
}

static void test_refused(void **state)
{
	static const struct { const char *field, *message; } rows[] = {
		{ "", "--mask: '' is no column of frame records" },
		{ "passkey,", "--mask: '' is no column of frame records" },
		{ "pass", "--mask: 'pass' is no column of frame records" },
		{ "type", "--mask: 'type' is no column of frame records" },
		{ "port", "--mask: port is a number; only text and addresses can be masked" },
		{ "passkey,info_hash", "--mask: info_hash is a hash; only text and addresses can be masked" },
		{ "time", "--mask: time is a time; only text and addresses can be masked" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = { 0 };

		assert_null(mask_new(&frame_record, &rows[i].field, 1, &error));
		assert_int_equal(error.kind, ERROR_USAGE);
		assert_string_equal(error.message, rows[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_value),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
