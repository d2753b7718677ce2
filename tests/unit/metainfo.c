/* metainfo.c - torrent files: what they say, what is wrong with them and where, their files, links and layers */
#include <inttypes.h>
#include <stdio.h>

#include "../support/metainfo.h"
#include "../support/unit.h"

/* Parts of torrents. Keys in their order: files, length, name, piece length, pieces. */
#define TORRENT(info) "d4:infod" info "ee"
#define LENGTH "6:lengthi100e"
#define NAME "4:name1:n"
#define PIECE_LENGTH "12:piece lengthi16384e"
#define PIECES "6:pieces20:aaaaaaaaaaaaaaaaaaaa"
#define REST NAME PIECE_LENGTH PIECES
#define LISTED(length, path) "d6:lengthi" length "e4:pathl" path "ee"
#define V1(files) TORRENT("5:filesl" files "e" REST)
/* outer keys before and after info */
#define AROUND(before, after) "d" before "4:infod" LENGTH REST "e" after "e"

#define META "12:meta versioni2e"
#define ROOT "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
#define ROOTED(length) "d0:d6:lengthi" length "e11:pieces root32:" ROOT "ee"
#define EMPTY "d0:d6:lengthi0eee"
#define V2_LAYERS(tree, layers) "d4:infod9:file treed" tree "e" META NAME PIECE_LENGTH "e12:piece layersd" layers "ee"
#define V2(tree) V2_LAYERS(tree, "")
#define HYBRID(tree, list, pieces) \
	"d4:infod9:file treed" tree "e5:filesl" list "e" META NAME PIECE_LENGTH pieces "e12:piece layersdee"
#define HASH_32 "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
#define PIECES_2 "6:pieces40:aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb"

/* A copy without the ^ that marks a place, which is *mark; SIZE_MAX: there is none. */
static struct bytes unmarked(const char *text, size_t *mark)
{
	const char *at = strchr(text, '^');
	struct bytes copy;
	uint8_t *data;

	*mark = at ? (size_t)(at - text) : SIZE_MAX;
	if (!at)
		return exact_copy(text, strlen(text));
	copy = exact_copy(text, strlen(text) - 1);
	data = (uint8_t *)(uintptr_t)copy.data;
	memcpy(data + *mark, at + 1, copy.size - *mark);
	return copy;
}

struct told {
	struct buf text;
	uint64_t first;		/* offset */
};

static void on_finding(void *context, const struct finding *finding)
{
	struct told *told = context;

	if (!told->text.size)
		told->first = finding->offset;
	else
		buf_text(&told->text, "\n");
	buf_format(&told->text, "%s %s %.*s: %.*s", severity_names[finding->severity], fault_rows[finding->fault].code,
		   (int)finding->path.size, finding->path.data ? (const char *)finding->path.data : "",
		   (int)finding->found.size, finding->found.data ? (const char *)finding->found.data : "");
}

/* A torrent, with ^ where the first fault is, and the faults: severity, code, path, what was found. */
static void test_faults(void **state)
{
	static const struct { const char *torrent, *faults; } rows[] = {
		{ TORRENT(LENGTH REST), "" },
		{ V1(LISTED("100", "1:a")), "" },
		{ V2("1:a" ROOTED("100")), "" },
		{ V2("1:a" EMPTY "1:b" ROOTED("100")), "" },

		/* no bencode, no torrent */
		{ "^", "error not_bencode : the file is empty" },
		{ "^\n", "error not_bencode : there is nothing but white space" },
		{ "^ d4:infodee", "error not_bencode : white space stands before it" },
		{ "^\xef\xbb\xbf" "d4:infodee", "error not_bencode : it begins with a UTF-8 byte order mark" },
		{ "^\x1f\x8b\x08", "error not_bencode : it is gzip-compressed" },
		{ "^<html>", "error not_bencode : it is HTML or XML" },
		{ "^\r\n<!DOCTYPE html>", "error not_bencode : it is HTML or XML" },
		{ "^magnet:?xt=", "error not_bencode : it is a magnet link" },
		{ "^hello", "error not_bencode : found 'h' where a value (a digit, i, l or d) was expected" },
		{ "^le", "error not_dict : found a list" },
		{ "^4:spam", "error not_dict : found a string" },
		{ "^i1e\n", "error not_dict : found an integer\nwarning trailing_bytes : found a newline" },
		{ "^de", "error no_info : " },
		{ "^d14:failure reason4:nopee", "error no_info : this is the reply of a tracker" },
		{ "^d8:intervali1800e5:peers0:e", "error no_info : this is the reply of a tracker" },
		{ "^d" LENGTH REST "e", "error no_info : this is a bare info dictionary, without the one around it" },
		{ "^d11:magnet-infodee", "error no_info : this is a magnet link that a client keeps as a file" },
		{ "d4:info^lee", "error wrong_type info: found a list, expected a dictionary" },
		{ "d4:infod" LENGTH NAME PIECE_LENGTH "6:pieces^20:aaaee",
		  "error not_bencode info.pieces: a string of 20 bytes, but only 5 are left" },
		{ "d4:infod" LENGTH REST "e4:spam^", "error not_bencode spam: the input ends where a value was expected" },

		/* bencode that clients read all the same */
		{ TORRENT(LENGTH REST) "^\n", "warning trailing_bytes : found a newline" },
		{ TORRENT(LENGTH REST) "^ two", "warning trailing_bytes : found 4 bytes" },
		{ "d1:bi1e^1:ai1e4:infod" LENGTH REST "ee", "warning unsorted_key a: key 'a'" },
		{ TORRENT(LENGTH NAME "^4:name1:x" PIECE_LENGTH PIECES), "warning duplicate_key info.name: key 'name'" },
		{ TORRENT(LENGTH "^6:lengthi9e" REST), "error duplicate_key info.length: key 'length'" },
		{ TORRENT(LENGTH REST "^" LENGTH), "warning unsorted_key info.length: key 'length'\n"
		  "error duplicate_key info.length: key 'length'" },
		{ TORRENT(LENGTH REST "^6:pieces0:"), "error duplicate_key info.pieces: key 'pieces'" },
		{ "d4:infod" LENGTH REST "e^4:infodee", "error duplicate_key info: key 'info'" },
		{ "d4:infod" LENGTH REST "e6:lengthi1e^6:lengthi1ee", "warning duplicate_key length: key 'length'" },
		{ V1("d6:lengthi100e^6:lengthi1e4:pathl1:aee"), "error duplicate_key info.files[0].length: key 'length'" },
		{ V1("d6:lengthi100e4:pathl1:ae^4:pathl1:bee"), "warning duplicate_key info.files[0].path: key 'path'" },
		/* in info of version 2, where libtorrent refuses them */
		{ V2("1:ad0:d6:lengthi0e1:x^i007eee" "1:b" ROOTED("100")),
		  "error zero_padded_integer info.file tree.a[\"\"].x: '007'" },
		{ V2("1:ad0:d6:lengthi0e1:x^02:hiee" "1:b" ROOTED("100")),
		  "error padded_length info.file tree.a[\"\"].x: 'hi'" },
		{ V2("1:ad0:d6:lengthi0e1:x^i-0eee" "1:b" ROOTED("100")),
		  "warning negative_zero info.file tree.a[\"\"].x: '-0'" },
		{ V2("1:b" EMPTY "^1:a" ROOTED("100")), "error unsorted_key info.file tree.a: key 'a'" },
		{ V2("1:a" EMPTY "^1:a" ROOTED("100")), "error duplicate_key info.file tree.a: key 'a'" },
		{ V2("1:dd1:b" EMPTY "^1:a" ROOTED("100") "e"), "error unsorted_key info.file tree.d.a: key 'a'" },
		{ V2("1:ad0:d11:pieces root32:" ROOT "^6:lengthi100eee"),
		  "error unsorted_key info.file tree.a[\"\"].length: key 'length'" },
		{ TORRENT("6:length^i0100e" REST), "warning zero_padded_integer info.length: '0100'" },
		{ TORRENT(LENGTH REST "1:x^i-0e"), "warning negative_zero info.x: '-0'" },
		{ TORRENT(LENGTH "4:name^01:n" PIECE_LENGTH PIECES), "warning padded_length info.name: 'n'" },
		{ AROUND("13:creation date^i99999999999999999999e", ""),
		  "warning wide_integer creation date: '99999999999999999999'" },

		/* the dictionaries */
		{ "d4:info^d" LENGTH PIECE_LENGTH PIECES "ee", "error no_name info: there is no name" },
		{ TORRENT(LENGTH "4:name^i1e" PIECE_LENGTH PIECES),
		  "error wrong_type info.name: found an integer, expected a string" },
		{ TORRENT(LENGTH "10:name.utf-81:n" PIECE_LENGTH PIECES), "" },
		{ TORRENT(LENGTH REST "7:privatei1e"), "" },
		{ TORRENT(LENGTH REST "7:privatei0e"), "" },
		{ TORRENT(LENGTH REST "7:private^i2e"), "warning private info.private: found 2" },
		{ TORRENT(LENGTH REST "7:private^1:1"), "warning private info.private: found a string" },
		{ AROUND("", "7:private^i1e"), "note private_outside private: " },
		{ AROUND("13:creation date^4:2020", ""),
		  "note wrong_type creation date: found a string, expected an integer" },
		{ AROUND("7:comment^le", ""), "note wrong_type comment: found a list, expected a string" },
		{ "d4:infod9:file treed1:a" ROOTED("1") "e12:meta version^i3e" NAME PIECE_LENGTH "e12:piece layersdee",
		  "error meta_version info.meta version: found 3" },
		{ "d4:info^d9:file treed1:a" ROOTED("1") "e" NAME PIECE_LENGTH "e12:piece layersdee",
		  "error no_tree info: there is no meta version" },
		{ "d4:info^d" META NAME PIECE_LENGTH "ee", "error no_tree info: there is no file tree" },
		{ "^d4:infod9:file treed1:a" ROOTED("1") "e" META NAME PIECE_LENGTH "ee", "warning no_layers : " },
		{ "d4:info^d" LENGTH NAME PIECE_LENGTH "ee", "error no_pieces info: " },

		/* pieces */
		{ "d4:info^d" LENGTH NAME PIECES "ee", "error piece_length info: there is no piece length" },
		{ TORRENT(LENGTH NAME "12:piece length^i0e" PIECES), "error piece_length info.piece length: found 0" },
		{ TORRENT(LENGTH NAME "12:piece length^i-16384e" PIECES),
		  "error piece_length info.piece length: found -16384" },
		{ TORRENT(LENGTH NAME "12:piece length^5:16384" PIECES),
		  "error wrong_type info.piece length: found a string, expected an integer" },
		{ TORRENT(LENGTH NAME "12:piece lengthi1073741824e" PIECES), "" },
		{ TORRENT(LENGTH NAME "12:piece length^i2147483648e" PIECES),
		  "error piece_length info.piece length: found 2147483648" },
		{ TORRENT(LENGTH NAME "12:piece length^i4294967296e" PIECES),
		  "error piece_length info.piece length: found 4294967296" },
		{ TORRENT(LENGTH NAME "12:piece length^i9223372036854775808e" PIECES),
		  "warning wide_integer info.piece length: '9223372036854775808'\n"
		  "error piece_length info.piece length: found 9223372036854775808" },
		{ TORRENT(LENGTH NAME "12:piece length^i1000e" PIECES),
		  "warning odd_piece_length info.piece length: found 1000" },
		{ "d4:infod9:file treed1:a" ROOTED("1") "e" META NAME "12:piece length^i8192ee12:piece layersdee",
		  "error piece_length info.piece length: found 8192" },
		{ "d4:infod9:file treed1:a" ROOTED("1") "e" META NAME "12:piece length^i49152ee12:piece layersdee",
		  "error piece_length info.piece length: found 49152" },
		{ TORRENT(LENGTH NAME PIECE_LENGTH "6:pieces^19:aaaaaaaaaaaaaaaaaaa"),
		  "error pieces_size info.pieces: found 19 bytes" },
		{ TORRENT(LENGTH NAME PIECE_LENGTH "6:pieces^0:"),
		  "error piece_count info.pieces: found hashes of 0 pieces for 1 piece (100 bytes by 16384)" },
		{ TORRENT("6:lengthi16384e" REST), "" },
		{ TORRENT("6:lengthi16385e" NAME PIECE_LENGTH "6:pieces^20:aaaaaaaaaaaaaaaaaaaa"),
		  "error piece_count info.pieces: found hashes of 1 piece for 2 pieces (16385 bytes by 16384)" },
		{ TORRENT(LENGTH NAME PIECE_LENGTH "6:pieces^i1e"),
		  "error wrong_type info.pieces: found an integer, expected a string" },
		{ TORRENT("6:lengthi9223372036854775807e" NAME PIECE_LENGTH "6:pieces^20:aaaaaaaaaaaaaaaaaaaa"),
		  "error piece_count info.pieces: found hashes of 1 piece for 562949953421312 pieces "
		  "(9223372036854775807 bytes by 16384)" },

		/* files of version 1 */
		{ "d4:info^d" REST "ee", "error no_files info: there is neither" },
		{ TORRENT("5:files^le" NAME PIECE_LENGTH "6:pieces0:"), "error no_files info.files: found no file" },
		{ "d4:info^d5:filesl" LISTED("100", "1:a") "e" LENGTH REST "ee", "error length_and_files info: " },
		{ TORRENT("6:length^i0e" NAME PIECE_LENGTH "6:pieces0:"), "warning zero_size info.length: " },
		{ TORRENT("5:filesl^dee" REST), "error file_length info.files[0]: there is no length\n"
		  "error no_path info.files[0]: there is no path" },
		{ TORRENT("6:length^i-1e" REST), "error file_length info.length: found -1" },
		{ TORRENT("6:length^3:100" REST), "error wrong_type info.length: found a string, expected an integer" },
		{ TORRENT("6:length^i9223372036854775808e" REST), "warning wide_integer info.length: '9223372036854775808'\n"
		  "error file_length info.length: found 9223372036854775808" },
		{ V1("^3:abc" LISTED("100", "1:a")),
		  "error wrong_type info.files[0]: found a string, expected a dictionary" },
		{ V1(LISTED("100", "1:a") "d6:length^2:104:pathl1:bee"),
		  "error file_length info.files[1].length: found a string" },
		{ V1(LISTED("100", "1:a") "d6:length^i-10e4:pathl1:bee"),
		  "error file_length info.files[1].length: found -10" },
		{ V1("d6:lengthi100e4:path^lee"), "error no_path info.files[0].path: the list is empty" },
		{ V1("d6:lengthi100e4:path^1:ae"), "error no_path info.files[0].path: found a string" },
		{ V1("d6:lengthi100e4:pathl1:a^i1eee"), "error no_path info.files[0].path[1]: found an integer" },
		{ V1("d6:lengthi100e10:path.utf-8l1:aee"), "" },
		{ V1("d6:lengthi100e4:pathl1:ae10:path.utf-8^lee"),
		  "warning wrong_type info.files[0][\"path.utf-8\"]: the list is empty" },
		{ V1("d4:attr1:p6:lengthi50ee" LISTED("50", "1:a")), "" },
		{ V1("d4:attr^i1e6:lengthi100e4:pathl1:aee"),
		  "warning wrong_type info.files[0].attr: found an integer, expected a string" },
		{ V1(LISTED("100", "1:a") "^d4:attr1:l6:lengthi0e4:pathl1:bee"),
		  "warning symlink_target info.files[1]: there is none" },
		{ V1(LISTED("100", "1:a") "^d4:attr1:l6:lengthi7e4:pathl1:be12:symlink pathl1:aee"),
		  "warning symlink_length info.files[1]: found a length of 7" },
		{ V1(LISTED("100", "1:a") "d4:attr1:l4:pathl1:be12:symlink pathl1:aee"), "" },
		{ V1(LISTED("100", "1:a") "d4:attr1:l4:pathl1:be12:symlink path^lee"),
		  "warning symlink_target info.files[1].symlink path: the list is empty" },
		{ TORRENT("5:files^l" LISTED("9223372036854775807", "1:a") LISTED("1", "1:b") "e" REST),
		  "error size_overflow info.files: " },
		/* 2^64 + 100 bytes: the sum is 100 in 64 bits, which one piece would do for */
		{ TORRENT("5:files^l" LISTED("9223372036854775807", "1:a") LISTED("9223372036854775807",
										  "1:b") LISTED("102", "1:c") "e" REST),
		  "error size_overflow info.files: " },

		/* the tree of version 2 */
		{ "d4:infod9:file tree^de" META NAME PIECE_LENGTH "e12:piece layersdee",
		  "error no_files info.file tree: found no file" },
		{ "d4:infod9:file treed0:^d6:lengthi1e11:pieces root32:" ROOT "ee" META NAME PIECE_LENGTH "e12:piece layersdee",
		  "error tree_root info.file tree[\"\"]: " },
		{ V2("1:ad0:d6:lengthi1e11:pieces root32:" ROOT "e1:b^" EMPTY "e"),
		  "error tree_siblings info.file tree.a.b: " },
		{ V2("1:ad1:b" ROOTED("1") "^0:dee"),
		  "error unsorted_key info.file tree.a[\"\"]: key ''\nerror tree_siblings info.file tree.a[\"\"]: " },
		{ V2("1:a^i1e1:b" ROOTED("1")),
		  "error wrong_type info.file tree.a: found an integer, expected a dictionary" },
		{ V2("1:ad0:^lee1:b" ROOTED("1")),
		  "error wrong_type info.file tree.a[\"\"]: found a list, expected a dictionary" },
		{ V2("1:ad^e1:b" ROOTED("1")), "note empty_directory info.file tree.a: " },
		{ V2("^1:ad0:dee1:b" ROOTED("1")), "error file_length info.file tree.a[\"\"]: there is no length" },
		{ V2("^1:ad0:d6:lengthi1eee"), "error pieces_root info.file tree.a[\"\"]: there is none" },
		{ V2("1:ad0:d6:lengthi1e11:pieces root^31:rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrree"),
		  "error pieces_root info.file tree.a[\"\"]: found 31 bytes" },
		{ V2("1:ad0:d6:lengthi1e11:pieces root^i1eee"),
		  "error pieces_root info.file tree.a[\"\"]: found no string" },
		{ V2("1:ad0:d6:lengthi0e11:pieces root^32:" ROOT "ee1:b" ROOTED("1")),
		  "warning empty_file_root info.file tree.a[\"\"]: " },
		{ V2("^1:ad0:d4:attr1:p6:lengthi1e11:pieces root32:" ROOT "ee1:b" ROOTED("1")),
		  "error tree_padding info.file tree.a[\"\"]: " },
		{ V2("1:a" ROOTED("1") "1:bd0:d4:attr1:l12:symlink pathl1:aeee"), "" },
		{ "d4:infod9:file treed1:ad0:d6:lengthi9223372036854775807e11:pieces root^32:" ROOT "ee" "1:b" ROOTED("9223372036854775807") "e" META NAME
		  "12:piece lengthi1073741824ee12:piece layersdee",
		  "error missing_layer info.file tree.a[\"\"]: \nerror missing_layer info.file tree.b[\"\"]: \n"
		  "error size_overflow info.file tree: " },

		/* layers */
		{ V2_LAYERS("1:a" ROOTED("16384"), ""), "" },
		{ V2_LAYERS("1:a" ROOTED("16385"), "32:" ROOT "64:" HASH_32 HASH_32), "" },
		{ V2_LAYERS("1:a" ROOTED("16385") "1:b" ROOTED("16385"), "32:" ROOT "64:" HASH_32 HASH_32), "" },
		{ V2_LAYERS("1:ad0:d6:lengthi16385e11:pieces root^32:" ROOT "ee", ""),
		  "error missing_layer info.file tree.a[\"\"]: " },
		{ V2_LAYERS("1:a" ROOTED("16384"), "^32:" ROOT "32:" HASH_32),
		  "error unknown_layer piece layers." ROOT ": no file larger than a piece has that root" },
		{ V2_LAYERS("1:a" ROOTED("1"), "^1:x32:" HASH_32),
		  "error unknown_layer piece layers.x: found a key of 1 byte, not 32" },
		{ V2_LAYERS("1:a" ROOTED("16385"), "32:" ROOT "^32:" HASH_32),
		  "error layer_size piece layers." ROOT ": found 32 bytes for 2 pieces" },
		{ V2_LAYERS("1:a" ROOTED("16385"), "32:" ROOT "^65:" HASH_32 HASH_32 "x"),
		  "error layer_size piece layers." ROOT ": found 65 bytes for 2 pieces" },
		{ V2_LAYERS("1:a" ROOTED("16385"), "32:" ROOT "^i1e"),
		  "error wrong_type piece layers." ROOT ": found an integer, expected a string\n"
		  "error missing_layer info.file tree.a[\"\"]: " },
		{ AROUND("", "12:piece layersd1:xi1ee"), "" },

		/* hybrids */
		{ HYBRID("1:a" ROOTED("100"), LISTED("100", "1:a"), PIECES), "" },
		{ HYBRID("1:a" ROOTED("100") "1:b" ROOTED("10"),
			 LISTED("100", "1:a") "d4:attr1:p6:lengthi16284e4:pathl1:pee" LISTED("10", "1:b"), PIECES_2), "" },
		{ HYBRID("1:a" ROOTED("100") "1:b" ROOTED("10"), LISTED("100", "1:a") "^" LISTED("10", "1:b"), PIECES),
		  "error hybrid_alignment info.files[1]: it begins 100 bytes behind the border of one" },
		{ HYBRID("1:a" ROOTED("100") "1:b" EMPTY, LISTED("100", "1:a") LISTED("0", "1:b"), PIECES), "" },
		{ HYBRID("1:b" ROOTED("100"), "^" LISTED("100", "1:a"), PIECES),
		  "error hybrid_files info.files[0]: the file tree has another file than 'a'" },
		{ HYBRID("1:a" ROOTED("99"), "^" LISTED("100", "1:a"), PIECES),
		  "error hybrid_files info.files[0]: the file tree has another length of 'a'" },
		{ HYBRID("1:a" ROOTED("100"), LISTED("100", "1:a") "^" LISTED("0", "1:b"), PIECES),
		  "error hybrid_files info.files[1]: the file tree does not have 'b'" },
		{ HYBRID("1:a" ROOTED("100") "^1:b" EMPTY, LISTED("100", "1:a"), PIECES),
		  "error hybrid_files info.file tree.b[\"\"]: only the file tree has 'b'" },
		{ HYBRID("1:ad1:b" ROOTED("100") "e", "^" LISTED("100", "3:a/b"), PIECES),
		  "error hybrid_files info.files[0]: the file tree has another file than 'a/b'" },
		{ HYBRID("1:ad1:b" ROOTED("100") "e", LISTED("100", "1:a1:b"), PIECES), "" },
		{ HYBRID("2:\xc3\xa4" ROOTED("100"), "d6:lengthi100e4:pathl1:?e10:path.utf-8l2:\xc3\xa4" "ee", PIECES), "" },
		{ "d4:infod9:file treed1:n" ROOTED("100") "e" LENGTH META NAME PIECE_LENGTH PIECES "e12:piece layersdee", "" },
		{ "d4:infod9:file treed1:m" ROOTED("100") "e6:length^i100e" META NAME PIECE_LENGTH PIECES "e12:piece layersdee",
		  "error hybrid_files info.length: the file tree has another file than 'n'" },

		/* trackers and other links */
		{ AROUND("8:announce4:http", ""), "" },
		{ AROUND("8:announce^le", ""), "warning wrong_type announce: found a list, expected a string" },
		{ AROUND("8:announce^0:", ""), "note empty_url announce: " },
		{ AROUND("8:announce^5: http", ""), "note url_blanks announce: " },
		{ AROUND("13:announce-listll1:a1:bel1:cee", ""), "" },
		{ AROUND("13:announce-list^0:", ""), "warning wrong_type announce-list: found a string, expected a list" },
		{ AROUND("13:announce-listl^1:ae", ""), "warning announce_list announce-list[0]: found a string" },
		{ AROUND("13:announce-listl^lel1:aee", ""), "warning empty_tier announce-list[0]: " },
		{ AROUND("13:announce-listll1:a^i1eee", ""), "warning announce_list announce-list[0][1]: found an integer" },
		{ AROUND("9:httpseedsl^0:e", ""), "note empty_url httpseeds[0]: " },
		{ AROUND("", "8:url-list^0:"), "warning empty_url url-list: " },
		{ AROUND("", "8:url-list^i1e"),
		  "warning wrong_type url-list: found an integer, expected a list or a string" },
		{ AROUND("", "8:url-listl1:a^le1:be"), "note wrong_type url-list[1]: found a list, expected a string" },
		{ AROUND("", "5:nodesll4:hosti6881eee"), "" },
		{ AROUND("", "5:nodesl^9:host:6881e"), "note node nodes[0]: found a string" },
		{ AROUND("", "5:nodesl^l4:hostee"), "warning node nodes[0]: found another list" },
		{ AROUND("", "5:nodesl^l4:host4:6881ee"), "warning node nodes[0]: found another list" },
		{ AROUND("", "5:nodesl^l4:hosti1ei2eee"), "warning node nodes[0]: found another list" },
		{ AROUND("", "5:nodesl^l0:i1eee"), "warning node nodes[0]: the host is empty" },
		{ AROUND("", "5:nodesl^i1ee"), "warning node nodes[0]: found an integer" },
		{ AROUND("", "7:similarl20:aaaaaaaaaaaaaaaaaaaae"), "" },
		{ AROUND("", "7:similarl^19:aaaaaaaaaaaaaaaaaaae"),
		  "warning similar similar[0]: found a string of 19 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t mark;
		struct bytes file = unmarked(rows[i].torrent, &mark);
		struct told told = { 0 };
		struct fault_sink sink = { on_finding, &told };
		struct metainfo meta;
		struct error error = { 0 };

		metainfo_parse(file, &meta, &sink, &error);
		if (strcmp(buf_string(&told.text), rows[i].faults) != 0)
			fail_msg("%s\ngives:\n%s\nnot:\n%s", rows[i].torrent, buf_string(&told.text), rows[i].faults);
		if (told.text.size && told.first != mark)
			fail_msg("%s\n%s\nat %" PRIu64 ", not %zu", rows[i].torrent, buf_string(&told.text), told.first,
				 mark);
		check_torrent(file);
		buf_free(&told.text);
		free_copy(file);
	}
}

/* ---- what it says */

static struct bytes read_sample(const char *name)
{
	char path[200];
	FILE *file;
	uint8_t data[20000];
	size_t size;

	snprintf(path, sizeof path, "tests/samples/%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(data, 1, sizeof data, file);
	assert_true(size < sizeof data);
	fclose(file);
	return exact_copy(data, size);
}

static void test_members(void **state)
{
	struct bytes file = read_sample("metainfo/v1");
	struct metainfo meta;
	struct error error = { 0 };

	(void)state;
	assert_true(metainfo_parse(file, &meta, NULL, &error));
	assert_int_equal(meta.version, METAINFO_V1);
	assert_true(bytes_is(meta.name, "\xc3\xb1"));		/* name.utf-8 */
	assert_true(bytes_is(meta.comment, "\xc3\xa7"));	/* comment.utf-8 */
	assert_true(bytes_is(meta.created_by, "hand"));
	assert_true(bytes_is(meta.encoding, "UTF-8"));
	assert_true(bytes_is(meta.publisher, "p"));
	assert_true(bytes_is(meta.source, "S"));
	assert_int_equal(meta.created, 1700000000);
	assert_true(meta.private);
	assert_int_equal(meta.piece_length, 16384);
	assert_int_equal(meta.size, 105);
	assert_int_equal(meta.padding, 16287);
	assert_int_equal(meta.file_count, 3);
	assert_int_equal(meta.piece_count, 2);
	assert_int_equal(meta.tracker_count, 3);
	assert_int_equal(meta.web_seed_count, 2);
	assert_int_equal(meta.pieces.size, 40);
	assert_true(bytes_begin(meta.info, "d") && bytes_begin(meta.files, "ld6:length"));
	assert_true(bytes_is(meta.announce, "25:http://t.example/announce"));
	assert_null(meta.length.data);
	assert_null(meta.file_tree.data);
	free_copy(file);
}

/* Before announce, without info, after the end: what is there is read all the same. */
static void test_what_is_left(void **state)
{
	static const struct { const char *torrent, *name; enum metainfo_version version; bool info; } rows[] = {
		{ TORRENT(LENGTH REST), "n", METAINFO_V1, true },
		{ V2("1:a" EMPTY), "n", METAINFO_V2, true },
		{ HYBRID("1:a" ROOTED("100"), LISTED("100", "1:a"), PIECES), "n", METAINFO_HYBRID, true },
		/* cut off after info, in info */
		{ "d4:infod" LENGTH REST "e8:url-list", "n", METAINFO_V1, true },
		{ "d4:infod" LENGTH NAME PIECE_LENGTH "6:pieces20:aaaa", "n", METAINFO_NONE, false },
		/* pieces that are none: the hash of version 1 is asked for all the same */
		{ TORRENT(LENGTH NAME PIECE_LENGTH "6:piecesi1e"), "n", METAINFO_V1, true },
		{ TORRENT(NAME "12:meta versioni2e"), "n", METAINFO_V2, true },
		{ TORRENT(NAME), "n", METAINFO_NONE, true },
		/* the first of two */
		{ TORRENT("4:name1:a4:name1:b"), "a", METAINFO_NONE, true },
		{ TORRENT("4:name1:a10:name.utf-81:b10:name.utf-81:c"), "b", METAINFO_NONE, true },
		{ TORRENT("10:name.utf-81:b4:name1:a"), "b", METAINFO_NONE, true },
		{ TORRENT("4:namei1e4:name1:b"), NULL, METAINFO_NONE, true },
		{ "d4:infod" NAME "e4:infod4:name1:o" PIECES "ee", "n", METAINFO_NONE, true },
		{ "d4:infole4:infod4:name1:oee", NULL, METAINFO_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = exact_copy(rows[i].torrent, strlen(rows[i].torrent));
		struct metainfo meta, found;
		struct error error = { 0 }, other = { 0 };

		metainfo_parse(file, &meta, NULL, &error);
		metainfo_find_info(file, &found, &other);
		if (!bytes_equal(meta.name, bytes_of(rows[i].name)) || meta.version != rows[i].version ||
		    !meta.info.data == rows[i].info)
			fail_msg("%s: %.*s, version %d, info %d", rows[i].torrent, (int)meta.name.size,
				 meta.name.data ? (const char *)meta.name.data : "", meta.version, meta.info.data != NULL);
		if (!bytes_equal(found.name, meta.name) || found.info.data != meta.info.data ||
		    found.info.size != meta.info.size || found.version != meta.version)
			fail_msg("%s: found otherwise", rows[i].torrent);
		free_copy(file);
	}
}

/* ---- walks */

/* INDEX OFFSET+LENGTH [attr] path [= root's first byte] [-> target] at PLACE in the structure, a line for each file. */
static void print_files(struct metainfo_files *files, struct buf *out)
{
	struct metainfo_file file;
	struct error error = { 0 };

	while (metainfo_files_next(files, &file, &error) || error.kind != ERROR_NONE) {
		if (error.kind != ERROR_NONE) {
			buf_format(out, "bad: %s\n", error.message);
			error_clear(&error);
			continue;
		}
		buf_format(out, "%" PRIu64 " %" PRIu64 "+%" PRIu64 " %s%s%s%s%.*s", file.index, file.offset, file.length,
			   file.attr & METAINFO_PAD ? "p " : "", file.attr & METAINFO_SYMLINK ? "l " : "",
			   file.attr & METAINFO_EXECUTABLE ? "x " : "", file.attr & METAINFO_HIDDEN ? "h " : "",
			   (int)file.path.size, (const char *)file.path.data);
		if (file.pieces_root.data)
			buf_format(out, " = %02x", file.pieces_root.data[0]);
		if (file.target.data)
			buf_format(out, " -> %.*s", (int)file.target.size, (const char *)file.target.data);
		buf_byte(out, '\n');
	}
	metainfo_files_free(files);
}

static void test_files(void **state)
{
	static const struct { const char *sample, *files, *tree; } rows[] = {
		{ "metainfo/single", "0 0+20000 x n\n", "" },
		{ "metainfo/v1",
		  "0 0+100 a/b.txt\n"
		  "1 100+16284 p .pad/16284\n"
		  "2 16384+5 x h \xc3\xbf\n"
		  "3 16389+0 l l -> a/b.txt\n"
		  "4 16389+3 p _____padding_file_0_\n", "" },
		{ "metainfo/v2",
		  "0 0+100 a/b.txt = 00\n"
		  "1 16384+40000 x big = 20\n"
		  "2 65536+0 e\n"
		  "3 65536+0 l l -> big\n", NULL },
		{ "metainfo/hybrid",
		  "0 0+100 a/b.txt = 00\n"
		  "1 100+16284 p .pad/16284\n"
		  "2 16384+40000 x big = 20\n"
		  "3 56384+0 e\n"
		  "4 56384+0 l l -> big\n",
		  "0 0+100 a/b.txt = 00\n"
		  "1 16384+40000 x big = 20\n"
		  "2 65536+0 e\n"
		  "3 65536+0 l l -> big\n" },
		{ "metainfo/hybrid-single", "0 0+100 n = 00\n", "0 0+100 n = 00\n" },
		/* roots only where the halves agree */
		/* what the other half has does not count */
		{ "metainfo/keys-of-other-half", "0 0+1 a = 72\n", "0 0+1 a = 72\n" },
		{ "torrents/gen__hybrid_single_name_differs.torrent", "0 0+278533 other.bin\n",
		  "0 0+278533 single.bin = d7\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = read_sample(rows[i].sample);
		struct buf files = { 0 }, tree = { 0 };
		struct metainfo meta;
		struct error error = { 0 };

		metainfo_parse(file, &meta, NULL, &error);
		print_files(metainfo_files_new(&meta), &files);
		print_files(metainfo_tree_new(&meta), &tree);
		assert_string_equal(buf_string(&files), rows[i].files);
		assert_string_equal(buf_string(&tree), rows[i].tree ? rows[i].tree : rows[i].files);
		buf_free(&files);
		buf_free(&tree);
		free_copy(file);
	}
}

/*
 * What is no file is said, and the next one is there; with the halves of a hybrid apart, roots are only those of the
 * same files.
 */
static void test_bad_files(void **state)
{
	static const struct { const char *torrent, *files; } rows[] = {
		{ V1("i1e" LISTED("1", "1:a") "d6:lengthi-1e4:pathl1:bee" "d6:lengthi2e4:pathlee" "d4:attr1:p6:lengthi3ee" LISTED("4", "1:e")),
		  "bad: info.files[0]: found an integer, expected a dictionary: a value of the wrong type is not read\n"
		  "1 0+1 a\n"
		  "bad: info.files[2].length: found -1: the length of a file is an integer of 63 bits, 0 or more\n"
		  "bad: info.files[3].path: the list is empty: each file has a path, a list of at least one string (BEP 3)\n"
		  "4 1+3 p \n"
		  "5 4+4 e\n" },
		{ V2("1:ad0:dee1:bi1e1:c" ROOTED("5") "1:dd0:d6:lengthi-2eee1:ed1:f" ROOTED("6") "e"),
		  "bad: info.file tree.a[\"\"]: there is no length: the length of a file is an integer "
		  "of 63 bits, 0 or more\n"
		  "1 0+5 c = 72\n"
		  "bad: info.file tree.d[\"\"].length: found -2: the length of a file is an integer of 63 bits, 0 or more\n"
		  "3 16384+6 e/f = 72\n" },
		{ HYBRID("1:a" ROOTED("1") "1:b" ROOTED("2") "1:c" ROOTED("4"),
			 LISTED("1", "1:a") LISTED("3", "1:b") LISTED("4", "1:c"), PIECES),
		  "0 0+1 a = 72\n1 1+3 b\n2 4+4 c = 72\n" },
		{ TORRENT("5:filesl" LISTED("9223372036854775807", "1:a") LISTED("9223372036854775807",
										 "1:b") LISTED("9", "1:c") "e" REST),
		  "0 0+9223372036854775807 a\n"
		  "1 9223372036854775807+9223372036854775807 b\n"
		  "2 18446744073709551614+9 c\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = exact_copy(rows[i].torrent, strlen(rows[i].torrent));
		struct buf files = { 0 };
		struct metainfo meta;
		struct error error = { 0 };

		assert_false(metainfo_parse(file, &meta, NULL, &error));
		print_files(metainfo_files_new(&meta), &files);
		assert_string_equal(buf_string(&files), rows[i].files);
		buf_free(&files);
		free_copy(file);
	}
}

/* ---- links and layers */

static bool print_link(void *context, const struct metainfo_link *link)
{
	struct buf *out = context;

	buf_format(out, "%d ", link->kind);
	if (link->tier != UINT64_MAX)
		buf_format(out, "%" PRIu64 " ", link->tier);
	buf_append(out, link->text.data, link->text.size);
	buf_text(out, "\n");
	return !bytes_is(link->text, "stop");
}

static void test_links(void **state)
{
	static const struct { const char *torrent, *links; } rows[] = {
		{ AROUND("8:announce1:a", ""), "0 0 a\n" },
		/* announce-list goes before it, unless there is none in it */
		{ AROUND("8:announce4:none13:announce-listll4:tieree", ""), "0 0 tier\n" },
		{ AROUND("8:announce4:only13:announce-listll0:0:elee", ""), "0 0 only\n" },
		{ AROUND("13:announce-listll1:a1:bel0:el1:c1: ee", ""), "0 0 a\n0 0 b\n0 1 c\n" },
		{ AROUND("13:announce-listl1:a1:be", ""), "0 0 a\n0 1 b\n" },
		{ AROUND("", "8:url-list9:\n http:// "), "1 http://\n" },
		{ AROUND("9:httpseedsl2:hse", "8:url-listl1:a0:1:bi7ee"), "2 hs\n1 a\n1 b\n" },
		{ AROUND("", "5:nodesll2:::i6881eel5:[::1]i1eel5:h.exai0eee"), "3 [::]:6881\n3 [::1]:1\n3 h.exa:0\n" },
		{ AROUND("11:collectionsl1:ce", "10:signaturesd11:com.examplede1:xdee10:update-url1:u"),
		  "5 c\n7 com.example\n7 x\n6 u\n" },
		{ AROUND("11:collections1:c", "7:similarl20:aaaaaaaaaaaaaaaaaaaa3:odde"), "5 c\n4 aaaaaaaaaaaaaaaaaaaa\n" },
		/* a visitor that has enough */
		{ AROUND("13:announce-listll1:a4:stop1:bel1:cee", "8:url-list1:u"), "0 0 a\n0 0 stop\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = exact_copy(rows[i].torrent, strlen(rows[i].torrent));
		struct buf links = { 0 };
		struct metainfo meta;
		struct error error = { 0 };

		metainfo_parse(file, &meta, NULL, &error);
		metainfo_links(&meta, print_link, &links);
		assert_string_equal(buf_string(&links), rows[i].links);
		buf_free(&links);
		free_copy(file);
	}
}

static void test_layers(void **state)
{
	static const char torrent[] = V2_LAYERS("1:a" ROOTED("16385"),
						"31:rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr1:x32:" HASH_32 "le"
						"32:" ROOT "64:" HASH_32 HASH_32 "32:" ROOT "2:no");
	struct bytes file = exact_copy(torrent, sizeof torrent - 1), layer;
	struct metainfo_layers *layers;
	struct metainfo meta;
	struct error error = { 0 };

	(void)state;
	metainfo_parse(file, &meta, NULL, &error);
	layers = metainfo_layers_new(&meta);
	layer = metainfo_layer(layers, bytes_of(ROOT));
	assert_true(bytes_is(layer, HASH_32 HASH_32));
	assert_true(layer.data > meta.piece_layers.data);
	/* no string, no root, no such root */
	assert_null(metainfo_layer(layers, bytes_of(HASH_32)).data);
	assert_null(metainfo_layer(layers, bytes_of("rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr")).data);
	assert_null(metainfo_layer(layers, bytes_of("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")).data);
	metainfo_layers_free(layers);
	free_copy(file);
}

/* ---- any bytes */

static const char *const samples[] = {
	"metainfo/v1", "metainfo/v2", "metainfo/hybrid", "metainfo/hybrid-single", "metainfo/single", "metainfo/odd",
};

static void test_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct bytes whole = read_sample(samples[i]);

		for (size_t size = 0; size < whole.size; size++) {
			struct bytes file = exact_copy(whole.data, size);

			/* of the last one a newline at the end is cut off first */
			if (check_torrent(file))
				fail_msg("%s, cut after %zu bytes", samples[i], size);
			free_copy(file);
		}
		free_copy(whole);
	}
}

static void test_changes(void **state)
{
	static const uint8_t values[] = { '0', '1', '9', '-', ':', 'd', 'e', 'i', 'l', 0, 0xff };

	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct bytes file = read_sample(samples[i]);
		uint8_t *bytes = (uint8_t *)(uintptr_t)file.data;

		for (size_t at = 0; at < file.size; at++) {
			uint8_t was = bytes[at];

			for (size_t value = 0; value < COUNT(values); value++) {
				bytes[at] = values[value];
				check_torrent(file);
			}
			bytes[at] = was;
		}
		free_copy(file);
	}
}

/* ---- large and hostile */

static void count_told(void *context, const struct finding *finding)
{
	struct told *told = context;

	told->first++;
	told->text.size = 0;
	buf_append(&told->text, finding->found.data, finding->found.size);
}

/* A million faults of a kind: a thousand are told, then how many more. Keys that are all the same, and all different. */
static void test_many_faults(void **state)
{
	enum { KEYS = 100000 };
	struct buf text = { 0 };
	struct told told = { 0 };
	struct fault_sink sink = { count_told, &told };
	struct metainfo meta;
	struct error error = { 0 };

	(void)state;
	buf_text(&text, "d4:infod" LENGTH NAME);
	for (int i = 0; i < KEYS; i++)
		buf_text(&text, "4:name1:x");
	buf_text(&text, PIECE_LENGTH PIECES);
	for (int i = 0; i < KEYS; i++)
		buf_format(&text, "6:q%05di1e", i);
	buf_text(&text, "ee");
	assert_true(metainfo_parse(buf_bytes(&text), &meta, &sink, &error));
	assert_int_equal(told.first, 1001);
	assert_string_equal(buf_string(&told.text), "99000 more like the 1000 before");
	assert_true(bytes_is(meta.name, "n"));
	buf_free(&told.text);
	buf_free(&text);
}

/* Files under a huge key would each repeat it. */
static void test_tree_path_bound(void **state)
{
	struct buf text = { 0 };
	struct told told = { 0 };
	struct fault_sink sink = { on_finding, &told };

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct metainfo meta;
		struct error error = { 0 };
		size_t size = METAINFO_TREE_PATH_MAX - 3 + over;

		text.size = told.text.size = 0;
		buf_format(&text, "d4:infod9:file treed%zu:", size);
		memset(buf_reserve(&text, size), 'a', size);
		text.size += size;
		buf_text(&text, "d2:bb" ROOTED("1") "e1:b" ROOTED("1") "e" META NAME PIECE_LENGTH "e12:piece layersdee");
		assert_int_equal(metainfo_parse(buf_bytes(&text), &meta, &sink, &error), !over);
		assert_int_equal(meta.file_count, 2 - over);
		if (over)
			assert_non_null(strstr(buf_string(&told.text), "error long_path info.file tree[\"aaa"));
	}
	buf_free(&told.text);
	buf_free(&text);
}

/* A tree as deep as it can be read, and too deep. */
static void test_deep_tree(void **state)
{
	(void)state;
	/* the torrent, info, the tree and the file's own dictionary are around it */
	for (int depth = BENCODE_DEPTH_MAX - 5; depth <= BENCODE_DEPTH_MAX - 3; depth++) {
		struct buf text = { 0 };
		struct bytes file;
		bool sound;

		buf_text(&text, "d4:infod9:file treed");
		for (int i = 0; i < depth; i++)
			buf_text(&text, "1:ad");
		buf_text(&text, "0:d6:lengthi0ee");
		for (int i = 0; i < depth; i++)
			buf_text(&text, "e");
		buf_text(&text, "1:b" ROOTED("1") "e" META NAME PIECE_LENGTH "e12:piece layersdee");
		file = exact_copy(text.data, text.size);
		sound = check_torrent(file);
		assert_int_equal(sound, depth + 4 <= BENCODE_DEPTH_MAX);
		free_copy(file);
		buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_what_is_left),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_many_faults),
		cmocka_unit_test(test_tree_path_bound),
		cmocka_unit_test(test_deep_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
