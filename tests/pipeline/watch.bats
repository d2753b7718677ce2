# watch.bats - peerdump watch against real servers: every kind of change, looks that fail, what it draws, how it ends

load ../support/helpers
load ../support/cluster
load ../support/peerdump

other=a3d811736110e5781bcccea696762e6116c6e9c9
other_key=o9gRc2EQ5XgbzM6mlnYuYRbG6ck=
none16=00000000000000000000000000000000

# watching ARG... - peerdump watch, a look each second, once its first look is done; its id is $watched
watching() {
	begin_watch --interval 1 "$@"
	wait_for grep -q 'looking again every' "$tmp/err"
}

begin_watch() {
	background env --default-signal=INT,PIPE timeout --foreground 100 peerdump watch "$@" >"$tmp/out" 2>"$tmp/err"
	watched=$!
}

# stop STATUS - ^C, and the exit status that the shell sees
stop() {
	wait_for pkill -INT -P "$watched"
	ended "$watched" "$1"
}

# edit COMMAND... - all of them at once, so that no look comes between: words of redis-cli, 0x... are bytes
edit() {
	rcli eval '
	for _, line in ipairs(ARGV) do
		local words = {}
		for word in line:gmatch("%S+") do
			if word:sub(1, 2) == "0x" then
				word = word:sub(3):gsub("..", function(c) return string.char(tonumber(c, 16)) end)
			end
			words[#words + 1] = word
		end
		redis.call(unpack(words))
	end
	return "all of it"' 0 "$@" >"$tmp/answer"
	is 'all of it' cat "$tmp/answer" || { cat "$tmp/answer" >&2; return 1; }
}

now() {
	rcli time | head -n 1
}

# changes N - waits until there are so many lines; they must be those of stdin (spaces for TABs), in any order, each
# with a time
changes() {
	wait_for is "$1" grep -c . "$tmp/out"
	diff -u <(tr ' ' '\t' | LC_ALL=C sort) <(sed -E 's/\t1[0-9]{9}$//' "$tmp/out" | LC_ALL=C sort) >&2
}

# wait_for_looks - until the server has seen two looks from now on
wait_for_looks() {
	rcli config resetstat
	wait_for eval "[ \"\$(rcli info commandstats | sed -n 's/^cmdstat_scan:calls=\([0-9]*\),.*/\1/p')\" -ge 2 ]"
}

# swarm KEY FROM MEMBERS SCORE - entries 1.2.x.y port 6881
swarm() {
	rcli eval '
	for i = ARGV[1], ARGV[1] + ARGV[2] - 1 do
		redis.call("zadd", KEYS[1], ARGV[3], "\001" .. string.char(math.floor(i / 65536) % 256, math.floor(i / 256) % 256, i % 256) ..
			string.rep("\0", 16) .. "\026\225")
	end' 1 "$1" "$2" "$3" "$4" >/dev/null
}

# ---- changes

@test "who joins and who leaves; a new announce is no change" {
	redis
	t=$(now)
	edit "zadd $key $t 0x01020304${none16}1ae1" "zadd $key $t 0x01020305${none16}1ae1" "zadd $other_key $t 0x01020306${none16}1ae1"
	watching
	err 'peerdump: 3 peers in 2 torrents; looking again every 1 s'
	count 0 out
	edit "zadd $key $((t + 1)) 0x01020304${none16}1ae1" "zrem $key 0x01020305${none16}1ae1" "del $other_key" \
		"zadd $other_key $((t + 2)) 0x00000000${none16:0:30}010001" "zadd $key $t 0x09090909${none16}0002"
	changes 4 <<-END
		change left $hash 1.2.3.5 - 6881 $t - - -
		change left $other 1.2.3.6 - 6881 $t - - -
		change joined $other - ::1 1 $((t + 2)) - - -
		change joined $hash 9.9.9.9 - 2 $t - - -
	END
	# what it had announced last is what is told when it goes
	edit "zrem $key 0x01020304${none16}1ae1"
	wait_for is 5 grep -c . "$tmp/out"
	tail -n 1 "$tmp/out" | grep -qE "^change	left	$hash	1.2.3.4	-	6881	$((t + 1))	-	-	-	1[0-9]{9}\$"
	stop 130
	grep -qxE 'peerdump: [0-9]+ looks, 0 failed: 2 joined, 3 left, 0 moved; 2 peers in 2 torrents at the last one' "$tmp/err"
}

@test "who has not announced for 300 s has left" {
	redis
	t=$(now)
	edit "zadd $key $t 0x01020304${none16}0001" "zadd $key $((t - 400)) 0x01020304${none16}0002" "zadd $key -inf 0x01020304${none16}0003" \
		"zadd $key $((t + 1000)) 0x01020304${none16}0004"
	watching
	err 'peerdump: 2 peers in 1 torrent; looking again every 1 s'
	edit "zadd $key $((t - 400)) 0x01020304${none16}0001" "zadd $key $t 0x01020304${none16}0002"
	# 4 has the same address all the time, so this may be anybody
	changes 2 <<-END
		change left $hash 1.2.3.4 - 1 $t - - -
		change joined $hash 1.2.3.4 - 2 $t - - -
	END
	# by itself, as time goes by
	edit "zadd $key $(($(now) - 298)) 0x01020304${none16}0002"
	wait_for is 3 grep -c . "$tmp/out"
	tail -n 1 "$tmp/out" | grep -qE "^change	left	$hash	1.2.3.4	-	2	"
	stop 130
}

@test "who moved: another port, another address of one family, and what tells too little" {
	redis
	t=$(now)
	a=20010db8000000000000000000000001 b=20010db8000000000000000000000002 c=20010db8000000000000000000000003
	d=20010db8000000000000000000000004
	edit "zadd $key $t 0x01010101${none16}0001" "zadd $key $t 0x02020202${a}0002" "zadd $key $t 0x03030303${b}0003" \
		"zadd $key $t 0x04040404${none16}0004" "zadd $key $t 0x04040404${none16}0005" "zadd $key $t 0x05050505${c}0006" \
		"zadd $key $t 0x06060606${none16}0007" "zadd $key $t 0x07070707${none16}0008" \
		"zadd $key $t 0x08080808${none16}0009" "zadd $key $t 0x08080808${none16}000a" "zadd $key $t 0x09090909${none16}000b" \
		"zadd $key $t 0x0a0a0a0a${none16}000c" "zadd $key $t 0x00000000${d}000d"
	watching
	edit "zrem $key 0x01010101${none16}0001" "zadd $key $((t + 1)) 0x01010101${none16}1001" \
		"zrem $key 0x02020202${a}0002" "zadd $key $t 0x02020209${a}0002" \
		"zrem $key 0x03030303${b}0003" "zadd $key $t 0x03030303${none16}1003" \
		"zrem $key 0x04040404${none16}0004" "zadd $key $t 0x04040404${none16}1004" \
		"zrem $key 0x05050505${c}0006" "zadd $key $t 0x05050505${none16}1005" "zadd $key $t 0x00000000${c}1006" \
		"zrem $key 0x06060606${none16}0007" "zadd $other_key $t 0x06060606${none16}1007" \
		"zrem $key 0x07070707${none16}0008" "zadd $key $t 0x07070708${none16}0008" \
		"zrem $key 0x08080808${none16}0009" "zrem $key 0x08080808${none16}000a" "zadd $key $t 0x08080808${none16}1008" \
		"zrem $key 0x09090909${none16}000b" "zadd $key $t 0x09090909${none16}1009" "zadd $key $t 0x09090909${none16}100a" \
		"zrem $key 0x0a0a0a0a${none16}000c" "zrem $key 0x00000000${d}000d" "zadd $key $t 0x0a0a0a0a${d}100b"
	changes 21 <<-END
		change moved $hash 1.1.1.1 - 4097 $((t + 1)) 1.1.1.1 - 1
		change moved $hash 2.2.2.9 2001:db8::1 2 $t 2.2.2.2 2001:db8::1 2
		change moved $hash 3.3.3.3 - 4099 $t 3.3.3.3 2001:db8::2 3
		change left $hash 4.4.4.4 - 4 $t - - -
		change joined $hash 4.4.4.4 - 4100 $t - - -
		change left $hash 5.5.5.5 2001:db8::3 6 $t - - -
		change joined $hash 5.5.5.5 - 4101 $t - - -
		change joined $hash - 2001:db8::3 4102 $t - - -
		change left $hash 6.6.6.6 - 7 $t - - -
		change joined $other 6.6.6.6 - 4103 $t - - -
		change left $hash 7.7.7.7 - 8 $t - - -
		change joined $hash 7.7.7.8 - 8 $t - - -
		change left $hash 8.8.8.8 - 9 $t - - -
		change left $hash 8.8.8.8 - 10 $t - - -
		change joined $hash 8.8.8.8 - 4104 $t - - -
		change left $hash 9.9.9.9 - 11 $t - - -
		change joined $hash 9.9.9.9 - 4105 $t - - -
		change joined $hash 9.9.9.9 - 4106 $t - - -
		change left $hash 10.10.10.10 - 12 $t - - -
		change left $hash - 2001:db8::4 13 $t - - -
		change joined $hash 10.10.10.10 2001:db8::4 4107 $t - - -
	END
}

@test "torrents that are named, also when they come later" {
	redis
	t=$(now)
	swarm $other_key 1 3 "$t"
	watching $hash "$(bytes $hash | base32)"
	err 'peerdump: 0 peers in 0 torrents; looking again every 1 s'
	swarm $other_key 9 1 "$t"
	swarm $key 1 1 "$t"
	changes 1 <<<"change joined $hash 1.0.0.1 - 6881 $t - - -"
	# in its older forms, too: the same peer by another key is no other
	edit "zadd $hash $t 0x01000001${none16}1ae1" "zadd $hash $t 1.0.0.2@::@7"
	wait_for is 2 grep -c . "$tmp/out"
	edit "del $key"
	edit "del $hash"
	wait_for is 4 grep -c . "$tmp/out"
	cut -f 2-6 "$tmp/out" | tr '\t' ' ' | diff -u - <(printf "%s\n" "joined $hash 1.0.0.1 - 6881" "joined $hash 1.0.0.2 - 7" \
		"left $hash 1.0.0.1 - 6881" "left $hash 1.0.0.2 - 7") >&2
	stop 130
	pd 2 watch nothing
	says err "'nothing' is no info hash"
	pd 2 watch $hash - </dev/null
	says err 'the torrents to watch are named on the command line'
}

@test "members in no known form, and keys of a module, are told once" {
	command -v cc >/dev/null || skip "no compiler"
	cc -shared -fPIC -o "$tmp/seedermap.so" "$top/tests/support/seedermap.c"
	redis --loadmodule "$tmp/seedermap.so"
	rcli zadd $key 1 garbage 2 rubbish
	rcli seedermap.add 4711
	watching
	err 'peerdump: 1 key of a type that a module made and no command can read: what is in there is not watched (see check)' \
		'peerdump: 2 members in no known form: not watched (see check)' 'peerdump: 0 peers in 0 torrents; looking again every 1 s'
	swarm $key 1 1 "$(now)"
	wait_for is 1 grep -c . "$tmp/out"
	stop 130
	count 4 err
}

@test "a user who may not ask for the time: told once, not at each look" {
	redis
	swarm $key 1 3 "$(now)"
	rcli acl setuser least on '>secret' '~*' +scan +zcard +zrange +zscan
	REDIS_URL=unix://least:secret@$sock watching -m 'what = left'
	wait_for_looks
	edit "del $key"
	wait_for is 3 grep -c . "$tmp/out"
	stop 130
	[ "$(grep -c 'TIME: NOPERM' "$tmp/err")" = 1 ]
}

# ---- looks that fail

@test "a server that is gone for a while: told, tried again, and nobody has left because of it" {
	redis
	t=$(now)
	swarm $key 1 1000 $((t + 1000))
	ln -s "$sock" "$tmp/link"
	REDIS_URL=unix:$tmp/link watching
	kill -9 "$redis_pid"
	wait_for is 2 grep -c 'cannot connect to unix:' "$tmp/err"
	count 0 out
	# another one in its place, without two of them and with a new one
	redis
	swarm $key 3 999 $((t + 1000))
	ln -sf "$sock" "$tmp/link"
	changes 3 <<-END
		change left $hash 1.0.0.1 - 6881 $((t + 1000)) - - -
		change left $hash 1.0.0.2 - 6881 $((t + 1000)) - - -
		change joined $hash 1.0.3.233 - 6881 $((t + 1000)) - - -
	END
	has err 'peerdump: the source is there again'
	stop 130
	grep -qxE 'peerdump: [0-9]+ looks, [1-9][0-9]* failed: 1 joined, 2 left, 0 moved; 999 peers in 1 torrent at the last one' "$tmp/err"
}

@test "a server that hangs, or breaks off in the midst of a look: the same" {
	redis
	t=$(now)
	swarm $other_key 1 1 $((t + 1000))
	swarm $key 1 6000 $((t + 1000))
	watching --timeout 1 $other $hash
	kill -STOP "$redis_pid"
	wait_for grep -q 'no answer within 1 s' "$tmp/err"
	kill -CONT "$redis_pid"
	wait_for has err 'peerdump: the source is there again'
	# it may be asked for the keys, and not for what is in them
	rcli config set requirepass secret
	rcli -a secret --no-auth-warning acl setuser default -zscan
	rcli -a secret --no-auth-warning config set requirepass ''
	wait_for grep -q 'ZSCAN: NOPERM' "$tmp/err"
	# whom only a look met that failed afterwards did not join
	edit "zadd $other_key $((t + 1000)) 0x09090909${none16}0001"
	failed=$(grep -c 'ZSCAN: NOPERM' "$tmp/err")
	wait_for eval "[ \$(grep -c 'ZSCAN: NOPERM' '$tmp/err') -ge $((failed + 2)) ]"
	edit "zrem $other_key 0x09090909${none16}0001"
	rcli acl setuser default +zscan
	wait_for is 2 grep -c 'there again' "$tmp/err"
	swarm $key 6001 1 $((t + 1000))
	changes 1 <<<"change joined $hash 1.0.23.113 - 6881 $((t + 1000)) - - -"
	stop 130
}

# torrents FROM TO SEEN - peer lines of torrents with three peers each
torrents() {
	seq "$1" "$2" | awk -v seen="$3" -v OFS='\t' '{
		for (i = 1; i <= 3; i++) print "peer", sprintf("%040x", $1 * 104729), "1.0." int($1 / 256) "." $1 % 256, "-", i, seen }'
}

@test "a cluster, whose master dies and is replaced: only what changed is told" {
	need redis-server
	cluster_up "$tmp" 3 1
	t=$(($(date +%s) + 1000))
	torrents 1 100 $t | peerdump load -q --expire 0
	watching
	err 'peerdump: 300 peers in 100 torrents; looking again every 1 s'
	torrents 101 110 $t | peerdump load -q --expire 0
	wait_for is 30 grep -c . "$tmp/out"
	# a slot that the node does not serve by which we come in
	slot=16000
	for node in "${cluster_ports[@]:0:3}"; do
		ccli -p "$node" wait 1 5000 >/dev/null
	done
	cluster_kill $slot
	# the look waits for who serves these slots now, or fails
	wait_for grep -q "127.0.0.1:$killed" "$tmp/err"
	cluster_promoted $slot "$killed"
	torrents 111 111 $t | peerdump load -q --expire 0
	wait_for is 33 grep -c . "$tmp/out"
	[ "$(cut -f 2 "$tmp/out" | LC_ALL=C sort -u)" = joined ]
	stop 130
	grep -qE ': 33 joined, 0 left, 0 moved; 333 peers in 111 torrents at the last one$' "$tmp/err"
}

@test "no server at the beginning is a failure" {
	pd 2 watch --redis unix:/none
	says err 'cannot connect to unix:/none'
	pd 2 watch --redis http://x
	pd 2 watch --interval 0
	pd 2 watch --rdb x
}

@test "a look that takes longer than the interval" {
	redis
	swarm $key 1 1 "$(now)"
	watching
	rcli client pause 2500 all
	wait_for grep -qE '^peerdump: a look took [0-9.]+ s, longer than the interval: the next one begins at once$' "$tmp/err"
	stop 130
	[ "$(grep -c 'longer than the interval' "$tmp/err")" = 1 ]
}

# ---- output and ends

@test "the options of records" {
	redis
	t=$(now)
	watching -n 3 -j
	swarm $key 1 2 "$t"
	wait_for is 2 grep -c . "$tmp/out"
	# each look is printed at once, and the last record ends it
	swarm $key 3 2 "$t"
	ended "$watched" 0
	count 3 out
	head -n 1 "$tmp/out" | grep -qxE "\{\"type\":\"change\",\"what\":\"joined\",\"info_hash\":\"$hash\",\"ipv4\":\"1.0.0.[12]\",\"ipv6\":null,\"port\":6881,\"seen\":$t,\"from_ipv4\":null,\"from_ipv6\":null,\"from_port\":null,\"time\":1[0-9]{9}\}"
	watching -m 'what = left' -o ipv4,what -H
	edit "del $key" "zadd $other_key $t 0x01020304${none16}1ae1"
	wait_for is 5 grep -c . "$tmp/out"
	stop 130
	diff <(printf '#ipv4\twhat\n'; printf '1.0.0.%s\tleft\n' 1 2 3 4) <(LC_ALL=C sort "$tmp/out") >&2
	watching --top what
	edit "del $other_key"
	wait_for_looks
	stop 130
	out "$(tsv 'top what left 1 1')"
	pd 0 watch -n 0
	out
	err
}

@test "SIGTERM, and a reader that leaves, end it" {
	redis
	watching
	wait_for pkill -TERM -P "$watched"
	ended "$watched" 143
	says err '0 joined, 0 left, 0 moved'
	mkfifo "$tmp/fifo"
	background env --default-signal=PIPE bash -c 'peerdump watch --interval 1 2>"$1/err" >"$1/fifo"; echo $? >"$1/status"' bash "$tmp"
	exec 9<"$tmp/fifo"
	wait_for grep -q 'looking again' "$tmp/err"
	# nothing changes any more, so that nothing is written
	exec 9<&-
	wait_for is 141 cat "$tmp/status"
}

@test "memory: 200,000 peers, all of them exchanged" {
	redis
	t=$(now)
	swarm $key 1 200000 $((t + 1000))
	PATH=$PEERUTILS_RELEASE:$PATH watching
	pid=$(pgrep -P "$watched")
	used=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
	[ "$used" -lt 30000 ] || { echo "$used kB" >&2; return 1; }
	# half of them leave, and only they
	rcli eval '
	for i = 2, 200000, 2 do
		redis.call("zrem", KEYS[1], "\001" .. string.char(math.floor(i / 65536) % 256, math.floor(i / 256) % 256, i % 256) ..
			string.rep("\0", 16) .. "\026\225")
	end' 1 $key
	wait_for is 100000 grep -c . "$tmp/out"
	wait_for_looks
	count 100000 out
	for round in 1 2; do
		rcli del $key
		swarm $key $((round * 300000)) 200000 $((t + 1000))
		wait_for is $((round * 400000)) grep -c . "$tmp/out"
	done
	used=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
	[ "$used" -lt 60000 ] || { echo "$used kB" >&2; return 1; }
	stop 130
	[ "$(cut -f 2,4-6 "$tmp/out" | LC_ALL=C sort | uniq -d | wc -l)" = 0 ]
	says err '; 200000 peers in 1 torrent at the last one'
}

@test "torrents that come and go are forgotten" {
	redis
	t=$(now)
	watching
	for round in 1 2 3 4 5; do
		rcli eval '
		redis.call("flushall")
		for i = 1, 1500 do
			redis.call("zadd", string.format("%022d%04dA=", ARGV[2], i), ARGV[1], "\001\002\003\004" .. string.rep("\0", 16) .. "\026\225")
		end' 0 $((t + 1000)) $round
		wait_for is $((round * 3000 - 1500)) grep -c . "$tmp/out"
	done
	stop 130
	[ "$(cut -f 2 "$tmp/out" | LC_ALL=C sort | uniq -c | awk '{ printf "%s %s ", $1, $2 }')" = '7500 joined 6000 left ' ]
	# who left is who had joined
	[ "$(cut -f 3,4,6 "$tmp/out" | LC_ALL=C sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | awk '{ printf "%s*%s ", $1, $2 }')" = '1500*1 6000*2 ' ]
	says err '; 1500 peers in 1500 torrents at the last one'
}

# ---- pictures

# blocks FILE - pictures whose times and rates are the same in each run
blocks() {
	sed -E 's/20[0-9-]+T[0-9:]+Z/TIME/; s/^a minute: [0-9].*/RATES/' "$1"
}

@test "--table without a terminal: blocks of lines" {
	redis
	t=$(now)
	swarm $key 1 3 $((t + 1000))
	swarm $other_key 1 5 $((t + 1000))
	begin_watch --interval 1 --table -n 3
	wait_for grep -q 'look 1' "$tmp/out"
	edit "zrem $key 0x01000001${none16}1ae1" "zadd $key $((t + 1000)) 0x01000001${none16}1ae2" "zadd $key $((t + 1000)) 0x09000001${none16}1ae2" \
		"zrem $other_key 0x01000001${none16}1ae1" "zrem $other_key 0x01000002${none16}1ae1"
	ended "$watched" 0
	# the change may have come before the second look, or before the third
	blocks "$tmp/out" >"$tmp/blocks"
	head -n 8 "$tmp/blocks" | diff -u - <(cat <<-END
		peerdump watch  TIME  look 1, one every 1 s
		a minute: not known before the second look

		torrent                                   peers joined   left  moved history
		all 2 torrents                                8      0      0      0           █
		$other      5      0      0      0           █
		$hash      3      0      0      0           █

	END
	) >&2
	grep -qE "^$hash      4      1      0      1 +▆+█\$" "$tmp/out"
	grep -qE "^$other      3      0      2      0 +█+▅\$" "$tmp/out"
	grep -qE '^all 2 torrents                                7      1      2      1 +█+▇$' "$tmp/out"
	grep -qE '^a minute: [0-9]+\.[0-9] joined, [0-9]+\.[0-9] left, [0-9]+\.[0-9] moved \(in the last [1-9][0-9]* s\)$' "$tmp/out"
	[ "$(grep -c $'\033' "$tmp/out")" = 0 ]
	grep -qE '^peerdump: 3 looks, 0 failed: 1 joined, 2 left, 1 moved; 7 peers in 2 torrents at the last one$' "$tmp/err"
	# without UTF-8, and more torrents than lines
	for ((i = 0; i < 40; i++)); do
		swarm "$(printf '%026dA=' $i)" 1 $((i + 10)) $((t + 1000))
	done
	LC_ALL=C pd 0 watch -t -n 1
	[ "$(LC_ALL=C grep -c '[^ -~]' "$tmp/out")" = 0 ]
	count 25 out
	grep -qE '^all 42 torrents +1187 +0 +0 +0 +@$' "$tmp/out"
	is '49 48 47 46 45 44 43 42 41 40 39 38 37 36 35 34 33 32 ' awk 'NR > 5 && NR < 24 { printf "%s ", $2 }' "$tmp/out"
	sed -n 24p "$tmp/out" | grep -qx 'and 24 smaller torrents with 458 peers'
	pd 2 watch -t -m 'what = left'
	says err '--table draws the swarms, not records'
}

# on_terminal ARG... - the same on a terminal of 80x24, with what is written to it in $tmp/typescript
on_terminal() {
	need script
	export TERM=${kind:-xterm}
	background env --default-signal=INT timeout --foreground 100 script -qefc \
		"stty rows ${rows:-24} cols 80; exec peerdump watch --interval 1 --table --redis $REDIS_URL $*" "$tmp/typescript" </dev/null >/dev/null 2>&1
	watched=$!
	wait_for grep -q 'look 1' "$tmp/typescript"
	find_drawing
}

# find_drawing - the process that draws, if it still does: no other one has the server of this test
find_drawing() {
	drawing=$(pgrep -f "^peerdump watch --interval 1 --table --redis $REDIS_URL" | head -n 1)
}

# afterwards - what was written to the terminal after the picture was gone
afterwards() {
	sed '1,/\x1b\[?1049l/{/\x1b\[?1049l/!d; s/.*\x1b\[?1049l//}' "$tmp/typescript"
}

# restored - the alternate screen is entered once and left once, the cursor comes back, and nothing is drawn outside
restored() {
	[ "$(grep -c $'\033\[?1049h' "$tmp/typescript")" = 1 ]
	[ "$(grep -c $'\033\[?1049l' "$tmp/typescript")" = 1 ]
	[ "$(afterwards | grep -c $'\033\|^torrent')" = 0 ]
	grep -q $'\033\[?25l' "$tmp/typescript"
	grep -q $'\033\[?25h\033\[?1049l' "$tmp/typescript"
}

@test "--table on a terminal: drawn in its place, and the terminal is as it was at the end, also on ^C and SIGTERM" {
	redis
	swarm $key 1 3 "$(now)"
	for signal in INT TERM; do
		rm -f "$tmp/typescript"
		on_terminal $hash
		wait_for grep -q 'look 3' "$tmp/typescript"
		kill -$signal "$drawing"
		wait "$watched" || :
		restored
		afterwards | grep -q '3 peers in 1 torrent at the last one'
		# each picture begins at the top and wipes what is below and to the right
		[ "$(grep -c $'\033\[Hpeerdump watch' "$tmp/typescript")" -ge 3 ]
		grep -q $'\033\[J' "$tmp/typescript"
	done
	rm "$tmp/typescript"
	on_terminal -n 1
	wait "$watched"
	restored
	# one that can do nothing of this gets lines
	kind=dumb on_terminal -n 1
	wait "$watched"
	[ "$(grep -c $'\033' "$tmp/typescript")" = 0 ]
}

@test "--table on a terminal: ^Z gives the terminal back, and the picture comes again" {
	need script
	redis
	export TERM=xterm
	background timeout --foreground 100 script -qefc \
		"bash -mc 'peerdump watch --interval 1 --table --redis $REDIS_URL; echo the shell is \$((4 - 3)); fg >/dev/null'" "$tmp/typescript" </dev/null >/dev/null 2>&1
	wait_for grep -q 'look 1' "$tmp/typescript"
	find_drawing
	kill -TSTP "$drawing"
	wait_for grep -q "the shell is 1" "$tmp/typescript"
	# it was left before the shell spoke, and entered again
	wait_for eval "sed '1,/the shell is 1/d' \"\$tmp/typescript\" | grep -q 'look [1-9]'"
	sed '/the shell is 1/q' "$tmp/typescript" | tail -n 3 | grep -q $'\033\[?25h\033\[?1049l'
	sed '1,/the shell is 1/d' "$tmp/typescript" | grep -q $'\033\[?1049h'
	kill "$drawing"
	wait_for eval "[ \"\$(grep -c \$'\033\[?1049l' \"\$tmp/typescript\")\" = 2 ]"
}

@test "--table on a terminal: its size, and complaints that would spoil the picture" {
	redis
	for ((i = 0; i < 20; i++)); do
		swarm "$(printf '%026dA=' $i)" 1 1 $(($(now) + 1000))
	done
	rows=12 on_terminal
	grep -q 'and 14 smaller torrents with 14 peers' "$tmp/typescript"
	tty=$(readlink "/proc/$drawing/fd/1")
	stty rows 15 cols 60 <"$tty"
	wait_for grep -q 'and 11 smaller torrents with 11 peers' "$tmp/typescript"
	# 60 columns: the line is cut
	wait_for grep -q $'\033\[Jtorrent *peers joined   lef\r$\|torrent *peers joined   lef\r' "$tmp/typescript"
	kill -9 "$redis_pid"
	wait_for grep -q 'look failed: cannot connect to unix:\|looks failed: cannot connect to unix:' "$tmp/typescript"
	[ "$(grep -c '^peerdump: cannot connect' "$tmp/typescript")" = 0 ]
	kill -INT "$drawing"
	wait "$watched" || :
	restored
	afterwards | grep -q '^peerdump: cannot connect to unix:'
}
