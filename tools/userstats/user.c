/* user.c - userstats user: all that is known of a user: account, current and completed torrents, endpoints */
#include <inttypes.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/number.h"
#include "base/room.h"
#include "base/seed.h"
#include "tools/userstats/everyone.h"
#include "tools/userstats/infer.h"
#include "tools/userstats/names.h"
#include "tools/userstats/page.h"

/*
 * Of the torrents of the set, how many are looked at for endpoints: with INFER_ENTRIES_MAX, what bounds the memory for
 * it.
 */
enum { LOOKED_AT_MAX = 500 };

/* A torrent that the user is live on; of several torrents with one info hash one each. */
struct live {
	uint8_t hash[HASH_SIZE];
	int64_t tid;
	struct bytes title;
	struct standing standing;
};

struct done {
	int64_t tid, upload, download;
	struct bytes digits, title;
};

/* Memory: 150 bytes and the title for each torrent, and what infer.h says. */
struct user {
	struct run *run;
	struct names names;
	struct stores stores;
	bool known;		/* by the site */
	bool several;		/* the name fits a further user */
	bool answered;		/* the site's rows came, all of them */
	bool set;		/* the set was read */
	int64_t uid, upload, download;
	struct bytes username, passkey;
	struct timestamp registered, seen;
	uint64_t ttl;
	struct live *live;	/* the first set_count are those of the set */
	size_t live_count, live_room, set_count;
	struct done *done;
	size_t done_count, done_room;
	struct infer infer;
	bool looked_at[LOOKED_AT_MAX];	/* the entries of that torrent of infer came */
	struct bytes *members;	/* of one answer */
	uint64_t skipped;	/* torrents with too many entries */
	bool guessed;		/* an endpoint is told, of those that a part of an interval showed */
	struct arena memory;
};

static struct bytes keep(struct user *user, struct bytes text)
{
	return text.data ? arena_copy(&user->memory, text) : text;
}

/* ---- what the site says of the user: the first round trip */

/*
 * Rows of two kinds: 0 the user's account, which comes first, 1 a torrent completed. The users stand there twice because
 * what is named once (WITH) would keep the rows from being gone through in parallel.
 */
#define USER_SQL \
	"SELECT 0::bigint, u.uid, u.username::text, u.passkey::text, NULL::bigint, NULL::text, NULL::text, " \
	"a.upload::bigint, a.download::bigint, a.registered::timestamptz, a.seen::timestamptz " \
	"FROM " NAMES_USERS_SQL " u LEFT JOIN @accounts a ON a.uid = u.uid " \
	"UNION ALL SELECT 1, c.uid, NULL, NULL, c.tid, t.info_hash::text, i.title::text, c.upload, c.download, NULL, NULL " \
	"FROM (SELECT u.uid, s.tid::bigint AS tid, s.upload::bigint AS upload, s.download::bigint AS download " \
	"FROM " NAMES_USERS_SQL " u JOIN @status s ON s.uid = u.uid WHERE s.finished::boolean) c " \
	"LEFT JOIN @torrents t ON t.tid = c.tid LEFT JOIN @titles i ON i.tid = c.tid ORDER BY 1, 2, 5"

static struct timestamp time_of(struct bytes field)
{
	struct timestamp time;

	if (!field.data || !pg_time(field, &time.us))
		time.us = TIME_UNSET;
	return time;
}

static void take_account(struct user *user, const struct pg_row *row)
{
	int64_t uid = stores_int(row->fields[1]);

	user->several |= user->known && uid != user->uid;
	if (user->known)
		return;
	user->known = user->names.names[0].found = true;
	user->uid = uid;
	user->username = keep(user, row->fields[2]);
	user->passkey = keep(user, row->fields[3]);
	user->upload = stores_int(row->fields[7]);
	user->download = stores_int(row->fields[8]);
	user->registered = time_of(row->fields[9]);
	user->seen = time_of(row->fields[10]);
}

static void take_done(struct user *user, const struct pg_row *row)
{
	if (stores_int(row->fields[1]) != user->uid)
		return;
	user->done = room_for(user->done, &user->done_room, user->done_count + 1, sizeof *user->done);
	user->done[user->done_count++] = (struct done){
		.tid = stores_int(row->fields[4]), .digits = keep(user, row->fields[5]), .title = keep(user, row->fields[6]),
		.upload = stores_int(row->fields[7]), .download = stores_int(row->fields[8]),
	};
}

static void take_row(void *context, const struct pg_row *row)
{
	if (stores_int(row->fields[0]) == 0)
		take_account(context, row);
	else
		take_done(context, row);
}

/* False: there is nobody to go on with, which was told. */
static bool read_account(struct user *user)
{
	struct pg_parameter parameters[PG_PARAMETERS_MAX];
	const struct name *name = &user->names.names[0];
	struct error error = { 0 };

	stores_query(&user->stores, USER_SQL, parameters, names_parameters(&user->names, parameters));
	user->answered = stores_rows(&user->stores, take_row, user);
	if (tool_stopped)
		return false;
	if (user->several) {
		fail_input(&error, ERROR_NOWHERE,
			   "more than one user of the site has that %s: say one by number, as uid:%" PRId64,
			   name->kind == NAME_PASSKEY ? "passkey" : "name", user->uid);
		run_error(user->run, &error);
		return false;
	}
	if (user->answered)
		names_missing(&user->names);
	if (!user->known && name->kind == NAME_PASSKEY)
		user->passkey = name->text;
	return user->known || user->passkey.data;
}

/* ---- the user's set: the second */

enum { ASKED_SET, ASKED_TTL };

static void take_set(struct user *user, const struct redis_item *items, size_t count)
{
	if (items->kind != REDIS_ARRAY) {
		everyone_no_set(user->run, user->uid, items);
		return;
	}
	user->set = true;
	for (size_t i = 1; i < count; i++) {
		uint8_t hash[HASH_SIZE];

		if (!stores_member_hash(items[i].text, hash)) {
			everyone_strange_member(user->run, user->uid, items[i].text);
			continue;
		}
		user->live = room_for(user->live, &user->live_room, user->live_count + 1, sizeof *user->live);
		user->live[user->live_count] = (struct live){ .tid = SIGNED_UNSET };
		memcpy(user->live[user->live_count++].hash, hash, HASH_SIZE);
	}
}

static int compare_hashes(const void *a, const void *b)
{
	return memcmp(((const struct live *)a)->hash, ((const struct live *)b)->hash, HASH_SIZE);
}

static void read_set(struct user *user)
{
	struct event event;

	user->ttl = COUNT_UNSET;
	if (user->passkey.data) {
		stores_ask(&user->stores, STORE_USERS, ASKED_SET, "SMEMBERS", user->passkey);
		stores_ask(&user->stores, STORE_USERS, ASKED_TTL, "TTL", user->passkey);
	}
	while (stores_next(&user->stores, &event)) {
		if (event.kind != EVENT_ANSWER || stores_refused(&user->stores, &event))
			continue;
		if (event.answer.tag == ASKED_SET)
			take_set(user, event.answer.items, event.answer.count);
		else
			user->ttl = stores_answer_count(&event);
	}
	if (user->live_count)
		qsort(user->live, user->live_count, sizeof *user->live, compare_hashes);
	user->set_count = user->live_count;
}

/* ---- what the site says of these torrents, and who is on them: the third */

static void take_pair(struct user *user, const struct pg_row *row)
{
	struct live *live, taken;
	size_t place;

	if (!stores_place(row->fields[0], user->live_count, &place))
		return;
	live = &user->live[place];
	taken = *live;
	taken.tid = stores_int(row->fields[1]);
	taken.title = keep(user, row->fields[2]);
	taken.standing = standing_of(row, 3, user->username);
	if (!live->standing.known) {
		*live = taken;
		return;
	}
	user->live = room_for(user->live, &user->live_room, user->live_count + 1, sizeof *user->live);
	user->live[user->live_count++] = taken;
}

static void take_entries(struct user *user, const struct bulk_answer *answer)
{
	size_t count;

	if (!stores_answer_members(answer, user->members, INFER_ENTRIES_MAX + 1, &count))
		return;
	user->looked_at[answer->tag] = true;
	infer_fill(&user->infer, (uint32_t)answer->tag, user->members, count);
	user->skipped += user->infer.torrents[answer->tag].skipped;
}

static void ask_entries(struct user *user)
{
	while (user->infer.torrent_count < user->set_count && user->infer.torrent_count < LOOKED_AT_MAX &&
	       stores_room(&user->stores, STORE_TORRENTS)) {
		uint32_t number = infer_add(&user->infer);

		stores_ask_members(&user->stores, number, user->live[number].hash, INFER_ENTRIES_MAX + 1);
	}
}

static void fill_page(struct user *user, struct page *page)
{
	char *digits = arena_alloc(&user->memory, user->set_count * 2 * HASH_SIZE + 1);

	for (size_t i = 0; i < user->set_count; i++) {
		char *at = digits + i * 2 * HASH_SIZE;

		hex_print(at, user->live[i].hash, HASH_SIZE);
		page_add(page, bytes_at(at, 2 * HASH_SIZE), user->uid, i);
	}
}

static void read_torrents(struct user *user)
{
	struct page page = { 0 };
	struct event event;

	user->members = arena_alloc(&user->memory, (INFER_ENTRIES_MAX + 1) * sizeof *user->members);
	fill_page(user, &page);
	page_send(&page, &user->stores, ROLES_SQL);
	ask_entries(user);
	while (stores_next(&user->stores, &event)) {
		if (event.kind == EVENT_ROW)
			take_pair(user, &event.row);
		else if (event.kind == EVENT_END && !event.failed)
			page_send(&page, &user->stores, ROLES_SQL);
		else if (event.kind == EVENT_ANSWER && !stores_refused(&user->stores, &event))
			take_entries(user, &event.answer);
		ask_entries(user);
	}
	page_free(&page);
}

/* ---- printing */

static struct dossier_line new_line(const struct user *user, enum dossier_kind kind)
{
	struct dossier_line line;

	record_clear(&dossier_record, &line);
	line.kind = (uint8_t)kind;
	line.uid = user->uid;
	line.username = user->username;
	return line;
}

static bool print_account(struct user *user)
{
	struct dossier_line line = new_line(user, DOSSIER_ACCOUNT);

	line.passkey = user->passkey;
	line.upload = user->upload;
	line.download = user->download;
	line.current = user->set ? user->live_count : COUNT_UNSET;
	line.completed = user->answered && user->known ? user->done_count : COUNT_UNSET;
	line.registered = user->registered;
	line.since = stores_since(&user->stores, user->ttl);
	if (line.since.us == TIME_UNSET)
		line.since = user->seen;
	return output_put(&user->run->output, &line);
}

/* As `current` has them: by tid, those that the site does not know last. */
static int compare_live(const void *a, const void *b)
{
	const struct live *x = a, *y = b;

	if (x->tid != y->tid)
		return role_number_before(x->tid, y->tid) ? -1 : 1;
	return compare_hashes(x, y);
}

static bool print_current(struct user *user)
{
	bool wanted = true;

	if (user->live_count)
		qsort(user->live, user->live_count, sizeof *user->live, compare_live);
	for (size_t i = 0; i < user->live_count && wanted; i++) {
		const struct live *live = &user->live[i];
		struct dossier_line line = new_line(user, DOSSIER_CURRENT);
		uint64_t uploader;

		line.tid = live->tid;
		line.info_hash = bytes_at(live->hash, HASH_SIZE);
		line.title = live->title;
		line.role = (uint8_t)role_of(&live->standing, &uploader);
		wanted = output_put(&user->run->output, &line);
	}
	return wanted;
}

static bool print_completed(struct user *user)
{
	bool wanted = true;

	for (size_t i = 0; i < user->done_count && wanted; i++) {
		const struct done *done = &user->done[i];
		struct dossier_line line = new_line(user, DOSSIER_COMPLETED);
		uint8_t hash[HASH_SIZE];

		line.tid = done->tid;
		line.info_hash = stores_hash_text(done->digits, hash);
		line.title = done->title;
		line.upload = done->upload;
		line.download = done->download;
		wanted = output_put(&user->run->output, &line);
	}
	return wanted;
}

/*
 * Where not a whole interval is seen, most of the user's entries are not there, and what comes after the first is nearly
 * always somebody else's.
 */
static void print_endpoints(struct user *user)
{
	const struct userstats_options *options = user->run->options;
	struct inferred found[INFER_FOUND_MAX];
	uint32_t looked_at[LOOKED_AT_MAX];
	size_t count = 0, found_count;

	for (uint32_t i = 0; i < user->infer.torrent_count; i++)
		if (user->looked_at[i] && !user->infer.torrents[i].skipped)
			looked_at[count++] = i;
	found_count = infer_peel(&user->infer, looked_at, count, found);
	user->guessed = found_count && stores_coverage(&user->stores, options->window) < 1;
	for (size_t i = 0; i < found_count && (!i || !user->guessed); i++) {
		struct dossier_line line = new_line(user, DOSSIER_ENDPOINT);

		if (found[i].rival)
			continue;
		infer_split(user->infer.endpoints[found[i].endpoint], &line.endpoint, &line.endpoint6);
		line.support = found[i].support;
		line.of = count;
		line.rivals = found[i].rivals;
		if (!output_put(&user->run->output, &line))
			return;
	}
}

static void tell_rest(const struct user *user)
{
	const struct userstats_options *options = user->run->options;
	struct count_text text;

	if (user->guessed)
		report_note(&user->run->report, "the endpoint is a guess: one look sees about %.0f %% of the entries",
			    100 * stores_coverage(&user->stores, options->window));
	if (user->skipped)
		report_note(&user->run->report, "%s with more than %d live entries not looked at for endpoints",
			    count_print(&text, user->skipped, "torrents"), INFER_ENTRIES_MAX);
	if (user->set_count > LOOKED_AT_MAX)
		report_note(&user->run->report, "endpoints are inferred from %d of %s", LOOKED_AT_MAX,
			    count_print(&text, user->set_count, "torrents"));
}

static void look(struct user *user)
{
	names_resolve(&user->names, &user->stores);
	if (!user->names.count || !read_account(user))
		return;
	read_set(user);
	if (!tool_stopped)
		read_torrents(user);
	if (tool_stopped)
		return;
	if (print_account(user) && print_current(user) && print_completed(user))
		print_endpoints(user);
	tell_rest(user);
}

static bool check_one(struct run *run, size_t count)
{
	struct error error = { 0 };

	if (count == 1)
		return true;
	fail_usage(&error, "user takes one user (a uid, a name or a passkey), not %zu", count);
	run_error(run, &error);
	return false;
}

void user_run(struct run *run)
{
	struct user user = {
		.run = run, .infer.seed = seed_draw(), .uid = SIGNED_UNSET, .upload = SIGNED_UNSET, .download = SIGNED_UNSET,
		.registered.us = TIME_UNSET, .seen.us = TIME_UNSET,
	};

	if (!check_one(run, run->word_count) || !names_open(&user.names, run, NAMES_USERS))
		return;
	/* one that is bad was told */
	if (user.names.count && check_one(run, user.names.count) &&
	    stores_open(&user.stores, run, STORE_ALL, user.names.names[0].kind == NAME_PASSKEY ? 0 : STORE_BIT(STORE_PG))) {
		look(&user);
		stores_close(&user.stores);
	}
	names_close(&user.names);
	infer_free(&user.infer);
	free(user.live);
	free(user.done);
	arena_free(&user.memory);
}
