# userstats_watch.bats - --watch: changes in both stores, looks without one of them, tables, the picture, how it ends

load ../support/helpers
load ../support/site
load ../support/userstats

setup() {
	tmp=$BATS_TEST_TMPDIR
	# shellcheck disable=SC2034 # stop_all goes through them
	background_pids=()
	unset REDIS_URL "${!PG@}"
	export LC_ALL=C.UTF-8 TZ=UTC
	need redis-server
	need_postgres
	site_up "$tmp"
	site_load 3
	userstats who 1 2 3 --reveal -o tid,uid,passkey,info_hash | head -n 1 >"$tmp/first"
	read -r tid uid key hash <"$tmp/first"
	[ -n "$hash" ]
	member=$(bytes "$hash" | base64)
}

teardown() {
	stop_all
}

join() { rcli -n 1 sadd "$key" "$member" >/dev/null; }
leave() { rcli -n 1 srem "$key" "$member" >/dev/null; }

# redis_again - the server comes back on its socket, empty but for one member
redis_again() {
	rm -f "$sock"
	setpriv --pdeathsig KILL redis-server --port 0 --unixsocket "$sock" --save '' --appendonly no --dir "$tmp" \
		</dev/null >/dev/null 2>&1 3>&- 4>&- &
	redis_pid=$!
	redis_pids+=("$redis_pid")
	wait_for rcli -n 1 sadd "$key" "$member"
}

@test "changes in Redis and PostgreSQL are marked, once, and nothing else is" {
	watched who 1 2 3 -o tid,uid,role,change
	leave
	wait_for grep -q $'\tgone$' "$tmp/out"
	join
	wait_for grep -q $'\tnew$' "$tmp/out"
	psql_ -c "update torrent_status set finished = not finished where tid = $tid and uid = $uid"
	wait_for grep -q $'\tchanged$' "$tmp/out"
	# shellcheck disable=SC2034 # the condition that is waited for reads it
	looks=$(grep -c 'rows' "$tmp/err")
	wait_for eval '[ "$(grep -c rows "$tmp/err")" -gt "$((looks + 1))" ]'
	watched_end
	[ "$(grep -cv -e '-$' "$tmp/out")" = 3 ]
	[ "$(grep -v -e '-$' "$tmp/out" | cut -f 1,2,4 | tr '\n' ' ')" = "$tid	$uid	gone $tid	$uid	new $tid	$uid	changed " ]
	says '1 new, 1 changed, 1 gone'
}

@test "JSON, a selection, masked passkeys, and --count ends it" {
	watched who 1 2 3 -j -m change=gone -n 1
	leave
	wait $watching
	[ "$(wc -l <"$tmp/out")" = 1 ]
	[ "$(jq -r '"\(.tid) \(.uid) \(.change)"' "$tmp/out")" = "$tid $uid gone" ]
	[ "$(grep -c "$key" "$tmp/out")" = 0 ]
}

@test "conditions choose from what is marked: hidden is not gone, shown again is changed" {
	userstats who 1 2 3 --reveal -o tid,uid,passkey,info_hash -m role=leecher >"$tmp/leechers"
	read -r tid uid key hash <"$tmp/leechers"
	member=$(bytes "$hash" | base64)
	finish() { psql_ -c "update torrent_status set finished = $1 where tid = $tid and uid = $uid"; }
	after() { wait_for eval "[ \"\$(grep -c '$1' \"\$tmp/err\")\" = $2 ]"; }
	watched who 1 2 3 --csv -o tid,uid,role,change -m role=leecher -m "uid = $uid" -m "tid = $tid"
	finish true
	after '0 new, 1 changed, 0 gone' 1
	finish false
	after '0 new, 1 changed, 0 gone' 2
	leave
	after '0 new, 0 changed, 1 gone' 1
	join
	after '1 new, 0 changed, 0 gone' 1
	finish true
	after '0 new, 1 changed, 0 gone' 3
	leave
	after '0 new, 0 changed, 1 gone' 2
	watched_end
	grep -v ',$' "$tmp/out" >"$tmp/marked"
	diff - "$tmp/marked" <<-END >&2
		tid,uid,role,change
		$tid,$uid,leecher,changed
		$tid,$uid,leecher,gone
		$tid,$uid,leecher,new
	END
}

@test "a look without a store is not compared; the next one is, with the one before" {
	for verb in who torrents; do
		site_load 3
		watched "$verb" 1 2 3
		kill "$redis_pid"
		wait "$redis_pid" || :
		wait_for grep -q 'not compared' "$tmp/err"
		# torrents can tell of the site's side, and what is missing there has not changed
		[ "$verb" = who ] || wait_for grep -q $'\t-\t[0-9]*\t[-0-9]*\t[-0-9]*\t300\t.*-$' "$tmp/out"
		[ "$(grep -cv -e '-$' "$tmp/out")" = 0 ]
		redis_again
		wait_for grep -qE '(gone|changed)$' "$tmp/out"
		kill -INT "$watching"
		status=0
		wait "$watching" || status=$?
		[ "$status" = 1 ]
		[ "$verb" = torrents ] || [ "$(grep -c "^who	$tid	$hash	$uid	.*gone" "$tmp/out")" = 0 ]
		[ "$(grep -c 'new$' "$tmp/out")" = 0 ]
	done
}

@test "what is not there at the first look ends it; a reader that leaves does" {
	PGHOST=$tmp us 2 who 1 --watch 1
	timeout 20 userstats who 1 2 3 --watch 1 2>"$tmp/err" | head -n 1 >"$tmp/out"
	[ "${PIPESTATUS[0]}" != 124 ]
	[ "$(wc -l <"$tmp/out")" = 1 ]
}

@test "--table: each look under the columns' names; on a terminal a picture with marks, and the terminal as it was" {
	watched who 1 2 3 -t -o tid,uid,change
	wait_for eval '[ "$(grep -c ^tid "$tmp/out")" -gt 1 ]'
	watched_end
	[ "$(head -n 1 "$tmp/out")" = "$(grep ^tid "$tmp/out" | sort -u)" ]
	[ "$(grep -c ^tid "$tmp/out")" = "$(grep -c ': [0-9]* rows' "$tmp/err")" ]
	need script
	export TERM=xterm
	background env --default-signal=INT timeout --foreground 100 script -qefc \
		"stty rows 24 cols 80; exec userstats who --redis $REDIS_URL 1 2 3 --table --watch 1 -o tid,uid,role" "$tmp/typescript" </dev/null >/dev/null 2>&1
	watching=$!
	wait_for grep -q 'looking again' "$tmp/typescript"
	leave
	wait_for grep -qE "^(.\[H)?- +$tid +$uid " "$tmp/typescript"
	join
	wait_for grep -qE "^(.\[H)?\+ +$tid +$uid " "$tmp/typescript"
	# no other process has the server of this test
	kill -TERM "$(pgrep -n -f "^userstats who --redis $REDIS_URL ")"
	wait $watching || :
	[ "$(grep -c $'\033\[?1049h' "$tmp/typescript")" = 1 ]
	[ "$(grep -c $'\033\[?1049l' "$tmp/typescript")" = 1 ]
	[ "$(sed '1,/\x1b\[?1049l/d' "$tmp/typescript" | grep -c '^tid')" = 0 ]
}
