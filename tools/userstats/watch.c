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

struct looks {
	struct run *run;
	struct names *names;
	const struct looks_of *of;
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
static struct bytes key_of(const struct looks *looks, struct bytes line)
{
	const uint8_t *end = line.data + line.size, *at = cell_end(line.data, end);

	for (size_t i = 0; i < looks->of->keys && at < end; i++)
		at = cell_end(at + 1, end);
	return bytes_at(line.data, (size_t)(at - line.data));
}

static bool same(const struct looks *looks, struct bytes a, struct bytes b)
{
	const uint8_t *at = a.data, *a_end = a.data + a.size, *bt = b.data, *b_end = b.data + b.size;

	if (!looks->ignored)
		return bytes_equal(a, b);
	for (size_t i = 0; at < a_end && bt < b_end; i++) {
		const uint8_t *a_next = cell_end(at, a_end), *b_next = cell_end(bt, b_end);

		if (i != looks->ignored &&
		    !bytes_equal(bytes_at(at, (size_t)(a_next - at)), bytes_at(bt, (size_t)(b_next - bt))))
			return false;
		at = a_next + 1;
		bt = b_next + 1;
	}
	return true;
}

static struct bytes line_of(struct looks *looks, const void *record)
{
	size_t room = writer_room(&looks->writer, record);

	looks->line.size = 0;
	buf_reserve(&looks->line, room);
	return bytes_at(looks->line.data, (size_t)((uint8_t *)writer_put(&looks->writer, (char *)looks->line.data, record) -
						   looks->line.data));
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

static void tell_full(struct looks *looks)
{
	looks->now.full = true;
	if (!looks->told_full)
		report_note(&looks->run->report, "too many rows to keep: those after the first %zu are not compared",
			    looks->now.places.count);
	looks->told_full = true;
}

/* Keeps the row; what it is against the look before. */
static enum change compare(struct looks *looks, struct bytes line)
{
	struct bytes key = key_of(looks, line);
	const struct table_entry *before;
	struct table_entry *entry;
	bool added = false;

	if (looks->now.full || looks->now.lines.size + line.size > LOOKS_BYTES_MAX) {
		tell_full(looks);
		return CHANGE_NONE;
	}
	entry = table_add(&looks->now.places, key, &added);
	if (!entry)
		tell_full(looks);
	if (!added)
		return CHANGE_NONE;
	entry->count = looks->now.lines.size;
	buf_append(&looks->now.lines, line.data, line.size);
	if (!looks->compared)
		return CHANGE_NONE;
	before = table_find(&looks->before.places, key);
	if (!before)
		return looks->before.full ? CHANGE_NONE : CHANGE_NEW;
	return same(looks, line, line_at(&looks->before, before->count)) ? CHANGE_NONE : CHANGE_CHANGED;
}

/* ---- printing */

/* What was printed of the table goes into the picture. */
static void collect(struct looks *looks)
{
	struct buf *out = &looks->run->output.buf;

	if (looks->picture.size < PICTURE_MAX)
		buf_append(&looks->picture, out->data, out->size);
	out->size = 0;
}

static bool put(struct looks *looks, void *record, enum change change)
{
	struct output *output = &looks->run->output;
	uint64_t passed = output->select.passed;
	bool wanted;

	*((uint8_t *)record + looks->change) = (uint8_t)change;
	looks->changes[change]++;
	looks->rows += change != CHANGE_GONE;
	wanted = output_put(output, record);
	if (!looks->draws)
		return wanted;
	if (output->select.passed > passed && looks->drawn_marks.size < PICTURE_MAX)
		buf_byte(&looks->drawn_marks, (uint8_t)marks[change]);
	collect(looks);
	return wanted;
}

bool looks_put(struct stores *stores, void *record)
{
	struct looks *looks = stores->looks;

	if (!looks)
		return output_put(&stores->run->output, record);
	*((uint8_t *)record + looks->change) = CHANGE_NONE;
	return put(looks, record, stores->lost ? CHANGE_NONE : compare(looks, line_of(looks, record)));
}

/* In their order of the look before. */
static void put_gone(struct looks *looks)
{
	const struct buf *lines = &looks->before.lines;
	struct bytes line;

	for (size_t at = 0; at < lines->size && !looks->run->output.ended; at += line.size) {
		struct error error = { 0 };
		struct reading reading;

		line = line_at(&looks->before, at);
		if (table_find(&looks->now.places, key_of(looks, line)))
			continue;
		if (reader_line(&looks->reader, bytes_at(line.data, line.size - 1), &reading, &error) == READER_RECORD)
			put(looks, reading.value, CHANGE_GONE);
		else
			run_error(looks->run, &error);
	}
}

/* ---- the picture */

static void draw(struct looks *looks)
{
	struct screen *screen = &looks->screen;
	const char *complaint = screen_complaint(screen);
	struct bytes rest = buf_bytes(&looks->picture);
	size_t row = 0, shown;

	screen_begin(screen);
	screen_line(screen, "%s", looks->title);
	shown = screen->height > PICTURE_ABOVE + 1u ? screen->height - PICTURE_ABOVE - 1 : 0;
	for (; rest.data && rest.size && row <= shown; row++) {
		struct bytes line = bytes_split(rest, '\n', &rest);
		char mark = row && row <= looks->drawn_marks.size ? (char)looks->drawn_marks.data[row - 1] : ' ';

		screen_line(screen, "%c %.*s", mark, (int)line.size, (const char *)line.data);
	}
	if (*complaint)
		screen_line(screen, "%s", complaint);
	else if (looks->drawn_marks.size > shown)
		screen_line(screen, "... %zu more", looks->drawn_marks.size - shown);
	screen_show(screen, &looks->run->output);
}

/* ---- one look */

static void say_look(struct looks *looks, bool whole)
{
	struct report *report = &looks->run->report;
	char time[TIME_ROOM], text[sizeof looks->title];
	struct count_text rows;
	const char *words = looks->run->verb->name;

	*time_print_iso(time, clock_real_us() / 1000000 * 1000000) = 0;
	count_print(&rows, looks->rows, "rows");
	if (!whole)
		snprintf(text, sizeof text, "%s, %s: %s; not compared, because something is missing", words, time,
			 rows.text);
	else if (looks->compared)
		snprintf(text, sizeof text, "%s, %s: %s, %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64 " gone", words,
			 time, rows.text, looks->changes[CHANGE_NEW], looks->changes[CHANGE_CHANGED],
			 looks->changes[CHANGE_GONE]);
	else
		snprintf(text, sizeof text, "%s, %s: %s; looking again every %" PRIi64 " s", words, time, rows.text,
			 looks->interval_us / 1000000);
	memcpy(looks->title, text, sizeof text);
	if (!looks->draws)
		report_note(report, "%s", text);
}

/* A look of all stores becomes the one before. */
static void end_look(struct looks *looks, bool whole)
{
	if (whole && looks->compared && !looks->now.full)
		put_gone(looks);
	if (looks->run->output.table && !looks->run->output.top)
		output_end_table(&looks->run->output);
	if (looks->draws)
		collect(looks);
	output_flush(&looks->run->output);
	if (tool_stopped || looks->run->output.ended)
		return;
	say_look(looks, whole);
	if (looks->draws)
		draw(looks);
	for (size_t i = 0; i < CHANGES; i++)
		looks->all_changes[i] += looks->changes[i];
	if (whole) {
		struct rows before = looks->before;

		looks->before = looks->now;
		looks->now = before;
		looks->compared = true;
	} else {
		looks->failed++;
	}
	rows_clear(&looks->now);
}

/* What there is to note of the connections was noted at the first look, and that they fail now is no reason to end. */
static bool open_anew(struct looks *looks, struct stores *stores, unsigned needed)
{
	struct report *report = &looks->run->report;
	bool quiet = report->quiet, opened;
	uint64_t failed = report->failed;

	report->quiet |= looks->taken && !report->verbose;
	opened = stores_open(stores, looks->run, looks->of->wanted, needed);
	report->quiet = quiet;
	stores->looks = looks;
	if (!opened && looks->taken) {
		report->bad += report->failed - failed;
		report->failed = failed;
	}
	return opened;
}

/* False: watching makes no sense any more. */
static bool take_look(struct looks *looks, unsigned needed)
{
	struct run *run = looks->run;
	struct arena memory = run->memory;
	struct stores stores;
	bool opened;

	run->memory = looks->memory;
	looks->began_us = clock_monotonic_us();
	looks->rows = 0;
	memset(looks->changes, 0, sizeof looks->changes);
	looks->picture.size = looks->drawn_marks.size = 0;
	for (size_t i = 0; i < looks->names->count; i++)
		looks->names->names[i].found = false;
	opened = open_anew(looks, &stores, needed);
	if (opened) {
		looks->of->look(&stores, looks->names);
		stores_close(&stores);
	}
	if (opened || looks->taken)
		end_look(looks, opened && !stores.lost && !tool_stopped && !run->output.ended);
	looks->taken += opened;
	looks->memory = run->memory;
	arena_reset(&looks->memory);
	run->memory = memory;
	return looks->taken;
}

/* ---- look after look */

/* Until it is time for the next look. */
static void wait_next(struct looks *looks)
{
	int64_t left_us;

	while (!tool_stopped && (left_us = looks->began_us + looks->interval_us - clock_monotonic_us()) > 0) {
		output_wait(&looks->run->output, left_us / 1000 < WAIT_MS ? (int)(left_us / 1000) + 1 : WAIT_MS);
		if (looks->draws && screen_changed())
			draw(looks);
	}
}

static bool open_looks(struct looks *looks)
{
	static const struct writer_options lines = { .format = WRITER_LINES };
	const struct record *record = looks->run->record, *const targets[] = { record, NULL };
	const struct field *ignored = looks->of->ignored ? record_find(record, bytes_of(looks->of->ignored)) : NULL;
	struct error error = { 0 };

	if (!writer_init(&looks->writer, record, &lines, &error)) {
		run_error(looks->run, &error);
		return false;
	}
	reader_init(&looks->reader, targets, NULL, NULL);
	looks->change = record_find(record, bytes_of("change"))->offset;
	looks->ignored = ignored ? (size_t)(ignored - record->fields) + 1 : 0;
	looks->before.places.limit = looks->now.places.limit = LOOKS_ROWS_MAX;
	looks->run->interruptible = true;
	return true;
}

static void close_looks(struct looks *looks)
{
	struct count_text taken;

	if (looks->draws)
		screen_close(&looks->screen, &looks->run->output);
	if (looks->taken)
		report_note(&looks->run->report,
			    "%s, %" PRIu64 " not compared: %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64 " gone",
			    count_print(&taken, looks->taken, "looks"), looks->failed, looks->all_changes[CHANGE_NEW],
			    looks->all_changes[CHANGE_CHANGED], looks->all_changes[CHANGE_GONE]);
	table_free(&looks->before.places);
	table_free(&looks->now.places);
	buf_free(&looks->before.lines);
	buf_free(&looks->now.lines);
	buf_free(&looks->line);
	buf_free(&looks->picture);
	buf_free(&looks->drawn_marks);
	arena_free(&looks->memory);
	reader_free(&looks->reader);
	writer_free(&looks->writer);
}

static void watch(struct looks *looks, unsigned needed)
{
	struct output *output = &looks->run->output;

	if (!open_looks(looks))
		return;
	/* what --top counts is printed at the end, and there is nothing to draw before */
	looks->draws = output->table && !output->top && isatty(STDOUT_FILENO);
	if (looks->draws)
		screen_open(&looks->screen, output);
	while (!tool_stopped && take_look(looks, needed) && !output->ended)
		wait_next(looks);
	close_looks(looks);
}

void looks_run(struct run *run, struct names *names, const struct looks_of *of, unsigned needed)
{
	const struct userstats_options *options = run->options;
	const uint64_t longest = INT32_MAX;	/* 68 years, whose microseconds are a number */
	struct looks looks = {
		.run = run, .names = names, .of = of,
		.interval_us = (int64_t)(options->watch < longest ? options->watch : longest) * 1000000,
	};
	struct stores stores;

	if (options->watch) {
		watch(&looks, needed);
		return;
	}
	if (stores_open(&stores, run, of->wanted, needed)) {
		of->look(&stores, names);
		stores_close(&stores);
	}
}
