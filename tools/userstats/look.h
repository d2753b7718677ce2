/* look.h - saved looks at Redis: files of look, peer and member lines, read as they come */
#ifndef USERSTATS_LOOK_H
#define USERSTATS_LOOK_H

#include "codec/peer.h"
#include "tools/userstats/records.h"
#include "tools/userstats/userstats.h"

/*
 * A look is a `look` line (when it was taken, which window it saw, how much there is), then a `peer` line for each live
 * entry, then a `member` line for each live pair. Fill run, context and what is wanted of the three functions (NULL: not
 * wanted), the rest is 0.
 */
struct looks {
	struct run *run;
	void *context;
	/* Another look begins; its time and window are set. The first has the number 0. */
	void (*look)(void *context, size_t number, const struct look_line *);
	/* An entry, with its info hash; its time may be unset. Possibly one that was there before. */
	void (*peer)(void *context, const struct peer *);
	/* A pair: the passkey is any text, the info hash is sound; possibly one that was there before. */
	void (*member)(void *context, const struct member *);
	/* of what was read: */
	size_t count;			/* looks */
	struct timestamp first, last;	/* the times of the oldest and the newest; unset if there is none */
	uint64_t window;		/* seconds that they cover together: each those of its window, up to its time */
	/* of its own */
	struct look_span { int64_t from_us, to_us; } *spans;	/* 16 bytes for each look */
	size_t room;
	struct look_line said;		/* of the look that is being read, */
	uint64_t entries, pairs;	/* and what of it came */
};

/*
 * Reads the files in their order ("-" is stdin), whatever the order of the looks. What is wrong is told with its file and
 * line, and the rest is read: a bad line is left out, and so are the lines of a file that has no look line above them; a
 * second look line begins another look; a look with less lines than it says is cut short. False: no look was found, stdin
 * is among them twice (a usage error), or the program was asked to stop.
 */
bool looks_read(struct looks *, size_t count, const char *const *files);
/* Is stdin among them no more than once? False: told. For who reads them one after the other. */
bool looks_once(struct run *, size_t count, const char *const *files);
/* How many microseconds from one time to another did they cover, when they were read? */
int64_t looks_covered(const struct looks *, int64_t from_us, int64_t to_us);
void looks_free(struct looks *);

#endif
