/* json.h - JSON scanned in place: one flat object at once, or any value one token after the other */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

enum {
	JSON_DEPTH_MAX = 64,	/* values nested deeper than this in a flat object are refused */
	JSON_LEVELS_MAX = 4096,	/* those that a reader can go down into */
};

/* WORD: null, true, false. NESTED is of pairs only; OBJECT, ARRAY and END (of the one or the other) of tokens. */
enum json_kind { JSON_STRING, JSON_NUMBER, JSON_WORD, JSON_NESTED, JSON_OBJECT, JSON_ARRAY, JSON_END };

/*
 * Both ways: strict JSON (RFC 8259) but for bytes that are not UTF-8, which are passed on as they are, and for numbers,
 * which whoever takes them judges. Views go into the text, or into the arena where there were escapes; that takes no
 * more than the text has bytes. error.offset counts from the start of the text.
 */

struct json_pair {
	struct bytes key;
	enum json_kind kind;
	struct bytes value;	/* STRING: unescaped; the others as they stand */
};

/* Reads the object that text holds into pairs (at most max; the rest is checked but not kept) and counts them. */
bool json_object(struct bytes text, struct arena *, struct json_pair *pairs, size_t max, size_t *count, struct error *);

struct json_token {
	enum json_kind kind;
	bool key;		/* a STRING that names what follows */
	size_t offset;		/* of its first byte */
	struct bytes text;	/* STRING: unescaped; NUMBER, WORD: as it stands */
};

/* What the next token may be. */
enum json_want { JSON_WANT_VALUE, JSON_WANT_FIRST, JSON_WANT_NEXT, JSON_WANT_MORE };

struct json_reader {
	struct bytes text;
	size_t at;		/* what was not read yet; after the last token: behind the value */
	struct arena *arena;
	struct error *error;
	unsigned depth;		/* arrays and objects open now */
	unsigned depth_max;	/* at most JSON_LEVELS_MAX */
	enum json_want want;
	bool ended;		/* the value is whole */
	bool arrays[JSON_LEVELS_MAX];	/* which levels are arrays; the others are objects */
};

/* Reads one value from text->data[at] on. Nothing needs cleaning up but the arena. */
void json_begin(struct json_reader *, struct bytes text, size_t at, struct arena *);
/* The next token. False: the value is whole (ended; error->kind is none), or what comes is no JSON. */
bool json_next(struct json_reader *, struct json_token *, struct error *);

#endif
