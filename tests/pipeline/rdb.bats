# rdb.bats - peerdump --rdb: files and streams of real servers give what the servers give, whole, cut and changed

load ../support/helpers
load ../support/peerdump

other=a3d811736110e5781bcccea696762e6116c6e9c9
other_key=o9gRc2EQ5XgbzM6mlnYuYRbG6ck=
none=ffffffffffffffffffffffffffffffffffffffff

# peers HASH FROM COUNT [SEEN] - lines of that many peers, which differ in address and port
peers() {
	seq "$2" $(($2 + $3 - 1)) | awk -v hash="$1" -v seen="${4:-1700000000}" -v OFS='\t' '{
		print "peer", hash, "1.2." int($1 / 256) % 256 "." $1 % 256, $1 % 3 ? "-" : "2001:db8::" $1 % 10000, 1 + $1 % 65535, seen + $1 % 100
	}'
}

# fill - what a tracker leaves: large and small torrents, older forms, expiring keys, users, and things of others in
# every type
fill() {
	{
		cat "$samples/expected/frames.tsv"
		peers $hash 1 2500
		peers $other 1 3
	} | peerdump load -q --expire 0
	{
		# compressible, and not
		printf 'sadd ext_%s%s\n' $key "$(printf ' %032d' {1..700})" $other_key "$(for i in {1..150}; do printf ' %032x' $((i * 7919 * 104729)); done)"
		printf 'sadd %s%s\n' $passkey "$(for i in {1..300}; do printf ' %026dA=' "$i"; done)" | sed '1i select 1' && echo 'select 0'
		echo "zadd $other_key 5 1.2.3.5@::@7 6.5 garbage -inf 203.0.113.9@2001:db8::9@6881"
		echo "zadd $(printf '01%.0s' {1..20}) 1700000000 1.2.3.4@::@2"
		echo 'zadd to_123 1 1.2.3.4@::@3'
		echo 'zadd unknown 1 x'
		echo 'expire unknown 5000'
		echo "sadd ext_$(key_of $none) $passkey"
		for size in 1 300 70000 5000000000 a "$(printf 'x%.0s' {1..3000})"; do echo "set string${#size}${size:0:2} $size"; done
		echo 'setrange zeros 100000 x'
		echo 'sadd ints 1 2 300 70000'
		echo 'sadd large 5000000000 1'
		echo 'hset hash a b c 1'
		echo "hset many$(for i in {1..600}; do printf ' field%d %d' "$i" "$i"; done)"
		echo 'rpush list a 1 300'
		echo "rpush long$(printf ' %0200d' {1..300})"
		for i in {1..120}; do echo "xadd stream $i-1 field $i"; done
		echo 'xgroup create stream readers 0'
		echo 'xreadgroup group readers one count 50 streams stream >'
		echo 'pfadd hyper a b c'
		echo 'set counted 1'
		echo 'incrbyfloat counted 0.5'
		echo 'select 5'
		echo "zadd $key 1 1.2.3.4@::@9"
	} | rcli >/dev/null
	rcli function load $'#!lua name=ours\nredis.register_function("f", function() return 1 end)' >/dev/null
}

# both STATUS ARG... - the same lines and complaints, in whatever order, from the server and from the file; "any" STATUS
# is that of the server
both() {
	local want=$1 status=0 from part source
	shift
	[ "$want" != any ] || { peerdump "$@" >/dev/null 2>&1 || status=$?; want=$status; }
	for from in server file; do
		source=()
		[ $from = server ] || source=(--rdb "$tmp/dump.rdb")
		pd "$want" "$@" "${source[@]}"
		# what was long ago is longer ago now, and a file costs no server anything
		for part in out err; do
			sed 's/was [0-9]* s ago/was S ago/; /^peerdump: cost: /d' "$tmp/$part" | LC_ALL=C sort >"$tmp/$from.$part"
		done
	done
	diff "$tmp/server.out" "$tmp/file.out" >&2
	diff "$tmp/server.err" "$tmp/file.err" >&2
}

# columns of torrents that do not depend on the time
steady=info_hash,entries,ipv4_only,ipv6_only,dual,leechers,first_seen,last_seen,foreign

everything() {
	both 1
	[ "$(wc -l <"$tmp/out")" -gt 2600 ]
	both 1 -j
	both 0 --leechers
	[ "$(wc -l <"$tmp/out")" -gt 850 ]
	both 0 --users
	[ "$(wc -l <"$tmp/out")" -gt 300 ]
	both 0 torrents -o $steady
	[ "$(wc -l <"$tmp/out")" -gt 6 ]
	both 1 check
	for code in foreign_member orphan_ext no_torrent unknown_key old_key stale no_ttl; do
		grep -q "^problem	$code" "$tmp/out"
	done
}

# sample - a dump.rdb of 180 peers in 5 torrents, from a server that is gone
sample() {
	redis
	framecat "$samples/frame/demo.frames" | peerdump load -q
	rcli save
	redis_down
	unset REDIS_URL
	peerdump --rdb "$tmp/dump.rdb" >"$tmp/whole"
	count 180 whole
}

# ---- the same as the server

@test "rdb: all that a server wrote, as the server gives it" {
	redis
	fill
	rcli save
	everything
}

@test "rdb: not compressed, without a checksum, everything in large encodings" {
	redis --rdbcompression no --rdbchecksum no --zset-max-listpack-entries 0 --set-max-intset-entries 0 \
		--hash-max-listpack-entries 0 --list-max-listpack-size 1 --stream-node-max-entries 1
	fill
	rcli save
	everything
}

@test "rdb: everything in small encodings" {
	redis --zset-max-listpack-entries 100000 --set-max-intset-entries 100000 --hash-max-listpack-entries 100000
	fill
	rcli save
	everything
}

@test "rdb: torrents that are named" {
	redis
	fill
	rcli save
	both 0 $hash "$(key_of $none)" -o port,seen
	[ "$(wc -l <"$tmp/out")" -ge 2500 ]
	has err 'peerdump: 1 of 2 torrents has no peers'
	both 0 --leechers $other $other_key
	both 0 torrents -o $steady $hash $other $none
	both 1 check $other
	# by hand and by lines, words and stdin
	printf '%s\n' "$other" nonsense "$hash" $none >"$tmp/in"
	pd 1 --rdb "$tmp/dump.rdb" torrents -o info_hash $hash - <"$tmp/in"
	LC_ALL=C sort "$tmp/out" | diff - <(printf '%s\n' $hash $other) >&2
	says err "line 2, byte 41: info_hash: 'nonsense' is no info hash"
	has err 'peerdump: 1 of 3 torrents has no peers'
	# of what was not looked at nobody says that it is not there
	pd 0 --rdb "$tmp/dump.rdb" -n 1 $hash $none
	count 1 out
	err
	pd 2 --rdb - -
	err 'peerdump: the RDB file and the torrents cannot both come from standard input' "peerdump: try 'peerdump --help'"
}

@test "rdb: databases by number, and one for both" {
	redis
	fill
	rcli -n 5 sadd $passkey $key
	rcli save
	for options in '--torrents-db 5' '--torrents-db 9' '--torrents-db 5 --users-db 5' '--users-db 9'; do
		for query in dump --leechers --users "torrents -o $steady" check; do
			# shellcheck disable=SC2086 # several words
			both any $query $options
		done
	done
	pd 0 --rdb "$tmp/dump.rdb" --torrents-db 5 -o port
	out 9
	pd 0 --rdb "$tmp/dump.rdb" --users --torrents-db 5 --users-db 5
	out "member	$passkey	$hash"
}

@test "rdb: keys of another type, and of a module" {
	command -v cc >/dev/null || skip "no compiler"
	cc -shared -fPIC -o "$tmp/seedermap.so" "$top/tests/support/seedermap.c"
	redis --loadmodule "$tmp/seedermap.so"
	fill
	rcli set "$(key_of $none)" x
	rcli rpush "ext_$other_key" x || :
	rcli -n 1 hset ffffffffffffffffffffffffffffffff a b
	for id in 4711 12; do rcli seedermap.add $id; done
	rcli seedermap.add "$(key_of "$(printf '02%.0s' {1..20})")"
	rcli save
	both 1 -v
	says err "2 keys are of type 'SeederMap', which a module made"
	both 0 --users -v
	both 1 torrents -v -o $steady
	both 1 check
	grep -q "^problem	module_type	note	torrents	4711	-	type 'SeederMap', no TTL" "$tmp/out"
	grep -q "^problem	wrong_type	error	torrents	$(key_of $none)	-	type 'string' instead of 'zset'" "$tmp/out"
}

@test "peerdump --rdb FILE -o ipv4 | sort | uniq -c: the addresses with the most entries" {
	redis
	{ peers $hash 1 5; peers $other 1 3; } | peerdump load -q
	rcli save
	peerdump --rdb "$tmp/dump.rdb" -o ipv4 | sort | uniq -c | sort -rn | head -n 3 | awk '{ print $1, $2 }' | LC_ALL=C sort >"$tmp/out"
	out '2 1.2.0.1' '2 1.2.0.2' '2 1.2.0.3'
	# and to another server
	redis
	peerdump --rdb "$tmp/dump.rdb" | peerdump load -q
	both 0
}

@test "rdb: a set that does not say how many it has is counted, too" {
	{
		printf 'REDIS0011'
		# database 0, a listpack of one entry, a set as a listpack that leaves its number open, compressed (all
		# of it literal)
		bytes fe00 11 1c && printf %s $key
		bytes 21 21000000 0200 96 01020304 00000000000000000000000000000000 1ae1 17 0101 ff
		bytes 14 20 && printf 'ext_%s' $key
		bytes c31110 0f 10000000 ffff 816102 816202 816302 ff
		bytes ff 0000000000000000
	} >"$tmp/dump.rdb"
	pd 0 --rdb "$tmp/dump.rdb" torrents -o info_hash,entries,leechers
	out "$hash	1	3"
	pd 0 --rdb "$tmp/dump.rdb" --leechers -o passkey
	out a b c
}

@test "rdb: an empty server" {
	redis
	rcli save
	for query in dump --leechers --users torrents check; do
		both 0 $query
		out
	done
}

# ---- time

@test "rdb: the time to live is what the server tells, never more" {
	redis
	peers $hash 1 3 | peerdump load -q
	for i in {1..8}; do
		# the file tells whole seconds: none may begin between EXPIRE and SAVE
		until began=$(rcli time | head -n 1); rcli expire $key $((1000 * i)); rcli save; [ "$(rcli time | head -n 1)" = "$began" ]; do :; done
		pd 0 --rdb "$tmp/dump.rdb" torrents -o ttl
		left=$(rcli ttl $key)
		# somewhere in a second
		sleep 0.$((i * 73 % 100))
		grep -qxE "$(seq -s '|' "$left" $((1000 * i)))" "$tmp/out"
	done
}

@test "rdb: now is when the file was written; what had expired by then is shown" {
	redis --enable-debug-command yes
	now=$(rcli time | head -n 1)
	{ peers $hash 1 1 $((now - 1000)); peers $hash 2 1 "$now"; peers $other 1 1 "$now"; peers $none 1 1 "$now"; } | peerdump load -q
	rcli expire $key 4000
	rcli persist $other_key
	rcli debug set-active-expire 0
	rcli pexpire "$(key_of $none)" 1
	# the file tells whole seconds
	sleep 1.1
	rcli save
	pd 0
	count 3 out
	# by its own words, whatever the time of the file
	touch -d @1000000000 "$tmp/dump.rdb"
	pd 0 --rdb "$tmp/dump.rdb"
	count 4 out
	pd 0 --rdb "$tmp/dump.rdb" --live
	count 3 out
	pd 0 --rdb "$tmp/dump.rdb" torrents -o info_hash,live,stale,ttl
	grep -qE "^$hash	1	1	39[0-9]{2}\$" "$tmp/out"
	grep -qx "$other	1	0	-" "$tmp/out"
	grep -qx "$none	1	0	0" "$tmp/out"
	# without them: the time of the file, and for a pipe that of the machine
	sed 's/ctime/CTIME/' "$tmp/dump.rdb" >"$tmp/untold.rdb"
	touch -d @$((now + 100000)) "$tmp/untold.rdb"
	pd 0 --rdb "$tmp/untold.rdb" --no-checksum --live
	count 0 out
	err "peerdump: $tmp/untold.rdb: does not say when it was written; the time of the file is used instead"
	cat "$tmp/untold.rdb" | pd 0 --rdb - --no-checksum --live
	count 3 out
	err "peerdump: -: does not say when it was written; this machine's clock is used instead"
}

# ---- what it comes in

@test "rdb: from a pipe, where some of it must be read twice" {
	redis
	fill
	rcli save
	mkdir "$tmp/spool"
	for query in dump --leechers --users torrents check "torrents $hash"; do
		# shellcheck disable=SC2086 # several words
		peerdump --rdb "$tmp/dump.rdb" $query 2>"$tmp/err" >"$tmp/want" || [ $? = 1 ]
		# shellcheck disable=SC2086
		cat "$tmp/dump.rdb" | TMPDIR=$tmp/spool peerdump --rdb - $query >"$tmp/out" 2>"$tmp/piped" || [ $? = 1 ]
		cmp "$tmp/want" "$tmp/out" >&2
		diff "$tmp/err" "$tmp/piped" >&2
		# and stdin that is a file, from where it stands
		{ printf 'head'; cat "$tmp/dump.rdb"; } >"$tmp/headed"
		# shellcheck disable=SC2086
		{ dd bs=4 count=1 status=none; peerdump --rdb - $query 2>"$tmp/piped" || [ $? = 1 ]; } <"$tmp/headed" | tail -c +5 | cmp "$tmp/want" - >&2
		diff "$tmp/err" "$tmp/piped" >&2
	done
	[ -z "$(ls -A "$tmp/spool")" ]
	# no place for the copy
	cat "$tmp/dump.rdb" | TMPDIR=$tmp/nowhere pd 2 --rdb - torrents
	out
	err "peerdump: $tmp/nowhere: cannot make a temporary file: No such file or directory"
	cat "$tmp/dump.rdb" | (trap '' XFSZ; ulimit -f 10; TMPDIR=$tmp/spool pd 2 --rdb - torrents)
	err "peerdump: $tmp/spool: cannot write to a temporary file: File too large"
	# where nothing is read twice there is none
	cat "$tmp/dump.rdb" | TMPDIR=$tmp/nowhere pd 0 --rdb - --users
}

# replicate COMMANDS - speaks to the server as a replica does, commands separated by commas; what it answers to the last
# one comes out of descriptor 9
replicate() {
	local commands i
	IFS=, read -r -a commands <<<"$1"
	exec 9<>"/dev/tcp/127.0.0.1/$port"
	for ((i = 0; i < ${#commands[@]}; i++)); do
		printf '%s\r\n' "${commands[i]}" >&9
		((i + 1 == ${#commands[@]})) || read -r -u 9
	done
}

# alone - no replica is there any more, and nothing is being written for one
alone() {
	wait_for eval '[ -z "$(rcli info replication | grep state=)" ] && rcli info persistence | grep -q rdb_bgsave_in_progress:0'
}

@test "rdb: a replication stream, while it goes on" {
	redis_tcp --repl-diskless-sync yes --repl-diskless-sync-delay 0 --rdb-key-save-delay 0
	fill
	peerdump 2>/dev/null | LC_ALL=C sort >"$tmp/want"
	peerdump torrents -o $steady 2>/dev/null | LC_ALL=C sort >"$tmp/want.torrents"
	for words in 'SYNC' 'PING,REPLCONF capa eof,PSYNC ? -1' 'PSYNC ? -1'; do
		replicate "$words"
		# it ends although the connection does not
		timeout 100 peerdump --rdb - <&9 2>"$tmp/err" | LC_ALL=C sort | diff "$tmp/want" - >&2
		exec 9>&-
		alone
		replicate "$words"
		timeout 100 peerdump --rdb - torrents -o $steady <&9 2>"$tmp/err" | LC_ALL=C sort | diff "$tmp/want.torrents" - >&2
		exec 9>&-
		alone
	done
	redis-cli -s "$sock" --rdb - 2>/dev/null | peerdump --rdb - 2>/dev/null | LC_ALL=C sort | diff "$tmp/want" - >&2
}

@test "rdb: a replication stream that was kept in a file" {
	redis_tcp --repl-diskless-sync yes --repl-diskless-sync-delay 0
	peers $hash 1 500 | peerdump load -q
	for words in 'SYNC' 'REPLCONF capa eof,PSYNC ? -1'; do
		replicate "$words"
		background bash -c 'exec cat <&9' >"$tmp/stream"
		rcli set marker "words that come after it"
		# without a size the master wants to hear first that all of it came
		wait_for eval 'printf "REPLCONF ACK 0\r\n" >&9; rcli info replication | grep -q state=online'
		wait_for grep -q 'words that come after it' "$tmp/stream"
		kill "${background_pids[-1]}"
		exec 9>&-
		pd 0 --rdb "$tmp/stream"
		count 500 out
		grep -qxE "peerdump: $tmp/stream: byte [0-9]+: [0-9]+ bytes of commands follow, which came after the snapshot; they are not read" "$tmp/err"
		pd 0 -q --rdb "$tmp/stream" torrents -o entries
		out 500
		err
		# cut short within the RDB, and at its end
		size=$(sed -n 's/.*: byte \([0-9]*\): .*/\1/p' <<<"$(peerdump --rdb "$tmp/stream" 2>&1 >"$tmp/out")")
		head -c $((size / 2)) "$tmp/stream" >"$tmp/cut"
		pd 1 --rdb "$tmp/cut"
		says err 'byte'
		head -c $((size - 1)) "$tmp/stream" >"$tmp/cut"
		pd 1 --rdb "$tmp/cut"
		count 500 out
		grep -qE 'checksum: the data ends|after the end, not the 40 bytes that should mark it' "$tmp/err"
		head -c "$size" "$tmp/stream" >"$tmp/cut"
		pd 0 --rdb "$tmp/cut"
		count 500 out
		err
		alone
	done
	# a size that is too large, and one that is too small
	rcli save
	size=$(stat -c %s "$tmp/dump.rdb")
	for step in 10 -8; do
		{ printf '$%d\r\n' $((size + step)); cat "$tmp/dump.rdb"; printf 'abcdefghijklmnop'; } >"$tmp/stream"
		pd 1 --rdb "$tmp/stream"
		count 500 out
		[ $step = -8 ] || has err "peerdump: $tmp/stream: byte $((size + ${#size} + 3)): 10 bytes after the end, where nothing should be"
	done
	says err ': checksum: the data ends'
}

@test "rdb: an append-only file that begins with one, and the base file of Redis 7" {
	redis --appendonly yes --aof-use-rdb-preamble yes
	peers $hash 1 500 | peerdump load -q
	rcli bgrewriteaof
	wait_for is 0 bash -c 'redis-cli -s "$1" info persistence | sed -n "s/^aof_rewrite_\(in_progress\|scheduled\):\([01]\).*/\2/p" | sort -u' bash "$sock"
	peers $other 1 7 | peerdump load -q
	wait_for grep -qF $other_key "$tmp"/appendonlydir/*.incr.aof
	pd 0 --rdb "$tmp"/appendonlydir/*.base.rdb
	count 500 out
	err
	cat "$tmp"/appendonlydir/*.base.rdb "$tmp"/appendonlydir/*.incr.aof >"$tmp/appendonly.aof"
	begin=$(stat -c %s "$tmp"/appendonlydir/*.base.rdb) size=$(stat -c %s "$tmp"/appendonlydir/*.incr.aof)
	for query in dump torrents; do
		peerdump --rdb "$tmp"/appendonlydir/*.base.rdb $query >"$tmp/want"
		pd 0 --rdb "$tmp/appendonly.aof" $query
		cmp "$tmp/want" "$tmp/out" >&2
		err "peerdump: $tmp/appendonly.aof: byte $begin: $size bytes of commands follow, which came after the snapshot; they are not read"
		cat "$tmp/appendonly.aof" | pd 0 --rdb - $query
		cmp "$tmp/want" "$tmp/out" >&2
		err "peerdump: -: byte $begin: $size bytes of commands follow, which came after the snapshot; they are not read"
	done
	# commands alone, and what names the files
	pd 1 --rdb "$tmp"/appendonlydir/*.incr.aof
	out
	grep -qE ': byte 0: begins with .*, which is commands: an append-only file without an RDB part, instead of an RDB file' "$tmp/err"
	pd 1 --rdb "$tmp"/appendonlydir/*.manifest torrents
	says err 'which is a manifest: the RDB file is the one in it that ends in .base.rdb'
}

@test "rdb: what is none" {
	sample
	gzip -c "$tmp/dump.rdb" >"$tmp/dump.rdb.gz"
	gzip -dc "$tmp/dump.rdb.gz" | pd 0 --rdb -
	cmp "$tmp/whole" "$tmp/out" >&2
	pd 1 --rdb "$tmp/dump.rdb.gz"
	says err "peerdump: $tmp/dump.rdb.gz: byte 0: begins with \\x1f\\x8b"
	says err ', which is compressed by gzip, instead of an RDB file (REDIS0011) or a replication stream'
	sed '1s/^REDIS0010/VALKEY080/' "$tmp/dump.rdb" >"$tmp/other"
	pd 1 --rdb "$tmp/other"
	says err 'byte 0: begins with VALKEY080'
	says err 'which is an RDB file of Valkey 9 or later'
	for version in 0004 0013 9999 00x1; do
		sed "1s/^REDIS0010/REDIS$version/" "$tmp/dump.rdb" >"$tmp/other"
		pd 1 --rdb "$tmp/other"
		out
		says err "$tmp/other: byte 5: "
	done
	for start in 'hello world, this is a text' $'-NOAUTH Authentication required.\r\n' $'+CONTINUE abc\r\n*1\r\n$4\r\nPING\r\n' '+OK' '$123' \
		$'$EOF:too short\r\nREDIS0010' $'$x\r\nREDIS0010' "$(printf '+OK\n%.0s' {1..50})" $'\n\n\n'; do
		printf '%s' "$start" >"$tmp/other"
		pd 1 --rdb "$tmp/other" torrents
		out
		says err "$tmp/other: byte "
		printf '%s' "$start" | pd 1 --rdb - check
		out
	done
	: >"$tmp/other"
	pd 1 --rdb "$tmp/other"
	err "peerdump: $tmp/other: byte 0: the end, where an RDB file (REDIS0011) or a replication stream should begin"
	pd 2 --rdb "$tmp/missing"
	err "peerdump: $tmp/missing: No such file or directory"
	pd 2 --rdb "$tmp"
	err "peerdump: $tmp: Is a directory"
	# stray bytes behind it
	size=$(stat -c %s "$tmp/dump.rdb")
	{ cat "$tmp/dump.rdb"; printf 'stray'; } >"$tmp/other"
	for query in dump torrents check; do
		pd 1 --rdb "$tmp/other" $query
		has err "peerdump: $tmp/other: byte $size: 5 bytes after the end, where nothing should be"
		cat "$tmp/other" | pd 1 --rdb - $query
		has err "peerdump: -: byte $size: 5 bytes after the end, where nothing should be"
	done
}

# ---- damage

@test "rdb: cut short anywhere: where, and all that came before" {
	sample
	size=$(stat -c %s "$tmp/dump.rdb")
	for ((cut = 1; cut < size; cut += 1 + size / 60)); do
		head -c $cut "$tmp/dump.rdb" >"$tmp/cut"
		pd 1 --rdb "$tmp/cut"
		head -c "$(stat -c %s "$tmp/out")" "$tmp/whole" | cmp - "$tmp/out" >&2
		[ "$(wc -l <"$tmp/err")" = 1 ]
		grep -qE "^peerdump: $tmp/cut: byte [0-9]+: .*, after [0-9]+ keys?, $(wc -l <"$tmp/out") peers?\$" "$tmp/err"
		offset=$(sed -n 's/.*: byte \([0-9]*\): .*/\1/p' "$tmp/err")
		[ "$offset" -le $cut ]
	done
	# the later the cut, the more is before it
	[ "$(wc -l <"$tmp/out")" -gt 150 ]
	for ((cut = size - 3; cut > size / 4; cut -= size / 20)); do
		head -c $cut "$tmp/dump.rdb" >"$tmp/cut"
		peerdump --rdb "$tmp/dump.rdb" torrents >"$tmp/want"
		pd 1 --rdb "$tmp/cut" torrents
		[ "$(cut -f 2 "$tmp/out" | grep -vcxFf <(cut -f 2 "$tmp/want"))" = 0 ]
		[ "$(wc -l <"$tmp/err")" = 1 ]
		# who is behind the cut is not called missing
		pd 1 --rdb "$tmp/cut" check -m 'code != no_ttl'
		[ "$(grep -c 'orphan_ext\|no_torrent' "$tmp/out")" = 0 ]
		grep -cE ": byte [0-9]+: " "$tmp/err" | grep -qx 1
		head -c $cut "$tmp/dump.rdb" | pd 1 --rdb - check
		head -c $cut "$tmp/dump.rdb" | pd 1 --rdb - torrents
	done
}

@test "rdb: a changed byte is told at the end, unless --no-checksum" {
	sample
	at=$(grep -abo "$key" "$tmp/dump.rdb" | head -n 1 | cut -d : -f 1)
	head -c "$at" "$tmp/dump.rdb" >"$tmp/changed"
	printf 'H' >>"$tmp/changed"
	tail -c +$((at + 2)) "$tmp/dump.rdb" >>"$tmp/changed"
	pd 1 --rdb "$tmp/changed"
	count 180 out
	says err ': checksum: '
	says err 'the file is damaged somewhere before, after '
	for query in torrents check --users; do
		pd 1 --rdb "$tmp/changed" $query
		[ -s "$tmp/out" ]
		[ "$(grep -c ': checksum: ' "$tmp/err")" = 1 ]
		cat "$tmp/changed" | pd 1 --rdb - $query
		[ "$(grep -c ': checksum: ' "$tmp/err")" = 1 ]
	done
	pd 0 --rdb "$tmp/changed" --no-checksum
	count 180 out
	err
	pd 0 --rdb "$tmp/changed" --no-checksum torrents
	count 5 out
	pd 0 --rdb - --no-checksum torrents <"$tmp/changed"
	count 5 out
	# not computed is not wrong
	head -c -8 "$tmp/changed" >"$tmp/zero"
	bytes 0000000000000000 >>"$tmp/zero"
	pd 0 --rdb "$tmp/zero"
	count 180 out
}

@test "rdb: damage in the users database: torrents are whole, and users up to there" {
	sample
	# the users are the last two of its seven kilobytes
	head -c -800 "$tmp/dump.rdb" >"$tmp/cut"
	pd 1 --rdb "$tmp/cut"
	cmp "$tmp/whole" "$tmp/out" >&2
	pd 1 --rdb "$tmp/cut" --users
	[ "$(wc -l <"$tmp/out")" -gt 5 ]
	peerdump --rdb "$tmp/dump.rdb" check -m place=users -o code,key >"$tmp/want" 2>"$tmp/err" || [ $? = 1 ]
	pd 1 --rdb "$tmp/cut" check -m place=users -o code,key
	[ "$(grep -vcxFf "$tmp/want" "$tmp/out")" = 0 ]
	[ "$(wc -l <"$tmp/err")" = 1 ]
}

# ---- ends

@test "rdb: ^C says how far it came" {
	sample
	mkfifo "$tmp/fifo"
	for query in dump torrents; do
		background env --default-signal=INT timeout --foreground 100 peerdump --rdb "$tmp/fifo" $query >"$tmp/out" 2>"$tmp/err"
		stopped=$!
		exec 8>"$tmp/fifo"
		head -c 3000 "$tmp/dump.rdb" >&8
		# peers are printed, or the copy is begun
		wait_for eval '[ -s "$tmp/out" ] || ls -l /proc/$(pgrep -P "$stopped")/fd | grep -q "peerutils-.*deleted"'
		kill -INT "$(pgrep -P "$stopped")"
		ended "$stopped" 130
		exec 8>&-
		grep -qE '^peerdump: interrupted (at byte [0-9]+, after [0-9]+ keys, [0-9]+ peers|before the first record)$' "$tmp/err"
	done
}

@test "rdb: a reader that leaves, a full disk, and options for servers" {
	redis
	peers $hash 1 20000 | peerdump load -q
	rcli save
	peerdump --rdb "$tmp/dump.rdb" 2>"$tmp/err" | head -n 1 >"$tmp/out"
	[ "${PIPESTATUS[0]}" = 141 ]
	err
	status=0
	peerdump --rdb "$tmp/dump.rdb" >/dev/full 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	has err 'peerdump: cannot write to standard output: No space left on device'
	# the variable is for servers
	REDIS_URL=nonsense:// pd 0 --rdb "$tmp/dump.rdb" -n 1
	for option in '--redis x' --cluster --replicas '--max-latency 5' '--rate 5' 'torrents --memory'; do
		# shellcheck disable=SC2086 # several words
		pd 2 --rdb "$tmp/dump.rdb" $option
		name=${option#torrents } name=${name%% *}
		err "peerdump: $name is for a server, and --rdb reads a file" "peerdump: try 'peerdump --help'"
	done
	pd 2 load --rdb "$tmp/dump.rdb"
	says err '--rdb does not go with load'
}

@test "rdb: a torrent of a million peers in less than 20 MB" {
	redis
	# by the server itself, for speed
	rcli eval '
	for at = 0, 999999, 2000 do
		local words = {}
		for i = at, at + 1999 do
			words[#words + 1] = 1700000000 + i % 300
			words[#words + 1] = "\001" .. string.char(math.floor(i / 65536), math.floor(i / 256) % 256, i % 256) .. string.rep("\0", 16) .. "\026\225"
		end
		redis.call("zadd", KEYS[1], unpack(words))
	end' 1 $key
	rcli save
	redis_down
	for query in dump torrents 'check -n 1 -m code=no_ttl'; do
		# shellcheck disable=SC2086 # several words
		(ulimit -d 20000; "$PEERUTILS_RELEASE/peerdump" --rdb "$tmp/dump.rdb" $query 2>"$tmp/err" | tail -n 1 >"$tmp/out"; [ "${PIPESTATUS[0]}" -le 1 ])
		[ -s "$tmp/out" ]
		# shellcheck disable=SC2086
		(ulimit -d 20000; cat "$tmp/dump.rdb" | TMPDIR=$tmp "$PEERUTILS_RELEASE/peerdump" --rdb - $query 2>"$tmp/err" | tail -n 1 | cmp "$tmp/out" -)
	done
	# the name of the key is there to the end, however often the window has moved
	("$PEERUTILS_RELEASE/peerdump" --rdb "$tmp/dump.rdb" check -o key -m code=stale 2>"$tmp/err" || [ $? = 1 ]) | uniq -c >"$tmp/out"
	[ "$(awk '{ print $1, $2 }' "$tmp/out")" = "1000000 $key" ]
	# the limit is one
	status=0
	(ulimit -d 1000; "$PEERUTILS_RELEASE/peerdump" --rdb "$tmp/dump.rdb" check >/dev/null 2>&1) || status=$?
	[ "$status" = 2 ]
}

@test "rdb: more torrents than are remembered: no word about those that are not" {
	# sets of one leecher, the first 1048576 of them without a torrent, and for one of the rest and one more that is
	# named there is one base64 by hand: a bare system has no module for it
	perl -e '
		sub key { (my $text = substr pack("u", pack("x16N", shift)), 1, 27) =~ tr#`!-_#A-Za-z0-9+/#; "$text=" }
		print "REDIS0011\xfe\0";
		print "\x02\x20ext_", key($_), "\1\1x" for 1 .. 1048580;
		print "\x05\x1c", key($_), "\1\x0e1.2.3.4\@::\@123", pack("d<", 5) for 7, 1048577, 1048579;
		print "\xff", "\0" x 8' >"$tmp/dump.rdb"
	status=0
	"$PEERUTILS_RELEASE/peerdump" --rdb "$tmp/dump.rdb" torrents -o leechers >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = 0 ]
	out 1 - -
	has err 'peerdump: more than 1048576 torrents: of the others it is not looked up whether they exist and how many leechers they have'
	"$PEERUTILS_RELEASE/peerdump" --rdb "$tmp/dump.rdb" check --top code -m code=orphan_ext -o count >"$tmp/out" 2>"$tmp/err" || status=$?
	out 1048575
	# as many may be named
	perl -e 'printf "%040x\n", $_ for 1 .. 1048578' | ("$PEERUTILS_RELEASE/peerdump" --rdb "$tmp/dump.rdb" --leechers - 2>"$tmp/err" || [ $? = 1 ]) | wc -l >"$tmp/out"
	out 1048576
	has err 'peerdump: more than 1048576 torrents named: 2 left out'
}
