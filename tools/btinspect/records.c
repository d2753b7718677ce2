/* records.c - the records that btinspect prints */
#include "tools/btinspect/records.h"

#include "text/cell.h"

static const struct field file_fields[] = {
	FIELD(file_line, info_hash, HASH, "info hash; of version 2 alone its first 20 bytes", .width = 20),
	FIELD(file_line, index, U64, "number of the file, from 0, padding counted"),
	FIELD(file_line, offset, U64, "bytes before it"),
	FIELD(file_line, length, U64, "bytes"),
	FIELD(file_line, attr, TEXT, "pad, symlink, executable, hidden, by comma (BEP 47)"),
	FIELD(file_line, pieces_root, HEX, "root of its hash tree (BEP 52)", .width = 32),
	FIELD(file_line, path, TEXT, "its path, with the torrent's name"),
	FIELD(file_line, target, TEXT, "where a symlink points to"),
};
const struct record file_record = RECORD("file", file_line, file_fields, "a file of a torrent");

/* enum metainfo_link_kind, then those of magnet links. */
static const struct field_word link_kinds[] = {
	FIELD_WORD_ROW("tracker"), FIELD_WORD_ROW("web_seed"), FIELD_WORD_ROW("http_seed"), FIELD_WORD_ROW("node"),
	FIELD_WORD_ROW("similar"), FIELD_WORD_ROW("collection"), FIELD_WORD_ROW("update_url"), FIELD_WORD_ROW("signature"),
	FIELD_WORD_ROW("peer"), FIELD_WORD_ROW("source"), { .size = 0 },
};

static const struct field tracker_fields[] = {
	FIELD(tracker_line, info_hash, HASH, "info hash; of version 2 alone its first 20 bytes", .width = 20),
	FIELD(tracker_line, tier, U64, "tier of a tracker, from 0"),
	FIELD(tracker_line, url, TEXT, "URL, or what the kind names"),
	FIELD(tracker_line, kind, WORD,
	      "tracker, web_seed, http_seed, node, similar, collection, update_url, signature; of magnet links peer, source",
	      .words = link_kinds),
	FIELD(tracker_line, path, TEXT, "the torrent file"),
};
const struct record tracker_record = RECORD("tracker", tracker_line, tracker_fields,
					    "a tracker, or what else a torrent names");

static const struct field piece_fields[] = {
	FIELD(piece_line, info_hash, HASH, "info hash; of version 2 alone its first 20 bytes", .width = 20),
	FIELD(piece_line, index, U64, "number of the piece, from 0"),
	FIELD(piece_line, hash, HEX, "SHA-1, or SHA-256 of version 2"),
	FIELD(piece_line, file, TEXT, "the first file that it has bytes of"),
	FIELD(piece_line, offset, U64, "where in that file it begins"),
};
const struct record piece_record = RECORD("piece", piece_line, piece_fields, "the hash of a piece");

static const struct field magnet_fields[] = {
	FIELD(magnet_line, info_hash, HASH, "version 1 info hash (xt=urn:btih:)", .width = 20),
	FIELD(magnet_line, info_hash_v2, HEX, "version 2 info hash (xt=urn:btmh:)", .width = 32),
	FIELD(magnet_line, name, TEXT, "name (dn)"),
	FIELD(magnet_line, size, U64, "bytes (xl)"),
	FIELD(magnet_line, trackers, U64, "number of trackers (tr); the verb trackers lists them"),
	FIELD(magnet_line, web_seeds, U64, "number of web seeds (ws)"),
	FIELD(magnet_line, peers, U64, "number of peers (x.pe)"),
	FIELD(magnet_line, select, TEXT, "files chosen (so)"),
	FIELD(magnet_line, keywords, TEXT, "words to search for (kt)"),
	FIELD(magnet_line, other, TEXT, "parameters that no column has, as they stand"),
	FIELD(magnet_line, link, TEXT, "the link, with all of it"),
};
const struct record magnet_record = RECORD("magnet", magnet_line, magnet_fields, "a magnet link");

/* enum bencode_kind; an END is printed by no line. */
static const struct field_word bencode_kinds[] = {
	FIELD_WORD_ROW("integer"), FIELD_WORD_ROW("string"), FIELD_WORD_ROW("list"), FIELD_WORD_ROW("dict"), { .size = 0 },
};

static const struct field bencode_fields[] = {
	FIELD(bencode_line, offset, U64, "where its bytes begin in the file"),
	FIELD(bencode_line, length, U64, "how many they are"),
	FIELD(bencode_line, depth, U64, "lists and dictionaries around it"),
	FIELD(bencode_line, key, TEXT, "where in the structure: info.files[3].path"),
	FIELD(bencode_line, kind, WORD, "integer, string, list or dict", .words = bencode_kinds),
	FIELD(bencode_line, value, TEXT, "of a string or an integer"),
	FIELD(bencode_line, path, TEXT, "the file"),
	FIELD(bencode_line, flaws, TEXT,
	      "what is not canonical about it or its key, by comma, as check names it: unsorted_key, ..."),
};
RECORD_COMPILED(bencode, bencode_fields)
const struct record bencode_record = RECORD("bencode", bencode_line, bencode_fields, "a value of bencode",
					    .line = bencode_line, .json = bencode_json);

static const struct field_word data_kinds[] = { FIELD_WORD_ROW("file"), FIELD_WORD_ROW("pieces"), { .size = 0 } };
static const struct field_word data_states[] = {
	FIELD_WORD_ROW("good"), FIELD_WORD_ROW("bad"), FIELD_WORD_ROW("missing"), FIELD_WORD_ROW("short"),
	FIELD_WORD_ROW("long"),
	FIELD_WORD_ROW("unreadable"), FIELD_WORD_ROW("unsure"), { .size = 0 },
};

static const struct field data_fields[] = {
	FIELD(data_line, info_hash, HASH, "info hash; of version 2 alone its first 20 bytes", .width = 20),
	FIELD(data_line, kind, WORD, "file, or pieces: a run of them that are alike", .words = data_kinds),
	FIELD(data_line, state, WORD, "good, bad, missing, short, long, unreadable or unsure", .words = data_states),
	FIELD(data_line, first, U64, "number of the first piece, from 0"),
	FIELD(data_line, pieces, U64, "number of pieces"),
	FIELD(data_line, good, U64, "of these, pieces whose hash is right"),
	FIELD(data_line, bad, U64, "of these, pieces whose hash is wrong"),
	FIELD(data_line, offset, U64, "of the first byte in the file that is not good, to the piece"),
	FIELD(data_line, length, U64, "bytes, as the torrent has it"),
	FIELD(data_line, size, U64, "bytes of the file on disk"),
	FIELD(data_line, modified, TIME, "when the file on disk was changed"),
	FIELD(data_line, path, TEXT, "the file on disk; of a run the first one"),
};
const struct record data_record = RECORD("data", data_line, data_fields,
					 "a file or a run of pieces, and whether they are good");

static const struct field edited_fields[] = {
	FIELD(edited_line, info_hash, HASH, "version 1 info hash (SHA-1)", .width = 20),
	FIELD(edited_line, info_hash_v2, HEX, "version 2 info hash (SHA-256)", .width = 32),
	FIELD(edited_line, was, HEX, "the info hash before, when it changed", .width = 20),
	FIELD(edited_line, was_v2, HEX, "the version 2 info hash before, when it changed", .width = 32),
	FIELD(edited_line, changes, TEXT, "the keys that were changed, by comma; unset: none"),
	FIELD(edited_line, path, TEXT, "the torrent file"),
};
const struct record edited_record = RECORD("edited", edited_line, edited_fields, "a torrent file that was changed");
