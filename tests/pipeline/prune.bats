# prune.bats - peerdump prune against real servers: what goes, what stays, the journal, and load that puts it back

load ../support/helpers
load ../support/peerdump
load ../support/edit

other=a3d811736110e5781bcccea696762e6116c6e9c9
other_key=o9gRc2EQ5XgbzM6mlnYuYRbG6ck=
none16=00000000000000000000000000000000

# quoted HEX - as redis-cli takes it
quoted() {
	printf '"%s"' "$(sed 's/../\\x&/g' <<<"$1")"
}

commands() {
	printf '%s\n' "$@" | rcli >"$tmp/answers"
	[ "$(grep -cE '^(ERR|WRONGTYPE|\(error\))' "$tmp/answers")" = 0 ] || { cat "$tmp/answers" >&2; return 1; }
}

# mixed - a torrent of everything, one of stale entries alone, ext_ sets of both, of one that is gone, and what is nobody's
mixed() {
	now=$(rcli time | head -n 1)
	commands "zadd $key $now $(quoted "01020304${none16}0001")" "zadd $key $((now + 5000)) $(quoted "01020304${none16}0002")" \
		"zadd $key $((now - 250)) $(quoted "01020304${none16}0003")" "zadd $key $((now - 1000)).25 $(quoted "01020304${none16}0004")" \
		"zadd $key -5 $(quoted "01020304${none16}0005")" "zadd $key $now 1.2.3.4@@6" "zadd $key 7 1.2.3.4@@7" \
		"zadd $key 8 garbage" "zadd $key inf \"\"" "zadd $key $now \"\\x00\\xff\\t\\n\\\\\"" "expire $key 4000" \
		"zadd $other_key 1 $(quoted "01020304${none16}0001")" "zadd $other_key 0.1 $(quoted "01020304${none16}0002")" \
		"sadd ext_$key $passkey" "sadd ext_$other_key $passkey" "sadd ext_$(key_of 00000000000000000000000000000000000000ff) $passkey x" \
		"zadd to_4711 3 1.2.3.4@@9" "expire to_4711 4000" "zadd leaderboard:2024:usa 1 someone" "set unknown 1" "zadd unheard 1 of"
}

all='--stale --foreign --orphan-ext'

# ---- what goes

@test "nothing without being told what" {
	redis
	mixed
	state >"$tmp/before"
	pd 2 prune
	err 'peerdump: prune removes only what it is told to: --stale, --foreign, --orphan-ext' "peerdump: try 'peerdump --help'"
	pd 2 prune --dry-run
	state | diff "$tmp/before" - >&2
}

@test "stale entries: not those of the future, not what has no known form" {
	redis
	mixed
	pd 0 prune --stale
	LC_ALL=C sort "$tmp/out" >"$tmp/sorted"
	diff -u <(tsv "pruned stale $key 01020304${none16}0004 $((now - 1000)).25 4000 $hash 1.2.3.4 - 4 $((now - 1000)).250000" \
		"pruned stale $key 01020304${none16}0005 -5 4000 $hash 1.2.3.4 - 5 -5" \
		"pruned stale $key 312e322e332e34404037 7 4000 $hash 1.2.3.4 - 7 7" \
		"pruned stale $other_key 01020304${none16}0001 1 - $other 1.2.3.4 - 1 1" \
		"pruned stale $other_key 01020304${none16}0002 0.10000000000000001 - $other 1.2.3.4 - 2 0.100000" \
		"pruned stale to_4711 312e322e332e34404039 3 4000 - 1.2.3.4 - 9 3" | LC_ALL=C sort) \
		<(sed -E 's/\t(3[0-9]{3})\t/\t4000\t/' "$tmp/sorted") >&2
	err 'peerdump: 6 of 6 members removed, from 3 keys: 6 stale, 0 foreign, 0 orphan_ext'
	[ "$(rcli zcard $key)" = 7 ]
	[ "$(rcli exists $other_key to_4711 ext_$other_key)" = 1 ]
	[ "$(rcli ttl $key)" -gt 3000 ]
	pd 0 prune --stale
	out
	err 'peerdump: 0 of 0 members removed, from 0 keys: 0 stale, 0 foreign, 0 orphan_ext'
}

@test "foreign members, text of former versions too" {
	redis
	mixed
	pd 0 prune --foreign -q
	cut -f 1-4 "$tmp/out" | LC_ALL=C sort >"$tmp/sorted"
	diff -u <(for member in 312e322e332e34404036 312e322e332e34404037 67617262616765 '' 00ff090a5c; do
		tsv "pruned foreign $key $member"
	done | LC_ALL=C sort; tsv "pruned foreign to_4711 312e322e332e34404039") "$tmp/sorted" >&2
	err
	# a member without a peer in it, one whose score is no time
	cut -f 4,5,8- "$tmp/out" | grep -q '^67617262616765	8	-	-	-	8$'
	cut -f 4,5 "$tmp/out" | grep -q '^	inf$'
	[ "$(rcli zcard $key)" = 5 ]
	pd 1 check $hash -m code=foreign_member
	out
	[ "$(rcli exists leaderboard:2024:usa unheard unknown)" = 3 ]
}

@test "ext_ sets whose torrent is gone" {
	redis
	mixed
	rcli set "$(key_of 00000000000000000000000000000000000000aa)" string
	rcli sadd "ext_$(key_of 00000000000000000000000000000000000000aa)" $passkey
	rcli set "ext_$(key_of 00000000000000000000000000000000000000bb)" string
	gone=ext_$(key_of 00000000000000000000000000000000000000ff)
	pd 0 prune --orphan-ext -v
	LC_ALL=C sort "$tmp/out" >"$tmp/sorted"
	hex=$(printf %s $passkey | od -An -v -tx1 | tr -d ' \n')
	diff -u <(tsv "pruned orphan_ext $gone $hex - - 00000000000000000000000000000000000000ff - - - -" \
		"pruned orphan_ext $gone 78 - - 00000000000000000000000000000000000000ff - - - -") "$tmp/sorted" >&2
	says err '2 of 2 members removed, from 1 key: 0 stale, 0 foreign, 2 orphan_ext'
	[ "$(rcli exists "$gone")" = 0 ]
	[ "$(rcli exists ext_$key ext_$other_key "ext_$(key_of 00000000000000000000000000000000000000aa)")" = 3 ]
}

@test "named torrents alone" {
	redis
	mixed
	pd 0 prune $all $other -o key --dry-run
	out $other_key $other_key
	echo $other | peerdump prune - $all -q >"$tmp/out"
	count 2 out
	[ "$(rcli exists $other_key)" = 0 ]
	[ "$(rcli zcard $key)" = 10 ]
	# now its ext_ set has no torrent any more
	pd 0 prune --orphan-ext $other
	cut -f 2,3 "$tmp/out" >"$tmp/short"
	diff <(tsv "orphan_ext ext_$other_key") "$tmp/short" >&2
	# what is named is an info hash, whatever it looks like
	pd 0 prune --foreign -q "$(printf leaderboard:2024:usa | od -An -v -tx1 | tr -d ' \n')"
	count 1 out
}

@test "a dry run prints the same, and changes nothing" {
	redis
	mixed
	state >"$tmp/before"
	pd 0 prune $all --dry-run
	err 'peerdump: 12 members to remove'
	state | diff "$tmp/before" - >&2
	cut -f 1-5,7- "$tmp/out" | LC_ALL=C sort >"$tmp/dry"
	# all that chooses records goes here, and FILE is not touched
	pd 0 prune $all --dry-run -m reason=foreign -n 1 -t -o member --journal "$tmp/journal"
	count 2 out
	[ ! -e "$tmp/journal" ]
	pd 0 prune $all
	cut -f 1-5,7- "$tmp/out" | LC_ALL=C sort | diff "$tmp/dry" - >&2
}

@test "20000 stale entries, and as many that are live" {
	redis
	rcli eval '
	local now = redis.call("time")[1]
	for i = 1, 40000 do
		redis.call("zadd", KEYS[1], i % 2 == 0 and now or i, "\001\002\003" .. string.char(math.floor(i / 65536)) .. string.rep("\0", 16) ..
			string.char(math.floor(i / 256) % 256, i % 256))
	end' 1 $key
	pd 0 prune --stale
	err 'peerdump: 20000 of 20000 members removed, from 1 key: 20000 stale, 0 foreign, 0 orphan_ext'
	count 20000 out
	[ "$(cut -f 4 "$tmp/out" | sort -u | wc -l)" = 20000 ]
	[ "$(rcli zcard $key)" = 20000 ]
	[ "$(rcli info commandstats | sed -n 's/^cmdstat_exec:calls=\([0-9]*\),.*/\1/p')" -ge 80 ]
}

# ---- others write meanwhile

@test "a peer that announces between look and change stays" {
	redis
	# two entries without a zero byte, since they stand in the arguments of a program
	rcli zadd $key 10 ABCDEFGHIJKLMNOPQRSTUV 10 ABCDEFGHIJKLMNOPQRSTUW
	rcli expire $key 5000
	now=$(rcli time | head -n 1)
	hold
	# Whoever waits first goes first: after our look at the key, and before our transaction.
	background redis-cli -s "$sock" zadd $key "$now" ABCDEFGHIJKLMNOPQRSTUV
	held 1
	background peerdump prune --stale -v >"$tmp/out" 2>"$tmp/err"
	pruning=$!
	held 2
	release
	ended $pruning 0
	# the journal has it, since it is written first
	count 2 out
	says err '1 of 2 members removed, from 1 key: 1 stale, 0 foreign, 0 orphan_ext; not removed: 1 that changed meanwhile'
	says err 'begun again, as a key had changed: 1 time'
	[ "$(rcli zrange $key 0 -1 withscores | paste -sd ' ')" = "ABCDEFGHIJKLMNOPQRSTUV $now" ]
	[ "$(rcli ttl $key)" -gt 4000 ]
}

@test "a torrent that comes back keeps its ext_ set" {
	redis
	rcli sadd ext_$key $passkey x
	hold
	background redis-cli -s "$sock" zadd $key 10 1.2.3.4@@5
	held 1
	background peerdump prune --orphan-ext >"$tmp/out" 2>"$tmp/err"
	pruning=$!
	held 2
	release
	ended $pruning 0
	says err '0 of 2 members removed, from 0 keys: 0 stale, 0 foreign, 0 orphan_ext; not removed: 2 that changed meanwhile'
	[ "$(rcli scard ext_$key)" = 2 ]
}

@test "what is gone already, and a key that is something else by then" {
	redis
	for change in "zrem $key 1.2.3.4@@5" "set $key string" "del $key"; do
		rcli del $key
		rcli zadd $key 10 1.2.3.4@@5 10 1.2.3.4@@6
		hold
		# shellcheck disable=SC2086 # a command and its arguments
		background redis-cli -s "$sock" $change
		held 1
		background peerdump prune --foreign >"$tmp/out" 2>"$tmp/err"
		pruning=$!
		held 2
		release
		ended $pruning 0
		case $change in
		zrem*) says err '1 of 2 members removed, from 1 key: 0 stale, 1 foreign, 0 orphan_ext; not removed: 1 gone already' ;;
		*) says err '0 of 2 members removed, from 0 keys: 0 stale, 0 foreign, 0 orphan_ext; not removed: 2 gone already' ;;
		esac
	done
}

@test "peers that announce all the time are never pruned" {
	redis
	# each announce makes one of 300 peers live again; the others become stale one by one
	cat >"$tmp/announce.lua" <<-'LUA'
		local now = redis.call("time")[1]
		for n = 1, 3 do
			local i, j = math.random(300), math.random(300)
			redis.call("zadd", KEYS[1], 5, "\001\002\003\004" .. string.rep("\0", 16) .. string.char(math.floor(j / 256), j % 256))
			redis.call("srem", "live", j)
			redis.call("zadd", KEYS[1], now, "\001\002\003\004" .. string.rep("\0", 16) .. string.char(math.floor(i / 256), i % 256))
			redis.call("sadd", "live", i)
		end
	LUA
	background redis-cli -s "$sock" -r -1 -i 0.0005 eval "$(cat "$tmp/announce.lua")" 1 $key >/dev/null 2>&1
	for _ in {1..8}; do
		peerdump prune --stale -v >>"$tmp/journal" 2>>"$tmp/log" || [ $? = 1 ]
	done
	kill "${background_pids[0]}"
	pd 0 prune --stale
	rcli eval '
	local wrong = {}
	for _, i in ipairs(redis.call("smembers", "live")) do
		if not redis.call("zscore", KEYS[1], "\001\002\003\004" .. string.rep("\0", 16) .. string.char(math.floor(i / 256), i % 256)) then
			wrong[#wrong + 1] = i
		end
	end
	if redis.call("zcard", KEYS[1]) ~= redis.call("scard", "live") then wrong[#wrong + 1] = "members" end
	return wrong' 1 $key >"$tmp/out"
	[ "$(cat "$tmp/out")" = '' ] || { cat "$tmp/log" "$tmp/out"; false; } >&2
}

# ---- the journal

@test "what would leave out a part of the journal goes with a dry run only" {
	redis
	mixed
	state >"$tmp/before"
	for option in '-n 1' '--skip 1' '--sample 1/2' '-m reason=stale' '--top reason' '--mask ipv4' '-o key' --csv -t; do
		for journal in '' --journal=-; do
			# shellcheck disable=SC2086 # with their arguments
			pd 2 prune $all $option $journal
			says err ' goes with --dry-run only: what is removed is printed whole, so that load can put it back'
		done
	done
	state | diff "$tmp/before" - >&2
}

@test "a terminal alone is no journal" {
	need script
	redis
	mixed
	state >"$tmp/before"
	script -qec 'peerdump prune --stale' /dev/null >"$tmp/out" </dev/null || [ $? = 2 ]
	says out 'what is removed would be known to the terminal alone: --journal=FILE keeps it'
	state | diff "$tmp/before" - >&2
	script -qec 'peerdump prune --stale --dry-run' /dev/null >"$tmp/out" </dev/null
	says out '6 members to remove'
	script -qec "peerdump prune --stale --journal=$tmp/journal" /dev/null >"$tmp/out" </dev/null
	says out '6 of 6 members removed'
	count 6 journal
	rcli zadd $key 5 1.2.3.4@@5
	script -qec 'peerdump prune --foreign --journal=-' /dev/null >"$tmp/out" </dev/null
	says out 312e322e332e34404035
}

@test "a journal file: appended to, for its owner alone, whole lines" {
	redis
	mixed
	pd 0 prune --stale --journal "$tmp/journal"
	out
	says err '6 of 6 members removed'
	count 6 journal
	[ "$(stat -c %a "$tmp/journal")" = 600 ]
	# somebody's disk was full
	printf 'pruned\tstale\tcut' >>"$tmp/journal"
	pd 0 prune --foreign --orphan-ext -j --journal "$tmp/journal"
	count 14 journal
	[ "$(sed -n 7p "$tmp/journal")" = 'pruned	stale	cut' ]
	[ "$(grep -c '^{"type":"pruned",' "$tmp/journal")" = 7 ]
	rcli zadd $key 1 1.2.3.4@@7
	pd 2 prune $all --journal "$tmp/none/journal"
	says err "$tmp/none/journal: No such file or directory"
	[ "$(rcli zscore $key 1.2.3.4@@7)" = 1 ]
}

@test "a journal that cannot be written: nothing is removed" {
	redis
	mixed
	state >"$tmp/before"
	pd 2 prune $all --journal /dev/full
	says err 'cannot write to /dev/full: No space left on device'
	says err '0 of 12 members removed, from 0 keys: 0 stale, 0 foreign, 0 orphan_ext; not removed: 12 not tried'
	state | diff "$tmp/before" - >&2
	status=0
	peerdump prune $all >/dev/full 2>"$tmp/err" || status=$?
	[ $status = 2 ]
	says err 'cannot write to standard output: No space left on device'
	says err '0 of 12 members removed'
	state | diff "$tmp/before" - >&2
}

# ---- and back

@test "load puts back what a journal has, exactly" {
	redis
	for form in '' -j -H --time=iso; do
		rcli flushall >/dev/null
		mixed
		rcli zadd $hash 1e300 1.2.3.4@@1 -inf 1.2.3.4@@2 >/dev/null
		rcli eval 'redis.call("zadd", "\0\255\n\t\\567890123456789", 1700000000.123456789, "1.2.3.4@@5")
			redis.call("zadd", KEYS[1], 9, string.rep("long", 5000))' 1 $other_key
		state >"$tmp/before"
		# shellcheck disable=SC2086 # none or one
		pd 0 prune $all $form
		mv "$tmp/out" "$tmp/journal"
		says err '16 of 16 members removed'
		state >"$tmp/pruned"
		pd 0 load "$tmp/journal"
		says err '16 lines read, 0 unfit; 0 peers stored in 0 torrents, 0 refused'
		says err 'journal: 16 members put back in 6 keys, 0 there already, 0 refused'
		state | diff "$tmp/before" - >&2
		# what expired does so again, when load wants it to; what was there has kept its time
		[ "$(rcli ttl to_4711)" -gt 200 ]
		[ "$(rcli ttl to_4711)" -le 300 ]
		[ "$(rcli ttl $key)" -gt 3000 ]
		[ "$(rcli ttl $other_key)" = -1 ]
		# twice is once
		pd 0 load "$tmp/journal"
		says err 'journal: 0 members put back in 0 keys, 16 there already, 0 refused'
		state | diff "$tmp/before" - >&2
	done
	pd 0 prune --foreign -q
	mv "$tmp/out" "$tmp/journal"
	pd 0 load -q --expire 0 "$tmp/journal"
	err
	[ "$(rcli ttl to_4711)" = -1 ]
}

@test "load does not overwrite an announce since then" {
	redis
	rcli zadd $key 10 1.2.3.4@@5 11 1.2.3.4@@6
	rcli expire $key 5000
	pd 0 prune --foreign
	mv "$tmp/out" "$tmp/journal"
	rcli zadd $key 20 1.2.3.4@@5
	pd 0 load "$tmp/journal"
	says err 'journal: 1 member put back in 1 key, 1 there already, 0 refused'
	[ "$(rcli zrange $key 0 -1 withscores | paste -sd ' ')" = '1.2.3.4@@6 11 1.2.3.4@@5 20' ]
	# it came back by itself, and without a time: that is not ours to set
	[ "$(rcli ttl $key)" = -1 ]
}

@test "load of 20000, of many keys, from a pipe, and beside other lines" {
	redis
	rcli eval '
	for i = 1, 20000 do redis.call("zadd", KEYS[1], i, "1.2.3.4@@" .. i) end
	for i = 1, 1000 do redis.call("zadd", string.format("%026dA=", i), i, "1.2.3.4@@" .. i) end' 1 $key
	state >"$tmp/before"
	pd 0 prune --foreign
	[ "$(rcli dbsize)" = 0 ]
	printf 'peer\t%s\t1.2.3.4\t-\t5\t50\n' $other | cat - "$tmp/out" | peerdump load --expire 0 2>"$tmp/err"
	says err '21001 lines read, 0 unfit; 1 peer stored in 1 torrent, 0 refused'
	says err 'journal: 21000 members put back in 1001 keys, 0 there already, 0 refused'
	state | grep -v "^$other_key " | diff "$tmp/before" - >&2
}

@test "load of a journal: a dry run, and what is refused" {
	redis
	tsv "pruned stale $key 00ff 1700000000.5 12" "pruned stale $key 0a 7 12" "pruned orphan_ext ext_$key 78 - -" >"$tmp/in"
	pd 0 load --dry-run "$tmp/in"
	out 'SELECT 0' "ZADD $key NX 1700000000.5 \"\\x00\\xff\" 7 \"\\n\"" "EXPIRE $key 300" "SADD ext_$key x"
	[ "$(rcli dbsize)" = 0 ]
	# what it prints does what it says
	rcli <"$tmp/out" >/dev/null
	state >"$tmp/after"
	[ "$(rcli dbsize)" = 2 ]
	pd 0 load "$tmp/in"
	says err '0 members put back in 0 keys, 3 there already'
	state | diff "$tmp/after" - >&2
	rcli set $other_key string
	tsv "pruned stale unknown 00 1 -" "pruned stale $key - 1 -" "pruned stale $key 00 - -" "pruned stale $key 00 x -" \
		"pruned orphan_ext ext_$key 00 1 -" "pruned stale $other_key 00 1 -" "pruned stale $key 00 nan -" >"$tmp/in"
	pd 1 load "$tmp/in"
	says err 'line 1, byte 0: key unknown is neither that of a torrent nor that of an ext_ set'
	says err 'line 2, byte '
	says err ': no member'
	says err ': no score'
	says err ": score: 'x' is no number"
	says err ": score: 'nan' is no number"
	says err 'a score, but members of ext_ sets have none'
	says err "line 6: WRONGTYPE Operation against a key holding the wrong kind of value (ZADD $other_key, 1 members)"
	says err 'journal: 0 members put back in 0 keys, 0 there already, 1 refused'
	state | grep -v "^$other_key " | diff "$tmp/after" - >&2
}

# ---- what goes wrong

@test "who may not write is told so, and nothing has changed" {
	redis
	mixed
	state >"$tmp/before"
	for command in zrem watch multi exec zscore; do
		without -$command
		pd 2 prune --stale
		says err NOPERM
		says err '0 of 6 members removed'
		state | diff "$tmp/before" - >&2
	done
	for command in srem sismember exists; do
		without -$command
		pd 2 prune --orphan-ext
		says err NOPERM
		state | diff "$tmp/before" - >&2
	done
}

@test "a replica; a server that is full" {
	redis
	mixed
	state >"$tmp/before"
	rcli replicaof 127.0.0.1 1 >/dev/null
	pd 2 prune $all
	says err "READONLY You can't write against a read only replica"
	says err '0 of 12 members removed'
	rcli replicaof no one >/dev/null
	state | diff "$tmp/before" - >&2
	# Redis refuses whole transactions then
	rcli config set maxmemory 1 >/dev/null
	pd 2 prune $all
	says err ': OOM command not allowed when used memory'
	rcli config set maxmemory 0 >/dev/null
	state | diff "$tmp/before" - >&2
}

@test "the server dies, or we are interrupted, in the midst of a transaction" {
	redis
	mixed
	state >"$tmp/before"
	hold
	background env --default-signal=INT peerdump prune --stale >"$tmp/out" 2>"$tmp/err"
	pruning=$!
	held 1
	kill -INT $pruning
	ended $pruning 130
	count 6 out
	says err 'interrupted after'
	says err '0 of 6 members removed'
	says err ' more may have been removed or not: the answer never came'
	held 0
	release
	state | diff "$tmp/before" - >&2
	hold
	background peerdump prune --stale >"$tmp/out" 2>"$tmp/err"
	pruning=$!
	held 1
	kill -KILL "$redis_pid"
	ended $pruning 2
	count 6 out
	says err ' more may have been removed or not: the answer never came'
}
