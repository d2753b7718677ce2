/* view.h - a torrent for people: all that it says, its trackers by tier and its files as a tree */
#ifndef BTINSPECT_VIEW_H
#define BTINSPECT_VIEW_H

#include "tools/btinspect/torrent.h"

/*
 * Prints it, with the escapes of the line format, so that nothing in the torrent reaches a terminal as it is. The files
 * are printed as they are read: of all of them, none but the path at hand is in memory.
 */
void view_torrent(struct run *, const struct torrent *, const char *path);

#endif
