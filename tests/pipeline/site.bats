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
	for seed in 1 2 3; do
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
