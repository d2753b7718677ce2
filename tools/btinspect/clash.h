/* clash.h - paths of one torrent that cannot all be stored: duplicates, other case, files that are folders */
#ifndef BTINSPECT_CLASH_H
#define BTINSPECT_CLASH_H

#include "base/buf.h"
#include "base/distinct.h"

/* What a path clashes with: bits. */
enum clash {
	CLASH_FILE = 1,		/* a file before it has the same path */
	CLASH_CASE = 2,		/* a file before it has the same path but for the case of ASCII letters */
	CLASH_FOLDER = 4,	/* it is the path of a folder */
	CLASH_IN_FILE = 8,	/* one of its folders is a file */
};

/* Fingerprints of a path from its beginning to some part of it. */
struct clash_prints { uint64_t exact, folded; };

/*
 * Paths are parts between slashes; empty ones and `.` do not count, so that a//b is a/b. What is remembered of each file and
 * each folder are fingerprints (base/distinct.h), of so many as clash_begin was told; clashes with further ones are not
 * found. A path costs as much as it is long, but for the folder that it shares with the path before it.
 */
struct clashes {
	struct distinct files, folded, folders;
	struct buf folder;	/* of the path before, with the slash */
	struct buf steps;	/* the folders on the way there, as far as they are remembered */
	struct clash_prints folder_prints;
	struct buf lower;
};

/* Start with { 0 }. Forgets all paths. */
void clash_begin(struct clashes *, uint64_t files, size_t most);
/* Adds the path of a file; what it clashes with. */
unsigned clash_add(struct clashes *, struct bytes path);
/*
 * Does the path, counted from that folder, lead to a folder, to a file or below one (which may be a symlink)? The
 * folder is empty or ends with a slash. Asked when all paths are added.
 */
bool clash_leads(struct clashes *, struct bytes folder, struct bytes path);
void clash_free(struct clashes *);

#endif
