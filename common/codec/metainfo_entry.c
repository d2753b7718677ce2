/* metainfo_entry.c - what a torrent says of one file after the other, in the list of version 1 and the tree of version 2 */
#include "codec/metainfo_private.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/number.h"
#include "text/escape.h"

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
static unsigned read_path(struct half *half, const struct bencode_token *list, struct buf *out, enum fault fault)
{
	struct bencode *reader = &half->reader;
	struct teller *teller = half->teller;
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

static void read_length(struct half *half, const struct bencode_token *value, struct entry *entry)
{
	struct bencode *reader = &half->reader;
	struct teller *teller = half->teller;
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

static void read_value(struct half *half, enum entry_key key, const struct bencode_token *value, struct entry *entry)
{
	switch (key) {
	case ENTRY_LENGTH:
		read_length(half, value, entry);
		break;
	case ENTRY_PATH:
		entry->has_path = true;
		entry->components = read_path(half, value, &half->path, FAULT_NO_PATH);
		return;
	case ENTRY_PATH_UTF8:
		entry->components_utf8 = read_path(half, value, &half->path_utf8, FAULT_WRONG_TYPE);
		return;
	case ENTRY_TARGET:
		entry->has_target = read_path(half, value, &half->target, FAULT_SYMLINK_TARGET);
		return;
	case ENTRY_ATTR:
		if (value->kind == BENCODE_STRING)
			entry->attr |= parse_attr(value->text);
		else
			tell_type(half->teller, &half->reader, value, SEVERITY_WARNING, "a string");
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
static void read_entry(struct half *half, struct entry *entry)
{
	struct bencode *reader = &half->reader;
	struct teller *teller = half->teller;
	struct bencode_token key, value;
	unsigned seen = 0;

	while (bencode_pair(reader, &key, &value, &half->error)) {
		enum entry_key which = entry_key(key.text);

		/* the other half's */
		if (half->tree ? which == ENTRY_PATH || which == ENTRY_PATH_UTF8 : which == ENTRY_ROOT)
			which = ENTRY_OTHER;
		if (which != ENTRY_OTHER && seen & 1u << which) {
			if (!(key.flaws & BENCODE_DUPLICATE_KEY))
				tell_duplicate(teller, reader, &key, SEVERITY_WARNING);
			which = ENTRY_OTHER;
		}
		seen |= 1u << which;
		read_value(half, which, &value, entry);
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
static bool next_single(struct half *half, struct entry *entry)
{
	static const struct { enum entry_key key; const char *name; size_t member; } keys[] = {
		{ ENTRY_LENGTH, "length", offsetof(struct metainfo, length) },
		{ ENTRY_ATTR, "attr", offsetof(struct metainfo, attr) },
		{ ENTRY_TARGET, "symlink path", offsetof(struct metainfo, symlink_path) },
	};

	*entry = (struct entry){ .place = metainfo_place(half->meta, half->meta->length), .components = 1 };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct bytes value = *(const struct bytes *)((const char *)half->meta + keys[i].member);
		struct bencode_token token;

		if (!value.data)
			continue;
		metainfo_reader(&half->reader, half->meta, true, keys[i].name, value);
		if (bencode_next(&half->reader, &token, &half->error))
			read_value(half, keys[i].key, &token, entry);
	}
	half->path.size = 0;
	buf_append(&half->path, half->meta->name.data, half->meta->name.size);
	if (entry->attr & METAINFO_SYMLINK)
		entry->length = 0;
	half->ended = true;
	return true;
}

static bool next_listed(struct half *half, struct entry *entry)
{
	struct bencode_token token;

	if (!half->meta->files.data)
		return next_single(half, entry);
	if (!bencode_element(&half->reader, &token, &half->error)) {
		half->ended = true;
		return false;
	}
	*entry = (struct entry){ .place = token.offset };
	half->path.size = half->path_utf8.size = half->target.size = 0;
	if (token.kind != BENCODE_DICT) {
		tell_type(half->teller, &half->reader, &token, SEVERITY_ERROR, "a dictionary");
		skip(half, &token);
		entry->broken = true;
		return true;
	}
	read_entry(half, entry);
	if (bitcomet_padding(buf_bytes(entry->components ? &half->path : &half->path_utf8)))
		entry->attr |= METAINFO_PAD;
	if (!entry->components && !entry->components_utf8 && !(entry->attr & METAINFO_PAD)) {
		if (!entry->has_path)
			tell(half->teller, &half->reader, FAULT_NO_PATH, entry->place, "there is no path");
		entry->broken = true;
	}
	return true;
}

/* ---- the tree of version 2 */

static void skip_with_fault(struct half *half, enum fault fault, const struct bencode_token *value)
{
	if (fault == FAULT_WRONG_TYPE)
		tell_type(half->teller, &half->reader, value, SEVERITY_ERROR, "a dictionary");
	else
		tell(half->teller, &half->reader, fault, value->offset, "%s", "");
	skip(half, value);
}

static void check_tree_entry(struct half *half, struct entry *entry)
{
	struct bencode *reader = &half->reader;
	struct teller *teller = half->teller;
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
			tell(teller, reader, FAULT_PIECES_ROOT, entry->root_place, "found %s",
			     count_print(&size, entry->root.size, "bytes"));
		entry->root = bytes_at(NULL, 0);
	}
}

/* A key of a directory of the tree, and its value. True: a file was read. */
static bool read_branch(struct half *half, const struct bencode_token *key, const struct bencode_token *value,
			struct entry *entry)
{
	struct level *level = half->level_count ? &half->levels[half->level_count - 1] : NULL;
	uint32_t size = (uint32_t)half->path.size;

	if (!key->text.size && level && half->reader.frames[key->depth - 1].count == 1) {
		level->file = true;
		if (value->kind != BENCODE_DICT) {
			skip_with_fault(half, FAULT_WRONG_TYPE, value);
			return false;
		}
		*entry = (struct entry){ .place = level->place, .components = half->level_count };
		half->target.size = 0;
		read_entry(half, entry);
		check_tree_entry(half, entry);
		return true;
	}
	if (!key->text.size || (level && level->file)) {
		skip_with_fault(half, level ? FAULT_TREE_SIBLINGS : FAULT_TREE_ROOT, value);
	} else if (value->kind != BENCODE_DICT) {
		skip_with_fault(half, FAULT_WRONG_TYPE, value);
	} else if (size + 1 + key->text.size > METAINFO_TREE_PATH_MAX) {
		tell_as(half->teller, &half->reader, FAULT_LONG_PATH, SEVERITY_ERROR, key->offset,
			"found more than %d bytes", METAINFO_TREE_PATH_MAX);
		skip(half, value);
	} else {
		if (level)
			buf_byte(&half->path, '/');
		buf_append(&half->path, key->text.data, key->text.size);
		half->levels[half->level_count++] = (struct level){ .path_size = size, .place = key->offset };
	}
	return false;
}

static bool next_in_tree(struct half *half, struct entry *entry)
{
	struct bencode_token key, value;

	while (bencode_next(&half->reader, &key, &half->error)) {
		if (key.kind == BENCODE_END) {
			if (key.depth == half->base)
				break;
			if (!half->reader.frames[key.depth].count)
				tell(half->teller, &half->reader, FAULT_EMPTY_DIRECTORY, key.offset, "%s", "");
			half->path.size = half->levels[--half->level_count].path_size;
			continue;
		}
		if (!bencode_next(&half->reader, &value, &half->error))
			break;
		if (read_branch(half, &key, &value, entry))
			return true;
	}
	half->ended = true;
	return false;
}

/* ---- either half */

bool half_next(struct half *half, struct entry *entry)
{
	if (half->ended || !half->there)
		return false;
	return half->tree ? next_in_tree(half, entry) : next_listed(half, entry);
}

void half_begin(struct half *half, const struct metainfo *meta, bool tree, bool there, struct teller *teller)
{
	const char *key = tree ? "file tree" : meta->files.data ? "files" : "length";
	struct bytes value = tree ? meta->file_tree : meta->files.data ? meta->files : meta->length;
	struct bencode_token token;

	half->meta = meta;
	half->teller = teller;
	half->tree = tree;
	half->there = half->ended = false;
	half->error = (struct error){ 0 };
	half->path = half->path_utf8 = half->target = (struct buf){ 0 };
	half->level_count = 0;
	if (!there || !value.data)
		return;
	metainfo_reader(&half->reader, meta, true, key, value);
	half->there = bencode_next(&half->reader, &token, &half->error);
	half->base = token.depth;
}

void half_end(struct half *half)
{
	buf_free(&half->path);
	buf_free(&half->path_utf8);
	buf_free(&half->target);
}

bool half_same_path(const struct half *list, const struct entry *listed, const struct half *tree, const struct entry *branch)
{
	struct bytes path = buf_bytes(&tree->path);

	return (listed->components == branch->components && bytes_equal(path, buf_bytes(&list->path))) ||
	       (listed->components_utf8 == branch->components && bytes_equal(path, buf_bytes(&list->path_utf8)));
}

bool metainfo_has_list(const struct metainfo *meta)
{
	return (meta->files.data || meta->length.data) && (meta->version & METAINFO_V1 || !meta->file_tree.data);
}
