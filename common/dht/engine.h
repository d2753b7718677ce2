/* engine.h - queries to DHT nodes and what comes back: matching, pace, time-outs, counts; no sockets, clock or randomness */
#ifndef DHT_ENGINE_H
#define DHT_ENGINE_H

#include "codec/krpc.h"
#include "codec/node_id.h"
#include "dht/pace.h"
#include "dht/rtt.h"

/*
 * Whoever owns it moves the bytes: engine_ask takes a query, engine_send hands out the packets that may leave now,
 * engine_receive takes what came in, engine_pass_time says that time has passed. Each query ends with exactly one of
 * REPLY, ERROR, TIMEOUT, WRONG_ID, REFUSED, REFLECTED, told to its `done`; afterwards, as long as the transaction is
 * remembered, LATE and DUPLICATE may follow.
 *
 * A transaction is found by its t (8 random bytes), then the endpoint must be the one that was asked, then the id the one
 * that was expected. Time is a number of microseconds that never goes back.
 */

enum {
	ENGINE_T_SIZE = 8,
	ENGINE_TIMEOUT_FLOOR_US = 100000,	/* no node is silent before that */
	ENGINE_TIMEOUT_UNKNOWN_US = 2000000,	/* before there are round trips to judge by */
	ENGINE_TIMEOUT_LIMIT_US = 10000000,	/* nobody is waited for longer */
	ENGINE_RATE = 250, ENGINE_BURST = 100,	/* packets, all together */
	ENGINE_IP_RATE = 2, ENGINE_IP_BURST = 8,	/* to one address */
	ENGINE_FLIGHT_MAX = 1 << 16,		/* transactions that wait for an answer or for their turn */
	ENGINE_REMEMBERED_MAX = 1 << 16,	/* ended ones, the oldest forgotten first */
	/* sends nothing for so long when the kernel refuses; doubled each time, up to 5 s */
	ENGINE_HOLD_US = 100000,
};

enum engine_end {
	ENGINE_REPLY,		/* y=r */
	ENGINE_ERROR,		/* y=e: message->error_code, error_text */
	ENGINE_TIMEOUT,		/* nothing came in time */
	ENGINE_WRONG_ID,	/* y=r, but from another node than was asked for */
	ENGINE_REFUSED,		/* port or host unreachable (ICMP), or the kernel will not send there */
	ENGINE_REFLECTED,	/* our own query or id came back */
	ENGINE_LATE,		/* the answer to what had timed out */
	ENGINE_DUPLICATE,	/* one more answer */
	ENGINE_ENDS
};
/* "reply", "error", "timeout", "wrong_id", "refused", "reflected", "late", "duplicate" */
extern const char *const engine_end_names[ENGINE_ENDS];

/* What came of a query. Views are good during the call. */
struct engine_event {
	enum engine_end end;
	uint64_t handle;			/* what engine_ask returned */
	uint64_t tag;				/* the query's */
	struct endpoint to;			/* who was asked */
	/*
	 * NULL for TIMEOUT and REFUSED. In a REPLY to a query that expected no id it may have none, or one of another
	 * size.
	 */
	const struct krpc_message *message;
	size_t size;				/* bytes of the packet that came */
	int64_t sent_us, rtt_us;		/* when it left; how long the answer took */
	int64_t now_us;
	/* our address as the answer says (ip, BEP 42), checked for nothing but its size */
	struct endpoint external;
};

typedef void engine_done(void *owner, const struct engine_event *);

struct engine_query {
	struct endpoint to;
	const uint8_t *expected_id;		/* 20 bytes, copied; NULL: any */
	const struct krpc_message *message;	/* t, id, v, ro are filled in; nothing of it is used after engine_ask. y=q */
	engine_done *done;
	void *owner;
	uint64_t tag;				/* for the owner */
	int64_t timeout_us;			/* 0: by the round trips seen */
	bool unpaced;				/* not by the pace of its address (ping -i); the rate of all counts */
};

/* How many packets met with what; each is in one of `received` by kind. */
struct engine_counts {
	uint64_t sent, received;
	uint64_t replies, errors;		/* to queries of ours, in time */
	uint64_t timeouts, refused;		/* no answer */
	uint64_t late, duplicate;		/* to queries that had ended */
	uint64_t wrong_id;			/* the answer has another id than was expected */
	uint64_t mismatched;			/* a t of ours, from another endpoint than was asked */
	uint64_t unsolicited;			/* an answer to nothing that is remembered */
	uint64_t reflected;			/* our own packet or id */
	uint64_t queries;			/* somebody asks us; not answered (ro) */
	uint64_t garbage;			/* no KRPC */
	uint64_t held;				/* times the kernel refused to send */
	/* by the kernel, for want of room (SO_RXQ_OVFL): whoever owns the sockets counts it here */
	uint64_t dropped;
	uint64_t contacts_refused;		/* of nodes in answers, by engine_contact */
};

struct engine_options {
	uint8_t id[NODE_ID_SIZE];
	double rate;			/* packets a second; 0: no limit */
	uint32_t burst;
	double ip_rate;			/* the same to one address */
	uint32_t ip_burst;
	int64_t timeout_floor_us, timeout_unknown_us, timeout_limit_us;
	size_t flight_max, remembered_max;
	bool read_only;			/* ro=1 in queries (BEP 43) */
	bool loopback_only;		/* our sockets reach nothing else: contacts elsewhere are refused */
	uint8_t version[4];		/* v; all zero: none */
	uint64_t (*random)(void *context);	/* 64 bits that nobody can foresee */
	void *context;
};

/* The values above, read_only; random and id are to be filled in. */
extern const struct engine_options engine_defaults;

struct engine;

struct engine *engine_new(const struct engine_options *);
void engine_free(struct engine *);

/*
 * Takes a query to be sent as soon as the pace allows. Returns its handle (never 0), or 0 when flight_max are under way, the
 * address is so busy that it would be sent after timeout_limit_us, the endpoint has port 0, or is an own one; done is not
 * called then. done and owner may be NULL. What waits for its turn does not time out.
 */
uint64_t engine_ask(struct engine *, const struct engine_query *, int64_t now_us);
/*
 * Its `done` is not called any more, not for what comes late or twice either; if it was not sent, it is not sent. For owners
 * that go away, from within `done` too. Handles of forgotten ones do no harm.
 */
void engine_forget(struct engine *, uint64_t handle);
/*
 * Has it left? *at_us: when. If not: when the pace of its address allows it (in the past: it waits for the rate of all). An
 * unknown handle: false, INT64_MAX. For owners that will not wait for each of their queries alike.
 */
bool engine_sent(const struct engine *, uint64_t handle, int64_t *at_us);

struct engine_packet {
	struct endpoint to;
	/* Good until engine_receive, engine_pass_time, engine_free, or its engine_unsent: many may be taken at once. */
	struct bytes bytes;
	uint64_t handle;
};
/* The next packet that may leave at that time, which then counts as sent; false: none now. */
bool engine_send(struct engine *, int64_t now_us, struct engine_packet *);
/*
 * That packet did not leave: the kernel has no room or no permission (EAGAIN, ENOBUFS, EPERM). It goes first later;
 * everything is held. To be told of each packet of a batch that did not leave.
 */
void engine_unsent(struct engine *, uint64_t handle, int64_t now_us);
/*
 * A node cannot be reached (ICMP, or an error of sending). packet: as much of ours as came back, or none. If it holds the t
 * of a query to that endpoint that query ends, else all to that endpoint do.
 */
void engine_refused(struct engine *, const struct endpoint *to, struct bytes packet, int64_t now_us);
/* A packet came in. Whatever it is, it is counted. */
void engine_receive(struct engine *, const struct endpoint *from, struct bytes packet, int64_t now_us);
/* Ends what has waited too long. */
void engine_pass_time(struct engine *, int64_t now_us);
/* When engine_send or engine_pass_time will have something to do; INT64_MAX: never. */
int64_t engine_wake(const struct engine *);
/* Queries that have neither ended nor been forgotten. */
size_t engine_flight(const struct engine *);

struct engine_counts *engine_counts(struct engine *);
const struct rtt *engine_rtt(const struct engine *);
/* What a node would have to exceed to be taken for silent now. */
int64_t engine_timeout(const struct engine *);
const uint8_t *engine_id(const struct engine *);

/* Own endpoints: never asked, never taken from answers. At most 16. */
void engine_own(struct engine *, const struct endpoint *);

/*
 * May a node that `from` told us of be asked? NULL: yes. Else why not, as a word: "port" (0), "own", "own_id", "address"
 * (0/8, multicast, 240/4, IPv4-mapped, documentation...), "local" (a loopback, private or link-local address from a node
 * that is not itself at one of that kind), "reach" (loopback_only). Refusals are counted.
 */
const char *engine_contact(struct engine *, const struct endpoint *from, const uint8_t id[NODE_ID_SIZE],
			   const struct endpoint *contact);

#endif
