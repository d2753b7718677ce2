/* redis.c - a connection to one Redis server: the replies to its commands, and why it may end */
#include "io/redis_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/redis_greet.h"

const char *redis_name(const struct redis *redis)
{
	return (const char *)redis->name.data;
}

void redis_limit(struct redis *redis, uint32_t timeout_ms)
{
	redis->timeout_ms = timeout_ms;
}

/* --- failures --- */

bool redis_give_up(struct redis *redis, struct error *error, const char *format, ...)
{
	char why[sizeof error->message];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	redis->failed = true;
	return fail_system(error, "%s: %s", redis_name(redis), why);
}

bool redis_lost(struct redis *redis, struct error *error, int number)
{
	return redis_give_up(redis, error, "the connection is lost: %s", number ? strerror(number) : "the server closed it");
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
		return redis_give_up(redis, error, "a reply was expected to no command");
	if (!redis->begun)
		take_back(redis);
	redis->begun = true;
	return true;
}

/* The next reply, if all of it is in the window. */
static enum redis_tried parse_reply(struct redis *redis, struct redis_reply *reply, struct error *error)
{
	struct error problem = { 0 };

	switch (resp_parse(&redis->resp, bytes_at(redis->window + redis->start, redis_unread(redis)), &problem)) {
	case RESP_BAD:
		redis_give_up(redis, error, "%s", problem.message);
		return REDIS_FAILED;
	case RESP_MORE:
		if (!redis->ended)
			return REDIS_LATER;
		redis_lost(redis, error, 0);
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
		if (!redis_receive_some(redis, error))
			return false;
	return tried == REDIS_READ;
}

enum redis_tried redis_try(struct redis *redis, struct redis_reply *reply, struct error *error)
{
	size_t before;
	char limit[REDIS_TIME_ROOM];
	enum redis_tried tried;

	if (!begin_reply(redis, error))
		return REDIS_FAILED;
	while ((tried = parse_reply(redis, reply, error)) == REDIS_LATER) {
		before = redis_unread(redis);
		if (!redis_receive(redis, error))
			return REDIS_FAILED;
		if (redis_unread(redis) == before && !redis->ended)
			break;
	}
	if (tried != REDIS_LATER || !redis->silent_ms || redis_now_ms() - redis->silent_ms < redis->timeout_ms)
		return tried;
	redis_give_up(redis, error, "no answer within %s", redis_print_time(limit, redis->timeout_ms));
	return REDIS_FAILED;
}

bool redis_ask(struct redis *redis, struct redis_reply *reply, struct error *error, const char *word, ...)
{
	va_list arguments;
	char words[REDIS_WORDS_ROOM];

	if (redis->due)
		return redis_give_up(redis, error, "%s was asked before earlier replies were read", word);
	va_start(arguments, word);
	redis_queue_arguments(redis, word, arguments);
	va_end(arguments);
	if (!redis_read(redis, reply, error))
		return false;
	if (reply->items->kind != REDIS_ERROR)
		return true;
	return fail_system(error, "%s: %s: %s", redis_name(redis), word, redis_print_words(words, reply->items->text));
}
