# userstats_dead.bats - torrents without a seeder and with one: over nine looks exactly those, by one look too many

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site

setup_file() {
	site_begin
	[ -z "${file_lacks:-}" ] || return 0
	site_load 7 80 60
	add_faults
	make_looks "$tmp"
}

teardown_file() {
	site_down
}

# but for entries of other forms, of which two may be one address
add_faults() {
	mkdir -p "$site/faults"
	site_break_orphans && site_break_ghosts && site_break_rows
}

# make_looks DIR - DIR/1 to 9, each with what is live of a ninth of the users and entries, and of some that others have,
# too, 300 s after the one before
make_looks() {
	userstats snapshot "$1/all" >/dev/null
	for look in 1 2 3 4 5 6 7 8 9; do
		awk -F '\t' -v OFS='\t' -v look=$look '/^look/ { print $1, int($2) - (9 - look) * 300, "-", "-", "-", "-", 300, "-", "-" }
			/^peer/ { n++; if (n % 9 == look - 1 || n % 18 == look) print }
			/^member/ { if (!($2 in slot)) slot[$2] = users++ % 27; if (slot[$2] % 9 == look - 1 || slot[$2] == look) print }' "$1/all" >"$1/$look"
	done
}

# oracle SEEDERS - torrents that have as many, in the columns of the oracle, by number
oracle() {
	site_oracle torrents | awk -F '\t' -v seeders="$1" '$2 != "-" && $4 == seeders'
}

@test "dead and dying over nine looks are what the oracle says, in the order of their numbers" {
	site_use "$BATS_FILE_TMPDIR"
	seeders=0
	for verb in dead dying; do
		oracle $seeders >"$tmp/want"
		[ "$(wc -l <"$tmp/want")" -ge 3 ]
		run -0 --separate-stderr userstats $verb "$BATS_FILE_TMPDIR"/[1-9] -o "$(site_oracle columns torrents)"
		diff "$tmp/want" <(sort <<<"$output")
		sort -nc <<<"$output"
		[ -z "$stderr" ]
		[ "$(userstats $verb "$BATS_FILE_TMPDIR"/[1-9] -o window,coverage | sort -u)" = "$(tsv '2700 1')" ]
		# one of the looks sees a ninth, and says so
		run -0 --separate-stderr userstats $verb "$BATS_FILE_TMPDIR/4" -o tid
		[ "$(sort <<<"$output")" != "$(cut -f 1 "$tmp/want" | sort)" ]
		[[ $stderr == *"11 % of who is there"* ]]
		seeders=1
	done
	# without Redis
	REDIS_URL=unix:$tmp/nobody run -0 userstats dead "$BATS_FILE_TMPDIR"/[1-9] -o tid
	[ "${#lines[@]}" = "$(oracle 0 | wc -l)" ]
}

@test "without a snapshot it is one look at Redis" {
	site_use "$BATS_FILE_TMPDIR"
	for seeders in 0 1; do
		verb=$([ $seeders = 0 ] && echo dead || echo dying)
		run -0 --separate-stderr userstats $verb -o "$(site_oracle columns torrents)"
		diff <(oracle $seeders) <(sort <<<"$output")
		[[ $stderr == *"one look shows about 11 %"*"give it snapshots"* ]]
	done
	run -0 --separate-stderr userstats dead --interval 300
	[ -z "$stderr" ]
}

@test "what one store alone cannot say is not said" {
	site_use "$BATS_FILE_TMPDIR"
	REDIS_URL=unix:$tmp/nobody run -2 --separate-stderr userstats dead
	[ -z "$output" ]
	PGHOST=$tmp run -2 --separate-stderr userstats dead "$BATS_FILE_TMPDIR/1"
	[ -z "$output" ]
	# a bad snapshot does not make all torrents dead
	: >"$tmp/empty"
	run -1 --separate-stderr userstats dead "$tmp/empty"
	[ -z "$output" ]
	run -2 --separate-stderr userstats dead "$tmp/none"
	[ -z "$output" ]
	# nor do sets that may not be read
	rcli acl setuser peeping on nopass '~*' +@all -smembers >/dev/null
	REDIS_URL=unix://peeping:x@$sock run -2 --separate-stderr userstats dead
	[ -z "$output" ]
	rcli acl deluser peeping >/dev/null
}
