/* save.h - writes a look: its lines as they come, into a file that is there whole or not at all */
#ifndef USERSTATS_SAVE_H
#define USERSTATS_SAVE_H

#include "codec/peer.h"
#include "io/replace.h"
#include "io/spool.h"
#include "text/writer.h"
#include "tools/userstats/records.h"
#include "tools/userstats/userstats.h"

/*
 * The look line is the first and knows how much follows, which is known at the end only: in a file it is written last, into
 * room that was left for it; what goes to stdout or another pipe waits in a temporary file without a name.
 */
struct save {
	struct run *run;
	const char *name;		/* "-": stdout */
	struct replace *file;		/* NULL: stdout */
	struct spool spool;		/* of a pipe; fd -1: there is none */
	struct writer peer, member;
	struct buf buf;
	uint64_t entries, pairs, bytes;
	struct error error;		/* the first failure */
};

/*
 * Begins a look of that name, which must be free, unless it is a pipe or a device; the file gets the mode 0600, for it holds
 * passkeys. False: told, and nothing needs closing.
 */
bool save_open(struct save *, struct run *, const char *name);
/* False: it failed; save_close says why. */
bool save_peer(struct save *, const struct peer *);
bool save_member(struct save *, const struct member *);
/*
 * Writes the look line (of which entries, pairs, bytes and path are set here) and gives the file its name. False: told,
 * nothing is left of it, and so it is when the program was asked to stop.
 */
bool save_close(struct save *, struct look_line *);
/* Nothing is left of it. */
void save_drop(struct save *);

#endif
