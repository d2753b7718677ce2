# dht.bash - the part of the bench for the DHT: queries and replies through one socket, and pings, beside plain C
#
# Sourced by tests/bench/run. BENCH_PAIRS and BENCH_PINGS make it smaller.
# shellcheck shell=bash disable=SC2154 # what run sets
pairs=${BENCH_PAIRS:-1000000} pings=${BENCH_PINGS:-20000}

# pairs_row NAME ENGINE WINDOW - medians of several runs; the best rate too: the echo needs a core that others may want
pairs_row() {
	local name=$1 i
	shift
	for ((i = 0; i < runs; i++)); do "$dir/dht_engine" "$1" "$pairs" "$2" || exit 2; done >"$dir/pairs"
	printf '  %-44s %9.0f pairs/s %9.0f best %8.2f us CPU a pair %6d unanswered\n' "$name" "$(column 1)" \
		"$(sort -n "$dir/pairs" | tail -n 1 | cut -d ' ' -f 1)" "$(column 2)" "$(column 3)"
}

column() { cut -d ' ' -f "$1" "$dir/pairs" | sort -n | sed -n "$((runs / 2 + 1))p"; }

# The whole program, its start too, against a loop of sendto and recv; the best of all runs of each, taken in turn.
bench_ping() {
	local least least_cpu ours ours_cpu
	${CC:-cc} -O3 -D_GNU_SOURCE -o "$dir/dht_ping" tests/bench/dht_ping.c || exit 2
	heading "$pings pings back to back of a node in C: dhtping ping -q -i 0"
	read -r least least_cpu ours ours_cpu < <("$dir/dht_ping" "$pings" "$runs") || exit 2
	printf '  %-44s %9.2f us %8.2f us CPU a ping\n' dhtping "$ours" "$ours_cpu" 'plain C, the same packets' "$least" "$least_cpu"
	awk -v ours="$ours" -v least="$least" -v cpu="$ours_cpu" -v least_cpu="$least_cpu" \
		'BEGIN { printf "  %-44s %+9.2f us %+8.2f us CPU\n", "more than plain C", ours - least, cpu - least_cpu }'
}

bench_dht() {
	local window
	${CC:-cc} -O3 -D_GNU_SOURCE -Icommon -o "$dir/dht_engine" tests/bench/dht_engine.c \
		common/dht/{engine*,transactions,moments,pace,rtt}.c common/codec/{krpc*,bencode}.c common/io/{udp,sockaddr}.c \
		common/base/{address,arena,buf,clock,endpoint,error,hex,number,utf8}.c common/text/escape.c -lxxhash || exit 2
	for window in 256 1024; do
		heading "$pairs queries of 105 bytes and replies of 293 through one socket, $window in flight, the echo in another process"
		pairs_row 'the engine' engine $window
		pairs_row 'plain C that reads nothing of them' plain $window
	done
	bench_ping
}
