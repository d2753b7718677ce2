/* build.c - a new torrent of the files that were gathered: pieces hashed, info and piece layers written */
#include "tools/btinspect/build.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/progress.h"
#include "codec/bencode.h"
#include "tools/btinspect/documents.h"
#include "tools/btinspect/hasher.h"

/* The piece length that is chosen: the smallest of these with which there are no more pieces than that, or the greatest. */
enum { CHOSEN_MIN = 16 << 10, CHOSEN_MAX = 16 << 20, CHOSEN_PIECES = 2048 };

static void *allocate(uint64_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

/* ---- files in a row */

static bool choose_piece_length(struct build *build, struct error *error)
{
	uint64_t length = build->options->piece_length;

	if (!length) {
		length = CHOSEN_MIN;
		while (length < CHOSEN_MAX && build->gathered->size / length >= CHOSEN_PIECES)
			length *= 2;
	} else if (length < BUILD_PIECE_MIN || length > BUILD_PIECE_MAX) {
		return fail_usage(error, "--piece-length: %" PRIu64 ", want %d at least and %d at most", length,
				  BUILD_PIECE_MIN, BUILD_PIECE_MAX);
	} else if (build->v2 && (length < MERKLE_LEAF || length & (length - 1))) {
		return fail_usage(error,
				  "--piece-length: %" PRIu64 ", but version 2 wants a power of two, %d at least (BEP 52)",
				  length, MERKLE_LEAF);
	}
	build->layout.piece_length = length;
	return true;
}

/*
 * After each file that ends within a piece comes padding, after the last one too, so that all pieces are whole, as
 * libtorrent has it. Of a torrent with a single file there is nothing to align.
 */
static bool lay_files(struct build *build, struct error *error)
{
	const struct gathered *gathered = build->gathered;
	bool padded = build->v1 && (build->v2 || build->options->padding) && gathered->count > 1;

	build->layout.aligned = !build->v1;
	for (size_t i = 0; i < gathered->count; i++) {
		const struct gathered_file *file = &gathered->files[i];
		uint64_t padding;

		if (!layout_add(&build->layout, LAYOUT_DATA, file->path, file->length, error))
			return false;
		padding = padded ? layout_padding(&build->layout) : 0;
		if (padding && !layout_add(&build->layout, LAYOUT_ZEROS, NULL, padding, error))
			return false;
	}
	return true;
}

bool build_begin(struct build *build, struct run *run, const struct gathered *gathered, struct bytes name,
		 struct error *error)
{
	const struct btinspect_options *options = run->options;
	uint64_t hash_size;

	*build = (struct build){ .run = run, .options = options, .gathered = gathered, .name = name,
				 .v1 = options->format != BTINSPECT_V2, .v2 = options->format != BTINSPECT_V1 };
	if (options->padding && build->v2)
		return fail_usage(error,
				  "--padding goes with --format=v1: hybrids always have it, and version 2 needs none");
	if (!choose_piece_length(build, error) || !lay_files(build, error))
		return false;
	build->pieces = layout_pieces(&build->layout);
	hash_size = (build->v1 ? SHA1_SIZE : 0) + (build->v2 ? SHA256_SIZE : 0);
	if (build->pieces > DOCUMENT_SIZE_MAX / hash_size)
		return fail_input(error, ERROR_NOWHERE,
				  "%" PRIu64 " pieces of %" PRIu64 " bytes, whose hashes alone are larger than a "
				  "torrent may be; a greater --piece-length makes less",
				  build->pieces, build->layout.piece_length);
	if (build->v1)
		build->sha1 = allocate(build->pieces, SHA1_SIZE);
	if (build->v2) {
		build->roots = allocate(build->pieces, SHA256_SIZE);
		build->file_roots = allocate(gathered->count, SHA256_SIZE);
	}
	return true;
}

void build_free(struct build *build)
{
	layout_free(&build->layout);
	free(build->sha1);
	free(build->roots);
	free(build->file_roots);
}

/* ---- hashes */

struct hashing {
	struct build *build;
	struct hasher hasher;
	struct progress progress;
	bool stop;		/* atomic: any thread sets it, and all read it */
	size_t faulty;		/* the first file that could not be read */
	int fault;
	bool failed;
};

/* By any thread: each piece has a place of its own. */
static void take_piece(void *context, const struct hashed_piece *piece)
{
	struct build *build = ((struct hashing *)context)->build;

	if (piece->sha1)
		memcpy(build->sha1 + piece->index * SHA1_SIZE, piece->sha1, SHA1_SIZE);
	if (piece->root)
		memcpy(build->roots + piece->index * SHA256_SIZE, piece->root, SHA256_SIZE);
}

/* One is enough: there will be no torrent. It is reported when the threads have ended. */
static void take_fault(void *context, size_t file, int fault)
{
	struct hashing *hashing = context;

	if (!hashing->failed) {
		hashing->faulty = file;
		hashing->fault = fault;
	}
	hashing->failed = true;
	__atomic_store_n(&hashing->stop, true, __ATOMIC_RELAXED);
}

static void take_step(void *context, uint64_t done)
{
	struct hashing *hashing = context;

	if (tool_stopped)
		__atomic_store_n(&hashing->stop, true, __ATOMIC_RELAXED);
	progress_step(&hashing->progress, done, done, hashing->build->layout.size);
}

/* The roots of files: of those that are no larger than a piece, it is that of their piece. */
static void make_roots(struct build *build)
{
	uint64_t piece_length = build->layout.piece_length;
	unsigned from = layout_piece_height(&build->layout);
	struct lanes *lanes = lanes_new(LANES_SHA256, LANES_BEST);
	struct buf nodes = { 0 };
	size_t number = 0;

	for (size_t i = 0; i < build->layout.count; i++) {
		const struct layout_file *file = &build->layout.files[i];
		const uint8_t *first = build->roots + file->offset / piece_length * SHA256_SIZE;
		uint64_t count = file->length / piece_length + (file->length % piece_length != 0);
		uint8_t *root = build->file_roots + number * SHA256_SIZE;

		if (file->kind != LAYOUT_DATA)
			continue;
		number++;
		if (count > 1) {
			nodes.size = 0;
			buf_append(&nodes, first, count * SHA256_SIZE);
			merkle_root(lanes, nodes.data, count, from, merkle_height(count), root);
		} else if (count) {
			memcpy(root, first, SHA256_SIZE);
		}
	}
	buf_free(&nodes);
	lanes_free(lanes);
}

bool build_hash(struct build *build, struct error *error)
{
	struct hashing hashing = { .build = build, .progress = progress_begin(&build->run->report, "bytes") };
	bool good;

	hashing.hasher = (struct hasher){
		.layout = &build->layout, .folder = build->gathered->folder, .sha1 = build->v1, .roots = build->v2,
		.threads = build->options->threads, .stop = &hashing.stop, .piece = take_piece, .fault = take_fault,
		.step = take_step, .context = &hashing,
	};
	good = hasher_run(&hashing.hasher, error);
	progress_end(&hashing.progress);
	if (good && hashing.failed)
		good = fail_system(error, "%s: %s", build->layout.files[hashing.faulty].path,
				   hasher_fault_text(hashing.fault));
	good = good && !hashing.stop && !tool_stopped;
	if (good && build->v2)
		make_roots(build);
	return good;
}

/* ---- what is written */

static void put_pair(struct buf *out, const char *key, struct bytes value)
{
	bencode_put_text(out, key);
	bencode_put_string(out, value);
}

static void put_number(struct buf *out, const char *key, uint64_t number)
{
	bencode_put_text(out, key);
	bencode_put_integer(out, (int64_t)number);
}

static void put_attr(struct buf *out, bool executable)
{
	if (executable)
		put_pair(out, "attr", bytes_of("x"));
}

/* An entry of the version 1 half: { attr, length, path }. */
static void put_file(struct buf *out, const struct gathered_file *file)
{
	struct bytes rest = bytes_of(file->path);

	buf_byte(out, 'd');
	put_attr(out, file->executable);
	put_number(out, "length", file->length);
	bencode_put_text(out, "path");
	buf_byte(out, 'l');
	while (rest.data)
		bencode_put_string(out, bytes_split(rest, '/', &rest));
	buf_text(out, "ee");
}

/* Its path is what BEP 47 proposes: clients that do not know of padding make one file of all that are as long. */
static void put_padding(struct buf *out, uint64_t length)
{
	struct buf name = { 0 };

	buf_format(&name, "%" PRIu64, length);
	buf_byte(out, 'd');
	put_pair(out, "attr", bytes_of("p"));
	put_number(out, "length", length);
	bencode_put_text(out, "path");
	buf_byte(out, 'l');
	bencode_put_text(out, ".pad");
	bencode_put_string(out, buf_bytes(&name));
	buf_text(out, "ee");
	buf_free(&name);
}

static void put_files(const struct build *build, struct buf *out)
{
	const struct gathered_file *next = build->gathered->files;

	bencode_put_text(out, "files");
	buf_byte(out, 'l');
	for (size_t i = 0; i < build->layout.count; i++) {
		if (build->layout.files[i].kind == LAYOUT_DATA)
			put_file(out, next++);
		else
			put_padding(out, build->layout.files[i].length);
	}
	buf_byte(out, 'e');
}

/* An entry of the version 2 half: name: { "": { attr, length, pieces root } }. */
static void put_leaf(const struct build *build, size_t number, struct bytes name, struct buf *out)
{
	const struct gathered_file *file = &build->gathered->files[number];

	bencode_put_string(out, name);
	buf_text(out, "d0:d");
	put_attr(out, file->executable);
	put_number(out, "length", file->length);
	if (file->length)
		put_pair(out, "pieces root", bytes_at(build->file_roots + number * SHA256_SIZE, SHA256_SIZE));
	buf_text(out, "ee");
}

/* How many bytes of both paths are the same folders, with the slash behind each. */
static size_t shared_folders(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			shared = i + 1;
	return shared;
}

static size_t count_slashes(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += *path == '/';
	return count;
}

/* The files are in the order of the tree, so each folder is opened once. */
static void put_tree(const struct build *build, struct buf *out)
{
	const struct gathered *gathered = build->gathered;
	const char *last = "";

	bencode_put_text(out, "file tree");
	buf_byte(out, 'd');
	for (size_t i = 0; i < gathered->count && !gathered->single; i++) {
		const char *path = gathered->files[i].path;
		size_t shared = shared_folders(last, path);
		struct bytes rest = bytes_of(path + shared), name;

		for (size_t close = count_slashes(last + shared); close; close--)
			buf_byte(out, 'e');
		while (name = bytes_split(rest, '/', &rest), rest.data) {
			bencode_put_string(out, name);
			buf_byte(out, 'd');
		}
		put_leaf(build, i, name, out);
		last = path;
	}
	if (gathered->single)
		put_leaf(build, 0, build->name, out);
	for (size_t close = gathered->single ? 0 : count_slashes(last); close; close--)
		buf_byte(out, 'e');
	buf_byte(out, 'e');
}

static void put_info(const struct build *build, struct buf *out)
{
	const struct gathered *gathered = build->gathered;

	buf_byte(out, 'd');
	if (build->v1 && gathered->single)
		put_attr(out, gathered->files[0].executable);
	if (build->v2)
		put_tree(build, out);
	if (build->v1 && !gathered->single)
		put_files(build, out);
	if (build->v1 && gathered->single)
		put_number(out, "length", gathered->size);
	if (build->v2)
		put_number(out, "meta version", 2);
	put_pair(out, "name", build->name);
	put_number(out, "piece length", build->layout.piece_length);
	if (build->v1)
		put_pair(out, "pieces", bytes_at(build->sha1, build->pieces * SHA1_SIZE));
	if (build->options->private == PRIVATE_SET)
		put_number(out, "private", 1);
	if (build->options->source && *build->options->source)
		put_pair(out, "source", bytes_of(build->options->source));
	buf_byte(out, 'e');
}

/* The layer of a file that is larger than a piece: its root, and the roots of its pieces. */
struct layer {
	struct bytes root, hashes;
};

static int by_root(const void *a, const void *b)
{
	return memcmp(((const struct layer *)a)->root.data, ((const struct layer *)b)->root.data, SHA256_SIZE);
}

static void put_layers(const struct build *build, struct buf *out)
{
	uint64_t piece_length = build->layout.piece_length;
	size_t count = 0, number = 0;
	struct layer *layers = allocate(build->gathered->count, sizeof *layers);

	for (size_t i = 0; i < build->layout.count; i++) {
		const struct layout_file *file = &build->layout.files[i];

		if (file->kind == LAYOUT_DATA && file->length > piece_length)
			layers[count++] = (struct layer){
				bytes_at(build->file_roots + number * SHA256_SIZE, SHA256_SIZE),
				bytes_at(build->roots + file->offset / piece_length * SHA256_SIZE,
					 ((file->length - 1) / piece_length + 1) * SHA256_SIZE),
			};
		number += file->kind == LAYOUT_DATA;
	}
	qsort(layers, count, sizeof *layers, by_root);
	bencode_put_text(out, "piece layers");
	buf_byte(out, 'd');
	for (size_t i = 0; i < count; i++) {
		if (i && bytes_equal(layers[i].root, layers[i - 1].root))
			continue;	/* a copy of the file before */
		bencode_put_string(out, layers[i].root);
		bencode_put_string(out, layers[i].hashes);
	}
	buf_byte(out, 'e');
	free(layers);
}

void build_write(const struct build *build, struct buf *out)
{
	buf_byte(out, 'd');
	bencode_put_text(out, "info");
	put_info(build, out);
	if (build->v2)
		put_layers(build, out);
	buf_byte(out, 'e');
}
