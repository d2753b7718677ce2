# dump.bats - peerdump dump against real servers: which peers it prints, how gently it asks, every way it can end

load ../support/helpers
load ../support/peerdump

other=a3d811736110e5781bcccea696762e6116c6e9c9
other_key=o9gRc2EQ5XgbzM6mlnYuYRbG6ck=

# add KEY SCORE HEX - a member whatever its bytes
add() {
	bytes "$3" | rcli -x zadd "$1" "$2" >/dev/null
}

# sorted LINE... - what stdout must be in any order
sorted() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@" | LC_ALL=C sort) <(LC_ALL=C sort "$tmp/out") >&2
}

# peer IPV4 PORT SEEN [HASH] - the line of a peer
peer() {
	printf 'peer\t%s\t%s\t-\t%s\t%s\n' "${4:-$hash}" "$1" "$2" "$3"
}

# whole FILE - all its lines are peers, the last one too
whole() {
	[ -s "$tmp/$1" ]
	[ "$(tail -c 1 "$tmp/$1" | od -An -tx1)" = ' 0a' ]
	[ "$(grep -cvE '^peer	[0-9a-f]{40}	1\.2\.3\.[0-9]+	-	[0-9]+	[0-9]+$' "$tmp/$1")" = 0 ]
}

# ---- which peers

@test "all of them, as the vectors have them" {
	redis
	tail -n +2 "$samples/expected/entries.tsv" | while IFS=$'\t' read -r zset _ member score _; do
		echo "zadd $zset $score \"$(sed 's/../\\x&/g' <<<"$member")\""
	done | rcli >/dev/null
	tail -n +2 "$samples/expected/entries.tsv" | tr ' ' '\t' | awk -F '\t' '{ line[$1 $3] = $5 FS $6 FS $7 FS $8 FS $9 FS $10 }
		END { for (entry in line) print line[entry] }' >"$tmp/want"
	pd 0
	err
	LC_ALL=C sort "$tmp/want" | diff - <(LC_ALL=C sort "$tmp/out") >&2
	pd 0 dump
	LC_ALL=C sort "$tmp/want" | diff - <(LC_ALL=C sort "$tmp/out") >&2
}

@test "nothing in Redis, and nothing of ours" {
	redis
	pd 0
	out
	err
	rcli set greeting hello
	rcli set '' empty
	rcli set "$(printf 'x%.0s' {1..3000})" long
	rcli zadd unknown 1 x
	rcli hset hash field value
	bytes 0a00ff09 | rcli -x set binary
	rcli eval 'redis.call("set", redis.call("get", "binary"), 1)' 0
	for option in '' --leechers; do
		# shellcheck disable=SC2086 # none or one
		pd 0 $option
		out
		err
	done
	pd 0 torrents
	out
	err
}

@test "named in every spelling, and each once" {
	redis
	swarm $key 1 2
	swarm $other_key 1 3
	for name in $hash ${hash^^} $key "$(bytes $hash | base32)" "$(bytes $hash | base32 | tr A-Z a-z)" "magnet:?xt=urn:btih:$hash" \
		"magnet:?dn=a%20b&xt=urn:btih:$(bytes $hash | base32)&tr=http%3A%2F%2Fx"; do
		pd 0 "$name"
		sorted "$(peer 1.2.3.0 1 1700000000)" "$(peer 1.2.3.0 2 1700000000)"
		err
		pd 0 torrents -o entries "$name"
		out 2
	done
	pd 0 $hash $key "magnet:?xt=urn:btih:$hash" $other
	count 5 out
	pd 0 dump $other -o port -n 1
	count 1 out
	# what is not there
	pd 0 ffffffffffffffffffffffffffffffffffffffff
	out
	err 'peerdump: 1 of 1 torrent has no peers'
	pd 0 ffffffffffffffffffffffffffffffffffffffff $hash ffffffffffffffffffffffffffffffffffffffff 0000000000000000000000000000000000000000
	count 2 out
	err 'peerdump: 2 of 3 torrents have no peers'
	pd 0 -q ffffffffffffffffffffffffffffffffffffffff
	err
	# what is no info hash is found before anything is asked
	pd 2 --redis unix:/none dump $hash nothing
	err "peerdump: 'nothing' is no info hash: want 40 hexadecimal digits, 32 characters of base32, 28 of base64 or a magnet link" \
		"peerdump: try 'peerdump --help'"
	pd 2 --redis unix:/none nothing
	err "peerdump: 'nothing' is neither a verb nor an info hash (--help lists the verbs)" "peerdump: try 'peerdump --help'"
}

@test "named by lines of other tools, and by hand" {
	redis
	swarm $key 1 1
	swarm $other_key 2 1
	swarm "$(key_of "$(printf '01%.0s' {1..20})")" 3 1
	{
		tsv "peer $hash 9.9.9.9 - 1 -" "frame 1 started 50 $other $passkey 9.9.9.9 - 1 0000 -" "leecher $hash $passkey" "member $passkey $other"
		peerdump torrents | head -n 1
		printf '#seen\tinfo_hash\n1\t%s\n' $hash
	} >"$tmp/in"
	pd 0 - <"$tmp/in"
	# the torrents verb named whichever came first
	cut -f 5 "$tmp/out" | sort | paste -sd ' ' | grep -qxE '1 2( 3)?'
	{
		echo "$(printf '01%.0s' {1..20}) with a remark"
		echo
		bytes $hash | base32
		echo $other_key
		echo "{\"type\":\"peer\",\"info_hash\":\"$hash\"}"
	} >"$tmp/in"
	pd 0 -o port - <"$tmp/in"
	sorted 1 2 3
	# words and - together, in any place
	pd 0 -o port $hash - <<<"$other"
	sorted 1 2
	pd 0 torrents -o info_hash - $hash <<<"$other"
	sorted $hash $other
	# bad lines are told, the others asked for
	printf '%s\n' "$hash" nonsense $'peer\t-\t1.2.3.4' "$other" >"$tmp/in"
	pd 1 -o port - <"$tmp/in"
	sorted 1 2
	says err "line 2, byte 41: info_hash: 'nonsense' is no info hash"
	says err 'line 3, byte 50: info_hash: not set, but it is what names a torrent'
	# nothing asked is nothing said
	pd 0 - </dev/null
	out
	err
}

@test "live: a name is answered before the next one comes" {
	redis
	swarm $key 1 1
	swarm $other_key 2 1
	mkfifo "$tmp/names"
	background timeout 100 bash -c 'exec peerdump -o port - <"$1/names" >"$1/out" 2>"$1/err"' bash "$tmp" 7>&-
	asked=$!
	exec 7>"$tmp/names"
	echo $hash >&7
	wait_for is 1 cat "$tmp/out"
	echo $other >&7
	wait_for is 2 tail -n 1 "$tmp/out"
	exec 7>&-
	ended "$asked" 0
}

@test "--since and --live, by the clock of the server" {
	redis
	now=$(rcli time | head -n 1)
	swarm $key 1 1 $((now - 100000))
	swarm $key 2 1 $((now - 1000))
	swarm $key 3 1 "$now"
	swarm $key 4 1 $((now + 1000))
	swarm $key 5 1 0
	swarm $key 6 1 -inf
	swarm $key 7 1 inf
	for row in ':1 2 3 4 5 6 7' '--live:3 4 7' '--since 300:3 4 7' '--since 30m:2 3 4 7' '--since 2d:1 2 3 4 7' \
		'--since 2d --live:3 4 7' '--since 0 --live:4 7' '--since 99999d:1 2 3 4 5 6 7'; do
		# shellcheck disable=SC2086 # several options
		pd 0 ${row%%:*} -o port
		[ "$(sort -n "$tmp/out" | paste -sd ' ')" = "${row#*:}" ] || { echo "$row:" "$(sort -n "$tmp/out" | paste -sd ' ')" >&2; return 1; }
	done
	pd 2 --since x
}

@test "--leechers and --users" {
	redis
	users=$(printf '%s\n' "$passkey" ffffffffffffffffffffffffffffffff)
	swarm $key 1 1
	for user in $users; do
		rcli sadd ext_$key "$user"
		rcli -n 1 sadd "$user" $key
	done
	rcli sadd ext_$other_key $passkey $'odd\tone'
	rcli -n 1 sadd $passkey $other_key
	pd 0 --leechers
	sorted "$(tsv "leecher $hash $passkey")" "$(tsv "leecher $hash ffffffffffffffffffffffffffffffff")" "$(tsv "leecher $other $passkey")" \
		"leecher	$other	odd\\tone"
	pd 0 --leechers $other_key
	count 2 out
	pd 0 --leechers 0000000000000000000000000000000000000000
	says err '1 of 1 torrent has no peers'
	pd 0 --users
	sorted "$(tsv "member $passkey $hash")" "$(tsv "member $passkey $other")" "$(tsv "member ffffffffffffffffffffffffffffffff $hash")"
	pd 0 --users -m info_hash=$other
	count 1 out
	rcli -n 1 sadd $passkey nohash
	pd 1 --users
	count 3 out
	err "peerdump: key $passkey: member nohash is no base64 of an info hash"
	# where both are together only what looks like a user is one
	rcli sadd $passkey $other_key
	rcli sadd greeting hello
	pd 0 --users --users-db 0
	out "$(tsv "member $passkey $other")"
	for options in '--users --live' '--users --since 5' '--leechers --live' "--users $hash"; do
		# shellcheck disable=SC2086 # several options
		pd 2 $options
		says err "try 'peerdump --help'"
	done
}

@test "members in older forms are peers, what is in none is complained about" {
	redis
	rcli zadd $key 1 '203.0.113.9@2001:db8::9@6881' 2 'aaaaaaaaaaaaaaaaaa@@@1.2.3.5@::@7' 3 'aaaaaaaaaaaaaaaaaaab:1.2.3.6:8' \
		4 garbage 5 '11.22.33.44@::@36881' 6 "$(printf 'x%.0s' {1..500})"
	swarm $key 1 1
	add $key 7 00
	add $key 8 "$(printf '00%.0s' {1..23})"
	pd 1
	sorted "$(tsv "peer $hash 203.0.113.9 2001:db8::9 6881 1")" "$(peer 1.2.3.5 7 2)" "$(peer 1.2.3.6 8 3)" "$(peer 11.22.33.44 36881 5)" \
		"$(peer 1.2.3.0 1 1700000000)"
	[ "$(grep -c "^peerdump: key $key: member .* is in no known form\$" "$tmp/err")" = 4 ]
	has err "peerdump: key $key: member garbage (7 bytes) is in no known form"
	says err "peerdump: key $key: member \\x00 (1 byte"
	# twenty of them, then a number
	rcli eval 'for i = 1, 30 do redis.call("zadd", KEYS[1], 1, "member " .. i) end' 1 $other_key
	pd 1 $other
	out
	[ "$(grep -c 'is in no known form' "$tmp/err")" = 20 ]
	has err 'peerdump: 10 more complaints like these (-v shows all)'
}

@test "keys in older forms" {
	redis
	swarm "$hash" 1 1
	rcli eval 'redis.call("zadd", ARGV[1]:gsub("..", function(c) return string.char(tonumber(c, 16)) end), 1, "1.2.3.4@::@2")' 0 "$hash"
	rcli zadd to_123 1 1.2.3.4@::@3
	swarm $key 4 1
	pd 1
	sorted "$(peer 1.2.3.0 1 1700000000)" "$(peer 1.2.3.4 2 1)" "$(peer 1.2.3.4 3 1 -)" "$(peer 1.2.3.0 4 1700000000)"
	err 'peerdump: key to_123: an older form of key, without an info hash, so that its peers have none'
	pd 0 $hash
	count 3 out
	pd 0 torrents
	count 4 out
}

@test "a key of another type is passed over" {
	redis
	rcli set $key x
	rcli sadd $other_key x
	rcli set ext_$key x
	rcli -n 1 set $passkey x
	swarm "$(key_of "$(printf '01%.0s' {1..20})")" 1 1
	for words in '' --leechers --users "$hash" torrents "torrents --memory $hash"; do
		# shellcheck disable=SC2086 # several words
		pd 0 $words
		[ "$(grep -c x "$tmp/out")" = 0 ]
		# shellcheck disable=SC2086
		pd 0 $words -v
		says err 'of another type than the tracker'
	done
	pd 0
	count 1 out
}

# ---- gently

@test "large sets are read in parts, small ones whole, and no command lists all keys" {
	redis
	swarm $key 1 6000
	torrents 300 20
	rcli eval 'for i = 1, 3000 do redis.call("sadd", KEYS[1], string.format("%032d", i)) end' 1 ext_$key
	rcli config resetstat
	background redis-cli -s "$sock" monitor >"$tmp/monitor"
	wait_for grep -q OK "$tmp/monitor"
	pd 0
	count 12000 out
	pd 0 --leechers
	count 3000 out
	pd 0 torrents
	count 301 out
	pd 1 check -n 0
	pd 0 --users
	rcli echo finished
	wait_for grep -q finished "$tmp/monitor"
	sed -n 's/^[0-9.]* \[[^]]*\] //p' "$tmp/monitor" | tr -d '"' | cut -d ' ' -f 1 | sort -u | paste -sd ' ' >"$tmp/commands"
	# nothing that writes, lists all keys or changes the server
	[ "$(tr ' ' '\n' <"$tmp/commands" | grep -vixE 'auth|client|dbsize|dump|echo|exists|info|ping|scan|scard|select|smembers|sscan|time|ttl|type|zcard|zrange|zscan')" = '' ]
	[ "$(calls keys)" = 0 ]
	[ "$(grep -cE '"(ZRANGE|DUMP)" "'"$key"'"' "$tmp/monitor")" = 0 ]
	[ "$(grep -cE '"SMEMBERS" "ext_'"$key"'"' "$tmp/monitor")" = 0 ]
	[ "$(grep '"SCAN"' "$tmp/monitor" | grep -vcE '"COUNT" "100"$')" = 0 ]
	[ "$(grep -E '"[ZS]SCAN"' "$tmp/monitor" | grep -vcE '"COUNT" "500"$')" = 0 ]
	grep -q '"ZSCAN" "'"$key" "$tmp/monitor"
	grep -q '"SSCAN" "ext_'"$key" "$tmp/monitor"
	# three verbs
	[ "$(calls dump)" = 900 ]
}

@test "a reader that stalls: the server is not asked for what nobody takes" {
	redis
	torrents 1200 50
	rcli config resetstat
	stall
	# when it asks for nothing more, or before that: then it is even less
	asked=-1
	for ((i = 0; i < 20 && $(calls dump) != asked; i++)); do
		asked=$(calls dump)
		sleep 0.1
	done
	[ "$asked" -gt 0 ]
	# what a pipe and the output buffer hold, and some 500 members on their way
	[ "$asked" -lt 400 ]
	# the server holds no answers for it: at most what one burst is
	[ "$(rcli client list | sed -n 's/.* omem=\([0-9]*\) .*/\1/p' | sort -n | tail -n 1)" -lt 200000 ]
	drain
	ended "$stalled" 0
	whole out
	count 60000 out
	[ "$(LC_ALL=C sort "$tmp/out" | uniq -d | wc -l)" = 0 ]
	err
}

@test "keys that vanish, or become others, meanwhile are no error" {
	redis
	torrents 1200 50
	swarm $key 1 20000
	stall
	rcli flushall
	drain
	ended "$stalled" 0
	err
	whole out
	[ "$(wc -l <"$tmp/out")" -lt 60000 ]
	rm "$tmp/pipe"
	torrents 1200 50
	stall
	rcli eval 'for _, key in ipairs(redis.call("keys", "*")) do redis.call("set", key, 1) end' 0
	drain
	ended "$stalled" 0
	err
	whole out
	[ "$(wc -l <"$tmp/out")" -lt 60000 ]
}

@test "a large torrent whose peers announce while it is read: none is lost, none comes twice" {
	redis
	swarm $key 1 12000
	stall $hash
	# before each part is taken, a tenth of them announces, and others come
	for ((i = 0; ; i++)); do
		rcli eval '
		for port = 1 + ARGV[1] % 10, 12000, 10 do
			redis.call("zadd", KEYS[1], 1700000001 + ARGV[1], "\001\002\003\000" .. string.rep("\0", 16) .. string.char(math.floor(port / 256), port % 256))
		end' 1 $key $i
		swarm $key $((30000 + i * 900)) 900
		head -c 60000 <&9 >"$tmp/part"
		[ -s "$tmp/part" ] || break
		cat "$tmp/part" >>"$tmp/out"
	done
	exec 9<&-
	ended "$stalled" 0
	err
	[ "$i" -gt 5 ]
	whole out
	cut -f 3,5 "$tmp/out" | LC_ALL=C sort >"$tmp/got"
	[ "$(uniq -d "$tmp/got" | wc -l)" = 0 ]
	for port in {1..12000}; do printf '1.2.3.0\t%d\n' "$port"; done | LC_ALL=C sort | comm -23 - "$tmp/got" >"$tmp/lost"
	count 0 lost
}

@test "a large torrent that shrinks while it is read: nobody is lost" {
	redis
	swarm $key 1 40000
	stall $hash
	head -c 1000000 <&9 >>"$tmp/out"
	# what made room for many makes room for few, and the order in which it is gone through begins anew
	rcli eval '
	for port = 1, 40000 do
		if port % 20 ~= 0 then
			redis.call("zrem", KEYS[1], "\001\002\003\000" .. string.rep("\0", 16) .. string.char(math.floor(port / 256), port % 256))
		end
	end' 1 $key
	drain
	ended "$stalled" 0
	err
	whole out
	cut -f 5 "$tmp/out" | LC_ALL=C sort >"$tmp/got"
	[ "$(uniq -d "$tmp/got" | wc -l)" = 0 ]
	seq 20 20 40000 | LC_ALL=C sort | comm -23 - "$tmp/got" >"$tmp/lost"
	count 0 lost
}

@test "members that the server gives twice come once" {
	command -v cc >/dev/null || skip "no compiler"
	cc -shared -fPIC -o "$tmp/seedermap.so" "$top/tests/support/seedermap.c"
	redis --loadmodule "$tmp/seedermap.so" zscan
	swarm $key 1 6000
	pd 0 -o port
	seq 900 | cmp - "$tmp/out" >&2
	pd 0 torrents -o entries
	out 900
	pd 1 check -o detail -m code=stale
	count 900 out
	pd 1 check --top code -o value,count -m code=duplicate_endpoint
	out
}

@test "a large set whose members come and go: none is lost, none comes twice" {
	redis
	rcli eval 'for i = 1, 20000 do redis.call("sadd", KEYS[1], string.format("%032d", i)) end' 1 ext_$key
	stall --leechers
	for ((i = 0; ; i++)); do
		rcli eval 'for i = 1, 3000 do redis.call("sadd", KEYS[1], string.format("%032d", 100000 + ARGV[1] * 3000 + i)) end' 1 ext_$key $i
		head -c 100000 <&9 >"$tmp/part"
		[ -s "$tmp/part" ] || break
		cat "$tmp/part" >>"$tmp/out"
	done
	exec 9<&-
	ended "$stalled" 0
	[ "$i" -gt 5 ]
	cut -f 3 "$tmp/out" | LC_ALL=C sort >"$tmp/got"
	[ "$(uniq -d "$tmp/got" | wc -l)" = 0 ]
	printf '%032d\n' {1..20000} | comm -23 - "$tmp/got" >"$tmp/lost"
	count 0 lost
}

# ---- ends

@test "a server that dies: whole lines, how far it came, exit status 2" {
	redis
	torrents 1200 50
	stall
	kill -9 "$redis_pid"
	wait "$redis_pid" || :
	drain
	ended "$stalled" 2
	whole out
	got=$(wc -l <"$tmp/out")
	[ "$got" -lt 60000 ]
	grep -qE "^peerdump: unix:$sock: .*, after $((got / 50)) of about 1200 keys, $got peers\$" "$tmp/err"
	[ "$(wc -l <"$tmp/err")" = 1 ]
}

@test "a server that hangs: the same" {
	redis
	torrents 1200 50
	stall --timeout 1
	kill -STOP "$redis_pid"
	drain
	ended "$stalled" 2
	whole out
	got=$(wc -l <"$tmp/out")
	has err "peerdump: unix:$sock: no answer within 1 s, after $((got / 50)) of about 1200 keys, $got peers"
}

@test "^C: whole lines, how far it came, the shell's 130; a second one ends it at once" {
	redis
	torrents 1200 50
	stall
	kill -INT "$(pgrep -P "$stalled")"
	drain
	ended "$stalled" 130
	whole out
	[ "$(wc -l <"$tmp/out")" -lt 60000 ]
	grep -qE '^peerdump: interrupted after [0-9]+ of about 1200 keys, [0-9]+ peers$' "$tmp/err"
	rm "$tmp/pipe"
	stall -q
	# two that come at once may be one
	wait_for eval '! pkill -INT -P "$stalled"'
	ended "$stalled" 130
	exec 9<&-
}

@test "a reader that leaves, and a full disk" {
	redis
	torrents 1200 50
	peerdump 2>"$tmp/err" | head -n 1 >"$tmp/out"
	[ "${PIPESTATUS[0]}" = 141 ]
	err
	whole out
	status=0
	peerdump >/dev/full 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	has err 'peerdump: cannot write to standard output: No space left on device'
	# what is not wanted is not asked for
	rcli config resetstat
	pd 0 -n 10
	count 10 out
	[ "$(calls dump)" -lt 100 ]
}

@test "a replica will do" {
	redis_tcp --repl-diskless-sync no
	torrents 20 10
	rcli sadd ext_$key $passkey
	rcli -n 1 sadd $passkey $key
	for words in '' --leechers --users torrents 'check --csv'; do
		# shellcheck disable=SC2086 # several words
		peerdump $words 2>"$tmp/err" | LC_ALL=C sort | sed 's/[0-9]* s ago/S/' >"$tmp/want$words" || :
	done
	redis --replicaof "127.0.0.1 $port"
	wait_for is connected bash -c 'redis-cli -s "$1" role | sed -n 4p' bash "$sock"
	for words in '' --leechers --users torrents 'check --csv'; do
		# shellcheck disable=SC2086
		peerdump $words 2>"$tmp/err" | LC_ALL=C sort | sed 's/[0-9]* s ago/S/' | diff "$tmp/want$words" - >&2
	done
	[ -s "$tmp/want" ]
}

@test "a user who may not do everything" {
	redis
	swarm $key 1 3000
	torrents 3 2
	rcli acl setuser least on '>secret' '~*' +scan +zcard +zrange +zscan
	export REDIS_URL=unix://least:secret@$sock
	pd 0
	count 3006 out
	says err 'TIME: NOPERM'
	pd 0 -q $key
	count 3000 out
	err
	for command in scan zcard zrange zscan; do
		rcli acl setuser least "-$command"
		pd 2
		says err "unix:$sock: ${command^^}: NOPERM"
		rcli acl setuser least "+$command"
	done
	rcli sadd ext_$key $passkey
	pd 2 --leechers
	says err "unix:$sock: SCARD: NOPERM"
	rcli acl setuser least resetkeys '~ext_*'
	pd 2
	says err "unix:$sock: ZCARD: NOPERM"
}

@test "a database that is not there, a server that wants a password or loads its data" {
	redis
	pd 2 --torrents-db 4711
	err "peerdump: unix:$sock?db=4711: there is no database 4711"
	REDIS_URL="unix:$sock?db=x" pd 2
	says err '$REDIS_URL: the database in the Redis address is not a number'
	swarm $key 1 1
	rcli -n 3 zadd $other_key 1 1.2.3.4@::@1
	REDIS_URL="unix:$sock?db=3" pd 0 -o info_hash
	out $other
	REDIS_URL="unix:$sock?db=3" pd 0 -o info_hash --torrents-db 0
	out $hash
	pd 0 -o info_hash --redis "$sock" --torrents-db=3
	out $other
}
