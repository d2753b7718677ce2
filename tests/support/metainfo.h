/* metainfo.h - what must hold for any bytes that are read as a torrent file: for unit tests and the fuzz target */
#ifndef SUPPORT_METAINFO_H
#define SUPPORT_METAINFO_H

#include <assert.h>
#include <string.h>

#include "codec/metainfo.h"

struct torrent_count {
	struct bytes file;
	uint64_t findings, errors, trackers, seeds;
};

static inline bool within(struct bytes view, struct bytes file)
{
	return !view.data || (view.data >= file.data && view.data + view.size <= file.data + file.size);
}

static inline void count_finding(void *context, const struct finding *finding)
{
	struct torrent_count *count = context;
	struct buf message = { 0 };

	count->findings++;
	count->errors += finding->severity == SEVERITY_ERROR;
	assert(finding->fault < FAULTS && finding->severity <= SEVERITY_ERROR);
	assert(finding->offset <= count->file.size);
	finding_message(finding, &message);
	assert(message.size && memchr(message.data, '\n', message.size) == NULL);
	buf_free(&message);
}

static inline bool count_link(void *context, const struct metainfo_link *link)
{
	struct torrent_count *count = context;

	assert(link->kind < METAINFO_LINKS && (link->kind == METAINFO_TRACKER) == (link->tier != UINT64_MAX));
	assert(link->place < count->file.size && link->text.data);
	assert(link->kind == METAINFO_NODE || within(link->text, count->file));
	count->trackers += link->kind == METAINFO_TRACKER;
	count->seeds += link->kind == METAINFO_WEB_SEED || link->kind == METAINFO_HTTP_SEED;
	return true;
}

/* Goes through the files. A sound torrent has no bad one, and what they have is what its totals say. */
static inline void check_files(const struct metainfo *meta, struct metainfo_files *files, bool sound, bool totals)
{
	struct metainfo_file file;
	uint64_t size = 0, padding = 0, count = 0, steps = 0, index = 0;

	for (;;) {
		struct error error = { 0 };

		assert(steps++ <= meta->file.size);
		if (!metainfo_files_next(files, &file, &error)) {
			if (error.kind == ERROR_NONE)
				break;
			assert(!sound && error.offset < meta->file.size);
			index++;
			continue;
		}
		assert(file.index == index++ && file.path.data && file.place < meta->file.size && file.length <= INT64_MAX);
		assert(within(file.pieces_root, meta->file));
		assert(!file.pieces_root.data || file.pieces_root.size == METAINFO_SHA256);
		if (sound && totals && meta->version & METAINFO_V1)
			assert(file.offset == size + padding);
		if (sound && meta->version == METAINFO_V2)
			assert(file.offset % (uint64_t)meta->piece_length == 0);
		if (file.attr & METAINFO_PAD)
			padding += file.length;
		else
			size += file.length;
		count += !(file.attr & METAINFO_PAD);
	}
	if (sound && totals)
		assert(size == meta->size && padding == meta->padding && count == meta->file_count);
	metainfo_files_free(files);
}

/* Every file larger than a piece has its layer. */
static inline void check_layers(const struct metainfo *meta, bool sound)
{
	struct metainfo_layers *layers = metainfo_layers_new(meta);
	struct metainfo_files *files = metainfo_tree_new(meta);
	struct metainfo_file file;
	struct error error = { 0 };

	while (metainfo_files_next(files, &file, &error)) {
		struct bytes layer = metainfo_layer(layers, file.pieces_root.data ? file.pieces_root : bytes_of(""));

		assert(within(layer, meta->file));
		if (sound && file.length > (uint64_t)meta->piece_length)
			assert(layer.size == METAINFO_SHA256 * ((file.length - 1) / (uint64_t)meta->piece_length + 1));
	}
	metainfo_files_free(files);
	metainfo_layers_free(layers);
}

/* All of it. True: it is a sound torrent. */
static inline bool check_torrent(struct bytes file)
{
	struct torrent_count count = { .file = file };
	struct fault_sink sink = { count_finding, &count };
	struct error error = { 0 }, other = { 0 };
	struct metainfo meta, found;
	bool sound = metainfo_parse(file, &meta, &sink, &error);

	assert(sound == !count.errors && sound == (error.kind == ERROR_NONE));
	assert(sound || (error.kind == ERROR_INPUT && error.offset <= file.size));
	assert(within(meta.info, file) && within(meta.name, file) && within(meta.pieces, file) &&
	       within(meta.piece_layers, file));
	/* nobody listening makes no difference */
	assert(metainfo_parse(file, &found, NULL, &other) == sound && found.size == meta.size &&
	       found.padding == meta.padding);
	assert(found.info.data == meta.info.data && found.file_count == meta.file_count &&
	       found.piece_count == meta.piece_count);
	assert(other.kind == error.kind && !strcmp(other.message, error.message));
	error_clear(&other);
	if (metainfo_find_info(file, &found, &other))
		assert(found.info.data && found.version == meta.version);
	else
		assert(!sound && other.kind == ERROR_INPUT && other.offset <= file.size);
	if (found.info.data)
		assert(found.info.data == meta.info.data && found.info.size == meta.info.size &&
		       found.name.data == meta.name.data);
	metainfo_links(&meta, count_link, &count);
	assert(count.trackers == meta.tracker_count && count.seeds == meta.web_seed_count);
	check_files(&meta, metainfo_files_new(&meta), sound, true);
	check_files(&meta, metainfo_tree_new(&meta), sound, meta.version == METAINFO_V2);
	check_layers(&meta, sound && meta.version & METAINFO_V2);
	return sound;
}

#endif
