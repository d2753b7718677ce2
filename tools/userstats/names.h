/* names.h - the torrents or users that are asked about: words, files and stdin, in any spelling, each once */
#ifndef USERSTATS_NAMES_H
#define USERSTATS_NAMES_H

#include "base/table.h"
#include "tools/userstats/stores.h"

enum { NAMES_MAX = 1 << 20, NAMES_PREFIX_MIN = 4, NAMES_CANDIDATES = 10 };

enum names_of { NAMES_TORRENTS, NAMES_USERS };

/*
 * By its look: digits, with or without a - before them, are a tid or uid; 40 hexadecimal digits, base64, base32 and
 * magnet links an info hash; 32 hexadecimal digits a passkey; 4 or more hexadecimal digits the beginning of an info hash
 * or a passkey, unless (users) there is a user of that name; else a user's name. "tid:", "hash:", "uid:", "name:",
 * "passkey:" before it say which it is, whatever it looks like.
 */
enum name_kind { NAME_ID, NAME_HASH, NAME_PASSKEY, NAME_USERNAME, NAME_PREFIX };

struct name {
	enum name_kind kind;
	bool maybe_username;	/* NAME_PREFIX of users: or a name */
	bool found;		/* set by who finds it; see names_missing */
	bool told;		/* that it is missing */
	bool digits;		/* NAME_ID, taken for one by its look alone, and long enough to begin a hash or passkey */
	int64_t id;		/* NAME_ID */
	uint8_t hash[HASH_SIZE];	/* NAME_HASH */
	struct bytes text;	/* NAME_PASSKEY, NAME_USERNAME, NAME_PREFIX (as it was given) */
};

struct names {
	struct run *run;
	enum names_of of;
	bool all;		/* --all: none is named */
	struct name *names;	/* in the order in which they were given */
	size_t count;
	struct arena memory;
	/* of its own */
	size_t capacity;
	struct table seen;
	struct arena columns;	/* what names_parameters has made */
	struct pg_parameter parameters[PG_PARAMETERS_MAX];
	size_t parameter_count;	/* 0: not made, or not good any more */
	bool full;		/* there were more than NAMES_MAX, which was told */
};

/*
 * Reads them all: the words ("-" is stdin), the files of --file, where each line is a bare name or a record of any tool
 * with a column info_hash, tid (torrents), passkey, uid, username (users). A bad one is told and left out, its line
 * too. No name and no --all is a usage error, and so are both. A passkey among argv is overwritten there, so that ps
 * does not show it, with a note. False: told.
 */
bool names_open(struct names *, struct run *, enum names_of);
/*
 * Makes info hashes, passkeys or usernames of prefixes: one statement, and none if there is no prefix. One that fits
 * several is an error that lists up to NAMES_CANDIDATES of them (of passkeys: the users' names), one that fits none
 * too; both are left out. Without PostgreSQL all prefixes are.
 */
void names_resolve(struct names *, struct stores *);

/*
 * For the statement that looks them up. Each kind is two arrays, the values and their places in names->names, so that
 * rows can be put in order: NAMES_TORRENTS $1 tids, $2 places; $3 info hashes (hexadecimal, each in lower case and in
 * upper case), $4 places. NAMES_USERS $1 uids, $2; $3 usernames, $4; $5 passkeys, $6. Names that PostgreSQL cannot hold
 * are not among them. The arrays are good until names_resolve. Returns how many parameters.
 */
size_t names_parameters(struct names *, struct pg_parameter parameters[PG_PARAMETERS_MAX]);
/* (n bigint, tid bigint, info_hash text): the torrents of those parameters; one name may give several, or none. */
#define NAMES_TORRENTS_SQL \
	"(SELECT a.n, t.tid::bigint AS tid, t.info_hash FROM unnest($1::bigint[], $2::bigint[]) a(tid, n) " \
	"JOIN @torrents t ON t.tid = a.tid UNION ALL " NAMES_HASHES_SQL ")"
/* Those of info hashes. */
#define NAMES_HASHES_SQL \
	"SELECT a.n, t.tid::bigint, t.info_hash FROM unnest($3::text[], $4::bigint[]) a(hash, n) " \
	"JOIN @torrents t ON t.info_hash::text = a.hash"
/* (n bigint, uid bigint, username text, passkey text): the users. */
#define NAMES_USERS_SQL \
	"(SELECT a.n, u.uid::bigint AS uid, u.username, u.passkey FROM unnest($1::bigint[], $2::bigint[]) a(uid, n) " \
	"JOIN @users u ON u.uid = a.uid " \
	"UNION ALL SELECT a.n, u.uid::bigint, u.username, u.passkey FROM unnest($3::text[], $4::bigint[]) a(name, n) " \
	"JOIN @users u ON u.username::text = a.name " \
	"UNION ALL SELECT a.n, u.uid::bigint, u.username, u.passkey FROM unnest($5::text[], $6::bigint[]) a(passkey, n) " \
	"JOIN @users u ON u.passkey::text = a.passkey)"
/* Tells of each that was not `found` ("tid 7: the site has no such torrent"), once, never a whole passkey. */
void names_missing(struct names *);
void names_close(struct names *);

#endif
