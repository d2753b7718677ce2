/* metainfo_layers.c - the piece layers of version 2, found by their roots */
#include "codec/metainfo_private.h"

#include <inttypes.h>
#include <stdlib.h>

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
	if (value->kind != BENCODE_STRING)
		tell_type(teller, reader, value, SEVERITY_ERROR, "a string");
	else if (key->text.size != METAINFO_SHA256)
		tell(teller, reader, FAULT_UNKNOWN_LAYER, key->offset, "found a key of %zu bytes, not 32", key->text.size);
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
	if (!meta->piece_layers.data)
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

struct bytes layers_use(struct metainfo_layers *layers, struct bytes root)
{
	struct table_entry *entry = table_find(&layers->roots, root);

	if (entry && !(entry->count & used)) {
		entry->count |= used;
		layers->used_count++;
	}
	return hashes_of(layers, entry);
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
