/* check_paths.c - the paths of a torrent's files: what no name should have, where they lead, and which of them clash */
#include "tools/btinspect/check.h"

#include <stdio.h>

#include "text/escape.h"
#include "tools/btinspect/clash.h"

/* A path as a list in the file gives it, part after part, and the same list of the file before. */
struct list_path {
	struct buf text, last;
	size_t parts;
	bool same;		/* all parts so far are as in the last one, where they were judged */
	bool slash;		/* a part has a slash, so that parts cannot be told from the text */
};

/* The walk over the files of one half. It is done again when there are symlinks: by then all paths are known. */
struct walk {
	struct check *check;
	const char *key;		/* of what the reader reads */
	struct bencode reader;
	struct clashes clashes;
	struct list_path path, utf8;
	struct buf tree_path, target;
	uint64_t symlinks;
	bool again;
};

/* A file, as far as it was read. */
struct entry {
	const uint8_t *at;		/* its path; NULL: none */
	const uint8_t *target_at;	/* its symlink path */
	const uint8_t *bad_text;	/* the first part of path that is no UTF-8 */
	size_t bad_part;
	bool utf8, padding;
};

static const uint8_t *token_at(const struct walk *walk, const struct bencode_token *token)
{
	return walk->reader.input.data + token->offset;
}

static bool is_container(const struct bencode_token *token)
{
	return token->kind == BENCODE_LIST || token->kind == BENCODE_DICT;
}

/* ---- a file whose path is known */

static struct bytes parent_of(struct bytes path)
{
	while (path.size && path.data[path.size - 1] != '/')
		path.size--;
	return path;
}

/*
 * BEP 47 counts from the torrent's root, but what is made from real symlinks often counts from the folder that the
 * link is in. What leads below another symlink is not followed.
 */
static void check_symlink(struct walk *walk, struct bytes path, struct check_spot spot)
{
	struct bytes target = buf_bytes(&walk->target), rest = target, part;
	struct brief brief;
	bool outside = target.size && target.data[0] == '/';

	while (rest.data) {
		part = bytes_split(rest, '/', &rest);
		outside |= bytes_is(part, "..");
	}
	if (outside)
		check_put(walk->check, FAULT_SYMLINK_OUTSIDE, spot, "'%s'", escape_brief(&brief, target));
	else if (!target.size || (!clash_leads(&walk->clashes, bytes_of(""), target) &&
				  !clash_leads(&walk->clashes, parent_of(path), target)))
		check_put(walk->check, FAULT_SYMLINK_DANGLING, spot, "'%s'", escape_brief(&brief, target));
}

static void check_clashes(struct walk *walk, struct bytes path, struct check_spot spot)
{
	unsigned clash = clash_add(&walk->clashes, path);
	struct check *check = walk->check;
	struct brief brief;

	if (!clash)
		return;
	escape_brief(&brief, path);
	if (clash & CLASH_FILE)
		check_put(check, FAULT_DUPLICATE_PATH, spot, "'%s'", brief.text);
	if (clash & CLASH_CASE)
		check_put(check, FAULT_CASE_CLASH, spot, "'%s'", brief.text);
	if (clash & CLASH_FOLDER)
		check_put(check, FAULT_FILE_AND_FOLDER, spot, "'%s' is a folder too", brief.text);
	if (clash & CLASH_IN_FILE)
		check_put(check, FAULT_FILE_AND_FOLDER, spot, "a folder of '%s' is a file too", brief.text);
}

/* end: what follows the reader's path in the path of the list that has the parts, and of the file itself. */
static void end_file(struct walk *walk, const struct entry *entry, struct bytes path, const char *path_end,
		     const char *link_end)
{
	struct check_spot spot = { entry->at, walk->key, &walk->reader, path_end };
	struct check_spot link = { entry->target_at, walk->key, &walk->reader, link_end };
	struct check *check = walk->check;
	size_t size = check->meta.name.size + 1 + path.size;

	if (walk->again) {
		if (entry->target_at)
			check_symlink(walk, path, link);
		return;
	}
	walk->symlinks += entry->target_at != NULL;
	if (size >= CHECK_PATH_MAX)
		check_put(check, FAULT_LONG_PATH, spot, "%zu bytes", size);
	/* padding is never stored, and all of it may have one name; an empty path was told */
	if (!entry->padding && path.size)
		check_clashes(walk, path, spot);
}

/* What both halves say in the same way of a file: the value is of one of these keys, or skipped. */
static bool read_attribute(struct walk *walk, struct bytes key, const struct bencode_token *value, struct entry *entry,
			   struct error *error)
{
	struct bencode_token part;

	if (value->kind == BENCODE_STRING && bytes_is(key, "attr"))
		entry->padding = value->text.size && memchr(value->text.data, 'p', value->text.size);
	if (value->kind != BENCODE_LIST || !bytes_is(key, "symlink path"))
		return bencode_skip(&walk->reader, value, NULL, error);
	entry->target_at = token_at(walk, value);
	walk->target.size = 0;
	while (bencode_element(&walk->reader, &part, error)) {
		if (walk->target.size)
			buf_byte(&walk->target, '/');
		if (part.kind == BENCODE_STRING)
			buf_append(&walk->target, part.text.data, part.text.size);
		if (!bencode_skip(&walk->reader, &part, NULL, error))
			break;
	}
	return error->kind == ERROR_NONE;
}

/* ---- version 1: a list of files */

/* Is there anything new in the path so far? */
static bool add_part(struct list_path *path, struct bytes part)
{
	size_t begin = path->text.size, size;

	if (path->parts++)
		buf_byte(&path->text, '/');
	buf_append(&path->text, part.data, part.size);
	size = path->text.size - begin;
	path->slash |= part.size && memchr(part.data, '/', part.size);
	path->same = path->same && !path->slash && path->last.size >= path->text.size &&
		     bytes_equal(bytes_at(path->last.data + begin, size), bytes_at(path->text.data + begin, size)) &&
		     (path->last.size == path->text.size || path->last.data[path->text.size] == '/');
	return !path->same;
}

static void begin_path(struct list_path *path)
{
	struct buf last = path->last;

	path->last = path->text;
	path->text = last;
	path->text.size = 0;
	path->parts = 0;
	path->same = path->last.size && !path->slash;
	path->slash = false;
}

static bool read_path(struct walk *walk, struct list_path *path, bool utf8, struct entry *entry, struct error *error)
{
	struct bencode_token part;

	begin_path(path);
	while (bencode_element(&walk->reader, &part, error)) {
		struct check_spot spot = { token_at(walk, &part), walk->key, &walk->reader, NULL };

		if (part.kind == BENCODE_STRING && add_part(path, part.text) && !walk->again &&
		    !check_component(walk->check, part.text, spot, utf8) && !entry->bad_text) {
			entry->bad_text = spot.at;
			entry->bad_part = path->parts - 1;
		}
		if (is_container(&part) && !bencode_skip(&walk->reader, &part, NULL, error))
			break;
	}
	return error->kind == ERROR_NONE;
}

/* Other encodings are what path.utf-8 is for. */
static void check_encoding(struct walk *walk, const struct entry *entry)
{
	struct check_spot spot = { entry->bad_text, walk->key, &walk->reader, NULL };
	struct brief brief;
	char end[40];

	if (!entry->bad_text || entry->utf8 || walk->again)
		return;
	snprintf(end, sizeof end, ".path[%zu]", entry->bad_part);
	spot.end = end;
	check_put(walk->check, FAULT_NOT_UTF8, spot, "'%s'", escape_brief(&brief, buf_bytes(&walk->path.text)));
}

static bool read_listed(struct walk *walk, struct error *error)
{
	struct bencode_token key, value;
	struct entry entry = { 0 };
	bool good = true;

	while (good && bencode_pair(&walk->reader, &key, &value, error)) {
		bool utf8 = bytes_is(key.text, "path.utf-8");

		if (value.kind == BENCODE_LIST && (utf8 || bytes_is(key.text, "path"))) {
			entry.at = !utf8 && entry.utf8 ? entry.at : token_at(walk, &value);
			entry.utf8 |= utf8;
			good = read_path(walk, utf8 ? &walk->utf8 : &walk->path, utf8, &entry, error);
		} else {
			good = read_attribute(walk, key.text, &value, &entry, error);
		}
	}
	if (error->kind != ERROR_NONE)
		return false;
	check_encoding(walk, &entry);
	if (entry.at)
		end_file(walk, &entry, buf_bytes(entry.utf8 ? &walk->utf8.text : &walk->path.text),
			 entry.utf8 ? "[\"path.utf-8\"]" : ".path", ".symlink path");
	return true;
}

static void walk_list(struct walk *walk)
{
	struct bencode_token token;
	struct error error = { 0 };

	bencode_begin(&walk->reader, walk->check->meta.files);
	if (!bencode_next(&walk->reader, &token, &error) || token.kind != BENCODE_LIST)
		return;
	while (!tool_stopped && bencode_element(&walk->reader, &token, &error))
		if (token.kind == BENCODE_DICT ? !read_listed(walk, &error)
					       : !bencode_skip(&walk->reader, &token, NULL, &error))
			return;
}

/* ---- version 2: a tree of files */

/* What is known of a key around the place. */
struct level {
	size_t end;		/* of its path in the path so far */
	bool file;		/* it has the key "" */
	struct entry entry;
};

static bool read_described(struct walk *walk, const struct bencode_token *dict, struct level *level, struct error *error)
{
	struct bencode_token key, value;

	level->file = true;
	if (dict->kind != BENCODE_DICT)
		return bencode_skip(&walk->reader, dict, NULL, error);
	while (bencode_pair(&walk->reader, &key, &value, error))
		if (!read_attribute(walk, key.text, &value, &level->entry, error))
			return false;
	return error->kind == ERROR_NONE;
}

/* A key at that level: its path, and what it is. False: metainfo_parse told that it is too long, and goes no further. */
static bool enter_key(struct walk *walk, struct level *levels, const struct bencode_token *key)
{
	struct level *level = &levels[key->depth];

	walk->tree_path.size = levels[key->depth - 1].end;
	if (walk->tree_path.size + 1 + key->text.size > METAINFO_TREE_PATH_MAX)
		return false;
	if (key->depth > 1)
		buf_byte(&walk->tree_path, '/');
	buf_append(&walk->tree_path, key->text.data, key->text.size);
	*level = (struct level){ .end = walk->tree_path.size, .entry.at = token_at(walk, key) };
	/* a torrent of one file has its name here again */
	if (!walk->again && !(key->depth == 1 && bytes_equal(key->text, walk->check->meta.name)))
		check_component(walk->check, key->text,
				(struct check_spot){ token_at(walk, key), walk->key, &walk->reader, NULL }, true);
	return true;
}

/* levels has one more than BENCODE_DEPTH_MAX. */
static void walk_tree(struct walk *walk, struct level *levels)
{
	struct bencode *reader = &walk->reader;
	struct bencode_token token, value;
	struct error error = { 0 };
	bool entered;

	bencode_begin(reader, walk->check->meta.file_tree);
	levels[0] = (struct level){ 0 };
	if (!bencode_next(reader, &token, &error) || token.kind != BENCODE_DICT)
		return;
	while (!tool_stopped && bencode_next(reader, &token, &error)) {
		if (token.kind == BENCODE_END) {
			struct level *level = &levels[token.depth];

			if (level->file && token.depth)
				end_file(walk, &level->entry, bytes_at(walk->tree_path.data, level->end), NULL,
					 "[\"\"].symlink path");
			continue;
		}
		entered = token.text.size && enter_key(walk, levels, &token);
		if (!bencode_next(reader, &value, &error))
			return;
		if (!token.text.size
			    ? !read_described(walk, &value, &levels[token.depth - 1], &error)
			    : (!entered || value.kind == BENCODE_LIST) && !bencode_skip(reader, &value, NULL, &error))
			return;
	}
}

/* ---- both */

static void walk_files(struct walk *walk, struct level *levels)
{
	if (walk->check->meta.files.data)
		walk_list(walk);
	else
		walk_tree(walk, levels);
}

void check_paths(struct check *check)
{
	struct metainfo *meta = &check->meta;
	struct walk walk = { .check = check, .key = meta->files.data ? "info.files" : "info.file tree" };
	struct level levels[BENCODE_DEPTH_MAX + 1];

	/* the files of a hybrid are the same in both halves; that they are not would have been told */
	if (!meta->files.data && (!meta->file_tree.data || meta->length.data))
		return;
	clash_begin(&walk.clashes, meta->file_count, CHECK_NAMES_MAX);
	walk_files(&walk, levels);
	walk.again = true;
	if (walk.symlinks)
		walk_files(&walk, levels);
	clash_free(&walk.clashes);
	buf_free(&walk.path.text);
	buf_free(&walk.path.last);
	buf_free(&walk.utf8.text);
	buf_free(&walk.utf8.last);
	buf_free(&walk.tree_path);
	buf_free(&walk.target);
}
