/* diff.c - peerdump diff: what is only in one of two sources, and what changed */
#include "tools/peerdump/diff.h"

#include <errno.h>
#include <inttypes.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/number.h"
#include "cli/lines.h"
#include "codec/frame.h"
#include "tools/peerdump/look.h"

static const struct field_word difference_words[] = {
	[DIFFERENCE_REMOVED] = FIELD_WORD_ROW("removed"), [DIFFERENCE_ADDED] = FIELD_WORD_ROW("added"),
	[DIFFERENCE_CHANGED] = FIELD_WORD_ROW("changed"), FIELD_WORD_ROW(""),
};

static const struct field difference_fields[] = {
	FIELD(difference, what, WORD, "removed (only in A), added (only in B) or changed", .words = difference_words),
	FIELD(difference, info_hash, HASH, "info hash of the torrent", .width = HASH_SIZE),
	FIELD(difference, ipv4, IPV4, "IPv4 address"),
	FIELD(difference, ipv6, IPV6, "IPv6 address"),
	FIELD(difference, port, U16, "TCP port the peer listens on"),
	FIELD(difference, seen, TIME, "last announce: as B has it, or A where B has not"),
	FIELD(difference, old_seen, TIME, "of a changed one: as A has it"),
};

const struct record difference_record = RECORD("difference", difference, difference_fields,
					       "a peer that two sources do not have alike");

struct diff {
	struct run *run;
	struct look look;
	uint64_t both, removed, added, changed;
};

/* What a word on the command line names. */
enum side_kind { SIDE_SERVER, SIDE_RDB, SIDE_LINES };

/* ---- what is named */

static bool is_uri(const char *name)
{
	return strstr(name, "://") || strncasecmp(name, "unix:", 5) == 0;
}

/* By its first bytes, which only of a regular file can be read twice; anything else has lines. */
static bool look_at_file(const char *name, enum side_kind *kind, struct error *error)
{
	struct input input;
	struct bytes begin;

	if (!input_open(&input, name, (struct io_wait){ NULL, NULL }, &tool_stopped, error))
		return false;
	begin = input_fill(&input, 8, error);
	/* a dump, one of Valkey, and what a server sends to its replicas */
	if (bytes_begin(begin, "REDIS") || bytes_begin(begin, "VALKEY") || bytes_begin(begin, "$"))
		*kind = SIDE_RDB;
	else
		*kind = SIDE_LINES;
	input_close(&input);
	return error->kind == ERROR_NONE;
}

static bool find_kind(const char *name, enum side_kind *kind, struct error *error)
{
	struct stat status;

	*kind = SIDE_LINES;
	if (strcmp(name, "-") == 0)
		return true;
	*kind = SIDE_SERVER;
	if (strcmp(name, "redis") == 0 || is_uri(name))
		return true;
	if (stat(name, &status) == 0) {
		if (S_ISREG(status.st_mode))
			return look_at_file(name, kind, error);
		if (!S_ISSOCK(status.st_mode))
			*kind = SIDE_LINES;
		return true;
	}
	if (errno != ENOENT)
		return fail_system(error, "%s: %m", name);
	if (strchr(name, ':'))
		return true;
	return fail_system(error, "%s: no such file (a server is named redis, host:port, redis://... or unix:/path)", name);
}

/* ---- reading a side */

static void say_oddities(struct diff *diff, const char *name, const struct look_oddities *oddities)
{
	struct count_text number;
	struct error error = { 0 };

	if (oddities->modules) {
		fail_input(&error, ERROR_NOWHERE, "%s: %s of a type that a module made and no command can read: "
			   "what is in there is not compared (see check)", name,
			   count_print(&number, oddities->modules, "keys"));
		run_error(diff->run, &error);
	}
	if (oddities->foreign)
		report_note(&diff->run->report, "%s: %s in no known form: not compared (see check)", name,
			    count_print(&number, oddities->foreign, "members"));
}

/* The options are those given, but that they name this source. */
static bool read_source(struct diff *diff, enum look_side side, const char *name, enum side_kind kind)
{
	struct run *run = diff->run;
	const void *given = run->options;
	struct peerdump_options options = *(const struct peerdump_options *)given;
	struct look_oddities oddities;
	struct source source;
	bool done = false;

	if (kind == SIDE_RDB) {
		options.rdb = name;
		/* these are for a server, which the other side may be */
		options.redis = NULL;
		options.cluster = options.replicas = false;
		options.max_latency = options.rate = 0;
	} else if (strcmp(name, "redis") != 0) {
		options.redis = name;
	}
	run->options = &options;
	if (source_open(&source, run)) {
		done = look_read(&diff->look, side, run, &source, NULL, INT64_MIN, &oddities);
		source_close(&source);
	}
	run->options = given;
	if (done)
		say_oddities(diff, name, &oddities);
	return done;
}

/* Counts the good ones in *good. False: there is no room for it. */
static bool put_line(struct diff *diff, enum look_side side, struct lines *lines, const struct reading *reading,
		     uint64_t *good, struct error *full)
{
	struct error error = { 0 };

	if (reading->present & reading_bit(&peer_record, "port")) {
		++*good;
		return look_put(&diff->look, side, reading->value, full);
	}
	fail_input(&error, ERROR_NOWHERE, "no port");
	lines_error(lines, &error);
	return true;
}

static bool read_lines(struct diff *diff, enum look_side side, char *name)
{
	static const struct record *const targets[] = { &peer_record, NULL };
	static const struct record *const known[] = { &frame_record, &oldframe_record, NULL };
	uint64_t failed = diff->run->report.failed, bad = diff->run->report.bad, good = 0;
	struct error full = { 0 };
	struct reading reading;
	struct lines lines;

	lines_open(&lines, diff->run, 1, &name, targets, known, false);
	while (lines_next(&lines, &reading) && put_line(diff, side, &lines, &reading, &good, &full))
		;
	lines_close(&lines);
	if (full.kind != ERROR_NONE)
		run_error(diff->run, &full);
	/*
	 * a file that cannot be opened or read on was reported as that; one without a single good line holds something
	 * else
	 */
	return diff->run->report.failed == failed && !tool_stopped && (good || diff->run->report.bad == bad);
}

/* What a side that is not whole lacks would look like differences: that is a failure, not just bad input. */
static bool read_side(struct diff *diff, enum look_side side, enum side_kind kind)
{
	char *name = diff->run->words[side];
	uint64_t failed = diff->run->report.failed;
	struct error error = { 0 };

	if (kind == SIDE_LINES ? read_lines(diff, side, name) : read_source(diff, side, name, kind))
		return true;
	if (tool_stopped || diff->run->report.failed != failed)
		return false;
	fail_system(&error, "%s: what it holds could not be read, so that nothing is compared", name);
	run_error(diff->run, &error);
	return false;
}

/* ---- comparing */

/* A side that does not say when is no reason to call it changed. */
static bool is_changed(const struct look_peer *peer)
{
	int64_t before = peer->seen[LOOK_BEFORE].us, now = peer->seen[LOOK_NOW].us;

	return before != now && before != TIME_UNSET && now != TIME_UNSET;
}

static void put_difference(struct diff *diff, const struct look_peer *peer)
{
	bool removed = peer->state == LOOK_IN_BEFORE, added = peer->state == LOOK_IN_NOW;
	const struct difference difference = {
		.what = removed ? DIFFERENCE_REMOVED : added ? DIFFERENCE_ADDED : DIFFERENCE_CHANGED,
		.info_hash = diff->look.torrents[peer->torrent].info_hash,
		.ipv4 = peer->ipv4, .ipv6 = peer->ipv6, .port = peer->port,
		.seen = peer->seen[removed ? LOOK_BEFORE : LOOK_NOW],
		.old_seen.us = removed || added ? TIME_UNSET : peer->seen[LOOK_BEFORE].us,
	};

	/* what -n or -m leave out is counted nevertheless, for the summary and the exit status */
	diff->run->report.bad++;
	output_put(&diff->run->output, &difference);
}

static void compare(struct diff *diff)
{
	for (uint32_t i = 0; i < diff->look.top && diff->run->output.error.kind == ERROR_NONE && !tool_stopped; i++) {
		const struct look_peer *peer = look_peer(&diff->look, i);
		bool changed = peer->state == LOOK_IN_BOTH && is_changed(peer);

		diff->both += peer->state == LOOK_IN_BOTH;
		diff->removed += peer->state == LOOK_IN_BEFORE;
		diff->added += peer->state == LOOK_IN_NOW;
		diff->changed += changed;
		if (changed || peer->state != LOOK_IN_BOTH)
			put_difference(diff, peer);
	}
}

static void say_summary(struct diff *diff)
{
	struct report *report = &diff->run->report;
	struct count_text peers, twice;

	report_note(report, "%s in both, %" PRIu64 " of them changed; %" PRIu64 " only in %s, %" PRIu64 " only in %s",
		    count_print(&peers, diff->both, "peers"), diff->changed, diff->removed, diff->run->words[0], diff->added,
		    diff->run->words[1]);
	if (diff->look.twice)
		report_note(report, "%s came again in the same source: of each the latest announce counts",
			    count_print(&twice, diff->look.twice, "peers"));
}

/* Both are looked at before the first is read: a typing error should not come after a million peers. */
static bool find_kinds(struct run *run, enum side_kind kinds[LOOK_SIDES])
{
	struct error error = { 0 };

	if (run->word_count != 2)
		fail_usage(&error, "want two sources to compare, got %zu", run->word_count);
	else if (strcmp(run->words[0], "-") == 0 && strcmp(run->words[1], "-") == 0)
		fail_usage(&error, "standard input can be one of the sources only");
	else if (find_kind(run->words[0], &kinds[0], &error) && find_kind(run->words[1], &kinds[1], &error))
		return true;
	run_error(run, &error);
	return false;
}

void diff_run(struct run *run)
{
	enum side_kind kinds[LOOK_SIDES];
	struct diff diff = { .run = run };

	if (!find_kinds(run, kinds))
		return;
	if (read_side(&diff, LOOK_BEFORE, kinds[0]) && read_side(&diff, LOOK_NOW, kinds[1])) {
		compare(&diff);
		say_summary(&diff);
	}
	look_free(&diff.look);
}
