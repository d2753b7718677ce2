/* select.c - conditions of every operator and type, unset values, sampling, skipping and counting */
#include "../support/unit.h"

#include "text/select.h"

#include "codec/frame.h"

static struct frame frame_of(uint8_t event, uint16_t port, const char *passkey)
{
	struct frame frame;

	record_clear(&frame_record, &frame);
	frame.event = event;
	frame.port = port;
	frame.passkey = bytes_of(passkey);
	return frame;
}

static bool passes(const char *condition, const struct frame *frame)
{
	struct error error = { 0 };
	struct select select;
	bool pass;

	if (!select_init(&select, &frame_record, &condition, 1, 0, 0, UINT64_MAX, &error))
		fail_msg("%s", error.message);
	assert_false(select_all(&select));
	pass = select_record(&select, frame) == SELECT_PASS;
	select_free(&select);
	return pass;
}

static void test_conditions(void **state)
{
	static const struct { const char *condition; bool pass; } rows[] = {
		{ "port=6881", true }, { "port = 6881", true }, { "  port   =   6881  ", true }, { "port=6882", false },
		{ "port!=6881", false }, { "port != 6882", true }, { "port<6881", false }, { "port<6882", true },
		{ "port>6881", false }, { "port>6880", true }, { "port<=6881", true }, { "port<=6880", false },
		{ "port>=6881", true }, { "port>=6882", false }, { "port~^68", true }, { "port ~ 81$", true },
		{ "port~^81", false },
		{ "event=completed", true }, { "event=1", true }, { "event>started", true }, { "event>completed", false },
		{ "event<stopped", true }, { "event~^comp", true },
		{ "passkey=k\\x2d1", true }, { "passkey=k-1", true }, { "passkey!=k-1", false }, { "passkey<l", true },
		{ "passkey>k", true }, { "passkey~-[0-9]$", true }, { "passkey~(a|k)-", true }, { "passkey=K-1", false },
		{ "passkey=-", false }, { "passkey!=-", true },
		{ "ipv4=1.2.3.4", true }, { "ipv4>1.2.3.3", true }, { "ipv4<10.0.0.0", true }, { "ipv4~^1[.]2[.]", true },
		/* an unset value is equal to unset only */
		{ "ipv6=-", true }, { "ipv6!=-", false }, { "ipv6=::1", false }, { "ipv6!=::1", true },
		{ "ipv6<::2", false },
		{ "ipv6>::", false }, { "ipv6~.", false }, { "ipv6~^$", false }, { "time=-", true },
		{ "draft=beef", true }, { "draft>be00", true }, { "info_hash=-", true }, { "version=0", true },
		{ "version=-", false },
	};
	struct frame frame = frame_of(FRAME_COMPLETED, 6881, "k-1");

	(void)state;
	frame.ipv4 = (struct ipv4){ { 1, 2, 3, 4 } };
	frame.draft = bytes_at("\xbe\xef", 2);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (passes(rows[i].condition, &frame) != rows[i].pass)
			fail_msg("'%s' is %d", rows[i].condition, !rows[i].pass);
	}
	frame.time.us = 1700000000000000;
	assert_true(passes("time=2023-11-14T22:13:20Z", &frame));
	assert_true(passes("time<1700000000.5", &frame));
	assert_true(passes("time~^17", &frame));
	assert_true(passes("time!=-", &frame));
}

/* Texts are matched as lines show them, so binary ones can be. */
static void test_binary_regex(void **state)
{
	struct frame frame = frame_of(0, 0, "");
	uint8_t all[256];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	frame.passkey = bytes_at(all, sizeof all);
	assert_true(passes("passkey~^\\\\x00\\\\x01", &frame));
	assert_true(passes("passkey~\\\\xff$", &frame));
	assert_true(passes("passkey~ABC", &frame));
	assert_false(passes("passkey~\\\\xff.", &frame));
	frame.passkey = bytes_of("-");
	assert_true(passes("passkey~^\\\\x2d$", &frame));
	assert_true(passes("passkey=\\x2d", &frame));
	frame.passkey = bytes_of("");
	assert_true(passes("passkey~^$", &frame));
	assert_true(passes("passkey=", &frame));
	assert_false(passes("passkey=-", &frame));
}

static void test_refused(void **state)
{
	static const struct { const char *condition, *message; } rows[] = {
#define OPERATORS "no operator: want FIELD OP VALUE, OP one of = != < > <= >= ~"
		{ "", "-m '': " OPERATORS },
		{ "port", "-m 'port': " OPERATORS },
		{ "port 6881", "-m 'port 6881': " OPERATORS },
		{ "port!6881", "-m 'port!6881': " OPERATORS },
		{ "port==6881", "-m 'port==6881': '=6881' is not a number in 0..65535" },
		{ "=6881", "-m '=6881': '' is no column of frame records" },
		{ "type=frame", "-m 'type=frame': 'type' is no column of frame records" },
		{ "prt=1", "-m 'prt=1': 'prt' is no column of frame records" },
		{ "port=", "-m 'port=': '' is not a number in 0..65535" },
		{ "port=x", "-m 'port=x': 'x' is not a number in 0..65535" },
		{ "port=65536", "-m 'port=65536': '65536' is not a number in 0..65535" },
		{ "event=begun", "-m 'event=begun': 'begun' is not one of started, completed, stopped, 0..255" },
		{ "ipv4<-", "-m 'ipv4<-': only = and != can be asked of an unset value" },
		{ "ipv4=::1", "-m 'ipv4=::1': '::1' is not an IPv4 address" },
		{ "passkey=\\q", "-m 'passkey=\\q': '\\\\q' begins with no escape, want \\\\ \\t \\n \\r or \\xHH" },
		{ "passkey~(", "-m 'passkey~(': Unmatched ( or \\(" },
		{ "passkey~[a", "-m 'passkey~[a': Unmatched [, [^, [:, [., or [=" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* the good ones before it must be freed */
		const char *conditions[] = { "passkey~a", "port=1", rows[i].condition, "passkey~b" };
		struct error error = { 0 };
		struct select select;

		assert_false(select_init(&select, &frame_record, conditions, 4, 0, 0, UINT64_MAX, &error));
		assert_int_equal(error.kind, ERROR_USAGE);
		assert_string_equal(error.message, rows[i].message);
	}
}

static void test_all_must_hold(void **state)
{
	const char *conditions[] = { "port>10", "port<20", "event=started" };
	struct error error = { 0 };
	struct select select;

	(void)state;
	assert_true(select_init(&select, &frame_record, conditions, 3, 0, 0, UINT64_MAX, &error));
	for (uint16_t port = 0; port < 30; port++) {
		struct frame frame = frame_of(port & 1, port, "k");

		assert_int_equal(select_record(&select, &frame),
				 port > 10 && port < 20 && !(port & 1) ? SELECT_PASS : SELECT_DROP);
	}
	select_free(&select);
}

/* The ports of those of 0..1000 that pass. */
static size_t run(const char *condition, uint64_t sample, uint64_t skip, uint64_t count, uint16_t ports[1000])
{
	struct error error = { 0 };
	struct select select;
	size_t passed = 0;

	assert_true(select_init(&select, &frame_record, &condition, condition != NULL, sample, skip, count, &error));
	assert_true(select_all(&select) == (!condition && sample < 2 && !skip && count == UINT64_MAX));
	for (uint16_t port = 0; port < 1000; port++) {
		struct frame frame = frame_of(0, port, "k");
		enum select_result result = select_record(&select, &frame);

		if (result == SELECT_PASS)
			ports[passed++] = port;
		assert_true((result == SELECT_END) == (passed == count && (!passed || ports[passed - 1] != port)));
	}
	select_free(&select);
	return passed;
}

static void test_counts(void **state)
{
	uint16_t a[1000], b[1000];

	(void)state;
	assert_int_equal(run(NULL, 0, 0, UINT64_MAX, a), 1000);
	assert_int_equal(run(NULL, 1, 0, 5, a), 5);
	assert_int_equal(a[4], 4);
	assert_int_equal(run(NULL, 0, 990, UINT64_MAX, a), 10);
	assert_int_equal(a[0], 990);
	assert_int_equal(run(NULL, 0, 10, 3, a), 3);
	assert_int_equal(a[0], 10);
	assert_int_equal(run(NULL, 0, 0, 0, a), 0);
	assert_int_equal(run(NULL, 0, UINT64_MAX - 1, UINT64_MAX, a), 0);
	assert_int_equal(run("port>=500", 0, 2, 3, a), 3);
	assert_int_equal(a[0], 502);
	/* one of each ten, the same ones again; the condition comes first */
	assert_int_equal(run(NULL, 10, 0, UINT64_MAX, a), 100);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(a[i] / 10, i);
	assert_int_equal(run(NULL, 10, 0, UINT64_MAX, b), 100);
	assert_memory_equal(a, b, 100 * sizeof *a);
	assert_int_equal(run("port>=900", 10, 0, UINT64_MAX, a), 10);
	assert_int_equal(run(NULL, 10, 5, UINT64_MAX, a), 95);
	assert_in_range(run(NULL, UINT64_MAX - 1, 0, UINT64_MAX, a), 0, 1);
	assert_in_range(run(NULL, 1001, 0, UINT64_MAX, a), 0, 1);
}

/* It is no pattern such as each tenth. */
static void test_sample_is_spread(void **state)
{
	unsigned places[10] = { 0 };
	uint16_t ports[1000];
	size_t count = run(NULL, 10, 0, UINT64_MAX, ports);

	(void)state;
	for (size_t i = 0; i < count; i++)
		places[ports[i] % 10]++;
	for (size_t i = 0; i < 10; i++)
		assert_in_range(places[i], 1, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_binary_regex),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_all_must_hold),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_sample_is_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
