/* merge.c - userstats merge: what several looks saw together */
#include "tools/userstats/save.h"
#include "tools/userstats/seen.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/order.h"
#include "base/room.h"

/* Of a torrent. */
struct together { uint32_t peers, users; };

struct merge {
	struct run *run;
	struct seen seen;
	struct looks looks;
	struct together *torrents;
};

static void count_together(struct merge *merge)
{
	uint32_t user, torrent;
	uint8_t marks;

	merge->torrents = room_new(seen_torrent_count(&merge->seen), sizeof *merge->torrents);
	for (uint32_t i = 0; i < merge->seen.entries.count; i++)
		merge->torrents[entries_at(&merge->seen.entries, i)->torrent].peers++;
	for (size_t at = 0; pairs_next(&merge->seen.pairs, &at, &user, &torrent, &marks); )
		merge->torrents[torrent].users++;
}

static double coverage_of(const struct merge *merge)
{
	const struct userstats_options *options = merge->run->options;

	return merge->looks.window >= options->interval ? 1 : (double)merge->looks.window / (double)options->interval;
}

/* In the order of the info hashes. */
static void print(struct merge *merge)
{
	uint32_t *order = seen_sorted(&merge->seen), count = seen_torrent_count(&merge->seen);
	bool more = true;

	for (uint32_t i = 0; i < count && more && !tool_stopped; i++) {
		const struct seen_torrent *torrent = &merge->seen.torrents[order[i]];
		const struct together *together = &merge->torrents[order[i]];

		more = output_put(&merge->run->output, &(struct sampled_line){
			.info_hash = torrent->hash->key, .peers = together->peers, .users = together->users,
			.looks = torrent->looks, .first = { torrent->first_us }, .last = { torrent->last_us },
			.window = merge->looks.window, .coverage = coverage_of(merge),
		});
	}
	free(order);
}

/* ---- the union as one look */

static void save_entries(struct merge *merge, struct save *save)
{
	struct peer peer;

	for (uint32_t i = 0; i < merge->seen.entries.count && !tool_stopped; i++) {
		const struct entry *entry = entries_at(&merge->seen.entries, i);

		peer_layouts[0].decode(bytes_at(entry->member, PEER_SIZE), &peer);
		peer.info_hash = merge->seen.torrents[entry->torrent].hash->key;
		peer.seen = entry_seen(entry);
		if (!save_peer(save, &peer))
			break;
	}
}

/* In the order in which users and torrents came first, so that the same looks make the same file. */
static void save_pairs(struct merge *merge, struct save *save)
{
	size_t count = 0;
	uint64_t *all = malloc((pairs_count(&merge->seen.pairs) + 1) * sizeof *all);
	uint32_t user, torrent;
	uint8_t marks;

	if (!all)
		out_of_memory();
	for (size_t at = 0; pairs_next(&merge->seen.pairs, &at, &user, &torrent, &marks); )
		all[count++] = (uint64_t)user << 32 | torrent;
	qsort(all, count, sizeof *all, order_u64);
	for (size_t i = 0; i < count && !tool_stopped; i++) {
		struct member member = {
			.passkey = keys_at(&merge->seen.users, (uint32_t)(all[i] >> 32)),
			.info_hash = merge->seen.torrents[(uint32_t)all[i]].hash->key,
		};

		if (!save_member(save, &member))
			break;
	}
	free(all);
}

static uint64_t count_torrents(const struct merge *merge)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < seen_torrent_count(&merge->seen); i++)
		count += merge->torrents[i].peers > 0;
	return count;
}

static bool save_union(struct merge *merge, struct save *save)
{
	struct look_line line = {
		.time = merge->looks.last, .torrents = count_torrents(merge), .users = seen_user_count(&merge->seen),
		.window = merge->looks.window,
	};

	save_entries(merge, save);
	save_pairs(merge, save);
	return save_close(save, &line);
}

/* Nothing is printed that was not saved, too. */
static void merge_files(struct merge *merge, struct save *save)
{
	struct run *run = merge->run;

	if (!seen_read(&merge->seen, &merge->looks, run->word_count, (const char *const *)run->words, 0)) {
		if (save)
			save_drop(save);
		return;
	}
	count_together(merge);
	if (!save || save_union(merge, save))
		print(merge);
}

void merge_run(struct run *run)
{
	const struct userstats_options *options = run->options;
	struct merge merge = { .run = run, .looks.run = run };
	struct save save;
	struct error error = { 0 };

	if (!run->word_count)
		fail_usage(&error, "merge takes the names of one or more snapshots (- is stdin)");
	else if (options->to && !strcmp(options->to, "-"))
		fail_usage(&error, "--to wants the name of a file: stdout has the records");
	if (error.kind != ERROR_NONE) {
		run_error(run, &error);
		return;
	}
	if (options->to && !save_open(&save, run, options->to))
		return;
	merge_files(&merge, options->to ? &save : NULL);
	free(merge.torrents);
	looks_free(&merge.looks);
	seen_free(&merge.seen);
}
