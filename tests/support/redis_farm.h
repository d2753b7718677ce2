/* redis_farm.h - three Redis servers that a unit test directs: alone or a cluster that moves, asks, leaves and is silent */
#ifndef SUPPORT_REDIS_FARM_H
#define SUPPORT_REDIS_FARM_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/number.h"
#include "io/nodes.h"
#include "tests/support/unit.h"

/* They have the keys k0, k1, ..., whose values are their numbers. */

enum { FAKES = 3, KEYS = 12000, CONNECTIONS = 64, PAGE = 300 };

struct connection {
	int fd;
	size_t fake;
	struct buf in, out;
	bool asking;
	size_t unanswered;
};

static struct farm {
	int listeners[FAKES], wake[2];
	uint16_t ports[FAKES];
	pthread_t thread;
	struct connection connections[CONNECTIONS];
	size_t count;
	bool cluster;
	uint8_t told[NODES_SLOTS], truth[NODES_SLOTS];	/* which one has it, as CLUSTER SLOTS says and as it is */
	size_t gets[FAKES], asked, pages, maps;
	/* what they are to do */
	size_t gather, total;		/* answers half of so many when they are there, and all when total have come */
	size_t most;			/* how many were there, at most */
	size_t leave_after, leaves;	/* the second one closes its connection after so many GETs, so many times */
	bool for_good;			/* and comes back no more; */
	size_t heir_after;		/* the third has its slots when the map was asked for so often; 0: nobody */
	bool silent;			/* the second one answers no GET */
	/* slots below 3000, of the first, are on their way to the third, where all keys are already */
	bool asks;
	unsigned again;			/* the first so many GETs of each key are for another time */
	uint8_t tries[KEYS];
	size_t move_after;		/* after so many pages, slots below 3000 are with the second */
	bool turns;			/* they are with the next one whenever the map is asked for */
} farm;

static void move_slots(uint8_t *owner, size_t first, size_t end, uint8_t to)
{
	memset(owner + first, to, end - first);
}

/* Some slots of the first one, to the next. */
static void pass_on(void)
{
	move_slots(farm.truth, 0, 3000, (uint8_t)((farm.truth[0] + 1) % FAKES));
	move_slots(farm.told, 0, 3000, farm.truth[0]);
}

static void print_map(struct buf *out)
{
	struct buf ranges = { 0 };
	size_t count = 0;

	if (farm.turns)
		pass_on();
	if (farm.heir_after && ++farm.maps >= farm.heir_after)
		for (size_t slot = 0; slot < NODES_SLOTS; slot++)
			if (farm.told[slot] == 1)
				farm.told[slot] = farm.truth[slot] = 2;
	for (size_t slot = 0, end; slot < NODES_SLOTS; slot = end) {
		end = slot + 1;
		while (end < NODES_SLOTS && farm.told[end] == farm.told[slot])
			end++;
		buf_format(&ranges, "*3\r\n:%zu\r\n:%zu\r\n*2\r\n$9\r\n127.0.0.1\r\n:%u\r\n", slot, end - 1,
			   farm.ports[farm.told[slot]]);
		count++;
	}
	buf_format(out, "*%zu\r\n%s", count, buf_string(&ranges));
	buf_free(&ranges);
}

static void print_string(struct buf *out, const char *text)
{
	buf_format(out, "$%zu\r\n%s\r\n", strlen(text), text);
}

static void scan_page(struct buf *out, size_t fake, uint64_t cursor)
{
	struct buf keys = { 0 };
	char key[16], next[24];
	size_t count = 0;
	uint64_t end = cursor + PAGE < KEYS ? cursor + PAGE : KEYS;

	for (; cursor < end; cursor++) {
		snprintf(key, sizeof key, "k%u", (unsigned)cursor);
		if (farm.truth[nodes_slot(bytes_of(key))] != fake)
			continue;
		print_string(&keys, key);
		count++;
	}
	snprintf(next, sizeof next, "%u", end == KEYS ? 0 : (unsigned)end);
	buf_text(out, "*2\r\n");
	print_string(out, next);
	buf_format(out, "*%zu\r\n%s", count, buf_string(&keys));
	buf_free(&keys);
	if (farm.move_after && ++farm.pages == farm.move_after)
		pass_on();
}

/* False: it leaves. */
static bool get(struct connection *connection, struct bytes key)
{
	uint16_t slot = nodes_slot(key);
	uint8_t owner = farm.truth[slot];
	struct buf *out = &connection->out;
	bool asking = connection->asking;
	uint64_t number;

	connection->asking = false;
	connection->unanswered++;
	farm.gets[connection->fake]++;
	if (connection->fake == 1 && farm.leaves && farm.gets[1] > farm.leave_after) {
		farm.leaves -= !farm.for_good;
		return false;
	}
	if (farm.silent && connection->fake == 1)
		return true;
	if (!number_parse(bytes_after(key, 1), KEYS - 1, &number))
		buf_text(out, "-WRONGTYPE Operation\r\n");
	else if (asking && farm.asks && connection->fake == 2)
		buf_format(out, ":%u\r\n", (unsigned)number);
	else if (farm.cluster && owner != connection->fake)
		buf_format(out, "-MOVED %u 127.0.0.1:%u\r\n", slot, farm.ports[owner]);
	else if (farm.asks && slot < 3000)
		buf_format(out, "-ASK %u 127.0.0.1:%u\r\n", slot, farm.ports[2]);
	else if (farm.tries[number] < farm.again && ++farm.tries[number])
		buf_text(out, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
	else
		buf_format(out, ":%u\r\n", (unsigned)number);
	return true;
}

static bool answer(struct connection *connection, const struct bytes *words)
{
	struct buf *out = &connection->out;
	uint64_t cursor = 0;

	if (bytes_is(words[0], "GET"))
		return get(connection, words[1]);
	if (bytes_is(words[0], "PING")) {
		buf_text(out, "+PONG\r\n");
	} else if (bytes_is(words[0], "INFO")) {
		print_string(out, farm.cluster ? "redis_version:7.0.15\r\ncluster_enabled:1" : "cluster_enabled:0");
	} else if (bytes_is(words[0], "CLUSTER")) {
		print_map(out);
	} else if (bytes_is(words[0], "ASKING")) {
		farm.asked++;
		connection->asking = true;
		buf_text(out, "+OK\r\n");
	} else if (bytes_is(words[0], "SCAN") && number_parse(words[1], KEYS, &cursor)) {
		scan_page(out, connection->fake, cursor);
	} else {
		buf_text(out, "-ERR unknown command\r\n");
	}
	return true;
}

/* The first line of text that is there, without its end. */
static bool take_line(struct bytes *text, struct bytes *line)
{
	struct bytes rest;

	*line = bytes_split(*text, '\n', &rest);
	if (rest.data) {
		*text = rest;
		line->size--;
	}
	return rest.data;
}

/* As many commands as are there whole. */
static bool answer_all(struct connection *connection)
{
	struct bytes text = buf_bytes(&connection->in), rest = text, line, words[8];
	bool stays = true;
	uint64_t count, size;

	while (stays && take_line(&rest, &line) && number_parse(bytes_after(line, 1), 8, &count)) {
		size_t i = 0;

		while (i < count && take_line(&rest, &line) && number_parse(bytes_after(line, 1), 1000, &size) &&
		       rest.size >= size + 2) {
			words[i++] = bytes_at(rest.data, size);
			rest = bytes_after(rest, size + 2);
		}
		if (i < count)
			break;
		stays = answer(connection, words);
		text = rest;
	}
	memmove(connection->in.data, text.data, text.size);
	connection->in.size = text.size;
	return stays;
}

static bool send_part(struct connection *connection, size_t size)
{
	bool sent = !size || send(connection->fd, connection->out.data, size, MSG_NOSIGNAL) == (ssize_t)size;

	memmove(connection->out.data, connection->out.data + size, connection->out.size - size);
	connection->out.size -= size;
	return sent;
}

/* All, or half of what is gathered. */
static bool send_answers(struct connection *connection)
{
	struct bytes rest = buf_bytes(&connection->out), line;
	size_t half = farm.gather / 2;

	if (farm.most < connection->unanswered)
		farm.most = connection->unanswered;
	if (!farm.gather || !connection->unanswered || farm.gets[0] >= farm.total) {
		connection->unanswered = 0;
		return send_part(connection, connection->out.size);
	}
	if (connection->unanswered < farm.gather)
		return true;
	for (size_t i = 0; i < half; i++)
		take_line(&rest, &line);
	connection->unanswered -= half;
	return send_part(connection, connection->out.size - rest.size);
}

static bool hear(struct connection *connection)
{
	enum { ROOM = 1 << 18 };
	ssize_t count = recv(connection->fd, buf_reserve(&connection->in, ROOM), ROOM, 0);
	bool stays;

	if (count <= 0)
		return false;
	connection->in.size += (size_t)count;
	stays = answer_all(connection);
	return send_answers(connection) && stays;
}

static void drop(size_t index)
{
	close(farm.connections[index].fd);
	buf_free(&farm.connections[index].in);
	buf_free(&farm.connections[index].out);
	farm.connections[index] = farm.connections[--farm.count];
}

static bool is_gone(size_t fake)
{
	return fake == 1 && farm.for_good && farm.gets[1] > farm.leave_after;
}

static void *run_farm(void *context)
{
	struct pollfd pollers[1 + FAKES + CONNECTIONS];

	for (;;) {
		size_t count = farm.count;

		pollers[0] = (struct pollfd){ .fd = farm.wake[0], .events = POLLIN };
		for (size_t i = 0; i < FAKES; i++)
			pollers[1 + i] = (struct pollfd){ .fd = farm.listeners[i], .events = POLLIN };
		for (size_t i = 0; i < count; i++)
			pollers[1 + FAKES + i] = (struct pollfd){ .fd = farm.connections[i].fd, .events = POLLIN };
		poll(pollers, 1 + FAKES + count, -1);
		if (pollers[0].revents)
			return context;
		for (size_t i = count; i--; )
			if (pollers[1 + FAKES + i].revents && !hear(&farm.connections[i]))
				drop(i);
		for (size_t i = 0; i < FAKES; i++) {
			if (!pollers[1 + i].revents)
				continue;
			farm.connections[farm.count++] = (struct connection){ .fd = accept(farm.listeners[i], NULL, NULL),
									      .fake = i };
			if (is_gone(i))
				drop(farm.count - 1);
		}
	}
}

static int start_farm(void **state)
{
	(void)state;
	farm = (struct farm){ .cluster = true };
	for (size_t i = 0; i < FAKES; i++) {
		struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
		socklen_t size = sizeof name;

		farm.listeners[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(bind(farm.listeners[i], (struct sockaddr *)&name, size), 0);
		assert_int_equal(listen(farm.listeners[i], 16), 0);
		assert_int_equal(getsockname(farm.listeners[i], (struct sockaddr *)&name, &size), 0);
		farm.ports[i] = ntohs(name.sin_port);
		move_slots(farm.truth, i * 5000, i == 2 ? NODES_SLOTS : (i + 1) * 5000, (uint8_t)i);
	}
	memcpy(farm.told, farm.truth, sizeof farm.told);
	assert_int_equal(pipe(farm.wake), 0);
	return 0;
}

static int stop_farm(void **state)
{
	(void)state;
	assert_int_equal(write(farm.wake[1], "", 1), 1);
	if (farm.thread)
		pthread_join(farm.thread, NULL);
	while (farm.count)
		drop(0);
	for (size_t i = 0; i < FAKES; i++)
		close(farm.listeners[i]);
	close(farm.wake[0]);
	close(farm.wake[1]);
	return 0;
}

#endif
