/* whole.h - regular files read whole, several into one buffer, with as few system calls as that takes */
#ifndef IO_WHOLE_H
#define IO_WHOLE_H

#include "base/bytes.h"
#include "base/error.h"

enum { WHOLE_ROOM = 2 << 20 };	/* bytes of the buffer, which a larger file makes grow until whole_clear */

/* Start with { 0 }. */
struct whole {
	uint8_t *data;
	size_t capacity, used;
};

enum whole_result {
	WHOLE_FAILED,
	WHOLE_READ,	/* *data is the file, good until whole_clear */
	WHOLE_NO_ROOM,	/* it does not fit behind what is there: whole_clear and once more; never when the buffer is clear */
	/* no regular file, or one larger than the limit: *fd is open at its beginning, and the caller's to close */
	WHOLE_STREAM,
};

/*
 * Does not wait: of a FIFO that nobody writes yet, *fd is open too, and poll waits for the writer. A failure is an
 * ERROR_SYSTEM that names the file. What a file grows by while it is read is read, too.
 */
enum whole_result whole_read(struct whole *, const char *name, size_t limit, struct bytes *data, int *fd, struct error *);
/* Forgets what was read; gives back what a large file took. */
void whole_clear(struct whole *);
void whole_free(struct whole *);

#endif
