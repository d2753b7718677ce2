/* torrent.c - the records of torrents that one tool prints and another may read: torrent and infohash */
#include "codec/torrent.h"

static const struct field_word versions[] = {
	FIELD_WORD_ROW("-"), FIELD_WORD_ROW("1"), FIELD_WORD_ROW("2"), FIELD_WORD_ROW("hybrid"), { .size = 0 },
};

static const struct field torrent_fields[] = {
	FIELD(torrent_line, info_hash, HASH, "version 1 info hash (SHA-1)", .width = 20),
	FIELD(torrent_line, info_hash_v2, HEX, "version 2 info hash (SHA-256)", .width = 32),
	FIELD(torrent_line, name, TEXT, "name of the file or folder"),
	FIELD(torrent_line, size, U64, "bytes of all files, without padding"),
	FIELD(torrent_line, files, U64, "files, without padding"),
	FIELD(torrent_line, piece_length, U64, "bytes of a piece"),
	FIELD(torrent_line, pieces, U64, "number of pieces"),
	FIELD(torrent_line, version, WORD, "1, 2 or hybrid", .words = versions),
	FIELD(torrent_line, private, U8, "1: only its trackers may give peers (BEP 27)"),
	FIELD(torrent_line, source, TEXT, "source, by which sites make a torrent their own"),
	FIELD(torrent_line, created, TIME, "when the torrent was made"),
	FIELD(torrent_line, creator, TEXT, "the program that made it"),
	FIELD(torrent_line, comment, TEXT, "comment"),
	FIELD(torrent_line, trackers, U64, "number of trackers; the verb trackers lists them"),
	FIELD(torrent_line, web_seeds, U64, "number of web seeds"),
	FIELD(torrent_line, path, TEXT, "the torrent file"),
};
const struct record torrent_record = RECORD("torrent", torrent_line, torrent_fields, "a torrent");

static const struct field infohash_fields[] = {
	FIELD(infohash_line, info_hash, HASH, "version 1 info hash (SHA-1)", .width = 20),
	FIELD(infohash_line, info_hash_v2, HEX, "version 2 info hash (SHA-256)", .width = 32),
	FIELD(infohash_line, path, TEXT, "the torrent file"),
};
const struct record infohash_record = RECORD("infohash", infohash_line, infohash_fields, "the info hashes of a torrent");
