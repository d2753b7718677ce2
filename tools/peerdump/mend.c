/* mend.c - nodes that are lost while a cluster is read, and commands that nobody would answer for a while */
#include <string.h>

#include "base/clock.h"
#include "tools/peerdump/scan.h"
#include "tools/peerdump/survey.h"

static int64_t timeout_us(const struct scan *scan)
{
	const struct peerdump_options *options = scan->run->options;

	return options->timeout > INT64_MAX / 2000000 ? INT64_MAX / 2 : (int64_t)options->timeout * 1000000;
}

/* ---- giving up */

static void lose_slot(struct scan *scan, struct bytes text)
{
	scan->feeds.lost[nodes_slot(text)] = true;
	scan->feeds.any_lost = true;
}

static void give_up(struct scan *scan, const struct pending_command *command)
{
	char text[PEER_EXT_SIZE + PEER_KEY_SIZE];

	if (!command->key)
		return;
	lose_slot(scan, pending_subject(command, text));
	if (command->kind == PENDING_ASK)
		plan_lose_answer(scan, command->key);
	else
		read_lose(scan, command->key);
}

void mend_put_off(struct scan *scan, struct pending_command command)
{
	int64_t now_us = clock_monotonic_us();
	struct scan_key *key = command.key;
	char text[PEER_EXT_SIZE + PEER_KEY_SIZE];
	size_t node = nodes_of(scan->masters, pending_subject(&command, text));
	struct feed *feed = node == NODES_NONE ? NULL : scan->feeds.by_node[scan->masters != scan->nodes][node];

	if (!key->trouble_us)
		key->trouble_us = now_us;
	if ((feed && feed->abandoned) || now_us - key->trouble_us > timeout_us(scan)) {
		give_up(scan, &command);
		return;
	}
	command.asking = false;
	pending_put(&scan->feeds.later, command);
	if (!scan->feeds.later_us)
		scan->feeds.later_us = now_us + NODES_PAUSE_MS * 1000;
}

/* ---- commands of a feed that is lost */

/* The commands that are on their way there, and the keys that are to be read there, are given to `to`, one by one. */
static void clear_feed(struct scan *scan, struct feed *feed, void (*to)(struct scan *, const struct pending_command *))
{
	struct pending pending = feed->pending;
	struct scan_key *ready = feed->ready, *key;

	if (feed->next_part.key)
		pending_put(&pending, feed->next_part);
	feed->next_part.key = NULL;
	feed->pending = (struct pending){ 0 };
	feed->ready = NULL;
	feed->ready_end = &feed->ready;
	feed->paging = feed->parts = 0;
	feed->ready_weight = feed->flight = 0;
	while (pending.count) {
		struct pending_command command = pending_take(&pending);

		command.asking = false;
		if (command.kind == PENDING_PART) {
			command.key->reader = NULL;
			read_again(command.key);
		}
		if (command.kind == PENDING_SLOT && scan->survey)
			scan->survey->touched[command.slot] = true;
		if (command.key)
			to(scan, &command);
	}
	pending_free(&pending);
	for (; feed->slots && feed->slot < NODES_SLOTS; feed->slot++)
		scan->survey->touched[feed->slot] |= feed->slots[feed->slot];
	feed->slots = NULL;
	while ((key = ready)) {
		ready = key->next;
		to(scan, &(struct pending_command){ .kind = PENDING_WHOLE, .key = key });
	}
}

static void say_again(struct scan *scan, const struct pending_command *command)
{
	command->key->master = true;
	if (command->kind == PENDING_WHOLE)
		read_later(scan, command->key);
	else
		feed_say_key(scan, *command);
}

/* ---- losing */

/* What a replica was to be asked, its master is. */
static void leave_replica(struct scan *scan, struct feed *feed, const char *why)
{
	struct feed *master;

	feed->retired = true;
	report_note(&scan->run->report, "%s; its master is read instead", why);
	master = feed_of_master(scan, feed->node);
	if (feed->scanning && !master->scanning) {
		master->scanning = true;
		strcpy(master->cursor, "0");
	}
	feed->scanning = false;
	clear_feed(scan, feed, say_again);
}

bool mend_lose(struct scan *scan, struct feed *feed, struct error *error)
{
	if (!scan->nodes->cluster || tool_stopped)
		return false;
	feed->redis = NULL;
	feed->readable = false;
	if (feed->nodes != scan->masters) {
		leave_replica(scan, feed, error->message);
		error_clear(error);
		return true;
	}
	if (!feed->lost_us) {
		report_note(&scan->run->report, "%s; waiting for who serves its slots", error->message);
		feed->lost_us = feed->retry_us = clock_monotonic_us();
		scan->feeds.lost_count++;
	}
	error_clear(error);
	return true;
}

static bool has_slots(const struct nodes *nodes, size_t node)
{
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (nodes->owner[slot] == node)
			return true;
	return false;
}

static void found(struct scan *scan, struct feed *feed)
{
	feed->lost_us = 0;
	scan->feeds.lost_count--;
	/* who serves slots now and did not before is read from the beginning */
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (scan->masters->owner[slot] != NODES_NONE)
			feed_of_master(scan, scan->masters->owner[slot]);
	clear_feed(scan, feed, say_again);
}

static void abandon(struct scan *scan, struct feed *feed)
{
	feed->lost_us = 0;
	scan->feeds.lost_count--;
	feed->retired = feed->abandoned = true;
	for (size_t slot = 0; slot < NODES_SLOTS; slot++) {
		if (scan->masters->owner[slot] != feed->node || !(feed->scanning || feed->slots))
			continue;
		scan->feeds.lost[slot] = scan->feeds.any_lost = true;
	}
	feed->scanning = false;
	clear_feed(scan, feed, give_up);
}

/* Is the node there again, or has another one its slots? */
static void look_for(struct scan *scan, struct feed *feed)
{
	struct error problem = { 0 };
	int64_t began_us = clock_monotonic_us(), now_us;
	bool there = feed->losses < FEED_LOSSES_MAX && nodes_recover(scan->masters, feed->node, 0, &problem);
	const char *name = feed->nodes->all[feed->node].name;

	if (there && !has_slots(scan->masters, feed->node)) {
		report_note(&scan->run->report, "%s: its slots are read where they are now", name);
		feed->retired = true;
		feed->scanning = false;
		found(scan, feed);
		return;
	}
	if (there && feed_begin(scan, feed, &problem)) {
		report_note(&scan->run->report, "%s: it is there again", name);
		feed->losses++;
		found(scan, feed);
		return;
	}
	now_us = clock_monotonic_us();
	if (feed->losses == FEED_LOSSES_MAX || now_us - feed->lost_us > timeout_us(scan)) {
		abandon(scan, feed);
		return;
	}
	/* a look at a host that does not even refuse takes its time, in which the others are not read */
	feed->redis = NULL;
	feed->retry_us = now_us + 4 * (now_us - began_us) + NODES_PAUSE_MS * 1000;
}

/* ---- now and then */

bool mend_due(const struct scan *scan)
{
	return scan->feeds.later.count || scan->feeds.lost_count;
}

static void say_put_off(struct scan *scan)
{
	struct error ignored = { 0 };

	nodes_refresh(scan->masters, &ignored);
	scan->feeds.later_us = 0;
	for (size_t count = scan->feeds.later.count; count; count--)
		feed_say_key(scan, pending_take(&scan->feeds.later));
}

void mend(struct scan *scan)
{
	int64_t now_us = clock_monotonic_us();

	for (size_t i = 0; i < scan->feeds.count; i++)
		if (scan->feeds.all[i]->lost_us && now_us >= scan->feeds.all[i]->retry_us)
			look_for(scan, scan->feeds.all[i]);
	if (scan->feeds.later.count && now_us >= scan->feeds.later_us)
		say_put_off(scan);
}
