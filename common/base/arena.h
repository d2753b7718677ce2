/* arena.h - memory that is given back all at once */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"

struct arena_block;

/*
 * Start with { 0 }. Pointers stay valid until arena_reset or arena_free; the
 * contents are not zeroed. Running out of memory ends the program.
 */
struct arena {
	struct arena_block *first, *current;
	size_t used;	/* of the current block */
};

/* size bytes, aligned for any type. */
void *arena_alloc(struct arena *, size_t size);
/* A copy of the bytes; a view of the copy. */
struct bytes arena_copy(struct arena *, struct bytes);
/* A NUL-terminated copy. */
char *arena_string(struct arena *, struct bytes);
/* Forgets everything handed out, keeps the memory for the next record. */
void arena_reset(struct arena *);
void arena_free(struct arena *);

#endif
