# userstats_current.bats - the torrents that users are live on, against the slow answer

load ../support/helpers
load ../support/site
load ../support/userstats
bats_require_minimum_version 1.5.0

setup_file() {
	slow_site 4 break
}

teardown_file() {
	site_down
}

use_site() {
	use_slow_site current
}

# in_order FILE - by uid, tid, what the site does not know last, by info hash
in_order() {
	awk -F '\t' -v OFS='\t' '{ print $1, $3 == "-" ? 999999 : $3, $4, NR }' "$1" | LC_ALL=C sort -c -t $'\t' -k 1,1n -k 2,2n -k 3,3
}

@test "all, in order of uid and tid; the same by names, in theirs" {
	use_site
	us 1 current --all -o "$columns"
	sort "$tmp/out" | diff "$slow/current" - >&2
	in_order "$tmp/out"
	cp "$tmp/out" "$tmp/all"
	# every role, an uploader, a torrent that the site does not know, two with one hash
	[ "$(cut -f 6 "$tmp/all" | sort -u | tr '\n' ' ')" = 'leecher seeder unknown ' ]
	[ "$(cut -f 8 "$tmp/all" | sort -u | tr '\n' ' ')" = '0 1 ' ]
	grep -q $'\t-\t0303030303030303030303030303030303030303\t-\tunknown\t0\t0$' "$tmp/all"
	[ "$(grep -c "$(site_cell torrent 4 4)" "$tmp/all")" -ge 2 ]
	cut -f 1 "$site/users" | sort -n >"$tmp/uids"
	us 1 current -f "$tmp/uids" -o "$columns"
	diff "$tmp/all" "$tmp/out" >&2
	sort -rn "$tmp/uids" >"$tmp/reverse"
	us 1 current -f "$tmp/reverse" -o "$columns"
	sort -n -k 1,1 -t $'\t' -s "$tmp/out" | diff "$tmp/all" - >&2
	cut -f 1 "$tmp/out" | uniq | sort -rnc
}

@test "a member that is no info hash is told, named or not" {
	use_site
	us 1 current 8
	says "user 8: member 'not-an-info-hash' of the set is no info hash"
	[ "$(wc -l <"$tmp/err")" = 1 ]
	us 1 current --all
	says "user 8: member 'not-an-info-hash' of the set is no info hash"
	[ "$(wc -l <"$tmp/err")" = 1 ]
}

@test "JSON, window and coverage" {
	use_site
	us 1 current --all --window 600
	cp "$tmp/out" "$tmp/all"
	us 1 current --all -j --window 600
	jq -rs 'map([.uid, .tid // "-", .info_hash, .role, .live, .window, .uploader] | @tsv) | .[]' "$tmp/out" |
		diff <(cut -f 2,4,5,7-9,11 "$tmp/all") - >&2
	[ "$(jq -s 'map(.coverage) | unique == [600 / 2700 * 1e6 | round / 1e6]' "$tmp/out")" = true ]
}

@test "every spelling of a user, and each user once" {
	use_site
	uid=$(cut -f 1 "$slow/current" | sort -n | sed -n 30p)
	name=$(site_cell users "$uid" 2) passkey=$(site_cell users "$uid" 3)
	awk -F '\t' -v uid="$uid" '$1 == uid' "$slow/current" | sort -n -k 3,3 -t $'\t' >"$tmp/want"
	[ -s "$tmp/want" ]
	for word in "$uid" "uid:$uid" "name:$name" "passkey:$passkey" "$passkey" "passkey:${passkey:0:8}"; do
		us 0 current -o "$columns" -f - <<<"$word"
		diff "$tmp/want" "$tmp/out" >&2
	done
	us 0 current "name:$name" "$uid" "uid:$uid" -o "$columns"
	diff "$tmp/want" "$tmp/out" >&2
}

@test "two statements and one pipeline between, whatever the size of the page" {
	use_site
	mapfile -t uids < <(cut -f 1 "$site/users")
	asked_begin
	us 1 current "${uids[@]}"
	[ "$(asked_pg)" = 2 ]
	[ "$(asked smembers)" = "${#uids[@]}" ]
	# each torrent is asked about once
	[ "$(asked zcount)" = "$(cut -f 4 "$slow/current" | sort -u | wc -l)" ]
	[ "$(asked zrangebyscore)" = 0 ]
	[ "$(asked keys)" = 0 ]
	[ "$(asked scan)" = 0 ]
}

@test "a passkey that the site does not know is answered, and told" {
	use_site
	hash=$(site_cell torrent 1 4)
	us 1 current -f - -o uid,username,tid,info_hash,role,uploader <<<deadbeefdeadbeefdeadbeefdeadbeef
	tsv "- - 1 $hash unknown 0" | diff - "$tmp/out" >&2
	[ "$(wc -l <"$tmp/err")" = 1 ]
	says 'dead'
	run ! grep deadbeefdead "$tmp/err"
	# quotes, a NUL, a newline, bytes that are no UTF-8: as a record has it
	printf 'member\t%s\t%s\n' 'a'\''b"\\;\x00\n\t\xff\xfe\xc3(0123456789012345678' "$hash" >"$tmp/member"
	us 1 current -f "$tmp/member" -o tid,role
	out $'2\tunknown'
}

@test "one store is down: what can be answered is" {
	use_site
	uid=$(cut -f 1 "$slow/current" | sort -n | sed -n 30p)
	passkey=$(site_cell users "$uid" 3)
	export uid
	PGHOST=/nowhere us 1 current -f - -o uid,username,tid,info_hash,title,role,live <<<"$passkey"
	says 'partial'
	awk -F '\t' -v OFS='\t' '$1 == ENVIRON["uid"] { print "-", "-", "-", $4, "-", "-", $7 }' "$slow/current" | sort -u >"$tmp/want"
	sort "$tmp/out" | diff "$tmp/want" - >&2
	# numbers and names mean nothing then
	PGHOST=/nowhere us 2 current "$uid"
	out
	PGHOST=/nowhere us 2 current --all
	out
	REDIS_URL=unix:/nowhere us 2 current "$uid"
	out
	REDIS_URL=unix:/nowhere PGHOST=/nowhere us 2 current "$uid"
	out
}

@test "PostgreSQL denies one table: the rest stands" {
	use_site
	uid=$(cut -f 1 "$slow/current" | sort -n | sed -n 30p)
	export uid
	psql_ -c 'create role reader login' -c 'grant select on users, torrent, torrent_info to reader'
	PGUSER=reader us 1 current "$uid" -o uid,info_hash,role
	says 'permission denied for table torrent_status'
	awk -F '\t' -v OFS='\t' '$1 == ENVIRON["uid"] { print $1, $4, "-" }' "$slow/current" | sort -u | diff - "$tmp/out" >&2
	PGUSER=reader us 1 current --all -o uid,tid,info_hash,role
	says 'permission denied for table torrent_status'
	cut -f 1,3,4 "$slow/current" | sed 's/$/\t-/' | diff <(sort "$tmp/out") - >&2
	psql_ -c 'drop owned by reader' -c 'drop role reader'
}

@test "a key that is no set, and a user who may not read" {
	use_site
	passkey=$(site_cell users 12 3)
	rcli -n 1 rename "$passkey" saved
	rcli -n 1 set "$passkey" 1
	us 1 current 12 13 -o uid
	says 'user 12: the set cannot be read: WRONGTYPE'
	[ "$(sort -u "$tmp/out")" = 13 ]
	run ! grep -q "$passkey" "$tmp/err"
	rcli -n 1 rename saved "$passkey"
}

@test "a user with thousands of torrents" {
	use_site
	psql_ -c "insert into users (id, email, username, password, passkey) values (7001, 'e', 'big', 'x', 'bigbigbigbigbigbigbigbigbigbigbi')" \
		-c "insert into torrent_info (id, title, poster) select 10000 + i, 'big ' || i, 'big' from generate_series(1, 5000) i" \
		-c "insert into torrent (id, name, length, infohash) select 10000 + i, 'n', 1, lpad(to_hex(i), 40, '0') from generate_series(1, 5000) i" \
		-c "insert into torrent_status select 10000 + i, 7001, 0, 1, 1, i % 2 = 0 from generate_series(1, 4000) i"
	psql_ -c "select 'sadd bigbigbigbigbigbigbigbigbigbigbi ' || encode(decode(infohash, 'hex'), 'base64') from torrent where id > 10000" | site_redis 1
	us 0 current name:big -o tid,title,role,uploader
	awk 'BEGIN { for (i = 1; i <= 5000; i++) printf "%d\tbig %d\tseeder\t%d\n", 10000 + i, i, (i > 4000 || i % 2) }' | diff - "$tmp/out" >&2
	us 1 current --all -o uid,tid,title,role,uploader
	grep ^7001 "$tmp/out" | cut -f 2- >"$tmp/all"
	us 0 current 7001 -o tid,title,role,uploader
	diff "$tmp/all" "$tmp/out" >&2
	rcli -n 1 del bigbigbigbigbigbigbigbigbigbigbi
	psql_ -c 'delete from torrent_status where uid = 7001' -c 'delete from torrent where id > 10000' \
		-c 'delete from torrent_info where id > 10000' -c 'delete from users where id = 7001'
}

@test "--watch marks what changed" {
	use_site
	uid=$(cut -f 1 "$slow/current" | sort -n | sed -n 30p)
	passkey=$(site_cell users "$uid" 3)
	watched current "$uid" -o uid,info_hash,change
	rcli -n 1 sadd "$passkey" ZGVhZGJlZWZkZWFkYmVlZmRlYWQ=
	wait_for grep -q "^$uid	6465616462656566646561646265656664656164	new\$" "$tmp/out"
	rcli -n 1 srem "$passkey" ZGVhZGJlZWZkZWFkYmVlZmRlYWQ=
	wait_for grep -q "^$uid	6465616462656566646561646265656664656164	gone\$" "$tmp/out"
	watched_end
	[ "$(cut -f 3 "$tmp/out" | grep -vc -e -)" = 2 ]
}

@test "what Redis refuses to say is told, and left open" {
	use_site
	for of in --all 12; do
		rcli acl setuser default -zcount
		us 1 current "$of" -o live --unset none
		rcli acl setuser default +zcount
		[ "$(sort -u "$tmp/out")" = none ]
		says NOPERM
		says partial
	done
	rcli acl setuser default -smembers
	us 2 current 8 9 12
	rcli acl setuser default +smembers
	out
	[ "$(grep -c NOPERM "$tmp/err")" = 1 ]
}

@test "a window of more time than there was is all of it" {
	use_site
	us 0 current 12 --window 100000d -o tid,live
	awk -F '\t' '$2 != "-" && $2 > 0' "$tmp/out" | grep -q .
}
