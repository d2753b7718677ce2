# userstats_torrents.bats - who is live on torrents: against a slow oracle, with a store down, and in how many round trips
# shellcheck disable=SC2046 # numbers and info hashes are words of their own

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site

setup_file() {
	need jq
	site_begin 3 break
}

teardown_file() {
	site_down
}

oracle() {
	site_oracle torrents
}

# in the oracle's columns and order
of_oracle() {
	userstats torrents "$@" -o "$(site_oracle columns torrents)" | sort
}

# database NAME - a copy of the site's that a test may spoil
database() {
	psql_ -c 'set client_min_messages = error' -c "drop database if exists $1" -c "create database $1 template postgres"
	export PGDATABASE=$1
}

count_from_here() {
	rcli config resetstat >/dev/null
	psql_ -c 'select pg_stat_statements_reset()' >/dev/null
}

# the statements since then, but for those that count
statements() {
	psql_ -c "select sum(calls) from pg_stat_statements where query !~ 'pg_stat_statements'"
}

# the commands since then, but for those of connections
commands() {
	rcli info commandstats | tr -d '\r' | sed -nE 's/^cmdstat_([^:]*):calls=([0-9]*).*/\1 \2/p' |
		grep -vE '^(hello|auth|select|client\|[a-z]*|info|time|config\|[a-z]*|command.*|ping|cluster.*) ' | sort
}

@test "all torrents are what the oracle says" {
	site_use "$BATS_FILE_TMPDIR"
	oracle >"$tmp/want"
	[ "$(wc -l <"$tmp/want")" = 40 ]
	of_oracle --all 2>"$tmp/err" | diff "$tmp/want" - >&2
	# the last is a title without a torrent
	[ "$(grep -c $'^40\t-\t.*\t-\t-\t-\t' "$tmp/want")" = 1 ]
	[ "$(cat "$tmp/err")" = "userstats: 1 torrent without a sound info hash at the site (posted, and not uploaded?): nobody can be live there" ]
	# each kind of number is there
	for column in 4 5 6 7 10; do
		[ "$(awk -F '\t' -v c=$column '$c > 0' "$tmp/want" | wc -l)" -gt 0 ]
	done
	# another window counts other entries
	WINDOW=86400 oracle >"$tmp/wide"
	of_oracle --all --window 1d | diff "$tmp/wide" - >&2
	run ! cmp -s "$tmp/want" "$tmp/wide"
}

@test "a page is what --all says, in the order of its names, in any spelling" {
	site_use "$BATS_FILE_TMPDIR"
	userstats torrents --all >"$tmp/all"
	cut -f 2 "$tmp/all" | userstats torrents - 2>"$tmp/err" | cmp "$tmp/all" - >&2
	grep -q '^userstats: 1 torrent without a sound info hash' "$tmp/err"
	# and of those that have an info hash
	sed -i '/^activity	40	/d' "$tmp/all"
	[ "$(cut -f 2 "$tmp/all" | sort -n | tr '\n' ' ')" = "$(cut -f 2 "$tmp/all" | tr '\n' ' ')" ]
	mapfile -t tids < <(cut -f 2 "$tmp/all")
	mapfile -t hashes < <(cut -f 3 "$tmp/all")
	userstats torrents "${tids[@]}" | cmp "$tmp/all" - >&2
	userstats torrents "${hashes[@]}" | cmp "$tmp/all" - >&2
	cut -f 5 "$site/torrent" | userstats torrents - | cmp "$tmp/all" - >&2
	tac "$tmp/all" | cut -f 2 | userstats torrents - | cmp <(tac "$tmp/all") - >&2
	# each once, where it was named first
	userstats torrents 7 "${hashes[6]}" "${hashes[2]}" 7 3 | cmp <(sed -n 7p "$tmp/all"; sed -n 3p "$tmp/all") - >&2
	# the default verb
	userstats "${hashes[4]}" | cmp <(sed -n 5p "$tmp/all") - >&2
}

@test "entries only: the same of a page and of all, and nothing of users" {
	site_use "$BATS_FILE_TMPDIR"
	userstats torrents --all --live-only >"$tmp/all"
	cut -f 2 "$tmp/all" | userstats torrents --live-only - | cmp "$tmp/all" - >&2
	sed -i '/^activity	40	/d' "$tmp/all"
	cut -f 3 "$tmp/all" | userstats torrents --live-only - | cmp "$tmp/all" - >&2
	oracle | awk -F '\t' -v OFS='\t' '{ $4 = $5 = $7 = $10 = "-"; print }' | sort | diff - <(of_oracle --all --live-only) >&2
}

@test "a page takes two round trips" {
	site_use "$BATS_FILE_TMPDIR"
	mapfile -t tids < <(cut -f 1 "$site/torrent")
	count_from_here
	userstats torrents -v "${tids[@]}" >"$tmp/out" 2>"$tmp/err"
	[ "$(statements)" = 1 ]
	commands >"$tmp/commands"
	[ "$(cut -d ' ' -f 1 "$tmp/commands" | tr '\n' ' ')" = "sismember zcount " ]
	grep -qx "zcount ${#tids[@]}" "$tmp/commands"
	# one for each row, and one for each poster who has none
	[ "$(sed -n 's/^sismember //p' "$tmp/commands")" -ge "$(wc -l <"$site/status")" ]
	# far fewer bursts than commands
	awk '/^userstats: Redis:/ { commands += $4; bursts += $6 } END { exit !(commands > 300 && bursts > 0 && bursts * 10 < commands) }' "$tmp/err"

	count_from_here
	userstats torrents -v --live-only "${tids[@]}" >"$tmp/out"
	[ "$(statements)" = 1 ]
	[ "$(commands)" = "zcount ${#tids[@]}" ]
	[ "$(psql_ -c "select count(*) from pg_stat_statements where query ~ 'torrent_status'")" = 0 ]
}

@test "all of the site: a statement for each kind of thing, a command for each user and torrent" {
	site_use "$BATS_FILE_TMPDIR"
	count_from_here
	userstats torrents --all >"$tmp/out"
	[ "$(statements)" = 3 ]
	[ "$(commands)" = "$(printf 'smembers 60\nzcount 39')" ]
	count_from_here
	userstats torrents --all --live-only >"$tmp/out"
	[ "$(statements)" = 1 ]
	[ "$(commands)" = "zcount 39" ]
}

@test "an info hash that the site does not know has its entries, and is told" {
	site_use "$BATS_FILE_TMPDIR"
	run --separate-stderr userstats torrents 2 0101010101010101010101010101010101010101 4000 0909090909090909090909090909090909090909
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 3 ]
	[ "${lines[1]}" = "$(tsv 'activity - 0101010101010101010101010101010101010101 - - - 1 - - - 300 0.111111 - - -')" ]
	[ "${lines[2]}" = "$(tsv 'activity - 0909090909090909090909090909090909090909 - - - 0 - - - 300 0.111111 - - -')" ]
	[[ "$stderr" == *0101010101010101010101010101010101010101*"no such torrent"* ]]
	[[ "$stderr" == *4000*"no such torrent"* ]]
	[ "${#stderr_lines[@]}" = 3 ]
}

@test "without Redis: what the site says; without PostgreSQL: what is live of info hashes" {
	site_use "$BATS_FILE_TMPDIR"
	userstats torrents --all >"$tmp/all"
	run --separate-stderr env REDIS_URL=unix:/nowhere userstats torrents --all
	[ "$status" = 1 ]
	[[ "$stderr" == *partial* ]]
	diff <(awk -F '\t' -v OFS='\t' '{ $5 = $6 = $7 = $13 = "-"; print }' "$tmp/all") <(printf '%s\n' "$output") >&2
	cp /dev/null "$tmp/page"
	cut -f 2 "$tmp/all" | REDIS_URL=unix:/nowhere userstats torrents - >"$tmp/page" 2>"$tmp/err" || [ $? = 1 ]
	diff "$tmp/page" <(printf '%s\n' "$output") >&2

	sed -i '/^activity	40	/d' "$tmp/all"
	for only in '' --live-only; do
		run --separate-stderr env PGHOST=/nowhere userstats torrents $only $(cut -f 3 "$tmp/all") 7
		[ "$status" = 1 ]
		[[ "$stderr" == *partial* ]]
		# it may well have them
		[[ "$stderr" != *"no such"* ]]
		diff <(awk -F '\t' -v OFS='\t' '{ $2 = $4 = $5 = $6 = $8 = $9 = $10 = $13 = $14 = "-"; print }' "$tmp/all") <(printf '%s\n' "$output") >&2
	done
	# where one of them can say nothing alone, and where none can
	run env PGHOST=/nowhere userstats torrents --all
	[ "$status" = 2 ]
	run env PGHOST=/nowhere userstats torrents 7 8
	[ "$status" = 2 ]
	run env REDIS_URL=unix:/nowhere userstats torrents --live-only 7
	[ "$status" = 2 ]
	run env REDIS_URL=unix:/nowhere PGHOST=/nowhere userstats torrents "$(cut -f 3 "$tmp/all" | head -n 1)"
	[ "$status" = 2 ]
	[[ "$output" != *$'activity\t'* ]]
}

@test "a table that is missing, or may not be read: told, and the live counts come" {
	site_use "$BATS_FILE_TMPDIR"
	hash=$(cut -f 4 "$site/torrent" | sed -n 5p)
	userstats torrents 5 >"$tmp/5"
	database spoilt
	psql_ -c 'drop table torrent_status'
	run --separate-stderr userstats torrents 5 "$hash"
	[ "$status" = 1 ]
	[[ "$stderr" == *torrent_status*42P01* ]]
	[ "$output" = "$(awk -F '\t' -v OFS='\t' '{ for (i = 2; i <= NF; i++) if (i !~ /^(3|7|11|12)$/) $i = "-"; print }' "$tmp/5")" ]
	run --separate-stderr userstats torrents --all
	[ "$status" = 1 ]
	[[ "$stderr" == *torrent_status*42P01* ]]
	[ "${#lines[@]}" = 40 ]
	[ "${lines[4]}" = "$(awk -F '\t' -v OFS='\t' '{ $5 = $6 = $8 = $13 = "-"; print }' "$tmp/5")" ]
	# nothing of that table is needed
	userstats torrents --live-only 5 | diff <(awk -F '\t' -v OFS='\t' '{ $5 = $6 = $8 = $13 = "-"; print }' "$tmp/5") - >&2

	psql_ -c 'drop role if exists nobody_here' -c 'create role nobody_here login' -c 'grant select on torrent, torrent_info, users to nobody_here'
	database forbidden
	PGUSER=nobody_here run --separate-stderr userstats torrents "$hash"
	[ "$status" = 1 ]
	[[ "$stderr" == *permission\ denied*torrent_status*42501* ]]
	[ "${#lines[@]}" = 1 ]
	[ "$(cut -f 7 <<<"$output")" = "$(cut -f 7 "$tmp/5")" ]
	# no table of the site at all
	PGDATABASE=template1 run --separate-stderr userstats torrents --all
	[ "$status" = 2 ]
	[ -z "$output" ]
	[[ "$stderr" == *users*42P01* ]]
	[[ "$stderr" == *"nothing could be answered"* ]]
}

@test "keys of other types: told by info hash, and the others are counted" {
	site_use "$BATS_FILE_TMPDIR"
	read -r tid uid <<<"$(site_pair seeder)"
	key=$(site_cell torrent "$tid" 5) hash=$(site_cell torrent "$tid" 4) passkey=$(site_cell users "$uid" 3)
	userstats torrents --all >"$tmp/before"
	rcli rename "$key" kept >/dev/null
	rcli set "$key" text >/dev/null
	rcli -n 1 rename "$passkey" kept >/dev/null
	rcli -n 1 set "$passkey" text >/dev/null
	oracle >"$tmp/want"
	run --separate-stderr userstats torrents --all
	cut -f 2 "$tmp/before" >"$tmp/tids"
	userstats torrents -f "$tmp/tids" >"$tmp/page" 2>"$tmp/err" || code=$?
	rcli rename kept "$key" >/dev/null
	rcli -n 1 rename kept "$passkey" >/dev/null
	[ "$status" = 1 ]
	[ "$code" = 1 ]
	diff "$tmp/page" <(printf '%s\n' "$output") >&2
	[[ "$stderr" == *"torrent $hash: its entries cannot be counted: WRONGTYPE"* ]]
	[[ "$stderr" == *"1 key of a user is of another type"* ]]
	[[ "$(<"$tmp/err")" == *"torrent $hash: its entries cannot be counted: WRONGTYPE"* ]]
	[[ "$(<"$tmp/err")" == *"of another type than a set"* ]]
	[[ "$stderr$(<"$tmp/err")" != *"$passkey"* ]]
	# the oracle takes what is no zset for one without entries
	sort -n "$tmp/want" | awk -F '\t' -v OFS='\t' -v tid="$tid" '$1 == tid { $6 = "-" } { print }' |
		diff - <(userstats_columns "$tmp/page") >&2
	# the seeder is gone from the torrent
	[ "$(awk -F '\t' -v tid="$tid" '$2 == tid { print $5 }' "$tmp/page")" = $(($(awk -F '\t' -v tid="$tid" '$2 == tid { print $5 }' "$tmp/before") - 1)) ]
}

# lines in the columns of the oracle
userstats_columns() {
	awk -F '\t' -v OFS='\t' '{ print $2, $3, $4, $5, $6, $7, $8, $9, $10, $13, $14 }' "$1"
}

@test "a user of Redis who may not read sets: no split, and no zeros" {
	site_use "$BATS_FILE_TMPDIR"
	rcli acl setuser blind on nopass '~*' +@connection +info +time +select +zcount >/dev/null
	userstats torrents --all >"$tmp/before"
	for words in --all "$(seq -s ' ' 40)"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr env REDIS_URL="unix://blind:any@$sock" userstats torrents -q $words
		[ "$status" = 1 ]
		[[ "$stderr" == *"users database of Redis: NOPERM"* ]]
		[ "${#stderr_lines[@]}" = 1 ]
		diff <(awk -F '\t' -v OFS='\t' '{ $5 = $6 = $13 = "-"; print }' "$tmp/before") <(printf '%s\n' "$output") >&2
	done
	rcli acl setuser blind -zcount >/dev/null
	run --separate-stderr env REDIS_URL="unix://blind:any@$sock" userstats torrents -q --all --live-only
	rcli acl deluser blind >/dev/null
	[ "$status" = 1 ]
	[[ "$stderr" == *"torrents database of Redis: NOPERM"* ]]
	[ "${#stderr_lines[@]}" = 1 ]
	[ "${#lines[@]}" = 40 ]
	[ -z "$(awk -F '\t' '$7 != "-"' <<<"$output")" ]
}

@test "titles of any bytes, in a database that does not look at them" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c 'set client_min_messages = error' -c 'drop database if exists bytes' -c "create database bytes template template0 encoding sql_ascii locale 'C'"
	export PGDATABASE=bytes
	psql_ -f "$top/tests/samples/site/schema.sql"
	psql_ -c "insert into torrent_info (id, title, poster) values (1, E'a\\tb\\nc', 'x'), (2, E'\\xff\\xfe\\xc3(', 'x'), (3, '-', 'x'), (4, '', 'x'), (5, E'#\\x01\\x1b[1m', 'x')" \
		-c "insert into torrent (id, name, length, infohash) select n, 'n', 1, lpad(n::text, 40, '0') from generate_series(1, 5) n"
	userstats torrents --all >"$tmp/all"
	userstats torrents 1 2 3 4 5 | cmp "$tmp/all" - >&2
	userstats torrents --live-only --all | cut -f 4 | diff - <(cut -f 4 "$tmp/all") >&2
	[ "$(cut -f 4 "$tmp/all")" = "$(printf '%s\n' 'a\tb\nc' '\xff\xfe\xc3(' '\x2d' '' '#\x01\x1b[1m')" ]
	[ "$(userstats torrents -j 2 | jq -r .title_hex)" = fffec328 ]
	[ "$(userstats torrents -j 1 | jq -c '[.tid, .title, .seeders, .leechers, .live, .finished, .uploaders, .window]')" = '[1,"a\tb\nc",0,0,0,0,0,300]' ]
}

@test "a site without torrents, and an info hash that is none" {
	site_use "$BATS_FILE_TMPDIR"
	database empty
	psql_ -c 'truncate torrent_info, torrent, torrent_status, users'
	[ -z "$(userstats torrents --all)" ]
	[ -z "$(userstats torrents --all --live-only)" ]
	psql_ -c "insert into torrent_info (id, title, poster) values (1, 'a', 'x'), (2, 'b', 'x')" \
		-c "insert into torrent (id, name, length, infohash) values (1, 'n', 1, 'none'), (2, 'n', 1, '')" \
		-c 'insert into torrent_status (tid, uid, finished) values (1, 5, true), (1, 6, false)'
	userstats torrents --all >"$tmp/all"
	[ "$(cat "$tmp/all")" = "$(tsv 'activity 1 - a - - - 1 0 0 300 0.111111 - 0 -' 'activity 2 - b - - - 0 0 0 300 0.111111 - 0 -')" ]
	userstats torrents 1 2 | cmp "$tmp/all" - >&2
}

@test "two torrents with one info hash have the same entries, each its own rows" {
	site_use "$BATS_FILE_TMPDIR"
	database twins
	# the poster of the second is live on the first, without a row
	read -r tid uid <<<"$(site_pair seeder)"
	psql_ -c "insert into torrent_info (id, title, poster) select 1000, 'twin', username from users where id = $uid" \
		-c "insert into torrent_info (id, title, poster) values (1001, 'twin', 'nobody')" \
		-c "insert into torrent (id, name, length, infohash) select n, 'n', 1, infohash from torrent, generate_series(1000, 1001) n where id = $tid" \
		-c "insert into torrent_status (tid, uid, finished) select 1001, uid, not finished from torrent_status where tid = $tid"
	oracle >"$tmp/want"
	of_oracle --all | diff "$tmp/want" - >&2
	[ "$(awk -F '\t' '$1 == 1000 { print $4, $10 }' "$tmp/want")" = "1 1" ]
	userstats torrents --all >"$tmp/all"
	cut -f 2 "$tmp/all" | userstats torrents - | cmp "$tmp/all" - >&2
	# the info hash names all of them
	userstats torrents "$(site_cell torrent "$tid" 4)" | cmp <(awk -F '\t' -v tid="$tid" '$2 == tid || $2 >= 1000' "$tmp/all") - >&2
}

@test "a page of more commands than may be under way at once" {
	site_use "$BATS_FILE_TMPDIR"
	database many
	psql_ -c "insert into torrent_info (id, title, poster) select n, 'many ' || n, 'x' from generate_series(10001, 16000) n" \
		-c "insert into torrent (id, name, length, infohash) select n, 'n', 1, md5(n::text) || '00000000' from generate_series(10001, 16000) n" \
		-c "insert into torrent_status (tid, uid, finished) select n, u, true from generate_series(10001, 16000) n, generate_series(1, 3) u"
	userstats torrents --all >"$tmp/all"
	[ "$(wc -l <"$tmp/all")" = 6040 ]
	cut -f 2 "$tmp/all" | userstats torrents - | cmp "$tmp/all" - >&2
	[ "$(userstats torrents --all -n 5000 | md5sum)" = "$(head -n 5000 "$tmp/all" | md5sum)" ]
	sed -i '/^activity	40	/d' "$tmp/all"
	cut -f 3 "$tmp/all" | userstats torrents - | cmp "$tmp/all" - >&2
	userstats torrents --all --live-only -m 'tid != 40' >"$tmp/live"
	cut -f 3 "$tmp/all" | userstats torrents --live-only - | cmp "$tmp/live" - >&2
	[ "$(userstats torrents --all --live-only -n 5 | wc -l)" = 5 ]
}

@test "a connection that ends in the middle: what is not whole is unset" {
	site_use "$BATS_FILE_TMPDIR"
	hash=$(cut -f 4 "$site/torrent" | sed -n 5p)
	userstats torrents 5 >"$tmp/5"
	# rows of the status that never come
	cat >"$tmp/slow.sql" <<-EOF
		-- name: users
		select id as uid, username, passkey from users
		-- name: torrents
		select id as tid, infohash as info_hash from torrent
		-- name: titles
		select id as tid, title, poster from torrent_info
		-- name: counters
		select id as tid, uploading, downloading, finished from torrent_info
		-- name: status
		select tid, uid, true as active, finished and pg_sleep(1000) is not null as finished, upload, download from torrent_status
		-- name: accounts
		select id as uid, upload, download, null as registered, null as seen from user_info
	EOF
	background userstats torrents --schema "$tmp/slow.sql" 5 "$hash" >"$tmp/out" 2>"$tmp/err"
	wait_for eval '[ "$(psql_ -c "select count(pg_terminate_backend(pid)) from pg_stat_activity
		where application_name = '\''userstats'\'' and wait_event = '\''PgSleep'\''")" = 1 ]'
	wait $! || code=$?
	[ "$code" = 1 ]
	grep -q partial "$tmp/err"
	[ "$(cut -f 7 "$tmp/out")" = "$(cut -f 7 "$tmp/5")" ]
	[ "$(cut -f 5,6,8,13 "$tmp/out")" = "$(tsv '- - - -')" ]
}

@test "--watch marks what is new, changed and gone" {
	site_use "$BATS_FILE_TMPDIR"
	key=$(site_cell torrent 9 5)
	for words in '8 9 10' --all '--live-only --all'; do
		# shellcheck disable=SC2086 # several words
		background userstats torrents $words --watch 1 -o tid,live,change >"$tmp/out" 2>"$tmp/err"
		watcher=$!
		wait_for grep -q 'looking again' "$tmp/err"
		live=$(awk '$1 == 9 { print $2; exit }' "$tmp/out")
		rcli zadd "$key" "$(date +%s)" only-for-this-test >/dev/null
		wait_for grep -qx "9	$((live + 1))	changed" "$tmp/out"
		rcli zrem "$key" only-for-this-test >/dev/null
		wait_for grep -qx "9	$live	changed" "$tmp/out"
		kill -TERM $watcher
		wait $watcher || [ $? = 143 ]
		[ -z "$(awk '$3 != "-" && $1 != 9' "$tmp/out")" ]
	done
}
