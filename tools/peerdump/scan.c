/* scan.c - the keys of a database, or those named, with their members, read so that the server stays free for others */
#include "tools/peerdump/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/number.h"
#include "io/redis_greet.h"

/* ---- replies */

bool scan_refused(const struct redis *redis, const char *command, struct bytes words, struct error *error)
{
	char text[REDIS_WORDS_ROOM];

	return fail_system(error, "%s: %s: %s", redis_name(redis), command, redis_print_words(text, words));
}

enum taken scan_senseless(const struct feed *feed, const struct pending_command *command, struct error *error)
{
	fail_system(error, "%s: %s: an answer of another shape than this command has", redis_name(feed->redis),
		    pending_name(command));
	return FAILED;
}

bool scan_strings(const struct redis_item *items, size_t count)
{
	bool good = true;

	for (size_t i = 0; i < count; i++)
		good &= items[i].kind == REDIS_STRING;
	return good;
}

bool scan_cursor(const struct redis_reply *reply, char cursor[SCAN_CURSOR_ROOM])
{
	uint64_t number;

	if (reply->count < 3 || reply->items[0].kind != REDIS_ARRAY || reply->items[0].integer != 2 ||
	    reply->items[1].kind != REDIS_STRING || reply->items[2].kind != REDIS_ARRAY ||
	    (uint64_t)reply->items[2].integer != reply->count - 3 ||
	    !number_parse(reply->items[1].text, UINT64_MAX, &number))
		return false;
	*number_print(cursor, number) = 0;
	return scan_strings(reply->items + 3, reply->count - 3);
}

static enum taken take(struct scan *scan, struct feed *feed, const struct pending_command *command,
		       const struct redis_reply *reply, struct piece *piece, struct error *error)
{
	if (reply->items->kind == REDIS_ERROR && scan->nodes->cluster) {
		if (feed_follow(scan, feed, command, reply->items->text, error))
			return NOTHING;
		if (error->kind != ERROR_NONE)
			return FAILED;
	}
	switch (command->kind) {
	case PENDING_PAGE:
		return plan_take_page(scan, feed, reply, error);
	case PENDING_SLOT:
		return plan_take_slot(scan, feed, command, reply, error);
	case PENDING_ASKING:
		break;
	case PENDING_ASK:
		return plan_take_answer(scan, feed, command, reply->items, piece, error);
	case PENDING_WHOLE:
	case PENDING_PART:
		return read_take(scan, feed, command, reply, piece, error);
	}
	return NOTHING;
}

/* A piece, from the next replies or what was held back. FAILED: the end, or with an error. */
static enum taken next_piece(struct scan *scan, struct piece *piece, struct error *error)
{
	struct pending_command command;
	struct redis_reply reply;
	struct feed *feed;
	enum taken taken = NOTHING;

	while (taken == NOTHING) {
		if (tool_stopped) {
			fail_system(error, "interrupted");
			return FAILED;
		}
		if (scan->unpacking)
			return read_unpacked(scan, piece, error);
		if (scan->held && !scan->open)
			return read_held(scan, piece);
		feed = feeds_next(scan, &reply, &command, error);
		if (!feed)
			return FAILED;
		scan->pace->commands++;
		taken = take(scan, feed, &command, &reply, piece, error);
		if (taken == FAILED)
			return FAILED;
		if (feed->redis) {
			plan_more(scan, feed, false);
			read_more(scan, feed, false);
		}
		if (!feed_send(scan, feed, error))
			return FAILED;
	}
	return taken;
}

bool scan_next(struct scan *scan, struct piece *piece, struct error *error)
{
	char slots[160];

	if (scan->delivered)
		scan_drop(scan, scan->delivered);
	scan->delivered = NULL;
	if (next_piece(scan, piece, error) == TAKEN) {
		progress_step(&scan->progress, scan->done, scan->done, scan->total);
		return true;
	}
	if (error->kind == ERROR_NONE && scan->feeds.any_lost)
		fail_system(error, "nobody serves %s, so that what is there is missing",
			    nodes_print_slots(slots, sizeof slots, scan->feeds.lost));
	return false;
}

/* ---- beginning and end */

void scan_drop(struct scan *scan, struct scan_key *key)
{
	key_drop(&scan->keys, key);
	scan->done++;
}

/* How many members may come by one DUMP. */
static uint64_t packed_whole(const struct peerdump_options *options)
{
	uint64_t ms = options->max_latency;

	if (!ms)
		return SCAN_PACKED_WHOLE;
	return ms < SCAN_PACKED_MAX / SCAN_PACKED_MS ? ms * SCAN_PACKED_MS : SCAN_PACKED_MAX;
}

bool scan_open(struct scan *scan, struct run *run, struct nodes *nodes, struct nodes *masters, struct pace *pace,
	       const struct scan_plan *plans, struct names *names)
{
	struct error error = { 0 };

	*scan = (struct scan){ .run = run, .nodes = nodes, .masters = masters, .pace = pace, .plans = plans, .names = names,
			       .keys.seen.limit = KEYS_SEEN_MAX,
			       .packs = nodes->version && nodes->version < SCAN_PACKED_BEFORE,
			       .packed_whole = packed_whole(run->options) };
	rdb_open(&scan->rdb, true);
	scan->held_end = &scan->held;
	if (!names)
		scan->progress = progress_begin(&run->report, "keys");
	if (feeds_open(scan, &error))
		return true;
	scan_end(scan, &error, 0, "records");
	scan_close(scan);
	return false;
}

/* A large set is being read. */
static bool within_key(const struct scan *scan)
{
	size_t parts = 0;

	for (size_t i = 0; i < scan->feeds.count; i++)
		parts += scan->feeds.all[i]->parts;
	return parts || (scan->open && scan->open != scan->unpacking);
}

static void say_how_far(struct scan *scan, const struct error *error, uint64_t count, const char *unit)
{
	struct count_text keys, records;
	char of[32] = "", far[192];
	struct error told = { 0 };

	count_print(&records, count, unit);
	count_print(&keys, scan->total ? scan->total : scan->done, "keys");
	if (scan->total)
		snprintf(of, sizeof of, "%" PRIu64 " of about ", scan->done);
	/* a large one may be nearly all there is: no key is done then, but much of one */
	if (within_key(scan))
		snprintf(far, sizeof far, scan->total ? "after %s, within key %" PRIu64 " of about %" PRIu64
						      : "after %s, within key %" PRIu64, records.text, scan->done + 1,
						      scan->total);
	else
		snprintf(far, sizeof far, "after %s%s, %s", of, keys.text, records.text);
	if (tool_stopped) {
		report_note(&scan->run->report, "interrupted %s", far);
		return;
	}
	fail_system(&told, "%s, %s", error->message, far);
	run_error(scan->run, &told);
}

void scan_end(struct scan *scan, const struct error *error, uint64_t count, const char *unit)
{
	progress_end(&scan->progress);
	if (error->kind != ERROR_NONE)
		say_how_far(scan, error, count, unit);
}

void scan_close(struct scan *scan)
{
	plan_close(scan);
	read_close(scan);
	feeds_close(scan);
	keys_free(&scan->keys);
	rdb_close(&scan->rdb);
	free(scan->read);
	*scan = (struct scan){ 0 };
}
