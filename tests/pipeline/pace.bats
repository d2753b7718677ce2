# pace.bats - how peerdump reads a server: by DUMP or ZRANGE, how fast, and what it says that it cost

load ../support/helpers
load ../support/peerdump

# version - that of the server
version() {
	rcli info server | sed -n 's/^redis_version:\([0-9.]*\).*/\1/p'
}

# pretend VERSION [SLOW] - from now on $REDIS_URL is one that says it is of that version, and is slow so many PINGs long
pretend() {
	background "$top/tests/support/pretend" "$tmp/pretender" "$sock" "$(version)" "$@"
	wait_for test -S "$tmp/pretender"
	export REDIS_URL=unix:$tmp/pretender
}

# variety - members and scores of every kind, in a small zset and in one with an index of its own
variety() {
	rcli eval '
	for _, size in ipairs({ 20, 400, 990 }) do
		local key = string.format("%026dA=", size)
		for i = 1, size do
			redis.call("zadd", key, 1700000000 + i / 4, string.rep(string.char(i % 256), 4) .. string.rep("\0", 16) ..
				string.char(math.floor(i / 256), i % 256))
		end
		redis.call("zadd", key, "-inf", "1.2.3.4@::@1")
		redis.call("zadd", key, "1e300", "198.51.100.7@2001:db8::7@2")
		redis.call("zadd", key, -1, "a member in no known form, which is longer than 63 bytes and so has a longer length")
	end' 0 >/dev/null
}

@test "up to 7.0 by DUMP, later by ZRANGE, with the same result" {
	redis
	[[ $(version) =~ ^[4567]\.0\. ]] || skip "a server of 7.2 or later"
	variety
	rcli config resetstat
	pd 1
	count 1416 out
	[ "$(calls dump)" = 3 ]
	[ "$(calls zrange)" = 0 ]
	LC_ALL=C sort "$tmp/out" >"$tmp/want"
	pd 0 torrents
	cp "$tmp/out" "$tmp/want.torrents"
	pretend 7.2.15
	rcli config resetstat
	pd 1
	[ "$(calls dump)" = 0 ]
	[ "$(calls zrange)" = 2 ]
	[ "$(calls zscan)" -ge 2 ]
	LC_ALL=C sort "$tmp/out" | diff "$tmp/want" - >&2
	pd 0 torrents
	diff <(LC_ALL=C sort "$tmp/want.torrents") <(LC_ALL=C sort "$tmp/out") >&2
}

@test "a user who may not DUMP, and keys that become others" {
	redis
	torrents 20 30
	swarm $key 1 700
	rcli acl setuser reader on '>secret' '~*' +@all -dump
	export REDIS_URL=unix://reader:secret@$sock
	pd 0
	count 1300 out
	err
	rcli acl setuser reader +dump
	rcli config resetstat
	pd 0
	count 1300 out
	[ "$(calls zrange)" = 0 ]
	# what DUMP gives of another type is no zset, whatever ZCARD said
	background bash -c 'while :; do
		redis-cli -s "$1" eval "redis.call(\"del\", KEYS[1]) redis.call(\"sadd\", KEYS[1], 1)" 1 "$2"
		redis-cli -s "$1" eval "redis.call(\"del\", KEYS[1]) redis.call(\"zadd\", KEYS[1], 1, \"1.2.3.4@::@1\")" 1 "$2"
	done >/dev/null' bash "$sock" $key
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		pd 0
		[ "$(grep -vc $hash "$tmp/out")" = 600 ]
	done
}

@test "--rate: so many members a second, and what it cost" {
	redis
	torrents 10 100
	began=$(date +%s%N)
	pd 0 --rate 500
	# all but those that are asked for last have been paid for by then
	[ $(($(date +%s%N) - began)) -ge 1700000000 ]
	count 1000 out
	grep -qE '^peerdump: cost: [0-9]+ commands for 1000 members in [0-9.]+ s, [0-9.]+ s CPU of the server meanwhile \(all clients together\)' "$tmp/err"
	pd 0 -q --rate 100000
	err
	pd 0 -v
	says err 'cost: '
	pd 0
	err
	# ^C does not wait for the next second
	rcli zadd $key 1 1.2.3.4@::@1
	background env --default-signal=INT timeout --foreground 100 peerdump --rate 1 >"$tmp/out" 2>"$tmp/err"
	slow=$!
	wait_for test -s "$tmp/out"
	pkill -INT -P "$slow"
	ended "$slow" 130
	says err 'interrupted'
}

@test "--max-latency: while others wait too long, nothing more is asked for" {
	redis
	torrents 1200 50
	# some of them are for the greetings
	pretend "$(version)" 6
	pd 0 --max-latency 20
	count 60000 out
	grep -qE 'for 60000 members in .*, worst PING [0-9.]+ ms, [0-9]+ pauses? of [0-9.]+ s together$' "$tmp/err"
	worst=$(sed -n 's/.*worst PING \([0-9]*\)\..*/\1/p' "$tmp/err")
	[ "$worst" -gt 20 ]
	# a server that refuses the PING, or the connection for it, is read nevertheless
	rcli acl setuser reader on '>secret' '~*' +@all -ping -info
	export REDIS_URL=unix://reader:secret@$sock
	pd 0 --max-latency 20
	count 60000 out
	says err 'for 60000 members in'
}

@test "watch does not say what each of its looks cost; a file costs no server anything" {
	redis
	torrents 3 5
	pd 0 torrents -v
	says err 'cost: '
	background env --default-signal=INT timeout --foreground 100 peerdump watch --interval 1 --rate 100000 >"$tmp/out" 2>"$tmp/err"
	watching=$!
	wait_for grep -q 'looking again' "$tmp/err"
	rcli zadd $key $(($(date +%s) + 1000)) 1.2.3.4@::@1
	wait_for grep -q joined "$tmp/out"
	pkill -INT -P "$watching"
	ended "$watching" 130
	[ "$(grep -c 'cost: ' "$tmp/err")" = 0 ]
	pd 2 --rdb "$samples/demo.rdb" --rate 5
	says err '--rate is for a server'
	pd 2 --rate 0
	says err "'0' is too small"
}
