/* metainfo_layers.c - the piece layers of version 2, found by their roots */
#include "codec/metainfo_private.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/table.h"

/* The count of a root is the place of its hashes in the file; this bit: a file has that root. */
static const uint64_t used = 1ull << 63;

struct metainfo_layers {
	struct bytes file;
	struct table roots;
	uint64_t used_count;
};

/* A root and its hashes. False, with a fault told: they are none. */
static bool check_pair(const struct bencode *reader, const struct bencode_token *key, const struct bencode_token *value,
		       struct teller *teller)
{
	struct count_text size;

	if (value->kind != BENCODE_STRING)
		tell_type(teller, reader, value, SEVERITY_ERROR, "a string");
	else if (key->text.size != METAINFO_SHA256)
		tell(teller, reader, FAULT_UNKNOWN_LAYER, key->offset, "found a key of %s, not 32",
		     count_print(&size, key->text.size, "bytes"));
	else
		return true;
	return false;
}

struct metainfo_layers *layers_new(const struct metainfo *meta, struct teller *teller)
{
	struct metainfo_layers *layers = calloc(1, sizeof *layers);
	struct bencode reader;
	struct bencode_token key, value;
	struct error error = { 0 };

	if (!layers)
		out_of_memory();
	layers->file = meta->file;
	if (!meta->piece_layers.data || !(meta->version & METAINFO_V2))
		return layers;
	metainfo_reader(&reader, meta, false, "piece layers", meta->piece_layers);
	bencode_next(&reader, &value, &error);
	while (bencode_pair(&reader, &key, &value, &error)) {
		if (check_pair(&reader, &key, &value, teller)) {
			bool added;
			struct table_entry *entry = table_add(&layers->roots, key.text, &added);

			if (added)
				entry->count = value.offset;
		}
		bencode_skip(&reader, &value, NULL, &error);
	}
	return layers;
}

struct metainfo_layers *metainfo_layers_new(const struct metainfo *meta)
{
	return layers_new(meta, NULL);
}

static struct bytes hashes_of(const struct metainfo_layers *layers, const struct table_entry *entry)
{
	struct bencode reader;
	struct bencode_token token;
	struct error error = { 0 };

	if (!entry)
		return bytes_at(NULL, 0);
	bencode_begin(&reader, bytes_after(layers->file, entry->count & ~used));
	return bencode_next(&reader, &token, &error) ? token.text : bytes_at(NULL, 0);
}

struct bytes metainfo_layer(const struct metainfo_layers *layers, struct bytes root)
{
	return hashes_of(layers, table_find(&layers->roots, root));
}

bool layers_want(struct metainfo_layers *layers, struct bytes root, uint64_t pieces, struct teller *teller)
{
	struct table_entry *entry = table_find(&layers->roots, root);
	struct bytes hashes = hashes_of(layers, entry);
	struct bencode place;
	struct count_text found, wanted;

	if (!entry)
		return false;
	if (!(entry->count & used)) {
		entry->count |= used;
		layers->used_count++;
	}
	if (hashes.size % METAINFO_SHA256 || hashes.size / METAINFO_SHA256 != pieces) {
		metainfo_reader(&place, &(struct metainfo){ .file = layers->file }, false, "piece layers", layers->file);
		place.frames[place.depth++] = (struct bencode_frame){ .key = root.data, .key_size = root.size,
								      .dict = true };
		tell(teller, &place, FAULT_LAYER_SIZE, entry->count & ~used, "found %s for %s",
		     count_print(&found, hashes.size, "bytes"), count_print(&wanted, pieces, "pieces"));
	}
	return true;
}

void layers_tell_unused(struct metainfo_layers *layers, const struct metainfo *meta, struct teller *teller)
{
	struct bencode reader;
	struct bencode_token key, value;
	struct error error = { 0 };

	if (layers->used_count == layers->roots.count)
		return;
	metainfo_reader(&reader, meta, false, "piece layers", meta->piece_layers);
	bencode_next(&reader, &value, &error);
	while (bencode_pair(&reader, &key, &value, &error)) {
		const struct table_entry *entry = table_find(&layers->roots, key.text);

		if (entry && !(entry->count & used))
			tell(teller, &reader, FAULT_UNKNOWN_LAYER, key.offset, "no file larger than a piece has that root");
		bencode_skip(&reader, &value, NULL, &error);
	}
}

void metainfo_layers_free(struct metainfo_layers *layers)
{
	if (!layers)
		return;
	table_free(&layers->roots);
	free(layers);
}
