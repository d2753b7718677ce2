/* documents.c - what the words of the command line name, one after the other: whole files in memory, and magnet links */
#include "tools/btinspect/documents.h"

#include <strings.h>
#include <unistd.h>

#include "base/number.h"
#include "text/escape.h"

enum { LINK_BEGIN = 7 };	/* bytes of "magnet:" */

void documents_release(struct documents *documents)
{
	if (documents->held && documents->before)
		documents->before(documents->context);
	documents->held = 0;
	whole_clear(&documents->whole);
}

/* What is to be done before a wait for input. */
static void before_wait(void *context)
{
	struct documents *documents = context;

	documents_release(documents);
	output_flush(&documents->run->output);
}

static struct io_wait wait_of(struct documents *documents)
{
	return (struct io_wait){ before_wait, documents };
}

void documents_open(struct documents *documents, struct run *run, size_t word_count, char **words)
{
	static char stdin_name[] = "-";
	static char *stdin_only[] = { stdin_name };
	const struct btinspect_options *options = run->options;
	struct error error = { 0 };

	*documents = (struct documents){
		.run = run, .word_count = word_count, .words = words, .progress = progress_begin(&run->report, "files"),
	};
	if (options->files_from) {
		documents->listed = names_open(&documents->list, options->files_from, wait_of(documents), &error);
		if (!documents->listed)
			run_error(run, &error);
	} else if (!word_count) {
		documents->word_count = 1;
		documents->words = stdin_only;
		/* else one who forgot a word would wait for a program that waits for him */
		if (isatty(STDIN_FILENO))
			report_note(&run->report, "no file is named: reading the terminal, ^D ends that");
	}
}

static bool begins_as_link(struct bytes text)
{
	return text.size >= LINK_BEGIN && !strncasecmp((const char *)text.data, "magnet:", LINK_BEGIN);
}

/* The next name of the list, in the arena. NULL: the end. */
static const char *listed_name(struct documents *documents)
{
	struct run *run = documents->run;
	struct bytes name;

	for (;;) {
		struct error error = { 0 };
		bool found = names_next(&documents->list, &name, &error);

		if (!found && error.kind == ERROR_INPUT) {
			report_error(&run->report,
				     (struct place){ documents->list.input.name, "name", documents->list.count }, &error);
		} else if (!found) {
			if (error.kind != ERROR_NONE)
				run_error(run, &error);
			return NULL;
		} else if (bytes_is(name, "-") && !strcmp(documents->list.input.name, "-")) {
			fail_usage(&error,
				   "--files-from=-: a file named '-' in it, but standard input is the list (write ./-)");
			report_error(&run->report, (struct place){ NULL, NULL, 0 }, &error);
		} else {
			if (!documents->held)
				arena_reset(&documents->names);
			return arena_string(&documents->names, name);
		}
	}
}

/* The next name, or a link that a word is. False: there is none. */
static bool next_name(struct documents *documents, struct document *document)
{
	const char *name = NULL;

	*document = (struct document){ 0 };
	if (documents->next < documents->word_count) {
		name = documents->words[documents->next++];
		document->magnet = begins_as_link(bytes_of(name));
		if (document->magnet)
			document->data = bytes_trim(bytes_of(name));
	} else if (documents->listed) {
		name = listed_name(documents);
	}
	documents->name = name;
	document->name = document->magnet ? NULL : name;
	return name != NULL;
}

/* The next link of a file of them. */
static bool next_link(struct documents *documents, struct document *document)
{
	struct error error = { 0 };
	struct bytes line = { NULL, 0 };
	uint64_t offset;

	*document = (struct document){ .name = documents->name, .magnet = true };
	while (input_line(&documents->input, &line, &offset, &error) || error.kind == ERROR_INPUT) {
		document->line = documents->input.line;
		if (error.kind != ERROR_NONE) {
			document_error(documents->run, document, &error);
		} else {
			document->data = bytes_trim(line);
			if (document->data.size)
				return true;
		}
		error_clear(&error);
	}
	if (error.kind != ERROR_NONE)
		run_error(documents->run, &error);
	return false;
}

static bool fail_large(struct error *error)
{
	return fail_input(error, ERROR_NOWHERE, "larger than %d MB, which no torrent is", DOCUMENT_SIZE_MAX >> 20);
}

/* All of the open input, or as much as there may be of it. */
static bool read_stream(struct input *input, struct bytes *data, struct error *error)
{
	size_t want = INPUT_WINDOW;

	if (input->regular && input->size > DOCUMENT_SIZE_MAX)
		return fail_large(error);
	/* its end may have been seen already, when its first bytes were looked at */
	do {
		*data = input_fill(input, want < DOCUMENT_SIZE_MAX ? want : (size_t)DOCUMENT_SIZE_MAX + 1, error);
		if (data->size > DOCUMENT_SIZE_MAX)
			return fail_large(error);
		want = data->size + INPUT_WINDOW;
	} while (!input->ended);
	return error->kind == ERROR_NONE && !tool_stopped;
}

/*
 * Does what is open hold links? For that it need be read no further than its first byte that is no blank, and what follows
 * while it may still become "magnet:".
 */
static bool holds_links(struct input *input, struct error *error)
{
	size_t want = LINK_BEGIN;

	for (;;) {
		struct bytes begin = input_fill(input, want, error), text = bytes_trim(begin);

		if (text.size >= LINK_BEGIN || begin.size < want || want > INPUT_WINDOW)
			return begins_as_link(text);
		want = begin.size - text.size + LINK_BEGIN;
	}
}

/*
 * Reads a document that is no regular file, or is large, or has links. False: neither a link nor a document; *error may
 * say why.
 */
static bool open_stream(struct documents *documents, int fd, struct document *document, struct error *error)
{
	struct input *input = &documents->input;

	documents->open = fd < 0 ? input_open(input, document->name, wait_of(documents), &tool_stopped, error) :
				   input_take(input, fd, document->name, wait_of(documents), &tool_stopped, error);
	if (!documents->open)
		return false;
	documents->links = holds_links(input, error);
	if (error->kind != ERROR_NONE)
		return false;
	return documents->links ? next_link(documents, document) : read_stream(input, &document->data, error);
}

static bool read_document(struct documents *documents, struct document *document, struct error *error)
{
	enum whole_result result;
	int fd = -1;

	if (!strcmp(document->name, "-"))
		return open_stream(documents, -1, document, error);
	do {
		result = whole_read(&documents->whole, document->name, DOCUMENT_SIZE_MAX, &document->data, &fd, error);
		if (result == WHOLE_NO_ROOM)
			documents_release(documents);
	} while (result == WHOLE_NO_ROOM);
	if (result == WHOLE_STREAM)
		return open_stream(documents, fd, document, error);
	/* lines of links are read as a stream, so that they may be any number */
	if (result == WHOLE_READ && begins_as_link(bytes_trim(document->data)))
		return open_stream(documents, -1, document, error);
	return result == WHOLE_READ;
}

static void close_stream(struct documents *documents)
{
	if (documents->open)
		input_close(&documents->input);
	documents->open = documents->links = false;
}

/* A word that names no file may have been meant as a verb. */
static void tell_verb(struct documents *documents, const char *word)
{
	struct run *run = documents->run;
	struct brief brief;

	for (size_t i = 0; i < run->tool->verb_count; i++) {
		if (!strcmp(word, run->tool->verbs[i].name)) {
			report_note(&run->report, "%s is a verb: there may be one, before all files", word);
			return;
		}
	}
	if (!run->verb_named && documents->next == 1 && !strpbrk(word, "./"))
		report_note(&run->report, "%s is no verb either: try '%s --help'", escape_brief(&brief, bytes_of(word)),
			    run->tool->name);
}

bool documents_next(struct documents *documents, struct document *document)
{
	bool found = false;

	progress_step(&documents->progress, documents->count, documents->listed ? 0 : documents->next,
		      documents->word_count);
	/* what a stream gives is good until the next call at the longest */
	if (!documents->before || documents->open)
		documents_release(documents);
	while (!found && !tool_stopped) {
		struct error error = { 0 };

		if (documents->links && next_link(documents, document)) {
			found = true;
			break;
		}
		close_stream(documents);
		if (!next_name(documents, document))
			break;
		found = document->magnet || read_document(documents, document, &error);
		if (found || error.kind == ERROR_NONE || tool_stopped)
			continue;
		document_error(documents->run, document, &error);
		if (!documents->listed && access(document->name, F_OK) < 0)
			tell_verb(documents, document->name);
	}
	documents->count += found;
	documents->held += found;
	return found;
}

void document_error(struct run *run, const struct document *document, const struct error *error)
{
	report_error(&run->report, (struct place){ document->name ? document->name : "magnet link",
						   document->line ? "line" : NULL, document->line }, error);
}

void documents_close(struct documents *documents)
{
	bool several = documents->listed || documents->word_count > 1 || documents->count > 1;
	struct count_text count;

	documents_release(documents);
	progress_end(&documents->progress);
	if (tool_stopped && several)
		report_note(&documents->run->report, "stopped after %s", count_print(&count, documents->count, "files"));
	close_stream(documents);
	if (documents->listed)
		names_close(&documents->list);
	whole_free(&documents->whole);
	arena_free(&documents->names);
}
