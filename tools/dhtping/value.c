/* value.c - the values that nodes give for a target (BEP 44): which of them are honest, and which is the newest */
#include "tools/dhtping/value.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/number.h"
#include "digest/digest.h"
#include "digest/sign.h"

void value_name(struct bytes public_key, struct bytes salt, uint8_t target[NODE_ID_SIZE])
{
	struct buf named = { 0 };

	item_named(&named, public_key, salt);
	sha1_digest(buf_bytes(&named), target);
	buf_free(&named);
}

struct value value_begin(const uint8_t target[NODE_ID_SIZE], struct bytes salt)
{
	struct value value = { .salt = salt, .newer_than = KRPC_NUMBER_UNSET };

	memcpy(value.target, target, sizeof value.target);
	return value;
}

void value_free(struct value *value)
{
	buf_free(&value->data);
}

static bool is_immutable(const struct value *value, const struct krpc_message *message)
{
	uint8_t digest[SHA1_SIZE];

	sha1_digest(message->value, digest);
	return !memcmp(digest, value->target, sizeof digest);
}

/* Whose key it is does not matter as long as the target is of it: nobody finds another one for it. */
static bool is_mutable(const struct value *value, const struct krpc_message *message)
{
	uint8_t target[NODE_ID_SIZE];
	struct buf text = { 0 };
	bool good;

	if (message->public_key.size != SIGN_KEY_SIZE || message->signature.size != SIGN_SIZE || message->seq < 0)
		return false;
	value_name(message->public_key, value->salt, target);
	if (memcmp(target, value->target, sizeof target) != 0)
		return false;
	item_signed(&text, value->salt, message->seq, message->value);
	good = sign_verify(message->public_key.data, buf_bytes(&text), message->signature.data);
	buf_free(&text);
	return good;
}

/* Its data is message's from now on, and only this node is known to have it. */
static void keep(struct value *value, const struct krpc_message *message, bool changes)
{
	value->data.size = 0;
	buf_append(&value->data, message->value.data, message->value.size);
	value->nodes = 1;
	value->changes = changes;
	value->seq = changes ? message->seq : KRPC_NUMBER_UNSET;
	if (!changes)
		return;
	memcpy(value->public_key, message->public_key.data, sizeof value->public_key);
	memcpy(value->signature, message->signature.data, sizeof value->signature);
}

/*
 * Of mutable values the one with the highest number counts. An owner may have signed two with the same one: then that which
 * comes first by its bytes, so that the order of the answers does not matter.
 */
static void take_mutable(struct value *value, const struct krpc_message *message)
{
	int order = value->data.size ? bytes_compare(message->value, buf_bytes(&value->data)) : 0;

	if (!value->data.size) {
		keep(value, message, true);
	} else if (message->seq > value->seq) {
		value->older += value->nodes + value->others;
		value->others = 0;
		keep(value, message, true);
	} else if (message->seq < value->seq) {
		value->older++;
	} else if (order < 0) {
		value->others += value->nodes;
		keep(value, message, true);
	} else if (order > 0) {
		value->others++;
	} else {
		value->nodes++;
	}
}

static void take(struct value *value, const struct krpc_message *message, const struct endpoint *from, struct run *run)
{
	char text[ENDPOINT_ROOM + 1];

	if (is_immutable(value, message)) {
		if (value->data.size)
			value->nodes++;
		else
			keep(value, message, false);
	} else if (is_mutable(value, message)) {
		if (value->newer_than != KRPC_NUMBER_UNSET && message->seq <= value->newer_than)
			value->older++;
		else
			take_mutable(value, message);
	} else {
		value->liars++;
		*endpoint_print(text, from) = 0;
		report_detail(&run->report, "%s gave a value that is not the target's", text);
	}
}

/* An answer that comes late is one, too; a second one of the same node is not. */
static void step(void *owner, struct search *search, const struct lookup_step *at)
{
	const struct engine_event *event = at->event;

	if ((event->end == ENGINE_REPLY || event->end == ENGINE_LATE) && event->message && event->message->value.data)
		take(owner, event->message, &event->to, search->net->run);
}

static void note(const struct value *value, struct run *run)
{
	char digits[2 * NODE_ID_SIZE + 1];
	struct count_text nodes;

	*hex_print(digits, value->target, NODE_ID_SIZE) = 0;
	if (value->liars)
		report_note(&run->report, "%s: %s gave values that are not honest: neither digest nor signature is right",
			    digits, count_print(&nodes, value->liars, "nodes"));
	if (value->older)
		report_note(&run->report, "%s: %s had an older value", digits, count_print(&nodes, value->older, "nodes"));
	if (value->others)
		report_note(&run->report, "%s: %s had another value with the number %" PRId64 ", signed with the same key",
			    digits, count_print(&nodes, value->others, "nodes"), value->seq);
}

bool value_search(struct value *value, struct search *search, struct net *net, const struct endpoint *bootstrap,
		  size_t bootstrap_count)
{
	struct lookup_options options = search_careful(net->run, KRPC_GET);
	bool going;

	memcpy(options.target, value->target, sizeof options.target);
	options.seq = value->newer_than;
	search_begin(search, net, &options, bootstrap, bootstrap_count);
	search->step = step;
	search->owner = value;
	going = search_finish(search);
	note(value, net->run);
	return going;
}
