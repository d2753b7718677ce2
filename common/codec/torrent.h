/* torrent.h - the records of torrents that one tool prints and another may read: torrent and infohash */
#ifndef CODEC_TORRENT_H
#define CODEC_TORRENT_H

#include "text/record.h"

/* One torrent (btinspect show, create). */
struct torrent_line {
	struct bytes info_hash, info_hash_v2, name;
	uint64_t size, files, piece_length, pieces;
	uint8_t version;		/* enum metainfo_version */
	uint8_t private;
	struct bytes source;
	struct timestamp created;
	struct bytes creator, comment;
	uint64_t trackers, web_seeds;
	struct bytes path;		/* of the torrent file */
};

/* The info hashes of a torrent (btinspect infohash). */
struct infohash_line {
	struct bytes info_hash, info_hash_v2, path;
};

extern const struct record torrent_record, infohash_record;

#endif
