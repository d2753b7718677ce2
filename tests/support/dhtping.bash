# dhtping.bash - a DHT for tests of dhtping: a swarm of real nodes, and nodes that misbehave; after helpers.bash
# shellcheck shell=bash disable=SC2034,SC2154 # variables here are read by the tests; $tmp is from helpers.bash
#
# Once for a file of tests, because a swarm takes a second or two to make:
#
#	load ../support/helpers
#	load ../support/dhtping
#	setup_file() { swarm 30; }              # or: swarm 20 --dual 8 --polite 2 --dead 20 --torrents 5
#	teardown_file() { dht_down; }
#	@test "..." { run dhtping get-peers "${us[@]}" "$(swarm_hash plain)"; ...
#
#	swarm [N [OPTION...]]  N libtorrent nodes (default 30); a skip, or in CI a failure, without python3-libtorrent. The options
#	                     are those of dht-swarm, which tells what stands in the files of $swarm (nodes, torrents, peers, ...);
#	                     --dual is left out where there is no IPv6: tests of it need_ipv6
#	hostile NAME... [OPTION...]   nodes that misbehave in these ways (dht-hostile --list); needs no swarm. $hostile holds the file
#	                     NAME of each, and NAME.asked, what it was asked; another call adds some. In setup_file or in a test
#	dht_down             stops all of them. They end with the shell that started them, too
#
#	$swarm, $hostile     folders
#	$us                  how dhtping is to speak to them: --bind to an address that cannot leave loopback (an array)
#	$DHTPING_BOOTSTRAP   three of the swarm's nodes, exported; nobody without a swarm
#	swarm_hash NAME      the info hash of files/NAME.torrent (of a hybrid: v1); NAME is plain, v2, hybrid, crowd, lonely, many-files,
#	                     utf-8, not-utf-8, escape or more-N. swarm_hashes: all of them
#	swarm_peers HASH     HOST:PORT of the peers that the DHT must know, sorted;  swarm_peers6: over IPv6
#	swarm_seeds HASH, swarm_downloaders HASH   how many
#	swarm_node N         HOST:PORT of node N, from 1;  swarm_id N: its id;  swarm_node6, swarm_id6
#	swarm_nearest ID [COUNT [6]]   ids of the nodes nearest to it (8), by brute force, nearest first; 6: over IPv6
#	random_id            an id or info hash that nobody else has
#	swarm_introduce NAME...  makes hostile nodes (of --honest-to 127.77.) known to all of the swarm, and waits until they are
#	hostile_at NAME      HOST:PORT of it;  hostile_id NAME;  hostile_asked NAME [METHOD]: how many packets came to it
#	dp STATUS VERB ARG...   runs dhtping VERB as $us, stdout to $tmp/out, stderr to $tmp/err; its exit status must be STATUS
#	peak_memory COMMAND...   runs it; $peak_kb is the most memory it had, $status its exit status, $output its stdout and stderr
#
# Call these bare, never in $(...), except those that print.

export swarm=${swarm:-} hostile=${hostile:-} dht_pids=${dht_pids:-}

# Without a swarm nobody is there: the well-known routers are not for tests.
export DHTPING_BOOTSTRAP=${DHTPING_BOOTSTRAP:-127.0.0.1:9}
# Set anew in each test: an array cannot be exported. Without a swarm: a random address, so that tests do not share one.
us=(--bind "127.76.$((RANDOM % 256)).$((1 + RANDOM % 254))")
[ ! -e "$swarm/client" ] || us=(--bind "$(<"$swarm/client")")

# dht_start FOLDER PROGRAM... - until FOLDER has a file `ready`. The program ends with this shell, however that ends.
dht_start() {
	local folder=$1 turn
	shift
	rm -f "$folder/ready" "$folder/stdin"
	mkfifo "$folder/stdin"
	# opened for both, a pipe does not end
	setpriv --pdeathsig KILL "$@" <>"$folder/stdin" >"$folder/log" 2>&1 3>&- 4>&- &
	dht_pids+=" $!"
	for ((turn = 0; turn < 1200; turn++)); do
		[ ! -e "$folder/ready" ] || return 0
		[ ! -e "$folder/failed" ] || break
		kill -0 $! 2>/dev/null || break
		sleep 0.05
	done
	cat "$folder/failed" "$folder/log" >&2
	return 1
}

dht_folder() {
	local folder=${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-${dir:-}}}/$1
	mkdir -p "$folder" && echo "$folder"
}

swarm() {
	local nodes=${1:-30} no_ipv6=()
	shift $(($# > 0))
	need_module libtorrent
	[ -z "${file_lacks:-}" ] || return 0
	ipv6 || no_ipv6=(--dual 0)
	swarm=$(dht_folder swarm)
	dht_start "$swarm" "$top/tests/support/dht-swarm" "$swarm" --nodes "$nodes" "$@" "${no_ipv6[@]}" || return
	us=(--bind "$(<"$swarm/client")")
	DHTPING_BOOTSTRAP=$(tr '\n' ' ' <"$swarm/bootstrap")
	export DHTPING_BOOTSTRAP
}

hostile() {
	need_module socket
	[ -z "${file_lacks:-}" ] || return 0
	[ -n "$hostile" ] || hostile=$(dht_folder hostile)
	dht_start "$hostile" "$top/tests/support/dht-hostile" "$hostile" "$@"
}

dht_down() {
	local pid
	for pid in $dht_pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	dht_pids='' swarm='' hostile=''
	DHTPING_BOOTSTRAP=127.0.0.1:9
}

swarm_hashes() { cut -f 1 "$swarm/torrents"; }
swarm_hash() { awk -F '\t' -v file="$swarm/files/$1.torrent" '$2 == file { print $1; exit }' "$swarm/torrents"; }
swarm_seeds() { awk -F '\t' -v hash="$1" '$1 == hash { print $3 }' "$swarm/torrents"; }
swarm_downloaders() { awk -F '\t' -v hash="$1" '$1 == hash { print $4 }' "$swarm/torrents"; }
swarm_peers() { awk -F '\t' -v hash="$1" '$2 == hash { print $3 ":" $5 }' "$swarm/peers" | sort; }
swarm_peers6() { awk -F '\t' -v hash="$1" '$2 == hash { print "[" $4 "]:" $5 }' "$swarm/peers6" | sort; }
swarm_node() { awk -F '\t' -v n="$1" 'NR == n { print $3 ":" $5 }' "$swarm/nodes"; }
swarm_node6() { awk -F '\t' -v n="$1" 'NR == n { print "[" $4 "]:" $5 }' "$swarm/nodes6"; }
swarm_id() { sed -n "$1p" "$swarm/nodes" | cut -f 2; }
swarm_id6() { sed -n "$1p" "$swarm/nodes6" | cut -f 2; }
swarm_nearest() {
	cut -f 2 "$swarm/nodes${3:-}" | /usr/bin/python3 -c 'import sys
target = int(sys.argv[1], 16)
print(*sorted(sys.stdin.read().split(), key=lambda node: int(node, 16) ^ target)[:int(sys.argv[2])], sep="\n")' "$1" "${2:-8}"
}

random_id() { od -An -v -N20 -tx1 /dev/urandom | tr -d ' \n' && echo; }

hostile_at() { cat "$hostile/$1"; }
hostile_id() { cat "$hostile/$1.id"; }
hostile_asked() { awk -F '\t' -v method="${2:-}" 'method == "" || $2 == method { n++ } END { print n + 0 }' "$hostile/$1.asked"; }

# hostile_known NAME... - has half of the swarm asked each of them?
hostile_known() {
	local name
	for name; do
		[ "$(cut -f 1 "$hostile/$name.asked" | grep '^127\.77\.' | sort -u | wc -l)" -ge $(($(wc -l <"$swarm/nodes") / 2)) ] || return
	done
}

swarm_introduce() {
	local name
	for name; do
		hostile_at "$name" >"$swarm/stdin"
	done
	wait_for hostile_known "$@"
}

peak_memory() {
	run /usr/bin/python3 -c 'import os, subprocess, sys
child = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(child.pid, 0)
open(sys.argv[1], "w").write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) % 256)' "$tmp/peak" "$@"
	peak_kb=$(<"$tmp/peak")
}

dp() {
	local want=$1 verb=$2 status=0
	shift 2
	timeout 60 dhtping "$verb" "${us[@]}" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "dhtping $verb $*: exit status $status, want $want"; head -c 2000 "$tmp/out" "$tmp/err"; return 1; } >&2
}
