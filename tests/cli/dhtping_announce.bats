# dhtping_announce.bats - the verb announce: libtorrent takes us for a peer, and nodes that refuse are told of

load ../support/helpers
load ../support/dhtping

setup_file() {
	swarm 40 --dual 4
}

teardown_file() {
	dht_down
}

# libtorrent takes whoever announces with a good token into its tables, ro=1 or not; and is gone as soon as it has
# ended. So all are one node, as far as can be from the info hashes here.
us+=(--id 0000000000000000000000000000000000000001)

# fresh - an info hash that no other test has
fresh() { random_id | sed 's/./e/'; }

# answers [OPTION...] - status, code and detail of the answers, counted
answers() { cut -f 5-7 "$tmp/out" | sort | uniq -c | sed 's/^ *//'; }

@test "eight nodes take an announce, and another process finds us: address and port" {
	local hash
	hash=$(fresh)
	dp 0 announce --port 7777 "$hash"
	[ "$(answers)" = $'8 reply\t-\t-' ]
	# those nearest to the info hash, and each is told with its id
	diff <(cut -f 4 "$tmp/out" | sort) <(swarm_nearest "$hash" | sort)
	[ "$(cut -f 2 "$tmp/out" | sort -u)" = "$hash" ]
	[ "$(<"$tmp/err")" = 'dhtping: announced 1 of 1 torrent; 8 of 8 nodes took it' ]
	dp 0 get-peers "$hash" -o ipv4,port
	[ "$(<"$tmp/out")" = "${us[1]}	7777" ]
}

@test "--implied-port: nodes take the port that the packet came from, whatever --port says" {
	local hash port
	hash=$(fresh)
	port=$(/usr/bin/python3 -c 'import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); s.bind((sys.argv[1], 0)); print(s.getsockname()[1])' "${us[1]}")
	us[1]+=:$port
	dp 0 announce --implied-port "$hash"
	dp 0 get-peers "$hash" -o port
	[ "$(<"$tmp/out")" = "$port" ]
	hash=$(fresh)
	dp 0 announce --implied-port --port 99 "$hash"
	dp 0 get-peers "$hash" -o port
	[ "$(<"$tmp/out")" = "$port" ]
}

@test "--seed: a seed is counted as one, and not as a downloader (BEP 33)" {
	local seed other
	seed=$(fresh) other=$(fresh)
	dp 0 announce --port 7777 --seed "$seed"
	dp 0 announce --port 7777 "$other"
	dp 0 get-peers --scrape "$seed" -o seeders,downloaders
	awk -F '\t' '{ exit !($1 > 0.9 && $1 < 1.1 && $2 == 0) }' "$tmp/out"
	dp 0 get-peers --scrape "$other" -o seeders,downloaders
	awk -F '\t' '{ exit !($1 == 0 && $2 > 0.9 && $2 < 1.1) }' "$tmp/out"
}

@test "both DHTs at once: nodes of IPv6 are told, too" {
	need_ipv6
	local hash
	hash=$(fresh)
	us+=(--bind ::1 -b "$(swarm_node 1)" -b "$(swarm_node6 1)")
	dp 0 announce --port 7777 "$hash"
	[ "$(answers)" = $'12 reply\t-\t-' ]
	[ "$(cut -f 3 "$tmp/out" | grep -c '^\[::1\]:')" = 4 ]
	dp 0 get-peers "$hash" -o ipv4,ipv6,port
	diff <(sort "$tmp/out") <(printf '%s\n' "-	::1	7777" "${us[1]}	-	7777" | sort)
}

@test "many info hashes: from arguments, from stdin, as records, each once" {
	dp 0 announce --port 7777 "$(fresh)" "magnet:?xt=urn:btih:$(fresh)"
	[ "$(cut -f 2 "$tmp/out" | sort -u | wc -l)" = 2 ]
	dp 0 announce --port 7777 - < <(cut -f 1 "$swarm/torrents" | head -n 3 | tee /dev/stdout)
	[ "$(cut -f 2 "$tmp/out" | sort -u | wc -l)" = 3 ]
	[ "$(wc -l <"$tmp/out")" = 24 ]
	dp 0 announce --port 7777 <"$swarm/peers"
	diff <(cut -f 2 "$tmp/out" | sort -u) <(cut -f 2 "$swarm/peers" | sort -u)
}

# Alone, they have nobody else's answer to hide behind.
@test "a token that is refused (203), with an error text that a terminal must not see raw" {
	hostile refuses
	dp 1 announce --port 7777 -b "$(hostile_at refuses)" "$(fresh)"
	[ "$(cut -f 5,6 "$tmp/out")" = $'error\t203' ]
	grep -q 'bad token \\x1b\]0;owned' "$tmp/out"
	[ "$(LC_ALL=C tr -d '\n\t -~' <"$tmp/out" | wc -c)" = 0 ]
	grep -q ': no node took the announce$' "$tmp/err"
}

@test "libtorrent itself refuses a token that it gave to another address (203)" {
	/usr/bin/python3 -B - "${us[1]}" "$(swarm_node 1)" "$top/tests/support" <<-'END'
		import sys
		sys.path.insert(0, sys.argv[3])
		import krpc
		host, port = sys.argv[2].rsplit(":", 1)
		node = host, int(port)
		first, second = krpc.Client(sys.argv[1]), krpc.Client("127.76.1.2")
		token = first.ask([(node, "get_peers", {"info_hash": b"x" * 20})])[0][b"r"][b"token"]
		query = [(node, "announce_peer", {"info_hash": b"x" * 20, "port": 1, "token": token})]
		assert b"r" in first.ask(query)[0]
		assert second.ask(query)[0][b"e"][0] == 203
	END
}

@test "nodes without a token are told of and not asked; silence and another id are no yes" {
	hostile no-token stores-silent stores-other
	dp 1 announce --port 7777 -b "$(hostile_at no-token)" "$(fresh)"
	[ "$(answers)" = $'1 no_token\t-\t-' ]
	[ "$(hostile_asked no-token announce_peer)" = 0 ]
	dp 1 announce --port 7777 -b "$(hostile_at stores-silent)" "$(fresh)"
	[ "$(answers)" = $'1 timeout\t-\t-' ]
	[ "$(hostile_asked stores-silent announce_peer)" = 1 ]
	dp 1 announce --port 7777 -b "$(hostile_at stores-other)" "$(fresh)"
	[ "$(answers)" = $'1 wrong_id\t-\t-' ]
	[ "$(cut -f 4 "$tmp/out")" = "$(hostile_id stores-other)" ]
	# together with nodes that take it, they do no harm
	dp 0 announce --port 7777 -b "$(hostile_at no-token)" -b "$(hostile_at stores-other)" -b "$(swarm_node 1)" "$(fresh)"
	[ "$(cut -f 5 "$tmp/out" | grep -c reply)" -ge 7 ]
}

@test "nobody answers: exit status 9" {
	dp 9 announce --port 7777 -b 127.76.255.254:9 "$(fresh)"
	[ ! -s "$tmp/out" ]
	grep -q ': no node answered$' "$tmp/err"
}

@test "usage: a port is needed, and one that there is" {
	dp 2 announce "$(fresh)"
	grep -q -e 'want --port, where this host has the torrent, or --implied-port' "$tmp/err"
	dp 2 announce --port 65536 "$(fresh)"
	grep -q -e '--port: want at most 65535' "$tmp/err"
	dp 2 announce --port 0 "$(fresh)"
	dp 2 announce --port 7777 nonsense
	[ ! -s "$tmp/out" ]
}
