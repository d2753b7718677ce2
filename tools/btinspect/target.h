/* target.h - the data on disk that a torrent describes: where each file is, how large, and what its pieces should be */
#ifndef BTINSPECT_TARGET_H
#define BTINSPECT_TARGET_H

#include "base/buf.h"
#include "tools/btinspect/layout.h"
#include "tools/btinspect/torrent.h"

enum { TARGET_PIECES_MAX = 64 << 20 };	/* of a torrent: 1 TiB in pieces of 16 KiB */

enum target_role { TARGET_FILE, TARGET_PADDING, TARGET_SYMLINK };

/* One for each file of the layout, in its order. */
struct target_file {
	uint64_t size;		/* on disk; COUNT_UNSET: it is not there, or no regular file */
	int64_t modified_us;	/* since 1970; TIME_UNSET as size */
	/*
	 * Version 2: the roots of its pieces, 32 bytes each, one after the other; if `gathered` is there, the root of
	 * the whole file. Of a symlink: a string, where it should point to, from the torrent's folder. NULL: nothing is
	 * known.
	 */
	const void *expected;
	/*
	 * The torrent has no sound piece layer of the file: room for the roots that its pieces turn out to have, 32 bytes
	 * each. So many the torrent may claim, but the memory is touched only for those that are read.
	 */
	uint8_t *gathered;
	uint8_t role;		/* enum target_role */
	uint8_t state;		/* enum data_state: what can be said without reading it */
};

struct target {
	struct run *run;
	const struct document *document;
	const struct torrent *torrent;
	struct layout layout;		/* its paths are below folder */
	struct target_file *files;
	bool sha1, roots;		/* which hashes of pieces can be compared */
	struct buf base;		/* what stands before the paths of the layout in what is printed */
	int folder;			/* as struct hasher's */
	struct arena texts;
};

/*
 * Finds the data of the torrent: path is the file or folder itself, or the folder that holds it under the torrent's
 * name. Looks at each file, but reads none. Paths that lead out of the folder are reported, and their files are not
 * looked at. False: reported; there is nothing to compare. Memory: about 100 bytes for a file, and its path.
 */
bool target_open(struct target *, struct run *, const char *path, const struct document *, const struct torrent *);
/* The path of that file on disk, as it is printed. Good until the next call. */
struct bytes target_path(struct target *, size_t file);
/* Is the file another one now than target_open saw: size or time of change? */
bool target_changed(const struct target *, size_t file);
void target_close(struct target *);

#endif
