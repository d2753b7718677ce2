/* file.h - an RDB file as a source of keys and members */
#ifndef PEERDUMP_FILE_H
#define PEERDUMP_FILE_H

#include "tools/peerdump/source.h"

/* Opens what --rdb names. False: it was reported. */
bool file_open(struct source *);

#endif
