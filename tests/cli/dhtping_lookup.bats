# dhtping_lookup.bats - find-node and get-peers: in a swarm of libtorrent nodes, with dead contacts, before hostile nodes
# shellcheck shell=bash disable=SC2154 # variables of helpers.bash and dhtping.bash
load ../support/helpers
load ../support/dhtping
bats_require_minimum_version 1.5.0

setup_file() {
	swarm 40 --dual 8 --torrents 3
}

teardown_file() {
	dht_down
}

# eventually COMMAND - a node may be slow for once, on a busy machine: then the next look-up finds it
eventually() {
	wait_for "$@" || { "$@"; return 1; }
}

# endpoints - of peer records on stdin, sorted
endpoints() {
	awk -F '\t' '{ print ($3 == "-" ? "[" $4 "]" : $3) ":" $5 }' | sort
}

finds_peers() {
	diff <(swarm_peers "$1") <(dhtping get-peers -q "${us[@]}" "$1" | endpoints)
}

@test "get-peers finds every peer of every torrent" {
	for hash in $(swarm_hashes); do
		eventually finds_peers "$hash"
	done
}

@test "a peer is printed once, with the moment at which it was seen" {
	before=$(date +%s)
	hash=$(swarm_hash crowd)
	run --separate-stderr dhtping get-peers "${us[@]}" "$hash"
	[ "$status" = 0 ]
	[ -z "$(uniq -d <(sort <<<"$output"))" ]
	while IFS=$'\t' read -r type found ipv4 ipv6 port seen; do
		[ "$type $found $ipv6" = "peer $hash -" ]
		[[ $ipv4 = 127.* ]]
		((port > 0))
		((seen >= before && seen <= $(date +%s)))
	done <<<"$output"
	[[ $stderr =~ ^"dhtping: "[0-9]+" peers for 1 look-up; "[0-9]+" of "[0-9]+" nodes answered in "[0-9.]+" s"$ ]]
	run --separate-stderr dhtping get-peers -q "${us[@]}" "$hash"
	[ -z "$stderr" ]
}

@test "info hashes are taken in any spelling" {
	hash=$(swarm_hash plain)
	base32=$(bytes "$hash" | base32)
	base64=$(bytes "$hash" | base64)
	for word in "${hash^^}" "$base32" "$base64" "magnet:?xt=urn:btih:$hash&dn=x"; do
		run --separate-stderr dhtping get-peers -n 1 "${us[@]}" "$word"
		[ "$status" = 0 ]
		[ "$(cut -f 1,2 <<<"$output")" = "peer"$'\t'"$hash" ]
	done
}

@test "stdin: bare hashes, records of other tools, JSON; each hash once" {
	plain=$(swarm_hash plain) v2=$(swarm_hash v2) utf8=$(swarm_hash utf-8) lonely=$(swarm_hash lonely) crowd=$(swarm_hash crowd)
	{
		echo "$plain and what stands behind it"
		echo "# a comment"
		tsv "infohash - $v2$(printf '%024d' 0) a.torrent"
		tsv "peer $utf8 127.0.0.1 - 6881 1700000000" "peer $utf8 127.0.0.2 - 6881 1700000000"
		tsv "frame 1 started 50 $lonely 0123456789abcdef0123456789abcdef 127.0.0.1 - 6881 0000 -"
		echo '{"type":"torrent","info_hash":"'"$crowd"'"}'
		echo "$plain"
	} >"$tmp/in"
	for arguments in - ""; do
		# shellcheck disable=SC2086
		run --separate-stderr dhtping get-peers --jobs 2 "${us[@]}" $arguments <"$tmp/in"
		[ "$status" = 0 ]
		[ "$(cut -f 2 <<<"$output" | sort -u)" = "$(printf '%s\n' "$plain" "$v2" "$utf8" "$lonely" "$crowd" | sort)" ]
		[ -z "$(uniq -d <(sort <<<"$output"))" ]
		[[ $stderr = *" for 5 look-ups; "* ]]
	done
}

@test "lines are looked up as they come, not at the end of the input" {
	mkfifo "$tmp/in"
	dhtping get-peers "${us[@]}" - <"$tmp/in" >"$tmp/out" 2>"$tmp/err" &
	exec 5>"$tmp/in"
	swarm_hash plain | head -c 11 >&5
	swarm_hash plain | tail -c +12 >&5
	wait_for grep -q "$(swarm_hash plain)" "$tmp/out"
	# two at once: both are taken, though nothing more can be read after the first
	printf '%s\n%s\n' "$(swarm_hash v2)" "$(swarm_hash utf-8)" >&5
	wait_for grep -q "$(swarm_hash v2)" "$tmp/out"
	wait_for grep -q "$(swarm_hash utf-8)" "$tmp/out"
	kill -0 $!
	exec 5>&-
	wait $!
}

@test "many at once find what each finds alone" {
	finds_all() {
		diff <(cut -f 2,3,5 "$swarm/peers" | sort) \
		     <(swarm_hashes | dhtping get-peers -q --jobs "$1" "${us[@]}" | cut -f 2,3,5 | sort)
	}
	eventually finds_all 1
	eventually finds_all 16
}

# nearly TARGET COMMAND... - the first column of what it prints is ids nearest to the target, nearest first, most of
# them of the nearest 8. All are alive: dead contacts keep live ones out of answers
nearly() {
	local target=$1
	shift
	"$@" >"$tmp/found"
	[ "$(wc -l <"$tmp/found")" -ge 6 ] &&
	[ "$(swarm_nearest "$target" 40 | grep -nxFf "$tmp/found" | cut -d : -f 2)" = "$(cat "$tmp/found")" ] &&
	[ "$(swarm_nearest "$target" | grep -cxFf "$tmp/found")" -ge 6 ]
}

ids() {
	"$@" | cut -f 2
}

@test "find-node finds the nodes nearest to any id, nearest first" {
	for target in 0000000000000000000000000000000000000000 ffffffffffffffffffffffffffffffffffffffff \
		86d4c80024a469be4c50bc5a102cf71780310074 "$(swarm_id 7)"; do
		eventually nearly "$target" ids dhtping find-node -q "${us[@]}" "$target"
	done
}

@test "node records: address, round trip, client" {
	run --separate-stderr dhtping find-node -n 1 "${us[@]}" "$(swarm_id 9)"
	[ "$status" = 0 ]
	[ "$(cut -f 1,2,4 <<<"$output")" = "$(tsv "node $(swarm_id 9) -")" ]
	[ "$(cut -f 3,5 <<<"$output" | tr '\t' :)" = "$(swarm_node 9)" ]
	[[ $(cut -f 6 <<<"$output") =~ ^[0-9.e-]+$ ]]
	[[ $(cut -f 7 <<<"$output") = "LT "* ]]
	run dhtping find-node -q -j -n 1 "${us[@]}" "$(swarm_id 9)"
	[[ $output == '{"type":"node",'*'"node_id":"'"$(swarm_id 9)"'"'* ]]
}

@test "several targets" {
	run --separate-stderr dhtping find-node "${us[@]}" "$(swarm_id 9)" "$(swarm_id 10)"
	[ "$status" = 0 ]
	cut -f 2 <<<"$output" | grep -x "$(swarm_id 9)"
	cut -f 2 <<<"$output" | grep -x "$(swarm_id 10)"
	[[ $stderr = *"$(wc -l <<<"$output") nodes for 2 look-ups;"* ]]
}

@test "--trace shows who was waited for in vain" {
	swarm 20 --dead 12
	dhtping find-node -q --trace "${us[@]}" "$(swarm_id 3)" "$(swarm_id 5)" "$(swarm_id 11)" "$(swarm_id 12)" >"$tmp/hops"
	awk -F '\t' '$8 == "timeout" || $8 == "refused" { print $5 }' "$tmp/hops" | sort -u >"$tmp/silent"
	[ -s "$tmp/silent" ]
	# a live node may have been slow, but most are those that are dead
	[ "$(grep -cxFf "$swarm/dead" "$tmp/silent")" -gt 0 ]
}

@test "--scrape estimates seeds and downloaders" {
	near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1 + b / 8 && b - a < 1 + b / 8) }'; }
	scrapes() {
		local record
		record=$(dhtping get-peers -q --scrape "${us[@]}" "$1")
		[ "$(cut -f 1,2 <<<"$record")" = "$(tsv "scrape $1")" ] &&
		near "$(cut -f 3 <<<"$record")" "$(swarm_seeds "$1")" &&
		near "$(cut -f 4 <<<"$record")" "$(swarm_downloaders "$1")" &&
		(($(cut -f 5 <<<"$record") > 0 && $(cut -f 7 <<<"$record") >= 6))
	}
	for name in crowd plain lonely; do
		eventually scrapes "$(swarm_hash $name)"
	done
	# a hash that nobody has: no filters, no estimate
	run dhtping get-peers -q --scrape "${us[@]}" 0123456789012345678901234567890123456789
	[ "$status" = 1 ]
	[[ $output = $(tsv "scrape 0123456789012345678901234567890123456789 - - 0 0")* ]]
}

@test "--nodes: the nodes nearest to an info hash" {
	hash=$(swarm_hash crowd)
	eventually nearly "$hash" ids dhtping get-peers -q --nodes "${us[@]}" "$hash"
}

@test "--max ends a look-up, and each has its own count" {
	run --separate-stderr dhtping get-peers --max 3 "${us[@]}" "$(swarm_hash crowd)"
	[ "$status" = 0 ]
	[ "$(wc -l <<<"$output")" = 3 ]
	run --separate-stderr dhtping get-peers --max 1 "${us[@]}" "$(swarm_hash crowd)" "$(swarm_hash plain)"
	[ "$(cut -f 2 <<<"$output" | sort)" = "$(printf '%s\n' "$(swarm_hash crowd)" "$(swarm_hash plain)" | sort)" ]
}

@test "IPv6, and both at once" {
	need_ipv6
	six=(--bind ::1 -b "$(swarm_node6 1)")
	crowd6() { diff <(swarm_peers6 "$1") <(dhtping get-peers -q "${six[@]}" "$1" | endpoints); }
	hash=$(head -n 1 "$swarm/peers6" | cut -f 2)
	eventually crowd6 "$hash"
	itself6() {
		run dhtping find-node -q "${six[@]}" "$(swarm_id6 2)"
		[[ $status = 0 && $(head -n 1 <<<"$output" | cut -f 2,3,4) = "$(swarm_id6 2)"$'\t-\t::1' ]]
	}
	eventually itself6
	both() {
		run dhtping find-node -q "${us[@]}" "${six[@]}" -b "$(swarm_node 1)" "$(swarm_id 2)"
		[ "$(grep -c $'\t::1\t' <<<"$output")" -ge 5 ] || return 1
		[ "$(grep -vc $'\t::1\t' <<<"$output")" -ge 6 ]
	}
	eventually both
	run dhtping find-node -q -4 "${us[@]}" -b "$(swarm_node6 1)" "$(swarm_id 2)"
	[ "$status" = 2 ]
}

@test "exit status: 1 nothing found, 2 could not run, 9 nobody answered" {
	none=0123456789012345678901234567890123456789
	run dhtping get-peers -q "${us[@]}" $none
	[ "$status" = 1 ]
	[ -z "$output" ]
	# of many all must be found
	run dhtping get-peers -q "${us[@]}" $none "$(swarm_hash plain)"
	[ "$status" = 1 ]
	[[ $output = peer* ]]
	run --separate-stderr dhtping get-peers "${us[@]}" - < <(echo no-hash; swarm_hash plain)
	[ "$status" = 1 ]
	[[ $output = peer* ]]
	[[ $stderr = *"-: line 1, byte 0: info_hash: 'no-hash' is no info hash"* ]]
	run dhtping get-peers "${us[@]}" no-hash
	[ "$status" = 2 ]
	[[ $output = *"'no-hash' is no info hash"* ]]
	run dhtping find-node "${us[@]}"
	[ "$status" = 2 ]
	[[ $output = *"no id to look for"* ]]
	run dhtping get-peers --jobs 1025 "${us[@]}" $none
	[ "$status" = 2 ]
	[[ $output = *"--jobs: at most 1024"* ]]
	# the port is closed: known at once
	closed=$(/usr/bin/python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.76.1.1", 0)); print("127.76.1.1:%d" % s.getsockname()[1])')
	run dhtping get-peers -q "${us[@]}" -b "$closed" $none
	[ "$status" = 9 ]
	[ -z "$output" ]
	run dhtping find-node -q "${us[@]}" -b "$closed" $none
	[ "$status" = 9 ]
	# nothing was asked for
	run dhtping get-peers "${us[@]}" </dev/null
	[ "$status" = 0 ]
}

@test "hostile nodes: it ends, and says what it got" {
	hash=0123456789012345678901234567890123456789
	hostile silence sybil sybil-ports odd-values big-values big-nodes wrong-id
	run --separate-stderr dhtping get-peers --timeout 0.3 "${us[@]}" -b "$(hostile_at silence)" $hash
	[ "$status" = 9 ]
	[[ $stderr = *"1 ended before the nearest nodes were known, for time"* ]]
	for name in sybil sybil-ports big-nodes wrong-id; do
		run timeout 60 dhtping get-peers -q --timeout 3 "${us[@]}" -b "$(hostile_at "$name")" $hash
		((status == 0 || status == 1))
		[ "$(hostile_asked "$name" get_peers)" -le 800 ]
	done
	for name in odd-values big-values; do
		run --separate-stderr timeout 60 dhtping get-peers --timeout 3 "${us[@]}" -b "$(hostile_at "$name")" $hash
		((status == 0 || status == 1))
		[ -z "$(grep -v "^peer	$hash	" <<<"$output" | grep .)" ]
		[ -z "$(cut -f 5 <<<"$output" | grep -x 0)" ]
	done
}
