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
 * none: no limit), which is what bounds its memory: about 60 bytes and the key
 * for each. Keys are hashed with XXH3 and a seed drawn for each run
 * (getrandom), so hostile keys cannot be chosen to collide. An absent key
 * (data NULL) is a key of its own, not the empty one.
 *
 * An entry and its key lie together in the arena, and slots only point there:
 * a lookup touches the slot and the entry, two cache lines for most keys, and
 * growing moves slots but neither entries nor keys.
 */
struct table {
	uint64_t limit;
	uint64_t seed;
	size_t count;		/* distinct keys */
	size_t capacity;	/* slots, a power of two, or 0 before the first key */
	struct table_slot *slots;
	struct arena entries;
};

/*
 * The entry of the key, made if it is new (then with count 0, and *added true
 * if added is not NULL). NULL when it is new and the table is full. Entries stay
 * where they are until table_clear or table_free.
 */
struct table_entry *table_add(struct table *, struct bytes key, bool *added);
/* The entry of the key, or NULL. */
struct table_entry *table_find(const struct table *, struct bytes key);
/*
 * Every entry, highest count first, equal counts by key (bytes_compare order, an absent key first); count of them. The
 * caller frees the array.
 */
struct table_entry *table_sorted(const struct table *);
/* Forgets all keys, keeps the memory. */
void table_clear(struct table *);
void table_free(struct table *);

#endif
