# btinspect_corpus.bats - torrents of other projects and odd ones: verdicts, info hashes and totals as INDEX.tsv has them
#
# INDEX.tsv is not ours: a script that was written from the BEPs alone made it, and libtorrent 2.0.8 agrees with each hash
# and total of the files that it reads.

load ../support/helpers

setup_file() {
	cd "$BATS_TEST_DIRNAME/../samples/torrents" || return
	export INDEX=$PWD/INDEX.tsv
}

# columns 'file verdict' [CONDITION] - those of INDEX.tsv as lines, sorted; CONDITION is awk's, with columns by name
columns() {
	awk -F '\t' -v OFS='\t' -v want="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(want, name, " "); next }
		'"${2-1}"' { line = $at[name[1]]; for (i = 2; i <= n; i++) line = line OFS $at[name[i]]; print line }' "$INDEX" | sort
}

@test "the index names each sample, of all three kinds" {
	cd "${INDEX%/*}"
	diff <(columns file) <(printf '%s\n' *.torrent | sort)
	[ "$(columns verdict | uniq | tr '\n' ' ')" = "invalid tolerable valid " ]
}

@test "check: an error where nobody should read it, a warning where all can, neither where nothing is wrong" {
	cd "${INDEX%/*}"
	status=0
	btinspect check -o path,severity ./*.torrent >"$tmp/found" 2>"$tmp/err" || status=$?
	[ "$status" = 1 ]
	awk -F '\t' -v OFS='\t' '
		NR == FNR { if ($2 == "error") error[$1]; if ($2 == "warning") warning[$1]; next }
		{ print $1, ("./" $1 in error ? "invalid" : "./" $1 in warning ? "tolerable" : "valid") }' \
		"$tmp/found" <(columns file) >"$tmp/verdicts"
	diff <(columns 'file verdict') "$tmp/verdicts"
}

@test "infohash: of the bytes as they stand, whatever else is wrong" {
	cd "${INDEX%/*}"
	columns 'file infohash_v1 infohash_v2' '$at["infohash_v1"] != "-" || $at["infohash_v2"] != "-"' >"$tmp/want"
	cut -f 1 "$tmp/want" | btinspect infohash --keep -o path,info_hash,info_hash_v2 --files-from - >"$tmp/found" 2>"$tmp/err" ||
		[ $? = 1 ]
	diff "$tmp/want" <(sort "$tmp/found")
}

@test "infohash: none of what is no torrent, but for a length beyond 64 bits, which leaves info whole" {
	cd "${INDEX%/*}"
	status=0
	columns file '$at["infohash_v1"] == "-" && $at["infohash_v2"] == "-"' | tee "$tmp/names" |
		btinspect infohash -o path,info_hash --files-from - >"$tmp/found" 2>"$tmp/err" || status=$?
	[ "$status" = 1 ]
	[ "$(cut -f 1 "$tmp/found")" = gen__v1_int_min_minus1.torrent ]
	[ "$(wc -l <"$tmp/err")" = $(($(wc -l <"$tmp/names") - 1)) ]
}

@test "show: name, bytes and files of all that can be read" {
	cd "${INDEX%/*}"
	columns 'file name total_length files infohash_v1 infohash_v2' '$at["verdict"] != "invalid"' >"$tmp/want"
	cut -f 1 "$tmp/want" | btinspect show -o path,name,size,files,info_hash,info_hash_v2 --files-from - >"$tmp/found" 2>"$tmp/err"
	[ ! -s "$tmp/err" ]
	diff "$tmp/want" <(sort "$tmp/found")
}

@test "show, files, trackers and check stop at nothing: each file invalid or not, kept" {
	cd "${INDEX%/*}"
	for verb in show files trackers pieces magnet check; do
		status=0
		btinspect "$verb" --keep -q ./*.torrent >"$tmp/found" 2>"$tmp/err" || status=$?
		[ "$status" = 1 ] || { echo "$verb: $status"; tail -n 5 "$tmp/err"; return 1; } >&2
		[ -s "$tmp/found" ]
	done
}
