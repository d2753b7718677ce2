# userstats_columns.bats - sites that keep the same in other ways: info hashes in upper case, columns of other types

load ../support/helpers
load ../support/site
load ../support/userstats

setup_file() {
	site_begin 11 break
}

teardown_file() {
	site_down
}

# reports DIR OPTION... - what each verb says, by all ways to name things, in files of DIR
reports() {
	local dir=$1 what
	shift
	mkdir -p "$dir"
	cut -f 4 "$site/torrent" >"$tmp/hashes"
	cut -f 5 "$site/torrent" >"$tmp/base64"
	cut -c 1-6 "$tmp/hashes" >"$tmp/prefixes"
	cut -f 3 "$site/users" | sed 's/^/passkey:/' >"$tmp/passkeys"
	cut -c 1-16 "$tmp/passkeys" >"$tmp/parts"
	cut -f 2 "$site/users" | sed 's/^/name:/' >"$tmp/names"
	cut -f 1 "$site/users" >"$tmp/uids"
	for what in "torrents --all" "torrents -f $tmp/hashes" "torrents -f $tmp/base64" "torrents -f $tmp/prefixes" "torrents --live-only -f $tmp/hashes" \
		"who --all" "who -f $tmp/hashes" "who -f $tmp/prefixes" "completed --all" "completed -f $tmp/passkeys" \
		"completed -f $tmp/parts" "completed -f $tmp/names" \
		"current --all" "current -f $tmp/uids" "current -f $tmp/passkeys" "user 5" "user 8" \
		orphans "orphans --reverse" ghosts "limits --torrents 2" drift "top completed" "top finished" "top seeders" dead "summary -n 22"; do
		# shellcheck disable=SC2086 # a verb with its words
		userstats $what "$@" -o "$(columns_of ${what%% *})" >"$dir/${what//[ \/]/_}" 2>"$dir/${what//[ \/]/_}.err" || [ $? = 1 ]
	done
}

# columns_of VERB - all but what depends on the moment, and on the key of the masks
columns_of() {
	userstats "$1" --fields | cut -f 1 | grep -vE '^(type|since|last|window|coverage|passkey|endpoint6?|change|completed|registered)$' | paste -sd,
}

@test "info hashes in upper case, or some of them: every report says the same" {
	site_use "$BATS_FILE_TMPDIR"
	reports "$tmp/lower"
	[ -s "$tmp/lower/torrents_--all" ]
	psql_ -c 'update torrent set infohash = upper(infohash) where id % 2 = 0'
	reports "$tmp/some"
	diff -ru "$tmp/lower" "$tmp/some" >&2
	psql_ -c 'update torrent set infohash = upper(infohash)'
	reports "$tmp/upper"
	diff -ru "$tmp/lower" "$tmp/upper" >&2
	userstats check -o state,topic,value,sql >"$tmp/out" || [ $? = 1 ]
	grep -qx 'ok	info hashes	0 wrong	-' "$tmp/out"
	psql_ -c 'update torrent set infohash = lower(left(infohash, 20)) || right(infohash, 20) where id = 1'
	userstats check -o state,topic,value,sql >"$tmp/out" || [ $? = 1 ]
	grep -qx 'warning	info hashes	1 wrong	-' "$tmp/out"
	psql_ -c 'update torrent set infohash = lower(infohash)'
}

# other TYPE... - the site's tables with columns of other types, in tables of another schema, and $tmp/schema for them:
# types of ids, of texts, of info hashes, of passkeys, and how the query of users has the passkey
other() {
	psql_ -1 -c 'set client_min_messages = error' -c 'drop schema if exists other cascade' -c 'create schema other' \
		-c "create table other.users as select id::$1, username::$2, passkey::$4 from users" \
		-c "create table other.torrents as select id::$1, infohash::$3 from torrent" \
		-c "create table other.titles as select id::$1, title, poster::$2, uploading::$1, downloading::$1, finished::$1 from torrent_info" \
		-c "create table other.rows as select tid::$1, uid::$1, (status < 2)::int as active, finished::int, upload::numeric, download::numeric from torrent_status" \
		-c "create table other.accounts as select id::$1, upload, download, registertime::text, lastactivity::timestamptz from user_info"
	cat >"$tmp/schema" <<-END
		-- name: users
		SELECT id AS uid, username, ${5:-passkey} AS passkey FROM other.users
		-- name: torrents
		SELECT id AS tid, infohash AS info_hash FROM other.torrents
		-- name: titles
		SELECT id AS tid, title, poster FROM other.titles
		-- name: counters
		SELECT id AS tid, uploading, downloading, finished FROM other.titles
		-- name: status
		SELECT tid, uid, active, finished, upload, download FROM other.rows
		-- name: accounts
		SELECT id AS uid, upload, download, registertime AS registered, lastactivity AS seen FROM other.accounts
	END
	userstats check --schema "$tmp/schema" -o state,topic,value -m 'topic = input' >"$tmp/out" || [ $? = 1 ]
	[ "$(grep -c "^ok	" "$tmp/out")" = 6 ] || { cat "$tmp/out"; return 1; } >&2
}

@test "columns of other types: every report says the same" {
	site_use "$BATS_FILE_TMPDIR"
	reports "$tmp/own" --schema "$samples/site/schema-views.sql"
	[ -s "$tmp/own/completed_-f_${tmp//\//_}_passkeys" ]
	other integer name 'char(40)' 'char(32)'
	reports "$tmp/char" --schema "$tmp/schema"
	diff -ru "$tmp/own" "$tmp/char" >&2
	other numeric 'varchar(60)' 'varchar(40)' uuid "replace(passkey::text, '-', '')"
	reports "$tmp/uuid" --schema "$tmp/schema"
	diff -ru "$tmp/own" "$tmp/uuid" >&2
	# what is padded is compared without
	other bigint 'char(60)' text text
	us 0 completed name:user5 --schema "$tmp/schema" --top uid
	grep -qx "top	uid	5	.*" "$tmp/out"
	# as text it has dashes: it can be named, and is in no set
	other bigint text text uuid
	psql_ -c 'select passkey from other.users where id = 5' | sed 's/^/passkey:/' >"$tmp/5"
	us 0 completed -f "$tmp/5" --schema "$tmp/schema" -o uid,tid
	cp "$tmp/out" "$tmp/by-passkey"
	us 0 completed 5 -o uid,tid
	cmp "$tmp/out" "$tmp/by-passkey" >&2
	us 1 check --schema "$tmp/schema" -o state,topic,value
	grep -qx 'warning	passkeys	60 wrong' "$tmp/out"
	psql_ -c 'set client_min_messages = error' -c 'drop schema other cascade'
}

@test "an index on what names a torrent or a user serves, whatever the spelling" {
	site_use "$BATS_FILE_TMPDIR"
	export PGOPTIONS='-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off'
	psql_ -c 'create index torrent_hash on torrent (infohash)'
	scans() {
		psql_ -c 'select pg_stat_clear_snapshot()' -c "select idx_scan from pg_stat_user_indexes where indexrelname = '$1'" | tail -n 1
	}
	serves() {
		local before
		before=$(scans "$1")
		us 0 "${@:2}" -q
		wait_for more "$1" "$before"
	}
	more() {
		[ "$(scans "$1")" -gt "$2" ]
	}
	serves torrent_hash torrents "$(site_cell torrent 3 4)"
	serves torrent_hash torrents "hash:$(site_cell torrent 3 4 | cut -c 1-9)"
	psql_ -c 'update torrent set infohash = upper(infohash)'
	serves torrent_hash torrents "$(site_cell torrent 3 4)"
	serves torrent_hash current 5
	serves users_passkey_key completed "$(site_cell users 3 3)"
	serves users_username_key completed name:user1
	unset PGOPTIONS
	psql_ -c 'drop index torrent_hash' -c 'update torrent set infohash = lower(infohash)'
}
