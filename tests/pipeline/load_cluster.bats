# load_cluster.bats - peerdump load into a Redis Cluster: each key to its node, through reshardings and dying masters

load ../support/helpers
load ../support/peerdump
load ../support/load
load ../support/cluster

# torrents whose keys are all in this slot, as numbers that make info hashes of 40 digits
slot=1729
alike=(3858 21302 31041 45999 46076 46437 54510 67772 67919 69509)

cluster() {
	need redis-server
	cluster_up "$tmp" "$@"
}

# cluster_state - as state, of all masters that live
cluster_state() {
	local port
	for port in $(cluster_live); do
		[ "$(cluster_cli "$port" role | head -n 1)" = master ] || continue
		sock=$(cluster_cli "$port" config get unixsocket | tail -n 1) state
	done | sed '/^$/d' | LC_ALL=C sort
}

# single FILE... - what a single server holds after these, in $tmp/want: torrents and users in one database, as in a cluster
single() {
	redis
	cat "$@" | REDIS_URL=unix:$sock peerdump load -q --users-db 0
	state >"$tmp/want"
	export REDIS_URL=redis://127.0.0.1:${cluster_ports[0]}
}

# alike PORT TIME - a line for each of those torrents
alike() {
	local number
	for number in "${alike[@]}"; do
		printf 'peer\t%040x\t1.2.3.4\t-\t%d\t%d\n' "$number" "$1" "$2"
	done
}

# many N - N lines of many torrents, users and peers, so that all nodes get some
many() {
	awk -v OFS='\t' -v lines="$1" 'BEGIN {
		srand(lines)
		for (i = 0; i < lines; i++) {
			hash = sprintf("%040x", int(rand() * 500)); user = sprintf("%032x", int(rand() * 300))
			ipv4 = "10.0." int(rand() * 8) "." int(rand() * 256); time = 1700000000 + int(rand() * 1000)
			kind = int(rand() * 10)
			if (kind < 6) print "peer", hash, ipv4, "-", 6881, time
			else print "frame", 1, kind < 8 ? "started" : kind < 9 ? "completed" : "stopped", 50, hash, user, ipv4, "-", 6881, "0000", time
		}
	}'
}

@test "the data of a single server, with --fast and without, and again" {
	cluster
	many 20000 >"$tmp/in"
	single "$tmp/in"
	for option in -v --fast --cluster; do
		pd 0 load $option "$tmp/in"
		says err '20000 lines read, 0 unfit; '
		cluster_state | diff "$tmp/want" - >&2
	done
	# a replica had all of it before it was said to be stored
	for port in "${cluster_ports[@]:0:3}"; do
		[ "$(cluster_cli "$port" info commandstats | grep -c cmdstat_wait:)" = 1 ]
	done
	# the node that is named need not have the keys; on a replica nothing can be written, and nothing is
	for port in "${cluster_ports[@]}"; do
		cluster_cli "${cluster_ports[0]}" flushall >/dev/null
		pd 0 load --redis "127.0.0.1:$port" "$tmp/in"
		cluster_state | diff "$tmp/want" - >&2
	done
}

# more - while the slot is on its way: every torrent of it gets peers, old ones and new, wherever it is now
more() {
	local number
	((++round))
	alike $round $((1700000000 + round)) >>"$tmp/in"
	alike $((round / 2 + 1)) $((1700001000 + round)) >>"$tmp/in"
	tail -n $((2 * ${#alike[@]})) "$tmp/in" >&7
	for number in "${alike[0]}" "${alike[9]}"; do
		wait_for is $round ccli zcard "$(key_of "$(printf '%040x' "$number")")"
	done
}

@test "a slot that moves during a load, key by key" {
	cluster
	for option in '' --fast; do
		round=0
		: >"$tmp/in"
		ccli del "$(key_of "$(printf '%040x' "${alike[0]}")")" >/dev/null
		rm -f "$tmp/fifo"
		# shellcheck disable=SC2086 # an option or none
		feed load $option
		more
		to=1
		[ "$(cluster_owner $slot)" = "${cluster_ports[0]}" ] || to=0
		cluster_move $slot "${cluster_ports[to]}" each more
		more
		exec 7>&-
		ended "$fed" 0
		read -r total _ < <(wc -l "$tmp/in")
		says err "$total lines read, 0 unfit; $total peers stored in ${#alike[@]} torrents, 0 refused"
		single "$tmp/in"
		cluster_state | diff "$tmp/want" - >&2
		[ "$(for port in "${cluster_ports[@]}"; do cluster_cli "$port" info errorstats; done | grep -cE 'errorstat_(ASK|MOVED)')" -gt 0 ]
		ccli --cluster call "127.0.0.1:${cluster_ports[0]}" flushall >/dev/null
	done
}

# survives OPTION... - a load that a master dies in: nothing may be lost, and nothing counted twice
survives() {
	many 60000 >"$tmp/in"
	cluster
	single "$tmp/in"
	pd 0 load --users-db 0 --redis "unix:$sock" "$tmp/in"
	mv "$tmp/err" "$tmp/said"
	feed load "$@"
	# half of it, then all the rest while the master goes
	head -n 30000 "$tmp/in" >&7
	cluster_kill 0
	tail -n +30001 "$tmp/in" >&7
	exec 7>&-
	ended "$fed" 0
	cluster_promoted 0 "$killed"
	cluster_state | diff "$tmp/want" - >&2
	diff "$tmp/said" "$tmp/err" >&2
}

@test "a master that is killed during a load: nothing lost, nothing counted twice" {
	survives
}

@test "a master that is killed during a load --fast" {
	survives --fast
}

@test "what a master acknowledged and its replica has not is said again" {
	cluster
	owner=$(cluster_owner $slot)
	first=$(key_of "$(printf '%040x' "${alike[0]}")")
	feed load
	alike 1 1700000001 >&7
	wait_for is 1 ccli zcard "$first"
	# from now on its replica gets nothing
	cluster_cli "$owner" acl setuser default -psync -sync
	cluster_cli "$owner" client kill type replica
	alike 2 1700000002 >&7
	wait_for is 2 cluster_cli "$owner" zcard "$first"
	cluster_kill $slot
	exec 7>&-
	ended "$fed" 0
	cluster_promoted $slot "$owner"
	has err "peerdump: 20 lines read, 0 unfit; 20 peers stored in 10 torrents, 0 refused"
	single <(alike 1 1700000001; alike 2 1700000002)
	cluster_state | diff "$tmp/want" - >&2
}

@test "a replica that does not keep up is told of, and not waited for without end" {
	cluster
	owner=$(cluster_owner $slot)
	feed load
	alike 1 1700000001 >&7
	wait_for is 1 ccli zcard "$(key_of "$(printf '%040x' "${alike[0]}")")"
	cluster_cli "$owner" acl setuser default -psync -sync
	cluster_cli "$owner" client kill type replica
	alike 2 1700000002 >&7
	exec 7>&-
	ended "$fed" 0
	has err "peerdump: 127.0.0.1:$owner: WAIT: no replica has kept up, so that what it stores may be lost if it fails now"
	has err "peerdump: 20 lines read, 0 unfit; 20 peers stored in 10 torrents, 0 refused"
}

@test "no replica: the slots that nobody serves, what is known to be stored, and exit status 2" {
	cluster 3 0
	feed load --timeout 4
	alike 1 1700000001 >&7
	wait_for is 1 ccli zcard "$(key_of "$(printf '%040x' "${alike[9]}")")"
	cluster_kill $slot
	alike 2 1700000002 >&7
	ended "$fed" 2
	exec 7>&-
	grep -qE "^peerdump: .*slots 0-5460.* \(known to be stored: 10 peers, of [0-9]+ lines read\)$" "$tmp/err"
	says err '10 peers stored in 10 torrents'
}

@test "one database: numbers of others are refused, and the summary is that of a single server" {
	cluster 3 0
	alike 1 1700000001 >"$tmp/in"
	pd 2 load --torrents-db 1 "$tmp/in"
	says err 'a cluster has database 0 only'
	{ frame started; frame completed 2; frame stopped; } >"$tmp/in"
	pd 0 load "$tmp/in"
	err 'peerdump: 3 lines read, 0 unfit; 2 peers stored in 1 torrent, 0 refused' \
		'peerdump: frames: 1 started, 1 completed, 1 stopped' 'peerdump: members of user and ext_ sets: 6 stored or removed, 0 refused'
	[ "$(ccli zcard $key)" = 2 ]
	[ "$(ccli exists $passkey)" = 0 ]
	# a key of somebody else
	ccli set "$(key_of "$(printf '%040x' "${alike[0]}")")" foreign
	alike 1 1700000001 >"$tmp/in"
	pd 1 load "$tmp/in"
	says err 'line 1: WRONGTYPE'
	says err '9 peers stored in 9 torrents, 1 refused'
}
