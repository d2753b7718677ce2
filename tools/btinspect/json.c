/* json.c - btinspect json: bencode to JSON */
#include <stdlib.h>

#include "codec/benjson.h"
#include "tools/btinspect/documents.h"

/* What cannot be read is reported, and nothing of it printed. */
static void print_document(struct run *run, struct benjson *benjson, const struct document *document)
{
	struct error error = { 0 };
	struct buf piece = { 0 };
	bool more;

	if (document->magnet)
		fail_input(&error, ERROR_NOWHERE, "a magnet link, which is no bencode");
	if (error.kind != ERROR_NONE || !benjson_open(benjson, document->data, &error)) {
		document_error(run, document, &error);
		return;
	}
	do {
		piece.size = 0;
		more = benjson_print(benjson, &piece);
		output_bytes(&run->output, piece.data, piece.size);
	} while (more && !run->output.ended && !tool_stopped);
	output_bytes(&run->output, "\n", 1);
	benjson_close(benjson);
	buf_free(&piece);
}

void json_run(struct run *run)
{
	struct benjson *benjson = malloc(sizeof *benjson);
	struct documents documents;
	struct document document;

	if (!benjson)
		out_of_memory();
	documents_open(&documents, run, run->word_count, run->words);
	while (!run->output.ended && documents_next(&documents, &document))
		print_document(run, benjson, &document);
	documents_close(&documents);
	free(benjson);
}
