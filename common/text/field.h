/* field.h - field types: one row of operations each, and the rows that describe a record's fields */
#ifndef TEXT_FIELD_H
#define TEXT_FIELD_H

#include <stddef.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/error.h"

struct field_type;

/* A name of at most 15 bytes, padded so that it is printed with one store. */
struct field_word {
	char text[15];
	uint8_t size;
};
#define FIELD_WORD_ROW(name) { name, sizeof(name) - 1 }
/* A word named "-" stands for no value. */
static inline bool field_word_unset(const struct field_word *word)
{
	return word->size == 1 && word->text[0] == '-';
}

/* One column of a record: what FIELD() below fills in. */
struct field {
	const char *name;		/* lower case, as in lines, JSON, CSV, -o, -m */
	const struct field_type *type;
	size_t offset;			/* of the member in its struct */
	const char *help;
	const struct field_word *words;	/* WORD: the names of 0, 1, 2...; one of size 0 ends them */
	size_t width;			/* HASH, HEX: how many bytes a set value has, always; 0: any number */
};

/*
 * A moment in microseconds since 1970 (UTC). TIME_UNSET prints as unset.
 * A struct, so that a number cannot pass for one.
 */
struct timestamp { int64_t us; };
#define TIME_UNSET INT64_MIN
#define COUNT_UNSET UINT64_MAX
#define SIGNED_UNSET INT64_MIN

/*
 * Everything that can be done with a value of one type. `value` points at the
 * struct's member. A new type is one such row (and a FIELD_..._C line below).
 */
struct field_type {
	const char *name;	/* as --fields and the manuals print it */
	size_t size;		/* of the C member */
	size_t room;		/* bytes that print may touch; for a view besides `growth` */
	size_t growth;		/* text bytes for each byte of a view (struct bytes); 0: no view */
	bool text;		/* free text: escaped in lines, a JSON string of its own */
	bool quoted;		/* a JSON string, not a JSON number */
	/* Writes the value as it stands in a line; returns the end, or NULL when the value is unset. */
	char *(*print)(char *at, const void *value, const struct field *);
	/*
	 * Reads what print wrote (never the unset mark). Views may point into text or the arena.
	 * A failure says what was found and what was expected; the caller adds the field and the place.
	 */
	bool (*parse)(struct bytes text, void *value, const struct field *, struct arena *, struct error *);
	/* The order of two set values: <0, 0, >0. */
	int (*compare)(const void *a, const void *b);
	/* Makes the member unset; NULL: all zero bytes do (or the type is always set). */
	void (*clear)(void *value);
	/* Is it unset? NULL: never, or see field_unset. */
	bool (*unset)(const void *value);
};

enum field_type_number {
	FIELD_U8, FIELD_U16, FIELD_U64, FIELD_I64, FIELD_REAL, FIELD_WORD, FIELD_TIME,
	FIELD_IPV4, FIELD_IPV6, FIELD_ENDPOINT, FIELD_HASH, FIELD_HEX, FIELD_TEXT,
	FIELD_TIME_ISO,		/* how TIME prints with --time=iso; no struct has it */
	FIELD_TAG,		/* the type column: .words is the record's name, whatever the struct holds */
	FIELD_TYPES
};

extern const struct field_type field_types[FIELD_TYPES];

#define FIELD_U8_C uint8_t		/* 0..255, always set */
#define FIELD_U16_C uint16_t		/* 0..65535, always set */
#define FIELD_U64_C uint64_t		/* COUNT_UNSET is unset */
#define FIELD_I64_C int64_t		/* SIGNED_UNSET is unset */
#define FIELD_REAL_C double		/* NaN is unset; printed with six digits */
#define FIELD_WORD_C uint8_t		/* a name from .words, or the number when it has none; the name - is unset */
#define FIELD_TIME_C struct timestamp	/* epoch seconds, fraction only when there is one */
#define FIELD_IPV4_C struct ipv4	/* all zero is unset */
#define FIELD_IPV6_C struct ipv6	/* all zero is unset */
#define FIELD_ENDPOINT_C struct endpoint	/* address and port; family 0 is unset */
#define FIELD_HASH_C struct bytes	/* hex on output; hex, base32, base64, magnet on input (20 bytes) */
#define FIELD_HEX_C struct bytes	/* hex both ways */
#define FIELD_TEXT_C struct bytes	/* any bytes */

/*
 * FIELD(peer, port, U16, "TCP port the peer listens on"): the row of member
 * `port` of struct peer. A member of another C type than the row's does not
 * compile. After the help may follow `.words = names` or `.width = 20`.
 */
#define FIELD(structure, member, TYPE, ...) { \
	.name = #member, \
	.type = &field_types[FIELD_##TYPE], \
	.offset = _Generic(&((struct structure *)0)->member, \
		FIELD_##TYPE##_C *: offsetof(struct structure, member)), \
	.help = __VA_ARGS__ }

/* The value's member in a struct. */
static inline const void *field_value(const struct field *field, const void *structure)
{
	return (const char *)structure + field->offset;
}

/* Is the field unset in this struct? */
bool field_unset(const struct field *, const void *structure);

#endif
