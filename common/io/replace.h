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
 * Not over: the name must be free, also at the end (but on file systems that know neither RENAME_NOREPLACE nor links); the mode is 0666 without the umask.
 *
 * A name of something else that can be written to (a pipe, a device) is opened and written to as it is. All failures
 * are ERROR_SYSTEM and name the file.
 */
bool replace_write(const char *name, bool over, const struct bytes *parts, size_t part_count, struct error *);

/* Would replace_write find the name and the folder as it wants them? To know before the work instead of after it. */
bool replace_check(const char *name, bool over, struct error *);

#endif
