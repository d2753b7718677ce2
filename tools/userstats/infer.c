/* infer.c - endpoints of users, inferred from the zsets of the torrents that they are on */
#include "tools/userstats/infer.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/order.h"
#include "base/room.h"

enum { SLOTS_MIN = 1 << 10 };

/* ---- what is in the zsets */

/* Makes room for `wanted` numbers that are zero. */
static void grow_zero(uint32_t **numbers, size_t *room, size_t wanted)
{
	size_t before = *room;

	*numbers = room_for(*numbers, room, wanted, sizeof **numbers);
	if (*room > before)
		memset(*numbers + before, 0, (*room - before) * sizeof **numbers);
}

static uint32_t slot_of(const struct infer *infer, const uint8_t *endpoint)
{
	return (uint32_t)XXH3_64bits_withSeed(endpoint, PEER_SIZE, infer->seed) & (infer->capacity - 1);
}

/* Slots hold a number plus one; 0: free. At most three quarters are taken. */
static void grow_slots(struct infer *infer)
{
	free(infer->slots);
	if (infer->capacity > UINT32_MAX / 2)
		out_of_memory();	/* an endpoint is a number of 32 bits */
	infer->capacity = infer->capacity ? 2 * infer->capacity : SLOTS_MIN;
	infer->slots = room_new(infer->capacity, sizeof *infer->slots);
	for (uint32_t i = 0; i < infer->endpoint_count; i++) {
		uint32_t slot = slot_of(infer, infer->endpoints[i]);

		while (infer->slots[slot])
			slot = (slot + 1) & (infer->capacity - 1);
		infer->slots[slot] = i + 1;
	}
}

/* The number of an endpoint, which is made if it is new. */
static uint32_t number_of(struct infer *infer, const uint8_t *endpoint)
{
	size_t room = infer->endpoint_room;
	uint32_t slot;

	if (infer->endpoint_count >= infer->capacity - infer->capacity / 4)
		grow_slots(infer);
	for (slot = slot_of(infer, endpoint); infer->slots[slot]; slot = (slot + 1) & (infer->capacity - 1))
		if (!memcmp(infer->endpoints[infer->slots[slot] - 1], endpoint, PEER_SIZE))
			return infer->slots[slot] - 1;
	infer->endpoints = room_for(infer->endpoints, &infer->endpoint_room, infer->endpoint_count + 1ull, PEER_SIZE);
	grow_zero(&infer->spread, &room, infer->endpoint_count + 1ull);
	memcpy(infer->endpoints[infer->endpoint_count], endpoint, PEER_SIZE);
	return (infer->slots[slot] = ++infer->endpoint_count) - 1;
}

uint32_t infer_add(struct infer *infer)
{
	infer->torrents =
		room_for(infer->torrents, &infer->torrent_room, infer->torrent_count + 1ull, sizeof *infer->torrents);
	infer->torrents[infer->torrent_count] = (struct infer_torrent){ 0 };
	return infer->torrent_count++;
}

void infer_fill(struct infer *infer, uint32_t torrent, const struct bytes *members, size_t count)
{
	struct infer_torrent *filled = &infer->torrents[torrent];
	uint32_t *entries;
	size_t taken = 0, left = 0;

	filled->skipped = count > INFER_ENTRIES_MAX;
	if (!count || filled->skipped)
		return;
	infer->entries = room_for(infer->entries, &infer->entry_room, infer->entry_count + count, sizeof *infer->entries);
	entries = infer->entries + infer->entry_count;
	for (size_t i = 0; i < count; i++) {
		struct peer peer = { 0 };
		uint8_t endpoint[PEER_SIZE];

		if (!peer_decode(members[i], &peer) || (ipv4_absent(&peer.ipv4) && ipv6_absent(&peer.ipv6)))
			continue;
		peer_encode(&peer, endpoint);
		entries[taken++] = number_of(infer, endpoint);
	}
	qsort(entries, taken, sizeof *entries, order_u32);
	/* members of different forms may be one endpoint */
	for (size_t i = 0; i < taken; i++) {
		if (left && entries[left - 1] == entries[i])
			continue;
		entries[left++] = entries[i];
		infer->spread[entries[i]]++;
	}
	filled->begin = infer->entry_count;
	filled->count = (uint32_t)left;
	infer->entry_count += left;
}

void infer_free(struct infer *infer)
{
	free(infer->endpoints);
	free(infer->spread);
	free(infer->torrents);
	free(infer->entries);
	free(infer->slots);
	free(infer->support);
	free(infer->candidates);
	*infer = (struct infer){ 0 };
}

void infer_split(const uint8_t entry[PEER_SIZE], struct endpoint *endpoint, struct endpoint *endpoint6)
{
	struct peer peer = { 0 };

	peer_layouts[0].decode(bytes_at(entry, PEER_SIZE), &peer);
	*endpoint = *endpoint6 = (struct endpoint){ 0 };
	if (!ipv4_absent(&peer.ipv4))
		*endpoint = endpoint_ipv4(peer.ipv4, peer.port);
	if (!ipv6_absent(&peer.ipv6))
		*endpoint6 = endpoint_ipv6(peer.ipv6, peer.port);
}

bool infer_has(const struct infer *infer, uint32_t torrent, uint32_t endpoint)
{
	const struct infer_torrent *in = &infer->torrents[torrent];

	return order_has(infer->entries + in->begin, in->count, endpoint);
}

/* Goes through the endpoints of a torrent. */
#define EACH_ENDPOINT(endpoint, infer, torrent) \
	for (const uint32_t *endpoint = (infer)->entries + (infer)->torrents[torrent].begin, \
			    *end_ = endpoint + (infer)->torrents[torrent].count; endpoint < end_; endpoint++)

/* ---- one user */

struct peeling {
	struct infer *infer;
	const uint32_t *torrents;
	size_t count;
	uint32_t *left;		/* torrents that no endpoint found has, those with the fewest entries first */
	uint32_t left_count;
	uint32_t candidate_count;
	struct inferred *found;
	size_t found_count;
};

static void start(struct peeling *peeling)
{
	struct infer *infer = peeling->infer;
	uint64_t *sorted = malloc(peeling->count * sizeof *sorted);
	size_t room = infer->support_room;

	infer->candidates = room_for(infer->candidates, &room, infer->endpoint_count, sizeof *infer->candidates);
	grow_zero(&infer->support, &infer->support_room, infer->endpoint_count);
	peeling->left = malloc(peeling->count * sizeof *peeling->left);
	if (!sorted || !peeling->left)
		out_of_memory();
	for (size_t i = 0; i < peeling->count; i++)
		sorted[i] = (uint64_t)infer->torrents[peeling->torrents[i]].count << 32 | peeling->torrents[i];
	qsort(sorted, peeling->count, sizeof *sorted, order_u64);
	for (size_t i = 0; i < peeling->count; i++)
		peeling->left[i] = (uint32_t)sorted[i];
	peeling->left_count = (uint32_t)peeling->count;
	free(sorted);
}

/* Counts the candidate among the torrents that were not gone through. */
static uint32_t count_rest(const struct peeling *peeling, uint32_t candidate, uint32_t next)
{
	uint32_t support = peeling->infer->support[candidate];

	for (; next < peeling->left_count; next++)
		support += infer_has(peeling->infer, peeling->left[next], candidate);
	return support;
}

/*
 * Goes through torrents until one candidate has more support than there are torrents to come. Returns the first of these,
 * and its support.
 */
static uint32_t count_first(struct peeling *peeling, uint32_t *best)
{
	struct infer *infer = peeling->infer;
	uint32_t next = 0;

	*best = peeling->candidate_count = 0;
	for (; next < peeling->left_count && *best <= peeling->left_count - next; next++) {
		EACH_ENDPOINT(endpoint, infer, peeling->left[next]) {
			if (infer->spread[*endpoint] < INFER_SUPPORT_MIN)
				continue;
			if (!infer->support[*endpoint]++)
				infer->candidates[peeling->candidate_count++] = *endpoint;
			if (infer->support[*endpoint] > *best)
				*best = infer->support[*endpoint];
		}
	}
	return next;
}

/*
 * Counts the support of the candidates among the torrents that are left. The last of them are the largest, where most of
 * the entries are: there only those are looked for that can still be the best, first among them those that are it so far.
 * The support of others is too low then, but it would not be enough.
 */
static void count_support(struct peeling *peeling)
{
	struct infer *infer = peeling->infer;
	uint32_t first, next = count_first(peeling, &first), most = first;

	if (next == peeling->left_count)
		return;
	for (uint32_t i = 0; i < peeling->candidate_count; i++) {
		uint32_t support = infer->support[infer->candidates[i]];

		if (support == first && (support = count_rest(peeling, infer->candidates[i], next)) > most)
			most = support;
	}
	for (uint32_t i = 0; i < peeling->candidate_count; i++)
		if (infer->support[infer->candidates[i]] + peeling->left_count - next >= most)
			infer->support[infer->candidates[i]] = count_rest(peeling, infer->candidates[i], next);
}

/* The best of the candidates, the first by its bytes of several; false: none is good enough. */
static bool find_best(const struct peeling *peeling, uint32_t *best)
{
	const struct infer *infer = peeling->infer;
	uint32_t most = 0;

	for (uint32_t i = 0; i < peeling->candidate_count; i++) {
		uint32_t candidate = infer->candidates[i], support = infer->support[candidate];

		if (support < INFER_SUPPORT_MIN || support < most)
			continue;
		if (support == most && memcmp(infer->endpoints[candidate], infer->endpoints[*best], PEER_SIZE) > 0)
			continue;
		most = support;
		*best = candidate;
	}
	return most > 0;
}

static uint32_t total_support(const struct peeling *peeling, uint32_t endpoint)
{
	uint32_t support = 0;

	for (size_t i = 0; i < peeling->count; i++)
		support += infer_has(peeling->infer, peeling->torrents[i], endpoint);
	return support;
}

static void add_found(struct peeling *peeling, uint32_t endpoint, bool rival)
{
	if (peeling->found_count < INFER_FOUND_MAX)
		peeling->found[peeling->found_count++] = (struct inferred){
			.endpoint = endpoint, .support = total_support(peeling, endpoint), .rival = rival,
		};
}

/* Has it as much support on much the same torrents? One that is found for itself among the others is no rival. */
static bool is_rival(const struct peeling *peeling, uint32_t best, uint32_t candidate)
{
	const struct infer *infer = peeling->infer;
	uint32_t apart = 0;

	if (candidate == best || infer->support[candidate] != infer->support[best])
		return false;
	for (uint32_t i = 0; i < peeling->left_count; i++)
		apart += infer_has(infer, peeling->left[i], candidate) && !infer_has(infer, peeling->left[i], best);
	return apart < INFER_SUPPORT_MIN;
}

/* It and its rivals. */
static void take_best(struct peeling *peeling, uint32_t best)
{
	const struct infer *infer = peeling->infer;
	size_t place = peeling->found_count;
	uint32_t rivals = 0;

	add_found(peeling, best, false);
	for (uint32_t i = 0; i < peeling->candidate_count; i++) {
		if (!is_rival(peeling, best, infer->candidates[i]))
			continue;
		rivals++;
		add_found(peeling, infer->candidates[i], true);
	}
	for (; place < peeling->found_count; place++)
		peeling->found[place].rivals = rivals;
}

static void drop_covered(struct peeling *peeling, uint32_t best)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < peeling->left_count; i++)
		if (!infer_has(peeling->infer, peeling->left[i], best))
			peeling->left[left++] = peeling->left[i];
	peeling->left_count = left;
}

size_t infer_peel(struct infer *infer, const uint32_t *torrents, size_t count, struct inferred found[INFER_FOUND_MAX])
{
	struct peeling peeling = { .infer = infer, .torrents = torrents, .count = count, .found = found };
	uint32_t best = 0;
	bool more = true;

	if (count < INFER_SUPPORT_MIN)
		return 0;
	start(&peeling);
	while (more && peeling.left_count >= INFER_SUPPORT_MIN && peeling.found_count < INFER_FOUND_MAX) {
		count_support(&peeling);
		more = find_best(&peeling, &best);
		if (more) {
			take_best(&peeling, best);
			drop_covered(&peeling, best);
		}
		for (uint32_t i = 0; i < peeling.candidate_count; i++)
			infer->support[infer->candidates[i]] = 0;
	}
	free(peeling.left);
	return peeling.found_count;
}
