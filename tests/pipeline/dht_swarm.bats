# dht_swarm.bats - dhtping in a whole swarm of libtorrent nodes: what it finds is what there is, and nobody is bothered
#
# The last test makes a third of the swarm hostile, so it stands at the end.

load ../support/helpers
load ../support/dhtping

bats_require_minimum_version 1.5.0

setup_file() {
	swarm 30 --dual 8 --polite 2 --torrents 3
}

teardown_file() {
	dht_down
}

# endpoints - of peer or node records
endpoints() {
	awk -F '\t' '{ print ($1 == "peer" || $1 == "node") ? ($4 == "-" ? $3 : "[" $4 "]") ":" $5 : "not a record: " $0 }' | sort
}

# soon COMMAND... - it succeeds once in five times: a node that takes longer than the others is not waited for, and on a
# busy machine that may be one of the nearest
soon() {
	for _ in 1 2 3 4; do
		"$@" >"$tmp/soon" 2>&1 && return
	done
	"$@"
}

# exactly HASH - finds get-peers the peers that there are?
exactly() {
	dhtping get-peers -q "${us[@]}" "$1" >"$tmp/out"
	diff <(swarm_peers "$1") <(endpoints <"$tmp/out")
}

# nearest TARGET [6 OPTION...] - finds find-node those that brute force finds?
nearest() {
	dhtping find-node -q "${us[@]}" "${@:3}" "$1" >"$tmp/out"
	diff <(swarm_nearest "$1" 8 "${2:-}") <(cut -f 2 "$tmp/out")
}

# ask_all METHOD TARGET - the ids that the nodes of the swarm tell of when asked for that target, one a line
ask_all() {
	/usr/bin/python3 -B - "$top/tests/support" "$swarm" "$1" "$2" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
import krpc
folder, method, target = sys.argv[2], sys.argv[3], bytes.fromhex(sys.argv[4])
nodes = [line.split("\t") for line in open(folder + "/nodes")]
client = krpc.Client("127.76.77.77")
for answer in client.ask([((node[2], int(node[4])), method, {"target": target, "info_hash": target}) for node in nodes]):
    for node_id, _ in krpc.expand_nodes(answer[b"r"]) if answer else ():
        print(node_id.hex())
END
}

@test "get-peers finds exactly the peers of every torrent, in a run for each" {
	for hash in $(swarm_hashes); do
		soon exactly "$hash"
		[ "$(cut -f 2 "$tmp/out" | sort -u)" = "$hash" ]
	done
}

all_torrents() {
	btinspect infohash "$swarm"/files/*.torrent | dhtping get-peers -q "${us[@]}" - >"$tmp/out"
	# of a hybrid that of version 1 is looked up
	diff <(awk -F '\t' '!seen[$2]++ { print $1 }' "$swarm/torrents" | grep -Ff - "$swarm/peers" | cut -f 2-5 | sort) \
		<(cut -f 2-5 "$tmp/out" | sort)
}

@test "get-peers finds the same in one run for all, as btinspect infohash names them" {
	soon all_torrents
	[ "$(cut -f 2 "$tmp/out" | sort -u | wc -l)" = 12 ]
	# and the tracker's tools take what comes
	peerdump load --dry-run -q <"$tmp/out"
}

@test "get-peers says so when nobody has a torrent, or when it has enough" {
	run dhtping get-peers -q "${us[@]}" "$(random_id)"
	[ "$status" = 1 ]
	[ -z "$output" ]
	run dhtping get-peers -q --max 3 "${us[@]}" "$(swarm_hash crowd)"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 3 ]
	[ -z "$(comm -13 <(swarm_peers "$(swarm_hash crowd)") <(printf '%s\n' "${lines[@]}" | endpoints))" ]
}

@test "find-node finds the nearest nodes, as brute force over all of them does" {
	for _ in 1 2 3 4 5 6 7 8; do
		soon nearest "$(random_id)"
		# each at its own address
		[ -z "$(comm -13 <(cut -f 2-5 "$swarm/nodes" | sort) <(cut -f 2-5 "$tmp/out" | sort))" ]
	done
}

all_nearest() {
	dhtping find-node -j -q "${us[@]}" - <"$tmp/targets" | sed 's/.*"node_id":"\([0-9a-f]*\)".*/\1/' | sort >"$tmp/out"
	# which target a node belongs to is not said, so all of them are compared
	diff <(while read -r target; do swarm_nearest "$target"; done <"$tmp/targets" | sort) "$tmp/out"
}

@test "find-node looks up many ids in one run" {
	# so few that no node is asked more often than at once: whom the pace holds back is not waited for, either
	for _ in 1 2 3 4 5; do random_id; done >"$tmp/targets"
	soon all_nearest
}

# scrapes HASH - does get-peers estimate what there is? A collision in the filter costs one, as BEP 33 has it.
scrapes() {
	dhtping get-peers -q --scrape "${us[@]}" "$1" >"$tmp/out"
	awk -F '\t' -v seeds="$(swarm_seeds "$1")" -v downloaders="$(swarm_downloaders "$1")" '
		function near(a, b) { return a > b - 1 && a < b + 1 }
		{ good = NR == 1 && $1 == "scrape" && near($3, seeds) && near($4, downloaders) && $5 > 0 && $7 >= $5 }
		END { exit !good }' "$tmp/out" || { cat "$tmp/out"; swarm_seeds "$1"; swarm_downloaders "$1"; return 1; }
}

@test "--scrape estimates the seeds and the downloaders that there are" {
	for hash in $(swarm_hashes); do
		soon scrapes "$hash"
	done
}

every_peer() {
	dhtping get-peers -v "${us[@]}" - < <(swarm_hashes) >"$tmp/out" 2>"$tmp/err"
	diff <(cut -f 2-5 "$swarm/peers" | sort) <(cut -f 2-5 "$tmp/out" | sort)
}

@test "a third of the contacts are dead: closed ports are refused, the silent not waited for, every peer is found" {
	swarm 20 --dead 12
	soon every_peer
	grep -qE 'packets: .*refused [1-9]' "$tmp/err"
	for hash in $(swarm_hashes); do dhtping get-peers -q --trace "${us[@]}" "$hash"; done >"$tmp/out"
	# an answer that came when it was no longer waited for has a line of its own
	[ "$(cut -f 8 "$tmp/out" | grep -vx late | sort -u | paste -sd ' ')" = "refused reply timeout" ]
	run dhtping ping -c 1 -W 1 -O "${us[@]}" -f "$swarm/dead"
	[ "$status" = 1 ]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^pong.*refused')" = 6 ]
	[ "$(printf '%s\n' "${lines[@]}" | grep -c '^pong.*timeout')" = 6 ]
}

# hops HASH - does --trace tell of as many nodes, peers and tokens as every look-up here finds? All contacts are alive.
hops() {
	dhtping get-peers -q --trace -H "${us[@]}" "$1" >"$tmp/out"
	awk -F '\t' -v hash="$1" '
		NR == 1 { next }
		$1 != "hop" || $2 != hash || $3 != NR - 1 || $4 + 0 < last { exit 1 }
		$8 == "reply" && (length($6) != 40 || $7 > 160 || $9 <= 0 || $10 < $11 || $14 !~ /^LT /) { exit 1 }
		$8 == "reply" { replies++; values += $12; tokens += $13 }
		$8 != "reply" && ($10 != "-" || $12 != "-" || $13 != "0") { exit 1 }
		{ last = $4 }
		END { if (replies < 8 || values < 10 || tokens < 8) exit 1 }' "$tmp/out" || { cat "$tmp/out"; return 1; }
}

@test "--trace: a hop for each query, in the order of their ends" {
	soon hops "$(swarm_hash crowd)"
	[ "$(head -n 1 "$tmp/out")" = "$(tsv '#type target step time_ms endpoint node_id shared status rtt_ms nodes nearer values token client')" ]
	sed -n 2p "$tmp/out" | cut -f 5 | grep -xFf "$swarm/bootstrap"
}

@test "--trace tells of every step, and that nobody was asked twice" {
	hash=$(swarm_hash crowd)
	dhtping get-peers -q --trace "${us[@]}" "$hash" >"$tmp/out"
	[ "$(cut -f 1,2 "$tmp/out" | sort -u)" = "$(printf 'hop\t%s' "$hash")" ]
	[ -z "$(awk -F '\t' '$8 == "reply"' "$tmp/out" | cut -f 5 | sort | uniq -d)" ]
	diff <(seq "$(wc -l <"$tmp/out")") <(cut -f 3 "$tmp/out")
	# the nearest of all answered
	grep -q "$(swarm_nearest "$hash" 1)" "$tmp/out"
}

# exactly6 HASH - the same as exactly, and its exit status
exactly6() {
	local status=0
	dhtping get-peers -q -6 --bind ::1 -b "$(swarm_node6 1)" "$1" >"$tmp/out" || status=$?
	diff <(swarm_peers6 "$1") <(endpoints <"$tmp/out") && [ "$status" = $(($(wc -l <"$tmp/out") == 0)) ]
}

@test "IPv6: peers of 18 bytes, nodes of 38, in the DHT of IPv6 alone" {
	need_ipv6
	for name in plain v2 crowd; do
		soon exactly6 "$(swarm_hash $name)"
	done
	us=(--bind ::1)
	soon nearest "$(random_id)" 6 -b "$(swarm_node6 2)"
	[ "$(cut -f 3,4 "$tmp/out" | sort -u)" = $'-\t::1' ]
}

both() {
	dhtping get-peers -q "${us[@]}" --bind ::1 -b "$(swarm_node 1)" -b "$(swarm_node6 1)" "$1" >"$tmp/out"
	diff <({ swarm_peers "$1"; swarm_peers6 "$1"; } | sort) <(endpoints <"$tmp/out")
}

@test "both DHTs at once: the peers of both" {
	need_ipv6
	soon both "$(swarm_hash crowd)"
}

@test "nodes with libtorrent's own limits do not ban us, however much is looked up" {
	for _ in {1..150}; do random_id; done >"$tmp/targets"
	dhtping find-node -q "${us[@]}" - <"$tmp/targets" >"$tmp/out"
	# they were among those found, so they were asked
	while IFS=: read -r host _; do
		grep -qF "$host" "$tmp/out"
	done <"$swarm/polite"
	run dhtping ping -c 1 -W 5 "${us[@]}" -f "$swarm/polite"
	[ "$status" = 0 ]
}

@test "nobody has us in a table afterwards: we say ro, and it is honoured" {
	id=$(random_id)
	dhtping get-peers -q --id "$id" "${us[@]}" - < <(swarm_hashes) >"$tmp/out"
	# whom libtorrent would take in it asks first, within these seconds: 50 times, if we do not say ro
	run dhtping ping -v -q -c 7 --id "$id" "${us[@]}" -f "$swarm/nodes"
	[ "$status" = 0 ]
	[[ $output =~ packets:.*'replies 210' ]]
	[[ ! $output =~ packets:.*queries ]]
	ask_all find_node "$id" >"$tmp/told"
	[ "$(wc -l <"$tmp/told")" -gt 100 ]
	run ! grep "$id" "$tmp/told"
}

@test "a third of the swarm is hostile: every true peer is found, and none that is not" {
	set -- silence wrong-t wrong-port error-list garbage truncated triple reflector our-id wrong-id dead-contacts public flood never late
	hostile "$@" --honest-to 127.77. --nodes "$swarm/nodes"
	swarm_introduce "$@"
	# that they are in tables is what the last test relies on, the other way round
	ask_all find_node "$(hostile_id triple)" | grep -q "$(hostile_id triple)"
	us=(--bind 127.76.7.7)
	for hash in $(swarm_hashes); do
		soon exactly "$hash"
	done
	# and they were asked
	asked=0
	for name; do
		! grep -q '^127\.76\.7\.7:' "$hostile/$name.asked" || asked=$((asked + 1))
	done
	[ $asked -ge 8 ]
}
