/* escape.h - the escapes of the line format, of JSON strings and of CSV cells */
#ifndef TEXT_ESCAPE_H
#define TEXT_ESCAPE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

enum {
	ESCAPE_GROWTH = 4,	/* most line bytes for one byte of text */
	ESCAPE_ROOM = 16,	/* bytes that escape_print may touch besides */
	JSON_GROWTH = 6,	/* most JSON bytes for one byte of text, without the quotes */
};

/*
 * Text as it stands in a line: backslash, TAB, newline and CR as \\ \t \n \r;
 * other control bytes (C1 as well) and bytes that are not UTF-8 as \xHH; a text
 * that is just "-" as \x2d. Needs ESCAPE_GROWTH * size + ESCAPE_ROOM bytes at `at`; returns the end.
 */
char *escape_print(char *at, struct bytes text);

/*
 * A message, which may hold such escapes already: its backslashes stay as they are, all else that could steer a terminal or
 * break the line is escaped. The same room.
 */
char *escape_message(char *at, struct bytes text);

/*
 * The reverse: a view of the cell itself when it holds no backslash, else of a
 * copy in the arena. Any other backslash sequence is an error.
 */
bool escape_parse(struct bytes cell, struct arena *, struct bytes *text, struct error *);

/*
 * A JSON string with its quotes (JSON_GROWTH * size + 2 bytes): bytes that are not UTF-8 become U+FFFD each.
 * *lossy is set to true when there were such bytes and left alone otherwise.
 */
char *escape_json(char *at, struct bytes text, bool *lossy);
/* The same without the quotes, for texts that are written piece by piece. */
char *escape_json_text(char *at, struct bytes text, bool *lossy);

/*
 * A CSV cell (RFC 4180), quoted when it must be; an empty text is "". Text that is not UTF-8, holds control bytes other than
 * TAB, CR, LF, or begins with \x itself is \x and the hexadecimal digits of all
 * its bytes (as PostgreSQL writes bytea). Needs 2 * size + 4 bytes.
 */
char *escape_csv(char *at, struct bytes text);

/* An excerpt of anything, safe for a message: line escapes, "..." when it was cut. */
struct brief { char text[96]; };
const char *escape_brief(struct brief *, struct bytes text);

#endif
