/* diff.c - userstats diff: torrents that differ between two looks */
#include "tools/userstats/seen.h"

#include <stdlib.h>

#include "base/buf.h"

enum { BEFORE = 1, AFTER = 2 };

/* By marks: in A only, in B only, in both. */
struct moved { uint32_t peers[4], users[4]; };

static struct moved *count_moved(struct seen *seen)
{
	struct moved *moved = calloc(seen_torrent_count(seen) + 1ull, sizeof *moved);
	uint32_t user, torrent;
	uint8_t marks;

	if (!moved)
		out_of_memory();
	for (uint32_t i = 0; i < seen->entries.count; i++) {
		const struct entry *entry = entries_at(&seen->entries, i);

		moved[entry->torrent].peers[entry->marks]++;
	}
	for (size_t at = 0; pairs_next(&seen->pairs, &at, &user, &torrent, &marks); )
		moved[torrent].users[marks]++;
	return moved;
}

static void print(struct run *run, struct seen *seen)
{
	struct moved *moved = count_moved(seen);
	uint32_t *order = seen_sorted(seen), count = seen_torrent_count(seen);
	bool more = true;

	for (uint32_t i = 0; i < count && more && !tool_stopped; i++) {
		const uint32_t *peers = moved[order[i]].peers, *users = moved[order[i]].users;

		if (!peers[BEFORE] && !peers[AFTER] && !users[BEFORE] && !users[AFTER])
			continue;
		more = output_put(&run->output, &(struct moved_line){
			.info_hash = seen->torrents[order[i]].hash->key,
			.peers_before = (uint64_t)peers[BEFORE] + peers[BEFORE | AFTER],
			.peers_after = (uint64_t)peers[AFTER] + peers[BEFORE | AFTER],
			.peers_joined = peers[AFTER], .peers_left = peers[BEFORE],
			.users_before = (uint64_t)users[BEFORE] + users[BEFORE | AFTER],
			.users_after = (uint64_t)users[AFTER] + users[BEFORE | AFTER],
			.users_joined = users[AFTER], .users_left = users[BEFORE],
		});
	}
	free(order);
	free(moved);
}

void diff_run(struct run *run)
{
	struct looks before = { .run = run }, after = { .run = run };
	struct seen seen = { 0 };
	struct error error = { 0 };
	const char *const *files = (const char *const *)run->words;

	if (run->word_count != 2) {
		fail_usage(&error, "diff takes the names of two snapshots (- is stdin)");
		run_error(run, &error);
		return;
	}
	if (!looks_once(run, 2, files))
		return;
	if (seen_read(&seen, &before, 1, files, BEFORE) && seen_read(&seen, &after, 1, files + 1, AFTER))
		print(run, &seen);
	looks_free(&before);
	looks_free(&after);
	seen_free(&seen);
}
