/* lookup.c - the iterative look-up: ever nearer nodes are asked, until the nearest that answer are known (BEP 5, BEP 32) */
#include "dht/lookup.h"

#include <stdlib.h>

#include "base/buf.h"
#include "dht/candidates.h"

enum {
	TOKEN_MAX = 255, VERSION_MAX = 16,
	/* Patience: so many times what nine of ten answers took; while there are few answers to judge by, more. */
	PATIENCE_FACTOR = 3, PATIENCE_FEW = 24,
	/* Patience may have become shorter by what others were answered meanwhile: it is looked at again so often. */
	LOOK_AGAIN_US = 50000,
};

struct lookup {
	struct engine *engine;
	struct lookup_options options;
	struct lookup_calls calls;
	struct candidates candidates;
	struct lookup_summary summary;
	unsigned steps;
	uint8_t nearest[NODE_ID_SIZE];	/* of all ids heard of */
	bool nearest_known;
	bool begun, over;
	bool changed;			/* nodes were added since the last look */
	int64_t wake_us;
};

/* The part of the candidates that matters: those before the k-th that answered. */
struct front {
	size_t end;
	int64_t patience_us;
	bool enough;			/* k have answered */
	unsigned busy;			/* queries that are worth waiting for */
};

static void advance(struct lookup *, int64_t now_us);

struct lookup *lookup_new(struct engine *engine, const struct lookup_options *options, const struct lookup_calls *calls)
{
	struct lookup *lookup = calloc(1, sizeof *lookup);

	if (!lookup)
		out_of_memory();
	lookup->engine = engine;
	lookup->options = *options;
	if (!lookup->options.k)
		lookup->options.k = LOOKUP_K;
	if (!lookup->options.width)
		lookup->options.width = LOOKUP_WIDTH;
	if (!lookup->options.queries_max)
		lookup->options.queries_max = LOOKUP_QUERIES_MAX;
	if (calls)
		lookup->calls = *calls;
	lookup->candidates.engine = engine;
	lookup->candidates.target = lookup->options.target;
	lookup->candidates.k = lookup->options.k;
	lookup->wake_us = INT64_MAX;
	return lookup;
}

void lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return;
	candidates_free(&lookup->candidates);
	free(lookup);
}

/* Is that id nearer than all that were heard of? */
static bool is_nearer(const struct lookup *lookup, const uint8_t *id)
{
	return !lookup->nearest_known || node_id_nearer(lookup->options.target, id, lookup->nearest) < 0;
}

static void note_nearest(struct lookup *lookup, const uint8_t *id)
{
	if (!is_nearer(lookup, id))
		return;
	memcpy(lookup->nearest, id, NODE_ID_SIZE);
	lookup->nearest_known = true;
}

void lookup_add(struct lookup *lookup, const uint8_t *id, const struct endpoint *endpoint)
{
	if (lookup->over || endpoint->family != lookup->options.family)
		return;
	if (candidates_add(&lookup->candidates, id, endpoint, true) && id)
		note_nearest(lookup, id);
	lookup->changed = true;
}

/*
 * How long an answer is worth waiting for. Before anybody has answered here there is nothing to go on with, and only the
 * time-out of the engine says that a node is silent.
 */
static int64_t patience(const struct lookup *lookup)
{
	const struct rtt *rtt = engine_rtt(lookup->engine);
	int64_t least = lookup->options.patience_us ? lookup->options.patience_us : LOOKUP_PATIENCE_FLOOR_US;
	int64_t limit = engine_timeout(lookup->engine), us;

	if (!lookup->summary.answered || !rtt->samples)
		return limit;
	us = rtt_quantile(rtt, 0.9) * (int64_t)(PATIENCE_FACTOR + PATIENCE_FEW / rtt->samples);
	if (us < least)
		us = least;
	return us < limit ? us : limit;
}

/*
 * Till when the answer of a node is worth waiting for. A query that has not left waits for its turn among all of this
 * engine, which is no fault of the node; if it is the pace of the node's address that keeps it back, it counts only as
 * long as too few have answered.
 */
static int64_t worth_until(const struct lookup *lookup, const struct lookup_node *node, const struct front *front,
			   int64_t now_us)
{
	int64_t at_us;

	if (engine_sent(lookup->engine, node->handle, &at_us))
		return at_us + front->patience_us;
	if (at_us == INT64_MAX || (front->enough && at_us > now_us + front->patience_us))
		return now_us;
	return (at_us > now_us ? at_us : now_us) + front->patience_us;
}

/* Is the query that a node was sent worth waiting for? If so, notes when that will be over. */
static bool is_worth(struct lookup *lookup, const struct lookup_node *node, const struct front *front, int64_t now_us)
{
	int64_t until_us = worth_until(lookup, node, front, now_us);

	if (until_us > now_us && until_us < lookup->wake_us)
		lookup->wake_us = until_us;
	return until_us > now_us;
}

static struct front find_front(struct lookup *lookup, int64_t now_us)
{
	const struct candidates *candidates = &lookup->candidates;
	struct front front = { .patience_us = patience(lookup) };
	unsigned answered = 0;

	while (front.end < candidates->count && answered < lookup->options.k)
		answered += candidates->nodes[front.end++]->state == LOOKUP_ANSWERED;
	front.enough = answered == lookup->options.k;
	lookup->wake_us = now_us + LOOK_AGAIN_US;
	for (size_t i = 0; i < front.end; i++)
		if (candidates->nodes[i]->state == LOOKUP_ASKED)
			front.busy += is_worth(lookup, candidates->nodes[i], &front, now_us);
	return front;
}

static void tell_step(struct lookup *lookup, const struct lookup_node *node, const struct engine_event *event, unsigned told,
		      unsigned nearer)
{
	struct lookup_step step = { node, event, ++lookup->steps, told, nearer, event->now_us };

	if (lookup->calls.step)
		lookup->calls.step(lookup->calls.owner, &step);
}

static void fail(struct lookup *lookup, struct lookup_node *node, enum engine_end end)
{
	node->state = LOOKUP_FAILED;
	node->end = end;
	lookup->summary.failed++;
}

/* Nodes in an answer: how many, and the nearest of them. */
struct contacts {
	unsigned told, nearer;
	size_t count;
	struct krpc_node nodes[LOOKUP_CONTACTS_MAX];	/* nearest first */
};

static void keep_contact(const struct lookup *lookup, struct contacts *contacts, const struct krpc_node *node)
{
	size_t at = contacts->count;

	while (at && node_id_nearer(lookup->options.target, node->id, contacts->nodes[at - 1].id) < 0)
		at--;
	if (at == LOOKUP_CONTACTS_MAX || (at && memcmp(node->id, contacts->nodes[at - 1].id, NODE_ID_SIZE) == 0))
		return;
	if (contacts->count < LOOKUP_CONTACTS_MAX)
		contacts->count++;
	memmove(contacts->nodes + at + 1, contacts->nodes + at, (contacts->count - 1 - at) * sizeof *contacts->nodes);
	contacts->nodes[at] = *node;
}

static void read_contacts(const struct lookup *lookup, const struct krpc_message *message, struct contacts *contacts)
{
	struct bytes nodes = lookup->options.family == 4 ? message->nodes : message->nodes6;
	struct krpc_node node;

	contacts->told = contacts->nearer = 0;
	contacts->count = 0;
	while (krpc_node_next(&nodes, lookup->options.family, &node)) {
		contacts->told++;
		contacts->nearer += is_nearer(lookup, node.id);
		keep_contact(lookup, contacts, &node);
	}
}

static void add_contacts(struct lookup *lookup, const struct endpoint *from, const struct contacts *contacts)
{
	for (size_t i = 0; i < contacts->count; i++) {
		const struct krpc_node *contact = &contacts->nodes[i];

		if (!engine_contact(lookup->engine, from, contact->id, &contact->endpoint) &&
		    candidates_add(&lookup->candidates, contact->id, &contact->endpoint, false))
			note_nearest(lookup, contact->id);
	}
}

/* A copy of what is no longer than that. */
static struct bytes keep(struct bytes bytes, size_t most)
{
	uint8_t *copy;

	if (!bytes.data || bytes.size > most)
		return (struct bytes){ NULL, 0 };
	copy = malloc(bytes.size + 1);
	if (!copy)
		out_of_memory();
	memcpy(copy, bytes.data, bytes.size);
	return bytes_at(copy, bytes.size);
}

/* Does the reply have an id, and one that no other node has? That it is the one which was expected the engine has seen. */
static bool honest(const struct lookup *lookup, const struct lookup_node *node, const struct krpc_message *message)
{
	return message->type == KRPC_REPLY && message->id.size == NODE_ID_SIZE &&
	       !candidates_taken(&lookup->candidates, node, message->id.data);
}

/* A reply, be it late. */
static void take_reply(struct lookup *lookup, struct lookup_node *node, const struct engine_event *event)
{
	struct contacts contacts;

	if (!node->known) {
		candidates_name(&lookup->candidates, node, event->message->id.data);
		note_nearest(lookup, node->id);
	}
	lookup->summary.answered++;
	node->state = LOOKUP_ANSWERED;
	node->end = event->end;
	node->rtt_us = event->rtt_us;
	node->token = keep(event->message->token, TOKEN_MAX);
	node->v = keep(event->message->v, VERSION_MAX);
	candidates_settle(&lookup->candidates, node, node->id);
	read_contacts(lookup, event->message, &contacts);
	lookup->summary.told += contacts.told;
	tell_step(lookup, node, event, contacts.told, contacts.nearer);
	add_contacts(lookup, &event->to, &contacts);	/* may make the node leave */
}

/* engine_done of all queries. */
static void on_end(void *owner, const struct engine_event *event)
{
	struct lookup *lookup = owner;
	struct lookup_node *node = candidates_find(&lookup->candidates, event->handle);
	bool reply = event->end == ENGINE_REPLY || event->end == ENGINE_LATE;

	if (!node)
		return;
	if (reply && node->state != LOOKUP_ANSWERED && honest(lookup, node, event->message)) {
		lookup->summary.failed -= node->state == LOOKUP_FAILED;
		take_reply(lookup, node, event);
	} else {
		struct engine_event told = *event;

		if (event->end == ENGINE_REPLY)
			told.end = ENGINE_WRONG_ID;	/* or none, or one that another node has */
		if (node->state == LOOKUP_ASKED)
			fail(lookup, node, told.end);
		if (event->end == ENGINE_WRONG_ID && event->message->id.size == NODE_ID_SIZE)
			candidates_settle(&lookup->candidates, node, event->message->id.data);
		tell_step(lookup, node, &told, 0, 0);
	}
	advance(lookup, event->now_us);
}

static void fill_query(const struct lookup *lookup, struct krpc_message *message)
{
	const struct lookup_options *options = &lookup->options;
	struct bytes target = bytes_at(options->target, NODE_ID_SIZE);

	krpc_clear(message);
	message->type = KRPC_QUERY;
	message->method = options->method;
	message->want = options->family == 4 ? KRPC_WANT_N4 : KRPC_WANT_N6;
	if (options->method == KRPC_GET_PEERS) {
		message->info_hash = target;
		message->scrape = options->scrape;
		message->noseed = options->noseed;
	} else {
		message->target = target;
	}
	if (options->method == KRPC_GET)
		message->seq = options->seq;
}

static bool ask(struct lookup *lookup, struct lookup_node *node, int64_t now_us)
{
	struct krpc_message message;
	struct engine_query query = {
		.to = node->endpoint, .expected_id = node->known ? node->id : NULL, .message = &message, .done = on_end,
		.owner = lookup,
	};

	fill_query(lookup, &message);
	lookup->summary.asked++;
	node->handle = engine_ask(lookup->engine, &query, now_us);
	node->state = LOOKUP_ASKED;
	if (!node->handle)
		fail(lookup, node, ENGINE_REFUSED);
	return node->handle != 0;
}

/* Those that were waited for in vain end with the look-up; then it is over, and may be freed. */
static void finish(struct lookup *lookup, const struct front *front, int64_t now_us)
{
	struct candidates *candidates = &lookup->candidates;

	lookup->over = true;
	lookup->wake_us = INT64_MAX;
	lookup->summary.ended_us = now_us;
	for (size_t i = 0; i < candidates->count; i++) {
		struct lookup_node *node = candidates->nodes[i];
		struct engine_event event = {
			.end = ENGINE_TIMEOUT, .handle = node->handle, .to = node->endpoint, .now_us = now_us,
		};
		bool asked = node->handle && node->state == LOOKUP_ASKED;

		if (asked && !engine_sent(lookup->engine, node->handle, &event.sent_us)) {
			lookup->summary.asked--;	/* and will not be */
		} else if (asked && i < front->end) {
			fail(lookup, node, ENGINE_TIMEOUT);
			tell_step(lookup, node, &event, 0, 0);
		}
		if (node->handle)
			engine_forget(lookup->engine, node->handle);
		node->handle = 0;
	}
	if (lookup->calls.done)
		lookup->calls.done(lookup->calls.owner, lookup);
}

static void advance(struct lookup *lookup, int64_t now_us)
{
	struct front front = find_front(lookup, now_us);
	bool late = lookup->options.time_max_us && now_us - lookup->summary.began_us >= lookup->options.time_max_us;
	bool unasked = false;

	lookup->changed = false;
	for (size_t i = 0; i < front.end && !late; i++) {
		struct lookup_node *node = lookup->candidates.nodes[i];

		if (node->state != LOOKUP_NEW)
			continue;
		unasked = front.busy >= lookup->options.width || lookup->summary.asked >= lookup->options.queries_max;
		if (unasked)
			break;
		front.busy += ask(lookup, node, now_us) && is_worth(lookup, node, &front, now_us);
	}
	lookup->summary.exhausted = late || (unasked && !front.busy);
	if (late || !front.busy)
		finish(lookup, &front, now_us);
}

void lookup_run(struct lookup *lookup, int64_t now_us)
{
	if (lookup->over || (lookup->begun && !lookup->changed && now_us < lookup_wake(lookup)))
		return;
	if (!lookup->begun)
		lookup->summary.began_us = now_us;
	lookup->begun = true;
	advance(lookup, now_us);
}

int64_t lookup_wake(const struct lookup *lookup)
{
	int64_t end_us = lookup->options.time_max_us ? lookup->summary.began_us + lookup->options.time_max_us : INT64_MAX;

	if (!lookup->begun || lookup->changed)
		return 0;
	return !lookup->over && end_us < lookup->wake_us ? end_us : lookup->wake_us;
}

bool lookup_over(const struct lookup *lookup)
{
	return lookup->over;
}

const uint8_t *lookup_target(const struct lookup *lookup)
{
	return lookup->options.target;
}

unsigned lookup_family(const struct lookup *lookup)
{
	return lookup->options.family;
}

struct lookup_summary lookup_summary(const struct lookup *lookup)
{
	return lookup->summary;
}

size_t lookup_nearest(const struct lookup *lookup, const struct lookup_node **nodes, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < lookup->candidates.count && count < max; i++)
		if (lookup->candidates.nodes[i]->state == LOOKUP_ANSWERED)
			nodes[count++] = lookup->candidates.nodes[i];
	return count;
}
