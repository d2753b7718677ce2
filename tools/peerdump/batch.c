/* batch.c - members gathered by key, so that one command stores many of them */
#include "tools/peerdump/batch.h"

#include <stdlib.h>

void batch_open(struct batch *batch, struct store *store)
{
	bool fast = store->fast.version;

	*batch = (struct batch){ .store = store, .items_max = fast ? BATCH_ITEMS_FAST_MAX : BATCH_ITEMS_MAX };
	batch->groups = calloc(batch->items_max, sizeof *batch->groups);
	batch->items = calloc(batch->items_max, sizeof *batch->items);
	batch->members = calloc(fast ? FAST_MEMBERS_MAX : COMMAND_MEMBERS_MAX, sizeof *batch->members);
	if (!batch->groups || !batch->items || !batch->members)
		out_of_memory();
}

void batch_close(struct batch *batch)
{
	table_free(&batch->table);
	buf_free(&batch->bytes);
	free(batch->groups);
	free(batch->items);
	free(batch->members);
}

/* --- handing on --- */

static struct command *make_command(struct batch *batch, const struct batch_group *group, struct rdb_member *members)
{
	struct command *command;
	uint32_t at = group->first;

	for (uint32_t i = 0; i < group->count; i++, at = batch->items[at].next) {
		const struct batch_item *item = &batch->items[at];

		members[i] = (struct rdb_member){ bytes_at(batch->bytes.data + item->at, item->size), item->score };
	}
	command = command_new(group->database, group->verb, group->key, members, group->count);
	command->line_count = group->count;
	command->file = group->file;
	command->line = group->line;
	return command;
}

static const struct batch_group *next_group(const struct batch *batch, const struct batch_group *group)
{
	return group->next ? &batch->groups[group->next - 1] : NULL;
}

static bool is_whole(const struct batch *batch, const struct batch_group *first)
{
	return first->verb == COMMAND_ZADD && first->database == DATABASE_TORRENTS &&
	       store_takes_whole(batch->store, first->key);
}

/* All that the list of groups holds, which is one empty group then. */
static void flush_group(struct batch *batch, struct batch_group *first)
{
	bool whole = is_whole(batch, first);
	struct command_list parts = { 0 };
	size_t count = 0;

	for (const struct batch_group *group = first; group; group = next_group(batch, group)) {
		struct command *command = make_command(batch, group, batch->members + count);

		if (whole) {
			count += group->count;
			command_list_add(&parts, command);
		} else {
			store_put(batch->store, command);
		}
	}
	if (whole)
		store_put_whole(batch->store, parts.first, batch->members, count);
	first->count = first->whole_count = first->next = 0;
	first->newest = (uint32_t)(first - batch->groups);
}

void batch_flush(struct batch *batch)
{
	/* one database after the other: in a dry run each change of it is a line */
	for (int database = 0; database < DATABASES; database++)
		for (size_t i = 0; i < batch->group_count; i++)
			if ((int)batch->groups[i].database == database && batch->groups[i].whole_count)
				flush_group(batch, &batch->groups[i]);
	table_clear(&batch->table);
	batch->group_count = batch->item_count = 0;
	batch->bytes.size = 0;
	batch->last = NULL;
}

/* --- gathering --- */

static bool is_of(const struct batch_group *group, const struct batch_change *change)
{
	return group->database == change->database && bytes_equal(group->key, change->key);
}

static uint32_t new_group(struct batch *batch, enum database database, struct bytes key)
{
	uint32_t number = (uint32_t)batch->group_count++;

	batch->groups[number] = (struct batch_group){ .database = database, .newest = number, .key = key };
	return number;
}

static struct batch_group *find_group(struct batch *batch, const struct batch_change *change)
{
	uint8_t name[1 + COMMAND_KEY_MAX] = { (uint8_t)change->database };
	struct table_entry *entry;

	/* what comes from a dump comes torrent by torrent */
	if (batch->last && is_of(batch->last, change))
		return batch->last;
	memcpy(name + 1, change->key.data, change->key.size);
	entry = table_add(&batch->table, bytes_at(name, 1 + change->key.size), NULL);
	if (!entry->count)
		entry->count = 1 + new_group(batch, change->database, bytes_after(entry->key, 1));
	batch->last = &batch->groups[entry->count - 1];
	return batch->last;
}

/* The group that takes the next item of the key; what is gathered for it is handed on if that does not go with it. */
static struct batch_group *make_room(struct batch *batch, struct batch_group *first, const struct batch_change *change)
{
	struct batch_group *newest = &batch->groups[first->newest];

	if (!first->whole_count)
		return first;
	if (first->verb == change->verb && newest->count < COMMAND_MEMBERS_MAX)
		return newest;
	if (first->verb == change->verb && first->whole_count < FAST_MEMBERS_MAX && is_whole(batch, first)) {
		first->newest = new_group(batch, first->database, first->key);
		newest->next = 1 + first->newest;
		return &batch->groups[first->newest];
	}
	flush_group(batch, first);
	return first;
}

static uint32_t add_item(struct batch *batch, const struct batch_change *change)
{
	uint32_t number = (uint32_t)batch->item_count++;

	batch->items[number] = (struct batch_item){
		.score = change->score, .at = (uint32_t)batch->bytes.size, .size = (uint32_t)change->member.size,
	};
	buf_append(&batch->bytes, change->member.data, change->member.size);
	return number;
}

void batch_put(struct batch *batch, const struct batch_change *change)
{
	struct batch_group *first, *group;
	uint32_t number;

	if (batch->item_count == batch->items_max || batch->bytes.size + change->member.size > BATCH_BYTES_MAX)
		batch_flush(batch);
	first = find_group(batch, change);
	group = make_room(batch, first, change);
	number = add_item(batch, change);
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
	first->whole_count++;
}
