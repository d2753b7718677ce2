/* store.h - commands on their way to Redis, or as text for redis-cli (--dry-run) */
#ifndef PEERDUMP_STORE_H
#define PEERDUMP_STORE_H

#include "base/number.h"
#include "base/table.h"
#include "cli/lines.h"
#include "io/redis.h"
#include "tools/peerdump/peerdump.h"

enum store_verb { STORE_ZADD, STORE_SADD, STORE_SREM, STORE_EXPIRE, STORE_VERBS };

enum {
	STORE_KEY_MAX = 32,		/* "ext_" and base64 of an info hash, or a passkey */
	STORE_MEMBERS_MAX = 256,	/* in one command: more of them save nothing and make others wait */
	STORE_WORDS_MAX = 2 + 2 * STORE_MEMBERS_MAX,
	STORE_FLIGHT_MAX = 1024,	/* commands without an answer, on each connection */
	STORE_TORRENTS_MAX = 1 << 17,	/* torrents that are told apart for the summary: 11 MB */
};

extern const char *const store_verb_names[STORE_VERBS];

struct store_command {
	enum database database;
	enum store_verb verb;
	const struct bytes *words;	/* its name, the key, then members (for ZADD: score and member in turn) */
	size_t word_count;
	size_t line_count;		/* how many lines it comes from, */
	const char *file;		/* and the first of them */
	uint64_t line;
};

/* A command whose answer is awaited: what must be known to complain about it, or to go on. */
struct store_sent {
	enum store_verb verb;
	bool expires;			/* its key gets an EXPIRE once it is done */
	uint32_t line_count;
	const char *file;
	uint64_t line;
	size_t key_size;
	uint8_t key[STORE_KEY_MAX];
};

/* One connection. The commands in flight are a ring. */
struct store_lane {
	struct redis *redis;
	size_t first, count;
	struct store_sent sent[STORE_FLIGHT_MAX];
	size_t owed_count;		/* EXPIREs to send, now that the command before is known to have been done */
	struct store_sent owed[STORE_FLIGHT_MAX];
};

struct store {
	struct run *run;
	struct lines *lines;		/* what is loaded: its progress line, how far it came */
	bool dry_run;
	bool failed;			/* a connection or stdout is lost; it was reported */
	struct store_lane *lanes[DATABASES];	/* the same one twice if there is one database; NULL: not used yet */
	uint64_t numbers[DATABASES];
	bool one_database;
	uint64_t selected;		/* dry run: the database of the line before; at first none, as whoever pastes may be in any */
	char expire[NUMBER_ROOM + 1];	/* seconds; "": no EXPIRE */
	int64_t began_us, clock_us;	/* the server's time when we connected, and our own clock then */
	uint64_t commands, complaints;
	uint64_t peers, new_peers, peers_refused;	/* members of ZADD */
	uint64_t set_changes, sets_refused;		/* members of SADD and SREM */
	struct table torrents;		/* distinct keys of ZADD */
};

/* Connects, unless it is a dry run. False: it was reported. store_close is needed in any case. */
bool store_open(struct store *, struct run *, struct lines *);
/* The server's time; in a dry run our own. */
int64_t store_now_us(const struct store *);
/*
 * Sends the command soon, and an EXPIRE for its key once it has added to a torrent or to the set of a user; ext_ sets
 * never expire. Nothing happens when the store has failed.
 */
void store_put(struct store *, const struct store_command *);
/* Sends all and waits for all answers. */
void store_settle(struct store *);
void store_close(struct store *);

#endif
