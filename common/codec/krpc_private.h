/* krpc_private.h - the rows of krpc.c, by which packets are decoded and encoded */
#ifndef CODEC_KRPC_PRIVATE_H
#define CODEC_KRPC_PRIVATE_H

#include "codec/krpc.h"

enum kind {
	TYPE,		/* y */
	METHOD,		/* q */
	STRING,		/* of a size by the row's rule */
	NUMBER,
	FLAG,		/* an integer: not 0 */
	WANT,		/* a list of "n4", "n6" */
	PEERS,		/* a list of strings of 6 or 18 bytes, kept bencoded */
	ANY,		/* any value, kept bencoded */
	BODY,		/* a, r: the dictionary whose keys are the rows with place BODY_KEY */
	FAILURE,	/* e: a list of code and text */
};

enum place { TOP_KEY, BODY_KEY };

struct krpc_row {
	const char *key;
	uint8_t key_size;
	uint8_t place;		/* enum place */
	uint8_t kind;		/* enum kind */
	int16_t size;		/* by the rules above */
	uint16_t member;	/* offset */
};

enum { KRPC_ROWS = 33, KRPC_TOP_ROWS = 9 };
/* Those of the top, then those of a and r; sorted by key. */
extern const struct krpc_row krpc_rows[KRPC_ROWS];

#endif
