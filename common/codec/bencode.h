/* bencode.h - bencode (BEP 3), read in place one token after the other, and written */
#ifndef CODEC_BENCODE_H
#define CODEC_BENCODE_H

/*
 *	integer		i <digits> e		i-42e	one spelling for each: no leading zeros, no -0, no +
 *	string		<digits> : <bytes>	4:spam	that many bytes of anything
 *	list		l <value>... e		l4:spami42ee
 *	dictionary	d <key> <value>... e	d3:cow3:mooe	keys are strings, each once, sorted as raw bytes
 *
 * The reader keeps no tree: it hands out tokens that look into the input, and remembers only the containers around the
 * place where it stands. What clients accept though it is not canonical is accepted too and told (enum bencode_flaw);
 * what nobody can read is an error with its offset.
 */

#include "base/buf.h"
#include "base/bytes.h"
#include "base/error.h"

enum {
	BENCODE_DEPTH_MAX = 1000,		/* containers in one another; 24 bytes each in the reader */
	BENCODE_TOKENS_MAX = 100000000,		/* of one input */
	BENCODE_KEY_SHOWN = 256,		/* bytes of a key that a path shows */
	BENCODE_PATH_MAX = 4096,		/* bytes of a path to which no more parts are added */
	BENCODE_INTEGER_ROOM = 22,		/* bytes of i-9223372036854775808e */
};

enum bencode_kind { BENCODE_INTEGER, BENCODE_STRING, BENCODE_LIST, BENCODE_DICT, BENCODE_END };

/* What is not canonical: bits. */
enum bencode_flaw {
	BENCODE_UNSORTED_KEY = 1,	/* smaller than the key before it */
	BENCODE_DUPLICATE_KEY = 2,	/* the key before it is the same; of other duplicates only UNSORTED is told */
	BENCODE_ZERO_PADDED = 4,	/* an integer with leading zeros */
	BENCODE_NEGATIVE_ZERO = 8,	/* i-0e */
	BENCODE_WIDE = 16,		/* an integer beyond 64 bits: number is the nearest that fits, text has the digits */
	BENCODE_PADDED_LENGTH = 32,	/* a string whose length has leading zeros */
};

struct bencode_token {
	enum bencode_kind kind;
	bool key;		/* a string that is the key of what follows */
	unsigned flaws;		/* of this token */
	unsigned depth;		/* containers around it; an END has that of what it ends */
	size_t offset;		/* of its first byte in the input */
	size_t size;		/* of its spelling; 1 for LIST, DICT, END */
	struct bytes text;	/* STRING: what it holds; INTEGER: its digits and sign as they stand */
	int64_t number;		/* INTEGER */
};

/* A container around the place. */
struct bencode_frame {
	const uint8_t *key;	/* DICT: the last one; NULL: none yet */
	size_t key_size;
	uint32_t count;		/* LIST: elements begun; DICT: keys */
	bool dict, value_next;	/* DICT: the key was there, its value follows */
};

struct bencode;
/* Told of each token with flaws, skipped ones too, when it is the token read last. */
typedef void bencode_observer(void *context, const struct bencode *, const struct bencode_token *);

/* Set up by bencode_begin; then observer, context, strict, tokens_left and depth_max (downwards) may be set. */
struct bencode {
	struct bytes input;
	size_t at;		/* where the next token begins; after the last one: what is left */
	bool strict;		/* flaws are errors */
	unsigned flaws;		/* of all tokens so far */
	uint64_t tokens_left;
	unsigned depth_max;	/* BENCODE_DEPTH_MAX */
	bencode_observer *observer;
	void *context;
	unsigned depth;		/* containers open now */
	bool ended;		/* the value is whole */
	bool entered;		/* the token read last opened frames[depth - 1] */
	struct bencode_frame frames[BENCODE_DEPTH_MAX];
};

/* Reads one value from the start of input. The struct is large (24 kB) and needs no cleaning up. */
void bencode_begin(struct bencode *, struct bytes input);
/*
 * The next token. False: the value is whole (error->kind is none, `at` is where it ended; bytes may follow), or it is no
 * bencode: ERROR_INPUT, its offset counts from the start of the input.
 */
bool bencode_next(struct bencode *, struct bencode_token *, struct error *);
/*
 * After a LIST or DICT: goes on to behind its END. After any other token, does nothing. *value is the bytes of the
 * whole value, from its first to its last. value may be NULL.
 */
bool bencode_skip(struct bencode *, const struct bencode_token *, struct bytes *value, struct error *);
/* The same, without reading it, when the bytes of the value are known already. */
void bencode_jump(struct bencode *, const struct bencode_token *, struct bytes value);
/*
 * Inside a DICT: its next key and the first token of that key's value. False at its end, or with an error. Containers
 * among the values must have been read to their END or skipped by then.
 */
bool bencode_pair(struct bencode *, struct bencode_token *key, struct bencode_token *value, struct error *);
/* The same inside a LIST: the first token of the next element. */
bool bencode_element(struct bencode *, struct bencode_token *, struct error *);

/*
 * Where the token read last stands in the structure, appended as text: info.files[3].path[0]. What out holds already is
 * the path of the value that is read. A key is as it stands where it is letters, digits, blanks, - and _; else it is in
 * brackets: ["a.txt"], or by its bytes where those are no printable UTF-8 or hold " or \: [0x86d4c8]. A key and its value
 * have the same path. The top has an empty one.
 * Of a longer key the first BENCODE_KEY_SHOWN bytes are shown: ["aaa"...], and past BENCODE_PATH_MAX bytes a path ends with
 * "...": else each of a million values would name again the huge keys around it.
 */
void bencode_path(const struct bencode *, struct buf *);
/*
 * The part of frames[level] alone, after those around it: for who goes through all values and would make most of the
 * path again.
 */
void bencode_path_part(const struct bencode *, unsigned level, struct buf *);

/* For messages: "an integer", "a string", "a list", "a dictionary"; of END "an end". */
const char *bencode_kind_name(enum bencode_kind);
/* What a flaw means, for messages: "unsorted key". One bit. */
const char *bencode_flaw_name(enum bencode_flaw);

/* Canonical spellings, appended. */
void bencode_put_string(struct buf *, struct bytes);
void bencode_put_text(struct buf *, const char *);
void bencode_put_integer(struct buf *, int64_t);

#endif
