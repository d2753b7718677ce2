/* lane.h - the bytes of one piece after the other, read from the files that they are in */
#ifndef BTINSPECT_LANE_H
#define BTINSPECT_LANE_H

#include "tools/btinspect/layout.h"

/* Why a file could not be read: the errno, or one of these. */
enum {
	FILE_ENDED = 0,		/* before the length that it has in the layout */
	FILE_IRREGULAR = -1,	/* a FIFO, a device, a socket */
};

/* Set layout and folder, and descriptor to -1. */
struct lane {
	const struct layout *layout;
	int folder;		/* what paths are relative to */
	uint64_t piece;
	uint64_t at, end;	/* of its bytes in the row, those not read yet */
	uint64_t data_end;	/* where the bytes of its first file end; what is behind may be padding */
	size_t file;		/* that has the byte at `at`, or one before it */
	/* after a failure: `file` could not be read, because of fault; else it is known not to be there */
	bool faulty;
	int fault;
	/* its own */
	uint64_t batch_end;	/* where the pieces end that are read at the same time */
	uint64_t advised;	/* the kernel knows that it will be asked for the bytes up to here */
	bool sparse, hole;	/* the open file has holes; the lane is in one, up to known_end */
	uint64_t known_end;
	int descriptor;		/* of open_file; -1: none is open */
	size_t open_file;
};

/*
 * Goes to the beginning of a piece, and opens its first file. batch_end is where in the row those pieces end that are read
 * at the same time. False: it cannot be read.
 */
bool lane_begin(struct lane *, uint64_t piece, uint64_t batch_end);
/* The next size bytes of the piece, which it must have. False: a file could not be read. */
bool lane_fill(struct lane *, uint8_t *to, size_t size);
void lane_close(struct lane *);

#endif
