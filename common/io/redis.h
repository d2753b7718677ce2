/* redis.h - a connection to one Redis server: pipelined commands out, flat replies in */
#ifndef IO_REDIS_H
#define IO_REDIS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

struct redis;

enum {
	REDIS_REPLY_MAX = 64 << 20,	/* bytes; a server that sends more in one reply is an error */
	REDIS_REPLY_ITEMS_MAX = 4 << 20,	/* elements in one reply */
};

/* How to reach it. Fill from redis_address_parse. */
struct redis_address {
	char *host;		/* NULL: unix */
	uint16_t port;
	char *path;		/* of the unix socket, or NULL */
	char *user, *password;	/* or NULL. From the environment only, see redis_address_parse */
	uint32_t database;	/* from the URI's path; the caller may overwrite it */
	bool database_given;
	uint32_t connect_timeout_ms, command_timeout_ms;
};

/* What a reply is made of: an array's elements follow it, depth first. */
enum redis_kind { REDIS_STRING, REDIS_STATUS, REDIS_INTEGER, REDIS_NIL, REDIS_ARRAY, REDIS_ERROR };

struct redis_item {
	enum redis_kind kind;
	struct bytes text;	/* STRING, STATUS, ERROR (without the leading '-') */
	int64_t integer;	/* INTEGER: the value; ARRAY: how many elements */
};

/* One reply, flat: items[0] is the reply itself. Valid until the next redis_read. */
struct redis_reply {
	const struct redis_item *items;
	size_t count;
};

/* Called before a read that would block (the same as struct input_wait). */
struct redis_wait {
	void (*before)(void *context);
	void *context;
};

/*
 * uri: redis://[user:password@]host[:port][/db], redis://host, host, host:port, [v6]:port, unix:/path[?db=N], unix:///path, or a path
 * that begins with '/'. rediss:// is refused clearly (no TLS in this hiredis). A password in a URI that
 * came from argv is refused (`from_argv`): secrets do not belong where ps shows them; $REDIS_URL and
 * $REDISCLI_AUTH may hold them (the latter is taken here when the URI has no password). Percent-encoding
 * in user and password is decoded. Strings live in the arena.
 */
bool redis_address_parse(const char *uri, bool from_argv, struct arena *, struct redis_address *, struct error *);

/*
 * Connects, authenticates (AUTH [user] password), SELECTs. NULL with an error that names the address (never the password):
 * refused, time-out, wrong password (NOAUTH/WRONGPASS), no such database, still loading.
 */
struct redis *redis_open(const struct redis_address *, struct redis_wait, const volatile bool *stop, struct error *);
void redis_close(struct redis *);
/* "unix:/path" or "host:port", with "/db" if it is not 0. For messages. */
const char *redis_name(const struct redis *);

/*
 * Queues one command: words[0] is its name. Nothing is sent before redis_send or redis_read.
 */
void redis_queue(struct redis *, size_t count, const struct bytes *words);
/* The same from NUL-terminated words, ended by NULL. */
void redis_queue_text(struct redis *, const char *word, ...) __attribute__((sentinel));
/* How many bytes are queued and not yet sent. */
size_t redis_queued(const struct redis *);
/* Sends all that is queued. It reads replies into memory meanwhile if the server stops reading (no dead lock). */
bool redis_send(struct redis *, struct error *);
/*
 * The next reply, in the order of the commands. Sends what is queued first. A reply of kind REDIS_ERROR is a
 * success here: the caller knows what was asked. False: connection lost, time-out, protocol error,
 * reply over the bounds, stopped by a signal; the connection is of no further use.
 */
bool redis_read(struct redis *, struct redis_reply *, struct error *);
/* One command and its reply. A REDIS_ERROR reply is a failure here (ERROR_SYSTEM, the server's words). */
bool redis_ask(struct redis *, struct redis_reply *, struct error *, const char *word, ...) __attribute__((sentinel));

#endif
