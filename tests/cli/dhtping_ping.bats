# dhtping_ping.bats - dhtping ping against real and hostile nodes: records, statistics in ping's words, exit status, signals
# shellcheck shell=bash disable=SC2030,SC2031,SC2154 # each test is a subshell; $us, $swarm, $hostile are from dhtping.bash

load ../support/helpers
load ../support/dhtping

bats_require_minimum_version 1.5.0

setup_file() {
	swarm 3
	hostile silence triple late wrong-t wrong-port wrong-id our-id reflector error-list error-escape error-string garbage \
		empty truncated nested-lists nested-open huge-length flood escape-v odd-ip no-id
}

teardown_file() {
	dht_down
}

# ping ...: dhtping ping from our address; stdout in $tmp/out, stderr in $tmp/err
ping() {
	status=0
	dhtping ping "${us[@]}" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# A port of loopback where nobody is, as 127.76.x.y:PORT
closed_port() {
	/usr/bin/python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
print("%s:%d" % s.getsockname())' "${us[1]}"
}

# ends STATUS PID
ends() {
	local found=0
	wait "$2" || found=$?
	[ "$found" = "$1" ] || { echo "ended with $found, not $1" >&2; return 1; }
}

# cells FILE N...: these columns of the records
cells() {
	local file=$1
	shift
	cut -f "$(IFS=, && echo "$*")" "$file" | tr '\t' ' '
}

@test "a pong for each answer, and ping's statistics on stderr" {
	local node
	node=$(swarm_node 1)
	ping -c 3 -i 0.05 "$node"
	[ "$status" = 0 ]
	[ "$(cells "$tmp/out" 1 2 3 4 6 7 9 10 11)" = "\
pong 1 $node $(swarm_id 1) LT 2.0.8 exempt reply - -
pong 2 $node $(swarm_id 1) LT 2.0.8 exempt reply - -
pong 3 $node $(swarm_id 1) LT 2.0.8 exempt reply - -" ]
	# the address that the node saw is ours
	[ "$(cells "$tmp/out" 8 | sort -u | cut -d : -f 1)" = "${us[1]}" ]
	sed -E 's/time [0-9]+ms/time Tms/; s|= [0-9]+\.[0-9]{3}(/[0-9]+\.[0-9]{3}){3} ms|= a/b/c/d ms|' "$tmp/err" | diff - <(cat <<-END

		--- $node dht ping statistics ---
		3 packets transmitted, 3 received, 0% packet loss, time Tms
		rtt min/avg/max/mdev = a/b/c/d ms
	END
	)
}

@test "min, avg, max and mdev are those of the lines" {
	ping -c 20 -i 0.01 "$(swarm_node 1)"
	[ "$status" = 0 ]
	cut -f 5 "$tmp/out" | awk '{ sum += $1; squares += $1 * $1; if (NR == 1 || $1 < min) min = $1; if ($1 > max) max = $1 }
		END { printf "%.3f %.3f %.3f %.3f\n", min, sum / NR, max, sqrt(squares / NR - (sum / NR) ^ 2) }' >"$tmp/expected"
	sed -nE 's|^rtt min/avg/max/mdev = ([^/]*)/([^/]*)/([^/]*)/([^ ]*) ms$|\1 \2 \3 \4|p' "$tmp/err" >"$tmp/found"
	# the last digit may be rounded otherwise
	paste -d ' ' "$tmp/expected" "$tmp/found" |
		awk '{ for (i = 1; i <= 4; i++) { d = $i - $(i + 4); if (d > 0.0011 || d < -0.0011) exit 1 } } NF != 8 { exit 1 }'
}

@test "-q: no lines, but statistics" {
	ping -q -c 2 -i 0.01 "$(swarm_node 1)"
	[ "$status" = 0 ]
	[ ! -s "$tmp/out" ]
	grep -q '^2 packets transmitted, 2 received, 0% packet loss, time ' "$tmp/err"
	grep -q '^rtt min/avg/max/mdev = ' "$tmp/err"
}

@test "ping is the verb without a name; JSON has every column" {
	dhtping -j -c 1 "${us[@]}" "$(swarm_node 2)" >"$tmp/out" 2>/dev/null
	/usr/bin/python3 -c 'import json, sys
line, = [json.loads(line) for line in open(sys.argv[1])]
assert list(line) == ["type", "seq", "endpoint", "node_id", "rtt_ms", "client", "bep42", "external", "status", "detail", "time"]
assert line["type"] == "pong" and line["seq"] == 1 and line["rtt_ms"] > 0 and line["detail"] is None and line["time"] is None' "$tmp/out"
}

@test "-D: the time of the answer; -n: enough after so many" {
	local before
	before=$(date +%s)
	ping -D -n 2 -i 0.01 "$(swarm_node 1)"
	[ "$status" = 0 ]
	[ "$(wc -l <"$tmp/out")" = 2 ]
	awk -F '\t' -v before="$before" '$11 < before { exit 1 }' "$tmp/out"
}

@test "a closed port: refused, which -O shows; no answer is 1" {
	local nobody
	nobody=$(closed_port)
	ping -c 2 -i 0.01 -W 10 "$nobody"
	[ "$status" = 1 ]
	[ ! -s "$tmp/out" ]
	grep -q '^2 packets transmitted, 0 received, +2 errors, 100% packet loss, time ' "$tmp/err"
	run ! grep -q rtt "$tmp/err"
	ping -O -c 2 -i 0.01 -W 10 "$nobody"
	[ "$(cells "$tmp/out" 2 3 4 5 9 10)" = "\
1 $nobody - - refused port or host unreachable
2 $nobody - - refused port or host unreachable" ]
}

@test "a silent node: timeouts, which -O shows" {
	local node
	node=$(hostile_at silence)
	ping -c 2 -i 0.01 -W 0.05 "$node"
	[ "$status" = 1 ]
	[ ! -s "$tmp/out" ]
	grep -q '^2 packets transmitted, 0 received, 100% packet loss, time ' "$tmp/err"
	ping -O -c 2 -i 0.01 -W 0.05 "$node"
	[ "$(cells "$tmp/out" 2 3 9)" = "\
1 $node timeout
2 $node timeout" ]
	# nothing else was asked of it, and as a read-only node
	[ "$(cut -f 2,3 "$hostile/silence.asked" | sort -u)" = "$(tsv 'ping 1')" ]
}

@test "three answers: one reply and two duplicates" {
	ping -c 2 -i 0.2 "$(hostile_at triple)"
	[ "$status" = 0 ]
	[ "$(cells "$tmp/out" 2 9 | head -3)" = "\
1 reply
1 duplicate
1 duplicate" ]
	grep -qE '^2 packets transmitted, 2 received, \+[234] duplicates, 0% packet loss, time ' "$tmp/err"
}

@test "an answer after the time-out is late, and no answer" {
	background env --default-signal=INT dhtping ping "${us[@]}" -W 0.1 -i 0.2 "$(hostile_at late)" >"$tmp/out" 2>"$tmp/err"
	wait_for grep -q late "$tmp/out"
	kill -INT $!
	ends 1 $!
	[ "$(cells "$tmp/out" 2 4 9 | head -1)" = "1 $(hostile_id late) late" ]
	awk -F '\t' '$5 < 2000 { exit 1 }' "$tmp/out"
	grep -q ' 0 received, 100% packet loss' "$tmp/err"
	grep -qE '^[0-9]+ more came late, after they had been given up$' "$tmp/err"
}

# What comes from elsewhere, or with another t, is none of ours; what is no KRPC is nothing.
@test "answers that are none: wrong t, wrong port, garbage, cut, nested, of impossible lengths" {
	local name
	for name in wrong-t wrong-port garbage empty truncated nested-lists nested-open huge-length; do
		ping -v -c 2 -i 0.01 -W 0.3 "$(hostile_at $name)"
		[ "$status" = 1 ] || { echo "$name: $status"; cat "$tmp/err"; false; }
		[ ! -s "$tmp/out" ]
		case $name in
		wrong-t) grep -q 'sent 2, received 2, timeouts 2, unsolicited 2$' "$tmp/err" ;;
		wrong-port) grep -q 'sent 2, received 2, timeouts 2, mismatched 2$' "$tmp/err" ;;
		*) grep -qE 'timeouts 2, garbage [0-9]+$' "$tmp/err" ;;
		esac
	done
}

@test "our own packet, or our own id, is a reflection" {
	local name
	for name in reflector our-id; do
		ping -c 2 -i 0.01 -W 10 "$(hostile_at $name)"
		[ "$status" = 1 ]
		[ "$(cells "$tmp/out" 2 9)" = "$(printf '%s\n' '1 reflected' '2 reflected')" ]
		grep -q '^2 packets transmitted, 0 received, +2 errors, 100% packet loss, time ' "$tmp/err"
	done
}

@test "errors: code and text, escaped; an error is no answer to a ping" {
	ping -c 1 "$(hostile_at error-list)"
	[ "$status" = 1 ]
	[ "$(cells "$tmp/out" 9 10)" = "error 201 A Generic Error Ocurred" ]
	grep -q '^1 packets transmitted, 0 received, +1 errors, 100% packet loss, time ' "$tmp/err"
	ping -c 1 "$(hostile_at error-escape)"
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$tmp/out"
	grep -qF '202 \x1b]0;owned' "$tmp/out"
	ping -c 1 "$(hostile_at error-string)"
	[ "$(cells "$tmp/out" 9 10)" = "error -" ]
}

@test "another id in each answer is told; a record with an id makes another one wrong" {
	local node first
	node=$(hostile_at wrong-id)
	ping -c 2 -i 0.01 "$node"
	[ "$status" = 0 ]
	first=$(cells "$tmp/out" 4 | head -1)
	[ "$(cells "$tmp/out" 10 | tail -1)" = "its id was $first" ]
	printf 'pong\t1\t%s\t%s\n' "$node" "$first" >"$tmp/list"
	ping -c 1 -f "$tmp/list"
	[ "$status" = 1 ]
	[ "$(cells "$tmp/out" 9 10)" = "wrong_id expected $first" ]
	grep -q ', +1 errors, 100% packet loss' "$tmp/err"
}

@test "odd answers are read as far as they go: no id, an odd ip, escapes in v, a flood before ours" {
	ping -c 1 "$(hostile_at no-id)"
	[ "$(cells "$tmp/out" 4 7 9)" = "- - reply" ]
	ping -c 1 "$(hostile_at odd-ip)"
	[ "$status" = 0 ]
	[ "$(cells "$tmp/out" 8 9)" = "- reply" ]
	ping -c 1 "$(hostile_at escape-v)"
	[ "$status" = 0 ]
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$tmp/out"
	ping -c 1 -W 60 "$(hostile_at flood)"
	[ "$(cells "$tmp/out" 2 9)" = "1 reply" ]
}

@test "without -c it goes on; ^C ends it with the statistics and ping's exit status" {
	background env --default-signal=INT dhtping ping "${us[@]}" -i 0.05 "$(swarm_node 1)" >"$tmp/out" 2>"$tmp/err"
	wait_for grep -q $'^pong\t3\t' "$tmp/out"
	kill -INT $!
	ends 0 $!
	grep -qE '^[0-9]+ packets transmitted, [0-9]+ received, ' "$tmp/err"
	grep -q '^rtt min' "$tmp/err"
	background env --default-signal=INT dhtping ping "${us[@]}" -O -i 0.05 -W 0.05 "$(hostile_at silence)" >"$tmp/out" 2>"$tmp/err"
	wait_for grep -q timeout "$tmp/out"
	kill -INT $!
	ends 1 $!
	grep -qE '^[0-9]+ packets transmitted, 0 received, 100% packet loss, time ' "$tmp/err"
	# SIGTERM is no wish of the user: the shell sees it
	background dhtping ping "${us[@]}" -i 0.05 "$(swarm_node 1)" >"$tmp/out" 2>"$tmp/err"
	wait_for grep -q pong "$tmp/out"
	kill -TERM $!
	ends 143 $!
	grep -q '^rtt min' "$tmp/err"
}

@test "^\\ shows how it stands in one line, and it goes on" {
	local pid seen
	background env --default-signal=INT,QUIT dhtping ping "${us[@]}" -i 0.05 "$(swarm_node 1)" >"$tmp/out" 2>"$tmp/err"
	pid=$!
	wait_for grep -q $'^pong\t2\t' "$tmp/out"
	kill -QUIT $pid
	wait_for grep -qE '^[0-9]+/[0-9]+ packets, [0-9]+% loss, min/avg/ewma/max = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms$' "$tmp/err"
	seen=$(wc -l <"$tmp/out")
	wait_for grep -q $'^pong\t'$((seen + 2))$'\t' "$tmp/out"
	[ "$(wc -l <"$tmp/err")" = 1 ]
	kill -INT $pid
	ends 0 $pid
}

@test "-w: the end comes in any case; with -c, fewer answers by then are 1" {
	# long enough for an answer on a busy machine
	ping -w 2 -i 0.05 "$(swarm_node 1)"
	[ "$status" = 0 ]
	ping -w 0.3 -i 0.05 "$(hostile_at silence)"
	[ "$status" = 1 ]
	ping -w 0.3 -i 0.2 -c 1000 "$(swarm_node 1)"
	[ "$status" = 1 ]
	# as often as it takes: it ends with the answers, not with the deadline
	ping -w 3600 -i 0.01 -c 3 "$(swarm_node 1)"
	[ "$status" = 0 ]
	grep -q ' 3 received, ' "$tmp/err"
}

@test "-i 0: the next one when the answer has come" {
	ping -q -i 0 -c 500 "$(swarm_node 1)"
	[ "$status" = 0 ]
	grep -q '^500 packets transmitted, 500 received, 0% packet loss, time ' "$tmp/err"
	ping -O -i 0 -c 3 -W 0.02 "$(hostile_at silence)"
	[ "$(cells "$tmp/out" 2 9)" = "$(printf '%s timeout\n' 1 2 3)" ]
}

@test "fast pings of nodes elsewhere are for root only" {
	need setpriv
	[ "$(id -u)" = 0 ] || skip "not root: nobody to be instead"
	# where others may execute it
	chmod a+rx "$tmp"
	install -m 755 "$(command -v dhtping)" "$tmp/dhtping"
	run -2 setpriv --reuid 65534 --clear-groups "$tmp/dhtping" ping --bind 127.76.1.1 -c 1 -i 0.1 192.0.2.1
	[[ $output == *"--interval: 192.0.2.1: less than 0.2 s is for root only"* ]]
	run -0 setpriv --reuid 65534 --clear-groups "$tmp/dhtping" ping "${us[@]}" -c 2 -i 0.1 "$(swarm_node 1)"
}

@test "many nodes: once each without -c, 1 when some are silent, which are named; with -c a line of statistics for each" {
	local nobody
	nobody=$(closed_port)
	printf '%s\n' "$(swarm_node 1)" "$(swarm_node 2)" "$(swarm_node 3)" >"$tmp/list"
	ping -f "$tmp/list"
	[ "$status" = 0 ]
	[ "$(cells "$tmp/out" 2 3 9 | sort)" = "$(printf '1 %s reply\n' "$(swarm_node 1)" "$(swarm_node 2)" "$(swarm_node 3)" | sort)" ]
	[ "$(<"$tmp/err")" = 'dhtping: 3 of 3 nodes answered' ]
	echo "$nobody" >>"$tmp/list"
	ping -f - <"$tmp/list"
	[ "$status" = 1 ]
	[ "$(<"$tmp/err")" = "$nobody : xmt/rcv/%loss = 1/0/100%, +1 errors"$'\n''dhtping: 3 of 4 nodes answered' ]
	# several words and -c
	ping -c 2 -i 0.05 "$(swarm_node 1)" "$(swarm_node 2)"
	[ "$status" = 0 ]
	[ "$(wc -l <"$tmp/out")" = 4 ]
	for i in 1 2; do
		grep -Eq "^$(swarm_node $i) : xmt/rcv/%loss = 2/2/0%, min/avg/max = [0-9.]+/[0-9.]+/[0-9.]+$" "$tmp/err"
	done
}

@test "thousands of nodes: a pace for all, each is asked" {
	/usr/bin/python3 -c 'for i in range(3000): print("127.76.%d.%d:%d" % (i % 200, 1 + i // 200, 1 + i % 9))' >"$tmp/list"
	ping -O -q --rate 0 -W 60 -f "$tmp/list"
	[ "$status" = 1 ]
	[ "$(grep -c ' : xmt/rcv/%loss = 1/0/100%, +1 errors$' "$tmp/err")" = 3000 ]
}

# Only that it is not faster: 20 at once, then 50 a second.
@test "--rate holds for all nodes together" {
	local began
	/usr/bin/python3 -c 'for i in range(70): print("127.76.77.%d:9" % (1 + i))' >"$tmp/list"
	began=$(date +%s%N)
	ping -q --rate 50 -f "$tmp/list"
	(($(date +%s%N) - began >= 900000000))
	[ "$(grep -c ' : xmt/rcv/%loss = 1/' "$tmp/err")" = 70 ]
}

@test "input: records of other tools, bare words, JSON, -o with a header; the same node once" {
	local node port
	node=$(swarm_node 1) port=$(swarm_node 1)
	port=${port##*:}
	{
		echo "$node"
		echo "  $node  "
		printf 'node\t%s\t%s\t-\t%s\t-\t-\n' "$(swarm_id 1)" "${node%:*}" "$port"
		printf 'peer\t%s\t%s\t-\t%s\t-\n' "$(swarm_id 1)" "${node%:*}" "$port"
		printf '{"type":"hop","endpoint":"%s"}\n' "$node"
		printf '#ipv4\tport\n%s\t%s\n' "${node%:*}" "$port"
	} >"$tmp/list"
	ping -f "$tmp/list"
	[ "$status" = 0 ]
	[ "$(wc -l <"$tmp/out")" = 1 ]
	# each of them alone is understood, too
	while IFS= read -r line; do
		[[ $line != '#'* ]] || continue
		[[ $line != *:* ]] || [[ $line != "${node%:*}"$'\t'* ]] || continue
		[[ $line != [0-9]*$'\t'* ]] || continue
		ping -f - <<<"$line"
		[ "$status" = 0 ] || { echo "$line"; cat "$tmp/err"; false; }
	done <"$tmp/list"
	tail -2 "$tmp/list" | ping -f -
	[ "$status" = 0 ]
	dhtping find-node "${us[@]}" -n 3 "$(swarm_id 2)" 2>/dev/null >"$tmp/found"
	ping -c 1 -f - <"$tmp/found"
	[ "$status" = 0 ]
	[ "$(cells "$tmp/out" 4 9 | sort)" = "$(cut -f 2 "$tmp/found" | sed 's/$/ reply/' | sort)" ]
}

@test "bad input is told with its line, the rest is pinged" {
	printf '%s\n' "$(swarm_node 1)" 'bad host' 'host:0' 'no-such-name.invalid' '[::1]:6881' '127.0.0.1:70000' '' \
		$'node\t-\t-\t-\t-' $'frame\tx' >"$tmp/list"
	ping -f "$tmp/list"
	[ "$status" = 1 ]
	[ "$(wc -l <"$tmp/out")" = 1 ]
	grep -q "line 2: 'bad host': expected a node as HOST:PORT$" "$tmp/err"
	grep -q "line 3: 'host:0': expected a port from 1 to 65535$" "$tmp/err"
	grep -q 'line 4: no-such-name.invalid: ' "$tmp/err"
	grep -q 'line 5: \[::1\]:6881: it is an IPv6 address, and only IPv4 is in use$' "$tmp/err"
	grep -q "line 6: '127.0.0.1:70000': expected a port" "$tmp/err"
	run ! grep -q 'line 7:' "$tmp/err"
	grep -q 'line 8: no node: it has no endpoint, and no ipv4 or ipv6 with a port$' "$tmp/err"
}

@test "what cannot be run: names, families, addresses, options" {
	ping no-such-name.invalid:1
	[ "$status" = 2 ]
	[ "$(wc -l <"$tmp/err")" = 1 ]
	ping ::1
	[ "$status" = 2 ]
	grep -q '^dhtping: ::1: it is an IPv6 address, and only IPv4 is in use$' "$tmp/err"
	ping -f /nonexistent
	[ "$status" = 2 ]
	ping -f - </dev/null
	[ "$status" = 2 ]
	grep -q 'no node to ping$' "$tmp/err"
	run -2 dhtping ping --bind 192.0.2.1 127.0.0.1
	[[ $output == *"cannot send from 192.0.2.1:0: "* ]]
	run -2 dhtping ping --bind nonsense 127.0.0.1
	run -2 dhtping ping --bind 127.0.0.1 --bind 127.0.0.2 127.0.0.1
	run -2 dhtping ping -4 --bind ::1 127.0.0.1
	run -2 dhtping ping --bind 127.0.0.1 --id xyz 127.0.0.1
	run -2 dhtping ping --bind 127.0.0.1 --id "$(swarm_id 1)" --external 192.0.2.1 127.0.0.1
	run -2 dhtping ping --bind 127.0.0.1 --external xyz 127.0.0.1
	# ourselves
	ping=$(closed_port)
	run -2 dhtping ping --bind "$ping" "$ping"
	[[ $output == *"$ping: cannot send there: it is our own address" ]]
	run -2 timeout 60 dhtping ping --bind "0.0.0.0:${ping##*:}" -i 0 "127.0.0.1:${ping##*:}"
	# from loopback there is no way to anywhere else, and the kernel says so
	ping -c 1 192.0.2.1:6881
	[ "$status" = 2 ]
	grep -q '^dhtping: 192.0.2.1:6881: cannot send there: ' "$tmp/err"
}

# A network of its own: nothing but loopback, and there a name server that is closed, or one that takes all and says nothing.
@test "without a network: an error, and soon" {
	need unshare
	unshare -nm true 2>/dev/null || skip "not allowed to make a network"
	unset DHTPING_BOOTSTRAP
	run -2 unshare -n dhtping find-node "$(swarm_id 1)"
	[[ $output == *"router.bittorrent.com: "* && $output == *"no node to begin with: the well-known ones cannot be looked up"* ]]
	run -2 unshare -n dhtping ping -c 1 203.0.113.5
	[[ $output == *"dhtping: 203.0.113.5: cannot send there: Network is unreachable"* ]]
	echo 'nameserver 127.0.0.1' >"$tmp/resolv.conf"
	cat >"$tmp/silent" <<-'END'
		import fcntl, os, socket, struct, sys
		control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x41))	# SIOCSIFFLAGS: up and running
		server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		server.bind(("127.0.0.1", 53))
		os.set_inheritable(server.fileno(), True)
		os.execvp(sys.argv[1], sys.argv[1:])
	END
	# shellcheck disable=SC2016 # the inner shell expands
	run -2 timeout 60 unshare -nm sh -c 'mount --bind "$1/resolv.conf" /etc/resolv.conf && shift && exec "$@"' - "$tmp" \
		/usr/bin/python3 "$tmp/silent" dhtping find-node "$(swarm_id 1)"
	[[ $output == *"router.bittorrent.com: no name server answered in time"* ]]
}

# A filter for system calls, as a firewall would have it for packets: sendmmsg fails with that errno.
@test "a kernel that never lets a packet out, be it for now: held, then told, and it ends" {
	cat >"$tmp/blocked" <<-'END'
		import ctypes, errno, os, platform, struct, sys
		number = {"x86_64": 307, "aarch64": 269}.get(platform.machine()) or sys.exit(77)
		code = ctypes.create_string_buffer(struct.pack("HBBI" * 4, 0x20, 0, 0, 0, 0x15, 0, 1, number,
			6, 0, 0, 0x50000 | getattr(errno, sys.argv[1]), 6, 0, 0, 0x7fff0000))
		filters = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(code)))
		libc = ctypes.CDLL(None, use_errno=True)
		if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filters, 0, 0): sys.exit(77)
		os.execvp(sys.argv[2], sys.argv[2:])
	END
	/usr/bin/python3 "$tmp/blocked" EPERM true || { [ $? = 77 ] && skip "no filter for system calls here"; }
	run -2 timeout 60 /usr/bin/python3 "$tmp/blocked" EPERM dhtping ping "${us[@]}" -v -c 3 -i 0.1 "$(hostile_at triple)"
	[[ $output == *"nothing can be sent over IPv4: Operation not permitted"* ]]
	[[ $output == *": cannot send there: Operation not permitted"* ]]
	[[ $output == *", held "* ]]
	run -2 timeout 60 /usr/bin/python3 "$tmp/blocked" ENOBUFS dhtping get-peers "${us[@]}" -b "$(hostile_at triple)" --timeout 60 \
		0123456789abcdef0123456789abcdef01234567
	[[ $output == *"nothing can be sent over IPv4: No buffer space available"* ]]
	run -1 timeout 60 /usr/bin/python3 "$tmp/blocked" EPERM dhtping sample "${us[@]}" "$(hostile_at triple)" "$(hostile_at reflector)"
	[ "$(grep -c "no answer (refused)" <<<"$output")" = 2 ]
}

@test "our id: drawn, given, or conforming with our address" {
	ping -c 1 --id 0123456789abcdef0123456789abcdef01234567 "$(hostile_at reflector)"
	[ "$(cells "$tmp/out" 4)" = 0123456789abcdef0123456789abcdef01234567 ]
	ping -c 1 --external 124.31.75.21 "$(hostile_at reflector)"
	dhtping id "$(cells "$tmp/out" 4)" 124.31.75.21 >"$tmp/id"
	[ "$(cut -f 4 "$tmp/id")" = valid ]
}

@test "IPv6, too" {
	need_ipv6
	local node
	hostile=''
	hostile triple --ipv6
	node=$(hostile_at triple)
	status=0
	dhtping ping --bind ::1 -c 1 "$node" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = 0 ]
	[ "$(cells "$tmp/out" 3 9 | head -1)" = "$node reply" ]
	[[ $(cells "$tmp/out" 8 | head -1) == "[::1]:"* ]]
}

@test "a full disk is an error; a reader that goes away ends it, answers or not" {
	status=0
	timeout 100 dhtping ping "${us[@]}" -i 0.01 "$(swarm_node 1)" >/dev/full 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	grep -q 'cannot write to standard output: No space left on device$' "$tmp/err"
	dhtping ping "${us[@]}" -i 0.01 "$(swarm_node 1)" 2>/dev/null | head -1 >"$tmp/out"
	[ "${PIPESTATUS[0]}" = 141 ]
	[ "$(wc -l <"$tmp/out")" = 1 ]
	timeout 100 dhtping ping "${us[@]}" "$(hostile_at silence)" 2>/dev/null | true
	[ "${PIPESTATUS[0]}" = 141 ]
}
