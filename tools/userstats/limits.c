/* limits.c - userstats limits: users who are on more torrents at once than allowed */
#include <stdlib.h>

#include "base/number.h"
#include "base/room.h"
#include "codec/peer.h"
#include "tools/userstats/holders.h"
#include "tools/userstats/records.h"

/* A key of the users database that looks like a passkey: 40 bytes of memory for each. */
struct set {
	uint8_t passkey[PASSKEY_SIZE];
	uint64_t torrents;	/* COUNT_UNSET: no set */
};

struct limits {
	struct run *run;
	struct stores stores;
	struct set *sets;
	size_t count, capacity;
	size_t refused;		/* that Redis did not count */
};

static void take_key(struct limits *limits, struct bytes key)
{
	uint8_t hash[HASH_SIZE];
	struct set *set;

	if (stores_key(key, hash) != KEY_USER)
		return;
	limits->sets = room_for(limits->sets, &limits->capacity, limits->count + 1, sizeof *limits->sets);
	set = &limits->sets[limits->count];
	set->torrents = COUNT_UNSET;
	memcpy(set->passkey, key.data, PASSKEY_SIZE);
	stores_ask(&limits->stores, STORE_USERS, limits->count++, "SCARD", key);
}

/* False: Redis was lost, which was told, or the program is to stop. */
static bool read_sets(struct limits *limits)
{
	bool good = true;
	struct event event;

	stores_scan(&limits->stores, STORE_USERS);
	while (stores_next(&limits->stores, &event)) {
		if (event.kind == EVENT_KEYS)
			for (size_t i = 0; i < event.answer.count; i++)
				take_key(limits, event.answer.items[i].text);
		else if (event.kind == EVENT_LOST)
			good = false;
		else if (stores_refused(&limits->stores, &event))
			limits->refused++;
		else if (event.kind == EVENT_ANSWER)
			limits->sets[event.answer.tag].torrents = stores_answer_count(&event);
	}
	return good && !tool_stopped;
}

static int compare_passkeys(const void *a, const void *b)
{
	const struct set *x = a, *y = b;

	return memcmp(x->passkey, y->passkey, PASSKEY_SIZE);
}

/* The most torrents first, then by passkey: so it is the same whether or not PostgreSQL is there. */
static int compare_sizes(const void *a, const void *b)
{
	const struct set *x = a, *y = b;

	if (x->torrents != y->torrents)
		return x->torrents > y->torrents ? -1 : 1;
	return compare_passkeys(x, y);
}

/* Keeps those above the limit, each once, in order. */
static void select_sets(struct limits *limits, uint64_t limit)
{
	struct set *sets = limits->sets;
	size_t above = 0, left = 0;

	for (size_t i = 0; i < limits->count; i++)
		if (sets[i].torrents != COUNT_UNSET && sets[i].torrents > limit)
			sets[above++] = sets[i];
	if (!above) {
		limits->count = 0;
		return;
	}
	/* SCAN may give a key twice */
	qsort(sets, above, sizeof *sets, compare_passkeys);
	for (size_t i = 0; i < above; i++)
		if (!left || compare_passkeys(&sets[left - 1], &sets[i]) != 0)
			sets[left++] = sets[i];
	qsort(sets, left, sizeof *sets, compare_sizes);
	limits->count = left;
}

static void print(struct limits *limits, uint64_t limit)
{
	struct arena *memory = &limits->run->memory;
	struct bytes *passkeys = arena_alloc(memory, (limits->count + 1) * sizeof *passkeys);
	const struct holder *holders;

	for (size_t i = 0; i < limits->count; i++)
		passkeys[i] = bytes_at(limits->sets[i].passkey, PASSKEY_SIZE);
	holders = holders_read(&limits->stores, passkeys, limits->count, memory);
	for (size_t i = 0; i < limits->count; i++) {
		struct limit_line line = {
			.uid = holders[i].uid, .username = holders[i].username, .passkey = passkeys[i],
			.torrents = limits->sets[i].torrents, .limit = limit,
		};

		if (!output_put(&limits->run->output, &line))
			break;
	}
}

static bool check_limit(struct run *run)
{
	const struct userstats_options *options = run->options;
	struct error error = { 0 };

	if (options->torrents != UINT64_MAX)
		return true;
	fail_usage(&error, "no --torrents=N: how many torrents may a user be on?");
	run_error(run, &error);
	return false;
}

void limits_run(struct run *run)
{
	const struct userstats_options *options = run->options;
	struct limits limits = { .run = run };
	struct count_text sets;

	if (!userstats_nameless(run) || !check_limit(run) ||
	    !stores_open(&limits.stores, run, STORE_BIT(STORE_USERS) | STORE_BIT(STORE_PG), STORE_BIT(STORE_USERS)))
		return;
	if (read_sets(&limits)) {
		report_note(&run->report, "%s of users looked at", count_print(&sets, limits.count - limits.refused, "keys"));
		select_sets(&limits, options->torrents);
		print(&limits, options->torrents);
	}
	stores_close(&limits.stores);
	free(limits.sets);
}
