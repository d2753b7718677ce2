/* check.c - userstats check: the environment, and what cannot be known here */
#include "tools/userstats/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

enum { SKEW_WARNING_US = 2000000 };	/* a score is a whole second, and what is live is judged by it */

void check_tell(struct run *run, enum finding_state state, const char *topic, const char *detail, const char *sql,
		const char *value, ...)
{
	struct buf text = { 0 };
	char formatted[512];
	va_list arguments;
	struct finding_line line = {
		.state = (uint8_t)state, .topic = bytes_of(topic), .detail = bytes_of(detail), .sql = bytes_of(sql)
	};

	va_start(arguments, value);
	vsnprintf(formatted, sizeof formatted, value, arguments);
	va_end(arguments);
	buf_text(&text, formatted);
	line.value = buf_bytes(&text);
	output_put(&run->output, &line);
	buf_free(&text);
	if (state >= FINDING_WARNING)
		run->report.status = STATUS_NOTHING;
}

/* ---- the servers and their clocks */

static void tell_skew(struct run *run, const char *topic, int64_t theirs_us, int64_t ours_us)
{
	int64_t skew_us = theirs_us - ours_us;

	check_tell(run, llabs(skew_us) > SKEW_WARNING_US ? FINDING_WARNING : FINDING_OK, topic,
		   "against this machine; scores are whole seconds of the tracker's clock, and what is live is judged by "
		   "that of Redis", NULL,
		   "%+.3f s", (double)(skew_us / 1000) / 1e3);
}

static void check_redis(struct stores *stores, int64_t ours_us)
{
	const struct nodes *nodes;
	enum database database = stores_have(stores, STORE_BIT(STORE_TORRENTS)) ? DATABASE_TORRENTS : DATABASE_USERS;

	if (!(stores->open & STORE_REDIS)) {
		check_tell(stores->run, FINDING_ERROR, "redis", "what is live cannot be known", NULL, "down");
		return;
	}
	nodes = &stores->nodes[database];
	check_tell(stores->run, FINDING_OK, "redis",
		   stores->bulk[0] == stores->bulk[1] ? "torrents and users are in one database" : NULL, NULL,
		   "%s %u.%u.%u, %zu %s", nodes->cluster ? "cluster" : "server", nodes->version / 10000,
		   nodes->version / 100 % 100, nodes->version % 100, nodes->count, nodes->count == 1 ? "node" : "nodes");
	tell_skew(stores->run, "clock of redis", stores->now_us, ours_us);
}

static void check_postgresql(struct stores *stores)
{
	struct event event;
	struct pg_row *row = NULL;
	int64_t theirs_us = 0;

	if (!stores_have(stores, STORE_BIT(STORE_PG))) {
		check_tell(stores->run, FINDING_ERROR, "postgresql", "users and torrents have no names here", NULL, "down");
		return;
	}
	stores_query(stores, "SELECT clock_timestamp()::timestamptz, current_setting('server_version')::text, "
		     "current_setting('server_encoding')::text, current_setting('transaction_read_only')::text", NULL, 0);
	while (stores_next(stores, &event) && event.kind == EVENT_ROW) {
		row = &event.row;
		if (!pg_time(row->fields[0], &theirs_us))
			continue;
		check_tell(stores->run, FINDING_OK, "postgresql", "the session is read-only", NULL, "%.*s, %.*s",
			   (int)row->fields[1].size, row->fields[1].data, (int)row->fields[2].size, row->fields[2].data);
		tell_skew(stores->run, "clock of postgresql", theirs_us, clock_real_us());
	}
}

/* ---- what no look can tell */

static void tell_unknowable(struct stores *stores)
{
	static const struct {
		const char *topic, *value, *detail;
	} notes[] = {
		{ "seeders and leechers", "not in Redis",
		  "entries do not say it; it comes from the site's rows: live and finished" },
		{ "users of entries", "not in Redis",
		  "an entry holds an address and a port; `user` and `shared` infer, with support" },
		{ "begin of a session", "nowhere", "sets of users have no times; `since` is the last announce" },
		{ "site counters", "not used", "each announce adds one to them: see `drift`" },
	};
	const struct userstats_options *options = stores->run->options;

	check_tell(stores->run, FINDING_NOTE, "coverage",
		   "one look sees about so much of the peers that are there; see `snapshot` and `merge`", NULL,
		   "%.3g of them in %" PRIu64 " s", stores_coverage(stores, options->window), options->window);
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		check_tell(stores->run, FINDING_NOTE, notes[i].topic, notes[i].detail, NULL, "%s", notes[i].value);
}

void check_run(struct run *run)
{
	struct stores stores;

	if (!userstats_nameless(run) || !stores_open(&stores, run, STORE_ALL, 0))
		return;
	check_redis(&stores, clock_real_us());
	check_postgresql(&stores);
	if (stores.open & STORE_REDIS)
		check_keys(&stores);
	if (stores_have(&stores, STORE_BIT(STORE_PG)))
		check_site(&stores);
	tell_unknowable(&stores);
	stores_close(&stores);
}
