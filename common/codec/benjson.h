/* benjson.h - any bencode as JSON, and back to the same bytes */
#ifndef CODEC_BENJSON_H
#define CODEC_BENJSON_H

/*
 *	bencode						JSON
 *	string that is UTF-8				"text"
 *	any other string				{"$hex":"86d4c8"}
 *	integer below 2^53 in its one spelling		42
 *	any other integer (wide, 007, -0)		{"$int":"007"}, its digits as they stand
 *	string whose length has leading zeros		{"$bencode":"30323a6869"}, all its bytes
 *	list						[...]
 *	dictionary					{"key":value,...}, keys in the order they have
 *	dictionary with a key twice			{"$dict":[["key",value],...]}
 *	key						"text", "$hex:86d4c8" or "$bencode:30323a6869";
 *							before a text that begins with $ another $
 *	value and bytes after it			{"$value":...,"$trailing":"0a"}
 *
 * What a program that takes numbers for doubles and a repeated key for a replaced one (jq) reads and writes again is still
 * the same bencode. Such a form stands alone in its object.
 */

#include "codec/bencode.h"

enum { BENJSON_BLOCK = 64 << 10 };

/* ---- bencode to JSON, piece by piece */

/* Large, as struct bencode is. */
struct benjson {
	struct bencode reader;
	struct buf twice;	/* bit n: dictionary n of the input, as they begin, has a key twice */
	uint32_t dicts;		/* begun so far */
	bool pairs[BENCODE_DEPTH_MAX];	/* open containers that are written as [key,value] pairs */
	bool wrapped;		/* bytes after the value are still to be written */
	/* a string that is being written */
	struct bytes rest;
	bool hex;		/* as digits */
	bool value;		/* it is a value, not a key */
	const char *after;	/* what closes it; NULL: there is no string */
};

/*
 * Goes through the input once: false if it is no bencode (then nothing needs closing). Takes 4 bytes for each key of
 * the dictionaries open at a time, and 11 more for each of one that is not sorted; what stays is a bit for each dictionary.
 */
bool benjson_open(struct benjson *, struct bytes input, struct error *);
/*
 * Appends the next piece, BENJSON_BLOCK bytes and what the last token takes (never more than twice as much in all). False:
 * that was the last one. There is no newline at the end and no blank anywhere.
 */
bool benjson_print(struct benjson *, struct buf *out);
void benjson_close(struct benjson *);

/* ---- JSON to bencode */

/*
 * Reads one JSON value from text.data[*at] on and appends its bencode; *at is then behind it. Keys keep their order, sorted
 * or not. Plain JSON is read too, as far as bencode can say it. ERROR_INPUT with the offset in text, and nothing
 * appended: no JSON, a value that bencode has not (true, false, null, fractions), a form that is none, nesting deeper
 * than BENCODE_DEPTH_MAX. *flaws is what is not canonical about the order of the keys of objects (enum bencode_flaw):
 * whoever wrote them by hand may not have meant that. It may be NULL.
 */
bool benjson_parse(struct bytes text, size_t *at, struct buf *out, unsigned *flaws, struct error *);

#endif
