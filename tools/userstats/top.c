/* top.c - userstats top: torrents and users by a count */
#include "tools/userstats/split.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/room.h"
#include "tools/userstats/keys.h"
#include "tools/userstats/sets.h"

/* A torrent or user by its index, which is the order of the numbers, too. */
struct ranked { uint64_t value; uint32_t number; };

struct top_list {
	struct run *run;
	enum rank_field field;
	uint64_t rows;			/* at most so many are printed */
	struct stores stores;
	struct rank_line line;		/* what all of them have */
	struct ranked *ranked;
	size_t count;
};

/* ---- printing */

/* What -n says; conditions pick from all of them if it says so, else from the first ten. */
static uint64_t rows_of(const struct output_options *output)
{
	bool picks = output->matches.count || output->sample > 1 || output->top;
	uint64_t rows = output->count == UINT64_MAX ? USERSTATS_TOP : output->count;

	if (output->count != UINT64_MAX && picks)
		return INT64_MAX;
	return rows < INT64_MAX && output->skip < INT64_MAX - rows ? rows + output->skip : INT64_MAX;
}

static int compare(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;

	if (left->value != right->value)
		return left->value < right->value ? 1 : -1;
	return (left->number > right->number) - (left->number < right->number);
}

/* Room for so many of them; those of no value are not taken. */
static void begin(struct top_list *top, uint32_t count)
{
	top->ranked = room_new(count, sizeof *top->ranked);
}

static void take(struct top_list *top, uint32_t number, uint64_t value)
{
	if (value)
		top->ranked[top->count++] = (struct ranked){ value, number };
}

static bool put(struct top_list *top, uint64_t value)
{
	top->line.rank++;
	top->line.value = value;
	return output_put(&top->run->output, &top->line);
}

static void print(struct top_list *top, void (*set)(struct rank_line *, const struct ids *, uint32_t number),
		  const struct ids *ids)
{
	bool more = true;

	qsort(top->ranked, top->count, sizeof *top->ranked, compare);
	for (size_t i = 0; i < top->count && i < top->rows && more && !tool_stopped; i++) {
		set(&top->line, ids, top->ranked[i].number);
		more = put(top, top->ranked[i].value);
	}
}

static void set_torrent(struct rank_line *line, const struct ids *ids, uint32_t number)
{
	const struct ids_torrent *torrent = &ids->torrents[number];

	line->tid = torrent->tid;
	line->info_hash = bytes_at(torrent->hash, HASH_SIZE);
	line->title = torrent->title;
}

static void set_user(struct rank_line *line, const struct ids *ids, uint32_t number)
{
	line->uid = ids->users[number].uid;
	line->username = ids->users[number].name;
}

static void set_window(struct top_list *top, uint64_t window)
{
	top->line.window = window;
	top->line.coverage = stores_coverage(&top->stores, window);
}

/* ---- seeders, leechers */

static bool split(struct top_list *top, struct split *split)
{
	const struct userstats_options *options = top->run->options;
	struct looks looks = { .run = top->run };
	struct torrents_known known;
	bool good;

	if (!split_open(split, &top->stores, 0))
		return false;
	if (!options->looks.count) {
		set_window(top, options->window);
		known = split_redis(split, &top->stores);
		return known.pairs && known.rows;
	}
	good = split_looks(split, &top->stores, &looks, options->looks.count, options->looks.words, false);
	set_window(top, looks.window);
	looks_free(&looks);
	return good;
}

static void top_torrents(struct top_list *top)
{
	struct split torrents = { 0 };

	if (split(top, &torrents)) {
		begin(top, torrents.ids.torrent_count);
		for (uint32_t i = 0; i < torrents.ids.torrent_count; i++) {
			const struct tally *tally = &torrents.torrents[i].tally;

			take(top, i, top->field == RANK_SEEDERS ? tally->seeders : tally->leechers);
		}
		print(top, set_torrent, &torrents.ids);
	}
	split_close(&torrents);
}

/* ---- current */

/* Torrents in the sets of users, also those that the site does not know. */
struct current {
	struct ids ids;
	struct pairs pairs;		/* of looks */
	struct keys hashes;		/* of looks */
	uint32_t *counts;		/* of ids.users */
};

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	struct current *current = context;
	uint8_t hash[HASH_SIZE];

	(void)passkey;
	for (size_t i = 0; i < count; i++)
		current->counts[user] += stores_member_hash(members[i].text, hash);
}

static void take_member(void *context, const struct member *member)
{
	struct current *current = context;
	uint32_t user = ids_passkey(&current->ids, member->passkey);
	uint32_t hash = user == IDS_NONE ? KEYS_NONE : keys_add(&current->hashes, member->info_hash);
	size_t before = pairs_count(&current->pairs);

	if (hash == KEYS_NONE)
		return;
	pairs_mark(&current->pairs, user, hash, 0);
	current->counts[user] += pairs_count(&current->pairs) > before;
}

static bool count_current(struct top_list *top, struct current *current)
{
	const struct userstats_options *options = top->run->options;
	struct sets sets = { .stores = &top->stores, .ids = &current->ids, .context = current, .set = take_set };
	struct looks looks = { .run = top->run, .context = current, .member = take_member };
	bool good;

	if (!ids_load(&current->ids, &top->stores, IDS_USERS | IDS_NAMES))
		return false;
	current->counts = room_new(current->ids.user_count, sizeof *current->counts);
	if (options->looks.count) {
		good = looks_read(&looks, options->looks.count, options->looks.words);
		set_window(top, looks.window);
		looks_free(&looks);
		keys_tell(&current->hashes, top->run, "torrents");
		return good;
	}
	set_window(top, options->window);
	good = sets_read(&sets);
	torrents_tell_wrong(top->run, sets.wrong);
	return good;
}

static void top_current(struct top_list *top)
{
	struct current current = { 0 };

	if (count_current(top, &current)) {
		begin(top, current.ids.user_count);
		for (uint32_t i = 0; i < current.ids.user_count; i++)
			take(top, i, current.counts[i]);
		print(top, set_user, &current.ids);
	}
	free(current.counts);
	pairs_free(&current.pairs);
	keys_free(&current.hashes);
	ids_free(&current.ids);
}

/* ---- finished, completed: PostgreSQL counts */

static const char finished_sql[] =
	"SELECT r.tid::bigint, r.n::bigint, t.info_hash::text, i.title::text FROM (SELECT s.tid, count(*) AS n FROM @status "
	"s WHERE s.finished::boolean GROUP BY s.tid HAVING s.tid IN (SELECT k.tid FROM @torrents k) ORDER BY 2 DESC, 1 "
	"LIMIT $1) r JOIN @torrents t ON t.tid = r.tid LEFT JOIN @titles i ON i.tid = r.tid ORDER BY 2 DESC, 1";
static const char completed_sql[] =
	"SELECT r.uid::bigint, r.n::bigint, u.username::text FROM (SELECT s.uid, count(*) AS n FROM @status s "
	"WHERE s.finished::boolean GROUP BY s.uid HAVING s.uid IN (SELECT k.uid FROM @users k) ORDER BY 2 DESC, 1 LIMIT $1) "
	"r JOIN @users u ON u.uid = r.uid ORDER BY 2 DESC, 1";

static bool put_row(struct top_list *top, const struct pg_row *row)
{
	uint8_t hash[HASH_SIZE];
	int64_t value = stores_int(row->fields[1]);

	if (top->field == RANK_COMPLETED) {
		top->line.uid = stores_int(row->fields[0]);
		top->line.username = row->fields[2];
	} else {
		top->line.tid = stores_int(row->fields[0]);
		top->line.info_hash = stores_hash_text(row->fields[2], hash);
		top->line.title = row->fields[3];
	}
	return put(top, (uint64_t)value);
}

static void top_rows(struct top_list *top)
{
	int64_t limit = (int64_t)top->rows;
	struct event event;
	bool more = true;

	stores_query(&top->stores, top->field == RANK_COMPLETED ? completed_sql : finished_sql,
		     &(struct pg_parameter){ .kind = PG_INT8, .count = 1, .numbers = &limit }, 1);
	while (stores_next(&top->stores, &event))
		if (event.kind == EVENT_ROW && more)
			more = put_row(top, &event.row);
}

/* ---- */

static bool choose_field(struct top_list *top, struct error *error)
{
	char names[80] = "";
	size_t size = 0;

	for (size_t i = 0; i < RANK_FIELDS; i++) {
		if (top->run->word_count == 1 && !strcmp(top->run->words[0], rank_words[i].text)) {
			top->field = (enum rank_field)i;
			return true;
		}
		size += (size_t)snprintf(names + size, sizeof names - size, "%s%s", i ? ", " : "", rank_words[i].text);
	}
	return fail_usage(error, "top takes one field: %s", names);
}

void top_run(struct run *run)
{
	static void (*const tops[])(struct top_list *) = {
		[RANK_SEEDERS] = top_torrents, [RANK_LEECHERS] = top_torrents, [RANK_FINISHED] = top_rows,
		[RANK_CURRENT] = top_current, [RANK_COMPLETED] = top_rows,
	};
	const struct userstats_options *options = run->options;
	struct top_list top = { .run = run, .rows = rows_of(&run->common.output) };
	struct error error = { 0 };
	unsigned stores = STORE_BIT(STORE_PG);

	if (choose_field(&top, &error) && options->looks.count && tops[top.field] == top_rows)
		fail_usage(&error, "--look is for what is live, and %s is not", rank_words[top.field].text);
	if (error.kind != ERROR_NONE) {
		run_error(run, &error);
		return;
	}
	if (tops[top.field] != top_rows && !options->looks.count)
		stores |= STORE_BIT(STORE_USERS);
	if (!stores_open(&top.stores, run, stores, stores))
		return;
	top.line = (struct rank_line){
		.field = (uint8_t)top.field, .tid = SIGNED_UNSET, .uid = SIGNED_UNSET, .window = COUNT_UNSET,
		.coverage = NAN,
	};
	tops[top.field](&top);
	free(top.ranked);
	stores_close(&top.stores);
}
