/* queries.c - the queries that were captured, by their endpoints and t: what is answered to them is known by that */
#include "tools/dhtping/queries.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/seed.h"

/* Of queries whose hashes have the same place: more are there only when somebody repeats one of them again and again. */
enum { STEPS_MAX = 16 };

_Static_assert(sizeof(struct query) == 64, "a cache line");

void queries_open(struct queries *queries)
{
	queries->seed = seed_draw();
	queries->next = QUERIES_MAX + 1;	/* so that 0 is the number of none */
	queries->ring = calloc(QUERIES_MAX, sizeof *queries->ring);	/* what is not touched takes no memory */
	queries->newest = calloc(QUERIES_MAX, sizeof *queries->newest);
	if (!queries->ring || !queries->newest)
		out_of_memory();
}

/* The hash stands for the key: nobody knows the seed, so two that are the same do not happen. */
static inline uint64_t query_key(const struct queries *queries, const struct endpoint *from, const struct endpoint *to,
				 struct bytes t)
{
	enum { SHORT = 16 };
	struct { struct endpoint from, to; uint8_t t[SHORT]; uint64_t size; } key = { .from = *from, .to = *to,
										      .size = t.size };
	uint64_t hash;

	if (t.size <= SHORT) {
		if (t.size)
			memcpy(key.t, t.data, t.size);
	} else {
		hash = XXH3_64bits_withSeed(t.data, t.size, queries->seed);
		memcpy(key.t, &hash, sizeof hash);
	}
	hash = XXH3_64bits_withSeed(&key, sizeof key, queries->seed);
	return hash ? hash : 1;
}

void queries_add(struct queries *queries, const struct endpoint *from, const struct endpoint *to, struct bytes t,
		 struct bytes method, struct bytes target)
{
	uint64_t key;
	uint32_t *newest;
	struct query *query;

	if (!method.data || method.size > QUERY_METHOD_MAX)
		return;
	key = query_key(queries, from, to, t);
	newest = &queries->newest[key % QUERIES_MAX];
	query = &queries->ring[queries->next % QUERIES_MAX];
	query->key = key;
	query->older = *newest;
	*newest = queries->next++;
	query->method_size = (uint8_t)method.size;
	if (method.size)
		memcpy(query->method, method.data, method.size);
	query->has_target = target.data;
	if (target.data)
		memcpy(query->target, target.data, QUERY_TARGET_SIZE);
}

const struct query *queries_find(const struct queries *queries, const struct endpoint *from, const struct endpoint *to,
				 struct bytes t)
{
	uint64_t key = query_key(queries, from, to, t);
	uint32_t number = queries->newest[key % QUERIES_MAX];

	/* what is older than the ring is overwritten */
	for (unsigned steps = 0; steps < STEPS_MAX && queries->next - number <= QUERIES_MAX; steps++) {
		const struct query *query = &queries->ring[number % QUERIES_MAX];

		if (query->key == key)
			return query;
		number = query->older;
	}
	return NULL;
}

void queries_close(struct queries *queries)
{
	free(queries->ring);
	free(queries->newest);
}
