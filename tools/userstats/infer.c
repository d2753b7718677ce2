/* infer.c - endpoints of users, inferred from the zsets of the torrents that they are on */
#include "tools/userstats/infer.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"

enum { ROOM_MIN = 1 << 10 };

/* ---- what is in the zsets */

/* Room for `wanted` elements in an array; what is added is not zeroed. */
static void *grow(void *array, size_t *room, size_t wanted, size_t size)
{
	if (wanted <= *room)
		return array;
	*room = *room ? *room : ROOM_MIN;
	while (*room < wanted)
		*room *= 2;
	array = realloc(array, *room * size);
	if (!array)
		out_of_memory();
	return array;
}

/* Makes room for `wanted` numbers that are zero. */
static void grow_zero(uint32_t **numbers, size_t *room, size_t wanted)
{
	size_t before = *room;

	*numbers = grow(*numbers, room, wanted, sizeof **numbers);
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
	infer->capacity = infer->capacity ? 2 * infer->capacity : ROOM_MIN;
	infer->slots = calloc(infer->capacity, sizeof *infer->slots);
	if (!infer->slots)
		out_of_memory();
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
	infer->endpoints = grow(infer->endpoints, &infer->endpoint_room, infer->endpoint_count + 1ull, PEER_SIZE);
	grow_zero(&infer->spread, &room, infer->endpoint_count + 1ull);
	memcpy(infer->endpoints[infer->endpoint_count], endpoint, PEER_SIZE);
	return (infer->slots[slot] = ++infer->endpoint_count) - 1;
}

uint32_t infer_add(struct infer *infer)
{
	infer->torrents = grow(infer->torrents, &infer->torrent_room, infer->torrent_count + 1ull, sizeof *infer->torrents);
	infer->torrents[infer->torrent_count] = (struct infer_torrent){ 0 };
	return infer->torrent_count++;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void infer_fill(struct infer *infer, uint32_t torrent, const struct bytes *members, size_t count)
{
	struct infer_torrent *filled = &infer->torrents[torrent];
	uint32_t *entries;
	size_t taken = 0, left = 0;

	filled->skipped = count > INFER_ENTRIES_MAX;
	if (!count || filled->skipped)
		return;
	infer->entries = grow(infer->entries, &infer->entry_room, infer->entry_count + count, sizeof *infer->entries);
	entries = infer->entries + infer->entry_count;
	for (size_t i = 0; i < count; i++) {
		struct peer peer = { 0 };
		uint8_t endpoint[PEER_SIZE];

		if (!peer_decode(members[i], &peer) || (ipv4_absent(&peer.ipv4) && ipv6_absent(&peer.ipv6)))
			continue;
		peer_encode(&peer, endpoint);
		entries[taken++] = number_of(infer, endpoint);
	}
	qsort(entries, taken, sizeof *entries, compare_numbers);
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
	free(infer->covered);
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
	const struct infer_torrent *of = &infer->torrents[torrent];

	return of->count && bsearch(&endpoint, infer->entries + of->begin, of->count, sizeof endpoint, compare_numbers);
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
	uint32_t *left;		/* torrents that no endpoint found has */
	size_t left_count;
	uint32_t candidate_count;
	struct inferred *found;
	size_t found_count;
};

/* Counts the support of each endpoint that can be a candidate. */
static void count_support(struct peeling *peeling)
{
	struct infer *infer = peeling->infer;

	for (size_t i = 0; i < peeling->count; i++)
		EACH_ENDPOINT(endpoint, infer, peeling->torrents[i])
			if (infer->spread[*endpoint] >= INFER_SUPPORT_MIN && !infer->support[*endpoint]++)
				infer->candidates[peeling->candidate_count++] = *endpoint;
}

/* The best of the candidates, leaving out those that cannot be found any more. False: none is good enough. */
static bool find_best(struct peeling *peeling, uint32_t *best)
{
	const struct infer *infer = peeling->infer;
	uint32_t left = 0;

	for (uint32_t i = 0; i < peeling->candidate_count; i++) {
		uint32_t candidate = infer->candidates[i], support = infer->support[candidate];

		if (support < INFER_SUPPORT_MIN)
			continue;
		if (!left || support > infer->support[*best] ||
		    (support == infer->support[*best] && memcmp(infer->endpoints[candidate], infer->endpoints[*best], PEER_SIZE) < 0))
			*best = candidate;
		infer->candidates[left++] = candidate;
	}
	peeling->candidate_count = left;
	return left > 0;
}

static uint32_t total_support(const struct peeling *peeling, uint32_t endpoint)
{
	uint32_t support = 0;

	for (size_t i = 0; i < peeling->count; i++)
		support += infer_has(peeling->infer, peeling->torrents[i], endpoint);
	return support;
}

static void add_found(struct peeling *peeling, uint32_t endpoint, uint32_t rivals, bool rival)
{
	if (peeling->found_count < INFER_FOUND_MAX)
		peeling->found[peeling->found_count++] = (struct inferred){ endpoint, total_support(peeling, endpoint), rivals, rival };
}

/* It and its rivals. */
static void take_best(struct peeling *peeling, uint32_t best)
{
	const struct infer *infer = peeling->infer;
	uint32_t alike = 0;

	for (uint32_t i = 0; i < peeling->candidate_count; i++)
		alike += infer->support[infer->candidates[i]] == infer->support[best];
	add_found(peeling, best, alike - 1, false);
	for (uint32_t i = 0; alike > 1 && i < peeling->candidate_count; i++)
		if (infer->candidates[i] != best && infer->support[infer->candidates[i]] == infer->support[best])
			add_found(peeling, infer->candidates[i], alike - 1, true);
}

static void drop_covered(struct peeling *peeling, uint32_t best)
{
	struct infer *infer = peeling->infer;
	size_t left = 0;

	for (size_t i = 0; i < peeling->left_count; i++) {
		if (!infer_has(infer, peeling->left[i], best)) {
			peeling->left[left++] = peeling->left[i];
			continue;
		}
		EACH_ENDPOINT(endpoint, infer, peeling->left[i])
			if (infer->spread[*endpoint] >= INFER_SUPPORT_MIN)
				infer->support[*endpoint]--;
	}
	peeling->left_count = left;
}

size_t infer_peel(struct infer *infer, const uint32_t *torrents, size_t count, struct inferred found[INFER_FOUND_MAX])
{
	struct peeling peeling = { .infer = infer, .torrents = torrents, .count = count, .left_count = count, .found = found };
	size_t room = infer->support_room;
	uint32_t best = 0;

	if (count < INFER_SUPPORT_MIN)
		return 0;
	infer->candidates = grow(infer->candidates, &room, infer->endpoint_count, sizeof *infer->candidates);
	grow_zero(&infer->support, &infer->support_room, infer->endpoint_count);
	peeling.left = malloc(count * sizeof *peeling.left);
	if (!peeling.left)
		out_of_memory();
	memcpy(peeling.left, torrents, count * sizeof *peeling.left);
	count_support(&peeling);
	while (peeling.found_count < INFER_FOUND_MAX && find_best(&peeling, &best)) {
		take_best(&peeling, best);
		drop_covered(&peeling, best);
	}
	for (size_t i = 0; i < peeling.left_count; i++)
		EACH_ENDPOINT(endpoint, infer, peeling.left[i])
			infer->support[*endpoint] = 0;
	free(peeling.left);
	return peeling.found_count;
}

/* ---- several users */

/* The smaller share first, then the smaller support. */
static int compare_claims(const void *a, const void *b)
{
	const struct infer_claim *x = a, *y = b;
	uint64_t left = (uint64_t)x->support * y->of, right = (uint64_t)y->support * x->of;

	if (left != right)
		return left < right ? -1 : 1;
	if (x->support != y->support)
		return x->support < y->support ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* How many of the endpoint's torrents does the claim alone explain? */
static uint32_t explained_alone(const struct infer *infer, uint32_t endpoint, const struct infer_claim *claim)
{
	uint32_t alone = 0;

	for (size_t i = 0; i < claim->count; i++)
		alone += infer->covered[claim->torrents[i]] == 1 && infer_has(infer, claim->torrents[i], endpoint);
	return alone;
}

/* Adds the claim's torrents to what is explained, or takes them away (-1). Returns how many are now explained that were not, or the reverse. */
static uint32_t cover(struct infer *infer, uint32_t endpoint, const struct infer_claim *claim, int by)
{
	uint32_t turned = 0;

	for (size_t i = 0; i < claim->count; i++) {
		uint32_t *covered = &infer->covered[claim->torrents[i]];

		if (!infer_has(infer, claim->torrents[i], endpoint))
			continue;
		turned += *covered == (by > 0 ? 0 : 1);
		*covered += (uint32_t)by;
	}
	return turned;
}

uint32_t infer_explain(struct infer *infer, uint32_t endpoint, struct infer_claim *claims, size_t count)
{
	uint32_t explained = 0;

	grow_zero(&infer->covered, &infer->covered_room, infer->torrent_count);
	qsort(claims, count, sizeof *claims, compare_claims);
	for (size_t i = 0; i < count; i++)
		explained += cover(infer, endpoint, &claims[i], 1);
	for (size_t i = 0; i < count; i++) {
		claims[i].dropped = explained_alone(infer, endpoint, &claims[i]) < INFER_SUPPORT_MIN;
		if (claims[i].dropped)
			explained -= cover(infer, endpoint, &claims[i], -1);
	}
	for (size_t i = 0; i < count; i++)
		if (!claims[i].dropped)
			cover(infer, endpoint, &claims[i], -1);
	return explained;
}
