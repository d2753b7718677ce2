/* redis_open.c - how a connection to a Redis server begins, and ends */
#include "io/redis_private.h"

#include <stdlib.h>
#include <sys/un.h>

#include <hiredis/hiredis.h>

#include "io/redis_greet.h"

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
	uint64_t begin = redis_now_ms();
	char text[REDIS_TIME_ROOM];

	/* hiredis would cut it off and connect to whatever has that name */
	if (!address->host && strlen(address->path) >= sizeof longest->sun_path)
		return fail_system(error, "the path of a unix socket has less than %zu bytes: cannot connect to %s",
				   sizeof longest->sun_path, redis_name(redis));
	redis->context = address->host ? redisConnectWithTimeout(address->host, address->port, limit)
				       : redisConnectUnixWithTimeout(address->path, limit);
	if (!redis->context)
		out_of_memory();
	redis->fd = redis->context->fd;
	if (!redis->context->err)
		return true;
	if (redis_stopped(redis))
		return fail_system(error, "%s: interrupted", redis_name(redis));
	if (redis_now_ms() - begin >= limit_ms)
		return fail_system(error, "cannot connect to %s: no answer within %s", redis_name(redis),
				   redis_print_time(text, limit_ms));
	return fail_system(error, "cannot connect to %s: %s", redis_name(redis), redis->context->errstr);
}

struct redis *redis_open(const struct redis_address *address, struct io_wait wait, const volatile bool *stop,
			 struct error *error)
{
	struct redis *redis = calloc(1, sizeof *redis);

	if (!redis || !(redis->window = malloc(REDIS_WINDOW)))
		out_of_memory();
	redis->capacity = REDIS_WINDOW;
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
