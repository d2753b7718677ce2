# btinspect.bash - what the tests of btinspect share: run it, compare what it said, make small torrents
# shellcheck shell=bash disable=SC2154 # $tmp is that of helpers.bash
#
#	bt STATUS ARG...        runs btinspect, stdout to $tmp/out, stderr to $tmp/err; its exit status must be STATUS
#	out LINE..., err LINE...  what these must be
#	string TEXT             TEXT, bencoded
#	torrent NAME INFO [KEYS]  $tmp/NAME.torrent with that info dictionary, KEYS before it
#	sha 1|256 TEXT          its sum
#	$pieces                 one hash; $info_v1, $info_v2, $info_hybrid: info of one file `a` of 5 bytes

bt() {
	local want=$1 status=0
	shift
	timeout 60 btinspect "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "btinspect ${*:1:20}: exit status $status, want $want"; head -c 2000 "$tmp/err"; return 1; } >&2
}

out() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/out" >&2
}

err() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/err" >&2
}

string() {
	local LC_ALL=C
	printf '%d:%s' "${#1}" "$1"
}

torrent() {
	printf 'd%s4:info%se' "${3:-}" "$2" >"$tmp/$1.torrent"
}

sha() {
	printf %s "$2" | "sha$1sum" | cut -d' ' -f1
}

# shellcheck disable=SC2034 # used by the tests
{
	pieces='6:pieces20:aaaaaaaaaaaaaaaaaaaa'
	tree='9:file treed1:ad0:d6:lengthi5e11:pieces root32:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbeee'
	info_v1="d6:lengthi5e4:name1:a12:piece lengthi16384e${pieces}e"
	info_v2="d${tree}12:meta versioni2e4:name1:a12:piece lengthi16384ee"
	info_hybrid="d${tree}6:lengthi5e12:meta versioni2e4:name1:a12:piece lengthi16384e${pieces}e"
}
