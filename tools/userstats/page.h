/* page.h - pages of named users or torrents: their order, and what PostgreSQL is asked about pairs of them */
#ifndef USERSTATS_PAGE_H
#define USERSTATS_PAGE_H

#include "tools/userstats/stores.h"

/* What each row begins with that names have given. */
struct page_row {
	size_t place;	/* of its name, in names->names */
	int64_t id;	/* tid or uid; SIGNED_UNSET: the site does not know it */
};

/*
 * Puts rows of that size, of which each begins with a struct page_row, in the order of the names and, for one name, of
 * the ids. One that was named in two ways is there once. Returns how many are left.
 */
size_t page_sort(void *rows, size_t count, size_t size);

/*
 * $1 is a text (a passkey, an info hash), $2 a number (of the torrent, of the user), $3 the pair's place, which is to
 * come back with its row: FROM unnest($1::text[], $2::bigint[], $3::bigint[]). There is a limit to the length of a
 * statement, so more pairs than these go in several.
 */
enum { PAGE_PAIRS = 1 << 18 };

/* Start with { 0 }. 32 bytes for a pair. */
struct page {
	struct bytes *texts;	/* views of the caller's */
	int64_t *numbers, *places;
	size_t count, room;
	size_t sent;		/* so many of them, the first ones, were asked about */
};

/* The text must be good until the last one was sent; one that PostgreSQL cannot hold is left out. */
void page_add(struct page *, struct bytes text, int64_t number, size_t place);
/* Sends the next statement. The rows of the one before must have ended. False: there is no more to ask. */
bool page_send(struct page *, struct stores *, const char *sql);
void page_free(struct page *);

#endif
