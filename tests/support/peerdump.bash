# peerdump.bash - what the tests of peerdump share, after helpers: running it, what it said, what is in Redis as Redis says
# shellcheck shell=bash disable=SC2154 # $tmp, $sock and others are from helpers
#
#	pd STATUS ARG...        runs peerdump: stdout in $tmp/out, stderr in $tmp/err; its exit status must be STATUS
#	out LINE..., err LINE.. what they must be
#	has FILE LINE           $tmp/FILE has that line; says FILE TEXT: somewhere in it; count N FILE: that many lines
#	state [DB]              all that is in a database, sorted: key, type, "never" or "expires", member (zset: and score)
#	key_of HASH             the key of a torrent
#	swarm KEY FROM MEMBERS [SCORE]   entries from port FROM on; more than 65535 of them change the address
#	torrents N MEMBERS      that many torrents
#	calls COMMAND           how often the server was asked that since it began
#	feed ARG...             peerdump ARG... reads $tmp/fifo, which stays open as descriptor 7; its id is $fed
#	stall ARG...            peerdump writes more than a pipe holds into one of which only the first line is read (to $tmp/out),
#	                        so it is in the midst of its work whatever comes next; its id is $stalled
#	drain [BYTES]           reads the rest, or so much of it: $tmp/out
#	ended PID STATUS        waits for a background program, which must end with that
#	is WANT COMMAND...      does the command print that? For wait_for
#	$hash, $key, $passkey   a torrent, its key, a user
#
# Servers that a test left frozen are woken before they are stopped.

# shellcheck disable=SC2034 # for the tests
hash=86d4c80024a469be4c50bc5a102cf71780310074
# shellcheck disable=SC2034
key=htTIACSkab5MULxaECz3F4AxAHQ=
# shellcheck disable=SC2034
passkey=0123456789abcdef0123456789abcdef

teardown() {
	local pid
	for pid in "${redis_pids[@]}"; do
		kill -CONT "$pid" 2>/dev/null
	done
	stop_all
}

pd() {
	local want=$1 status=0
	shift
	peerdump "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "peerdump $*: exit status $status, want $want"; head -n 30 "$tmp/err"; return 1; } >&2
}

out() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/out" >&2
}

err() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/err" >&2
}

has() {
	grep -qxF -e "$2" "$tmp/$1" || { echo "no line '$2' in $1:"; head -n 30 "$tmp/$1"; return 1; } >&2
}

says() {
	grep -qF -e "$2" "$tmp/$1" || { echo "no '$2' in $1:"; head -n 30 "$tmp/$1"; return 1; } >&2
}

count() {
	local lines
	lines=$(wc -l <"$tmp/$2")
	[ "$lines" = "$1" ] || { echo "$2 has $lines lines, want $1"; head -n 5 "$tmp/$2"; return 1; } >&2
}

# In Lua, so that binary members come out whole whatever they hold.
state() {
	redis-cli -s "$sock" -n "${1:-0}" eval '
	local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end
	local function shown(s) if s:find("^[%w_+/=.@:-]+$") then return s end return "0x" .. hex(s) end
	local lines = {}
	for _, key in ipairs(redis.call("keys", "*")) do
		local kind = redis.call("type", key).ok
		local head = shown(key) .. " " .. kind .. " " .. (redis.call("ttl", key) == -1 and "never" or "expires")
		if kind == "zset" then
			local all = redis.call("zrange", key, 0, -1, "withscores")
			for i = 1, #all, 2 do lines[#lines + 1] = head .. " " .. hex(all[i]) .. " " .. all[i + 1] end
		elseif kind == "set" then
			for _, member in ipairs(redis.call("smembers", key)) do lines[#lines + 1] = head .. " " .. shown(member) end
		else
			lines[#lines + 1] = head
		end
	end
	return lines' 0 | LC_ALL=C sort
}

key_of() {
	bytes "$1" | base64
}

swarm() {
	rcli eval '
	for i = ARGV[1], ARGV[1] + ARGV[2] - 1 do
		redis.call("zadd", KEYS[1], ARGV[3], "\001\002\003" .. string.char(math.floor(i / 65536)) .. string.rep("\0", 16) ..
			string.char(math.floor(i / 256) % 256, i % 256))
	end' 1 "$1" "$2" "$3" "${4:-1700000000}" >/dev/null
}

torrents() {
	rcli eval '
	for i = 1, ARGV[1] do
		local key = string.format("%026dA=", i)
		for port = 1, ARGV[2] do
			redis.call("zadd", key, 1700000000, "\001\002\003\004" .. string.rep("\0", 16) .. string.char(math.floor(port / 256), port % 256))
		end
	end' 0 "$1" "$2" >/dev/null
}

calls() {
	rcli info commandstats | sed -n "s/^cmdstat_$1:calls=\([0-9]*\),.*/\1/p" | grep . || echo 0
}

feed() {
	mkfifo "$tmp/fifo"
	background env --default-signal=INT timeout --foreground 100 peerdump "$@" "$tmp/fifo" >"$tmp/out" 2>"$tmp/err" 7>&-
	# shellcheck disable=SC2034 # for the tests
	fed=$!
	exec 7>"$tmp/fifo"
}

stall() {
	local line
	mkfifo "$tmp/pipe"
	# opened for both, so that neither end waits for the other to come
	exec 8<>"$tmp/pipe"
	background env --default-signal=INT,PIPE timeout --foreground 100 peerdump "$@" >"$tmp/pipe" 2>"$tmp/err" 8>&-
	# shellcheck disable=SC2034 # for the tests
	stalled=$!
	exec 9<"$tmp/pipe" 8>&-
	IFS= read -r -u 9 line
	printf '%s\n' "$line" >"$tmp/out"
}

drain() {
	if [ $# = 0 ]; then
		cat <&9 >>"$tmp/out"
		exec 9<&-
	else
		head -c "$1" <&9 >>"$tmp/out"
	fi
}

ended() {
	local status=0
	wait "$1" || status=$?
	[ "$status" = "$2" ] || { echo "ended with $status, want $2"; cat "$tmp/err"; return 1; } >&2
}

is() {
	[ "$("${@:2}" 2>/dev/null)" = "$1" ]
}
