# packets.bash - what the tests of decode and encode share: dhtping run and judged, captures of frames; after helpers.bash
# shellcheck shell=bash disable=SC2034,SC2154 # variables here are read by the tests; $tmp is from helpers.bash
#
#	dp STATUS ARG... runs dhtping with stdout in $tmp/out, stderr in $tmp/err; its exit status must be STATUS
#	out LINE...      what stdout must be; err LINE...: stderr
#	lines N          how many stdout must have
#	capture LINK FRAME...  a pcap file of that link layer with these frames, files each, one second after the other
#	same_back FILE...  the packet in each of these files, decoded and encoded again, is the same
#	shark FIELD...   tshark's view of the packets of the DHT in $file: these fields of each

pcaps=$samples/pcap

dp() {
	local want=$1 status=0
	shift
	dhtping "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "dhtping $*: exit status $status, want $want"; cat "$tmp/err"; return 1; } >&2
}

out() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/out" >&2
}

err() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/err" >&2
}

lines() {
	[ "$(wc -l <"$tmp/out")" = "$1" ] || { echo "$(wc -l <"$tmp/out") lines, want $1" >&2; return 1; }
}

# little SIZE NUMBER... - numbers of that many bytes, little-endian
little() {
	local size=$1 number i
	for number in "${@:2}"; do
		for ((i = 0; i < size; i++)); do
			# shellcheck disable=SC2059 # the format is the byte
			printf "\\x$(printf %02x $((number >> 8 * i & 255)))"
		done
	done
}

capture() {
	local link=$1 size second=0 frame
	shift
	little 4 $((0xa1b2c3d4)) $((2 | 4 << 16)) 0 0 65535 "$link"
	for frame; do
		size=$(stat -c %s "$frame")
		little 4 $((1700000000 + second++)) 250000 "$size" "$size"
		cat "$frame"
	done
}

same_back() {
	local file
	for file; do
		if ! dhtping decode "$file" >"$tmp/lines" || ! dhtping encode "$tmp/lines" | cmp - "$file"; then
			echo "$file" >&2
			return 1
		fi
	done
}

shark() {
	local words=() field
	need tshark
	for field; do words+=(-e "$field"); done
	tshark -r "$file" -Y bt-dht -T fields "${words[@]}" 2>/dev/null
}
