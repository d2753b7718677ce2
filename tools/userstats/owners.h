/* owners.h - whose endpoint is it, by who else is on the torrents that have an entry of it */
#ifndef USERSTATS_OWNERS_H
#define USERSTATS_OWNERS_H

#include <stddef.h>
#include <stdint.h>

enum {
	OWNERS_LEAD = 3,	/* torrents that an owner has before anybody else */
	OWNERS_MAX = 100,	/* of one endpoint */
};

/*
 * For each of `count` things a list of numbers; start with { 0 }. 12 bytes for each thing, 4 for each number. Memory that
 * cannot be had ends the program.
 */
struct lists {
	uint64_t *begin;
	uint32_t *sizes, *items;
	uint32_t count;
};

/* So many lists, empty, with room for so many numbers each. */
void lists_open(struct lists *, const uint32_t *rooms, uint32_t count);
/* Numbers of a list are added in ascending order; one that is its last already is not added again. */
void lists_add(struct lists *, uint32_t list, uint32_t number);
void lists_free(struct lists *);

/* Fill users and torrents, the rest is 0. */
struct owners {
	struct lists users;	/* of a torrent: those whose set has it */
	struct lists torrents;	/* of an endpoint: those that have an entry of it */
	uint32_t user_count;
	/* of its own */
	uint32_t *support, *candidates;	/* of users; support is zero between calls */
	uint32_t *left;			/* torrents */
	size_t left_room;
};

struct owner {
	uint32_t user;
	uint32_t support;	/* how many of the endpoint's torrents the user is on */
};

/*
 * Who announces an endpoint is on all torrents that have an entry of it. So its owner is who is on all of them; if nobody
 * is, there are several: who is on most of them, then, of the rest, who is on most. But that is told only if all torrents
 * are explained so, and each owner is on OWNERS_LEAD more of those that he explains than anybody else is: else it can be
 * chance, and the owner may be one who has left. Returns how many there are, 0 if that cannot be told, or there are more
 * than OWNERS_MAX.
 */
size_t owners_find(struct owners *, uint32_t endpoint, struct owner found[OWNERS_MAX]);
void owners_free(struct owners *);

#endif
