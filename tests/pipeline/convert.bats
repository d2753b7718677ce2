# convert.bats - peerdump convert against real servers: forms, scores, TTLs, peers that announce meanwhile, what goes wrong

load ../support/helpers
load ../support/peerdump
load ../support/edit

other=a3d811736110e5781bcccea696762e6116c6e9c9
other_key=o9gRc2EQ5XgbzM6mlnYuYRbG6ck=
none16=00000000000000000000000000000000
header='#type	info_hash	key	members	changed	merged	unknown	left	bytes_before	bytes_after'

# swarm KEY N - that many peers of all address families with whole and fractional scores, each as an entry
swarm() {
	rcli eval '
	for i = 1, ARGV[1] do
		local low = string.char(math.floor(i / 250) % 256, i % 250 + 1)
		local ipv4 = i % 5 == 0 and "\0\0\0\0" or "\001\002" .. low
		local ipv6 = i % 5 > 1 and string.rep("\0", 16) or "\032\001" .. string.rep("\0", 12) .. low
		redis.call("zadd", KEYS[1], i % 3 == 0 and 1700000000 + i / 7 or 1700000000 + i, ipv4 .. ipv6 .. low)
	end' 1 "$1" "$2" >/dev/null
}

# ---- what becomes of members

@test "each older form, by hand" {
	redis
	rcli zadd $key 1700000000 203.0.113.7@2001:db8::7@6881 1700000001.25 1.2.3.4@@5 -3 @2a00::9@65535 7 -@-@0 \
		1700000050 -TR2940-abcd@fghijkl@9.9.9.1@::@8 1700000060 -TR2940-abcd:fghijkl:9.9.9.2:8 \
		1700000070 2d5452323934302d6162636465666768696a6b6c:[2a00::3]:9 inf 11.22.33.44@::@36881 >/dev/null
	echo "zadd $key 1700000080 \"\\x09\\x09\\x09\\x04$(sed 's/../\\x&/g' <<<$none16)\\x00\\x08\"" | rcli >/dev/null
	pd 0 convert -o members,changed,merged,unknown,left
	out '9	8	0	0	0'
	says err '8 members converted in 1 key, 0 of them merged; 0 unknown, 0 left; about '
	state >"$tmp/out"
	out "$key zset never 0000000000000000000000000000000000000000""0000 7" \
		"$key zset never 00000000""2a000000000000000000000000000003""0009 1700000070" \
		"$key zset never 00000000""2a000000000000000000000000000009""ffff -3" \
		"$key zset never 01020304${none16}0005 1700000001.25" "$key zset never 09090901${none16}0008 1700000050" \
		"$key zset never 09090902${none16}0008 1700000060" "$key zset never 09090904${none16}0008 1700000080" \
		"$key zset never 0b16212c${none16}9011 inf" \
		"$key zset never cb00710720010db8000000000000000000000007""1ae1 1700000000"
	# and of these, text
	pd 0 convert --to=text -o changed
	out 9
	[ "$(rcli zrange $key 0 -1 withscores | paste -d ' ' - -)" = "@2a00::9@65535 -3
@@0 7
203.0.113.7@2001:db8::7@6881 1700000000
1.2.3.4@@5 1700000001.25
9.9.9.1@@8 1700000050
9.9.9.2@@8 1700000060
@2a00::3@9 1700000070
9.9.9.4@@8 1700000080
11.22.33.44@@36881 inf" ]
}

@test "there and back is the same, TTLs too, for small keys and large ones" {
	redis
	swarm $key 6000
	swarm $other_key 100
	swarm to_4711 20
	bytes 0a00ff0900000000000000000000000000000001 | rcli -x set raw >/dev/null
	rcli eval 'redis.call("rename", "to_4711", redis.call("get", "raw")) redis.call("del", "raw")' 0 >/dev/null
	swarm to_4711 20
	swarm $hash 5
	rcli pexpire $key 5000000
	rcli pexpire to_4711 5000000
	state >"$tmp/before"
	pd 0 convert
	out
	err 'peerdump: 0 members converted in 0 keys, 0 of them merged; 0 unknown, 0 left; about 0 bytes less'
	pd 0 convert --to=text
	count 5 out
	says err '6145 members converted in 5 keys, 0 of them merged; 0 unknown, 0 left; about '
	[ "$(rcli zrange $key 0 -1 | grep -cE '^[0-9.]*@[0-9a-f:]*@[0-9]+$')" = 6000 ]
	[ "$(rcli pttl $key)" -gt 4000000 ]
	pd 0 --leechers
	pd 0 convert --to=text
	out
	pd 0 convert
	state | diff "$tmp/before" - >&2
	[ "$(rcli pttl $key)" -le 5000000 ]
	[ "$(rcli pttl $key)" -gt 4000000 ]
	# never all of a large key at once
	[ "$(rcli info commandstats | sed -n 's/^cmdstat_exec:calls=\([0-9]*\),.*/\1/p')" -ge 32 ]
}

@test "what stands for the same peer becomes one member, with the latest announce" {
	redis
	for newest in 1 2 3 4; do
		rcli flushall >/dev/null
		scores=(10 10 10 10 10)
		scores[newest]=20.5
		rcli zadd $key ${scores[1]} 1.2.3.4@::@5 ${scores[2]} 1.2.3.4@-@5 ${scores[3]} aaaaaaaaaaaaaaaaaaaa:1.2.3.4:5 >/dev/null
		echo "zadd $key ${scores[4]} \"\\x01\\x02\\x03\\x04$(sed 's/../\\x&/g' <<<$none16)\\x00\\x05\"" | rcli >/dev/null
		state >"$tmp/before"
		pd 0 convert --dry-run -o members,changed,merged
		out '4	3	3'
		state | diff "$tmp/before" - >&2
		pd 0 convert -o members,changed,merged
		out '4	3	3'
		state >"$tmp/out"
		out "$key zset never 01020304${none16}0005 20.5"
	done
	# and to text
	rcli zadd $key 30 1.2.3.4@@5
	pd 0 convert --to=text -o merged
	out 1
	[ "$(rcli zrange $key 0 -1 withscores | paste -sd ' ')" = '1.2.3.4@@5 30' ]
}

@test "the same peer many times over a large key is one, and the dry run knows" {
	redis
	# 3000 members, 600 peers: each with five peer ids, far apart in whatever order
	rcli eval '
	for i = 1, 3000 do
		redis.call("zadd", KEYS[1], i, string.format("%020d@1.2.3.4@@%d", i, i % 600 + 1))
	end' 1 $key >/dev/null
	pd 0 convert --dry-run -o members,changed,merged
	out '3000	3000	2400'
	pd 0 convert -o members,changed,merged
	out '3000	3000	2400'
	[ "$(rcli zcard $key)" = 600 ]
	[ "$(rcli zrange $key 0 0 withscores | tail -n 1)" = 2401 ]
	[ "$(rcli zrange $key -1 -1 withscores | tail -n 1)" = 3000 ]
}

@test "members in no known form stay, and are told" {
	redis
	rcli zadd $key 1 garbage 2 1.2.3.4@@5 3 '' >/dev/null
	pd 1 convert -o members,changed,unknown
	out '3	1	2'
	says err "key $key: member garbage (7 bytes) is in no known form; left as it is"
	says err "key $key: member  (0 bytes) is in no known form; left as it is"
	says err '1 member converted in 1 key, 0 of them merged; 2 unknown, 0 left'
	[ "$(rcli zcard $key)" = 3 ]
	pd 1 convert
	out
	pd 1 convert --to=text -o changed,unknown
	out '1	2'
	# an entry that would be read as text would become yet another peer
	rcli del $key
	rcli zadd $key 1 '49.46.50.46@332e:3440:3230:3031:3a64:6238:3a3a:4031@12851' >/dev/null
	pd 1 convert
	says err 'is in no known form'
	[ "$(rcli zrange $key 0 -1)" = '49.46.50.46@332e:3440:3230:3031:3a64:6238:3a3a:4031@12851' ]
}

@test "20000 members, and what it saves" {
	redis
	rcli eval 'for i = 1, 20000 do
		redis.call("zadd", KEYS[1], i, string.format("%d.200.%d.%d@2001:db8:1234:5678:9abc:def0:1234:%x@6881", i % 100 + 100, i / 256, i % 256, i))
	end' 1 $key
	pd 0 convert --dry-run -o changed,bytes_before,bytes_after
	read -r changed before estimate <"$tmp/out"
	[ "$changed" = 20000 ]
	pd 0 convert -o changed,bytes_before,bytes_after
	read -r changed _ after <"$tmp/out"
	[ "$changed" = 20000 ]
	[ "$after" -lt "$before" ]
	# Redis rounds up, samples, and counts a table twice while it grows: within a fifth
	[ "$estimate" -lt "$before" ]
	[ $((estimate * 5)) -gt $((after * 4)) ]
	[ $((estimate * 5)) -lt $((after * 6)) ]
	[ "$(rcli zcard $key)" = 20000 ]
}

# ---- which keys

@test "named torrents alone, and nothing that is none of the tracker's" {
	redis
	rcli zadd $key 1 1.2.3.4@@5
	rcli zadd $other_key 1 1.2.3.4@@5
	rcli zadd unknown 1 1.2.3.4@@5
	rcli zadd leaderboard:2024:usa 1 1.2.3.4@@5
	rcli set "o9gRc2EQ5XgbzM6mlnYuYRbG6ci=" string
	rcli sadd ext_$key 1.2.3.4@@5
	rcli -n 1 zadd $key 1 1.2.3.4@@5
	pd 0 convert $hash -o info_hash,key
	out "$hash	$key"
	[ "$(rcli zrange $other_key 0 -1)" = 1.2.3.4@@5 ]
	echo $other | peerdump convert - -q -o info_hash >"$tmp/out"
	out $other
	pd 0 convert -v
	out
	says err 'key leaderboard:2024:usa: a text of 20 characters is hardly an info hash; passed over (name it, if it is)'
	for name in unknown leaderboard:2024:usa; do
		[ "$(rcli zrange $name 0 -1)" = 1.2.3.4@@5 ]
	done
	[ "$(rcli -n 1 zrange $key 0 -1)" = 1.2.3.4@@5 ]
	# that is an info hash if somebody says so
	pd 0 convert "$(printf leaderboard:2024:usa | od -An -v -tx1 | tr -d ' \n')" -o key
	out leaderboard:2024:usa
	pd 0 convert ffffffffffffffffffffffffffffffffffffffff
	says err '1 of 1 torrent has no peers'
	pd 2 convert --to=nothing
	says err 'binary'
}

@test "what is not printed is converted, too" {
	redis
	rcli zadd $key 1 1.2.3.4@@5
	rcli zadd $other_key 1 1.2.3.4@@5
	pd 0 convert -n 1 -m changed=1 -o changed
	out 1
	pd 0 convert
	out
	says err '0 members converted in 0 keys'
}

@test "a key of another type is passed over" {
	redis
	rcli set $key string
	rcli sadd $other_key 1.2.3.4@@5
	rcli zadd to_1 1 1.2.3.4@@5
	pd 0 convert -v -o key
	out to_1
	says err "key $key: of another type than the tracker's; passed over"
	says err "key $other_key: of another type than the tracker's; passed over"
	[ "$(rcli smembers $other_key)" = 1.2.3.4@@5 ]
}

# ---- others write meanwhile

@test "a peer that announces between look and change keeps that announce" {
	redis
	rcli zadd $key 10 1.2.3.4@@5 10 1.2.3.4@@6 >/dev/null
	rcli expire $key 5000
	hold
	# Whoever waits first goes first: so this changes the key before our transaction, and after our look at it.
	background redis-cli -s "$sock" zadd $key 20 1.2.3.4@@5 30 9.9.9.9@@9
	held 1
	background peerdump convert -v -o members,changed >"$tmp/out" 2>"$tmp/err"
	converting=$!
	held 2
	release
	ended $converting 0
	says err 'begun again, as a key had changed: 1 time'
	out '2	2'
	state >"$tmp/out"
	out "$key zset expires 01020304${none16}0005 20" "$key zset expires 01020304${none16}0006 10" \
		"$key zset expires 392e392e392e3940""4039 30"
}

@test "announces of both forms go on all the time: none is lost" {
	redis
	# 400 peers: each announce has a number of its own, the score, and the hash last has the latest of each peer
	cat >"$tmp/announce.lua" <<-'LUA'
		for n = 1, 5 do
			local score = redis.call("incr", "clock")
			local i = math.random(400)
			local low = string.char(math.floor(i / 250), i % 250 + 1)
			local text = "1.2." .. math.floor(i / 250) .. "." .. i % 250 + 1 .. "@@" .. i
			local entry = "\001\002" .. low .. string.rep("\0", 16) .. string.char(math.floor(i / 256), i % 256)
			redis.call("zadd", KEYS[1], score, score % 2 == 0 and text or entry)
			redis.call("expire", KEYS[1], 300)
			redis.call("hset", "last", text, score)
		end
	LUA
	rcli -r 300 eval "$(cat "$tmp/announce.lua")" 1 $key >/dev/null
	for _ in 1 2; do
		background redis-cli -s "$sock" -r -1 -i 0.0005 eval "$(cat "$tmp/announce.lua")" 1 $key >/dev/null 2>&1
	done
	for to in binary text binary text binary; do
		# it may be that a key never holds still: that is told, and done by the next
		peerdump convert -v --to=$to >>"$tmp/log" 2>&1 || [ $? = 1 ]
	done
	for pid in "${background_pids[@]}"; do
		kill "$pid"
	done
	pd 0 convert
	rcli eval '
	local wrong = {}
	local last = redis.call("hgetall", "last")
	for at = 1, #last, 2 do
		local a, b, i = last[at]:match("^1%.2%.(%d+)%.(%d+)@@(%d+)$")
		local entry = "\001\002" .. string.char(a, b) .. string.rep("\0", 16) .. string.char(math.floor(i / 256), i % 256)
		local score = redis.call("zscore", KEYS[1], entry)
		if score ~= last[at + 1] then wrong[#wrong + 1] = last[at] .. " " .. last[at + 1] .. " " .. tostring(score) end
	end
	if redis.call("zcard", KEYS[1]) ~= #last / 2 then wrong[#wrong + 1] = "members: " .. redis.call("zcard", KEYS[1]) end
	return wrong' 1 $key >"$tmp/out"
	[ "$(cat "$tmp/out")" = '' ] || { cat "$tmp/log" "$tmp/out"; false; } >&2
	[ "$(rcli ttl $key)" -gt 0 ]
}

# ---- what goes wrong

@test "who may not write is told so, and nothing has changed" {
	redis
	rcli zadd $key 1 1.2.3.4@@5 2 1.2.3.4@@6 >/dev/null
	state >"$tmp/before"
	for command in zadd zrem watch multi exec zscore; do
		without -$command
		pd 2 convert
		says err 'NOPERM'
		says err 'after '
		state | diff "$tmp/before" - >&2
	done
	# what is only nice to know is left out
	without -memory
	pd 0 convert --dry-run -o changed,bytes_before,bytes_after
	out '2	-	-'
	pd 0 convert -o changed,bytes_before,bytes_after
	out '2	-	-'
}

@test "a replica, a full server" {
	redis
	rcli zadd $key 1 1.2.3.4@@5 2 1.2.3.4@@6 >/dev/null
	state >"$tmp/before"
	rcli config set maxmemory 1 >/dev/null
	pd 2 convert
	says err 'ZADD: OOM command not allowed'
	rcli config set maxmemory 0 >/dev/null
	state | diff "$tmp/before" - >&2
	rcli replicaof 127.0.0.1 1 >/dev/null
	pd 2 convert
	says err "ZADD: READONLY You can't write against a read only replica"
	says err '0 members converted in 0 keys'
	pd 0 convert --dry-run -o changed
	out 2
}

@test "the server dies in the midst of a transaction" {
	redis
	rcli zadd $key 1 1.2.3.4@@5 2 1.2.3.4@@6 >/dev/null
	hold
	background peerdump convert >"$tmp/out" 2>"$tmp/err"
	converting=$!
	held 1
	kill -KILL "$redis_pid"
	ended $converting 2
	says err ', 0 converted members'
	says err '0 members converted in 0 keys'
	says err '2 members more may have been converted or not: the answer never came'
}

@test "interrupted in the midst of a large key: what was done is done, and the rest by the next" {
	redis
	swarm $key 6000
	state >"$tmp/before"
	peerdump convert --to=text -q >/dev/null
	hold
	background env --default-signal=INT peerdump convert >"$tmp/out" 2>"$tmp/err"
	converting=$!
	held 1
	kill -INT $converting
	ended $converting 130
	says err 'interrupted after 0 converted members, within key 1 of about 1'
	release
	[ "$(peerdump | wc -l)" = 6000 ]
	pd 0 convert -q
	state | diff "$tmp/before" - >&2
}

@test "stdout is full: what is done is counted, and it stops" {
	redis
	rcli zadd $key 1 1.2.3.4@@5 >/dev/null
	status=0
	peerdump convert >/dev/full 2>"$tmp/err" || status=$?
	[ $status = 2 ]
	says err 'cannot write to standard output: No space left on device'
	says err '1 member converted in 1 key'
}

@test "the header of its lines" {
	redis
	pd 0 convert -H
	out "$header"
}
