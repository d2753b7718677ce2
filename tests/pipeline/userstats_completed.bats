# userstats_completed.bats - the torrents that users completed, against the slow answer

load ../support/helpers
load ../support/site
load ../support/userstats
bats_require_minimum_version 1.5.0

setup_file() {
	slow_site 3
}

teardown_file() {
	site_down
}

use_site() {
	use_slow_site completed
}

@test "all, in order of uid and tid; the same by names, in theirs" {
	use_site
	us 0 completed --all -o "$columns"
	quiet
	[ "$(wc -l <"$tmp/out")" -gt 50 ]
	sort "$tmp/out" | diff "$slow/completed" - >&2
	sort -n -k 1,1 -k 3,3 -t $'\t' -s "$tmp/out" | diff "$tmp/out" - >&2
	cp "$tmp/out" "$tmp/all"
	cut -f 1 "$site/users" | sort -n >"$tmp/uids"
	us 0 completed -f "$tmp/uids" -o "$columns"
	quiet
	diff "$tmp/all" "$tmp/out" >&2
	sort -rn "$tmp/uids" | userstats completed - -o "$columns" >"$tmp/out"
	sort -n -k 1,1 -t $'\t' -s "$tmp/out" | diff "$tmp/all" - >&2
	cut -f 1 "$tmp/out" | uniq | sort -rnc
}

@test "the same in JSON, a title with a TAB among them" {
	use_site
	us 0 completed --all
	cp "$tmp/out" "$tmp/all"
	us 0 completed --all -j
	[ "$(wc -l <"$tmp/out")" = "$(wc -l <"$tmp/all")" ]
	jq -rs 'map([.uid, .tid, .upload, .download] | @tsv) | .[]' "$tmp/out" | diff <(cut -f 2,4,7,8 "$tmp/all") - >&2
	jq -r '.title | select(contains("\t"))' "$tmp/out" | grep -q .
}

@test "every spelling of a user, and each user once" {
	use_site
	uid=$(cut -f 1 "$slow/completed" | sort -n | sed -n 20p)
	name=$(site_cell users "$uid" 2) passkey=$(site_cell users "$uid" 3)
	awk -F '\t' -v uid="$uid" '$1 == uid' "$slow/completed" | sort -n -k 3,3 -t $'\t' >"$tmp/want"
	[ -s "$tmp/want" ]
	for word in "$uid" "uid:$uid" "name:$name" "passkey:$passkey" "$passkey" "passkey:${passkey:0:8}"; do
		us 0 completed -o "$columns" -f - <<<"$word"
		diff "$tmp/want" "$tmp/out" >&2
	done
	us 0 completed "$uid" "name:$name" "uid:$uid" -o "$columns"
	diff "$tmp/want" "$tmp/out" >&2
	other=$(cut -f 1 "$slow/completed" | grep -vx "$uid" | head -n 1)
	us 0 completed "name:$name" "$other" "$uid" -o uid
	uniq "$tmp/out" | diff <(tsv "$uid" "$other") - >&2
}

@test "one statement, whatever the size of the page; Redis is not needed" {
	use_site
	mapfile -t uids < <(cut -f 1 "$site/users")
	export REDIS_URL=unix:/nowhere
	rcli config resetstat >/dev/null
	psql_ -c 'select from pg_stat_statements_reset()' >/dev/null
	us 0 completed "${uids[@]}"
	quiet
	[ "$(asked_pg)" = 1 ]
	[ "$(asked info)" -le 1 ]
	[ "$(asked ping)" = 0 ]
	us 0 completed --all
	quiet
}

@test "who completed nothing, and who is not there" {
	use_site
	psql_ -c "insert into users (id, email, username, password, passkey) values (7001, 'e', 'nobody here', 'x', 'k')"
	us 0 completed 'nobody here'
	quiet
	out
	us 1 completed 7001 7002 'name:no such'
	out
	says '7002'
	says 'no such'
	run ! grep -q 7001 "$tmp/err"
	psql_ -c "delete from users where id = 7001"
}

@test "a torrent without an info hash, and a row without a title" {
	use_site
	# the last torrent has no row in torrent; a site without that foreign key keeps rows of torrents that are gone
	cat >"$tmp/schema" <<-EOF
		-- name: users
		SELECT id AS uid, username, passkey FROM users
		-- name: torrents
		SELECT id AS tid, infohash AS info_hash FROM torrent
		-- name: titles
		SELECT id AS tid, title, poster FROM torrent_info
		-- name: counters
		SELECT id AS tid, uploading, downloading, finished FROM torrent_info
		-- name: status
		SELECT tid, uid, true AS active, true AS finished, upload, download FROM torrent_status WHERE uid = 3
		UNION ALL SELECT 9999, 3, true, true, 5, 6
		UNION ALL SELECT (SELECT max(id) FROM torrent_info), 3, true, true, 7, 8
		-- name: accounts
		SELECT id AS uid, upload, download, registertime AS registered, lastactivity AS seen FROM user_info
	EOF
	last=$(psql_ -c 'select max(id) from torrent_info')
	title=$(site_cell info "$last" 2)
	us 0 completed 3 --schema "$tmp/schema" -o tid,info_hash,title,upload
	quiet
	grep -qx "9999	-	-	5" "$tmp/out"
	grep -qxF "$last	-	$title	7" "$tmp/out"
	cp "$tmp/out" "$tmp/named"
	us 0 completed --all --schema "$tmp/schema" -o tid,info_hash,title,upload
	diff "$tmp/named" "$tmp/out" >&2
}

@test "names that no database can hold, and records of others on stdin" {
	use_site
	uid=$(cut -f 1 "$slow/completed" | head -n 1)
	printf '%s\n' "name:a'b\"c\\" $'name:\xff\xfe' "name:'; drop table users; --" "passkey:\\x00" "$uid" >"$tmp/names"
	us 1 completed -f "$tmp/names" -o uid
	[ "$(sort -u "$tmp/out")" = "$uid" ]
	[ "$(wc -l <"$tmp/err")" -ge 4 ]
	run ! grep -q $'\xff' "$tmp/err"
	# what it printed itself names the same users
	us 0 completed "$uid"
	cp "$tmp/out" "$tmp/want"
	us 0 completed - <"$tmp/want"
	diff "$tmp/want" "$tmp/out" >&2
	userstats completed "$uid" -j | userstats completed - >"$tmp/out"
	diff "$tmp/want" "$tmp/out" >&2
}

@test "PostgreSQL is down, or denies one table" {
	use_site
	PGHOST=/nowhere us 2 completed 1
	out
	PGHOST=/nowhere us 2 completed --all
	out
	psql_ -c 'create role reader login' -c 'grant select on users, torrent, torrent_info to reader'
	PGUSER=reader us 2 completed 1 2
	out
	says 'permission denied for table torrent_status'
	says 'nothing could be answered'
	run ! grep -q 'no such user' "$tmp/err"
	PGUSER=reader us 2 completed --all
	out
	says 'permission denied for table torrent_status'
	# torrents still have their entries
	PGUSER=reader us 1 torrents --all -o tid
	[ -s "$tmp/out" ]
	run ! grep -q 'nothing could be answered' "$tmp/err"
	# a condition that leaves nothing is no failure
	PGUSER=reader us 1 torrents --all -m 'tid = -1'
	out
	# Redis can deny, too
	rcli acl setuser default -scard
	us 2 limits --torrents 1
	rcli acl setuser default +scard
	out
	says 'nothing could be answered'
	psql_ -c 'drop owned by reader' -c 'drop role reader'
}

@test "no name is a usage error" {
	use_site
	us 2 completed
	us 2 completed 1 --all
}

@test "--watch marks what changed" {
	use_site
	uid=$(cut -f 1 "$slow/completed" | head -n 1) tid=$(cut -f 3 "$slow/completed" | head -n 1)
	watched completed "$uid" -o uid,tid,upload,change
	before=$(wc -l <"$tmp/out")
	psql_ -c "update torrent_status set upload = upload + 1 where uid = $uid and tid = $tid"
	wait_for grep -q "^$uid	$tid	.*	changed\$" "$tmp/out"
	psql_ -c "update torrent_status set upload = upload - 1, finished = false where uid = $uid and tid = $tid"
	wait_for grep -q "^$uid	$tid	.*	gone\$" "$tmp/out"
	psql_ -c "update torrent_status set finished = true where uid = $uid and tid = $tid"
	wait_for grep -q "^$uid	$tid	.*	new\$" "$tmp/out"
	watched_end
	[ "$(cut -f 4 "$tmp/out" | grep -vc -e -)" = 3 ]
	[ "$(wc -l <"$tmp/out")" -gt "$before" ]
}
