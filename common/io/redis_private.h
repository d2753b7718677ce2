/* redis_private.h - what the files of a connection to Redis share: its state, the bytes that came, the wait for more */
#ifndef IO_REDIS_PRIVATE_H
#define IO_REDIS_PRIVATE_H

#include <stdarg.h>

#include "base/buf.h"
#include "io/redis.h"
#include "io/resp.h"

enum {
	REDIS_WINDOW = 256 << 10,	/* the first size of the receive window, and the most that one recv is asked for */
	REDIS_TIME_ROOM = 24,
};

/*
 * Replies are parsed where recv has put them: in window[start, end). The views
 * of the last reply look into the window too, so while that reply is lent out
 * nothing in front of `end` is moved or written over; when there is no room
 * behind it, what is not parsed yet goes on in a new window and the old one is kept.
 */
struct redis {
	struct redisContext *context;	/* of hiredis, which connects; what is read and written is our own */
	int fd;			/* its socket */
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

/* The end of this connection: says why, with the name of the server. Always false. */
bool redis_give_up(struct redis *, struct error *, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same; number: what errno says, or 0: the server closed it. */
bool redis_lost(struct redis *, struct error *, int number);
bool redis_stopped(const struct redis *);
/* The monotonic clock in milliseconds. */
uint64_t redis_now_ms(void);
/* "30 s" or "1500 ms", for messages. Returns text. */
const char *redis_print_time(char text[REDIS_TIME_ROOM], uint32_t ms);

/* Bytes that have come and are not parsed yet. */
static inline size_t redis_unread(const struct redis *redis)
{
	return redis->end - redis->start;
}

/* Takes what is there, which may be nothing. Sets redis->ended when nothing more will come. Never waits. */
bool redis_receive(struct redis *, struct error *);
/* Takes at least one byte. Waits for it as long as a server may take. */
bool redis_receive_some(struct redis *, struct error *);
/* Waits until one of the events of poll is there (they are in *ready then), as long as a server may take. */
bool redis_wait_for(struct redis *, short events, short *ready, struct error *);
/* Queues one command: words that end with NULL. */
void redis_queue_arguments(struct redis *, const char *first, va_list);

#endif
