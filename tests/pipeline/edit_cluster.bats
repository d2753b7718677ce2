# edit_cluster.bats - peerdump convert and prune on a real cluster: keys on all nodes, a slot on its way, a dying master

load ../support/helpers
load ../support/peerdump
load ../support/edit
load ../support/cluster

# cluster - three masters with a replica each
cluster() {
	need redis-server
	cluster_up "$tmp" 3 1
}

# everything - all that is on masters, sorted; each node's socket is that of its number
everything() {
	local node sock
	for node in "${!cluster_ports[@]}"; do
		kill -0 "${cluster_pids[node]}" 2>/dev/null || continue
		sock=$tmp/redis.$((node + 1)).sock
		[ "$(redis-cli -s "$sock" role | head -n 1)" != master ] || state
	done | LC_ALL=C sort
}

# node_of KEY - the number of its master
node_of() {
	local node owner
	owner=$(cluster_owner "$(cluster_slot "$1")")
	for node in "${!cluster_ports[@]}"; do
		[ "${cluster_ports[node]}" != "$owner" ] || echo "$node"
	done
}

# fill N - that many torrents, each with text in all forms, entries, what is stale and what is garbage; every third has an
# ext_ set, and there is one more for each that is gone
fill() {
	local number
	for ((number = 0; number < $1; number++)); do
		hex=$(printf '%040x' $((number * 7919 + 1)))
		torrent=$(key_of "$hex")
		echo "zadd $torrent 1700000001 1.2.3.$number@@1 1700000002 @2a00::$number@2 1700000003.5 aaaaaaaaaaaaaaaaaaaa:1.2.3.$number:3"
		echo "zadd $torrent 1700000004 ABCDEFGHIJKLMNOPQRSTU$((number % 10))Z 1700000005 ABCDEFGHIJKLMNOPQRSTUV"
		echo "expire $torrent 5000"
		[ $((number % 3)) != 0 ] || echo "sadd ext_$torrent $passkey"
		echo "sadd ext_$(key_of "$(printf '%040x' $((number * 7919 + 2)))") $passkey gone"
	done | ccli >"$tmp/answers"
	! grep -E 'ERR|WRONGTYPE|MOVED' "$tmp/answers" >&2
}

@test "convert there and back, and prune and load, on all nodes" {
	cluster
	fill 60
	everything >"$tmp/before"
	[ "$(wc -l <"$tmp/before")" = $((60 * 5 + 20 + 120)) ]
	pd 1 convert --dry-run -q
	count 60 out
	everything | diff "$tmp/before" - >&2
	# the 23 bytes of one member of each are in no known form
	pd 1 convert -o changed,unknown
	[ "$(sort -u "$tmp/out")" = '3	1' ]
	says err '180 members converted in 60 keys, 0 of them merged; 60 unknown, 0 left'
	pd 1 convert --to=text
	says err '240 members converted in 60 keys'
	pd 1 convert
	says err '240 members converted in 60 keys'
	everything >"$tmp/converted"
	[ "$(wc -l <"$tmp/converted")" = "$(wc -l <"$tmp/before")" ]
	[ "$(grep -c ' expires ' "$tmp/converted")" = 300 ]
	pd 0 prune --stale --foreign --orphan-ext
	says err '420 of 420 members removed, from 120 keys: 240 stale, 60 foreign, 120 orphan_ext'
	mv "$tmp/out" "$tmp/journal"
	[ "$(everything | wc -l)" = 20 ]
	# these have lost their torrents just now
	pd 0 prune --orphan-ext
	says err '20 of 20 members removed'
	cat "$tmp/out" >>"$tmp/journal"
	[ "$(everything | grep -c .)" = 0 ]
	pd 0 load "$tmp/journal"
	says err 'journal: 440 members put back in 140 keys, 0 there already, 0 refused'
	everything | diff "$tmp/converted" - >&2
}

@test "a slot on its way: keys are changed where they arrive" {
	cluster
	fill 6
	slot=$(cluster_slot $key)
	from=$(cluster_owner "$slot")
	for to in "${cluster_ports[@]:0:3}"; do
		[ "$to" != "$from" ] && break
	done
	ccli zadd $key 10 1.2.3.4@@5 11 1.2.3.4@@6
	ccli sadd ext_$other_key x
	cluster_move "$slot" "$to" each half_way
	ended "$converting" 1
	says err '20 members converted in 7 keys'
	ccli --no-raw zscore $key "$(printf '%s' 1.2.3.4@@5)" | grep -q nil
	pd 0 $hash -o ipv4,port,seen
	[ "$(sort "$tmp/out")" = "1.2.3.4	5	10
1.2.3.4	6	11" ]
}

# half_way - the slot is on its way: when its key has gone ahead, convert begins, and the slot follows when that was told so
half_way() {
	half=$((${half:-0} + 1))
	[ $half = 2 ] || return 0
	background peerdump convert -o changed >"$tmp/out" 2>"$tmp/err"
	converting=$!
	wait_for told_to_ask
}

told_to_ask() {
	cluster_cli "$from" info errorstats | grep -q '^errorstat_ASK:'
}

@test "a master dies in the midst of a transaction: whoever takes over is changed" {
	cluster
	fill 30
	ccli zadd $key 10 1.2.3.4@@5 11 1.2.3.4@@6
	everything >"$tmp/before"
	node=$(node_of $key)
	# the replica has it
	redis-cli -s "$tmp/redis.$((node + 1)).sock" wait 1 5000
	sock=$tmp/redis.$((node + 1)).sock
	hold
	background peerdump convert -v -q >"$tmp/out" 2>"$tmp/err"
	converting=$!
	held 1
	slot=$(cluster_slot $key)
	cluster_kill "$slot"
	cluster_promoted "$slot" "$killed"
	ended $converting 1
	pd 1 convert
	out
	[ "$(everything | wc -l)" = "$(wc -l <"$tmp/before")" ]
	[ "$(everything | grep -c 312e322e332e)" = 0 ]
	# and to take out what is stale there, too
	pd 0 prune --stale
	says err '122 of 122 members removed, from 31 keys'
}

@test "a torrent that comes back on another node, while its ext_ set is being removed" {
	cluster
	# a torrent that is on another node than its ext_ set
	number=0
	while torrent=$(key_of "$(printf '%040x' $number)") && [ "$(node_of "$torrent")" = "$(node_of "ext_$torrent")" ]; do
		number=$((number + 1))
	done
	ccli sadd "ext_$torrent" $passkey x
	sock=$tmp/redis.$(($(node_of "ext_$torrent") + 1)).sock
	hold
	background peerdump prune --orphan-ext >"$tmp/out" 2>"$tmp/err"
	pruning=$!
	held 1
	ccli zadd "$torrent" 10 ABCDEFGHIJKLMNOPQRSTUV
	release
	ended $pruning 0
	count 2 out
	says err '0 of 2 members removed, from 0 keys: 0 stale, 0 foreign, 0 orphan_ext; not removed: 2 that changed meanwhile'
	[ "$(ccli scard "ext_$torrent")" = 2 ]
}
