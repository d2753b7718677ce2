/* hasher.h - the hashes of all pieces of a layout of files, by as many threads as there are CPUs */
#ifndef BTINSPECT_HASHER_H
#define BTINSPECT_HASHER_H

#include "digest/merkle.h"
#include "tools/btinspect/lane.h"

enum {
	/*
	 * Bytes that each lane takes at a time, whole leaves: what is read should still be in the cache of its CPU when
	 * it is hashed. Measured with an L2 cache of 1 MiB: 16 KiB is 10 % slower, the others up to 128 KiB differ by 3
	 * %.
	 */
	HASHER_CHUNK = 48 << 10,
	HASHER_THREADS_MAX = 32,
};

enum piece_state {
	PIECE_HASHED,
	PIECE_MISSING,		/* bytes of it are not there: a file that is absent, or ends too early */
	PIECE_UNREADABLE,	/* a file could not be opened or read */
};

/* What is said of each piece. Good during the call. */
struct hashed_piece {
	uint64_t index;
	enum piece_state state;
	/* 20 bytes: of all its bytes in the row (version 1); NULL: not wanted, or not PIECE_HASHED */
	const uint8_t *sha1;
	/*
	 * 32 bytes: the root over its leaves of 16 KiB (BEP 52), without the zeros of padding. Of a file that is larger
	 * than a piece it is that of a whole piece (height layout_piece_height, what is missing filled), as it stands in
	 * the piece layers; of a file that is not, it is pieces_root. NULL: not wanted, not PIECE_HASHED, or the piece
	 * has padding only.
	 */
	const uint8_t *root;
};

/*
 * Fill it in and call hasher_run. The functions may be NULL; all get context.
 *
 * Each thread takes up to 16 pieces in a row and hashes them side by side, one in each lane, reading a chunk of each in
 * turn. So it has 16 * HASHER_CHUNK bytes of data, with roots 512 KiB of leaves for each 16 MiB of piece length, and 16
 * open files. Files are read by pread: one that shrinks meanwhile is a fault, no signal. Only regular files are opened;
 * symlinks are followed.
 */
struct hasher {
	struct layout *layout;
	int folder;		/* what paths are relative to: an open folder, or AT_FDCWD */
	bool sha1, roots;	/* what is wanted; roots only if layout_can_roots */
	uint64_t threads;	/* 0: one for each CPU that the program may use; never more than HASHER_THREADS_MAX */
	/*
	 * Set to true by anybody, atomically: hasher_run ends soon, and pieces not told of were not looked at. NULL:
	 * never.
	 */
	const volatile bool *stop;
	/* Each piece, once, in no order, by any of the threads, several of them at the same time. */
	void (*piece)(void *context, const struct hashed_piece *);
	/* Each file that could not be read, once, and why (as struct lane has it); one call at a time, before its pieces. */
	void (*fault)(void *context, size_t file, int fault);
	/*
	 * From the thread that called hasher_run, about ten times a second: bytes of the row done so far, those of pieces
	 * that are missing too.
	 */
	void (*step)(void *context, uint64_t done);
	void *context;
};

/* False: threads could not be started (ERROR_SYSTEM), or layout_can_roots is false. True also when it was stopped. */
bool hasher_run(const struct hasher *, struct error *);
/* "No such file or directory", "ends before the length that it should have", "no regular file" */
const char *hasher_fault_text(int fault);

#endif
