/* feed.c - what one node is asked in a scan: its commands on their way, and their replies as they come */
#include "tools/peerdump/feed.h"

#include <stdlib.h>

#include "base/clock.h"
#include "tools/peerdump/scan.h"
#include "tools/peerdump/survey.h"

/* ---- commands */

static void put(struct feed *feed, struct pending_command command)
{
	const char *cursor = command.kind == PENDING_PART ? read_cursor(command.key) : feed->cursor;
	struct pending_words words;

	pending_put(&feed->pending, command);
	if (!feed->redis)
		return;	/* it will be said again: see mend.c */
	pending_say(&words, &command, cursor);
	redis_queue(feed->redis, words.count, words.words);
}

void feed_say(struct feed *feed, struct pending_command command)
{
	if (command.asking)
		put(feed, (struct pending_command){ .kind = PENDING_ASKING });
	if (command.kind == PENDING_WHOLE)
		feed->flight += read_weight(command.key);
	if (command.kind == PENDING_PART) {
		feed->flight += SCAN_PART;
		feed->parts++;
		command.key->reader = feed;
	}
	put(feed, command);
}

/* Its reply is here. */
static void uncount(struct feed *feed, const struct pending_command *command)
{
	if (command->kind == PENDING_WHOLE)
		feed->flight -= read_weight(command->key);
	if (command->kind == PENDING_PART) {
		feed->flight -= SCAN_PART;
		feed->parts--;
		command->key->reader = NULL;
	}
}

void feed_say_key(struct scan *scan, struct pending_command command)
{
	char text[PEER_EXT_SIZE + PEER_KEY_SIZE];
	struct feed *feed = feed_of(scan, command.key, pending_subject(&command, text));

	if (feed)
		feed_say(feed, command);
	else
		mend_put_off(scan, command);
}

bool feed_follow(struct scan *scan, struct feed *feed, const struct pending_command *command, struct bytes words,
		 struct error *error)
{
	struct scan_key *key = command->key;
	struct pending_command again = *command;
	char text[PEER_EXT_SIZE + PEER_KEY_SIZE];
	enum nodes_hint hint;
	size_t node;

	hint = nodes_hint(scan->masters, words, &node);
	if (hint == NODES_REFUSED)
		return false;
	if (!key) {	/* it cannot be said elsewhere: the node is loading */
		scan_refused(feed->redis, pending_name(command), words, error);
		return mend_lose(scan, feed, error);
	}
	again.asking = hint == NODES_ASK;
	key->away |= again.asking;
	if (command->kind == PENDING_PART)
		read_again(key);
	if (hint == NODES_AGAIN && (key->master || scan->masters == scan->nodes)) {
		mend_put_off(scan, again);
		return true;
	}
	key->master = true;
	if (hint == NODES_AGAIN) {
		feed_say_key(scan, again);
		return true;
	}
	if (scan->survey)
		scan->survey->touched[nodes_slot(pending_subject(command, text))] = true;
	if (++key->hints > FEED_HINTS_MAX) {
		scan_refused(feed->redis, pending_name(command), words, error);
		error_suffix(error, " (after %d such answers)", FEED_HINTS_MAX);
		return false;
	}
	feed_say(feed_of_master(scan, node), again);
	return true;
}

bool feed_doubts(const struct scan *scan, struct scan_key *key)
{
	bool doubts = !key->master && scan->masters != scan->nodes;

	key->master = true;
	if (key->away && !key->doubted)
		doubts = key->doubted = true;
	return doubts;
}

/* ---- feeds */

/* How many keys there are; a server that will not tell is no obstacle. */
static bool ask_total(struct scan *scan, struct feed *feed, struct error *error)
{
	struct redis_reply reply;

	redis_queue_text(feed->redis, "DBSIZE", NULL);
	if (!redis_read(feed->redis, &reply, error))
		return false;
	if (reply.items->kind == REDIS_INTEGER && reply.items->integer > 0)
		scan->total += (uint64_t)reply.items->integer;
	return true;
}

bool feed_begin(struct scan *scan, struct feed *feed, struct error *error)
{
	feed->redis = nodes_redis(feed->nodes, feed->node, error);
	if (!feed->redis)
		return false;
	if (feed->scanning)
		strcpy(feed->cursor, "0");
	return !scan->survey || feed->nodes != scan->masters ||
	       survey_begin(scan->survey, feed->nodes, feed->node, error);
}

static bool begin_all(struct scan *scan, struct feed *feed, struct error *error)
{
	return feed_begin(scan, feed, error) && (!feed->scanning || ask_total(scan, feed, error));
}

static struct feed *new_feed(struct scan *scan, struct nodes *nodes, size_t node)
{
	struct feed *feed = calloc(1, sizeof *feed);

	if (!feed)
		out_of_memory();
	*feed = (struct feed){ .nodes = nodes, .node = node, .cursor = "0" };
	feed->ready_end = &feed->ready;
	feed->scanning = !scan->names && nodes == scan->nodes;
	scan->feeds.all[scan->feeds.count++] = feed;
	return feed;
}

static struct feed *find_feed(struct scan *scan, struct nodes *nodes, size_t node)
{
	struct feed **place = &scan->feeds.by_node[nodes != scan->nodes][node], *feed = *place;
	struct error error = { 0 };

	if (feed && !(feed->retired && nodes == scan->masters && !feed->abandoned))
		return feed;
	if (!feed) {
		feed = *place = new_feed(scan, nodes, node);
	} else {
		/* it was replaced, and has come back */
		feed->retired = false;
		feed->scanning = !scan->names;
	}
	if (!begin_all(scan, feed, &error))
		mend_lose(scan, feed, &error);
	return feed;
}

struct feed *feed_of_master(struct scan *scan, size_t node)
{
	return find_feed(scan, scan->masters, node);
}

struct feed *feed_of(struct scan *scan, const struct scan_key *key, struct bytes text)
{
	struct nodes *nodes = key->master ? scan->masters : scan->nodes;
	size_t node = nodes_of(nodes, text);
	struct feed *feed;

	if (node == NODES_NONE)
		return NULL;
	feed = find_feed(scan, nodes, node);
	if (feed->retired && nodes != scan->masters)
		feed = find_feed(scan, scan->masters, nodes_of(scan->masters, text));
	return feed->retired ? NULL : feed;
}

bool feeds_open(struct scan *scan, struct error *error)
{
	struct feed *feed;

	if (!scan->nodes->cluster) {
		feed = scan->feeds.by_node[0][0] = new_feed(scan, scan->nodes, 0);
		return begin_all(scan, feed, error);
	}
	if (!scan->names)
		scan->survey = survey_new();
	/* masters first: what they say of their slots should be older than any page */
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (scan->masters->owner[slot] != NODES_NONE)
			find_feed(scan, scan->masters, scan->masters->owner[slot]);
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (scan->nodes->owner[slot] != NODES_NONE)
			find_feed(scan, scan->nodes, scan->nodes->owner[slot]);
	return true;
}

void feeds_close(struct scan *scan)
{
	for (size_t i = 0; i < scan->feeds.count; i++) {
		pending_free(&scan->feeds.all[i]->pending);
		free(scan->feeds.all[i]);
	}
	pending_free(&scan->feeds.later);
	free(scan->survey);
}

/* ---- replies */

bool feed_send(struct scan *scan, struct feed *feed, struct error *error)
{
	if (!feed->redis || !redis_queued(feed->redis) || redis_send(feed->redis, error))
		return true;
	return mend_lose(scan, feed, error);
}

static bool awaits_any(const struct scan *scan)
{
	for (size_t i = 0; i < scan->feeds.count; i++)
		if (scan->feeds.all[i]->pending.count)
			return true;
	return mend_due(scan);
}

/* Asks for more keys and members, where there is room. */
static bool push_all(struct scan *scan, struct error *error)
{
	bool idle = !awaits_any(scan);

	for (size_t i = 0; i < scan->feeds.count; i++) {
		struct feed *feed = scan->feeds.all[i];

		if (!feed->redis)
			continue;
		plan_more(scan, feed, false);
		/* while a set has begun to come in parts, all wait for its next one */
		read_more(scan, feed, idle || feed->next_part.key);
	}
	/* questions about a key may have gone to any of them */
	for (size_t i = 0; i < scan->feeds.count; i++)
		if (!feed_send(scan, scan->feeds.all[i], error))
			return false;
	return true;
}

/* Is it the turn of another key, some of which was delivered already? */
static bool held_back(const struct scan *scan, const struct pending_command *command)
{
	return scan->open && scan->open != command->key &&
	       (command->kind == PENDING_WHOLE || command->kind == PENDING_PART);
}

/* What comes next there has to wait; but not if the key that it waits for is behind it. */
static bool blocked(const struct scan *scan, const struct feed *feed)
{
	return held_back(scan, pending_head(&feed->pending)) && scan->open->reader != feed;
}

static bool awaits(const struct scan *scan, const struct feed *feed)
{
	return feed->redis && feed->pending.count && !blocked(scan, feed);
}

/* A reply of that feed, if it is there and it is time for it. False: there is none, or *error is set. */
static bool try_feed(struct scan *scan, struct feed *feed, struct redis_reply *reply, struct pending_command *command,
		     struct error *error)
{
	while (awaits(scan, feed)) {
		switch (redis_try(feed->redis, reply, error)) {
		case REDIS_FAILED:
			if (mend_lose(scan, feed, error))
				error_clear(error);
			return false;
		case REDIS_LATER:
			feed->readable = false;
			return false;
		case REDIS_READ:
			break;
		}
		*command = pending_take(&feed->pending);
		uncount(feed, command);
		if (held_back(scan, command))
			feed_say(feed, *command);	/* too early: it is asked for again, behind the other */
		else if (command->kind != PENDING_ASKING)
			return true;
	}
	return false;
}

static struct feed *try_all(struct scan *scan, struct redis_reply *reply, struct pending_command *command,
			    struct error *error)
{
	struct feeds *feeds = &scan->feeds;

	for (size_t i = 0; i < feeds->count && error->kind == ERROR_NONE; i++) {
		struct feed *feed = feeds->all[feeds->turn++ % feeds->count];

		if (feed->readable && try_feed(scan, feed, reply, command, error))
			return feed;
	}
	return NULL;
}

/* Until there is something to do. */
static bool wait_for_all(struct scan *scan, struct error *error)
{
	struct redis *all[2 * NODES_MAX];
	struct feed *feeds[2 * NODES_MAX];
	bool ready[2 * NODES_MAX];
	struct io_wait before = run_wait(scan->run);
	size_t count = 0;

	for (size_t i = 0; i < scan->feeds.count; i++) {
		if (!awaits(scan, scan->feeds.all[i]))
			continue;
		feeds[count] = scan->feeds.all[i];
		all[count++] = scan->feeds.all[i]->redis;
	}
	before.before(before.context);
	if (!redis_wait(all, count, NULL, mend_due(scan) ? NODES_PAUSE_MS : UINT32_MAX, ready, error))
		return false;
	for (size_t i = 0; i < count; i++)
		feeds[i]->readable = ready[i];
	return true;
}

/* Nothing is on its way. False: there is nothing more to come, or *error is set. */
static bool begin_more(struct scan *scan, struct error *error)
{
	if (!scan->names)
		return survey_next(scan, error) == SURVEY_MORE;
	plan_more(scan, scan->feeds.all[0], true);
	return !scan->named || awaits_any(scan);
}

static struct feed *next_of_cluster(struct scan *scan, struct redis_reply *reply, struct pending_command *command,
				    struct error *error)
{
	for (;;) {
		struct feed *feed;

		if (tool_stopped)
			break;
		if (mend_due(scan))
			mend(scan);
		feed = try_all(scan, reply, command, error);
		if (feed || error->kind != ERROR_NONE)
			return feed;
		if (!push_all(scan, error))
			return NULL;
		if (awaits_any(scan) ? !wait_for_all(scan, error) : !begin_more(scan, error))
			return NULL;
	}
	fail_system(error, "interrupted");
	return NULL;
}

struct feed *feeds_next(struct scan *scan, struct redis_reply *reply, struct pending_command *command, struct error *error)
{
	struct feed *feed = scan->feeds.all[0];

	if (scan->nodes->cluster)
		return next_of_cluster(scan, reply, command, error);
	if (!feed->pending.count) {
		plan_more(scan, feed, true);
		read_more(scan, feed, true);
	}
	if (!feed->pending.count && tool_stopped)
		fail_system(error, "interrupted");
	if (!feed->pending.count || !redis_read(feed->redis, reply, error))
		return NULL;
	*command = pending_take(&feed->pending);
	uncount(feed, command);
	return feed;
}
