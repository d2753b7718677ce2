# pipelines.bats - the tools together, as an operator types them, against real servers

load ../support/helpers
load ../support/peerdump

sample=$samples/frame/demo.frames
lines=$samples/expected/frames.tsv

# endpoints FILE - of the frames that did not stop: info hash, ipv4, ipv6, port; each once
endpoints() {
	awk -F '\t' -v OFS='\t' '$3 != "stopped" { print $5, $7, $8, $9 }' "$1" | LC_ALL=C sort -u
}

# timed - the frame lines with times, so that they come to the same whenever they are loaded
timed() {
	awk -F '\t' -v OFS='\t' '{ $11 = 1700000000 + NR; print }' "$lines"
}

# everything - what is in both databases
everything() {
	state 0
	echo --
	state 1
}

@test "framecat CAPTURE | peerdump load: Redis is rebuilt from a capture" {
	redis
	framecat "$sample" | peerdump load 2>"$tmp/err"
	has err 'peerdump: 200 lines read, 0 unfit; 180 peers stored in 5 torrents, 0 refused'
	has err 'peerdump: frames: 165 started, 15 completed, 20 stopped'
	endpoints "$lines" >"$tmp/want"
	peerdump -o info_hash,ipv4,ipv6,port | LC_ALL=C sort | diff "$tmp/want" - >&2
	# what the other forms of the same lines come to
	rcli flushall
	timed | peerdump load -q
	everything >"$tmp/want"
	for form in -j '-H -o type,time,passkey,event,info_hash,port,ipv6,ipv4' '--time=iso' '-j --time=iso'; do
		rcli flushall
		# shellcheck disable=SC2086 # several options
		timed | framecat encode | framecat --time=epoch $form | peerdump load -q
		# frames have no time of their own: all but the scores is the same
		everything | sed 's/ 17[0-9]*$//' | diff <(sed 's/ 17[0-9]*$//' "$tmp/want") - >&2
	done
}

@test "framecat | peerdump load: live through both" {
	redis
	mkfifo "$tmp/capture"
	background timeout 100 bash -c 'framecat "$1/capture" | peerdump load -q' bash "$tmp" 7>&-
	pipe=$!
	exec 7>"$tmp/capture"
	head -c 80 "$sample" >&7
	wait_for is 1 rcli zcard $key
	tail -c +81 "$sample" | head -c 80 >&7
	wait_for is 4 rcli dbsize
	exec 7>&-
	ended $pipe 0
}

@test "framecat CAPTURE | framecat encode: the same bytes" {
	framecat "$sample" | framecat encode | cmp - "$sample"
	framecat -j "$sample" | framecat encode | cmp - "$sample"
}

@test "peerdump | framecat encode: the announces of now, to be replayed" {
	redis
	framecat "$sample" | peerdump load -q
	endpoints "$lines" >"$tmp/want"
	for form in '' -j -H; do
		peerdump $form | framecat encode --set passkey=$passkey >"$tmp/replay"
		[ "$(stat -c %s "$tmp/replay")" = $((80 * $(wc -l <"$tmp/want"))) ]
		framecat -o info_hash,ipv4,ipv6,port "$tmp/replay" | LC_ALL=C sort | diff "$tmp/want" - >&2
	done
	[ "$(framecat stats -o started,passkeys "$tmp/replay")" = "$(wc -l <"$tmp/want")	1" ]
	# it rebuilds the torrents
	state | cut -d ' ' -f 1,2,4 | grep zset >"$tmp/before"
	rcli flushall
	framecat "$tmp/replay" | peerdump load -q
	state | cut -d ' ' -f 1,2,4 | grep zset | diff "$tmp/before" - >&2
	# without a passkey it is an error that names the line
	status=0
	peerdump | framecat encode 2>"$tmp/err" >"$tmp/out" || status=$?
	[ "$status" = 1 ]
	grep -q '^framecat: -: line 1, .*passkey' "$tmp/err"
}

@test "peerdump -o ipv4 | sort | uniq -c: columns for the rest of Unix" {
	redis
	framecat "$sample" | peerdump load -q
	peerdump -o ipv4 | sort | uniq -c | sort -rn | awk '{ print $1, $2 }' | LC_ALL=C sort >"$tmp/got"
	endpoints "$lines" | cut -f 2 | sort | uniq -c | awk '{ print $1, $2 }' | LC_ALL=C sort | diff - "$tmp/got" >&2
	peerdump --top ipv4:0 -o count,value | tr '\t' ' ' | LC_ALL=C sort | diff "$tmp/got" - >&2
}

@test "peerdump -j | jq" {
	need jq
	redis
	timed | peerdump load -q
	peerdump -j | jq -r '[.type, .info_hash, .ipv4 // "-", .ipv6 // "-", .port, .seen] | @tsv' | LC_ALL=C sort >"$tmp/got"
	peerdump | LC_ALL=C sort | diff - "$tmp/got" >&2
	peerdump torrents -j | jq -s 'map(.entries) | add' >"$tmp/out"
	out "$(peerdump | wc -l)"
	# each problem is an object, too
	peerdump check -j 2>/dev/null | jq -r .code | sort -u >"$tmp/out" || :
	grep -qx no_ttl "$tmp/out" || grep -qx stale "$tmp/out"
}

@test "peerdump | peerdump load: a second server gets the same, in every form" {
	redis
	timed | peerdump load -q --expire 0
	rcli zadd $key 1700000000.25 1.2.3.4@::@5
	rcli zrem $key 1.2.3.4@::@5
	tsv "peer $hash 1.2.3.4 - 5 1700000000.25" | peerdump load -q --expire 0
	everything >"$tmp/want"
	from=$REDIS_URL
	redis
	to=$REDIS_URL
	for form in '' -j -H --time=iso '-j --time=iso' '-H -o seen,port,ipv6,ipv4,info_hash' '-H -o type,info_hash,port,ipv4,ipv6,seen' '-j -o type,port,info_hash,ipv6,ipv4,seen' \
		'-H --unset NULL'; do
		rcli flushall
		# shellcheck disable=SC2086 # several options
		REDIS_URL=$from peerdump $form | REDIS_URL=$to peerdump load -q --expire 0 --unset "$([[ $form = *NULL ]] && echo NULL || echo -)"
		state | diff <(sed '/^--$/,$d; /^ext_/d' "$tmp/want") - >&2
	done
	# all that there is, through one pipe
	rcli flushall
	{ REDIS_URL=$from peerdump; REDIS_URL=$from peerdump --leechers -j; REDIS_URL=$from peerdump --users; } | peerdump load -q --expire 0
	everything | diff "$tmp/want" - >&2
	# and through sort, and head and tail, where lines keep their meaning
	rcli flushall
	{ REDIS_URL=$from peerdump; REDIS_URL=$from peerdump --leechers; REDIS_URL=$from peerdump --users; } | sort -R >"$tmp/mixed"
	{ tail -n +50 "$tmp/mixed"; head -n 49 "$tmp/mixed"; } | peerdump load -q --expire 0
	everything | diff "$tmp/want" - >&2
}

@test "peerdump | peerdump load --dry-run | redis-cli" {
	redis
	timed | peerdump load -q
	state | sed '/^ext_/d' >"$tmp/want"
	peerdump >"$tmp/peers"
	rcli flushall
	peerdump load --dry-run -q "$tmp/peers" | rcli >/dev/null
	state | diff "$tmp/want" - >&2
}

@test "peerdump torrents -o info_hash | peerdump dump -" {
	redis
	timed | peerdump load -q
	peerdump | LC_ALL=C sort >"$tmp/want"
	for form in '-o info_hash' '' -j -H '-H -o entries,info_hash' '-j -o info_hash,type'; do
		# shellcheck disable=SC2086 # several options
		peerdump torrents $form | peerdump dump - | LC_ALL=C sort | diff "$tmp/want" - >&2
	done
	peerdump torrents | sort -t $'\t' -k 3rn | head -n 1 | peerdump - >"$tmp/out"
	[ "$(cut -f 2 "$tmp/out" | sort -u | wc -l)" = 1 ]
	[ "$(wc -l <"$tmp/out")" -gt 20 ]
	# the frames of a capture name torrents, and so do peers, leechers and members
	framecat "$sample" | peerdump torrents - -o info_hash | LC_ALL=C sort | diff <(cut -f 5 "$lines" | LC_ALL=C sort -u) - >&2
	for what in '' --leechers --users; do
		# shellcheck disable=SC2086
		peerdump $what | peerdump - | LC_ALL=C sort | diff "$tmp/want" - >&2
	done
}

@test "peerdump | peerdump encode | peerdump decode: entries and back" {
	redis
	timed | peerdump load -q
	peerdump -o ipv4,ipv6,port >"$tmp/want"
	for form in '' --hex --base64 --redis-cli; do
		for print in '' -j -H '-H -o port,ipv6,ipv4'; do
			# shellcheck disable=SC2086 # several options
			peerdump $print | peerdump encode $form | peerdump decode -o ipv4,ipv6,port | LC_ALL=C sort | diff <(LC_ALL=C sort "$tmp/want") - >&2
		done
	done
	# the entries are those that Redis has
	peerdump $hash | peerdump encode --hex | LC_ALL=C sort | diff - <(state | sed -n "s,^$key zset [a-z]* \([0-9a-f]*\) .*,\1,p") >&2
	# what is encoded is a member as redis-cli takes it
	rcli del $key
	tsv 'peer - 1.2.3.4 2001:db8::7 6881 -' | peerdump encode --redis-cli | sed "s/^/zadd $key 1700000000 /" | rcli >/dev/null
	peerdump $hash >"$tmp/out"
	out "$(tsv "peer $hash 1.2.3.4 2001:db8::7 6881 1700000000")"
}

@test "redis-cli --no-raw | peerdump decode: what redis-cli shows, made readable" {
	redis
	timed | peerdump load -q
	for zset in $(peerdump torrents -o info_hash | while read -r one; do key_of "$one"; done); do
		peerdump "$zset" | cut -f 3- | LC_ALL=C sort >"$tmp/want"
		rcli --no-raw zrange "$zset" 0 -1 withscores | peerdump decode | cut -f 3- | LC_ALL=C sort | diff "$tmp/want" - >&2
		rcli -3 --no-raw zrange "$zset" 0 -1 withscores | peerdump decode | cut -f 3- | LC_ALL=C sort | diff "$tmp/want" - >&2
		rcli --no-raw zrange "$zset" 0 -1 | peerdump decode -o ipv4,ipv6,port | LC_ALL=C sort | diff <(cut -f 1-3 "$tmp/want") - >&2
		rcli --no-raw zscan "$zset" 0 count 10000 >"$tmp/zscan"
		tail -n +2 "$tmp/zscan" | peerdump decode | cut -f 3- | LC_ALL=C sort | diff "$tmp/want" - >&2
		# into a pipe without --no-raw it cannot be told apart, and must not become other peers
		status=0
		rcli zrange "$zset" 0 -1 withscores | peerdump decode >"$tmp/out" 2>"$tmp/err" || status=$?
		[ "$status" = 1 ]
		out
		says err 'use redis-cli --no-raw'
	done
	rcli --no-raw zrange nothing 0 -1 | peerdump decode >"$tmp/out" 2>"$tmp/err"
	out
	err
}

@test "peerdump check -o detail | peerdump decode: the members that make announces fail, and the repair of a torrent" {
	redis
	rcli zadd $key 1700000000 9.9.9.9@2a00::9@6881 1700000001 aaaaaaaaaaaaaaaaaaab:9.9.9.6:8 >/dev/null
	peerdump check -q -m 'code = foreign_member' -o detail >"$tmp/members" || [ $? = 1 ]
	peerdump decode -o ipv4,ipv6,port "$tmp/members" | LC_ALL=C sort >"$tmp/out"
	out "$(tsv '9.9.9.6 - 8')" "$(tsv '9.9.9.9 2a00::9 6881')"
	peerdump $hash >"$tmp/peers"
	rcli unlink $key
	peerdump load -q "$tmp/peers"
	[ "$(peerdump torrents -o entries,foreign)" = '2	0' ]
	diff <(LC_ALL=C sort "$tmp/peers") <(peerdump | LC_ALL=C sort) >&2
}

@test "a mask keeps what is equal equal, through all of it" {
	redis
	export PEERUTILS_MASK_KEY=secret
	framecat --mask passkey,ipv4,ipv6 "$sample" | framecat encode | framecat | peerdump load -q
	[ "$(peerdump | wc -l)" = "$(endpoints "$lines" | wc -l)" ]
	[ "$(peerdump --users --top passkey:0 -o count | paste -sd +)" = "$(
		rcli flushall >/dev/null
		framecat "$sample" | peerdump load -q
		peerdump --users --top passkey:0 -o count | paste -sd +)" ]
	# of Redis the same as of the capture
	peerdump --mask ipv4 -o ipv4 | sort -u >"$tmp/got"
	framecat --mask ipv4 -m 'event != stopped' -o ipv4 "$sample" | sort -u | diff - "$tmp/got" >&2
}

@test "a failure in a pipeline is seen with pipefail, and what came before it is used" {
	redis
	timed | peerdump load -q
	set -o pipefail
	status=0
	peerdump --redis unix:/none | peerdump load -q 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	status=0
	{ timed; echo nonsense; } | peerdump load -q 2>"$tmp/err" || status=$?
	[ "$status" = 1 ]
	err "peerdump: -: line 201, byte $(timed | wc -c): 'nonsense' is no record type that is read here (such as peer)"
}
