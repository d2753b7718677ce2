/* ids.c - all users and all torrents of the site in memory: passkey to user, info hash to torrent */
#include "tools/userstats/ids.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/room.h"
#include "base/seed.h"
#include "base/table.h"

/* ---- finding */

static uint64_t print_of(const struct ids *ids, const void *key, size_t size)
{
	return XXH3_64bits_withSeed(key, size, ids->seed);
}

/* At most half of the slots are taken. */
static void make_index(struct ids_index *index, uint32_t count)
{
	uint64_t capacity = 16;

	while (capacity < 2ull * count)
		capacity *= 2;
	index->slots = malloc(capacity * sizeof *index->slots);
	if (!index->slots)
		out_of_memory();
	memset(index->slots, 0xff, capacity * sizeof *index->slots);
	index->mask = (uint32_t)(capacity - 1);
}

static void add_index(struct ids_index *index, uint64_t print, uint32_t number)
{
	uint32_t slot = (uint32_t)print & index->mask;

	while (index->slots[slot] != IDS_NONE)
		slot = (slot + 1) & index->mask;
	index->slots[slot] = number;
}

/* Goes through the slots where such a key may be; IDS_NONE ends them. */
#define EACH_CANDIDATE(number, index, print) \
	for (uint32_t slot_ = (uint32_t)(print) & (index)->mask, number; \
	     (number = (index)->slots ? (index)->slots[slot_] : IDS_NONE) != IDS_NONE; slot_ = (slot_ + 1) & (index)->mask)

uint32_t ids_passkey(const struct ids *ids, struct bytes passkey)
{
	if (passkey.size != PASSKEY_SIZE)
		return IDS_NONE;
	EACH_CANDIDATE(user, &ids->by_passkey, print_of(ids, passkey.data, PASSKEY_SIZE))
		if (!memcmp(ids->users[user].passkey, passkey.data, PASSKEY_SIZE))
			return user;
	return IDS_NONE;
}

uint32_t ids_hash(const struct ids *ids, const uint8_t hash[HASH_SIZE])
{
	EACH_CANDIDATE(torrent, &ids->by_hash, print_of(ids, hash, HASH_SIZE))
		if (!memcmp(ids->torrents[torrent].hash, hash, HASH_SIZE))
			return torrent;
	return IDS_NONE;
}

void ids_expect(const struct ids *ids, const uint8_t (*hashes)[HASH_SIZE], size_t count)
{
	const uint32_t *slots[IDS_EXPECTED];

	if (!ids->by_hash.slots)
		return;
	for (size_t i = 0; i < count; i++) {
		slots[i] = &ids->by_hash.slots[(uint32_t)print_of(ids, hashes[i], HASH_SIZE) & ids->by_hash.mask];
		__builtin_prefetch(slots[i]);
	}
	for (size_t i = 0; i < count; i++)
		if (*slots[i] != IDS_NONE)
			__builtin_prefetch(ids->torrents[*slots[i]].hash);
}

/* The slot of a number in an index that is direct; NULL: it has none. */
static const uint32_t *direct_slot(const struct ids_index *index, int64_t number)
{
	uint64_t at = (uint64_t)number - (uint64_t)index->first;

	return at < index->span ? &index->slots[at] : NULL;
}

uint32_t ids_uid(const struct ids *ids, int64_t uid)
{
	if (ids->by_uid.span) {
		const uint32_t *slot = direct_slot(&ids->by_uid, uid);

		return slot ? *slot : IDS_NONE;
	}
	EACH_CANDIDATE(user, &ids->by_uid, print_of(ids, &uid, sizeof uid))
		if (ids->users[user].uid == uid)
			return user;
	return IDS_NONE;
}

uint32_t ids_tid(const struct ids *ids, int64_t tid)
{
	if (ids->by_tid.span) {
		const uint32_t *slot = direct_slot(&ids->by_tid, tid);

		return slot ? *slot : IDS_NONE;
	}
	EACH_CANDIDATE(torrent, &ids->by_tid, print_of(ids, &tid, sizeof tid))
		if (ids->torrents[torrent].tid == tid)
			return torrent;
	return IDS_NONE;
}

/* ---- loading */

struct loading {
	struct ids *ids;
	unsigned what;
	struct table names;	/* username to 1 + index, for the posters */
	size_t user_room, torrent_room;
	bool full;
};

static void take_user(void *context, const struct pg_row *row)
{
	struct loading *loading = context;
	struct ids *ids = loading->ids;
	struct bytes passkey = row->fields[1], name = row->fields[2];
	struct ids_user *user;

	loading->full |= ids->user_count == IDS_MAX;
	if (loading->full)
		return;
	ids->users = room_for(ids->users, &loading->user_room, ids->user_count + 1ull, sizeof *user);
	user = &ids->users[ids->user_count++];
	*user = (struct ids_user){ .uid = stores_int(row->fields[0]),
				   .keyed = passkey.data && passkey.size == PASSKEY_SIZE };
	if (user->keyed)
		memcpy(user->passkey, passkey.data, PASSKEY_SIZE);
	if (name.data && loading->what & IDS_NAMES)
		user->name = arena_copy(&ids->memory, name);
	if (name.data && loading->what & IDS_TITLES)
		table_add(&loading->names, name, NULL)->count = ids->user_count;
}

static void take_torrent(void *context, const struct pg_row *row)
{
	struct loading *loading = context;
	struct ids *ids = loading->ids;
	struct bytes hash = row->fields[1], title = row->fields[2], poster = row->fields[3];
	const struct table_entry *named;
	struct ids_torrent *torrent;

	loading->full |= ids->torrent_count == IDS_MAX;
	if (loading->full)
		return;
	ids->torrents = room_for(ids->torrents, &loading->torrent_room, ids->torrent_count + 1ull, sizeof *torrent);
	torrent = &ids->torrents[ids->torrent_count++];
	*torrent = (struct ids_torrent){
		.tid = stores_int(row->fields[0]), .poster = IDS_NONE, .uploading = stores_int(row->fields[4]),
		.downloading = stores_int(row->fields[5]), .finished = stores_int(row->fields[6]),
	};
	torrent->hashed = stores_hash(hash, torrent->hash);
	if (title.data)
		torrent->title = arena_copy(&ids->memory, title);
	named = poster.data ? table_find(&loading->names, poster) : NULL;
	if (named)
		torrent->poster = (uint32_t)(named->count - 1);
}

/* One COPY, to its end. */
static bool load(struct loading *loading, struct stores *stores, const char *sql,
		 void (*take)(void *, const struct pg_row *))
{
	struct error error = { 0 };
	bool good;

	stores_copy(stores, sql);
	good = stores_rows(stores, take, loading);
	if (!loading->full)
		return good;
	fail_system(&error, "the site has more than %d users or torrents, which is more than there is room for", IDS_MAX);
	run_error(stores->run, &error);
	return false;
}

/* Numbers from first to last, in that order: a slot for each, if they leave out no more than three of four. */
static bool make_direct(struct ids_index *index, int64_t first, int64_t last, uint32_t count)
{
	uint64_t span = (uint64_t)last - (uint64_t)first;

	/* from the least to the greatest of all numbers there is one more than fits */
	if (!count || last < first || span++ >= 4ull * count)
		return false;
	index->slots = malloc(span * sizeof *index->slots);
	if (!index->slots)
		out_of_memory();
	memset(index->slots, 0xff, span * sizeof *index->slots);
	index->first = first;
	index->span = span;
	return true;
}

static void add_number(const struct ids *ids, struct ids_index *index, int64_t number, uint32_t at)
{
	uint64_t slot = (uint64_t)number - (uint64_t)index->first;

	if (!index->span)
		add_index(index, print_of(ids, &number, sizeof number), at);
	else if (slot < index->span && index->slots[slot] == IDS_NONE)
		index->slots[slot] = at;
}

static void index_users(struct ids *ids)
{
	uint32_t count = ids->user_count;

	make_index(&ids->by_passkey, count);
	if (!make_direct(&ids->by_uid, count ? ids->users[0].uid : 0, count ? ids->users[count - 1].uid : 0, count))
		make_index(&ids->by_uid, count);
	for (uint32_t i = 0; i < ids->user_count; i++) {
		const struct ids_user *user = &ids->users[i];

		add_number(ids, &ids->by_uid, user->uid, i);
		if (user->keyed)
			add_index(&ids->by_passkey, print_of(ids, user->passkey, PASSKEY_SIZE), i);
	}
}

static void index_torrents(struct ids *ids)
{
	uint32_t count = ids->torrent_count;

	make_index(&ids->by_hash, count);
	if (!make_direct(&ids->by_tid, count ? ids->torrents[0].tid : 0, count ? ids->torrents[count - 1].tid : 0, count))
		make_index(&ids->by_tid, count);
	for (uint32_t i = 0; i < ids->torrent_count; i++) {
		const struct ids_torrent *torrent = &ids->torrents[i];

		add_number(ids, &ids->by_tid, torrent->tid, i);
		if (torrent->hashed)
			add_index(&ids->by_hash, print_of(ids, torrent->hash, HASH_SIZE), i);
	}
}

/* Columns that are not wanted are NULL: the titles are most of what would travel. */
static const char *torrents_sql(unsigned what)
{
	if (what & IDS_COUNTERS && what & IDS_TITLED)
		return "SELECT coalesce(t.tid, i.tid)::bigint, t.info_hash::text, i.title::text, i.poster::text, "
		       "c.uploading::bigint, c.downloading::bigint, c.finished::bigint FROM @torrents t "
		       "FULL JOIN @titles i ON i.tid = t.tid LEFT JOIN @counters c ON c.tid = coalesce(t.tid, i.tid) ORDER BY 1";
	if (what & IDS_COUNTERS)
		return "SELECT t.tid::bigint, t.info_hash::text, i.title::text, i.poster::text, c.uploading::bigint, "
		       "c.downloading::bigint, c.finished::bigint FROM @torrents t LEFT JOIN @titles i ON i.tid = t.tid "
		       "LEFT JOIN @counters c ON c.tid = t.tid ORDER BY 1";
	if (what & IDS_TITLED)
		return "SELECT coalesce(t.tid, i.tid)::bigint, t.info_hash::text, i.title::text, i.poster::text, "
		       "NULL::bigint, NULL::bigint, NULL::bigint FROM @torrents t FULL JOIN @titles i ON i.tid = t.tid "
		       "ORDER BY 1";
	if (what & IDS_TITLES)
		return "SELECT t.tid::bigint, t.info_hash::text, i.title::text, i.poster::text, NULL::bigint, NULL::bigint, "
		       "NULL::bigint FROM @torrents t LEFT JOIN @titles i ON i.tid = t.tid ORDER BY 1";
	return "SELECT t.tid::bigint, t.info_hash::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint "
	       "FROM @torrents t ORDER BY 1";
}

static const char *users_sql(unsigned what)
{
	if (what & (IDS_NAMES | IDS_TITLES))
		return "SELECT u.uid::bigint, u.passkey::text, u.username::text FROM @users u ORDER BY 1";
	return "SELECT u.uid::bigint, u.passkey::text, NULL::text FROM @users u ORDER BY 1";
}

bool ids_load(struct ids *ids, struct stores *stores, unsigned what)
{
	struct loading loading = { .ids = ids, .what = what };
	bool good = stores_have(stores, STORE_BIT(STORE_PG));

	*ids = (struct ids){ .seed = seed_draw() };
	if (good && what & IDS_USERS)
		good = load(&loading, stores, users_sql(what), take_user);
	index_users(ids);
	if (good && what & IDS_TORRENTS)
		good = load(&loading, stores, torrents_sql(what), take_torrent);
	index_torrents(ids);
	table_free(&loading.names);
	return good;
}

void ids_free(struct ids *ids)
{
	free(ids->users);
	free(ids->torrents);
	free(ids->by_passkey.slots);
	free(ids->by_hash.slots);
	free(ids->by_uid.slots);
	free(ids->by_tid.slots);
	arena_free(&ids->memory);
	*ids = (struct ids){ 0 };
}
