/* files.c - btinspect files: the files of torrents */
#include "tools/btinspect/torrent.h"

enum { ATTRIBUTES = 4, ATTRIBUTES_ROOM = 64 };

/* "pad,hidden"; unset: none. */
static struct bytes attributes_print(unsigned attr, char text[ATTRIBUTES_ROOM])
{
	static const char *const names[ATTRIBUTES] = { "pad", "symlink", "executable", "hidden" };
	char *at = text;

	for (unsigned i = 0; i < ATTRIBUTES; i++)
		if (attr & 1u << i)
			at = stpcpy(at == text ? at : stpcpy(at, ","), names[i]);
	return at == text ? bytes_at(NULL, 0) : bytes_at(text, (size_t)(at - text));
}

static void put_files(struct run *run, const struct torrent *torrent)
{
	struct metainfo_files *files = metainfo_files_new(&torrent->meta);
	struct paths paths = paths_begin(torrent);
	struct metainfo_file file;
	struct error error;
	bool found;

	error_clear(&error);
	while (!run->output.ended && !tool_stopped &&
	       ((found = metainfo_files_next(files, &file, &error)) || error.kind != ERROR_NONE)) {
		char attributes[ATTRIBUTES_ROOM];

		error_clear(&error);	/* what is wrong was told when the torrent was read */
		if (found)
			output_put(&run->output, &(struct file_line){
				.info_hash = torrent->id, .index = file.index, .offset = file.offset, .length = file.length,
				.attr = attributes_print(file.attr, attributes), .pieces_root = file.pieces_root,
				.path = paths_of(&paths, &file), .target = file.target,
			});
	}
	paths_free(&paths);
	metainfo_files_free(files);
}

void files_run(struct run *run)
{
	struct documents documents;
	struct document document;
	struct torrent torrent;

	documents_open(&documents, run, run->word_count, run->words);
	while (!run->output.ended && documents_next(&documents, &document))
		if (torrent_read(run, &document, &torrent))
			put_files(run, &torrent);
	documents_close(&documents);
}
