/* metainfo.h - torrent files (BEP 3, 5, 12, 17, 19, 27, 38, 39, 47, 52): what they say, as views into the file */
#ifndef CODEC_METAINFO_H
#define CODEC_METAINFO_H

/*
 * A torrent file is one bencoded dictionary:
 *
 *	announce		string			tracker (BEP 3)
 *	announce-list		list of lists of strings	tiers of trackers, instead of announce (BEP 12)
 *	comment, created by, creation date, encoding	for people
 *	httpseeds, url-list	strings			web seeds (BEP 17, 19)
 *	nodes			list of [host, port]	DHT nodes (BEP 5)
 *	info			dictionary		what the info hash is of, byte for byte as it stands:
 *	  name, piece length, private, source
 *	  pieces, length | files	version 1: SHA-1 of each piece over all files in a row
 *	  meta version, file tree	version 2: each file with the root of its SHA-256 tree (BEP 52)
 *	piece layers		dictionary		version 2: root -> SHA-256 of each piece of files larger than one
 *
 * A hybrid has both halves in one info dictionary. Nothing here hashes, and nothing is copied: all views look into the file.
 */

#include "codec/bencode.h"
#include "codec/fault.h"

enum metainfo_version { METAINFO_NONE, METAINFO_V1, METAINFO_V2, METAINFO_HYBRID };	/* bits: V1 1, V2 2 */

enum {
	METAINFO_SHA1 = 20, METAINFO_SHA256 = 32,
	METAINFO_LEAF = 16 << 10,	/* what a leaf of a BEP 52 tree covers; the smallest piece length there */
	/* bytes of a path in the file tree: files below huge keys would repeat those */
	METAINFO_TREE_PATH_MAX = 64 << 10,
};

struct metainfo {
	struct bytes file;		/* all that was given */
	/* the bytes of the (first) info dictionary, which the info hashes are of; NULL: none */
	struct bytes info;
	enum metainfo_version version;	/* METAINFO_NONE: neither pieces nor file tree nor meta version is in info */
	struct bytes name;		/* name.utf-8 where there is one, else name */
	/* bytes, never negative; 0: missing or wrong. It may be larger than any client reads */
	int64_t piece_length;
	bool private;			/* only the integer 1 inside info counts (BEP 27) */
	struct bytes source, comment, created_by, encoding, publisher;	/* the .utf-8 form of it where there is one */
	int64_t created;		/* seconds since 1970; INT64_MIN: not said */
	uint64_t size;			/* bytes of all files, without padding; symlinks have none */
	uint64_t padding;		/* bytes of padding files (BEP 47) */
	uint64_t file_count;		/* without padding files, with symlinks */
	uint64_t piece_count;		/* version 1: hashes in pieces; version 2: pieces of all files */
	uint64_t tracker_count, web_seed_count;
	struct bytes pieces;		/* version 1: the hashes, 20 bytes each */
	/* bencoded values as they stand; NULL: not there */
	struct bytes announce, announce_list, url_list, http_seeds, nodes, similar, collections, update_url, signatures;
	struct bytes length, files, file_tree, piece_layers;
	struct bytes attr, symlink_path;	/* of the one file that length is of (BEP 47) */
	struct bytes info_similar, info_collections, info_update_url;	/* the same as those above, but inside info */
};

/*
 * Reads a torrent file. Every fault goes to the sink (NULL: nobody is told), those of bencode first; the first of severity
 * error ends in *error too, but reading goes on as far as there is bencode, so that info and what else could be had is
 * there. False: there was such an error. Of one kind of fault 1000 are told, and then how many more there are.
 */
bool metainfo_parse(struct bytes file, struct metainfo *, const struct fault_sink *, struct error *);
/*
 * The fast way for those who want the info hash only: finds info and its version, name, and nothing else. Faults of
 * bencode alone are seen. False: no bencode, no dictionary, or no info in it.
 */
bool metainfo_find_info(struct bytes file, struct metainfo *, struct error *);

enum metainfo_attr { METAINFO_PAD = 1, METAINFO_SYMLINK = 2, METAINFO_EXECUTABLE = 4, METAINFO_HIDDEN = 8 };

/* One file of a torrent. Views are good until the next call. */
struct metainfo_file {
	uint64_t index;			/* from 0, padding counted */
	uint64_t offset;		/* in the row of all files; version 2 alone: each file begins at a piece's border */
	uint64_t length;
	unsigned attr;			/* enum metainfo_attr; padding by the name that BitComet gives it, too */
	/* components joined by /, as they stand; path.utf-8 where there is one. Without the torrent's name */
	struct bytes path;
	struct bytes target;		/* of a symlink: its path, joined by / */
	struct bytes pieces_root;	/* version 2: 32 bytes; NULL: empty file, or not said */
	uint64_t place;			/* byte offset in the torrent file of what describes it */
};

/*
 * Goes through the files: of version 1 and hybrids in the order of the v1 half (with its padding; pieces_root from the other
 * half, where that has the same file), of version 2 in the order of the tree. Memory: two readers (100 kB) and a path
 * of each. A torrent of one file has path = its name. It has a copy of the struct, and needs the file to stay.
 */
struct metainfo_files;
struct metainfo_files *metainfo_files_new(const struct metainfo *);
/*
 * Is it a torrent of one file, which is stored under its path alone? The files of others are stored in a folder of the
 * torrent's name.
 * Asked after metainfo_parse.
 */
bool metainfo_single(const struct metainfo *);
/* The v2 half alone. */
struct metainfo_files *metainfo_tree_new(const struct metainfo *);
/* False: the end, or (error->kind) what is there is no file; then the next call goes on after it where that is possible. */
bool metainfo_files_next(struct metainfo_files *, struct metainfo_file *, struct error *);
void metainfo_files_free(struct metainfo_files *);

/* What else a torrent names, in the order of the file but trackers first. */
enum metainfo_link_kind {
	METAINFO_TRACKER, METAINFO_WEB_SEED, METAINFO_HTTP_SEED, METAINFO_NODE, METAINFO_SIMILAR, METAINFO_COLLECTION,
	METAINFO_UPDATE_URL, METAINFO_SIGNATURE, METAINFO_LINKS
};

struct metainfo_link {
	enum metainfo_link_kind kind;
	uint64_t tier;		/* TRACKER: from 0; else UINT64_MAX */
	struct bytes text;	/* URL; NODE host:port; SIMILAR the raw info hash; COLLECTION, SIGNATURE their name */
	uint64_t place;		/* byte offset in the torrent file */
};

/*
 * Blanks around URLs are left out, empty URLs too, and tiers of nothing else. announce is a tracker only where
 * announce-list has none (BEP 12). A visitor that returns false is told no more. Text is good during the call.
 */
typedef bool metainfo_link_visitor(void *context, const struct metainfo_link *);
void metainfo_links(const struct metainfo *, metainfo_link_visitor *, void *context);

/*
 * The piece layers (BEP 52): root -> the hashes of its pieces, 32 bytes each. Found by their roots, in an index made
 * once, of about 100 bytes for each. What is no layer is left out, as metainfo_parse has told; a torrent without any
 * has an empty index.
 */
struct metainfo_layers;
struct metainfo_layers *metainfo_layers_new(const struct metainfo *);
/* The hashes of that root; data NULL: none. */
struct bytes metainfo_layer(const struct metainfo_layers *, struct bytes root);
void metainfo_layers_free(struct metainfo_layers *);

#endif
