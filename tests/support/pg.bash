# pg.bash - starts private PostgreSQL servers (and pgbouncer) for tests, the demo and the bench, and always stops them
# shellcheck shell=bash disable=SC2034 # pg_pid and pg_log are read by the callers
#
#	pg_up DIR [OPTION...]    an empty server on a unix socket; exports PGHOST, PGUSER=postgres and PGDATABASE=postgres, unsets
#	                         the caller's other PG* variables, and sets $pg_pid and $pg_log
#	pgbouncer_up DIR [LINE...]   a pooler of transactions in front of the server of PGHOST; exports PGHOST and PGPORT of its own.
#	                         LINEs go to its settings (max_client_conn=5)
#	pg_down                  stops all that were started and removes their folders
#	psql_ ...                psql on the server of PGHOST: no settings of the user, bare rows, stops at the first error
#	pg_find                  sets $pg_bin to where the server's programs are, on PATH or not; fails when they are nowhere
#
# Options are postgres's own (-c work_mem=1MB). Logs are in DIR. Where pg_stat_statements is installed it is there, so that
# round trips can be counted. Call them bare, never in $(...) or a pipe: a server dies with the shell that started it,
# however that ends, and its folder goes with it.
#
# A server does not run as root, so as root it runs as user postgres, who cannot enter private folders: those of servers are
# in /tmp itself, and short, because the path of a unix socket is (107 bytes).

pg_keepers=()

pg_find() {
	local found
	[ -z "${pg_bin:-}" ] || return 0
	found=$(type -P postgres) || found=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
	# Beside it are the others, wherever a link to it may stand.
	found=$(readlink -f "$found") && [ -x "$found" ] && pg_bin=${found%/*}
}

psql_() {
	# Debian's psql on PATH is a wrapper that takes ten times as long to start.
	pg_find && "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -At "$@"
}

# pg_as SIGNAL COMMAND... - instead of the shell, as the user that servers run as; SIGNAL comes when the parent dies
pg_as() {
	local user=()
	# A change of the user forgets that signal, so one setpriv does both.
	[ "$(id -u)" != 0 ] || user=(--reuid postgres --regid postgres --clear-groups)
	exec setpriv "${user[@]}" --pdeathsig "$@"
}

# pg_new_folder - sets $pg_folder to a new private folder of the servers' user
pg_new_folder() {
	pg_folder=$(mktemp -d /tmp/pu-pg.XXXXXX) || return
	[ "$(id -u)" != 0 ] || chown postgres: "$pg_folder"
}

# pg_keep SIGNAL LOG COMMAND... - runs it until it ends, or the shell that called does or says so: then SIGNAL stops it.
# Its folder, $pg_folder, goes at the end. The server must not be killed hard: it would leave shared memory behind.
pg_keep() {
	local signal=$1 log=$2
	shift 2
	# shellcheck disable=SC2016 # the keeper's own variables
	setpriv --pdeathsig TERM bash -c 'trap : TERM
		cd "$2" || exit
		bash -c "$1; pg_as \"\$@\"" as "${@:3}" &
		wait $!
		kill -"$3" $! 2>/dev/null
		while kill -0 $! 2>/dev/null; do wait $!; done
		rm -rf "$2"' keeper "$(declare -f pg_as)" "$pg_folder" "$signal" "$@" </dev/null >>"$log" 2>&1 3>&- 4>&- &
	pg_keeper=$!
	pg_keepers+=("$pg_keeper")
}

# pg_wait COMMAND... - until it succeeds; fails when the server has ended, or after half a minute
pg_wait() {
	local i
	for ((i = 0; i < 1500; i++)); do
		"$@" 2>/dev/null && return
		kill -0 "$pg_keeper" 2>/dev/null || break
		sleep 0.02
	done
	return 1
}

pg_ready() {
	grep -qs '^ready' "$pg_folder/data/postmaster.pid"
}

# pg_fill LOG - the files of an empty server; in bats they are made once for each run
pg_fill() {
	local log=$1 template=${BATS_RUN_TMPDIR:+$BATS_RUN_TMPDIR/pg-template}
	[ ! -d "${template:-/none}" ] || { cp -a "$template" "$pg_folder/data"; return; }
	(cd "$pg_folder" && pg_as KILL "$pg_bin/initdb" -A trust -U postgres -E UTF8 --locale C.UTF-8 --no-sync --wal-segsize 1 \
		-D "$pg_folder/data") </dev/null >>"$log" 2>&1 3>&- 4>&- || return
	[ -n "$template" ] || return 0
	# Of several at once the first gives it its name.
	cp -a "$pg_folder/data" "$template.$BASHPID" || return
	mv -T "$template.$BASHPID" "$template" 2>/dev/null || rm -rf "$template.$BASHPID"
}

pg_up() {
	local dir=$1 name library counting=()
	shift
	pg_find || { echo "no PostgreSQL server here" >&2; return 1; }
	for name in "${!PG@}"; do unset "$name"; done
	pg_log=$dir/postgres.$((${#pg_keepers[@]} + 1)).log
	pg_new_folder || return
	pg_fill "$pg_log" || { echo "initdb failed: $(tail -n 3 "$pg_log")" >&2; rm -rf "$pg_folder"; return 1; }
	for library in "${pg_bin%/bin}"/lib/{,postgresql/}pg_stat_statements.so; do
		[ ! -e "$library" ] || counting=(-c shared_preload_libraries=pg_stat_statements)
	done
	pg_keep QUIT "$pg_log" "$pg_bin/postgres" -D "$pg_folder/data" -k "$pg_folder" -c listen_addresses= -c fsync=off \
		-c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c jit=off -c timezone=UTC \
		"${counting[@]}" "$@"
	pg_wait pg_ready || { echo "PostgreSQL did not start: $(tail -n 3 "$pg_log")" >&2; return 1; }
	pg_pid=$(head -n 1 "$pg_folder/data/postmaster.pid")
	export PGHOST=$pg_folder PGUSER=postgres PGDATABASE=postgres
	[ ${#counting[@]} = 0 ] || psql_ -c 'set client_min_messages = error; create extension if not exists pg_stat_statements'
}

pgbouncer_up() {
	local dir=$1 program log
	shift
	program=$(command -v pgbouncer || ls /usr/sbin/pgbouncer 2>/dev/null) || { echo "no pgbouncer here" >&2; return 1; }
	log=$dir/pgbouncer.$((${#pg_keepers[@]} + 1)).log
	pg_new_folder || return
	printf '%s\n' '[databases]' "* = host=$PGHOST port=${PGPORT:-5432} user=postgres" '[pgbouncer]' 'listen_addr =' 'listen_port = 6432' \
		"unix_socket_dir = $pg_folder" 'auth_type = any' 'pool_mode = transaction' "$@" >"$pg_folder/settings.ini"
	pg_keep TERM "$log" "$program" "$pg_folder/settings.ini"
	pg_wait test -S "$pg_folder/.s.PGSQL.6432" || { echo "pgbouncer did not start: $(tail -n 3 "$log")" >&2; return 1; }
	export PGHOST=$pg_folder PGPORT=6432
}

pg_down() {
	local keeper
	for keeper in "${pg_keepers[@]}"; do
		kill "$keeper" 2>/dev/null
	done
	for keeper in "${pg_keepers[@]}"; do
		wait "$keeper" 2>/dev/null
	done
	pg_keepers=()
	return 0
}
