/* engine_private.h - what the parts of the engine share: engine.c, engine_receive.c, engine_address.c */
#ifndef DHT_ENGINE_PRIVATE_H
#define DHT_ENGINE_PRIVATE_H

#include "dht/transactions.h"

enum { OWN_MAX = 16 };

struct engine {
	struct engine_options options;
	struct transactions all;
	struct pace rate;
	struct paces *paces;
	struct rtt rtt;
	struct engine_counts counts;
	int64_t now_us;			/* the latest that was told */
	int64_t timeout_us;		/* by the round trips seen */
	int64_t hold_us, hold_until_us;	/* when the kernel refused last: for how long, until when */
	size_t forgotten;		/* that fly */
	struct krpc_message draft;	/* of a query that is being asked */
	struct buf wire;
	struct endpoint own[OWN_MAX];
	unsigned own_count;
};

/* An answer, or one of our own packets, for a query. */
struct engine_answer {
	const struct krpc_message *message;
	size_t size;
	struct endpoint external;
};

/*
 * The query has come to that end, or LATE or DUPLICATE came after it; answer NULL: nothing came. Ends it if it has not, then
 * calls `done`, which may do anything: no pointer or number of a slot is good afterwards.
 */
void engine_finish(struct engine *, uint32_t number, enum engine_end, const struct engine_answer *);
bool engine_is_own(const struct engine *, const struct endpoint *);

#endif
