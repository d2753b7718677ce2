/* ghosts.c - userstats ghosts: members of sets in Redis without a live entry behind them */
#include "tools/userstats/records.h"
#include "tools/userstats/sets.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/order.h"
#include "base/room.h"
#include "tools/userstats/keys.h"
#include "tools/userstats/pairs.h"

/*
 * What the site knows is not needed to find ghosts, only to name them: users and torrents are numbered here as they
 * come, by their passkeys and info hashes.
 */
enum { GHOSTS_MAX = 16 << 20 };	/* 12 bytes for a ghost */

struct ghost {
	uint32_t kind, torrent, user;	/* enum ghost_kind, numbers */
};

struct ghosts {
	struct run *run;
	struct stores stores;
	struct ids ids;
	struct keys users, torrents;
	uint64_t *live;			/* of each torrent: entries */
	struct pairs pairs;		/* members of users' sets */
	struct ghost *found;
	size_t count, capacity;
	uint64_t more, wrong;
};

static void add(struct ghosts *ghosts, enum ghost_kind kind, uint32_t torrent, uint32_t user)
{
	if (ghosts->count == GHOSTS_MAX) {
		ghosts->more++;
		return;
	}
	ghosts->found = room_for(ghosts->found, &ghosts->capacity, ghosts->count + 1, sizeof *ghosts->found);
	ghosts->found[ghosts->count++] = (struct ghost){ kind, torrent, user };
}

/* ---- who is a member of what */

static void take_set(void *context, uint32_t ignored, struct bytes passkey, const struct redis_item *members, size_t count)
{
	struct ghosts *ghosts = context;
	uint32_t user = keys_add(&ghosts->users, passkey);
	uint8_t hash[HASH_SIZE];

	(void)ignored;
	for (size_t i = 0; i < count && user != KEYS_NONE; i++) {
		bool sound = stores_member_hash(members[i].text, hash);
		uint32_t torrent = sound ? keys_add(&ghosts->torrents, bytes_at(hash, HASH_SIZE)) : KEYS_NONE;

		if (torrent != IDS_NONE)
			pairs_mark(&ghosts->pairs, user, torrent, 0);
		else
			ghosts->wrong++;
	}
}

/* ---- what is live, and the ext_ sets */

static bool read_live(struct ghosts *ghosts)
{
	uint32_t next = 0, count = ghosts->torrents.count;
	struct event event;
	bool good = true;

	ghosts->live = stores_unset(count);
	for (;;) {
		while (next < count && stores_room(&ghosts->stores, STORE_TORRENTS)) {
			stores_ask_live(&ghosts->stores, next, keys_at(&ghosts->torrents, next).data);
			next++;
		}
		if (!stores_next(&ghosts->stores, &event))
			return good && next == count && !tool_stopped;
		/* what could not be counted must not be taken for empty */
		if (event.kind == EVENT_LOST || stores_refused(&ghosts->stores, &event))
			good = false;
		else if (event.kind == EVENT_ANSWER)
			ghosts->live[event.answer.tag] = stores_answer_count(&event);
	}
}

static void take_keys(struct ghosts *ghosts, const struct event *event)
{
	uint8_t hash[HASH_SIZE];

	for (size_t i = 0; i < event->answer.count; i++) {
		struct bytes key = event->answer.items[i].text;
		uint32_t torrent =
			stores_key(key, hash) == KEY_EXT ? keys_add(&ghosts->torrents, bytes_at(hash, HASH_SIZE)) : IDS_NONE;

		if (torrent != IDS_NONE)
			stores_ask(&ghosts->stores, STORE_TORRENTS, torrent, "SMEMBERS", key);
	}
}

/* A passkey in an ext_ set is no ghost while its user is on the torrent, and somebody is. */
static void take_ext(struct ghosts *ghosts, const struct event *event)
{
	const struct redis_item *items = event->answer.items;
	uint32_t torrent = (uint32_t)event->answer.tag;

	if (items->kind != REDIS_ARRAY) {
		ghosts->wrong++;
		return;
	}
	for (size_t i = 1; i < event->answer.count; i++) {
		uint32_t user = keys_add(&ghosts->users, items[i].text);

		if (user != IDS_NONE)
			add(ghosts, GHOST_EXT, torrent, user);
	}
}

static bool read_ext(struct ghosts *ghosts)
{
	struct event event;
	bool good = true;

	stores_scan(&ghosts->stores, STORE_TORRENTS);
	while (stores_next(&ghosts->stores, &event)) {
		if (event.kind == EVENT_KEYS)
			take_keys(ghosts, &event);
		else if (event.kind == EVENT_LOST || stores_refused(&ghosts->stores, &event))
			good = false;
		else if (event.kind == EVENT_ANSWER)
			take_ext(ghosts, &event);
	}
	return good && !tool_stopped;
}

static bool has_entries(const struct ghosts *ghosts, uint32_t torrent)
{
	/* a key of another type has none that anybody could read */
	return ghosts->live[torrent] != COUNT_UNSET && ghosts->live[torrent] > 0;
}

/* The members of ext_ sets that are live after all are taken out; then those of users' sets come in. */
static void sift(struct ghosts *ghosts)
{
	size_t kept = 0, at = 0;
	uint32_t user, torrent;
	uint8_t marks;

	for (size_t i = 0; i < ghosts->count; i++) {
		const struct ghost *ghost = &ghosts->found[i];

		if (!has_entries(ghosts, ghost->torrent) || !pairs_find(&ghosts->pairs, ghost->user, ghost->torrent))
			ghosts->found[kept++] = *ghost;
	}
	ghosts->count = kept;
	while (pairs_next(&ghosts->pairs, &at, &user, &torrent, &marks))
		if (!has_entries(ghosts, torrent))
			add(ghosts, GHOST_MEMBER, torrent, user);
}

/* ---- printing */

static int compare(const void *a, const void *b, void *context)
{
	const struct ghost *left = a, *right = b;
	const struct ghosts *ghosts = context;
	int first = order(right->kind, left->kind);	/* members first: they should not be there at all */

	if (!first)
		first = bytes_compare(keys_at(&ghosts->torrents, left->torrent), keys_at(&ghosts->torrents, right->torrent));
	return first ? first : bytes_compare(keys_at(&ghosts->users, left->user), keys_at(&ghosts->users, right->user));
}

static bool print(struct ghosts *ghosts, const struct ghost *ghost)
{
	struct bytes hash = keys_at(&ghosts->torrents, ghost->torrent), passkey = keys_at(&ghosts->users, ghost->user);
	uint32_t torrent = ids_hash(&ghosts->ids, hash.data), user = ids_passkey(&ghosts->ids, passkey);
	struct ghost_line line = {
		.kind = (uint8_t)ghost->kind, .info_hash = hash, .passkey = passkey, .live = ghosts->live[ghost->torrent],
		.tid = torrent == IDS_NONE ? SIGNED_UNSET : ghosts->ids.torrents[torrent].tid,
		.uid = user == IDS_NONE ? SIGNED_UNSET : ghosts->ids.users[user].uid,
	};

	if (user != IDS_NONE)
		line.username = ghosts->ids.users[user].name;
	return output_put(&ghosts->run->output, &line);
}

static void print_all(struct ghosts *ghosts)
{
	struct error error = { 0 };
	struct count_text text, users;

	if (ghosts->count)
		qsort_r(ghosts->found, ghosts->count, sizeof *ghosts->found, compare, ghosts);
	for (size_t i = 0; i < ghosts->count; i++) {
		/* SCAN may give a key twice */
		if (i && compare(&ghosts->found[i], &ghosts->found[i - 1], ghosts) == 0)
			continue;
		if (!print(ghosts, &ghosts->found[i]))
			break;
	}
	report_note(&ghosts->run->report, "sets of %s and %s looked at",
		    count_print(&users, ghosts->users.table.count, "users"),
		    count_print(&text, ghosts->torrents.table.count, "torrents"));
	keys_tell(&ghosts->torrents, ghosts->run, "info hashes");
	keys_tell(&ghosts->users, ghosts->run, "passkeys");
	if (ghosts->wrong) {
		fail_input(&error, ERROR_NOWHERE,
			   "%s left out: keys of another type than a set, and members that are no info hashes",
			   count_print(&text, ghosts->wrong, "things"));
		run_error(ghosts->run, &error);
	}
	if (ghosts->more) {
		error = (struct error){ 0 };
		fail_input(&error, ERROR_NOWHERE, "more than %d ghosts: %" PRIu64 " are left out", GHOSTS_MAX, ghosts->more);
		run_error(ghosts->run, &error);
	}
}

void ghosts_run(struct run *run)
{
	struct ghosts ghosts = { .run = run };
	struct sets sets = { .stores = &ghosts.stores, .scan = true, .context = &ghosts, .set = take_set };

	if (!userstats_nameless(run) || !stores_open(&ghosts.stores, run, STORE_ALL, STORE_REDIS))
		return;
	ids_load(&ghosts.ids, &ghosts.stores, IDS_USERS | IDS_TORRENTS | IDS_NAMES);
	if (sets_read(&sets) && read_ext(&ghosts) && read_live(&ghosts)) {
		sift(&ghosts);
		print_all(&ghosts);
	}
	free(ghosts.found);
	free(ghosts.live);
	keys_free(&ghosts.users);
	keys_free(&ghosts.torrents);
	pairs_free(&ghosts.pairs);
	ids_free(&ghosts.ids);
	stores_close(&ghosts.stores);
}
