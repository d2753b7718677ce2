/* snapshot.c - an RDB file as its events, from the first to the last and again, whatever it comes in */
#include "tools/peerdump/snapshot.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/number.h"

/* ---- when it was written */

/* The AUX fields are at the beginning of the file, and in any but hostile ones this is more than they take. */
enum { PEEK_MAX = 64 << 10 };

/*
 * Looks for ctime in what stands before the first key. Nothing is used up: the window is only looked at, so that
 * a pipe can be read from its beginning afterwards. What is damaged there (not *sound) will be told when it is read.
 */
static bool peek_ctime(struct snapshot *snapshot, int64_t *saved_us, bool *sound, struct error *error)
{
	struct rdb *rdb = &snapshot->rdb;
	struct error ignored = { 0 };
	uint64_t seconds = 0;
	enum rdb_event event = RDB_AUX;
	size_t at = 0;
	bool last;

	rdb_open(rdb, false);
	while (!seconds && ((event = rdb_next(rdb, &ignored)) == RDB_MORE || event == RDB_AUX)) {
		if (event == RDB_MORE) {
			struct bytes window;

			at += rdb->used;
			if (at + rdb->want > PEEK_MAX)
				break;
			window = outer_fill(&snapshot->outer, 0, at + rdb->want, &last, error);
			if (error->kind != ERROR_NONE)
				break;
			rdb_window(rdb, bytes_after(window, at), last);
		} else if (bytes_is(rdb->aux_name, "ctime")) {
			number_parse(rdb->aux_value, INT64_MAX / 2000000, &seconds);
		}
	}
	rdb_close(rdb);
	*sound = event != RDB_BAD;
	/* it tells whole seconds; in the middle of it times to live come out as the server told them then */
	*saved_us = (int64_t)seconds * 1000000 + 500000;
	return seconds != 0;
}

static void find_saved(struct snapshot *snapshot, struct error *error)
{
	const struct input *input = &snapshot->outer.input;
	const char *instead = "this machine's clock";
	struct stat status;
	bool sound;

	if (peek_ctime(snapshot, &snapshot->saved_us, &sound, error) || error->kind != ERROR_NONE)
		return;
	snapshot->saved_us = clock_real_us();
	if (input->regular && fstat(input->fd, &status) == 0) {
		snapshot->saved_us = (int64_t)status.st_mtim.tv_sec * 1000000 + status.st_mtim.tv_nsec / 1000;
		instead = "the time of the file";
	}
	if (sound)
		report_note(&snapshot->run->report, "%s: does not say when it was written; %s is used instead", input->name,
			    instead);
}

/* ---- reading */

bool snapshot_open(struct snapshot *snapshot, const char *name, struct run *run)
{
	struct error error = { 0 };

	*snapshot = (struct snapshot){ .run = run };
	if (outer_open(&snapshot->outer, name, run_wait(run), &tool_stopped, &error)) {
		find_saved(snapshot, &error);
		if (error.kind == ERROR_NONE)
			return true;
		outer_close(&snapshot->outer);
	}
	if (!tool_stopped)
		report_error(&run->report, (struct place){ .file = name }, &error);
	return false;
}

bool snapshot_keep(struct snapshot *snapshot, struct error *error)
{
	return outer_keep(&snapshot->outer, error);
}

bool snapshot_begin(struct snapshot *snapshot, bool checksum, struct error *error)
{
	if (snapshot->begun) {
		rdb_close(&snapshot->rdb);
		snapshot->begun = false;
		if (!outer_again(&snapshot->outer, error))
			return false;
	}
	rdb_open(&snapshot->rdb, checksum);
	snapshot->rdb.offset = snapshot->outer.begin;
	snapshot->begun = true;
	return true;
}

static void tell_rest(struct snapshot *snapshot, struct error *error)
{
	struct report *report = &snapshot->run->report;
	const char *name = snapshot->outer.input.name;
	struct error told = { 0 };
	struct count_text count;
	uint64_t offset, size;

	snapshot->ended = true;
	switch (outer_rest(&snapshot->outer, snapshot->rdb.used, &offset, &size, error)) {
	case OUTER_NOTHING:
		break;
	case OUTER_COMMANDS:
		report_note(report,
			    "%s: byte %" PRIu64 ": %s of commands follow, which came after the snapshot; they are not read",
			    name, offset, count_print(&count, size, "bytes"));
		break;
	case OUTER_STRAY:
		fail_input(&told, offset, "%s after the end, where nothing should be", count_print(&count, size, "bytes"));
		break;
	case OUTER_NO_MARK:
		fail_input(&told, offset, "after the end, not the 40 bytes that should mark it");
		break;
	}
	if (told.kind != ERROR_NONE)
		report_error(report, (struct place){ .file = name }, &told);
}

/* False: the input failed, or the program was asked to stop, when an end is none. */
static bool read_more(struct snapshot *snapshot, struct error *error)
{
	struct rdb *rdb = &snapshot->rdb;
	bool last;
	struct bytes window = outer_fill(&snapshot->outer, rdb->used, rdb->want, &last, error);

	if (tool_stopped)
		fail_system(error, "interrupted");
	if (error->kind != ERROR_NONE)
		return false;
	rdb_window(rdb, window, last);
	return true;
}

enum rdb_event snapshot_next(struct snapshot *snapshot, struct error *error)
{
	enum rdb_event event;

	while ((event = rdb_next(&snapshot->rdb, error)) == RDB_MORE)
		if (!read_more(snapshot, error))
			return RDB_BAD;
	if (event == RDB_END && !snapshot->ended) {
		tell_rest(snapshot, error);
		if (error->kind != ERROR_NONE)
			return RDB_BAD;
	}
	return event;
}

void snapshot_close(struct snapshot *snapshot)
{
	if (snapshot->begun)
		rdb_close(&snapshot->rdb);
	outer_close(&snapshot->outer);
}
