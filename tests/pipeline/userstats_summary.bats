# userstats_summary.bats - summary: every total against the slow answer, and the file for node_exporter

load ../support/helpers
load ../support/site
bats_require_minimum_version 1.5.0

setup_file() {
	site_begin 3
	[ -n "${file_lacks:-}" ] || site_break
}

teardown_file() {
	site_down
}

# summary [OPTION...] - "name value" lines; its status in $status
summary() {
	status=0
	userstats summary -o name,value "$@" >"$tmp/ours" 2>"$tmp/err" || status=$?
}

# value NAME - what summary said
value() {
	awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$tmp/ours"
}

# metrics FILE - is it what node_exporter takes? Strictly: HELP, TYPE, samples of that name, each metric once, a newline
# at the end
metrics() {
	[ "$(tail -c 1 "$1" | od -An -tx1)" = ' 0a' ]
	awk '
		function bad(what) { print "line " NR ": " what ": " $0; failed = 1 }
		/^# HELP / { name = $3; if (name !~ /^userstats_[a-z][a-z_]*$/) bad("name"); if (name in seen) bad("twice"); seen[name]; if (NF < 4 || /\\/) bad("help"); want = "type"; next }
		/^# TYPE / { if (want != "type" || $3 != name || $4 != "gauge" || NF != 4) bad("type"); want = "sample"; next }
		/^#/ || !NF { bad("line"); next }
		{
			metric = $1; sub(/\{.*/, "", metric)
			if (want != "sample" || metric != name) bad("sample without its type")
			if ($1 !~ /^[a-z_]+(\{[a-z]+="[a-z]+"\})?$/ || NF != 2 || $2 !~ /^-?[0-9]+(\.[0-9]+)?$/) bad("sample")
			samples++
		}
		END { exit failed || !samples }' "$1"
}

@test "every total is that of the slow answer" {
	site_use "$BATS_FILE_TMPDIR"
	summary
	[ "$status" = 0 ]
	[ -z "$(grep '	-$' "$tmp/ours")" ]
	site_oracle who >"$tmp/who"
	[ "$(value seeders)" = "$(awk -F '\t' '$3 != "-" && $6 == "seeder"' "$tmp/who" | wc -l)" ]
	[ "$(value uploaders)" = "$(awk -F '\t' '$3 != "-" && $7 == 1' "$tmp/who" | wc -l)" ]
	[ "$(value uploaders)" -gt 0 ]
	[ "$(value leechers)" = "$(awk -F '\t' '$3 != "-" && $6 == "leecher"' "$tmp/who" | wc -l)" ]
	[ "$(value unknown)" = "$(awk -F '\t' '$3 != "-" && $6 == "unknown"' "$tmp/who" | wc -l)" ]
	# a member of no torrent, two passkeys of nobody
	[ "$(value orphan_pairs)" = 3 ]
	[ "$(value pairs)" = $(($(value seeders) + $(value leechers) + $(value unknown) + 3)) ]
	[ "$(value users_with_set)" = "$(rcli -n 1 dbsize)" ]
	[ "$(value peers)" = "$(($(rcli --scan | grep -xE '[A-Za-z0-9+/]{27}=' | sed "s/.*/zcount & $(($(date +%s) - 300)) +inf/" | rcli | paste -sd+)))" ]
	[ "$(value torrents_with_key)" = "$(rcli --scan | grep -cxE '[A-Za-z0-9+/]{27}=')" ]
	[ "$(value ext_keys)" = "$(rcli --scan --pattern 'ext_*' | wc -l)" ]
	[ "$(value old_keys)" = 2 ]
	[ "$(value other_keys)" = 0 ]
	psql_ -F ' ' -c 'select count(*), count(*) filter (where finished), count(*) filter (where status < 2) from torrent_status' >"$tmp/rows"
	[ "$(value rows) $(value rows_finished) $(value rows_active)" = "$(cat "$tmp/rows")" ]
	psql_ -F ' ' -c 'select sum(uploading), sum(downloading), sum(finished) from torrent_info' >"$tmp/sums"
	[ "$(value site_uploading) $(value site_downloading) $(value site_finished)" = "$(cat "$tmp/sums")" ]
	psql_ -F ' ' -c 'select (select count(*) from users), (select count(*) from torrent)' >"$tmp/counts"
	[ "$(value users) $(value torrents)" = "$(cat "$tmp/counts")" ]
	[ "$(value window) $(value coverage)" = "300 11" ]
	[ "$(value time)" -ge 1700000000 ]
}

@test "torrents and users in one database" {
	site_use "$BATS_FILE_TMPDIR"
	summary
	cp "$tmp/ours" "$tmp/two"
	redis
	rcli -n 0 set other 1
	for key in $(redis-cli -s "$BATS_FILE_TMPDIR/redis.1.sock" -n 1 --scan | grep -xE '[0-9a-f]{32}'); do
		redis-cli -s "$BATS_FILE_TMPDIR/redis.1.sock" -n 1 smembers "$key" | sed "s/^/sadd $key /" | rcli >/dev/null
	done
	summary --users-db 0
	# without the passkey of odd bytes, and without the zsets
	[ "$(value users_with_set)" = $(($(awk '$1 == "users_with_set" { print $2 }' "$tmp/two") - 1)) ]
	[ "$(value other_keys)" = 1 ]
	[ "$(value seeders)" = "$(awk '$1 == "seeders" { print $2 }' "$tmp/two")" ]
}

@test "--prometheus: what the records say, whole, readable by others" {
	site_use "$BATS_FILE_TMPDIR"
	umask 077
	summary --prometheus "$tmp/site.prom"
	[ "$status" = 0 ]
	metrics "$tmp/site.prom"
	[ "$(stat -c %a "$tmp/site.prom")" = 644 ]
	grep -qx "userstats_seeders $(value seeders)" "$tmp/site.prom"
	grep -qx 'userstats_coverage_ratio 0.11' "$tmp/site.prom"
	grep -qx "userstats_look_timestamp_seconds $(value time)" "$tmp/site.prom"
	grep -qx 'userstats_up{store="redis"} 1' "$tmp/site.prom"
	grep -qx 'userstats_up{store="postgresql"} 1' "$tmp/site.prom"
	# all records are there
	[ "$(grep -c '^userstats_' "$tmp/site.prom")" = $(($(wc -l <"$tmp/ours") + 2)) ]
	[ -z "$(find "$tmp" -name '.peerutils-*')" ]
	# where no file can be, nothing is asked
	run -2 --separate-stderr userstats summary --prometheus "$tmp/nowhere/site.prom"
	[ -z "$output" ]
}

@test "one store down: what the other knows; both: nothing" {
	site_use "$BATS_FILE_TMPDIR"
	summary --redis unix:"$tmp/nowhere" --prometheus "$tmp/pg.prom"
	[ "$status" = 1 ]
	metrics "$tmp/pg.prom"
	grep -qx 'userstats_up{store="redis"} 0' "$tmp/pg.prom"
	grep -q '^userstats_rows ' "$tmp/pg.prom"
	[ -z "$(grep -E '^userstats_(peers|pairs|seeders|ext_keys)' "$tmp/pg.prom")" ]
	[ "$(value peers)$(value seeders)$(value users_with_set)" = --- ]
	PGHOST=$tmp summary --prometheus "$tmp/redis.prom"
	[ "$status" = 1 ]
	metrics "$tmp/redis.prom"
	grep -qx 'userstats_up{store="postgresql"} 0' "$tmp/redis.prom"
	[ "$(value rows)$(value seeders)$(value users)$(value site_uploading)" = ---- ]
	[ "$(value pairs)" -gt 100 ]
	PGHOST=$tmp run -2 --separate-stderr userstats summary --redis unix:"$tmp/nowhere" --prometheus "$tmp/none.prom"
	[ ! -e "$tmp/none.prom" ]
}

@test "a sum that does not fit into 64 bits: unset, and told; the others are there" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c 'create table saved as select * from torrent_info' -c 'update torrent_info set finished = 9223372036854775807 where id in (3, 4)'
	summary
	[ "$status" = 1 ]
	[ "$(value site_finished)" = - ]
	[ "$(value site_uploading)" = "$(psql_ -c 'select sum(uploading) from torrent_info')" ]
	[ "$(wc -l <"$tmp/err")" = 1 ]
	grep -qF "a sum of the site's own counters does not fit into 64 bits: unset" "$tmp/err"
	psql_ -c 'update torrent_info set finished = case id when 3 then 9223372036854775806 when 4 then 1 else 0 end'
	summary
	[ "$status" = 0 ]
	[ "$(value site_finished)" = 9223372036854775807 ]
	psql_ -c 'update torrent_info set finished = -9223372036854775807 where id in (3, 4)'
	summary
	[ "$status" = 1 ]
	[ "$(value site_finished)" = - ]
	psql_ -1 -c 'update torrent_info i set finished = s.finished from saved s where s.id = i.id' -c 'drop table saved'
}

@test "permission denied: a store that will not tell is no empty one" {
	site_use "$BATS_FILE_TMPDIR"
	rcli acl setuser default -zcount
	summary --prometheus "$tmp/site.prom"
	rcli acl setuser default +zcount
	[ "$status" = 1 ]
	grep -q NOPERM "$tmp/err"
	[ "$(value peers)" = - ]
	[ "$(value seeders)" -gt 0 ]
	grep -qx 'userstats_up{store="redis"} 0' "$tmp/site.prom"
}
