/* target.c - the data on disk that a torrent describes: where each file is, how large, and what its pieces should be */
#include "tools/btinspect/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest/merkle.h"
#include "text/field.h"
#include "tools/btinspect/records.h"

static bool refuse(struct target *target, const struct error *error)
{
	document_error(target->run, target->document, error);
	return false;
}

/* Does the path stay below the folder, whatever the torrent says? Not "", "/x", "a//b", "../x", "a/.." nor "a\0b". */
static bool path_is_safe(struct bytes path)
{
	if (!path.size || memchr(path.data, 0, path.size))
		return false;
	for (struct bytes rest = path; rest.data;) {
		struct bytes part = bytes_split(rest, '/', &rest);

		if (!part.size || bytes_is(part, ".") || bytes_is(part, ".."))
			return false;
	}
	return true;
}

/* ---- the files as the torrent has them */

static bool add_file(struct target *target, const struct metainfo_file *file, struct error *error)
{
	struct layout *layout = &target->layout;
	bool padding = file->attr & METAINFO_PAD, link = file->attr & METAINFO_SYMLINK;
	bool safe = path_is_safe(file->path);
	enum layout_kind kind = padding ? LAYOUT_ZEROS : safe && !(link && file->length) ? LAYOUT_DATA : LAYOUT_ABSENT;
	const char *path = padding ? "" : arena_string(&target->texts, file->path);
	size_t capacity = layout->capacity;
	struct target_file *new;

	if (!layout_add(layout, kind, path, file->length, error))
		return false;
	if (layout->capacity != capacity)
		target->files = reallocarray(target->files, layout->capacity, sizeof *target->files);
	if (!target->files)
		out_of_memory();
	new = &target->files[layout->count - 1];
	*new = (struct target_file){
		.size = COUNT_UNSET, .modified_us = TIME_UNSET, .expected = file->pieces_root.data,
		.role = padding ? TARGET_PADDING : link ? TARGET_SYMLINK : TARGET_FILE,
		.state = kind == LAYOUT_ABSENT ? DATA_UNREADABLE : DATA_GOOD,
	};
	if (link)
		new->expected = arena_string(&target->texts, file->target);
	if (!padding && !safe) {
		struct error unsafe = { 0 };

		fail_input(&unsafe, file->place,
			   "the path of file %" PRIu64 " leads out of the torrent's folder, or is empty", file->index);
		refuse(target, &unsafe);
	}
	return true;
}

/* The files, row by row. */
static bool add_files(struct target *target, struct error *error)
{
	struct metainfo_files *files = metainfo_files_new(&target->torrent->meta);
	struct metainfo_file file;
	bool good = true;

	while (good && metainfo_files_next(files, &file, error))
		good = add_file(target, &file, error);
	metainfo_files_free(files);
	return error->kind == ERROR_NONE &&
	       (target->layout.count || fail_input(error, ERROR_NOWHERE, "the torrent has no files"));
}

/* ---- where they are */

static bool is_folder(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static bool last_part_is(const char *path, struct bytes name)
{
	char *real = realpath(path, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;
	bool is = slash && bytes_is(name, slash + 1);

	free(real);
	return is;
}

/* How many files of the torrent are below that folder; looks for no more than most. */
static size_t count_held(const struct target *target, const char *path, size_t most)
{
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t held = 0;

	for (size_t i = 0; folder >= 0 && held < most && i < target->layout.count; i++) {
		const struct layout_file *file = &target->layout.files[i];

		held += file->kind == LAYOUT_DATA && !faccessat(folder, file->path, F_OK, AT_SYMLINK_NOFOLLOW);
	}
	if (folder >= 0)
		close(folder);
	return held;
}

/*
 * Are the files in path itself, rather than in the folder below it that has the torrent's name? A torrent may have a folder
 * of its own name in it: where both are there, the one with more of the files is meant.
 */
static bool is_itself(const struct target *target, const char *path, const char *below, struct bytes name)
{
	bool named = last_part_is(path, name);
	size_t most = named ? target->layout.count : 1;

	if (!is_folder(below))
		return named || count_held(target, path, 1);
	return count_held(target, below, most) < count_held(target, path, most);
}

/*
 * Is path to be looked at as the file of a torrent of one file, or the folder with that file? Of version 2, a folder with
 * one file looks the same as a file, but for a name that differs: a file may be either, and a folder may be that folder.
 */
static bool is_single(const struct target *target, bool folder)
{
	const struct metainfo *meta = &target->torrent->meta;

	return metainfo_single(meta) &&
	       (meta->version & METAINFO_V1 || !folder || bytes_is(meta->name, target->layout.files[0].path));
}

static void end_with_slash(struct buf *path)
{
	if (path->data[path->size - 1] != '/')
		buf_byte(path, '/');
}

/* A torrent of one file: path is the file, or the folder that holds it. */
static bool place_single(struct target *target, const char *path, bool folder, struct error *error)
{
	struct layout_file *file = &target->layout.files[0];

	if (folder && file->kind != LAYOUT_DATA)
		return fail_input(error, ERROR_NOWHERE,
				  "the torrent's name cannot be looked for in %s; name the file itself", path);
	if (folder) {
		buf_text(&target->base, path);
		end_with_slash(&target->base);
		buf_text(&target->base, file->path);
		path = arena_string(&target->texts, buf_bytes(&target->base));
		target->base.size = 0;
	}
	file->path = path;
	file->kind = LAYOUT_DATA;
	target->files[0].state = DATA_GOOD;
	return true;
}

/* A torrent of a folder: path is that folder, or the one that holds it. */
static bool place_folder(struct target *target, const char *path, bool folder, struct error *error)
{
	struct bytes name = target->torrent->meta.name;
	bool named = path_is_safe(name) && !memchr(name.data, '/', name.size);

	if (!folder)
		return fail_input(error, ERROR_NOWHERE, "%s is a file, but the torrent is of a folder", path);
	buf_text(&target->base, path);
	end_with_slash(&target->base);
	if (named) {
		size_t size = target->base.size;

		buf_append(&target->base, name.data, name.size);
		if (is_itself(target, path, buf_string(&target->base), name))
			target->base.size = size;
		else
			buf_byte(&target->base, '/');
	}
	target->folder = open(buf_string(&target->base), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target->folder < 0 && errno != ENOENT && errno != ENOTDIR)
		return fail_input(error, ERROR_NOWHERE, "%s: %s", buf_string(&target->base), strerror(errno));
	return true;
}

static bool place(struct target *target, const char *path, struct error *error)
{
	struct stat status;
	bool folder;

	if (stat(path, &status))
		return fail_system(error, "%s: %s", path, strerror(errno));
	folder = S_ISDIR(status.st_mode);
	return is_single(target, folder) ? place_single(target, path, folder, error)
					 : place_folder(target, path, folder, error);
}

/* ---- what is there of them */

/* Adds the parts of a path to those in text; ".." takes one away. False: it leads out, or is absolute. */
static bool walk(struct buf *text, struct bytes path)
{
	if (path.size && path.data[0] == '/')
		return false;
	for (struct bytes rest = path; rest.data;) {
		struct bytes part = bytes_split(rest, '/', &rest);

		if (!part.size || bytes_is(part, "."))
			continue;
		if (bytes_is(part, "..")) {
			if (!text->size)
				return false;
			while (text->size && text->data[--text->size] != '/')
				;
			continue;
		}
		if (text->size)
			buf_byte(text, '/');
		buf_append(text, part.data, part.size);
	}
	return true;
}

/* Does the symlink point to where the torrent has it: from the torrent's folder (BEP 47), or the same text as there? */
static uint8_t look_at_link(const struct target *target, size_t file)
{
	const char *path = target->layout.files[file].path, *slash = strrchr(path, '/'),
		   *want = target->files[file].expected;
	char link[4096];
	struct buf from_link = { 0 }, wanted = { 0 };
	ssize_t size = readlinkat(target->folder, path, link, sizeof link);
	bool same;

	if (size < 0 && errno != EBADF && errno != ENOENT && errno != ENOTDIR)
		return errno == EINVAL ? DATA_BAD : DATA_UNREADABLE;	/* no symlink; or not allowed to look */
	if (size < 0)
		return DATA_MISSING;
	same = bytes_is(bytes_at(link, (size_t)size), want) ||
	       (walk(&from_link, bytes_at(path, slash ? (size_t)(slash - path) : 0)) &&
		walk(&from_link, bytes_at(link, (size_t)size)) && walk(&wanted, bytes_of(want)) &&
		bytes_equal(buf_bytes(&from_link), buf_bytes(&wanted)));
	buf_free(&from_link);
	buf_free(&wanted);
	return same ? DATA_GOOD : DATA_BAD;
}

static int look(const struct target *target, size_t file, struct stat *status)
{
	return fstatat(target->folder, target->layout.files[file].path, status, 0) ? errno : 0;
}

static int64_t time_of_change(const struct stat *status)
{
	return (int64_t)status->st_mtim.tv_sec * 1000000 + status->st_mtim.tv_nsec / 1000;
}

static void look_at_file(struct target *target, size_t number)
{
	struct target_file *file = &target->files[number];
	struct layout_file *laid = &target->layout.files[number];
	struct error error = { 0 };
	struct stat status;
	int failure = look(target, number, &status);

	/* EBADF: there is not even the folder */
	if (failure == EBADF || failure == ENOENT || failure == ENOTDIR)
		file->state = DATA_MISSING;
	else if (failure || !S_ISREG(status.st_mode))
		file->state = DATA_UNREADABLE;
	if (file->state == DATA_UNREADABLE) {
		fail_input(&error, ERROR_NOWHERE, "%s%s: %s", buf_string(&target->base), laid->path,
			   failure ? strerror(failure) :
			   S_ISDIR(status.st_mode) ? "is a folder, want a file" : "is no regular file");
		run_error(target->run, &error);
	}
	if (file->state != DATA_GOOD) {
		laid->kind = LAYOUT_ABSENT;
		return;
	}
	file->size = (uint64_t)status.st_size;
	file->modified_us = time_of_change(&status);
	file->state = file->size < laid->length ? DATA_SHORT : file->size > laid->length ? DATA_LONG : DATA_GOOD;
}

static void look_at_all(struct target *target)
{
	for (size_t i = 0; i < target->layout.count && !tool_stopped; i++) {
		if (target->files[i].role == TARGET_PADDING || target->files[i].state != DATA_GOOD)
			continue;
		if (target->files[i].role == TARGET_SYMLINK)
			target->files[i].state = look_at_link(target, i);
		else
			look_at_file(target, i);
	}
}

/* ---- what their pieces should be */

/* Is the layer what the root is of? */
static bool layer_fits(const struct target *target, struct lanes *lanes, struct bytes layer, const uint8_t *root)
{
	size_t count = layer.size / SHA256_SIZE;
	unsigned from = layout_piece_height(&target->layout);
	uint8_t *nodes = malloc(layer.size), found[SHA256_SIZE];

	if (!nodes)
		out_of_memory();
	memcpy(nodes, layer.data, layer.size);
	merkle_root(lanes, nodes, count, from, merkle_height(count), found);
	free(nodes);
	return !memcmp(found, root, SHA256_SIZE);
}

/* The piece layer of each file that is larger than a piece. */
static void find_layers(struct target *target, const struct metainfo_layers *layers)
{
	const struct layout *layout = &target->layout;
	struct lanes *lanes = lanes_new(LANES_SHA256, LANES_BEST);

	for (size_t i = 0; i < layout->count && !tool_stopped; i++) {
		struct target_file *file = &target->files[i];
		uint64_t length = layout->files[i].length;
		uint64_t count = length / layout->piece_length + (length % layout->piece_length != 0);
		struct error error = { 0 };
		struct bytes layer;

		if (file->role != TARGET_FILE || !file->expected || count < 2 || layout->files[i].kind == LAYOUT_ABSENT)
			continue;
		layer = layers ? metainfo_layer(layers, bytes_at(file->expected, SHA256_SIZE)) : bytes_at(NULL, 0);
		if (layer.size == count * SHA256_SIZE && layer_fits(target, lanes, layer, file->expected)) {
			file->expected = layer.data;
			continue;
		}
		file->gathered = arena_alloc(&target->texts, count * SHA256_SIZE);
		fail_input(&error, ERROR_NOWHERE, "%s piece layer of %s: the file can be compared as a whole only",
			   layer.data ? "wrong" : "no", layout->files[i].path);
		refuse(target, &error);
	}
	lanes_free(lanes);
}

/* Which hashes there are to compare with. */
static bool find_hashes(struct target *target, struct error *error)
{
	const struct metainfo *meta = &target->torrent->meta;
	uint64_t pieces = layout_pieces(&target->layout);
	struct metainfo_layers *layers;
	struct error halves = { 0 };

	target->sha1 = meta->version & METAINFO_V1;
	target->roots = meta->version & METAINFO_V2;
	if (pieces > TARGET_PIECES_MAX)
		return fail_input(error, ERROR_NOWHERE, "%" PRIu64 " pieces, at most %d can be compared", pieces,
				  TARGET_PIECES_MAX);
	if (target->sha1 && meta->pieces.size != pieces * SHA1_SIZE)
		return fail_input(error, ERROR_NOWHERE,
				  "%zu bytes of hashes, the files have %" PRIu64 " pieces, want %" PRIu64, meta->pieces.size,
				  pieces, pieces * SHA1_SIZE);
	if (!target->roots)
		return true;
	if (!layout_can_roots(&target->layout, &halves)) {
		if (!target->sha1)
			return fail_input(error, ERROR_NOWHERE, "%s", halves.message);
		error_suffix(&halves, "; only the version 1 half is compared");
		refuse(target, &halves);
		target->roots = false;
		return true;
	}
	layers = metainfo_layers_new(meta);
	find_layers(target, layers);
	metainfo_layers_free(layers);
	return true;
}

bool target_open(struct target *target, struct run *run, const char *path, const struct document *document,
		 const struct torrent *torrent)
{
	const struct metainfo *meta = &torrent->meta;
	struct error error = { 0 };

	*target = (struct target){
		.run = run, .document = document, .torrent = torrent, .folder = AT_FDCWD,
		.layout = { .piece_length = (uint64_t)meta->piece_length, .aligned = meta->version == METAINFO_V2 },
	};
	if (meta->piece_length <= 0)
		fail_input(&error, ERROR_NOWHERE, "no piece length");
	else if (add_files(target, &error) && place(target, path, &error)) {
		look_at_all(target);
		find_hashes(target, &error);
	}
	if (error.kind == ERROR_NONE)
		return true;
	refuse(target, &error);
	target_close(target);
	return false;
}

struct bytes target_path(struct target *target, size_t file)
{
	size_t base = target->base.size;
	struct bytes path;

	buf_text(&target->base, target->layout.files[file].path);
	path = buf_bytes(&target->base);
	target->base.size = base;
	return path;
}

bool target_changed(const struct target *target, size_t file)
{
	struct stat status;

	return look(target, file, &status) || (uint64_t)status.st_size != target->files[file].size ||
	       time_of_change(&status) != target->files[file].modified_us;
}

void target_close(struct target *target)
{
	if (target->folder >= 0)
		close(target->folder);
	layout_free(&target->layout);
	free(target->files);
	buf_free(&target->base);
	arena_free(&target->texts);
}
