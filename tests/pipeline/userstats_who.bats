# userstats_who.bats - the users who are live on torrents, against the slow answer

load ../support/helpers
load ../support/site
load ../support/userstats
bats_require_minimum_version 1.5.0

setup_file() {
	slow_site 5 break
}

teardown_file() {
	site_down
}

use_site() {
	use_slow_site who
}

# in_order FILE - by tid, uid, whom the site does not know last, by passkey
in_order() {
	awk -F '\t' -v OFS='\t' '{ print $1, $3 == "-" ? 999999 : $3, $5 }' "$1" | LC_ALL=C sort -c -t $'\t' -k 1,1n -k 2,2n -k 3,3
}

# of_torrent TID - the slow answer's lines of it, in order
of_torrent() {
	awk -F '\t' -v tid="$1" '$1 == tid { print ($3 == "-" ? 999999 : $3) "\t" $0 }' "$slow/who" | sort -n -s | cut -f 2-
}

@test "all, in order of tid and uid; the same by names, in theirs" {
	use_site
	us 0 who --all --reveal -o "$columns"
	quiet
	sort "$tmp/out" | diff "$slow/who" - >&2
	in_order "$tmp/out"
	cp "$tmp/out" "$tmp/all"
	[ "$(cut -f 6 "$tmp/all" | sort -u | tr '\n' ' ')" = 'leecher seeder unknown ' ]
	[ "$(cut -f 7 "$tmp/all" | sort -u | tr '\n' ' ')" = '0 1 ' ]
	grep -q $'\t-\t-\tdeadbeefdeadbeefdeadbeefdeadbeef\tunknown\t0$' "$tmp/all"
	grep -qF '\x00\n\t\xff\xfe' "$tmp/all"
	# the last torrent has no info hash, and named it is missing
	cut -f 1 "$site/torrent" | sort -n >"$tmp/tids"
	us 0 who -f "$tmp/tids" --reveal -o "$columns"
	diff "$tmp/all" "$tmp/out" >&2
	sort -rn "$tmp/tids" >"$tmp/reverse"
	us 0 who -f "$tmp/reverse" --reveal -o "$columns"
	sort -n -k 1,1 -t $'\t' -s "$tmp/out" | diff "$tmp/all" - >&2
	cut -f 1 "$tmp/out" | uniq | sort -rnc
}

@test "every spelling of a torrent, and each torrent once" {
	use_site
	tid=12 hash=$(site_cell torrent 12 4) key=$(site_cell torrent 12 5)
	of_torrent $tid >"$tmp/want"
	[ -s "$tmp/want" ]
	for word in $tid "tid:$tid" "$hash" "${hash^^}" "$key" "hash:$hash" "magnet:?xt=urn:btih:$hash&dn=x" "$(bytes "$hash" | base32)" "hash:${hash:0:9}"; do
		us 0 who --reveal -o "$columns" "$word"
		diff "$tmp/want" "$tmp/out" >&2
	done
	us 0 who --reveal -o "$columns" "$key" $tid "$hash"
	diff "$tmp/want" "$tmp/out" >&2
	# an info hash that two torrents have
	us 0 who --reveal -o "$columns" "$(site_cell torrent 4 4)"
	{ of_torrent 4; of_torrent 9; } | diff - "$tmp/out" >&2
	us 0 who --reveal -o "$columns" 9 "$(site_cell torrent 4 4)"
	{ of_torrent 9; of_torrent 4; } | diff - "$tmp/out" >&2
}

@test "passkeys are masked, unless asked for" {
	use_site
	us 0 who --all -o passkey
	cp "$tmp/out" "$tmp/masked"
	us 0 who --all -o passkey --reveal
	cp "$tmp/out" "$tmp/shown"
	[ -z "$(LC_ALL=C comm -12 <(sort -u "$tmp/masked") <(sort -u "$tmp/shown"))" ]
	# equal ones stay equal
	[ "$(sort -u "$tmp/masked" | wc -l)" = "$(sort -u "$tmp/shown" | wc -l)" ]
	[ "$(paste "$tmp/masked" "$tmp/shown" | sort -u | wc -l)" = "$(sort -u "$tmp/shown" | wc -l)" ]
}

@test "JSON keeps passkeys that are no UTF-8" {
	use_site
	us 0 who 2 --reveal -j
	[ "$(jq -r 'select(.passkey_hex) | .passkey_hex' "$tmp/out")" = 612762225c3b000a09fffec32830313233343536373839303132333435363738 ]
}

@test "since: as the set's time to live tells it" {
	use_site
	uid=$(of_torrent 3 | cut -f 3 | grep -v - | head -n 1)
	passkey=$(site_cell users "$uid" 3)
	# sets of the test live for an hour, which the tracker's do not
	[ "$(userstats who 3 -o since | sort -u)" = - ]
	for option in 3 --all; do
		rcli -n 1 expire "$passkey" 200
		before=$(date +%s)
		us 0 who $option -o uid,since
		since=$(awk -F '\t' -v uid="$uid" '$1 == uid { print $2 }' "$tmp/out" | sort -u)
		[ "$since" -ge $((before - 101)) ]
		[ "$since" -le $(($(date +%s) - 99)) ]
		rcli -n 1 persist "$passkey"
		us 0 who $option -o uid,since
		[ "$(cut -f 2 "$tmp/out" | sort -u)" = - ]
	done
	rcli -n 1 expire "$passkey" 3600
}

@test "two statements, and each set once" {
	use_site
	asked_begin
	us 0 who -f <(cut -f 1 "$site/torrent")
	[ "$(asked_pg)" = 2 ]
	[ "$(asked smembers)" = "$(rcli -n 1 dbsize)" ]
	[ "$(asked ttl)" = "$(cut -f 5 "$slow/who" | sort -u | wc -l)" ]
	[ "$(asked keys)" = 0 ]
}

@test "records of other tools on stdin" {
	use_site
	framecat encode "$site/untimed" | framecat >"$tmp/frames"
	[ -s "$tmp/frames" ]
	us 0 who - --reveal -o "$columns" <"$tmp/frames"
	cut -f 5 "$tmp/frames" | sort -u >"$tmp/hashes"
	awk -F '\t' 'NR == FNR { asked[$1] = 1; next } $2 in asked' "$tmp/hashes" "$slow/who" | diff - <(sort "$tmp/out") >&2
}

@test "an info hash that the site does not know is answered, and told" {
	use_site
	us 1 who 0303030303030303030303030303030303030303 --reveal -o "$columns"
	tsv "- 0303030303030303030303030303030303030303 6 $(site_cell users 6 2) $(site_cell users 6 3) unknown 0" | diff - "$tmp/out" >&2
	[ "$(wc -l <"$tmp/err")" = 1 ]
	says 0303030303030303030303030303030303030303
	us 1 who 9999
	out
	says 9999
}

@test "one store is down: what can be answered is" {
	use_site
	hash=$(site_cell torrent 12 4)
	PGHOST=/nowhere us 1 who "$hash" 12 --reveal -o "$columns"
	says 'partial'
	of_torrent 12 | awk -F '\t' -v OFS='\t' '{ print "-", $2, "-", "-", $5, "-", "-" }' | sort -t $'\t' -k 5,5 | diff - "$tmp/out" >&2
	PGHOST=/nowhere us 2 who 12
	out
	PGHOST=/nowhere us 2 who --all
	out
	REDIS_URL=unix:/nowhere us 2 who 12
	out
	REDIS_URL=unix:/nowhere PGHOST=/nowhere us 2 who "$hash"
	out
}

@test "PostgreSQL denies one table: the rest stands" {
	use_site
	psql_ -c 'create role reader login' -c 'grant select on users, torrent, torrent_info to reader'
	PGUSER=reader us 1 who 12 --reveal -o tid,info_hash,passkey,role
	says 'permission denied for table torrent_status'
	of_torrent 12 | awk -F '\t' -v OFS='\t' '{ print $1, $2, $5, "-" }' | sort -t $'\t' -k 3,3 | diff - "$tmp/out" >&2
	PGUSER=reader us 1 who --all --reveal -o tid,info_hash,uid,passkey,role
	says 'permission denied for table torrent_status'
	awk -F '\t' -v OFS='\t' '{ print $1, $2, $3, $5, "-" }' "$slow/who" | sort | diff - <(sort "$tmp/out") >&2
	psql_ -c 'revoke select on torrent from reader'
	PGUSER=reader us 2 who 12
	out
	says 'permission denied for table torrent'
	psql_ -c 'drop owned by reader' -c 'drop role reader'
}

@test "--watch marks what changed" {
	use_site
	key=$(site_cell torrent 12 5) passkey=$(of_torrent 12 | cut -f 5 | head -n 1)
	watched who 12 --reveal -o tid,passkey,change
	rcli -n 1 srem "$passkey" "$key"
	wait_for grep -qF "12	$passkey	gone" "$tmp/out"
	rcli -n 1 sadd "$passkey" "$key"
	wait_for grep -qF "12	$passkey	new" "$tmp/out"
	# that his time to live goes down is no change
	rcli -n 1 expire "$passkey" 250
	# shellcheck disable=SC2034 # the condition that is waited for reads it
	looks=$(grep -c ^12 "$tmp/out")
	wait_for eval '[ "$(grep -c ^12 "$tmp/out")" -ge $((looks + 3 * $(of_torrent 12 | wc -l))) ]'
	watched_end
	rcli -n 1 expire "$passkey" 3600
	[ "$(cut -f 3 "$tmp/out" | grep -vc -e -)" = 2 ]
}

@test "when they announced cannot be asked: that is told, and left open" {
	use_site
	for of in --all 12; do
		rcli acl setuser default -ttl
		us 1 who "$of" -o since --unset none
		rcli acl setuser default +ttl
		[ "$(sort -u "$tmp/out")" = none ]
		says NOPERM
		says partial
	done
}
