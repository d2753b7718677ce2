/* current.c - userstats current: the torrents that users are live on */
#include "tools/userstats/everyone.h"
#include "tools/userstats/page.h"
#include "tools/userstats/torrents.h"
#include "tools/userstats/watch.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/order.h"
#include "base/room.h"

/* A row of the users, or one who was named by a passkey that the site does not know. */
struct current_user {
	struct page_row row;	/* with the uid */
	struct bytes username, passkey;
};

/* Where several torrents have the info hash, there is one for each, the further ones behind all others. */
struct current_pair {
	uint32_t user, hash;
	int64_t tid;
	struct bytes title;
	struct standing standing;
};

/* Memory: 130 bytes for a user, 100 for a pair and its title, 130 for an info hash. */
struct current {
	struct run *run;
	struct names *names;
	struct stores *stores;
	struct current_user *users;
	size_t user_count, user_room;
	struct current_pair *pairs;
	size_t pair_count, pair_room;
	struct keys hashes;	/* in their order */
	uint64_t *live;		/* of each */
	struct page page;
	bool users_known;	/* the site's users came, all of them */
	struct arena memory;
};

static bool put_line(struct current *current, struct current_line *line, const struct standing *standing)
{
	const struct userstats_options *options = current->run->options;

	line->role = (uint8_t)role_of(standing, &line->uploader);
	line->window = options->window;
	line->coverage = stores_coverage(current->stores, options->window);
	return watch_put(current->stores, line);
}

/* ---- the users: the first round trip */

static struct bytes keep(struct current *current, struct bytes text)
{
	return text.data ? arena_copy(&current->memory, text) : text;
}

static void add_user(struct current *current, const struct current_user *user)
{
	current->users = room_for(current->users, &current->user_room, current->user_count + 1, sizeof *current->users);
	current->users[current->user_count++] = *user;
}

static void take_user(void *context, const struct pg_row *row)
{
	struct current *current = context;
	struct current_user user = {
		.row.id = stores_int(row->fields[1]), .username = keep(current, row->fields[2]),
		.passkey = keep(current, row->fields[3]),
	};

	if (!stores_place(row->fields[0], current->names->count, &user.row.place))
		return;
	current->names->names[user.row.place].found = true;
	add_user(current, &user);
}

static void read_users(struct current *current)
{
	struct pg_parameter parameters[PG_PARAMETERS_MAX];

	stores_query(current->stores, "SELECT u.n, u.uid, u.username::text, u.passkey::text FROM " NAMES_USERS_SQL " u",
		     parameters, names_parameters(current->names, parameters));
	current->users_known = stores_rows(current->stores, take_user, current);
	for (size_t i = 0; i < current->names->count; i++) {
		const struct name *name = &current->names->names[i];

		if (!name->found && name->kind == NAME_PASSKEY)
			add_user(current, &(struct current_user){ .row = { i, SIGNED_UNSET }, .passkey = name->text });
	}
	current->user_count = page_sort(current->users, current->user_count, sizeof *current->users);
}

/* ---- their sets: the second */

static void take_member(struct current *current, uint32_t user, struct bytes member)
{
	uint8_t hash[HASH_SIZE];
	uint32_t number;

	if (!stores_member_hash(member, hash)) {
		everyone_strange_member(current->run, current->users[user].row.id, member);
		return;
	}
	number = keys_add(&current->hashes, bytes_at(hash, HASH_SIZE));
	if (number == KEYS_NONE)
		return;
	current->pairs = room_for(current->pairs, &current->pair_room, current->pair_count + 1, sizeof *current->pairs);
	current->pairs[current->pair_count++] = (struct current_pair){ .user = user, .hash = number, .tid = SIGNED_UNSET };
}

static void take_set(struct current *current, const struct event *event)
{
	const struct redis_item *items = event->answer.items;
	uint32_t user = (uint32_t)event->answer.tag;

	if (items->kind != REDIS_ARRAY) {
		everyone_no_set(current->run, current->users[user].row.id, items);
		return;
	}
	for (size_t i = 1; i < event->answer.count; i++)
		take_member(current, user, items[i].text);
}

/* A passkey of another length is in no set. */
static void ask_sets(struct current *current, size_t *next)
{
	for (; *next < current->user_count && stores_room(current->stores, STORE_USERS); (*next)++)
		if (current->users[*next].passkey.size == PASSKEY_SIZE)
			stores_ask(current->stores, STORE_USERS, *next, "SMEMBERS", current->users[*next].passkey);
}

static void read_sets(struct current *current)
{
	struct event event;
	size_t next = 0;
	uint32_t *numbers;

	ask_sets(current, &next);
	while (stores_next(current->stores, &event)) {
		if (event.kind == EVENT_ANSWER && !stores_refused(current->stores, &event))
			take_set(current, &event);
		ask_sets(current, &next);
	}
	keys_tell(&current->hashes, current->run, "info hashes");
	numbers = keys_sort(&current->hashes);
	for (size_t i = 0; i < current->pair_count; i++)
		current->pairs[i].hash = numbers[current->pairs[i].hash];
	free(numbers);
}

/* ---- what the site says of the pairs, and how many are live beside it: the third */

static void take_pair(struct current *current, const struct pg_row *row)
{
	struct current_pair *pair, taken;
	size_t place;

	if (!stores_place(row->fields[0], current->pair_count, &place))
		return;
	pair = &current->pairs[place];
	taken = *pair;
	taken.tid = stores_int(row->fields[1]);
	taken.title = keep(current, row->fields[2]);
	taken.standing = standing_of(row, 3, current->users[taken.user].username);
	if (!pair->standing.known) {
		*pair = taken;
		return;
	}
	/* a further torrent with this info hash */
	current->pairs = room_for(current->pairs, &current->pair_room, current->pair_count + 1, sizeof *current->pairs);
	current->pairs[current->pair_count++] = taken;
}

static void ask_live(struct current *current, uint32_t *next)
{
	for (; *next < current->hashes.count && stores_room(current->stores, STORE_TORRENTS); (*next)++)
		stores_ask_live(current->stores, *next, keys_at(&current->hashes, *next).data);
}

static void take_live(struct current *current, const struct event *event)
{
	uint32_t hash = (uint32_t)event->answer.tag;

	current->live[hash] = torrents_live(current->stores, keys_at(&current->hashes, hash).data, event);
}

/* Each info hash in hexadecimal, as the site has it. */
static void fill_page(struct current *current)
{
	char *digits = arena_alloc(&current->memory, (size_t)current->hashes.count * 2 * HASH_SIZE + 1);

	for (uint32_t i = 0; i < current->hashes.count; i++)
		hex_print(digits + (size_t)i * 2 * HASH_SIZE, keys_at(&current->hashes, i).data, HASH_SIZE);
	for (size_t i = 0; i < current->pair_count; i++) {
		const struct current_pair *pair = &current->pairs[i];

		page_add(&current->page, bytes_at(digits + (size_t)pair->hash * 2 * HASH_SIZE, 2 * HASH_SIZE),
			 current->users[pair->user].row.id, i);
	}
}

static void read_pairs(struct current *current)
{
	struct event event;
	uint32_t next = 0;

	current->live = stores_unset(current->hashes.count);
	fill_page(current);
	page_send(&current->page, current->stores, ROLES_SQL);
	ask_live(current, &next);
	while (stores_next(current->stores, &event)) {
		if (event.kind == EVENT_ROW)
			take_pair(current, &event.row);
		else if (event.kind == EVENT_END && !event.failed)
			page_send(&current->page, current->stores, ROLES_SQL);
		else if (event.kind == EVENT_ANSWER)
			take_live(current, &event);
		ask_live(current, &next);
	}
}

/* ---- printing */

static int compare_pairs(const void *a, const void *b)
{
	const struct current_pair *left = a, *right = b;

	if (left->user != right->user)
		return left->user < right->user ? -1 : 1;
	/* what the site does not know comes last */
	if (left->tid != right->tid)
		return role_number_before(left->tid, right->tid) ? -1 : 1;
	return order(left->hash, right->hash);
}

static void print_named(struct current *current)
{
	bool wanted = true;

	if (current->pair_count)
		qsort(current->pairs, current->pair_count, sizeof *current->pairs, compare_pairs);
	for (size_t i = 0; i < current->pair_count && wanted; i++) {
		const struct current_pair *pair = &current->pairs[i];
		const struct current_user *user = &current->users[pair->user];
		struct current_line line = {
			.uid = user->row.id, .username = user->username, .tid = pair->tid, .title = pair->title,
			.info_hash = keys_at(&current->hashes, pair->hash), .live = current->live[pair->hash],
		};

		wanted = put_line(current, &line, &pair->standing);
	}
}

static void look_named(struct current *current)
{
	read_users(current);
	if (!tool_stopped)
		read_sets(current);
	if (!tool_stopped)
		read_pairs(current);
	if (!tool_stopped)
		print_named(current);
	if (current->users_known && !tool_stopped)
		names_missing(current->names);
}

static void look_all(struct current *current)
{
	struct everyone everyone;
	bool wanted = everyone_read(&everyone, current->stores, false);

	for (size_t i = 0; wanted && i < everyone.count; i++) {
		struct everyone_pair pair = everyone_pair(&everyone, i);
		struct current_line line = {
			.uid = pair.uid, .username = pair.username, .tid = pair.tid, .info_hash = pair.hash,
			.title = pair.title,
			.live = pair.answer,
		};

		wanted = put_line(current, &line, &pair.standing);
	}
	everyone_free(&everyone);
}

/* Without PostgreSQL only those can be answered who are named by passkeys. */
static unsigned needed(const struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->names[i].kind == NAME_PASSKEY)
			return STORE_REDIS;
	return STORE_ALL;
}

static void current_look(struct stores *stores, struct names *names)
{
	struct current current = { .run = stores->run, .names = names, .stores = stores };

	names_resolve(names, stores);
	if (names->all)
		look_all(&current);
	else
		look_named(&current);
	free(current.users);
	free(current.pairs);
	free(current.live);
	keys_free(&current.hashes);
	page_free(&current.page);
	arena_free(&current.memory);
}

void current_run(struct run *run)
{
	static const struct watch_of of = { .keys = 4, .wanted = STORE_ALL, .look = current_look };
	struct names names;

	if (names_open(&names, run, NAMES_USERS)) {
		watch_run(run, &names, &of, needed(&names));
		names_close(&names);
	}
}
