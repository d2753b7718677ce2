/* keys.c - byte strings with a number each: passkeys, info hashes */
#include "tools/userstats/keys.h"

#include <stdlib.h>

#include "base/room.h"

uint32_t keys_add(struct keys *keys, struct bytes key)
{
	struct table_entry *entry;

	keys->table.limit = KEYS_MAX;
	entry = table_add(&keys->table, key, NULL);
	if (!entry) {
		keys->full = true;
		return KEYS_NONE;
	}
	if (entry->count)
		return (uint32_t)(entry->count - 1);
	keys->entries = room_for(keys->entries, &keys->room, keys->count + 1ull, sizeof *keys->entries);
	keys->entries[keys->count++] = entry;
	entry->count = keys->count;
	return keys->count - 1;
}

uint32_t keys_find(const struct keys *keys, struct bytes key)
{
	const struct table_entry *entry = table_find(&keys->table, key);

	return entry ? (uint32_t)(entry->count - 1) : KEYS_NONE;
}

static int compare(const void *a, const void *b)
{
	return bytes_compare((*(struct table_entry *const *)a)->key, (*(struct table_entry *const *)b)->key);
}

uint32_t *keys_sort(struct keys *keys)
{
	uint32_t *numbers = room_new(keys->count, sizeof *numbers);

	if (keys->count)
		qsort(keys->entries, keys->count, sizeof *keys->entries, compare);
	for (uint32_t i = 0; i < keys->count; i++) {
		numbers[keys->entries[i]->count - 1] = i;
		keys->entries[i]->count = i + 1;
	}
	return numbers;
}

void keys_tell(const struct keys *keys, struct run *run, const char *what)
{
	struct error error = { 0 };

	if (!keys->full)
		return;
	fail_input(&error, ERROR_NOWHERE, "more than %d %s; further ones are left out", KEYS_MAX, what);
	run_error(run, &error);
}

void keys_free(struct keys *keys)
{
	table_free(&keys->table);
	free(keys->entries);
	*keys = (struct keys){ .count = 0 };
}
