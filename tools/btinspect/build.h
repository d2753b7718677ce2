/* build.h - a new torrent of the files that were gathered: pieces hashed, info and piece layers written */
#ifndef BTINSPECT_BUILD_H
#define BTINSPECT_BUILD_H

#include "tools/btinspect/gather.h"
#include "tools/btinspect/layout.h"

enum {
	BUILD_PIECE_MIN = 1 << 10,	/* of version 1 alone; of 2 a leaf, 16 KiB */
	BUILD_PIECE_MAX = LAYOUT_ROOT_PIECE_MAX,
};

/* Begun by build_begin. */
struct build {
	struct run *run;
	const struct btinspect_options *options;
	const struct gathered *gathered;
	struct bytes name;
	bool v1, v2;
	struct layout layout;	/* padding is in it; a file of gathered for each LAYOUT_DATA */
	uint64_t pieces;
	uint8_t *sha1;		/* v1: 20 bytes for each piece */
	uint8_t *roots;		/* v2: 32 bytes for each piece */
	uint8_t *file_roots;	/* v2: 32 bytes for each file of gathered */
};

/*
 * Chooses the piece length and lays the files in a row. ERROR_USAGE: --piece-length is none of that version, or --padding
 * does not go with it. ERROR_INPUT: no torrent can have so much. Free it in either case.
 */
bool build_begin(struct build *, struct run *, const struct gathered *, struct bytes name, struct error *);
/* Hashes all pieces. False with no error: the program was asked to stop. */
bool build_hash(struct build *, struct error *);
/* Appends the torrent: a dictionary of info and, of version 2, piece layers. */
void build_write(const struct build *, struct buf *out);
void build_free(struct build *);

#endif
