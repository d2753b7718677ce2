/* prune.c - peerdump prune: stale entries, foreign members and orphan ext_ sets taken out, with a journal */
#include "tools/peerdump/peerdump.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "text/escape.h"
#include "tools/peerdump/edit.h"
#include "tools/peerdump/journal.h"
#include "tools/peerdump/source.h"

/*
 * What is to go is gathered, then written to the journal, and only then removed, each key by itself and each member
 * only if its score is still the one that the journal has: who announced in between stays. So the journal may name
 * members that were not removed, but nothing was removed that it does not name.
 */
enum {
	GATHER_MEMBERS_MAX = 500,	/* of all keys: each batch waits for the disk once */
	GATHER_KEYS_MAX = 128,
	GATHER_BYTES_MAX = 1 << 20,	/* foreign members may have any size */
};

enum reason { REASON_NONE, REASON_STALE, REASON_FOREIGN, REASON_ORPHAN_EXT, REASONS };

static const char *const reason_names[REASONS] = {
	[REASON_STALE] = "stale", [REASON_FOREIGN] = "foreign", [REASON_ORPHAN_EXT] = "orphan_ext",
};

struct doomed {
	struct bytes member;
	double score;
	enum reason reason;
};

struct doomed_key {
	struct bytes text;
	enum scan_read read;
	struct bytes info_hash;
	uint64_t ttl;
	size_t first, count;	/* of the members */
};

struct prune {
	struct run *run;
	const struct peerdump_options *options;
	struct source source;
	struct edit edit;
	struct journal journal;
	struct arena memory;		/* of what is gathered */
	size_t key_count, count, bytes;
	struct doomed_key keys[GATHER_KEYS_MAX], *key;	/* key: the one that is being pruned */
	struct doomed members[GATHER_MEMBERS_MAX];
	uint64_t found, removed[REASONS];
	uint64_t changed, gone, left;	/* not removed: a newer announce; not there; the key never held still */
	uint64_t changed_keys;
	struct buf last_key;		/* the last of them, which may come again */
};

/* ---- removing */

/* Of some members of the key at hand: which are as the journal has them, and the command that removes those. */
struct removal {
	struct bytes words[2 + EDIT_MEMBERS_MAX];
	size_t word_count;
	uint64_t removed[REASONS], changed, gone;
};

static void count_removal(struct prune *prune, const struct removal *removal)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < REASONS; i++) {
		prune->removed[i] += removal->removed[i];
		sum += removal->removed[i];
	}
	prune->changed += removal->changed;
	prune->gone += removal->gone;
	if (!sum || (prune->changed_keys && bytes_equal(buf_bytes(&prune->last_key), prune->key->text)))
		return;
	prune->changed_keys++;
	prune->last_key.size = 0;
	buf_append(&prune->last_key, prune->key->text.data, prune->key->text.size);
}

static void choose(const struct doomed *members, const double *scores, size_t count, struct removal *removal)
{
	for (size_t i = 0; i < count; i++) {
		if (isnan(scores[i])) {
			removal->gone++;
		} else if (scores[i] != members[i].score) {
			removal->changed++;
		} else {
			removal->words[removal->word_count++] = members[i].member;
			removal->removed[members[i].reason]++;
		}
	}
}

/* Makes it so, if nobody changed the key since it was looked at. */
static enum edit_outcome remove_chosen(struct prune *prune, const struct removal *removal, struct error *error)
{
	if (removal->word_count > 2)
		edit_queue(&prune->edit, removal->word_count, removal->words);
	return edit_commit(&prune->edit, removal->word_count - 2, error);
}

/* The members of the key at hand from `first` on. */
static enum edit_outcome look(struct prune *prune, size_t first, size_t count, struct bytes other, struct removal *removal,
			      struct error *error)
{
	const struct doomed *members = &prune->members[prune->key->first + first];
	struct bytes names[EDIT_MEMBERS_MAX] = { 0 };
	double scores[EDIT_MEMBERS_MAX];
	struct edit_view view = { .key = prune->key->text, .other = other, .read = prune->key->read, .count = count,
				  .members = names, .scores = scores };
	enum edit_outcome outcome;

	for (size_t i = 0; i < count; i++)
		names[i] = members[i].member;
	outcome = edit_look(&prune->edit, &view, error);
	removal->word_count = 2;
	if (outcome == EDIT_DONE && other.data && view.other_there)
		removal->changed = count;
	else if (outcome == EDIT_DONE)
		choose(members, scores, count, removal);
	return outcome;
}

static enum edit_outcome remove_entries(void *context, size_t first, size_t count, struct error *error)
{
	struct prune *prune = context;
	struct removal removal = { .words = { bytes_of("ZREM"), prune->key->text } };
	enum edit_outcome outcome = look(prune, first, count, bytes_at(NULL, 0), &removal, error);

	if (outcome == EDIT_DONE)
		outcome = remove_chosen(prune, &removal, error);
	if (outcome == EDIT_DONE)
		count_removal(prune, &removal);
	return outcome;
}

/*
 * In a cluster a torrent and its ext_ set are on different nodes, and no transaction has both: if the torrent came
 * back just now, what was removed goes back where it was.
 */
static enum edit_outcome put_back(struct prune *prune, struct removal *removal, struct bytes torrent, struct error *error)
{
	const struct bytes words[] = { bytes_of("EXISTS"), torrent };
	struct redis_reply reply;

	if (removal->word_count == 2)
		return EDIT_DONE;
	if (!edit_ask(&prune->edit, 2, words, &reply, error))
		return EDIT_FAILED;
	if (reply.items->kind == REDIS_INTEGER && reply.items->integer == 0)
		return EDIT_DONE;
	removal->words[0] = bytes_of("SADD");
	if (!edit_ask(&prune->edit, removal->word_count, removal->words, &reply, error))
		return EDIT_FAILED;
	removal->changed += removal->removed[REASON_ORPHAN_EXT];
	removal->removed[REASON_ORPHAN_EXT] = 0;
	return EDIT_DONE;
}

static enum edit_outcome remove_passkeys(void *context, size_t first, size_t count, struct error *error)
{
	struct prune *prune = context;
	struct bytes torrent = bytes_after(prune->key->text, PEER_EXT_SIZE);
	struct removal removal = { .words = { bytes_of("SREM"), prune->key->text } };
	enum edit_outcome outcome = look(prune, first, count, torrent, &removal, error);

	if (outcome == EDIT_DONE)
		outcome = remove_chosen(prune, &removal, error);
	if (outcome != EDIT_DONE)
		return outcome;
	if (prune->edit.nodes.cluster)
		outcome = put_back(prune, &removal, torrent, error);
	count_removal(prune, &removal);
	return outcome;
}

static bool remove_key(struct prune *prune, struct doomed_key *key, struct error *error)
{
	uint64_t left = 0;
	bool good;

	prune->key = key;
	good = edit_all(&prune->edit, key->count, key->read == SCAN_ZSET ? remove_entries : remove_passkeys, prune, &left,
			error);
	if (left)
		edit_complain(&prune->edit, key->text, left);
	prune->left += left;
	return good;
}

/* ---- gathering */

static void put_record(struct prune *prune, const struct doomed_key *key, const struct doomed *doomed)
{
	char score[EDIT_SCORE_ROOM];
	struct peer peer = { 0 };
	struct pruned pruned = {
		.reason = bytes_of(reason_names[doomed->reason]), .key = key->text, .member = doomed->member,
		.ttl = key->ttl, .info_hash = key->info_hash, .port = COUNT_UNSET, .seen.us = TIME_UNSET,
	};

	if (key->read == SCAN_ZSET) {
		pruned.score = edit_score(score, doomed->score);
		pruned.seen = peer_seen(doomed->score);
		if (peer_decode(doomed->member, &peer)) {
			pruned.ipv4 = peer.ipv4;
			pruned.ipv6 = peer.ipv6;
			pruned.port = peer.port;
		}
	}
	journal_put(&prune->journal, &pruned);
}

/* Writes down what is gathered, then removes it. */
static bool flush(struct prune *prune, struct error *error)
{
	bool good;

	for (size_t i = 0; i < prune->key_count; i++)
		for (size_t j = 0; j < prune->keys[i].count; j++)
			put_record(prune, &prune->keys[i], &prune->members[prune->keys[i].first + j]);
	prune->found += prune->count;
	good = journal_keep(&prune->journal, error);
	for (size_t i = 0; good && !prune->options->dry_run && i < prune->key_count; i++)
		good = remove_key(prune, &prune->keys[i], error);
	prune->key_count = prune->count = prune->bytes = 0;
	arena_reset(&prune->memory);
	return good;
}

/* The key of the piece among those gathered: what comes of one key comes in a row. */
static void gather_key(struct prune *prune, const struct scan_key *key)
{
	struct doomed_key *last = prune->key_count ? &prune->keys[prune->key_count - 1] : NULL;
	struct bytes hash = key_hash(key);

	if (last && bytes_equal(last->text, key->text))
		return;
	prune->keys[prune->key_count++] = (struct doomed_key){
		.text = arena_copy(&prune->memory, key->text), .read = key->read, .first = prune->count,
		.info_hash = hash.data ? arena_copy(&prune->memory, hash) : hash,
		.ttl = key->answers[SCAN_TTL] < 0 ? COUNT_UNSET : (uint64_t)key->answers[SCAN_TTL],
	};
}

static bool gather(struct prune *prune, const struct scan_key *key, const struct rdb_member *member, enum reason reason,
		   struct error *error)
{
	bool full = prune->count == GATHER_MEMBERS_MAX || prune->key_count == GATHER_KEYS_MAX ||
		    prune->bytes >= GATHER_BYTES_MAX;

	if (full && !flush(prune, error))
		return false;
	gather_key(prune, key);
	prune->members[prune->count++] = (struct doomed){ arena_copy(&prune->memory, member->text), member->score, reason };
	prune->keys[prune->key_count - 1].count++;
	prune->bytes += member->text.size;
	return true;
}

/* A member in no known form has no announce that could be old. */
static enum reason judge(const struct prune *prune, const struct scan_key *key, const struct rdb_member *member,
			 int64_t live_us)
{
	const struct peer_layout *layout;
	struct peer ignored = { 0 };

	if (key->class == SCAN_EXT)
		return REASON_ORPHAN_EXT;
	layout = peer_decode(member->text, &ignored);
	if (prune->options->foreign && layout != &peer_layouts[0])
		return REASON_FOREIGN;
	return prune->options->stale && layout && peer_seen(member->score).us < live_us ? REASON_STALE : REASON_NONE;
}

static bool take_piece(struct prune *prune, const struct piece *piece, struct error *error)
{
	int64_t live_us = source_now_us(&prune->source) - PEERDUMP_WINDOW_S * 1000000ll;
	const struct scan_key *key = piece->key;
	struct brief brief;

	if (key->wrong_type)
		report_detail(&prune->run->report, "key %s: of another type than the tracker's; passed over",
			      escape_brief(&brief, key->text));
	if (key->wrong_type || (key->class == SCAN_EXT && key->answers[SCAN_EXISTS] != 0) || !edit_ours(prune->run, key))
		return true;
	for (size_t i = 0; i < piece->count; i++) {
		enum reason reason = judge(prune, key, &piece->members[i], live_us);

		if (reason && !gather(prune, key, &piece->members[i], reason, error))
			return false;
	}
	return true;
}

/* ---- all of it */

static void print_count(struct buf *text, uint64_t count, const char *what)
{
	if (count)
		buf_format(text, "%s%" PRIu64 " %s", text->size ? ", " : "; not removed: ", count, what);
}

static void say_summary(struct prune *prune)
{
	const uint64_t *removed = prune->removed;
	uint64_t sum = removed[REASON_STALE] + removed[REASON_FOREIGN] + removed[REASON_ORPHAN_EXT];
	struct report *report = &prune->run->report;
	struct count_text members, keys;
	struct buf rest = { 0 };

	count_print(&members, prune->found, "members");
	if (prune->options->dry_run) {
		report_note(report, "%s to remove", members.text);
		return;
	}
	print_count(&rest, prune->changed, "that changed meanwhile");
	print_count(&rest, prune->gone, "gone already");
	print_count(&rest, prune->left, "in keys that changed at each try");
	print_count(&rest, prune->found - sum - prune->changed - prune->gone - prune->left, "not tried");
	report_note(report, "%" PRIu64 " of %s removed, from %s: %" PRIu64 " stale, %" PRIu64 " foreign, %" PRIu64
		    " orphan_ext%s", sum, members.text, count_print(&keys, prune->changed_keys, "keys"),
		    removed[REASON_STALE], removed[REASON_FOREIGN], removed[REASON_ORPHAN_EXT], buf_string(&rest));
	buf_free(&rest);
	edit_end(&prune->edit, "removed");
}

static void prune_all(struct prune *prune, struct names *names)
{
	const bool entries = prune->options->stale || prune->options->foreign;
	const struct scan_plan zset = { SCAN_ZSET, SCAN_ASK(TTL) }, orphans = { SCAN_SET, SCAN_ASK(EXISTS) };
	const struct scan_plan nothing = { 0 };
	const struct scan_plan torrent = entries ? zset : nothing;
	const struct scan_plan plans[SCAN_CLASSES] = {
		[SCAN_TORRENT] = torrent, [SCAN_OLD_RAW] = torrent, [SCAN_OLD_HEX] = torrent, [SCAN_OLD_TID] = torrent,
		[SCAN_EXT] = prune->options->orphan_ext ? orphans : nothing,
	};
	struct error error = { 0 };
	struct piece piece;

	if (!source_begin(&prune->source, DATABASE_TORRENTS, plans, names))
		return;
	while (source_next(&prune->source, &piece, &error) && take_piece(prune, &piece, &error))
		;
	if (error.kind == ERROR_NONE && prune->run->output.error.kind == ERROR_NONE)
		flush(prune, &error);
	source_end(&prune->source, &error, prune->found, "members found");
	say_summary(prune);
}

static bool check_usage(struct run *run, const struct peerdump_options *options)
{
	struct error error = { 0 };

	if (options->stale || options->foreign || options->orphan_ext)
		return true;
	fail_usage(&error, "prune removes only what it is told to: --stale, --foreign, --orphan-ext");
	run_error(run, &error);
	return false;
}

static void prune_server(struct prune *prune, struct names *names)
{
	if (!source_open(&prune->source, prune->run))
		return;
	if (prune->options->dry_run) {
		prune_all(prune, names);
	} else if (edit_open(&prune->edit, prune->run)) {
		prune_all(prune, names);
		edit_close(&prune->edit);
	}
	source_close(&prune->source);
}

void prune_run(struct run *run)
{
	struct prune prune = { .run = run, .options = run->options };
	struct names names;

	if (!check_usage(run, prune.options) || !names_open(&names, run) || !journal_open(&prune.journal, run))
		return;
	prune_server(&prune, run->word_count ? &names : NULL);
	names_close(&names);
	journal_close(&prune.journal);
	arena_free(&prune.memory);
	buf_free(&prune.last_key);
}
