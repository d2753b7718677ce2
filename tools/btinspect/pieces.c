/* pieces.c - btinspect pieces: the hashes of the pieces, and where each begins */
#include "tools/btinspect/torrent.h"

struct pieces {
	struct run *run;
	const struct torrent *torrent;
	struct metainfo_files *files;
	struct paths paths;
	struct metainfo_file file;	/* the one at hand */
	bool ended;			/* there is none */
};

static void next_file(struct pieces *pieces)
{
	struct error error;

	do {
		error_clear(&error);
		pieces->ended = !metainfo_files_next(pieces->files, &pieces->file, &error);
		/* what is wrong with a file was told when the torrent was read */
	} while (pieces->ended && error.kind != ERROR_NONE);
}

/*
 * The hashes of version 1 in a row, and the files in step with them: each piece begins in the first file that ends
 * behind its begin.
 */
static void put_v1(struct pieces *pieces)
{
	const struct metainfo *meta = &pieces->torrent->meta;
	uint64_t count = meta->pieces.size / METAINFO_SHA1, begin = 0;

	next_file(pieces);
	for (uint64_t i = 0; i < count && !pieces->run->output.ended && !tool_stopped; i++) {
		struct piece_line line = {
			.info_hash = pieces->torrent->id, .index = i, .offset = COUNT_UNSET,
			.hash = bytes_at(meta->pieces.data + i * METAINFO_SHA1, METAINFO_SHA1),
		};

		while (!pieces->ended && pieces->file.offset <= begin && begin - pieces->file.offset >= pieces->file.length)
			next_file(pieces);
		/* a file behind it: one beyond what 64 bits count */
		if (!pieces->ended && pieces->file.offset <= begin) {
			line.file = paths_of(&pieces->paths, &pieces->file);
			line.offset = begin - pieces->file.offset;
		}
		output_put(&pieces->run->output, &line);
		/* no piece begins behind what 64 bits count, or is there without a length: these have no file */
		if (!meta->piece_length || __builtin_add_overflow(begin, (uint64_t)meta->piece_length, &begin))
			pieces->ended = true;
	}
}

/* The hashes of one file of version 2: those of its layer, or its root where it has one piece and so no layer. */
static void put_hashes(struct pieces *pieces, struct bytes hashes)
{
	uint64_t piece_length = (uint64_t)pieces->torrent->meta.piece_length, offset = 0;
	uint64_t first = pieces->file.offset / piece_length;

	for (uint64_t i = 0; hashes.size >= METAINFO_SHA256 && offset < pieces->file.length; i++) {
		if (!output_put(&pieces->run->output, &(struct piece_line){
			.info_hash = pieces->torrent->id, .index = first + i, .hash = bytes_at(hashes.data, METAINFO_SHA256),
			.file = paths_of(&pieces->paths, &pieces->file), .offset = offset,
		    }) || tool_stopped)
			break;
		hashes = bytes_after(hashes, METAINFO_SHA256);
		offset += piece_length;
	}
}

static void put_v2(struct pieces *pieces)
{
	uint64_t piece_length = (uint64_t)pieces->torrent->meta.piece_length;
	struct metainfo_layers *layers = metainfo_layers_new(&pieces->torrent->meta);

	for (next_file(pieces); !pieces->ended && piece_length && !pieces->run->output.ended &&
	     !tool_stopped; next_file(pieces)) {
		const struct metainfo_file *file = &pieces->file;

		if (file->pieces_root.data)
			put_hashes(pieces, file->length > piece_length ? metainfo_layer(layers, file->pieces_root)
								       : file->pieces_root);
	}
	metainfo_layers_free(layers);
}

void pieces_run(struct run *run)
{
	const struct btinspect_options *options = run->options;
	struct documents documents;
	struct document document;
	struct torrent torrent;

	documents_open(&documents, run, run->word_count, run->words);
	while (!run->output.ended && documents_next(&documents, &document)) {
		struct pieces pieces = { .run = run, .torrent = &torrent };
		bool v2;

		if (!torrent_read(run, &document, &torrent))
			continue;
		if (options->version_2 && !(torrent.meta.version & METAINFO_V2)) {
			struct error error = { 0 };

			fail_input(&error, ERROR_NOWHERE, "a torrent of version 1, which has no piece layers");
			document_error(run, &document, &error);
			continue;
		}
		v2 = options->version_2 || !(torrent.meta.version & METAINFO_V1);
		pieces.files = v2 ? metainfo_tree_new(&torrent.meta) : metainfo_files_new(&torrent.meta);
		pieces.paths = paths_begin(&torrent);
		(v2 ? put_v2 : put_v1)(&pieces);
		paths_free(&pieces.paths);
		metainfo_files_free(pieces.files);
	}
	documents_close(&documents);
}
