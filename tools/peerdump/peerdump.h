/* peerdump.h - what the verbs of peerdump share: options, connections, records */
#ifndef PEERDUMP_H
#define PEERDUMP_H

#include "cli/tool.h"
#include "codec/peer.h"
#include "io/databases.h"

enum { PEERDUMP_WINDOW_S = 300 };	/* an entry is live that long: the tracker's EXPIRE and its ZRANGEBYSCORE */

/* How `encode` writes an entry. */
enum entry_form { FORM_RAW, FORM_HEX, FORM_BASE64, FORM_REDIS_CLI, FORM_DEFAULT };

/* What `dump` reads. */
enum dump_what { DUMP_PEERS, DUMP_LEECHERS, DUMP_USERS };

/* What `convert` makes of members. */
enum convert_to { CONVERT_BINARY, CONVERT_TEXT };

struct peerdump_options {
	const char *redis;	/* URI; NULL: $REDIS_URL, else 127.0.0.1:6379 */
	bool cluster;		/* it must be one; without it, one is recognised */
	bool replicas;		/* read from replicas where there are any */
	const char *rdb;	/* file to read instead of a server; NULL: none */
	bool no_checksum;	/* of the RDB file */
	uint64_t max_latency;	/* ms: pause when the server is slower than that; 0: do not measure */
	uint64_t rate;		/* members a second; 0: as fast as it goes */
	uint64_t torrents_db;	/* or DATABASE_OF_URI */
	uint64_t users_db;
	uint64_t timeout;	/* seconds for a command */
	uint64_t since;		/* seconds; UINT64_MAX: all */
	bool live;
	uint8_t what;		/* enum dump_what */
	uint64_t expire;
	bool dry_run;
	bool fast;		/* load whole keys by RESTORE */
	uint8_t form;		/* enum entry_form */
	bool memory;
	uint8_t to;		/* enum convert_to */
	bool stale, foreign, orphan_ext;	/* what prune removes */
	const char *journal;	/* file that gets what prune removed; NULL: stdout */
	uint64_t interval;	/* seconds between two looks of watch */
};

void dump_run(struct run *);
void load_run(struct run *);
void decode_run(struct run *);
void encode_run(struct run *);
void torrents_run(struct run *);
void check_run(struct run *);
void convert_run(struct run *);
void prune_run(struct run *);
void watch_run(struct run *);
void diff_run(struct run *);

/* One record for each torrent (verb torrents). */
struct swarm {
	struct bytes info_hash;
	uint64_t entries;			/* all members; live and stale share them out */
	uint64_t live, stale;
	uint64_t ipv4_only, ipv6_only, dual;	/* of those that are no foreign ones */
	uint64_t leechers;			/* members of the ext_ set */
	struct timestamp first_seen, last_seen;
	uint64_t ttl;				/* seconds; unset: the key does not expire */
	uint64_t foreign;			/* members that are no 22-byte entries; older text is foreign too */
	uint64_t bytes;				/* MEMORY USAGE, with --memory */
};

extern const struct record swarm_record;

/*
 * Connects to a single server or a cluster, whichever it is: to one of the two databases (options->torrents_db or
 * users_db), or to the one that a cluster has for both. False: the error was reported. `now` is the
 * server's clock (TIME), which is what the tracker's scores are nearest to.
 */
bool peerdump_nodes(struct run *, enum database, struct nodes *, int64_t *now_us);
/* The masters, whatever --replicas says. */
bool peerdump_masters(struct run *, enum database, struct nodes *);
/* Are torrents and users in the same database? They must be in a cluster. */
bool peerdump_one_database(struct run *);

/* A member or key as redis-cli quotes it, so that it can be pasted there: "\xcb\x00q\a". At most 4 bytes for each, and 2. */
char *redis_cli_print(char *at, struct bytes);
/* The reverse, with the quotes; the result is in the arena. False: not so quoted. */
bool redis_cli_parse(struct bytes text, struct arena *, struct bytes *);

#endif
