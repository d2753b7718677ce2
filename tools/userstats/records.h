/* records.h - the records that userstats prints; what each column means stands beside its row in records.c */
#ifndef USERSTATS_RECORDS_H
#define USERSTATS_RECORDS_H

#include "text/record.h"

/* Numbers of the site are signed: its counters go below zero, and nobody says that an id cannot. Unset: SIGNED_UNSET. */

/* Of a live pair (user, torrent). ROLE_NONE: not known, because PostgreSQL was not asked or is down. */
enum role { ROLE_NONE, ROLE_SEEDER, ROLE_LEECHER, ROLE_UNKNOWN };

/* With --watch: against the look before. */
enum change { CHANGE_NONE, CHANGE_NEW, CHANGE_CHANGED, CHANGE_GONE };

struct torrent_line {
	int64_t tid;
	struct bytes info_hash, title;
	uint64_t seeders, leechers, live, finished;
	int64_t site_uploading, site_downloading;
	uint64_t window;
	double coverage;
	uint64_t uploaders;
	int64_t site_finished;
	uint8_t change;
};

struct who_line {
	int64_t tid;
	struct bytes info_hash;
	int64_t uid;
	struct bytes username, passkey;
	uint8_t role;
	struct timestamp since;
	uint64_t uploader;
	uint8_t change;
};

struct completed_line {
	int64_t uid;
	struct bytes username;
	int64_t tid;
	struct bytes info_hash, title;
	int64_t upload, download;
	uint8_t change;
};

struct current_line {
	int64_t uid;
	struct bytes username;
	int64_t tid;
	struct bytes info_hash, title;
	uint8_t role;
	uint64_t live;
	uint64_t window;
	double coverage;
	uint64_t uploader;
	uint8_t change;
};

/* What one line of a dossier tells; the columns that its kind does not have are unset. */
enum dossier_kind { DOSSIER_ACCOUNT, DOSSIER_CURRENT, DOSSIER_COMPLETED, DOSSIER_ENDPOINT };

struct dossier_line {
	uint8_t kind;
	int64_t uid;
	struct bytes username, passkey;
	int64_t tid;
	struct bytes info_hash, title;
	uint8_t role;
	int64_t upload, download;
	struct endpoint endpoint, endpoint6;	/* of one entry */
	uint64_t support, of, rivals;
	uint64_t current, completed;
	struct timestamp registered, since;
};

enum rank_field { RANK_SEEDERS, RANK_LEECHERS, RANK_FINISHED, RANK_CURRENT, RANK_COMPLETED, RANK_FIELDS };

struct rank_line {
	uint64_t rank;
	uint8_t field;
	uint64_t value;
	int64_t tid;
	struct bytes info_hash, title;
	int64_t uid;
	struct bytes username;
	uint64_t window;
	double coverage;
};

enum orphan_kind { ORPHAN_TORRENT, ORPHAN_EXT, ORPHAN_USER, ORPHAN_MEMBER, ORPHAN_SITE_TORRENT, ORPHAN_SITE_USER };

struct orphan_line {
	uint8_t kind;
	struct bytes info_hash, passkey;
	int64_t tid, uid;
	struct bytes name;
	uint64_t members;
};

enum ghost_kind { GHOST_EXT, GHOST_MEMBER };

struct ghost_line {
	uint8_t kind;
	int64_t tid;
	struct bytes info_hash;
	int64_t uid;
	struct bytes username, passkey;
	uint64_t live;
};

enum shared_kind { SHARED_ENDPOINT, SHARED_USER };
enum shared_basis { SHARED_INFERRED, SHARED_GUESS };

struct shared_line {
	uint8_t kind;
	struct endpoint endpoint, endpoint6;
	int64_t uid;
	struct bytes username, passkey;
	uint64_t support, of, others;
	uint8_t basis;
};

struct limit_line {
	int64_t uid;
	struct bytes username, passkey;
	uint64_t torrents, limit;
};

struct drift_line {
	struct bytes table, key, column;
	int64_t expected, found;
	int64_t tid, uid;
	struct bytes detail;
	uint64_t window;
	double coverage;
};

struct look_line {
	struct timestamp time;
	uint64_t torrents, entries, users, pairs, window, bytes;
	struct bytes path;
};

struct sampled_line {
	struct bytes info_hash;
	uint64_t peers, users, looks;
	struct timestamp first, last;
	uint64_t window;
	double coverage;
};

struct moved_line {
	struct bytes info_hash;
	uint64_t peers_before, peers_after, peers_joined, peers_left;
	uint64_t users_before, users_after, users_joined, users_left;
};

struct total_line {
	struct bytes name;
	int64_t value;
	struct bytes unit, help;
};

enum finding_state { FINDING_OK, FINDING_NOTE, FINDING_WARNING, FINDING_ERROR };

struct finding_line {
	uint8_t state;
	struct bytes topic, value, detail, sql;
};

extern const struct record torrent_line_record, who_record, completed_record, current_record, dossier_record, rank_record,
	orphan_record, ghost_record, shared_record, limit_record, drift_record, look_record, sampled_record, moved_record,
	total_record, finding_record;

extern const struct field_word rank_words[];	/* of enum rank_field */

#endif
