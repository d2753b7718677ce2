/* peerdump.c - who is in a swarm: the binary peer entries that the tracker keeps in Redis */
#include "tools/peerdump/peerdump.h"

enum { DUMP, LOAD, DECODE, ENCODE, TORRENTS, CHECK };

static const struct record *const dump_records[] = { &peer_record, &leecher_record, &member_record, NULL };
static const struct record *const decode_records[] = { &peer_record, NULL };
static const struct record *const torrents_records[] = { &swarm_record, NULL };
static const struct record *const check_records[] = { &problem_record, NULL };

static size_t choose_dump(const void *options)
{
	return ((const struct peerdump_options *)options)->what;
}

static const struct verb verbs[] = {
	[DUMP] = { "dump", "[INFOHASH...|-]", "print the peers of all torrents, or of those named (- reads them from stdin)",
		   dump_run, dump_records, choose_dump },
	[LOAD] = { "load", "[FILE...]", "store peer lines, or do what the tracker does for frame lines", load_run, NULL, NULL },
	[DECODE] = { "decode", "[FILE...]", "entries to peer lines: raw, or one for each line in hex, base64 or as redis-cli quotes it",
		     decode_run, decode_records, NULL },
	[ENCODE] = { "encode", "[FILE...]", "peer lines to entries", encode_run, NULL, NULL },
	[TORRENTS] = { "torrents", "[INFOHASH...|-]", "print one record for each torrent: entries, live, families, times",
		       torrents_run, torrents_records, NULL },
	[CHECK] = { "check", "[INFOHASH...|-]", "print one record for each fault; exit 1 when there is any",
		    check_run, check_records, NULL },
};

#define ON_REDIS (ON_VERB(DUMP) | ON_VERB(LOAD) | ON_VERB(TORRENTS) | ON_VERB(CHECK))

static const struct option_row options[] = {
	OPTION(peerdump_options, redis, TEXT, 0, "redis", "URI",
	       "the server: redis://host:port, unix:/path (default: $REDIS_URL, else 127.0.0.1:6379; passwords only in the environment)",
	       .verbs = ON_REDIS),
	OPTION(peerdump_options, torrents_db, NUMBER, 0, "torrents-db", "N",
	       "database of the torrents (default: that of the URI, else 0)", .verbs = ON_REDIS),
	OPTION(peerdump_options, users_db, NUMBER, 0, "users-db", "N", "database of the users (default 1)", .verbs = ON_REDIS),
	OPTION(peerdump_options, timeout, DURATION, 0, "timeout", "TIME", "give up when the server is silent for so long (default 30s)",
	       .min = 1, .verbs = ON_REDIS),
	OPTION(peerdump_options, since, DURATION, 0, "since", "TIME", "only peers that announced in the last TIME",
	       .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, live, FLAG, 0, "live", NULL, "only peers that announced in the last 300 s, as the tracker hands out",
	       .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, what, SET, 0, "leechers", NULL, "print leecher records instead: the ext_ sets",
	       .value = DUMP_LEECHERS, .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, what, SET, 0, "users", NULL, "print member records instead: the users database",
	       .value = DUMP_USERS, .verbs = ON_VERB(DUMP)),
	OPTION(peerdump_options, expire, DURATION, 0, "expire", "TIME", "EXPIRE of the keys written (default 300; 0: none)",
	       .verbs = ON_VERB(LOAD)),
	OPTION(peerdump_options, dry_run, FLAG, 0, "dry-run", NULL, "print the commands as redis-cli takes them; connect nowhere",
	       .verbs = ON_VERB(LOAD)),
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
};

static const struct peerdump_options defaults = {
	.torrents_db = PEERDUMP_DATABASE_OF_URI, .users_db = 1, .timeout = REDIS_COMMAND_TIMEOUT_MS / 1000,
	.since = UINT64_MAX, .expire = PEERDUMP_WINDOW_S, .form = FORM_DEFAULT,
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
