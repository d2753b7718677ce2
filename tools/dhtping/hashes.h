/* hashes.h - the info hashes or ids that a verb is to look up: words of the command line, and lines of stdin as they come */
#ifndef DHTPING_HASHES_H
#define DHTPING_HASHES_H

#include "base/distinct.h"
#include "cli/lines.h"
#include "text/hash.h"

enum { HASHES_MAX = 1 << 20 };	/* so many are told apart; of those after them one may be looked up twice */

struct hashes {
	struct run *run;
	size_t word;			/* the next one of run->words */
	bool reading;			/* lines are open: that word is "-" */
	struct lines lines;
	struct distinct seen;
};

/*
 * "-" stands for stdin, and no word at all does: bare hashes in any spelling, or records with info_hash (of a torrent of
 * version 2 alone the first 20 bytes of info_hash_v2, as BEP 52 says). False: a word is no hash; it was told.
 */
bool hashes_open(struct hashes *, struct run *);
/* The next one that was not there before. LINES_LATER: none has come by now; see hashes_fd. */
enum lines_result hashes_next(struct hashes *, uint8_t hash[HASH_SIZE]);
/* What can be read once another one may be there; -1: nothing is waited for. */
int hashes_fd(const struct hashes *);
/* How many there are; 0: that is not known before stdin has ended. */
size_t hashes_count(const struct hashes *);
void hashes_close(struct hashes *);

#endif
