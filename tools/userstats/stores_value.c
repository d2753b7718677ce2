/* stores_value.c - what keys, answers and rows of both stores say */
#include "tools/userstats/stores.h"

#include "base/hex.h"
#include "base/room.h"
#include "codec/peer.h"

enum key_class stores_key(struct bytes key, uint8_t hash[HASH_SIZE])
{
	switch (peer_key_parse(key, hash)) {
	case PEER_KEY_TORRENT:
		return KEY_TORRENT;
	case PEER_KEY_EXT:
		return KEY_EXT;
	default:
		return key.size == PASSKEY_SIZE ? KEY_USER : KEY_OTHER;
	}
}

uint64_t *stores_unset(size_t count)
{
	uint64_t *numbers = room_new(count, sizeof *numbers);

	for (size_t i = 0; i < count; i++)
		numbers[i] = COUNT_UNSET;
	return numbers;
}

bool stores_answer_members(const struct bulk_answer *answer, struct bytes *members, size_t most, size_t *count)
{
	*count = answer->count - 1 < most ? answer->count - 1 : most;
	if (answer->items->kind != REDIS_ARRAY)
		return false;
	for (size_t i = 0; i < *count; i++)
		members[i] = answer->items[1 + i].text;
	return true;
}

uint64_t stores_answer_count(const struct event *event)
{
	const struct redis_item *item = event->answer.items;

	return event->answer.count == 1 && item->kind == REDIS_INTEGER && item->integer >= 0 ? (uint64_t)item->integer
											     : COUNT_UNSET;
}

struct timestamp stores_since(const struct stores *stores, uint64_t ttl)
{
	if (ttl > USERSTATS_WINDOW_S)
		return (struct timestamp){ TIME_UNSET };
	return (struct timestamp){ (stores->now_us / 1000000 - USERSTATS_WINDOW_S + (int64_t)ttl) * 1000000 };
}

bool stores_member_hash(struct bytes member, uint8_t hash[HASH_SIZE])
{
	return peer_key_parse(member, hash) == PEER_KEY_TORRENT;
}

double stores_coverage(const struct stores *stores, uint64_t window_s)
{
	const struct userstats_options *options = stores->run->options;

	return window_s >= options->interval ? 1 : (double)window_s / (double)options->interval;
}

int64_t stores_int(struct bytes field)
{
	int64_t number;

	return field.data && pg_int(field, &number) ? number : SIGNED_UNSET;
}

bool stores_true(struct bytes field)
{
	bool value;

	return field.data && pg_bool(field, &value) && value;
}

bool stores_place(struct bytes field, size_t count, size_t *place)
{
	int64_t number = stores_int(field);

	if (number < 0 || (uint64_t)number >= count)
		return false;
	*place = (size_t)number;
	return true;
}

bool stores_hash(struct bytes field, uint8_t hash[HASH_SIZE])
{
	return field.data && field.size == 2 * HASH_SIZE && hex_parse(field.data, HASH_SIZE, hash);
}

struct bytes stores_hash_text(struct bytes field, uint8_t hash[HASH_SIZE])
{
	return bytes_at(stores_hash(field, hash) ? hash : NULL, HASH_SIZE);
}
