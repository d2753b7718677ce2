/* live.h - a server or a cluster as a source of keys and members */
#ifndef PEERDUMP_LIVE_H
#define PEERDUMP_LIVE_H

#include "tools/peerdump/source.h"

/* Connects. False: it was reported. */
bool live_open(struct source *);

#endif
