/* again.c - commands that are said again: redirected ones, and those that a node may have taken with it when it failed */
#include "tools/peerdump/lanes.h"

#include <stdio.h>

#include "base/clock.h"
#include "io/redis_greet.h"

/* Redirections of redirections, before they are taken for those of a cluster that has not agreed with itself. */
enum { ROUNDS_AT_ONCE = 8 };

bool lanes_hinted(struct lanes *lanes, struct command *command, const struct redis_item *item)
{
	struct nodes *nodes = &lanes->nodes[lanes->one_database ? DATABASE_TORRENTS : command->database];
	char words[REDIS_WORDS_ROOM];
	enum nodes_hint hint;

	if (item->kind != REDIS_ERROR || !nodes->cluster)
		return false;
	hint = nodes_hint(nodes, item->text, &command->node);
	if (hint == NODES_REFUSED)
		return false;
	command->again = hint == NODES_ASK ? COMMAND_ASK : COMMAND_AGAIN;
	lanes->troubled = true;
	if (hint == NODES_AGAIN) {
		lanes->unready = true;
		snprintf(lanes->trouble, sizeof lanes->trouble, "%s", redis_print_words(words, item->text));
	}
	return true;
}

/* --- which --- */

/* What is for the same key goes the same way: what came before was moved with the key, what comes behind stays behind. */
static void mark_alike(struct lane *lane, const struct command *hinted)
{
	for (struct command *command = lane->kept.first; command; command = command->next)
		if (command_is_for(command, hinted)) {
			command->again = hinted->again;
			command->node = hinted->node;
		}
}

/* The map of slots has changed under what was sent before: whoever has the slot now was given its keys. */
static void mark_moved(struct lanes *lanes, struct lane *lane)
{
	const struct nodes *nodes = &lanes->nodes[lane->database];

	for (struct command *command = lane->kept.first; command; command = command->next) {
		if (lane->lost) {
			command->again = COMMAND_AGAIN;
		} else if (nodes->owner[command->slot] == lane->node) {
			command->placed = false;
		} else if (nodes->cluster && !command->placed && command->again == COMMAND_GOOD) {
			command->again = COMMAND_AGAIN;
		}
	}
}

static void take_marked(struct lanes *lanes, struct lane *lane, struct command_list *list)
{
	struct command_list kept = { 0 };
	struct command *command;

	while ((command = command_list_take(&lane->kept))) {
		bool over = command->refused || command->verb == COMMAND_WAIT;

		if (!lane->lost && (over || command->again == COMMAND_GOOD)) {
			command->again = COMMAND_GOOD;
			command_list_add(&kept, command);
			continue;
		}
		lanes->kept_bytes -= command->kept;
		if (over)
			command_free(command);
		else
			command_list_add(list, command);
	}
	lane->kept = kept;
	lane->unanswered = NULL;
	lane->lost = false;
}

/* All that is to be said again, what is for one key in its order. */
static void collect(struct lanes *lanes, struct command_list *list)
{
	struct command *command;

	for (struct lane *lane = lanes->all; lane; lane = lane->next) {
		for (command = lane->lost ? NULL : lane->kept.first; command; command = command->next)
			if (command->again != COMMAND_GOOD)
				mark_alike(lane, command);
		mark_moved(lanes, lane);
		take_marked(lanes, lane, list);
	}
	while ((command = command_list_take(&lanes->homeless)))
		command_list_add(list, command);
}

/* --- and how --- */

/* The parts instead of the whole: its payload is gone, and what became of it may not be known. */
static void say_parts(struct lanes *lanes, struct command *whole)
{
	struct command *part, *next;

	lanes->owner.parted(lanes->owner.context, whole);
	for (part = whole->parts; part; part = next) {
		next = part->next;
		part->again = whole->again;
		part->node = whole->node;
		part->new_known = whole->answered;
		part->new_members = whole->answered ? part->member_count : 0;
		lanes_send(lanes, part, bytes_at(NULL, 0));
	}
	whole->parts = NULL;
	command_free(whole);
}

static void say_all(struct lanes *lanes, struct command_list *list)
{
	struct command *command;

	while ((command = command_list_take(list))) {
		if (lanes->failed) {
			command_free(command);
		} else if (command->verb == COMMAND_RESTORE) {
			say_parts(lanes, command);
		} else {
			command->answered = false;
			lanes_send(lanes, command, bytes_at(NULL, 0));
		}
	}
}

static uint32_t left_ms(int64_t end_us)
{
	int64_t left_us = end_us - clock_monotonic_us();

	return left_us < 0 ? 0 : (uint32_t)(left_us / 1000);
}

/* Waits for whoever takes the place of a node that is lost. */
static bool recover(struct lanes *lanes, int64_t end_us)
{
	struct error error = { 0 };

	for (struct lane *lane = lanes->all; lane; lane = lane->next)
		if (lane->lost && !nodes_recover(&lanes->nodes[lane->database], lane->node, left_ms(end_us), &error)) {
			lanes_fail(lanes, &error);
			return false;
		}
	return true;
}

static void fail_unready(struct lanes *lanes)
{
	const struct nodes *nodes = &lanes->nodes[DATABASE_TORRENTS];
	bool slots[NODES_SLOTS], some = false;
	char text[120];
	struct error error = { 0 };

	for (size_t i = 0; i < NODES_SLOTS; i++)
		some |= slots[i] = nodes->owner[i] == NODES_NONE;
	if (some)
		fail_system(&error, "nobody serves %s", nodes_print_slots(text, sizeof text, slots));
	else
		fail_system(&error, "the cluster is not ready: %s",
			    *lanes->trouble ? lanes->trouble : "it redirects without end");
	lanes_fail(lanes, &error);
}

/* The cluster is about to change: looks again after a while. False: it takes too long. */
static bool look_again(struct lanes *lanes, int64_t end_us)
{
	struct error ignored = { 0 };

	if (!left_ms(end_us) || tool_stopped) {
		fail_unready(lanes);
		return false;
	}
	clock_pause_ms(NODES_PAUSE_MS);
	/* if nobody answers now, somebody may before the time is over */
	nodes_refresh(&lanes->nodes[DATABASE_TORRENTS], &ignored);
	return true;
}

void lanes_repair(struct lanes *lanes)
{
	const struct peerdump_options *options = lanes->run->options;
	int64_t end_us = clock_monotonic_us() +
			 (int64_t)(options->timeout < INT32_MAX ? options->timeout : INT32_MAX) * 1000000;
	struct command_list list = { 0 };

	for (unsigned round = 0;; round++) {
		lanes_drain(lanes);
		if (lanes->failed || !lanes->troubled)
			break;
		if (!recover(lanes, end_us) || ((lanes->unready || round > ROUNDS_AT_ONCE) && !look_again(lanes, end_us)))
			return;
		lanes->troubled = lanes->unready = false;
		collect(lanes, &list);
		say_all(lanes, &list);
	}
	for (struct lane *lane = lanes->all; lane; lane = lane->next)
		lanes_release(lanes, lane);
}
