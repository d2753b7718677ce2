/* redis.h - a connection to one Redis server: pipelined commands out, flat replies in */
#ifndef IO_REDIS_H
#define IO_REDIS_H

#include <poll.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "io/wait.h"

struct redis;

enum {
	REDIS_REPLY_MAX = 64 << 20,	/* bytes; a server that sends more in one reply is an error */
	REDIS_REPLY_ITEMS_MAX = 4 << 20,	/* elements in one reply */
};

enum {
	REDIS_PORT = 6379,
	REDIS_CONNECT_TIMEOUT_MS = 5000,
	REDIS_COMMAND_TIMEOUT_MS = 30000,
};

/* How to reach it. Filled by redis_address_parse. */
struct redis_address {
	char *host;		/* NULL: unix */
	uint16_t port;
	char *path;		/* of the unix socket, or NULL */
	char *user, *password;	/* or NULL. A password comes from the environment only, see redis_address_parse */
	uint32_t database;	/* from the URI's path; the caller may overwrite it */
	bool database_given;
	uint32_t connect_timeout_ms;
	uint32_t command_timeout_ms;	/* the longest time in which nothing is received, or can be sent */
};

/* What a reply is made of: an array's elements follow it, depth first. */
enum redis_kind { REDIS_STRING, REDIS_STATUS, REDIS_INTEGER, REDIS_NIL, REDIS_ARRAY, REDIS_ERROR };

struct redis_item {
	enum redis_kind kind;
	struct bytes text;	/* STRING, STATUS, ERROR (without the leading '-') */
	int64_t integer;	/* INTEGER: the value; ARRAY: how many elements */
};

/*
 * One reply, flat: items[0] is the reply itself. Valid until the next redis_read (redis_queue and redis_send leave
 * it alone, so that the next commands can be on their way while this reply is worked on).
 */
struct redis_reply {
	const struct redis_item *items;
	size_t count;
};

/*
 * uri is one of
 *	redis://[user:password@]host[:port][/db]
 *	[user:password@]host[:port][/db]	an IPv6 host in brackets: [::1]:6379
 *	unix:/path[?db=N], unix://[user:password@]/path[?db=N]
 *	/path
 * User and password may be percent-encoded. rediss:// is refused (there is no TLS in this hiredis), and so is
 * a password in a URI that came from argv: secrets do not belong where ps shows them. $REDIS_URL may hold one,
 * and $REDISCLI_AUTH, which is taken here when the URI has none; a user without any password is an error.
 * Errors (ERROR_USAGE) say what was expected and never repeat the URI, which may hold the password. Strings live in the
 * arena.
 */
bool redis_address_parse(const char *uri, bool from_argv, struct arena *, struct redis_address *, struct error *);

/*
 * Connects, authenticates (AUTH [user] password), SELECTs, PINGs. NULL with an error that names the address (never the
 * password): refused, time-out, wrong password (NOAUTH/WRONGPASS), no such database, still loading, busy with a script.
 */
struct redis *redis_open(const struct redis_address *, struct io_wait, const volatile bool *stop, struct error *);
void redis_close(struct redis *);
/*
 * "unix:/path" or "host:port", with "?db=N" or "/N" if the database is not 0: what redis_address_parse reads. For
 * messages.
 */
const char *redis_name(const struct redis *);

/*
 * Queues one command: words[0] is its name. Nothing is sent before redis_send or redis_read.
 */
void redis_queue(struct redis *, size_t count, const struct bytes *words);
/* The same from NUL-terminated words, ended by NULL. */
void redis_queue_text(struct redis *, const char *word, ...) __attribute__((sentinel));
/* How many bytes are queued and not yet sent. */
size_t redis_queued(const struct redis *);
/*
 * So many bytes, the last of what is queued, are held back: nothing sends them before this is called with less. Bytes that
 * are queued later are not held, so it is to be called again before anything is sent.
 */
void redis_hold(struct redis *, size_t bytes);
/*
 * Sends all that is queued, and not held. If the server does not take it, replies that come are read into memory
 * meanwhile (a proxy may wait for that: no dead lock); more than REDIS_REPLY_MAX bytes of them is an error.
 */
bool redis_send(struct redis *, struct error *);
/*
 * The next reply, in the order of the commands. Sends what is queued first. A reply of kind REDIS_ERROR is a
 * success here: the caller knows what was asked. False: connection lost, time-out, protocol error,
 * reply over the bounds, no command left that it could answer, stopped by a signal ("interrupted"). The
 * connection is of no further use then.
 */
bool redis_read(struct redis *, struct redis_reply *, struct error *);
enum redis_tried { REDIS_FAILED, REDIS_LATER, REDIS_READ };
/*
 * The same for one of several connections, without a wait for it: REDIS_LATER, if its reply is not there yet. (What is
 * queued may have to wait until it is sent.)
 */
enum redis_tried redis_try(struct redis *, struct redis_reply *, struct error *);
/*
 * Waits until something comes on one of the connections, at most so long (and at most for a moment, so that *stop can
 * be looked at); there need be none. ready: for each, whether redis_try is worth a call now. One whose server has been
 * silent for too long since the wait for it began is ready too, and redis_try fails. other: something else to be waited
 * for (its revents are set), or NULL. What is to be done before a wait (io_wait) is left to the caller. False: the wait
 * itself failed.
 */
bool redis_wait(struct redis *const *, size_t count, struct pollfd *other, uint32_t at_most_ms, bool *ready, struct error *);
/* From now on no answer may take longer than that, in place of address.command_timeout_ms. */
void redis_limit(struct redis *, uint32_t timeout_ms);
/*
 * One command and its reply; all earlier replies must have been read. A REDIS_ERROR reply is a failure here
 * (ERROR_SYSTEM, the server's words), after which the connection goes on.
 */
bool redis_ask(struct redis *, struct redis_reply *, struct error *, const char *word, ...) __attribute__((sentinel));

#endif
