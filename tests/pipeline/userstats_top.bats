# userstats_top.bats - the largest torrents and users: against the oracle and SQL

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site

setup_file() {
	site_begin 11 break
}

teardown_file() {
	site_down
}

# ranked COLUMN ROWS - oracle lines on stdin as rank, value, tid, info hash, title: by the value in COLUMN, then by number
ranked() {
	sort -t $'\t' -k "$1,$1nr" -k 1,1n | awk -F '\t' -v OFS='\t' -v c="$1" -v rows="$2" '$c > 0 && ++n <= rows { print n, $c, $1, $2, $3 }'
}

# current ROWS - rank, value, uid, username: info hashes in the sets of users
current() {
	site_oracle current | awk -F '\t' -v OFS='\t' '!seen[$1, $4]++ { n[$1 "\t" $2]++ } END { for (u in n) print u, n[u] }' |
		sort -t $'\t' -k 3,3nr -k 1,1n | awk -F '\t' -v OFS='\t' -v rows="$1" 'NR <= rows { print NR, $3, $1, $2 }'
}

@test "torrents by seeders, leechers and finished are what the oracle says" {
	site_use "$BATS_FILE_TMPDIR"
	site_oracle torrents | awk -F '\t' '$2 != "-"' >"$tmp/all"
	column=4
	for field in seeders leechers - finished; do
		if [ $field != - ]; then
			for rows in 3 10 1000; do
				ranked $column $rows <"$tmp/all" >"$tmp/want"
				userstats top $field -n $rows -o rank,value,tid,info_hash,title | diff "$tmp/want" -
			done
			[ "$(wc -l <"$tmp/want")" -gt 15 ]
			# equal values are there
			[ "$(cut -f 2 "$tmp/want" | sort -u | wc -l)" -lt "$(wc -l <"$tmp/want")" ]
			ranked $column 10 <"$tmp/all" | diff - <(userstats top $field -o rank,value,tid,info_hash,title)
			[ "$(userstats top $field -o field,uid,username | sort -u)" = "$(tsv "$field - -")" ]
		fi
		column=$((column + 1 + (column == 5)))
		[ $field != leechers ] || column=6
	done
}

@test "users by what they completed and what they are on" {
	site_use "$BATS_FILE_TMPDIR"
	for rows in 4 1000; do
		psql_ -F $'\t' -c "select row_number() over (order by count(*) desc, uid), count(*), uid from torrent_status
			where finished and uid in (select id from users) group by uid order by 1 limit $rows" |
			diff - <(userstats top completed -n $rows -o rank,value,uid)
		current $rows | diff - <(userstats top current -n $rows -o rank,value,uid,username)
	done
	[ "$(current 1000 | wc -l)" -gt 20 ]
	[ "$(userstats top current -o window,coverage | sort -u)" = "$(tsv '300 0.111111')" ]
	[ "$(userstats top completed -o window,coverage | sort -u)" = "$(tsv '- -')" ]
}

@test "a saved look stands for Redis, and several are taken together" {
	site_use "$BATS_FILE_TMPDIR"
	userstats snapshot "$tmp/all" >/dev/null || [ $? = 1 ]
	# a pair in one or in both of them
	awk -F '\t' -v OFS='\t' '/^look/ { print $1, int($2) - 300, "-", "-", "-", "-", 300, "-", "-"; next } ++n % 3 != 0' "$tmp/all" >"$tmp/a"
	awk -F '\t' -v OFS='\t' '/^look/ { print $1, int($2), "-", "-", "-", "-", 300, "-", "-"; next } ++n % 3 != 1' "$tmp/all" >"$tmp/b"
	for field in seeders leechers current; do
		userstats top $field -n 1000 -o rank,value,tid,uid >"$tmp/want"
		REDIS_URL=unix:$tmp/nobody userstats top $field -n 1000 --look "$tmp/a" --look "$tmp/b" -o rank,value,tid,uid | diff "$tmp/want" -
		run ! diff "$tmp/want" <(userstats top $field -n 1000 --look "$tmp/a" -o rank,value,tid,uid)
		[ "$(userstats top $field --look "$tmp/a" --look "$tmp/b" -o window | sort -u)" = 600 ]
	done
	run -2 userstats top finished --look "$tmp/a"
	run -2 --separate-stderr userstats top seeders --look "$tmp/none"
	[ -z "$output" ]
}

@test "what PostgreSQL counts takes one statement and no Redis" {
	site_use "$BATS_FILE_TMPDIR"
	for field in finished completed; do
		psql_ -c 'select pg_stat_statements_reset()' >/dev/null
		REDIS_URL=unix:$tmp/nobody run -0 userstats top $field -n 2
		[ "${#lines[@]}" = 2 ]
		[ "$(psql_ -c "select sum(calls) from pg_stat_statements where query !~ 'pg_stat_statements'")" = 1 ]
	done
	run -2 userstats top
	[[ $output == *"top takes one field: seeders, leechers, finished, current, completed"* ]]
	run -2 userstats top ratio
	[[ $output == *"seeders, leechers, finished, current, completed"* ]]
	REDIS_URL=unix:$tmp/nobody run -2 userstats top seeders
	PGHOST=$tmp run -2 userstats top current
	# conditions pick from all of them when -n says how many are wanted
	[ "$(userstats top completed -n 1 -m 'rank > 12' -o rank)" = 13 ]
	[ "$(userstats top seeders -n 1 -m 'rank > 12' -o rank)" = 13 ]
	[ "$(userstats top completed --skip 2 -n 2 -o rank | paste -s)" = "$(tsv '3 4')" ]
}
