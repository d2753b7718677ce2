/* redis.c - a connection to one Redis server: pipelined commands out, flat replies in */
#include "io/redis.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <hiredis/hiredis.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "io/redis_greet.h"
#include "io/resp.h"

enum {
	WINDOW = 256 << 10,	/* the first size of the receive window, and the most that one recv is asked for */
	/* How long a wait lasts before *stop is looked at again: a signal just before it is then late, not lost. */
	STOP_CHECK_MS = 250,
};

/*
 * Replies are parsed where recv has put them: in window[start, end). The views
 * of the last reply look into the window too, so while that reply is lent out
 * nothing in front of `end` is moved or written over; when there is no room
 * behind it, what is not parsed yet goes on in a new window and the old one is kept.
 */
struct redis {
	redisContext *context;	/* hiredis connects; what is read and written is our own */
	struct io_wait wait;
	const volatile bool *stop;
	uint32_t timeout_ms;
	struct buf name;
	bool failed;		/* nothing that comes now can be trusted to be what was asked for */
	bool ended;		/* the server has closed its end */
	struct buf out;
	size_t sent;		/* of out */
	size_t held;		/* at the end of out, not to be sent yet */
	uint64_t due;		/* commands queued whose replies have not been read */
	struct resp resp;
	uint8_t *window, *old_window;
	size_t capacity, start, end;
	bool lent;		/* the last reply is in use: in old_window if there is one, else in window */
	bool begun;		/* the next one is being parsed */
	uint64_t silent_ms;	/* when redis_wait first waited for what has not come; 0: it did not */
};

const char *redis_name(const struct redis *redis)
{
	return (const char *)redis->name.data;
}

static bool stopped(const struct redis *redis)
{
	return redis->stop && *redis->stop;
}

/* The end of this connection: says why, with the name of the server. */
__attribute__((format(printf, 3, 4)))
static bool give_up(struct redis *redis, struct error *error, const char *format, ...)
{
	char why[sizeof error->message];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	redis->failed = true;
	return fail_system(error, "%s: %s", redis_name(redis), why);
}

static bool connection_lost(struct redis *redis, struct error *error, int number)
{
	return give_up(redis, error, "the connection is lost: %s", number ? strerror(number) : "the server closed it");
}

static uint64_t now_ms(void)
{
	return (uint64_t)clock_monotonic_us() / 1000;
}

/* "30 s" or "1500 ms", for messages. */
static const char *print_ms(char text[24], uint32_t ms)
{
	snprintf(text, 24, ms % 1000 ? "%u ms" : "%u s", ms % 1000 ? ms : ms / 1000);
	return text;
}

/* Waits until one of the events is there (they are in *ready then), as long as a server may take. */
static bool wait_for(struct redis *redis, short events, short *ready, struct error *error)
{
	struct pollfd poller = { .fd = redis->context->fd, .events = events };
	uint64_t begin = now_ms(), waited = 0;
	char limit[24];
	int count = 0;

	if (redis->wait.before)
		redis->wait.before(redis->wait.context);
	while (count == 0 || (count < 0 && (errno == EINTR || errno == EAGAIN))) {
		uint64_t left = redis->timeout_ms - waited;

		if (stopped(redis))
			return give_up(redis, error, "interrupted");
		count = poll(&poller, 1, left < STOP_CHECK_MS ? (int)left : STOP_CHECK_MS);
		waited = now_ms() - begin;
		if (count == 0 && waited >= redis->timeout_ms)
			return give_up(redis, error, "no answer within %s", print_ms(limit, redis->timeout_ms));
	}
	if (count < 0)
		return connection_lost(redis, error, errno);
	*ready = poller.revents;
	return true;
}

/* --- receiving --- */

/* Makes room for a good deal of bytes behind the window's end. */
static void make_room(struct redis *redis)
{
	size_t have = redis->end - redis->start, capacity = redis->capacity;
	uint8_t *window = redis->window;
	bool keep = redis->lent && !redis->old_window;

	if (capacity - redis->end >= WINDOW / 4)
		return;
	if (keep)
		capacity = WINDOW;
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

/* Takes what is there, which may be nothing. Sets redis->ended when nothing more will come. */
static bool receive(struct redis *redis, struct error *error)
{
	size_t room;
	ssize_t count;

	make_room(redis);
	room = redis->capacity - redis->end;
	/* what is received should still be in the cache when it is parsed */
	count = recv(redis->context->fd, redis->window + redis->end, room < WINDOW ? room : WINDOW, MSG_DONTWAIT);
	if (count < 0 && errno != EAGAIN && errno != EINTR)
		return connection_lost(redis, error, errno);
	if (count == 0)
		redis->ended = true;
	if (count > 0) {
		redis->end += (size_t)count;
		redis->silent_ms = 0;
	}
	return true;
}

/* Takes at least one byte. */
static bool receive_some(struct redis *redis, struct error *error)
{
	size_t before = redis->end - redis->start;
	short ready;

	while (receive(redis, error)) {
		if (redis->end - redis->start > before)
			return true;
		if (redis->ended)
			return connection_lost(redis, error, 0);
		if (!wait_for(redis, POLLIN, &ready, error))
			return false;
	}
	return false;
}

/* --- sending --- */

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

static void queue_arguments(struct redis *redis, const char *first, va_list arguments)
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
	queue_arguments(redis, word, arguments);
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

/*
 * The server takes no more. If it has said something before (that it has too
 * many clients, say), that is what the user should hear of: it is left for
 * redis_read, which finds the end of the connection behind it.
 */
static bool sending_failed(struct redis *redis, struct error *error, int number)
{
	struct error ignored = { 0 };

	while (!redis->ended && redis->end - redis->start < WINDOW) {
		size_t before = redis->end - redis->start;

		if (!receive(redis, &ignored) || redis->end - redis->start == before)
			break;
	}
	redis->failed = false;
	if (redis->start == redis->end)
		return connection_lost(redis, error, number);
	redis->ended = true;
	redis->sent = redis->out.size;
	return true;
}

/* Waits until more can be sent; takes the replies that come meanwhile, or the server might wait for us. */
static bool wait_to_send(struct redis *redis, struct error *error)
{
	short ready;

	if (!wait_for(redis, POLLIN | POLLOUT, &ready, error))
		return false;
	if (!(ready & ~POLLOUT))
		return true;
	if (!receive(redis, error))
		return false;
	if (redis->end - redis->start <= REDIS_REPLY_MAX)
		return true;
	return give_up(redis, error, "more than %d MiB of replies while commands were still being sent",
		       REDIS_REPLY_MAX >> 20);
}

bool redis_send(struct redis *redis, struct error *error)
{
	struct buf *out = &redis->out;
	ssize_t count;

	if (redis->failed)
		return give_up(redis, error, "the connection was given up");
	while (out->size - redis->sent > redis->held) {
		if (redis->ended)
			return sending_failed(redis, error, 0);
		count = send(redis->context->fd, out->data + redis->sent, out->size - redis->sent - redis->held,
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

/* --- replies --- */

/* The views of the last reply end here. */
static void take_back(struct redis *redis)
{
	free(redis->old_window);
	redis->old_window = NULL;
	redis->lent = false;
	if (redis->start == redis->end)
		redis->start = redis->end = 0;
	resp_begin(&redis->resp);
}

/* Sends what is queued, and sees to it that a reply can be parsed. */
static bool begin_reply(struct redis *redis, struct error *error)
{
	if (!redis_send(redis, error))
		return false;
	if (!redis->due)
		return give_up(redis, error, "a reply was expected to no command");
	if (!redis->begun)
		take_back(redis);
	redis->begun = true;
	return true;
}

/* The next reply, if all of it is in the window. */
static enum redis_tried parse_reply(struct redis *redis, struct redis_reply *reply, struct error *error)
{
	struct error problem = { 0 };

	switch (resp_parse(&redis->resp, bytes_at(redis->window + redis->start, redis->end - redis->start), &problem)) {
	case RESP_BAD:
		give_up(redis, error, "%s", problem.message);
		return REDIS_FAILED;
	case RESP_MORE:
		if (!redis->ended)
			return REDIS_LATER;
		connection_lost(redis, error, 0);
		return REDIS_FAILED;
	case RESP_WHOLE:
		break;
	}
	redis->start += redis->resp.used;
	redis->lent = true;
	redis->begun = false;
	redis->due--;
	*reply = (struct redis_reply){ redis->resp.items, redis->resp.count };
	return REDIS_READ;
}

bool redis_read(struct redis *redis, struct redis_reply *reply, struct error *error)
{
	enum redis_tried tried = REDIS_LATER;

	if (!begin_reply(redis, error))
		return false;
	while ((tried = parse_reply(redis, reply, error)) == REDIS_LATER)
		if (!receive_some(redis, error))
			return false;
	return tried == REDIS_READ;
}

enum redis_tried redis_try(struct redis *redis, struct redis_reply *reply, struct error *error)
{
	size_t before;
	char limit[24];
	enum redis_tried tried;

	if (!begin_reply(redis, error))
		return REDIS_FAILED;
	while ((tried = parse_reply(redis, reply, error)) == REDIS_LATER) {
		before = redis->end - redis->start;
		if (!receive(redis, error))
			return REDIS_FAILED;
		if (redis->end - redis->start == before && !redis->ended)
			break;
	}
	if (tried != REDIS_LATER || !redis->silent_ms || now_ms() - redis->silent_ms < redis->timeout_ms)
		return tried;
	give_up(redis, error, "no answer within %s", print_ms(limit, redis->timeout_ms));
	return REDIS_FAILED;
}

bool redis_wait(struct redis *const *all, size_t count, struct pollfd *other, uint32_t at_most_ms, bool *ready, struct error *error)
{
	struct pollfd *pollers = calloc(count + 1, sizeof *pollers);
	uint64_t now = now_ms();
	int polled;

	if (!pollers)
		out_of_memory();
	for (size_t i = 0; i < count; i++) {
		pollers[i] = (struct pollfd){ .fd = all[i]->context->fd, .events = POLLIN };
		if (!all[i]->silent_ms)
			all[i]->silent_ms = now;
	}
	if (other)
		pollers[count] = *other;
	polled = poll(pollers, count + !!other, at_most_ms < STOP_CHECK_MS ? (int)at_most_ms : STOP_CHECK_MS);
	now = now_ms();
	if (other)
		other->revents = polled > 0 ? pollers[count].revents : 0;
	for (size_t i = 0; i < count; i++)
		ready[i] = (polled > 0 && pollers[i].revents) || now - all[i]->silent_ms >= all[i]->timeout_ms;
	free(pollers);
	return polled >= 0 || errno == EINTR || errno == EAGAIN ||
	       fail_system(error, "cannot wait for servers: %s", strerror(errno));
}

void redis_limit(struct redis *redis, uint32_t timeout_ms)
{
	redis->timeout_ms = timeout_ms;
}

bool redis_ask(struct redis *redis, struct redis_reply *reply, struct error *error, const char *word, ...)
{
	va_list arguments;
	char words[REDIS_WORDS_ROOM];

	if (redis->due)
		return give_up(redis, error, "%s was asked before earlier replies were read", word);
	va_start(arguments, word);
	queue_arguments(redis, word, arguments);
	va_end(arguments);
	if (!redis_read(redis, reply, error))
		return false;
	if (reply->items->kind != REDIS_ERROR)
		return true;
	return fail_system(error, "%s: %s: %s", redis_name(redis), word, redis_print_words(words, reply->items->text));
}

/* --- opening --- */

static void make_name(struct buf *name, const struct redis_address *address)
{
	if (!address->host)
		buf_format(name, "unix:%s", address->path);
	else
		buf_format(name, strchr(address->host, ':') ? "[%s]:%u" : "%s:%u", address->host, address->port);
	if (address->database)
		buf_format(name, address->host ? "/%u" : "?db=%u", address->database);
	buf_string(name);
}

static bool connect_to(struct redis *redis, const struct redis_address *address, struct error *error)
{
	uint32_t limit_ms = address->connect_timeout_ms ? address->connect_timeout_ms : REDIS_CONNECT_TIMEOUT_MS;
	struct timeval limit = { limit_ms / 1000, limit_ms % 1000 * 1000 };
	const struct sockaddr_un *longest = NULL;
	uint64_t begin = now_ms();
	char text[24];

	/* hiredis would cut it off and connect to whatever has that name */
	if (!address->host && strlen(address->path) >= sizeof longest->sun_path)
		return fail_system(error, "the path of a unix socket has less than %zu bytes: cannot connect to %s",
				   sizeof longest->sun_path, redis_name(redis));
	redis->context = address->host ? redisConnectWithTimeout(address->host, address->port, limit)
				       : redisConnectUnixWithTimeout(address->path, limit);
	if (!redis->context)
		out_of_memory();
	if (!redis->context->err)
		return true;
	if (stopped(redis))
		return fail_system(error, "%s: interrupted", redis_name(redis));
	if (now_ms() - begin >= limit_ms)
		return fail_system(error, "cannot connect to %s: no answer within %s", redis_name(redis),
				   print_ms(text, limit_ms));
	return fail_system(error, "cannot connect to %s: %s", redis_name(redis), redis->context->errstr);
}

struct redis *redis_open(const struct redis_address *address, struct io_wait wait, const volatile bool *stop,
			 struct error *error)
{
	struct redis *redis = calloc(1, sizeof *redis);

	if (!redis || !(redis->window = malloc(WINDOW)))
		out_of_memory();
	redis->capacity = WINDOW;
	redis->wait = wait;
	redis->stop = stop;
	redis->timeout_ms = address->command_timeout_ms ? address->command_timeout_ms : REDIS_COMMAND_TIMEOUT_MS;
	make_name(&redis->name, address);
	if (connect_to(redis, address, error) && redis_greet(redis, address, error))
		return redis;
	redis_close(redis);
	return NULL;
}

void redis_close(struct redis *redis)
{
	if (!redis)
		return;
	if (redis->context)
		redisFree(redis->context);
	buf_free(&redis->name);
	buf_free(&redis->out);
	resp_free(&redis->resp);
	free(redis->window);
	free(redis->old_window);
	free(redis);
}
