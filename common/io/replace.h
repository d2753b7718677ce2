/* replace.h - writes a file whole or not at all: a temporary one beside it takes its place */
#ifndef IO_REPLACE_H
#define IO_REPLACE_H

#include "base/bytes.h"
#include "base/error.h"

/*
 * Writes the parts, one after the other, as the file of that name. They go to a temporary file in the same folder
 * (.peerutils-HEX), which is written to the disk and takes the name at once: whoever opens it sees the old file or
 * the new one; a full disk leaves the old one, a crash either. The temporary one is removed when anything fails.
 *
 * over: a regular file of that name is replaced. It must be writable; the new one gets its mode, and its owner and
 * group as far as we may give them (where the group cannot be kept, what the group may do is taken away). A symlink
 * stays, and the file that it points to is replaced. Other hard links keep the old contents.
 * Not over: the name must be free, also at the end (but on file systems that know neither RENAME_NOREPLACE nor links);
 * the mode is 0666 without the umask.
 *
 * A name of something else that can be written to (a pipe, a device) is opened and written to as it is. All failures
 * are ERROR_SYSTEM and name the file.
 */
bool replace_write(const char *name, bool over, const struct bytes *parts, size_t part_count, struct error *);

/*
 * The same for what comes piece by piece and need not fit into memory. secret: the mode of a new file is 0600. NULL: it
 * could not be begun. After a failed put only replace_drop is left.
 */
struct replace;
struct replace *replace_open(const char *name, bool over, bool secret, struct error *);
bool replace_put(struct replace *, struct bytes, struct error *);
/* Is it a new file, whose beginning can be written once more at its end? Else it is a pipe or a device. */
bool replace_again(const struct replace *);
/*
 * The file takes the name. beginning, if it is not empty: is written over as many bytes at its start, which must have
 * been put. False: as if it had been dropped. Either way it is closed.
 */
bool replace_close(struct replace *, struct bytes beginning, struct error *);
/* Nothing is left of it but what a pipe or a device has taken. */
void replace_drop(struct replace *);

/* Would replace_write find the name and the folder as it wants them? To know before the work instead of after it. */
bool replace_check(const char *name, bool over, struct error *);

#endif
