/* bencode.c - btinspect bencode: JSON to bencode */
#include <inttypes.h>

#include "codec/benjson.h"
#include "tools/btinspect/documents.h"

/* Texts follow one another; how many there will be is not known. */
struct texts {
	struct bytes all;
	size_t at;		/* where the next one begins */
	size_t counted;		/* so far, */
	uint64_t line;		/* the lines are counted: the one that all.data[counted] is in */
	uint64_t unsorted_line;	/* of the first one whose keys are not sorted; 0: there is none */
};

static uint64_t line_of(struct texts *texts, size_t at)
{
	const uint8_t *data = texts->all.data, *found;

	for (; texts->counted < at && (found = memchr(data + texts->counted, '\n', at - texts->counted)); texts->line++)
		texts->counted = (size_t)(found - data) + 1;
	texts->counted = at;
	return texts->line;
}

static bool next_text(struct texts *texts)
{
	while (texts->at < texts->all.size && memchr(" \t\r\n", texts->all.data[texts->at], 4))
		texts->at++;
	return texts->at < texts->all.size;
}

/* A text that is bad is the last one that is read: nobody knows where the next one begins. */
static void encode_document(struct run *run, const struct document *document, struct buf *bencode)
{
	struct texts texts = { .all = document->data, .line = 1 };
	struct error error = { 0 };
	unsigned flaws;

	if (!next_text(&texts))
		fail_input(&error, texts.at, "found nothing where JSON was expected");
	while (error.kind == ERROR_NONE && !run->output.ended && !tool_stopped && next_text(&texts)) {
		size_t begin = texts.at;

		bencode->size = 0;
		if (!benjson_parse(texts.all, &texts.at, bencode, &flaws, &error))
			break;
		if (flaws && !texts.unsorted_line)
			texts.unsorted_line = line_of(&texts, begin);
		output_bytes(&run->output, bencode->data, bencode->size);
	}
	if (texts.unsorted_line)
		report_note(&run->report,
			    "%s: line %" PRIu64 ": keys that bencode wants sorted, each once, are written as they stand",
			    document->name, texts.unsorted_line);
	if (error.kind != ERROR_NONE) {
		struct document place = *document;

		place.line = line_of(&texts, (size_t)error.offset);
		document_error(run, &place, &error);
	}
}

void bencode_run(struct run *run)
{
	struct documents documents;
	struct document document;
	struct error error = { 0 };
	struct buf bencode = { 0 };

	documents_open(&documents, run, run->word_count, run->words);
	while (!run->output.ended && documents_next(&documents, &document)) {
		if (!document.magnet) {
			encode_document(run, &document, &bencode);
			continue;
		}
		error_clear(&error);
		fail_input(&error, ERROR_NOWHERE, "a magnet link, which is no JSON");
		document_error(run, &document, &error);
	}
	documents_close(&documents);
	buf_free(&bencode);
}
