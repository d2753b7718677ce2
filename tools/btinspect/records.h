/* records.h - the records that btinspect prints */
#ifndef BTINSPECT_RECORDS_H
#define BTINSPECT_RECORDS_H

#include "codec/torrent.h"
#include "text/record.h"

/* One file of a torrent (files). In this and the next two, info_hash is struct torrent's id. */
struct file_line {
	struct bytes info_hash;
	uint64_t index, offset, length;
	struct bytes attr;		/* "pad", "symlink", "executable", "hidden", by comma */
	struct bytes pieces_root, path, target;
};

/* One tracker or what else a torrent or a magnet link names (trackers). */
struct tracker_line {
	struct bytes info_hash;
	uint64_t tier;
	struct bytes url;
	uint8_t kind;			/* enum metainfo_link_kind, or LINK_PEER, LINK_SOURCE */
	struct bytes path;
};
enum { LINK_PEER = 8, LINK_SOURCE };	/* what only magnet links name: x.pe; xs and as */

/* The hash of one piece (pieces). */
struct piece_line {
	struct bytes info_hash;
	uint64_t index;
	struct bytes hash;		/* SHA-1, or the SHA-256 of the piece layer */
	struct bytes file;		/* the first one of which the piece has bytes */
	uint64_t offset;		/* in that file */
};

/* One magnet link (magnet). */
struct magnet_line {
	struct bytes info_hash, info_hash_v2, name;
	uint64_t size, trackers, web_seeds, peers;
	struct bytes select, keywords;	/* so (BEP 53), kt */
	struct bytes other;		/* parameters that no column has, as they stand */
	struct bytes link;		/* the whole link, as btinspect writes it */
};

/* One value (tree). */
struct bencode_line {
	uint64_t offset, length, depth;
	struct bytes key;		/* where in the structure */
	uint8_t kind;			/* enum bencode_kind */
	struct bytes value;		/* of a string or an integer */
	struct bytes path;		/* of the file */
	struct bytes flaws;		/* codes of faults by comma; unset: none */
};

/* One file, or a run of pieces that are alike (verify). */
struct data_line {
	struct bytes info_hash;
	uint8_t kind;			/* enum data_kind */
	uint8_t state;			/* enum data_state */
	uint64_t first, pieces;		/* the run's first piece, and how many; of a file those that it has bytes in */
	uint64_t good, bad;		/* pieces of those; what is neither was not there to be read */
	uint64_t offset;		/* first bad byte: in the file, to the piece */
	uint64_t length;		/* of the file as the torrent has it; of a run its bytes */
	uint64_t size;			/* of the file on disk */
	struct timestamp modified;	/* the file on disk */
	struct bytes path;		/* on disk: PATH, and where it is below it */
};
enum data_kind { DATA_FILE, DATA_RUN };
enum data_state { DATA_GOOD, DATA_BAD, DATA_MISSING, DATA_SHORT, DATA_LONG, DATA_UNREADABLE, DATA_UNSURE, DATA_STATES };

/* One torrent file changed (edit). */
struct edited_line {
	struct bytes info_hash, info_hash_v2;	/* now */
	struct bytes was, was_v2;		/* before; unset when they are the same */
	struct bytes changes;			/* what was changed: the keys, by comma; unset: nothing */
	struct bytes path;
};

extern const struct record file_record, tracker_record, piece_record, magnet_record,
	bencode_record, data_record, edited_record;

#endif
