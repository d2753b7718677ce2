/* drift_suspects.c - userstats drift: the pairs that did not fit together at the first look, in order */
#include "tools/userstats/drift.h"

#include <stdlib.h>

#include "base/order.h"
#include "base/room.h"

/* Of users and torrents of the site by their indices, in one number, whose order is that of tid and uid. */
enum { TORRENT_SHIFT = 32, USER_SHIFT = 3, MARKS = 7 };
_Static_assert(IDS_MAX <= 1 << 26 && (LIVE | NEWEST | ACTIVE) == MARKS, "an index of a user and the marks take 32 bits");

void suspects_add(struct suspects *suspects, uint32_t torrent, uint32_t user, uint8_t marks)
{
	suspects->known =
		room_for(suspects->known, &suspects->known_room, suspects->known_count + 1, sizeof *suspects->known);
	suspects->known[suspects->known_count++] = (uint64_t)torrent << TORRENT_SHIFT | (uint64_t)user << USER_SHIFT | marks;
}

void suspects_add_strange(struct suspects *suspects, int64_t tid, int64_t uid)
{
	suspects->strange =
		room_for(suspects->strange, &suspects->strange_room, suspects->strange_count + 1, sizeof *suspects->strange);
	suspects->strange[suspects->strange_count++] = (struct suspect){ tid, uid, ACTIVE };
}

static int compare_strange(const void *a, const void *b)
{
	const struct suspect *one = a, *other = b;

	return one->tid != other->tid ? order_signed(one->tid, other->tid) : order_signed(one->uid, other->uid);
}

void suspects_sort(struct suspects *suspects)
{
	if (suspects->known_count)
		qsort(suspects->known, suspects->known_count, sizeof *suspects->known, order_u64);
	if (suspects->strange_count)
		qsort(suspects->strange, suspects->strange_count, sizeof *suspects->strange, compare_strange);
}

size_t suspects_take(const struct suspects *suspects, const struct ids *ids, size_t *at, struct suspect *batch, size_t most)
{
	size_t count = 0;

	for (; count < most && *at < suspects->known_count; ++*at, count++) {
		uint64_t known = suspects->known[*at];

		batch[count] = (struct suspect){
			.tid = ids->torrents[known >> TORRENT_SHIFT].tid,
			.uid = ids->users[(uint32_t)known >> USER_SHIFT].uid, .marks = known & MARKS,
		};
	}
	for (; count < most && *at - suspects->known_count < suspects->strange_count; ++*at, count++)
		batch[count] = suspects->strange[*at - suspects->known_count];
	return count;
}

void suspects_free(struct suspects *suspects)
{
	free(suspects->known);
	free(suspects->strange);
}
