/* convert.c - peerdump convert: older text members to binary entries, and back */
#include "tools/peerdump/convert.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/distinct.h"
#include "base/number.h"
#include "base/table.h"
#include "text/escape.h"
#include "tools/peerdump/edit.h"
#include "tools/peerdump/source.h"

static const struct field converted_fields[] = {
	FIELD(converted, info_hash, HASH, "info hash of the torrent", .width = HASH_SIZE),
	FIELD(converted, key, TEXT, "its key in Redis"),
	FIELD(converted, members, U64, "members of its zset, before"),
	FIELD(converted, changed, U64, "of them, those that were converted"),
	FIELD(converted, merged, U64, "of those, the ones whose peer was there in the other form too"),
	FIELD(converted, unknown, U64, "members in no known form, left as they are"),
	FIELD(converted, left, U64, "members left as they are since the key changed at each try"),
	FIELD(converted, bytes_before, U64, "memory that the key took before (an estimate by Redis)"),
	FIELD(converted, bytes_after, U64, "memory that it takes now; with --dry-run what it would take"),
};

const struct record converted_record = RECORD("converted", converted, converted_fields,
					      "a torrent with members that were converted");

enum { CONVERT_DISTINCT_MAX = 1200000 };	/* of a key in a dry run: those that are told apart, in 11 bytes each */

/* A member that has another form. */
struct rewrite {
	struct bytes old;
	size_t size;
	uint8_t made[CONVERT_ROOM];
};

struct convert {
	struct run *run;
	enum convert_to to;
	bool dry_run;
	struct source source;
	struct edit edit;
	struct converted now, all;	/* the key at hand, and all of them together */
	uint64_t keys;			/* with anything converted */
	int64_t shorter;		/* dry run: bytes less in the members of the key */
	struct distinct made;		/* dry run: what members of the key would become */
	struct table table;		/* what is made, to 1 + the number of the first member it is made of */
	size_t count;
	struct rewrite rewrites[EDIT_MEMBERS_MAX];
};

/* ---- one member */

static size_t print_text(const struct peer *peer, char *text)
{
	char *at = text;

	if (!ipv4_absent(&peer->ipv4))
		at = ipv4_print(at, &peer->ipv4);
	*at++ = '@';
	if (!ipv6_absent(&peer->ipv6))
		at = ipv6_print(at, &peer->ipv6);
	*at++ = '@';
	return (size_t)(number_print_u16(at, peer->port) - text);
}

enum convert_found convert_member(enum convert_to to, struct bytes member, uint8_t made[CONVERT_ROOM], size_t *size)
{
	struct peer peer = { 0 }, again = { 0 };
	const struct peer_layout *layout = peer_decode(member, &peer);

	if (!layout)
		return CONVERT_UNKNOWN;
	if ((layout == &peer_layouts[0]) != (to == CONVERT_TEXT))
		return CONVERT_NOTHING;
	if (to == CONVERT_TEXT) {
		*size = print_text(&peer, (char *)made);
		return CONVERT_MADE;
	}
	peer_encode(&peer, made);
	*size = PEER_SIZE;
	/* an address can be made of such bytes that its entry reads as text: that would be another peer then */
	return peer_decode(bytes_at(made, *size), &again) == &peer_layouts[0] ? CONVERT_MADE : CONVERT_UNKNOWN;
}

/* ---- a batch of them */

/* The names to look for: of rewrite i, the old one at 2 * i and the new one behind it. */
static void put_names(const struct convert *convert, size_t first, size_t count, struct bytes *names)
{
	for (size_t i = 0; i < count; i++) {
		const struct rewrite *rewrite = &convert->rewrites[first + i];

		names[2 * i] = rewrite->old;
		names[2 * i + 1] = bytes_at(rewrite->made, rewrite->size);
	}
}

/* The commands of a transaction. */
struct commands {
	char texts[EDIT_MEMBERS_MAX][EDIT_SCORE_ROOM];
	struct bytes add[2 + 2 * EDIT_MEMBERS_MAX], remove[2 + EDIT_MEMBERS_MAX];
	size_t add_count, remove_count;
	uint64_t merged;
};

/*
 * What the scores say: of all members that stand for one peer the latest announce counts. first: the rewrite that makes
 * the same as rewrite i; its scores[2 * i + 1] becomes the score to have.
 */
static void decide(struct convert *convert, const struct bytes *names, size_t count, double *scores,
		   struct commands *commands)
{
	bool add[EDIT_MEMBERS_MAX] = { false };

	table_clear(&convert->table);
	for (size_t i = 0; i < count; i++) {
		struct table_entry *entry;
		double *have;
		size_t first;

		if (isnan(scores[2 * i]))
			continue;	/* it is gone */
		entry = table_add(&convert->table, names[2 * i + 1], NULL);
		first = entry->count ? entry->count - 1 : i;
		entry->count = first + 1;
		have = &scores[2 * first + 1];
		commands->merged += !isnan(*have);
		if (isnan(*have) || scores[2 * i] > *have) {
			*have = scores[2 * i];
			add[first] = true;
		}
		commands->remove[commands->remove_count++] = names[2 * i];
	}
	for (size_t i = 0; i < count; i++) {
		if (!add[i])
			continue;
		commands->add[commands->add_count++] = edit_score(commands->texts[i], scores[2 * i + 1]);
		commands->add[commands->add_count++] = names[2 * i + 1];
	}
}

static enum edit_outcome change_part(void *context, size_t first, size_t count, struct error *error)
{
	struct convert *convert = context;
	struct edit *edit = &convert->edit;
	struct bytes names[2 * EDIT_MEMBERS_MAX], key = convert->now.key;
	double scores[2 * EDIT_MEMBERS_MAX];
	struct edit_view view = { .key = key, .read = SCAN_ZSET, .count = 2 * count, .members = names, .scores = scores };
	struct commands commands = {
		.add = { bytes_of("ZADD"), key }, .remove = { bytes_of("ZREM"), key }, .add_count = 2, .remove_count = 2,
	};
	enum edit_outcome outcome;

	put_names(convert, first, count, names);
	outcome = edit_look(edit, &view, error);
	if (outcome != EDIT_DONE)
		return outcome;
	decide(convert, names, count, scores, &commands);
	/* first what comes, then what goes: a key without members is no key, and its TTL would be lost */
	if (commands.add_count > 2)
		edit_queue(edit, commands.add_count, commands.add);
	if (commands.remove_count > 2)
		edit_queue(edit, commands.remove_count, commands.remove);
	outcome = edit_commit(edit, commands.remove_count - 2, error);
	if (outcome == EDIT_DONE) {
		convert->now.changed += commands.remove_count - 2;
		convert->now.merged += commands.merged;
	}
	return outcome;
}

/* Without touching anything: how many would merge, how much shorter the members would be. */
static bool count_part(struct convert *convert, struct error *error)
{
	struct bytes names[EDIT_MEMBERS_MAX];
	double scores[EDIT_MEMBERS_MAX];
	struct edit_view view = { .key = convert->now.key, .read = SCAN_ZSET, .count = convert->count, .members = names,
				  .scores = scores };

	for (size_t i = 0; i < convert->count; i++)
		names[i] = bytes_at(convert->rewrites[i].made, convert->rewrites[i].size);
	if (!edit_scores(&convert->edit, &view, error))
		return false;
	for (size_t i = 0; i < convert->count; i++) {
		bool new = distinct_add(&convert->made, distinct_print(&convert->made, names[i]));

		convert->now.changed++;
		convert->now.merged += !new || !isnan(scores[i]);
		convert->shorter += (int64_t)convert->rewrites[i].old.size - (int64_t)names[i].size;
	}
	return true;
}

static bool change_batch(struct convert *convert, struct error *error)
{
	bool good = true;

	if (!convert->count)
		return true;
	if (!convert->now.changed && !convert->now.left)
		good = edit_memory(&convert->edit, convert->now.key, &convert->now.bytes_before, error);
	if (good && convert->dry_run)
		good = count_part(convert, error);
	else if (good)
		good = edit_all(&convert->edit, convert->count, change_part, convert, &convert->now.left, error);
	convert->count = 0;
	return good;
}

/* ---- a key */

static void complain_unknown(struct convert *convert, struct bytes member)
{
	struct error error = { 0 };
	struct brief name, excerpt;

	convert->now.unknown++;
	convert->all.unknown++;
	fail_input(&error, ERROR_NOWHERE, "key %s: member %s (%zu bytes) is in no known form; left as it is",
		   escape_brief(&name, convert->now.key), escape_brief(&excerpt, member), member.size);
	run_error(convert->run, &error);
}

static bool take_members(struct convert *convert, const struct piece *piece, struct error *error)
{
	for (size_t i = 0; i < piece->count; i++) {
		struct rewrite *rewrite = &convert->rewrites[convert->count];

		rewrite->old = piece->members[i].text;
		switch (convert_member(convert->to, rewrite->old, rewrite->made, &rewrite->size)) {
		case CONVERT_MADE:
			if (++convert->count == EDIT_MEMBERS_MAX && !change_batch(convert, error))
				return false;
			break;
		case CONVERT_NOTHING:
			break;
		case CONVERT_UNKNOWN:
			complain_unknown(convert, rewrite->old);
			break;
		}
	}
	return change_batch(convert, error);
}

/*
 * What the key would take: the members would be so much shorter, and those that merge would not be there. What Redis
 * rounds up besides, nobody knows before.
 */
static uint64_t estimate_after(const struct convert *convert)
{
	const struct converted *now = &convert->now;
	uint64_t members = now->members ? now->members : 1;
	int64_t less = convert->shorter + (int64_t)(now->bytes_before / members * now->merged);

	return less > 0 && (uint64_t)less > now->bytes_before ? 0 : (uint64_t)((int64_t)now->bytes_before - less);
}

/* The key is done, or the work ends in the midst of it. */
static bool end_key(struct convert *convert, bool whole, struct error *error)
{
	struct converted *now = &convert->now;
	bool good = true;

	if (now->left)
		edit_complain(&convert->edit, now->key, now->left);
	if (!now->changed && !now->left)
		return true;
	now->bytes_after = COUNT_UNSET;
	if (convert->dry_run && now->bytes_before != COUNT_UNSET)
		now->bytes_after = estimate_after(convert);
	else if (!convert->dry_run && whole)
		good = edit_memory(&convert->edit, now->key, &now->bytes_after, error);
	if (now->bytes_after != COUNT_UNSET && now->bytes_before != COUNT_UNSET) {
		convert->all.bytes_before += now->bytes_before;
		convert->all.bytes_after += now->bytes_after;
	}
	convert->all.changed += now->changed;
	convert->all.merged += now->merged;
	convert->all.left += now->left;
	convert->keys += now->changed > 0;
	output_put(&convert->run->output, now);
	return good && convert->run->output.error.kind == ERROR_NONE;
}

static bool take_piece(struct convert *convert, const struct piece *piece, struct error *error)
{
	const struct scan_key *key = piece->key;
	struct brief brief;

	if (piece->first) {
		convert->now = (struct converted){
			.info_hash = key_hash(key), .key = key->text,
			.bytes_before = COUNT_UNSET, .bytes_after = COUNT_UNSET,
			/* what is made comes by too, while a large key is being read */
			.members = key->answers[SCAN_CARD] > 0 ? (uint64_t)key->answers[SCAN_CARD] : 0,
		};
		convert->shorter = 0;
		if (convert->dry_run && key->answers[SCAN_CARD] > 0)
			distinct_reset(&convert->made, (uint64_t)key->answers[SCAN_CARD], CONVERT_DISTINCT_MAX);
	}
	if (key->wrong_type)
		report_detail(&convert->run->report, "key %s: of another type than the tracker's; passed over",
			      escape_brief(&brief, key->text));
	if (key->wrong_type || !edit_ours(convert->run, key))
		return true;
	if (take_members(convert, piece, error))
		return !piece->last || end_key(convert, true, error);
	/* what was done in this key was done */
	end_key(convert, false, error);
	return false;
}

/* ---- all of them */

static void say_summary(struct convert *convert)
{
	const struct converted *all = &convert->all;
	const char *less = all->bytes_after > all->bytes_before ? "more" : "less";
	uint64_t bytes = all->bytes_after > all->bytes_before ? all->bytes_after - all->bytes_before
							      : all->bytes_before - all->bytes_after;
	struct report *report = &convert->run->report;
	struct count_text members, keys, size;

	report_note(report, "%s %s in %s, %" PRIu64 " of them merged; %" PRIu64 " unknown, %" PRIu64 " left; about %s %s",
		    count_print(&members, all->changed, "members"), convert->dry_run ? "to convert" : "converted",
		    count_print(&keys, convert->keys, "keys"), all->merged, all->unknown, all->left,
		    count_print(&size, bytes, "bytes"), less);
	edit_end(&convert->edit, "converted");
}

static void convert_all(struct convert *convert, struct names *names)
{
	static const struct scan_plan plans[SCAN_CLASSES] = {
		[SCAN_TORRENT] = { .read = SCAN_ZSET }, [SCAN_OLD_RAW] = { .read = SCAN_ZSET },
		[SCAN_OLD_HEX] = { .read = SCAN_ZSET }, [SCAN_OLD_TID] = { .read = SCAN_ZSET },
	};
	struct error error = { 0 };
	struct piece piece;

	if (!source_begin(&convert->source, DATABASE_TORRENTS, plans, names))
		return;
	while (source_next(&convert->source, &piece, &error) && take_piece(convert, &piece, &error))
		;
	source_end(&convert->source, &error, convert->all.changed, "converted members");
	say_summary(convert);
}

void convert_run(struct run *run)
{
	const struct peerdump_options *options = run->options;
	struct convert convert = { .run = run, .to = options->to, .dry_run = options->dry_run };
	struct names names;

	if (!names_open(&names, run) || !source_open(&convert.source, run))
		return;
	if (edit_open(&convert.edit, run)) {
		convert_all(&convert, run->word_count ? &names : NULL);
		edit_close(&convert.edit);
	}
	names_close(&names);
	source_close(&convert.source);
	distinct_free(&convert.made);
	table_free(&convert.table);
}
