/* batch.h - torrents whose info hashes are computed side by side while the next files are read */
#ifndef BTINSPECT_BATCH_H
#define BTINSPECT_BATCH_H

#include "tools/btinspect/torrent.h"

/* Reads a document into the torrent, without its hashes. What is wrong is reported; then false. */
typedef bool batch_parse(struct run *, const struct document *, struct torrent *);
/* path: of the torrent file. */
typedef void batch_print(void *context, struct run *, const struct torrent *, const char *path);

/* Parses and prints, in their order, all that the words of the run and --files-from name. */
void batch_run(struct run *, batch_parse *, batch_print *, void *context);

#endif
