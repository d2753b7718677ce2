# btinspect_others.bats - every sample as libtorrent, transmission, aria2 and mktorrent read it; where we differ, why

load ../support/helpers
load ../support/btinspect

setup_file() {
	# one process for each sample: the sanitized tools would take long
	export PATH=$PEERUTILS_RELEASE:$PATH
}

by_libtorrent() {
	need_module libtorrent
	"$top/tests/support/by-libtorrent" "$@"
}

# known REASON NAME... - samples in which we differ
declare -gA known=()
known() {
	local reason=$1 name
	shift
	for name; do known[$name]=$reason; done
}

# compare VERB COLUMNS FILTER OPTION... - what btinspect prints of each sample that libtorrent reads against what that
# says, both through FILTER; the samples in ${known[@]} must differ
compare() {
	local verb=$1 columns=$2 filter=$3 file name same failed=0 count=0
	by_libtorrent "$verb" "$samples"/torrents/*.torrent >"$tmp/theirs"
	for file in "$samples"/torrents/*.torrent; do
		name=${file##*/} name=${name%.torrent}
		! grep -qF "$file"$'\t'refused "$tmp/theirs" || continue
		awk -F '\t' -v OFS='\t' -v name="$file" '$1 == name { sub(/^[^\t]*\t/, ""); print }' "$tmp/theirs" | $filter >"$tmp/want"
		btinspect "$verb" -o "$columns" "${@:4}" "$file" 2>/dev/null | $filter >"$tmp/got" || true
		same=yes
		cmp -s "$tmp/want" "$tmp/got" || same=no
		count=$((count + 1))
		[ "$same" = yes ] || [ "${known[$name]:-}" ] || { echo "$verb of $name differs:"; diff "$tmp/want" "$tmp/got" | head -n 6; failed=1; } >&2
		[ "$same" = no ] || [ ! "${known[$name]:-}" ] || { echo "$verb of $name does not differ, though: ${known[$name]}"; failed=1; } >&2
	done
	[ "$count" -ge 80 ] || { echo "only $count samples"; failed=1; } >&2
	return $failed
}

@test "each sample has the info hashes of the index" {
	local want got file one two
	while IFS=$'\t' read -r file _ one two _; do
		[ "$file" != file ] || continue
		[ -e "$samples/torrents/$file" ] || continue
		# a length of -2^63 - 1: the index has no hash of what clients cannot read; the bytes have one
		[ "$file" != gen__v1_int_min_minus1.torrent ] || one=49343c7fce5937d1d76a14a1cc56cf5469e79956
		got=$(btinspect infohash -o info_hash,info_hash_v2 "$samples/torrents/$file" 2>/dev/null) || got=$'-\t-'
		want=$one$'\t'$two
		[ "$want" = "$got" ] || { echo "$file: $got, want $want"; return 1; } >&2
	done <"$samples/torrents/INDEX.tsv"
}

@test "each sample has the name, sizes and verdict of the index" {
	local file verdict name size files want got
	while IFS=$'\t' read -r file verdict _ _ name size files; do
		[ "$file" != file ] || continue
		[ -e "$samples/torrents/$file" ] || continue
		want="$name"$'\t'$size$'\t'$files
		case $file in
		# what is wrong there are the hashes of the layers, which check computes
		gen__v2_layer_bitflip* | gen__v2_layer_padded_with* | libtorrent__v2_invalid_piece_layer_root* | libtorrent__v2_invalid_root_hash*) ;;
		*) [ "$verdict" != invalid ] || want=refused ;;
		esac
		got=$(btinspect show -o name,size,files "$samples/torrents/$file" 2>/dev/null) || got=refused
		[ "$want" = "$got" ] || { echo "$file: $got, want $want"; return 1; } >&2
	done <"$samples/torrents/INDEX.tsv"
}

@test "libtorrent: the same info hashes of all that it reads" {
	compare infohash info_hash,info_hash_v2 cat
}

# Padding between the files of version 2 is libtorrent's own; that of others it names anew.
no_padding() {
	awk -F '\t' '$3 != "pad"'
}

@test "libtorrent: the same files, offsets and attributes" {
	known 'it stores other names than these, which are those in the torrent' gen__v1_name_badutf8 gen__v1_name_nul \
		gen__v2_dotdot_key libtorrent__absolute_filename libtorrent__empty_path_multi libtorrent__invalid_directory_name \
		libtorrent__invalid_filename2 libtorrent__long_name libtorrent__slash_path libtorrent__slash_path3 \
		libtorrent__symlink_filtered_path libtorrent__v2_invalid_filename2 transmission__bad-utf8-path
	known 'it renames files of equal names' gen__v1_case_clash libtorrent__duplicate_files2 transmission__dup-files
	known 'it moves empty files behind padding' libtorrent__empty-files-2
	known 'it reads layers that are missing, or of no file' gen__v2_layer_extra libtorrent__v2_incomplete_piece_layer \
		libtorrent__v2_unknown_piece_layer_entry
	known 'the first pieces is no string' transmission__dup-pieces-key
	for name in "${!known[@]}"; do [ -e "$samples/torrents/$name.torrent" ] || unset "known[$name]"; done
	compare files offset,length,attr,path no_padding
}

@test "libtorrent: the same hashes of pieces, and the same trackers by tier" {
	known 'it reads a torrent whose second pieces are sound' transmission__dup-pieces-key
	[ -e "$samples/torrents/transmission__dup-pieces-key.torrent" ] || unset 'known[transmission__dup-pieces-key]'
	compare pieces index,hash no_v2
	known=()
	known 'it keeps blanks behind URLs' aria2__single
	known 'it counts empty tiers' gen__v1_announce_list_empty_tier
	known 'a layer of no file' libtorrent__v2_unknown_piece_layer_entry
	known 'its second pieces' transmission__dup-pieces-key
	for name in "${!known[@]}"; do [ -e "$samples/torrents/$name.torrent" ] || unset "known[$name]"; done
	compare trackers tier,url sort --reveal -m kind=tracker
}

# SHA-1 alone.
no_v2() {
	awk 'length($2) == 40'
}

# album - $tmp/album: a folder as torrents have it
album() {
	mkdir -p "$tmp/album/sub"
	seq 30000 >"$tmp/album/one.txt"
	seq 100000 | tail -c 70000 >"$tmp/album/sub/two.txt"
	: >"$tmp/album/empty"
	printf 'hello\n' >"$tmp/album/sub/näme with späce"
}

@test "what libtorrent makes: versions 1, 2 and both" {
	local version
	album
	for version in v1 v2 hybrid; do
		by_libtorrent make $version "$tmp/album" 32768 >"$tmp/$version.torrent"
		for verb in 'infohash info_hash,info_hash_v2' 'files offset,length,attr,path' 'pieces index,hash' 'trackers tier,url'; do
			by_libtorrent "${verb% *}" "$tmp/$version.torrent" | cut -f2- | no_padding | sort >"$tmp/want"
			[ "$version ${verb% *}" != 'v2 pieces' ] || continue
			btinspect "${verb% *}" -o "${verb#* }" "$tmp/$version.torrent" | no_padding | sort | diff "$tmp/want" - >&2
			[ -s "$tmp/want" ]
		done
		[ "$(btinspect show -o name,size,files "$tmp/$version.torrent")" = $'album\t238900\t4' ]
	done
}

@test "mktorrent and transmission: what they make, and the hashes they show" {
	need mktorrent
	need transmission-show
	need aria2c
	album
	mktorrent -l 15 -a http://t.example/announce,udp://u.example:1 -a http://v.example/announce -c 'a comment' -p -s SOURCE \
		-w http://w.example/ -o "$tmp/m.torrent" "$tmp/album" >/dev/null
	bt 0 show -o name,files,piece_length,private,source,comment,trackers,web_seeds "$tmp/m.torrent"
	out $'album\t4\t32768\t1\tSOURCE\ta comment\t3\t1'
	transmission-create -s 32 -t http://t.example/announce -c other -o "$tmp/t.torrent" "$tmp/album" 2>/dev/null >/dev/null
	bt 0 show -o name,files,piece_length,private,comment,trackers "$tmp/t.torrent"
	# it leaves empty files out
	out $'album\t3\t32768\t0\tother\t1'
	diff <(btinspect files -m 'length>0' -o length,path "$tmp/m.torrent" | sort) <(btinspect files -o length,path "$tmp/t.torrent" | sort) >&2
	for file in "$tmp/m.torrent" "$tmp/t.torrent"; do
		[ "$(transmission-show "$file" | sed -n 's/^ *Hash: //p')" = "$(btinspect infohash -o info_hash "$file")" ]
		[ "$(aria2c -S "$file" | sed -n 's/^Info Hash: //p')" = "$(btinspect infohash -o info_hash "$file")" ]
	done
}

@test "transmission and aria2 show the same hash of each sample, but where they encode info anew" {
	need transmission-show
	need aria2c
	local file name count=0 ours theirs
	known '3.00 and aria2 hash what they would have written: with keys in order and numbers without -0' gen__v1_int_neg0_key libtorrent__unordered torrenttools__private
	for file in "$samples"/torrents/*.torrent; do
		name=${file##*/} name=${name%.torrent}
		ours=$(btinspect show -o info_hash -m version=1 "$file" 2>/dev/null) && [ "$ours" ] || continue
		for theirs in "$(timeout 20 transmission-show "$file" 2>/dev/null | sed -n 's/^ *Hash: //p')" \
			"$(timeout 20 aria2c -S "$file" 2>/dev/null | sed -n 's/^Info Hash: //p')"; do
			[ "$theirs" ] || continue
			count=$((count + 1))
			[ "${known[$name]:-}" ] || [ "$theirs" = "$ours" ] || { echo "$name: $theirs, ours $ours"; return 1; } >&2
		done
	done
	[ "$count" -ge 100 ]
}

@test "the album that five creators made torrents of: it is good, and create makes those of torf and mktorrent again" {
	need openssl
	mkdir -p "$tmp/album/sub"
	for n in 1 2 3 4 5; do
		head -c $((n * 177777 + n)) /dev/zero | openssl enc -aes-128-ctr -K "$(printf %032d $n)" -iv 0 2>/dev/null >"$tmp/album/track$n.bin"
	done
	cp "$tmp/album/track1.bin" "$tmp/album/sub/copy_of_track1.bin"
	printf 'hello\n' >"$tmp/album/sub/näme with späce.txt"
	: >"$tmp/album/empty.txt"
	ln -s track1.bin "$tmp/album/link.bin"
	for torrent in "$samples"/torrents/made__*_multi.torrent "$samples"/torrents/made__{lt,mk}*; do
		bt 0 verify -o state "$tmp/album" "$torrent"
		[ "$(sort "$tmp/out" | uniq -c | tr -s ' ')" = ' 9 good' ]
	done
	bt 0 verify -o state,good "$tmp/album/track4.bin" "$samples/torrents/made__transmission300_single.torrent"
	out 'good	11'
	bt 0 create "$tmp/album" -o info_hash --to="$tmp/mk" --piece-length=64k --private --source=SRC
	out "$(btinspect infohash -o info_hash "$samples/torrents/made__mktorrent_private_source_webseed.torrent")"
	bt 0 create "$tmp/album" -o info_hash --to="$tmp/torf" --piece-length=32k --private --source=TORF
	out "$(btinspect infohash -o info_hash "$samples/torrents/made__torf_multi.torrent")"
}
