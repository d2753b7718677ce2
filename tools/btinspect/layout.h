/* layout.h - how the files of a torrent lie in a row, and which of them each piece has bytes of */
#ifndef BTINSPECT_LAYOUT_H
#define BTINSPECT_LAYOUT_H

#include "base/bytes.h"
#include "base/error.h"

enum layout_kind {
	LAYOUT_DATA,	/* a file to be read */
	LAYOUT_ZEROS,	/* padding (BEP 47): zeros, wherever they are; nothing is read */
	LAYOUT_ABSENT,	/* known not to be there: no piece that has bytes of it is read */
};

struct layout_file {
	const char *path;	/* where it is, from the folder of struct hasher; the caller's. Of LAYOUT_DATA only */
	uint64_t length;	/* bytes in the torrent; what the file on disk has beyond them is not read */
	uint64_t offset;	/* in the row */
	uint8_t kind;		/* enum layout_kind; may be changed until the hasher runs */
	bool faulty;		/* the hasher's: its fault was told */
};

/*
 * Piece i is the bytes i * piece_length up to (i + 1) * piece_length of the row, or up to its end. Version 1: file
 * after file. Version 2: each file that is not empty begins at a piece's border, and nothing lies in the gaps before
 * them. In the row of a hybrid it is zeros that lie there: layout_pad. Start with { .piece_length = N }, and .aligned
 * for version 2. 32 bytes a file.
 */
struct layout {
	uint64_t piece_length;	/* bytes, not 0 */
	bool aligned;		/* each file begins at a piece's border */
	struct layout_file *files;
	size_t count, capacity;
	uint64_t size;		/* bytes of the row: where the last file ends */
};

/* Adds a file at the end of the row. ERROR_INPUT: the row would be longer than 2^63 bytes. */
bool layout_add(struct layout *, enum layout_kind, const char *path, uint64_t length, struct error *);
/* How many zeros a file of padding must have, for the next file to begin at a piece's border. */
uint64_t layout_padding(const struct layout *);
/* How many pieces there are. */
uint64_t layout_pieces(const struct layout *);
/* Where in the row the bytes of that piece end; aligned: those of its file. */
uint64_t layout_piece_end(const struct layout *, uint64_t piece);
/* The first file that has a byte at that place of the row, or after it; count: there is none. */
size_t layout_find(const struct layout *, uint64_t offset);
/*
 * Can the pieces have roots (BEP 52)? The piece length must be a power of two, at least 16 KiB and at most
 * LAYOUT_ROOT_PIECE_MAX, and each file that is not empty and no padding must begin at a piece's border, so that no
 * piece has bytes of two. ERROR_INPUT says what is not so.
 */
enum { LAYOUT_ROOT_PIECE_MAX = 1 << 30 };
bool layout_can_roots(const struct layout *, struct error *);
/* The height of the tree of a whole piece: what merkle_root takes for `from` above the roots of pieces. */
unsigned layout_piece_height(const struct layout *);
void layout_free(struct layout *);

#endif
