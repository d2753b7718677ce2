/* pace.c - how fast packets may leave: all together, and to each address */
#include "dht/pace.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"

enum { BURST_MAX = 1000000 };
#define INTERVAL_MAX_US INT64_C(1000000000000)

struct pace pace_begin(double rate, uint32_t burst)
{
	struct pace pace = { .burst = burst ? burst : 1, .next_us = INT64_MIN };

	/* so that no product of the two overflows */
	if (pace.burst > BURST_MAX)
		pace.burst = BURST_MAX;
	if (rate > 0 && 1e6 / rate < INTERVAL_MAX_US) {
		pace.interval_us = (int64_t)(1e6 / rate);
		/* rather a little slower than faster */
		pace.interval_us += (double)pace.interval_us < 1e6 / rate;
	} else if (rate > 0) {
		pace.interval_us = INTERVAL_MAX_US;
	}
	return pace;
}

/* next = INT64_MIN: nothing was taken yet. */
static int64_t gcra_when(const struct pace *pace, int64_t next_us, int64_t now_us)
{
	int64_t ahead = (pace->burst - 1) * pace->interval_us;

	if (next_us < INT64_MIN + ahead || next_us - ahead < now_us)
		return now_us;
	return next_us - ahead;
}

static int64_t gcra_next(const struct pace *pace, int64_t next_us, int64_t at_us)
{
	return (next_us > at_us ? next_us : at_us) + pace->interval_us;
}

int64_t pace_when(const struct pace *pace, int64_t now_us)
{
	return gcra_when(pace, pace->next_us, now_us);
}

void pace_take(struct pace *pace, int64_t at_us)
{
	pace->next_us = gcra_next(pace, pace->next_us, at_us);
}

void pace_hold(struct pace *pace, int64_t until_us)
{
	int64_t next_us = until_us + (pace->burst - 1) * pace->interval_us;

	if (pace->next_us < next_us)
		pace->next_us = next_us;
}

/* Of one address. Both moments as in struct pace; it is at rest when both have passed. */
struct busy {
	uint64_t key;		/* 0: a free slot */
	int64_t booked_us, left_us;
};

struct paces {
	struct pace pace;	/* what holds for each; its next_us is not used */
	uint64_t seed;
	struct busy *slots;	/* open addressing */
	size_t capacity;	/* a power of two */
	size_t used;		/* slots that are not free: busy, or at rest and not yet swept out */
	int64_t full_until_us;	/* nobody new before then: a sweep would find too few at rest */
};

enum { CAPACITY_FIRST = 64, CAPACITY_MAX = 2 * PACES_MAX };

static struct busy *new_slots(size_t capacity)
{
	struct busy *slots = calloc(capacity, sizeof *slots);

	if (!slots)
		out_of_memory();
	return slots;
}

struct paces *paces_new(double rate, uint32_t burst, uint64_t seed)
{
	struct paces *paces = calloc(1, sizeof *paces);

	if (!paces)
		out_of_memory();
	paces->pace = pace_begin(rate, burst);
	paces->seed = seed;
	paces->capacity = CAPACITY_FIRST;
	paces->slots = new_slots(paces->capacity);
	paces->full_until_us = INT64_MIN;
	return paces;
}

void paces_free(struct paces *paces)
{
	if (!paces)
		return;
	free(paces->slots);
	free(paces);
}

/* Of the address, or of the /64 of an IPv6 one. Seeded: who makes nodes known to us cannot choose addresses that collide. */
static uint64_t key_of(const struct paces *paces, const struct endpoint *endpoint)
{
	uint64_t key = XXH3_64bits_withSeed(endpoint->address, endpoint->family == 4 ? 4 : 8, paces->seed);

	return key ? key : 1;
}

static bool at_rest(const struct busy *busy, int64_t now_us)
{
	return busy->booked_us <= now_us && busy->left_us <= now_us;
}

/* The slot of the key, or a free one. */
static struct busy *find(const struct paces *paces, uint64_t key)
{
	size_t i = key & (paces->capacity - 1);

	while (paces->slots[i].key && paces->slots[i].key != key)
		i = (i + 1) & (paces->capacity - 1);
	return &paces->slots[i];
}

/* Leaves out those at rest, and makes the table twice to eight times as large as what stays. */
static void sweep(struct paces *paces, int64_t now_us)
{
	struct busy *old = paces->slots;
	size_t old_capacity = paces->capacity, busy = 0;

	for (size_t i = 0; i < old_capacity; i++)
		busy += old[i].key && !at_rest(&old[i], now_us);
	paces->capacity = CAPACITY_FIRST;
	while (paces->capacity < 4 * busy && paces->capacity < CAPACITY_MAX)
		paces->capacity *= 2;
	paces->slots = new_slots(paces->capacity);
	paces->used = busy;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i].key && !at_rest(&old[i], now_us))
			*find(paces, old[i].key) = old[i];
	free(old);
	/* with few places left, the next sweep would come soon and find as few: let some come to rest first */
	if (busy > PACES_MAX - PACES_MAX / 8)
		paces->full_until_us = now_us + paces->pace.interval_us;
}

/* The record of the address, made if it is new; NULL: too many. Good until the next call. */
static struct busy *busy_of(struct paces *paces, const struct endpoint *endpoint, int64_t now_us)
{
	uint64_t key = key_of(paces, endpoint);
	struct busy *busy = find(paces, key);

	if (busy->key)
		return busy;
	if (4 * (paces->used + 1) > 3 * paces->capacity || paces->used >= PACES_MAX) {
		if (paces->used >= PACES_MAX && now_us < paces->full_until_us)
			return NULL;
		sweep(paces, now_us);
		if (paces->used >= PACES_MAX)
			return NULL;
		busy = find(paces, key);
	}
	*busy = (struct busy){ key, INT64_MIN, INT64_MIN };
	paces->used++;
	return busy;
}

int64_t paces_book(struct paces *paces, const struct endpoint *endpoint, int64_t now_us, int64_t until_us)
{
	struct busy *busy;
	int64_t at_us;

	if (!paces->pace.interval_us)
		return now_us;
	busy = busy_of(paces, endpoint, now_us);
	if (!busy)
		return INT64_MAX;
	at_us = gcra_when(&paces->pace, busy->booked_us, now_us);
	if (at_us > until_us)
		return INT64_MAX;
	busy->booked_us = gcra_next(&paces->pace, busy->booked_us, at_us);
	return at_us;
}

int64_t paces_leave(struct paces *paces, const struct endpoint *endpoint, int64_t now_us)
{
	struct busy *busy;
	int64_t at_us;

	if (!paces->pace.interval_us)
		return now_us;
	busy = busy_of(paces, endpoint, now_us);
	if (!busy)
		return now_us + paces->pace.interval_us;
	at_us = gcra_when(&paces->pace, busy->left_us, now_us);
	if (at_us <= now_us)
		busy->left_us = gcra_next(&paces->pace, busy->left_us, now_us);
	return at_us;
}

void paces_unleave(struct paces *paces, const struct endpoint *endpoint)
{
	struct busy *busy = find(paces, key_of(paces, endpoint));

	if (busy->key && busy->left_us != INT64_MIN)
		busy->left_us -= paces->pace.interval_us;
}
