# userstats.bash - the part of the bench for userstats: pages and whole reports of a large site, beside shell and Python
#
# Sourced by tests/bench/run. BENCH_TORRENTS (100000) and BENCH_USERS (200000) make it smaller. Whole processes, their
# start too: the time that passes (the servers work in it), the CPU seconds of the client, its memory at most, and how
# often the servers were asked.
# shellcheck shell=bash disable=SC2154 # what run sets

# asked - statements that PostgreSQL ran (but this), and commands of Redis
asked() {
	printf '%s %s\n' "$(psql_ -c "select coalesce(sum(calls), 0) from pg_stat_statements where query !~ 'pg_stat_statements'")" \
		"$(redis-cli -s "$sock" info stats | tr -d '\r' | sed -n 's/^total_commands_processed://p')"
}

# site_row NAME TARGET COMMAND... - medians of several runs. TARGET in ms, or -
site_row() {
	local name=$1 target=$2 before after i
	shift 2
	"$@" >/dev/null 2>&1
	before=$(asked)
	"$@" >/dev/null 2>&1
	after=$(asked)
	for ((i = 0; i < runs; i++)); do
		$python -c 'import os, resource, subprocess, sys, time
begin = time.monotonic()
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall = time.monotonic() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall * 1000, (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024)
sys.exit(status > 1)' "$@" || echo "failed: $*" >&2
	done >"$dir/rows"
	printf '  %-46s %9.1f ms %8.1f ms CPU %6.1f MB %4d statements %6d commands  (to reach: %s ms)\n' "$name" "$(site_column 1)" "$(site_column 2)" \
		"$(site_column 3)" $((${after% *} - ${before% *})) $((${after#* } - ${before#* } - 1)) "$target"
}

site_column() { cut -d ' ' -f "$1" "$dir/rows" | sort -n | sed -n "$((runs / 2 + 1))p"; }

# A page as a script does it: two programs for each torrent.
page_in_shell() {
	local tid key
	for tid in "$@"; do
		key=$(psql_ -c "select encode(decode(infohash, 'hex'), 'base64') from torrent where id = $tid")
		redis-cli -s "$sock" zcount "$key" $(($(date +%s) - 300)) +inf
	done
}

bench_userstats() {
	local torrents=${BENCH_TORRENTS:-100000} users=${BENCH_USERS:-200000} tids uids begin
	# shellcheck source=tests/support/pg.bash
	. tests/support/pg.bash
	# shellcheck source=tests/bench/site.bash
	. tests/bench/site.bash
	# shellcheck disable=SC2317 # tests/bench/run calls it
	finish() { redis_down; pg_down; rm -rf "$dir"; }
	chmod 755 "$dir"
	site_large "$dir" "$torrents" "$users" || exit 2
	psql_ -c 'create extension if not exists pg_stat_statements' -c checkpoint 2>/dev/null
	tids=$(seq 7 $((torrents / 100)) "$torrents" | head -n 100) uids=$(seq 11 $((users / 100)) "$users" | head -n 100)

	heading "a site of $torrents torrents, $users users, $(psql_ -c 'select count(*) from torrent_status') rows; indexes as upstream has them"
	# shellcheck disable=SC2086 # lists of numbers
	{
		# what takes milliseconds is taken more often
		runs=25 site_row 'userstats --version: the start alone' - userstats --version
		runs=25 site_row 'torrents --live-only, a page of 100' 12 userstats torrents --live-only $tids
		runs=25 site_row 'torrents, a page of 100' 100 userstats torrents $tids
		begin=$(date +%s%N)
		page_in_shell $tids >/dev/null
		printf '  %-46s %9.1f ms\n' 'psql and redis-cli for each, live only' $((($(date +%s%N) - begin) / 1000000))
		runs=25 site_row 'current of 100 users' 60 userstats current $uids
		runs=25 site_row 'completed of 100 users' 500 userstats completed $uids
		site_row 'torrents --all --live-only' 700 userstats torrents --all --live-only
		site_row 'torrents --all' - userstats torrents --all
		site_row 'current --all' - userstats current --all
		site_row 'drift' 4000 userstats drift
		site_row 'orphans' - userstats orphans
		site_row 'ghosts' - userstats ghosts
		site_row 'shared' - userstats shared
		site_row 'summary' - userstats summary
		site_row 'snapshot' - sh -c "rm -f $dir/look; userstats snapshot $dir/look"
		heading 'with indexes on torrent(infohash) and torrent_status(uid)'
		site_indexes
		runs=25 site_row 'current of 100 users' 60 userstats current $uids
		runs=25 site_row 'completed of 100 users' 15 userstats completed $uids
	}
	redis_down
	pg_down
}
