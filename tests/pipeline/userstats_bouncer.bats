# userstats_bouncer.bats - a site whose PostgreSQL is behind a pooler of transactions: what it prints without, byte for byte
# shellcheck disable=SC2046 # numbers and info hashes are words of their own

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site

setup_file() {
	need redis-server
	need_postgres
	need_bouncer
	tmp=$BATS_FILE_TMPDIR
	[ -z "${file_lacks:-}" ] || return 0
	site_up "$tmp" && site_load 5 && site_save || return
	direct=$PGHOST
	pgbouncer_up "$tmp" && declare -p direct PGHOST PGPORT | sed 's/^declare -x/export/; s/^declare --/export/; s/PGHOST/pooled/; s/PGPORT/pooled_port/' >>"$site/settings"
}

need_bouncer() {
	PATH=$PATH:/usr/sbin need pgbouncer
}

teardown_file() {
	site_down
}

# same WORD... - without the pooler and with it; nothing is complained of
same() {
	PGHOST=$direct userstats "$@" >"$tmp/direct" 2>"$tmp/direct.err"
	PGHOST=$pooled PGPORT=$pooled_port userstats "$@" >"$tmp/pooled" 2>"$tmp/pooled.err"
	[ -s "$tmp/direct" ]
	cmp "$tmp/direct" "$tmp/pooled" >&2
	[ ! -s "$tmp/pooled.err" ]
}

@test "torrents: the same bytes" {
	site_use "$BATS_FILE_TMPDIR"
	same torrents --all -q
	same torrents --all --live-only -q
	same torrents $(seq 39 -1 1)
	same torrents --live-only $(seq 39 -1 1)
	same torrents $(cut -f 4 "$site/torrent")
}

@test "a statement that is refused does not end the session, nor the look" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c 'alter table torrent_status rename to elsewhere'
	PGHOST=$pooled PGPORT=$pooled_port run --separate-stderr userstats torrents --all
	psql_ -c 'alter table elsewhere rename to torrent_status'
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 40 ]
	[[ "$stderr" == *torrent_status*42P01* ]]
}
