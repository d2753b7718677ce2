# userstats_faults.bats - servers that are lost, held up or refuse in mid-run: what is missing is told, and no count is too low
# shellcheck disable=SC2086,SC2154 # verbs with their words; variables of the support files

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site
load ../support/userstats

verbs=("torrents --all" "torrents --all --live-only" "torrents 1 2 3 4 5" "who --all" "who 1 2 3 6" "completed 1 2 3"
	"current --all" "current 5 6 7" "user 5" "top seeders -n 100" "top current -n 100" "top completed -n 100" dead dying
	orphans ghosts shared "limits --torrents 2" drift summary)

setup_file() {
	site_begin 3 break
	[ -z "${file_lacks:-}" ] || return 0
	rcli save >/dev/null
	export PEERUTILS_MASK_KEY=0000000000000000000000000000000000000000000000000000000000000000
	mkdir "$tmp/whole"
	for verb in "${verbs[@]}"; do
		userstats $verb >"$tmp/whole/$verb" 2>/dev/null || [ $? = 1 ]
	done
}

teardown_file() {
	site_down
}

# use - the site, with all its ways
use() {
	site_use "$BATS_FILE_TMPDIR"
	real_host=$PGHOST real_url=$REDIS_URL
	export PEERUTILS_MASK_KEY=0000000000000000000000000000000000000000000000000000000000000000
}

# straight - without what stands before the servers
straight() {
	export PGHOST=$real_host REDIS_URL=$real_url
}

# own_redis - the site's Redis in a server of the test's own
own_redis() {
	cp "$BATS_FILE_TMPDIR/dump.rdb" "$tmp/"
	redis --dbfilename dump.rdb --enable-debug-command local
	real_url=$REDIS_URL
}

# sound STATUS VERB - $tmp/out has no line that is not one of all, but for what is unset; all is told; times may differ
sound() {
	! grep -E 'Sanitizer|runtime error' "$tmp/err" >&2 || return 1
	case $1 in
	0)	[ "$2" = summary ] || diff <(cut -f 1-7 "$BATS_FILE_TMPDIR/whole/$2") <(cut -f 1-7 "$tmp/out") >&2 || return 1 ;;
	1)	grep -qE 'partial|left out|no info hash' "$tmp/err" || [ "$2" = drift ] || { echo "$2: nothing told"; return 1; } >&2 ;;
	2)	[ ! -s "$tmp/out" ] || { echo "$2: exit status 2 and records"; return 1; } >&2 ;;
	*)	{ echo "$2: exit status $1"; cat "$tmp/err"; return 1; } >&2 ;;
	esac
	# how far an endpoint is supported says itself how much was looked at
	awk -F '\t' 'NR == FNR { whole[NR] = $0; count = NR; next }
		!($1 == "dossier" && $2 == "endpoint" && $14 <= $15) { for (i = 1; i <= count; i++) {
			n = split(whole[i], cell)
			for (j = 1; j <= n && ($j == cell[j] || $j == "-" || (length($j) == 10 && $j ~ /^1[0-9]+$/)); j++);
			if (j > n) next
		} print; wrong = 1 } END { exit wrong }' "$BATS_FILE_TMPDIR/whole/$2" "$tmp/out" >&2
}

# mid redis|postgres AFTER VERB - starts it; its server has said so many bytes, and no more is coming until go_on
mid() {
	before "$1" hold "$2"
	verb=$3
	background env --default-signal=INT timeout --foreground 60 userstats $verb --timeout "${seconds:-20}" >"$tmp/out" 2>"$tmp/err" </dev/null
	pid=$!
	wait_for test -e "$door.held"
}

# go_on [STATUS] - and waits for the end, which must be sound
go_on() {
	local status=0
	touch "$door.go"
	wait $pid || status=$?
	[ -z "${1:-}" ] || [ "$status" = "$1" ] || { echo "$verb: exit status $status, want $1"; cat "$tmp/err"; return 1; } >&2
	[ "${verb%% *}" = snapshot ] || [ "${verb%% *}" = check ] || sound "$status" "$verb"
	straight
}

# begun VERB... - starts it without a wait
begun() {
	verb=$*
	background env --default-signal=INT userstats "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	pid=$!
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# ---- Redis

@test "a server that is lost anywhere: no line says less than there is" {
	use
	for which in redis postgres; do
		for after in 300 700 1300 2600 5000 9000; do
			straight
			before $which close $after
			for verb in "${verbs[@]}"; do
				status=0
				timeout 20 userstats $verb --timeout 5 >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
				sound $status "$verb" || { echo "$which $after $verb" >&2; false; }
			done
		done
	done
}

@test "redis-server is killed in mid-run" {
	use
	for verb in ghosts "current --all" "torrents --all" "who --all" summary "limits --torrents 2"; do
		own_redis
		mid redis 1200 "$verb"
		kill -9 "$redis_pid"
		wait_for gone "$redis_pid"
		case $verb in ghosts|who*|limits*) go_on 2 ;; *) go_on 1 ;; esac
		says 'connection is lost'
		says "$tmp/redis.hold.1200/sock"
		rm -f "$sock"
	done
}

@test "redis-server is killed in mid-run: nothing is saved as a look" {
	use
	own_redis
	mid redis 1200 "snapshot $tmp/look"
	kill -9 "$redis_pid"
	wait_for gone "$redis_pid"
	go_on 2
	says 'nothing is saved'
	[ "$(find "$tmp" -name '*look*')" = "" ]
}

@test "redis-server is killed in mid-run: check says that its counts of keys are part of them" {
	use
	own_redis
	mid redis 4200 check
	kill -9 "$redis_pid"
	wait_for gone "$redis_pid"
	go_on 1
	grep -q $'^finding\terror\tkeys\tnot all of them could be looked at' "$tmp/out"
	grep -q $'\tkeys of torrents\tat least [0-9]* keys' "$tmp/out"
	[ "$(grep -c 'none at all' "$tmp/out")" = 0 ]
	[ "$(grep -cE $'^finding\tok\tkeys' "$tmp/out")" = 0 ]
}

@test "a command that check may not ask is no zero there" {
	use
	rcli acl setuser blind on nopass '~*' +@all -ttl >/dev/null
	REDISCLI_AUTH=x REDIS_URL=unix://blind@$sock us 1 check
	rcli acl deluser blind >/dev/null
	says NOPERM
	grep -q $'\tkeys of torrents\tat least [0-9]* keys of type zset; of 0 looked at' "$tmp/out"
}

@test "CLIENT KILL in mid-run" {
	use
	own_redis
	for verb in ghosts "current --all" "torrents --all" summary; do
		mid redis 1200 "$verb"
		rcli client kill type normal >/dev/null
		case $verb in ghosts) go_on 2 ;; *) go_on 1 ;; esac
		says 'connection is lost'
	done
}

@test "CLIENT PAUSE in mid-run: on after it, or an end within the time" {
	use
	own_redis
	mid redis 1200 "torrents --all"
	rcli client pause 300 all >/dev/null
	go_on 0
	seconds=1
	for verb in "torrents --all" ghosts; do
		# a paused server would not even take it back
		own_redis
		mid redis 1200 "$verb"
		rcli client pause 100000 all >/dev/null
		case $verb in ghosts) go_on 2 ;; *) go_on 1 ;; esac
		says 'no answer within 1 s'
	done
}

# spin - a script of another client that does not end
spin() {
	rcli config set busy-reply-threshold 1 >/dev/null
	background redis-cli -s "$sock" eval 'while true do end' 0 >/dev/null 2>&1
	wait_for eval '[[ $(rcli ping 2>&1) == BUSY* ]]'
}

@test "a script that does not end, in mid-run and before: told once, and no zero" {
	use
	own_redis
	for verb in ghosts "current --all" "torrents --all" summary "limits --torrents 2" shared check; do
		mid redis 1200 "$verb"
		spin
		case $verb in ghosts|limits*|shared) go_on 2 ;; *) go_on 1 ;; esac
		grep -q "sock.*: BUSY" "$tmp/err"
		[ "$(grep -c BUSY "$tmp/err")" -le 2 ]
		rcli script kill >/dev/null
		wait_for eval '[[ $(rcli ping 2>&1) == PONG ]]'
	done
	spin
	us 2 ghosts
	says 'is busy with a script'
	us 1 torrents 1 2
	says 'is busy with a script'
	[ "$(cut -f 5,6,7 "$tmp/out" | sort -u)" = $'-\t-\t-' ]
	rcli script kill >/dev/null
}

@test "no memory left in Redis: what reads is answered" {
	use
	own_redis
	rcli config set maxmemory 1 >/dev/null
	us 0 torrents --all
	sound 0 "torrents --all"
}

@test "a Redis that is loading: told, then answered" {
	use
	cp "$BATS_FILE_TMPDIR/dump.rdb" "$tmp/"
	sock=$tmp/slow.sock
	background redis-server --port 0 --unixsocket "$sock" --save '' --dir "$tmp" --dbfilename dump.rdb --key-load-delay 1000000 \
		--loading-process-events-interval-bytes 1024 --logfile "$tmp/log"
	wait_for eval '[[ $(rcli ping 2>&1) == LOADING* ]]'
	export REDIS_URL=unix:$sock
	us 2 ghosts
	out
	says "$sock is still loading its data"
	us 1 torrents 1 2
	says "$sock is still loading its data"
	[ "$(cut -f 5,6,7 "$tmp/out" | sort -u)" = $'-\t-\t-' ]
	rcli config set key-load-delay 0 >/dev/null
	wait_for eval '[[ $(rcli ping 2>&1) == PONG ]]'
	us 0 torrents --all
	sound 0 "torrents --all"
}

@test "a replica whose master is down, and which does not serve old data" {
	use
	sock=$tmp/replica.sock
	background redis-server --port 0 --unixsocket "$sock" --save '' --dir "$tmp" --replicaof '127.0.0.1 1' \
		--replica-serve-stale-data no --logfile "$tmp/log"
	wait_for eval '[[ $(rcli ping 2>&1) == MASTERDOWN* ]]'
	export REDIS_URL=unix:$sock
	us 2 ghosts
	says "$sock: PING: MASTERDOWN"
	us 1 summary
	says "$sock: PING: MASTERDOWN"
	[ "$(awk -F '\t' '$2 == "peers" { print $3 }' "$tmp/out")" = - ]
	us 0 completed 1
}

# ---- PostgreSQL

# locked - another session has the rows of the status: a statement that reads them waits, until unlock
locked() {
	rm -f "$tmp/locker" "$tmp/locked"
	mkfifo "$tmp/locker"
	PGHOST=$real_host PGPORT=5432 psql_ <"$tmp/locker" >"$tmp/locked" 3>&- 4>&- &
	locker=$!
	exec 9>"$tmp/locker"
	echo "begin; lock table torrent_status in access exclusive mode; select 'locked';" >&9
	wait_for grep -q locked "$tmp/locked"
}

unlock() {
	exec 9>&-
	wait $locker || :
}

# direct SQL - on the server itself
direct() {
	PGHOST=$real_host PGPORT=5432 PGUSER=postgres psql_ -c "$1"
}

# waiting VERB - starts it; its statement waits for the lock
waiting() {
	verb=$1
	background env --default-signal=INT timeout --foreground 60 userstats $verb >"$tmp/out" 2>"$tmp/err" </dev/null 9>&-
	pid=$!
	wait_for eval '[ "$(direct "select count(*) from pg_stat_activity where wait_event_type = '\''Lock'\''")" = 1 ]'
}

ended() {
	local status=0
	wait $pid || status=$?
	[ "$status" = "$1" ] || { echo "$verb: exit status $status, want $1"; cat "$tmp/err"; return 1; } >&2
	sound "$status" "$verb"
}

@test "a session that is ended in mid-statement: who did it is told" {
	use
	locked
	for verb in "torrents --all" "current --all" summary "torrents 1 2 3 4 5" drift; do
		waiting "$verb"
		direct "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'" >/dev/null
		case $verb in torrents\ 1*|drift) ended 2 ;; *) ended 1 ;; esac
		says "$real_host:5432/postgres: "
		says 'terminating connection due to administrator command (57P01)'
	done
	unlock
}

@test "PostgreSQL is stopped at once in mid-COPY" {
	use
	postgres
	"$pg_bin/pg_dump" -h "$real_host" postgres | psql_ >/dev/null 2>&1
	real_host=$PGHOST
	mid postgres 4000 "torrents --all"
	kill -QUIT "$pg_pid"
	wait_for gone "$pg_pid"
	go_on 2
	says 'connection is lost'
	REDIS_URL=$real_url us 2 torrents --all
	says "cannot connect to $real_host"
}

@test "no connection left for the role, no password, a wrong one, one from the file of passwords" {
	use
	postgres
	"$pg_bin/pg_dump" -h "$real_host" postgres | psql_ >/dev/null 2>&1
	psql_ -c 'create role few login connection limit 0' -c "set password_encryption = 'scram-sha-256'" \
		-c "create role keyed login password 'swordfish'" -c 'grant select on all tables in schema public to few, keyed'
	PGUSER=few us 2 torrents 1 2
	says 'too many connections for role "few" (53300)'
	PGUSER=few us 1 ghosts
	sound 1 ghosts
	printf 'local all keyed scram-sha-256\nlocal all all trust\n' >"$PGHOST/data/pg_hba.conf"
	psql_ -c 'select pg_reload_conf()' >/dev/null
	export PGUSER=keyed
	wait_for eval '! psql_ -w -c "select 1"'
	us 2 torrents 1 2
	says 'a password is wanted'
	PGPASSWORD=herring us 2 torrents 1 2
	says 'password authentication failed for user "keyed" (28P01)'
	PGPASSWORD=herring us 1 ghosts
	says 'partial'
	[ "$(grep -c herring "$tmp/err")" = 0 ]
	PGPASSWORD=swordfish us 0 torrents 1 2
	echo '*:*:*:keyed:swordfish' >"$tmp/passwords"
	chmod 600 "$tmp/passwords"
	PGPASSFILE=$tmp/passwords us 0 torrents 1 2
	echo '*:*:*:keyed:herring' >"$tmp/passwords"
	PGPASSFILE=$tmp/passwords us 2 torrents 1 2
	[ "$(grep -c herring "$tmp/err")" = 0 ]
}

@test "PostgreSQL is starting up" {
	use
	pg_find
	pg_new_folder
	pg_fill "$tmp/pg.log"
	touch "$pg_folder/data/recovery.signal"
	[ "$(id -u)" != 0 ] || chown postgres: "$pg_folder/data/recovery.signal"
	pg_keep QUIT "$tmp/pg.log" "$pg_bin/postgres" -D "$pg_folder/data" -k "$pg_folder" -c listen_addresses= \
		-c "restore_command=while [ -e $pg_folder/data/postmaster.pid ]; do sleep 0.1; done; false"
	wait_for test -S "$pg_folder/.s.PGSQL.5432"
	PGHOST=$pg_folder us 2 torrents 1 2
	says "cannot connect to $pg_folder:5432/postgres: the database system is starting up (57P03)"
	PGHOST=$pg_folder us 1 ghosts
	says 'partial'
}

# ---- pgbouncer

# pooled LINE... - a pooler in front of the site, with these settings
pooled() {
	PATH=$PATH:/usr/sbin need pgbouncer
	pgbouncer_up "$tmp" admin_users=postgres "$@"
}

@test "a pooler without a free connection, or that is paused" {
	use
	pooled default_pool_size=1 query_wait_timeout=1
	us 0 torrents 1 2
	mkfifo "$tmp/other"
	psql_ <"$tmp/other" >"$tmp/there" 3>&- 4>&- &
	other=$!
	exec 8>"$tmp/other"
	echo "begin; select 'there';" >&8
	wait_for grep -q there "$tmp/there"
	us 2 torrents 1 2
	says "$PGHOST:6432/postgres"
	says query_wait_timeout
	us 1 ghosts
	says query_wait_timeout
	exec 8>&-
	wait $other || :
	us 0 torrents 1 2
	PGDATABASE=pgbouncer psql_ -c 'pause postgres' >/dev/null
	us 2 torrents 1 2
	says query_wait_timeout
	PGDATABASE=pgbouncer psql_ -c 'resume postgres' >/dev/null
	us 0 torrents 1 2
}

@test "a pooler whose server goes in mid-statement, and one that goes itself" {
	use
	pooled
	locked
	waiting "torrents --all"
	direct "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'" >/dev/null
	ended 1
	says "$PGHOST:6432/postgres"
	waiting "torrents --all"
	kill "$pg_keeper"
	PGDATABASE=pgbouncer psql_ -c 'shutdown' >/dev/null || :
	wait "$pg_keeper" || :
	ended 1
	says 'connection is lost'
	unlock
}

# ---- the ends that come from outside

# interrupted SIGNAL - the status of that end, no statement that goes on, nothing of a sanitizer
interrupted() {
	local status=0
	kill -"$1" $pid
	wait $pid || status=$?
	[ "$status" = "$([ "$1" = INT ] && echo 130 || echo 143)" ] || { echo "$verb: $1: exit status $status"; return 1; } >&2
	! grep -E 'Sanitizer|runtime error' "$tmp/err" >&2 || return 1
	wait_for eval '[ "$(direct "select count(*) from pg_stat_activity where application_name = '\''userstats'\''")" = 0 ]'
}

@test "an interrupt while a server that accepts says nothing" {
	use
	for which in redis postgres; do
		for signal in INT TERM; do
			straight
			before $which hold 0
			begun torrents 1 2
			wait_for test -e "$door.held"
			straight
			interrupted $signal
			[ ! -s "$tmp/out" ]
		done
	done
}

@test "an interrupt in mid-SCAN and in mid-COPY" {
	use
	for signal in INT TERM; do
		for verb in ghosts "torrents --all" "snapshot $tmp/look" summary; do
			straight
			before redis hold 1200
			begun $verb
			wait_for test -e "$door.held"
			straight
			interrupted $signal
			[ "$(find "$tmp" -name '*look*')" = "" ]
		done
		straight
		before postgres hold 4000
		begun current --all
		wait_for test -e "$door.held"
		straight
		interrupted $signal
	done
}

@test "an interrupt between two looks of a watch, and a reader that has gone" {
	use
	watched torrents 1 2 3
	watched_end
	begun torrents 1 2 3 --watch 1000
	wait_for grep -q 'looking again' "$tmp/err"
	status=0
	kill -TERM $pid
	wait $pid || status=$?
	[ "$status" = 143 ]
	wait_for eval '[ "$(direct "select count(*) from pg_stat_activity where application_name = '\''userstats'\''")" = 0 ]'
	for verb in "torrents --all" "current --all" "who --all"; do
		{ userstats $verb --watch 1 2>"$tmp/err" || echo $? >"$tmp/status"; } | head -n 1 >"$tmp/out"
		[ "$(wc -l <"$tmp/out")" = 1 ]
		! grep -E 'Sanitizer|runtime error' "$tmp/err" >&2 || false
	done
}
