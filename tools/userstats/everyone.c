/* everyone.c - all live pairs of a user and a torrent, in order, with what the site and Redis say of them */
#include "tools/userstats/everyone.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/order.h"
#include "base/room.h"
#include "text/escape.h"
#include "tools/userstats/sets.h"
#include "tools/userstats/torrents.h"

enum { MARK_ROW = 1, MARK_FINISHED = 2, MARKS_BITS = 2, MINOR_BITS = 31 };

/* ---- sets */

/* Of what Redis says only the first word is printed: some errors name the key, which is a passkey. */
void everyone_no_set(struct run *run, int64_t uid, const struct redis_item *answer)
{
	struct error error = { 0 };
	struct brief brief;
	struct bytes rest, word = bytes_split(answer->text, ' ', &rest);

	if (answer->kind != REDIS_ERROR)
		word = bytes_of("no array");
	if (uid == SIGNED_UNSET)
		fail_input(&error, ERROR_NOWHERE, "the set of no user of the site cannot be read: %s",
			   escape_brief(&brief, word));
	else
		fail_input(&error, ERROR_NOWHERE, "user %" PRId64 ": the set cannot be read: %s", uid,
			   escape_brief(&brief, word));
	run_error(run, &error);
}

/* What may be a passkey is not printed. */
void everyone_strange_member(struct run *run, int64_t uid, struct bytes member)
{
	struct error error = { 0 };
	struct brief brief;

	if (member.size == PASSKEY_SIZE)
		member = bytes_of("(32 bytes)");
	if (uid == SIGNED_UNSET)
		fail_input(&error, ERROR_NOWHERE,
			   "a set of no user of the site: member '%s' is no info hash; want base64 of 20 bytes",
			   escape_brief(&brief, member));
	else
		fail_input(&error, ERROR_NOWHERE,
			   "user %" PRId64 ": member '%s' of the set is no info hash; want base64 of 20 bytes", uid,
			   escape_brief(&brief, member));
	run_error(run, &error);
}

/* Which torrent comes next with the same info hash: the site does not forbid several. */
static void find_twins(struct everyone *everyone)
{
	const struct ids *ids = &everyone->ids;

	for (uint32_t i = ids->torrent_count; i-- > 0; ) {
		uint32_t first = ids->torrents[i].hashed ? ids_hash(ids, ids->torrents[i].hash) : i;

		if (first == i)
			continue;
		if (!everyone->twins) {
			everyone->twins = room_new(ids->torrent_count, sizeof *everyone->twins);
			memset(everyone->twins, 0xff, ids->torrent_count * sizeof *everyone->twins);
		}
		everyone->twins[i] = everyone->twins[first];
		everyone->twins[first] = i;
	}
}

static void add_known(struct everyone *everyone, uint32_t user, uint32_t torrent)
{
	while (torrent != IDS_NONE) {
		pairs_mark(&everyone->pairs, user, torrent, 0);
		torrent = everyone->twins ? everyone->twins[torrent] : IDS_NONE;
	}
}

static void take_member(struct everyone *everyone, uint32_t user, struct bytes passkey, struct bytes member)
{
	uint8_t hash[HASH_SIZE];
	uint32_t torrent;

	if (!stores_member_hash(member, hash)) {
		if (!everyone->by_torrent)
			everyone_strange_member(everyone->stores->run, everyone->ids.users[user].uid, member);
		return;
	}
	torrent = ids_hash(&everyone->ids, hash);
	if (torrent == IDS_NONE && !everyone->by_torrent) {
		torrent = keys_add(&everyone->strangers, bytes_at(hash, HASH_SIZE));
		if (torrent != IDS_NONE)
			pairs_mark(&everyone->pairs, user, everyone->ids.torrent_count + torrent, 0);
	} else if (torrent != IDS_NONE) {
		if (user == IDS_NONE) {
			user = keys_add(&everyone->strangers, passkey);
			user = user == IDS_NONE ? user : everyone->ids.user_count + user;
		}
		if (user != IDS_NONE)
			add_known(everyone, user, torrent);
	}
}

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_member(context, user, passkey, members[i].text);
}

/* ---- rows, and the questions to Redis beside them */

/* What the pairs are ordered by second, and whom Redis is asked about. */
static uint32_t minors(const struct everyone *everyone)
{
	return (everyone->by_torrent ? everyone->ids.user_count : everyone->ids.torrent_count) + everyone->strangers.count;
}

struct reading_rows {
	struct everyone *everyone;
	uint8_t *wanted;	/* a bit for each minor number: it is in a pair */
	uint32_t next;
	const uint32_t *numbers;	/* of strangers, in order */
};

/* The number of a minor one, strangers in order. */
static uint32_t minor_of(const struct reading_rows *reading, uint32_t user, uint32_t torrent)
{
	const struct everyone *everyone = reading->everyone;
	uint32_t minor = everyone->by_torrent ? user : torrent;
	uint32_t known = everyone->by_torrent ? everyone->ids.user_count : everyone->ids.torrent_count;

	return minor < known ? minor : known + reading->numbers[minor - known];
}

static struct bytes passkey_of(const struct everyone *everyone, uint32_t user)
{
	if (user < everyone->ids.user_count)
		return bytes_at(everyone->ids.users[user].passkey, PASSKEY_SIZE);
	return keys_at(&everyone->strangers, user - everyone->ids.user_count);
}

static struct bytes hash_of(const struct everyone *everyone, uint32_t torrent)
{
	if (torrent < everyone->ids.torrent_count)
		return bytes_at(everyone->ids.torrents[torrent].hash, HASH_SIZE);
	return keys_at(&everyone->strangers, torrent - everyone->ids.torrent_count);
}

static void ask_more(struct reading_rows *reading)
{
	struct everyone *everyone = reading->everyone;
	enum store store = everyone->by_torrent ? STORE_USERS : STORE_TORRENTS;
	uint32_t count = minors(everyone);

	while (reading->next < count && stores_room(everyone->stores, store)) {
		uint32_t minor = reading->next++;

		if (!bits_has(reading->wanted, minor))
			continue;
		if (everyone->by_torrent)
			stores_ask(everyone->stores, store, minor, "TTL", passkey_of(everyone, minor));
		else
			stores_ask_live(everyone->stores, minor, hash_of(everyone, minor).data);
	}
}

static void take_row(struct everyone *everyone, const struct pg_row *row)
{
	uint32_t torrent = ids_tid(&everyone->ids, stores_int(row->fields[0]));
	uint32_t user = torrent == IDS_NONE ? IDS_NONE : ids_uid(&everyone->ids, stores_int(row->fields[1]));
	uint8_t *marks = user == IDS_NONE ? NULL : pairs_find(&everyone->pairs, user, torrent);

	if (marks)
		*marks = (uint8_t)(*marks | MARK_ROW | (stores_true(row->fields[2]) ? MARK_FINISHED : 0));
}

/* The seconds that a user's set has to live, or how many entries of a torrent are live. */
static uint64_t answer_of(struct everyone *everyone, const struct event *event)
{
	if (!everyone->by_torrent)
		return torrents_live(everyone->stores, hash_of(everyone, (uint32_t)event->answer.tag).data, event);
	return stores_refused(everyone->stores, event) ? COUNT_UNSET : stores_answer_count(event);
}

static void read_rows(struct reading_rows *reading)
{
	struct everyone *everyone = reading->everyone;
	struct event event;

	stores_copy(everyone->stores, STATUS_SQL);
	ask_more(reading);
	while (stores_next(everyone->stores, &event)) {
		if (event.kind == EVENT_ROW)
			take_row(everyone, &event.row);
		else if (event.kind == EVENT_ANSWER)
			everyone->answers[event.answer.tag] = answer_of(everyone, &event);
		else if (event.kind == EVENT_END)
			everyone->known = !event.failed;
		ask_more(reading);
	}
}

/* ---- order */

/* A pair as one number: what comes first, what comes second, marks. Numbers are below IDS_MAX + KEYS_MAX. */
static void sort_pairs(struct reading_rows *reading)
{
	struct everyone *everyone = reading->everyone;
	uint32_t user, torrent;
	uint8_t marks;

	everyone->sorted = room_new(pairs_count(&everyone->pairs), sizeof *everyone->sorted);
	for (size_t at = 0; pairs_next(&everyone->pairs, &at, &user, &torrent, &marks); ) {
		uint64_t major = everyone->by_torrent ? torrent : user;

		everyone->sorted[everyone->count++] =
			(major << MINOR_BITS | minor_of(reading, user, torrent)) << MARKS_BITS | marks;
	}
	pairs_free(&everyone->pairs);
	if (everyone->count)
		qsort(everyone->sorted, everyone->count, sizeof *everyone->sorted, order_u64);
}

static void find_wanted(struct reading_rows *reading)
{
	uint32_t user, torrent;
	uint8_t marks;

	for (size_t at = 0; pairs_next(&reading->everyone->pairs, &at, &user, &torrent, &marks); )
		bits_set(reading->wanted, minor_of(reading, user, torrent));
}

bool everyone_read(struct everyone *everyone, struct stores *stores, bool by_torrent)
{
	struct sets sets = {
		.stores = stores, .ids = &everyone->ids, .scan = by_torrent, .context = everyone, .set = take_set
	};
	struct reading_rows reading = { .everyone = everyone };
	uint32_t *numbers;

	*everyone = (struct everyone){ .stores = stores, .by_torrent = by_torrent };
	if (!ids_load(&everyone->ids, stores, IDS_USERS | IDS_TORRENTS | IDS_NAMES | IDS_TITLES))
		return false;
	find_twins(everyone);
	sets_read(&sets);
	if (tool_stopped)
		return false;
	torrents_tell_wrong(stores->run, sets.wrong);
	keys_tell(&everyone->strangers, stores->run,
		  by_torrent ? "users that the site does not know" : "info hashes that the site does not know");
	reading.numbers = numbers = keys_sort(&everyone->strangers);
	reading.wanted = room_new(1, bits_size(minors(everyone)));
	everyone->answers = stores_unset(minors(everyone));
	find_wanted(&reading);
	read_rows(&reading);
	sort_pairs(&reading);
	free(reading.wanted);
	free(numbers);
	return !tool_stopped;
}

struct everyone_pair everyone_pair(const struct everyone *everyone, size_t place)
{
	uint64_t pair = everyone->sorted[place];
	uint32_t minor = (uint32_t)(pair >> MARKS_BITS & ((1ull << MINOR_BITS) - 1));
	uint32_t major = (uint32_t)(pair >> (MARKS_BITS + MINOR_BITS));
	uint32_t user = everyone->by_torrent ? minor : major, torrent = everyone->by_torrent ? major : minor;
	bool site_user = user < everyone->ids.user_count, site_torrent = torrent < everyone->ids.torrent_count;

	return (struct everyone_pair){
		.passkey = passkey_of(everyone, user), .hash = hash_of(everyone, torrent),
		.answer = everyone->answers[minor],
		.uid = site_user ? everyone->ids.users[user].uid : SIGNED_UNSET,
		.username = site_user ? everyone->ids.users[user].name : bytes_of(NULL),
		.tid = site_torrent ? everyone->ids.torrents[torrent].tid : SIGNED_UNSET,
		.title = site_torrent ? everyone->ids.torrents[torrent].title : bytes_of(NULL),
		.standing = {
			.known = everyone->known, .row = pair & MARK_ROW, .finished = pair & MARK_FINISHED,
			.poster = site_user && site_torrent && everyone->ids.torrents[torrent].poster == user,
		},
	};
}

void everyone_free(struct everyone *everyone)
{
	ids_free(&everyone->ids);
	keys_free(&everyone->strangers);
	free(everyone->twins);
	free(everyone->answers);
	free(everyone->sorted);
	pairs_free(&everyone->pairs);
}
