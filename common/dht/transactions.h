/* transactions.h - queries that wait, are under way, or have ended and are remembered: found by t and by endpoint */
#ifndef DHT_TRANSACTIONS_H
#define DHT_TRANSACTIONS_H

#include "dht/engine.h"
#include "dht/moments.h"

enum transaction_state {
	TRANSACTION_FREE,
	TRANSACTION_WAITING,	/* for its turn: it did not leave */
	TRANSACTION_FLYING,	/* it left, no answer yet */
	TRANSACTION_SILENT,	/* ended without an answer: one that comes is late */
	TRANSACTION_ANSWERED,	/* ended with an answer: one more is a duplicate */
};

/* Links are numbers of slots; NO_TRANSACTION ends a chain. */
#define NO_TRANSACTION UINT32_MAX

struct transaction {
	uint64_t t;		/* its 8 bytes as they lie in memory; the handle too */
	uint64_t tag;
	engine_done *done;
	void *owner;
	uint8_t *packet;	/* its own copy */
	int64_t due_us;		/* when it may leave */
	int64_t sent_us, timeout_us;
	struct endpoint to;
	uint8_t expected_id[NODE_ID_SIZE];
	uint32_t next;		/* in the chain of its t; of a free slot the next free one */
	/* in the chain of its endpoint: before it, behind it. Ended: far is the one that ended next */
	uint32_t near, far;
	uint32_t order;		/* of asking */
	uint16_t packet_size;
	uint8_t state;		/* enum transaction_state */
	bool any_id, unpaced;
	bool forgotten;		/* while it flies: `done` is not called */
};

/*
 * At most flight_max that wait or fly and remembered_max that have ended; memory grows with them, about 200 bytes each and
 * the packet, and is not given back before the end. What stands in a slot moves when one is added: keep its number, and no
 * pointer.
 */
struct transactions {
	struct transaction *slots;
	size_t capacity;		/* a power of two */
	uint32_t free;			/* the first free one */
	uint32_t *by_t;			/* the first of each chain, `capacity` of them */
	uint32_t *by_endpoint;		/* of those that wait or fly */
	uint64_t seed;			/* for chains by endpoint: others choose endpoints, nobody chooses t */
	struct moments waiting, flying;
	uint32_t oldest, newest;	/* of those that have ended */
	size_t ended, remembered_max;
	uint32_t order;
};

void transactions_begin(struct transactions *, size_t remembered_max, uint64_t seed);
void transactions_free(struct transactions *);
/* The slot with that t, or NO_TRANSACTION. */
uint32_t transactions_find(const struct transactions *, uint64_t t);
/*
 * A new one that may leave from that moment on; t must be new. The packet is copied. The members that are not arguments are
 * to be filled in.
 */
uint32_t transactions_add(struct transactions *, uint64_t t, const struct endpoint *to, struct bytes packet, int64_t at_us);
/* From waiting to flying. */
void transactions_leave(struct transactions *, uint32_t number, int64_t deadline_us);
/* From flying to waiting, in its old place: before all others, since it was the next to leave. */
void transactions_return(struct transactions *, uint32_t number);
/* It waits on, until then. */
void transactions_wait(struct transactions *, uint32_t number, int64_t at_us);
/*
 * One that waits or flies has ended. If it left it is remembered, with its packet, and the one that ended first of all may
 * have to go for it; else it is free.
 */
void transactions_end(struct transactions *, uint32_t number, enum transaction_state);
/* The t of each that waits for or flies to that endpoint; the caller frees them. */
uint64_t *transactions_to(const struct transactions *, const struct endpoint *, size_t *count);

/* Its packet is not needed any more. */
void transactions_drop_packet(struct transactions *, uint32_t number);

#endif
