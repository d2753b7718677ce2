/* batch.c - members gathered by key, so that one command stores many of them */
#include "tools/peerdump/batch.h"

#include <stdlib.h>

#include "text/time.h"

void batch_open(struct batch *batch, struct store *store)
{
	*batch = (struct batch){ .store = store };
	batch->groups = calloc(BATCH_ITEMS_MAX, sizeof *batch->groups);
	batch->items = calloc(BATCH_ITEMS_MAX, sizeof *batch->items);
	if (!batch->groups || !batch->items)
		out_of_memory();
}

void batch_close(struct batch *batch)
{
	table_free(&batch->table);
	free(batch->groups);
	free(batch->items);
}

/* One command of all that the group holds, which is empty then. */
static void flush_group(struct batch *batch, struct batch_group *group)
{
	struct bytes words[STORE_WORDS_MAX];
	char scores[STORE_MEMBERS_MAX][TIME_ROOM], *score = scores[0];
	struct store_command command = { group->database, group->verb, words, 2, group->count, group->file, group->line };
	int64_t score_us = TIME_UNSET;

	words[0] = bytes_of(store_verb_names[group->verb]);
	words[1] = bytes_at(group->key, group->key_size);
	for (uint32_t i = 0, at = group->first; i < group->count; i++, at = batch->items[at].next) {
		const struct batch_item *item = &batch->items[at];

		if (group->verb == STORE_ZADD && item->score_us != score_us) {
			score = scores[i];
			score_us = item->score_us;
			words[command.word_count] = bytes_at(score, (size_t)(time_print(score, score_us) - score));
		} else if (group->verb == STORE_ZADD) {
			words[command.word_count] = words[command.word_count - 2];
		}
		command.word_count += group->verb == STORE_ZADD;
		words[command.word_count++] = bytes_at(item->member, item->size);
	}
	group->count = 0;
	store_put(batch->store, &command);
}

void batch_flush(struct batch *batch)
{
	/* one database after the other: in a dry run each change of it is a line */
	for (int database = 0; database < DATABASES; database++)
		for (size_t i = 0; i < batch->group_count; i++)
			if ((int)batch->groups[i].database == database && batch->groups[i].count)
				flush_group(batch, &batch->groups[i]);
	table_clear(&batch->table);
	batch->group_count = batch->item_count = 0;
	batch->last = NULL;
}

static bool is_of(const struct batch_group *group, const struct batch_change *change)
{
	return group->database == change->database &&
	       bytes_equal(bytes_at(group->key, group->key_size), change->key);
}

static struct batch_group *find_group(struct batch *batch, const struct batch_change *change)
{
	uint8_t name[1 + STORE_KEY_MAX] = { (uint8_t)change->database };
	struct table_entry *entry;
	struct batch_group *group;

	/* what comes from a dump comes torrent by torrent */
	if (batch->last && is_of(batch->last, change))
		return batch->last;
	memcpy(name + 1, change->key.data, change->key.size);
	entry = table_add(&batch->table, bytes_at(name, 1 + change->key.size), NULL);
	if (!entry->count) {
		group = &batch->groups[batch->group_count++];
		*group = (struct batch_group){ .database = change->database, .key_size = change->key.size };
		memcpy(group->key, change->key.data, change->key.size);
		entry->count = batch->group_count;
	}
	batch->last = &batch->groups[entry->count - 1];
	return batch->last;
}

void batch_put(struct batch *batch, const struct batch_change *change)
{
	struct batch_group *group;
	struct batch_item *item;
	uint32_t number;

	if (batch->item_count == BATCH_ITEMS_MAX)
		batch_flush(batch);
	group = find_group(batch, change);
	if (group->count && (group->verb != change->verb || group->count == STORE_MEMBERS_MAX))
		flush_group(batch, group);
	number = (uint32_t)batch->item_count++;
	item = &batch->items[number];
	item->score_us = change->score_us;
	item->size = (uint8_t)change->member.size;
	memcpy(item->member, change->member.data, change->member.size);
	if (group->count) {
		batch->items[group->last].next = number;
	} else {
		struct place place = lines_place(batch->store->lines);

		group->first = number;
		group->file = place.file;
		group->line = place.number;
		group->verb = change->verb;
	}
	group->last = number;
	group->count++;
}
