# dhtping_decode.bats - packets to lines: captures, lines of hex and base64, packets in a row, live ones, and none of these

load ../support/helpers
load ../support/dhtping
load ../support/packets

ping='d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe'
pong='d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re'

teardown_file() { dht_down; }

# udp NAME PAYLOAD... - files with IPv4 frames around them, from 203.0.113.7:6881 to 198.51.100.9:51413, without
# checksum of UDP
udp() {
	local payload size number=0
	for payload in "${@:2}"; do
		size=${#payload}
		{
			bytes "4500$(printf %04x $((size + 28)))000040003911$(printf %04x 0)cb007107c6336409"
			bytes "1ae1c8d5$(printf %04x $((size + 8)))0000"
			printf %s "$payload"
		} >"$tmp/$1.$((++number))"
	done
}

# ---- captures

@test "decode: packets of libtorrent, as lines and as JSON" {
	dp 0 decode "$pcaps/libtorrent.pcap"
	golden dhtping/libtorrent.tsv <"$tmp/out"
	err
	dp 0 decode -j "$pcaps/libtorrent.pcap"
	golden dhtping/libtorrent.json <"$tmp/out"
	dp 0 decode --items "$pcaps/libtorrent.pcap"
	golden dhtping/items.tsv <"$tmp/out"
	err
}

@test "decode: what a capture of other traffic has of the DHT" {
	dp 0 decode -v "$pcaps/bittorrent_utp.pcap"
	golden dhtping/bittorrent_utp.tsv <"$tmp/out"
	err 'dhtping: 92 packets: 3 of the DHT, 0 such that cannot be read, 89 other UDP, 0 not UDP, 0 fragments, 0 with broken headers'
	dp 0 decode -v "$pcaps/bt-http.pcapng"
	out
	err 'dhtping: 14 packets: 0 of the DHT, 0 such that cannot be read, 0 other UDP, 14 not UDP, 0 fragments, 0 with broken headers'
}

@test "decode: the same as tshark sees: endpoints, ids, t, methods, how many nodes and peers" {
	need tshark
	"$top/tests/bench/generate" krpc 400 >"$tmp/made.pcap"
	for file in "$pcaps/libtorrent.pcap" "$pcaps/bittorrent_utp.pcap" "$tmp/made.pcap"; do
		shark ip.src udp.srcport ip.dst udp.dstport bt-dht.bencoded.string | tr , '\t' | awk -F '\t' '{
			t = q = id = "-"
			for (i = 5; i < NF; i++) {
				if (id == "-" && $i == "id") id = $(i + 1)
				if ($i == "t") t = $(i + 1)
				if ($i == "q") q = $(i + 1)
			}
			print $1 ":" $2, $3 ":" $4, t, id, $(NF - 1) == "y" ? $NF : "-", $NF == "q" ? q : "-"
		}' >"$tmp/theirs"
		dp 0 decode "$file"
		awk -F '\t' '{ print $3, $4, $6, $9, $7, $7 == "q" ? $8 : "-" }' "$tmp/out" | diff "$tmp/theirs" - >&2
		[ -s "$tmp/theirs" ]
		shark bt-dht.node bt-dht.peer | awk -F '\t' '{ print split($1, a, ","), split($2, a, ",") }' >"$tmp/theirs"
		awk -F '\t' '{ print $13 + 0 + $14, $15 + 0 }' "$tmp/out" | diff "$tmp/theirs" - >&2
	done
}

@test "decode: pcap of either byte order and precision, pcapng, files and pipes give the same" {
	need editcap
	dp 0 decode "$pcaps/libtorrent.pcap"
	mv "$tmp/out" "$tmp/want"
	for form in pcap nsecpcap pcapng modpcap; do
		editcap -F $form "$pcaps/libtorrent.pcap" "$tmp/capture"
		dp 0 decode "$tmp/capture"
		cmp "$tmp/want" "$tmp/out" >&2
		dp 0 decode - <"$tmp/capture"
		cmp "$tmp/want" "$tmp/out" >&2
		# a few bytes at a time
		dd bs=7 status=none if="$tmp/capture" | dhtping decode | cmp - "$tmp/want" >&2
		err
	done
	# all numbers of the headers turned round
	/usr/bin/python3 - "$pcaps/libtorrent.pcap" >"$tmp/capture" <<-'PYTHON'
	import struct, sys
	data = open(sys.argv[1], "rb").read()
	out = sys.stdout.buffer
	out.write(struct.pack(">IHHiIII", *struct.unpack("<IHHiIII", data[:24])))
	at = 24
	while at < len(data):
	    header = struct.unpack("<IIII", data[at:at + 16])
	    out.write(struct.pack(">IIII", *header) + data[at + 16:at + 16 + header[2]])
	    at += 16 + header[2]
	PYTHON
	dp 0 decode "$tmp/capture"
	cmp "$tmp/want" "$tmp/out" >&2
}

@test "decode: times of seconds alone, before 1970, and more than fit" {
	dhtping encode --format pcap <<<"q=ping t=61 id=0123456789abcdef0123456789abcdef01234567" | tail -c +41 >"$tmp/frame"
	size=$(stat -c %s "$tmp/frame")
	for seconds in 1700000000 300000000000 9223372036854 9223372036855 9225072036854 -2; do
		# one section; an interface of raw IP whose clock ticks in seconds from there; a packet
		{
			bytes 0a0d0d0a
			little 4 28 $((0x1a2b3c4d)) 1 -1 -1 28 1 44 101 0
			little 2 9 1; little 4 0; little 2 14 8; little 8 "$seconds"; little 4 0 44
			little 4 6 $((32 + (size + 3) / 4 * 4)) 0 0 0 "$size" "$size"
			cat "$tmp/frame"; head -c $(((4 - size % 4) % 4)) /dev/zero
			little 4 $((32 + (size + 3) / 4 * 4))
		} >"$tmp/capture"
		dhtping decode -o time,t "$tmp/capture"
	done >"$tmp/out"
	out "$(tsv '1700000000 61')" "$(tsv '300000000000 61')" "$(tsv '9223372036854 61')" "$(tsv '- 61')" "$(tsv '- 61')" "$(tsv '-2 61')"
}

@test "decode: several files, one after the other; one of them missing" {
	dp 2 decode "$pcaps/libtorrent.pcap" "$tmp/none" "$pcaps/bittorrent_utp.pcap" <<<unread
	lines 16
	err "dhtping: $tmp/none: No such file or directory"
	dp 0 decode </dev/null
	out
	err
}

@test "decode: link layers, tags, options, extension headers" {
	for sample in ethernet:1 filled-up-to-60-bytes:1 qinq:1 null-little-endian:0 loop-ipv6:108 sll-vlan:113 sll2:276 options:101 authentication:101 \
		routing-destination-longer-ones:101; do
		tail -c +3 "$samples/datagram/${sample%:*}" >"$tmp/frame"
		capture "${sample#*:}" "$tmp/frame" >"$tmp/capture"
		dhtping decode -k -q -o time,src,dst,ttl,flags,size "$tmp/capture" 2>/dev/null || [ $? = 1 ]
	done >"$tmp/out"
	golden dhtping/links.tsv <"$tmp/out"
}

@test "decode: a link layer that is not known, and interfaces of several in one file" {
	printf x >"$tmp/frame"
	capture 105 "$tmp/frame" >"$tmp/capture"
	dp 1 decode "$tmp/capture" "$pcaps/libtorrent.pcap"
	lines 13
	err "dhtping: $tmp/capture: link layer 105, want Ethernet (1), loopback (0, 108), raw IP (101, 228, 229) or Linux cooked (113, 276)"
	need mergecap
	capture 101 "$tmp/frame" >"$tmp/capture"
	mergecap -F pcapng -a -w "$tmp/both" "$pcaps/libtorrent.pcap" "$tmp/capture"
	dp 1 decode "$tmp/both"
	out
	grep -q "^dhtping: $tmp/both: packet 1: an interface has a type 101 different from the type of the first interface" "$tmp/err"
}

@test "decode: what is cut, has a bad checksum or a tag is flagged" {
	udp frame "$ping"
	printf 'x' | dd of="$tmp/frame.1" bs=1 seek=26 conv=notrunc status=none
	capture 101 "$tmp/frame.1" >"$tmp/capture"
	dp 0 decode -o flags,size "$tmp/capture"
	out "$(tsv 'bad_checksum 56')"
	udp frame "$ping"
	head -c 80 "$tmp/frame.1" >"$tmp/short"
	capture 101 "$tmp/frame.1" "$tmp/short" >"$tmp/capture"
	# a frame of which so much was captured is one that ends there
	dp 1 decode -k -o flags,size,extra "$tmp/capture"
	out "$(tsv '- 56 -')" "$(tsv "cut,broken 52 $(printf %s "${ping:0:52}" | od -An -v -tx1 | tr -d ' \n')")"
	err "dhtping: $tmp/capture: packet 2, byte 52: the input ends where a value was expected (captured in part)"
}

# ---- answers

@test "decode: of an answer q is the method of its query, else what its keys tell" {
	dp 0 decode -o y,q <<-EOF
	$(printf '%s' "$ping" | od -An -v -tx1 | tr -d ' \n')
	$(printf '%s' "$pong" | od -An -v -tx1 | tr -d ' \n')
	$(printf '%s' "${pong/aa/ab}" | od -An -v -tx1 | tr -d ' \n')
	$(printf '%s' "${pong/e1:t/5:nodes0:e1:t}" | od -An -v -tx1 | tr -d ' \n')
	$(printf '%s' "d1:eli203e5:Oops!e1:t2:aa1:y1:ee" | od -An -v -tx1 | tr -d ' \n')
	$(printf '%s' "d1:eli203e5:Oops!e1:t2:zz1:y1:ee" | od -An -v -tx1 | tr -d ' \n')
	EOF
	out "$(tsv 'q ping')" "$(tsv 'r ping')" "$(tsv 'r -')" "$(tsv 'r ping')" "$(tsv 'e ping')" "$(tsv 'e -')"
	# the same t between others is another query
	udp frame "$ping" "$pong"
	capture 101 "$tmp"/frame.? >"$tmp/capture"
	dp 0 decode -o y,q "$tmp/capture"
	out "$(tsv 'q ping')" "$(tsv 'r -')"
}

@test "decode: of many queries without an answer the newest 131072 are remembered, and each of them" {
	# pings, t being their number, and then an answer to each
	awk -v count=140000 'BEGIN {
		for (i = 0; i < count; i++) printf "64313a6164323a696432303a%040d65313a71343a70696e67313a74343a%08x313a79313a7165\n", 0, i
		for (i = 0; i < count; i++) printf "64313a7264323a696432303a%040d65313a74343a%08x313a79313a7265\n", 0, i
	}' >"$tmp/hex"
	dp 0 decode -o y,q "$tmp/hex"
	uniq -c "$tmp/out" | awk '{ print $1, $2, $3 }' >"$tmp/runs"
	printf '140000 q ping\n8928 r -\n131072 r ping\n' | diff - "$tmp/runs"
}

@test "decode --items: all that the counts say, and the torrent of peers by their query" {
	"$top/tests/bench/generate" krpc 400 >"$tmp/made.pcap"
	dp 0 decode "$tmp/made.pcap"
	awk -F '\t' '{ nodes += $13; peers += $15; samples += $16 } END { print nodes, peers, samples + 0 }' "$tmp/out" >"$tmp/want"
	awk -F '\t' '$7 == "q" && $8 == "get_peers" { hash[$3 " " $4 " " $6] = $10 }
		$7 == "r" && $15 > 0 { for (i = 0; i < $15; i++) print $2, hash[$4 " " $3 " " $6] }' "$tmp/out" >"$tmp/peers"
	dp 0 decode --items "$tmp/made.pcap"
	awk -F '\t' '{ n[$5]++ } END { print n["node"] + 0, n["peer"] + 0, n["sample"] + 0 }' "$tmp/out" | diff - "$tmp/want" >&2
	awk -F '\t' '$5 == "peer" { print $2, $7 }' "$tmp/out" | diff - "$tmp/peers" >&2
	grep -q . "$tmp/peers"
}

# ---- lines, and packets one after the other

@test "decode: lines of hex and of base64, mixed, with blanks around" {
	{
		printf '%s' "$ping" | od -An -v -tx1 | tr -d ' \n'
		printf '\r\n\n  '
		printf '%s' "$pong" | base64 -w 0
		printf ' \n0x'
		printf '%s' "$ping" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F
	} >"$tmp/lines"
	dp 0 decode -o t,y,id "$tmp/lines"
	out "$(tsv '6161 q 6162636465666768696a30313233343536373839')" "$(tsv '6161 r 6d6e6f707172737475767778797a313233343536')" \
		"$(tsv '6161 q 6162636465666768696a30313233343536373839')"
	err
}

@test "decode: lines that are neither, and those around them" {
	hex=$(printf '%s' "$ping" | od -An -v -tx1 | tr -d ' \n')
	printf '%s\n' "$hex" "${hex}a" 'zz top' 'ZDE' "${hex:0:20}" 6465 "$hex" >"$tmp/lines"
	dp 1 decode -o y "$tmp/lines"
	out q - q
	err "dhtping: $tmp/lines: line 2, byte 113: 113 hexadecimal digits, want an even number" \
		"dhtping: $tmp/lines: line 3, byte 227: 'zz top' is neither hex nor base64 of a packet" \
		"dhtping: $tmp/lines: line 4, byte 234: 'ZDE' is neither hex nor base64 of a packet" \
		"dhtping: $tmp/lines: line 5, byte 10: the input ends where a digit or the ':' of a string was expected"
	dp 1 decode -k -o flags,extra,size "$tmp/lines"
	grep -qx "broken	${hex:0:20}	10" "$tmp/out"
}

@test "decode: packets one after the other, with and without line ends, as encode writes them" {
	printf '%s%s\n%s\r\n%s' "$ping" "$pong" "$ping" "$pong" >"$tmp/raw"
	dp 0 decode -o y "$tmp/raw"
	out q r q r
	dd bs=5 status=none if="$tmp/raw" | dhtping decode -o y | cmp - "$tmp/out" >&2
	cat "$samples"/krpc/*.query "$samples"/krpc/*.packet >"$tmp/raw"
	dp 0 decode "$tmp/raw"
	lines "$(find "$samples/krpc" -name '*.query' -o -name '*.packet' | wc -l)"
}

@test "decode: garbage between packets is told with its place, kept by -k, and the place is found again" {
	printf '%sgarbage, d and more%sd1:a' "$ping" "$pong" >"$tmp/raw"
	dp 1 decode -o y "$tmp/raw"
	out q r
	err "dhtping: $tmp/raw: packet 2, byte 56: found 'g' where a value (a digit, i, l or d) was expected" \
		"dhtping: $tmp/raw: packet 4, byte 126: the input ends where a value was expected"
	dp 1 decode -k "$tmp/raw"
	dhtping encode "$tmp/out" | cmp - "$tmp/raw" >&2
	head -c 200000 /dev/urandom >"$tmp/random"
	{ cat "$tmp/random"; printf '%s' "$ping"; } >"$tmp/raw"
	printf 'd1' | dd of="$tmp/raw" conv=notrunc status=none
	dhtping decode -k "$tmp/raw" 2>/dev/null | dhtping encode | cmp - "$tmp/raw" >&2
}

# ---- what cannot be read

@test "decode: a packet that looks like one of the DHT and is none: told, passed over, or kept with its bytes" {
	udp frame "$ping" 'd1:ad2:id20:abc' 'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:q' 'no packet of the DHT' "$pong"
	capture 101 "$tmp"/frame.? >"$tmp/capture"
	dp 1 decode -o y "$tmp/capture"
	out q r
	err "dhtping: $tmp/capture: packet 2, byte 9: a string of 20 bytes, but only 3 are left" \
		"dhtping: $tmp/capture: packet 3, byte 55: the input ends where a key or 'e' was expected"
	dp 1 decode -k "$tmp/capture"
	cut -f 1-4,21 "$tmp/out" >"$tmp/columns"
	diff - "$tmp/columns" >&2 <<-EOF
	$(tsv 'krpc 1700000000.250000 203.0.113.7:6881 198.51.100.9:51413 -')
	$(tsv 'krpc 1700000001.250000 203.0.113.7:6881 198.51.100.9:51413 broken')
	$(tsv 'krpc 1700000002.250000 203.0.113.7:6881 198.51.100.9:51413 broken')
	$(tsv 'krpc 1700000004.250000 203.0.113.7:6881 198.51.100.9:51413 -')
	EOF
	dhtping encode "$tmp/out" | cmp - <(for i in 1 2 3 5; do tail -c +29 "$tmp/frame.$i"; done) >&2
}

@test "decode: more than twenty complaints alike are counted" {
	for ((i = 0; i < 30; i++)); do echo 64313a; done >"$tmp/lines"
	dp 1 decode "$tmp/lines"
	[ "$(wc -l <"$tmp/err")" = 21 ]
	tail -n 1 "$tmp/err" | grep -qx 'dhtping: 10 more complaints like these (-v shows all)'
}

@test "decode: captures cut short at every place: the packets before it, and one complaint" {
	dp 0 decode "$pcaps/libtorrent.pcap"
	mv "$tmp/out" "$tmp/want"
	size=$(stat -c %s "$pcaps/libtorrent.pcap")
	for ((at = 24; at < size; at += 41)); do
		head -c $at "$pcaps/libtorrent.pcap" >"$tmp/cut"
		status=0
		dhtping decode "$tmp/cut" >"$tmp/out" 2>"$tmp/err" || status=$?
		[ $status -le 1 ]
		[ "$(wc -l <"$tmp/err")" = $status ]
		head -n "$(wc -l <"$tmp/out")" "$tmp/want" | cmp - "$tmp/out" >&2
	done
	# how libpcap words it
	grep -q "^dhtping: $tmp/cut: packet 13: truncated dump file" "$tmp/err"
	for at in 4 10 23; do
		head -c $at "$pcaps/libtorrent.pcap" >"$tmp/cut"
		dp 1 decode "$tmp/cut"
		[ "$(wc -l <"$tmp/err")" = 1 ]
	done
}

@test "decode: hostile captures end in time, with a word" {
	# a wrong magic, a header that lies, garbage, packets of 64 kB, an endless size
	printf 'not a capture at all\n' >"$tmp/a"
	{ head -c 24 "$pcaps/libtorrent.pcap"; head -c 100000 /dev/urandom; } >"$tmp/b"
	head -c 100000 /dev/urandom >"$tmp/c"
	{ head -c 24 "$pcaps/libtorrent.pcap"; bytes 00000000 00000000 ffffffff ffffffff; } >"$tmp/d"
	{ bytes 0a0d0d0a; head -c 5000 /dev/zero; } >"$tmp/e"
	{ bytes 0a0d0d0a fffffff0 4d3c2b1a; head -c 5000 /dev/urandom; } >"$tmp/f"
	head -c 3000000 /dev/zero >"$tmp/g"
	for file in a b c d e f g; do
		status=0
		timeout 20 dhtping decode "$tmp/$file" >"$tmp/out" 2>"$tmp/err" || status=$?
		[[ $status = 1 && -s $tmp/err ]] || { echo "$file: $status" >&2; cat "$tmp/err" >&2; false; }
	done
	# 20,000 deep, and the largest datagram there is
	printf 'd1:a%20000s' '' | tr ' ' l >"$tmp/deep"
	dp 1 decode "$tmp/deep"
	grep -q 'nested deeper than 32' "$tmp/err"
	{ printf 'd1:rd2:id20:abcdefghij01234567895:nodes65390:'; head -c 65390 /dev/zero; printf 'e1:t2:aa1:y1:re'; } >"$tmp/large"
	dp 0 decode -o nodes,size "$tmp/large"
	out "$(tsv "2515 $(stat -c %s "$tmp/large")")"
	od -An -v -tx1 "$tmp/large" | tr -d ' \n' >"$tmp/hex"
	dp 0 decode -o nodes,size "$tmp/hex"
	out "$(tsv "2515 $(stat -c %s "$tmp/large")")"
}

@test "decode: text of the network never steers the terminal" {
	printf 'd1:eli201e8:\033[2J\007a\200be1:t2:aa1:v4:\033c\0011:y1:ee' >"$tmp/raw"
	sed -i 's/v4:/v3:/' "$tmp/raw"
	dp 0 decode -o error,client "$tmp/raw"
	out '\x1b[2J\x07a\x80b	0x1b6301'
	printf 'd1:eli201e8:\033[2J\007a\200be1:t\0332:aa' >"$tmp/raw"
	dp 1 decode "$tmp/raw"
	! grep -q $'\033' "$tmp/err" || false
}

# ---- pipes

# live FORM - the first line comes while the pipe is open
live() {
	mkfifo "$tmp/pipe"
	background dhtping decode -o y "$tmp/pipe" >"$tmp/got"
	exec 7>"$tmp/pipe"
	cat >&7
	wait_for grep -qx "$1" "$tmp/got"
	exec 7>&-
	wait $!
}

@test "decode: packets that trickle are printed at once: capture" {
	udp frame "$ping"
	capture 101 "$tmp/frame.1" | live q
}

@test "decode: packets that trickle are printed at once: lines" {
	printf '%s\n' "$(printf '%s' "$ping" | od -An -v -tx1 | tr -d ' \n')" | live q
}

@test "decode: packets that trickle are printed at once: one after the other" {
	printf '%s' "$ping" | live q
}

@test "decode: a full disk is an error, a closed pipe is none" {
	status=0
	dhtping decode "$pcaps/libtorrent.pcap" >/dev/full 2>"$tmp/err" || status=$?
	[ $status = 2 ]
	err 'dhtping: cannot write to standard output: No space left on device'
	"$top/tests/bench/generate" krpc 20000 >"$tmp/made.pcap"
	dhtping decode "$tmp/made.pcap" 2>"$tmp/err" | head -n 1 >"$tmp/out"
	lines 1
	err
}

@test "decode: -n ends without waiting for more" {
	mkfifo "$tmp/pipe"
	exec 7<>"$tmp/pipe"
	printf '%s' "$ping$pong" >&7
	dp 0 decode -n 1 -o y "$tmp/pipe"
	out q
	exec 7>&-
}

# ---- live

# Root may have been denied it, too: containers are run so.
need_capture() {
	/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)' 2>/dev/null || skip "not allowed to capture"
}

@test "decode -i: what libtorrent's nodes say to each other, until ^C" {
	need_capture
	# in the background bash has it deaf to ^C
	background env --default-signal=INT dhtping decode -i lo --filter 'udp and net 127.77.0.0/16' >"$tmp/out" 2>"$tmp/err"
	capturing=$!
	swarm 5
	ids=$(cut -f 2 "$swarm/nodes" | tr '\n' '|')
	# those of this swarm, not of another that is there at the same time
	wait_for eval "grep -E '${ids%|}' '$tmp/out' | cut -f 8 | grep -qx announce_peer"
	kill -INT $capturing
	status=0
	wait $capturing || status=$?
	[ $status = 130 ]
	grep -q '^dhtping: stopped after [0-9]* packets$' "$tmp/err"
	! grep -qv '^dhtping: \(stopped after\|the kernel dropped\)' "$tmp/err" || false
	grep -E "${ids%|}" "$tmp/out" >"$tmp/own"
	# every method that such nodes speak, each answer with that of its query, and whole packets
	for method in get_peers announce_peer; do
		awk -F '\t' -v method=$method '$8 == method { n[$7]++ } END { exit !(n["q"] && n["r"]) }' "$tmp/own"
	done
	! cut -f 21 "$tmp/own" | grep -E 'cut|bad_checksum|broken' || false
	
	dht_down
}

@test "decode -i: what cannot be captured on" {
	need_capture
	dp 2 decode -i none0
	grep -q "^dhtping: cannot capture on none0: .*No such device exists" "$tmp/err"
	dp 2 decode -i lo --filter 'udp and and'
	grep -q "^dhtping: filter 'udp and and': .*syntax error" "$tmp/err"
	dp 2 decode -i lo "$pcaps/libtorrent.pcap"
	grep -q 'no files are read besides' "$tmp/err"
	dp 2 decode --filter udp "$pcaps/libtorrent.pcap"
	grep -q 'needs --interface' "$tmp/err"
}

@test "decode -i: without the privilege it says so" {
	need setpriv
	[ "$(id -u)" = 0 ] || skip "somebody else is root here"
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all dhtping decode -i lo 2>"$tmp/err" || status=$?
	[ $status = 2 ]
	grep -q '^dhtping: cannot capture on lo: .*permission' "$tmp/err"
}
