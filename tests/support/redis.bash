# redis.bash - starts private Redis servers for tests, the demo and the bench, and always stops them
# shellcheck shell=bash
#
#	redis_up DIR [OPTION...]     a server on a unix socket in DIR; sets $sock, $redis_pid and exports REDIS_URL=unix:$sock
#	redis_up_tcp DIR [OPTION...] one on a free loopback port too; sets $port and exports REDIS_URL=redis://127.0.0.1:$port
#	redis_down                   stops all that were started
#
# Options are redis-server's own (--requirepass secret). Call them bare, never in $(...) or a pipe: a server dies with the
# shell that started it, however that ends.

redis_pids=()

redis_up() {
	local dir=$1 i
	shift
	command -v redis-server >/dev/null || { echo "no redis-server here" >&2; return 1; }
	sock=$dir/redis.$((${#redis_pids[@]} + 1)).sock
	setpriv --pdeathsig KILL redis-server --port 0 --unixsocket "$sock" --save '' --appendonly no --dir "$dir" \
		--loglevel warning --logfile "$sock.log" "$@" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	redis_pid=$!
	redis_pids+=("$redis_pid")
	export REDIS_URL=unix:$sock
	for ((i = 0; i < 200; i++)); do
		# A server that wants a password answers too.
		[[ $(redis-cli -s "$sock" ping 2>&1) =~ ^(PONG|NOAUTH|\(error\)) ]] && return 0
		kill -0 "$redis_pid" 2>/dev/null || break
		sleep 0.05
	done
	echo "redis-server did not start: $(tail -n 3 "$sock.log" 2>/dev/null)" >&2
	return 1
}

# free_port - a loopback port nobody listens on now
free_port() {
	local candidate i
	for ((i = 0; i < 100; i++)); do
		candidate=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		(exec 9<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || { echo "$candidate"; return; }
	done
	return 1
}

redis_up_tcp() {
	local dir=$1 try
	shift
	# Somebody may take the port between the look and the bind.
	for ((try = 0; try < 5; try++)); do
		port=$(free_port) || return
		redis_up "$dir" --bind 127.0.0.1 "$@" --port "$port" && {
			export REDIS_URL=redis://127.0.0.1:$port
			return 0
		}
	done
	return 1
}

# One that works at a script does not hear of the end, so it is killed when it takes too long.
redis_down() {
	local pid i
	for pid in "${redis_pids[@]}"; do
		kill "$pid" 2>/dev/null || :
		# one that a test has stopped would not hear of it
		kill -CONT "$pid" 2>/dev/null || :
	done
	for pid in "${redis_pids[@]}"; do
		for ((i = 0; i < 100; i++)); do
			[ -e "/proc/$pid/exe" ] || break
			sleep 0.05
		done
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	redis_pids=()
	return 0
}
