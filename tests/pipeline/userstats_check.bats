# userstats_check.bats - check: formats, clocks, indexes, schemas, and what PostgreSQL refuses

load ../support/helpers
load ../support/site
bats_require_minimum_version 1.5.0

setup_file() {
	site_begin 3
}

teardown_file() {
	site_down
}

# findings - state, topic and value of each
findings() {
	userstats check -o state,topic,value 2>"$tmp/err"
}

@test "check: a sound site" {
	site_use "$BATS_FILE_TMPDIR"
	findings >"$tmp/out"
	# nothing but what is so everywhere
	[ "$(cut -f 1 "$tmp/out" | sort | uniq -c | awk '{ printf "%s ", $2 }')" = "note ok " ]
	[ ! -s "$tmp/err" ]
	for topic in redis 'clock of redis' postgresql 'clock of postgresql' 'keys of torrents' 'keys ext_' 'keys of users'; do
		grep -q "^ok	$topic	" "$tmp/out" || { echo "no $topic"; return 1; }
	done
	[ "$(grep -c '^ok	input	' "$tmp/out")" = 6 ]
	userstats check -o topic,value,sql | grep -qx "index	torrent(infohash): missing	CREATE INDEX CONCURRENTLY ON torrent (infohash)"
}

@test "check: the statements for indexes can be run, and then nothing is missing" {
	site_use "$BATS_FILE_TMPDIR"
	userstats check -o sql -m 'sql != -' --csv | tail -n +2 | tr -d '\r' >"$tmp/sql"
	[ "$(wc -l <"$tmp/sql")" = 2 ]
	while read -r statement; do
		psql_ -c "$statement"
	done <"$tmp/sql"
	findings | grep '	index	' >"$tmp/out"
	printf 'ok\tindex\t%s: there\n' 'torrent(infohash)' 'torrent_status(uid)' | diff - "$tmp/out"
}

@test "check: old forms, future scores, a module's keys, other types, wrong values" {
	site_use "$BATS_FILE_TMPDIR"
	site_load 3
	key=$(cut -f 5 "$site/torrent" | head -n 1)
	now=$(date +%s)
	rcli zadd "$key" "$now" 1.2.3.4@::@6881 "$((now + 600))" 1.2.3.5@::@6881 "$now" nonsense >/dev/null
	rcli zadd to_17 "$now" x >/dev/null
	rcli set 12345 x >/dev/null
	rcli -n 1 set fedcba9876543210fedcba9876543210 x >/dev/null
	psql_ -c "update users set passkey = 'short' where id = (select max(id) from users)" \
		-c "update torrent set infohash = left(infohash, 39) where id = (select max(id) from torrent)" \
		-c "update torrent set infohash = (select infohash from torrent order by id limit 1) where id = (select id from torrent order by id offset 1 limit 1)"
	run --separate-stderr findings
	[ "$status" = 1 ]
	for finding in 'members of torrents	ipv4@ipv6@port: 2 members' 'members of torrents	in no known form: 1 member' \
		'keys to_	1 key of type zset; of 1 looked at, 1 never expire' 'keys of digits	1 key of type string; of 1 looked at, 1 never expire' \
		'info hashes	1 wrong' 'info hashes twice	1 wrong' 'passkeys	1 wrong'; do
		[[ $output == *"warning	$finding"* ]] || { echo "no $finding"; return 1; }
	done
	grep -q '^warning	clock of the tracker	+[56][0-9][0-9] s$' <<<"$output"
	grep -q '^warning	keys of users	.* of type .*string' <<<"$output"
	rcli flushall >/dev/null
	site_load 3
}

@test "check: databases the wrong way round, and empty ones" {
	site_use "$BATS_FILE_TMPDIR"
	run --separate-stderr userstats check --torrents-db 1 --users-db 0 -o state,topic,detail
	[ "$status" = 1 ]
	for topic in 'keys of torrents' 'keys ext_' 'keys of users'; do
		grep -q "^warning	$topic	.*--torrents-db and --users-db right" <<<"$output" || { echo "no $topic"; return 1; }
	done
	run -0 --separate-stderr userstats check --torrents-db 3 --users-db 4 -o state,topic,detail
	grep -q '^note	keys of torrents	none at all' <<<"$output"
	grep -q '^note	keys of users	none at all' <<<"$output"
}

@test "check: one store down is told, the other is looked at" {
	site_use "$BATS_FILE_TMPDIR"
	PGHOST=$tmp run --separate-stderr userstats check -o state,topic,value
	[ "$status" = 1 ]
	[[ $output == *"error	postgresql	down"* ]]
	[[ $output == *"ok	keys of torrents	"* ]]
	[[ $stderr == *partial* ]]
	REDIS_URL=unix:$tmp/none run --separate-stderr userstats check -o state,topic,value
	[ "$status" = 1 ]
	[[ $output == *"error	redis	down"* ]]
	[ "$(grep -c '^ok	input	' <<<"$output")" = 6 ]
	REDIS_URL=unix:$tmp/none PGHOST=$tmp run --separate-stderr userstats check
	[ "$status" = 2 ]
	[ -z "$output" ]
}

@test "check: a table that may not be read, one that is not there, a type that does not fit" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c 'create role reader login' -c 'grant select on users, torrent, torrent_info, user_info to reader'
	PGUSER=reader run --separate-stderr userstats check -o state,topic,value
	[ "$status" = 1 ]
	[[ $output == *"error	input	status"* ]]
	[ "$(grep -c '^ok	input	' <<<"$output")" = 5 ]
	[[ $stderr == *"permission denied for table torrent_status (42501): GRANT SELECT to this role would help; partial"* ]]
	psql_ -c 'create database empty'
	PGDATABASE=empty run --separate-stderr userstats check -o state,topic,value
	[ "$status" = 1 ]
	[ "$(grep -c '^error	input	' <<<"$output")" = 6 ]
	[[ $stderr == *'relation "users" does not exist'* ]]
	sed 's/SELECT id AS uid, username, passkey/SELECT username AS uid, username, passkey/' "$BATS_TEST_DIRNAME/../samples/site/schema-views.sql" >"$tmp/schema"
	run --separate-stderr userstats check --schema "$tmp/schema" -o state,topic,value
	[ "$status" = 1 ]
	[[ $output == *"error	input	users"* ]]
	[[ $stderr == *"invalid input syntax for type bigint"* ]]
}

@test "schema files: another site's tables give the same answers" {
	site_use "$BATS_FILE_TMPDIR"
	schema=$samples/site/schema-views.sql
	userstats check --schema "$schema" -o state,topic,value -m 'topic = input' >"$tmp/out"
	[ "$(grep -c '^ok	' "$tmp/out")" = 6 ]
	userstats orphans --reverse --reveal >"$tmp/ours"
	[ -s "$tmp/ours" ]
	userstats orphans --reverse --reveal --schema "$schema" | cmp - "$tmp/ours"
}

@test "schema files: what is wrong with one is told with its line" {
	site_use "$BATS_FILE_TMPDIR"
	schema=$samples/site/schema-views.sql
	fails() {
		run --separate-stderr userstats check --schema "$tmp/schema"
		[ "$status" = 2 ]
		[[ $stderr == *"$tmp/schema: $1"* ]] || { echo "$stderr"; return 1; }
	}
	echo 'SELECT 1' >"$tmp/schema"
	fails 'line 1: text that belongs to no query'
	echo '-- name: people' >"$tmp/schema"
	fails "line 1: 'people' is no input"
	{ cat "$schema"; echo '-- name: users'; } >"$tmp/schema"
	fails "line $(wc -l <"$tmp/schema"): users is there twice"
	printf -- '-- name: users\nSELECT 1; DROP TABLE users\n' >"$tmp/schema"
	fails 'line 2: a semicolon within the query of users'
	printf -- '-- name: users\n-- name: torrents\n' >"$tmp/schema"
	fails 'line 2: no query for users'
	grep -v 'user_info' "$schema" | sed '/name: accounts/d' >"$tmp/schema"
	fails 'no query for accounts'
	rm "$tmp/schema"
	run --separate-stderr userstats check --schema "$tmp/schema"
	[ "$status" = 2 ]
	[[ $stderr == *"No such file or directory"* ]]
}

@test "schema files: the example for Arcadia is sound" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c 'create database arcadia'
	export PGDATABASE=arcadia
	psql_ -f "$samples/site/arcadia.sql"
	run --separate-stderr userstats check --schema "$top/tools/userstats/arcadia.sql" -o state,topic,value -m 'topic = input'
	[ "$(grep -c '^ok	input	' <<<"$output")" = 6 ]
	[ -z "$stderr" ]
}

@test "nothing is ever written: the session is read-only, and a query that writes is refused" {
	site_use "$BATS_FILE_TMPDIR"
	sed 's/SELECT id AS uid, upload/WITH gone AS (DELETE FROM user_info RETURNING 1) SELECT id AS uid, upload/' \
		"$samples/site/schema-views.sql" >"$tmp/schema"
	before=$(psql_ -c 'select count(*) from user_info')
	run --separate-stderr userstats check --schema "$tmp/schema" -o state,topic,value
	[ "$status" = 1 ]
	[[ $output == *"error	input	accounts"* ]]
	[ "$(psql_ -c 'select count(*) from user_info')" = "$before" ]
}

@test "a password in --database is refused, and never shown" {
	for conninfo in 'host=/tmp password=geheim' 'postgresql://u:geheim@localhost/x'; do
		run --separate-stderr userstats check -d "$conninfo"
		[ "$status" = 2 ]
		[[ $stderr == *'a password in --database'* ]]
		[[ $stderr != *geheim* ]]
	done
}
