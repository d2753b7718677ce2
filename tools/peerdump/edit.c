/* edit.c - changes of one key that are made only while it is as it was seen: look, decide, MULTI, EXEC */
#include "tools/peerdump/edit.h"

#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "text/escape.h"
#include "tools/peerdump/scan.h"

/* What a reply of kind REDIS_ERROR means for the attempt. */
static enum edit_outcome refused(struct edit *edit, const char *command, struct bytes words, struct error *error)
{
	scan_refused(edit->redis, command, words, error);
	return EDIT_FAILED;
}

/* ---- look */

static void queue_watch(struct edit *edit, struct bytes key, struct bytes other)
{
	const struct bytes words[] = { bytes_of("WATCH"), key, other };

	redis_queue(edit->redis, other.data && !edit->cluster ? 3 : 2, words);
}

static bool read_look(struct edit *edit, const char *command, double *score, struct bytes *refusal, struct error *error)
{
	struct redis_reply reply;
	const struct redis_item *item;

	if (!redis_read(edit->redis, &reply, error))
		return false;
	item = reply.items;
	*score = NAN;
	*refusal = bytes_at(NULL, 0);
	if (item->kind == REDIS_ERROR)
		*refusal = item->text;
	else if (item->kind == REDIS_INTEGER && item->integer)
		*score = 0;
	else if (item->kind == REDIS_STRING && !peer_score_parse(item->text, score))
		return fail_system(error, "%s: %s: an answer that is no score", redis_name(edit->redis), command);
	return true;
}

static const char *look_command(enum scan_read read)
{
	return read == SCAN_ZSET ? "ZSCORE" : "SISMEMBER";
}

static void queue_looks(struct edit *edit, struct bytes key, enum scan_read read, const struct bytes *members, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct bytes words[] = { bytes_of(look_command(read)), key, members[i] };

		redis_queue(edit->redis, 3, words);
	}
}

static enum edit_outcome read_looks(struct edit *edit, enum scan_read read, size_t count, double *scores, struct error *error)
{
	enum edit_outcome outcome = EDIT_DONE;
	struct bytes refusal;

	for (size_t i = 0; i < count; i++) {
		if (!read_look(edit, look_command(read), &scores[i], &refusal, error))
			return EDIT_FAILED;
		if (refusal.data && outcome == EDIT_DONE && !bytes_begin(refusal, "WRONGTYPE"))
			outcome = refused(edit, look_command(read), refusal, error);
	}
	return outcome;
}

enum edit_outcome edit_look(struct edit *edit, struct bytes key, struct bytes other, enum scan_read read,
			    const struct bytes *members, size_t count, double *scores, struct error *error)
{
	enum edit_outcome outcome;
	struct bytes refusal;
	struct error first = { 0 };
	double ignored;

	edit->queued = 0;
	queue_watch(edit, key, other);
	queue_looks(edit, key, read, members, count);
	if (!read_look(edit, "WATCH", &ignored, &refusal, error))
		return EDIT_FAILED;
	if (refusal.data)
		refused(edit, "WATCH", refusal, &first);
	outcome = read_looks(edit, read, count, scores, error);
	if (!refusal.data || outcome == EDIT_FAILED)
		return outcome;
	*error = first;
	return EDIT_FAILED;
}

bool edit_scores(struct edit *edit, struct bytes key, enum scan_read read, const struct bytes *members, size_t count,
		 double *scores, struct error *error)
{
	queue_looks(edit, key, read, members, count);
	return read_looks(edit, read, count, scores, error) == EDIT_DONE;
}

bool edit_exists(struct edit *edit, struct bytes key, bool *there, struct error *error)
{
	const struct bytes words[] = { bytes_of("EXISTS"), key };
	struct redis_reply reply;

	redis_queue(edit->redis, 2, words);
	if (!redis_read(edit->redis, &reply, error))
		return false;
	if (reply.items->kind == REDIS_ERROR)
		return scan_refused(edit->redis, "EXISTS", reply.items->text, error);
	*there = reply.items->kind != REDIS_INTEGER || reply.items->integer != 0;
	return true;
}

/* ---- commit */

void edit_queue(struct edit *edit, size_t count, const struct bytes *words)
{
	if (!edit->queued)
		redis_queue_text(edit->redis, "MULTI", NULL);
	edit->commands[edit->queued++] = (const char *)words[0].data;
	redis_queue(edit->redis, count, words);
}

/* What is said to MULTI and to each command behind it. The first refusal says why; EXEC will only say that there was one. */
static bool read_queued(struct edit *edit, enum edit_outcome *outcome, struct error *error)
{
	struct redis_reply reply;

	*outcome = EDIT_DONE;
	for (size_t i = 0; i <= edit->queued; i++) {
		if (!redis_read(edit->redis, &reply, error))
			return false;
		if (reply.items->kind == REDIS_ERROR && *outcome == EDIT_DONE)
			*outcome = refused(edit, i ? edit->commands[i - 1] : "MULTI", reply.items->text, error);
	}
	return true;
}

static enum edit_outcome take_exec(struct edit *edit, const struct redis_reply *reply, struct error *error)
{
	if (reply->items->kind == REDIS_ERROR)
		return refused(edit, "EXEC", reply->items->text, error);
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

static enum edit_outcome stop_watching(struct edit *edit, struct error *error)
{
	struct redis_reply reply;

	redis_queue_text(edit->redis, "UNWATCH", NULL);
	return redis_read(edit->redis, &reply, error) ? EDIT_DONE : EDIT_FAILED;
}

enum edit_outcome edit_commit(struct edit *edit, struct bytes key, uint64_t members, struct error *error)
{
	enum edit_outcome outcome;
	struct redis_reply reply;
	struct error refusal = { 0 };

	(void)key;
	if (!edit->queued)
		return stop_watching(edit, error);
	redis_queue_text(edit->redis, "EXEC", NULL);
	if (!read_queued(edit, &outcome, &refusal) || !redis_read(edit->redis, &reply, &refusal)) {
		edit->uncertain += members;
		*error = refusal;
		return EDIT_FAILED;
	}
	if (outcome == EDIT_DONE)
		outcome = take_exec(edit, &reply, &refusal);
	if (outcome == EDIT_FAILED)
		*error = refusal;
	edit->again += outcome == EDIT_CHANGED;
	return outcome;
}

bool edit_all(struct edit *edit, size_t total, enum edit_outcome (*part)(void *context, size_t first, size_t count, struct error *),
	      void *context, uint64_t *left, struct error *error)
{
	size_t size = EDIT_MEMBERS_MAX, tries = 0;

	(void)edit;
	for (size_t first = 0, count; first < total;) {
		count = total - first < size ? total - first : size;
		if (tool_stopped)
			return fail_system(error, "interrupted");
		switch (part(context, first, count, error)) {
		case EDIT_FAILED:
			return false;
		case EDIT_CHANGED:
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
	struct redis_reply reply;

	redis_queue(edit->redis, 3, words);
	if (!redis_read(edit->redis, &reply, error))
		return false;
	*bytes = reply.items->kind == REDIS_INTEGER && reply.items->integer >= 0 ? (uint64_t)reply.items->integer : COUNT_UNSET;
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
	report_detail(&run->report, "key %s: a text of 20 characters is hardly an info hash; passed over (name it, if it is)",
		      escape_brief(&brief, key->text));
	return false;
}

bool edit_open(struct edit *edit, struct run *run)
{
	const struct peerdump_options *options = run->options;
	int64_t ignored;

	*edit = (struct edit){ .run = run };
	edit->redis = peerdump_connect(run, options->torrents_db, &ignored);
	return edit->redis != NULL;
}

void edit_end(struct edit *edit, const char *done)
{
	struct count_text members, times;

	if (edit->uncertain)
		report_note(&edit->run->report, "%s more may have been %s or not: the answer never came",
			    count_print(&members, edit->uncertain, "members"), done);
	if (edit->again)
		report_detail(&edit->run->report, "begun again, as a key had changed: %s", count_print(&times, edit->again, "times"));
}

void edit_close(struct edit *edit)
{
	redis_close(edit->redis);
}
