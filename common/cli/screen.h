/* screen.h - a picture that fills the terminal and is drawn again and again; elsewhere one block of lines after the other */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "base/buf.h"
#include "cli/output.h"

/*
 * On a terminal the picture has the alternate screen, so that what was there
 * comes back at the end, on ^C and SIGTERM (which end a verb's loop: it must
 * call screen_close), and while ^Z stops the program. Complaints would spoil the
 * picture: those that would go to the same terminal are kept, and
 * printed at the end (the last SCREEN_KEPT bytes of them). Where stdout is no terminal, or $TERM says that it can do
 * nothing of this, nothing but text is written, as wide and high as a terminal of 80x24 would have it.
 */
enum { SCREEN_WIDTH = 80, SCREEN_HEIGHT = 24, SCREEN_KEPT = 32 << 10 };

struct screen {
	bool terminal;
	bool utf8;		/* the locale's characters */
	unsigned width, height;	/* columns and lines, as of screen_begin */
	unsigned line;		/* lines in the picture so far */
	struct buf text;
	int stderr_copy, diverted;	/* -1: stderr goes where it always goes */
	struct buf complaints, last;
};

void screen_open(struct screen *, struct output *);
/* Begins a picture: asks for the size of the terminal. */
void screen_begin(struct screen *);
/* Adds a line, which is cut at the right edge. Lines below the bottom are left out. */
void screen_line(struct screen *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Draws it. */
void screen_show(struct screen *, struct output *);
/*
 * Was the size of the terminal changed, or the program stopped and continued, since the last call? A wait in poll is
 * interrupted by it.
 */
bool screen_changed(void);
/* The last line that would have gone to stderr, without its newline, or "" where it went there. Good until the next call. */
const char *screen_complaint(struct screen *);
/* The terminal as it was, and the complaints that were kept. */
void screen_close(struct screen *, struct output *);

/* Bytes that a sparkline of so many columns may take, with its NUL. */
#define SPARK_ROOM(columns) (3 * (columns) + 1)
/* Counts as a row of bars from nothing to the largest of them: eight heights, or eight characters of ASCII. Returns text. */
const char *spark_print(char *text, const uint32_t *counts, size_t count, bool utf8);

#endif
