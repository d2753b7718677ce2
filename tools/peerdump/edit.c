/* edit.c - changes of one key that are made only while it is as it was seen: look, decide, MULTI, EXEC */
#include "tools/peerdump/edit.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/number.h"
#include "io/redis_greet.h"
#include "text/escape.h"
#include "tools/peerdump/scan.h"

enum { WAIT_MAX_S = 86400 };	/* for somebody to take over from a lost node */

/* ---- where the key is */

/* What a reply of kind REDIS_ERROR means for the attempt. */
static enum edit_outcome refused(struct edit *edit, const char *command, struct bytes words, struct error *error)
{
	size_t node;

	switch (nodes_hint(&edit->nodes, words, &node)) {
	case NODES_MOVED:
		return EDIT_CHANGED;
	case NODES_ASK:		/* the other node has the slot for good in a moment: WATCH to EXEC is all for one */
	case NODES_AGAIN:
		edit->unsettled = true;
		return EDIT_CHANGED;
	case NODES_REFUSED:
		break;
	}
	scan_refused(edit->redis, command, words, error);
	return EDIT_FAILED;
}

/* The connection is lost. In a cluster somebody takes over; what was under way is looked at again there. */
static enum edit_outcome lost(struct edit *edit, const struct error *problem, struct error *error)
{
	const struct peerdump_options *options = edit->run->options;
	uint32_t timeout_s = options->timeout < WAIT_MAX_S ? (uint32_t)options->timeout : WAIT_MAX_S;
	struct error why = { 0 };

	if (!tool_stopped && edit->nodes.cluster && nodes_recover(&edit->nodes, edit->node, timeout_s * 1000, &why))
		return EDIT_CHANGED;
	*error = edit->nodes.cluster && why.kind != ERROR_NONE ? why : *problem;
	return EDIT_FAILED;
}

static enum edit_outcome find_key(struct edit *edit, struct bytes key, struct error *error)
{
	struct error problem = { 0 };

	edit->node = nodes_of(&edit->nodes, key);
	edit->unsettled = edit->node == NODES_NONE;
	if (edit->unsettled)
		return EDIT_CHANGED;
	edit->redis = nodes_redis(&edit->nodes, edit->node, &problem);
	return edit->redis ? EDIT_DONE : lost(edit, &problem, error);
}

/* Gives a cluster time to agree on who has what. */
static void settle(struct edit *edit)
{
	struct error ignored = { 0 };

	clock_pause_ms(NODES_PAUSE_MS);
	nodes_refresh(&edit->nodes, &ignored);
}

/* ---- look */

static const char *look_command(const struct edit_view *view)
{
	return view->read == SCAN_ZSET ? "ZSCORE" : "SISMEMBER";
}

static void queue_looks(struct edit *edit, const struct edit_view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct bytes words[] = { bytes_of(look_command(view)), view->key, view->members[i] };

		redis_queue(edit->redis, 3, words);
	}
}

/* Reads what is said to one command. The first refusal of several says why; replies behind it are read all the same. */
static bool read_answer(struct edit *edit, const char *command, struct redis_reply *reply, enum edit_outcome *outcome,
			struct error *error)
{
	struct error problem = { 0 };

	if (!redis_read(edit->redis, reply, &problem)) {
		if (*outcome != EDIT_FAILED)
			*outcome = lost(edit, &problem, error);
		return false;
	}
	if (reply->items->kind == REDIS_ERROR && *outcome == EDIT_DONE)
		*outcome = refused(edit, command, reply->items->text, error);
	return true;
}

/* A key of another type has no such member: WRONGTYPE is an answer. */
static bool read_score(struct edit *edit, const struct edit_view *view, double *score, enum edit_outcome *outcome,
		       struct error *error)
{
	enum edit_outcome said = EDIT_DONE;
	struct error problem = { 0 };
	struct redis_reply reply;
	bool answered = read_answer(edit, look_command(view), &reply, &said, &problem);
	const struct redis_item *item = answered ? reply.items : NULL;

	*score = NAN;
	if (answered && item->kind == REDIS_STRING && !peer_score_parse(item->text, score)) {
		fail_system(&problem, "%s: %s: an answer that is no score", redis_name(edit->redis), look_command(view));
		said = EDIT_FAILED;
	} else if (answered && item->kind == REDIS_INTEGER && item->integer) {
		*score = 0;
	} else if (answered && item->kind == REDIS_ERROR && bytes_begin(item->text, "WRONGTYPE")) {
		said = EDIT_DONE;
	}
	if (said != EDIT_DONE && (*outcome == EDIT_DONE || !answered)) {
		*outcome = said;
		*error = problem;
	}
	return answered;
}

static bool read_scores(struct edit *edit, const struct edit_view *view, enum edit_outcome *outcome, struct error *error)
{
	for (size_t i = 0; i < view->count; i++)
		if (!read_score(edit, view, &view->scores[i], outcome, error))
			return false;
	return true;
}

static bool ask_exists(struct edit *edit, struct bytes key, bool *there, struct error *error)
{
	const struct bytes words[] = { bytes_of("EXISTS"), key };
	struct redis_reply reply;

	if (!edit_ask(edit, 2, words, &reply, error))
		return false;
	*there = reply.items->kind != REDIS_INTEGER || reply.items->integer != 0;
	return true;
}

static void queue_view(struct edit *edit, const struct edit_view *view)
{
	const struct bytes words[] = { bytes_of("WATCH"), view->key, view->other };
	const struct bytes exists[] = { bytes_of("EXISTS"), view->other };
	bool both = view->other.data && !edit->nodes.cluster;

	redis_queue(edit->redis, both ? 3 : 2, words);
	if (both)
		redis_queue(edit->redis, 2, exists);
	queue_looks(edit, view);
	/* Not with the changes: were MULTI refused, each of them would be executed by itself. */
	redis_queue_text(edit->redis, "MULTI", NULL);
}

static enum edit_outcome forget(struct edit *edit, enum edit_outcome outcome, struct error *error)
{
	struct redis_reply reply;
	struct error problem = { 0 };

	redis_queue_text(edit->redis, "DISCARD", NULL);
	if (redis_read(edit->redis, &reply, &problem) || outcome == EDIT_FAILED)
		return outcome;
	return lost(edit, &problem, error);
}

static enum edit_outcome look(struct edit *edit, struct edit_view *view, struct error *error)
{
	enum edit_outcome outcome = EDIT_DONE;
	struct redis_reply reply;

	queue_view(edit, view);
	if (!read_answer(edit, "WATCH", &reply, &outcome, error))
		return outcome;
	if (view->other.data && !edit->nodes.cluster) {
		if (!read_answer(edit, "EXISTS", &reply, &outcome, error))
			return outcome;
		view->other_there = reply.items->kind != REDIS_INTEGER || reply.items->integer != 0;
	}
	if (!read_scores(edit, view, &outcome, error) || !read_answer(edit, "MULTI", &reply, &outcome, error))
		return outcome;
	return outcome == EDIT_DONE ? outcome : forget(edit, outcome, error);
}

enum edit_outcome edit_look(struct edit *edit, struct edit_view *view, struct error *error)
{
	enum edit_outcome outcome;

	edit->queued = 0;
	if (view->other.data && edit->nodes.cluster && !ask_exists(edit, view->other, &view->other_there, error))
		return EDIT_FAILED;
	outcome = find_key(edit, view->key, error);
	return outcome == EDIT_DONE ? look(edit, view, error) : outcome;
}

bool edit_scores(struct edit *edit, struct edit_view *view, struct error *error)
{
	enum edit_outcome outcome;

	for (size_t tries = 0; tries < EDIT_TRIES && !tool_stopped; tries++) {
		outcome = find_key(edit, view->key, error);
		if (outcome == EDIT_DONE) {
			queue_looks(edit, view);
			read_scores(edit, view, &outcome, error);
		}
		if (outcome != EDIT_CHANGED)
			return outcome == EDIT_DONE;
		if (edit->unsettled)
			settle(edit);
	}
	return fail_system(error, tool_stopped ? "interrupted" : "nobody serves the slot of a key");
}

/* ---- commit */

void edit_queue(struct edit *edit, size_t count, const struct bytes *words)
{
	edit->commands[edit->queued++] = (const char *)words[0].data;
	redis_queue(edit->redis, count, words);
}

static enum edit_outcome take_exec(struct edit *edit, const struct redis_reply *reply, struct error *error)
{
	if (reply->items->kind == REDIS_NIL)
		return EDIT_CHANGED;
	if (reply->items->kind != REDIS_ARRAY || reply->count != edit->queued + 1) {
		fail_system(error, "%s: EXEC: an answer of another shape than this command has", redis_name(edit->redis));
		return EDIT_FAILED;
	}
	for (size_t i = 1; i < reply->count; i++)
		if (reply->items[i].kind == REDIS_ERROR)
			return refused(edit, edit->commands[i - 1], reply->items[i].text, error);
	return EDIT_DONE;
}

enum edit_outcome edit_commit(struct edit *edit, uint64_t members, struct error *error)
{
	enum edit_outcome outcome = EDIT_DONE;
	struct redis_reply reply;
	bool answered = true;

	if (!edit->queued)
		return forget(edit, EDIT_DONE, error);
	redis_queue_text(edit->redis, "EXEC", NULL);
	for (size_t i = 0; answered && i < edit->queued; i++)
		answered = read_answer(edit, edit->commands[i], &reply, &outcome, error);
	if (!answered || !read_answer(edit, "EXEC", &reply, &outcome, error)) {
		edit->uncertain += members;
		return outcome;
	}
	if (outcome == EDIT_DONE)
		outcome = take_exec(edit, &reply, error);
	edit->again += outcome == EDIT_CHANGED && reply.items->kind == REDIS_NIL;
	return outcome;
}

bool edit_ask(struct edit *edit, size_t count, const struct bytes *words, struct redis_reply *reply, struct error *error)
{
	char text[REDIS_WORDS_ROOM];

	if (!nodes_ask(&edit->nodes, count, words, reply, error))
		return false;
	return reply->items->kind != REDIS_ERROR ||
	       fail_system(error, "%s: %s", (const char *)words[0].data, redis_print_words(text, reply->items->text));
}

bool edit_all(struct edit *edit, size_t total,
	      enum edit_outcome (*part)(void *context, size_t first, size_t count, struct error *), void *context,
	      uint64_t *left, struct error *error)
{
	size_t size = EDIT_MEMBERS_MAX, tries = 0;

	for (size_t first = 0, count; first < total;) {
		count = total - first < size ? total - first : size;
		if (tool_stopped)
			return fail_system(error, "interrupted");
		switch (part(context, first, count, error)) {
		case EDIT_FAILED:
			return false;
		case EDIT_CHANGED:
			if (edit->unsettled)
				settle(edit);
			else
				size = count > 4 ? count / 4 : 1;
			if (++tries < EDIT_TRIES)
				continue;
			*left += count;
			break;
		case EDIT_DONE:
			size = count * 4 < EDIT_MEMBERS_MAX ? count * 4 : EDIT_MEMBERS_MAX;
			break;
		}
		first += count;
		tries = 0;
	}
	return true;
}

/* ---- helpers, and the connection */

bool edit_memory(struct edit *edit, struct bytes key, uint64_t *bytes, struct error *error)
{
	const struct bytes words[] = { bytes_of("MEMORY"), bytes_of("USAGE"), key };
	enum edit_outcome outcome = find_key(edit, key, error);
	struct error problem = { 0 };
	struct redis_reply reply;

	*bytes = COUNT_UNSET;
	if (outcome == EDIT_DONE) {
		redis_queue(edit->redis, 3, words);
		if (!redis_read(edit->redis, &reply, &problem))
			outcome = lost(edit, &problem, error);
	}
	if (outcome != EDIT_DONE)
		return outcome == EDIT_CHANGED;
	if (reply.items->kind == REDIS_INTEGER && reply.items->integer >= 0)
		*bytes = (uint64_t)reply.items->integer;
	return true;
}

struct bytes edit_score(char text[EDIT_SCORE_ROOM], double score)
{
	return bytes_at(text, (size_t)snprintf(text, EDIT_SCORE_ROOM, "%.17g", score));
}

void edit_complain(struct edit *edit, struct bytes key, uint64_t left)
{
	struct error error = { 0 };
	struct count_text members;
	struct brief name;

	fail_input(&error, ERROR_NOWHERE, "key %s: it changed at each of %d tries; %s left as they were",
		   escape_brief(&name, key), EDIT_TRIES, count_print(&members, left, "members"));
	run_error(edit->run, &error);
}

bool edit_ours(struct run *run, const struct scan_key *key)
{
	struct brief brief;

	if (key->class != SCAN_OLD_RAW || run->word_count)
		return true;
	for (size_t i = 0; i < key->text.size; i++)
		if (key->text.data[i] < ' ' || key->text.data[i] >= 0x7f)
			return true;
	report_detail(&run->report, "key %s: a text of 20 characters is hardly an info hash; "
		      "passed over (name it, if it is)", escape_brief(&brief, key->text));
	return false;
}

bool edit_open(struct edit *edit, struct run *run)
{
	int64_t ignored;

	*edit = (struct edit){ .run = run };
	return peerdump_nodes(run, DATABASE_TORRENTS, &edit->nodes, &ignored);
}

void edit_end(struct edit *edit, const char *done)
{
	struct count_text members, times;

	if (edit->uncertain)
		report_note(&edit->run->report, "%s more may have been %s or not: the answer never came",
			    count_print(&members, edit->uncertain, "members"), done);
	if (edit->again)
		report_detail(&edit->run->report, "begun again, as a key had changed: %s",
			      count_print(&times, edit->again, "times"));
}

void edit_close(struct edit *edit)
{
	nodes_close(&edit->nodes);
}
