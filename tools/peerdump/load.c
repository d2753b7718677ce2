/* load.c - peer lines into Redis, or what the tracker would do for frame lines */
#include "tools/peerdump/peerdump.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "codec/frame.h"
#include "tools/peerdump/batch.h"
#include "tools/peerdump/diff.h"
#include "tools/peerdump/putback.h"
#include "tools/peerdump/watch.h"

struct load {
	struct run *run;
	struct lines lines;
	struct store store;
	struct batch batch;
	struct putback putback;
	uint64_t events[FRAME_EVENTS];	/* frames loaded */
	uint64_t unfit;			/* lines that were understood, and cannot be stored */
	uint64_t peer_port, frame_port, frame_version;	/* bits of `present` */
	bool key_made;
	uint8_t key_hash[HASH_SIZE];	/* of the torrent whose keys these are: */
	char keys[PEER_EXT_SIZE + PEER_KEY_SIZE];	/* "ext_" stands before the other */
};

/* The keys of the torrent: mostly those of the line before. Each is good until the next torrent. */
static void make_keys(struct load *load, struct bytes info_hash)
{
	if (load->key_made && memcmp(load->key_hash, info_hash.data, HASH_SIZE) == 0)
		return;
	memcpy(load->key_hash, info_hash.data, HASH_SIZE);
	memcpy(load->keys, "ext_", PEER_EXT_SIZE);
	peer_key_print(info_hash.data, load->keys + PEER_EXT_SIZE);
	load->key_made = true;
}

static struct bytes torrent_key(struct load *load, struct bytes info_hash)
{
	make_keys(load, info_hash);
	return bytes_at(load->keys + PEER_EXT_SIZE, PEER_KEY_SIZE);
}

static struct bytes ext_key(struct load *load, struct bytes info_hash)
{
	make_keys(load, info_hash);
	return bytes_at(load->keys, sizeof load->keys);
}

static void change_set(struct load *load, enum database database, enum command_verb verb, struct bytes key,
		       struct bytes member)
{
	struct batch_change change = { database, verb, key, member, 0 };

	batch_put(&load->batch, &change);
}

/* The number that Redis would make of the seconds as text: a quotient of two that are exact is the nearest one. */
static double make_score(int64_t us)
{
	char text[TIME_ROOM + 1];

	if (us % 1000000 == 0)
		return (double)(us / 1000000);
	if (us > -(1ll << 53) && us < 1ll << 53)
		return (double)us / 1e6;
	*time_print(text, us) = 0;
	return strtod(text, NULL);
}

static void put_peer(struct load *load, struct bytes key, const struct peer *peer)
{
	uint8_t entry[PEER_SIZE];
	struct batch_change change = { DATABASE_TORRENTS, COMMAND_ZADD, key, bytes_at(entry, PEER_SIZE), 0 };

	peer_encode(peer, entry);
	/* the tracker writes whole seconds */
	change.score = peer->seen.us == TIME_UNSET ? (double)(store_now_us(&load->store) / 1000000)
						   : make_score(peer->seen.us);
	batch_put(&load->batch, &change);
}

static bool want_column(bool there, const char *name, struct error *error)
{
	return there || fail_input(error, ERROR_NOWHERE, "no %s", name);
}

/* An entry without address is of no use to anybody; --keep stores it, so that a copy can be faithful. */
static bool want_endpoint(const struct load *load, const struct peer *peer, bool port_there, struct error *error)
{
	if (!want_column(port_there, "port", error))
		return false;
	if (ipv4_absent(&peer->ipv4) && ipv6_absent(&peer->ipv6) && !load->run->common.keep)
		return fail_input(error, ERROR_NOWHERE, "neither ipv4 nor ipv6");
	return true;
}

static bool want_passkey(struct bytes passkey, struct error *error)
{
	if (!want_column(passkey.data != NULL, "passkey", error))
		return false;
	if (passkey.size != PASSKEY_SIZE)
		return fail_input(error, ERROR_NOWHERE, "passkey of %zu bytes, want %d", passkey.size, PASSKEY_SIZE);
	return true;
}

static bool load_peer(struct load *load, const struct reading *reading, struct error *error)
{
	const struct peer *peer = reading->value;

	if (reading->source == &oldframe_record)
		return fail_input(error, ERROR_NOWHERE, "an oldframe has no passkey, so it cannot be loaded as a frame "
				  "(as peers: framecat --layout=peerid -H -o info_hash,ipv4,ipv6,port)");
	if (!want_column(peer->info_hash.data != NULL, "info_hash", error) ||
	    !want_endpoint(load, peer, reading->present & load->peer_port, error))
		return false;
	put_peer(load, torrent_key(load, peer->info_hash), peer);
	return true;
}

/* As the tracker does it: completed takes the passkey out of ext_ and then, as started, puts it back. */
static void start(struct load *load, const struct frame *frame, const struct peer *peer)
{
	if (frame->event == FRAME_COMPLETED)
		change_set(load, DATABASE_TORRENTS, COMMAND_SREM, ext_key(load, frame->info_hash), frame->passkey);
	change_set(load, DATABASE_USERS, COMMAND_SADD, frame->passkey, torrent_key(load, frame->info_hash));
	put_peer(load, torrent_key(load, frame->info_hash), peer);
	change_set(load, DATABASE_TORRENTS, COMMAND_SADD, ext_key(load, frame->info_hash), frame->passkey);
}

/* The entry of a peer that stopped is left to age out. */
static void stop(struct load *load, const struct frame *frame)
{
	change_set(load, DATABASE_USERS, COMMAND_SREM, frame->passkey, torrent_key(load, frame->info_hash));
}

static bool load_frame(struct load *load, const struct reading *reading, struct error *error)
{
	const struct frame *frame = reading->value;
	const struct peer peer = { .ipv4 = frame->ipv4, .ipv6 = frame->ipv6, .port = frame->port, .seen = frame->time };

	if (reading->present & load->frame_version && frame->version != FRAME_VERSION)
		return fail_input(error, ERROR_NOWHERE, "version %u, want %d", frame->version, FRAME_VERSION);
	if (frame->event >= FRAME_EVENTS)
		return fail_input(error, ERROR_NOWHERE, "event %u, want started, completed or stopped", frame->event);
	if (!want_column(frame->info_hash.data != NULL, "info_hash", error) || !want_passkey(frame->passkey, error))
		return false;
	if (frame->event == FRAME_STOPPED)
		stop(load, frame);
	else if (want_endpoint(load, &peer, reading->present & load->frame_port, error))
		start(load, frame, &peer);
	else
		return false;
	load->events[frame->event]++;
	return true;
}

static bool load_leecher(struct load *load, const struct reading *reading, struct error *error)
{
	const struct leecher *leecher = reading->value;

	if (!want_column(leecher->info_hash.data != NULL, "info_hash", error) || !want_passkey(leecher->passkey, error))
		return false;
	change_set(load, DATABASE_TORRENTS, COMMAND_SADD, ext_key(load, leecher->info_hash), leecher->passkey);
	return true;
}

static bool load_member(struct load *load, const struct reading *reading, struct error *error)
{
	const struct member *member = reading->value;

	if (!want_column(member->info_hash.data != NULL, "info_hash", error) || !want_passkey(member->passkey, error))
		return false;
	change_set(load, DATABASE_USERS, COMMAND_SADD, member->passkey, torrent_key(load, member->info_hash));
	return true;
}

/* What prune took out. */
static bool load_pruned(struct load *load, const struct reading *reading, struct error *error)
{
	return putback_put(&load->putback, reading->value, lines_place(&load->lines), error);
}

/* Each type of line and what is done with it. The first takes lines of other types by the names of their columns. */
static const struct record *const targets[] = { &peer_record, &frame_record, &leecher_record, &member_record,
					       &pruned_record, NULL };
static bool (*const loaders[])(struct load *, const struct reading *, struct error *) = {
	load_peer, load_frame, load_leecher, load_member, load_pruned,
};

static void load_line(struct load *load, const struct reading *reading)
{
	struct error error;
	size_t type = 0;

	error_clear(&error);
	while (targets[type] != reading->record)
		type++;
	if (loaders[type](load, reading, &error))
		return;
	load->unfit++;
	lines_error(&load->lines, &error);
}

/* Input would block: what was read so far is stored now. */
static void before_wait(void *context)
{
	struct load *load = context;

	batch_flush(&load->batch);
	store_settle(&load->store);
	putback_flush(&load->putback);
	output_flush(&load->run->output);
	/* there is nowhere to put what might still come, so it is not waited for */
	if (load->store.failed)
		tool_stopped = true;
}

static void say_summary(struct load *load)
{
	const struct store *store = &load->store;
	struct report *report = &load->run->report;
	const char *stored = store->dry_run ? "to store" : "stored";
	/* some were no record at all */
	uint64_t unfit = report->bad - store->complaints - load->putback.complaints, frames = 0;
	struct count_text lines, peers, torrents;

	for (size_t i = 0; i < FRAME_EVENTS; i++)
		frames += load->events[i];
	report_note(report, "%s read, %" PRIu64 " unfit; %s %s in %s%s, %" PRIu64 " refused",
		    count_print(&lines, load->lines.count + unfit - load->unfit, "lines"), unfit,
		    count_print(&peers, store->peers, "peers"), stored,
		    store->torrents.count == STORE_TORRENTS_MAX ? "more than " : "",
		    count_print(&torrents, store->torrent_count, "torrents"), store->peers_refused);
	if (frames)
		report_note(report, "frames: %" PRIu64 " started, %" PRIu64 " completed, %" PRIu64 " stopped",
			    load->events[FRAME_STARTED], load->events[FRAME_COMPLETED], load->events[FRAME_STOPPED]);
	if (store->set_changes || store->sets_refused)
		report_note(report, "members of user and ext_ sets: %" PRIu64 " %s or removed, %" PRIu64 " refused",
			    store->set_changes, stored, store->sets_refused);
	putback_say(&load->putback);
	if (store->wholes)
		report_detail(report, "stored as a whole: %s", count_print(&torrents, store->wholes, "torrents"));
	report_detail(report, "%s; new: %s", count_print(&lines, store_commands(store), "commands"),
		      count_print(&peers, store->new_peers, "peers"));
}

static void load_lines(struct load *load)
{
	struct reading reading;

	while (!load->store.failed && lines_next(&load->lines, &reading))
		load_line(load, &reading);
	batch_flush(&load->batch);
	store_settle(&load->store);
	putback_flush(&load->putback);
	say_summary(load);
}

void load_run(struct run *run)
{
	static const struct record *const known[] = { &oldframe_record, &difference_record, &change_record, NULL };
	const struct peerdump_options *options = run->options;
	struct error error = { 0 };
	struct load load = {
		.run = run, .putback.store = &load.store,
		.peer_port = reading_bit(&peer_record, "port"), .frame_port = reading_bit(&frame_record, "port"),
		.frame_version = reading_bit(&frame_record, "version"),
	};

	if (options->expire > INT32_MAX) {
		fail_usage(&error, "--expire: %" PRIu64 " seconds, want at most %d", options->expire, INT32_MAX);
		run_error(run, &error);
		return;
	}
	if (options->fast && options->dry_run) {
		fail_usage(&error, "--fast is for a server whose version is known, and --dry-run asks none");
		run_error(run, &error);
		return;
	}
	lines_open(&load.lines, run, run->word_count, run->words, targets, known, false);
	load.lines.files.wait = (struct io_wait){ before_wait, &load };
	if (store_open(&load.store, run, &load.lines)) {
		batch_open(&load.batch, &load.store);
		load_lines(&load);
		batch_close(&load.batch);
	}
	putback_close(&load.putback);
	store_close(&load.store);
	lines_close(&load.lines);
}
