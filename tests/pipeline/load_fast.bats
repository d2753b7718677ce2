# load_fast.bats - peerdump load --fast: whatever the server makes of RESTORE, it leaves and says what load does without it

load ../support/helpers
load ../support/peerdump
load ../support/load

# two OPTION... - two servers alike: $plain and $fast are their sockets, and $sock is that of the second
two() {
	redis --enable-debug-command yes "$@"
	plain=$sock
	redis --enable-debug-command yes "$@"
	fast=$sock
}

both() {
	redis-cli -s "$plain" "$@"
	redis-cli -s "$fast" "$@"
}

# calls COMMAND - how often the server was asked to
calls() {
	redis-cli -s "$fast" info commandstats | sed -n "s/^cmdstat_$1:calls=\([0-9]*\),.*/\1/p"
}

# alike STATUS OPTION... FILE - loads it into both, with and without --fast: what they say and what is there must be the same
alike() {
	local status=$1 database
	shift
	REDIS_URL=unix:$plain pd "$status" load "$@"
	mv "$tmp/err" "$tmp/want"
	REDIS_URL=unix:$fast pd "$status" load --fast "$@"
	# what is refused as a whole is refused by ZADD a little later
	diff <(sort "$tmp/want") <(sort "$tmp/err") >&2
	for database in 0 1; do
		diff <(sock=$plain state $database) <(sock=$fast state $database) >&2
	done
	[ "$(redis-cli -s "$plain" debug digest)" = "$(redis-cli -s "$fast" debug digest)" ]
}

@test "mixed lines, keys that come again, and keys that are there" {
	two
	for seed in 5 6; do
		both flushall
		generate $seed 20000 >"$tmp/in"
		alike 0 "$tmp/in"
		[ "$(calls restore)" -gt 0 ]
		# the same torrents with other peers, and some of those at other times
		generate $((seed + 10)) 20000 >"$tmp/in"
		alike 0 "$tmp/in"
	done
}

@test "fractions of seconds, times of any size, several alike, of which the last one counts" {
	two
	for other in 10 100 200 300; do
		awk -v OFS='\t' -v count=$other 'BEGIN {
			srand(count)
			for (i = 0; i < count; i++) {
				port = int(rand() * count / 2)
				time = int(rand() * 4) ? 1700000000 + int(rand() * 20) : int(rand() * 1e9) "." int(rand() * 1e6)
				print "peer", sprintf("%040x", count), "1.2.3.4", "-", port, time
			}
			print "peer", sprintf("%040x", count), "1.2.3.4", "-", 60000, "9007199254.740993"
			print "peer", sprintf("%040x", count), "1.2.3.4", "-", 60001, "99071992547.409931"
			print "peer", sprintf("%040x", count), "1.2.3.4", "-", 60002, "0"
			print "peer", sprintf("%040x", count), "1.2.3.4", "-", 60003, "1969-12-31T23:59:59.5Z"
		}'
	done >"$tmp/in"
	alike 0 --expire 0 "$tmp/in"
	[ "$(calls restore)" = 4 ]
	[ -z "$(calls zadd)" ]
	[ "$(sock=$fast state | grep -c ' zset never ')" -gt 250 ]
	redis-cli -s "$fast" zrange "$(key_of "$(printf %040x 10)")" 0 -1 withscores | grep -qx -e -0.5
}

@test "a torrent of more than one payload, in order or not" {
	two
	awk -v OFS='\t' -v hash=$hash 'BEGIN {
		for (i = 0; i < 20000; i++)
			print "peer", hash, "10.1." int(i / 256) "." i % 256, "-", 6881, 1700000000 + (i * 7919) % 300
	}' >"$tmp/in"
	alike 0 "$tmp/in"
	[ "$(calls restore)" = 1 ]
	[ "$(calls zadd)" = $(((20000 - 16384 + 255) / 256)) ]
	both flushall
	sort -t $'\t' -k 6n "$tmp/in" >"$tmp/sorted"
	alike 0 "$tmp/sorted"
	both flushall
	# all at the same time
	sed 's/[0-9]*$/1700000000/' "$tmp/in" | shuf --random-source="$tmp/sorted" >"$tmp/one"
	alike 0 "$tmp/one"
	# it is there, so that the payload is refused; what follows at once is newer than what was in it
	{ cat "$tmp/in"; head -n 1000 "$tmp/in" | sed 's/[0-9]*$/1700009999/'; } >"$tmp/again"
	alike 0 "$tmp/again"
	[ "$(redis-cli -s "$fast" zcount $key 1700009999 1700009999)" = 1000 ]
	alike 0 "$tmp/one"
	# and it can be searched
	[ "$(redis-cli -s "$fast" zcount $key 1700000000 1700000000)" = 20000 ]
	[ "$(redis-cli -s "$fast" eval 'return redis.call("zrem", KEYS[1], redis.call("zrange", KEYS[1], 777, 777)[1])' 1 $key)" = 1 ]
}

@test "--fast: expiry" {
	redis
	peers 3 | peerdump load -q --fast
	[ "$(rcli ttl $key)" -gt 200 ]
	[ "$(rcli ttl $key)" -le 300 ]
	[ "$(rcli info commandstats | grep -c cmdstat_expire:)" = 0 ]
	rcli flushall
	peers 3 | peerdump load -q --fast --expire 0
	[ "$(rcli ttl $key)" = -1 ]
	# one that is there gets it by EXPIRE
	peers 4 | peerdump load -q --fast --expire 2147483647
	[ "$(rcli ttl $key)" -gt 2147483000 ]
	[ "$(rcli zcard $key)" = 4 ]
	rcli flushall
	peers 4 | peerdump load -q --fast --expire 2147483647
	[ "$(rcli ttl $key)" -gt 2147483000 ]
}

@test "a server that refuses RESTORE: the same by ZADD, told once with -v" {
	two
	both acl setuser default -restore
	generate 7 5000 >"$tmp/in"
	alike 0 "$tmp/in"
	redis-cli -s "$fast" flushall
	REDIS_URL=unix:$fast pd 0 load -v --fast "$tmp/in"
	[ "$(grep -c "RESTORE: NOPERM .*; the rest goes by ZADD" "$tmp/err")" = 1 ]
	diff <(sock=$plain state) <(sock=$fast state) >&2
	two --rename-command RESTORE ''
	alike 0 "$tmp/in"
	REDIS_URL=unix:$fast pd 0 load -v --fast <(peers 2 a3d811736110e5781bcccea696762e6116c6e9c9)
	says err "RESTORE: ERR unknown command"
	# who does not say its version
	two
	both acl setuser default -info
	REDIS_URL=unix:$plain pd 0 load "$tmp/in"
	REDIS_URL=unix:$fast pd 0 load --fast "$tmp/in"
	has err 'peerdump: --fast: the server does not say which payloads it takes; all goes by ZADD'
	[ -z "$(calls restore)" ]
	[ "$(redis-cli -s "$plain" debug digest)" = "$(redis-cli -s "$fast" debug digest)" ]
}

@test "--fast: no memory, keys of somebody else, replicas: the same complaints" {
	two
	both set $key foreign
	both -n 1 set $passkey foreign
	{ peers 600; peers 2 a3d811736110e5781bcccea696762e6116c6e9c9; frame started 9; peers 300; } >"$tmp/in"
	alike 1 "$tmp/in"
	[ "$(grep -c WRONGTYPE "$tmp/err")" -gt 3 ]
	two --maxmemory 1
	for i in {10..34}; do peers 2 "${i}$(printf '0%.0s' {1..38})"; done >"$tmp/in"
	alike 1 "$tmp/in"
	says err 'OOM command not allowed'
	says err '0 peers stored in 0 torrents, 50 refused'
	both config set maxmemory 0
	alike 0 "$tmp/in"
	two --replicaof '127.0.0.1 1'
	alike 1 "$tmp/in"
	says err READONLY
}

@test "--fast: live, and a server that dies" {
	redis
	feed load --fast
	for i in 1 2 3; do
		peers $i | tail -n 1 >&7
		wait_for is $i rcli zcard $key
	done
	kill -9 "$redis_pid"
	wait "$redis_pid" || :
	peers 1 a3d811736110e5781bcccea696762e6116c6e9c9 >&7
	ended "$fed" 2
	says err "(known to be stored: 3 peers, of "
	exec 7>&-
}

@test "--fast and --dry-run do not go together" {
	pd 2 load --fast --dry-run </dev/null
	has err 'peerdump: --fast is for a server whose version is known, and --dry-run asks none'
}
