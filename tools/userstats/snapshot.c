/* snapshot.c - userstats snapshot: one look at Redis, saved */
#include "tools/userstats/keys.h"
#include "tools/userstats/save.h"
#include "tools/userstats/sets.h"


#include "base/number.h"

struct snapshot {
	struct run *run;
	struct stores stores;
	struct save save;
	/* torrents whose entries were asked for: SCAN may give a key twice; the tag is the number */
	struct keys hashes;
	uint64_t with_entries;			/* torrents */
	uint64_t strange_entries, strange_members, wrong;	/* in no known form; keys of another type */
};

/* ---- the torrents database */

static void take_key(struct snapshot *snapshot, struct bytes key)
{
	uint8_t hash[HASH_SIZE];
	uint32_t before = snapshot->hashes.count, number;

	if (stores_key(key, hash) != KEY_TORRENT)
		return;
	number = keys_add(&snapshot->hashes, bytes_at(hash, HASH_SIZE));
	if (number == before)
		stores_ask_entries(&snapshot->stores, number, hash);
}

/* Members with their scores by turns. False: it cannot be saved, which ends it. */
static bool take_entries(struct snapshot *snapshot, const struct event *event)
{
	const struct redis_item *items = event->answer.items;
	struct peer peer = { .info_hash = keys_at(&snapshot->hashes, (uint32_t)event->answer.tag) };

	if (items->kind != REDIS_ARRAY) {
		snapshot->wrong++;
		return true;
	}
	snapshot->with_entries += event->answer.count > 1;
	for (size_t i = 1; i + 1 < event->answer.count; i += 2) {
		double score;

		if (!peer_decode(items[i].text, &peer)) {
			snapshot->strange_entries++;
			continue;
		}
		peer.seen = peer_score_parse(items[i + 1].text, &score) ? peer_seen(score)
									: (struct timestamp){ TIME_UNSET };
		if (!save_peer(&snapshot->save, &peer))
			return false;
	}
	return true;
}

static bool read_torrents(struct snapshot *snapshot)
{
	struct event event;

	stores_scan(&snapshot->stores, STORE_TORRENTS);
	while (stores_next(&snapshot->stores, &event)) {
		if (event.kind == EVENT_KEYS)
			for (size_t i = 0; i < event.answer.count; i++)
				take_key(snapshot, event.answer.items[i].text);
		else if (event.kind == EVENT_LOST || stores_refused(&snapshot->stores, &event) ||
			 !take_entries(snapshot, &event))
			return false;
	}
	return !tool_stopped;
}

/* ---- the users database */

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	struct snapshot *snapshot = context;
	uint8_t hash[HASH_SIZE];
	struct member member = { .passkey = passkey, .info_hash = bytes_at(hash, HASH_SIZE) };

	(void)user;
	for (size_t i = 0; i < count; i++) {
		if (!stores_member_hash(members[i].text, hash))
			snapshot->strange_members++;
		else if (!save_member(&snapshot->save, &member))
			break;	/* the rest is in vain, but answers are due: save_close tells it */
	}
}

/* ---- all of it */

static void complain(struct snapshot *snapshot, uint64_t count, const char *what, const char *where)
{
	struct error error = { 0 };
	struct count_text text;

	if (!count)
		return;
	fail_input(&error, ERROR_NOWHERE, "%s left out: %s (peerdump check shows where)",
		   count_print(&text, count, what), where);
	run_error(snapshot->run, &error);
}

static void tell_rest(struct snapshot *snapshot, uint64_t sets_wrong)
{
	keys_tell(&snapshot->hashes, snapshot->run, "torrents");
	complain(snapshot, snapshot->strange_entries, "entries", "they are in no known form");
	complain(snapshot, snapshot->strange_members, "members", "in users' sets, they are no info hashes in base64");
	complain(snapshot, snapshot->wrong, "torrents", "their keys are no sorted sets");
	complain(snapshot, sets_wrong, "users", "their keys are no sets");
}

static void tell_nothing_saved(struct snapshot *snapshot)
{
	struct error error = { 0 };

	fail_system(&error, "not all could be read, so nothing is saved as %s", snapshot->save.name);
	run_error(snapshot->run, &error);
}

/* Without the names of users, which stand in PostgreSQL. */
static void take_look(struct snapshot *snapshot)
{
	const struct userstats_options *options = snapshot->run->options;
	struct sets sets = { .stores = &snapshot->stores, .scan = true, .context = snapshot, .set = take_set };
	bool read = read_torrents(snapshot) && sets_read(&sets);
	struct look_line line = { .time = { snapshot->stores.now_us }, .window = options->window };

	if (!read && snapshot->save.error.kind == ERROR_NONE) {
		save_drop(&snapshot->save);
		if (!tool_stopped)
			tell_nothing_saved(snapshot);
		return;
	}
	line.torrents = snapshot->with_entries;
	line.users = sets.count;
	tell_rest(snapshot, sets.wrong);
	if (save_close(&snapshot->save, &line) && strcmp(snapshot->save.name, "-"))
		output_put(&snapshot->run->output, &line);
}

void snapshot_run(struct run *run)
{
	struct snapshot snapshot = { .run = run };
	struct error error = { 0 };

	if (run->word_count != 1) {
		fail_usage(&error, "snapshot takes the name of one file (- is stdout)");
		run_error(run, &error);
		return;
	}
	if (!save_open(&snapshot.save, run, run->words[0]))
		return;
	if (stores_open(&snapshot.stores, run, STORE_REDIS, STORE_REDIS)) {
		take_look(&snapshot);
		stores_close(&snapshot.stores);
	} else {
		save_drop(&snapshot.save);
	}
	keys_free(&snapshot.hashes);
}
