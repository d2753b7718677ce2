/* lzf.h - unpacks what LZF packed, as Redis does with strings and lists in RDB */
#ifndef CODEC_LZF_H
#define CODEC_LZF_H

#include "base/bytes.h"

/*
 * LZF is a sequence of
 *
 *	000nnnnn			n + 1 bytes follow, which stand for themselves
 *	nnnddddd dddddddd		n + 2 bytes (n is 1 to 6) again, from d + 1 bytes before this place
 *	111ddddd nnnnnnnn dddddddd	n + 9 bytes again, from d + 1 bytes before
 *
 * and does not say how large it is; a copy may overlap what it makes.
 */
enum {
	LZF_GROWTH = 88,	/* most bytes out of one: three make 264 */
	LZF_ROOM = 32,		/* bytes after those unpacked that may be written, too */
};

/*
 * Unpacks to exactly size bytes at `to`, which has room for LZF_ROOM more. False: packed does not hold exactly that
 * many, is cut, or copies from before its beginning. No byte out of packed is read.
 */
bool lzf_decode(struct bytes packed, uint8_t *to, size_t size);

/* The same up to size bytes only, whatever follows them: how many there are. */
size_t lzf_decode_first(struct bytes packed, uint8_t *to, size_t size);

#endif
