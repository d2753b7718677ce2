/* report.c - the one place that talks to stderr: complaints, notes, the exit status */
#include "cli/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/progress.h"
#include "text/escape.h"

/*
 * One write for a line, so that the lines of several programs of a pipeline do not mix. Names of files are in it as
 * they are, and may hold anything.
 */
static void write_line(struct buf *line)
{
	struct buf safe = { 0 };
	char *at = (char *)buf_reserve(&safe, ESCAPE_GROWTH * line->size + ESCAPE_ROOM + 1), *end;

	end = escape_message(at, buf_bytes(line));
	*end++ = '\n';
	progress_wipe(false);
	if (write(STDERR_FILENO, at, (size_t)(end - at)) < 0)
		line->size = 0;	/* stderr is gone: there is nobody to tell */
	buf_free(&safe);
	buf_free(line);
}

/* How often a complaint alike was made before this one. */
static uint64_t count_alike(struct report *report, const char *like)
{
	for (size_t i = 0; i < report->kind_count; i++)
		if (report->kinds[i].like == like)
			return report->kinds[i].count++;
	if (report->kind_count == REPORT_KINDS_MAX)
		return 0;
	report->kinds[report->kind_count].like = like;
	report->kinds[report->kind_count++].count = 1;
	return 0;
}

void report_error(struct report *report, struct place place, const struct error *error)
{
	struct buf line = { 0 };

	if (error->kind == ERROR_INPUT)
		report->bad++;
	else
		report->failed++;
	if (count_alike(report, error->like) >= REPORT_ALIKE_MAX && !report->verbose)
		return;
	buf_format(&line, "%s: ", report->program);
	/* what the system refused names itself what it is about: "capture.frames: Is a directory" */
	if (place.file && error->kind == ERROR_INPUT)
		buf_format(&line, "%s: ", place.file);
	if (place.unit && place.number && error->kind == ERROR_INPUT)
		buf_format(&line, "%s %" PRIu64 "%s", place.unit, place.number,
			   error->offset != ERROR_NOWHERE ? ", " : ": ");
	if (error->kind == ERROR_INPUT && error->offset != ERROR_NOWHERE)
		buf_format(&line, "byte %" PRIu64 ": ", error->offset);
	buf_text(&line, error->message);
	write_line(&line);
}

__attribute__((format(printf, 2, 0)))
static void say(const struct report *report, const char *format, va_list arguments)
{
	struct buf line = { 0 };
	char text[1024];

	vsnprintf(text, sizeof text, format, arguments);
	buf_format(&line, "%s: %s", report->program, text);
	write_line(&line);
}

void report_line(struct report *report, const char *format, ...)
{
	struct buf line = { 0 };
	char text[1024];
	va_list arguments;

	(void)report;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	buf_text(&line, text);
	write_line(&line);
}

void report_note(struct report *report, const char *format, ...)
{
	va_list arguments;

	if (report->quiet)
		return;
	va_start(arguments, format);
	say(report, format, arguments);
	va_end(arguments);
}

void report_detail(struct report *report, const char *format, ...)
{
	va_list arguments;

	if (!report->verbose)
		return;
	va_start(arguments, format);
	say(report, format, arguments);
	va_end(arguments);
}

void report_finish(struct report *report)
{
	uint64_t hidden = 0;

	for (size_t i = 0; i < report->kind_count && !report->verbose; i++)
		if (report->kinds[i].count > REPORT_ALIKE_MAX)
			hidden += report->kinds[i].count - REPORT_ALIKE_MAX;
	if (hidden)
		report_note(report, "%" PRIu64 " more complaints like these (-v shows all)", hidden);
}

int report_status(const struct report *report)
{
	if (report->failed)
		return STATUS_FAILED;
	return report->status ? report->status : report->bad ? STATUS_BAD_INPUT : STATUS_DONE;
}
