/* sets.c - goes through the sets of users, while rows of PostgreSQL may come in between */
#include "tools/userstats/sets.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/room.h"
#include "base/table.h"

/* A key that was found by SCAN and whose members are asked for. */
struct asked {
	uint8_t passkey[PASSKEY_SIZE];
	uint32_t user, next;	/* next: of the free ones */
};

struct reading_sets {
	struct sets *sets;
	uint32_t next;		/* the user to ask about next, without a SCAN */
	uint8_t *seen;		/* a bit for each user: SCAN gave the key already */
	struct table strangers;	/* passkeys of nobody that it gave */
	struct asked *asked;	/* the tag of a command is an index of these */
	size_t asked_room;
	uint32_t asked_count, free;
	bool failed;
};

static void ask(struct reading_sets *reading, uint64_t tag, const uint8_t *passkey)
{
	stores_ask(reading->sets->stores, STORE_USERS, tag, "SMEMBERS", bytes_at(passkey, PASSKEY_SIZE));
}

/* Those of the users of the site. */
static void ask_more(struct reading_sets *reading)
{
	const struct ids *ids = reading->sets->ids;

	while (reading->next < ids->user_count && stores_room(reading->sets->stores, STORE_USERS)) {
		const struct ids_user *user = &ids->users[reading->next];

		/* of two users with one passkey, which no site should have, one has the set */
		if (user->keyed && ids_passkey(ids, bytes_at(user->passkey, PASSKEY_SIZE)) == reading->next)
			ask(reading, reading->next, user->passkey);
		reading->next++;
	}
}

static uint32_t new_asked(struct reading_sets *reading)
{
	uint32_t number = reading->free;

	if (number != IDS_NONE) {
		reading->free = reading->asked[number].next;
		return number;
	}
	reading->asked = room_for(reading->asked, &reading->asked_room, reading->asked_count + 1ull, sizeof *reading->asked);
	return reading->asked_count++;
}

/* Is the key new? */
static bool see(struct reading_sets *reading, uint32_t user, struct bytes passkey)
{
	bool added = false;

	if (user == IDS_NONE) {
		table_add(&reading->strangers, passkey, &added);
		return added;
	}
	added = !bits_has(reading->seen, user);
	bits_set(reading->seen, user);
	return added;
}

static void take_keys(struct reading_sets *reading, const struct event *event)
{
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < event->answer.count; i++) {
		struct bytes key = event->answer.items[i].text;
		uint32_t user, number;

		if (stores_key(key, hash) != KEY_USER)
			continue;
		user = reading->sets->ids ? ids_passkey(reading->sets->ids, key) : IDS_NONE;
		if (!see(reading, user, key))
			continue;
		number = new_asked(reading);
		reading->asked[number].user = user;
		memcpy(reading->asked[number].passkey, key.data, PASSKEY_SIZE);
		ask(reading, number, key.data);
	}
}

/* Who is called will look the members up, one after the other. */
static void expect_members(const struct ids *ids, const struct redis_item *members, size_t count)
{
	uint8_t hashes[IDS_EXPECTED][HASH_SIZE];
	size_t good = 0;

	for (size_t i = 0; i < count && good < IDS_EXPECTED; i++)
		good += members[i].kind == REDIS_STRING && stores_member_hash(members[i].text, hashes[good]);
	ids_expect(ids, hashes, good);
}

static void take_set(struct reading_sets *reading, const struct event *event)
{
	const struct redis_item *items = event->answer.items;
	struct sets *sets = reading->sets;
	uint32_t user = (uint32_t)event->answer.tag;
	uint8_t passkey[PASSKEY_SIZE];

	if (sets->scan) {
		struct asked *asked = &reading->asked[user];

		memcpy(passkey, asked->passkey, PASSKEY_SIZE);
		asked->next = reading->free;
		reading->free = user;
		user = asked->user;
	} else {
		memcpy(passkey, sets->ids->users[user].passkey, PASSKEY_SIZE);
	}
	if (stores_refused(sets->stores, event)) {
		reading->failed = true;
		return;
	}
	if (items->kind != REDIS_ARRAY) {
		sets->wrong++;
		return;
	}
	if (event->answer.count == 1)
		return;
	sets->count++;
	if (sets->ids)
		expect_members(sets->ids, items + 1, event->answer.count - 1);
	sets->set(sets->context, user, bytes_at(passkey, PASSKEY_SIZE), items + 1, event->answer.count - 1);
}

static void take(struct reading_sets *reading, const struct event *event)
{
	switch (event->kind) {
	case EVENT_ROW:
		reading->sets->row(reading->sets->context, &event->row);
		break;
	case EVENT_KEYS:
		take_keys(reading, event);
		break;
	case EVENT_ANSWER:
		take_set(reading, event);
		break;
	case EVENT_END:
		reading->failed |= event->failed;
		break;
	case EVENT_LOST:
		reading->failed = true;
		break;
	}
}

bool sets_read(struct sets *sets)
{
	struct reading_sets reading = { .sets = sets, .free = IDS_NONE };
	bool there = stores_have(sets->stores, STORE_BIT(STORE_USERS));
	struct event event;

	reading.seen = room_new(1, bits_size((sets->ids ? sets->ids->user_count : 0)));
	if (sets->scan)
		stores_scan(sets->stores, STORE_USERS);
	else
		ask_more(&reading);
	while (stores_next(sets->stores, &event)) {
		take(&reading, &event);
		if (!sets->scan)
			ask_more(&reading);
	}
	free(reading.seen);
	free(reading.asked);
	table_free(&reading.strangers);
	return there && !reading.failed && !tool_stopped;
}
