/* metainfo_files.c - the files of a torrent one after the other, those of a hybrid from both halves in step */
#include "codec/metainfo_private.h"

#include <stdlib.h>

struct metainfo_files {
	struct metainfo meta;
	struct teller teller;
	struct error error;		/* of that */
	uint64_t index, offset;
	struct half list, tree;
};

static struct metainfo_files *files_new(const struct metainfo *meta, bool list, bool tree)
{
	struct metainfo_files *files = malloc(sizeof *files);

	if (!files)
		out_of_memory();
	files->meta = *meta;
	files->teller = (struct teller){ .error = &files->error };
	files->error = (struct error){ 0 };
	files->index = files->offset = 0;
	half_begin(&files->list, &files->meta, false, list, &files->teller);
	half_begin(&files->tree, &files->meta, true, tree, &files->teller);
	return files;
}

struct metainfo_files *metainfo_files_new(const struct metainfo *meta)
{
	return files_new(meta, metainfo_has_list(meta), meta->version & METAINFO_V2);
}

struct metainfo_files *metainfo_tree_new(const struct metainfo *meta)
{
	return files_new(meta, false, true);
}

bool metainfo_single(const struct metainfo *meta)
{
	struct metainfo_files *files;
	struct entry entry;
	bool single;

	if (metainfo_has_list(meta))
		return !meta->files.data;
	if (meta->file_count != 1)
		return false;
	files = metainfo_tree_new(meta);
	single = half_next(&files->tree, &entry) && entry.components == 1;
	metainfo_files_free(files);
	return single;
}

void metainfo_files_free(struct metainfo_files *files)
{
	if (!files)
		return;
	half_end(&files->list);
	half_end(&files->tree);
	buf_free(&files->teller.path);
	buf_free(&files->teller.text);
	free(files);
}

static void fill(struct metainfo_files *files, const struct half *half, const struct entry *entry,
		 struct metainfo_file *file)
{
	*file = (struct metainfo_file){
		.index = files->index++, .offset = files->offset, .length = entry->length, .attr = entry->attr,
		.path = buf_bytes(entry->components_utf8 ? &half->path_utf8 : &half->path),
		.target = entry->has_target ? buf_bytes(&half->target) : bytes_at(NULL, 0),
		.pieces_root = entry->root, .place = entry->place,
	};
	if (!file->path.data)
		file->path = bytes_of("");
}

/* How far the next file is: where that would be beyond what 64 bits count, it stays there. */
static uint64_t advance(uint64_t offset, uint64_t length, uint64_t step)
{
	uint64_t rest = step ? length % step : 0, end;

	if (__builtin_add_overflow(offset, length, &end) || (rest && __builtin_add_overflow(end, step - rest, &end)))
		return UINT64_MAX;
	return end;
}

bool metainfo_files_next(struct metainfo_files *files, struct metainfo_file *file, struct error *error)
{
	struct entry entry, branch;

	error_clear(&files->error);
	if (files->list.there) {
		if (!half_next(&files->list, &entry))
			return false;
		if (!(entry.attr & METAINFO_PAD) && half_next(&files->tree, &branch) && !entry.broken && !branch.broken &&
		    branch.length == entry.length && half_same_path(&files->list, &entry, &files->tree, &branch))
			entry.root = branch.root;
		if (!entry.broken) {
			fill(files, &files->list, &entry, file);
			files->offset = advance(files->offset, entry.length, 0);
		}
	} else {
		if (!half_next(&files->tree, &entry))
			return false;
		if (!entry.broken) {
			fill(files, &files->tree, &entry, file);
			files->offset = advance(files->offset, entry.length, (uint64_t)files->meta.piece_length);
		}
	}
	if (entry.broken) {
		files->index++;
		*error = files->error;
	}
	return !entry.broken;
}
