# userstats.bash - what the tests of userstats share, after helpers and site: running it, what it said, who was asked
# shellcheck shell=bash disable=SC2154 # $tmp, $sock, $site and others are from helpers and site
#
#	slow_site SEED [break]  as site_begin, with the slow answers to everything about it; break: also two torrents of one info hash
#	use_slow_site WHAT      for a test: $slow, where the answers are, and $columns of WHAT
#	us STATUS ARG...        runs userstats: stdout in $tmp/out, stderr in $tmp/err; its exit status must be STATUS
#	says TEXT, quiet        the text is somewhere in $tmp/err; nothing is
#	out LINE...             what $tmp/out must be
#	watched ARG...          begins userstats ARG... --watch 1: stdout in $tmp/out; its first look has been printed
#	watched_end             ends it, which must be an end like any other
#	before redis|postgres HOW AFTER   $REDIS_URL or $PGHOST is one that spoils that of $sock or $real_host (see spoil), at $door
#	asked_begin             forgets how often the servers were asked
#	asked_pg, asked COMMAND how many statements PostgreSQL had since, how often Redis was asked that

slow_site() {
	site_begin "$@"
	[ -z "${file_lacks:-}" ] || return 0
	[ "${2:-}" != break ] || psql_ -c "update torrent set infohash = (select infohash from torrent where id = 4) where id = 9"
	mkdir "$tmp/slow"
	site_oracle all "$tmp/slow"
}

# shellcheck disable=SC2034 # the tests read them
use_slow_site() {
	site_use "$BATS_FILE_TMPDIR"
	slow=$BATS_FILE_TMPDIR/slow
	columns=$(site_oracle columns "$1")
}

us() {
	local want=$1 status=0
	shift
	userstats "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "userstats $*: exit status $status, want $want"; head -n 30 "$tmp/err"; return 1; } >&2
}

says() {
	grep -qF -e "$1" "$tmp/err" || { echo "no '$1' in:"; head -n 30 "$tmp/err"; return 1; } >&2
}

quiet() {
	[ ! -s "$tmp/err" ] || { head -n 30 "$tmp/err" >&2; return 1; }
}

out() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/out" >&2
}

watched() {
	background env --default-signal=INT timeout --foreground 100 userstats "$@" --watch 1 >"$tmp/out" 2>"$tmp/err"
	watching=$!
	wait_for grep -q 'looking again' "$tmp/err"
}

watched_end() {
	kill -INT "$watching"
	wait "$watching"
}

before() {
	local server=$sock
	door=$tmp/$1.$2.$3
	mkdir -p "$door"
	[ "$1" = redis ] || server=$real_host/.s.PGSQL.5432
	if [ "$1" = redis ]; then door+=/sock; else door+=/.s.PGSQL.5432; fi
	# an earlier one may be there still
	rm -f "$door" "$door.held" "$door.go"
	background "$top/tests/support/spoil" "$door" "$server" "$2" "$3"
	wait_for test -S "$door"
	if [ "$1" = redis ]; then export REDIS_URL=unix:$door; else export PGHOST=${door%/*}; fi
}

# The reset and the question are not counted.
asked_begin() {
	psql_ -c 'select from pg_stat_statements_reset()' >/dev/null
	rcli config resetstat >/dev/null
}

asked_pg() {
	psql_ -c "select coalesce(sum(calls), 0) from pg_stat_statements where query !~ 'pg_stat_statements'"
}

asked() {
	local calls
	calls=$(rcli info commandstats | sed -n "s/^cmdstat_$1:calls=\([0-9]*\),.*/\1/p")
	echo "${calls:-0}"
}
