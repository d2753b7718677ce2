# userstats_user.bats - userstats user: account, current, completed, endpoints, against the site and the other verbs

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site

setup_file() {
	site_begin 1 break
}

teardown_file() {
	site_down
}

passkey() {
	site_cell users "$1" 3
}

# lines KIND COLUMNS - of $output, which has all columns
kind() {
	userstats user --reveal "uid:$1" -m "kind=$2" -o "$3" 2>/dev/null || :
}

@test "user: account, current, completed, endpoints, in that order; torrents as the other verbs have them" {
	site_use "$BATS_FILE_TMPDIR"
	for uid in 1 2 3 4 6 10 13 14; do
		userstats user --reveal uid:$uid -o kind >"$tmp/kinds" 2>/dev/null || :
		[ "$(head -n 1 "$tmp/kinds")" = account ]
		[ "$(uniq "$tmp/kinds" | sed 's/account/1/; s/current/2/; s/completed/3/; s/endpoint/4/' | sort -c 2>&1)" = "" ]
		[ "$(kind $uid current uid,username,tid,info_hash,title,role)" = \
			"$(userstats current uid:$uid -o uid,username,tid,info_hash,title,role 2>/dev/null)" ]
		[ "$(kind $uid completed uid,username,tid,info_hash,title,upload,download)" = \
			"$(userstats completed uid:$uid -o uid,username,tid,info_hash,title,upload,download)" ]
		[ "$(kind $uid account uid,passkey,current,completed)" = \
			"$(tsv "$uid $(passkey $uid) $(grep -c current "$tmp/kinds" || :) $(grep -c completed "$tmp/kinds" || :)")" ]
	done
	# what the slow answer says, of one
	[ "$(kind 2 completed uid,username,tid,info_hash,title,upload,download | sort)" = "$(site_oracle completed | grep $'^2\t' | sort)" ]
}

@test "user: the account's numbers and times" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c "update user_info set upload = 123456789012, download = 7, registertime = '2021-02-03 04:05:06+00', lastactivity = '2022-02-03 04:05:06+00' where id = 1"
	# a set that lives for an hour was not made by the tracker
	[ "$(kind 1 account upload,download,registered,since)" = "$(tsv '123456789012 7 1612325106 1643861106')" ]
	rcli -n 1 expire "$(passkey 1)" 200 >/dev/null
	now=$(date +%s)
	since=$(kind 1 account since)
	rcli -n 1 expire "$(passkey 1)" 3600 >/dev/null
	[ "$since" -ge $((now - 105)) ]
	[ "$since" -le $((now - 80)) ]
}

@test "user: a user's endpoint, where the truth is known" {
	site_use "$BATS_FILE_TMPDIR"
	redis
	for uid in 1 2 3 4 5 6; do
		case $uid in
		1) at='203.0.113.1 2001:db8::1 6881' torrents='1 2 3 4 5 6' ;;
		2) at='203.0.113.2 - 6881' torrents='1 2 7 8 9' ;;
		3) at='203.0.113.3 - 6881' torrents='10 11 12' ;;
		4) at='203.0.113.4 - 6881' torrents='10 11 12' ;;
		5) at='203.0.113.5 - 6881' torrents='1' ;;
		6) at='203.0.113.6 - 6881' torrents='13 14 15' ;;
		esac
		for torrent in $torrents; do
			tsv "frame 1 started 50 $(site_cell torrent "$torrent" 4) $(passkey $uid) $at 0000 $(date +%s)"
		done
	done >"$tmp/frames"
	for torrent in 16 17; do
		tsv "frame 1 started 50 $(site_cell torrent $torrent 4) $(passkey 6) - 2001:db8::6 51413 0000 $(date +%s)"
	done >>"$tmp/frames"
	peerdump load -q --expire 3600 "$tmp/frames"
	columns=endpoint,endpoint6,support,of,rivals
	[ "$(kind 1 endpoint $columns)" = "$(tsv '203.0.113.1:6881 [2001:db8::1]:6881 6 6 0')" ]
	[ "$(kind 2 endpoint $columns)" = "$(tsv '203.0.113.2:6881 - 5 5 0')" ]
	[ "$(kind 3 endpoint $columns)" = "$(tsv '203.0.113.3:6881 - 3 3 1')" ]
	[ "$(kind 4 endpoint $columns)" = "$(tsv '203.0.113.3:6881 - 3 3 1')" ]
	[ "$(kind 5 endpoint $columns)" = "" ]
	# a second one only if a whole interval is seen: else it is nearly always somebody else's
	[ "$(kind 6 endpoint $columns)" = "$(tsv '203.0.113.6:6881 - 3 5 0')" ]
	run -0 --separate-stderr userstats user uid:6 --reveal -o $columns -m 'kind = endpoint'
	[ "$output" = "$(tsv '203.0.113.6:6881 - 3 5 0')" ]
	[[ $stderr == *'the endpoint is a guess: one look sees about 11 % of the entries'* ]]
	run -0 --separate-stderr userstats user uid:6 --reveal -o $columns -m 'kind = endpoint' --interval 300
	[ "$output" = "$(tsv '203.0.113.6:6881 - 3 5 0' '- [2001:db8::6]:51413 2 5 0')" ]
	[[ $stderr != *guess* ]]
	# masked unless --reveal, and so is the passkey
	run -0 userstats user uid:1
	[[ "$output" != *203.0.113.1* ]]
	[[ "$output" != *2001:db8::1* ]]
	[[ "$output" != *"$(passkey 1)"* ]]
}

@test "user: by number, name, passkey; who is not there; not one" {
	site_use "$BATS_FILE_TMPDIR"
	userstats user --reveal uid:1 >"$tmp/one"
	userstats user --reveal name:user1 | diff "$tmp/one" -
	userstats user --reveal "passkey:$(passkey 1)" 2>/dev/null | diff "$tmp/one" -
	run -1 --separate-stderr userstats user uid:123456
	[ -z "$output" ]
	[[ "$stderr" == *"no such user"* ]]
	[[ "$stderr" != *"passkey:"* ]]
	# digits that could begin a passkey
	run -1 --separate-stderr userstats user 123456
	[[ "$stderr" == "userstats: uid 123456: the site has no such user (if a passkey begins so, write passkey: before it"* ]]
	run -1 --separate-stderr userstats torrents 123456
	[[ "$stderr" == "userstats: tid 123456: the site has no such torrent (if an info hash begins so, write hash: before it)" ]]
	run -2 userstats user
	run -2 userstats user 1 2
	[[ "$output" == *"user takes one user (a uid, a name or a passkey), not 2"* ]]
}

@test "user: a passkey that the site does not know" {
	site_use "$BATS_FILE_TMPDIR"
	run -1 --separate-stderr userstats user --reveal passkey:deadbeefdeadbeefdeadbeefdeadbeef -o kind,uid,passkey,info_hash,current,completed
	[ "${lines[0]}" = "$(tsv "account - deadbeefdeadbeefdeadbeefdeadbeef - 1 -")" ]
	[ "${lines[1]}" = "$(tsv "current - - $(site_cell torrent 1 4) - -")" ]
	[[ "$stderr" != *deadbeefdeadbeefdeadbeefdeadbeef* ]]
}

@test "user: one store down" {
	site_use "$BATS_FILE_TMPDIR"
	userstats user --reveal uid:2 -o kind,tid,info_hash >"$tmp/there" || :
	REDIS_URL=unix:$tmp/none run -1 --separate-stderr userstats user --reveal uid:2 -o kind,tid,info_hash,current
	[ "$(grep -v account <<<"$output" | cut -f 1-3)" = "$(grep completed "$tmp/there")" ]
	[ "$(cut -f 4 <<<"$output" | uniq)" = - ]
	PGHOST=$tmp run -2 userstats user uid:2
	PGHOST=$tmp run -1 --separate-stderr userstats user --reveal "passkey:$(passkey 2)" -o kind,tid,info_hash,role
	[ "$(grep current <<<"$output" | cut -f 3)" = "$(grep current "$tmp/there" | cut -f 3 | sort)" ]
	[ "$(cut -f 2,4 <<<"$output" | uniq)" = "$(tsv '- -')" ]
	PGHOST=$tmp REDIS_URL=unix:$tmp/none run -2 userstats user "passkey:$(passkey 2)"
}

@test "user: foreign members are told, a key that is no set too" {
	site_use "$BATS_FILE_TMPDIR"
	run -1 --separate-stderr userstats user uid:8
	[[ "$stderr" == *"not-an-info-hash"* ]]
	rcli -n 1 rename "$(passkey 9)" kept >/dev/null
	rcli -n 1 set "$(passkey 9)" x >/dev/null
	run -1 --separate-stderr userstats user uid:9 -o kind,current
	rcli -n 1 rename kept "$(passkey 9)" >/dev/null
	[ "${lines[0]}" = "$(tsv 'account -')" ]
	[[ "$stderr" == *"cannot be read"* ]]
	[[ "$stderr" != *"$(passkey 9)"* ]]
}

@test "user: two statements and three commands a torrent at most, whatever their number" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c 'select pg_stat_statements_reset()' >/dev/null 2>&1 || skip "no pg_stat_statements"
	uid=$(userstats limits --torrents 3 -n 1 -o uid)
	psql_ -c 'select pg_stat_statements_reset()' >/dev/null
	rcli config resetstat >/dev/null
	torrents=$(kind "$uid" account current)
	[ "$torrents" -gt 2 ]
	[ "$(psql_ -c "select sum(calls) from pg_stat_statements where query like '%unnest%' and query not like '%pg_stat%'")" = 2 ]
	stats=$(rcli info commandstats)
	[[ "$stats" == *"cmdstat_smembers:calls=1,"* ]]
	[[ "$stats" == *"cmdstat_ttl:calls=1,"* ]]
	[[ "$stats" == *"cmdstat_zrangebyscore:calls=$torrents,"* ]]
}

@test "user: a big set: as many torrents as are looked at" {
	site_use "$BATS_FILE_TMPDIR"
	redis
	awk -v passkey="$(passkey 5)" -v now="$(date +%s)" -v OFS='\t' 'BEGIN {
		for (i = 0; i < 3000; i++) print "frame", 1, "started", 50, sprintf("%040x", i), passkey, "203.0.113.5", "-", 6881, "0000", now }' |
		peerdump load -q --expire 3600 -
	run -0 --separate-stderr userstats user --reveal uid:5 -o kind,current,support,of,rivals
	[ "$(grep -c '^current' <<<"$output")" = 3000 ]
	[ "${lines[0]}" = "$(tsv 'account 3000 - - -')" ]
	[ "$(tail -n 1 <<<"$output")" = "$(tsv 'endpoint - 500 500 0')" ]
	[[ "$stderr" == *"inferred from 500 of 3000 torrents"* ]]
}
