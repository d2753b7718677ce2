# dhtping_told.bats - what dhtping tells its user: at a terminal, after typos, when nobody answers; what summaries count

load ../support/helpers
load ../support/dhtping

bats_require_minimum_version 1.5.0

setup_file() {
	swarm 12
	hostile silence
}

teardown_file() {
	dht_down
}

# shown COMMAND - runs it at a terminal; what that shows is in $tmp/shown
shown() {
	need script
	SHELL=/bin/sh script -qec "$1" /dev/null </dev/null | tr -d '\r' >"$tmp/shown" || true
}

hash=86d4c80024a469be4c50bc5a102cf71780310074

@test "who names nothing at a terminal is told what it waits for" {
	for verb in get-peers "announce --port 1"; do
		shown "dhtping $verb ${us[*]}"
		grep -q '^dhtping: no info hash is named: reading the terminal, ^D ends that$' "$tmp/shown"
	done
	for verb in put decode "encode --format hex"; do
		shown "dhtping $verb"
		grep -q '^dhtping: no file is named: reading the terminal, ^D ends that$' "$tmp/shown"
	done
	shown "dhtping get-peers - ${us[*]}"
	run ! grep terminal "$tmp/shown"
	dhtping decode </dev/null 2>"$tmp/err"
	[ ! -s "$tmp/err" ]
}

@test "progress: what waits for longer than a second is shown on a terminal, unless -q is given" {
	silent=$(hostile_at silence)
	for command in "ping -c 2 -i 0.1 -W 2.5 $silent $(swarm_node 1)" "sample -W 2.5 $silent" "probe -W 2.5 $silent" \
		"find-node $hash -b $silent --timeout 3" "announce --port 1 $hash -b $silent"; do
		shown "dhtping ${us[*]} $command"
		grep -qE $'\033\\[K[0-9]+ answers, [0-9.]+/s' "$tmp/shown"
		shown "dhtping ${us[*]} -q $command"
		run ! grep 'answers,' "$tmp/shown"
	done
	# of a single node each second brings a line
	shown "dhtping ${us[*]} ping -c 2 -i 0.1 -W 2.5 $silent"
	run ! grep 'answers,' "$tmp/shown"
}

@test "a verb that is none, and an info hash in a node's place: no name server is to blame" {
	dp 2 get-peer $hash
	grep -qx "dhtping: get-peer: .*, and no such verb ('dhtping --help' lists them)" "$tmp/err" || grep -q 'name server' "$tmp/err"
	grep -qx "dhtping: $hash: an info hash or an id, and no node; get-peers and find-node look it up" "$tmp/err"
	# a name of the DNS was hardly meant as a verb
	dp 2 ping -c 1 get-peer.invalid
	run ! grep verb "$tmp/err"
}

@test "nobody answers: where nothing can be sent, that is an error, and else there is a hint" {
	for verb in find-node get-peers get "announce --port 1"; do
		# from loopback there is no way to anywhere else
		# shellcheck disable=SC2086
		dp 2 $verb $hash -b 192.0.2.1:6881
		grep -qE '^dhtping: cannot send to any node: [A-Z]' "$tmp/err"
		# shellcheck disable=SC2086
		dp 9 $verb $hash -b 127.76.255.254:9
		grep -qx 'dhtping: the nodes to begin with are silent: is UDP let through? -b HOST:PORT names others' "$tmp/err"
	done
	dp 1 ping -c 1 127.76.255.254:9
	grep -qx 'dhtping: 127.76.255.254:9: port or host unreachable' "$tmp/err"
}

@test "a look-up that is cut short is counted in the summary, which comes last" {
	dhtping get-peers "${us[@]}" -n 1 "$(swarm_hash plain)" >"$tmp/both" 2>&1
	[ "$(cut -f 1 "$tmp/both" | head -n 1)" = peer ]
	tail -n 1 "$tmp/both" | grep -qE '^dhtping: [1-9][0-9]* peers? for 1 look-up( \(1 not ended\))?; [1-9][0-9]* of [1-9][0-9]* nodes? answered'
	for verb in "announce --port 7777 $(swarm_hash plain)" "put $tmp/both" "sample $(swarm_node 1)"; do
		# shellcheck disable=SC2086
		dhtping $verb "${us[@]}" >"$tmp/all" 2>&1
		[ "$(grep -n '^dhtping: ' "$tmp/all" | cut -d : -f 1)" = "$(wc -l <"$tmp/all")" ]
	done
}

@test "options that contradict one another, and times that are none" {
	for other in trace scrape; do
		dp 2 get-peers --nodes --$other "$(swarm_hash plain)"
		[ "$(head -n 1 "$tmp/err")" = "dhtping: --nodes and --$other: each prints records of its own, want one of them" ]
	done
	dp 2 get-peers --timeout 0 $hash
	grep -qx "dhtping: --timeout: '0' is no time to wait, want more" "$tmp/err"
	dp 2 ping -W 0 "$(swarm_node 1)"
	grep -qx "dhtping: --wait: '0' is no time to wait, want more" "$tmp/err"
}

@test "decode -i: why it cannot is said once" {
	run -2 --separate-stderr dhtping decode -i no-such-one
	[[ $stderr =~ ^"dhtping: cannot capture on no-such-one: " ]]
	[ "$(tr ':' '\n' <<<"$stderr" | sort | uniq -d)" = '' ]
}
