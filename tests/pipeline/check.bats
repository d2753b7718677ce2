# check.bats - peerdump torrents and check against real servers: every column by hand, every fault alone

load ../support/helpers
load ../support/peerdump

other=a3d811736110e5781bcccea696762e6116c6e9c9
other_key=o9gRc2EQ5XgbzM6mlnYuYRbG6ck=
none16=00000000000000000000000000000000
ours=08080808${none16}1ae1

# quoted HEX - as redis-cli takes it; commands LINE... - has it execute them, and none may fail
quoted() {
	printf '"%s"' "$(sed 's/../\\x&/g' <<<"$1")"
}

commands() {
	printf '%s\n' "$@" | rcli >"$tmp/answers"
	[ "$(grep -cE '^(ERR|WRONGTYPE|\(error\))' "$tmp/answers")" = 0 ] || { cat "$tmp/answers" >&2; return 1; }
}

# sound - a torrent, its ext_ set and its user, in which there is nothing to find fault with
sound() {
	rcli flushall >/dev/null
	now=$(rcli time | head -n 1)
	commands "zadd $key $now $(quoted $ours)" "expire $key 300" "sadd ext_$key $passkey" 'select 1' "sadd $passkey $key" "expire $passkey 300"
}

# found CODE SEVERITY PLACE KEY DETAIL MESSAGE [OPTION...] - the one fault that check finds
found() {
	pd 1 check "${@:7}"
	diff -u <(printf 'problem\t%s\t%s\t%s\t%s\t%s\t%s\t-\n' "${@:1:6}") "$tmp/out" >&2
	grep -qE "^peerdump: 1 problem in [0-9]+ keys?: 1 $1\$" "$tmp/err"
}

# ---- torrents

@test "torrents: every column" {
	redis
	now=$(rcli time | head -n 1)
	commands "zadd $key $now $(quoted $ours)" "zadd $key $((now - 100)) $(quoted "01020304${none16}0001")" \
		"zadd $key $((now - 1000)) $(quoted 00000000200148600000000000000000000000010002)" \
		"zadd $key $((now - 2000)).5 $(quoted 01020305200148600000000000000000000000010003)" \
		"zadd $key $((now - 20)) $(quoted "00000000${none16}0004")" \
		"zadd $key $((now - 3000)) 1.2.3.6@::@5" "zadd $key $((now - 10)) garbage" "zadd $key $((now - 5)) 11.22.33.44@::@36881" \
		"expire $key 250" "sadd ext_$key one two three" "zadd $other_key 5 $(quoted $ours)" "sadd ext_$other_key x"
	pd 0 torrents $hash
	err
	[ "$(cut -f 12 "$tmp/out")" -le 250 ]
	[ "$(cut -f 12 "$tmp/out")" -gt 200 ]
	cut -f 1-11,13- "$tmp/out" >"$tmp/row"
	tsv "swarm $hash 8 5 3 2 1 1 3 $((now - 3000)) $now 3 -" | diff - "$tmp/row" >&2
	pd 0 torrents $other
	out "$(tsv "swarm $other 1 0 1 1 0 0 1 5 5 - 0 -")"
	pd 0 torrents
	count 2 out
	pd 0 torrents -o entries,live,stale -m 'foreign > 0'
	out "$(tsv '8 5 3')"
	pd 0 torrents --memory -o bytes $hash
	out "$(rcli memory usage $key)"
	pd 0 torrents --memory -o bytes -m "info_hash=$other" --time=iso
	out "$(rcli memory usage $other_key)"
	# sets that are gone
	rcli del ext_$other_key
	pd 0 torrents -o leechers $other
	out 0
}

@test "torrents: a large one is one record, a thousand are a thousand" {
	redis
	rcli eval '
	for i = 1, 7000 do
		redis.call("zadd", KEYS[1], i, "\001\002\003\004" .. string.rep(i % 7 == 0 and "\001" or "\0", 16) .. string.char(math.floor(i / 256), i % 256))
	end
	for i = 1, 1000 do
		for j = 1, i % 5 do redis.call("zadd", string.format("%026dA=", i), j, j .. ".2.3.4@::@" .. j) end
	end' 1 $key
	pd 0 torrents $hash
	out "$(tsv "swarm $hash 7000 0 7000 6000 0 1000 0 1 7000 - 0 -")"
	pd 0 torrents
	count 801 out
	[ "$(awk -F '\t' '{ entries += $3; foreign += $13 } END { print entries, foreign }' "$tmp/out")" = '9000 2000' ]
	[ "$(cut -f 2 "$tmp/out" | sort | uniq -d | wc -l)" = 0 ]
}

@test "torrents: what a module made is no zero" {
	command -v cc >/dev/null || skip "no compiler"
	cc -shared -fPIC -o "$tmp/seedermap.so" "$top/tests/support/seedermap.c"
	redis --loadmodule "$tmp/seedermap.so"
	commands 'seedermap.add 4711' 'expire 4711 1000' 'seedermap.add 12' 'set 13 x'
	pd 1 torrents
	out
	says err '2 keys of a type that a module made and no command can read'
	pd 1
	out
	err "peerdump: 2 keys are of type 'SeederMap', which a module made and no command can read: what is in there is missing here"
	rcli del 12
	pd 1 --leechers
	err "peerdump: 1 key is of type 'SeederMap', which a module made and no command can read: what is in there is missing here"
	rcli del 13
	found module_type note torrents 4711 - \
		"type 'SeederMap', TTL 1000 s, last announce 1700 s ago: a module made it, and no command can read what is in there"
	rcli persist 4711
	found module_type note torrents 4711 - "type 'SeederMap', no TTL: a module made it, and no command can read what is in there"
}

# ---- check

@test "check: nothing to find" {
	redis
	pd 0 check
	out
	err 'peerdump: 0 problems in 0 keys'
	sound
	pd 0 check
	out
	err 'peerdump: 0 problems in 3 keys'
	pd 0 check $hash
	out
	err 'peerdump: 0 problems in 2 keys'
	pd 0 check -q
	err
	pd 0 check 0000000000000000000000000000000000000000
	out
}

@test "check: foreign members" {
	redis
	why='an entry has 22 bytes, and the tracker fails every announce of a torrent with another member'
	while IFS='|' read -r member text; do
		sound
		commands "zadd $key $now \"$member\""
		found foreign_member error torrents $key "$(printf '%b' "$member" | od -An -v -tx1 | tr -d ' \n')" "$text: $why"
	done <<-'MEMBERS'
		9.9.9.9@2a00::9@6881|text in the older form ipv4@ipv6@port, of 9.9.9.9 2a00::9 port 6881
		aaaaaaaaaaaaaaaaaa@@@9.9.9.9@::@7|text in the older form peer_id@ipv4@ipv6@port, of 9.9.9.9 port 7
		aaaaaaaaaaaaaaaaaaab:9.9.9.6:8|text in the older form peer_id:ip:port, of 9.9.9.6 port 8
		garbage|7 bytes in no known form
		\x00\xff|2 bytes in no known form
	MEMBERS
	# by which it is found again
	peerdump check -q -o detail | peerdump decode >"$tmp/out" 2>"$tmp/err" || :
	says err "'00ff' is no entry"
}

@test "check: entries that nobody can use" {
	redis
	sound
	commands "zadd $key $now $(quoted "00000000${none16}1ae1")"
	found no_address error torrents $key "00000000${none16}1ae1" 'neither an IPv4 nor an IPv6 address: nobody can connect'
	sound
	commands "zadd $key $now $(quoted "09090909${none16}0000")"
	found port_zero error torrents $key "09090909${none16}0000" 'port 0: nobody can connect'
	sound
	commands "zadd $key $now $(quoted "0000000000000000000000000000ffff090909091ae1")"
	found ipv4_mapped error torrents $key 0000000000000000000000000000ffff090909091ae1 \
		'::ffff:9.9.9.9 is an IPv4-mapped address: it belongs in the IPv4 part, and clients do not connect to it'
	for address in 0a000001 7f000001 a9fe0101 ac100001 c0a80001 c0000201 c6336401 cb007101 e0000001 ffffffff 64400001; do
		sound
		commands "zadd $key $now $(quoted "$address${none16}1ae1")"
		pd 1 check -o code,severity,detail
		out "special_address	warning	$address${none16}1ae1"
	done
	for address in 00000000000000000000000000000001 fe800000000000000000000000000001 fc000000000000000000000000000001 \
		ff020000000000000000000000000001 20010db8000000000000000000000001; do
		sound
		commands "zadd $key $now $(quoted "00000000${address}1ae1")"
		pd 1 check -o code,severity,detail
		out "special_address	warning	00000000${address}1ae1"
	done
	sound
	commands "zadd $key $now $(quoted "0a000001${none16}1ae1")"
	pd 1 check -o message
	grep -qE '^10\.0\.0\.1 is [a-z-]+ address space: no peer on the Internet has it$' "$tmp/out"
	# a peer with two of them is one problem
	sound
	commands "zadd $key $now $(quoted 0a000001fe8000000000000000000000000000011ae1)"
	pd 1 check -o message
	out '10.0.0.1 is private address space, fe80::1 is link-local address space: no peer on the Internet has it'
}

@test "check: the same endpoint twice" {
	redis
	sound
	commands "zadd $key $now $(quoted 080808082a0000000000000000000000000000011ae1)"
	pd 1 check -o code,severity,place,key,message
	out "$(printf 'duplicate_endpoint\twarning\ttorrents\t%s\t8.8.8.8:6881: another member of this torrent has it too' $key)"
	sound
	commands "zadd $key $now $(quoted 090909092a0000000000000000000000000000011ae1) $now $(quoted 090909082a0000000000000000000000000000011ae1)"
	pd 1 check -o code,message
	out 'duplicate_endpoint	[2a00::1]:6881: another member of this torrent has it too'
	# another port, another torrent
	sound
	commands "zadd $key $now $(quoted "08080808${none16}1ae2")" "zadd $other_key $now $(quoted $ours)" "expire $other_key 300"
	pd 0 check
}

@test "check: scores" {
	redis
	sound
	commands "zadd $key $((now - 1000)) $(quoted $ours)"
	pd 1 check -o code,severity,detail,message
	grep -qE "^stale	note	$ours	the announce was 10[0-9][0-9] s ago: the tracker does not hand it out any more\$" "$tmp/out"
	count 1 out
	sound
	commands "zadd $key $((now + 5000)) $(quoted $ours)"
	pd 1 check -o code,severity,detail,message
	grep -qE "^future_score	warning	$ours	the announce is [45][0-9]{3} s ahead of the server's clock: it is live for too long" "$tmp/out"
	count 1 out
	for score in 0 -5 inf -inf 1e300 "$((now * 1000))"; do
		sound
		commands "zadd $key $score $(quoted $ours)"
		pd 1 check -o code,severity,detail
		out "bad_score	error	$ours"
	done
}

@test "check: keys that never expire, sets without a torrent, torrents without" {
	redis
	sound
	rcli persist $key
	found no_ttl warning torrents $key - 'it never expires: the tracker sets 300 s at each announce'
	sound
	rcli -n 1 persist $passkey
	found no_ttl warning users $passkey - 'it never expires: the tracker sets 300 s at each announce'
	sound
	rcli sadd ext_$other_key $passkey
	found orphan_ext note torrents ext_$other_key - 'the torrent has no zset any more, and nothing removes this set'
	sound
	rcli -n 1 sadd $passkey $other_key
	found no_torrent note users $passkey "$(printf %s $other_key | od -An -v -tx1 | tr -d ' \n')" 'this torrent has no zset any more'
}

@test "check: lengths" {
	redis
	sound
	rcli sadd ext_$key short
	found bad_passkey_length error torrents ext_$key 73686f7274 'member of 5 bytes: a passkey has 32'
	sound
	commands 'select 1' "sadd short $key" 'expire short 300'
	found bad_passkey_length error users short - 'key of 5 bytes: a passkey has 32'
	sound
	rcli -n 1 sadd $passkey nohash
	found bad_hash error users $passkey 6e6f68617368 'member of 6 bytes: no base64 of an info hash'
}

@test "check: types and names" {
	redis
	sound
	commands "set $other_key x" "expire $other_key 300"
	pd 1 check -o code,severity,place,key,detail
	out "wrong_type	error	torrents	$other_key	-"
	sound
	rcli set ext_$key x
	pd 1 check -o code,place,key
	out "wrong_type	torrents	ext_$key"
	sound
	rcli -n 1 set ffffffffffffffffffffffffffffffff x
	pd 1 check -o code,place,key
	out 'wrong_type	users	ffffffffffffffffffffffffffffffff'
	sound
	rcli set 'any thing' x
	found unknown_key note torrents 'any thing' - "type 'string': no key that the tracker makes"
	# older keys, which still hold good entries
	sound
	commands "zadd $hash $now $(quoted $ours)" "expire $hash 300" "zadd to_12 $now $(quoted $ours)" "expire to_12 300" \
		"zadd $(quoted $hash) $now $(quoted $ours)" "expire $(quoted $hash) 300"
	pd 1 check -o code,severity,key,message
	LC_ALL=C sort -o "$tmp/out" "$tmp/out"
	older='an older form of key, which the tracker of today does not look at'
	out "old_key	warning	$hash	the info hash in hexadecimal: $older" "old_key	warning	\\x86\\xd4\\xc8\\x00\$\\xa4i\\xbeLP\\xbcZ\\x10,\\xf7\\x17\\x801\\x00t	the bare info hash: $older" \
		"old_key	warning	to_12	a torrent id, without the info hash: $older"
	has err 'peerdump: 3 problems in 6 keys: 3 old_key'
}

@test "check: what is chosen for printing changes neither summary nor exit status" {
	redis
	sound
	commands "zadd $key $((now - 1000)) $(quoted "0a000001${none16}0000")" "persist $key" "zadd $key $now garbage"
	pd 1 check
	count 5 out
	has err 'peerdump: 5 problems in 3 keys: 1 foreign_member, 1 port_zero, 1 special_address, 1 stale, 1 no_ttl'
	for options in '-n 0' '-n 1' '-m code=nothing' '--skip 9' '-m severity=note -n 1'; do
		# shellcheck disable=SC2086 # several options
		pd 1 check $options
		has err 'peerdump: 5 problems in 3 keys: 1 foreign_member, 1 port_zero, 1 special_address, 1 stale, 1 no_ttl'
	done
	pd 1 check --top severity:0 -o value,count
	[ "$(LC_ALL=C sort "$tmp/out" | tr '\t\n' '  ')" = 'error 2 note 1 warning 2 ' ]
	# of one torrent; its users are not gone through
	commands 'select 1' 'set x y' 'select 0' "zadd $other_key 1 x"
	pd 1 check $hash -q
	count 5 out
	pd 1 check - -q <<<"$hash"
	count 5 out
}

@test "check: one database for both" {
	redis
	now=$(rcli time | head -n 1)
	commands "zadd $key $now $(quoted $ours)" "expire $key 300" "sadd ext_$key $passkey" "sadd $passkey $key" "expire $passkey 300"
	pd 0 check --users-db 0
	err 'peerdump: 0 problems in 3 keys'
	rcli sadd $passkey $other_key nohash
	rcli sadd ext_$other_key $passkey
	pd 1 check --users-db 0 -o code,place,key
	LC_ALL=C sort -o "$tmp/out" "$tmp/out"
	out "bad_hash	users	$passkey" "no_torrent	users	$passkey" "orphan_ext	torrents	ext_$other_key"
	has err 'peerdump: 3 problems in 4 keys: 1 orphan_ext, 1 bad_hash, 1 no_torrent'
}

@test "check: many users of many torrents, and a large torrent" {
	redis
	now=$(rcli time | head -n 1)
	rcli eval '
	for i = 1, 300 do
		local key = string.format("%026dA=", i)
		redis.call("zadd", key, ARGV[1], "\008\008\008\008" .. string.rep("\0", 16) .. "\001\001")
		redis.call("expire", key, 300)
		redis.call("sadd", "ext_" .. key, string.format("%032d", i))
	end
	for i = 1, 3000 do
		redis.call("zadd", KEYS[1], ARGV[1], "\008\008" .. string.char(math.floor(i / 256), i % 256) .. string.rep("\0", 16) .. "\001\001")
	end
	redis.call("expire", KEYS[1], 300)
	redis.call("select", 1)
	for i = 1, 300 do
		local user = string.format("%032d", i)
		for j = 0, 9 do redis.call("sadd", user, string.format("%026dA=", (i + j * 31) % 300 + 1)) end
		redis.call("expire", user, 300)
	end' 1 $key "$now"
	pd 0 check
	err 'peerdump: 0 problems in 901 keys'
	# a thousand that are gone
	rcli -n 1 eval 'for i = 1, 1000 do redis.call("sadd", KEYS[1], string.format("%026dA=", 5000 + i)) end' 1 "$(printf %032d 7)"
	pd 1 check -o code
	[ "$(sort "$tmp/out" | uniq -c | tr -s ' ')" = ' 1000 no_torrent' ]
	has err 'peerdump: 1000 problems in 901 keys: 1000 no_torrent'
}

@test "check: a server that dies in the middle says how far it came, and sums up nothing" {
	redis
	rcli eval '
	for i = 1, 3000 do
		for j = 1, 20 do redis.call("zadd", string.format("%026dA=", i), 1, "x" .. j) end
	end' 0
	mkfifo "$tmp/pipe"
	background timeout 100 bash -c 'exec peerdump check >"$1/pipe" 2>"$1/err"' bash "$tmp"
	checking=$!
	exec 9<"$tmp/pipe"
	IFS= read -r -u 9 line
	[ -n "$line" ]
	kill -9 "$redis_pid"
	wait "$redis_pid" || :
	cat <&9 >"$tmp/out"
	exec 9<&-
	ended "$checking" 2
	grep -qE '^peerdump: unix:.*, after [0-9]+ of about 3000 keys, [0-9]+ problems$' "$tmp/err"
	[ "$(grep -c 'problems in' "$tmp/err")" = 0 ]
}

@test "every fault that the tool knows is tried here" {
	sed -n 's/^	\[FAULT_[A-Z0-9_]*\] = { "\([a-z0-9_]*\)".*/\1/p' "$top/tools/peerdump/faults.c" >"$tmp/codes"
	[ "$(wc -l <"$tmp/codes")" -ge 18 ]
	while read -r code; do
		grep -qE "^	.*$code" "$BATS_TEST_FILENAME" || { echo "$code is not" >&2; return 1; }
	done <"$tmp/codes"
}
