/* documents.c - what the words of the command line name, one after the other: whole files in memory, and magnet links */
#include "tools/btinspect/documents.h"

#include <strings.h>

void documents_open(struct documents *documents, struct run *run, size_t word_count, char **words)
{
	static char stdin_name[] = "-";
	static char *stdin_only[] = { stdin_name };
	const struct btinspect_options *options = run->options;
	struct error error = { 0 };

	*documents = (struct documents){ .run = run, .word_count = word_count, .words = words };
	if (options->files_from) {
		documents->listed = input_open(&documents->list, options->files_from, run_wait(run), &tool_stopped, &error);
		if (!documents->listed)
			run_error(run, &error);
	} else if (!word_count) {
		documents->word_count = 1;
		documents->words = stdin_only;
	}
}

static bool begins_as_link(struct bytes text)
{
	return text.size >= 7 && !strncasecmp((const char *)text.data, "magnet:", 7);
}

/* The next name of the list: names end with newlines or, as `find -print0` has them, with NULs. NULL: the end. */
static const char *listed_name(struct documents *documents)
{
	struct input *list = &documents->list;
	struct error error = { 0 };
	size_t scanned = 0;

	for (;;) {
		struct bytes window = input_fill(list, scanned + 1, &error);
		size_t size = scanned;

		while (size < window.size && window.data[size] != '\n' && window.data[size])
			size++;
		if (error.kind != ERROR_NONE)
			run_error(documents->run, &error);
		if (error.kind != ERROR_NONE || tool_stopped || !window.size)
			return NULL;
		scanned = size;
		if (size == window.size && !list->ended && size < INPUT_LINE_MAX)
			continue;
		documents->names.size = 0;
		buf_append(&documents->names, window.data, size);
		input_skip(list, size + (size < window.size));
		if (size)
			return buf_string(&documents->names);
		scanned = 0;
	}
}

/* The next name, or a link that a word is. False: there is none. */
static bool next_name(struct documents *documents, struct document *document)
{
	struct bytes word;

	documents->name = NULL;
	if (documents->next < documents->word_count) {
		documents->name = documents->words[documents->next++];
		word = bytes_of(documents->name);
		if (begins_as_link(word)) {
			*document = (struct document){ .data = bytes_trim(word), .magnet = true };
			return true;
		}
	} else if (documents->listed) {
		documents->name = listed_name(documents);
	}
	document->name = documents->name;
	return documents->name != NULL;
}

/* The next link of a file of them. */
static bool next_link(struct documents *documents, struct document *document)
{
	struct error error = { 0 };
	struct bytes line;
	uint64_t offset;

	*document = (struct document){ .name = documents->name, .magnet = true };
	while (input_line(&documents->input, &line, &offset, &error) || error.kind == ERROR_INPUT) {
		document->line = documents->input.line;
		document->data = bytes_trim(line);
		if (error.kind != ERROR_NONE)
			document_error(documents->run, document, &error);
		else if (document->data.size)
			return true;
		error_clear(&error);
	}
	if (error.kind != ERROR_NONE)
		run_error(documents->run, &error);
	return false;
}

/* All of the input, or as much as there may be of it. */
static bool read_whole(struct input *input, struct bytes *data, struct error *error)
{
	size_t want = input->regular && input->size < DOCUMENT_SIZE_MAX ? (size_t)input->size + 1 : INPUT_WINDOW;

	while (!input->ended) {
		if (want > (size_t)DOCUMENT_SIZE_MAX + 1)
			want = (size_t)DOCUMENT_SIZE_MAX + 1;
		*data = input_fill(input, want, error);
		if (data->size > DOCUMENT_SIZE_MAX)
			return fail_input(error, ERROR_NOWHERE, "larger than %d MB, which no torrent is", DOCUMENT_SIZE_MAX >> 20);
		want = data->size + INPUT_WINDOW;
	}
	return error->kind == ERROR_NONE && !tool_stopped;
}

static void close_input(struct documents *documents)
{
	if (documents->open)
		input_close(&documents->input);
	documents->open = documents->links = false;
}

bool documents_next(struct documents *documents, struct document *document)
{
	while (!tool_stopped) {
		struct error error = { 0 };

		if (documents->links && next_link(documents, document)) {
			documents->count++;
			return true;
		}
		close_input(documents);
		if (!next_name(documents, document))
			return false;
		if (!documents->name || document->magnet) {
			documents->count++;
			return true;
		}
		*document = (struct document){ .name = documents->name };
		documents->open = input_open(&documents->input, documents->name, run_wait(documents->run), &tool_stopped, &error);
		if (documents->open) {
			struct bytes begin = input_fill(&documents->input, 7, &error);

			documents->links = begins_as_link(bytes_trim(begin));
			if (documents->links)
				continue;
		}
		if (documents->open && read_whole(&documents->input, &document->data, &error)) {
			documents->count++;
			return true;
		}
		if (!tool_stopped)
			document_error(documents->run, document, &error);
	}
	return false;
}

void document_error(struct run *run, const struct document *document, const struct error *error)
{
	report_error(&run->report, (struct place){ document->name ? document->name : "magnet link",
						   document->line ? "line" : NULL, document->line }, error);
}

void documents_close(struct documents *documents)
{
	close_input(documents);
	if (documents->listed)
		input_close(&documents->list);
	buf_free(&documents->names);
}
