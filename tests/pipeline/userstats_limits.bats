# userstats_limits.bats - userstats limits: users on too many torrents at once, against a slow answer, and with a store down

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site

setup_file() {
	site_begin 1 break
}

teardown_file() {
	site_down
}

@test "limits: whose sets have more members than that, the most first" {
	site_use "$BATS_FILE_TMPDIR"
	for limit in 0 3 6; do
		run -0 --separate-stderr userstats limits --torrents $limit --reveal -o uid,username,passkey,torrents,limit
		[ "$(sort <<<"$output")" = "$(site_oracle limits $limit | sort)" ]
		[ "$(cut -f 4 <<<"$output")" = "$(cut -f 4 <<<"$output" | sort -nr)" ]
		[ -n "$output" ]
	done
	run -0 userstats limits --torrents 1000
	[[ "$output" == "userstats: "*" keys of users looked at" ]]
	run -0 userstats limits --torrents 1000 -q
	[ -z "$output" ]
}

@test "limits: the same order without PostgreSQL, names missing, exit status 1" {
	site_use "$BATS_FILE_TMPDIR"
	run -0 --separate-stderr userstats limits --torrents 4 --reveal -o passkey,torrents
	there=$output
	PGHOST=$tmp run -1 --separate-stderr userstats limits --torrents 4 --reveal -o passkey,torrents,uid,username
	[ "$(cut -f 1,2 <<<"$output")" = "$there" ]
	[ "$(cut -f 3,4 <<<"$output" | sort -u)" = "$(tsv '- -')" ]
	[[ "$stderr" == *partial* ]]
}

@test "limits: nothing without Redis, without a number, with names" {
	site_use "$BATS_FILE_TMPDIR"
	REDIS_URL=unix:$tmp/none run -2 userstats limits --torrents 4
	run -2 userstats limits
	[[ "$output" == *"--torrents=N"* ]]
	run -2 userstats limits --torrents 4 7
	[[ "$output" == *"takes no names"* ]]
}

@test "limits: passkeys are masked, the same ones alike" {
	site_use "$BATS_FILE_TMPDIR"
	run -0 userstats limits --torrents 4 -q -o uid,torrents,passkey
	[ "$(cut -f 1,2 <<<"$output")" = "$(userstats limits --torrents 4 --reveal -o uid,torrents)" ]
	run ! grep -qFf <(cut -f 3 "$site/users") <<<"$output"
}

@test "limits: keys of other kinds, big sets, passkeys that are no text" {
	redis
	postgres
	psql_ -f "$top/tests/samples/site/schema.sql"
	{
		echo 'set 0123456789abcdef0123456789abcdef x'
		echo 'sadd ext_AAAAAAAAAAAAAAAAAAAAAAAAAAA= a b c d'
		echo 'sadd short a b c d'
		echo 'sadd "\xff\x00\n3456789abcdef0123456789abcdef" a b c'
		awk 'BEGIN { for (i = 0; i < 5000; i++) print "sadd ffffffffffffffffffffffffffffffff " i }'
		awk 'BEGIN { for (i = 0; i < 3000; i++) printf "sadd %032d a b\n", i }'
	} | rcli -n 1 >/dev/null
	run -0 --separate-stderr userstats limits --torrents 2 -q --reveal -o passkey,torrents
	[ "$output" = "$(tsv 'ffffffffffffffffffffffffffffffff 5000' '\xff\x00\n3456789abcdef0123456789abcdef 3')" ]
	[ -z "$stderr" ]
	[ "$(userstats limits --torrents 1 | wc -l)" = 3002 ]
}

@test "limits: one SCAN, no members asked for, one statement" {
	site_use "$BATS_FILE_TMPDIR"
	rcli config resetstat >/dev/null
	psql_ -c 'select pg_stat_statements_reset()' >/dev/null 2>&1 || skip "no pg_stat_statements"
	userstats limits --torrents 4 >/dev/null
	[[ "$(rcli info commandstats)" != *cmdstat_smembers* ]]
	[[ "$(rcli info commandstats)" == *cmdstat_scard* ]]
	[ "$(psql_ -c "select sum(calls) from pg_stat_statements where query like '%unnest%' and query not like '%pg_stat%'")" = 1 ]
}
