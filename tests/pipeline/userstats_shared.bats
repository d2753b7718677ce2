# userstats_shared.bats - userstats shared: small sites where it is known who announced from where

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site
load ../support/userstats

columns=kind,endpoint,endpoint6,username,support,of,others,basis

setup_file() {
	need redis-server
	need_postgres
	tmp=$BATS_FILE_TMPDIR
	[ -n "${file_lacks:-}" ] || { pg_up "$tmp" && psql_ -f "$top/tests/samples/site/schema.sql" && people && echo "$PGHOST" >"$tmp/pghost"; }
}

teardown_file() {
	pg_down
}

# users 1 to 1000, whose passkeys are their numbers
people() {
	psql_ -c "insert into users (id, email, username, password, passkey, role, activated)
		select i, 'user' || i, 'user' || i, 'x', lpad(i::text, 32, '0'), 1, true from generate_series(1, 1000) i"
}

site() {
	export PGHOST PGUSER=postgres PGDATABASE=postgres
	PGHOST=$(cat "$BATS_FILE_TMPDIR/pghost")
	redis
}

# frames on stdout for lines "user ipv4 ipv6 port torrent..."; 7s is torrent 7, announced so long ago that the entry is
# out of the window
frames() {
	awk -v OFS='\t' -v now="$(date +%s)" '{
		for (i = 5; i <= NF; i++)
			print "frame", 1, "started", 50, sprintf("%040x", $i), sprintf("%032d", $1), $2, $3, $4, "0000", now - ($i ~ /s$/ ? 1000 : (NR + i) % 50)
	}'
}

load_site() {
	frames >"$tmp/frames"
	peerdump load -q --expire 3600 "$tmp/frames"
}

@test "shared: one endpoint of two users" {
	site
	load_site <<-EOF
		1 203.0.113.7 2001:db8::7 6881 1 2 3 4 5
		2 203.0.113.7 2001:db8::7 6881 6 7 8 9
		3 203.0.113.8 - 6881 1 2 6 10
		4 - 2001:db8::9 6881 1 3 6 10
	EOF
	run -0 --separate-stderr userstats shared -q --reveal -o $columns,uid,passkey
	[ "$output" = "$(tsv "endpoint 203.0.113.7:6881 [2001:db8::7]:6881 user1 5 5 1 inferred 1 $(printf %032d 1)" \
		"endpoint 203.0.113.7:6881 [2001:db8::7]:6881 user2 4 4 1 inferred 2 $(printf %032d 2)")" ]
	[ -z "$stderr" ]
}

@test "shared: one endpoint of two users, others on nearly the same torrents: a guess, and a note how many" {
	site
	load_site <<-EOF
		1 203.0.113.7 2001:db8::7 6881 1 2 3 4 5
		2 203.0.113.7 2001:db8::7 6881 6 7 8 9
		3 203.0.113.8 - 6881 1 2 6 7 10
		4 - 2001:db8::9 6881 1 2 3 6 10
	EOF
	us 0 shared --reveal -o $columns
	out "$(tsv 'endpoint 203.0.113.7:6881 [2001:db8::7]:6881 user1 5 5 1 guess')" \
		"$(tsv 'endpoint 203.0.113.7:6881 [2001:db8::7]:6881 user2 4 4 1 guess')"
	says "2 lines guessed"
	us 0 shared --reveal -m 'uid = 1' -o basis
	out guess
	says "1 line guessed"
	us 0 shared -m 'basis = inferred'
	out
	grep -q 'looked at' "$tmp/err"
	run ! grep guess "$tmp/err"
}

@test "shared: a user at two endpoints" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 5
		1 203.0.113.9 - 6881 6 7 8 9
		2 203.0.113.8 - 6881 1 2 6 10
		3 - 2001:db8::9 6881 1 3 6 10
	EOF
	run -0 userstats shared -q --reveal -o $columns
	[ "$output" = "$(tsv 'user 203.0.113.7:6881 - user1 5 9 1 inferred' 'user 203.0.113.9:6881 - user1 4 9 1 inferred')" ]
}

@test "shared: a user at two endpoints on few torrents: a guess" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4
		1 203.0.113.9 - 6881 5 6 7
		2 203.0.113.8 - 6881 1 2 5 8
		3 - 2001:db8::9 6881 1 3 5 8
	EOF
	us 0 shared -q --reveal -o $columns
	out "$(tsv 'user 203.0.113.7:6881 - user1 4 7 1 guess')" "$(tsv 'user 203.0.113.9:6881 - user1 3 7 1 guess')"
}

@test "shared: after two endpoints that are inferred a third that is guessed, and how many others each line counts" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 5 6
		1 203.0.113.9 - 6881 16 17 18 19 20
		1 203.0.113.10 - 6881 21 22
		2 203.0.113.7 - 6881 7 8 9 10
	EOF
	us 0 shared -q --reveal -o kind,endpoint,uid,support,of,others,basis
	out "$(tsv 'endpoint 203.0.113.7:6881 1 6 13 1 inferred')" "$(tsv 'endpoint 203.0.113.7:6881 2 4 4 1 inferred')" \
		"$(tsv 'user 203.0.113.7:6881 1 6 13 1 inferred')" "$(tsv 'user 203.0.113.9:6881 1 5 13 1 inferred')" \
		"$(tsv 'user 203.0.113.10:6881 1 2 13 2 guess')"
}

@test "shared: two endpoints that are on as many torrents, not on the same" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4
		1 203.0.113.9 - 6881 5 6 7 8
	EOF
	run -0 userstats shared -q --reveal -o kind,endpoint,uid,support,of
	[ "$output" = "$(tsv 'user 203.0.113.7:6881 1 4 8' 'user 203.0.113.9:6881 1 4 8')" ]
}

@test "shared: users on the very same torrents share nothing that can be told" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 5 6
		2 203.0.113.8 - 6881 1 2 3 4 5 6
		3 203.0.113.9 - 6881 1 2 3 4 5 6
	EOF
	run -0 userstats shared -q
	[ -z "$output" ]
}

@test "shared: one who is on everything is not told to be at everybody's" {
	site
	load_site <<-EOF
		1 203.0.113.1 - 6881 1 2 3 4 5s 6s 7s 8s 9s 10s 11s 12s
		2 203.0.113.2 - 6881 1 2 3 4
		3 203.0.113.3 - 6881 5 6 7 8
		4 203.0.113.4 - 6881 7s 8 9 10 11s
	EOF
	run -0 userstats shared -q
	[ -z "$output" ]
}

@test "shared: an endpoint whose user has left is nobody's" {
	site
	load_site <<-EOF
		1 203.0.113.1 - 6881 1 2 3 4 5 6 7 8 9 10 11 12 13 14
		2 203.0.113.2 - 6881 1s 2s 3s 15 16
		3 203.0.113.3 - 6881 4s 5s 6s 17 18
	EOF
	rcli -n 1 del "$(printf %032d 1)" >/dev/null
	run -0 userstats shared -q
	[ -z "$output" ]
}

# Of the two samples that follow one look sees much: they look like a user at two endpoints, which is not so.

@test "shared: few torrents in common with one who has left are a guess, and a wrong one" {
	site
	load_site <<-EOF
		1 203.0.113.1 - 6881 1 2 3 4 5 6 7s 8s 9s
		2 203.0.113.2 - 6881 7 8 9
	EOF
	rcli -n 1 del "$(printf %032d 2)" >/dev/null
	us 0 shared -q --reveal -o kind,endpoint,uid,support,of,others,basis
	out "$(tsv 'user 203.0.113.1:6881 1 6 9 1 guess')" "$(tsv 'user 203.0.113.2:6881 1 3 9 1 guess')"
}

@test "shared: who is on all torrents of an endpoint, and others are on nearly as many, is guessed to be at it" {
	site
	load_site <<-EOF
		1 203.0.113.1 - 6881 1 2 3 4 5 6 7s 8s 9s 10s 11s
		2 203.0.113.2 - 6881 7 8 9 10 11
		3 203.0.113.3 - 6881 9s 10s 11s 12 13 14 15
	EOF
	rcli -n 1 del "$(printf %032d 2)" >/dev/null
	us 0 shared -q --reveal -o kind,endpoint,uid,support,of,basis
	out "$(tsv 'user 203.0.113.1:6881 1 6 11 guess')" "$(tsv 'user 203.0.113.2:6881 1 5 11 guess')"
	# on one less, they are not near
	rcli -n 1 srem "$(printf %032d 3)" "$(bytes "$(printf %040x 9)" | base64)" >/dev/null
	us 0 shared -q --reveal -o kind,endpoint,uid,support,of,basis
	out "$(tsv 'user 203.0.113.1:6881 1 6 11 inferred')" "$(tsv 'user 203.0.113.2:6881 1 5 11 inferred')"
}

@test "shared: an entry that nobody's torrents explain makes all of its endpoint a guess" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 5
		2 203.0.113.7 - 6881 6 7 8 9
		3 203.0.113.7 - 6881 10
	EOF
	us 0 shared -q --reveal -o uid,others,basis
	out "$(tsv '1 1 guess')" "$(tsv '2 1 guess')"
	rcli del "$(bytes "$(printf %040x 10)" | base64)" >/dev/null
	us 0 shared -q --reveal -o uid,others,basis
	out "$(tsv '1 1 inferred')" "$(tsv '2 1 inferred')"
}

# crowd EACH SECOND - frames' lines of 300 users, each on EACH of 400 torrents; of each ten users, two share an endpoint, one
# is at a second for SECOND of the torrents, one has left some entries behind
crowd() {
	awk -v each="$1" -v second="$2" 'function pick(n) { state = state * 16807 % 2147483647; return state % n }
		function torrents(user, count,   list, t) {
			list = ""
			while (count) {
				t = 1 + pick(400)
				if ((user, t) in on) continue
				on[user, t] = 1
				list = list " " t
				count--
			}
			return list
		}
		BEGIN {
			state = 4711
			for (user = 1; user <= 300; user++) {
				at = "198.51." int(user / 250) "." user % 250 " - 6881"
				if (user % 10 == 2) at = last
				last = at
				if (user % 10 != 5) { print user, at torrents(user, each); continue }
				print user, at torrents(user, each - second)
				print user, sprintf("- 2001:db8::%x 51413", user) torrents(user, second)
			}
		}'
}

# crowd_found EACH - what was put there, from the lines on stdin
crowd_found() {
	awk -v OFS='\t' -v each="$1" '
		{ four = $2 == "-" ? "-" : $2 ":" $4; six = $3 == "-" ? "-" : "[" $3 "]:" $4; at = four OFS six; users[at]++; ats[$1]++; all[NR] = at OFS $1 }
		END {
			for (i = 1; i <= NR; i++) {
				split(all[i], f, OFS); at = f[1] OFS f[2]
				if (users[at] > 1) print "endpoint", all[i], each, 1
				if (ats[f[3]] > 1) print "user", all[i], each, 1
			}
		}' | sort
}

@test "shared: in a large site all that are there, and nothing else" {
	local columns=kind,endpoint,endpoint6,uid,of,others
	site
	crowd 14 7 >"$tmp/truth"
	load_site <"$tmp/truth"
	crowd_found 14 <"$tmp/truth" >"$tmp/want"
	[ "$(wc -l <"$tmp/want")" = 120 ]
	us 0 shared --reveal -o $columns -m 'basis = inferred'
	diff "$tmp/want" <(sort "$tmp/out")
	# nothing is guessed; again the same, in the same order
	mv "$tmp/out" "$tmp/first"
	us 0 shared --reveal -o $columns
	diff "$tmp/first" "$tmp/out"
	[ "$(cut -f 1 "$tmp/out" | uniq)" = "$(tsv endpoint user)" ]
}

@test "shared: in a large site of users on fewer torrents all that are there, many of them guessed, and nothing else" {
	site
	crowd 12 5 >"$tmp/truth"
	load_site <"$tmp/truth"
	us 0 shared -q --reveal -o kind,endpoint,endpoint6,uid,of,others,basis
	diff <(crowd_found 12 <"$tmp/truth") <(cut -f 1-6 "$tmp/out" | sort)
	grep -q 'inferred$' "$tmp/out"
	grep -q 'guess$' "$tmp/out"
}

@test "shared: three users at one endpoint of a random site, nobody else there" {
	local seed
	site
	site=$tmp/site
	mkdir "$site"
	PGDATABASE=shared
	psql_ -d postgres -c 'set client_min_messages = error' -c "drop database if exists shared" -c "create database shared"
	psql_ -f "$top/tests/samples/site/schema.sql"
	for seed in 3 4 5; do
		site_load "$seed"
		us 0 shared -q --reveal -o uid -m 'endpoint = 203.0.113.10:51413'
		[ "$(sort -nu "$tmp/out" | paste -sd ' ')" = '10 11 12' ]
		us 0 shared --reveal -o uid,others,basis -m 'kind = endpoint' -m 'endpoint = 203.0.113.10:51413'
		sort -o "$tmp/out" "$tmp/out"
		out "$(tsv '10 2 guess')" "$(tsv '11 2 guess')" "$(tsv '12 2 guess')"
		says "3 lines guessed"
		us 0 shared -q -m 'basis = inferred'
		out
	done
}

@test "shared: masked addresses and passkeys, the same ones alike" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 5
		2 203.0.113.7 - 6881 6 7 8 9
	EOF
	run -0 userstats shared -q -o uid,endpoint,passkey
	[ "$(wc -l <<<"$output")" = 2 ]
	[[ "$output" != *203.0.113.7* ]]
	[[ "$output" != *0000000000001* ]]
	[ "$(cut -f 2 <<<"$output" | uniq | wc -l)" = 1 ]
	[ "$(cut -f 3 <<<"$output" | uniq | wc -l)" = 2 ]
}

@test "shared: without PostgreSQL without names, exit status 1; without Redis nothing; in one database as in two" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 5
		2 203.0.113.7 - 6881 6 7 8 9
		3 203.0.113.8 - 6881 2 4 6 10
	EOF
	userstats shared --reveal -o kind,endpoint,passkey,support,of,others >"$tmp/there"
	[ "$(wc -l <"$tmp/there")" = 2 ]
	PGHOST=$tmp run -1 --separate-stderr userstats shared --reveal -o kind,endpoint,passkey,support,of,others,uid,username
	[ "$(cut -f 1-6 <<<"$output")" = "$(cat "$tmp/there")" ]
	[ "$(cut -f 7,8 <<<"$output" | uniq)" = "$(tsv '- -')" ]
	[[ "$stderr" == *partial* ]]
	REDIS_URL=unix:$tmp/none run -2 --separate-stderr userstats shared
	[ -z "$output" ]
	rcli flushall >/dev/null
	peerdump load -q --expire 3600 --users-db 0 "$tmp/frames"
	run -0 userstats shared -q --users-db 0 --reveal -o kind,endpoint,passkey,support,of,others
	[ "$output" = "$(cat "$tmp/there")" ]
}

@test "shared: members in older forms and of no form, entries without an address, keys of other types" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 5
		2 203.0.113.8 - 6881 6 7 8 9
	EOF
	now=$(date +%s)
	for torrent in 1 2 3 4 5; do
		echo "zadd $(bytes "$(printf %040x $torrent)" | base64) $now \"$(printf '\\x00%.0s' {1..20})\\x1a\\xe1\""
	done | rcli >/dev/null
	for torrent in 12 13 14 15; do
		key=$(bytes "$(printf %040x $torrent)" | base64)
		echo "zadd $key $now 203.0.113.7@@6881 $now -TR3000-abcdefghijkl@203.0.113.7@@6881 $now rubbish $now ''"
		echo "select 1"
		echo "sadd $(printf %032d 2) $key"
		echo "select 0"
	done | rcli >/dev/null
	rcli set "$(printf 'A%.0s' {1..27})=" x >/dev/null
	rcli -n 1 set "$(printf %032d 99)" x >/dev/null
	rcli -n 1 sadd "$(printf %032d 1)" rubbish >/dev/null
	run -0 --separate-stderr userstats shared --reveal -o kind,endpoint,uid,support,of
	[ "$output" = "$(tsv 'endpoint 203.0.113.7:6881 1 5 5' 'endpoint 203.0.113.7:6881 2 4 8' 'user 203.0.113.7:6881 2 4 8' 'user 203.0.113.8:6881 2 4 8')" ]
	[[ "$stderr" == *"1 member of users' sets"* ]]
}

@test "shared: a torrent with very many peers is not looked at, which is told" {
	site
	load_site <<-EOF
		1 203.0.113.7 - 6881 1 2 3 4 11
		2 203.0.113.7 - 6881 1 5 6 7 8 9
	EOF
	awk -v now="$(date +%s)" -v key="AAAAAAAAAAAAAAAAAAAAAAAAAAE=" 'BEGIN {
		for (i = 0; i < 10001; i++) printf "zadd %s %d 10.%d.%d.1@@6881\n", key, now, i / 256, i % 256 }' >"$tmp/commands"
	grep -q AAAAAAAAAAAAAAAAAAAAAAAAAAE= <(rcli --scan)
	rcli <"$tmp/commands" >/dev/null
	run -0 --separate-stderr userstats shared --reveal -o uid,support,of
	[ "$output" = "$(tsv '2 5 5' '1 4 4')" ]
	[[ "$stderr" == *"1 torrent with more than 10000 live entries"* ]]
}
