/* table.c - a hash table from byte strings to counts: distinct values, sets, groups */
#include "base/table.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/seed.h"

enum { FIRST_CAPACITY = 64 };

/* The hash is kept so that growing does not read the keys again, and a wrong entry is seldom looked at. */
struct table_slot {
	struct table_entry *entry;	/* NULL: free */
	uint64_t hash;
};

static bool same_key(struct bytes a, struct bytes b)
{
	if (a.size != b.size)
		return false;
	return a.size ? memcmp(a.data, b.data, a.size) == 0 : !a.data == !b.data;
}

/* The slot of the key, or the free one where it would go; there always is a free one. */
static inline struct table_slot *find_slot(const struct table *table, struct bytes key, uint64_t hash)
{
	size_t mask = table->capacity - 1;

	for (size_t i = hash & mask; ; i = (i + 1) & mask) {
		struct table_slot *slot = table->slots + i;

		if (!slot->entry || (slot->hash == hash && same_key(slot->entry->key, key)))
			return slot;
	}
}

static void grow(struct table *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY, mask = capacity - 1;
	struct table_slot *slots;

	/* refuses what does not fit in a size_t */
	slots = calloc(capacity, sizeof *slots);
	if (!slots)
		out_of_memory();
	for (size_t i = 0; i < table->capacity; i++) {
		size_t to = table->slots[i].hash & mask;

		if (!table->slots[i].entry)
			continue;
		while (slots[to].entry)
			to = (to + 1) & mask;
		slots[to] = table->slots[i];
	}
	free(table->slots);
	table->slots = slots;
	table->capacity = capacity;
}

static struct table_entry *new_entry(struct table *table, struct bytes key)
{
	struct table_entry *entry;

	if (key.size > SIZE_MAX / 4)
		out_of_memory();
	entry = arena_alloc(&table->entries, sizeof *entry + key.size);
	*entry = (struct table_entry){ .key = key };
	if (key.data)
		entry->key.data = (const uint8_t *)(entry + 1);
	if (key.size)
		memcpy(entry + 1, key.data, key.size);
	return entry;
}

struct table_entry *table_add(struct table *table, struct bytes key, bool *added)
{
	struct table_slot *slot;
	uint64_t hash;

	if (!table->capacity) {
		table->seed = seed_draw();
		grow(table);
	}
	hash = XXH3_64bits_withSeed(key.data, key.size, table->seed);
	slot = find_slot(table, key, hash);
	if (added)
		*added = !slot->entry;
	if (slot->entry)
		return slot->entry;
	if (table->limit && table->count >= table->limit) {
		if (added)
			*added = false;
		return NULL;
	}
	/*
	 * Seven eighths full: a cache line has four slots and the hashes in them
	 * are compared whole, so a few more steps cost less than the cache misses
	 * of an array twice as big.
	 */
	if (table->count >= table->capacity / 8 * 7) {
		grow(table);
		slot = find_slot(table, key, hash);
	}
	slot->entry = new_entry(table, key);
	slot->hash = hash;
	table->count++;
	return slot->entry;
}

struct table_entry *table_find(const struct table *table, struct bytes key)
{
	if (!table->count)
		return NULL;
	return find_slot(table, key, XXH3_64bits_withSeed(key.data, key.size, table->seed))->entry;
}

/* What sorting looks at: the key only when counts and first eight bytes are the same. */
struct rank {
	uint64_t count, prefix;
	const struct table_entry *entry;
};

static uint64_t key_prefix(struct bytes key)
{
	uint64_t prefix = 0;

	for (size_t i = 0; i < 8; i++)
		prefix = prefix << 8 | (i < key.size ? key.data[i] : 0);
	return prefix;
}

static int compare_ranks(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;
	int order;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	order = bytes_compare(a->entry->key, b->entry->key);
	return order ? order : !!a->entry->key.data - !!b->entry->key.data;
}

struct table_entry *table_sorted(const struct table *table)
{
	struct rank *ranks = calloc(table->count + 1, sizeof *ranks), *rank = ranks;
	struct table_entry *sorted = calloc(table->count + 1, sizeof *sorted);

	if (!ranks || !sorted)
		out_of_memory();
	for (size_t i = 0; i < table->capacity; i++) {
		const struct table_entry *entry = table->slots[i].entry;

		if (entry)
			*rank++ = (struct rank){ entry->count, key_prefix(entry->key), entry };
	}
	qsort(ranks, table->count, sizeof *ranks, compare_ranks);
	for (size_t i = 0; i < table->count; i++)
		sorted[i] = *ranks[i].entry;
	free(ranks);
	return sorted;
}

void table_clear(struct table *table)
{
	if (table->count)
		memset(table->slots, 0, table->capacity * sizeof *table->slots);
	arena_reset(&table->entries);
	table->count = 0;
}

void table_free(struct table *table)
{
	free(table->slots);
	arena_free(&table->entries);
	*table = (struct table){ .limit = table->limit };
}
