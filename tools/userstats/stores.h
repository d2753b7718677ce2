/* stores.h - both stores behind one poll loop: statements to PostgreSQL, commands to Redis, what comes first comes first */
#ifndef USERSTATS_STORES_H
#define USERSTATS_STORES_H

#include "cli/progress.h"
#include "io/bulk.h"
#include "io/databases.h"
#include "io/pg.h"
#include "text/hash.h"
#include "tools/userstats/schema.h"
#include "tools/userstats/userstats.h"

/* What a verb asks; the two databases of Redis may be one connection. */
enum store { STORE_TORRENTS = DATABASE_TORRENTS, STORE_USERS = DATABASE_USERS, STORE_PG, STORES };
#define STORE_BIT(store) (1u << (store))
#define STORE_REDIS (STORE_BIT(STORE_TORRENTS) | STORE_BIT(STORE_USERS))
#define STORE_ALL (STORE_REDIS | STORE_BIT(STORE_PG))

#define STORES_TAG_MAX (1ull << 63)

struct stores {
	struct run *run;
	struct watch *watch;	/* with --watch: whose look it is; see watch.h */
	unsigned open;			/* STORE_BITs of those that can be asked now */
	unsigned lost;			/* and of those that were wanted and cannot (any more): told, the exit status is 1 */
	unsigned needed;		/* without whom there is no answer */
	struct pg *pg;
	struct bulk *bulk[DATABASES];	/* the same one twice, where both are one database */
	int64_t now_us;			/* the clock of Redis at the start; of this machine, without Redis */
	struct schema schema;
	/* set by the verb: rows are to wait at PostgreSQL, while there is no room for what they would make */
	bool hold;
	/* of its own */
	struct nodes nodes[DATABASES];
	char from[24];			/* where the window begins, as a score */
	struct buf sql;
	struct progress progress;	/* of what came; none with --watch */
	uint64_t came;
	uint8_t turn;
	uint16_t streak;	/* events of that store, one after the other */
	char told[sizeof ((struct error *)NULL)->message];	/* of the store that was lost last */
	bool unsent;	/* a statement could not be sent: its end is still to be told */
};

/*
 * Opens the stores that are `wanted`. One that is down is told, and what is left goes on ("partial", exit status 1),
 * unless it is one of `needed` (exit status 2), or nothing is left (2). False: told; nothing needs closing.
 */
bool stores_open(struct stores *, struct run *, unsigned wanted, unsigned needed);
/*
 * When one that is needed was lost, or refused what it was asked, and no record was put, nothing was answered: that is
 * told, and the exit status is 2.
 */
void stores_close(struct stores *);
/* Are both databases of Redis one? */
static inline bool stores_one(const struct stores *stores)
{
	return stores->bulk[DATABASE_TORRENTS] == stores->bulk[DATABASE_USERS];
}
/* Can all of them be asked? */
static inline bool stores_have(const struct stores *stores, unsigned bits)
{
	return (stores->open & bits) == bits;
}

/* ---- asking. A store that is not open is not asked, and nothing comes of it. */

/* Statements with @input for a query of the schema. The rows of the one before must have ended (EVENT_END). */
void stores_query(struct stores *, const char *sql, const struct pg_parameter *, size_t count);
void stores_copy(struct stores *, const char *sql);
/* May more commands be put (see bulk_room)? */
bool stores_room(const struct stores *, enum store);
/*
 * All keys of that database: EVENT_KEYS, one scan after the other. Where both databases are one, keys of all classes
 * come.
 */
void stores_scan(struct stores *, enum store);
/* tag: comes back with the answer; below STORES_TAG_MAX. How many entries are live: ZCOUNT key now-window +inf. */
void stores_ask_live(struct stores *, uint64_t tag, const uint8_t hash[HASH_SIZE]);
/* The live entries with their scores: ZRANGEBYSCORE. */
void stores_ask_entries(struct stores *, uint64_t tag, const uint8_t hash[HASH_SIZE]);
/* The same without scores, at most so many. */
void stores_ask_members(struct stores *, uint64_t tag, const uint8_t hash[HASH_SIZE], uint32_t most);
/* Is the torrent in the user's set: SISMEMBER. */
void stores_ask_member(struct stores *, uint64_t tag, struct bytes passkey, const uint8_t hash[HASH_SIZE]);
/* Any other command on a key: SMEMBERS, SCARD, TTL, TYPE. */
void stores_ask(struct stores *, enum store, uint64_t tag, const char *command, struct bytes key);

/* ---- what comes */

enum event_kind {
	EVENT_ROW,	/* of PostgreSQL */
	/* its statement is over: all rows came, or (failed) it was refused or the connection is lost, which was told */
	EVENT_END,
	EVENT_ANSWER,	/* of Redis; an error of one command (WRONGTYPE) is an answer, see stores_answer_* */
	EVENT_KEYS,	/* a page of keys; some may come twice */
	EVENT_LOST,	/* Redis is, which was told: answers that are due will not come */
};

struct event {
	enum event_kind kind;
	enum store store;
	bool failed;
	struct pg_row row;
	struct bulk_answer answer;	/* of a database that is both, .store is what was asked */
};

/*
 * Waits for whatever comes first, and gives each store its turn; views are good until the next call. False: nothing is
 * due any more, or the program was asked to stop (then what was sent is cancelled).
 */
bool stores_next(struct stores *, struct event *);

/*
 * The rows of the statement that was sent, to its end, where nothing else is due. False: it failed or was not sent,
 * which was told, or we were interrupted; some rows may have come nevertheless.
 */
bool stores_rows(struct stores *, void (*take)(void *context, const struct pg_row *), void *context);

/* What a key is. */
enum key_class { KEY_OTHER, KEY_TORRENT, KEY_EXT, KEY_USER };
/* By its name; writes the info hash of KEY_TORRENT and KEY_EXT. A key of 32 bytes that is no ext_ key is a user's. */
enum key_class stores_key(struct bytes key, uint8_t hash[HASH_SIZE]);
/* So many numbers that are COUNT_UNSET, for answers. The caller frees them. */
uint64_t *stores_unset(size_t count);
/* The members that an answer holds, at most so many: a server need not keep to what it was asked. False: it holds none. */
bool stores_answer_members(const struct bulk_answer *, struct bytes *members, size_t most, size_t *count);
/* An answer that is a number; COUNT_UNSET: it is not. */
uint64_t stores_answer_count(const struct event *);
/*
 * Did Redis refuse the command (NOPERM, BUSY)? A key of another type (WRONGTYPE) is no refusal. The first of each
 * database is told ("partial", exit status 1), and its STORE_BIT is in lost: what it knows must not be taken for empty.
 */
bool stores_refused(struct stores *, const struct event *);
/*
 * When a user announced last, by the seconds that his set has to live: each announce makes them USERSTATS_WINDOW_S. A
 * set with more of them was not made by the tracker, and tells nothing: TIME_UNSET, as COUNT_UNSET does.
 */
struct timestamp stores_since(const struct stores *, uint64_t ttl);
/* The info hash of a member of a user's set: base64, as the tracker writes it. False: it is none. */
bool stores_member_hash(struct bytes member, uint8_t hash[HASH_SIZE]);

/* The share of an announce interval that a window of so many seconds covers, at most 1. */
double stores_coverage(const struct stores *, uint64_t window_s);
/* A row's value as a number; SIGNED_UNSET: NULL, or none. */
int64_t stores_int(struct bytes field);
/* A row's value as the place of one of `count` things that went with the statement. False: of none of ours. */
bool stores_place(struct bytes field, size_t count, size_t *place);
/* A row's value as a truth; NULL is false. */
bool stores_true(struct bytes field);
/* An info hash of the site: 40 hexadecimal digits. False: it is none, or NULL. */
bool stores_hash(struct bytes field, uint8_t hash[HASH_SIZE]);
/* The same for a record: unset, if it is none; else a view of the room. */
struct bytes stores_hash_text(struct bytes field, uint8_t hash[HASH_SIZE]);

#endif
