/* who.c - userstats who: the users who are live on torrents */
#include "tools/userstats/everyone.h"
#include "tools/userstats/page.h"
#include "tools/userstats/sets.h"
#include "tools/userstats/torrents.h"
#include "tools/userstats/watch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/order.h"
#include "base/room.h"

/* A row of the torrents, or one that was named by an info hash that the site does not know. */
struct who_torrent {
	struct page_row row;	/* with the tid */
	uint8_t hash[HASH_SIZE];
	uint32_t next;		/* that has the same info hash, or KEYS_NONE */
};

struct who_pair {
	uint32_t torrent, user;
	int64_t uid;
	struct bytes username;
	struct standing standing;
};

/* Memory: 60 bytes for a torrent, 130 for a pair, 100 for a user. */
struct who {
	struct run *run;
	struct names *names;
	struct stores *stores;
	struct who_torrent *torrents;
	size_t torrent_count, torrent_room;
	struct keys hashes;
	struct keys passkeys;	/* in their order */
	uint32_t *first;	/* of each info hash, the torrent */
	struct who_pair *pairs;
	size_t pair_count, pair_room;
	uint64_t *ttl;		/* of the set of each passkey */
	struct page page;
	bool torrents_known;	/* the site's torrents came, all of them */
	struct arena memory;
};

static bool put_line(struct who *who, struct who_line *line, const struct standing *standing, uint64_t ttl)
{
	line->role = (uint8_t)role_of(standing, &line->uploader);
	line->since = stores_since(who->stores, ttl);
	return watch_put(who->stores, line);
}

/* ---- the torrents */

static void add_torrent(struct who *who, size_t place, int64_t tid, const uint8_t hash[HASH_SIZE])
{
	struct who_torrent *torrent;

	who->torrents = room_for(who->torrents, &who->torrent_room, who->torrent_count + 1, sizeof *who->torrents);
	torrent = &who->torrents[who->torrent_count++];
	*torrent = (struct who_torrent){ .row = { place, tid }, .next = KEYS_NONE };
	memcpy(torrent->hash, hash, HASH_SIZE);
}

static void take_torrent(void *context, const struct pg_row *row)
{
	struct who *who = context;
	size_t place;
	int64_t tid = stores_int(row->fields[1]);
	struct bytes digits = row->fields[2];
	uint8_t hash[HASH_SIZE];
	struct error error = { 0 };

	if (!stores_place(row->fields[0], who->names->count, &place))
		return;
	who->names->names[place].found = true;
	if (stores_hash(digits, hash)) {
		add_torrent(who, place, tid, hash);
		return;
	}
	fail_input(&error, ERROR_NOWHERE,
		   "torrent %" PRId64 ": the site has no sound info hash of it; want 40 hexadecimal digits", tid);
	run_error(who->run, &error);
}

/* Finds torrents by their info hashes. */
static void link_torrents(struct who *who)
{
	who->first = room_new(who->torrent_count, sizeof *who->first);
	for (size_t i = who->torrent_count; i-- > 0; ) {
		struct who_torrent *torrent = &who->torrents[i];
		uint32_t before = who->hashes.count, hash = keys_add(&who->hashes, bytes_at(torrent->hash, HASH_SIZE));

		torrent->next = hash == before ? KEYS_NONE : who->first[hash];
		who->first[hash] = (uint32_t)i;
	}
}

static void read_torrents(struct who *who)
{
	struct pg_parameter parameters[PG_PARAMETERS_MAX];

	stores_query(who->stores, "SELECT t.n, t.tid, t.info_hash::text FROM " NAMES_TORRENTS_SQL " t", parameters,
		     names_parameters(who->names, parameters));
	who->torrents_known = stores_rows(who->stores, take_torrent, who);
	for (size_t i = 0; i < who->names->count; i++) {
		const struct name *name = &who->names->names[i];

		if (!name->found && name->kind == NAME_HASH)
			add_torrent(who, i, SIGNED_UNSET, name->hash);
	}
	who->torrent_count = page_sort(who->torrents, who->torrent_count, sizeof *who->torrents);
	link_torrents(who);
}

/* ---- who is live on them */

static void take_member(struct who *who, struct bytes passkey, struct bytes member)
{
	uint8_t hash[HASH_SIZE];
	uint32_t number, user;

	if (!stores_member_hash(member, hash))
		return;
	number = keys_find(&who->hashes, bytes_at(hash, HASH_SIZE));
	user = number == KEYS_NONE ? KEYS_NONE : keys_add(&who->passkeys, passkey);
	if (user == KEYS_NONE)
		return;
	for (uint32_t i = who->first[number]; i != KEYS_NONE; i = who->torrents[i].next) {
		who->pairs = room_for(who->pairs, &who->pair_room, who->pair_count + 1, sizeof *who->pairs);
		who->pairs[who->pair_count++] = (struct who_pair){ .torrent = i, .user = user, .uid = SIGNED_UNSET };
	}
}

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	(void)user;
	for (size_t i = 0; i < count; i++)
		take_member(context, passkey, members[i].text);
}

static void read_sets(struct who *who)
{
	struct sets sets = { .stores = who->stores, .scan = true, .context = who, .set = take_set };
	uint32_t *numbers;

	sets_read(&sets);
	torrents_tell_wrong(who->run, sets.wrong);
	keys_tell(&who->passkeys, who->run, "users");
	numbers = keys_sort(&who->passkeys);
	for (size_t i = 0; i < who->pair_count; i++)
		who->pairs[i].user = numbers[who->pairs[i].user];
	free(numbers);
}

/* ---- what the site says of them, and when they announced, beside it */

#define PAIRS_SQL \
	"SELECT p.place, u.uid::bigint, u.username::text, " STANDING_SQL \
	" FROM unnest($1::text[], $2::bigint[], $3::bigint[]) p(passkey, tid, place) " \
	"JOIN @users u ON u.passkey::text = p.passkey LEFT JOIN @titles i ON i.tid = p.tid " \
	"LEFT JOIN @status s ON s.tid = p.tid AND s.uid = u.uid"

static void take_pair(struct who *who, const struct pg_row *row)
{
	struct who_pair *pair;
	int64_t uid = stores_int(row->fields[1]);
	size_t place;

	if (!stores_place(row->fields[0], who->pair_count, &place))
		return;
	pair = &who->pairs[place];
	/* of two users with one passkey, which no site should have, the first is taken */
	if (pair->uid != SIGNED_UNSET && pair->uid <= uid)
		return;
	pair->uid = uid;
	pair->username = row->fields[2].data ? arena_copy(&who->memory, row->fields[2]) : row->fields[2];
	pair->standing = standing_of(row, 3, pair->username);
}

static void ask_ttl(struct who *who, uint32_t *next)
{
	for (; *next < who->passkeys.count && stores_room(who->stores, STORE_USERS); (*next)++)
		stores_ask(who->stores, STORE_USERS, *next, "TTL", keys_at(&who->passkeys, *next));
}

/* The rows came: who has none is unknown to the site. */
static void end_pairs(struct who *who)
{
	for (size_t i = 0; i < who->pair_count; i++)
		who->pairs[i].standing.known = true;
}

static void read_pairs(struct who *who)
{
	struct event event;
	uint32_t next = 0;

	who->ttl = stores_unset(who->passkeys.count);
	for (size_t i = 0; i < who->pair_count; i++) {
		const struct who_pair *pair = &who->pairs[i];

		page_add(&who->page, keys_at(&who->passkeys, pair->user), who->torrents[pair->torrent].row.id, i);
	}
	if (!page_send(&who->page, who->stores, PAIRS_SQL) && stores_have(who->stores, STORE_BIT(STORE_PG)))
		end_pairs(who);
	ask_ttl(who, &next);
	while (stores_next(who->stores, &event)) {
		if (event.kind == EVENT_ROW)
			take_pair(who, &event.row);
		else if (event.kind == EVENT_END && !event.failed && !page_send(&who->page, who->stores, PAIRS_SQL))
			end_pairs(who);
		else if (event.kind == EVENT_ANSWER && !stores_refused(who->stores, &event))
			who->ttl[event.answer.tag] = stores_answer_count(&event);
		ask_ttl(who, &next);
	}
}

/* ---- printing */

/* torrents are in the order of their names; who is unknown to the site comes last */
static int compare_pairs(const void *a, const void *b)
{
	const struct who_pair *left = a, *right = b;

	if (left->torrent != right->torrent)
		return left->torrent < right->torrent ? -1 : 1;
	if (left->uid != right->uid)
		return role_number_before(left->uid, right->uid) ? -1 : 1;
	return order(left->user, right->user);
}

static void print_named(struct who *who)
{
	bool wanted = true;

	if (who->pair_count)
		qsort(who->pairs, who->pair_count, sizeof *who->pairs, compare_pairs);
	for (size_t i = 0; i < who->pair_count && wanted; i++) {
		const struct who_pair *pair = &who->pairs[i];
		const struct who_torrent *torrent = &who->torrents[pair->torrent];
		struct who_line line = {
			.tid = torrent->row.id, .info_hash = bytes_at(torrent->hash, HASH_SIZE), .uid = pair->uid,
			.username = pair->username, .passkey = keys_at(&who->passkeys, pair->user),
		};

		wanted = put_line(who, &line, &pair->standing, who->ttl[pair->user]);
	}
}

static void look_named(struct who *who)
{
	read_torrents(who);
	if (who->torrent_count && !tool_stopped)
		read_sets(who);
	if (!tool_stopped)
		read_pairs(who);
	if (!tool_stopped)
		print_named(who);
	if (who->torrents_known && !tool_stopped)
		names_missing(who->names);
}

static void look_all(struct who *who)
{
	struct everyone everyone;
	bool wanted = everyone_read(&everyone, who->stores, true);

	for (size_t i = 0; wanted && i < everyone.count; i++) {
		struct everyone_pair pair = everyone_pair(&everyone, i);
		struct who_line line = {
			.tid = pair.tid, .info_hash = pair.hash, .uid = pair.uid, .username = pair.username,
			.passkey = pair.passkey,
		};

		wanted = put_line(who, &line, &pair.standing, pair.answer);
	}
	everyone_free(&everyone);
}

/* Without PostgreSQL only torrents can be answered that are named by their info hashes. */
static unsigned needed(const struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->names[i].kind == NAME_HASH)
			return STORE_BIT(STORE_USERS);
	return STORE_BIT(STORE_USERS) | STORE_BIT(STORE_PG);
}

static void who_look(struct stores *stores, struct names *names)
{
	struct who who = { .run = stores->run, .names = names, .stores = stores };

	names_resolve(names, stores);
	if (names->all)
		look_all(&who);
	else
		look_named(&who);
	free(who.torrents);
	free(who.first);
	free(who.pairs);
	free(who.ttl);
	keys_free(&who.hashes);
	keys_free(&who.passkeys);
	page_free(&who.page);
	arena_free(&who.memory);
}

void who_run(struct run *run)
{
	static const struct watch_of of = {
		.keys = 5, .ignored = "since", .wanted = STORE_BIT(STORE_USERS) | STORE_BIT(STORE_PG), .look = who_look
	};
	struct names names;

	if (names_open(&names, run, NAMES_TORRENTS)) {
		watch_run(run, &names, &of, needed(&names));
		names_close(&names);
	}
}
