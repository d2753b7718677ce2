/* watch.c - peerdump watch: who joins, leaves and moves between looks at the swarms */
#include "tools/peerdump/watch.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/number.h"
#include "tools/peerdump/look.h"
#include "tools/peerdump/moves.h"
#include "tools/peerdump/picture.h"

enum { WAIT_MS = 250 };		/* a signal that comes just before a wait is noticed after that */

static const struct field_word change_words[] = {
	[CHANGE_JOINED] = FIELD_WORD_ROW("joined"), [CHANGE_LEFT] = FIELD_WORD_ROW("left"),
	[CHANGE_MOVED] = FIELD_WORD_ROW("moved"), FIELD_WORD_ROW(""),
};

static const struct field change_fields[] = {
	FIELD(change, what, WORD, "joined, left or moved", .words = change_words),
	FIELD(change, info_hash, HASH, "info hash of the torrent", .width = HASH_SIZE),
	FIELD(change, ipv4, IPV4, "IPv4 address"),
	FIELD(change, ipv6, IPV6, "IPv6 address"),
	FIELD(change, port, U16, "TCP port the peer listens on"),
	FIELD(change, seen, TIME, "its last announce that was seen"),
	FIELD(change, from_ipv4, IPV4, "IPv4 address before it moved"),
	FIELD(change, from_ipv6, IPV6, "IPv6 address before it moved"),
	FIELD(change, from_port, U64, "port before it moved"),
	FIELD(change, time, TIME, "when the look began, by the clock of the server"),
};

const struct record change_record = RECORD("change", change, change_fields, "a change of a swarm between two looks");

struct watch {
	struct run *run;
	struct look look;
	struct moves moves;
	struct arena memory;		/* what connecting takes, in run->memory during a look */
	int64_t interval_us;
	int64_t began_us;		/* the last look, by our clock, */
	int64_t time_us;		/* and by that of the source */
	uint64_t looks, failed;		/* failed ones are no looks */
	uint64_t failed_now;		/* since the last one that did not */
	struct look_torrent last;	/* sums of the last look */
	uint64_t joined, left, moved;
	bool late;			/* it was said that looks take longer than the interval */
	bool draws;
	struct picture picture;
};

/* ---- one look */

/*
 * Each look connects anew: what is idle for an interval may be cut off by the server or by what lies between, and a
 * server that came back may be another one.
 */
static bool connect_anew(struct watch *watch, struct source *source)
{
	struct report *report = &watch->run->report;
	bool quiet = report->quiet, opened;

	/* what there is to note of the connection was noted at the first look */
	report->quiet |= watch->looks && !report->verbose;
	opened = source_open(source, watch->run);
	source->repeated = true;
	report->quiet = quiet;
	return opened;
}

static bool read_look(struct watch *watch, struct look_oddities *oddities)
{
	struct run *run = watch->run;
	struct arena memory = run->memory;
	struct source source;
	struct names names;
	bool done = false;

	run->memory = watch->memory;
	if (names_open(&names, run) && connect_anew(watch, &source)) {
		watch->time_us = source_now_us(&source) / 1000000 * 1000000;
		done = look_read(&watch->look, LOOK_NOW, run, &source, run->word_count ? &names : NULL,
				 watch->time_us - PEERDUMP_WINDOW_S * 1000000ll, oddities);
		source_close(&source);
	}
	watch->memory = run->memory;
	arena_reset(&watch->memory);
	run->memory = memory;
	return done;
}

static size_t torrents_with_peers(const struct look *look)
{
	size_t count = 0;

	for (size_t i = 0; i < look_torrents(look); i++)
		count += look->torrents[i].count[LOOK_BEFORE] != 0;
	return count;
}

/* There is nothing to compare it with yet. */
static void say_first(struct watch *watch, const struct look_oddities *oddities)
{
	struct report *report = &watch->run->report;
	struct count_text peers, torrents, number;
	struct error error = { 0 };

	if (oddities->modules) {
		fail_input(&error, ERROR_NOWHERE, "%s of a type that a module made and no command can read: "
			   "what is in there is not watched (see check)", count_print(&number, oddities->modules, "keys"));
		run_error(watch->run, &error);
	}
	if (oddities->foreign)
		report_note(report, "%s in no known form: not watched (see check)",
			    count_print(&number, oddities->foreign, "members"));
	if (!watch->draws)
		report_note(report, "%s in %s; looking again every %" PRIi64 " s",
			    count_print(&peers, watch->look.count, "peers"),
			    count_print(&torrents, torrents_with_peers(&watch->look), "torrents"),
			    watch->interval_us / 1000000);
}

static bool put_move(struct watch *watch, const struct move *move)
{
	const struct look_peer *from = look_peer(&watch->look, move->from), *to = look_peer(&watch->look, move->to);
	const struct change change = {
		.what = CHANGE_MOVED, .info_hash = watch->look.torrents[to->torrent].info_hash,
		.ipv4 = to->ipv4, .ipv6 = to->ipv6, .port = to->port, .seen = to->seen[LOOK_NOW],
		.from_ipv4 = from->ipv4, .from_ipv6 = from->ipv6, .from_port = from->port, .time.us = watch->time_us,
	};

	return output_put(&watch->run->output, &change);
}

static bool put_change(struct watch *watch, const struct look_peer *peer)
{
	bool joined = peer->state == LOOK_IN_NOW;
	const struct change change = {
		.what = joined ? CHANGE_JOINED : CHANGE_LEFT, .info_hash = watch->look.torrents[peer->torrent].info_hash,
		.ipv4 = peer->ipv4, .ipv6 = peer->ipv6, .port = peer->port,
		.seen = peer->seen[joined ? LOOK_NOW : LOOK_BEFORE], .from_port = COUNT_UNSET, .time.us = watch->time_us,
	};

	return output_put(&watch->run->output, &change);
}

static void put_changes(struct watch *watch)
{
	bool more = true;

	for (size_t i = 0; more && i < watch->moves.count; i++)
		more = put_move(watch, &watch->moves.list[i]);
	for (uint32_t i = 0; more && i < watch->look.top; i++) {
		const struct look_peer *peer = look_peer(&watch->look, i);

		if (peer->state == LOOK_IN_NOW || peer->state == LOOK_IN_BEFORE)
			more = put_change(watch, peer);
	}
	output_flush(&watch->run->output);
}

/* A look that was finished: what changed since the one before. */
static void compare(struct watch *watch, const struct look_oddities *oddities)
{
	bool first = !watch->looks++;

	if (watch->failed_now)
		report_note(&watch->run->report, "the source is there again");
	watch->failed_now = 0;
	watch->last = look_count(&watch->look);
	if (first) {
		/* those who were there before we looked did not join */
		for (size_t i = 0; i < look_torrents(&watch->look); i++)
			watch->look.torrents[i].joined = 0;
		watch->last.joined = 0;
		look_advance(&watch->look);
		say_first(watch, oddities);
		return;
	}
	moves_find(&watch->moves, &watch->look);
	watch->last.moved = (uint32_t)watch->moves.count;
	watch->joined += watch->last.joined - watch->last.moved;
	watch->left += watch->last.left - watch->last.moved;
	watch->moved += watch->last.moved;
	if (!watch->draws)
		put_changes(watch);
	look_advance(&watch->look);
}

/* False: watching makes no sense any more. */
static bool take_look(struct watch *watch)
{
	struct look_oddities oddities;

	watch->began_us = clock_monotonic_us();
	if (read_look(watch, &oddities)) {
		compare(watch, &oddities);
		if (watch->draws)
			picture_take(&watch->picture, &watch->look, &watch->last, watch->began_us, watch->time_us);
	} else {
		/* it says nothing of who is still there */
		look_cancel(&watch->look);
		watch->failed += !tool_stopped;
		watch->failed_now++;
		picture_fail(&watch->picture);
	}
	if (watch->draws && !tool_stopped && watch->looks)
		picture_draw(&watch->picture, &watch->run->output);
	return watch->looks && !watch->look.full;
}

/* ---- look after look */

static void say_late(struct watch *watch, int64_t took_us)
{
	static const char format[] = "a look took %.1f s, longer than the interval: the next one begins at once";

	if (watch->late)
		report_detail(&watch->run->report, format, (double)took_us / 1e6);
	else
		report_note(&watch->run->report, format, (double)took_us / 1e6);
	watch->late = true;
}

/* Until it is time for the next look. */
static void wait_next(struct watch *watch)
{
	int64_t now_us = clock_monotonic_us(), next_us = watch->began_us + watch->interval_us;

	if (now_us > next_us)
		say_late(watch, now_us - watch->began_us);
	while (!tool_stopped && now_us < next_us) {
		int64_t left_ms = (next_us - now_us) / 1000 + 1;

		output_wait(&watch->run->output, left_ms < WAIT_MS ? (int)left_ms : WAIT_MS);
		if (watch->draws && screen_changed())
			picture_draw(&watch->picture, &watch->run->output);
		now_us = clock_monotonic_us();
	}
}

static void say_summary(const struct watch *watch)
{
	struct count_text looks, peers, torrents;

	if (!watch->looks)
		return;
	report_note(&watch->run->report, "%s, %" PRIu64 " failed: %" PRIu64 " joined, %" PRIu64 " left, %" PRIu64 " moved; "
		    "%s in %s at the last one", count_print(&looks, watch->looks + watch->failed, "looks"), watch->failed,
		    watch->joined, watch->left, watch->moved, count_print(&peers, watch->look.count, "peers"),
		    count_print(&torrents, torrents_with_peers(&watch->look), "torrents"));
}

/* What chooses or shapes records has no meaning for pictures; --count does. */
static bool check_usage(struct run *run, bool draws)
{
	const struct output_options *options = &run->common.output;
	struct error error = { 0 };
	struct names names;

	if (draws && (options->columns || options->top || options->matches.count || options->masks.count ||
		      options->header || options->sample || options->skip))
		fail_usage(&error,
			   "--table draws the swarms, not records: of the options for records, only --count goes with it");
	for (size_t i = 0; i < run->word_count; i++)
		if (strcmp(run->words[i], "-") == 0)
			fail_usage(&error, "the torrents to watch are named on the command line, not on standard input");
	if (error.kind == ERROR_NONE)
		return names_open(&names, run);
	run_error(run, &error);
	return false;
}

static bool wants_more(const struct watch *watch)
{
	if (watch->draws)
		return watch->looks < watch->run->common.output.count;
	return !watch->run->output.ended;
}

void watch_run(struct run *run)
{
	const struct peerdump_options *options = run->options;
	const uint64_t longest = INT32_MAX;	/* 68 years, whose microseconds are a number */
	struct watch watch = {
		.run = run, .draws = run->common.output.format == OUTPUT_TABLE,
		.interval_us = (int64_t)(options->interval < longest ? options->interval : longest) * 1000000,
	};

	if (!check_usage(run, watch.draws))
		return;
	if (watch.draws)
		picture_open(&watch.picture, &run->output, watch.interval_us);
	while (wants_more(&watch) && !tool_stopped && take_look(&watch) && wants_more(&watch))
		wait_next(&watch);
	if (watch.draws)
		picture_close(&watch.picture, &run->output);
	say_summary(&watch);
	moves_free(&watch.moves);
	look_free(&watch.look);
	arena_free(&watch.memory);
}
