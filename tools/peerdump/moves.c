/* moves.c - which of the peers that left and of those that joined are one peer with another address or port */
#include "tools/peerdump/moves.h"

#include <stdlib.h>

#include "base/buf.h"

enum { FORM_ROOM = 4 + 16 };

#define NOBODY UINT32_MAX

/* Who has an address, in one torrent. */
struct moves_address {
	uint32_t left, joined;		/* the last of them that was met, or NOBODY */
	uint32_t count[LOOK_SIDES];	/* all who have it */
};

/* The torrent and one of the peer's addresses (0: IPv4, 1: IPv6) as a key of the table; of size 0 if it has none. */
static struct bytes address_form(const struct look_peer *peer, int family, uint8_t form[FORM_ROOM])
{
	memcpy(form, &peer->torrent, 4);
	if (family) {
		memcpy(form + 4, &peer->ipv6, 16);
		return bytes_at(form, ipv6_absent(&peer->ipv6) ? 0 : 4 + 16);
	}
	memcpy(form + 4, &peer->ipv4, 4);
	return bytes_at(form, ipv4_absent(&peer->ipv4) ? 0 : 4 + 4);
}

static void note_left(struct moves *moves, const struct look_peer *peer)
{
	uint8_t form[FORM_ROOM];

	for (int family = 0; family < 2; family++) {
		struct bytes key = address_form(peer, family, form);
		struct table_entry *entry = key.size ? table_add(&moves->table, key, NULL) : NULL;

		if (!entry || entry->count)
			continue;
		entry->count = moves->table.count;
		if (entry->count > moves->address_capacity) {
			moves->address_capacity = moves->address_capacity ? moves->address_capacity * 2 : 64;
			moves->addresses = reallocarray(moves->addresses, moves->address_capacity, sizeof *moves->addresses);
			if (!moves->addresses)
				out_of_memory();
		}
		moves->addresses[entry->count - 1] = (struct moves_address){ NOBODY, NOBODY, { 0, 0 } };
	}
}

/* What is known of one of the peer's addresses; NULL: it has none, or nobody left who had it. */
static struct moves_address *find_address(const struct moves *moves, const struct look_peer *peer, int family)
{
	uint8_t form[FORM_ROOM];
	struct bytes key = address_form(peer, family, form);
	struct table_entry *entry = key.size ? table_find(&moves->table, key) : NULL;

	return entry ? &moves->addresses[entry->count - 1] : NULL;
}

static void count_addresses(struct moves *moves, const struct look_peer *peer, uint32_t number)
{
	for (int family = 0; family < 2; family++) {
		struct moves_address *address = find_address(moves, peer, family);

		if (!address)
			continue;
		address->count[LOOK_BEFORE] += !!(peer->state & LOOK_IN_BEFORE);
		address->count[LOOK_NOW] += !!(peer->state & LOOK_IN_NOW);
		if (peer->state == LOOK_IN_BEFORE)
			address->left = number;
		if (peer->state == LOOK_IN_NOW)
			address->joined = number;
	}
}

/* The one that the addresses of a peer which left (or joined) lead to among those that joined (or left); or NOBODY. */
static uint32_t partner(const struct moves *moves, const struct look_peer *peer)
{
	uint32_t found = NOBODY;

	for (int family = 0; family < 2; family++) {
		const struct moves_address *address = find_address(moves, peer, family);

		if (!address || address->count[LOOK_BEFORE] != 1 || address->count[LOOK_NOW] != 1 ||
		    address->left == NOBODY || address->joined == NOBODY)
			continue;
		if (found != NOBODY && found != (peer->state & LOOK_IN_NOW ? address->left : address->joined))
			return NOBODY;
		found = peer->state & LOOK_IN_NOW ? address->left : address->joined;
	}
	return found;
}

static void add_move(struct moves *moves, uint32_t from, uint32_t to)
{
	if (moves->count == moves->capacity) {
		moves->capacity = moves->capacity ? moves->capacity * 2 : 64;
		moves->list = reallocarray(moves->list, moves->capacity, sizeof *moves->list);
		if (!moves->list)
			out_of_memory();
	}
	moves->list[moves->count++] = (struct move){ from, to };
}

/* Peers in torrents where nobody joined or nobody left are not looked at. */
static bool may_concern(const struct look *look, const struct look_peer *peer)
{
	return peer->state && look->torrents[peer->torrent].joined && look->torrents[peer->torrent].left;
}

void moves_find(struct moves *moves, struct look *look)
{
	moves->count = 0;
	moves->table.limit = MOVES_ADDRESSES_MAX;
	table_clear(&moves->table);
	for (uint32_t i = 0; i < look->top; i++)
		if (may_concern(look, look_peer(look, i)) && look_peer(look, i)->state == LOOK_IN_BEFORE)
			note_left(moves, look_peer(look, i));
	if (!moves->table.count)
		return;
	for (uint32_t i = 0; i < look->top; i++)
		if (may_concern(look, look_peer(look, i)))
			count_addresses(moves, look_peer(look, i), i);
	for (uint32_t i = 0; i < look->top; i++) {
		const struct look_peer *peer = look_peer(look, i);
		uint32_t to;

		if (peer->state != LOOK_IN_BEFORE || !may_concern(look, peer))
			continue;
		to = partner(moves, peer);
		if (to != NOBODY && partner(moves, look_peer(look, to)) == i)
			add_move(moves, i, to);
	}
	for (size_t i = 0; i < moves->count; i++) {
		look_peer(look, moves->list[i].from)->state |= LOOK_MOVED;
		look_peer(look, moves->list[i].to)->state |= LOOK_MOVED;
		look->torrents[look_peer(look, moves->list[i].from)->torrent].moved++;
	}
}

void moves_free(struct moves *moves)
{
	free(moves->list);
	free(moves->addresses);
	table_free(&moves->table);
	*moves = (struct moves){ 0 };
}
