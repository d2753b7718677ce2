/* names.h - names of files from a list of them, one a line or ended by NULs */
#ifndef BTINSPECT_NAMES_H
#define BTINSPECT_NAMES_H

#include "io/input.h"

enum { NAMES_SIZE_MAX = 4095 };	/* bytes of a name: what Linux opens (PATH_MAX) */

/*
 * Names end with NULs, as `find -print0` has them, when there is a NUL in what is read first, and may hold newlines
 * then; else with newlines. Empty ones are left out.
 */
struct names {
	struct input input;
	uint64_t count;		/* names read, bad ones too */
	bool known, nul;	/* what names end with is known, and is NUL */
	bool skipping;		/* what comes next is the rest of a name that is too long */
};

/* "-" is stdin. */
bool names_open(struct names *, const char *list, struct io_wait, struct error *);
/*
 * The next name, good until the next call. False: there is none (error->kind is none), the list cannot be read, or
 * (ERROR_INPUT) this name is too long; the next call goes on after it.
 */
bool names_next(struct names *, struct bytes *name, struct error *);
void names_close(struct names *);

#endif
