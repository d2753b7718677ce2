/* links.h - magnet links as the verbs see them: read, with what is wrong with them reported, and made of torrents */
#ifndef BTINSPECT_LINKS_H
#define BTINSPECT_LINKS_H

#include "codec/magnet.h"
#include "tools/btinspect/torrent.h"

/* Reads the document, which must be a magnet link. Whatever is wrong is reported; false: it is no link of a torrent. */
bool link_read(struct run *, const struct document *, struct magnet *, struct arena *);
/* Appends the link of a torrent: info hashes, name, size, trackers in the order of their tiers, web seeds (BEP 19). */
void link_make(const struct torrent *, struct buf *);

#endif
