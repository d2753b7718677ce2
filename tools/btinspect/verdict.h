/* verdict.h - what the hashes of the data on disk say of each piece and each file of a torrent */
#ifndef BTINSPECT_VERDICT_H
#define BTINSPECT_VERDICT_H

#include "cli/progress.h"
#include "tools/btinspect/records.h"
#include "tools/btinspect/target.h"

/* What was found, over all torrents. */
struct verdict_totals {
	uint64_t torrents, files, pieces;
	uint64_t file_states[DATA_STATES];
	uint64_t good, bad;		/* pieces */
	uint64_t unchecked;		/* pieces that nobody looked at, because the program was stopped */
	uint64_t bytes;			/* of the pieces done */
};

/*
 * Hashes the data and compares; prints a record for each file, in the torrent's order, and then one for each run of
 * pieces that are not good. With --fast only what the sizes say; pieces are not counted then. What it finds is added to
 * the totals. alone: there is no other torrent, and the progress is of this one. A byte of memory for each piece.
 */
void verdict_find(struct target *, bool alone, struct progress *, struct verdict_totals *);

#endif
