/* probe_steps.c - what a node is asked by probe, and what its answers say of it */
#include <math.h>

#include "base/hex.h"
#include "digest/digest.h"
#include "tools/dhtping/probe.h"

enum { INTERVAL_MAX_S = 21600 };	/* BEP 51 */

static size_t node_count(const struct krpc_message *message)
{
	return message->nodes.size / KRPC_NODE4_SIZE + message->nodes6.size / KRPC_NODE6_SIZE;
}

static bool tells_of_nodes(const struct krpc_message *message)
{
	return message->nodes.data || message->nodes6.data;
}

/* ---- ping */

static bool ask_ping(struct probed *probed, struct krpc_message *query)
{
	(void)probed;
	query->method = KRPC_PING;
	return true;
}

static void judge_address(struct probed *probed, const struct krpc_message *message)
{
	struct endpoint seen = endpoint_unpack(message->ip);
	char text[ENDPOINT_ROOM];

	if (!seen.family) {
		probe_put_result(probed, "ip", "none");
		return;
	}
	*endpoint_print(text, &seen) = 0;
	probe_put_detail(probed, "ip",
			 !probed->own.family ? "unknown" : endpoint_equal(&seen, &probed->own) ? "ok" : "bad", NAN,
			 "%s", text);
}

static void add_rtt(struct probed *probed, const struct probe_answer *answer)
{
	if (answer->end == ENGINE_REPLY && probed->rtt_count < PROBE_PINGS)
		probed->rtts_us[probed->rtt_count++] = answer->rtt_us;
}

static void judge_ping(struct probed *probed, const struct probe_answer *answer)
{
	char client[CLIENT_ROOM];

	add_rtt(probed, answer);
	if (!probe_put_feature(probed, "ping", answer, true, (double)answer->rtt_us / 1000))
		return;
	if (answer->message->v.data)
		probe_put(probed, "client", "yes", NAN, client_text(client, answer->message->v));
	else
		probe_put_result(probed, "client", "none");
	judge_address(probed, answer->message);
}

/* The further ones, for the round trip alone. */
static bool ask_again(struct probed *probed, struct krpc_message *query)
{
	return probed->answered && ask_ping(probed, query);
}

static void judge_t(struct probed *probed, const struct probe_answer *answer)
{
	const char *check = probe_steps[probed->step].check;

	if (answer->t_wrong)
		probe_put_result(probed, check, "bad");
	else if (answer->end == ENGINE_REPLY)
		probe_put_result(probed, check, "ok");
	else if (probed->answered)
		probe_put_failure(probed, check, "no", answer);
}

/* ---- find_node */

static bool ask_find_node(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_FIND_NODE;
	query->target = bytes_at(probed->random_target, KRPC_ID_SIZE);
	return probed->answered;
}

static void judge_find_node(struct probed *probed, const struct probe_answer *answer)
{
	const struct krpc_message *message = answer->message;

	if (answer->end != ENGINE_REPLY)
		probe_put_failure(probed, "find_node", "no", answer);
	else
		probe_put_detail(probed, "find_node", tells_of_nodes(message) ? "yes" : "no", (double)node_count(message),
				 "%zu IPv4, %zu IPv6", message->nodes.size / KRPC_NODE4_SIZE,
				 message->nodes6.size / KRPC_NODE6_SIZE);
}

static bool ask_want_n4(struct probed *probed, struct krpc_message *query)
{
	query->want = KRPC_WANT_N4;
	return ask_find_node(probed, query);
}

static bool ask_want_n6(struct probed *probed, struct krpc_message *query)
{
	query->want = KRPC_WANT_N6;
	return ask_find_node(probed, query);
}

static bool ask_want_both(struct probed *probed, struct krpc_message *query)
{
	query->want = KRPC_WANT_N4 | KRPC_WANT_N6;
	return ask_find_node(probed, query);
}

/* yes: just what was asked for; part: not all of it, as from a node of one family; no: what was not asked for. */
static void judge_want(struct probed *probed, const struct probe_answer *answer)
{
	const char *check = probe_steps[probed->step].check;
	struct krpc_message query = { .want = 0 };
	unsigned got;

	if (answer->end != ENGINE_REPLY) {
		probe_put_failure(probed, check, "no", answer);
		return;
	}
	probe_steps[probed->step].prepare(probed, &query);
	got = (answer->message->nodes.data ? KRPC_WANT_N4 : 0) | (answer->message->nodes6.data ? KRPC_WANT_N6 : 0);
	probe_put_result(probed, check, got == query.want ? "yes" : got & ~query.want ? "no" : "part");
}

/* ---- get_peers and announce_peer */

static bool ask_get_peers(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_GET_PEERS;
	query->info_hash = bytes_at(probed->hash, KRPC_ID_SIZE);
	return probed->answered;
}

static void take_token(struct probed *probed, struct bytes token)
{
	probed->token_size = token.size <= PROBE_TOKEN_MAX ? token.size : 0;
	if (probed->token_size)
		memcpy(probed->token, token.data, token.size);
}

static void judge_get_peers(struct probed *probed, const struct probe_answer *answer)
{
	const struct krpc_message *message = answer->message;
	size_t made_up;

	if (answer->end != ENGINE_REPLY) {
		probe_put_failure(probed, "get_peers", "no", answer);
		return;
	}
	made_up = krpc_value_count(message->values);
	probe_put_result(probed, "get_peers", tells_of_nodes(message) || message->values.data || message->token.data ?
		   "yes" : "no");
	probe_put(probed, "token", message->token.data ? "yes" : "no",
		  message->token.data ? (double)message->token.size : NAN,
	    (struct bytes){ NULL, 0 });
	/* nobody has what was just drawn */
	probe_put(probed, "made_up_peers", made_up ? "bad" : "ok", (double)made_up, (struct bytes){ NULL, 0 });
	take_token(probed, message->token);
}

static bool ask_announce(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_ANNOUNCE_PEER;
	query->info_hash = bytes_at(probed->hash, KRPC_ID_SIZE);
	query->token = bytes_at(probed->token, probed->token_size);
	query->port = probed->own.port;
	return probed->answered && probed->token_size;
}

static bool ask_announce_made_up(struct probed *probed, struct krpc_message *query)
{
	bool good = ask_announce(probed, query);

	query->info_hash = bytes_at(probed->other_hash, KRPC_ID_SIZE);
	query->token = bytes_at(probed->made_up, sizeof probed->made_up);
	return good;
}

static void judge_made_up(struct probed *probed, const struct probe_answer *answer)
{
	probe_put_refusal(probed, "token_made_up", answer, "bad");
}

static bool ask_announce_other(struct probed *probed, struct krpc_message *query)
{
	bool good = ask_announce(probed, query);

	query->info_hash = bytes_at(probed->other_hash, KRPC_ID_SIZE);
	return good;
}

static void judge_bound(struct probed *probed, const struct probe_answer *answer)
{
	probe_put_refusal(probed, "token_of_hash", answer, "no");
}

static void judge_announce(struct probed *probed, const struct probe_answer *answer)
{
	probed->stored = probed->announced = probe_put_feature(probed, "announce_peer", answer, true, NAN);
}

static void judge_port(struct probed *probed, const struct probe_answer *answer)
{
	probe_put_refusal(probed, "token_of_port", answer, "no");
}

static bool ask_kept_peer(struct probed *probed, struct krpc_message *query)
{
	return ask_get_peers(probed, query) && probed->stored;
}

static void judge_kept_peer(struct probed *probed, const struct probe_answer *answer)
{
	size_t count = answer->end == ENGINE_REPLY ? krpc_value_count(answer->message->values) : 0;

	probe_put_feature(probed, "announce_kept", answer, count != 0, (double)count);
}

static bool ask_scrape(struct probed *probed, struct krpc_message *query)
{
	query->scrape = true;
	return ask_kept_peer(probed, query);
}

static void judge_scrape(struct probed *probed, const struct probe_answer *answer)
{
	probe_put_feature(probed, "scrape", answer, answer->end == ENGINE_REPLY && answer->message->seeds_filter.data &&
		    answer->message->peers_filter.data, NAN);
}

/* ---- BEP 51 and BEP 44 */

static bool ask_sample(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_SAMPLE_INFOHASHES;
	query->target = bytes_at(probed->random_target, KRPC_ID_SIZE);
	return probed->answered;
}

static void judge_sample(struct probed *probed, const struct probe_answer *answer)
{
	const struct krpc_message *message = answer->message;

	/* a node that does not know the method may take it for find_node */
	if (!probe_put_feature(probed, "sample_infohashes", answer, answer->end == ENGINE_REPLY && message->samples.data,
			 answer->end == ENGINE_REPLY && message->num != KRPC_NUMBER_UNSET ? (double)message->num : NAN))
		return;
	probe_put_detail(probed, "interval", message->interval >= 0 && message->interval <= INTERVAL_MAX_S ? "ok" : "bad",
		   message->interval == KRPC_NUMBER_UNSET ? NAN : (double)message->interval, "%zu samples",
		   message->samples.size / KRPC_ID_SIZE);
}

static bool ask_get(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_GET;
	query->target = bytes_at(probed->item, KRPC_ID_SIZE);
	return probed->answered;
}

static void judge_get(struct probed *probed, const struct probe_answer *answer)
{
	bool has = answer->end == ENGINE_REPLY && answer->message->token.data;

	probe_put_feature(probed, "get", answer, has, NAN);
	take_token(probed, has ? answer->message->token : (struct bytes){ NULL, 0 });
	probed->stored = false;
}

static bool ask_put(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_PUT;
	query->token = bytes_at(probed->token, probed->token_size);
	query->value = bytes_of(probed->value);
	return probed->answered && probed->token_size;
}

static void judge_put(struct probed *probed, const struct probe_answer *answer)
{
	probed->stored = probe_put_feature(probed, "put", answer, true, NAN);
}

static bool ask_kept(struct probed *probed, struct krpc_message *query)
{
	return ask_get(probed, query) && probed->stored;
}

static void judge_kept(struct probed *probed, const struct probe_answer *answer)
{
	probe_put_feature(probed, "put_kept", answer,
		    answer->end == ENGINE_REPLY && bytes_is(answer->message->value, probed->value), NAN);
}

/* ---- what nobody should ask */

static bool ask_unknown(struct probed *probed, struct krpc_message *query)
{
	query->method_name = bytes_of("peerutils_probe");
	return probed->answered;
}

static bool ask_unknown_target(struct probed *probed, struct krpc_message *query)
{
	query->target = bytes_at(probed->random_target, KRPC_ID_SIZE);
	return ask_unknown(probed, query);
}

static bool ask_malformed(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_PING;
	query->id = (struct bytes){ NULL, 0 };
	return probed->answered;
}

/* ok: the error that BEP 5 has for it; other: another one, or a reply. */
static void judge_error(struct probed *probed, const char *check, const struct probe_answer *answer,
			enum krpc_error_code code)
{
	if (answer->end == ENGINE_REPLY)
		probe_put_detail(probed, check, "other", NAN, "a reply, not error %d", code);
	else
		probe_put_failure(probed, check,
				  answer->end == ENGINE_ERROR && answer->message->error_code == code ? "ok" : "other",
				  answer);
}

static void judge_unknown(struct probed *probed, const struct probe_answer *answer)
{
	judge_error(probed, "unknown_method", answer, KRPC_METHOD_UNKNOWN);
}

static void judge_malformed(struct probed *probed, const struct probe_answer *answer)
{
	judge_error(probed, "malformed", answer, KRPC_PROTOCOL);
}

/* libtorrent and others take it for find_node, so that later methods find their way through nodes that do not know them. */
static void judge_unknown_target(struct probed *probed, const struct probe_answer *answer)
{
	bool reply = answer->end == ENGINE_REPLY;

	probe_put_feature(probed, "unknown_target", answer, reply && tells_of_nodes(answer->message),
			  reply ? (double)node_count(answer->message) : NAN);
}

/* ---- are we in its table? */

static bool ask_ourselves(struct probed *probed, struct krpc_message *query)
{
	query->method = KRPC_FIND_NODE;
	query->target = bytes_at(engine_id(probed->engine), KRPC_ID_SIZE);
	return probed->answered;
}

static bool ask_announcer(struct probed *probed, struct krpc_message *query)
{
	return ask_ourselves(probed, query) && probed->announced;
}

static bool tells_of_us(const struct probed *probed, const struct krpc_message *message)
{
	struct krpc_node node;

	for (unsigned family = 4; family <= 6; family += 2) {
		struct bytes nodes = family == 4 ? message->nodes : message->nodes6;

		while (krpc_node_next(&nodes, family, &node))
			if (!memcmp(node.id, engine_id(probed->engine), KRPC_ID_SIZE))
				return true;
	}
	return false;
}

/* After nothing but queries with ro it must not be (BEP 43). */
static void judge_read_only(struct probed *probed, const struct probe_answer *answer)
{
	if (answer->end != ENGINE_REPLY)
		probe_put_failure(probed, "read_only", "unknown", answer);
	else
		probe_put_result(probed, "read_only", tells_of_us(probed, answer->message) ? "bad" : "ok");
}

/* libtorrent takes those in who have shown by a token that they are where they say, ro or not. */
static void judge_announcer(struct probed *probed, const struct probe_answer *answer)
{
	bool reply = answer->end == ENGINE_REPLY;

	probe_put_feature(probed, "announcer_taken", answer, reply && tells_of_us(probed, answer->message), NAN);
}

/* ---- the table */

static void judge_rtt(struct probed *probed, const struct probe_answer *answer)
{
	add_rtt(probed, answer);
}

#define AGAIN { "rtt", .tries = 1, .prepare = ask_again, .judge = judge_rtt }

const struct probe_step probe_steps[] = {
	{ "ping", .prepare = ask_ping, .judge = judge_ping },
	/* of one that seems to be silent, too: it may be that its t is wrong */
	{ "t_8", .side = true, .t_size = 8, .prepare = ask_ping, .judge = judge_t },
	{ "t_1", .side = true, .t_size = 1, .prepare = ask_again, .judge = judge_t },
	{ "t_2", .side = true, .t_size = 2, .prepare = ask_again, .judge = judge_t },
	{ "t_20", .side = true, .t_size = 20, .prepare = ask_again, .judge = judge_t },
	AGAIN, AGAIN, AGAIN, AGAIN,
	{ "find_node", .prepare = ask_find_node, .judge = judge_find_node },
	{ "want_n4", .prepare = ask_want_n4, .judge = judge_want },
	{ "want_n6", .prepare = ask_want_n6, .judge = judge_want },
	{ "want_both", .prepare = ask_want_both, .judge = judge_want },
	/* before anything is announced */
	{ "read_only", .prepare = ask_ourselves, .judge = judge_read_only },
	{ "get_peers", .prepare = ask_get_peers, .judge = judge_get_peers },
	{ "token_made_up", .prepare = ask_announce_made_up, .judge = judge_made_up },
	{ "token_of_hash", .prepare = ask_announce_other, .judge = judge_bound },
	{ "announce_peer", .prepare = ask_announce, .judge = judge_announce },
	{ "token_of_port", .side = true, .prepare = ask_announce, .judge = judge_port },
	{ "announce_kept", .prepare = ask_kept_peer, .judge = judge_kept_peer },
	{ "scrape", .prepare = ask_scrape, .judge = judge_scrape },
	{ "sample_infohashes", .prepare = ask_sample, .judge = judge_sample },
	{ "get", .prepare = ask_get, .judge = judge_get },
	{ "put", .prepare = ask_put, .judge = judge_put },
	{ "put_kept", .prepare = ask_kept, .judge = judge_kept },
	{ "unknown_method", .prepare = ask_unknown, .judge = judge_unknown },
	{ "unknown_target", .prepare = ask_unknown_target, .judge = judge_unknown_target },
	{ "malformed", .side = true, .prepare = ask_malformed, .judge = judge_malformed },
	{ "announcer_taken", .prepare = ask_announcer, .judge = judge_announcer },
};
const size_t probe_step_count = sizeof probe_steps / sizeof *probe_steps;

/* ---- what the queries are about */

void probe_draw(struct probed *probed)
{
	uint8_t digits[PROBE_VALUE_SIZE / 2];

	net_draw(probed->hash, sizeof probed->hash);
	net_draw(probed->other_hash, sizeof probed->other_hash);
	net_draw(probed->random_target, sizeof probed->random_target);
	net_draw(probed->made_up, sizeof probed->made_up);
	net_draw(digits, sizeof digits);
	memcpy(probed->value, "20:", 3);
	*hex_print(probed->value + 3, digits, sizeof digits) = 0;
	sha1_digest(bytes_of(probed->value), probed->item);
}
