# dhtping_sample.bats - the verb sample: info hashes that nodes store, and nodes that know no samples

load ../support/helpers
load ../support/dhtping

setup_file() {
	swarm 20
}

teardown_file() {
	dht_down
}

# hex COUNT - the info hashes of the hostile nodes: bytes 0, 1, 2, ...
hex() { /usr/bin/python3 -c 'import sys; [print(bytes(range(20 * i, 20 * i + 20)).hex()) for i in range(int(sys.argv[1]))]' "$1"; }

@test "what was announced to a node is in its samples" {
	local hash node
	hash=$(random_id)
	dp 0 announce --port 7777 "$hash"
	mapfile -t nodes < <(cut -f 3 "$tmp/out")
	[ "${#nodes[@]}" = 8 ]
	dp 0 sample "${nodes[@]}"
	diff <(awk -F '\t' -v hash="$hash" '$2 == hash { print $3 }' "$tmp/out" | sort) <(printf '%s\n' "${nodes[@]}" | sort)
	# each with the node's id; libtorrent says 21600 s, and how many it has
	while IFS=$'\t' read -r _ _ node id num interval; do
		grep -q "	$id	${node%:*}	" "$swarm/nodes"
		[ "$interval" = 21600 ]
		[ "$num" -ge 1 ]
	done <"$tmp/out"
	[ "$(sort "$tmp/out" | uniq -d)" = '' ]
	[ "$(<"$tmp/err")" = "dhtping: $(wc -l <"$tmp/out") samples; 8 of 8 nodes answered" ]
}

@test "nodes as records, from stdin and from a file, give all that the swarm has" {
	dp 0 sample <"$swarm/nodes"
	diff <(swarm_hashes | sort) <(cut -f 2 "$tmp/out" | sort -u | grep -xFf <(swarm_hashes))
	cp "$tmp/out" "$tmp/first"
	dp 0 sample -f "$swarm/nodes" --target "$(random_id)"
	diff <(sort "$tmp/first") <(sort "$tmp/out")
	# its own records name nodes, too
	dp 0 sample - <"$tmp/first"
	diff <(sort "$tmp/first") <(sort "$tmp/out")
}

@test "nodes without BEP 51 are told of, each once, and the others go on" {
	hostile old-node no-samples silence error-escape
	dp 1 sample -W 3 "$(swarm_node 1)" "$(hostile_at old-node)" "$(hostile_at no-samples)" "$(hostile_at silence)" "$(hostile_at error-escape)"
	diff <(sort "$tmp/err") <(sort <<-END
		dhtping: $(hostile_at old-node): answered with error 204, 'Method Unknown': it does not know BEP 51
		dhtping: $(hostile_at no-samples): answered without samples: it does not know BEP 51
		dhtping: $(hostile_at silence): no answer (timeout)
		dhtping: $(hostile_at error-escape): answered with error 202, '\x1b]0;owned\x07\x1b[31mred\x1b[0m\r\n\x00\xc2\x9b31m\xff'
		dhtping: $(wc -l <"$tmp/out") samples; 1 of 5 nodes answered
	END
	)
	[ "$(cut -f 3 "$tmp/out" | sort -u)" = "$(swarm_node 1)" ]
	# nor are they asked again in further rounds
	dp 1 sample -c 3 "$(hostile_at old-node)" "$(hostile_at no-samples)"
	[ "$(hostile_asked old-node)" = 2 ]
	[ "$(hostile_asked no-samples)" = 2 ]
}

@test "an odd number of bytes: the whole info hashes count, and it is told" {
	hostile more-samples
	dp 1 sample "$(hostile_at more-samples)"
	diff <(hex 3) <(cut -f 2 "$tmp/out")
	grep -qx "dhtping: $(hostile_at more-samples): gave 67 bytes of samples, no multiple of 20: the rest was left out" "$tmp/err"
}

@test "-c: a node is asked again after its interval, and no info hash is printed twice" {
	hostile new-samples
	local begin=$EPOCHREALTIME
	dp 0 sample -c 3 "$(hostile_at new-samples)" "$(swarm_node 1)" -m "endpoint=$(hostile_at new-samples)" -n 3
	# two intervals of a second; the other node, with 21600, does not hold it up
	/usr/bin/python3 -c "import sys; sys.exit(not $EPOCHREALTIME - $begin >= 1.9)"
	diff <(hex 3) <(cut -f 2 "$tmp/out")
	[ "$(hostile_asked new-samples sample_infohashes)" = 3 ]
	[ "$(cut -f 5 "$tmp/out" | paste -sd ' ')" = '1 2 3' ]
}

@test "each odd number of an interval and of a count is taken or left out, and nothing waits for it" {
	hostile interval-negative interval-huge interval-most big-samples odd-samples
	dp 0 sample "$(hostile_at interval-negative)" -o num,interval
	[ "$(sort -u "$tmp/out")" = '-	-' ] || [ "$(cut -f 2 "$tmp/out" | sort -u)" = - ]
	dp 0 sample "$(hostile_at interval-huge)" "$(hostile_at interval-most)"
	dp 0 sample "$(hostile_at big-samples)"
	[ "$(wc -l <"$tmp/out")" = 3000 ]
	dp 1 sample "$(hostile_at odd-samples)"
	[ ! -s "$tmp/out" ]
}

@test "usage and names" {
	dp 2 sample --target nonsense "$(swarm_node 1)"
	grep -q -e "--target: 'nonsense' is no info hash" "$tmp/err"
	dp 1 sample 127.76.255.254:9
	grep -q '^dhtping: 127.76.255.254:9: no answer' "$tmp/err"
	dp 2 sample </dev/null
	[ "$(<"$tmp/err")" = 'dhtping: no node to ask' ]
}

@test "-c: a wait for other samples, which may take hours, is told" {
	background dhtping sample "${us[@]}" -c 2 "$(swarm_node 1)" >"$tmp/out" 2>"$tmp/err"
	wait_for grep -qx 'dhtping: waiting for the next samples of 1 node, the first in 21600 s; ^C ends that' "$tmp/err"
	# what there is by now was printed before
	[ -s "$tmp/out" ]
}
