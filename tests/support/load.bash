# load.bash - lines for the tests of peerdump load, after peerdump.bash
# shellcheck shell=bash disable=SC2154 # $hash, $passkey are from peerdump.bash
#
#	peers N [HASH]        that many peer lines, all of one torrent, at ports from 1
#	frame EVENT [PORT [TIME [PASSKEY]]]   a frame line of the torrent
#	generate SEED LINES   random lines of all types: few torrents, users and endpoints, so that they meet

peers() {
	for ((i = 1; i <= $1; i++)); do
		printf 'peer\t%s\t1.2.3.4\t-\t%d\t17000000%02d\n' "${2:-$hash}" "$i" $((i % 100))
	done
}

frame() {
	printf 'frame\t1\t%s\t50\t%s\t%s\t1.2.3.4\t-\t%d\t0000\t%s\n' "$1" "$hash" "${4:-$passkey}" "${2:-1}" "${3:-1700000000}"
}

generate() {
	awk -v OFS='\t' -v seed="$1" -v lines="$2" '
	function pick(n) { return int(rand() * n) }
	function digits(n, from,   text) { text = ""; while (length(text) < n) text = text sprintf("%x", from++ * 7 % 16); return text }
	BEGIN {
		srand(seed)
		split("started started started completed stopped stopped", events, " ")
		for (i = 0; i < lines; i++) {
			hash = digits(40, pick(9)); user = digits(32, pick(7)); time = 1700000000 + pick(5000)
			form = pick(3)
			ipv4 = form == 1 ? "-" : "198.51.100." pick(12)
			ipv6 = form == 0 ? "-" : "2001:db8::" (1 + pick(4))
			port = 1000 + pick(5) * 9000
			kind = pick(20)
			if (kind == 0) print "leecher", hash, user
			else if (kind == 1) print "member", user, hash
			else if (kind < 5) print "peer", hash, ipv4, ipv6, port, time
			else print "frame", 1, events[1 + pick(6)], 50, hash, user, ipv4, ipv6, port, "0000", time
		}
	}'
}
