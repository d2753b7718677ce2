/* names.h - the torrents that the user named: info hashes on the command line, or record lines on stdin */
#ifndef PEERDUMP_NAMES_H
#define PEERDUMP_NAMES_H

#include "cli/lines.h"
#include "text/hash.h"

struct names {
	struct run *run;
	size_t word;		/* the next one */
	bool reading;		/* stdin, for the word "-" */
	struct lines lines;
	uint64_t asked, missing;	/* torrents named, and those of them that are not there: counted by who looks */
};

/* False, with the error reported, when a word is neither an info hash nor "-". */
bool names_open(struct names *, struct run *);
/* The next info hash; bad lines are reported and left out. False: no more. */
bool names_next(struct names *, uint8_t hash[HASH_SIZE]);
/* Could names_next have to wait for somebody to type? */
bool names_may_wait(const struct names *);
/* Says how many of them were not there, and closes. */
void names_close(struct names *);

#endif
