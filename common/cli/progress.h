/* progress.h - one line on the terminal for work that takes more than a second */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct report;

enum { PROGRESS_SCALE_ROOM = 16 };

struct progress {
	bool on;		/* stderr is a terminal and the user did not ask for quiet */
	bool shown;
	const char *unit;	/* what is counted: "frames" */
	double began, last;	/* seconds of the monotonic clock */
};

/* "999", "1.2 k", "83 M": for people who look on. Returns text. */
const char *progress_scale(char text[PROGRESS_SCALE_ROOM], double number);

/* unit: what `count` counts. */
struct progress progress_begin(const struct report *, const char *unit);
/*
 * Call it now and then (once for each block, not for each record): done of total are bytes or whatever the whole is
 * measured in; total 0: unknown. Prints rate, share done and time left, twice a second at most.
 */
void progress_step(struct progress *, uint64_t count, uint64_t done, uint64_t total);
/* Wipes whatever line stands there, so that what follows starts clean. stdout_only: unless stdout goes elsewhere. */
void progress_wipe(bool stdout_only);
/* The same at the end of the work; complaints, notes and output wipe it themselves. */
void progress_end(struct progress *);

#endif
