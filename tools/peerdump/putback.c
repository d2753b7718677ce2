/* putback.c - the journal of prune back into Redis: each member as it was, where nobody has announced it anew */
#include "tools/peerdump/putback.h"

#include <inttypes.h>
#include <stdio.h>

#include "io/redis_greet.h"
#include "text/escape.h"
#include "tools/peerdump/edit.h"

/* ---- sending */

/* The command that puts the members back: NX, so that an announce since then counts. */
struct words {
	struct bytes all[3 + 2 * PUTBACK_MEMBERS_MAX];
	size_t count;
	char scores[PUTBACK_MEMBERS_MAX][EDIT_SCORE_ROOM];
};

static void say(const struct putback *putback, struct words *words)
{
	words->count = 0;
	words->all[words->count++] = bytes_of(putback->zset ? "ZADD" : "SADD");
	words->all[words->count++] = putback->key;
	if (putback->zset)
		words->all[words->count++] = bytes_of("NX");
	for (size_t i = 0; i < putback->count; i++) {
		if (putback->zset)
			words->all[words->count++] = edit_score(words->scores[i], putback->scores[i]);
		words->all[words->count++] = putback->gathered[i];
	}
}

static bool fail(struct putback *putback, struct error *error)
{
	struct count_text members;

	putback->store->failed = true;
	if (!tool_stopped) {
		error_suffix(error, " (known to be put back: %s)", count_print(&members, putback->members, "members"));
		run_error(putback->store->run, error);
	}
	return false;
}

/* False: the connection is lost, which was reported. A refusal is complained about, and is in the reply. */
static bool ask(struct putback *putback, size_t count, const struct bytes *words, struct redis_reply *reply, bool complain)
{
	struct error error = { 0 }, refusal = { 0 };
	char text[REDIS_WORDS_ROOM];
	struct brief key;

	if (!nodes_ask(&putback->nodes, count, words, reply, &error))
		return fail(putback, &error);
	if (reply->items->kind != REDIS_ERROR || !complain)
		return true;
	fail_input(&refusal, ERROR_NOWHERE, "%s (%s %s, %zu members)", redis_print_words(text, reply->items->text),
		   (const char *)words[0].data, escape_brief(&key, putback->key), putback->count);
	putback->complaints++;
	report_error(&putback->store->run->report, (struct place){ putback->file, "line", putback->line }, &refusal);
	return true;
}

static void count_done(struct putback *putback, int64_t new)
{
	uint64_t added = new > 0 && (uint64_t)new <= putback->count ? (uint64_t)new : 0;

	putback->members += added;
	putback->there += putback->count - added;
	if (!added || (putback->keys && bytes_equal(buf_bytes(&putback->last_key), putback->key)))
		return;
	putback->keys++;
	putback->last_key.size = 0;
	buf_append(&putback->last_key, putback->key.data, putback->key.size);
}

/* A key that is gone, and expired before, expires again; one that is there has its own time. */
static void send_all(struct putback *putback)
{
	const struct bytes ttl[] = { bytes_of("TTL"), putback->key };
	const struct bytes expire[] = { bytes_of("EXPIRE"), putback->key, bytes_of(putback->store->expire) };
	struct redis_reply reply;
	struct words words;
	bool expires = false;

	if (putback->expires && *putback->store->expire) {
		if (!ask(putback, 2, ttl, &reply, false))
			return;
		expires = reply.items->kind != REDIS_INTEGER || reply.items->integer == -2;
	}
	say(putback, &words);
	if (!ask(putback, words.count, words.all, &reply, true))
		return;
	if (reply.items->kind == REDIS_ERROR) {
		putback->refused += putback->count;
		return;
	}
	count_done(putback, reply.items->kind == REDIS_INTEGER ? reply.items->integer : 0);
	if (expires)
		ask(putback, 3, expire, &reply, true);
}

static void print_all(struct putback *putback)
{
	const struct bytes expire[] = { bytes_of("EXPIRE"), putback->key, bytes_of(putback->store->expire) };
	struct words words;

	say(putback, &words);
	store_print(putback->store, DATABASE_TORRENTS, words.all, words.count);
	if (putback->expires && *putback->store->expire)
		store_print(putback->store, DATABASE_TORRENTS, expire, 3);
	count_done(putback, (int64_t)putback->count);
}

static bool open_nodes(struct putback *putback)
{
	int64_t ignored;

	if (!putback->open)
		putback->open = peerdump_nodes(putback->store->run, DATABASE_TORRENTS, &putback->nodes, &ignored);
	putback->store->failed |= !putback->open;
	return putback->open;
}

void putback_flush(struct putback *putback)
{
	if (putback->count && !putback->store->failed) {
		if (putback->store->dry_run)
			print_all(putback);
		else if (open_nodes(putback))
			send_all(putback);
	}
	putback->count = putback->bytes = 0;
	putback->key = bytes_at(NULL, 0);
	arena_reset(&putback->memory);
}

/* ---- gathering */

/* Only what prune can have written: the keys of torrents with scores, their ext_ sets without. */
static bool check(const struct pruned *pruned, double *score, struct error *error)
{
	uint8_t hash[HASH_SIZE];
	enum peer_key kind;
	struct brief brief;

	*score = 0;
	if (!pruned->key.data || !pruned->member.data)
		return fail_input(error, ERROR_NOWHERE, "no %s", pruned->key.data ? "member" : "key");
	kind = peer_key_parse(pruned->key, hash);
	if (kind == PEER_KEY_OTHER)
		return fail_input(error, ERROR_NOWHERE, "key %s is neither that of a torrent nor that of an ext_ set",
				  escape_brief(&brief, pruned->key));
	if (kind == PEER_KEY_EXT)
		return !pruned->score.data ||
		       fail_input(error, ERROR_NOWHERE, "a score, but members of ext_ sets have none");
	if (!pruned->score.data)
		return fail_input(error, ERROR_NOWHERE, "no score");
	return peer_score_parse(pruned->score, score) ||
	       fail_input(error, ERROR_NOWHERE, "score: '%s' is no number", escape_brief(&brief, pruned->score));
}

bool putback_put(struct putback *putback, const struct pruned *pruned, struct place place, struct error *error)
{
	bool expires = pruned->ttl != COUNT_UNSET, zset = pruned->score.data != NULL;
	double score;

	if (!check(pruned, &score, error))
		return false;
	if (putback->count && (!bytes_equal(putback->key, pruned->key) || putback->expires != expires ||
			       putback->count == PUTBACK_MEMBERS_MAX || putback->bytes >= PUTBACK_BYTES_MAX))
		putback_flush(putback);
	if (!putback->count) {
		putback->key = arena_copy(&putback->memory, pruned->key);
		putback->zset = zset;
		putback->expires = expires;
		putback->file = place.file;
		putback->line = place.number;
	}
	putback->gathered[putback->count] = arena_copy(&putback->memory, pruned->member);
	putback->scores[putback->count++] = score;
	putback->bytes += pruned->member.size;
	return true;
}

void putback_say(const struct putback *putback)
{
	struct count_text members, keys;

	if (!putback->members && !putback->there && !putback->refused)
		return;
	report_note(&putback->store->run->report, "journal: %s %s in %s, %" PRIu64 " there already, %" PRIu64 " refused",
		    count_print(&members, putback->members, "members"), putback->store->dry_run ? "to put back" : "put back",
		    count_print(&keys, putback->keys, "keys"), putback->there, putback->refused);
}

void putback_close(struct putback *putback)
{
	if (putback->open)
		nodes_close(&putback->nodes);
	arena_free(&putback->memory);
	buf_free(&putback->last_key);
}
