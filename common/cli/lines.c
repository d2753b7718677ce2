/* lines.c - every record line of the named files: the one loop that all reading verbs share */
#include "cli/lines.h"

enum { PROGRESS_EVERY = 4096 };

void lines_open(struct lines *lines, struct run *run, size_t file_count, char **files,
		const struct record *const *targets, const struct record *const *known, bool bare)
{
	*lines = (struct lines){ .run = run, .files = files_begin(run, file_count, files) };
	reader_init(&lines->reader, targets, known, run->common.output.unset);
	lines->reader.bare = bare;
	lines->progress = progress_begin(&run->report, "lines");
}

struct place lines_place(const struct lines *lines)
{
	return (struct place){ lines->input.name, "line", lines->input.line };
}

void lines_error(struct lines *lines, struct error *error)
{
	if (error->offset == ERROR_NOWHERE)
		error->offset = 0;
	error->offset += lines->line_offset;
	report_error(&lines->run->report, lines_place(lines), error);
}

static bool next_file(struct lines *lines)
{
	lines->open = files_next(&lines->files, &lines->input);
	if (lines->open)
		reader_restart(&lines->reader);
	return lines->open;
}

/* The next line of any file. LINES_LATER: not now, if the caller would rather not wait. */
static enum lines_result next_line(struct lines *lines, bool wait, struct bytes *line)
{
	while (lines->open || next_file(lines)) {
		struct error error;

		error_clear(&error);
		if (!wait && !input_ready(&lines->input, &error) && error.kind == ERROR_NONE)
			return LINES_LATER;
		if (error.kind == ERROR_NONE && input_line(&lines->input, line, &lines->line_offset, &error))
			return LINES_RECORD;
		if (error.kind != ERROR_NONE)
			report_error(&lines->run->report, lines_place(lines), &error);
		if (error.kind == ERROR_INPUT)
			continue;	/* too long a line: the next ones may be good */
		input_close(&lines->input);
		lines->open = false;
	}
	return LINES_END;
}

static enum lines_result next_record(struct lines *lines, bool wait, struct reading *reading)
{
	enum lines_result result = LINES_END;
	struct bytes line = { NULL, 0 };

	while (!tool_stopped && (result = next_line(lines, wait, &line)) == LINES_RECORD) {
		struct error error;

		error_clear(&error);
		switch (reader_line(&lines->reader, line, reading, &error)) {
		case READER_RECORD:
			if (++lines->count % PROGRESS_EVERY == 0)
				progress_step(&lines->progress, lines->count, lines->input.offset, lines->input.size);
			return LINES_RECORD;
		case READER_BAD:
			lines_error(lines, &error);
			break;
		case READER_NOTHING:
			break;
		}
	}
	return tool_stopped ? LINES_END : result;
}

bool lines_next(struct lines *lines, struct reading *reading)
{
	return next_record(lines, true, reading) == LINES_RECORD;
}

enum lines_result lines_try(struct lines *lines, struct reading *reading)
{
	return next_record(lines, false, reading);
}

int lines_fd(const struct lines *lines)
{
	return lines->input.fd;
}

void lines_close(struct lines *lines)
{
	if (lines->open)
		input_close(&lines->input);
	reader_free(&lines->reader);
	progress_end(&lines->progress);
}
