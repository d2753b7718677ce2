/* shared.c - userstats shared: endpoints of several users, and users at several endpoints, as far as that can be inferred */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/number.h"
#include "base/order.h"
#include "base/room.h"
#include "base/seed.h"
#include "tools/userstats/guesses.h"
#include "tools/userstats/holders.h"
#include "tools/userstats/infer.h"
#include "tools/userstats/keys.h"
#include "tools/userstats/owners.h"
#include "tools/userstats/records.h"
#include "tools/userstats/sets.h"

/* With a set. Its torrents are numbers of infer, those of them that were looked at. */
struct sharer {
	uint8_t passkey[PASSKEY_SIZE];
	uint64_t begin;		/* in shared->torrents */
	uint32_t count;
	uint32_t of;		/* torrents of the set; count and those without a live entry */
	uint32_t place;		/* among those that are named, plus one */
};

/* An endpoint that was found for a user. */
struct claim {
	uint32_t endpoint, sharer, support;
	uint8_t basis;		/* enum shared_basis */
	uint32_t size, others;	/* of the group that it is printed in */
};

struct shared {
	struct run *run;
	struct stores stores;
	struct infer infer;
	struct keys hashes;	/* their numbers are those of infer */
	struct owners owners;	/* by the numbers of infer, and of sharers */
	uint32_t *torrents;
	size_t torrent_count, torrent_room;
	struct sharer *sharers;
	size_t sharer_count, sharer_room;
	struct claim *claims;
	size_t claim_count, claim_room;
	struct bytes *members;	/* of one answer */
	uint64_t skipped;	/* torrents with too many entries */
	uint64_t strange;	/* members of users' sets that are no info hashes */
	uint64_t guessed;	/* lines that were printed */
	struct bytes *passkeys;	/* of those that are named */
	size_t passkey_count;
	struct holder *holders;
};

/* ---- the torrents database */

static void take_key(struct shared *shared, struct bytes key)
{
	uint8_t hash[HASH_SIZE];
	uint32_t before = shared->hashes.count, number;

	if (stores_key(key, hash) != KEY_TORRENT)
		return;
	number = keys_add(&shared->hashes, bytes_at(hash, HASH_SIZE));
	/* SCAN may give a key twice */
	if (number != before)
		return;
	infer_add(&shared->infer);
	stores_ask_members(&shared->stores, number, hash, INFER_ENTRIES_MAX + 1);
}

static void take_entries(struct shared *shared, const struct bulk_answer *answer)
{
	size_t count;

	if (!stores_answer_members(answer, shared->members, INFER_ENTRIES_MAX + 1, &count))
		return;
	infer_fill(&shared->infer, (uint32_t)answer->tag, shared->members, count);
	shared->skipped += shared->infer.torrents[answer->tag].skipped;
}

/* False: Redis was lost or refused something, which was told, or the program is to stop. */
static bool read_torrents(struct shared *shared)
{
	bool good = true;
	struct event event;

	stores_scan(&shared->stores, STORE_TORRENTS);
	while (stores_next(&shared->stores, &event)) {
		if (event.kind == EVENT_KEYS)
			for (size_t i = 0; i < event.answer.count; i++)
				take_key(shared, event.answer.items[i].text);
		/* what could not be read must not be taken for a torrent without entries */
		else if (event.kind == EVENT_LOST || stores_refused(&shared->stores, &event))
			good = false;
		else if (event.kind == EVENT_ANSWER)
			take_entries(shared, &event.answer);
	}
	return good && !tool_stopped;
}

/* ---- the users database */

static void take_member(struct shared *shared, struct sharer *sharer, struct bytes member)
{
	uint8_t hash[HASH_SIZE];
	uint32_t number;

	if (!stores_member_hash(member, hash)) {
		shared->strange++;
		return;
	}
	number = keys_find(&shared->hashes, bytes_at(hash, HASH_SIZE));
	if (number != KEYS_NONE && shared->infer.torrents[number].skipped)
		return;
	sharer->of++;
	if (number == KEYS_NONE)
		return;
	shared->torrents =
		room_for(shared->torrents, &shared->torrent_room, shared->torrent_count + 1, sizeof *shared->torrents);
	shared->torrents[shared->torrent_count++] = number;
	sharer->count++;
}

static void take_set(void *context, uint32_t user, struct bytes passkey, const struct redis_item *members, size_t count)
{
	struct shared *shared = context;
	struct sharer *sharer;

	(void)user;
	shared->sharers = room_for(shared->sharers, &shared->sharer_room, shared->sharer_count + 1, sizeof *shared->sharers);
	sharer = &shared->sharers[shared->sharer_count];
	*sharer = (struct sharer){ .begin = shared->torrent_count };
	memcpy(sharer->passkey, passkey.data, PASSKEY_SIZE);
	for (size_t i = 0; i < count; i++)
		take_member(shared, sharer, members[i].text);
	shared->sharer_count++;
}

/* ---- whose endpoints they are */

static void list_users(struct shared *shared)
{
	uint32_t *counts = room_new(shared->infer.torrent_count, sizeof *counts);

	for (size_t i = 0; i < shared->torrent_count; i++)
		counts[shared->torrents[i]]++;
	lists_open(&shared->owners.users, counts, shared->infer.torrent_count);
	free(counts);
	for (size_t i = 0; i < shared->sharer_count; i++)
		for (uint32_t j = 0; j < shared->sharers[i].count; j++)
			lists_add(&shared->owners.users, shared->torrents[shared->sharers[i].begin + j], (uint32_t)i);
	shared->owners.user_count = (uint32_t)shared->sharer_count;
}

static void list_torrents(struct shared *shared)
{
	const struct infer *infer = &shared->infer;

	lists_open(&shared->owners.torrents, infer->spread, infer->endpoint_count);
	for (uint32_t i = 0; i < infer->torrent_count; i++)
		for (uint32_t j = 0; j < infer->torrents[i].count; j++)
			lists_add(&shared->owners.torrents, infer->entries[infer->torrents[i].begin + j], i);
}

static void add_claim(struct shared *shared, uint32_t endpoint, uint32_t sharer, uint32_t support, enum shared_basis basis)
{
	shared->claims = room_for(shared->claims, &shared->claim_room, shared->claim_count + 1, sizeof *shared->claims);
	shared->claims[shared->claim_count++] =
		(struct claim){ .endpoint = endpoint, .sharer = sharer, .support = support, .basis = (uint8_t)basis };
}

static void find_owners(struct shared *shared)
{
	struct owner found[OWNERS_MAX];

	list_users(shared);
	list_torrents(shared);
	for (uint32_t i = 0; i < shared->infer.endpoint_count && !tool_stopped; i++) {
		size_t count = owners_find(&shared->owners, i, found);

		for (size_t j = 0; j < count; j++)
			add_claim(shared, i, found[j].user, found[j].support, SHARED_INFERRED);
	}
}

static void find_guesses(struct shared *shared)
{
	struct guesses guesses = { .infer = &shared->infer };

	for (uint32_t i = 0; i < shared->sharer_count && !tool_stopped; i++) {
		const struct sharer *sharer = &shared->sharers[i];

		guesses_add(&guesses, i, shared->torrents + sharer->begin, sharer->count, sharer->of);
	}
	guesses_settle(&guesses);
	for (size_t i = 0; i < guesses.count; i++) {
		const struct guess *guess = &guesses.all[i];

		add_claim(shared, guess->endpoint, guess->user, guess->support, SHARED_GUESS);
	}
	guesses_free(&guesses);
}

static int compare_endpoints(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int first = order(x->endpoint, y->endpoint);

	if (!first)
		first = order(x->sharer, y->sharer);
	return first ? first : order(x->basis, y->basis);
}

/* What is inferred is no guess. */
static void drop_repeated(struct shared *shared)
{
	struct claim *claims = shared->claims;
	size_t left = 0;

	if (!shared->claim_count)
		return;
	qsort(claims, shared->claim_count, sizeof *claims, compare_endpoints);
	for (size_t i = 0; i < shared->claim_count; i++)
		if (!left || claims[left - 1].endpoint != claims[i].endpoint || claims[left - 1].sharer != claims[i].sharer)
			claims[left++] = claims[i];
	shared->claim_count = left;
}

/* False: the program is to stop. */
static bool find_claims(struct shared *shared)
{
	find_owners(shared);
	find_guesses(shared);
	drop_repeated(shared);
	return !tool_stopped;
}

/* ---- groups */

static const uint8_t *passkey_of(const struct shared *shared, const struct claim *claim)
{
	return shared->sharers[claim->sharer].passkey;
}

static int compare_claims(const struct shared *shared, const struct claim *x, const struct claim *y)
{
	int first = order(x->basis, y->basis);

	if (!first)
		first = order(y->support, x->support);
	if (!first)
		first = memcmp(shared->infer.endpoints[x->endpoint], shared->infer.endpoints[y->endpoint], PEER_SIZE);
	return first ? first : memcmp(passkey_of(shared, x), passkey_of(shared, y), PASSKEY_SIZE);
}

/* The largest groups first, each by its bytes; in a group what is inferred, then the best support first. */
static int compare_by_endpoint(const void *a, const void *b, void *context)
{
	const struct shared *shared = context;
	const struct claim *x = a, *y = b;
	int first = order(y->size, x->size);

	if (!first)
		first = memcmp(shared->infer.endpoints[x->endpoint], shared->infer.endpoints[y->endpoint], PEER_SIZE);
	return first ? first : compare_claims(shared, x, y);
}

static int compare_by_sharer(const void *a, const void *b, void *context)
{
	const struct shared *shared = context;
	const struct claim *x = a, *y = b;
	int first = order(y->size, x->size);

	if (!first)
		first = memcmp(passkey_of(shared, x), passkey_of(shared, y), PASSKEY_SIZE);
	return first ? first : compare_claims(shared, x, y);
}

static int compare_sharers(const void *a, const void *b)
{
	return order(((const struct claim *)a)->sharer, ((const struct claim *)b)->sharer);
}

/* What makes the group a group is inferred if two of its claims are: one, with guesses, is a guess of the group, too. */
static void put_group(struct claim *group, const struct claim *claims, uint32_t size)
{
	uint32_t inferred = 0;

	for (uint32_t i = 0; i < size; i++)
		inferred += claims[i].basis == SHARED_INFERRED;
	for (uint32_t i = 0; i < size; i++) {
		group[i] = claims[i];
		if (inferred < 2)
			group[i].basis = SHARED_GUESS;
		group[i].size = size;
		group[i].others = (group[i].basis == SHARED_INFERRED ? inferred : size) - 1;
	}
}

/* The claims in groups of at least two, of one kind, in the order of the output; the caller frees it. */
static struct claim *make_groups(struct shared *shared, enum shared_kind kind, size_t *count)
{
	struct claim *groups = malloc((shared->claim_count + 1) * sizeof *groups);
	bool by_endpoint = kind == SHARED_ENDPOINT;
	size_t end;

	if (!groups)
		out_of_memory();
	*count = 0;
	if (!shared->claim_count)
		return groups;
	qsort(shared->claims, shared->claim_count, sizeof *groups, by_endpoint ? compare_endpoints : compare_sharers);
	for (size_t i = 0; i < shared->claim_count; i = end) {
		const struct claim *first = &shared->claims[i];

		for (end = i + 1; end < shared->claim_count; end++)
			if (by_endpoint ? shared->claims[end].endpoint != first->endpoint
					: shared->claims[end].sharer != first->sharer)
				break;
		if (end - i < 2)
			continue;
		put_group(groups + *count, first, (uint32_t)(end - i));
		*count += end - i;
	}
	if (*count)
		qsort_r(groups, *count, sizeof *groups, by_endpoint ? compare_by_endpoint : compare_by_sharer, shared);
	return groups;
}

/* ---- printing */

static void name_sharers(struct shared *shared, const struct claim *claims, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sharer *sharer = &shared->sharers[claims[i].sharer];

		if (sharer->place)
			continue;
		shared->passkeys[shared->passkey_count] = bytes_at(sharer->passkey, PASSKEY_SIZE);
		sharer->place = (uint32_t)++shared->passkey_count;
	}
}

static bool print_groups(struct shared *shared, enum shared_kind kind, const struct claim *claims, size_t count)
{
	struct output *output = &shared->run->output;

	for (size_t i = 0; i < count; i++) {
		const struct sharer *sharer = &shared->sharers[claims[i].sharer];
		const struct holder *holder = &shared->holders[sharer->place - 1];
		struct shared_line line = {
			.kind = (uint8_t)kind, .uid = holder->uid, .username = holder->username,
			.passkey = bytes_at(sharer->passkey, PASSKEY_SIZE), .support = claims[i].support, .of = sharer->of,
			.others = claims[i].others, .basis = claims[i].basis,
		};
		uint64_t passed = output->select.passed;
		bool more;

		infer_split(shared->infer.endpoints[claims[i].endpoint], &line.endpoint, &line.endpoint6);
		more = output_put(output, &line);
		shared->guessed += line.basis == SHARED_GUESS && (output->plain || output->select.passed > passed);
		if (!more)
			return false;
	}
	return true;
}

static void print(struct shared *shared)
{
	size_t endpoint_count, user_count;
	struct claim *endpoints = make_groups(shared, SHARED_ENDPOINT, &endpoint_count);
	struct claim *users = make_groups(shared, SHARED_USER, &user_count);

	shared->passkeys = arena_alloc(&shared->run->memory, (endpoint_count + user_count + 1) * sizeof *shared->passkeys);
	name_sharers(shared, endpoints, endpoint_count);
	name_sharers(shared, users, user_count);
	shared->holders = holders_read(&shared->stores, shared->passkeys, shared->passkey_count, &shared->run->memory);
	if (print_groups(shared, SHARED_ENDPOINT, endpoints, endpoint_count))
		print_groups(shared, SHARED_USER, users, user_count);
	free(endpoints);
	free(users);
}

static void tell_rest(const struct shared *shared)
{
	struct count_text text, users, endpoints;

	if (shared->guessed)
		report_note(&shared->run->report, "%s guessed: with so few entries seen they may be chance "
			    "(-m 'basis = inferred' leaves them out)", count_print(&text, shared->guessed, "lines"));
	if (shared->skipped)
		report_note(&shared->run->report, "%s with more than %d live entries not looked at",
			    count_print(&text, shared->skipped, "torrents"), INFER_ENTRIES_MAX);
	if (shared->strange)
		report_note(&shared->run->report,
			    "%s of users' sets that are no info hashes passed over (peerdump check shows where)",
			    count_print(&text, shared->strange, "members"));
	report_note(&shared->run->report, "%s, %s and %" PRIu64 " entries of %s looked at",
		    count_print(&users, shared->sharer_count, "users"),
		    count_print(&text, shared->infer.torrent_count, "torrents"), shared->infer.entry_count,
		    count_print(&endpoints, shared->infer.endpoint_count, "endpoints"));
}

void shared_run(struct run *run)
{
	struct shared shared = { .run = run, .infer.seed = seed_draw() };
	struct sets sets = { .stores = &shared.stores, .scan = true, .context = &shared, .set = take_set };

	if (!userstats_nameless(run) || !stores_open(&shared.stores, run, STORE_ALL, STORE_REDIS))
		return;
	shared.members = arena_alloc(&run->memory, (INFER_ENTRIES_MAX + 1) * sizeof *shared.members);
	if (read_torrents(&shared) && sets_read(&sets) && find_claims(&shared)) {
		print(&shared);
		tell_rest(&shared);
	}
	stores_close(&shared.stores);
	keys_free(&shared.hashes);
	infer_free(&shared.infer);
	owners_free(&shared.owners);
	free(shared.torrents);
	free(shared.sharers);
	free(shared.claims);
}
