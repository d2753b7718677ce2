/* command.c - one change of one key: kept as what it is made of, so that it can be said as often as it takes */
#include "tools/peerdump/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "io/nodes.h"

enum { MEMBER_HEAD = 12 };	/* score and size */
#define EXACT 9007199254740992.0	/* up to here each whole number is a double */

const char *const command_names[COMMAND_VERBS] = {
	[COMMAND_ZADD] = "ZADD", [COMMAND_SADD] = "SADD", [COMMAND_SREM] = "SREM", [COMMAND_EXPIRE] = "EXPIRE",
	[COMMAND_RESTORE] = "RESTORE", [COMMAND_WAIT] = "WAIT",
};

/* memcpy: members have any length, so nothing is aligned. */
static void put_members(struct command *command, const struct rdb_member *members, size_t count)
{
	uint8_t *at = command->members;

	for (size_t i = 0; i < count; i++) {
		uint32_t size = (uint32_t)members[i].text.size;

		memcpy(at, &members[i].score, 8);
		memcpy(at + 8, &size, 4);
		memcpy(at + MEMBER_HEAD, members[i].text.data, size);
		at += MEMBER_HEAD + size;
	}
}

struct command *command_new(enum database database, enum command_verb verb, struct bytes key,
			    const struct rdb_member *members, size_t count)
{
	struct command *command;
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += MEMBER_HEAD + members[i].text.size;
	command = malloc(sizeof *command + size);
	if (!command)
		out_of_memory();
	*command = (struct command){
		.database = database, .verb = verb, .member_count = (uint32_t)count, .slot = nodes_slot(key),
		.key_size = key.size, .size = size,
	};
	memcpy(command->key, key.data, key.size);
	put_members(command, members, count);
	return command;
}

struct command *command_restore(struct command *parts, struct bytes milliseconds)
{
	const struct rdb_member member = { milliseconds, 0 };
	struct command *command = command_new(parts->database, COMMAND_RESTORE, command_key(parts), &member, 1);

	command->parts = parts;
	command->file = parts->file;
	command->line = parts->line;
	for (const struct command *part = parts; part; part = part->next)
		command->line_count += part->line_count;
	return command;
}

void command_free(struct command *command)
{
	struct command *part, *next;

	for (part = command ? command->parts : NULL; part; part = next) {
		next = part->next;
		free(part);
	}
	free(command);
}

struct bytes command_key(const struct command *command)
{
	return bytes_at(command->key, command->key_size);
}

struct place command_place(const struct command *command)
{
	return (struct place){ command->file, "line", command->line };
}

bool command_is_for(const struct command *command, const struct command *other)
{
	return command->slot == other->slot && command->database == other->database &&
	       bytes_equal(command_key(command), command_key(other));
}

size_t command_bytes(const struct command *command)
{
	size_t bytes = sizeof *command + command->size;

	for (const struct command *part = command->parts; part; part = part->next)
		bytes += sizeof *part + part->size;
	return bytes;
}

/* --- its words --- */

/* Whole seconds, nearly always; else microseconds if they say it exactly, or as many digits as it takes. */
static struct bytes print_score(char *text, double score)
{
	double us = score * 1e6;
	int64_t near;

	if (us > -9e18 && us < 9e18 && (double)(int64_t)score == score)
		return bytes_at(text, (size_t)(time_print(text, (int64_t)score * 1000000) - text));
	if (us > -EXACT && us < EXACT) {
		near = (int64_t)(us + (us < 0 ? -0.5 : 0.5));
		if ((double)near / 1e6 == score)
			return bytes_at(text, (size_t)(time_print(text, near) - text));
	}
	return bytes_at(text, (size_t)snprintf(text, COMMAND_SCORE_ROOM, "%.17g", score));
}

void command_say(const struct command *command, struct command_words *words)
{
	const uint8_t *at = command->members;
	struct bytes text = { 0 };
	double score, last = 0;
	uint32_t size;

	words->all[0] = bytes_of(command_names[command->verb]);
	words->all[1] = command_key(command);
	words->count = 2;
	for (uint32_t i = 0; i < command->member_count; i++, at += MEMBER_HEAD + size) {
		memcpy(&score, at, 8);
		memcpy(&size, at + 8, 4);
		if (command->verb == COMMAND_ZADD) {
			/* neighbours often have the same one */
			if (!text.data || score != last)
				text = print_score(words->scores[i], score);
			last = score;
			words->all[words->count++] = text;
		}
		words->all[words->count++] = bytes_at(at + MEMBER_HEAD, size);
	}
}

/* --- lists --- */

void command_list_add(struct command_list *list, struct command *command)
{
	command->next = NULL;
	*(list->last ? &list->last->next : &list->first) = command;
	list->last = command;
}

struct command *command_list_take(struct command_list *list)
{
	struct command *command = list->first;

	if (command && !(list->first = command->next))
		list->last = NULL;
	return command;
}
