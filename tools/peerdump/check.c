/* check.c - peerdump check: every fault of the keys and members of a tracker, one record for each */
#include "tools/peerdump/peerdump.h"

#include <inttypes.h>

#include "base/base64.h"
#include "text/escape.h"
#include "tools/peerdump/faults.h"

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
		check_put(check, FAULT_MODULE_TYPE, check_nothing,
			  "type '%s', TTL %" PRIi64 " s, last announce %" PRIi64 " s ago", type.text, ttl,
			  MODULE_TTL_S - ttl);
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

static void check_leechers(struct check *check, const struct piece *piece)
{
	for (size_t i = 0; i < piece->count; i++)
		if (piece->members[i].text.size != PASSKEY_SIZE)
			check_put(check, FAULT_BAD_PASSKEY_LENGTH, piece->members[i].text, "member of %zu bytes",
				  piece->members[i].text.size);
}

/* A user may have many torrents: they are looked up so many at once. */
enum { LOOKUP_MAX = 512 };

static bool check_hashes(struct check *check, const struct rdb_member *members, size_t count, struct error *error)
{
	struct bytes keys[LOOKUP_MAX];
	bool there[LOOKUP_MAX];
	uint8_t hash[HASH_SIZE];
	size_t good = 0;

	for (size_t i = 0; i < count; i++) {
		if (base64_parse(members[i].text, hash, sizeof hash))
			keys[good++] = members[i].text;
		else
			check_put(check, FAULT_BAD_HASH, members[i].text, "member of %zu bytes", members[i].text.size);
	}
	if (!source_exist(check->source, keys, good, there, error))
		return false;
	for (size_t i = 0; i < good; i++)
		if (!there[i])
			check_put(check, FAULT_NO_TORRENT, keys[i], NULL);
	return true;
}

static bool check_user(struct check *check, const struct piece *piece, struct error *error)
{
	for (size_t at = 0; at < piece->count; at += LOOKUP_MAX) {
		size_t left = piece->count - at;

		if (!check_hashes(check, piece->members + at, left < LOOKUP_MAX ? left : LOOKUP_MAX, error))
			return false;
	}
	return true;
}

/* ---- databases */

/* False: with an error, or because stdout failed. */
static bool check_piece(struct check *check, const struct piece *piece, struct error *error)
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

/* Goes through one database. False: not to the end. */
static bool check_database(struct check *check, enum database database, const struct scan_plan *plans, struct names *names)
{
	struct error error = { 0 };
	struct piece piece;

	check->users = database == DATABASE_USERS;
	if (!source_begin(check->source, database, plans, names))
		return false;
	while (source_next(check->source, &piece, &error))
		if (!check_piece(check, &piece, &error))
			break;
	source_end(check->source, &error, check_total(check), "problems");
	return error.kind == ERROR_NONE && check->run->output.error.kind == ERROR_NONE;
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

/* Torrents, then users; or both at once, where they are together. */
static bool check_all(struct check *check, struct names *names)
{
	bool shared = !names && check->source->one_database;
	bool whole = check_database(check, DATABASE_TORRENTS, shared ? shared_plans : torrents_plans, names);

	/* in a damaged file there may be users before the damage, too */
	if (shared || names || (!whole && !check->source->damaged))
		return whole;
	return check_database(check, DATABASE_USERS, users_plans, NULL) && whole;
}

void check_run(struct run *run)
{
	struct source source;
	struct check check = { .run = run, .source = &source };
	struct names names;

	if (!names_open(&names, run) || !source_open(&source, run))
		return;
	check.finished = check_all(&check, run->word_count ? &names : NULL);
	names_close(&names);
	check_end(&check);
	source_close(&source);
}
