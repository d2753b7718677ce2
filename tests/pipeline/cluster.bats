# cluster.bats - peerdump reads a Redis Cluster: what one server would give, while slots move and masters die

load ../support/helpers
load ../support/cluster
load ../support/peerdump

# cluster MASTERS REPLICAS [OPTION...] - see cluster.bash
cluster() {
	need redis-server
	cluster_up "$tmp" "$@"
}

# data TORRENTS MEMBERS - the commands that make them: torrents with so many members and one leecher each, as many users
data() {
	awk -v torrents="$1" -v members="$2" 'BEGIN {
		for (i = 1; i <= torrents; i++) {
			key = sprintf("%026dA=", i)
			printf "ZADD %s", key
			for (port = 1; port <= members; port++) printf " 1700000000 1.2.%d.%d@::@%d", i / 256, i % 256, port
			printf "\nSADD ext_%s %032d\nSADD %032d %s %026dA=\n", key, i, i, key, i + 7
		} }'
}

# swarm KEY MEMBERS - one that is read in parts
swarm() {
	awk -v key="$1" -v members="$2" 'BEGIN {
		for (port = 1; port <= members; port++) printf (port % 500 == 1 ? "\nZADD " key : "") " 1700000000 9.9.9.9@::@" port }'
	echo
}

# fill - says the commands on stdin to every master, which each takes what is its own
fill() {
	cat >"$tmp/commands"
	local node
	for node in "${cluster_ports[@]:0:3}"; do
		redis-cli -p "$node" <"$tmp/commands" >/dev/null 2>&1
	done
}

# complete TORRENTS MEMBERS SWARM... - $tmp/out has each peer of data and of swarms (as many members each) exactly once
complete() {
	local torrents=$1 members=$2 size
	shift 2
	{
		awk -v torrents="$torrents" -v members="$members" 'BEGIN {
			for (i = 1; i <= torrents; i++) for (port = 1; port <= members; port++) printf "1.2.%d.%d %d\n", i / 256, i % 256, port }'
		for size; do seq -f '9.9.9.9 %.0f' "$size"; done
	} | LC_ALL=C sort >"$tmp/want"
	cut -f 3,5 "$tmp/out" | tr '\t' ' ' | LC_ALL=C sort | diff "$tmp/want" - >"$tmp/diff" || {
		echo "lost: $(grep -c '^<' "$tmp/diff"), too much: $(grep -c '^>' "$tmp/diff")"
		head -n 5 "$tmp/diff"
		cat "$tmp/err"
		return 1
	} >&2
}

# alike - sorted, and without the seconds that pass between two runs
alike() {
	sed 's/[0-9]* s ago/S ago/' | LC_ALL=C sort
}

# other_than PORT - the first master that has another one
other_than() {
	local node
	for node in "${cluster_ports[@]:0:3}"; do
		[ "$node" = "$1" ] || { echo "$node"; return; }
	done
}

@test "every verb gives what one server gives, from any node, by masters or replicas" {
	redis
	single=$sock
	cluster 3 1
	{
		data 60 5
		swarm $key 5200
		echo "ZADD to_5 1 1.2.3.4@::@1"
		echo "ZADD $hash 2 1.2.3.4@::@2"
		echo "ZADD \"$(sed 's/../\\x&/g' <<<$hash)\" 3 1.2.3.4@::@3"
		echo "SADD ext_$key $passkey short"
		echo "SET greeting hello"
		echo "SET $(key_of "$(printf '01%.0s' {1..20})") x"
		echo "SADD {tag}ged a b"
	} | fill
	redis-cli -s "$single" <"$tmp/commands" >/dev/null
	named="$hash 0000000000000000000000000000000000000000 $(printf '%026dA= ' {1..5})"
	for words in '' --leechers --users torrents "torrents $named" check "$named" "--leechers $named" "check $named"; do
		# shellcheck disable=SC2086 # several words
		peerdump $words --redis "$single" --users-db 0 2>"$tmp/err" | alike >"$tmp/want"
		[ -s "$tmp/want" ]
		sort "$tmp/err" >"$tmp/want.err"
		for options in '' --cluster --replicas; do
			# shellcheck disable=SC2086
			peerdump $words $options 2>"$tmp/err" | alike | diff "$tmp/want" - >&2
			sort "$tmp/err" | diff "$tmp/want.err" - >&2
		done
	done
	pd 0 --leechers
	cp "$tmp/out" "$tmp/all"
	for node in "${cluster_ports[@]}"; do
		REDIS_URL=redis://127.0.0.1:$node pd 0 --leechers
		diff <(sort "$tmp/all") <(sort "$tmp/out") >&2
		cluster_cli "$node" config resetstat
	done
	# by replicas: masters are asked which slots are where, no more
	pd 1 --replicas
	count 5503 out
	[ "$(cluster_calls dump "${cluster_ports[@]:0:3}")" = 0 ]
	[ "$(cluster_calls zscan "${cluster_ports[@]:0:3}")" = 0 ]
	[ "$(cluster_calls dump "${cluster_ports[@]:3}")" -gt 60 ]
	pd 1
	[ "$(cluster_calls dump "${cluster_ports[@]:0:3}")" -gt 60 ]
	# what is none, and what a cluster has not
	pd 2 --cluster --redis "$single"
	err "peerdump: unix:$single is no node of a cluster (its INFO says cluster_enabled:0), as --cluster wants it"
	pd 2 --torrents-db 3
	says err 'a cluster has database 0 only'
	REDIS_URL=$REDIS_URL/3 pd 2 torrents
	says err 'a cluster has database 0 only'
}

@test "slots that move to and fro while they are read: nothing is lost, nothing comes twice" {
	cluster 3 0
	{ data 1200 40; swarm $key 12000; } | fill
	# the large one, and some whose places in the order of SCAN are anywhere
	moving="$(cluster_slot $key) $(for i in {100..1200..100}; do cluster_slot "$(printf '%026dA=' $i)"; done)"
	stall
	drain 1500000
	for slot in $moving; do
		cluster_move "$slot" "$(other_than "$(cluster_owner "$slot")")"
	done
	drain 600000
	for slot in $moving; do
		[ $((slot % 2)) = 0 ] || cluster_move "$slot" "$(other_than "$(cluster_owner "$slot")")"
	done
	drain
	ended "$stalled" 0
	err
	complete 1200 40 12000
}

@test "a slot that is on its way all the time, and keys on either side of it" {
	cluster 3 0
	{ data 600 40; swarm $key 6000; } | fill
	slot=$(cluster_slot $key)
	from=$(cluster_owner "$slot")
	to=$(other_than "$from")
	cluster_cli "$to" cluster setslot "$slot" importing "$(cluster_cli "$from" cluster myid)"
	cluster_cli "$from" cluster setslot "$slot" migrating "$(cluster_cli "$to" cluster myid)"
	cluster_cli "$from" migrate 127.0.0.1 "$to" $key 0 5000
	[ "$(cluster_cli "$to" cluster countkeysinslot "$slot")" = 1 ]
	pd 0
	complete 600 40 6000
	pd 0 $key
	count 6000 out
	pd 0 torrents $key
	count 1 out
	pd 1 check -n 0
	# and it goes back while it is read
	stall $key
	cluster_cli "$from" cluster setslot "$slot" stable
	[ "$(cluster_cli "$to" migrate 127.0.0.1 "$from" $key 0 5000)" = OK ]
	cluster_cli "$to" cluster setslot "$slot" stable
	drain
	ended "$stalled" 0
	complete 0 0 6000
}

@test "a master that dies while it is read: its replica is, and nothing is lost, nothing comes twice" {
	cluster 3 1
	{ data 1200 40; swarm $key 12000; } | fill
	slot=$(cluster_slot $key)
	for node in "${cluster_ports[@]:0:3}"; do
		[ "$(cluster_cli "$node" wait 1 5000)" = 1 ] || [ "$(cluster_cli "$node" dbsize)" = "$(cluster_cli "$node" dbsize)" ]
	done
	wait_for replicas_have_all
	stall
	cluster_kill "$slot"
	drain 200000
	cluster_promoted "$slot" "$killed"
	drain
	ended "$stalled" 0
	complete 1200 40 12000
	says err "127.0.0.1:$killed: the connection is lost"
	has err "peerdump: 127.0.0.1:$killed: its slots are read where they are now"
}

# Is what the masters have with their replicas?
replicas_have_all() {
	local i
	for i in 0 1 2; do
		[ "$(cluster_cli "${cluster_ports[i]}" dbsize)" = "$(cluster_cli "${cluster_ports[i + 3]}" dbsize)" ] || return 1
		[ "$(cluster_cli "${cluster_ports[i]}" info replication | sed -n 's/^master_repl_offset:\([0-9]*\).*/\1/p')" -le \
			"$(cluster_cli "${cluster_ports[i + 3]}" info replication | sed -n 's/^slave_repl_offset:\([0-9]*\).*/\1/p')" ] || return 1
	done
}

@test "a replica that dies while it is read: its master is read instead; a connection that ends is made again" {
	cluster 3 1
	{ data 1200 40; swarm $key 12000; } | fill
	wait_for replicas_have_all
	stall --replicas
	kill -9 "${cluster_pids[3]}"
	drain
	ended "$stalled" 0
	complete 1200 40 12000
	says err "127.0.0.1:${cluster_ports[3]}: the connection is lost"
	says err 'its master is read instead'
	# a connection that ends, of a node that lives
	rm "$tmp/pipe"
	stall
	for node in "${cluster_ports[@]:0:3}"; do
		cluster_cli "$node" client kill type normal
	done
	drain
	ended "$stalled" 0
	complete 1200 40 12000
	[ "$(grep -c 'it is there again$' "$tmp/err")" = 3 ]
}

@test "a master that dies and has no replica: the others are read, and the error names its slots" {
	cluster 3 0 --cluster-require-full-coverage no
	data 1200 40 | fill
	stall --timeout 2
	cluster_kill 6000
	drain
	ended "$stalled" 2
	says err "127.0.0.1:$killed: the connection is lost"
	grep -qE '^peerdump: nobody serves slots 5461-10921, so that what is there is missing, after [0-9]+ of about 3600 keys, [0-9]+ peers$' "$tmp/err"
	# each peer of the others, and none twice
	for i in {1..1200}; do printf 'cluster keyslot %026dA=\n' "$i"; done | redis-cli -p "${cluster_ports[0]}" |
		awk '{ i = NR; if ($1 < 5461 || $1 > 10921) for (port = 1; port <= 40; port++) printf "1.2.%d.%d %d\n", i / 256, i % 256, port }' |
		LC_ALL=C sort >"$tmp/want"
	[ -s "$tmp/want" ]
	cut -f 3,5 "$tmp/out" | tr '\t' ' ' | LC_ALL=C sort >"$tmp/got"
	[ "$(uniq -d "$tmp/got" | wc -l)" = 0 ]
	[ "$(comm -23 "$tmp/want" "$tmp/got" | wc -l)" = 0 ]
	# and so it is when it was dead before
	pd 2 --timeout 1
	says err 'nobody serves slots 5461-10921'
	pd 2 --timeout 1 "$(printf '%026dA= ' 1 | tr -d ' ')" "$(printf '%026dA=' 2)" "$(printf '%026dA=' 3)" "$(printf '%026dA=' 4)"
}

@test "a cluster that wants a password" {
	export REDISCLI_AUTH=secret
	cluster 3 1 --requirepass secret --masterauth secret
	data 30 5 | fill
	wait_for replicas_have_all
	pd 0
	complete 30 5
	pd 0 --replicas
	complete 30 5
	# a user who may do no more than must be, and then less
	for node in "${cluster_ports[@]}"; do
		cluster_cli "$node" acl setuser least on '>hush' '~*' +scan +zcard +zrange +cluster\|slots +cluster\|nodes
	done
	export REDISCLI_AUTH=hush
	REDIS_URL=redis://least@127.0.0.1:${cluster_ports[0]} pd 0 --cluster
	complete 30 5
	says err 'TIME: NOPERM'
	count 1 err
	export REDISCLI_AUTH=secret
	for node in "${cluster_ports[@]}"; do
		cluster_cli "$node" acl setuser least -cluster\|nodes
	done
	export REDISCLI_AUTH=hush
	REDIS_URL=redis://least@127.0.0.1:${cluster_ports[0]} pd 0 --cluster
	complete 30 5
	says err 'CLUSTER NODES was refused'
	export REDISCLI_AUTH=secret
	for node in "${cluster_ports[@]}"; do
		cluster_cli "$node" acl setuser least -zrange
	done
	export REDISCLI_AUTH=hush
	REDIS_URL=redis://least@127.0.0.1:${cluster_ports[0]} pd 2 --cluster
	says err 'ZRANGE: NOPERM'
	unset REDISCLI_AUTH
	pd 2
	err "peerdump: 127.0.0.1:${cluster_ports[0]} wants a password (it is taken from \$REDISCLI_AUTH)"
	[ "$(grep -c secret "$tmp/err")" = 0 ]
}

@test "a cluster that is down: the error names slots, and nothing hangs" {
	cluster 3 0
	data 30 5 | fill
	cluster_kill 6000
	cluster_wait cluster_all cluster_state:fail cluster info
	pd 2 --timeout 1
	out
	says err 'nobody serves slots'
	pd 2 --timeout 1 torrents $key
	out
	grep -qE "^peerdump: nobody serves slots .*\b$(cluster_slot $key)\b.*, so that what is there is missing, after 0 keys, 0 torrents\$" "$tmp/err"
}
