/* udp.c - UDP on loopback: many packets there and back, refusals, drops, both families */
#include "../support/unit.h"

#include "base/clock.h"
#include "io/udp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

static struct udp *open_at(unsigned family, const char *address)
{
	struct error error = { 0 };
	struct endpoint bind;
	struct udp *udp;

	assert_true(endpoint_parse(bytes_of(address), &bind));
	udp = udp_open(family, &bind, &error);
	if (!udp)
		fail_msg("%s", error.message);
	return udp;
}

/* Waits until there is something; ten seconds are for ever. */
static short wait_for(const struct udp *udp)
{
	struct pollfd poller = { .fd = udp_fd(udp), .events = POLLIN };

	assert_int_equal(poll(&poller, 1, 10000), 1);
	return poller.revents;
}

/* Everything there and back between two sockets: each packet has its number and a size of its own. */
static void exchange(struct udp *a, struct udp *b)
{
	enum { PACKETS = 200 };
	static uint8_t bytes[PACKETS][PACKETS];
	struct udp_packet out[PACKETS], in[UDP_BATCH];
	struct endpoint from = udp_local(a);
	size_t got = 0;
	int refusal = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		memset(bytes[i], (int)i, PACKETS);
		out[i] = (struct udp_packet){ .peer = udp_local(b), .bytes = bytes_at(bytes[i], i) };
	}
	assert_int_equal(udp_send(a, out, PACKETS, &refusal), PACKETS);
	while (got < PACKETS) {
		size_t count;

		wait_for(b);
		count = udp_receive(b, in);
		assert_in_range(count, 1, UDP_BATCH);
		for (size_t i = 0; i < count; i++, got++) {
			assert_true(endpoint_equal(&in[i].peer, &from));
			assert_true(bytes_equal(in[i].bytes, out[got].bytes));
		}
	}
	assert_int_equal(udp_receive(b, in), 0);
	assert_int_equal(udp_dropped(b), 0);
}

static void test_exchange(void **state)
{
	struct udp *a = open_at(4, "127.77.1.1:0"), *b = open_at(4, "127.77.1.2:0");

	(void)state;
	assert_int_not_equal(udp_local(a).port, 0);
	assert_true(udp_receive_buffer(a) > 0);
	exchange(a, b);
	exchange(b, a);
	udp_close(a);
	udp_close(b);
}

static void test_ipv6(void **state)
{
	struct error error = { 0 };
	struct udp *a = udp_open(6, &(struct endpoint){ .address = { [15] = 1 }, .family = 6 }, &error), *b;

	(void)state;
	if (!a)
		skip();	/* this machine has none */
	b = open_at(6, "[::1]:0");
	exchange(a, b);
	udp_close(a);
	udp_close(b);
}

/* The biggest payload there is comes whole. */
static void test_size(void **state)
{
	struct udp *a = open_at(4, "127.77.1.1:0"), *b = open_at(4, "127.77.1.2:0");
	uint8_t *big = calloc(1, 65508);
	struct udp_packet packet = { .peer = udp_local(b), .bytes = bytes_at(big, 65507) }, in[UDP_BATCH];
	int refusal = 0;

	(void)state;
	big[65506] = 7;
	assert_int_equal(udp_send(a, &packet, 1, &refusal), 1);
	wait_for(b);
	assert_int_equal(udp_receive(b, in), 1);
	assert_true(bytes_equal(in[0].bytes, packet.bytes));
	packet.bytes.size++;
	assert_int_equal(udp_send(a, &packet, 1, &refusal), 0);
	assert_int_equal(refusal, EMSGSIZE);
	assert_false(udp_refused_for_now(refusal));
	free(big);
	udp_close(a);
	udp_close(b);
}

/* Nobody at that port: the refusal comes back, says whom and quotes what; the packets after it are sent nevertheless. */
static void test_refusal(void **state)
{
	struct udp *a = open_at(4, "127.77.1.1:0"), *b = open_at(4, "127.77.1.2:0"), *gone = open_at(4, "127.77.1.3:0");
	struct endpoint nobody = udp_local(gone);
	struct udp_packet lost = { .peer = nobody, .bytes = bytes_of("to nobody") };
	struct udp_packet good = { .peer = udp_local(b), .bytes = bytes_of("to b") };
	struct udp_packet in[UDP_BATCH], refused;
	int refusal = 0;

	(void)state;
	udp_close(gone);
	assert_false(udp_refusal(a, &refused));
	for (int i = 0; i < 20; i++) {
		assert_int_equal(udp_send(a, &lost, 1, &refusal), 1);
		assert_true(wait_for(a) & POLLERR);
		/* neither the refusal nor the error that it leaves behind stands in the way */
		assert_int_equal(udp_send(a, &good, 1, &refusal), 1);
		assert_int_equal(udp_receive(a, in), 0);
		assert_true(udp_refusal(a, &refused));
		assert_true(endpoint_equal(&refused.peer, &nobody));
		assert_true(bytes_equal(refused.bytes, lost.bytes));
		assert_false(udp_refusal(a, &refused));
		wait_for(b);
		assert_int_equal(udp_receive(b, in), 1);
	}
	udp_close(a);
	udp_close(b);
}

/* Where no packet can go, the kernel says so at once, and those before it have left. */
static void test_unreachable(void **state)
{
	struct udp *a = open_at(4, "127.77.1.1:0"), *b = open_at(4, "127.77.1.2:0");
	struct udp_packet out[] = {
		{ .peer = udp_local(b), .bytes = bytes_of("1") }, { .peer = udp_local(b), .bytes = bytes_of("2") },
		{ .peer = { .address = { 192, 0, 2, 1 }, .port = 6881, .family = 4 },
		  .bytes = bytes_of("from loopback to the world") },
		{ .peer = udp_local(b), .bytes = bytes_of("3") },
	};
	int refusal = 0;

	(void)state;
	assert_int_equal(udp_send(a, out, COUNT(out), &refusal), 2);
	assert_int_not_equal(refusal, 0);
	assert_false(udp_refused_for_now(refusal));
	udp_close(a);
	udp_close(b);
}

/* What does not fit into a small buffer is dropped, and each one is counted, the first time and later. */
static void test_drops(void **state)
{
	enum { PACKETS = 500 };
	struct udp *a = open_at(4, "127.77.1.1:0"), *b = open_at(4, "127.77.1.2:0");
	struct udp_packet out[PACKETS], in[UDP_BATCH];
	size_t sent = 0, got = 0;
	int refusal = 0;

	(void)state;
	assert_int_equal(setsockopt(udp_fd(b), SOL_SOCKET, SO_RCVBUF, &(int){ 8192 }, sizeof(int)), 0);
	for (size_t i = 0; i < PACKETS; i++)
		out[i] = (struct udp_packet){ .peer = udp_local(b),
					      .bytes = bytes_of("a packet of some bytes that takes its place") };
	for (int round = 0; round < 3; round++) {
		size_t count, before = sent - got;

		assert_int_equal(udp_send(a, out, PACKETS, &refusal), PACKETS);
		while ((count = udp_receive(b, in)))
			got += count;
		/* the next one tells */
		assert_int_equal(udp_send(a, out, 1, &refusal), 1);
		wait_for(b);
		got += udp_receive(b, in);
		sent += PACKETS + 1;
		assert_true(sent - got > before);
		assert_int_equal(udp_dropped(b), sent - got);
	}
	udp_close(a);
	udp_close(b);
}

/* However long it lies in the buffer, it came when it came. Of many tries one is enough: others may keep us from the CPU. */
static void test_came(void **state)
{
	enum { TRIES = 100, LIES_MS = 5 };
	struct udp *a = open_at(4, "127.77.1.1:0"), *b = open_at(4, "127.77.1.2:0");
	struct udp_packet packet = { .peer = udp_local(b), .bytes = bytes_of("lies there") }, in[UDP_BATCH];
	int64_t before_us, there_us;
	bool right = false;
	int refusal = 0;

	(void)state;
	for (int i = 0; i < TRIES && !right; i++) {
		before_us = clock_monotonic_us();
		assert_int_equal(udp_send(a, &packet, 1, &refusal), 1);
		wait_for(b);
		there_us = clock_monotonic_us();
		clock_pause_ms(LIES_MS);
		assert_int_equal(udp_receive(b, in), 1);
		assert_true(in[0].came_us <= clock_monotonic_us());
		right = in[0].came_us >= before_us - 1 && in[0].came_us <= there_us + 1;
	}
	assert_true(right);
	udp_close(a);
	udp_close(b);
}

static void test_no_such_address(void **state)
{
	struct error error = { 0 };
	struct udp *a = open_at(4, "127.77.1.1:0");
	struct endpoint taken = udp_local(a);

	(void)state;
	assert_null(udp_open(4, &(struct endpoint){ .address = { 192, 0, 2, 1 }, .family = 4 }, &error));
	assert_int_equal(error.kind, ERROR_SYSTEM);
	assert_non_null(strstr(error.message, "192.0.2.1:0"));
	error = (struct error){ 0 };
	assert_null(udp_open(4, &taken, &error));
	assert_non_null(strstr(error.message, "in use"));
	udp_close(a);
	udp_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange), cmocka_unit_test(test_ipv6), cmocka_unit_test(test_size),
		cmocka_unit_test(test_refusal), cmocka_unit_test(test_unreachable), cmocka_unit_test(test_drops),
		cmocka_unit_test(test_came), cmocka_unit_test(test_no_such_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
