/* json.h - one flat JSON object, scanned in place */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

enum { JSON_DEPTH_MAX = 64 };	/* nested values deeper than this are refused */

enum json_kind { JSON_STRING, JSON_NUMBER, JSON_WORD, JSON_NESTED };	/* WORD: null, true, false */

struct json_pair {
	struct bytes key;
	enum json_kind kind;
	struct bytes value;	/* STRING: unescaped; the others as they stand */
};

/*
 * Reads the object that text holds into pairs (at most max; the rest is checked but not kept) and counts them. Views go into the text,
 * or into the arena where there were escapes. Strict JSON (RFC 8259) but for bytes that
 * are not UTF-8, which are passed on as they are, and for numbers, which the field that takes them judges. error.offset counts from the start of text.
 */
bool json_object(struct bytes text, struct arena *, struct json_pair *pairs, size_t max, size_t *count, struct error *);

#endif
