# krpc.bash - the part of the bench for packets of the DHT: a capture to lines and back, beside tshark and libtorrent
#
# Sourced by tests/bench/run. BENCH_PACKETS makes it smaller. tshark works on a part, and its start is not counted.
# shellcheck shell=bash disable=SC2154 # what run sets
packets=${BENCH_PACKETS:-500000}

# start COMMAND... - the median of what it takes with a capture of one packet: to start
start() { median 1 "$@" -r "$dir/one.pcap"; }

# shark_row NAME OPTION... - tshark on few packets, less its start, as if they were all
shark_row() {
	local name=$1 seconds
	shift
	seconds=$(median 1 tshark -r "$dir/few.pcap" "$@")
	seconds=$(awk -v s="$seconds" -v start="$(start tshark "$@")" -v part="$few" -v all="$packets" 'BEGIN { print (s - start) * all / part }')
	row "$name" "$seconds" "$packets" "$ours"
}

# libtorrent's own decoder through Python: no capture, no text
bdecode() {
	$python -c 'import libtorrent, sys
for line in open(sys.argv[1]):
    libtorrent.bdecode(bytes.fromhex(line))' "$1"
}

bench_krpc() {
	local ours few=$((packets / 10)) none
	tests/bench/generate krpc "$packets" >"$dir/packets.pcap"
	tests/bench/generate krpc $few >"$dir/few.pcap"
	tests/bench/generate krpc 1 >"$dir/one.pcap"
	dhtping decode "$dir/packets.pcap" >"$dir/lines"
	heading "$packets packets of the DHT, $(($(stat -c %s "$dir/packets.pcap") / packets - 58)) bytes on average, from a capture to lines (CPU)"
	ours=$(median 1 dhtping decode "$dir/packets.pcap")
	row 'dhtping decode' "$ours" "$packets"
	row 'dhtping decode -j' "$(median 1 dhtping decode -j "$dir/packets.pcap")" "$packets" "$ours"
	row 'dhtping decode --items' "$(median 1 dhtping decode --items "$dir/packets.pcap")" "$packets" "$ours"
	row 'dhtping encode' "$(median 1 dhtping encode "$dir/lines")" "$packets" "$ours"
	row 'cat' "$(median 1 cat "$dir/packets.pcap")" "$packets" "$ours"
	if command -v tshark >/dev/null; then
		shark_row 'tshark' -n
		shark_row 'tshark -T fields, 4 fields' -n -T fields -e frame.time_epoch -e ip.src -e udp.srcport -e bt-dht.bencoded.string
		shark_row 'tshark -T json' -n -T json
	else
		printf '  %-44s not installed\n' tshark
	fi
	if $python -c 'import libtorrent' 2>/dev/null; then
		dhtping decode "$dir/few.pcap" | dhtping encode --format hex >"$dir/hex"
		: >"$dir/none"
		none=$(median 1 bdecode "$dir/none")
		row 'libtorrent.bdecode through Python' "$(awk -v s="$(median 1 bdecode "$dir/hex")" -v start="$none" -v part="$few" -v all="$packets" \
			'BEGIN { print (s - start) * all / part }')" "$packets" "$ours"
	else
		printf '  %-44s not installed\n' 'libtorrent through Python'
	fi
	rm -f "$dir"/*.pcap "$dir/lines" "$dir/hex"
}
