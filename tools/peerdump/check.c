/* check.c - peerdump check: every fault of the keys and members of a tracker, one record for each */
#include "tools/peerdump/peerdump.h"

#include <inttypes.h>

#include "base/base64.h"
#include "text/escape.h"
#include "tools/peerdump/faults.h"
#include "tools/peerdump/scan.h"

enum { MODULE_TTL_S = 2700 };	/* of the next generation's keys, at each announce */

/* ---- keys */

/* A key that cannot be read as its name promises, or whose name promises nothing. */
static void check_other_key(struct check *check, const struct scan_key *key)
{
	bool named = key->class == SCAN_TORRENT || key->class == SCAN_EXT ||
		     (key->class == SCAN_USER && key->read == SCAN_SET);
	const char *wanted = key->read == SCAN_ZSET ? "zset" : "set";
	int64_t ttl = key->answers[SCAN_TTL];
	struct brief type;

	escape_brief(&type, bytes_of(key->type));
	if (key_module(key) && ttl >= 0 && ttl <= MODULE_TTL_S)
		check_put(check, FAULT_MODULE_TYPE, check_nothing, "type '%s', TTL %" PRIi64 " s, last announce %" PRIi64 " s ago",
			  type.text, ttl, MODULE_TTL_S - ttl);
	else if (key_module(key))
		check_put(check, FAULT_MODULE_TYPE, check_nothing, ttl == -1 ? "type '%s', no TTL" : "type '%s'", type.text);
	else if (named && strcmp(key->type, wanted) == 0)
		check_put(check, FAULT_WRONG_TYPE, check_nothing, "no %s any more since we looked", wanted);
	else if (named)
		check_put(check, FAULT_WRONG_TYPE, check_nothing, "type '%s' instead of '%s'", type.text, wanted);
	else
		check_put(check, FAULT_UNKNOWN_KEY, check_nothing, "type '%s'", type.text);
}

static void check_key(struct check *check, const struct scan_key *key)
{
	static const char *const old[SCAN_CLASSES] = {
		[SCAN_OLD_RAW] = "the bare info hash", [SCAN_OLD_HEX] = "the info hash in hexadecimal",
		[SCAN_OLD_TID] = "a torrent id, without the info hash",
	};
	bool users = check->users || key->class == SCAN_USER;

	if (old[key->class] && !check->users)
		check_put(check, FAULT_OLD_KEY, check_nothing, "%s", old[key->class]);
	if (key->class == SCAN_EXT && !check->users) {
		if (key->answers[SCAN_EXISTS] == 0)
			check_put(check, FAULT_ORPHAN_EXT, check_nothing, NULL);
		return;	/* it never expires */
	}
	if (users && key->text.size != PASSKEY_SIZE)
		check_put(check, FAULT_BAD_PASSKEY_LENGTH, check_nothing, "key of %zu bytes", key->text.size);
	if (key->answers[SCAN_TTL] == -1)
		check_put(check, FAULT_NO_TTL, check_nothing, NULL);
}

/* ---- users */

static void check_leechers(struct check *check, const struct scan_piece *piece)
{
	for (size_t i = 0; i < piece->count; i++)
		if (piece->items[i].text.size != PASSKEY_SIZE)
			check_put(check, FAULT_BAD_PASSKEY_LENGTH, piece->items[i].text, "member of %zu bytes",
				  piece->items[i].text.size);
}

/* Was a zset of that torrent there when we came by? If not, it may have come since: the server is asked. */
static bool must_ask(const struct check *check, struct bytes member)
{
	uint8_t hash[HASH_SIZE];

	return base64_parse(member, hash, sizeof hash) && !(check->torrents && key_saw(&check->torrents->keys, hash));
}

static bool check_user(struct check *check, const struct scan_piece *piece, struct error *error)
{
	uint8_t hash[HASH_SIZE];
	struct redis_reply reply;

	for (size_t i = 0; i < piece->count; i++) {
		const struct bytes words[] = { bytes_of("EXISTS"), piece->items[i].text };

		if (must_ask(check, words[1]))
			redis_queue(check->lookup, 2, words);
		else if (!base64_parse(words[1], hash, sizeof hash))
			check_put(check, FAULT_BAD_HASH, words[1], "member of %zu bytes", words[1].size);
	}
	for (size_t i = 0; i < piece->count; i++) {
		if (!must_ask(check, piece->items[i].text))
			continue;
		if (!redis_read(check->lookup, &reply, error))
			return false;
		if (reply.items->kind == REDIS_ERROR)
			return scan_refused(check->lookup, "EXISTS", reply.items->text, error);
		if (reply.items->kind == REDIS_INTEGER && reply.items->integer == 0)
			check_put(check, FAULT_NO_TORRENT, piece->items[i].text, NULL);
	}
	return true;
}

/* ---- databases */

/* False: with an error, or because stdout failed. */
static bool check_piece(struct check *check, const struct scan_piece *piece, struct error *error)
{
	const struct scan_key *key = piece->key;

	check->key = key;
	check->place = check->users || (key->class == SCAN_USER && key->read) ? "users" : "torrents";
	if (key->wrong_type || !key->read)
		check_other_key(check, key);
	else if (piece->first)
		check_key(check, key);
	if (key->read == SCAN_ZSET)
		check_entries(check, piece);
	else if (key->class == SCAN_EXT && !check->users)
		check_leechers(check, piece);
	else if (!check_user(check, piece, error))
		return false;
	return check->run->output.error.kind == ERROR_NONE;
}

/* Goes through one database. The scan stays open: it knows which torrents there are. False: not to the end. */
static bool check_database(struct check *check, struct scan *scan, struct redis *redis, const struct scan_plan *plans,
			   struct names *names, struct error *error)
{
	struct scan_piece piece;

	if (!scan_open(scan, check->run, redis, plans, names))
		return false;
	while (scan_next(scan, &piece, error))
		if (!check_piece(check, &piece, error))
			break;
	check->keys += scan->done;
	return error->kind == ERROR_NONE && check->run->output.error.kind == ERROR_NONE;
}

#define ZSET { SCAN_ZSET, SCAN_ASK(TYPE) | SCAN_ASK(TTL) }
#define SET { SCAN_SET, SCAN_ASK(TYPE) | SCAN_ASK(TTL) }
#define LOOK { SCAN_NOT, SCAN_ASK(TYPE) | SCAN_ASK(TTL) }

static const struct scan_plan torrents_plans[SCAN_CLASSES] = {
	[SCAN_TORRENT] = ZSET, [SCAN_EXT] = { SCAN_SET, SCAN_ASK(TYPE) | SCAN_ASK(EXISTS) },
	[SCAN_OLD_RAW] = ZSET, [SCAN_OLD_HEX] = ZSET, [SCAN_OLD_TID] = ZSET,
	[SCAN_OTHER] = LOOK, [SCAN_USER] = LOOK, [SCAN_NUMBER] = LOOK,
};

static const struct scan_plan users_plans[SCAN_CLASSES] = {
	[SCAN_TORRENT] = SET, [SCAN_EXT] = SET, [SCAN_OLD_RAW] = SET, [SCAN_OLD_HEX] = SET, [SCAN_OLD_TID] = SET,
	[SCAN_OTHER] = SET, [SCAN_USER] = SET, [SCAN_NUMBER] = SET,
};

/* Torrents and users in one database. */
static const struct scan_plan shared_plans[SCAN_CLASSES] = {
	[SCAN_TORRENT] = ZSET, [SCAN_EXT] = { SCAN_SET, SCAN_ASK(TYPE) | SCAN_ASK(EXISTS) },
	[SCAN_OLD_RAW] = ZSET, [SCAN_OLD_HEX] = ZSET, [SCAN_OLD_TID] = ZSET,
	[SCAN_OTHER] = LOOK, [SCAN_USER] = SET, [SCAN_NUMBER] = LOOK,
};

static void check_users(struct check *check, struct redis *torrents)
{
	const struct peerdump_options *options = check->run->options;
	struct error error = { 0 };
	struct redis *redis;
	struct scan scan;
	int64_t now_us;

	redis = peerdump_connect(check->run, options->users_db, &now_us);
	if (!redis)
		return;
	check->users = true;
	check->lookup = torrents;
	check->finished = check_database(check, &scan, redis, users_plans, NULL, &error);
	if (scan.redis)
		scan_close(&scan, &error, check_total(check), "problems");
	redis_close(redis);
}

/* Torrents, then users; or both at once, where they are together. */
static void check_all(struct check *check, struct redis *redis, bool shared, struct names *names)
{
	struct error error = { 0 };
	struct scan scan;

	check->finished = check_database(check, &scan, redis, shared ? shared_plans : torrents_plans, names, &error);
	if (check->finished && !shared && !names) {
		check->torrents = &scan;
		check->finished = false;
		check_users(check, redis);
	}
	if (scan.redis)
		scan_close(&scan, &error, check_total(check), "problems");
}

void check_run(struct run *run)
{
	const struct peerdump_options *options = run->options;
	struct check check = { .run = run };
	struct redis *redis, *lookup = NULL;
	struct names names;
	bool shared;

	if (!names_open(&names, run))
		return;
	redis = peerdump_connect(run, options->torrents_db, &check.now_us);
	if (!redis)
		return;
	shared = !run->word_count && peerdump_one_database(run);
	if (shared)
		lookup = peerdump_connect(run, options->torrents_db, &check.now_us);
	check.lookup = lookup;
	check_begin(&check);
	if (!shared || lookup)
		check_all(&check, redis, shared, run->word_count ? &names : NULL);
	names_close(&names);
	check_end(&check);
	redis_close(lookup);
	redis_close(redis);
}
