/* watch.c - one look at the stores, or with --watch one after the other: what is new, changed or gone in each is marked */
#include "tools/userstats/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "cli/screen.h"
#include "cli/table.h"
#include "text/reader.h"
#include "text/time.h"
#include "tools/userstats/records.h"

enum {
	WAIT_MS = 250,			/* a signal that comes just before a wait is noticed after that */
	PICTURE_MAX = 256 << 10,	/* bytes of a table that are kept for drawing: more than any screen shows */
	PICTURE_ABOVE = 2,		/* lines above the rows: what is watched, and the names of the columns */
	CHANGES = CHANGE_GONE + 1,
};

static const char marks[CHANGES] = { [CHANGE_NONE] = ' ', [CHANGE_NEW] = '+', [CHANGE_CHANGED] = '*', [CHANGE_GONE] = '-' };

/* The rows of one look: their lines, one after the other, and where each begins, by what names it. */
struct rows {
	struct buf lines;
	struct table places;
	bool full;
};

struct watch {
	struct run *run;
	struct names *names;
	const struct watch_of *of;
	size_t change;			/* where a record has it */
	size_t ignored;			/* cell of a line; 0, that of the type: none */
	struct writer writer;		/* of the lines, */
	struct reader reader;		/* and back, for what is gone */
	struct buf line;
	struct rows before, now;
	bool compared;			/* there is a look before */
	uint64_t taken, failed;		/* failed ones are not compared */
	uint64_t rows;			/* of this look */
	uint64_t changes[CHANGES], all_changes[CHANGES];
	struct arena memory;		/* what a look takes, in run->memory meanwhile */
	int64_t began_us, interval_us;
	bool told_full;
	/* a picture on the terminal */
	bool draws;
	struct screen screen;
	struct buf picture;		/* the lines of the table */
	struct buf drawn_marks;		/* of each of its rows */
	char title[160];
};

/* ---- rows as lines */

static const uint8_t *cell_end(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *tab = memchr(at, '\t', (size_t)(end - at));

	return tab ? tab : end;
}

/* The type and the columns that name the row. */
static struct bytes key_of(const struct watch *watch, struct bytes line)
{
	const uint8_t *end = line.data + line.size, *at = cell_end(line.data, end);

	for (size_t i = 0; i < watch->of->keys && at < end; i++)
		at = cell_end(at + 1, end);
	return bytes_at(line.data, (size_t)(at - line.data));
}

static bool same(const struct watch *watch, struct bytes a, struct bytes b)
{
	const uint8_t *at = a.data, *a_end = a.data + a.size, *bt = b.data, *b_end = b.data + b.size;

	if (!watch->ignored)
		return bytes_equal(a, b);
	for (size_t i = 0; at < a_end && bt < b_end; i++) {
		const uint8_t *a_next = cell_end(at, a_end), *b_next = cell_end(bt, b_end);

		if (i != watch->ignored &&
		    !bytes_equal(bytes_at(at, (size_t)(a_next - at)), bytes_at(bt, (size_t)(b_next - bt))))
			return false;
		at = a_next + 1;
		bt = b_next + 1;
	}
	return true;
}

static struct bytes line_of(struct watch *watch, const void *record)
{
	size_t room = writer_room(&watch->writer, record);

	watch->line.size = 0;
	buf_reserve(&watch->line, room);
	return bytes_at(watch->line.data, (size_t)((uint8_t *)writer_put(&watch->writer, (char *)watch->line.data, record) -
						   watch->line.data));
}

/* The line that begins there, with its newline. */
static struct bytes line_at(const struct rows *rows, size_t place)
{
	const uint8_t *at = rows->lines.data + place, *end = memchr(at, '\n', rows->lines.size - place);

	return bytes_at(at, (size_t)(end - at) + 1);
}

static void rows_clear(struct rows *rows)
{
	rows->lines.size = 0;
	rows->full = false;
	table_clear(&rows->places);
}

static void tell_full(struct watch *watch)
{
	watch->now.full = true;
	if (!watch->told_full)
		report_note(&watch->run->report, "too many rows to keep: those after the first %zu are not compared",
			    watch->now.places.count);
	watch->told_full = true;
}

/* Keeps the row; what it is against the look before. */
static enum change compare(struct watch *watch, struct bytes line)
{
	struct bytes key = key_of(watch, line);
	const struct table_entry *before;
	struct table_entry *entry;
	bool added = false;

	if (watch->now.full || watch->now.lines.size + line.size > WATCH_BYTES_MAX) {
		tell_full(watch);
		return CHANGE_NONE;
	}
	entry = table_add(&watch->now.places, key, &added);
	if (!entry)
		tell_full(watch);
	if (!added)
		return CHANGE_NONE;
	entry->count = watch->now.lines.size;
	buf_append(&watch->now.lines, line.data, line.size);
	if (!watch->compared)
		return CHANGE_NONE;
	before = table_find(&watch->before.places, key);
	if (!before)
		return watch->before.full ? CHANGE_NONE : CHANGE_NEW;
	return same(watch, line, line_at(&watch->before, before->count)) ? CHANGE_NONE : CHANGE_CHANGED;
}

/* ---- printing */

/* What was printed of the table goes into the picture. */
static void collect(struct watch *watch)
{
	struct buf *out = &watch->run->output.buf;

	if (watch->picture.size < PICTURE_MAX)
		buf_append(&watch->picture, out->data, out->size);
	out->size = 0;
}

static bool put(struct watch *watch, void *record, enum change change)
{
	struct output *output = &watch->run->output;
	uint64_t passed = output->select.passed;
	bool wanted;

	*((uint8_t *)record + watch->change) = (uint8_t)change;
	watch->changes[change]++;
	watch->rows += change != CHANGE_GONE;
	wanted = output_put(output, record);
	if (!watch->draws)
		return wanted;
	if (output->select.passed > passed && watch->drawn_marks.size < PICTURE_MAX)
		buf_byte(&watch->drawn_marks, (uint8_t)marks[change]);
	collect(watch);
	return wanted;
}

bool watch_put(struct stores *stores, void *record)
{
	struct watch *watch = stores->watch;

	if (!watch)
		return output_put(&stores->run->output, record);
	*((uint8_t *)record + watch->change) = CHANGE_NONE;
	return put(watch, record, stores->lost ? CHANGE_NONE : compare(watch, line_of(watch, record)));
}

/* In their order of the look before. */
static void put_gone(struct watch *watch)
{
	const struct buf *lines = &watch->before.lines;
	struct bytes line;

	for (size_t at = 0; at < lines->size && !watch->run->output.ended; at += line.size) {
		struct error error = { 0 };
		struct reading reading;

		line = line_at(&watch->before, at);
		if (table_find(&watch->now.places, key_of(watch, line)))
			continue;
		if (reader_line(&watch->reader, bytes_at(line.data, line.size - 1), &reading, &error) == READER_RECORD)
			put(watch, reading.value, CHANGE_GONE);
		else
			run_error(watch->run, &error);
	}
}

/* ---- the picture */

static void draw(struct watch *watch)
{
	struct screen *screen = &watch->screen;
	const char *complaint = screen_complaint(screen);
	struct bytes rest = buf_bytes(&watch->picture);
	size_t row = 0, shown;

	screen_begin(screen);
	screen_line(screen, "%s", watch->title);
	shown = screen->height > PICTURE_ABOVE + 1u ? screen->height - PICTURE_ABOVE - 1 : 0;
	for (; rest.data && rest.size && row <= shown; row++) {
		struct bytes line = bytes_split(rest, '\n', &rest);
		char mark = row && row <= watch->drawn_marks.size ? (char)watch->drawn_marks.data[row - 1] : ' ';

		screen_line(screen, "%c %.*s", mark, (int)line.size, (const char *)line.data);
	}
	if (*complaint)
		screen_line(screen, "%s", complaint);
	else if (watch->drawn_marks.size > shown)
		screen_line(screen, "... %zu more", watch->drawn_marks.size - shown);
	screen_show(screen, &watch->run->output);
}

/* ---- one look */

static void say_look(struct watch *watch, bool whole)
{
	struct report *report = &watch->run->report;
	char time[TIME_ROOM], text[sizeof watch->title];
	struct count_text rows;
	const char *words = watch->run->verb->name;

	*time_print_iso(time, clock_real_us() / 1000000 * 1000000) = 0;
	count_print(&rows, watch->rows, "rows");
	if (!whole)
		snprintf(text, sizeof text, "%s, %s: %s; not compared, because something is missing", words, time,
			 rows.text);
	else if (watch->compared)
		snprintf(text, sizeof text, "%s, %s: %s, %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64 " gone", words,
			 time, rows.text, watch->changes[CHANGE_NEW], watch->changes[CHANGE_CHANGED],
			 watch->changes[CHANGE_GONE]);
	else
		snprintf(text, sizeof text, "%s, %s: %s; looking again every %" PRIi64 " s", words, time, rows.text,
			 watch->interval_us / 1000000);
	memcpy(watch->title, text, sizeof text);
	if (!watch->draws)
		report_note(report, "%s", text);
}

/* A look of all stores becomes the one before. */
static void end_look(struct watch *watch, bool whole)
{
	if (whole && watch->compared && !watch->now.full)
		put_gone(watch);
	if (watch->run->output.table && !watch->run->output.top)
		output_end_table(&watch->run->output);
	if (watch->draws)
		collect(watch);
	output_flush(&watch->run->output);
	if (tool_stopped || watch->run->output.ended)
		return;
	say_look(watch, whole);
	if (watch->draws)
		draw(watch);
	for (size_t i = 0; i < CHANGES; i++)
		watch->all_changes[i] += watch->changes[i];
	if (whole) {
		struct rows before = watch->before;

		watch->before = watch->now;
		watch->now = before;
		watch->compared = true;
	} else {
		watch->failed++;
	}
	rows_clear(&watch->now);
}

/* What there is to note of the connections was noted at the first look, and that they fail now is no reason to end. */
static bool open_anew(struct watch *watch, struct stores *stores, unsigned needed)
{
	struct report *report = &watch->run->report;
	bool quiet = report->quiet, opened;
	uint64_t failed = report->failed;

	report->quiet |= watch->taken && !report->verbose;
	opened = stores_open(stores, watch->run, watch->of->wanted, needed);
	report->quiet = quiet;
	stores->watch = watch;
	if (!opened && watch->taken) {
		report->bad += report->failed - failed;
		report->failed = failed;
	}
	return opened;
}

/* False: watching makes no sense any more. */
static bool take_look(struct watch *watch, unsigned needed)
{
	struct run *run = watch->run;
	struct arena memory = run->memory;
	struct stores stores;
	bool opened;

	run->memory = watch->memory;
	watch->began_us = clock_monotonic_us();
	watch->rows = 0;
	memset(watch->changes, 0, sizeof watch->changes);
	watch->picture.size = watch->drawn_marks.size = 0;
	for (size_t i = 0; i < watch->names->count; i++)
		watch->names->names[i].found = false;
	opened = open_anew(watch, &stores, needed);
	if (opened) {
		watch->of->look(&stores, watch->names);
		stores_close(&stores);
	}
	if (opened || watch->taken)
		end_look(watch, opened && !stores.lost && !tool_stopped && !run->output.ended);
	watch->taken += opened;
	watch->memory = run->memory;
	arena_reset(&watch->memory);
	run->memory = memory;
	return watch->taken;
}

/* ---- look after look */

/* Until it is time for the next look. */
static void wait_next(struct watch *watch)
{
	int64_t left_us;

	while (!tool_stopped && (left_us = watch->began_us + watch->interval_us - clock_monotonic_us()) > 0) {
		output_wait(&watch->run->output, left_us / 1000 < WAIT_MS ? (int)(left_us / 1000) + 1 : WAIT_MS);
		if (watch->draws && screen_changed())
			draw(watch);
	}
}

static bool open_watch(struct watch *watch)
{
	static const struct writer_options lines = { .format = WRITER_LINES };
	const struct record *record = watch->run->record, *const targets[] = { record, NULL };
	const struct field *ignored = watch->of->ignored ? record_find(record, bytes_of(watch->of->ignored)) : NULL;
	struct error error = { 0 };

	if (!writer_init(&watch->writer, record, &lines, &error)) {
		run_error(watch->run, &error);
		return false;
	}
	reader_init(&watch->reader, targets, NULL, NULL);
	watch->change = record_find(record, bytes_of("change"))->offset;
	watch->ignored = ignored ? (size_t)(ignored - record->fields) + 1 : 0;
	watch->before.places.limit = watch->now.places.limit = WATCH_ROWS_MAX;
	watch->run->interruptible = true;
	return true;
}

static void close_watch(struct watch *watch)
{
	struct count_text taken;

	if (watch->draws)
		screen_close(&watch->screen, &watch->run->output);
	if (watch->taken)
		report_note(&watch->run->report,
			    "%s, %" PRIu64 " not compared: %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64 " gone",
			    count_print(&taken, watch->taken, "looks"), watch->failed, watch->all_changes[CHANGE_NEW],
			    watch->all_changes[CHANGE_CHANGED], watch->all_changes[CHANGE_GONE]);
	table_free(&watch->before.places);
	table_free(&watch->now.places);
	buf_free(&watch->before.lines);
	buf_free(&watch->now.lines);
	buf_free(&watch->line);
	buf_free(&watch->picture);
	buf_free(&watch->drawn_marks);
	arena_free(&watch->memory);
	reader_free(&watch->reader);
	writer_free(&watch->writer);
}

static void watch_looks(struct watch *watch, unsigned needed)
{
	struct output *output = &watch->run->output;

	if (!open_watch(watch))
		return;
	/* what --top counts is printed at the end, and there is nothing to draw before */
	watch->draws = output->table && !output->top && isatty(STDOUT_FILENO);
	if (watch->draws)
		screen_open(&watch->screen, output);
	while (!tool_stopped && take_look(watch, needed) && !output->ended)
		wait_next(watch);
	close_watch(watch);
}

void watch_run(struct run *run, struct names *names, const struct watch_of *of, unsigned needed)
{
	const struct userstats_options *options = run->options;
	const uint64_t longest = INT32_MAX;	/* 68 years, whose microseconds are a number */
	struct watch watch = {
		.run = run, .names = names, .of = of,
		.interval_us = (int64_t)(options->watch < longest ? options->watch : longest) * 1000000,
	};
	struct stores stores;

	if (options->watch) {
		watch_looks(&watch, needed);
		return;
	}
	if (stores_open(&stores, run, of->wanted, needed)) {
		of->look(&stores, names);
		stores_close(&stores);
	}
}
