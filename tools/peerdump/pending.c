/* pending.c - the commands of a scan: what they say, and those whose replies are still to come, in their order */
#include "tools/peerdump/pending.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

/* ---- what they say */

static bool is_zset(const struct pending_command *command)
{
	return command->key->read == SCAN_ZSET;
}

const char *pending_name(const struct pending_command *command)
{
	static const char *const asks[SCAN_ASKS] = {
		[SCAN_TYPE] = "TYPE", [SCAN_TTL] = "TTL", [SCAN_MEMORY] = "MEMORY", [SCAN_LEECHERS] = "SCARD",
		[SCAN_EXISTS] = "EXISTS",
	};

	switch (command->kind) {
	case PENDING_PAGE:
		return "SCAN";
	case PENDING_SLOT:
		return "CLUSTER";
	case PENDING_ASKING:
		return "ASKING";
	case PENDING_ASK:
		return command->ask != SCAN_CARD ? asks[command->ask] : is_zset(command) ? "ZCARD" : "SCARD";
	case PENDING_WHOLE:
		return command->key->packed ? "DUMP" : is_zset(command) ? "ZRANGE" : "SMEMBERS";
	case PENDING_PART:
		return is_zset(command) ? "ZSCAN" : "SSCAN";
	}
	return NULL;
}

struct bytes pending_subject(const struct pending_command *command, char text[PEER_EXT_SIZE + PEER_KEY_SIZE])
{
	if (command->kind != PENDING_ASK || (command->ask != SCAN_LEECHERS && command->ask != SCAN_EXISTS))
		return command->key->text;
	memcpy(text, "ext_", PEER_EXT_SIZE);
	peer_key_print(command->key->hash, text + PEER_EXT_SIZE);
	return command->ask == SCAN_LEECHERS ? bytes_at(text, PEER_EXT_SIZE + PEER_KEY_SIZE)
					     : bytes_at(text + PEER_EXT_SIZE, PEER_KEY_SIZE);
}

static void put_word(struct pending_words *words, struct bytes word)
{
	words->words[words->count++] = word;
}

static void put_text(struct pending_words *words, const char *word)
{
	put_word(words, bytes_of(word));
}

static void put_number(struct pending_words *words, char text[NUMBER_ROOM], uint64_t number)
{
	put_word(words, bytes_at(text, (size_t)(number_print(text, number) - text)));
}

static void say_whole(struct pending_words *words, const struct pending_command *command)
{
	put_word(words, command->key->text);
	if (!is_zset(command) || command->key->packed)
		return;
	put_text(words, "0");
	put_text(words, "-1");
	put_text(words, "WITHSCORES");
}

void pending_say(struct pending_words *words, const struct pending_command *command, const char *cursor)
{
	words->count = 0;
	put_text(words, pending_name(command));
	switch (command->kind) {
	case PENDING_PAGE:
		put_text(words, cursor);
		put_text(words, "COUNT");
		put_number(words, words->number, SCAN_PAGE);
		break;
	case PENDING_SLOT:
		put_text(words, "GETKEYSINSLOT");
		put_number(words, words->text, command->slot);
		put_number(words, words->number, command->limit);
		break;
	case PENDING_ASKING:
		break;
	case PENDING_ASK:
		if (command->ask == SCAN_MEMORY)
			put_text(words, "USAGE");
		put_word(words, pending_subject(command, words->text));
		break;
	case PENDING_WHOLE:
		say_whole(words, command);
		break;
	case PENDING_PART:
		put_word(words, command->key->text);
		put_text(words, cursor);
		put_text(words, "COUNT");
		put_number(words, words->number, SCAN_PART);
		break;
	}
}

/* ---- those whose replies are to come */

static void grow(struct pending *pending)
{
	size_t capacity = pending->capacity ? pending->capacity * 2 : FIRST_CAPACITY;
	struct pending_command *ring = calloc(capacity, sizeof *ring);

	if (!ring)
		out_of_memory();
	for (size_t i = 0; i < pending->count; i++)
		ring[i] = pending->ring[(pending->first + i) & (pending->capacity - 1)];
	free(pending->ring);
	pending->ring = ring;
	pending->first = 0;
	pending->capacity = capacity;
}

void pending_put(struct pending *pending, struct pending_command command)
{
	if (pending->count == pending->capacity)
		grow(pending);
	pending->ring[(pending->first + pending->count++) & (pending->capacity - 1)] = command;
}

struct pending_command pending_take(struct pending *pending)
{
	struct pending_command command = pending->ring[pending->first];

	pending->first = (pending->first + 1) & (pending->capacity - 1);
	pending->count--;
	return command;
}

void pending_free(struct pending *pending)
{
	free(pending->ring);
	*pending = (struct pending){ 0 };
}
