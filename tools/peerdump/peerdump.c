/* peerdump.c - who is in a swarm: the binary peer entries that the tracker keeps in Redis */
#include "tools/peerdump/peerdump.h"

#include "text/problem.h"
#include "tools/peerdump/convert.h"
#include "tools/peerdump/diff.h"
#include "tools/peerdump/journal.h"
#include "tools/peerdump/watch.h"

enum { DUMP, LOAD, DECODE, ENCODE, TORRENTS, CHECK, CONVERT, PRUNE, WATCH, DIFF };

static const struct record *const dump_records[] = { &peer_record, &leecher_record, &member_record, NULL };
static const struct record *const decode_records[] = { &peer_record, NULL };
static const struct record *const torrents_records[] = { &swarm_record, NULL };
static const struct record *const check_records[] = { &problem_record, NULL };
static const struct record *const convert_records[] = { &converted_record, NULL };
static const struct record *const prune_records[] = { &pruned_record, NULL };
static const struct record *const watch_records[] = { &change_record, NULL };
static const struct record *const diff_records[] = { &difference_record, NULL };

static size_t choose_dump(const void *options)
{
	return ((const struct peerdump_options *)options)->what;
}

static const struct verb verbs[] = {
	[DUMP] = { "dump", "[INFOHASH...|-]", "print the peers of all torrents, or of those named (- reads them from stdin)",
		   .run = dump_run, .records = dump_records, .choose = choose_dump },
	[LOAD] = { "load", "[FILE...]", "store peer lines, or do what the tracker does for frame lines", .run = load_run },
	[DECODE] = { "decode", "[FILE...]",
		     "entries to peer lines: raw, or one for each line in hex, base64 or as redis-cli quotes it",
		     .run = decode_run, .records = decode_records },
	[ENCODE] = { "encode", "[FILE...]", "peer lines to entries", .run = encode_run },
	[TORRENTS] = { "torrents", "[INFOHASH...|-]", "print one record for each torrent: entries, live, families, times",
		       .run = torrents_run, .records = torrents_records },
	[CHECK] = { "check", "[INFOHASH...|-]", "print one record for each fault; exit 1 when there is any",
		    .run = check_run, .records = check_records },
	[CONVERT] = { "convert", "[INFOHASH...|-]", "make entries of members in older text forms, or text of entries (--to)",
		      .run = convert_run, .records = convert_records },
	[PRUNE] = { "prune", "[INFOHASH...|-]",
		    "remove what --stale, --foreign and --orphan-ext say, and print what was removed",
		    .run = prune_run, .records = prune_records },
	[WATCH] = { "watch", "[INFOHASH...]", "print who joins, leaves and moves, look after look; draw it with --table",
		    .run = watch_run, .records = watch_records, .draws = true },
	[DIFF] = { "diff", "A B",
		   "print the peers that are in one of two sources only, or changed: servers, RDB files, lines",
		   .run = diff_run, .records = diff_records },
};

#define ON_FILE (ON_VERB(DUMP) | ON_VERB(TORRENTS) | ON_VERB(CHECK))
#define ON_SERVER (ON_FILE | ON_VERB(CONVERT) | ON_VERB(PRUNE) | ON_VERB(WATCH) | ON_VERB(DIFF))
#define ON_REDIS (ON_SERVER | ON_VERB(LOAD))

static const char *const convert_names[] = { [CONVERT_BINARY] = "binary", [CONVERT_TEXT] = "text", NULL };

static const struct option_row options[] = {
	OPTION(peerdump_options, redis, TEXT, 0, "redis", "URI",
	       "the server: redis://host:port, unix:/path (default: $REDIS_URL, else 127.0.0.1:6379; passwords "
	       "only in the environment)", .verbs = ON_REDIS),
	OPTION(peerdump_options, torrents_db, NUMBER, 0, "torrents-db", "N",
	       "database of the torrents (default: that of the URI, else 0)", .verbs = ON_REDIS),
	OPTION(peerdump_options, users_db, NUMBER, 0, "users-db", "N", "database of the users (default 1)",
	       .verbs = ON_REDIS),
	OPTION(peerdump_options, timeout, DURATION, 0, "timeout", "TIME",
	       "give up when the server is silent for so long (default 30s)", .min = 1, .verbs = ON_REDIS),
	OPTION(peerdump_options, cluster, FLAG, 0, "cluster", NULL,
	       "the server is a node of a Redis Cluster: all of it is meant (found out by itself where INFO is allowed)",
	       .verbs = ON_REDIS),
	OPTION(peerdump_options, replicas, FLAG, 0, "replicas", NULL, "in a cluster, read from replicas where there are any",
	       .verbs = ON_FILE),
	OPTION(peerdump_options, rdb, TEXT, 0, "rdb", "FILE", "read an RDB file (- is stdin) instead of a server",
	       .verbs = ON_FILE),
	OPTION(peerdump_options, no_checksum, FLAG, 0, "no-checksum", NULL, "do not check the checksum of the RDB file",
	       .verbs = ON_FILE | ON_VERB(DIFF)),
	OPTION(peerdump_options, max_latency, NUMBER, 0, "max-latency", "MS",
	       "pause while a PING takes longer than that, and say at the end what it cost the server", .min = 1,
	       .verbs = ON_SERVER),
	OPTION(peerdump_options, rate, NUMBER, 0, "rate", "N", "ask for at most N members a second", .min = 1,
	       .verbs = ON_SERVER),
	OPTION(peerdump_options, since, DURATION, 0, "since", "TIME", "only peers that announced in the last TIME",
	       .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, live, FLAG, 0, "live", NULL,
	       "only peers that announced in the last 300 s, as the tracker hands out", .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, what, SET, 0, "leechers", NULL, "print leecher records instead: the ext_ sets",
	       .value = DUMP_LEECHERS, .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, what, SET, 0, "users", NULL, "print member records instead: the users database",
	       .value = DUMP_USERS, .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, expire, DURATION, 0, "expire", "TIME", "EXPIRE of the keys written (default 300; 0: none)",
	       .verbs = ON_VERB(LOAD)),
	OPTION(peerdump_options, fast, FLAG, 0, "fast", NULL, "store torrents that are not there yet by RESTORE",
	       .verbs = ON_VERB(LOAD)),
	OPTION(peerdump_options, dry_run, FLAG, 0, "dry-run", NULL,
	       "change nothing; load prints the commands as redis-cli takes them and connects nowhere",
	       .verbs = ON_VERB(LOAD) | ON_VERB(CONVERT) | ON_VERB(PRUNE)),
	OPTION(peerdump_options, form, SET, 0, "raw", NULL, "entries back to back", .value = FORM_RAW,
	       .verbs = ON_VERB(DECODE) | ON_VERB(ENCODE)),
	OPTION(peerdump_options, form, SET, 0, "hex", NULL, "one entry a line, in hexadecimal", .value = FORM_HEX,
	       .verbs = ON_VERB(ENCODE)),
	OPTION(peerdump_options, form, SET, 0, "base64", NULL, "one entry a line, in base64", .value = FORM_BASE64,
	       .verbs = ON_VERB(ENCODE)),
	OPTION(peerdump_options, form, SET, 0, "redis-cli", NULL, "one entry a line, as redis-cli quotes it",
	       .value = FORM_REDIS_CLI, .verbs = ON_VERB(ENCODE)),
	OPTION(peerdump_options, memory, FLAG, 0, "memory", NULL, "ask for the memory each torrent takes (MEMORY USAGE)",
	       .verbs = ON_VERB(TORRENTS)),
	OPTION(peerdump_options, to, CHOICE, 0, "to", "binary|text", "what convert makes of members (default binary)",
	       .choices = convert_names, .verbs = ON_VERB(CONVERT)),
	OPTION(peerdump_options, stale, FLAG, 0, "stale", NULL, "remove entries that did not announce for 300 s",
	       .verbs = ON_VERB(PRUNE)),
	OPTION(peerdump_options, foreign, FLAG, 0, "foreign", NULL, "remove members that are no 22-byte entries",
	       .verbs = ON_VERB(PRUNE)),
	OPTION(peerdump_options, orphan_ext, FLAG, 0, "orphan-ext", NULL, "remove ext_ sets whose torrent is gone",
	       .verbs = ON_VERB(PRUNE)),
	OPTION(peerdump_options, journal, TEXT, 0, "journal", "FILE",
	       "append what is removed to FILE instead of printing it; load puts it back", .verbs = ON_VERB(PRUNE)),
	OPTION(peerdump_options, interval, DURATION, 0, "interval", "TIME", "time between two looks (default 10)", .min = 1,
	       .verbs = ON_VERB(WATCH)),
};

static const struct peerdump_options defaults = {
	.torrents_db = DATABASE_OF_URI, .users_db = 1, .timeout = REDIS_COMMAND_TIMEOUT_MS / 1000,
	.since = UINT64_MAX, .expire = PEERDUMP_WINDOW_S, .form = FORM_DEFAULT, .interval = 10,
};

static const struct tool peerdump = {
	.name = "peerdump", .purpose = "Prints, loads and checks the peers that a tracker keeps in Redis.",
	.verbs = verbs, .verb_count = sizeof verbs / sizeof *verbs,
	.options = options, .option_count = sizeof options / sizeof *options,
	.defaults = &defaults, .options_size = sizeof defaults,
};

int main(int argc, char **argv)
{
	return tool_run(&peerdump, argc, argv);
}
