# userstats_replicas.bats - a site whose Redis is a cluster with replicas: by them the same, also while nodes die and slots move
# shellcheck disable=SC2086,SC2154 # verbs with their words; variables of the support files

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site
load ../support/cluster
load ../support/userstats

verbs=("torrents 1 2 3 4 5" "torrents --all" "torrents --all --live-only" "current 5 6 7" "current --all" "who 1 2 3 6" ghosts summary
	snapshot)

setup_file() {
	site_begin 3 break
	[ -z "${file_lacks:-}" ] || return 0
	mask_alike
	mkdir "$tmp/whole"
	for verb in "${verbs[@]}"; do
		answer "$verb"
		cp "$tmp/out" "$tmp/whole/$verb"
		cp "$tmp/err" "$tmp/whole/$verb.err"
		echo "$status" >"$tmp/whole/$verb.status"
	done
}

teardown_file() {
	site_down
}

mask_alike() {
	export PEERUTILS_MASK_KEY=0000000000000000000000000000000000000000000000000000000000000000
}

# cluster - the site's keys in a cluster of the test's own: three masters, each with a replica
cluster() {
	site_use "$BATS_FILE_TMPDIR"
	local single=$sock
	mask_alike
	real_host=$PGHOST
	cluster_up "$tmp" 3 1
	masters=("${cluster_ports[@]:0:3}") replicas=("${cluster_ports[@]:3}")
	cluster_take "$single"
}

# command_of VERB - what is run for it, a look goes to stdout like all else
command_of() {
	if [ "$1" = snapshot ]; then echo "snapshot -"; else echo "$1"; fi
}

# tidy VERB - what two runs of it have in common: not the time; of a look, not the order of its lines
tidy() {
	sed -i '/^total\ttime\t/d' "$tmp/out"
	[ "$1" != snapshot ] || { sed -i 1d "$tmp/out" && LC_ALL=C sort -o "$tmp/out" "$tmp/out"; }
}

# answer VERB [OPTION...] - $tmp/out, $tmp/err, $status
answer() {
	local command
	command=$(command_of "$1")
	status=0
	userstats $command "${@:2}" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	tidy "$1"
}

# whole VERB - it is what the single server had to say, in $tmp/out and $tmp/err
whole() {
	if [ "$status" != "$(cat "$BATS_FILE_TMPDIR/whole/$1.status")" ] || [ ! -s "$tmp/out" ] ||
		! diff "$BATS_FILE_TMPDIR/whole/$1" "$tmp/out" >&2 || ! diff "$BATS_FILE_TMPDIR/whole/$1.err" "$tmp/err" >&2; then
		echo "$1: exit status $status" >&2
		cat "$tmp/err" >&2
		return 1
	fi
}

# same [OPTION...] - so it is with all verbs
same() {
	for verb in "${verbs[@]}"; do
		answer "$verb" "$@"
		whole "$verb" || { echo "$verb $*" >&2; return 1; }
	done
}

forget() {
	local port
	for port in $(cluster_live); do
		cluster_cli "$port" config resetstat >/dev/null
	done
}

# calls PORT... - how often they were asked for what is in keys
calls() {
	cluster_calls 'scan|zcount|zrangebyscore|smembers|sismember|scard|type|ttl' "$@"
}

# mid VERB [OPTION...] - begins it; PostgreSQL has said a part, and no more is coming until go_on
mid() {
	before postgres hold 4000
	verb=$1
	background timeout --foreground 60 userstats $verb "${@:2}" >"$tmp/out" 2>"$tmp/err" </dev/null
	pid=$!
	wait_for test -e "$door.held"
}

go_on() {
	touch "$door.go"
	ended
	export PGHOST=$real_host
}

ended() {
	status=0
	wait $pid || status=$?
}

kill_node() {
	kill -9 "${cluster_pids[$1]}"
	wait "${cluster_pids[$1]}" || :
}

@test "by replicas the same bytes, and masters are asked for no key" {
	cluster
	same
	[ "$(calls "${replicas[@]}")" = 0 ]
	forget
	for verb in "${verbs[@]}"; do
		forget
		answer "$verb" --replicas
		whole "$verb"
		[ "$(calls "${masters[@]}")" = 0 ]
		[ "$(calls "${replicas[@]}")" -gt 0 ]
		# each has been told that we know what it is
		for port in "${replicas[@]}"; do
			[ "$(cluster_calls readonly "$port")" -gt 0 ] || [ "$(calls "$port")" = 0 ]
		done
	done
}

@test "a replica that is dead, or does not speak: its master is asked in its place" {
	cluster
	kill_node 3
	forget
	same --replicas
	[ "$(calls "${masters[0]}")" -gt 0 ]
	[ "$(calls "${masters[@]:1}")" = 0 ]
	kill -STOP "${cluster_pids[4]}"
	answer ghosts --replicas
	whole ghosts
	[ "$(calls "${masters[1]}")" -gt 0 ]
	[ "$(calls "${masters[2]}")" = 0 ]
}

@test "a replica that dies in mid-run, with commands before it: its master is asked" {
	cluster
	local node=3
	for verb in "torrents --all" "current --all"; do
		mid "$verb" --replicas
		kill_node $node
		go_on
		whole "$verb"
		node=$((node + 1))
	done
}

# part VERB - line by line, each cell is that of the whole, or is unset
part() {
	awk -F '\t' 'NR == FNR { whole[NR] = $0; next } { n = split(whole[FNR], cell)
		for (i = 1; i <= NF; i++) if ($i != cell[i] && $i != "-") { print; exit wrong = 1 } } END { exit wrong }' \
		"$BATS_FILE_TMPDIR/whole/$1" "$tmp/out" >&2
}

@test "a master that dies in mid-run: its replica is waited for; without one, what is missing is told" {
	cluster
	mid "torrents --all" --timeout 30
	kill_node 1
	go_on
	whole "torrents --all"
	cluster_promoted 6000 "${masters[1]}"
	same
	same --replicas
	# the last that has the slots
	mid "torrents --all" --timeout 1
	kill_node 4
	go_on
	[ "$status" = 1 ]
	says 'partial: what it knows is missing'
	[ "$(wc -l <"$tmp/out")" = 40 ]
	part "torrents --all"
	for verb in ghosts snapshot; do
		answer $verb --timeout 1
		[ "$status" = 2 ]
		[ ! -s "$tmp/out" ]
	done
	for verb in "torrents 1 2 3 4 5" "current 5 6 7" "current --all" "who 1 2 3 6"; do
		answer "$verb" --timeout 1
		[ "$status" -gt 0 ]
		[ "$status" = 2 ] || says partial
		part "$verb"
	done
}

@test "slots that move in mid-run, and one that is on its way: MOVED and ASK are followed" {
	cluster
	mid "torrents --all"
	# those that are to come are asked for where they were
	for key in $(tail -n 6 "$site/torrent" | cut -f 5); do
		slot=$(cluster_slot "$key")
		from=$(cluster_owner "$slot")
		for to in "${masters[@]}"; do
			[ "$to" = "$from" ] || break
		done
		cluster_move "$slot" "$to"
	done
	go_on
	whole "torrents --all"
	[ "$(cluster_errors MOVED "${masters[@]}")" -gt 0 ]
	cluster_wait cluster_agreed
	same
	same --replicas
	# the key of a torrent with peers
	key=$(site_cell torrent 1 5)
	slot=$(cluster_slot "$key")
	from=$(cluster_owner "$slot")
	for to in "${masters[@]}"; do
		[ "$to" = "$from" ] || break
	done
	cluster_cli "$to" cluster setslot "$slot" importing "$(cluster_cli "$from" cluster myid)"
	cluster_cli "$from" cluster setslot "$slot" migrating "$(cluster_cli "$to" cluster myid)"
	cluster_cli "$from" migrate 127.0.0.1 "$to" "$key" 0 5000
	[ "$(cluster_cli "$to" cluster countkeysinslot "$slot")" = 1 ]
	same
	[ "$(cluster_errors ASK "${masters[@]}")" -gt 0 ]
	# its replica would not say so
	forget
	same --replicas
	[ "$(cluster_errors ASK "${masters[@]}")" -gt 0 ]
}
