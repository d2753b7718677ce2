/* arena.c - memory that is given back all at once */
#include "base/arena.h"

#include <stdlib.h>

#include "base/buf.h"

enum { BLOCK_SIZE = 64 << 10, ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(ALIGNMENT) uint8_t data[];
};

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	block = size > SIZE_MAX / 2 ? NULL : malloc(sizeof *block + size);
	if (!block)
		out_of_memory();
	block->next = NULL;
	block->size = size;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *next;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!arena->current) {
		arena->first = arena->current = block_new(size);
		arena->used = 0;
	}
	while (arena->current->size - arena->used < size) {
		next = arena->current->next;
		/* a kept block may be too small for this one: it is skipped until the next reset */
		if (!next || next->size < size) {
			struct arena_block *block = block_new(size);

			block->next = next;
			arena->current->next = block;
			next = block;
		}
		arena->current = next;
		arena->used = 0;
	}
	arena->used += size;
	return arena->current->data + arena->used - size;
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
	uint8_t *copy = arena_alloc(arena, bytes.size ? bytes.size : 1);

	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	return bytes_at(copy, bytes.size);
}

char *arena_string(struct arena *arena, struct bytes bytes)
{
	char *copy = arena_alloc(arena, bytes.size + 1);

	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	copy[bytes.size] = 0;
	return copy;
}

void arena_reset(struct arena *arena)
{
	arena->current = arena->first;
	arena->used = 0;
}

void arena_free(struct arena *arena)
{
	struct arena_block *block = arena->first, *next;

	for (; block; block = next) {
		next = block->next;
		free(block);
	}
	*arena = (struct arena){ 0 };
}
