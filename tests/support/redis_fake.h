/* redis_fake.h - a Redis server for one connection of a unit test, which lies, stalls and leaves as it is told */
#ifndef SUPPORT_REDIS_FAKE_H
#define SUPPORT_REDIS_FAKE_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/redis.h"
#include "tests/support/unit.h"

static char directory[] = "/tmp/peerutils-redis-XXXXXX";
static char fake_path[sizeof directory + 16];
static unsigned waits;
static volatile bool stop;

static inline void count_wait(void *context)
{
	(void)context;
	waits++;
}

static const struct io_wait counted = { count_wait, NULL };

static inline struct redis_address address_of(char *path)
{
	return (struct redis_address){ .path = path, .connect_timeout_ms = 2000, .command_timeout_ms = 10000 };
}

struct fake {
	const char *greeting;	/* what it says to AUTH, SELECT and PING; said before it hears them if `rude` */
	bool rude;		/* then it leaves */
	struct bytes script;	/* what it says when the first command has come */
	size_t step;		/* bytes for each write; 0: all in one */
	bool leaves;		/* after the script */
	size_t reply_size;	/* not 0: answers each PING with so many bytes, and reads no further before that is taken */
	int listener;
	uint16_t port;		/* not 0: listens on loopback */
	pthread_t thread;
};

static inline bool tell(int fd, const void *data, size_t size)
{
	return size == 0 || send(fd, data, size, MSG_NOSIGNAL | MSG_WAITALL) == (ssize_t)size;
}

static inline void answer_pings(int fd, size_t reply_size)
{
	static const char ping[] = "*1\r\n$4\r\nPING\r\n";
	struct buf reply = { 0 };
	char data[14 * 100];
	size_t have = 0;
	ssize_t count;

	buf_format(&reply, "$%zu\r\n", reply_size);
	for (size_t i = 0; i < reply_size; i++)
		buf_byte(&reply, (uint8_t)(i * 7));
	buf_text(&reply, "\r\n");
	while ((count = read(fd, data + have, sizeof data - have)) > 0) {
		bool taken = true;

		have += (size_t)count;
		for (size_t i = 0; taken && i < have / 14; i++)
			taken = memcmp(data + 14 * i, ping, 14) == 0 && tell(fd, reply.data, reply.size);
		if (!taken)
			break;
		memmove(data, data + have / 14 * 14, have % 14);
		have %= 14;
	}
	buf_free(&reply);
}

static inline void serve(const struct fake *fake, int fd)
{
	char data[4096] = { 0 };
	size_t have = 0;
	ssize_t count;

	if (fake->rude) {
		tell(fd, fake->greeting, strlen(fake->greeting));
		return;
	}
	while (!memmem(data, have, "PING\r\n", 6)) {
		count = read(fd, data + have, sizeof data - have);
		if (count <= 0)
			return;
		have += (size_t)count;
	}
	if (!tell(fd, fake->greeting, strlen(fake->greeting)))
		return;
	if (fake->reply_size) {
		answer_pings(fd, fake->reply_size);
		return;
	}
	if (read(fd, data, sizeof data) <= 0)
		return;
	for (size_t at = 0, step; at < fake->script.size; at += step) {
		step = fake->step && fake->step < fake->script.size - at ? fake->step : fake->script.size - at;
		if (!tell(fd, fake->script.data + at, step))
			return;
		if (fake->step)
			sched_yield();
	}
	while (!fake->leaves && read(fd, data, sizeof data) > 0)
		;
}

static inline void *run_fake(void *context)
{
	const struct fake *fake = context;
	int fd = accept(fake->listener, NULL, NULL);

	close(fake->listener);
	if (fd >= 0) {
		serve(fake, fd);
		close(fd);
	}
	return NULL;
}

static inline int listen_unix(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(name.sun_path, fake_path);
	unlink(fake_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static inline int listen_loopback(int backlog, uint16_t *port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof name;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&name, size), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
	*port = ntohs(name.sin_port);
	return fd;
}

static inline void start_fake(struct fake *fake)
{
	if (!fake->greeting)
		fake->greeting = "+PONG\r\n";
	fake->listener = fake->port ? listen_loopback(1, &fake->port) : listen_unix();
	assert_int_equal(pthread_create(&fake->thread, NULL, run_fake, fake), 0);
}

static inline struct redis *open_fake(struct fake *fake, uint32_t timeout_ms)
{
	struct redis_address address = address_of(fake_path);
	struct error error = { 0 };
	struct redis *redis;

	start_fake(fake);
	address.command_timeout_ms = timeout_ms;
	redis = redis_open(&address, counted, &stop, &error);
	if (!redis)
		fail_msg("%s", error.message);
	return redis;
}

static inline void end_fake(struct fake *fake, struct redis *redis)
{
	redis_close(redis);
	pthread_join(fake->thread, NULL);
}

/* A message is "unix:<path>: ..." (or has that name in it), and says this. */
static inline void assert_message(const struct error *error, const char *text)
{
	assert_int_equal(error->kind, ERROR_SYSTEM);
	if (!strstr(error->message, text) || !strstr(error->message, directory))
		fail_msg("\"%s\", which should have \"%s\" in it", error->message, text);
}

#endif
