/* probe.h - a node that is probed: one query after the other, each a row of probe_steps, and what was found */
#ifndef DHTPING_PROBE_H
#define DHTPING_PROBE_H

#include "tools/dhtping/net.h"
#include "tools/dhtping/records.h"
#include "tools/dhtping/targets.h"

enum {
	PROBE_T_MAX = 20,	/* bytes of the longest transaction id that is tried */
	PROBE_SIDES_MAX = 8,	/* queries from the side socket, so that an answer to an earlier one is known */
	PROBE_PINGS = 5,	/* by which the round trip and the loss are judged */
	PROBE_TOKEN_MAX = 255,
	PROBE_VALUE_SIZE = 20,	/* hexadecimal digits: the item that is put */
};

struct probe_step;

/* A transaction of the side socket. */
struct probe_t {
	uint8_t bytes[PROBE_T_MAX];
	size_t size;
};

struct probed {
	struct run *run;
	const struct target *target;
	struct engine *engine;
	struct endpoint own;		/* our address and port, as far as known; family 0: not */
	/* where it stands */
	size_t step;
	unsigned tries;			/* of this step */
	bool asked, over;
	int64_t due_us;			/* asked: when the side socket gives up; else: when the step may begin */
	struct pace pace;
	struct probe_t sides[PROBE_SIDES_MAX];
	size_t side_count;
	size_t query_size;		/* bytes of what was asked */
	/* what was found */
	bool answered;			/* the first ping, in any way */
	uint8_t id[NODE_ID_SIZE];
	bool has_id, id_changed;
	unsigned flags;			/* enum krpc_flag of all answers */
	int64_t rtts_us[PROBE_PINGS];
	size_t rtt_count;
	size_t largest;
	const char *largest_step;
	double factor;			/* bytes of answer for one of query, the worst */
	const char *factor_step;
	uint8_t hash[KRPC_ID_SIZE], other_hash[KRPC_ID_SIZE], random_target[KRPC_ID_SIZE];	/* nobody's */
	uint8_t token[PROBE_TOKEN_MAX], made_up[8];
	size_t token_size;		/* of the token for `hash`, then of that for the item; 0: none */
	bool announced, stored;		/* it took our announce; what was offered to it last */
	char value[sizeof "20:" + PROBE_VALUE_SIZE];	/* the item, bencoded */
	uint8_t item[KRPC_ID_SIZE];	/* its target */
};

/* What came of a step. */
struct probe_answer {
	enum engine_end end;		/* REPLY, ERROR; else there is no message */
	const struct krpc_message *message;
	size_t size;
	int64_t rtt_us;			/* -1: from the side socket, not measured */
	bool t_wrong;			/* the side socket's: it came with another t */
};

struct probe_step {
	const char *check;
	bool side;			/* from another port, with a t of its own, not by the engine */
	unsigned tries;			/* how often it is asked when nothing comes; 0: twice */
	uint8_t t_size;			/* of side queries; 0: 4 */
	/* Adds to a query with our id; false: the step makes no sense here. */
	bool (*prepare)(struct probed *, struct krpc_message *);
	void (*judge)(struct probed *, const struct probe_answer *);
};

extern const struct probe_step probe_steps[];
extern const size_t probe_step_count;

/* Draws hashes, targets and the item that are used. */
void probe_draw(struct probed *);
/* A finding. result NULL: it is a measure, and no judgement; "bad" makes the exit status 1. value NAN: there is none. */
void probe_put(struct probed *, const char *check, const char *result, double value, struct bytes detail);
void probe_put_result(struct probed *, const char *check, const char *result);
void probe_put_detail(struct probed *, const char *check, const char *result, double value, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* There was no reply: of_error with code and text, or "none" with how it was silent. */
void probe_put_failure(struct probed *, const char *check, const char *of_error, const struct probe_answer *);
/* A reply is yes if it has what it should have, else no, as is an error. Returns whether it is yes. */
bool probe_put_feature(struct probed *, const char *check, const struct probe_answer *, bool has, double value);
/* A query that is to be refused, or may be: a reply is `accepted` (bad or no), an error then ok or yes. */
void probe_put_refusal(struct probed *, const char *check, const struct probe_answer *, const char *accepted);

/* Of each answer: its id, size, flags. */
void probe_note(struct probed *, const struct probe_answer *);
/* After the last step: what all answers together say. */
void probe_conclude(struct probed *);

#endif
