/* check_layers.c - the piece layers of version 2, computed up to the roots that they are said to have (BEP 52) */
#include "tools/btinspect/check.h"

#include <stdlib.h>

#include "base/hex.h"
#include "digest/merkle.h"

enum {
	CHUNK_HEIGHT = 16,
	CHUNK = 1 << CHUNK_HEIGHT,	/* hashes of a layer that are copied at once: 2 MB */
};

/* One of them, as the file has it. */
struct layer {
	struct bytes root, hashes;
	const uint8_t *at;		/* in the file */
};

/* Layers of one height that wait until they are worth the computing: as many as there are lanes, or a chunk of hashes. */
struct layers {
	struct check *check;
	struct lanes *lanes;
	unsigned from;			/* height of a piece's tree */
	unsigned height;		/* from there to the roots */
	unsigned count;
	struct layer waiting[LANES];
	struct buf nodes;
};

static void compare(const struct layers *layers, const struct layer *layer, const uint8_t computed[SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1] = "", dict[] = "d32:................................0:e";
	struct bencode reader;
	struct bencode_token key, value;
	struct error error = { 0 };

	if (!memcmp(layer->root.data, computed, SHA256_SIZE))
		return;
	/* the reader of the file is elsewhere by now: this one says the key as that would have */
	memcpy(dict + 4, layer->root.data, SHA256_SIZE);
	bencode_begin(&reader, bytes_at(dict, sizeof dict - 1));
	if (bencode_next(&reader, &key, &error))
		bencode_pair(&reader, &key, &value, &error);
	hex_print(hex, computed, SHA256_SIZE);
	check_put(layers->check, FAULT_LAYER_ROOT, (struct check_spot){ layer->at, "piece layers", &reader, NULL },
		  "the root of its %zu hashes is %s", layer->hashes.size / SHA256_SIZE, hex);
}

/* All that wait. */
static void compute(struct layers *layers)
{
	uint8_t *nodes[LANES] = { NULL }, roots[LANES][SHA256_SIZE];
	size_t counts[LANES] = { 0 }, at = 0;

	layers->nodes.size = 0;
	for (unsigned i = 0; i < layers->count; i++)
		buf_append(&layers->nodes, layers->waiting[i].hashes.data, layers->waiting[i].hashes.size);
	for (unsigned i = 0; i < layers->count; i++) {
		nodes[i] = layers->nodes.data + at;
		counts[i] = layers->waiting[i].hashes.size / SHA256_SIZE;
		at += layers->waiting[i].hashes.size;
	}
	merkle_roots(layers->lanes, nodes, counts, layers->from, layers->height, roots);
	for (unsigned i = 0; i < layers->count; i++)
		compare(layers, &layers->waiting[i], roots[i]);
	layers->count = 0;
}

/* One layer that is larger than a chunk: the root of each chunk, then the root of these. */
static void compute_large(struct layers *layers, const struct layer *layer)
{
	size_t count = layer->hashes.size / SHA256_SIZE, chunks = (count + CHUNK - 1) / CHUNK;
	unsigned height = merkle_height(count);
	uint8_t computed[SHA256_SIZE], *tops = malloc(chunks * SHA256_SIZE);

	if (!tops)
		out_of_memory();
	for (size_t i = 0; i < chunks; i++) {
		size_t size = count - i * CHUNK < CHUNK ? count - i * CHUNK : CHUNK;

		layers->nodes.size = 0;
		buf_append(&layers->nodes, layer->hashes.data + i * CHUNK * SHA256_SIZE, size * SHA256_SIZE);
		merkle_root(layers->lanes, layers->nodes.data, size, layers->from, CHUNK_HEIGHT, tops + i * SHA256_SIZE);
	}
	merkle_root(layers->lanes, tops, chunks, layers->from + CHUNK_HEIGHT, height - CHUNK_HEIGHT, computed);
	free(tops);
	compare(layers, layer, computed);
}

/* Sizes that cannot be have been told by metainfo_parse. */
static void add_layer(struct layers *layers, struct layer layer)
{
	size_t count = layer.hashes.size / SHA256_SIZE, waiting = 0;
	unsigned height = merkle_height(count);

	if (layer.root.size != SHA256_SIZE || !count || layer.hashes.size % SHA256_SIZE)
		return;
	for (unsigned i = 0; i < layers->count; i++)
		waiting += layers->waiting[i].hashes.size / SHA256_SIZE;
	if (layers->count && (layers->count == LANES || layers->height != height || waiting + count > CHUNK))
		compute(layers);
	if (count > CHUNK) {
		compute_large(layers, &layer);
		return;
	}
	layers->height = height;
	layers->waiting[layers->count++] = layer;
}

void check_layers(struct check *check)
{
	uint64_t piece_leaves = (uint64_t)check->meta.piece_length / METAINFO_LEAF;
	struct bencode reader;
	struct bencode_token key, value;
	struct layers layers = { .check = check, .from = merkle_height(piece_leaves) };
	struct error error = { 0 };

	/* without a piece length as BEP 52 has it there is no tree */
	if (!check->meta.piece_layers.data || check->meta.piece_length < METAINFO_LEAF ||
	    check->meta.piece_length % METAINFO_LEAF || piece_leaves & (piece_leaves - 1) ||
	    layers.from > MERKLE_HEIGHT_MAX / 2)
		return;
	bencode_begin(&reader, check->meta.piece_layers);
	if (!bencode_next(&reader, &key, &error) || key.kind != BENCODE_DICT)
		return;
	layers.lanes = lanes_new(LANES_SHA256, LANES_BEST);
	while (!tool_stopped && bencode_pair(&reader, &key, &value, &error)) {
		if (value.kind == BENCODE_STRING)
			add_layer(&layers, (struct layer){ key.text, value.text, reader.input.data + value.offset });
		else if (!bencode_skip(&reader, &value, NULL, &error))
			break;
	}
	if (layers.count)
		compute(&layers);
	lanes_free(layers.lanes);
	buf_free(&layers.nodes);
}
