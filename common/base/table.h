/* table.h - a hash table from byte strings to counts: distinct values, sets, groups */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/arena.h"

/* One distinct key. count is the caller's: it starts at 0. */
struct table_entry {
	struct bytes key;	/* the table's own copy */
	uint64_t count;
};

/*
 * Start with { .limit = N }: the table never holds more than N keys (0 means
 * none: no limit), which is what bounds its memory: about 32 bytes and the key for each.
 * Keys are hashed with XXH3 and a seed drawn for each run (getrandom), so hostile
 * keys cannot be chosen to collide.
 */
struct table {
	uint64_t limit;
	uint64_t seed;
	size_t count;			/* distinct keys */
	size_t capacity;		/* slots, a power of two, or 0 before the first key */
	uint32_t *hashes;		/* of each slot; 0 is a free one */
	struct table_entry *entries;	/* of each slot */
	struct arena keys;
};

/*
 * The entry of the key, made if it is new (then with count 0, and *added true
 * if added is not NULL). NULL when it is new and the table is full. Entries move when the
 * table grows: the pointer is good until the next call.
 */
struct table_entry *table_add(struct table *, struct bytes key, bool *added);
/* The entry of the key, or NULL. */
struct table_entry *table_find(const struct table *, struct bytes key);
/* Every entry, highest count first, equal counts by key (memcmp order); count of them. The caller frees the array. */
struct table_entry *table_sorted(const struct table *);
/* Forgets all keys, keeps the memory. */
void table_clear(struct table *);
void table_free(struct table *);

#endif
