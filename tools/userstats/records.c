/* records.c - the records that userstats prints */
#include "tools/userstats/records.h"

static const struct field_word roles[] = {
	FIELD_WORD_ROW("-"), FIELD_WORD_ROW("seeder"), FIELD_WORD_ROW("leecher"), FIELD_WORD_ROW("unknown"), { .size = 0 },
};

static const struct field_word changes[] = {
	FIELD_WORD_ROW("-"), FIELD_WORD_ROW("new"), FIELD_WORD_ROW("changed"), FIELD_WORD_ROW("gone"), { .size = 0 },
};

#define CHANGE_HELP "with --watch, against the look before: new, changed, gone"
#define TID_HELP "number of the torrent at the site"
#define UID_HELP "number of the user at the site"
#define HASH_HELP "info hash"
#define TITLE_HELP "title of the torrent at the site"
#define WINDOW_HELP "seconds that what is live was counted over"
#define COVERAGE_HELP \
	"share of an announce interval that the window covers: of the peers that are there, about so many are seen"
#define UPLOADER_HELP "1: a seeder only because it is the torrent's poster, who never sends completed"
#define ROLE_HELP \
	"seeder (live and finished), leecher (live and not finished), unknown (live, and the site has no row of it)"

static const struct field torrent_fields[] = {
	FIELD(torrent_line, tid, I64, TID_HELP),
	FIELD(torrent_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(torrent_line, title, TEXT, TITLE_HELP),
	FIELD(torrent_line, seeders, U64, "users: live and finished, or live and its poster"),
	FIELD(torrent_line, leechers, U64, "users: live, with a row that is not finished"),
	FIELD(torrent_line, live, U64, "peers: entries of its zset within the window"),
	FIELD(torrent_line, finished, U64, "users: rows of the site that are finished"),
	FIELD(torrent_line, site_uploading, I64, "the site's own counter of seeders"),
	FIELD(torrent_line, site_downloading, I64, "the site's own counter of leechers"),
	FIELD(torrent_line, window, U64, WINDOW_HELP),
	FIELD(torrent_line, coverage, REAL, COVERAGE_HELP),
	FIELD(torrent_line, uploaders, U64, "of the seeders, those that are so only as the torrent's poster"),
	FIELD(torrent_line, site_finished, I64, "the site's own counter of completed downloads"),
	FIELD(torrent_line, change, WORD, CHANGE_HELP, .words = changes),
};
const struct record torrent_line_record = RECORD("activity", torrent_line, torrent_fields,
						 "a torrent: who is live on it, beside the site's counters");

static const struct field who_fields[] = {
	FIELD(who_line, tid, I64, TID_HELP),
	FIELD(who_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(who_line, uid, I64, UID_HELP),
	FIELD(who_line, username, TEXT, "the user's name"),
	FIELD(who_line, passkey, TEXT, "the user's passkey, masked without --reveal"),
	FIELD(who_line, role, WORD, ROLE_HELP, .words = roles),
	FIELD(who_line, since, TIME,
	      "the user's last announce of any torrent, as the time that his set has to live tells it"),
	FIELD(who_line, uploader, U64, UPLOADER_HELP),
	FIELD(who_line, change, WORD, CHANGE_HELP, .words = changes),
};
const struct record who_record = RECORD("who", who_line, who_fields, "a user who is live on a torrent");

static const struct field completed_fields[] = {
	FIELD(completed_line, uid, I64, UID_HELP),
	FIELD(completed_line, username, TEXT, "the user's name"),
	FIELD(completed_line, tid, I64, TID_HELP),
	FIELD(completed_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(completed_line, title, TEXT, TITLE_HELP),
	FIELD(completed_line, upload, I64, "bytes that the site counted as uploaded"),
	FIELD(completed_line, download, I64, "bytes that the site counted as downloaded"),
	FIELD(completed_line, change, WORD, CHANGE_HELP, .words = changes),
};
const struct record completed_record = RECORD("completed", completed_line, completed_fields,
					      "a torrent that a user completed");

static const struct field current_fields[] = {
	FIELD(current_line, uid, I64, UID_HELP),
	FIELD(current_line, username, TEXT, "the user's name"),
	FIELD(current_line, tid, I64, TID_HELP),
	FIELD(current_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(current_line, title, TEXT, TITLE_HELP),
	FIELD(current_line, role, WORD, ROLE_HELP, .words = roles),
	FIELD(current_line, live, U64, "peers: entries of the torrent's zset within the window"),
	FIELD(current_line, window, U64, WINDOW_HELP),
	FIELD(current_line, coverage, REAL, COVERAGE_HELP),
	FIELD(current_line, uploader, U64, UPLOADER_HELP),
	FIELD(current_line, change, WORD, CHANGE_HELP, .words = changes),
};
const struct record current_record = RECORD("current", current_line, current_fields, "a torrent that a user is live on");

static const struct field_word dossier_kinds[] = {
	FIELD_WORD_ROW("account"), FIELD_WORD_ROW("current"), FIELD_WORD_ROW("completed"), FIELD_WORD_ROW("endpoint"),
	{ .size = 0 },
};

static const struct field dossier_fields[] = {
	FIELD(dossier_line, kind, WORD, "what the line tells: account, current, completed, endpoint",
	      .words = dossier_kinds),
	FIELD(dossier_line, uid, I64, UID_HELP),
	FIELD(dossier_line, username, TEXT, "the user's name"),
	FIELD(dossier_line, passkey, TEXT, "the user's passkey, masked without --reveal"),
	FIELD(dossier_line, tid, I64, TID_HELP),
	FIELD(dossier_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(dossier_line, title, TEXT, TITLE_HELP),
	FIELD(dossier_line, role, WORD, ROLE_HELP, .words = roles),
	FIELD(dossier_line, upload, I64, "bytes that the site counted as uploaded: of the account, of the torrent"),
	FIELD(dossier_line, download, I64, "bytes that the site counted as downloaded, likewise"),
	FIELD(dossier_line, endpoint, ENDPOINT, "inferred: the IPv4 address and port of an entry, masked without --reveal"),
	FIELD(dossier_line, endpoint6, ENDPOINT, "the same, IPv6"),
	FIELD(dossier_line, support, U64, "how many of the user's torrents have an entry with this endpoint"),
	FIELD(dossier_line, of, U64, "how many of the user's torrents were looked at for that"),
	FIELD(dossier_line, rivals, U64,
	      "other endpoints with as much support on the same torrents: with any, it is a guess"),
	FIELD(dossier_line, current, U64, "of the account: torrents that the user is live on"),
	FIELD(dossier_line, completed, U64, "of the account: torrents that the user completed"),
	FIELD(dossier_line, registered, TIME, "of the account: when it was made"),
	FIELD(dossier_line, since, TIME, "of the account: the last announce, or else the last activity that the site noted"),
};
const struct record dossier_record = RECORD("dossier", dossier_line, dossier_fields, "what is known of a user");

const struct field_word rank_words[] = {
	[RANK_SEEDERS] = FIELD_WORD_ROW("seeders"), [RANK_LEECHERS] = FIELD_WORD_ROW("leechers"),
	[RANK_FINISHED] = FIELD_WORD_ROW("finished"), [RANK_CURRENT] = FIELD_WORD_ROW("current"),
	[RANK_COMPLETED] = FIELD_WORD_ROW("completed"), [RANK_FIELDS] = { .size = 0 },
};

static const struct field rank_fields[] = {
	FIELD(rank_line, rank, U64, "1 is the largest; equal values are in the order of their numbers"),
	FIELD(rank_line, field, WORD, "what is counted", .words = rank_words),
	FIELD(rank_line, value, U64, "how many: users of a torrent, or torrents of a user"),
	FIELD(rank_line, tid, I64, TID_HELP),
	FIELD(rank_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(rank_line, title, TEXT, TITLE_HELP),
	FIELD(rank_line, uid, I64, UID_HELP),
	FIELD(rank_line, username, TEXT, "the user's name"),
	FIELD(rank_line, window, U64, WINDOW_HELP),
	FIELD(rank_line, coverage, REAL, COVERAGE_HELP),
};
const struct record rank_record = RECORD("rank", rank_line, rank_fields, "a torrent or user, by a count");

static const struct field_word orphan_kinds[] = {
	FIELD_WORD_ROW("torrent"), FIELD_WORD_ROW("ext"), FIELD_WORD_ROW("user"), FIELD_WORD_ROW("member"),
	FIELD_WORD_ROW("site_torrent"), FIELD_WORD_ROW("site_user"), { .size = 0 },
};

static const struct field orphan_fields[] = {
	FIELD(orphan_line, kind, WORD,
	      "torrent, ext, user: a key of an info hash or passkey that the site does not know; member: an info hash in a "
	      "known user's set; site_torrent, site_user: of the site, without a key (--reverse)", .words = orphan_kinds),
	FIELD(orphan_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(orphan_line, passkey, TEXT, "passkey, masked without --reveal"),
	FIELD(orphan_line, tid, I64, TID_HELP),
	FIELD(orphan_line, uid, I64, UID_HELP),
	FIELD(orphan_line, name, TEXT, "title of the torrent, or name of the user"),
	FIELD(orphan_line, members, U64, "members of the key"),
};
const struct record orphan_record = RECORD("orphan", orphan_line, orphan_fields,
					   "what one store knows and the other does not");

static const struct field_word ghost_kinds[] = { FIELD_WORD_ROW("ext"), FIELD_WORD_ROW("member"), { .size = 0 } };

static const struct field ghost_fields[] = {
	FIELD(ghost_line, kind, WORD,
	      "member: an info hash in a user's set, ext: a passkey in a torrent's ext_ set, without a live entry behind "
	      "it", .words = ghost_kinds),
	FIELD(ghost_line, tid, I64, TID_HELP),
	FIELD(ghost_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(ghost_line, uid, I64, UID_HELP),
	FIELD(ghost_line, username, TEXT, "the user's name"),
	FIELD(ghost_line, passkey, TEXT, "passkey, masked without --reveal"),
	FIELD(ghost_line, live, U64, "peers: entries of the torrent's zset within the window"),
};
const struct record ghost_record = RECORD("ghost", ghost_line, ghost_fields, "a member of a set without a live entry");

static const struct field_word shared_kinds[] = { FIELD_WORD_ROW("endpoint"), FIELD_WORD_ROW("user"), { .size = 0 } };
static const struct field_word bases[] = { FIELD_WORD_ROW("inferred"), FIELD_WORD_ROW("guess"), { .size = 0 } };

static const struct field shared_fields[] = {
	FIELD(shared_line, kind, WORD, "endpoint: one endpoint of several users; user: one user at several endpoints",
	      .words = shared_kinds),
	FIELD(shared_line, endpoint, ENDPOINT, "the IPv4 address and port of an entry, masked without --reveal"),
	FIELD(shared_line, endpoint6, ENDPOINT, "the same, IPv6"),
	FIELD(shared_line, uid, I64, UID_HELP),
	FIELD(shared_line, username, TEXT, "the user's name"),
	FIELD(shared_line, passkey, TEXT, "passkey, masked without --reveal"),
	FIELD(shared_line, support, U64, "how many of the user's torrents have an entry with this endpoint"),
	FIELD(shared_line, of, U64, "how many of the user's torrents were looked at for that"),
	FIELD(shared_line, others, U64,
	      "how many other users the endpoint has, or other endpoints the user; on inferred lines, only inferred ones"),
	FIELD(shared_line, basis, WORD, "inferred: all entries of the endpoint say so; guess: it may be chance",
	      .words = bases),
};
const struct record shared_record = RECORD("shared", shared_line, shared_fields,
					   "an endpoint of several users, or a user at several endpoints");

static const struct field limit_fields[] = {
	FIELD(limit_line, uid, I64, UID_HELP),
	FIELD(limit_line, username, TEXT, "the user's name"),
	FIELD(limit_line, passkey, TEXT, "passkey, masked without --reveal"),
	FIELD(limit_line, torrents, U64, "torrents in the user's set"),
	FIELD(limit_line, limit, U64, "the number that --torrents gave"),
};
const struct record limit_record = RECORD("limit", limit_line, limit_fields, "a user on more torrents at once than allowed");

static const struct field drift_fields[] = {
	FIELD(drift_line, table, TEXT, "the site's table"),
	FIELD(drift_line, key, TEXT, "the row: the columns of its key and their values"),
	FIELD(drift_line, column, TEXT, "the column that is off; unset: the row is missing"),
	FIELD(drift_line, expected, I64, "what it should be, by the rows or by what is live"),
	FIELD(drift_line, found, I64, "what it is; unset: there is no row"),
	FIELD(drift_line, tid, I64, TID_HELP),
	FIELD(drift_line, uid, I64, UID_HELP),
	FIELD(drift_line, detail, TEXT, "what is compared with what"),
	FIELD(drift_line, window, U64, WINDOW_HELP),
	FIELD(drift_line, coverage, REAL, COVERAGE_HELP),
};
const struct record drift_record = RECORD("drift", drift_line, drift_fields,
					  "a value of the site that is not what it should be");

static const struct field look_fields[] = {
	FIELD(look_line, time, TIME, "when the look was taken, by the clock of Redis"),
	FIELD(look_line, torrents, U64, "torrents with entries"),
	FIELD(look_line, entries, U64, "peers: entries within the window"),
	FIELD(look_line, users, U64, "users with a set"),
	FIELD(look_line, pairs, U64, "live pairs of a user and a torrent"),
	FIELD(look_line, window, U64, WINDOW_HELP),
	FIELD(look_line, bytes, U64, "size of the file"),
	FIELD(look_line, path, TEXT, "the file"),
};
const struct record look_record = RECORD("look", look_line, look_fields, "a look at Redis that was saved");

static const struct field sampled_fields[] = {
	FIELD(sampled_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(sampled_line, peers, U64, "distinct entries in all looks together"),
	FIELD(sampled_line, users, U64, "distinct users in all looks together"),
	FIELD(sampled_line, looks, U64, "looks that had the torrent"),
	FIELD(sampled_line, first, TIME, "the first of them"),
	FIELD(sampled_line, last, TIME, "the last of them"),
	FIELD(sampled_line, window, U64, "seconds that all looks cover together"),
	FIELD(sampled_line, coverage, REAL, COVERAGE_HELP),
};
const struct record sampled_record = RECORD("sampled", sampled_line, sampled_fields, "a torrent over several looks");

static const struct field moved_fields[] = {
	FIELD(moved_line, info_hash, HASH, HASH_HELP, .width = 20),
	FIELD(moved_line, peers_before, U64, "distinct entries in A"),
	FIELD(moved_line, peers_after, U64, "distinct entries in B"),
	FIELD(moved_line, peers_joined, U64, "entries of B that A has not"),
	FIELD(moved_line, peers_left, U64, "entries of A that B has not"),
	FIELD(moved_line, users_before, U64, "users in A"),
	FIELD(moved_line, users_after, U64, "users in B"),
	FIELD(moved_line, users_joined, U64, "users of B that A has not"),
	FIELD(moved_line, users_left, U64, "users of A that B has not"),
};
const struct record moved_record = RECORD("moved", moved_line, moved_fields, "a torrent that differs between two looks");

static const struct field total_fields[] = {
	FIELD(total_line, name, TEXT, "what is counted"),
	FIELD(total_line, value, I64, "how many; unset: the store that knows is down"),
	FIELD(total_line, unit, TEXT, "of what: users, torrents, peers, pairs, rows, keys, seconds"),
	FIELD(total_line, help, TEXT, "what that means"),
};
const struct record total_record = RECORD("total", total_line, total_fields, "one number about the whole");

static const struct field_word finding_states[] = {
	FIELD_WORD_ROW("ok"), FIELD_WORD_ROW("note"), FIELD_WORD_ROW("warning"), FIELD_WORD_ROW("error"), { .size = 0 },
};

static const struct field finding_fields[] = {
	FIELD(finding_line, state, WORD, "ok, note, warning, error", .words = finding_states),
	FIELD(finding_line, topic, TEXT, "what was looked at"),
	FIELD(finding_line, value, TEXT, "what was found"),
	FIELD(finding_line, detail, TEXT, "what it means"),
	FIELD(finding_line, sql, TEXT, "a statement that would help, never run"),
};
const struct record finding_record = RECORD("finding", finding_line, finding_fields, "something about the environment");
