/* engine_receive.c - what comes in: which query it answers, or what else it is */
#include "dht/engine_private.h"

enum { SETTLED = 256, EACH = 32 };	/* so many round trips, and the time-out is reckoned anew only with each 32nd */

static void add_round_trip(struct engine *engine, uint32_t number)
{
	const struct engine_options *options = &engine->options;
	int64_t took_us = engine->now_us - engine->all.slots[number].sent_us;

	/*
	 * one that answers after an hour says no more about the others than one that takes as long as anybody is waited
	 * for
	 */
	rtt_add(&engine->rtt, took_us < options->timeout_limit_us ? took_us : options->timeout_limit_us);
	if (engine->rtt.samples < SETTLED || engine->rtt.samples % EACH == 0)
		engine->timeout_us = rtt_timeout(&engine->rtt, options->timeout_floor_us, options->timeout_unknown_us,
						 options->timeout_limit_us);
}

static bool has_id(const struct krpc_message *message, const uint8_t id[NODE_ID_SIZE])
{
	return bytes_equal(message->id, bytes_at(id, NODE_ID_SIZE));
}

static uint32_t find(const struct engine *engine, const struct krpc_message *message)
{
	uint64_t t;

	if (message->t.size != ENGINE_T_SIZE)
		return NO_TRANSACTION;
	memcpy(&t, message->t.data, ENGINE_T_SIZE);
	return transactions_find(&engine->all, t);
}

/* Nobody is answered: we are read-only. Our own query may have come back. */
static void receive_query(struct engine *engine, const struct endpoint *from, const struct engine_answer *answer)
{
	uint32_t number = find(engine, answer->message);

	if (number == NO_TRANSACTION && !has_id(answer->message, engine->options.id)) {
		engine->counts.queries++;
		return;
	}
	engine->counts.reflected++;
	if (number != NO_TRANSACTION && endpoint_equal(&engine->all.slots[number].to, from) &&
	    engine->all.slots[number].state == TRANSACTION_FLYING)
		engine_finish(engine, number, ENGINE_REFLECTED, answer);
}

/* What an answer to that query is, if it came in time. An error has no id. */
static enum engine_end judge(const struct engine *engine, const struct transaction *it, const struct krpc_message *message)
{
	if (has_id(message, engine->options.id))
		return ENGINE_REFLECTED;
	if (message->type == KRPC_ERROR)
		return ENGINE_ERROR;
	return it->any_id || has_id(message, it->expected_id) ? ENGINE_REPLY : ENGINE_WRONG_ID;
}

/* One that came after the end. Only what would have been an answer is told. */
static void receive_after(struct engine *engine, uint32_t number, enum engine_end end, const struct engine_answer *answer)
{
	if (end == ENGINE_REFLECTED) {
		engine->counts.reflected++;
	} else if (end == ENGINE_WRONG_ID) {
		engine->counts.wrong_id++;
	} else if (engine->all.slots[number].state == TRANSACTION_SILENT) {
		engine->counts.late++;
		add_round_trip(engine, number);
		engine_finish(engine, number, ENGINE_LATE, answer);
	} else {
		engine->counts.duplicate++;
		engine_finish(engine, number, ENGINE_DUPLICATE, answer);
	}
}

static void receive_answer(struct engine *engine, const struct endpoint *from, const struct engine_answer *answer)
{
	struct engine_counts *counts = &engine->counts;
	uint32_t number = find(engine, answer->message);
	const struct transaction *it = number == NO_TRANSACTION ? NULL : &engine->all.slots[number];
	enum engine_end end;

	/* what never left cannot be answered: that t was guessed */
	if (!it || it->state == TRANSACTION_WAITING) {
		counts->unsolicited++;
		return;
	}
	if (!endpoint_equal(&it->to, from)) {
		counts->mismatched++;
		return;
	}
	end = judge(engine, it, answer->message);
	if (it->state != TRANSACTION_FLYING) {
		receive_after(engine, number, end, answer);
		return;
	}
	counts->replies += end == ENGINE_REPLY;
	counts->errors += end == ENGINE_ERROR;
	counts->wrong_id += end == ENGINE_WRONG_ID;
	counts->reflected += end == ENGINE_REFLECTED;
	if (end != ENGINE_REFLECTED)
		add_round_trip(engine, number);
	engine_finish(engine, number, end, answer);
}

void engine_receive(struct engine *engine, const struct endpoint *from, struct bytes packet, int64_t now_us)
{
	struct krpc_message message;
	struct error error;
	struct engine_answer answer = { &message, packet.size, { { 0 }, 0, 0 } };

	if (engine->now_us < now_us)
		engine->now_us = now_us;
	engine->counts.received++;
	error_clear(&error);
	if (!krpc_plausible(packet) || !krpc_decode(packet, &message, &error)) {
		engine->counts.garbage++;
		return;
	}
	if (message.ip.data)
		answer.external = endpoint_unpack(message.ip);
	if (message.type == KRPC_QUERY)
		receive_query(engine, from, &answer);
	else if (message.type == KRPC_REPLY || message.type == KRPC_ERROR)
		receive_answer(engine, from, &answer);
	else
		engine->counts.garbage++;
}
