/* spool.h - a copy of a pipe in a temporary file, so that what came through it can be read again */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include "io/input.h"

/*
 * The file has no name: it is gone with its descriptor, whatever ends the program. It grows to the size of what is
 * copied.
 */
struct spool {
	const char *folder;	/* $TMPDIR, or /tmp */
	int fd;
};

/* Errors name the folder, for it may be full. */
bool spool_open(struct spool *, struct error *);
bool spool_write(struct spool *, struct bytes, struct error *);
/*
 * The copy takes the place of the pipe, at the same descriptor, and the spool is closed: from now on the input is a
 * regular file, at its beginning. `offset` is what the first byte of the copy was in the pipe; input->size counts from
 * there, too.
 */
bool spool_replace(struct spool *, struct input *, uint64_t offset, struct error *);
/* Harmless after spool_replace. */
void spool_close(struct spool *);

#endif
