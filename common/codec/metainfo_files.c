/* metainfo_files.c - the files of a torrent: the list of version 1, the tree of version 2, and both in step */
#include "codec/metainfo_private.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "text/escape.h"

/* What a dictionary says of a file, in the list and in the tree alike. */
struct entry {
	uint64_t length;
	unsigned attr;		/* enum metainfo_attr */
	unsigned components, components_utf8;	/* of the two paths; 0: there is none */
	uint64_t place, root_place;
	struct bytes root;
	bool has_length, has_path, has_root, has_target;
	bool broken;		/* no length, or no path */
};

/* A directory of the tree around the place. */
struct level {
	uint32_t path_size;	/* of the path up to it */
	bool file;		/* it is a file */
	size_t place;		/* of its key */
};

/* One half of a torrent, and the place in it. */
struct half {
	bool there, ended;
	bool tree;
	unsigned base;		/* depth of the list or the tree itself */
	struct bencode reader;
	struct error error;	/* of the reader: there is none, metainfo_parse went through all of it */
	struct buf path, path_utf8, target;
	struct level levels[BENCODE_DEPTH_MAX];	/* of the tree */
	unsigned level_count;
};

struct metainfo_files {
	struct metainfo meta;
	struct teller *teller;		/* of the survey, or: */
	struct teller own;
	struct error error;		/* of that */
	uint64_t index, offset;
	bool unlike;			/* the halves of a hybrid no longer agree */
	struct half list, tree;
};

static void skip(struct half *half, const struct bencode_token *value)
{
	bencode_skip(&half->reader, value, NULL, &half->error);
}

/* ---- what a file's dictionary says */

static unsigned parse_attr(struct bytes letters)
{
	unsigned attr = 0;

	for (size_t i = 0; i < letters.size; i++) {
		switch (letters.data[i]) {
		case 'p': attr |= METAINFO_PAD; break;
		case 'l': attr |= METAINFO_SYMLINK; break;
		case 'x': attr |= METAINFO_EXECUTABLE; break;
		case 'h': attr |= METAINFO_HIDDEN; break;
		}
	}
	return attr;
}

/* A list of strings, joined by /. The count of them; 0 with a fault told, if they are none. */
static unsigned read_path(struct half *half, const struct bencode_token *list, struct buf *out, struct teller *teller, enum fault fault)
{
	struct bencode *reader = &half->reader;
	unsigned count = 0, wrong = 0;
	struct bencode_token element;

	out->size = 0;
	if (list->kind != BENCODE_LIST) {
		tell(teller, reader, fault, list->offset, "found %s", bencode_kind_name(list->kind));
		skip(half, list);
		return 0;
	}
	while (bencode_element(reader, &element, &half->error)) {
		if (element.kind != BENCODE_STRING) {
			if (!wrong++)
				tell(teller, reader, fault, element.offset, "found %s", bencode_kind_name(element.kind));
			skip(half, &element);
			continue;
		}
		if (count++)
			buf_byte(out, '/');
		buf_append(out, element.text.data, element.text.size);
	}
	if (!count && !wrong)
		tell(teller, reader, fault, list->offset, "the list is empty");
	return wrong ? 0 : count;
}

static void read_length(struct bencode *reader, const struct bencode_token *value, struct entry *entry, struct teller *teller)
{
	struct brief brief;

	entry->has_length = true;
	if (value->kind != BENCODE_INTEGER)
		tell(teller, reader, FAULT_FILE_LENGTH, value->offset, "found %s", bencode_kind_name(value->kind));
	else if (value->number < 0 || value->flaws & BENCODE_WIDE)
		tell(teller, reader, FAULT_FILE_LENGTH, value->offset, "found %s", escape_brief(&brief, value->text));
	else
		entry->length = (uint64_t)value->number;
	entry->broken = entry->broken || value->kind != BENCODE_INTEGER || value->number < 0 || value->flaws & BENCODE_WIDE;
}

enum entry_key { ENTRY_LENGTH, ENTRY_PATH, ENTRY_PATH_UTF8, ENTRY_ATTR, ENTRY_TARGET, ENTRY_ROOT, ENTRY_OTHER };

static enum entry_key entry_key(struct bytes key)
{
	switch (key.size) {
	case 4: return !memcmp(key.data, "path", 4) ? ENTRY_PATH : !memcmp(key.data, "attr", 4) ? ENTRY_ATTR : ENTRY_OTHER;
	case 6: return !memcmp(key.data, "length", 6) ? ENTRY_LENGTH : ENTRY_OTHER;
	case 10: return !memcmp(key.data, "path.utf-8", 10) ? ENTRY_PATH_UTF8 : ENTRY_OTHER;
	case 11: return !memcmp(key.data, "pieces root", 11) ? ENTRY_ROOT : ENTRY_OTHER;
	case 12: return !memcmp(key.data, "symlink path", 12) ? ENTRY_TARGET : ENTRY_OTHER;
	}
	return ENTRY_OTHER;
}

static void read_value(struct half *half, enum entry_key key, const struct bencode_token *value, struct entry *entry, struct teller *teller)
{
	struct bencode *reader = &half->reader;

	switch (key) {
	case ENTRY_LENGTH:
		read_length(reader, value, entry, teller);
		break;
	case ENTRY_PATH:
		entry->has_path = true;
		entry->components = read_path(half, value, &half->path, teller, FAULT_NO_PATH);
		return;
	case ENTRY_PATH_UTF8:
		entry->components_utf8 = read_path(half, value, &half->path_utf8, teller, FAULT_WRONG_TYPE);
		return;
	case ENTRY_TARGET:
		entry->has_target = read_path(half, value, &half->target, teller, FAULT_SYMLINK_TARGET);
		return;
	case ENTRY_ATTR:
		if (value->kind == BENCODE_STRING)
			entry->attr |= parse_attr(value->text);
		else
			tell_type(teller, reader, value, SEVERITY_WARNING, "a string");
		break;
	case ENTRY_ROOT:
		entry->has_root = true;
		entry->root_place = value->offset;
		entry->root = value->kind == BENCODE_STRING ? value->text : bytes_at(NULL, 0);
		break;
	case ENTRY_OTHER:
		break;
	}
	skip(half, value);
}

/* Behind the token that opened the dictionary, to its end. */
static void read_entry(struct half *half, struct entry *entry, struct teller *teller)
{
	struct bencode *reader = &half->reader;
	struct bencode_token key, value;
	unsigned seen = 0;

	while (bencode_pair(reader, &key, &value, &half->error)) {
		enum entry_key which = entry_key(key.text);

		/* the other half's */
		if (half->tree ? which == ENTRY_PATH || which == ENTRY_PATH_UTF8 : which == ENTRY_ROOT)
			which = ENTRY_OTHER;
		if (which != ENTRY_OTHER && seen & 1u << which) {
			if (!(key.flaws & BENCODE_DUPLICATE_KEY))
				tell_duplicate(teller, reader, &key);
			which = ENTRY_OTHER;
		}
		seen |= 1u << which;
		read_value(half, which, &value, entry, teller);
	}
	if (!entry->has_length && !(entry->attr & METAINFO_SYMLINK)) {
		tell(teller, reader, FAULT_FILE_LENGTH, entry->place, "there is no length");
		entry->broken = true;
	}
	if (!(entry->attr & METAINFO_SYMLINK))
		return;
	if (entry->length)
		tell(teller, reader, FAULT_SYMLINK_LENGTH, entry->place, "found a length of %" PRIu64, entry->length);
	if (!entry->has_target && !(seen & 1u << ENTRY_TARGET))
		tell(teller, reader, FAULT_SYMLINK_TARGET, entry->place, "there is none");
	entry->length = 0;
}

/* ---- the list of version 1 */

static bool bitcomet_padding(struct bytes path)
{
	static const char name[] = "_____padding_file_";
	const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;

	return bytes_begin(slash ? bytes_after(path, (size_t)(slash + 1 - path.data)) : path, name);
}

/* The one file of a torrent with length: its attributes stand in info. */
static bool next_single(struct metainfo_files *files, struct entry *entry)
{
	struct half *half = &files->list;
	static const struct { enum entry_key key; const char *name; size_t member; } keys[] = {
		{ ENTRY_LENGTH, "length", offsetof(struct metainfo, length) },
		{ ENTRY_ATTR, "attr", offsetof(struct metainfo, attr) },
		{ ENTRY_TARGET, "symlink path", offsetof(struct metainfo, symlink_path) },
	};

	*entry = (struct entry){ .place = metainfo_place(&files->meta, files->meta.length), .components = 1 };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct bytes value = *(const struct bytes *)((const char *)&files->meta + keys[i].member);
		struct bencode_token token;

		if (!value.data)
			continue;
		metainfo_reader(&half->reader, &files->meta, true, keys[i].name, value);
		if (bencode_next(&half->reader, &token, &half->error))
			read_value(half, keys[i].key, &token, entry, files->teller);
	}
	half->path.size = 0;
	buf_append(&half->path, files->meta.name.data, files->meta.name.size);
	if (entry->attr & METAINFO_SYMLINK)
		entry->length = 0;
	half->ended = true;
	return true;
}

static bool next_listed(struct metainfo_files *files, struct entry *entry)
{
	struct half *half = &files->list;
	struct bencode_token token;

	if (half->ended || !half->there)
		return false;
	if (!files->meta.files.data)
		return next_single(files, entry);
	if (!bencode_element(&half->reader, &token, &half->error)) {
		half->ended = true;
		return false;
	}
	*entry = (struct entry){ .place = token.offset };
	half->path.size = half->path_utf8.size = half->target.size = 0;
	if (token.kind != BENCODE_DICT) {
		tell_type(files->teller, &half->reader, &token, SEVERITY_ERROR, "a dictionary");
		skip(half, &token);
		entry->broken = true;
		return true;
	}
	read_entry(half, entry, files->teller);
	if (bitcomet_padding(buf_bytes(entry->components ? &half->path : &half->path_utf8)))
		entry->attr |= METAINFO_PAD;
	if (!entry->components && !entry->components_utf8 && !(entry->attr & METAINFO_PAD)) {
		if (!entry->has_path)
			tell(files->teller, &half->reader, FAULT_NO_PATH, entry->place, "there is no path");
		entry->broken = true;
	}
	return true;
}

/* ---- the tree of version 2 */

static void skip_with_fault(struct half *half, struct teller *teller, enum fault fault, const struct bencode_token *value)
{

	if (fault == FAULT_WRONG_TYPE)
		tell_type(teller, &half->reader, value, SEVERITY_ERROR, "a dictionary");
	else
		tell(teller, &half->reader, fault, value->offset, "%s", "");
	skip(half, value);
}

static void check_tree_entry(struct half *half, struct entry *entry, struct teller *teller)
{
	struct bencode *reader = &half->reader;
	struct count_text size;

	if (entry->attr & METAINFO_PAD)
		tell(teller, reader, FAULT_TREE_PADDING, entry->place, "%s", "");
	if (entry->broken || entry->attr & METAINFO_SYMLINK)
		return;
	if (!entry->length && entry->has_root) {
		tell(teller, reader, FAULT_EMPTY_FILE_ROOT, entry->root_place, "%s", "");
		entry->root = bytes_at(NULL, 0);
	} else if (entry->length && entry->root.size != METAINFO_SHA256) {
		if (!entry->has_root)
			tell(teller, reader, FAULT_PIECES_ROOT, entry->place, "there is none");
		else if (!entry->root.data)
			tell(teller, reader, FAULT_PIECES_ROOT, entry->root_place, "found no string");
		else
			tell(teller, reader, FAULT_PIECES_ROOT, entry->root_place, "found %s", count_print(&size, entry->root.size, "bytes"));
		entry->root = bytes_at(NULL, 0);
	}
}

/* A key of a directory of the tree, and its value. True: a file was read. */
static bool read_branch(struct half *half, const struct bencode_token *key, const struct bencode_token *value, struct entry *entry,
			struct teller *teller)
{
	struct level *level = half->level_count ? &half->levels[half->level_count - 1] : NULL;
	uint32_t size = (uint32_t)half->path.size;

	if (!key->text.size && level && half->reader.frames[key->depth - 1].count == 1) {
		level->file = true;
		if (value->kind != BENCODE_DICT) {
			skip_with_fault(half, teller, FAULT_WRONG_TYPE, value);
			return false;
		}
		*entry = (struct entry){ .place = level->place, .components = half->level_count };
		half->target.size = 0;
		read_entry(half, entry, teller);
		check_tree_entry(half, entry, teller);
		return true;
	}
	if (!key->text.size || (level && level->file)) {
		skip_with_fault(half, teller, level ? FAULT_TREE_SIBLINGS : FAULT_TREE_ROOT, value);
	} else if (value->kind != BENCODE_DICT) {
		skip_with_fault(half, teller, FAULT_WRONG_TYPE, value);
	} else if (size + 1 + key->text.size > METAINFO_TREE_PATH_MAX) {
		tell_as(teller, &half->reader, FAULT_LONG_PATH, SEVERITY_ERROR, key->offset, "found more than %d bytes", METAINFO_TREE_PATH_MAX);
		skip(half, value);
	} else {
		if (level)
			buf_byte(&half->path, '/');
		buf_append(&half->path, key->text.data, key->text.size);
		half->levels[half->level_count++] = (struct level){ .path_size = size, .place = key->offset };
	}
	return false;
}

static bool next_in_tree(struct metainfo_files *files, struct entry *entry)
{
	struct half *half = &files->tree;
	struct bencode_token key, value;

	if (half->ended || !half->there)
		return false;
	while (bencode_next(&half->reader, &key, &half->error)) {
		if (key.kind == BENCODE_END) {
			if (key.depth == half->base)
				break;
			if (!half->reader.frames[key.depth].count)
				tell(files->teller, &half->reader, FAULT_EMPTY_DIRECTORY, key.offset, "%s", "");
			half->path.size = half->levels[--half->level_count].path_size;
			continue;
		}
		if (!bencode_next(&half->reader, &value, &half->error))
			break;
		if (read_branch(half, &key, &value, entry, files->teller))
			return true;
	}
	half->ended = true;
	return false;
}

/* ---- both */

static void begin_half(struct half *half, const struct metainfo *meta, const char *key, struct bytes value)
{
	struct bencode_token token;

	half->there = half->ended = false;
	half->error = (struct error){ 0 };
	half->path = half->path_utf8 = half->target = (struct buf){ 0 };
	half->level_count = 0;
	if (!value.data)
		return;
	metainfo_reader(&half->reader, meta, true, key, value);
	half->there = bencode_next(&half->reader, &token, &half->error);
	half->base = token.depth;
}

static struct metainfo_files *files_new(const struct metainfo *meta, bool list, bool tree, struct teller *teller)
{
	struct metainfo_files *files = malloc(sizeof *files);
	struct bytes none = { NULL, 0 };

	if (!files)
		out_of_memory();
	files->meta = *meta;
	files->own = (struct teller){ .error = &files->error };
	files->error = (struct error){ 0 };
	files->teller = teller ? teller : &files->own;
	files->index = files->offset = 0;
	files->unlike = false;
	begin_half(&files->list, meta, meta->files.data ? "files" : "length",
		   !list ? none : meta->files.data ? meta->files : meta->length);
	begin_half(&files->tree, meta, "file tree", tree ? meta->file_tree : none);
	files->list.tree = false;
	files->tree.tree = true;
	return files;
}

/* Are the files those of the version 1 half? A file tree goes before it when there are no pieces. */
static bool has_list(const struct metainfo *meta)
{
	return (meta->files.data || meta->length.data) && (meta->version & METAINFO_V1 || !meta->file_tree.data);
}

struct metainfo_files *metainfo_files_new(const struct metainfo *meta)
{
	return files_new(meta, has_list(meta), meta->version & METAINFO_V2, NULL);
}

struct metainfo_files *metainfo_tree_new(const struct metainfo *meta)
{
	return files_new(meta, false, true, NULL);
}

bool metainfo_single(const struct metainfo *meta)
{
	struct metainfo_files *files;
	struct entry entry;
	bool single;

	if (has_list(meta))
		return !meta->files.data;
	if (meta->file_count != 1)
		return false;
	files = metainfo_tree_new(meta);
	single = next_in_tree(files, &entry) && entry.components == 1;
	metainfo_files_free(files);
	return single;
}

void metainfo_files_free(struct metainfo_files *files)
{
	if (!files)
		return;
	for (int i = 0; i < 2; i++) {
		struct half *half = i ? &files->tree : &files->list;

		buf_free(&half->path);
		buf_free(&half->path_utf8);
		buf_free(&half->target);
	}
	buf_free(&files->own.path);
	buf_free(&files->own.text);
	free(files);
}

/* Does the file of the list have that path in the tree? */
static bool same_path(const struct metainfo_files *files, const struct entry *listed, const struct entry *branch)
{
	struct bytes path = buf_bytes(&files->tree.path);

	return (listed->components == branch->components && bytes_equal(path, buf_bytes(&files->list.path))) ||
	       (listed->components_utf8 == branch->components && bytes_equal(path, buf_bytes(&files->list.path_utf8)));
}

static void fill(struct metainfo_files *files, const struct half *half, const struct entry *entry, struct metainfo_file *file)
{
	*file = (struct metainfo_file){
		.index = files->index++, .offset = files->offset, .length = entry->length, .attr = entry->attr,
		.path = buf_bytes(entry->components_utf8 ? &half->path_utf8 : &half->path),
		.components = entry->components_utf8 ? entry->components_utf8 : entry->components,
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
		if (!next_listed(files, &entry))
			return false;
		if (!(entry.attr & METAINFO_PAD) && next_in_tree(files, &branch) && !entry.broken && !branch.broken &&
		    branch.length == entry.length && same_path(files, &entry, &branch))
			entry.root = branch.root;
		if (!entry.broken) {
			fill(files, &files->list, &entry, file);
			files->offset = advance(files->offset, entry.length, 0);
		}
	} else {
		if (!next_in_tree(files, &entry))
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

void metainfo_files_where(const struct metainfo_files *files, struct buf *out)
{
	const struct bencode *tree = &files->tree.reader;

	if (files->list.there && files->meta.files.data)
		bencode_path(&files->list.reader, out);
	else if (files->list.there)
		buf_text(out, "info.name");
	else
		/* without the empty key that makes it a file */
		for (unsigned level = 0; level + 1 < tree->depth; level++)
			bencode_path_part(tree, level, out);
}

/* ---- the survey of metainfo_parse */

struct totals {
	uint64_t size, padding, entries, count, pieces;
	bool overflow;
};

static void add(struct totals *totals, const struct entry *entry, uint64_t piece_length)
{
	uint64_t *sum = entry->attr & METAINFO_PAD ? &totals->padding : &totals->size;

	totals->entries++;
	totals->count += !(entry->attr & METAINFO_PAD);
	totals->overflow = __builtin_add_overflow(*sum, entry->length, sum) || totals->overflow;
	if (piece_length)
		totals->pieces += entry->length / piece_length + (entry->length % piece_length != 0);
}

static void check_layer(struct metainfo_files *files, struct metainfo_layers *layers, const struct entry *entry)
{
	uint64_t piece_length = (uint64_t)files->meta.piece_length;

	if (!layers || !piece_length || entry->broken || entry->length <= piece_length || !entry->root.data)
		return;
	if (!layers_want(layers, entry->root, (entry->length - 1) / piece_length + 1, files->teller))
		tell(files->teller, &files->tree.reader, FAULT_MISSING_LAYER, entry->root_place, "%s", "");
}

/* Told once: where the two halves no longer agree. half is the one with the file at hand. */
static void tell_unlike(struct metainfo_files *files, const struct half *half, const struct entry *entry, const char *what)
{
	struct brief brief;

	if (!files->unlike)
		tell(files->teller, &half->reader, FAULT_HYBRID_FILES, entry->place, "%s '%s'", what,
		     escape_brief(&brief, buf_bytes(&half->path)));
	files->unlike = true;
}

static void compare_halves(struct metainfo_files *files, const struct entry *listed, const struct entry *branch)
{
	if (listed->broken || branch->broken)
		files->unlike = true;	/* which was told already */
	else if (!same_path(files, listed, branch))
		tell_unlike(files, &files->list, listed, "the file tree has another file than");
	else if (listed->length != branch->length)
		tell_unlike(files, &files->list, listed, "the file tree has another length of");
	else if ((listed->attr ^ branch->attr) & METAINFO_SYMLINK)
		tell_unlike(files, &files->list, listed, "only one half has a symlink");
}

/* A file of the list of a hybrid, which is no padding, against the next one of the tree. */
static void survey_beside(struct metainfo_files *files, const struct entry *listed, uint64_t offset, struct totals *totals,
			  struct metainfo_layers *layers)
{
	uint64_t piece_length = (uint64_t)files->meta.piece_length;
	struct count_text bytes;
	struct entry branch;

	if (listed->length && piece_length && offset % piece_length)
		tell(files->teller, &files->list.reader, FAULT_HYBRID_ALIGNMENT, listed->place,
		     "it begins %s behind the border of one", count_print(&bytes, offset % piece_length, "bytes"));
	if (!next_in_tree(files, &branch)) {
		tell_unlike(files, &files->list, listed, "the file tree does not have");
		return;
	}
	compare_halves(files, listed, &branch);
	add(totals, &branch, piece_length);
	check_layer(files, layers, &branch);
}

static void survey_list(struct metainfo_files *files, struct totals *list, struct totals *tree, struct metainfo_layers *layers)
{
	struct entry entry;

	while (next_listed(files, &entry)) {
		uint64_t offset = list->size + list->padding;

		add(list, &entry, (uint64_t)files->meta.piece_length);
		if (files->tree.there && !(entry.attr & METAINFO_PAD))
			survey_beside(files, &entry, offset, tree, layers);
	}
}

static void survey_tree(struct metainfo_files *files, struct totals *totals, struct metainfo_layers *layers)
{
	struct entry entry;

	while (next_in_tree(files, &entry)) {
		if (files->list.there)
			tell_unlike(files, &files->tree, &entry, "only the file tree has");
		add(totals, &entry, (uint64_t)files->meta.piece_length);
		check_layer(files, layers, &entry);
	}
}

/* broken: some files were, so that what little is left says nothing. */
static void conclude(struct metainfo *meta, const char *key, const struct totals *totals, bool broken, struct teller *teller, uint64_t place)
{
	meta->size = totals->size;
	meta->padding = totals->padding;
	meta->file_count = totals->count;
	meta->piece_count = totals->pieces;
	if (totals->overflow || totals->size > INT64_MAX || totals->padding > INT64_MAX - totals->size) {
		meta->size = meta->padding = meta->piece_count = UINT64_MAX;
		tell_of(teller, true, key, FAULT_SIZE_OVERFLOW, place, "%s", "");
	} else if (!totals->entries && !broken) {
		tell_of(teller, true, key, FAULT_NO_FILES, place, "found no file");
	} else if (!totals->size && !broken) {
		tell_of(teller, true, key, FAULT_ZERO_SIZE, place, "%s", "");
	}
}

void metainfo_survey_files(struct metainfo *meta, bool with_layers, struct teller *teller)
{
	bool list = has_list(meta);
	struct totals of_list = { 0 }, of_tree = { 0 };
	struct metainfo_files *files = files_new(meta, list, meta->version & METAINFO_V2, teller);
	struct metainfo_layers *layers = with_layers ? layers_new(meta, teller) : NULL;
	struct bytes found = meta->files.data ? meta->files : meta->length;
	uint64_t errors = teller->errors;

	survey_list(files, &of_list, &of_tree, layers);
	survey_tree(files, &of_tree, layers);
	if (layers)
		layers_tell_unused(layers, meta, teller);
	if (files->list.there)
		conclude(meta, meta->files.data ? "files" : "length", &of_list, teller->errors > errors, teller, metainfo_place(meta, found));
	else if (files->tree.there)
		conclude(meta, "file tree", &of_tree, teller->errors > errors, teller, metainfo_place(meta, meta->file_tree));
	metainfo_layers_free(layers);
	metainfo_files_free(files);
}
