/* layout.c - how the files of a torrent lie in a row, and which of them each piece has bytes of */
#include "tools/btinspect/layout.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "digest/merkle.h"

enum { FILES_FIRST = 16 };	/* room for the first ones */

static const uint64_t row_max = INT64_MAX;

/* The bytes from the end of the row to the next piece's border. */
uint64_t layout_padding(const struct layout *layout)
{
	uint64_t over = layout->size % layout->piece_length;

	return over ? layout->piece_length - over : 0;
}

static void make_room(struct layout *layout)
{
	if (layout->count < layout->capacity)
		return;
	layout->capacity = layout->capacity ? 2 * layout->capacity : FILES_FIRST;
	layout->files = reallocarray(layout->files, layout->capacity, sizeof *layout->files);
	if (!layout->files)
		out_of_memory();
}

bool layout_add(struct layout *layout, enum layout_kind kind, const char *path, uint64_t length, struct error *error)
{
	uint64_t gap = layout->aligned && length ? layout_padding(layout) : 0;

	if (gap > row_max - layout->size || length > row_max - layout->size - gap)
		return fail_input(error, ERROR_NOWHERE, "the files have more than 2^63 bytes together");
	make_room(layout);
	layout->files[layout->count++] = (struct layout_file){ path, length, layout->size + gap, (uint8_t)kind, false };
	layout->size += gap + length;
	return true;
}

uint64_t layout_pieces(const struct layout *layout)
{
	return layout->size / layout->piece_length + (layout->size % layout->piece_length != 0);
}

size_t layout_find(const struct layout *layout, uint64_t offset)
{
	size_t low = 0, high = layout->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (layout->files[middle].offset + layout->files[middle].length > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint64_t layout_piece_end(const struct layout *layout, uint64_t piece)
{
	uint64_t begin = piece * layout->piece_length;
	const struct layout_file *file = &layout->files[layout_find(layout, begin)];
	uint64_t end = layout->aligned ? file->offset + file->length : layout->size;

	return end - begin < layout->piece_length ? end : begin + layout->piece_length;
}

bool layout_can_roots(const struct layout *layout, struct error *error)
{
	uint64_t length = layout->piece_length;

	if (length < MERKLE_LEAF || length & (length - 1))
		return fail_input(error, ERROR_NOWHERE,
				  "piece length %" PRIu64 ", version 2 wants a power of two, 16384 or more", length);
	if (length > LAYOUT_ROOT_PIECE_MAX)
		return fail_input(error, ERROR_NOWHERE, "piece length %" PRIu64 ", of version 2 at most %d can be hashed",
				  length, LAYOUT_ROOT_PIECE_MAX);
	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_file *file = &layout->files[i];

		if (file->kind != LAYOUT_ZEROS && file->length && file->offset % length)
			return fail_input(error, ERROR_NOWHERE,
					  "file %zu begins %" PRIu64 " bytes after a piece's border, want 0", i,
					  file->offset % length);
	}
	return true;
}

unsigned layout_piece_height(const struct layout *layout)
{
	return merkle_height(layout->piece_length / MERKLE_LEAF);
}

void layout_free(struct layout *layout)
{
	free(layout->files);
	*layout = (struct layout){ 0 };
}
