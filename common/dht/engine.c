/* engine.c - queries to DHT nodes: asking, pace, time-outs, refusals */
#include "dht/engine_private.h"

#include <stdlib.h>

enum {
	HOLD_MAX_US = 5000000,
	DRAWS = 4,		/* a t that is taken is as good as impossible; without randomness the query is refused */
	WIRE_MAX = 65507,	/* of an IPv4 packet; one of IPv6 has room for 20 more */
};

const char *const engine_end_names[ENGINE_ENDS] = {
	[ENGINE_REPLY] = "reply", [ENGINE_ERROR] = "error", [ENGINE_TIMEOUT] = "timeout", [ENGINE_WRONG_ID] = "wrong_id",
	[ENGINE_REFUSED] = "refused", [ENGINE_REFLECTED] = "reflected", [ENGINE_LATE] = "late",
	[ENGINE_DUPLICATE] = "duplicate",
};

const struct engine_options engine_defaults = {
	.rate = ENGINE_RATE, .burst = ENGINE_BURST, .ip_rate = ENGINE_IP_RATE, .ip_burst = ENGINE_IP_BURST,
	.timeout_floor_us = ENGINE_TIMEOUT_FLOOR_US, .timeout_unknown_us = ENGINE_TIMEOUT_UNKNOWN_US,
	.timeout_limit_us = ENGINE_TIMEOUT_LIMIT_US,
	.flight_max = ENGINE_FLIGHT_MAX, .remembered_max = ENGINE_REMEMBERED_MAX, .read_only = true,
};

struct engine *engine_new(const struct engine_options *options)
{
	struct engine *engine = calloc(1, sizeof *engine);

	if (!engine)
		out_of_memory();
	engine->options = *options;
	engine->now_us = INT64_MIN;
	engine->rate = pace_begin(options->rate, options->burst);
	engine->paces = paces_new(options->ip_rate, options->ip_burst, options->random(options->context));
	engine->timeout_us = rtt_timeout(&engine->rtt, options->timeout_floor_us, options->timeout_unknown_us,
					 options->timeout_limit_us);
	transactions_begin(&engine->all, options->remembered_max, options->random(options->context));
	return engine;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	transactions_free(&engine->all);
	paces_free(engine->paces);
	buf_free(&engine->wire);
	free(engine);
}

static void pass_to(struct engine *engine, int64_t now_us)
{
	if (engine->now_us < now_us)
		engine->now_us = now_us;
}

/* So long after that moment; what is too far away for a number never comes. */
static int64_t later(int64_t at_us, int64_t us)
{
	int64_t sum_us;

	return __builtin_add_overflow(at_us, us, &sum_us) ? INT64_MAX : sum_us;
}

/* One that no transaction has; 0: none was drawn. */
static uint64_t draw_t(struct engine *engine)
{
	for (int i = 0; i < DRAWS; i++) {
		uint64_t t = engine->options.random(engine->options.context);

		if (t && transactions_find(&engine->all, t) == NO_TRANSACTION)
			return t;
	}
	return 0;
}

/* The query as it goes on the wire: with our id, t, v and ro. */
static struct bytes encode(struct engine *engine, const struct krpc_message *message, const uint64_t *t)
{
	static const uint8_t no_version[4];
	struct krpc_message *draft = &engine->draft;

	/* of the many unknown keys that a message may have only those that it has */
	memcpy(draft, message, offsetof(struct krpc_message, others) + message->other_count * sizeof *message->others);
	draft->type = KRPC_QUERY;
	draft->t = bytes_at(t, ENGINE_T_SIZE);
	draft->id = bytes_at(engine->options.id, NODE_ID_SIZE);
	draft->read_only = engine->options.read_only;
	draft->v = (struct bytes){ NULL, 0 };
	if (memcmp(engine->options.version, no_version, sizeof no_version) != 0)
		draft->v = bytes_at(engine->options.version, sizeof engine->options.version);
	engine->wire.size = 0;
	krpc_encode(draft, &engine->wire);
	return buf_bytes(&engine->wire);
}

uint64_t engine_ask(struct engine *engine, const struct engine_query *query, int64_t now_us)
{
	struct transactions *all = &engine->all;
	struct transaction *it;
	struct bytes packet;
	int64_t at_us = now_us;
	uint32_t number;
	uint64_t t;

	pass_to(engine, now_us);
	if (!query->to.port || !query->to.family || engine_is_own(engine, &query->to) ||
	    all->waiting.count + all->flying.count >= engine->options.flight_max)
		return 0;
	t = draw_t(engine);
	packet = encode(engine, query->message, &t);
	if (!t || packet.size > WIRE_MAX)
		return 0;
	if (!query->unpaced)
		at_us = paces_book(engine->paces, &query->to, now_us, later(now_us, engine->options.timeout_limit_us));
	if (at_us == INT64_MAX)
		return 0;
	number = transactions_add(all, t, &query->to, packet, at_us);
	it = &all->slots[number];
	it->tag = query->tag;
	it->done = query->done;
	it->owner = query->owner;
	it->timeout_us = query->timeout_us;
	it->unpaced = query->unpaced;
	it->any_id = !query->expected_id;
	if (query->expected_id)
		memcpy(it->expected_id, query->expected_id, NODE_ID_SIZE);
	return t;
}

void engine_forget(struct engine *engine, uint64_t handle)
{
	uint32_t number = transactions_find(&engine->all, handle);
	struct transaction *it = number == NO_TRANSACTION ? NULL : &engine->all.slots[number];

	if (!it)
		return;
	if (it->state == TRANSACTION_WAITING) {
		transactions_end(&engine->all, number, TRANSACTION_SILENT);
		return;
	}
	/* whether anybody asks or not: what comes is an answer to it, and counted as one */
	engine->forgotten += it->state == TRANSACTION_FLYING && !it->forgotten;
	it->forgotten = true;
	it->done = NULL;
}

bool engine_sent(const struct engine *engine, uint64_t handle, int64_t *at_us)
{
	const struct transactions *all = &engine->all;
	uint32_t number = transactions_find(all, handle);

	*at_us = INT64_MAX;
	if (number == NO_TRANSACTION)
		return false;
	if (all->slots[number].state == TRANSACTION_WAITING) {
		*at_us = all->slots[number].due_us;
		return false;
	}
	*at_us = all->slots[number].sent_us;
	return true;
}

/* The next one whose turn has come, by the pace of its address too; NO_TRANSACTION: none. */
static uint32_t next_to_leave(struct engine *engine, int64_t now_us)
{
	struct transactions *all = &engine->all;

	if (pace_when(&engine->rate, now_us) > now_us)
		return NO_TRANSACTION;
	while (moments_next(&all->waiting) <= now_us && all->waiting.count) {
		uint32_t number = all->waiting.heap[0].item;
		const struct transaction *it = &all->slots[number];
		int64_t at_us = it->unpaced ? now_us : paces_leave(engine->paces, &it->to, now_us);

		if (at_us <= now_us)
			return number;
		transactions_wait(all, number, at_us);
	}
	return NO_TRANSACTION;
}

bool engine_send(struct engine *engine, int64_t now_us, struct engine_packet *packet)
{
	uint32_t number = next_to_leave(engine, now_us);
	struct transaction *it;
	int64_t timeout_us;

	pass_to(engine, now_us);
	if (number == NO_TRANSACTION)
		return false;
	pace_take(&engine->rate, now_us);
	it = &engine->all.slots[number];
	it->sent_us = now_us;
	timeout_us = it->timeout_us ? it->timeout_us : engine->timeout_us;
	transactions_leave(&engine->all, number, later(now_us, timeout_us));
	*packet = (struct engine_packet){ it->to, { it->packet, it->packet_size }, it->t };
	engine->counts.sent++;
	return true;
}

void engine_unsent(struct engine *engine, uint64_t handle, int64_t now_us)
{
	uint32_t number = transactions_find(&engine->all, handle);
	struct transaction *it = number == NO_TRANSACTION ? NULL : &engine->all.slots[number];

	pass_to(engine, now_us);
	if (it && it->state == TRANSACTION_FLYING) {
		if (!it->unpaced)
			paces_unleave(engine->paces, &it->to);
		engine->counts.sent--;
		transactions_return(&engine->all, number);
		if (it->forgotten) {
			engine->forgotten--;
			transactions_end(&engine->all, number, TRANSACTION_SILENT);
		}
	}
	/* the others of the same batch */
	if (engine->hold_us && now_us < engine->hold_until_us)
		return;
	/* refused again, soon after it was tried again: that was too soon */
	if (engine->hold_us && now_us - engine->hold_until_us < engine->hold_us)
		engine->hold_us = engine->hold_us < HOLD_MAX_US / 2 ? 2 * engine->hold_us : HOLD_MAX_US;
	else
		engine->hold_us = ENGINE_HOLD_US;
	engine->hold_until_us = now_us + engine->hold_us;
	pace_hold(&engine->rate, engine->hold_until_us);
	engine->counts.held++;
}

void engine_finish(struct engine *engine, uint32_t number, enum engine_end end, const struct engine_answer *answer)
{
	const struct transaction *it = &engine->all.slots[number];
	bool answered = answer != NULL;
	engine_done *done = it->done;
	void *owner = it->owner;
	struct engine_event event = { .end = end, .handle = it->t, .tag = it->tag, .to = it->to, .sent_us = it->sent_us,
				      .now_us = engine->now_us };

	if (answered) {
		event.message = answer->message;
		event.size = answer->size;
		event.external = answer->external;
		event.rtt_us = engine->now_us - it->sent_us;
	}
	if (it->state == TRANSACTION_FLYING || it->state == TRANSACTION_WAITING) {
		engine->forgotten -= it->forgotten;
		/* who sends a batch may still look at the packets of it while one of them is told to be refused */
		if (it->state == TRANSACTION_FLYING && end != ENGINE_REFUSED)
			transactions_drop_packet(&engine->all, number);
		transactions_end(&engine->all, number, answered ? TRANSACTION_ANSWERED : TRANSACTION_SILENT);
	} else {
		engine->all.slots[number].state = TRANSACTION_ANSWERED;
	}
	if (done)
		done(owner, &event);
}

/* The t in what came back of a packet of ours, if so much of it came: the key and what follows it, as encode wrote them. */
static uint32_t find_quoted(const struct engine *engine, const struct endpoint *to, struct bytes packet)
{
	static const char key[] = "1:t8:";

	for (;;) {
		const uint8_t *at = packet.size ? memmem(packet.data, packet.size, key, sizeof key - 1) : NULL;
		uint32_t number;
		uint64_t t;

		if (!at)
			return NO_TRANSACTION;
		packet = bytes_after(packet, (size_t)(at - packet.data) + sizeof key - 1);
		if (packet.size < ENGINE_T_SIZE)
			return NO_TRANSACTION;
		memcpy(&t, packet.data, ENGINE_T_SIZE);
		number = transactions_find(&engine->all, t);
		if (number != NO_TRANSACTION && endpoint_equal(&engine->all.slots[number].to, to))
			return number;
	}
}

/* Ends it, if it has not ended. */
static void refuse(struct engine *engine, uint32_t number)
{
	if (number == NO_TRANSACTION)
		return;
	if (engine->all.slots[number].state == TRANSACTION_FLYING ||
	    engine->all.slots[number].state == TRANSACTION_WAITING) {
		engine->counts.refused++;
		engine_finish(engine, number, ENGINE_REFUSED, NULL);
	}
}

void engine_refused(struct engine *engine, const struct endpoint *to, struct bytes packet, int64_t now_us)
{
	uint32_t number = find_quoted(engine, to, packet);
	uint64_t *found;
	size_t count;

	pass_to(engine, now_us);
	if (number != NO_TRANSACTION) {
		refuse(engine, number);
		return;
	}
	/* those that are there now: what `done` asks anew is none of them */
	found = transactions_to(&engine->all, to, &count);
	for (size_t i = count; i-- > 0;)
		refuse(engine, transactions_find(&engine->all, found[i]));
	free(found);
}

void engine_pass_time(struct engine *engine, int64_t now_us)
{
	struct moments *flying = &engine->all.flying;

	pass_to(engine, now_us);
	while (flying->count && moments_next(flying) <= now_us) {
		engine->counts.timeouts++;
		engine_finish(engine, flying->heap[0].item, ENGINE_TIMEOUT, NULL);
	}
}

int64_t engine_wake(const struct engine *engine)
{
	int64_t wake_us = moments_next(&engine->all.flying);

	if (engine->all.waiting.count) {
		int64_t turn_us = pace_when(&engine->rate, moments_next(&engine->all.waiting));

		wake_us = turn_us < wake_us ? turn_us : wake_us;
	}
	return wake_us > engine->now_us ? wake_us : engine->now_us;
}

size_t engine_flight(const struct engine *engine)
{
	return engine->all.waiting.count + engine->all.flying.count - engine->forgotten;
}

struct engine_counts *engine_counts(struct engine *engine)
{
	return &engine->counts;
}

const struct rtt *engine_rtt(const struct engine *engine)
{
	return &engine->rtt;
}

int64_t engine_timeout(const struct engine *engine)
{
	return engine->timeout_us;
}

const uint8_t *engine_id(const struct engine *engine)
{
	return engine->options.id;
}
