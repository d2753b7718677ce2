/* check_keys.c - userstats check: the formats of keys and members in Redis */
#include "tools/userstats/check.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "codec/peer.h"

enum {
	SAMPLE = 200,		/* keys of each class whose type, time to live and members are asked for */
	TYPES_MAX = 8, TYPE_ROOM = 24,
	LAYOUTS_MAX = 8,
	TTL_MODULE_S = 2700,	/* of a SeederMap */
	AHEAD_S = 5,		/* a score so far in the future is no matter of rounding */
};

/* Classes of keys by their names; those of PEER_KEY_OTHER are told apart further. */
enum { CLASS_USER = PEER_KEY_OTHER + 1, CLASS_NUMBER, CLASSES };

struct class_state {
	uint64_t keys, sampled;
	uint64_t timed;			/* of the sample, those whose time to live was told */
	uint64_t misplaced;		/* in the database where the tracker does not look for them */
	struct { char name[TYPE_ROOM]; uint64_t count; } types[TYPES_MAX];
	uint64_t lasting;		/* of the sample, those that never expire */
};

struct keys_state {
	struct stores *stores;
	struct class_state classes[CLASSES];
	uint64_t layouts[LAYOUTS_MAX + 1];	/* live members by the row of peer_layouts; the last: in none of the forms */
	double newest;				/* score */
	bool partial;				/* a scan did not come to its end, or an answer is missing */
};

/* What came is told by the tag: which question, of which class. */
enum { ASKED_TYPE, ASKED_TTL, ASKED_ENTRIES, ASKED };

static const struct {
	const char *topic, *type, *detail;
	bool expected;		/* in the format of today */
} rows[CLASSES] = {
	[PEER_KEY_TORRENT] = { "keys of torrents", "zset", "base64 of the info hash", true },
	[PEER_KEY_EXT] = { "keys ext_", "set", "passkeys that announced; they never expire, and never shrink", true },
	[PEER_KEY_OLD_RAW] = { "keys of 20 bytes", "zset",
			       "info hashes as they were written before; not counted here (peerdump reads them)", false },
	[PEER_KEY_OLD_HEX] = { "keys of 40 digits", "zset",
			       "info hashes as they were written before; not counted here (peerdump reads them)", false },
	[PEER_KEY_OLD_TID] = { "keys to_", "zset",
			       "torrents as they were named before; not counted here (peerdump reads them)", false },
	[PEER_KEY_OTHER] = { "other keys", NULL, "not the tracker's", false },
	[CLASS_USER] = { "keys of users", "set", "passkeys of 32 bytes", true },
	[CLASS_NUMBER] = { "keys of digits", NULL,
			   "torrent ids: the next generation of the tracker keeps its peers there in a type of its own, "
			   "SeederMap, that no command reads", false },
};

static size_t classify(struct bytes key, uint8_t hash[HASH_SIZE])
{
	enum peer_key class = peer_key_parse(key, hash);
	uint64_t number;

	if (class != PEER_KEY_OTHER && !(class == PEER_KEY_OLD_HEX && key.size == PASSKEY_SIZE))
		return class;
	if (key.size == PASSKEY_SIZE)
		return CLASS_USER;
	return number_parse(key, INT64_MAX, &number) ? CLASS_NUMBER : PEER_KEY_OTHER;
}

static void take_key(struct keys_state *state, enum store store, struct bytes key)
{
	uint8_t hash[HASH_SIZE];
	size_t number = classify(key, hash);
	struct class_state *class = &state->classes[number];

	class->keys++;
	class->misplaced += !stores_one(state->stores) && (number == CLASS_USER) != (store == STORE_USERS);
	if (class->sampled == SAMPLE)
		return;
	class->sampled++;
	stores_ask(state->stores, store, number * ASKED + ASKED_TYPE, "TYPE", key);
	stores_ask(state->stores, store, number * ASKED + ASKED_TTL, "TTL", key);
	if (number == PEER_KEY_TORRENT)
		stores_ask_entries(state->stores, number * ASKED + ASKED_ENTRIES, hash);
}

static void take_type(struct class_state *class, struct bytes name)
{
	char text[TYPE_ROOM];

	snprintf(text, sizeof text, "%.*s", (int)(name.size < TYPE_ROOM ? name.size : TYPE_ROOM - 1), name.data);
	for (size_t i = 0; i < TYPES_MAX; i++) {
		if (!class->types[i].count)
			memcpy(class->types[i].name, text, sizeof text);
		if (!strcmp(class->types[i].name, text)) {
			class->types[i].count++;
			return;
		}
	}
}

static void take_entries(struct keys_state *state, const struct redis_item *items, size_t count)
{
	struct peer peer;
	double score;

	for (size_t i = 1; i + 1 < count; i += 2) {
		const struct peer_layout *layout = peer_decode(items[i].text, &peer);
		size_t number = layout ? (size_t)(layout - peer_layouts) : LAYOUTS_MAX;

		state->layouts[number < LAYOUTS_MAX ? number : LAYOUTS_MAX]++;
		if (peer_score_parse(items[i + 1].text, &score) && score > state->newest)
			state->newest = score;
	}
}

static void take_answer(struct keys_state *state, const struct event *event)
{
	struct class_state *class = &state->classes[event->answer.tag / ASKED];
	const struct redis_item *item = event->answer.items;

	switch (event->answer.tag % ASKED) {
	case ASKED_TYPE:
		if (item->kind == REDIS_STATUS || item->kind == REDIS_STRING)
			take_type(class, item->text);
		break;
	case ASKED_TTL:
		class->timed += item->kind == REDIS_INTEGER;
		class->lasting += item->kind == REDIS_INTEGER && item->integer == -1;
		break;
	case ASKED_ENTRIES:
		if (item->kind == REDIS_ARRAY)
			take_entries(state, item, event->answer.count);
		break;
	}
}

static void scan(struct keys_state *state, enum store store)
{
	struct event event;

	state->partial |= !stores_have(state->stores, STORE_BIT(store));
	stores_scan(state->stores, store);
	while (stores_next(state->stores, &event)) {
		if (event.kind == EVENT_KEYS)
			for (size_t i = 0; i < event.answer.count; i++)
				take_key(state, store, event.answer.items[i].text);
		else if (event.kind == EVENT_LOST || stores_refused(state->stores, &event))
			state->partial = true;
		else if (event.kind == EVENT_ANSWER)
			take_answer(state, &event);
	}
}

/* Stands before counts. */
static const char *at_least(const struct keys_state *state)
{
	return state->partial ? "at least " : "";
}

static void tell_class(struct keys_state *state, size_t number)
{
	const struct class_state *class = &state->classes[number];
	bool right = rows[number].expected, misplaced = right && class->misplaced;
	const char *silent = "none at all: the tracker is silent, or uses another server or database (--redis, "
			     "--torrents-db, --users-db)";
	const char *astray = "some are in the wrong one of both databases, and not counted here: are --torrents-db and "
			     "--users-db right?";
	struct count_text keys;
	char types[160] = "";

	for (size_t i = 0, at = 0; i < TYPES_MAX && class->types[i].count && at < sizeof types; i++) {
		at += (size_t)snprintf(types + at, sizeof types - at, "%s%s", i ? ", " : "", class->types[i].name);
		right &= rows[number].type && !strcmp(class->types[i].name, rows[number].type);
	}
	check_tell(state->stores->run, !right || misplaced ? FINDING_WARNING :
		   class->keys && !state->partial ? FINDING_OK : FINDING_NOTE, rows[number].topic,
		   !class->keys ? silent : misplaced ? astray : rows[number].detail, NULL,
		   class->keys ? "%s%s of type %s; of %" PRIu64 " looked at, %" PRIu64 " never expire" : "%s%s",
		   at_least(state), count_print(&keys, class->keys, "keys"), *types ? types : "unknown", class->timed,
		   class->lasting);
}

static void tell_layouts(struct keys_state *state)
{
	struct count_text members;

	for (size_t i = 0; i <= LAYOUTS_MAX; i++) {
		bool known = i < peer_layout_count && i < LAYOUTS_MAX;

		if (state->layouts[i])
			check_tell(state->stores->run, i ? FINDING_WARNING : state->partial ? FINDING_NOTE : FINDING_OK,
				   "members of torrents",
				   i ? "the tracker of today fails on torrents that have such a member; see peerdump convert"
				     : NULL,
				   NULL, "%s: %s%s", known ? peer_layouts[i].name : "in no known form", at_least(state),
				   count_print(&members, state->layouts[i], "members"));
	}
}

void check_keys(struct stores *stores)
{
	struct keys_state state = { .stores = stores };
	double now = (double)stores->now_us / 1e6;

	scan(&state, STORE_TORRENTS);
	if (!stores_one(stores))
		scan(&state, STORE_USERS);
	if (state.partial && !tool_stopped)
		check_tell(stores->run, FINDING_ERROR, "keys",
			   "Redis was lost, or refused something; see stderr for what it said", NULL,
			   "not all of them could be looked at");
	/* of a class that was not met nothing is known then */
	for (size_t i = 0; i < CLASSES; i++)
		if (state.classes[i].keys || (rows[i].expected && !state.partial))
			tell_class(&state, i);
	tell_layouts(&state);
	if (state.newest > now + AHEAD_S)
		check_tell(stores->run, FINDING_WARNING, "clock of the tracker", "entries have announced in the future",
			   NULL, "%+.0f s", state.newest - now);
}
