/* resp.h - Redis replies (RESP2) parsed in place into flat items, however few bytes come at a time */
#ifndef IO_RESP_H
#define IO_RESP_H

/*
 *	+text\r\n		status
 *	-text\r\n		error
 *	:number\r\n		integer
 *	$size\r\n bytes \r\n	string; a size of -1 is nil
 *	*count\r\n items	array; a count of -1 is nil
 */

#include "base/error.h"
#include "io/redis.h"

enum {
	RESP_LINE_MAX = 64 << 10,	/* bytes of a status or an error */
};

enum resp_state { RESP_BAD, RESP_MORE, RESP_WHOLE };

/* The reply being parsed. Start with { 0 }; no I/O and no copy of what it reads is made here. */
struct resp {
	struct redis_item *items;
	size_t count, capacity;
	size_t used;		/* bytes that are parsed */
	uint64_t pending;	/* items announced and not yet seen */
};

/* Forgets the reply, keeps the memory: the next one begins. */
void resp_begin(struct resp *);
/*
 * bytes: all that is there of the reply, from its first byte (more may follow it). RESP_MORE: call again with
 * more of them. RESP_WHOLE: the items are views into bytes, `used` is where the next reply begins.
 * RESP_BAD, with an error: no reply, or one over REDIS_REPLY_MAX or REDIS_REPLY_ITEMS_MAX (as soon as it is announced).
 */
enum resp_state resp_parse(struct resp *, struct bytes bytes, struct error *);
/* The bytes of the reply are about to move: its views follow. */
void resp_move(struct resp *, const uint8_t *from, const uint8_t *to);
void resp_free(struct resp *);

#endif
