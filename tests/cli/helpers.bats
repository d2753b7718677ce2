# helpers.bats - tests/support/helpers.bash itself: what is not installed is a skip, in CI a failure, wherever it is asked

load ../support/helpers

# bats_of LINE [NAME=VALUE...] - what bats says of a file with that setup_file and two tests; its exit status in $status
bats_of() {
	printf '%s\n' "load '$top/tests/support/helpers'" "setup_file() { $1; }" 'teardown_file() { true; }' >"$tmp/inner.bats"
	# not as bats wants it here, or it would be a test of this file
	printf '@test "%s" {\n%s\n}\n' one true two 'need no-such-program' >>"$tmp/inner.bats"
	status=0
	env -i PATH="${PATH#"$BATS_LIBEXEC:"}" HOME="$tmp" TMPDIR="$tmp" "${@:2}" bats --tap "$tmp/inner.bats" >"$tmp/out" 2>&1 3>&- 4>&- </dev/null || status=$?
}

@test "what a whole file needs is a skip of each of its tests" {
	for what in 'need no-such-program' 'need_module no_such_module'; do
		bats_of "$what"
		[ "$status" = 0 ]
		[ "$(grep -c '^ok .* # skip .*no.such.* is not installed$' "$tmp/out")" = 2 ]
	done
}

@test "what one test needs is a skip of that one" {
	bats_of true
	[ "$status" = 0 ]
	grep -qx 'ok 1 one' "$tmp/out"
	grep -qx 'ok 2 two # skip no-such-program is not installed' "$tmp/out"
}

@test "in CI both are failures" {
	bats_of 'need no-such-program' CI=1
	[ "$status" = 1 ]
	grep -q '^not ok 1 setup_file failed' "$tmp/out"
	bats_of true CI=1
	[ "$status" = 1 ]
	grep -qx 'ok 1 one' "$tmp/out"
	grep -q '^not ok 2 two' "$tmp/out"
}

@test "PostgreSQL servers and a pooler, side by side, gone when they are to" {
	postgres
	PGPASSWORD=x PGOPTIONS=-cwork_mem=nonsense
	export PGPASSWORD PGOPTIONS
	first=$PGHOST
	pg_up "$tmp" -c work_mem=77kB
	[ "$(psql_ -c 'show work_mem; create table t(); insert into t default values; select count(*) from t')" = $'77kB\n1' ]
	[ "$(psql_ -h "$first" -c "select count(*) from pg_class where relname = 't'")" = 0 ]
	folders=("$first" "$PGHOST")
	if command -v pgbouncer /usr/sbin/pgbouncer >/dev/null; then
		pgbouncer_up "$tmp"
		folders+=("$PGHOST")
		[ "$(psql_ -c 'select count(*) from t')" = 1 ]
	fi
	pg_down
	for folder in "${folders[@]}"; do
		[ ! -e "$folder" ]
	done
	# one whose shell is killed
	bash -c '. "$1/tests/support/pg.bash"; pg_up "$2"; echo "$PGHOST" >"$2/folder"; kill -9 $$' - "$top" "$tmp" || :
	wait_for test ! -e "$(cat "$tmp/folder")"
	status=0
	postgres -c no_such_option=1 2>"$tmp/err" || status=$?
	[ "$status" = 1 ]
	grep -q '^PostgreSQL did not start: ' "$tmp/err"
	grep -q no_such_option "$tmp/err"
}
