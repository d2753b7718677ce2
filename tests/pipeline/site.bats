# site.bats - the site that the tests of userstats stand on: the same one each time, of every kind of pair

load ../support/helpers
load ../support/site

setup_file() {
	need redis-server
	need_postgres
	tmp=$BATS_FILE_TMPDIR
	[ -n "${file_lacks:-}" ] || { site_up "$tmp" && site_save; }
}

teardown_file() {
	site_down
}

# all that is in both servers, without times
state() {
	for database in 0 1; do
		rcli -n $database --no-raw eval 'local out = {}
			for _, key in ipairs(redis.call("keys", "*")) do
				local members = redis.call(redis.call("type", key).ok == "zset" and "zrange" or "smembers", key, unpack(
					redis.call("type", key).ok == "zset" and {0, -1} or {}))
				table.sort(members)
				for _, member in ipairs(members) do out[#out + 1] = key .. " " .. member end
			end
			table.sort(out)
			return out' 0
	done
	psql_ -c 'select id, username, passkey, role, activated from users order by 1' \
		-c 'select id, title, poster, downloading, uploading, finished from torrent_info order by 1' \
		-c 'select * from torrent order by 1' -c 'select * from torrent_status order by 1, 2' -c 'select id, username from user_info order by 1'
}

@test "the same site twice, another one for another seed" {
	site_use "$BATS_FILE_TMPDIR"
	site_load
	state >"$tmp/first"
	[ "$(wc -l <"$tmp/first")" -gt 800 ]
	site_break
	state >"$tmp/broken"
	[ -n "$(cmp "$tmp/first" "$tmp/broken" 2>&1)" ]
	site_load 1 60 40
	state | diff "$tmp/first" - >&2
	site_load 2
	state >"$tmp/other"
	[ -n "$(cmp "$tmp/first" "$tmp/other" 2>&1)" ]
}

@test "the files say what Redis and PostgreSQL hold" {
	site_use "$BATS_FILE_TMPDIR"
	for seed in 2 3; do
		site_load $seed
		# every kind of pair
		[ "$(cut -f 3 "$site/pairs" | sort -u | wc -l)" = 14 ]
		while IFS=$'\t' read -r uid _ passkey _; do
			rcli -n 1 smembers "$passkey" | sed "s/^/$uid /"
		done <"$site/users" | sed '/ $/d' | sort >"$tmp/members"
		awk -F '\t' 'NR == FNR { key[$1] = $5; next } { print $2, key[$1] }' "$site/torrent" "$site/live" | sort | diff - "$tmp/members" >&2
		while IFS=$'\t' read -r tid _ _ hash key; do
			[ "$(rcli zcard "$key")" = "$(grep -c "^$tid	" "$site/entries")" ]
			[ "$(rcli zcount "$key" $(($(date +%s) - 300)) +inf)" = "$(rcli zcard "$key")" ]
			[ "$(base64 -d <<<"$key" | od -An -v -tx1 | tr -d ' \n')" = "$hash" ]
		done <"$site/torrent"
		psql_ -F $'\t' -c 'select tid, uid, status, upload, download, finished from torrent_status order by 1, 2' |
			diff <(sort -n -k 1,1 -k 2,2 "$site/status") - >&2
	done
}

@test "site-oracle agrees with what the site was made from, and finds the faults and nothing else" {
	site_use "$BATS_FILE_TMPDIR"
	site_load
	mkdir "$tmp/before" "$tmp/after"
	site_oracle all "$tmp/before"
	for what in torrents who completed current ghosts limits drift-rows; do
		[ "$(awk -F '\t' '{ print NF }' "$tmp/before/$what" | sort -u)" = "$(site_oracle columns $what | awk -F , '{ print NF }')" ]
	done
	export LC_ALL=C
	awk -F '\t' -v OFS='\t' '{ role = $3 ~ /^(seeder|backdone|poster)/ ? "seeder" : $3 == "norow" ? "unknown" : "leecher"
		print $1, $2, role, $3 ~ /^poster/ ? 1 : 0 }' "$site/live" | sort | diff - <(cut -f 1,3,6,7 "$tmp/before/who" | sort) >&2
	awk -F '\t' -v OFS='\t' '$3 ~ /^stopped/ { print "ext", $1, $2 }' "$site/pairs" | sort | diff - <(cut -f 1,2,4 "$tmp/before/ghosts" | sort) >&2
	awk -F '\t' -v OFS='\t' '$3 ~ /^stale/ { print 2, $1, $2 } $3 ~ /norow$/ { print 0, $1, $2 } $3 == "back" { print 0, $1, $2 }
		$3 == "backdone" { print 1, $1, $2 }' "$site/pairs" | sort | diff - <(cut -f 3,5,6 "$tmp/before/drift-rows" | sort) >&2
	[ ! -s "$tmp/before/orphans" ]
	[ ! -s "$tmp/before/drift-counters" ]
	# of the odd titles and names
	[ "$(awk -F '\t' '$1 < 9 { print $3 }' "$tmp/before/torrents" | sort | head -n 2)" = $'\n#info_hash' ]
	grep -q $'^5\t[0-9a-f]*\t\\\\x2d\t' "$tmp/before/torrents"
	grep -q $'\ta\\\\ttab\t' "$tmp/before/torrents"
	grep -q $'\ta\\\\nnew line\t' "$tmp/before/torrents"
	site_break
	site_oracle all "$tmp/after"
	[ "$(cut -f 1 "$tmp/after/orphans" | tr '\n' ' ')" = 'ext member torrent user user ' ]
	grep -qF $'\ta\'b"\\\\;\\x00\\n\\t\\xff\\xfe\\xc3(0123456789012345678\t' "$tmp/after/orphans"
	# without the entries of the torrent, which foreign members change
	cut -f 1,2,4 "$tmp/before/ghosts" | sort >"$tmp/ghosts"
	cut -f 1,2,4 "$tmp/after/ghosts" | sort >"$tmp/more"
	[ -z "$(comm -23 "$tmp/ghosts" "$tmp/more")" ]
	[ "$(comm -13 "$tmp/ghosts" "$tmp/more")" = $'ext\t-\t5\next\t'"$(cat "$site/faults/ghost_ext")"$'\nmember\t-\t6\nmember\t'"$(cat "$site/faults/ghost_member")" ]
	[ "$(cut -f 2,5 "$tmp/after/drift-counters" | tr '\n\t' ' .')" = 'downloading.2 finished.7 uploading.3 ' ]
	# the member without entries has no row, either
	{
		printf '0\t-\t%s\n' "$(cat "$site/faults/ghost_member")"
		awk -F '\t' -v OFS='\t' '{ print $4, $3, $1, $2 }' "$site/faults/stale_row" "$site/faults/stopped_row"
	} | sort | diff - <(comm -13 "$tmp/before/drift-rows" "$tmp/after/drift-rows" | cut -f 3- | sort) >&2
	[ -z "$(comm -23 "$tmp/before/drift-rows" "$tmp/after/drift-rows")" ]
	total() { awk -F '\t' '{ live += $6 } END { print live }'; }
	[ "$(WINDOW=2000 site_oracle torrents | total)" = $(($(total <"$tmp/after/torrents") + 2)) ]
}

@test "the site of the bench, small: both servers mean the same users and torrents" {
	need perl
	# shellcheck source=tests/bench/site.bash
	. "$top/tests/bench/site.bash"
	cd "$top"
	site_large "$tmp" 100 400
	[ "$(psql_ -c 'select count(*) from users' -c 'select count(*) from torrent join torrent_info using (id)')" = $'400\n100' ]
	mkdir "$tmp/all"
	site_oracle all "$tmp/all"
	[ ! -s "$tmp/all/orphans" ]
	[ "$(cut -f 1,2,5 "$tmp/all/drift-counters")" = $'torrent_info\tdownloading\t100' ]
	live=$(wc -l <"$tmp/all/who")
	[ "$live" -gt 900 ]
	rows=$(psql_ -c 'select count(*) from torrent_status')
	[ "$rows" -gt $((live * 2)) ]
	# the indexes come and go
	site_indexes
	[ "$(psql_ -c "select count(*) from pg_indexes where indexname in ('torrent_infohash', 'torrent_status_uid')")" = 2 ]
	site_no_indexes
	entries=$(awk -F '\t' '{ sum += $6 } END { print sum }' "$tmp/all/torrents")
	[ "$entries" -gt $((live * 8 / 10)) ]
	[ "$entries" -lt "$live" ]
}
