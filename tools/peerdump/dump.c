/* dump.c - peerdump dump: the peers of all torrents or of those named, or the sets of passkeys */
#include "tools/peerdump/peerdump.h"

#include "base/base64.h"
#include "base/number.h"
#include "text/escape.h"
#include "tools/peerdump/source.h"

struct dump {
	struct run *run;
	struct source source;
	int64_t since_us;	/* INT64_MIN: all */
	uint64_t count;		/* members that were read */
	uint64_t modules;	/* keys that no command can read */
	char module[SCAN_TYPE_ROOM];
};

/* One kind of record: which keys it comes from, and how. A row of dumps[]. */
struct dump_kind {
	struct scan_plan plans[SCAN_CLASSES];
	const char *unit;
	/* Prints what is in the piece. False: nothing more is wanted. */
	bool (*put)(struct dump *, const struct piece *);
};

static void complain(struct dump *dump, const struct error *error)
{
	report_error(&dump->run->report, (struct place){ NULL, NULL, 0 }, error);
}

/* ---- peers */

/* Before the first peer of a torrent. */
static void begin_torrent(struct dump *dump, const struct scan_key *key)
{
	struct error error = { 0 };
	struct brief brief;

	if (key->class != SCAN_OLD_TID)
		return;
	fail_input(&error, ERROR_NOWHERE, "key %s: an older form of key, without an info hash, so that its peers have none",
		   escape_brief(&brief, key->text));
	complain(dump, &error);
}

static void complain_member(struct dump *dump, const struct scan_key *key, struct bytes member)
{
	struct error error = { 0 };
	struct brief name, excerpt;

	fail_input(&error, ERROR_NOWHERE, "key %s: member %s (%zu bytes) is in no known form",
		   escape_brief(&name, key->text), escape_brief(&excerpt, member), member.size);
	complain(dump, &error);
}

static bool put_peers(struct dump *dump, const struct piece *piece)
{
	struct peer peer = { .info_hash = key_hash(piece->key) };

	if (piece->first)
		begin_torrent(dump, piece->key);
	for (size_t i = 0; i < piece->count; i++) {
		if (!peer_decode(piece->members[i].text, &peer)) {
			complain_member(dump, piece->key, piece->members[i].text);
			continue;
		}
		peer.seen = peer_seen(piece->members[i].score);
		if (peer.seen.us >= dump->since_us && !output_put(&dump->run->output, &peer))
			return false;
	}
	return true;
}

/* ---- sets of passkeys, and of torrents */

static bool put_leechers(struct dump *dump, const struct piece *piece)
{
	struct leecher leecher = { .info_hash = key_hash(piece->key) };

	for (size_t i = 0; i < piece->count; i++) {
		leecher.passkey = piece->members[i].text;
		if (!output_put(&dump->run->output, &leecher))
			return false;
	}
	return true;
}

static bool put_members(struct dump *dump, const struct piece *piece)
{
	uint8_t hash[HASH_SIZE];
	struct member member = { .passkey = piece->key->text, .info_hash = bytes_at(hash, sizeof hash) };
	struct brief name, excerpt;

	for (size_t i = 0; i < piece->count; i++) {
		struct error error = { 0 };

		if (base64_parse(piece->members[i].text, hash, sizeof hash)) {
			if (!output_put(&dump->run->output, &member))
				return false;
			continue;
		}
		fail_input(&error, ERROR_NOWHERE, "key %s: member %s is no base64 of an info hash",
			   escape_brief(&name, piece->key->text), escape_brief(&excerpt, piece->members[i].text));
		complain(dump, &error);
	}
	return true;
}

/* ---- all of them */

#define NUMBERS [SCAN_NUMBER] = { .asks = SCAN_ASK(TYPE) }	/* so that nobody takes silence for an empty tracker */

static const struct dump_kind dumps[] = {
	[DUMP_PEERS] = {
		.plans = { [SCAN_TORRENT] = { .read = SCAN_ZSET }, [SCAN_OLD_RAW] = { .read = SCAN_ZSET },
			   [SCAN_OLD_HEX] = { .read = SCAN_ZSET }, [SCAN_OLD_TID] = { .read = SCAN_ZSET }, NUMBERS },
		.unit = "peers", .put = put_peers,
	},
	[DUMP_LEECHERS] = {
		.plans = { [SCAN_EXT] = { .read = SCAN_SET }, NUMBERS },
		.unit = "leechers", .put = put_leechers,
	},
	[DUMP_USERS] = {
		.plans = { [SCAN_TORRENT] = { .read = SCAN_SET }, [SCAN_EXT] = { .read = SCAN_SET },
			   [SCAN_OLD_RAW] = { .read = SCAN_SET }, [SCAN_OLD_HEX] = { .read = SCAN_SET },
			   [SCAN_OLD_TID] = { .read = SCAN_SET }, [SCAN_OTHER] = { .read = SCAN_SET },
			   [SCAN_USER] = { .read = SCAN_SET }, [SCAN_NUMBER] = { .read = SCAN_SET } },
		.unit = "members", .put = put_members,
	},
};

/* Where torrents and users are in one database, only what is as long as a passkey is a user. */
static const struct dump_kind dump_shared_users = {
	.plans = { [SCAN_USER] = { .read = SCAN_SET } }, .unit = "members", .put = put_members,
};

/* A key that cannot be read as planned. */
static void skip_key(struct dump *dump, const struct scan_key *key)
{
	struct brief brief;

	if (key_module(key)) {
		if (!dump->modules++)
			memcpy(dump->module, key->type, sizeof key->type);
	} else if (key->wrong_type) {
		report_detail(&dump->run->report, "key %s: of another type than the tracker's; passed over",
			      escape_brief(&brief, key->text));
	}
}

static void dump_keys(struct dump *dump, enum database database, const struct dump_kind *kind, struct names *names)
{
	struct error error = { 0 };
	struct piece piece;
	bool more = true;

	if (!source_begin(&dump->source, database, kind->plans, names))
		return;
	while (more && source_next(&dump->source, &piece, &error)) {
		if (piece.key->wrong_type || !piece.key->read)
			skip_key(dump, piece.key);
		dump->count += piece.count;
		more = kind->put(dump, &piece);
	}
	source_end(&dump->source, &error, dump->count, kind->unit);
}

static void complain_modules(struct dump *dump)
{
	struct error error = { 0 };
	struct count_text keys;
	struct brief brief;

	if (!dump->modules)
		return;
	fail_input(&error, ERROR_NOWHERE, "%s %s of type '%s', which a module made and no command can read: "
		   "what is in there is missing here", count_print(&keys, dump->modules, "keys"),
		   dump->modules == 1 ? "is" : "are",
		   escape_brief(&brief, bytes_of(dump->module)));
	complain(dump, &error);
}

/* The oldest announce that is wanted. */
static int64_t since_us(const struct peerdump_options *options, int64_t now_us)
{
	uint64_t since = options->since;

	if (options->live && since > PEERDUMP_WINDOW_S)
		since = PEERDUMP_WINDOW_S;
	return since > (uint64_t)now_us / 1000000 ? INT64_MIN : now_us - (int64_t)since * 1000000;
}

static bool check_usage(struct run *run, const struct peerdump_options *options)
{
	struct error error = { 0 };

	if (options->what == DUMP_USERS && run->word_count)
		fail_usage(&error, "--users goes through all users: -m info_hash=HEX chooses torrents");
	else if (options->what != DUMP_PEERS && (options->live || options->since != UINT64_MAX))
		fail_usage(&error, "--%s goes with peers: sets of passkeys have no times", options->live ? "live" : "since");
	else
		return true;
	run_error(run, &error);
	return false;
}

void dump_run(struct run *run)
{
	const struct peerdump_options *options = run->options;
	const struct dump_kind *kind = &dumps[options->what];
	struct dump dump = { .run = run };
	struct names names;

	if (!names_open(&names, run) || !check_usage(run, options) || !source_open(&dump.source, run))
		return;
	if (options->what == DUMP_USERS && dump.source.one_database)
		kind = &dump_shared_users;
	dump.since_us = since_us(options, source_now_us(&dump.source));
	dump_keys(&dump, options->what == DUMP_USERS ? DATABASE_USERS : DATABASE_TORRENTS, kind,
		  run->word_count ? &names : NULL);
	names_close(&names);
	complain_modules(&dump);
	source_close(&dump.source);
}
