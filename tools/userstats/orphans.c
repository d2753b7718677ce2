/* orphans.c - userstats orphans: what one store knows and the other does not */
#include "tools/userstats/records.h"
#include "tools/userstats/sets.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/number.h"
#include "base/order.h"
#include "base/room.h"

enum { ORPHANS_MAX = 4 << 20 };	/* that are kept to be sorted, 64 bytes each; further ones are counted */

struct orphan {
	uint8_t kind;		/* enum orphan_kind */
	bool hashed, keyed;
	uint8_t hash[HASH_SIZE], passkey[PASSKEY_SIZE];
	uint32_t user;		/* ORPHAN_MEMBER: index in ids */
	uint64_t members;
};

struct orphans {
	struct run *run;
	struct stores stores;
	struct ids ids;
	struct orphan *found;
	size_t count, capacity;
	uint64_t more;		/* that there was no room for */
	uint8_t *torrents_seen, *users_seen;	/* a bit for each of ids: it has a key */
	uint64_t keys;		/* of torrents, and ext_ */
	uint64_t strange;	/* members that are no info hashes */
};

static struct orphan *add(struct orphans *orphans, enum orphan_kind kind)
{
	if (orphans->count == ORPHANS_MAX) {
		orphans->more++;
		return NULL;
	}
	orphans->found = room_for(orphans->found, &orphans->capacity, orphans->count + 1, sizeof *orphans->found);
	orphans->found[orphans->count] = (struct orphan){ .kind = (uint8_t)kind, .user = IDS_NONE, .members = COUNT_UNSET };
	return &orphans->found[orphans->count++];
}

static struct orphan *add_hash(struct orphans *orphans, enum orphan_kind kind, const uint8_t hash[HASH_SIZE])
{
	struct orphan *orphan = add(orphans, kind);

	if (orphan) {
		orphan->hashed = true;
		memcpy(orphan->hash, hash, HASH_SIZE);
	}
	return orphan;
}

/* ---- the users database */

static void take_member(struct orphans *orphans, uint32_t user, struct bytes member)
{
	uint8_t hash[HASH_SIZE];
	struct orphan *orphan;

	if (!stores_member_hash(member, hash)) {
		orphans->strange++;
		return;
	}
	if (ids_hash(&orphans->ids, hash) != IDS_NONE)
		return;
	orphan = add_hash(orphans, ORPHAN_MEMBER, hash);
	if (orphan)
		orphan->user = user;
}

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	struct orphans *orphans = context;

	if (user == IDS_NONE) {
		struct orphan *orphan = add(orphans, ORPHAN_USER);

		if (orphan) {
			orphan->keyed = true;
			memcpy(orphan->passkey, passkey.data, PASSKEY_SIZE);
			orphan->members = count;
		}
		return;
	}
	bits_set(orphans->users_seen, user);
	for (size_t i = 0; i < count; i++)
		take_member(orphans, user, members[i].text);
}

/* ---- the torrents database */

static void take_key(struct orphans *orphans, struct bytes key)
{
	uint8_t hash[HASH_SIZE];
	enum key_class class = stores_key(key, hash);
	uint32_t torrent;

	if (class != KEY_TORRENT && class != KEY_EXT)
		return;
	orphans->keys++;
	torrent = ids_hash(&orphans->ids, hash);
	if (torrent != IDS_NONE) {
		if (class == KEY_TORRENT)
			bits_set(orphans->torrents_seen, torrent);
		return;
	}
	if (add_hash(orphans, class == KEY_EXT ? ORPHAN_EXT : ORPHAN_TORRENT, hash))
		stores_ask(&orphans->stores, STORE_TORRENTS, orphans->count - 1, class == KEY_EXT ? "SCARD" : "ZCARD", key);
}

static bool read_torrents(struct orphans *orphans)
{
	bool good = true;
	struct event event;

	stores_scan(&orphans->stores, STORE_TORRENTS);
	while (stores_next(&orphans->stores, &event)) {
		if (event.kind == EVENT_KEYS)
			for (size_t i = 0; i < event.answer.count; i++)
				take_key(orphans, event.answer.items[i].text);
		else if (event.kind == EVENT_ANSWER && !stores_refused(&orphans->stores, &event))
			orphans->found[event.answer.tag].members = stores_answer_count(&event);
		else if (event.kind == EVENT_LOST)
			good = false;
	}
	return good && !tool_stopped;
}

/* ---- the reverse */

static void add_reverse(struct orphans *orphans)
{
	const struct ids *ids = &orphans->ids;

	for (uint32_t i = 0; i < ids->torrent_count; i++) {
		struct orphan *orphan = bits_has(orphans->torrents_seen, i) ? NULL : add(orphans, ORPHAN_SITE_TORRENT);

		if (orphan)
			orphan->user = i;
	}
	for (uint32_t i = 0; i < ids->user_count; i++) {
		struct orphan *orphan = bits_has(orphans->users_seen, i) ? NULL : add(orphans, ORPHAN_SITE_USER);

		if (orphan)
			orphan->user = i;
	}
}

/* ---- printing */

static int compare(const void *a, const void *b)
{
	const struct orphan *left = a, *right = b;
	int first = order(left->kind, right->kind);

	if (!first)
		first = memcmp(left->hash, right->hash, HASH_SIZE);
	if (!first)
		first = memcmp(left->passkey, right->passkey, PASSKEY_SIZE);
	return first ? first : order(left->user, right->user);
}

static bool same_key(const struct orphan *a, const struct orphan *b)
{
	return a->kind < ORPHAN_MEMBER && compare(a, b) == 0;
}

static bool print(struct orphans *orphans, const struct orphan *orphan)
{
	const struct ids_torrent *torrent =
		orphan->kind == ORPHAN_SITE_TORRENT ? &orphans->ids.torrents[orphan->user] : NULL;
	const struct ids_user *user = !torrent && orphan->user != IDS_NONE ? &orphans->ids.users[orphan->user] : NULL;
	struct orphan_line line = {
		.kind = orphan->kind, .tid = SIGNED_UNSET, .uid = SIGNED_UNSET, .members = orphan->members
	};

	if (orphan->hashed)
		line.info_hash = bytes_at(orphan->hash, HASH_SIZE);
	if (orphan->keyed)
		line.passkey = bytes_at(orphan->passkey, PASSKEY_SIZE);
	if (torrent) {
		line.tid = torrent->tid;
		line.name = torrent->title;
		line.info_hash = bytes_at(torrent->hashed ? torrent->hash : NULL, HASH_SIZE);
	}
	if (user) {
		line.uid = user->uid;
		line.name = user->name;
		line.passkey = bytes_at(user->keyed ? user->passkey : NULL, PASSKEY_SIZE);
	}
	return output_put(&orphans->run->output, &line);
}

static void print_all(struct orphans *orphans)
{
	const struct userstats_options *options = orphans->run->options;

	if (orphans->count)
		qsort(orphans->found, orphans->count, sizeof *orphans->found, compare);
	for (size_t i = 0; i < orphans->count; i++) {
		const struct orphan *orphan = &orphans->found[i];

		if ((orphan->kind >= ORPHAN_SITE_TORRENT) != options->reverse)
			continue;
		/* SCAN may give a key twice */
		if (i && same_key(orphan, orphan - 1))
			continue;
		if (!print(orphans, orphan))
			break;
	}
}

static void tell_rest(struct orphans *orphans, uint64_t set_count)
{
	struct error error = { 0 };
	struct count_text text, keys;

	report_note(&orphans->run->report, "%s of torrents and %s of users looked at",
		    count_print(&keys, orphans->keys, "keys"), count_print(&text, set_count, "sets"));
	if (orphans->strange) {
		fail_input(&error, ERROR_NOWHERE,
			   "%s of users' sets that are no info hashes in base64 (peerdump check shows where)",
			   count_print(&text, orphans->strange, "members"));
		run_error(orphans->run, &error);
	}
	if (orphans->more) {
		error = (struct error){ 0 };
		fail_input(&error, ERROR_NOWHERE, "more than %d orphans: %" PRIu64 " are left out", ORPHANS_MAX,
			   orphans->more);
		run_error(orphans->run, &error);
	}
}

void orphans_run(struct run *run)
{
	const struct userstats_options *options = run->options;
	struct orphans orphans = { .run = run };
	struct sets sets = {
		.stores = &orphans.stores, .ids = &orphans.ids, .scan = true, .context = &orphans, .set = take_set
	};

	if (!userstats_nameless(run) || !stores_open(&orphans.stores, run, STORE_ALL, STORE_ALL))
		return;
	if (ids_load(&orphans.ids, &orphans.stores, IDS_USERS | IDS_TORRENTS | IDS_NAMES | IDS_TITLES)) {
		orphans.torrents_seen = room_new(1, bits_size(orphans.ids.torrent_count));
		orphans.users_seen = room_new(1, bits_size(orphans.ids.user_count));
		if (sets_read(&sets) && read_torrents(&orphans)) {
			if (options->reverse)
				add_reverse(&orphans);
			print_all(&orphans);
			tell_rest(&orphans, sets.count);
		}
	}
	free(orphans.found);
	free(orphans.torrents_seen);
	free(orphans.users_seen);
	ids_free(&orphans.ids);
	stores_close(&orphans.stores);
}
