/* torrent.h - one torrent as the verbs see it: what its file says, and its info hashes */
#ifndef BTINSPECT_TORRENT_H
#define BTINSPECT_TORRENT_H

#include "codec/metainfo.h"
#include "digest/digest.h"
#include "tools/btinspect/documents.h"
#include "tools/btinspect/records.h"

/* Views into the document and into itself: it must not be copied. */
struct torrent {
	struct metainfo meta;
	uint8_t sha1[SHA1_SIZE], sha256[SHA256_SIZE];
	struct bytes info_hash;		/* version 1, 20 bytes; NULL: it has none */
	struct bytes info_hash_v2;	/* version 2, 32 bytes; NULL: it has none */
	/* what trackers, peers and the DHT know it by: info_hash, else the first 20 bytes of info_hash_v2 */
	struct bytes id;
};

/*
 * Reads the document, which must be no magnet link. What keeps it from being a torrent is reported; then false, unless
 * --keep was given and there is an info dictionary.
 */
bool torrent_read(struct run *, const struct document *, struct torrent *);
/* The same without the hashes. */
bool torrent_parse(struct run *, const struct document *, struct torrent *);
/* Fills in the hashes of meta. */
void torrent_hash(struct torrent *);
/* The same when sha1 and sha256 hold them already, as far as its version has them. */
void torrent_hashed(struct torrent *);
/* The record of show and create. path: of the torrent file; views into the torrent and the path. */
struct torrent_line torrent_line(const struct torrent *, const char *path);

/*
 * The paths of its files as they are stored, which verbs print: below a folder of the torrent's name, or of a torrent
 * of one file the path alone.
 */
struct paths {
	struct buf path;
	size_t folder;		/* bytes of the folder and the / behind it */
};
struct paths paths_begin(const struct torrent *);
/* Good until the next call. */
struct bytes paths_of(struct paths *, const struct metainfo_file *);
void paths_free(struct paths *);

#endif
