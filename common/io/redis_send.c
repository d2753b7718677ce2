/* redis_send.c - commands to a Redis server: laid out, held back, sent while its replies may come */
#include "io/redis_private.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/number.h"

/* --- queueing --- */

static void queue_head(struct redis *redis, uint8_t type, size_t number)
{
	uint8_t *first = buf_reserve(&redis->out, 1 + NUMBER_ROOM + 2);
	char *at = (char *)first;

	*at++ = (char)type;
	at = number_print(at, number);
	*at++ = '\r';
	*at++ = '\n';
	redis->out.size += (size_t)((uint8_t *)at - first);
}

static void queue_word(struct redis *redis, struct bytes word)
{
	queue_head(redis, '$', word.size);
	buf_append(&redis->out, word.data, word.size);
	buf_append(&redis->out, "\r\n", 2);
}

void redis_queue(struct redis *redis, size_t count, const struct bytes *words)
{
	queue_head(redis, '*', count);
	for (size_t i = 0; i < count; i++)
		queue_word(redis, words[i]);
	redis->due++;
}

void redis_queue_arguments(struct redis *redis, const char *first, va_list arguments)
{
	va_list again;
	size_t count = 0;

	va_copy(again, arguments);
	for (const char *word = first; word; word = va_arg(again, const char *))
		count++;
	va_end(again);
	queue_head(redis, '*', count);
	for (const char *word = first; word; word = va_arg(arguments, const char *))
		queue_word(redis, bytes_of(word));
	redis->due++;
}

void redis_queue_text(struct redis *redis, const char *word, ...)
{
	va_list arguments;

	va_start(arguments, word);
	redis_queue_arguments(redis, word, arguments);
	va_end(arguments);
}

size_t redis_queued(const struct redis *redis)
{
	return redis->out.size - redis->sent;
}

void redis_hold(struct redis *redis, size_t bytes)
{
	redis->held = bytes;
}

/* --- sending --- */

/*
 * The server takes no more. If it has said something before (that it has too
 * many clients, say), that is what the user should hear of: it is left for
 * redis_read, which finds the end of the connection behind it.
 */
static bool sending_failed(struct redis *redis, struct error *error, int number)
{
	struct error ignored = { 0 };

	while (!redis->ended && redis_unread(redis) < REDIS_WINDOW) {
		size_t before = redis_unread(redis);

		if (!redis_receive(redis, &ignored) || redis_unread(redis) == before)
			break;
	}
	redis->failed = false;
	if (redis->start == redis->end)
		return redis_lost(redis, error, number);
	redis->ended = true;
	redis->sent = redis->out.size;
	return true;
}

/* Waits until more can be sent; takes the replies that come meanwhile, or the server might wait for us. */
static bool wait_to_send(struct redis *redis, struct error *error)
{
	short ready;

	if (!redis_wait_for(redis, POLLIN | POLLOUT, &ready, error))
		return false;
	if (!(ready & ~POLLOUT))
		return true;
	if (!redis_receive(redis, error))
		return false;
	if (redis_unread(redis) <= REDIS_REPLY_MAX)
		return true;
	return redis_give_up(redis, error, "more than %d MiB of replies while commands were still being sent",
			     REDIS_REPLY_MAX >> 20);
}

bool redis_send(struct redis *redis, struct error *error)
{
	struct buf *out = &redis->out;
	ssize_t count;

	if (redis->failed)
		return redis_give_up(redis, error, "the connection was given up");
	while (out->size - redis->sent > redis->held) {
		if (redis->ended)
			return sending_failed(redis, error, 0);
		count = send(redis->fd, out->data + redis->sent, out->size - redis->sent - redis->held,
			     MSG_DONTWAIT | MSG_NOSIGNAL);
		if (count >= 0)
			redis->sent += (size_t)count;
		else if (errno != EAGAIN && errno != EINTR)
			return sending_failed(redis, error, errno);
		else if (!wait_to_send(redis, error))
			return false;
	}
	if (redis->sent >= out->size - redis->sent) {	/* else what is held would be moved for a few bytes */
		memmove(out->data, out->data + redis->sent, out->size - redis->sent);
		out->size -= redis->sent;
		redis->sent = 0;
	}
	return true;
}
