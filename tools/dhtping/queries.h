/* queries.h - the queries that were captured, by their endpoints and t: what is answered to them is known by that */
#ifndef DHTPING_QUERIES_H
#define DHTPING_QUERIES_H

#include "base/bytes.h"
#include "base/endpoint.h"

enum {
	QUERIES_MAX = 1 << 17,		/* remembered: the newest ones. 68 bytes each */
	QUERY_METHOD_MAX = 30,		/* longer names are not remembered */
	QUERY_TARGET_SIZE = 20,
};

struct query {
	uint64_t key;			/* hash of endpoints and t; 0: none */
	uint32_t older;			/* the number of the query before it whose hash has the same place */
	uint8_t method_size;
	bool has_target;
	uint8_t method[QUERY_METHOD_MAX];
	uint8_t target[QUERY_TARGET_SIZE];
};

struct queries {
	uint64_t seed;
	uint32_t next;			/* the number of the next one */
	/* by number. A table by hash took a sixth of the time of decode: each line of it out of the cache */
	struct query *ring;
	uint32_t *newest;		/* by hash: the number of the newest one */
};

void queries_open(struct queries *);
/* target: unset, or of QUERY_TARGET_SIZE. */
void queries_add(struct queries *, const struct endpoint *from, const struct endpoint *to, struct bytes t,
		 struct bytes method, struct bytes target);
/* The newest query from `from` to `to` with that t; NULL: none is remembered. For an answer, `from` is who gets it. */
const struct query *queries_find(const struct queries *, const struct endpoint *from, const struct endpoint *to,
				 struct bytes t);
static inline struct bytes query_method(const struct query *query)
{
	return query ? bytes_at(query->method, query->method_size) : (struct bytes){ NULL, 0 };
}
static inline struct bytes query_target(const struct query *query)
{
	return query && query->has_target ? bytes_at(query->target, QUERY_TARGET_SIZE) : (struct bytes){ NULL, 0 };
}
void queries_close(struct queries *);

#endif
