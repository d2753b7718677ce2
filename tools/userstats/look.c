/* look.c - saved looks at Redis: files of look, peer and member lines, read as they come */
#include "tools/userstats/look.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/order.h"
#include "base/room.h"
#include "cli/lines.h"

struct reading_look {
	struct looks *looks;
	struct lines lines;
	uint64_t time, window, peer_hash, port, passkey, member_hash;	/* bits of what must be there */
	bool begun;		/* the file has a look line */
	uint64_t stray;		/* lines above it */
};

/* ---- the look line */

static void add_span(struct looks *looks, const struct look_line *line)
{
	/* so that no sum of them overflows, whatever a file says */
	const int64_t most_s = INT64_MAX / 4 / 1000000, most_us = most_s * 1000000;
	int64_t to = line->time.us < 0 ? 0 : line->time.us < most_us ? line->time.us : most_us;
	int64_t window = line->window < (uint64_t)most_s ? (int64_t)line->window : most_s;

	looks->spans = room_for(looks->spans, &looks->room, looks->count + 1, sizeof *looks->spans);
	looks->spans[looks->count++] = (struct look_span){ to - window * 1000000, to };
	if (looks->first.us == TIME_UNSET || to < looks->first.us)
		looks->first.us = to;
	if (looks->last.us == TIME_UNSET || to > looks->last.us)
		looks->last.us = to;
}

static int compare_spans(const void *a, const void *b)
{
	const struct look_span *left = a, *right = b;

	return order_signed(left->from_us, right->from_us);
}

/* What lies in several windows counts once. */
int64_t looks_covered(const struct looks *looks, int64_t from_us, int64_t to_us)
{
	int64_t covered = 0, seen = from_us;

	for (size_t i = 0; i < looks->count; i++) {
		int64_t from = looks->spans[i].from_us, to = looks->spans[i].to_us;

		if (from < seen)
			from = seen;
		if (to > to_us)
			to = to_us;
		if (to > from)
			covered += to - from;
		if (to > seen)
			seen = to;
	}
	return covered;
}

static uint64_t count_covered(struct looks *looks)
{
	if (looks->count)
		qsort(looks->spans, looks->count, sizeof *looks->spans, compare_spans);
	return ((uint64_t)looks_covered(looks, INT64_MIN, INT64_MAX) + 500000) / 1000000;
}

/* ---- what is between two of them */

static void complain(struct reading_look *reading, const char *file, struct error *error)
{
	report_error(&reading->looks->run->report, (struct place){ .file = file }, error);
}

/* Whether as much came as the look said. More of it is no fault: somebody may have added lines. */
static void end_look(struct reading_look *reading, const char *file)
{
	const struct looks *looks = reading->looks;
	struct error error = { 0 };

	if (!reading->begun || tool_stopped)
		return;
	if (looks->said.entries != COUNT_UNSET && looks->entries < looks->said.entries)
		fail_input(&error, ERROR_NOWHERE, "cut short: %" PRIu64 " of %" PRIu64 " peer lines", looks->entries,
			   looks->said.entries);
	else if (looks->said.pairs != COUNT_UNSET && looks->pairs < looks->said.pairs)
		fail_input(&error, ERROR_NOWHERE, "cut short: %" PRIu64 " of %" PRIu64 " member lines", looks->pairs,
			   looks->said.pairs);
	if (error.kind != ERROR_NONE)
		complain(reading, file, &error);
}

static void take_look(struct reading_look *reading, const struct reading *line, const char *file)
{
	struct looks *looks = reading->looks;
	struct error error = { 0 };

	if (!(line->present & reading->time) || !(line->present & reading->window)) {
		fail_input(&error, ERROR_NOWHERE, "a look without %s", line->present & reading->time ? "window" : "time");
		lines_error(&reading->lines, &error);
		return;
	}
	if (reading->begun) {
		fail_input(&error, ERROR_NOWHERE, "a second look line in one file: what follows is taken as another look");
		lines_error(&reading->lines, &error);
		end_look(reading, file);
	}
	reading->begun = true;
	looks->said = *(const struct look_line *)line->value;
	looks->entries = looks->pairs = 0;
	add_span(looks, &looks->said);
	if (looks->look)
		looks->look(looks->context, looks->count - 1, &looks->said);
}

static void take_peer(struct reading_look *reading, const struct reading *line)
{
	struct looks *looks = reading->looks;
	struct error error = { 0 };

	if (!(line->present & reading->peer_hash) || !(line->present & reading->port)) {
		fail_input(&error, ERROR_NOWHERE, "a peer without %s", line->present & reading->port ? "info_hash" : "port");
		lines_error(&reading->lines, &error);
		return;
	}
	looks->entries++;
	if (looks->peer)
		looks->peer(looks->context, line->value);
}

static void take_member(struct reading_look *reading, const struct reading *line)
{
	struct looks *looks = reading->looks;
	struct error error = { 0 };

	if (!(line->present & reading->member_hash) || !(line->present & reading->passkey)) {
		fail_input(&error, ERROR_NOWHERE, "a member without %s",
			   line->present & reading->passkey ? "info_hash" : "passkey");
		lines_error(&reading->lines, &error);
		return;
	}
	looks->pairs++;
	if (looks->member)
		looks->member(looks->context, line->value);
}

static void take(struct reading_look *reading, const struct reading *line, const char *file)
{
	if (line->record == &look_record)
		take_look(reading, line, file);
	else if (!reading->begun)
		reading->stray++;
	else if (line->record == &peer_record)
		take_peer(reading, line);
	else
		take_member(reading, line);
}

static void read_file(struct reading_look *reading, const char *file)
{
	static const struct record *const targets[] = { &look_record, &peer_record, &member_record, NULL };
	struct reading line;
	struct error error = { 0 };
	struct count_text text;
	char *name = (char *)(uintptr_t)file;
	uint64_t bad = reading->looks->run->report.bad + reading->looks->run->report.failed;

	reading->begun = false;
	reading->stray = 0;
	lines_open(&reading->lines, reading->looks->run, 1, &name, targets, NULL, false);
	while (lines_next(&reading->lines, &line))
		take(reading, &line, file);
	lines_close(&reading->lines);
	end_look(reading, file);
	if (tool_stopped)
		return;
	if (reading->stray)
		fail_input(&error, ERROR_NOWHERE, "no look line above its first %s, left out: nobody knows when that was",
			   count_print(&text, reading->stray, "lines"));
	else if (!reading->begun && bad == reading->looks->run->report.bad + reading->looks->run->report.failed)
		fail_input(&error, ERROR_NOWHERE, "no look line in it");
	if (error.kind != ERROR_NONE)
		complain(reading, file, &error);
}

bool looks_once(struct run *run, size_t count, const char *const *files)
{
	struct error error = { 0 };
	size_t stdins = 0;

	for (size_t i = 0; i < count; i++)
		stdins += !strcmp(files[i], "-");
	if (stdins < 2)
		return true;
	fail_usage(&error, "stdin (-) is named %zu times, and can be read once", stdins);
	run_error(run, &error);
	return false;
}

bool looks_read(struct looks *looks, size_t count, const char *const *files)
{
	struct reading_look reading = {
		.looks = looks, .time = reading_bit(&look_record, "time"), .window = reading_bit(&look_record, "window"),
		.peer_hash = reading_bit(&peer_record, "info_hash"), .port = reading_bit(&peer_record, "port"),
		.passkey = reading_bit(&member_record, "passkey"), .member_hash = reading_bit(&member_record, "info_hash"),
	};

	looks->first.us = looks->last.us = TIME_UNSET;
	if (!looks_once(looks->run, count, files))
		return false;
	for (size_t i = 0; i < count && !tool_stopped; i++)
		read_file(&reading, files[i]);
	looks->window = count_covered(looks);
	return looks->count && !tool_stopped;
}

void looks_free(struct looks *looks)
{
	free(looks->spans);
	looks->spans = NULL;
}
