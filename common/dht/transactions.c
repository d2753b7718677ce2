/* transactions.c - queries that wait, are under way, or have ended and are remembered: found by t and by endpoint */
#include "dht/transactions.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CAPACITY_FIRST = 64 };

void transactions_begin(struct transactions *all, size_t remembered_max, uint64_t seed)
{
	*all = (struct transactions){
		.free = NO_TRANSACTION, .oldest = NO_TRANSACTION, .newest = NO_TRANSACTION, .seed = seed,
		.remembered_max = remembered_max,
	};
}

void transactions_free(struct transactions *all)
{
	for (size_t i = 0; i < all->capacity; i++)
		free(all->slots[i].packet);
	free(all->slots);
	free(all->by_t);
	free(all->by_endpoint);
	moments_free(&all->waiting);
	moments_free(&all->flying);
}

static uint32_t *chain_by_t(const struct transactions *all, uint64_t t)
{
	return &all->by_t[t & (all->capacity - 1)];
}

static uint32_t *chain_by_endpoint(const struct transactions *all, const struct endpoint *to)
{
	return &all->by_endpoint[XXH3_64bits_withSeed(to, sizeof *to, all->seed) & (all->capacity - 1)];
}

static void link_by_t(struct transactions *all, uint32_t number)
{
	uint32_t *first = chain_by_t(all, all->slots[number].t);

	all->slots[number].next = *first;
	*first = number;
}

static void unlink_by_t(struct transactions *all, uint32_t number)
{
	uint32_t *at = chain_by_t(all, all->slots[number].t);

	while (*at != number)
		at = &all->slots[*at].next;
	*at = all->slots[number].next;
}

static void link_by_endpoint(struct transactions *all, uint32_t number)
{
	uint32_t *first = chain_by_endpoint(all, &all->slots[number].to);

	all->slots[number].near = NO_TRANSACTION;
	all->slots[number].far = *first;
	if (*first != NO_TRANSACTION)
		all->slots[*first].near = number;
	*first = number;
}

static void unlink_by_endpoint(struct transactions *all, uint32_t number)
{
	const struct transaction *it = &all->slots[number];

	if (it->near == NO_TRANSACTION)
		*chain_by_endpoint(all, &it->to) = it->far;
	else
		all->slots[it->near].far = it->far;
	if (it->far != NO_TRANSACTION)
		all->slots[it->far].near = it->near;
}

static bool is_open(const struct transaction *it)
{
	return it->state == TRANSACTION_WAITING || it->state == TRANSACTION_FLYING;
}

static uint32_t *new_chains(uint32_t *old, size_t count)
{
	uint32_t *chains = realloc(old, count * sizeof *chains);

	if (!chains)
		out_of_memory();
	memset(chains, 0xff, count * sizeof *chains);	/* NO_TRANSACTION */
	return chains;
}

/* Twice as many slots. The new ones are free; the others stand in chains again, of which there are twice as many too. */
static void grow(struct transactions *all)
{
	size_t old = all->capacity, capacity = old ? 2 * old : CAPACITY_FIRST;
	struct transaction *slots = realloc(all->slots, capacity * sizeof *slots);

	if (!slots)
		out_of_memory();
	all->slots = slots;
	all->capacity = capacity;
	all->by_t = new_chains(all->by_t, capacity);
	all->by_endpoint = new_chains(all->by_endpoint, capacity);
	moments_room(&all->waiting, capacity);
	moments_room(&all->flying, capacity);
	for (uint32_t i = 0; i < old; i++) {
		link_by_t(all, i);
		if (is_open(&slots[i]))
			link_by_endpoint(all, i);
	}
	for (size_t i = capacity; i-- > old;) {
		slots[i] = (struct transaction){ .next = all->free };
		all->free = (uint32_t)i;
	}
}

/* The slot is in no chain by endpoint and not among those that have ended. */
static void release(struct transactions *all, uint32_t number)
{
	unlink_by_t(all, number);
	transactions_drop_packet(all, number);
	all->slots[number].state = TRANSACTION_FREE;
	all->slots[number].next = all->free;
	all->free = number;
}

uint32_t transactions_find(const struct transactions *all, uint64_t t)
{
	uint32_t number = all->capacity ? *chain_by_t(all, t) : NO_TRANSACTION;

	while (number != NO_TRANSACTION && all->slots[number].t != t)
		number = all->slots[number].next;
	return number;
}

uint32_t transactions_add(struct transactions *all, uint64_t t, const struct endpoint *to, struct bytes packet,
			  int64_t at_us)
{
	struct transaction *it;
	uint32_t number;

	/* only when all slots are taken does it grow: chains hold every slot then, as grow wants it */
	if (all->free == NO_TRANSACTION)
		grow(all);
	number = all->free;
	it = &all->slots[number];
	all->free = it->next;
	*it = (struct transaction){
		.t = t, .to = *to, .state = TRANSACTION_WAITING, .due_us = at_us, .order = all->order++,
		.packet = malloc(packet.size), .packet_size = (uint16_t)packet.size,
	};
	if (!it->packet)
		out_of_memory();
	memcpy(it->packet, packet.data, packet.size);
	link_by_t(all, number);
	link_by_endpoint(all, number);
	moments_put(&all->waiting, number, at_us, it->order);
	return number;
}

void transactions_leave(struct transactions *all, uint32_t number, int64_t deadline_us)
{
	moments_take(&all->waiting, number);
	moments_put(&all->flying, number, deadline_us, all->slots[number].order);
	all->slots[number].state = TRANSACTION_FLYING;
}

void transactions_return(struct transactions *all, uint32_t number)
{
	moments_take(&all->flying, number);
	moments_put(&all->waiting, number, all->slots[number].due_us, all->slots[number].order);
	all->slots[number].state = TRANSACTION_WAITING;
}

void transactions_wait(struct transactions *all, uint32_t number, int64_t at_us)
{
	all->slots[number].due_us = at_us;
	moments_take(&all->waiting, number);
	moments_put(&all->waiting, number, at_us, all->slots[number].order);
}

static void remember(struct transactions *all, uint32_t number)
{
	all->slots[number].far = NO_TRANSACTION;
	if (all->newest == NO_TRANSACTION)
		all->oldest = number;
	else
		all->slots[all->newest].far = number;
	all->newest = number;
	if (all->ended++ < all->remembered_max)
		return;
	number = all->oldest;
	all->oldest = all->slots[number].far;
	if (all->oldest == NO_TRANSACTION)
		all->newest = NO_TRANSACTION;
	all->ended--;
	release(all, number);
}

void transactions_end(struct transactions *all, uint32_t number, enum transaction_state state)
{
	bool left = all->slots[number].state == TRANSACTION_FLYING;

	moments_take(left ? &all->flying : &all->waiting, number);
	unlink_by_endpoint(all, number);
	all->slots[number].state = state;
	if (left)
		remember(all, number);
	else
		release(all, number);
}

uint64_t *transactions_to(const struct transactions *all, const struct endpoint *to, size_t *count)
{
	uint32_t first = all->capacity ? *chain_by_endpoint(all, to) : NO_TRANSACTION;
	uint64_t *found;
	size_t length = 0;

	for (uint32_t i = first; i != NO_TRANSACTION; i = all->slots[i].far)
		length++;
	found = malloc((length + 1) * sizeof *found);
	if (!found)
		out_of_memory();
	*count = 0;
	for (uint32_t i = first; i != NO_TRANSACTION; i = all->slots[i].far)
		if (endpoint_equal(&all->slots[i].to, to))
			found[(*count)++] = all->slots[i].t;
	return found;
}

void transactions_drop_packet(struct transactions *all, uint32_t number)
{
	free(all->slots[number].packet);
	all->slots[number].packet = NULL;
}
