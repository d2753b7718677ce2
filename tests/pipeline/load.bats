# load.bats - peerdump load against real servers: what it stores and refuses, and a server that does not play along

load ../support/helpers
load ../support/peerdump
load ../support/load

other=a3d811736110e5781bcccea696762e6116c6e9c9
other_key=o9gRc2EQ5XgbzM6mlnYuYRbG6ck=
third=d1c427103c344c4189eb2f1e7bd5d47e446fcec2
entry=010203040000000000000000000000000000000000 # and one byte, the low one of the port

# ---- peers

@test "peers: entry, score and expiry as the vectors have them" {
	redis
	tail -n +2 "$samples/expected/entries.tsv" | cut -f 5 | tr ' ' '\t' >"$tmp/in"
	# the last one of two alike counts
	tail -n +2 "$samples/expected/entries.tsv" | awk -F '\t' '{ score[$1 " zset expires " $3] = $4 }
		END { for (entry in score) print entry, score[entry] }' | LC_ALL=C sort >"$tmp/want"
	pd 0 load "$tmp/in"
	out
	err "peerdump: 200 lines read, 0 unfit; 200 peers stored in $(cut -d ' ' -f 1 "$tmp/want" | uniq | wc -l) torrents, 0 refused"
	state | diff "$tmp/want" - >&2
	[ "$(rcli ttl "$key")" -gt 200 ]
	[ "$(rcli ttl "$key")" -le 300 ]
	[ -z "$(state 1)" ]
	# again, from stdin and named -: nothing changes
	pd 0 load <"$tmp/in"
	pd 0 load -q - <"$tmp/in"
	err
	state | diff "$tmp/want" - >&2
}

@test "peers: a fraction of a second, seen unset, the last of two alike" {
	redis
	tsv "peer $hash 1.2.3.4 - 1 1700000000.25" "peer $hash 1.2.3.4 - 2 5" "peer $hash 1.2.3.4 - 2 2023-11-14T22:13:20Z" \
		"peer $hash 1.2.3.4 - 3 0" "peer $hash 1.2.3.4 - 4 1700000009" "peer $hash 1.2.3.4 - 4 1700000001" >"$tmp/in"
	for _ in once again; do
		pd 0 load --expire 0 "$tmp/in"
		state >"$tmp/out"
		out "$key zset never ${entry}01 1700000000.25" "$key zset never ${entry}02 1700000000" \
			"$key zset never ${entry}03 0" "$key zset never ${entry}04 1700000001"
	done
	before=$(rcli time | head -n 1)
	tsv "peer $hash 1.2.3.4 - 5 -" | peerdump load -q
	after=$(rcli time | head -n 1)
	score=$(state | sed -n "s/.*${entry}05 //p")
	[[ $score =~ ^[0-9]+$ ]]
	[ "$score" -ge "$before" ]
	[ "$score" -le "$after" ]
}

@test "peers: --expire, and what never expires stays so with 0" {
	redis
	peers 1 | peerdump load -q --expire 0
	[ "$(rcli ttl "$key")" = -1 ]
	peers 1 | peerdump load -q --expire 2147483647
	[ "$(rcli ttl "$key")" -gt 2147483000 ]
	peers 1 | peerdump load -q --expire 2h
	[ "$(rcli ttl "$key")" -gt 7100 ]
	[ "$(rcli ttl "$key")" -le 7200 ]
	# 0 leaves alone what is there
	peers 1 | peerdump load -q --expire 0
	[ "$(rcli ttl "$key")" -gt 7100 ]
	pd 2 load --expire 2147483648 </dev/null
	err 'peerdump: --expire: 2147483648 seconds, want at most 2147483647' "peerdump: try 'peerdump --help'"
	pd 2 load --expire=-1 </dev/null
}

@test "peers: more than one command and one batch of a torrent" {
	redis
	awk -v OFS='\t' -v hash=$hash -v other=$other 'BEGIN {
		for (i = 0; i < 40000; i++)
			print "peer", i % 3 ? hash : other, "10." int(i / 65536) "." int(i / 256) % 256 "." i % 256, "-", 6881, 1700000000 + i
	}' >"$tmp/in"
	pd 0 load -v "$tmp/in"
	says err '40000 lines read, 0 unfit; 40000 peers stored in 2 torrents, 0 refused'
	says err 'new: 40000 peers'
	[ "$(rcli zcard $key)" = 26666 ]
	[ "$(rcli zcard $other_key)" = 13334 ]
	[ "$(rcli --no-raw zrange $other_key -1 -1 withscores | tail -n 1)" = '2) "1700039999"' ]
	# one command does not hold up other clients for long
	[ "$(rcli info commandstats | sed -n 's/^cmdstat_zadd:calls=\([0-9]*\),.*/\1/p')" -ge $((40000 / 256)) ]
	pd 0 load -v "$tmp/in"
	says err 'new: 0 peers'
}

# ---- frames

@test "frames: started, completed and stopped, with what expires and what does not" {
	redis
	frame started | peerdump load -q
	state >"$tmp/out"
	out "ext_$key set never $passkey" "$key zset expires ${entry}01 1700000000"
	state 1 >"$tmp/out"
	out "$passkey set expires $key"
	for database in 0 1; do
		ttl=$(rcli -n $database ttl "$([ $database = 0 ] && echo "$key" || echo $passkey)")
		[ "$ttl" -gt 200 ]
		[ "$ttl" -le 300 ]
	done
	# completed puts the passkey back
	frame completed 1 1700000005 | peerdump load -q
	state >"$tmp/out"
	out "ext_$key set never $passkey" "$key zset expires ${entry}01 1700000005"
	# stopped leaves the entry to age out
	frame stopped 1 1700000009 | peerdump load -q
	state >"$tmp/out"
	out "ext_$key set never $passkey" "$key zset expires ${entry}01 1700000005"
	[ -z "$(state 1)" ]
	frame completed 2 | peerdump load --expire 0
	[ "$(rcli -n 1 ttl $passkey)" = -1 ]
	# a stopped of somebody who never started, without an address
	frame stopped 1 - ffffffffffffffffffffffffffffffff | sed 's/1\.2\.3\.4/-/' | peerdump load 2>"$tmp/err"
	says err '1 line read, 0 unfit; 0 peers stored in 0 torrents, 0 refused'
	says err 'frames: 0 started, 0 completed, 1 stopped'
	says err 'members of user and ext_ sets: 1 stored or removed, 0 refused'
	[ "$(rcli -n 1 dbsize)" = 1 ]
}

@test "frames: the order of the events is the order of the lines" {
	redis
	frame started >"$tmp/started"
	frame stopped >"$tmp/stopped"
	cat "$tmp"/{started,stopped,started} | peerdump load -q
	[ "$(rcli -n 1 scard $passkey)" = 1 ]
	cat "$tmp"/{stopped,started,stopped} | peerdump load -q
	[ "$(rcli -n 1 exists $passkey)" = 0 ]
	cat "$tmp"/{started,stopped} | peerdump load -q
	[ "$(rcli -n 1 exists $passkey)" = 0 ]
}

@test "frames: without a time it is now, of the server" {
	redis
	before=$(rcli time | head -n 1)
	frame started 1 - | peerdump load -q
	after=$(rcli time | head -n 1)
	score=$(rcli zrange $key 0 -1 withscores | tail -n 1)
	[ "$score" -ge "$before" ]
	[ "$score" -le "$after" ]
}

@test "leechers and members go into their sets" {
	redis
	tsv "leecher $hash $passkey" "member $passkey $hash" "member $passkey $other" >"$tmp/in"
	pd 0 load "$tmp/in"
	says err 'members of user and ext_ sets: 3 stored or removed, 0 refused'
	state >"$tmp/out"
	out "ext_$key set never $passkey"
	state 1 >"$tmp/out"
	out "$passkey set expires $key" "$passkey set expires $other_key"
}

# model FILE - what must be in Redis after these lines: the torrents database, a line "--", the users database
model() {
	cut -f 2,3,5 "$1" | grep -oE '\<[0-9a-f]{40}\>' | sort -u | while read -r h; do echo "$h $(key_of "$h")"; done >"$tmp/keys"
	awk -F '\t' -v keys="$tmp/keys" '
	BEGIN { while ((getline line < keys) > 0) { split(line, pair, " "); key[pair[1]] = pair[2] } }
	function announce(hash, ipv4, ipv6, port, time,   part, text) {
		text = "00000000"
		if (ipv4 != "-") { split(ipv4, part, "."); text = sprintf("%02x%02x%02x%02x", part[1], part[2], part[3], part[4]) }
		if (ipv6 == "-") text = text "00000000000000000000000000000000"
		else text = text "20010db800000000000000000000" sprintf("%04x", substr(ipv6, 11))
		score[key[hash] " zset expires " text sprintf("%04x", port)] = time
	}
	$1 == "peer" { announce($2, $3, $4, $5, $6) }
	$1 == "leecher" { ext["ext_" key[$2] " set never " $3] }
	$1 == "member" { user[$2 " set expires " key[$3]] }
	$1 == "frame" && $3 == "stopped" { delete user[$6 " set expires " key[$5]]; next }
	$1 == "frame" {
		announce($5, $7, $8, $9, $11)
		ext["ext_" key[$5] " set never " $6]
		user[$6 " set expires " key[$5]]
	}
	END {
		for (line in score) print "0", line, score[line]
		for (line in ext) print "0", line
		for (line in user) print "1", line
	}' "$1" >"$tmp/model"
	sed -n 's/^0 //p' "$tmp/model" | LC_ALL=C sort
	echo --
	sed -n 's/^1 //p' "$tmp/model" | LC_ALL=C sort
}

@test "random lines in large batches leave what one after the other would" {
	for seed in 1 2; do
		redis
		generate $seed 40000 >"$tmp/in"
		model "$tmp/in" >"$tmp/want"
		grep -q ' zset ' "$tmp/want"
		pd 0 load "$tmp/in"
		says err '40000 lines read, 0 unfit; '
		{ state 0; echo --; state 1; } | diff "$tmp/want" - >&2
		# few lines at a time end the same: none of them waits for a batch to be full
		redis
		head -n 2000 "$tmp/in" >"$tmp/few"
		model "$tmp/few" >"$tmp/want"
		dd if="$tmp/few" bs=500 status=none | peerdump load -q
		{ state 0; echo --; state 1; } | diff "$tmp/want" - >&2
	done
}

@test "databases by number, and one for both" {
	redis
	generate 3 4000 >"$tmp/in"
	model "$tmp/in" >"$tmp/want"
	pd 0 load --torrents-db 3 --users-db 5 "$tmp/in"
	[ "$(rcli dbsize)" = 0 ]
	[ "$(rcli -n 1 dbsize)" = 0 ]
	{ state 3; echo --; state 5; } | diff "$tmp/want" - >&2
	rcli flushall
	# the URI's number is that of the torrents
	REDIS_URL="unix:$sock?db=4" pd 0 load "$tmp/in"
	{ state 4; echo --; state 1; } | diff "$tmp/want" - >&2
	rcli flushall
	for options in '--users-db 0' '--torrents-db 1' '--torrents-db 9 --users-db 9'; do
		rcli flushall
		# shellcheck disable=SC2086 # several options
		pd 0 load $options "$tmp/in"
		number=${options##* }
		state "$number" | diff <(grep -vx -e -- "$tmp/want" | LC_ALL=C sort) - >&2
		[ "$(rcli info keyspace | grep -c '^db')" = 1 ]
	done
	pd 2 load --torrents-db 99 "$tmp/in"
	says err 'there is no database 99'
	pd 2 load --users-db 99 "$tmp/in"
	says err 'there is no database 99'
	pd 2 load --users-db x "$tmp/in"
}

# ---- refusals of lines

@test "lines that do not fit are told with their number, and the others stored" {
	redis
	{
		tsv "frame 1 started 50 $hash short 1.2.3.4 - 1 0000 -" "frame 2 started 50 $hash $passkey 1.2.3.4 - 1 0000 -" \
			"frame 1 9 50 $hash $passkey 1.2.3.4 - 1 0000 -" "frame 1 started 50 $hash $passkey - - 1 0000 -" \
			"frame 1 started 50 - $passkey 1.1.1.1 - 1 0000 -" "frame 1 started 50 $hash - 1.1.1.1 - 1 0000 -" \
			"peer $hash - - 1 -" "peer - 1.2.3.4 - 1 -" "peer $hash 1.2.3.4" "oldframe 1 started 50 $hash 6162 1.2.3.4 - 1 0000 -" \
			"nonsense" "peer xx 1.2.3.4 - 1 -" "peer $hash 1.2.3.4 - 99999 -" "leecher $hash abc" "member abc $hash" \
			"leecher - $passkey" "member - $hash" "swarm $hash 1"
		peers 1
	} >"$tmp/in"
	pd 1 load "$tmp/in"
	out
	grep -o '^peerdump: [^ ]*: line [0-9]*' "$tmp/err" | diff - <(for i in {1..18}; do echo "peerdump: $tmp/in: line $i"; done) >&2
	for message in 'line 1, byte 0: passkey of 5 bytes, want 32' 'line 2, byte 85: version 2, want 1' \
		'line 3, byte 197: event 9, want started, completed or stopped' 'line 4, byte 303: neither ipv4 nor ipv6' \
		'line 5, byte 409: no info_hash' 'line 6, byte 482: no passkey' 'line 7, byte 563: neither ipv4 nor ipv6' \
		'line 8, byte 617: no info_hash' 'line 9, byte 638: no port' 'line 10, byte 692: an oldframe has no passkey' \
		"line 11, byte 779: 'nonsense' is no record type" "line 12, byte 793: info_hash: 'xx' is no info hash" \
		"line 13, byte 866: port: '99999' is not a number in 0..65535" 'line 14, byte 874: passkey of 3 bytes' \
		'line 15, byte 927: passkey of 3 bytes' 'line 16, byte 979: no info_hash' 'line 17, byte 1022: no passkey' \
		"line 18, byte 1072: 'swarm' is no record type"; do
		says err "peerdump: $tmp/in: $message"
	done
	has err 'peerdump: 19 lines read, 18 unfit; 1 peer stored in 1 torrent, 0 refused'
	state >"$tmp/out"
	out "$key zset expires ${entry}01 1700000001"
	[ -z "$(state 1)" ]
}

@test "the forms of lines: JSON, headers, other types by their columns, --unset" {
	redis
	echo "{\"type\":\"peer\",\"info_hash\":\"$hash\",\"ipv4\":\"1.2.3.4\",\"port\":1,\"seen\":1700000000}" | peerdump load -q
	printf '#port\tinfo_hash\tseen\tipv4\n2\t%s\t1700000000\t1.2.3.4\n' "$key" | peerdump load -q
	printf '#type\tseen\tipv4\tport\tinfo_hash\npeer\t1700000000\t1.2.3.4\t3\t%s\n' "${hash^^}" | peerdump load -q
	printf 'peer\t%s\t1.2.3.4\t\\N\t4\t1700000000\n' "$(bytes $hash | base32)" | peerdump load -q --unset '\N'
	state >"$tmp/out"
	out "$key zset expires ${entry}0"{1,2,3,4}' 1700000000'
	echo "{\"type\":\"frame\",\"event\":\"started\",\"info_hash\":\"$hash\",\"passkey\":\"$passkey\",\"ipv4\":\"1.2.3.4\",\"port\":5}" | peerdump load -q
	[ "$(rcli zcard $key)" = 5 ]
	[ "$(rcli -n 1 smembers $passkey)" = "$key" ]
	# without a column that it takes
	printf '#type\tinfo_hash\tipv4\npeer\t%s\t1.2.3.4\n' $hash >"$tmp/in"
	pd 1 load "$tmp/in"
	says err 'line 2, byte 21: no port'
	says err '1 line read, 1 unfit; 0 peers stored'
}

@test "--keep stores what has no address, so that a copy is faithful" {
	redis
	tsv "peer $hash - - 1 1700000000" "frame 1 started 50 $hash $passkey - - 2 0000 1700000000" >"$tmp/in"
	pd 1 load "$tmp/in"
	[ "$(rcli dbsize)" = 0 ]
	pd 0 load -k "$tmp/in"
	state >"$tmp/out"
	zeros=0000000000000000000000000000000000000000
	out "ext_$key set never $passkey" "$key zset expires ${zeros}0001 1700000000" "$key zset expires ${zeros}0002 1700000000"
}

@test "a file that is missing does not keep the others from being loaded" {
	redis
	peers 1 >"$tmp/one"
	peers 2 $other >"$tmp/two"
	pd 2 load "$tmp/one" "$tmp/none" "$tmp/two"
	err "peerdump: $tmp/none: No such file or directory" 'peerdump: 3 lines read, 0 unfit; 3 peers stored in 2 torrents, 0 refused'
	[ "$(rcli dbsize)" = 2 ]
}

# ---- refusals of the server

@test "a key of somebody else is complained about, left alone, and the rest is stored" {
	redis
	rcli set $key foreign
	rcli -n 1 set $passkey foreign
	{ peers 3; peers 2 $other; frame started 9; tsv "member $passkey $other"; } >"$tmp/in"
	pd 1 load "$tmp/in"
	err "peerdump: $tmp/in: line 1: WRONGTYPE Operation against a key holding the wrong kind of value (ZADD \"$key\", and 3 more lines)" \
		"peerdump: $tmp/in: line 6: WRONGTYPE Operation against a key holding the wrong kind of value (SADD \"$passkey\", and 1 more line)" \
		'peerdump: 7 lines read, 0 unfit; 2 peers stored in 1 torrent, 4 refused' \
		'peerdump: frames: 1 started, 0 completed, 0 stopped' 'peerdump: members of user and ext_ sets: 1 stored or removed, 2 refused'
	[ "$(rcli get $key)" = foreign ]
	[ "$(rcli ttl $key)" = -1 ]
	[ "$(rcli -n 1 ttl $passkey)" = -1 ]
	[ "$(rcli zcard $other_key)" = 2 ]
	[ "$(rcli ttl $other_key)" -gt 0 ]
}

@test "a server without memory: twenty complaints, the rest counted" {
	redis --maxmemory 1
	for i in {10..34}; do peers 1 "${i}$(printf '0%.0s' {1..38})"; done >"$tmp/in"
	pd 1 load "$tmp/in"
	[ "$(grep -c "line [0-9]*: OOM command not allowed when used memory > 'maxmemory'" "$tmp/err")" = 20 ]
	[ "$(tail -n 1 "$tmp/err")" = 'peerdump: 5 more complaints like these (-v shows all)' ]
	has err 'peerdump: 25 lines read, 0 unfit; 0 peers stored in 0 torrents, 25 refused'
	pd 1 load -v "$tmp/in"
	[ "$(grep -c 'OOM command' "$tmp/err")" = 25 ]
	rcli config set maxmemory 0
	pd 0 load "$tmp/in"
	[ "$(rcli dbsize)" = 25 ]
}

@test "a replica refuses everything" {
	redis --replicaof '127.0.0.1 1'
	peers 2 >"$tmp/in"
	pd 1 load "$tmp/in"
	says err "line 1: READONLY You can't write against a read only replica. (ZADD \"$key\", and 1 more line)"
	says err '2 lines read, 0 unfit; 0 peers stored in 0 torrents, 2 refused'
}

@test "a user who may not do everything" {
	redis
	rcli acl setuser add on '>secret' '~*' '&*' +@all -zadd
	rcli acl setuser expire on '>secret' '~*' '&*' +@all -expire
	rcli acl setuser select on '>secret' '~*' '&*' +@all -select
	rcli acl setuser time on '>secret' '~*' '&*' +@all -time -ping
	{ peers 1; frame started 2; } >"$tmp/in"
	REDIS_URL=unix://add:secret@$sock pd 1 load "$tmp/in"
	says err "line 1: NOPERM this user has no permissions to run the 'zadd' command"
	says err '0 peers stored in 0 torrents, 2 refused'
	says err 'members of user and ext_ sets: 2 stored or removed, 0 refused'
	[ "$(rcli exists $key)" = 0 ]
	[ "$(rcli -n 1 scard $passkey)" = 1 ]
	REDIS_URL=unix://expire:secret@$sock pd 1 load "$tmp/in"
	says err "line 1: NOPERM this user has no permissions to run the 'expire' command"
	says err '2 peers stored in 1 torrent, 0 refused'
	[ "$(rcli zcard $key)" = 2 ]
	[ "$(rcli ttl $key)" = -1 ]
	REDIS_URL=unix://select:secret@$sock pd 2 load "$tmp/in"
	says err "unix:$sock?db=1: SELECT: NOPERM"
	peers 1 | REDIS_URL=unix://select:secret@$sock pd 0 load
	peers 1 | REDIS_URL=unix://time:secret@$sock pd 0 load
	says err 'TIME: NOPERM'
	[ "$(rcli dbsize)" = 2 ]
}

@test "passwords come from the environment, and nobody sees them" {
	redis --requirepass topsecret
	peers 1 >"$tmp/in"
	REDISCLI_AUTH=topsecret pd 0 load --redis "unix:$sock" "$tmp/in"
	REDIS_URL=unix://:topsecret@$sock pd 0 load "$tmp/in"
	REDIS_URL=unix://default:topsecret@$sock pd 0 load "$tmp/in"
	REDISCLI_AUTH=topsecret pd 0 -o port
	out 1
	for verb in load dump torrents check; do
		for address in "redis://:topsecret@localhost/" ":topsecret@localhost" "unix://u:topsecret@$sock"; do
			pd 2 $verb --redis "$address" </dev/null
			out
			says err 'a password on the command line is seen by every user of this machine'
			[ "$(grep -c topsecret "$tmp/err")" = 0 ]
		done
		pd 2 $verb </dev/null
		err "peerdump: unix:$sock wants a password (it is taken from \$REDISCLI_AUTH)"
		REDISCLI_AUTH=topsecrex pd 2 $verb </dev/null
		err "peerdump: unix:$sock: wrong user name or password"
		REDIS_URL=unix://nobody:topsecret@$sock pd 2 $verb </dev/null
		err "peerdump: unix:$sock: wrong user name or password"
		REDIS_URL=unix://nobody@$sock pd 2 $verb </dev/null
		says err 'a user without a password in the Redis address'
	done
	# while it runs, and in all that it says
	export REDIS_URL=unix://:topsecret@$sock
	feed load -v
	cat "$tmp/in" >&7
	wait_for is 1 redis-cli -s "$sock" -a topsecret --no-auth-warning exists $key
	[ "$(tr '\0' ' ' <"/proc/$(pgrep -P "$fed")/cmdline")" = "peerdump load -v $tmp/fifo " ]
	kill -9 "$redis_pid"
	cat "$tmp/in" >&7
	exec 7>&-
	ended "$fed" 2
	cat "$tmp/out" "$tmp/err" >"$tmp/all"
	[ "$(grep -c topsecret "$tmp/all")" = 0 ]
	# a server that has none says so
	redis
	REDISCLI_AUTH=topsecret pd 2 load "$tmp/in"
	err "peerdump: unix:$sock has no password, but one was given (\$REDISCLI_AUTH, \$REDIS_URL)"
}

# ---- servers that are not there, or go

@test "no server: exit status 2 and its address" {
	peers 1 >"$tmp/in"
	pd 2 load --redis "unix:$tmp/none" "$tmp/in"
	err "peerdump: cannot connect to unix:$tmp/none: No such file or directory"
	pd 2 load --redis "127.0.0.1:1" "$tmp/in"
	err 'peerdump: cannot connect to 127.0.0.1:1: Connection refused'
	REDIS_URL=redis://127.0.0.1:1/7 pd 2 load "$tmp/in"
	err 'peerdump: cannot connect to 127.0.0.1:1: Connection refused'
	pd 2 load --redis rediss://localhost "$tmp/in"
	says err 'there is no TLS here'
	REDIS_URL=http://localhost pd 2 load "$tmp/in"
	says err '$REDIS_URL: unknown scheme in the Redis address'
}

@test "over TCP it is the same" {
	redis_tcp
	peers 3 | pd 0 load
	[ "$(rcli zcard $key)" = 3 ]
	pd 0 -o port --redis "127.0.0.1:$port/0"
	count 3 out
	pd 0 -o port --redis "redis://127.0.0.1:$port"
	count 3 out
	kill "$redis_pid"
	wait "$redis_pid" || :
	pd 2
	err "peerdump: cannot connect to 127.0.0.1:$port: Connection refused"
}

@test "live: lines are in Redis while the pipe is still open" {
	redis
	feed load
	for i in 1 2 3; do
		peers $i | tail -n 1 >&7
		wait_for is $i rcli zcard $key
		[ "$(rcli ttl $key)" -gt 0 ]
	done
	frame started 9 >&7
	wait_for is "$key" rcli -n 1 smembers $passkey
	kill -0 "$fed"
	exec 7>&-
	ended "$fed" 0
	has err 'peerdump: 4 lines read, 0 unfit; 4 peers stored in 1 torrent, 0 refused'
}

@test "live: ^C stores what came, and says so" {
	redis
	feed load
	peers 2 >&7
	wait_for is 2 rcli zcard $key
	kill -INT "$(pgrep -P "$fed")"
	ended "$fed" 130
	has err 'peerdump: 2 lines read, 0 unfit; 2 peers stored in 1 torrent, 0 refused'
	exec 7>&-
}

@test "a server that dies in mid-load: what is known to be stored" {
	redis
	feed load
	peers 2 >&7
	wait_for is 2 rcli zcard $key
	kill -9 "$redis_pid"
	wait "$redis_pid" || :
	peers 1 $third >&7
	# it ends by itself: there is nowhere to put what might still come
	ended "$fed" 2
	grep -q "^peerdump: unix:$sock: .* (known to be stored: 2 peers, of 3 lines read)\$" "$tmp/err"
	has err 'peerdump: 3 lines read, 0 unfit; 2 peers stored in 1 torrent, 0 refused'
	exec 7>&-
}

@test "a server that hangs in mid-load, and one that hangs from the beginning" {
	redis
	feed load --timeout 1
	peers 2 >&7
	wait_for is 2 rcli zcard $key
	kill -STOP "$redis_pid"
	peers 1 $third >&7
	ended "$fed" 2
	exec 7>&-
	says err "unix:$sock: no answer within 1 s (known to be stored: 2 peers, of 3 lines read)"
	peers 1 | pd 2 load --timeout 1
	err "peerdump: unix:$sock: no answer within 1 s"
	pd 2 dump --timeout 1
	err "peerdump: unix:$sock: no answer within 1 s"
}

# ---- dry run

@test "--dry-run is what redis-cli takes, and leads to the same" {
	redis
	generate 4 3000 >"$tmp/in"
	for options in '' '--expire 0' '--torrents-db 2 --users-db 3' '--users-db 0' '--torrents-db 1 --users-db 0'; do
		rcli flushall
		# shellcheck disable=SC2086 # several options
		pd 0 load $options "$tmp/in"
		for database in 0 1 2 3; do echo "database $database"; state $database; done >"$tmp/want"
		rcli flushall
		# shellcheck disable=SC2086
		REDIS_URL=unix:/none pd 0 load --dry-run $options "$tmp/in"
		says err '3000 lines read, 0 unfit; '
		rcli <"$tmp/out" >"$tmp/answers"
		[ "$(grep -cE 'ERR|WRONGTYPE' "$tmp/answers")" = 0 ]
		for database in 0 1 2 3; do echo "database $database"; state $database; done | diff "$tmp/want" - >&2
	done
}

@test "--dry-run: live, and a full disk" {
	feed load --dry-run
	peers 1 >&7
	wait_for grep -q ^EXPIRE "$tmp/out"
	exec 7>&-
	ended "$fed" 0
	bytes="\\x01\\x02\\x03\\x04$(printf '\\x00%.0s' {1..17})\\x01"
	out 'SELECT 0' "ZADD $key 1700000001 \"$bytes\"" "EXPIRE $key 300"
	says err '1 line read, 0 unfit; 1 peer to store in 1 torrent, 0 refused'
	status=0
	peers 1 | peerdump load --dry-run >/dev/full 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	has err 'peerdump: cannot write to standard output: No space left on device'
}
