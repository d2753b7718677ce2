# helpers.bash - what the bats tests share: `load ../support/helpers` (from tests/: `load support/helpers`)
# shellcheck shell=bash disable=SC2034 # variables here are read by the tests
#
#	$tmp               a private folder, removed after the test ($BATS_TEST_TMPDIR)
#	$top, $samples     the project's folder, and tests/samples in it
#	need PROGRAM       skips the test when it is not installed; in CI (CI or REQUIRE_SERVERS set) the test fails
#	need_module NAME   the same for a module of Debian's python3; in setup_file both are meant for all tests of the file
#	need_ipv6          skips the test where loopback has no ::1, in CI too
#	redis [OPTION...]  starts a private redis-server for this test: $sock, $REDIS_URL. redis_tcp: on $port too
#	postgres [OPTION...]   starts a private PostgreSQL server: PGHOST and what else psql_ and libpq want (see pg.bash)
#	need_postgres      skips the test, or fails in CI, when there is no PostgreSQL server
#	rcli ...           redis-cli on that server (bytes as they are when not on a terminal)
#	golden NAME        compares stdin with golden/NAME beside the test; GOLDEN=write (make golden) rewrites it
#	bytes HEX...       writes those bytes
#	tsv 'a b c'        writes its arguments as lines, with TABs for spaces
#	wait_for COMMAND   until it succeeds, ten seconds at most
#	background COMMAND starts it; killed after the test at the latest; $! is its id
#
# The tools on PATH are the sanitized ones; $PEERUTILS_RELEASE is the folder of those built as they ship, for what
# measures memory or time.

# shellcheck source=tests/support/redis.bash
source "${BASH_SOURCE[0]%/*}/redis.bash"
# shellcheck source=tests/support/pg.bash
source "${BASH_SOURCE[0]%/*}/pg.bash"

top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
samples=$top/tests/samples

setup() {
	tmp=$BATS_TEST_TMPDIR
	background_pids=()
	# A test says itself which server it speaks to and where the settings come from.
	unset REDIS_URL REDISCLI_AUTH PEERUTILS_MASK_KEY "${!PG@}"
	export LC_ALL=C.UTF-8 TZ=UTC
	[ -z "${file_lacks:-}" ] || skip "$file_lacks is not installed"
}

teardown() {
	stop_all
}

# stop_all - for a test file with its own teardown
stop_all() {
	local pid
	for pid in "${background_pids[@]}"; do
		kill "$pid" 2>/dev/null
	done
	redis_down
	pg_down
}

# missing NAME - a failure in CI, else a skip: in setup_file, where bats takes that for a failure, of each test of the file
missing() {
	[ -z "${CI:-}${REQUIRE_SERVERS:-}" ] || { echo "$1 is not installed" >&2; return 1; }
	[ -z "${BATS_TEST_TMPDIR:-}" ] || skip "$1 is not installed"
	export file_lacks=$1
}

need() {
	command -v "$1" >/dev/null && return
	missing "$1"
}

need_module() {
	/usr/bin/python3 -c "import $1" 2>/dev/null && return
	missing "python3-$1"
}

ipv6() {
	grep -qs ' lo$' /proc/net/if_inet6
}

need_ipv6() {
	ipv6 || skip "no IPv6 on loopback"
}

redis() {
	need redis-server
	redis_up "$tmp" "$@"
}

redis_tcp() {
	need redis-server
	redis_up_tcp "$tmp" "$@"
}

need_postgres() {
	pg_find && return
	missing postgresql
}

postgres() {
	need_postgres
	pg_up "$tmp" "$@"
}

rcli() {
	redis-cli -s "$sock" "$@"
}

golden() {
	local file=$BATS_TEST_DIRNAME/golden/$1
	if [ "${GOLDEN:-}" = write ]; then
		mkdir -p "${file%/*}"
		cat >"$file"
		return
	fi
	diff -u "$file" - || { echo "differs from $file (make golden rewrites it)" >&2; return 1; }
}

bytes() {
	local hex
	hex=$(printf '%s' "$@" | tr -d '[:space:]')
	# shellcheck disable=SC2001,SC2059 # two digits at a time; the format is the bytes
	printf "$(sed 's/../\\x&/g' <<<"$hex")"
}

tsv() {
	printf '%s\n' "$@" | tr ' ' '\t'
}

wait_for() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "waited ten seconds in vain for: $*" >&2
	return 1
}

background() {
	setpriv --pdeathsig KILL "$@" 3>&- 4>&- &
	background_pids+=($!)
}
