/* redis_receive.c - what a Redis server sends: the window in which it is parsed, and the wait for more, of one or of many */
#include "io/redis_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"

enum {
	/* How long a wait lasts before *stop is looked at again: a signal just before it is then late, not lost. */
	STOP_CHECK_MS = 250,
};

/* --- waiting --- */

bool redis_stopped(const struct redis *redis)
{
	return redis->stop && *redis->stop;
}

uint64_t redis_now_ms(void)
{
	return (uint64_t)clock_monotonic_us() / 1000;
}

const char *redis_print_time(char text[REDIS_TIME_ROOM], uint32_t ms)
{
	snprintf(text, REDIS_TIME_ROOM, ms % 1000 ? "%u ms" : "%u s", ms % 1000 ? ms : ms / 1000);
	return text;
}

bool redis_wait_for(struct redis *redis, short events, short *ready, struct error *error)
{
	struct pollfd poller = { .fd = redis->fd, .events = events };
	uint64_t begin = redis_now_ms(), waited = 0;
	char limit[REDIS_TIME_ROOM];
	int count = 0;

	if (redis->wait.before)
		redis->wait.before(redis->wait.context);
	while (count == 0 || (count < 0 && (errno == EINTR || errno == EAGAIN))) {
		uint64_t left = redis->timeout_ms - waited;

		if (redis_stopped(redis))
			return redis_give_up(redis, error, "interrupted");
		count = poll(&poller, 1, left < STOP_CHECK_MS ? (int)left : STOP_CHECK_MS);
		waited = redis_now_ms() - begin;
		if (count == 0 && waited >= redis->timeout_ms)
			return redis_give_up(redis, error, "no answer within %s",
					     redis_print_time(limit, redis->timeout_ms));
	}
	if (count < 0)
		return redis_lost(redis, error, errno);
	*ready = poller.revents;
	return true;
}

bool redis_wait(struct redis *const *all, size_t count, struct pollfd *other, uint32_t at_most_ms, bool *ready,
		struct error *error)
{
	struct pollfd *pollers = calloc(count + 1, sizeof *pollers);
	uint64_t now = redis_now_ms();
	int polled;

	if (!pollers)
		out_of_memory();
	for (size_t i = 0; i < count; i++) {
		pollers[i] = (struct pollfd){ .fd = all[i]->fd, .events = POLLIN };
		if (!all[i]->silent_ms)
			all[i]->silent_ms = now;
	}
	if (other)
		pollers[count] = *other;
	polled = poll(pollers, count + !!other, at_most_ms < STOP_CHECK_MS ? (int)at_most_ms : STOP_CHECK_MS);
	now = redis_now_ms();
	if (other)
		other->revents = polled > 0 ? pollers[count].revents : 0;
	for (size_t i = 0; i < count; i++)
		ready[i] = (polled > 0 && pollers[i].revents) || now - all[i]->silent_ms >= all[i]->timeout_ms;
	free(pollers);
	return polled >= 0 || errno == EINTR || errno == EAGAIN ||
	       fail_system(error, "cannot wait for servers: %s", strerror(errno));
}

/* --- the window --- */

/* Makes room for a good deal of bytes behind the window's end. */
static void make_room(struct redis *redis)
{
	size_t have = redis_unread(redis), capacity = redis->capacity;
	uint8_t *window = redis->window;
	bool keep = redis->lent && !redis->old_window;

	if (capacity - redis->end >= REDIS_WINDOW / 4)
		return;
	if (keep)
		capacity = REDIS_WINDOW;
	while (capacity < have * 2)
		capacity *= 2;
	if (keep || capacity > redis->capacity) {
		window = malloc(capacity);
		if (!window)
			out_of_memory();
	}
	memmove(window, redis->window + redis->start, have);
	if (!redis->lent)	/* the views are of a reply that is not whole yet, and begins at the start */
		resp_move(&redis->resp, redis->window + redis->start, window);
	if (keep)
		redis->old_window = redis->window;
	else if (window != redis->window)
		free(redis->window);
	redis->window = window;
	redis->capacity = capacity;
	redis->start = 0;
	redis->end = have;
}

bool redis_receive(struct redis *redis, struct error *error)
{
	size_t room;
	ssize_t count;

	make_room(redis);
	room = redis->capacity - redis->end;
	/* what is received should still be in the cache when it is parsed */
	count = recv(redis->fd, redis->window + redis->end, room < REDIS_WINDOW ? room : REDIS_WINDOW, MSG_DONTWAIT);
	if (count < 0 && errno != EAGAIN && errno != EINTR)
		return redis_lost(redis, error, errno);
	if (count == 0)
		redis->ended = true;
	if (count > 0) {
		redis->end += (size_t)count;
		redis->silent_ms = 0;
	}
	return true;
}

bool redis_receive_some(struct redis *redis, struct error *error)
{
	size_t before = redis_unread(redis);
	short ready;

	while (redis_receive(redis, error)) {
		if (redis_unread(redis) > before)
			return true;
		if (redis->ended)
			return redis_lost(redis, error, 0);
		if (!redis_wait_for(redis, POLLIN, &ready, error))
			return false;
	}
	return false;
}
