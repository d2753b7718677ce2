/* look.c - two looks at all peers, kept small and compared: what is only in one of them, what is in both */
#include "tools/peerdump/look.h"

#include <inttypes.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/seed.h"

enum {
	BLOCK_PEERS = 1 << 14,		/* 786 KB: what is allocated at once, and never moved */
	FIRST_SLOTS = 1 << 10,
	FEW_TORRENTS = 1 << 10,		/* so many without peers are not worth a clean-up */
};

static void *grow(void *array, size_t capacity, size_t size)
{
	array = reallocarray(array, capacity, size);
	if (!array)
		out_of_memory();
	return array;
}

struct look_peer *look_peer(const struct look *look, uint32_t number)
{
	return &look->blocks[number / BLOCK_PEERS][number % BLOCK_PEERS];
}

/* ---- torrents */

static void open_look(struct look *look)
{
	look->seed = seed_draw();
	if (!look->peers_max)
		look->peers_max = LOOK_PEERS_MAX;
	look->numbers.limit = look->torrents_max ? look->torrents_max : LOOK_TORRENTS_MAX;
	look->slot_capacity = FIRST_SLOTS;
	look->slots = calloc(look->slot_capacity, sizeof *look->slots);
	if (!look->slots)
		out_of_memory();
}

static bool same_hash(struct bytes a, struct bytes b)
{
	return !a.data == !b.data && bytes_equal(a, b);
}

/* The number of the torrent, new or not: mostly that of the peer before. */
static bool find_torrent(struct look *look, struct bytes info_hash, uint32_t *number, struct error *error)
{
	struct table_entry *entry;
	bool added;

	if (look->last && same_hash(look->torrents[look->last - 1].info_hash, info_hash)) {
		*number = look->last - 1;
		return true;
	}
	entry = table_add(&look->numbers, info_hash, &added);
	if (!entry) {
		look->full = true;
		return fail_system(error, "more than %" PRIu64 " torrents: name some of them", look->numbers.limit);
	}
	if (added) {
		if (look->numbers.count > look->torrent_capacity) {
			look->torrent_capacity = look->torrent_capacity ? look->torrent_capacity * 2 : 64;
			look->torrents = grow(look->torrents, look->torrent_capacity, sizeof *look->torrents);
		}
		entry->count = look->numbers.count;
		look->torrents[entry->count - 1] = (struct look_torrent){
			.info_hash = entry->key, .seed = XXH3_64bits_withSeed(info_hash.data, info_hash.size, look->seed),
		};
	}
	look->last = (uint32_t)entry->count;
	*number = look->last - 1;
	return true;
}

/* ---- peers */

static uint32_t print_of(const struct look *look, uint32_t torrent, const struct peer *peer)
{
	uint8_t entry[PEER_SIZE];

	peer_encode(peer, entry);
	return (uint32_t)XXH3_64bits_withSeed(entry, sizeof entry, look->torrents[torrent].seed);
}

static bool is_peer(const struct look_peer *found, uint32_t print, uint32_t torrent, const struct peer *peer)
{
	return found->print == print && found->torrent == torrent && found->port == peer->port &&
	       memcmp(&found->ipv4, &peer->ipv4, 4) == 0 && memcmp(&found->ipv6, &peer->ipv6, 16) == 0;
}

static void index_peer(struct look *look, uint32_t number)
{
	size_t mask = look->slot_capacity - 1, at = look_peer(look, number)->print & mask;

	while (look->slots[at])
		at = (at + 1) & mask;
	look->slots[at] = number + 1;
}

static void grow_index(struct look *look)
{
	free(look->slots);
	look->slot_capacity *= 2;
	look->slots = calloc(look->slot_capacity, sizeof *look->slots);
	if (!look->slots)
		out_of_memory();
	for (uint32_t i = 0; i < look->top; i++)
		if (look_peer(look, i)->state)
			index_peer(look, i);
}

static uint32_t new_number(struct look *look)
{
	uint32_t number = look->free;

	if (number) {
		look->free = look_peer(look, number - 1)->torrent;
		return number - 1;
	}
	if (look->top == look->block_count * BLOCK_PEERS) {
		look->blocks = grow(look->blocks, look->block_count + 1, sizeof *look->blocks);
		look->blocks[look->block_count++] = grow(NULL, BLOCK_PEERS, sizeof **look->blocks);
	}
	return look->top++;
}

static bool add_peer(struct look *look, uint32_t print, uint32_t torrent, const struct peer *peer, struct look_peer **added,
		     struct error *error)
{
	uint32_t number;

	if (look->count == look->peers_max) {
		look->full = true;
		return fail_system(error, "more than %" PRIu64 " peers: name some torrents", look->peers_max);
	}
	if (look->count >= look->slot_capacity / 4 * 3)
		grow_index(look);
	number = new_number(look);
	*added = look_peer(look, number);
	**added = (struct look_peer){
		.seen = { { TIME_UNSET }, { TIME_UNSET } }, .print = print, .torrent = torrent,
		.ipv4 = peer->ipv4, .ipv6 = peer->ipv6, .port = peer->port,
	};
	look->count++;
	index_peer(look, number);
	return true;
}

bool look_put(struct look *look, enum look_side side, const struct peer *peer, struct error *error)
{
	const uint8_t bit = (uint8_t)(1 << side);
	struct look_peer *found = NULL;
	uint32_t torrent = 0, print;
	size_t mask;

	if (!look->slots)
		open_look(look);
	if (!find_torrent(look, peer->info_hash, &torrent, error))
		return false;
	print = print_of(look, torrent, peer);
	mask = look->slot_capacity - 1;
	for (size_t at = print & mask; look->slots[at]; at = (at + 1) & mask) {
		found = look_peer(look, look->slots[at] - 1);
		if (is_peer(found, print, torrent, peer))
			break;
		found = NULL;
	}
	if (!found && !add_peer(look, print, torrent, peer, &found, error))
		return false;
	if (found->state & bit) {
		look->twice++;
	} else {
		found->state |= bit;
		found->seen[side].us = TIME_UNSET;
		look->torrents[torrent].count[side]++;
	}
	if (peer->seen.us > found->seen[side].us)	/* TIME_UNSET is the least there is */
		found->seen[side] = peer->seen;
	return true;
}

/* Takes a peer out of the index: those after it that it had pushed aside move up. */
static void unindex_peer(struct look *look, uint32_t number)
{
	size_t mask = look->slot_capacity - 1, hole = look_peer(look, number)->print & mask, at;

	while (look->slots[hole] != number + 1)
		hole = (hole + 1) & mask;
	for (at = (hole + 1) & mask; look->slots[at]; at = (at + 1) & mask) {
		size_t home = look_peer(look, look->slots[at] - 1)->print & mask;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			look->slots[hole] = look->slots[at];
			hole = at;
		}
	}
	look->slots[hole] = 0;
}

static void drop_peer(struct look *look, uint32_t number)
{
	struct look_peer *peer = look_peer(look, number);

	unindex_peer(look, number);
	peer->state = 0;
	peer->torrent = look->free;
	look->free = number + 1;
	look->count--;
}

/* ---- look after look */

struct look_torrent look_count(struct look *look)
{
	struct look_torrent sum = { .info_hash = { NULL, 0 } };

	for (size_t i = 0; i < look_torrents(look); i++)
		look->torrents[i].joined = look->torrents[i].left = look->torrents[i].moved = 0;
	for (uint32_t i = 0; i < look->top; i++) {
		const struct look_peer *peer = look_peer(look, i);

		if (peer->state == LOOK_IN_NOW)
			look->torrents[peer->torrent].joined++;
		else if (peer->state == LOOK_IN_BEFORE)
			look->torrents[peer->torrent].left++;
	}
	for (size_t i = 0; i < look_torrents(look); i++) {
		sum.joined += look->torrents[i].joined;
		sum.left += look->torrents[i].left;
		sum.count[LOOK_BEFORE] += look->torrents[i].count[LOOK_BEFORE];
		sum.count[LOOK_NOW] += look->torrents[i].count[LOOK_NOW];
	}
	return sum;
}

/* Torrents come and go: when most are without peers, these are forgotten and the others numbered anew. */
static void forget_torrents(struct look *look)
{
	uint32_t *numbers = grow(NULL, look_torrents(look) + 1, sizeof *numbers);
	struct table kept = { .limit = look->numbers.limit };

	for (size_t i = 0; i < look_torrents(look); i++) {
		struct look_torrent torrent = look->torrents[i];
		struct table_entry *entry;

		if (!torrent.count[LOOK_BEFORE])
			continue;
		entry = table_add(&kept, torrent.info_hash, NULL);
		entry->count = kept.count;
		numbers[i] = (uint32_t)kept.count - 1;
		torrent.info_hash = entry->key;
		look->torrents[numbers[i]] = torrent;
	}
	for (uint32_t i = 0; i < look->top; i++)
		if (look_peer(look, i)->state)
			look_peer(look, i)->torrent = numbers[look_peer(look, i)->torrent];
	free(numbers);
	table_free(&look->numbers);
	look->numbers = kept;
	look->last = 0;
}

static void advance_torrent(struct look_torrent *torrent)
{
	torrent->count[LOOK_BEFORE] = torrent->count[LOOK_NOW];
	torrent->count[LOOK_NOW] = 0;
	memmove(torrent->history, torrent->history + 1, sizeof torrent->history - sizeof *torrent->history);
	torrent->history[LOOK_HISTORY - 1] = torrent->count[LOOK_BEFORE];
}

void look_advance(struct look *look)
{
	size_t empty = 0;

	for (uint32_t i = 0; i < look->top; i++) {
		struct look_peer *peer = look_peer(look, i);

		if (peer->state & LOOK_IN_NOW) {
			peer->state = LOOK_IN_BEFORE;
			peer->seen[LOOK_BEFORE] = peer->seen[LOOK_NOW];
		} else if (peer->state) {
			drop_peer(look, i);
		}
	}
	for (size_t i = 0; i < look_torrents(look); i++) {
		advance_torrent(&look->torrents[i]);
		empty += !look->torrents[i].count[LOOK_BEFORE];
	}
	if (empty > FEW_TORRENTS && empty > look_torrents(look) / 2)
		forget_torrents(look);
}

void look_cancel(struct look *look)
{
	for (uint32_t i = 0; i < look->top; i++) {
		struct look_peer *peer = look_peer(look, i);

		if (peer->state == LOOK_IN_NOW)
			drop_peer(look, i);
		else if (peer->state)
			peer->state = LOOK_IN_BEFORE;
	}
	for (size_t i = 0; i < look_torrents(look); i++)
		look->torrents[i].count[LOOK_NOW] = 0;
}

void look_free(struct look *look)
{
	for (size_t i = 0; i < look->block_count; i++)
		free(look->blocks[i]);
	free(look->blocks);
	free(look->slots);
	free(look->torrents);
	table_free(&look->numbers);
	*look = (struct look){ 0 };
}

/* ---- reading */

static bool put_piece(struct look *look, enum look_side side, const struct piece *piece, int64_t since_us,
		      struct look_oddities *oddities, struct error *error)
{
	struct peer peer = { .info_hash = key_hash(piece->key) };

	for (size_t i = 0; i < piece->count; i++) {
		if (!peer_decode(piece->members[i].text, &peer)) {
			oddities->foreign++;
			continue;
		}
		peer.seen = peer_seen(piece->members[i].score);
		if (peer.seen.us >= since_us && !look_put(look, side, &peer, error))
			return false;
	}
	return true;
}

bool look_read(struct look *look, enum look_side side, struct run *run, struct source *source, struct names *names,
	       int64_t since_us, struct look_oddities *oddities)
{
	static const struct scan_plan plans[SCAN_CLASSES] = {
		[SCAN_TORRENT] = { .read = SCAN_ZSET }, [SCAN_OLD_RAW] = { .read = SCAN_ZSET },
		[SCAN_OLD_HEX] = { .read = SCAN_ZSET }, [SCAN_OLD_TID] = { .read = SCAN_ZSET },
		[SCAN_NUMBER] = { .asks = SCAN_ASK(TYPE) },
	};
	struct error error = { 0 }, full = { 0 };
	struct piece piece;
	uint64_t count = 0;

	*oddities = (struct look_oddities){ 0 };
	if (!source_begin(source, DATABASE_TORRENTS, plans, names))
		return false;
	while (full.kind == ERROR_NONE && source_next(source, &piece, &error)) {
		oddities->modules += key_module(piece.key);
		count += piece.count;
		put_piece(look, side, &piece, since_us, oddities, &full);
	}
	source_end(source, &error, count, "peers");
	if (full.kind != ERROR_NONE)
		run_error(run, &full);
	return error.kind == ERROR_NONE && full.kind == ERROR_NONE && !tool_stopped;
}
