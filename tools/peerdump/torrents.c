/* torrents.c - peerdump torrents: one record for each torrent, what its members are and when they announced */
#include "tools/peerdump/peerdump.h"

#include "base/number.h"
#include "text/escape.h"
#include "tools/peerdump/source.h"

static const struct field swarm_fields[] = {
	FIELD(swarm, info_hash, HASH, "info hash of the torrent", .width = HASH_SIZE),
	FIELD(swarm, entries, U64, "members of its zset"),
	FIELD(swarm, live, U64, "of them, those that announced in the last 300 s"),
	FIELD(swarm, stale, U64, "of them, those that did not"),
	FIELD(swarm, ipv4_only, U64, "entries with an IPv4 address alone"),
	FIELD(swarm, ipv6_only, U64, "entries with an IPv6 address alone"),
	FIELD(swarm, dual, U64, "entries with both"),
	FIELD(swarm, leechers, U64, "passkeys in its ext_ set"),
	FIELD(swarm, first_seen, TIME, "oldest announce"),
	FIELD(swarm, last_seen, TIME, "latest announce"),
	FIELD(swarm, ttl, U64, "seconds until the key expires, unset if it does not"),
	FIELD(swarm, foreign, U64, "members that are no 22-byte entries: the tracker of today fails on them"),
	FIELD(swarm, bytes, U64, "memory that the key takes (with --memory)"),
};

const struct record swarm_record = RECORD("swarm", swarm, swarm_fields, "a torrent as Redis knows it");

struct torrents {
	struct run *run;
	int64_t live_us;	/* an announce since then is live */
	struct swarm swarm;	/* the one whose pieces are coming */
	uint64_t count;
	uint64_t modules;
};

static uint64_t known(int64_t answer)
{
	return answer < 0 ? COUNT_UNSET : (uint64_t)answer;
}

static void begin_swarm(struct swarm *swarm, const struct scan_key *key)
{
	*swarm = (struct swarm){
		.info_hash = key_hash(key),
		.leechers = key->class == SCAN_OLD_TID ? COUNT_UNSET : known(key->answers[SCAN_LEECHERS]),
		.ttl = known(key->answers[SCAN_TTL]),
		.bytes = known(key->answers[SCAN_MEMORY]),
		.first_seen.us = TIME_UNSET, .last_seen.us = TIME_UNSET,
	};
}

static void count_time(struct torrents *torrents, struct timestamp seen)
{
	struct swarm *swarm = &torrents->swarm;

	if (seen.us >= torrents->live_us)
		swarm->live++;
	else
		swarm->stale++;
	if (swarm->first_seen.us == TIME_UNSET || seen.us < swarm->first_seen.us)
		swarm->first_seen = seen;
	if (seen.us > swarm->last_seen.us)
		swarm->last_seen = seen;
}

static void count_members(struct torrents *torrents, const struct piece *piece)
{
	struct swarm *swarm = &torrents->swarm;
	struct peer peer = { 0 };

	for (size_t i = 0; i < piece->count; i++) {
		swarm->entries++;
		count_time(torrents, peer_seen(piece->members[i].score));
		if (peer_decode(piece->members[i].text, &peer) != &peer_layouts[0]) {
			swarm->foreign++;
			continue;
		}
		if (ipv4_absent(&peer.ipv4))
			swarm->ipv6_only += !ipv6_absent(&peer.ipv6);
		else if (ipv6_absent(&peer.ipv6))
			swarm->ipv4_only++;
		else
			swarm->dual++;
	}
}

/* False: nothing more is wanted. */
static bool take_piece(struct torrents *torrents, const struct piece *piece)
{
	const struct scan_key *key = piece->key;
	struct brief brief;

	if (key_module(key)) {
		torrents->modules++;
	} else if (key->wrong_type) {
		report_detail(&torrents->run->report, "key %s: of another type than the tracker's; passed over",
			      escape_brief(&brief, key->text));
	}
	if (!key->read || key->wrong_type)
		return true;
	if (piece->first)
		begin_swarm(&torrents->swarm, key);
	count_members(torrents, piece);
	if (!piece->last || !torrents->swarm.entries)
		return true;
	torrents->count++;
	return output_put(&torrents->run->output, &torrents->swarm);
}

static void scan_torrents(struct torrents *torrents, struct source *source, struct names *names)
{
	const struct peerdump_options *options = torrents->run->options;
	const uint8_t old = SCAN_ASK(TTL) | (options->memory ? SCAN_ASK(MEMORY) : 0);
	const struct scan_plan hashed = { SCAN_ZSET, old | SCAN_ASK(LEECHERS) };
	const struct scan_plan plans[SCAN_CLASSES] = {
		[SCAN_TORRENT] = hashed, [SCAN_OLD_RAW] = hashed, [SCAN_OLD_HEX] = hashed,
		[SCAN_OLD_TID] = { SCAN_ZSET, old }, [SCAN_NUMBER] = { .asks = SCAN_ASK(TYPE) },
	};
	struct error error = { 0 };
	struct piece piece;

	if (!source_begin(source, DATABASE_TORRENTS, plans, names))
		return;
	while (source_next(source, &piece, &error) && take_piece(torrents, &piece))
		;
	source_end(source, &error, torrents->count, "torrents");
}

void torrents_run(struct run *run)
{
	struct torrents torrents = { .run = run };
	struct error error = { 0 };
	struct count_text keys;
	struct source source;
	struct names names;

	if (!names_open(&names, run) || !source_open(&source, run))
		return;
	torrents.live_us = source_now_us(&source) - PEERDUMP_WINDOW_S * 1000000ll;
	scan_torrents(&torrents, &source, run->word_count ? &names : NULL);
	names_close(&names);
	if (torrents.modules) {
		fail_input(&error, ERROR_NOWHERE, "%s of a type that a module made and no command can read: "
			   "what is in there is missing here (see check)", count_print(&keys, torrents.modules, "keys"));
		run_error(run, &error);
	}
	source_close(&source);
}
