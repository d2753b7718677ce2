# btinspect_check.bats - btinspect check: each fault with its place, strictness, many files, and input made to break readers

load ../support/helpers

# Parts of torrents. x and r stand for hashes.
x=xxxxxxxxxxxxxxxxxxxx
r=rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
name=4:name5:n.bin
piece=12:piece\ lengthi262144e
pieces=6:pieces20:$x
single=6:lengthi100e$name$piece$pieces
announce=8:announce20:http://t.example/ann

# check STATUS ARG... - runs it with stdout in $tmp/out, stderr in $tmp/err; its exit status must be STATUS
check() {
	local want=$1 status=0
	shift
	btinspect check "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "check $*: exit status $status, want $want"; cat "$tmp/out" "$tmp/err"; return 1; } >&2
}

# make_torrent TEXT... - writes $tmp/t.torrent; \xHH, \0 and the like are bytes
make_torrent() {
	printf '%b' "$@" >"$tmp/t.torrent"
}

# v1 INFO [BEFORE] [AFTER] - a torrent with that in info, and before and after it
v1() {
	make_torrent "d${2:-$announce}4:infod$1e${3:-}e"
}

# several PATHS... - info of some files of one byte, each given as the bencoded parts of its path
several() {
	local path files=
	for path; do
		files+=d6:lengthi1e4:pathl${path}ee
	done
	echo "5:filesl${files}e$name$piece$pieces"
}

# v2 TREE [LAYERS] - a torrent of version 2
v2() {
	make_torrent "d${announce}4:infod9:file treed$1e12:meta versioni2e${name}${piece}e${2-12:piece layersde}e"
}

# hybrid FILES TREE
hybrid() {
	make_torrent "d${announce}4:infod9:file treed$2e5:filesl$1e12:meta versioni2e${name}${piece}${pieces}e12:piece layersdee"
}

# told CODE SEVERITY KEY AT [MESSAGE] - there is one such record; its place is where the bytes AT are first, and its detail
# is what is there. AT - : no place. MESSAGE is how it begins.
told() {
	local place=- detail=- lines
	if [ "$4" != - ]; then
		place=$(LC_ALL=C grep -obUaP -m 1 -- "$4" "$tmp/t.torrent" | head -n 1 | cut -d : -f 1)
		[ -n "$place" ] || { echo "nothing is like $4" >&2; return 1; }
		detail=$(tail -c +$((place + 1)) "$tmp/t.torrent" | head -c 16 | od -An -v -tx1 | tr -d ' \n')
		detail=${detail:--}
	fi
	lines=$(awk -F '\t' -v code="$1" '$2 == code' "$tmp/out")
	[ "$(wc -l <<<"$lines")" = 1 ] &&
		[[ $lines == $'problem\t'"$1"$'\t'"$2"$'\t'"$place"$'\t'"$3"$'\t'"$detail"$'\t'"${5:-}"*$'\t'"$tmp/t.torrent" ]] ||
		{ echo "want $1 $2 $place $3 $detail ${5:-}"; cat "$tmp/out"; return 1; } >&2
}

# fault STATUS CODE SEVERITY KEY AT [MESSAGE] - the only thing that is wrong with the torrent
fault() {
	check "$1" "$tmp/t.torrent"
	told "${@:2}"
	[ "$(wc -l <"$tmp/out")" = 1 ] || { echo "more than $2"; cat "$tmp/out"; return 1; } >&2
}

# faults STATUS CODE... - all that is wrong with it, in that order
faults() {
	check "$1" "$tmp/t.torrent"
	diff -u <(printf '%s\n' "${@:2}") <(cut -f 2 "$tmp/out") >&2
}

# escaped HEX - as \xHH, for printf and for grep
escaped() {
	sed 's/../\\x&/g' <<<"$1"
}

# named CODE HEX SEVERITY [MESSAGE] - a torrent of one file with that name has this fault alone
named() {
	local size=$((${#2} / 2))
	v1 "6:lengthi100e4:name$size:$(escaped "$2")$piece$pieces"
	fault 0 "$1" "$3" info.name "$size:$(escaped "$2")" "${4:-}"
}

# lacks TEXT - the output does not have it
lacks() {
	! LC_ALL=C grep -qF -- "$1" <(cut -f 1-7 "$tmp/out") || { echo "there is $1" >&2; return 1; }
}

@test "check: sound torrents, without a word" {
	v1 "$single"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	[ ! -s "$tmp/err" ]
	v1 "$(several 1:a 1:d1:a 1:d1:b 1:D1:c)"
	check 0 --strict -v "$tmp/t.torrent" "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	[ ! -s "$tmp/err" ]
	v2 "1:ad0:d6:lengthi5e11:pieces root32:${r}ee1:bd0:d6:lengthi0eee1:cd1:ad0:d6:lengthi5e11:pieces root32:${r}eee"
	check 0 - <"$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	[ ! -s "$tmp/err" ]
}

# ---- each fault

@test "check: bencode" {
	make_torrent "d${announce}4:infod${single}x"
	fault 1 not_bencode error info.pieces 'x$' "found 'x' where"
	make_torrent "d${announce}4:infod${single}"
	check 1 "$tmp/t.torrent"
	place=$(wc -c <"$tmp/t.torrent")
	tsv "problem not_bencode error $place info.pieces - $tmp/t.torrent" | diff - <(cut -f 1-6,8 "$tmp/out") >&2
	make_torrent "d${announce}4:infod${single}eejunk"
	fault 0 trailing_bytes warning - junk 'found 4 bytes'
	v1 "$name$piece${pieces}6:lengthi100e"
	fault 0 unsorted_key warning info.length 6:lengthi
	v1 "6:lengthi100e${name}4:name5:other$piece$pieces"
	fault 0 duplicate_key warning info.name 4:name5:o
	v1 "6:lengthi0100e$name$piece$pieces"
	fault 0 zero_padded_integer warning info.length i0100e
	v1 "$single" "${announce}8:assessedi-0e"
	fault 0 negative_zero warning assessed i-0e
	v1 "$single" "${announce}8:assessedi9223372036854775808e"
	fault 0 wide_integer warning assessed i922
	v1 "6:lengthi100e4:name05:n.bin$piece$pieces"
	fault 0 padded_length warning info.name 05:n
}

@test "check: what is no torrent at all" {
	make_torrent 'le'
	fault 1 not_dict error - 'le' 'found a list'
	make_torrent 'de'
	fault 1 no_info error - 'de'
	: >"$tmp/t.torrent"
	check 1 "$tmp/t.torrent"
	grep -q '^problem	not_bencode	error	0	' "$tmp/out"
	make_torrent '\xef\xbb\xbfde'
	fault 1 not_bencode error - '\xef' 'it begins with a UTF-8 byte order mark'
	make_torrent '\x1f\x8b\x08\x00'
	fault 1 not_bencode error - '\x1f' 'it is gzip'
	make_torrent '<!DOCTYPE html>\n<html>'
	fault 1 not_bencode error - '<' 'it is HTML'
	make_torrent ' de'
	fault 1 not_bencode error - ' d'
}

@test "check: the dictionaries" {
	v1 "$single" "8:announcei1e"
	fault 0 wrong_type warning announce i1e
	v1 "6:lengthi100e$piece$pieces"
	fault 1 no_name error info 'd6:len'
	v1 "6:lengthi100e12:meta versioni3e$name$piece$pieces"
	faults 1 meta_version no_tree
	told meta_version error 'info.meta version' i3e 'found 3'
	v1 "${single}7:private1:1"
	fault 0 private warning info.private 1:1 'found a string'
	v1 "${single}7:privatei2e"
	fault 0 private warning info.private i2e
	v1 "$single" "$announce" 7:privatei1e
	fault 0 private_outside note private i1e
}

@test "check: pieces" {
	v1 "6:lengthi100e${name}12:piece lengthi0e$pieces"
	fault 1 piece_length error 'info.piece length' i0e
	v1 "6:lengthi100e${name}12:piece lengthi4294967296e$pieces"
	check 1 "$tmp/t.torrent"
	told piece_length error 'info.piece length' i429
	v1 "6:lengthi100e${name}12:piece lengthi100001e$pieces"
	fault 0 odd_piece_length warning 'info.piece length' i100001e
	v1 "6:lengthi100e$name$piece"
	fault 1 no_pieces error info 'd6:len'
	v1 "6:lengthi100e$name${piece}6:pieces19:${x%x}"
	fault 1 pieces_size error info.pieces 19:
	v1 "6:lengthi262145e$name$piece$pieces"
	fault 1 piece_count error info.pieces 20:x
	v1 "6:lengthi100e${name}12:piece lengthi33554432e$pieces"
	fault 0 large_pieces note 'info.piece length' i335
}

@test "check: files" {
	v1 "$name$piece$pieces"
	fault 1 no_files error info d4:name
	v1 "5:filesld6:lengthi1e4:pathl1:aeee$single"
	fault 1 length_and_files error info d5:files
	v1 "6:lengthi-1e$name$piece$pieces"
	check 1 "$tmp/t.torrent"
	told file_length error info.length i-1e
	v1 "5:filesld6:lengthi9223372036854775807e4:pathl1:aeed6:lengthi9223372036854775807e4:pathl1:beed6:lengthi102e4:pathl1:ceee$name$piece$pieces"
	check 1 "$tmp/t.torrent"
	faults 1 size_overflow
	told size_overflow error info.files ld6:lengthi922
	v1 "6:lengthi0e$name${piece}6:pieces0:"
	fault 0 zero_size warning info.length i0e
	v1 "5:filesld6:lengthi1e4:pathleee$name$piece$pieces"
	fault 1 no_path error 'info.files[0].path' leee
	v1 "5:filesld6:lengthi1e4:pathl1:aeed4:attr1:l6:lengthi3e4:pathl1:be12:symlink pathl1:aeee$name$piece$pieces"
	check 0 "$tmp/t.torrent"
	told symlink_length warning 'info.files[1]' d4:attr
	v1 "5:filesld6:lengthi1e4:pathl1:aeed4:attr1:l6:lengthi0e4:pathl1:beee$name$piece$pieces"
	fault 0 symlink_target warning 'info.files[1]' 'd4:attr'
}

@test "check: names and paths" {
	named parent_component 2e2e warning "'..'"
	named dot_component 2e warning "'.'"
	named slash 612f62 warning "'a/b' has a slash"
	named backslash 615c62 warning
	named nul 610062 warning
	named control 611b5b33316d warning
	named control 61c28562 warning
	named control 617f62 warning
	named not_utf8 61c3 warning
	named not_utf8 edaf80 warning
	named text_backwards 61e280ae746d70 warning
	named text_backwards 61e280ad62 warning
	named direction_mark 61e2808e62 note
	named direction_mark 61e281a662 note
	named direction_mark 61d89c62 note
	named windows_name 61646173202e note
	named windows_name 6120 note
	named windows_name 613f62 note "'a?b' has one of"
	named windows_name 4155582e747874 note "'AUX.txt' is a device"
	named windows_name 6c707439 note
	# none of these is anything
	for name_of in 2e2e2e61 6c707430 636f6e63 61c3a9 61e2808b e282ac; do
		v1 "6:lengthi100e4:name$((${#name_of} / 2)):$(escaped "$name_of")$piece$pieces"
		check 0 "$tmp/t.torrent"
		[ ! -s "$tmp/out" ]
	done
}

@test "check: parts of paths, each with its place; a folder is told of once" {
	v1 "$(several 1:a 3:c/d 2:..1:a 2:..1:b 0:1:e)"
	check 0 "$tmp/t.torrent"
	told slash warning 'info.files[1].path[0]' 3:c/d
	told parent_component warning 'info.files[2].path[0]' '2:\.\.'
	told empty_component warning 'info.files[4].path[0]' 0:1:e
	faults 0 slash parent_component empty_component
	# a part is judged anew when the text of the path before it was the same by a slash
	v1 "$(several 0: 0:1:a 5:b/CON 1:b3:CON)"
	faults 0 empty_component empty_component slash windows_name duplicate_path
	v2 "1:ad2:..d0:d6:lengthi5e11:pieces root32:${r}eee3:b/cd0:d6:lengthi0eee"
	check 0 "$tmp/t.torrent"
	told parent_component warning 'info.file tree.a[".."]' '2:\.\.'
	told slash warning 'info.file tree["b/c"]' 3:b/c
	faults 0 parent_component slash
	# what is said in path.utf-8 counts, and path may be in any encoding then; but nowhere may it lead out
	v1 "5:filesld6:lengthi1e4:pathl1:\xe9e10:path.utf-8l2:\xc3\xa9eed6:lengthi1e4:pathl2:..e10:path.utf-8l1:beee$name$piece$pieces"
	fault 0 parent_component warning 'info.files[1].path[0]' '2:\.\.'
	v1 "$(several 1:a1:\\xe9 1:b)"
	fault 0 not_utf8 warning 'info.files[0].path[1]' '1:\xe9'
}

@test "check: names and paths that are too long" {
	long=$(printf 'n%.0s' {1..256})
	v1 "$(several "255:${long%n}")"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	v1 "$(several "256:$long")"
	fault 0 long_component warning 'info.files[0].path[0]' 256:n '256 bytes'
	path=
	for _ in {1..16}; do path+=254:${long%nn}; done
	# with the name and a slash it is 4090, then 4096
	v1 "$(several "${path}4:nnnn")"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	v1 "$(several "${path}10:nnnnnnnnnn")"
	fault 0 long_path warning 'info.files[0].path' l254 '4096 bytes'
}

@test "check: paths that cannot all be stored" {
	v1 "$(several 1:a1:b 1:c 1:a1:b)"
	fault 0 duplicate_path warning 'info.files[2].path' 'l1:a1:bee(?=e)' "'a/b'"
	v1 "$(several 1:a1:b 1:c 1:a1:B)"
	fault 0 case_clash note 'info.files[2].path' l1:a1:B
	v1 "$(several 1:a 1:a1:b 1:a1:c)"
	fault 0 file_and_folder warning 'info.files[1].path' l1:a1:b "a folder of 'a/b'"
	v1 "$(several 1:a1:d1:b 1:a1:d)"
	fault 0 file_and_folder warning 'info.files[1].path' 'l1:a1:dee' "'a/d' is a folder"
	# the same when it is written in other ways
	v1 "$(several 1:a1:b 3:a/b)"
	faults 0 slash duplicate_path
	v1 "$(several 1:a1:b 1:a1:.1:b)"
	faults 0 dot_component duplicate_path
	# padding is never stored
	v1 "5:filesld4:attr1:p6:lengthi1e4:pathl4:.pad1:1eed4:attr1:p6:lengthi1e4:pathl4:.pad1:1eed6:lengthi1e4:pathl1:aeee$name$piece$pieces"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	v2 "1:ad0:d6:lengthi5e11:pieces root32:${r}ee3:a/bd0:d6:lengthi0eee"
	check 0 "$tmp/t.torrent"
	told file_and_folder warning 'info.file tree["a/b"]' 3:a/b
}

@test "check: symlinks" {
	link() { v1 "5:filesld6:lengthi1e4:pathl1:a1:beed4:attr1:l6:lengthi0e4:pathl1:a1:ce12:symlink pathl$1eee$name$piece$pieces"; }
	# from the root, from its own folder, to a folder, through another symlink
	for target in 1:a1:b 1:b 1:a 1:a1:c1:z; do
		link "$target"
		check 0 "$tmp/t.torrent"
		[ ! -s "$tmp/out" ]
	done
	link 1:z
	fault 0 symlink_dangling note 'info.files[1].symlink path' l1:z "'z'"
	link 2:..1:b
	fault 0 symlink_outside warning 'info.files[1].symlink path' 'l2:\.\.' "'../b'"
	link 4:/etc
	fault 0 symlink_outside warning 'info.files[1].symlink path' l4:/
	v2 "1:ad0:d4:attr1:l6:lengthi0e12:symlink pathl1:zeee1:bd0:d6:lengthi5e11:pieces root32:${r}ee"
	fault 0 symlink_dangling note 'info.file tree.a[""].symlink path' l1:z
}

@test "check: the tree of version 2 and its piece layers" {
	need python3
	file() { echo "0:d6:lengthi$1e11:pieces root32:${r}e"; }
	v1 "6:lengthi100e12:meta versioni2e$name$piece$pieces"
	check 1 "$tmp/t.torrent"
	told no_tree error info 'd6:len'
	v2 "$(file 5)"
	check 1 "$tmp/t.torrent"
	told tree_root error 'info.file tree[""]' 'd6:length'
	v2 "1:ad$(file 5)1:bdee"
	check 1 "$tmp/t.torrent"
	told tree_siblings error 'info.file tree.a.b' deee12:meta
	v2 "1:ad$(file 5)e1:bd0:d4:attr1:p6:lengthi5e11:pieces root32:${r}ee"
	check 1 "$tmp/t.torrent"
	told tree_padding error 'info.file tree.b[""]' 1:bd0
	v2 "1:ad$(file 5)e1:bde"
	fault 0 empty_directory note 'info.file tree.b' ee12:meta
	v2 "1:ad0:d6:lengthi5e11:pieces root31:${r%r}ee"
	fault 1 pieces_root error 'info.file tree.a[""]' 31:r
	v2 "1:ad$(file 5)e1:bd$(file 0)e"
	fault 0 empty_file_root warning 'info.file tree.b[""]' '32:r{32}eee12'
	v2 "1:ad$(file 5)e" ''
	fault 0 no_layers warning - '^d'
	v2 "1:ad$(file 262145)e"
	fault 1 missing_layer error 'info.file tree.a[""]' 32:r
	v2 "1:ad$(file 5)e" "12:piece layersd32:${r}64:$r${r}e"
	check 1 "$tmp/t.torrent"
	told unknown_layer error "piece layers.$r" '32:r{32}64:'
	told layer_root error "piece layers.$r" 64:r 'the root of its 2 hashes is c9ea6f42'
	v2 "1:ad$(file 262145)e" "12:piece layersd32:${r}32:${r}e"
	check 1 "$tmp/t.torrent"
	told layer_size error "piece layers.$r" '32:r{32}ee$'
	"$top/tests/support/hostile-torrents" layers 5 >"$tmp/t.torrent"
	check 1 "$tmp/t.torrent"
	# two files, of which the second has the root of the first with one bit flipped, and the same layer
	place=$(LC_ALL=C grep -obUaP '1:bd0:d6:lengthi1310720e11:pieces root32:' "$tmp/t.torrent")
	place=$((${place%%:*} + 41))
	root=$(tail -c +$((place + 1)) "$tmp/t.torrent" | head -c 32 | od -An -v -tx1 | tr -d ' \n')
	told layer_root error "piece layers[0x$root]" "(?<=$(escaped "$root"))160:" 'the root of its 5 hashes is '
}

@test "check: hybrids" {
	root="11:pieces root32:$r"
	hybrid "d6:lengthi5e4:pathl1:aee" "1:ad0:d6:lengthi5e${root}ee"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	hybrid "d6:lengthi5e4:pathl1:aee" "1:ad0:d6:lengthi6e${root}ee"
	check 1 "$tmp/t.torrent"
	told hybrid_files error 'info.files[0]' 'd6:lengthi5e4:path'
	hybrid "d6:lengthi5e4:pathl1:aeed6:lengthi5e4:pathl1:bee" "1:ad0:d6:lengthi5e${root}ee1:bd0:d6:lengthi5e${root}ee"
	check 1 "$tmp/t.torrent"
	told hybrid_alignment error 'info.files[1]' 'd6:lengthi5e4:pathl1:bee'
}

@test "check: trackers, web seeds and nodes" {
	v1 "$single" 8:announce0:
	check 0 "$tmp/t.torrent"
	told empty_url note announce 0:
	v1 "$single" '8:announce22: http://t.example/ann\n'
	fault 0 url_blanks note announce 22:
	v1 "$single" "$announce" 8:url-list5:/path
	fault 0 no_url note url-list 5:/ "'/path'"
	v1 "$single" "8:announce15:udp://h:70000/a"
	fault 0 no_url note announce 15:
	v1 "$single" "8:announce13:http:///annou"
	fault 0 no_url note announce 13:
	v1 "$single" "8:announce15:gopher://h/annn"
	fault 0 url_scheme note announce 15: "'gopher'"
	v1 "$single" "13:announce-listl20:http://t.example/anne"
	fault 0 announce_list warning 'announce-list[0]' 20:
	v1 "$single" "13:announce-listllel20:http://t.example/annee"
	fault 0 empty_tier warning 'announce-list[0]' lel20
	v1 "$single" "13:announce-listll20:http://t.example/annel20:http://t.example/annee"
	fault 0 duplicate_tracker note 'announce-list[1][0]' '20:http://t.example/annee'
	v1 "$single" "$announce" 5:nodesl1:ae
	fault 0 node note 'nodes[0]' 1:a
	v1 "$single" "$announce" 5:nodesll1:aee
	fault 0 node warning 'nodes[0]' l1:a
	v1 "$single" "$announce" 5:nodesll1:ai65536eee
	fault 0 node_port warning 'nodes[0][1]' i65536e 'port 65536'
	v1 "$single" "$announce" 5:nodesll1:ai0eee
	fault 0 node_port warning 'nodes[0][1]' i0e
	v1 "${single}7:privatei1e" "$announce" 5:nodesll1:ai1eee
	fault 0 private_nodes warning nodes ll1
	v1 "${single}7:privatei1e" 1:a0:
	fault 0 private_without_tracker note info.private i1e
	v1 "$single" "$announce" 7:similarl3:abce
	fault 0 similar warning 'similar[0]' 3:abc
}

@test "check: passkeys are told of and never shown" {
	key=0123456789abcdef0123456789abcdef
	v1 "$single" "8:announce53:http://t.example/$key/ann"
	fault 0 public_passkey note announce 53: "'http://t.example/***/ann'"
	lacks "$key"
	v1 "${single}7:privatei1e" "8:announce53:http://t.example/$key/ann"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	# a name of the host that is as long is none
	v1 "$single" "8:announce36:http://tracker1234567890abc.org/anno"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	v1 "$single" "$announce" 8:url-list23:http://me:secret@h/file
	fault 0 web_seed_password note url-list 23: "'http://***@h/file'"
	lacks secret
	v1 "$single" "8:announce41:gopher://$key"
	check 0 "$tmp/t.torrent"
	lacks "$key"
}

@test "check: the torrent as a whole" {
	need python3
	v1 "$single" "${announce}7:comment1:\xff"
	fault 0 text_not_utf8 note comment '1:\xff'
	v1 "$single" "${announce}7:comment1:\xff13:comment.utf-82:\xc3\xbf"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	v1 "$single" "${announce}13:creation datei99999999999e"
	fault 0 created_later note 'creation date' i9
	v1 "$single" "${announce}13:creation datei1400000000000e"
	fault 0 created_later note 'creation date' i1 '1400000000000, in milliseconds'
	v1 "$single" "${announce}13:creation datei$(($(date +%s) + 3600))e"
	check 0 "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	"$top/tests/support/hostile-torrents" pieces 2097153 >"$tmp/t.torrent"
	check 0 "$tmp/t.torrent"
	told large_file note - - 41943
	told huge note - - '2251800887427072 bytes'
	told many_pieces note 'info.piece length' i1073 '2097153 pieces'
}

@test "check: every fault has a test here, and a row in the manual" {
	rows=$(tr '\n' ' ' <"$top/common/codec/fault.c" | grep -oE '\{ "[a-z0-9_]+", SEVERITY_[A-Z]+' |
		sed -E 's/\{ "(.*)", SEVERITY_(.*)/\1 \L\2/' | LC_ALL=C sort)
	[ "$(wc -l <<<"$rows")" -gt 60 ]
	while read -r code severity; do
		grep -qE "(told|fault [01]|named) $code ([0-9a-f]+ )?$severity" "$BATS_TEST_FILENAME" ||
			{ echo "no test for $code, $severity" >&2; return 1; }
	done <<<"$rows"
	diff -u <(echo "$rows") <(sed -n '/^\.Sh FAULTS/,/^\.Sh [^F]/p' "$top/man/btinspect.1" |
		awk '$1 == ".It" && $2 == "Li" { code = $3; next } code { sub(/[^a-z].*/, ""); print code, $0; code = "" }' |
		LC_ALL=C sort) >&2
}

# ---- many, strict, and what is printed

@test "check: --strict, and the exit status" {
	v1 "$single" "$announce" 8:url-list5:/path
	check 0 --strict "$tmp/t.torrent"
	v1 "6:lengthi100e${name}12:piece lengthi100001e$pieces"
	check 0 "$tmp/t.torrent"
	check 1 --strict "$tmp/t.torrent"
	# the fault is the same one
	[ "$(cut -f 2,3 "$tmp/out")" = $'odd_piece_length\twarning' ]
	# what is not printed is wrong all the same
	make_torrent de
	check 1 -m code=other "$tmp/t.torrent"
	[ ! -s "$tmp/out" ]
	check 1 -n 0 "$tmp/t.torrent"
	check 2 "$tmp/none.torrent"
	[ ! -s "$tmp/out" ]
	check 2 "$tmp/none.torrent" "$tmp/t.torrent"
	[ "$(cut -f 2 "$tmp/out")" = no_info ]
	check 1 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567'
	[ ! -s "$tmp/out" ]
}

@test "check: many files, and what they come to" {
	v1 "$single"
	for i in 1 2 3; do cp "$tmp/t.torrent" "$tmp/sound$i"; done
	check 0 "$tmp"/sound*
	[ ! -s "$tmp/err" ]
	v1 "6:lengthi100e${name}12:piece lengthi100001e$pieces" "$announce" 8:url-list5:/path
	cp "$tmp/t.torrent" "$tmp/odd"
	echo de >"$tmp/none"
	check 1 "$tmp"/sound* "$tmp/odd" "$tmp/none"
	diff -u - "$tmp/err" >&2 <<<'btinspect: 5 files: 1 error, 2 warnings, 1 note in 2 of them'
	diff -u - <(cut -f 2,8 "$tmp/out") >&2 <<-EOF
		odd_piece_length	$tmp/odd
		no_url	$tmp/odd
		no_info	$tmp/none
		trailing_bytes	$tmp/none
	EOF
	printf '%s\n' "$tmp/odd" "$tmp/sound1" >"$tmp/list"
	check 0 -q --files-from "$tmp/list"
	[ "$(wc -l <"$tmp/out")" = 2 ]
	[ ! -s "$tmp/err" ]
	btinspect check - <"$tmp/odd" >"$tmp/out"
	[ "$(cut -f 8 "$tmp/out" | uniq)" = '\x2d' ]
}

@test "check: of faults alike so many are printed, and the rest counted" {
	paths=()
	for i in {1..150}; do paths+=("2:..3:$((i + 100))" "1:${i:0:1}3:$((i + 100))"); done
	v1 "$(several "${paths[@]}")"
	check 0 "$tmp/t.torrent"
	grep -c "	parent_component	warning	[0-9]" "$tmp/out" >"$tmp/printed"
	[ "$(cat "$tmp/printed")" = 100 ]
	grep -qx "problem	parent_component	warning	-	-	-	50 more like these, which -v prints	$tmp/t.torrent" "$tmp/out"
	check 0 -v "$tmp/t.torrent"
	[ "$(grep -c "	parent_component	warning	[0-9]" "$tmp/out")" = 150 ]
	lacks 'more like these'
	# what is counted has its own severity: mostly wrong_type is a warning
	v1 "5:filesl$(printf 'i%de' {1..120})e$name$piece$pieces"
	check 1 "$tmp/t.torrent"
	grep -q '^problem	wrong_type	error	-	-	-	20 more like these' "$tmp/out"
	v1 "$(several 1:? 2:?? 3:??? 4:???? 5:?????)"
	check 0 "$tmp/t.torrent"
	[ "$(grep -c windows_name "$tmp/out")" = 4 ]
	grep -q '	2 more like these, which -v prints	' "$tmp/out"
}

@test "check: names are escaped, in messages too" {
	v1 "6:lengthi100e4:name19:a\x1b[31m\nInfo Hash: 0$piece$pieces"
	check 0 "$tmp/t.torrent"
	told control warning info.name 19:a
	lacks $'\x1b'
	[ "$(wc -l <"$tmp/out")" = 2 ]
	check 0 -j "$tmp/t.torrent"
	lacks $'\x1b'
}

# ---- input made to break readers: with the program as it ships, in bounded time and memory

# hostile MEGABYTES STATUS KIND COUNT - checks what hostile-torrents makes, with so much memory and ten seconds of its own
hostile() {
	local status=0
	[ -n "${PEERUTILS_RELEASE:-}" ] || skip 'the program as it ships is not there'
	need python3
	"$top/tests/support/hostile-torrents" "${@:3}" >"$tmp/t.torrent"
	(
		ulimit -v $(($1 << 10)) -t 10
		timeout 60 "$PEERUTILS_RELEASE/btinspect" check "$tmp/t.torrent"
	) >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$2" ] || { echo "${*:3}: exit status $status, want $2"; head -c 4000 "$tmp/out" "$tmp/err"; return 1; } >&2
}

@test "check: deep nesting is an error, not a crash" {
	for kind in 'lists 100000' 'lists 5000000' 'dicts 100000' 'lists-inside 100000'; do
		# shellcheck disable=SC2086 # two words
		hostile 100 1 $kind
		grep -q '^problem	not_bencode	error	[0-9]*	.*nested deeper than 1000' "$tmp/out"
		[ "$(wc -c <"$tmp/out")" -lt 10000 ]
	done
}

@test "check: a million files of either version, sound" {
	hostile 200 0 files-v1 1000000
	[ "$(cut -f 2 "$tmp/out")" = large_file ]
	hostile 200 0 files-v2 1000000
	[ "$(cut -f 2 "$tmp/out")" = large_file ]
}

@test "check: a million bad paths, keys, trackers; five million integers; a path of three million parts" {
	hostile 200 0 bad-paths 1000000
	[ "$(cut -f 2 "$tmp/out" | uniq)" = $'large_file\nparent_component\ncontrol' ]
	[ "$(wc -l <"$tmp/out")" = 103 ]
	hostile 100 0 keys 1000000
	[ "$(cut -f 2 "$tmp/out")" = large_file ]
	hostile 100 0 trackers 1000000
	[ "$(cut -f 2 "$tmp/out")" = large_file ]
	hostile 100 0 integers 5000000
	[ "$(cut -f 2 "$tmp/out")" = large_file ]
	hostile 100 0 deep-path 3000000
	[ "$(cut -f 2 "$tmp/out" | uniq -c | tr -s ' ')" = $' 1 large_file\n 2 long_path\n 1 duplicate_path' ]
	hostile 100 1 digits 1000000
	grep -q '^problem	wide_integer	' "$tmp/out"
}

@test "check: what a tree says once is not gone through for each of its files" {
	hostile 200 1 long-folders 300000
	grep -q '^problem	long_path	error	.*found more than 65536 bytes' "$tmp/out"
	grep -q '^problem	symlink_dangling	note	.*299997 more like these' "$tmp/out"
}

@test "check: piece layers larger than what is computed at once" {
	hostile 100 1 layers 150000
	[ "$(cut -f 2 "$tmp/out")" = $'layer_root' ]
	"$top/tests/support/hostile-torrents" layers 65537 >"$tmp/t.torrent"
	check 1 "$tmp/t.torrent"
	[ "$(cut -f 2 "$tmp/out")" = $'layer_root' ]
}

@test "check: lengths whose sum wraps, two infos" {
	wraps=
	for length in 9223372036854775807 9223372036854775807 102; do wraps+="d6:lengthi${length}e4:pathl2:a${#wraps}ee"; done
	v1 "5:filesl$(sed 's/2:a0/1:a/; s/2:a\([0-9][0-9]\)e/3:a\1e/g' <<<"$wraps")e$name$piece$pieces"
	check 1 "$tmp/t.torrent"
	told size_overflow error info.files ld6:
	v1 "$single" "$announce" "4:infod${single/n.bin/other}e"
	fault 1 duplicate_key error info 4:infod6:lengthi100e4:name5:other
}
