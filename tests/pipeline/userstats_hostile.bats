# userstats_hostile.bats - data that nobody expects, servers that misbehave, ends that come early: told, and nothing worse
# shellcheck disable=SC2086 # verbs with their words

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site
load ../support/userstats

verbs=("torrents --all" "torrents 1 2 3 4 5" "who --all" "who 1 2 3 6" "completed --all" "completed 1 2 3" "current --all" "current 5 6 7"
	"user 5" "top seeders" "top current" "top completed" "top finished" dead dying orphans "orphans --reverse" ghosts shared
	"limits --torrents 2" drift summary check)

setup_file() {
	need jq
	need_module json
	site_begin 3 break
}

teardown_file() {
	site_down
}

# database NAME - a copy of the site's that a test may spoil
database() {
	psql_ -c 'set client_min_messages = error' -c "drop database if exists $1" -c "create database $1 template postgres"
	export PGDATABASE=$1
}

# ends VERB... - an end of its own, within its time: 0, 1 or 2, the failure told in few lines, whole JSON, no passkey
ends() {
	local status=0
	timeout 20 userstats $1 -j --timeout 1 "${@:2}" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	[ "$status" -le 2 ] || { echo "$1: exit status $status"; cat "$tmp/err"; return 1; } >&2
	[ "$status" -lt 2 ] || [ ! -s "$tmp/out" ] || { echo "$1: exit status 2 and records" >&2; return 1; }
	! grep -E 'Sanitizer|runtime error' "$tmp/err" >&2 || return 1
	jq -e 'type == "object"' "$tmp/out" >/dev/null || [ ! -s "$tmp/out" ] || return 1
	! grep -FHf <(cut -f 3 "$site/users") "$tmp/out" "$tmp/err" >&2 || return 1
	! LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]' "$tmp/out" "$tmp/err" >&2 || return 1
	ended=$status
}

@test "numbers from the least to the greatest, and counters beyond all sense" {
	site_use "$BATS_FILE_TMPDIR"
	database numbers
	psql_ -c "insert into torrent_info (id, title, poster, downloading, uploading, finished) select n, 'x', 'x', -2147483648, 2147483647, -1 - (n & 9223372036854775807) from unnest('{-9223372036854775808, -1, 0, 9223372036854775807}'::bigint[]) n" \
		-c "insert into torrent (id, name, length, infohash) select id, 'x', -1, md5(id::text) || '00000000' from torrent_info where title = 'x'" \
		-c "insert into users (id, email, username, password, passkey) select n, n, 'u' || n, 'x', md5('u' || n) from unnest('{-9223372036854775808, -1, 0, 9223372036854775807}'::bigint[]) n" \
		-c "insert into torrent_status (tid, uid, status, upload, download, finished) select t.id, u.id, -1, -1, 9223372036854775807, true from torrent_info t, users u where t.title = 'x' and u.password = 'x'"
	for verb in "${verbs[@]}"; do
		ends "$verb"
		[ "$ended" -lt 2 ]
	done
	us 0 torrents 0 9223372036854775807 -o tid,site_uploading,finished
	grep -qx '9223372036854775807	2147483647	[0-9]*' "$tmp/out"
	[ "$(wc -l <"$tmp/out")" = 2 ]
	us 0 torrents --all -o tid
	[ "$(wc -l <"$tmp/out")" = 44 ]
}

@test "texts of any bytes in the site, keys and members of any kind in Redis: each report ends, in whole lines" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c 'set client_min_messages = error' -c 'drop database if exists bytes' -c "create database bytes template template0 encoding sql_ascii locale 'C'"
	"$pg_bin/pg_dump" postgres | PGDATABASE=bytes psql_ >/dev/null
	export PGDATABASE=bytes PEERUTILS_MASK_KEY=0000000000000000000000000000000000000000000000000000000000000000
	psql_ -c 'alter table users drop constraint users_username_key, drop constraint users_passkey_key, alter username type varchar, alter passkey drop not null, alter username drop not null' \
		-c 'alter table torrent_info alter title drop not null, alter poster drop not null' -c 'alter table torrent alter infohash drop not null' \
		-c "update users set username = E'\\xff\\xfe\\x1b]0;x\\x07\\n\\t\\r\"\\'\\\\' where id = 11" -c "update users set username = '' where id = 12" \
		-c "update users set username = repeat('u', 1000000) where id = 13" -c 'update users set username = null where id = 14' \
		-c 'update users set passkey = null where id = 15' -c "update users set passkey = 'short' where id = 16" -c "update users set passkey = '' where id = 17" \
		-c "update users set passkey = repeat('z', 1000000) where id = 18" -c "update users set passkey = E'\\xff\\xfe' || repeat('z', 30) where id = 19" \
		-c "update torrent_info set title = E'\\x80\\x9b31m\\n{' where id = 11" -c "update torrent_info set title = repeat('t', 1000000) where id = 12" \
		-c 'update torrent_info set title = null, poster = null where id = 13' -c 'update torrent set infohash = null where id = 14' \
		-c "update torrent set infohash = 'abc' where id = 15" -c "update torrent set infohash = repeat('z', 1000000) where id = 16" \
		-c "update torrent set infohash = (select infohash from torrent where id = 18) where id = 17"
	# all of it in another server, so that the site of the other tests stays
	rcli save >/dev/null
	cp "$BATS_FILE_TMPDIR/dump.rdb" "$tmp/"
	redis --dbfilename dump.rdb
	for n in 20 21 22 23 24; do key[n]=$(site_cell torrent $n 5) user[n]=$(site_cell users $n 3); done
	site_redis <<-END
		del ${key[20]} ${key[21]} ${key[22]} ${key[23]} ext_${key[24]}
		set ${key[20]} text
		hset ${key[21]} a b
		xadd ${key[22]} * a b
		rpush ${key[23]} a
		zadd ${key[24]} +inf a -inf b 1e300 c 9.3e18 d 1.5 "\x1b]0;x\x07\n" 2 "" 3 "\x00\x00"
		zadd ext_${key[24]} 1 x
		sadd "ext_\x00\x01!!!!!!!!!!!!!!!!!!!!!!!!!!" x
		sadd ext_${key[20]} "" "\x1b]0;x\x07" "$(printf '%032d' 0)"
	END
	site_redis 1 <<-END
		del ${user[20]} ${user[21]} ${user[22]} ${user[23]}
		set ${user[20]} text
		hset ${user[21]} a b
		xadd ${user[22]} * a b
		zadd ${user[23]} 1 ${key[24]}
		sadd ${user[24]} "" "\x1b]0;x\x07" "\xff\x00\r\n" $(site_cell torrent 24 4) $(site_cell users 3 3)
		sadd "\x1b]0;xxxxxxxxxxxxxxxxxxxxxxxxxxx\x07" ${key[24]}
		sadd "" ${key[24]}
		sadd short ${key[24]}
	END
	awk -v key="${key[24]}" 'BEGIN { for (i = 0; i < 20000; i++) printf "sadd '"${user[24]}"' %026dA=\n", i }' | rcli -n 1 >/dev/null
	for verb in "${verbs[@]}"; do
		ends "$verb"
		[ "$ended" -lt 2 ]
	done
	# what is named says the same as everything
	seq 60 >"$tmp/60"
	for verb in torrents who completed current; do
		userstats $verb --all >"$tmp/all" 2>"$tmp/err" || [ $? = 1 ]
		userstats $verb -f "$tmp/60" >"$tmp/named" 2>"$tmp/err" || [ $? = 1 ]
		cmp "$tmp/all" "$tmp/named" >&2
	done
	# and what cannot be read is told
	us 1 who --all
	says '4 keys of users are of another type than a set in the users database'
	us 1 current --all
	says '4 keys of users are of another type than a set in the users database'
	us 1 current 20 24
	says 'user 20: the set cannot be read: WRONGTYPE'
	says "user 24: member '(32 bytes)' of the set is no info hash"
	us 1 torrents 20
	says "its entries cannot be counted: WRONGTYPE"
}

@test "nothing in Redis, and nothing in the site either" {
	site_use "$BATS_FILE_TMPDIR"
	real=$REDIS_URL
	redis
	for verb in "${verbs[@]}"; do
		ends "$verb"
		[ "$ended" -lt 2 ]
	done
	database empty
	psql_ -c 'truncate torrent_info, torrent, torrent_status, users, user_info'
	for url in "$real" "$REDIS_URL"; do
		for verb in "${verbs[@]}"; do
			REDIS_URL=$url ends "$verb"
			[ "$ended" -lt 2 ]
		done
	done
}

@test "a server that ends in the middle, or says what nobody understands" {
	site_use "$BATS_FILE_TMPDIR"
	real_host=$PGHOST url=$REDIS_URL
	for how in close noise flip more; do
		for after in 40 $((RANDOM % 2000)); do
			for which in redis postgres; do
				export PGHOST=$real_host REDIS_URL=$url
				before $which $how $after
				for verb in "torrents --all" "torrents 1 2 3 4 5" "who 1 2 3 6" "completed 1 2" "current --all" "user 5" shared drift; do
					ends "$verb" || { echo "$which $how $after" >&2; false; }
				done
			done
		done
	done
}

@test "a server that is silent from some point on: an end within the time" {
	site_use "$BATS_FILE_TMPDIR"
	real_host=$PGHOST url=$REDIS_URL
	for which in redis postgres; do
		export PGHOST=$real_host REDIS_URL=$url
		before $which hang 700
		for verb in "current --all" ghosts summary; do
			ends "$verb"
			[ "$(grep -c 'no answer within' "$tmp/err")" -le 2 ]
		done
	done
}

@test "a command that Redis does not allow: told once, and what it would have said is no zero" {
	site_use "$BATS_FILE_TMPDIR"
	for command in scan zcount smembers ttl zrangebyscore sismember scard; do
		rcli acl setuser "no$command" on '>swordfish' '~*' +@all "-$command" >/dev/null
		for verb in "${verbs[@]}"; do
			REDISCLI_AUTH=swordfish REDIS_URL="unix://no$command@$sock" ends "$verb" || { echo "$command" >&2; false; }
			[ "$(grep -c NOPERM "$tmp/err")" -le 2 ]
			! grep swordfish "$tmp/err" || return 1
		done
		rcli acl deluser "no$command" >/dev/null
	done
}

@test "a table that another session has locked: the statement's time is its end, told once" {
	site_use "$BATS_FILE_TMPDIR"
	mkfifo "$tmp/locker"
	psql_ <"$tmp/locker" >"$tmp/locked" 3>&- 4>&- &
	exec 9>"$tmp/locker"
	echo "begin; lock table torrent_status in access exclusive mode; select 'locked';" >&9
	wait_for grep -q locked "$tmp/locked"
	for verb in "torrents --all" "completed 1 2" drift; do
		ends "$verb"
		[ "$ended" = "$([ -s "$tmp/out" ] && echo 1 || echo 2)" ]
		[ "$(grep -c 57014 "$tmp/err")" = 1 ]
	done
	exec 9>&-
	wait $! || :
}

@test "an interrupt while PostgreSQL works: no statement goes on there" {
	site_use "$BATS_FILE_TMPDIR"
	database slow
	psql_ -c 'alter table torrent_status rename to rows_of_status' \
		-c 'create view torrent_status as select tid, uid, status, upload, download, finished and pg_sleep(1) is not null as finished from rows_of_status'
	for signal in INT TERM; do
		for verb in "torrents --all" "completed 1 2" "user 5" "current --all" drift; do
			background env --default-signal=INT userstats $verb -j >"$tmp/out" 2>"$tmp/err"
			pid=$!
			wait_for eval '[ "$(psql_ -c "select count(*) from pg_stat_activity where application_name = '\''userstats'\'' and wait_event = '\''PgSleep'\''")" != 0 ]'
			kill -$signal $pid
			status=0
			wait $pid || status=$?
			[ "$status" = "$([ $signal = INT ] && echo 130 || echo 143)" ]
			wait_for eval '[ "$(psql_ -c "select count(*) from pg_stat_activity where application_name = '\''userstats'\'' and state = '\''active'\''")" = 0 ]'
			! grep -E 'Sanitizer|runtime error' "$tmp/err" >&2 || return 1
		done
	done
}

@test "no passkey and no address anywhere without --reveal" {
	site_use "$BATS_FILE_TMPDIR"
	{ cut -f 3 "$site/users"; cut -f 3,4 "$site/timed" | tr '\t' '\n' | grep -E '[0-9]\.|[0-9]:' | sort -u; } >"$tmp/secrets"
	for verb in "${verbs[@]}" "snapshot $tmp/look" "drift --sql"; do
		for words in '' -j --csv -t '--top passkey' '-o +passkey' '-o +endpoint' -v; do
			rm -f "$tmp/look"
			userstats $verb $words >"$tmp/out" 2>"$tmp/err" </dev/null || [ $? -le 2 ]
			! grep -FwHf "$tmp/secrets" "$tmp/out" "$tmp/err" >&2 || return 1
		done
	done
	# a condition is on what is there, and what it finds is printed as ever
	passkey=$(userstats who --all --reveal -o passkey -n 1)
	for words in '' -j --csv -t '-o uid,passkey' '--top passkey'; do
		us 0 who --all -m "passkey = $passkey" $words
		[ -s "$tmp/out" ]
		! grep -FwHf "$tmp/secrets" "$tmp/out" "$tmp/err" >&2 || return 1
	done
	us 0 who --all -m "passkey = $(PEERUTILS_MASK_KEY=$passkey$passkey userstats who --all -m "passkey = $passkey" -o passkey -n 1)"
	out
	# they are there to be found
	us 0 who --all --reveal
	grep -qFwf "$tmp/secrets" "$tmp/out"
}

@test "nothing but reading: what both servers were asked" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c "alter system set log_statement = 'all'" -c 'select pg_reload_conf()' >/dev/null
	wait_for eval '[ "$(psql_ -c "show log_statement")" = all ]'
	psql_ -c "select 'from here'" >/dev/null
	background redis-cli -s "$sock" monitor >"$tmp/monitor"
	wait_for grep -q OK "$tmp/monitor"
	for verb in "${verbs[@]}" "snapshot $tmp/look" "user $(site_cell users 5 2)" "torrents $(site_cell torrent 5 4 | cut -c 1-6)"; do
		userstats $verb >"$tmp/out" 2>&1 || [ $? = 1 ]
	done
	rcli ping the-end >/dev/null
	wait_for grep -q the-end "$tmp/monitor"
	psql_ -c "alter system reset log_statement" -c 'select pg_reload_conf()' >/dev/null
	[ "$(sed -nE 's/^[0-9.]+ \[[^]]*\] "([^"]*)".*/\U\1/p' "$tmp/monitor" | sort -u | grep -vxE \
		'INFO|PING|SCAN|SCARD|SELECT|SISMEMBER|SMEMBERS|TIME|TTL|TYPE|ZCARD|ZCOUNT|ZRANGEBYSCORE|CLIENT|HELLO')" = "" ]
	log=$(ls "$BATS_FILE_TMPDIR"/postgres.*.log)
	sed '1,/from here/d' "$log" | sed -nE 's/^.*LOG:  (execute [^:]*|statement): //p' >"$tmp/statements"
	[ "$(grep -cE '^(COPY \(|SELECT|WITH)' "$tmp/statements")" -gt 20 ]
	[ "$(grep -vE '^(COPY \((SELECT|WITH)|SELECT|WITH|alter system reset|select pg_reload_conf)' "$tmp/statements")" = "" ]
	[ "$(grep -ciE 'nextval|setval|for update|for share|insert|delete from|drop ' "$tmp/statements")" = 0 ]
}

@test "no room for the output, and no streams" {
	site_use "$BATS_FILE_TMPDIR"
	for verb in "torrents --all" "current --all -j" "drift --sql" "check -t"; do
		status=0
		userstats $verb 2>"$tmp/err" >/dev/full || status=$?
		[ "$status" = 2 ]
		[ "$(grep -c 'No space left' "$tmp/err")" = 1 ]
		userstats $verb 2>/dev/null | head -n 1 >"$tmp/out"
		[ "${PIPESTATUS[0]}" != 134 ]
		status=0
		userstats $verb 2>"$tmp/err" >&- || status=$?
		[ "$status" = 2 ]
		# and a connection has not taken its place
		[ "$(grep -c 'Bad file descriptor' "$tmp/err")" = 1 ]
		! grep partial "$tmp/err" || return 1
	done
	status=0
	userstats torrents - <&- 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	us 2 torrents -f /nonexistent
	us 2 torrents -f "$tmp"
	head -c 10000000 /dev/zero | tr '\0' 7 >"$tmp/long"
	us 1 torrents -f "$tmp/long"
	[ "$(wc -c <"$tmp/err")" -lt 1000 ]
	seq 200000 >"$tmp/many"
	us 1 torrents -f "$tmp/many"
	# 39 torrents, and a title without one
	[ "$(wc -l <"$tmp/out")" = 40 ]
	[ "$(wc -l <"$tmp/err")" -le 30 ]
}
