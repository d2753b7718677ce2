/* seen.c - what several looks saw together: torrents, users, distinct entries, distinct pairs */
#include "tools/userstats/seen.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/room.h"

/* KEYS_NONE: there is no room. */
static uint32_t number_torrent(struct seen *seen, struct bytes hash)
{
	struct table_entry *entry;
	struct seen_torrent *torrent;
	bool added = false;

	seen->hashes.limit = KEYS_MAX;
	entry = table_add(&seen->hashes, hash, &added);
	if (!entry)
		return KEYS_NONE;
	if (added) {
		seen->torrents = room_for(seen->torrents, &seen->torrent_room, seen->hashes.count, sizeof *seen->torrents);
		entry->count = seen->hashes.count;
		seen->torrents[entry->count - 1] = (struct seen_torrent){
			.hash = entry, .first_us = seen->time_us, .last_us = seen->time_us,
		};
	}
	torrent = &seen->torrents[entry->count - 1];
	if (torrent->last_look != seen->look) {
		torrent->last_look = seen->look;
		torrent->looks++;
		if (seen->time_us < torrent->first_us)
			torrent->first_us = seen->time_us;
		if (seen->time_us > torrent->last_us)
			torrent->last_us = seen->time_us;
	}
	return (uint32_t)entry->count - 1;
}

static void take_look(void *context, size_t number, const struct look_line *line)
{
	struct seen *seen = context;

	(void)number;
	seen->look++;
	seen->time_us = line->time.us;
}

static void take_peer(void *context, const struct peer *peer)
{
	struct seen *seen = context;
	uint32_t torrent = number_torrent(seen, peer->info_hash);
	struct entry *entry = torrent == KEYS_NONE ? NULL : entries_add(&seen->entries, torrent, peer);

	if (entry)
		entry->marks |= seen->mark;
	else
		seen->left_out++;
}

static void take_member(void *context, const struct member *member)
{
	struct seen *seen = context;
	uint32_t torrent = number_torrent(seen, member->info_hash), user = keys_add(&seen->users, member->passkey);

	if (torrent != KEYS_NONE && user != KEYS_NONE)
		pairs_mark(&seen->pairs, user, torrent, seen->mark);
	else
		seen->left_out++;
}

bool seen_read(struct seen *seen, struct looks *looks, size_t count, const char *const *files, uint8_t mark)
{
	struct error error = { 0 };
	bool good;

	seen->mark = mark;
	looks->context = seen;
	looks->look = take_look;
	looks->peer = take_peer;
	looks->member = take_member;
	good = looks_read(looks, count, files);
	if (seen->left_out) {
		fail_input(&error, ERROR_NOWHERE, "more than %d distinct entries, or %d torrents or users: %" PRIu64
			   " entries and pairs are left out", ENTRIES_MAX, KEYS_MAX, seen->left_out);
		run_error(looks->run, &error);
		seen->left_out = 0;
	}
	return good;
}

static int compare_hashes(const void *a, const void *b, void *context)
{
	const struct seen_torrent *torrents = context;

	return bytes_compare(torrents[*(const uint32_t *)a].hash->key, torrents[*(const uint32_t *)b].hash->key);
}

uint32_t *seen_sorted(const struct seen *seen)
{
	uint32_t count = seen_torrent_count(seen), *order = malloc((count + 1ull) * sizeof *order);

	if (!order)
		out_of_memory();
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof *order, compare_hashes, seen->torrents);
	return order;
}

void seen_free(struct seen *seen)
{
	free(seen->torrents);
	keys_free(&seen->users);
	entries_free(&seen->entries);
	pairs_free(&seen->pairs);
	table_free(&seen->hashes);
}
