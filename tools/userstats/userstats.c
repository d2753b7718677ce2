/* userstats.c - who seeds, who downloads, who completed, and where Redis and PostgreSQL disagree */
#include "tools/userstats/userstats.h"

#include "io/databases.h"
#include "text/escape.h"
#include "tools/userstats/records.h"

enum {
	TORRENTS, WHO, COMPLETED, CURRENT, USER, TOP, DEAD, DYING, ORPHANS, GHOSTS, SHARED, LIMITS, DRIFT, SNAPSHOT,
	MERGE, DIFF, SUMMARY, CHECK
};

static const struct record *const torrents_records[] = { &torrent_line_record, NULL };
static const struct record *const who_records[] = { &who_record, NULL };
static const struct record *const completed_records[] = { &completed_record, NULL };
static const struct record *const current_records[] = { &current_record, NULL };
static const struct record *const user_records[] = { &dossier_record, NULL };
static const struct record *const top_records[] = { &rank_record, NULL };
static const struct record *const orphans_records[] = { &orphan_record, NULL };
static const struct record *const ghosts_records[] = { &ghost_record, NULL };
static const struct record *const shared_records[] = { &shared_record, NULL };
static const struct record *const limits_records[] = { &limit_record, NULL };
static const struct record *const drift_records[] = { &drift_record, NULL };
static const struct record *const snapshot_records[] = { &look_record, NULL };
static const struct record *const merge_records[] = { &sampled_record, NULL };
static const struct record *const diff_records[] = { &moved_record, NULL };
static const struct record *const summary_records[] = { &total_record, NULL };
static const struct record *const check_records[] = { &finding_record, NULL };

/* With --sql it prints statements. */
static size_t choose_drift(const void *options)
{
	return ((const struct userstats_options *)options)->sql;
}

static bool reveals(const void *options)
{
	return ((const struct userstats_options *)options)->reveal;
}

static const struct verb verbs[] = {
	[TORRENTS] = { "torrents", "[TORRENT...]",
		       "who is live on these torrents: seeders, leechers, entries, beside the site's counters",
		       .run = torrents_run, .records = torrents_records },
	[WHO] = { "who", "[TORRENT...]", "the users who are live on these torrents", .run = who_run,
		  .records = who_records },
	[COMPLETED] = { "completed", "[USER...]", "the torrents that these users completed", .run = completed_run,
			.records = completed_records },
	[CURRENT] = { "current", "[USER...]", "the torrents that these users are live on", .run = current_run,
		      .records = current_records },
	[USER] = { "user", "USER", "all that is known of a user", .run = user_run, .records = user_records },
	[TOP] = { "top", "FIELD", "the largest: torrents by seeders, leechers, finished; users by current, completed",
		  .run = top_run, .records = top_records, .operands = rank_words },
	[DEAD] = { "dead", "[SNAPSHOT...]", "torrents without a seeder in all of these looks", .run = dead_run,
		   .records = torrents_records },
	[DYING] = { "dying", "[SNAPSHOT...]", "torrents with one seeder in all of these looks", .run = dying_run,
		    .records = torrents_records },
	[ORPHANS] = { "orphans", "", "info hashes and passkeys in Redis that the site does not know, or the reverse",
		      .run = orphans_run, .records = orphans_records },
	[GHOSTS] = { "ghosts", "", "members of sets in Redis without a live entry", .run = ghosts_run,
		     .records = ghosts_records },
	[SHARED] = { "shared", "",
		     "endpoints of several users, and users at several endpoints, as far as that can be inferred",
		     .run = shared_run, .records = shared_records },
	[LIMITS] = { "limits", "--torrents=N", "users on more torrents at once than --torrents", .run = limits_run,
		     .records = limits_records },
	[DRIFT] = { "drift", "", "where the site's counters and rows are not what they should be", .run = drift_run,
		    .records = drift_records, .choose = choose_drift },
	[SNAPSHOT] = { "snapshot", "FILE", "save one look at Redis to a file", .run = snapshot_run,
		       .records = snapshot_records },
	[MERGE] = { "merge", "SNAPSHOT...", "what several looks saw together: the honest count", .run = merge_run,
		    .records = merge_records },
	[DIFF] = { "diff", "A B", "torrents that differ between two looks", .run = diff_run, .records = diff_records },
	[SUMMARY] = { "summary", "", "totals of both stores", .run = summary_run, .records = summary_records },
	[CHECK] = { "check", "", "the environment: formats, clocks, indexes, and what cannot be known here",
		    .run = check_run, .records = check_records },
};

#define ON_TORRENTS (ON_VERB(TORRENTS) | ON_VERB(WHO))
#define ON_NAMES (ON_TORRENTS | ON_VERB(COMPLETED) | ON_VERB(CURRENT))
#define ON_LOOKS (ON_VERB(DEAD) | ON_VERB(DYING))
#define ON_WHOLE (ON_VERB(TOP) | ON_LOOKS | ON_VERB(ORPHANS) | ON_VERB(GHOSTS) | ON_VERB(SHARED) | ON_VERB(LIMITS) | \
		  ON_VERB(DRIFT) | ON_VERB(SUMMARY) | ON_VERB(CHECK))
#define ON_SITE (ON_NAMES | ON_VERB(USER) | ON_WHOLE)
#define ON_REDIS (ON_SITE | ON_VERB(SNAPSHOT))
#define ON_SECRETS (ON_VERB(WHO) | ON_VERB(USER) | ON_VERB(ORPHANS) | ON_VERB(GHOSTS) | ON_VERB(SHARED) | ON_VERB(LIMITS))

static const struct option_row options[] = {
	OPTION(userstats_options, redis, TEXT, 0, "redis", "URI",
	       "the server: redis://host:port, unix:/path (default: $REDIS_URL, else 127.0.0.1:6379; passwords only in the "
	       "environment)",
	       .verbs = ON_REDIS),
	OPTION(userstats_options, torrents_db, NUMBER, 0, "torrents-db", "N",
	       "database of the torrents (default: that of the URI, else 0)", .verbs = ON_REDIS),
	OPTION(userstats_options, users_db, NUMBER, 0, "users-db", "N", "database of the users (default 1)",
	       .verbs = ON_REDIS),
	OPTION(userstats_options, cluster, FLAG, 0, "cluster", NULL,
	       "the server is a node of a Redis Cluster: all of it is meant (found out by itself where INFO is allowed)",
	       .verbs = ON_REDIS),
	OPTION(userstats_options, replicas, FLAG, 0, "replicas", NULL,
	       "in a cluster, read from replicas where there are any", .verbs = ON_REDIS),
	OPTION(userstats_options, database, TEXT, 'd', "database", "CONNINFO",
	       "PostgreSQL, as libpq names it: a database, \"host=/run/postgresql dbname=site\", a URI (default: $PGHOST "
	       "and its kin; passwords only in the environment and ~/.pgpass)",
	       .verbs = ON_SITE),
	OPTION(userstats_options, schema, TEXT, 0, "schema", "FILE", "queries for the tables of another site",
	       .verbs = ON_SITE),
	OPTION(userstats_options, timeout, DURATION, 0, "timeout", "TIME",
	       "give up when a server is silent, or PostgreSQL works at one statement, for so long (default "
	       "30s)", .min = 1, .verbs = ON_REDIS),
	OPTION(userstats_options, window, DURATION, 0, "window", "TIME",
	       "an entry is live that long after its announce (default 300, as the tracker has it)", .min = 1,
	       .verbs = ON_REDIS),
	OPTION(userstats_options, interval, DURATION, 0, "interval", "TIME",
	       "time between two announces of a client, for the coverage (default 2700)", .min = 1,
	       .verbs = ON_REDIS | ON_VERB(MERGE)),
	OPTION(userstats_options, files, LIST, 'f', "file", "FILE",
	       "read the names from there, too: one a line, or records of any tool (- is stdin)", .verbs = ON_NAMES),
	OPTION(userstats_options, all, FLAG, 0, "all", NULL, "all of the site's", .verbs = ON_NAMES),
	OPTION(userstats_options, reveal, FLAG, 0, "reveal", NULL, "print passkeys and addresses as they are",
	       .verbs = ON_SECRETS),
	OPTION(userstats_options, live_only, FLAG, 0, "live-only", NULL,
	       "count entries only: no seeders, leechers, finished", .verbs = ON_VERB(TORRENTS)),
	OPTION(userstats_options, watch, DURATION, 0, "watch", "TIME",
	       "look again and again, so often, and mark what changed", .min = 1, .verbs = ON_NAMES),
	OPTION(userstats_options, torrents, NUMBER, 0, "torrents", "N", "how many torrents a user may be on",
	       .verbs = ON_VERB(LIMITS)),
	OPTION(userstats_options, reverse, FLAG, 0, "reverse", NULL, "what the site knows and Redis does not",
	       .verbs = ON_VERB(ORPHANS)),
	OPTION(userstats_options, looks, LIST, 0, "look", "SNAPSHOT",
	       "a saved look that stands for Redis; several are taken together", .verbs = ON_VERB(DRIFT) | ON_VERB(TOP)),
	OPTION(userstats_options, sql, FLAG, 0, "sql", NULL,
	       "print statements that would mend it, instead; they are never run", .verbs = ON_VERB(DRIFT)),
	OPTION(userstats_options, prometheus, TEXT, 0, "prometheus", "FILE",
	       "write a file for node_exporter's textfile collector, by rename", .verbs = ON_VERB(SUMMARY)),
	OPTION(userstats_options, to, TEXT, 0, "to", "FILE", "save what was merged as one look, too",
	       .verbs = ON_VERB(MERGE)),
};

static const struct userstats_options defaults = {
	.torrents_db = DATABASE_OF_URI, .users_db = 1, .timeout = 30, .window = USERSTATS_WINDOW_S,
	.interval = USERSTATS_INTERVAL_S,
	.torrents = UINT64_MAX,
};

static const char *const secrets[] = { "passkey", "endpoint", "endpoint6", NULL };

static const struct tool userstats = {
	.name = "userstats", .purpose = "Says who seeds, who downloads, who completed, and where the counts disagree.",
	.verbs = verbs, .verb_count = sizeof verbs / sizeof *verbs,
	.options = options, .option_count = sizeof options / sizeof *options,
	.defaults = &defaults, .options_size = sizeof defaults,
	.secrets = secrets, .reveals = reveals,
};

bool userstats_nameless(struct run *run)
{
	struct error error = { 0 };
	struct brief brief;

	if (!run->word_count)
		return true;
	fail_usage(&error, "'%s': %s goes over everything and takes no names", escape_brief(&brief, bytes_of(run->words[0])),
		   run->verb->name);
	run_error(run, &error);
	return false;
}

int main(int argc, char **argv)
{
	return tool_run(&userstats, argc, argv);
}
