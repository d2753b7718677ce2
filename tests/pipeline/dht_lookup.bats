# dht_lookup.bats - torrents, the DHT and Redis in one line: btinspect, dhtping and peerdump against a swarm of real nodes

load ../support/helpers
load ../support/peerdump
load ../support/dhtping

bats_require_minimum_version 1.5.0

setup_file() {
	swarm 30 --torrents 3
}

teardown_file() {
	dht_down
}

# wanted - what the swarm has, without the times: a hybrid torrent is looked up by its version 1 info hash
wanted() {
	btinspect infohash "$swarm"/files/*.torrent |
		awk -F '\t' '{ print $2 == "-" ? substr($3, 1, 40) : $2 }' | sort -u >"$tmp/hashes"
	cut -f 2-5 "$swarm/peers" | grep -Ff "$tmp/hashes" | sort
}

# Peers of the DHT are all there at the second look at the latest: a node may be slow once.
loads() {
	rcli flushall
	btinspect infohash "$swarm"/files/*.torrent | dhtping get-peers "${us[@]}" - 2>"$tmp/note" | peerdump load -q
}

@test "btinspect infohash *.torrent | dhtping get-peers - | peerdump load --dry-run" {
	redis
	all_read() {
		btinspect infohash "$swarm"/files/*.torrent | dhtping get-peers "${us[@]}" - 2>"$tmp/note" |
			peerdump load --dry-run 2>"$tmp/err"
		has err "peerdump: $(wanted | wc -l) lines read, 0 unfit; $(wanted | wc -l) peers to store in $(wc -l <"$tmp/hashes") torrents, 0 refused"
	}
	wait_for all_read || { cat "$tmp/note" "$tmp/err" >&2; return 1; }
	grep -q "peers for $(wc -l <"$tmp/hashes") look-ups; " "$tmp/note"
	is 0 rcli dbsize
}

@test "the same for real: Redis has what the DHT has" {
	redis
	same() {
		loads && diff <(wanted) <(peerdump | cut -f 2-5 | sort)
	}
	wait_for same || { same >&2; return 1; }
	# and back: each of them is in the DHT
	peerdump | dhtping get-peers -q "${us[@]}" - | cut -f 2-5 | sort >"$tmp/again"
	[ -s "$tmp/again" ]
	[ -z "$(comm -13 <(wanted) "$tmp/again")" ]
}

@test "find-node | ping: the nodes that were found are alive" {
	dhtping find-node -q "${us[@]}" "$(swarm_id 5)" >"$tmp/nodes"
	run --separate-stderr dhtping ping -c 1 "${us[@]}" - <"$tmp/nodes"
	[ "$status" = 0 ]
	[ "$(cut -f 4 <<<"$output" | sort)" = "$(cut -f 2 "$tmp/nodes" | sort)" ]
}
