/* gather.h - the files that a new torrent shall have: a file, or all in a folder, sorted */
#ifndef BTINSPECT_GATHER_H
#define BTINSPECT_GATHER_H

#include <sys/stat.h>

#include "tools/btinspect/btinspect.h"

struct gathered_file {
	const char *path;		/* from the folder, components joined by / */
	uint64_t length;
	struct timespec modified;
	bool executable;		/* by its owner */
};

/* Start with { 0 }. */
struct gathered {
	bool single;			/* a file, not a folder: then files[0].path is as the user gave it */
	int folder;			/* what paths are from: open, or AT_FDCWD */
	struct gathered_file *files;	/* in the order of their components as bytes: that of BEP 52's tree */
	size_t count, capacity;
	uint64_t size;			/* bytes of all of them */
	uint64_t skipped;		/* FIFOs, sockets, devices; links to a folder that is around them */
	struct arena memory;
};

/*
 * Lists what is at the path, symlinks followed, without what matches one of the patterns (fnmatch, on the path from
 * the folder or the name; a folder goes with all in it), and without the file of which `without` is the status (NULL:
 * none). What cannot be read is reported, each of it, and then false: a torrent without it would be another one.
 */
bool gather(struct gathered *, struct run *, const char *path, const struct option_list *exclude,
	    const struct stat *without);
/* Reports the files that are no longer as they were when they were listed. False: there are some. */
bool gather_unchanged(const struct gathered *, struct run *);
void gather_free(struct gathered *);

#endif
