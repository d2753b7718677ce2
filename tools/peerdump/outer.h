/* outer.h - what an RDB file comes in: by itself, in a replication stream, or at the beginning of an append-only file */
#ifndef PEERDUMP_OUTER_H
#define PEERDUMP_OUTER_H

#include "io/input.h"
#include "io/spool.h"

/*
 * By its first bytes:
 *
 *	REDIS0011 ...				by itself; commands behind it are those of an append-only file
 *	$<size>\r\n <size bytes>		a replication stream, as a master answers SYNC and PSYNC
 *	$EOF:<mark>\r\n ... <mark>		the same of a master that does not know the size before
 *
 * Before a stream there may be newlines, by which a master says that it is still at work, and status lines
 * (+OK, +FULLRESYNC ...). Behind it commands follow.
 */
enum outer_form { OUTER_PLAIN, OUTER_SIZED, OUTER_MARKED };

enum { OUTER_MARK_SIZE = 40 };

/* What follows the RDB. */
enum outer_rest {
	OUTER_NOTHING,
	OUTER_COMMANDS,	/* of which the RDB knows nothing yet */
	OUTER_STRAY,	/* bytes that do not belong there */
	OUTER_NO_MARK,	/* not the mark that the stream began with */
};

struct outer {
	struct input input;
	enum outer_form form;
	uint8_t mark[OUTER_MARK_SIZE];
	uint64_t position;	/* of the RDB's first byte for lseek, */
	uint64_t begin;		/* and as offsets are told: from the first byte of the input */
	uint64_t end;		/* of the RDB, as offsets are told; UINT64_MAX: not known before */
	struct spool spool;	/* of a pipe that will be read again */
	bool spooling;
};

/* Opens it and finds the RDB; what holds none is an ERROR_INPUT. On failure nothing needs closing. */
bool outer_open(struct outer *, const char *name, struct io_wait, const volatile bool *stop, struct error *);
void outer_close(struct outer *);
/* It will be read again: from here, the beginning, on a pipe is copied to a temporary file. */
bool outer_keep(struct outer *, struct error *);
/*
 * Drops `used` bytes and reads until there are `want`, or no more; what does not belong to the RDB is left out. *last:
 * nothing follows.
 */
struct bytes outer_fill(struct outer *, size_t used, size_t want, bool *last, struct error *);
/* Back to the first byte of the RDB, after outer_keep. */
bool outer_again(struct outer *, struct error *);
/*
 * The RDB ended after `used` bytes of the window: what comes behind it, from where on, and how much (0: a stream that
 * goes on, who knows for how long). Reads an input of the form OUTER_PLAIN to its end.
 */
enum outer_rest outer_rest(struct outer *, size_t used, uint64_t *offset, uint64_t *size, struct error *);

#endif
