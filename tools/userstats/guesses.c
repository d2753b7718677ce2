/* guesses.c - who may be at an endpoint: what infer_peel finds for each user, as far as it takes to explain its entries */
#include "tools/userstats/guesses.h"

#include <stdlib.h>

#include "base/order.h"
#include "base/room.h"

void guesses_add(struct guesses *guesses, uint32_t user, const uint32_t *torrents, uint32_t count, uint32_t of)
{
	struct inferred found[INFER_FOUND_MAX];
	size_t found_count = infer_peel(guesses->infer, torrents, count, found);

	guesses->all = room_for(guesses->all, &guesses->room, guesses->count + found_count, sizeof *guesses->all);
	for (size_t i = 0; i < found_count; i++)
		guesses->all[guesses->count++] = (struct guess){
			.torrents = torrents, .count = count, .of = of, .user = user, .endpoint = found[i].endpoint,
			.support = found[i].support, .weak = found[i].rivals > 0,
		};
}

/* By endpoint; of one, the smallest share first, then the smallest support. */
static int compare(const void *a, const void *b)
{
	const struct guess *x = a, *y = b;
	int first = order(x->endpoint, y->endpoint);

	if (!first)
		first = order((uint64_t)x->support * y->of, (uint64_t)y->support * x->of);
	if (!first)
		first = order(x->support, y->support);
	return first ? first : order(x->user, y->user);
}

/*
 * Adds the torrents to what is explained of the endpoint, or takes them away (-1). Returns how many are now explained that
 * were not, or the reverse.
 */
static uint32_t cover(struct guesses *guesses, const struct guess *guess, int by)
{
	uint32_t turned = 0;

	for (uint32_t i = 0; i < guess->count; i++) {
		uint32_t *covered = &guesses->covered[guess->torrents[i]];

		if (!infer_has(guesses->infer, guess->torrents[i], guess->endpoint))
			continue;
		turned += *covered == (by > 0 ? 0 : 1);
		*covered += (uint32_t)by;
	}
	return turned;
}

/* Puts those of one endpoint that hold first. Returns how many. */
static size_t settle(struct guesses *guesses, struct guess *all, size_t count)
{
	size_t needed = 0, left = 0;
	uint32_t explained = 0;

	for (size_t i = 0; i < count; i++)
		explained += cover(guesses, &all[i], 1);
	for (size_t i = 0; i < count; i++) {
		uint32_t alone = cover(guesses, &all[i], -1);

		if (alone < INFER_SUPPORT_MIN) {
			explained -= alone;
			continue;
		}
		cover(guesses, &all[i], 1);
		all[needed++] = all[i];
	}
	for (size_t i = 0; i < needed; i++) {
		cover(guesses, &all[i], -1);
		if (!all[i].weak && 2 * (uint64_t)explained > guesses->infer->spread[all[i].endpoint])
			all[left++] = all[i];
	}
	return left;
}

void guesses_settle(struct guesses *guesses)
{
	size_t end, left = 0;

	guesses->covered = room_new(guesses->infer->torrent_count, sizeof *guesses->covered);
	if (guesses->count)
		qsort(guesses->all, guesses->count, sizeof *guesses->all, compare);
	for (size_t i = 0; i < guesses->count; i = end) {
		size_t held;

		for (end = i + 1; end < guesses->count && guesses->all[end].endpoint == guesses->all[i].endpoint; )
			end++;
		held = settle(guesses, guesses->all + i, end - i);
		memmove(guesses->all + left, guesses->all + i, held * sizeof *guesses->all);
		left += held;
	}
	guesses->count = left;
	free(guesses->covered);
}

void guesses_free(struct guesses *guesses)
{
	free(guesses->all);
	*guesses = (struct guesses){ 0 };
}
