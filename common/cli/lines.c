/* lines.c - every record line of the named files: the one loop that all reading verbs share */
#include "cli/lines.h"

enum { PROGRESS_EVERY = 4096 };

static char stdin_name[] = "-";
static char *stdin_only[] = { stdin_name };

void lines_open(struct lines *lines, struct run *run, size_t file_count, char **files,
		const struct record *const *targets, const struct record *const *known, bool bare)
{
	*lines = (struct lines){ .run = run, .file_count = file_count, .files = files, .wait = run_wait(run) };
	if (!file_count) {
		lines->file_count = 1;
		lines->files = stdin_only;
	}
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
	progress_end(&lines->progress);
	report_error(&lines->run->report, lines_place(lines), error);
}

/* Opens the next file that can be opened. */
static bool next_file(struct lines *lines)
{
	while (lines->file < lines->file_count && !tool_stopped) {
		const char *name = lines->files[lines->file++];
		struct error error = { 0 };

		if (input_open(&lines->input, name, lines->wait, &tool_stopped, &error)) {
			lines->open = true;
			reader_restart(&lines->reader);
			return true;
		}
		run_error(lines->run, &error);	/* which names the file */
	}
	return false;
}

/* The next line of any file. */
static bool next_line(struct lines *lines, struct bytes *line)
{
	while (lines->open || next_file(lines)) {
		struct error error;

		error_clear(&error);
		if (input_line(&lines->input, line, &lines->line_offset, &error))
			return true;
		progress_end(&lines->progress);
		if (error.kind == ERROR_INPUT) {
			report_error(&lines->run->report, lines_place(lines), &error);
			continue;	/* too long a line: the next ones may be good */
		}
		if (error.kind != ERROR_NONE)
			run_error(lines->run, &error);
		input_close(&lines->input);
		lines->open = false;
	}
	return false;
}

bool lines_next(struct lines *lines, struct reading *reading)
{
	struct bytes line;

	while (!tool_stopped && next_line(lines, &line)) {
		struct error error;

		error_clear(&error);
		switch (reader_line(&lines->reader, line, reading, &error)) {
		case READER_RECORD:
			if (++lines->count % PROGRESS_EVERY == 0)
				progress_step(&lines->progress, lines->count, lines->input.offset, lines->input.size);
			return true;
		case READER_BAD:
			lines_error(lines, &error);
			break;
		case READER_NOTHING:
			break;
		}
	}
	return false;
}

void lines_close(struct lines *lines)
{
	if (lines->open)
		input_close(&lines->input);
	reader_free(&lines->reader);
	progress_end(&lines->progress);
}
