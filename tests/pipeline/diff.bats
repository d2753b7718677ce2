# diff.bats - peerdump diff: servers, RDB files and saved lines in each form against one another, and what cannot be compared

load ../support/helpers
load ../support/cluster
load ../support/peerdump

other=a3d811736110e5781bcccea696762e6116c6e9c9

# peers HASH FROM COUNT SEEN - lines of that many peers, which differ in their addresses
peers() {
	seq "$2" $(($2 + $3 - 1)) | awk -v hash="$1" -v seen="$4" -v OFS='\t' '{
		print "peer", hash, "1." int($1 / 65536) % 256 "." int($1 / 256) % 256 "." $1 % 256, $1 % 3 ? "-" : "2001:db8::" $1 % 10000, 6881, seen
	}'
}

# sorted LINE... - what stdout must be in any order (spaces for TABs)
sorted() {
	diff -u <([ $# = 0 ] || tsv "$@" | LC_ALL=C sort) <(LC_ALL=C sort "$tmp/out") >&2
}

# two - two servers at $a and $b: three torrents' peers, some only in one, one with another announce
two() {
	redis
	a=$REDIS_URL a_sock=$sock
	{ peers $hash 1 5 1700000000; peers $other 1 2 1700000000; } | peerdump load -q --expire 0
	redis
	b=$REDIS_URL
	{ peers $hash 2 4 1700000000; peers $hash 3 1 1700000009; peers "$(printf 'ff%.0s' {1..20})" 1 1 1700000001; peers $other 1 2 1700000000; } |
		peerdump load -q --expire 0
	differences=("difference removed $hash 1.0.0.1 - 6881 1700000000 -"
		"difference changed $hash 1.0.0.3 2001:db8::3 6881 1700000009 1700000000"
		"difference added ffffffffffffffffffffffffffffffffffffffff 1.0.0.1 - 6881 1700000001 -")
	summary='6 peers in both, 1 of them changed; 1 only in'
}

@test "two servers, and one with itself" {
	two
	pd 1 diff "$a" "$b"
	sorted "${differences[@]}"
	err "peerdump: $summary $a, 1 only in $b"
	pd 0 diff "$a" "$a"
	out
	err "peerdump: 7 peers in both, 0 of them changed; 0 only in $a, 0 only in $a"
	pd 1 diff "$b" "$a"
	sorted "difference added $hash 1.0.0.1 - 6881 1700000000 -" \
		"difference changed $hash 1.0.0.3 2001:db8::3 6881 1700000000 1700000009" \
		"difference removed ffffffffffffffffffffffffffffffffffffffff 1.0.0.1 - 6881 1700000001 -"
	# the one that the options and $REDIS_URL name, a socket, another database of the same server
	pd 1 diff "$a_sock" redis
	sorted "${differences[@]}"
	REDIS_URL=unix:/none pd 1 diff --redis "$a" redis "$b"
	sorted "${differences[@]}"
	pd 1 diff "$a" "$a?db=1" -o what,ipv4 -m "info_hash = $other"
	sorted 'removed 1.0.0.1' 'removed 1.0.0.2'
	# --torrents-db is for both
	pd 0 diff "$a" "$b" --torrents-db 1
	says err '0 peers in both'
}

@test "what is missing, put back; and the torrents that differ" {
	two
	pd 1 diff "$a" "$b"
	cp "$tmp/out" "$tmp/differences"
	pd 0 dump - --redis "$a" -o info_hash <"$tmp/differences"
	sort -u "$tmp/out" | diff - <(echo $hash) >&2
	grep removed "$tmp/differences" | peerdump load -q --redis "$b" --expire 0
	pd 1 diff "$a" "$b"
	sorted "${differences[@]:1}"
	# a change has the peer as it is now
	tsv "change joined $other 9.9.9.9 - 99 1700000000 - - - 1700000001" "change left $other 1.0.0.1 - 6881 1700000000 - - - 1700000001" \
		>"$tmp/changes"
	grep joined "$tmp/changes" | peerdump load -q --redis "$b" --expire 0
	pd 0 --redis "$b" -o ipv4,port -m 'ipv4 = 9.9.9.9'
	out "$(tsv '9.9.9.9 99')"
}

@test "by host and port" {
	redis_tcp
	peers $hash 1 3 1700000000 | peerdump load -q
	REDIS_URL=unix:/none pd 0 diff "127.0.0.1:$port" "redis://127.0.0.1:$port"
	says err '3 peers in both'
}

@test "a cluster and a server" {
	redis
	single=unix:$sock
	need redis-server
	cluster_up "$tmp" 3 0
	for ((i = 1; i <= 100; i++)); do
		peers "$(printf '%040x' $((i * 104729)))" "$i" 5 1700000000
	done >"$tmp/peers"
	peerdump load -q --expire 0 "$tmp/peers"
	peerdump load -q --expire 0 --redis "$single" "$tmp/peers"
	for port in "${cluster_ports[@]}"; do
		pd 0 diff "$single" "127.0.0.1:$port"
		says err '500 peers in both, 0 of them changed; 0 only in'
	done
	peers $hash 1 1 1700000000 | peerdump load -q
	pd 1 diff "$single" redis
	sorted "difference added $hash 1.0.0.1 - 6881 1700000000 -"
}

@test "saved lines in each form, in a file and on standard input" {
	two
	for form in '' -j -H '-j --time=iso' '-H -o port,seen,info_hash,ipv6,ipv4' '--time=iso -H -o +seen'; do
		# shellcheck disable=SC2086 # several options
		peerdump --redis "$a" $form >"$tmp/saved"
		pd 1 diff "$tmp/saved" "$b"
		sorted "${differences[@]}"
		err "peerdump: $summary $tmp/saved, 1 only in $b"
		pd 1 diff - "$b" <"$tmp/saved"
		sorted "${differences[@]}"
		pd 0 diff "$a" - <"$tmp/saved"
		out
		pd 0 diff "$tmp/saved" <(cat "$tmp/saved")
		out
	done
	# what does not say when is not called changed; without a type, as a table of another program may come
	peerdump --redis "$a" -H -o info_hash,ipv4,ipv6,port >"$tmp/saved"
	pd 1 diff "$tmp/saved" "$b"
	sorted "difference removed $hash 1.0.0.1 - 6881 - -" "${differences[2]}"
	says err '6 peers in both, 0 of them changed'
	# what is missing can be put back
	pd 1 diff "$a" "$b" -H -m 'what = removed' -o info_hash,ipv4,ipv6,port,seen
	peerdump load -q <"$tmp/out"
	pd 1 diff "$a" "$b" -o what
	sorted changed added
}

@test "frames, and peers of no torrent" {
	redis
	framecat "$samples/frame/demo.frames" | sed '/	stopped	/d' >"$tmp/frames"
	peerdump load -q <"$tmp/frames"
	# of each, the peers are there; their times frames do not say
	pd 0 diff "$tmp/frames" redis
	says err '0 of them changed; 0 only in'
	peerdump decode "$samples/expected/entries.raw" >"$tmp/a"
	head -n 3 "$tmp/a" >"$tmp/b"
	pd 1 diff "$tmp/a" "$tmp/b" -o what,info_hash
	[ "$(LC_ALL=C sort -u "$tmp/out")" = 'removed	-' ]
	says err 'peers in both, 0 of them changed'
}

@test "RDB files" {
	redis --dbfilename dump.rdb
	peers $hash 1 3000 1700000000 | peerdump load -q --expire 0
	rcli zadd "$key" 5 '1.2.3.4@::@7' 6 garbage >/dev/null
	rcli save
	for other in redis "$tmp/dump.rdb"; do
		pd 0 diff "$tmp/dump.rdb" "$other"
		out
		says err '3001 peers in both, 0 of them changed; 0 only in'
		says err "dump.rdb: 1 member in no known form: not compared (see check)"
	done
	peers $hash 3000 2 1700000001 | peerdump load -q --expire 0
	pd 1 diff "$tmp/dump.rdb" redis
	sorted "difference changed $hash 1.0.11.184 2001:db8::3000 6881 1700000001 1700000000" \
		"difference added $hash 1.0.11.185 - 6881 1700000001 -"
	# options of a server are for the other side
	pd 1 diff --redis "$REDIS_URL" "$tmp/dump.rdb" redis
	count 2 out
	peerdump >"$tmp/saved" 2>"$tmp/err" || :
	pd 1 diff "$tmp/dump.rdb" "$tmp/saved"
	count 2 out
	# what is cut short is no source of differences
	head -c 20000 "$tmp/dump.rdb" >"$tmp/cut.rdb"
	pd 2 diff "$tmp/cut.rdb" redis
	out
	has err "peerdump: $tmp/cut.rdb: what it holds could not be read, so that nothing is compared"
	pd 2 diff redis "$tmp/cut.rdb"
	out
}

@test "the same peer several times in one source: its latest announce counts" {
	redis
	{ peers $hash 1 3 1700000005; peers $hash 1 3 1700000009; peers $hash 1 2 1700000001; } >"$tmp/a"
	peers $hash 1 3 1700000009 >"$tmp/b"
	pd 0 diff "$tmp/a" "$tmp/b"
	out
	has err 'peerdump: 5 peers came again in the same source: of each the latest announce counts'
	pd 0 diff "$tmp/b" "$tmp/a"
	cat "$tmp/a" "$tmp/a" >"$tmp/c"
	pd 1 diff "$tmp/c" - <<<"$(tsv "peer $other 9.9.9.9 - 1 1" "peer $other 9.9.9.9 - 1 2")"
	sorted "difference removed $hash 1.0.0.1 - 6881 1700000009 -" "difference removed $hash 1.0.0.2 - 6881 1700000009 -" \
		"difference removed $hash 1.0.0.3 2001:db8::3 6881 1700000009 -" "difference added $other 9.9.9.9 - 1 2 -"
	# under two keys
	peers $hash 1 1 1700000000 | peerdump load -q
	rcli zadd $hash 1700000007 1.0.0.1@::@6881 >/dev/null
	pd 0 diff redis - <<<"$(peers $hash 1 1 1700000007)"
}

@test "bad lines are told, and the others compared" {
	peers $hash 1 3 1 >"$tmp/a"
	{ cat "$tmp/a"; tsv "peer $hash 1.2.3 - 1 1" "nonsense" "peer $hash 9.9.9.9 - - 1"; } >"$tmp/b"
	pd 1 diff "$tmp/a" "$tmp/b"
	out
	says err "$tmp/b: line 4, byte "
	says err "$tmp/b: line 5, byte "
	says err "$tmp/b: line 6, byte "
	says err ': no port'
	says err '3 peers in both, 0 of them changed; 0 only in'
	# without a single good one it is something else, such as an RDB file that comes through a pipe
	for input in "$samples/expected/entries.raw" "$tmp/b"; do
		pd 2 diff "$tmp/a" <(grep -a -v "^peer	$hash	1.0" "$input")
		out
		says err ': what it holds could not be read, so that nothing is compared'
	done
	: >"$tmp/empty"
	pd 1 diff "$tmp/a" "$tmp/empty"
	count 3 out
	pd 0 diff "$tmp/empty" /dev/null
	out
}

@test "trouble: exit status 2, and nothing is called a difference" {
	redis
	peers $hash 1 300 1 | peerdump load -q
	peerdump >"$tmp/a"
	for words in '' a 'a b c'; do
		# shellcheck disable=SC2086 # several words
		pd 2 diff $words
		says err "want two sources to compare, got "
	done
	pd 2 diff - -
	says err 'standard input can be one of the sources only'
	for bad in "$tmp/none" none "$tmp" unix:/none 127.0.0.1:1 http://x; do
		pd 2 diff "$tmp/a" "$bad"
		out
		pd 2 diff "$bad" redis
		out
	done
	says err 'unknown scheme'
	pd 2 diff "$tmp/none" redis
	err "peerdump: $tmp/none: no such file (a server is named redis, host:port, redis://... or unix:/path)"
	# one that breaks off in the midst
	peers $hash 1 6000 1 | peerdump load -q
	rcli acl setuser default -zscan >/dev/null
	for words in "$tmp/a redis" "redis $tmp/a"; do
		# shellcheck disable=SC2086
		pd 2 diff $words
		out
		says err 'ZSCAN: NOPERM'
	done
	pd 2 diff "$tmp/a" "$tmp/a" --rdb x
	status=0
	peerdump diff "$tmp/a" /dev/null >/dev/full 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
}

@test "the options of records, which change nothing of the exit status" {
	peers $hash 1 9 1 >"$tmp/a"
	{ peers $hash 3 7 2; peers $hash 10 1 2; } >"$tmp/b"
	pd 1 diff "$tmp/a" "$tmp/b" -m 'what != changed' -o what
	sorted removed removed added
	pd 1 diff "$tmp/a" "$tmp/b" -n 0
	out
	says err '7 peers in both, 7 of them changed; 2 only in'
	pd 1 diff -q "$tmp/a" "$tmp/b" --top what -o value,count
	err
	out $'changed\t7' $'removed\t2' $'added\t1'
	pd 1 diff "$tmp/a" "$tmp/b" -j -m 'what = added'
	out "{\"type\":\"difference\",\"what\":\"added\",\"info_hash\":\"$hash\",\"ipv4\":\"1.0.0.10\",\"ipv6\":null,\"port\":6881,\"seen\":2,\"old_seen\":null}"
	pd 1 diff "$tmp/a" "$tmp/b" -t -m 'ipv4 = 1.0.0.3'
	out "type       what    info_hash                                ipv4    ipv6        port seen old_seen" \
		"difference changed $hash 1.0.0.3 2001:db8::3 6881    2        1"
}

@test "large sources, and how much memory they take" {
	redis
	export PATH=$PEERUTILS_RELEASE:$PATH
	peers $hash 1 200000 1700000000 >"$tmp/a"
	peerdump load -q "$tmp/a"
	{ tail -n 199990 "$tmp/a"; peers $other 1 200000 1700000001; } >"$tmp/b"
	pd 0 diff "$tmp/a" redis
	says err '200000 peers in both, 0 of them changed'
	pd 1 diff --top what -o value,count "$tmp/b" redis
	out $'removed\t200000' $'added\t10'
	# 400,010 peers of 56 bytes, and what any run takes
	( ulimit -v 80000 && pd 1 diff -n 0 "$tmp/a" "$tmp/b" )
	says err '199990 peers in both, 0 of them changed; 10 only in'
}

@test "more peers than there is room for" {
	PATH=$PEERUTILS_RELEASE:$PATH
	awk -v hash=$hash 'BEGIN { for (i = 0; i <= 4194304; i++) print "peer\t" hash "\t1.2." int(i / 65536) ".1\t-\t" i % 65536 "\t1" }' |
		pd 2 diff - /dev/null
	out
	err 'peerdump: more than 4194304 peers: name some torrents'
}
