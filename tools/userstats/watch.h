/* watch.h - one look at the stores, or with --watch one after the other: what is new, changed or gone in each is marked */
#ifndef USERSTATS_WATCH_H
#define USERSTATS_WATCH_H

#include "tools/userstats/names.h"

/*
 * How a verb with --watch is written. Its run function only opens the names and gives the rest to watch_run, which
 * opens the stores, calls look(), closes the stores, waits, and so on; without --watch it does so once. look() does all
 * of one look, from names_resolve on, prints its records with watch_put instead of output_put, and frees all that it
 * has made, except in run->memory, which is emptied after each look:
 *
 *	static const struct watch_of of = { .keys = 2, .wanted = STORE_ALL, .look = torrents_look };
 *
 *	if (names_open(&names, run, NAMES_TORRENTS)) {
 *		watch_run(run, &names, &of, needed(&names));
 *		names_close(&names);
 *	}
 *
 * The record has a column `change`, which watch_put fills. Of the look before the rows are kept as lines, found by
 * their first `keys` columns; of two rows that are the same in these the first is compared. A look without all that was
 * wanted of the stores is printed, but neither compared nor compared with: what is missing there is not gone.
 */
struct watch_of {
	size_t keys;			/* so many columns, the first ones, say which row it is */
	const char *ignored;		/* a column that changes all the time and tells nothing; or NULL */
	unsigned wanted;		/* of stores_open */
	void (*look)(struct stores *, struct names *);
};

enum {
	WATCH_ROWS_MAX = 1 << 20,	/* rows that are kept; those beyond are printed without a mark */
	WATCH_BYTES_MAX = 256 << 20,	/* and bytes of their lines; twice, for two looks */
};

/*
 * needed: as stores_open, which decides how it ends when the first look cannot be; that a later one cannot is told, and
 * the next one is tried. Ends by itself without --watch, or when nothing more is wanted on stdout; else by ^C.
 */
void watch_run(struct run *, struct names *, const struct watch_of *, unsigned needed);
/* Prints one record, whose `change` it sets. False: nothing more is wanted. */
bool watch_put(struct stores *, void *line);

#endif
