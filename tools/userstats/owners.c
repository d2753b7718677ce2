/* owners.c - whose endpoint is it, by who else is on the torrents that have an entry of it */
#include "tools/userstats/owners.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/order.h"
#include "base/room.h"

/* ---- lists */

void lists_open(struct lists *lists, const uint32_t *rooms, uint32_t count)
{
	uint64_t total = 0;

	lists->count = count;
	lists->begin = room_new(count, sizeof *lists->begin);
	lists->sizes = room_new(count, sizeof *lists->sizes);
	for (uint32_t i = 0; i < count; i++) {
		lists->begin[i] = total;
		total += rooms[i];
	}
	lists->items = room_new(total, sizeof *lists->items);
}

void lists_add(struct lists *lists, uint32_t list, uint32_t number)
{
	uint32_t *items = lists->items + lists->begin[list], *size = &lists->sizes[list];

	if (!*size || items[*size - 1] != number)
		items[(*size)++] = number;
}

void lists_free(struct lists *lists)
{
	free(lists->begin);
	free(lists->sizes);
	free(lists->items);
	*lists = (struct lists){ 0 };
}

static bool has(const struct lists *lists, uint32_t list, uint32_t number)
{
	return order_has(lists->items + lists->begin[list], lists->sizes[list], number);
}

/* Goes through the numbers of a list. */
#define EACH(number, lists, list) \
	for (const uint32_t *number = (lists)->items + (lists)->begin[list], *end_ = number + (lists)->sizes[list]; \
	     number < end_; number++)

/* ---- one owner */

/* How many of these torrents is the user not on? Counts to `most`. */
static uint32_t count_missed(const struct owners *owners, const uint32_t *torrents, uint32_t count, uint32_t user,
			     uint32_t most)
{
	uint32_t missed = 0;

	for (uint32_t i = 0; i < count && missed < most; i++)
		missed += !has(&owners->users, torrents[i], user);
	return missed;
}

/*
 * How many are on all of these torrents but for less than OWNERS_LEAD? They are on one of the first OWNERS_LEAD. The last
 * who is on all is *owner.
 */
static uint32_t count_near(const struct owners *owners, const uint32_t *torrents, uint32_t count, uint32_t *owner,
			   bool *whole)
{
	uint32_t near = 0;

	*whole = false;
	for (uint32_t i = 0; i < OWNERS_LEAD; i++) {
		EACH(user, &owners->users, torrents[i]) {
			uint32_t missed;

			/* was met on one before */
			if (i && count_missed(owners, torrents, i, *user, i) < i)
				continue;
			missed = count_missed(owners, torrents, count, *user, OWNERS_LEAD);
			near += missed < OWNERS_LEAD;
			if (missed)
				continue;
			*owner = *user;
			*whole = true;
		}
	}
	return near;
}

/* ---- several */

/* Of the users on these torrents but one, who is on most of them; the first of several. Nobody: 0. */
static uint32_t most_support(struct owners *owners, const uint32_t *torrents, uint32_t count, uint32_t but, uint32_t *best)
{
	uint32_t most = 0, candidate_count = 0;

	for (uint32_t i = 0; i < count; i++)
		EACH(user, &owners->users, torrents[i])
			if (*user != but && !owners->support[*user]++)
				owners->candidates[candidate_count++] = *user;
	for (uint32_t i = 0; i < candidate_count; i++) {
		uint32_t user = owners->candidates[i], support = owners->support[user];

		if (support > most || (support == most && user < *best)) {
			most = support;
			*best = user;
		}
		owners->support[user] = 0;
	}
	return most;
}

/* Puts those that the user is on to the end. Returns how many are left before them. */
static uint32_t put_last(const struct owners *owners, uint32_t *torrents, uint32_t count, uint32_t user)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t torrent = torrents[i];

		if (has(&owners->users, torrent, user))
			continue;
		torrents[i] = torrents[left];
		torrents[left++] = torrent;
	}
	return left;
}

static size_t find_several(struct owners *owners, uint32_t *torrents, uint32_t count, struct owner *found)
{
	size_t found_count = 0;

	for (uint32_t left = count, rest; left; left = rest) {
		uint32_t best = 0, other = 0, support = most_support(owners, torrents, left, UINT32_MAX, &best);

		if (found_count == OWNERS_MAX || support <= OWNERS_LEAD)
			return 0;
		rest = put_last(owners, torrents, left, best);
		if (most_support(owners, torrents + rest, left - rest, best, &other) + OWNERS_LEAD > support)
			return 0;
		found[found_count++] = (struct owner){
			.user = best, .support = count - count_missed(owners, torrents, count, best, count),
		};
	}
	return found_count;
}

/* ---- */

/* The endpoint's torrents, those with the fewest users first. */
static void sort_torrents(struct owners *owners, uint32_t endpoint, uint32_t count)
{
	uint64_t *sorted = room_new(count, sizeof *sorted);
	size_t i = 0;

	owners->left = room_for(owners->left, &owners->left_room, count, sizeof *owners->left);
	EACH(torrent, &owners->torrents, endpoint)
		sorted[i++] = (uint64_t)owners->users.sizes[*torrent] << 32 | *torrent;
	qsort(sorted, count, sizeof *sorted, order_u64);
	for (i = 0; i < count; i++)
		owners->left[i] = (uint32_t)sorted[i];
	free(sorted);
}

size_t owners_find(struct owners *owners, uint32_t endpoint, struct owner found[OWNERS_MAX])
{
	uint32_t count = owners->torrents.sizes[endpoint], near, owner = 0;
	bool whole;

	if (count <= OWNERS_LEAD)
		return 0;
	if (!owners->support) {
		owners->support = room_new(owners->user_count, sizeof *owners->support);
		owners->candidates = room_new(owners->user_count, sizeof *owners->candidates);
	}
	sort_torrents(owners, endpoint, count);
	/* with the fewest users: nobody is on a torrent, so its user has left */
	if (!owners->users.sizes[owners->left[0]])
		return 0;
	near = count_near(owners, owners->left, count, &owner, &whole);
	if (!near)
		return find_several(owners, owners->left, count, found);
	if (near > 1 || !whole)
		return 0;	/* others are as near, or what is missing is too little to be somebody else's */
	found[0] = (struct owner){ .user = owner, .support = count };
	return 1;
}

void owners_free(struct owners *owners)
{
	lists_free(&owners->users);
	lists_free(&owners->torrents);
	free(owners->support);
	free(owners->candidates);
	free(owners->left);
}
