# userstats_drift.bats - drift: against the slow answer and known faults, while things change, and mended by psql

load ../support/helpers
load ../support/site
bats_require_minimum_version 1.5.0

setup_file() {
	site_begin
}

teardown_file() {
	site_down
}

# fresh [SEED] - the site anew, whatever the test before did to it
fresh() {
	site_use "$BATS_FILE_TMPDIR"
	site_load "${1:-1}"
}

columns=table,column,expected,found,tid,uid

# slow - the slow answer, counters and rows
slow() {
	{ site_oracle drift-counters && site_oracle drift-rows; } | sort
}

# drift [OPTION...] - its answer in those columns; its status in $status
drift() {
	status=0
	userstats drift -o "$columns" "$@" >"$tmp/ours" 2>"$tmp/err" || status=$?
	sort "$tmp/ours" -o "$tmp/sorted"
}

# mend - what --sql says of a site that is seen whole, run; nothing that it says may fail
mend() {
	run -1 --separate-stderr userstats drift --sql --interval 300
	psql_ <<<"$output"
}

# without_missing - the file without rows that are not there, which nobody can mend
without_missing() {
	awk -F '\t' '$2 != "-"' "$1"
}

@test "what the slow answer finds, and nothing else" {
	local seed
	for seed in 1 4; do
		fresh $seed
		drift
		[ "$status" = 1 ]
		slow | diff -u - "$tmp/sorted"
		# all that a sound site has of it: rows of who is not there, or is though he stopped, or has no row
		[ -z "$(grep torrent_info "$tmp/ours")" ]
		[ "$(grep -c '	2	[01]	' "$tmp/ours")" -gt 0 ]
		[ "$(grep -c '	[01]	2	' "$tmp/ours")" -gt 0 ]
		[ "$(grep -c '	-	0	-	' "$tmp/ours")" -gt 0 ]
		site_break
		drift
		slow | diff -u - "$tmp/sorted"
	done
}

@test "faults that were put there are found by name, beside what was there" {
	fresh
	drift
	cp "$tmp/sorted" "$tmp/before"
	site_break
	drift
	comm -13 "$tmp/before" "$tmp/sorted" >"$tmp/new"
	cut -f 1,2 "$site/faults/counter" | while IFS=$'\t' read -r tid column; do
		grep -q "^torrent_info	$column	[0-9-]*	[0-9-]*	$tid	-$" "$tmp/new"
	done
	while IFS=$'\t' read -r tid uid found expected; do
		grep -q "^torrent_status	status	$expected	$found	$tid	$uid$" "$tmp/new"
	done < <(cat "$site/faults/stale_row" "$site/faults/stopped_row")
	[ "$(wc -l <"$tmp/new")" -ge 5 ]
	grep -q 'sets of passkeys and .* of info hashes that the site does not know were left out' "$tmp/err"
}

@test "keys, details, order; counters first" {
	fresh
	site_break
	run -1 --separate-stderr userstats drift -j
	[ "$(jq -r 'select(.table == "torrent_info" and .tid == 2 and .column == "downloading") | .key, .detail, (.found - .expected)' <<<"$output")" = "id=2
counter against rows: active and not finished
100" ]
	[ "$(jq -r 'select(.table == "torrent_status" and .column == null) | .detail' <<<"$output" | sort -u)" = "row against live pairs: live and no row" ]
	[ -z "$(jq -r 'select(.uid != null) | select(.key != "tid=\(.tid) uid=\(.uid)")' <<<"$output")" ]
	[ "$(jq -r .table <<<"$output" | uniq)" = "torrent_info
torrent_status" ]
	jq -r '[(if .uid then 1 else 0 end), .tid, .uid // 0] | @tsv' <<<"$output" | sort -c -n -k1,1 -k2,2 -k3,3
	userstats drift -j >"$tmp/again" 2>/dev/null || :
	diff - "$tmp/again" <<<"$output"
}

@test "rows and sets of those that the site does not have" {
	fresh
	psql_ -c 'insert into torrent_status (tid, uid, status) values (99, 1, 0), (1, 999, 1), (-5, -6, 0), (98, 1, 2)'
	drift
	slow | diff -u - "$tmp/sorted"
	[ "$(grep -cE '	2	[01]	(99	1|1	999|-5	-6)$' "$tmp/ours")" = 3 ]
}

@test "a counter that is not kept and rows that know nothing are no findings" {
	fresh
	psql_ -c 'alter table torrent_info alter downloading drop not null; update torrent_info set downloading = null' \
		-c 'alter table torrent_status alter finished drop not null' \
		-c 'insert into torrent_status (tid, uid, status, finished) values (3, 9999, 2, null)'
	drift
	[ -z "$(grep torrent_info "$tmp/ours")" ]
	psql_ -c 'update torrent_info set downloading = 0; alter table torrent_info alter downloading set not null' \
		-c 'truncate torrent_status; alter table torrent_status alter finished set not null'
}

@test "--sql mends what it can, and what it cannot stays as a comment" {
	fresh
	site_break
	drift
	[ "$(without_missing "$tmp/ours" | wc -l)" -gt 10 ]
	cp "$tmp/ours" "$tmp/first"
	mend
	[ "$(grep -c '^-- torrent_status has no row' <<<"$output")" = "$(awk -F '\t' '$2 == "-"' "$tmp/first" | wc -l)" ]
	[ -z "$(grep 'are not stopped' <<<"$output")" ]
	drift
	diff <(awk -F '\t' '$2 == "-"' "$tmp/first") "$tmp/ours"
	slow | diff -u - "$tmp/sorted"
	# and nothing but those rows was changed
	psql_ -F $'\t' -c 'select tid, uid, upload, download, finished from torrent_status order by 1, 2' |
		diff <(cut -f 1,2,4,5,6 "$site/status" | sort -n -k1,1 -k2,2) -
}

@test "--sql in batches; nothing to say is nothing" {
	fresh
	psql_ -c 'truncate torrent_status, torrent_info, torrent' \
		-c "insert into torrent_info (id, title, poster, uploading) select n, 'x', 'user1', 5 from generate_series(1, 2500) n" \
		-c "insert into torrent_status (tid, uid, status, finished) select n, 7, 0, n % 2 = 0 from generate_series(1, 2001) n"
	rcli flushall
	mend
	[ "$(grep -c '^BEGIN;$' <<<"$output")" = 6 ]
	[ "$(grep -c '^COMMIT;$' <<<"$output")" = 6 ]
	run -0 --separate-stderr userstats drift --sql
	[ -z "$output" ]
	run -0 --separate-stderr userstats drift
	[ "$(psql_ -c 'select sum(uploading) + sum(downloading) + sum(finished) from torrent_info')" = 1000 ]
	[ "$(psql_ -c 'select count(*) from torrent_status where status = 2')" = 2001 ]
}

@test "--sql leaves alone what has changed since" {
	local stale
	fresh
	site_break
	read -r -a stale <<<"$(cut -f 1,2 "$site/faults/stale_row")"
	run -1 --separate-stderr userstats drift --sql --interval 300
	# the site corrects one counter, and the user of the stale row completes and goes
	psql_ -c 'update torrent_info set downloading = 7 where id = 2' \
		-c "update torrent_status set status = 0 where tid = ${stale[0]} and uid = ${stale[1]}"
	psql_ <<<"$output"
	[ "$(psql_ -c 'select downloading from torrent_info where id = 2')" -ge 0 ]
	[ "$(psql_ -c "select status from torrent_status where tid = ${stale[0]} and uid = ${stale[1]}")" = 0 ]
	# what was not changed was mended; the counters agree with the rows but for the one that was corrected meanwhile
	drift
	[ "$(grep -c torrent_info "$tmp/ours")" = 1 ]
	grep -q '^torrent_info	downloading	.*	2	-$' "$tmp/ours"
	without_missing "$tmp/ours" | grep -v torrent_info >"$tmp/rows"
	[ "$(cat "$tmp/rows")" = "torrent_status	status	2	0	${stale[0]}	${stale[1]}" ]
}

# smembers - how many sets were read
smembers() {
	rcli info commandstats | sed -n 's/^cmdstat_smembers:calls=\([0-9]*\),.*/\1/p'
}

# reading COUNT - has drift read as many sets, and does it wait for the rows?
reading() {
	[ "$(smembers)" = "$1" ]
	[ "$(psql_ -c "select count(*) from pg_stat_activity where application_name = 'userstats' and wait_event_type = 'Lock'")" = 1 ]
}

@test "what changes between the two readings is not told; what stays wrong is" {
	local sets came went stays pid
	fresh
	drift
	cp "$tmp/ours" "$tmp/quiet"
	sets=$(rcli -n 1 dbsize)
	# one comes who has no row and no member; one who is live goes; and one is taken for stopped, who is not
	came=$(awk -F '\t' 'NR == FNR { there[$1, $2]; next } $4 != "" { for (uid = 20; uid < 30; uid++) if (!(($1, uid) in there)) { print $1, uid; exit } }' \
		"$site/pairs" "$site/torrent")
	read -r -a came <<<"$came"
	read -r -a went <<<"$(site_pair leecher)"
	read -r -a stays <<<"$(site_pair seeder)"
	rcli config resetstat
	coproc psql_
	printf '%s\n' 'begin; lock torrent_status in access exclusive mode;' 'select 1;' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	background userstats drift -o "$columns" >"$tmp/ours" 2>"$tmp/err"
	pid=$!
	wait_for reading "$sets"
	rcli -n 1 sadd "$(site_cell users "${came[1]}" 3)" "$(site_cell torrent "${came[0]}" 5)"
	rcli -n 1 srem "$(site_cell users "${went[1]}" 3)" "$(site_cell torrent "${went[0]}" 5)"
	printf '%s\n' "insert into torrent_status (tid, uid, status) values (${came[0]}, ${came[1]}, 0);" \
		"update torrent_status set status = 2 where tid = ${went[0]} and uid = ${went[1]};" \
		"update torrent_status set status = 2 where tid = ${stays[0]} and uid = ${stays[1]};" 'commit;' '\q' >&"${COPROC[1]}"
	wait "$pid" || [ $? = 1 ]
	grep torrent_status "$tmp/ours" | sort >"$tmp/rows"
	{ grep torrent_status "$tmp/quiet"; echo "torrent_status	status	1	2	${stays[0]}	${stays[1]}"; } | sort | diff -u - "$tmp/rows"
}

@test "few round trips, in a read-only session, with commands that only read" {
	fresh
	site_break
	rcli config resetstat
	psql_ -c 'select pg_stat_statements_reset()' >/dev/null || skip "pg_stat_statements is not there"
	drift
	# users, torrents, counters, rows, the second look
	[ "$(psql_ -c "select sum(calls) from pg_stat_statements where query ~* '^(copy|select a\.n)'")" = 5 ]
	[ "$(rcli info commandstats | sed -n 's/^cmdstat_\([^:]*\):.*/\1/p' | grep -vxE 'scan|smembers|sismember|time|info|select|hello|auth|client\|.*|command\|.*|config\|resetstat|ping')" = "" ]
	[ "$(rcli info commandstats | sed -n 's/^cmdstat_sismember:calls=\([0-9]*\),.*/\1/p')" -lt 60 ]
	# a user who may only read is enough
	psql_ -c 'drop role if exists reader' -c 'create role reader login' -c 'grant select on users, torrent, torrent_info, torrent_status to reader'
	cp "$tmp/ours" "$tmp/first"
	PGUSER=reader drift
	diff "$tmp/first" "$tmp/ours"
	psql_ -c 'drop owned by reader; drop role reader'
}

@test "permission denied: what can be compared is" {
	fresh
	site_break
	drift
	cp "$tmp/ours" "$tmp/first"
	psql_ -c 'drop role if exists half' -c 'create role half login' -c 'grant select on users, torrent, torrent_status to half'
	PGUSER=half drift
	[ "$status" = 1 ]
	grep -q 'torrent_info' "$tmp/err"
	grep torrent_status "$tmp/first" | diff - "$tmp/ours"
	psql_ -c 'revoke select on users from half' -c 'grant select on torrent_info to half'
	PGUSER=half drift
	grep -q 'users' "$tmp/err"
	grep torrent_info "$tmp/first" | diff - "$tmp/ours"
	psql_ -c 'drop owned by half; drop role half'
	# nor must sets that may not be read pass for empty ones
	rcli acl setuser default -smembers
	drift
	rcli acl setuser default +smembers
	grep -q NOPERM "$tmp/err"
	grep torrent_info "$tmp/first" | diff - "$tmp/ours"
	rcli acl setuser default -sismember
	drift
	rcli acl setuser default +sismember
	grep -q NOPERM "$tmp/err"
	grep torrent_info "$tmp/first" | diff - "$tmp/ours"
}

@test "one store down: the counters alone; without PostgreSQL nothing" {
	fresh
	site_break
	drift
	cp "$tmp/ours" "$tmp/first"
	drift --redis unix:"$tmp/nowhere"
	[ "$status" = 1 ]
	grep -q partial "$tmp/err"
	grep torrent_info "$tmp/first" | diff - "$tmp/ours"
	PGHOST=$tmp run -2 --separate-stderr userstats drift
	[ -z "$output" ]
}

@test "another site's schema: the names of the inputs, active as 0 and 1; --sql is not for it" {
	fresh
	site_break
	drift
	cat >"$tmp/schema" <<-'EOF'
		-- name: users
		SELECT id::integer AS uid, username, passkey FROM users;
		-- name: torrents
		SELECT id::integer AS tid, infohash AS info_hash FROM torrent;
		-- name: titles
		SELECT id AS tid, title, poster FROM torrent_info;
		-- name: counters
		SELECT id::integer AS tid, uploading, downloading, NULL AS finished FROM torrent_info;
		-- name: status
		SELECT tid::integer, uid, status < 2 AS active, finished, upload, download FROM torrent_status;
		-- name: accounts
		SELECT id AS uid, upload, download, now() AS registered, now() AS seen FROM user_info;
	EOF
	cp "$tmp/ours" "$tmp/first"
	drift --schema "$tmp/schema"
	# active is 1 where the status is below 2; who is live should have it
	awk -F '\t' -v OFS='\t' '$2 == "finished" { next }
		$1 == "torrent_info" { $1 = "counters" }
		$1 == "torrent_status" { $1 = "status"; $3 = $3 < 2 ? 1 : 0; if ($4 != "-") { $4 = $4 < 2 ? 1 : 0; $2 = "active" } }
		{ print }' "$tmp/first" | diff - "$tmp/ours"
	run -2 --separate-stderr userstats drift --sql --schema "$tmp/schema"
	[[ $stderr == *built-in* ]]
}

@test "usage: no names" {
	for verb in drift summary check orphans ghosts shared 'limits --torrents 1'; do
		# shellcheck disable=SC2086 # a verb with an option
		run -2 --separate-stderr userstats $verb 5
		[[ $stderr == "userstats: '5': ${verb%% *} goes over everything and takes no names"* ]] || { echo "$verb"; return 1; }
	done
}

@test "a window as long as the interval sees all: no warning" {
	fresh
	drift
	grep -q '11 % of who is there' "$tmp/err"
	drift --window 45m
	[ -z "$(grep 'of who is there' "$tmp/err")" ]
}

# look TIME PAIR... - a saved look at that time; a PAIR is TID:UID
look() {
	local time=$1 pair
	shift
	printf 'look\t%s\t0\t0\t%d\t%d\t300\t-\t-\n' "$time" $# $#
	for pair; do
		printf 'member\t%s\t%s\n' "$(site_cell users "${pair#*:}" 3)" "$(site_cell torrent "${pair%:*}" 4)"
	done
}

@test "--look: all looks together instead of Redis; who is in an old one may have stopped since" {
	fresh
	psql_ -c 'truncate torrent_status; update torrent_info set uploading = 0, downloading = 0, finished = 0' \
		-c 'insert into torrent_status (tid, uid, status) values (1, 5, 0), (1, 6, 0), (1, 7, 0), (2, 8, 2), (2, 9, 2)' \
		-c 'update torrent_info set downloading = 3 where id = 1'
	# 5 and 6 were seen once each, 7 never; 8 in the old look, 9 in the new one; 10 has no row
	look 1700000000 1:5 2:8 2:10 >"$tmp/old"
	look 1700000300 1:6 2:9 >"$tmp/new"
	printf '%s\n' 'torrent_status	-	0	-	2	10' 'torrent_status	status	0	2	2	9' 'torrent_status	status	2	0	1	7' >"$tmp/want"
	drift --redis unix:"$tmp/nowhere" --look "$tmp/old" --look "$tmp/new"
	diff "$tmp/want" "$tmp/sorted"
	grep -q 'these looks see about 22 % of who is there (600 s' "$tmp/err"
	drift --look "$tmp/new" --look "$tmp/old"
	diff "$tmp/want" "$tmp/sorted"
	drift --look "$tmp/old"
	[ "$(cut -f 5,6 "$tmp/sorted" | tr '\t\n' ': ')" = "2:10 2:8 1:6 1:7 " ]
}

# stops - the rows that $output would stop, as TID:UID on one line
stops() {
	sed -n '/^WITH v/,/^)/p' <<<"$output" | tr -d '\t()' | sed 's/::bigint//g' | awk -F ', *' '$4 ~ /^2/ { print $1 ":" $2 }' | paste -sd ' '
}

@test "--sql stops rows of users who were not seen only if an interval was looked at; the rest it says anyway" {
	local now
	fresh
	now=$(date +%s)
	psql_ -c 'truncate torrent_status; update torrent_info set uploading = 0, downloading = 0, finished = 0' \
		-c 'insert into torrent_status (tid, uid, status) values (1, 5, 0), (1, 6, 0), (1, 7, 0), (2, 8, 2), (2, 9, 2)' \
		-c 'update torrent_info set downloading = 3 where id = 1' -c 'update torrent_info set finished = 1 where id = 3'
	rcli flushall
	rcli -n 1 sadd "$(site_cell users 9 3)" "$(site_cell torrent 2 5)" >/dev/null
	# one look: 5, 6 and 7 are not there, as well-behaved users are most of the time
	run -1 --separate-stderr userstats drift --sql
	[ "$(stops)" = '' ]
	grep -q '(2::bigint, 9::bigint, 2::bigint, 0::bigint)' <<<"$output"
	grep -q 'UPDATE torrent_info t SET uploading' <<<"$output"
	[ "$(grep -c '^-- 3 rows that are active and not live are not stopped: only 11 % of the last 2700 s' <<<"$output")" = 1 ]
	[ "$(grep -c 'userstats: 3 rows that are active and not live are not stopped' <<<"$stderr")" = 1 ]
	[[ $stderr == *'for i in $(seq 11); do userstats snapshot'* ]]
	psql_ <<<"$output"
	[ "$(psql_ -c 'select count(*) from torrent_status where status < 2')" = 4 ]
	# looks at an interval that leave a gap, or end too early: as one look
	look $((now - 1500)) 1:5 >"$tmp/a"
	look $((now - 900)) 1:6 >"$tmp/b"
	run -1 --separate-stderr userstats drift --sql --interval 1800 --look "$tmp/a" --look "$tmp/b"
	[ "$(stops)" = '' ]
	[[ $stderr == *'1 row that'*'only '[45]?' % of the last 1800 s'* ]]
	# no gap: 7 was never there; but one who came since is asked for
	sed 's/	300	/	1300	/' "$tmp/a" >"$tmp/c"
	sed 's/	300	/	1300	/' "$tmp/b" | sed "s/$((now - 900))/$((now - 200))/" >"$tmp/d"
	run -1 --separate-stderr userstats drift --sql --interval 1800 --look "$tmp/c" --look "$tmp/d"
	[ "$(stops)" = 1:7 ]
	[ -z "$(grep 'not stopped' <<<"$output$stderr")" ]
	rcli -n 1 sadd "$(site_cell users 7 3)" "$(site_cell torrent 1 5)" >/dev/null
	run -0 --separate-stderr userstats drift --sql --interval 1800 --look "$tmp/c" --look "$tmp/d"
	[ -z "$output" ]
	rcli flushall
	# without Redis nobody knows who came since
	run -1 --separate-stderr userstats drift --sql --interval 1800 --look "$tmp/c" --look "$tmp/d" --redis unix:"$tmp/nowhere"
	[ "$(stops)" = '' ]
	[[ $stderr == *'Redis could not be asked who has come since'* ]]
}

@test "lines of rows say what was looked at, those of counters do not" {
	fresh
	site_break
	userstats drift -j >"$tmp/json" 2>/dev/null || :
	[ "$(jq -r 'select(.uid) | "\(.window) \(.coverage * 100 | round)"' "$tmp/json" | sort -u)" = '300 11' ]
	[ "$(jq -r 'select(.uid | not) | "\(.window) \(.coverage)"' "$tmp/json" | sort -u)" = 'null null' ]
	[ -n "$(jq -r 'select(.detail == "row against live pairs: active and not seen live") | .tid' "$tmp/json")" ]
}
