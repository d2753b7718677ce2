# userstats_orphans.bats - orphans and ghosts, against the slow answer, and the faults that were put there

load ../support/helpers
load ../support/site
bats_require_minimum_version 1.5.0

setup_file() {
	site_begin 7
	[ -z "${file_lacks:-}" ] || return 0
	mkdir "$tmp/clean" "$tmp/broken"
	site_oracle all "$tmp/clean"
	for verb in orphans ghosts; do
		userstats "$verb" --reveal -o "$(site_oracle columns $verb)" | sort >"$tmp/clean/$verb.ours"
	done
	site_break
	site_oracle all "$tmp/broken"
}

teardown_file() {
	site_down
}

use_site() {
	site_use "$BATS_FILE_TMPDIR"
	clean=$BATS_FILE_TMPDIR/clean broken=$BATS_FILE_TMPDIR/broken faults=$site/faults
}

# same VERB [OPTION...] - what it prints now, in the columns of the slow answer, and nothing else
same() {
	local verb=$1 want=$1
	shift
	[ "${1:-}" != --reverse ] || want=site-orphans
	userstats "$verb" "$@" --reveal -o "$(site_oracle columns "$want")" 2>"$tmp/err" | sort >"$tmp/ours"
	diff -u "$broken/$want" "$tmp/ours"
}

@test "orphans: those that were put there, and nothing else" {
	use_site
	diff -u "$clean/orphans" "$clean/orphans.ours"
	[ ! -s "$clean/orphans" ]
	same orphans
	# each fault by name: hash key, ext_ key, two passkeys, a member
	[ "$(wc -l <"$tmp/ours")" = 5 ]
	grep -q "^torrent	$(cut -f 1 "$faults/unknown_hash")	" "$tmp/ours"
	grep -q "^ext	$(cut -f 1 "$faults/unknown_ext")	" "$tmp/ours"
	grep -q "^member	$(cut -f 1 "$faults/unknown_member")	" "$tmp/ours"
	[ "$(grep -c '^user	' "$tmp/ours")" = 2 ]
	# a passkey with quotes, a NUL, and bytes that are no UTF-8
	grep -q 'x00' "$tmp/ours"
	grep -q 'no info hashes' "$tmp/err"
}

@test "orphans --reverse: what the site has and Redis has not" {
	use_site
	same orphans --reverse
	[ -s "$tmp/ours" ]
}

@test "orphans: passkeys are masked unless they are asked for, and equal ones stay equal" {
	use_site
	run --separate-stderr userstats orphans -m 'kind = user' -o passkey
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 2 ]
	userstats orphans --reveal -m 'kind = user' -o passkey 2>/dev/null >"$tmp/revealed" || :
	run ! grep -qFf <(printf '%s\n' "${lines[@]}") "$tmp/revealed"
	PEERUTILS_MASK_KEY=k userstats orphans -m 'kind = user' -o passkey 2>/dev/null >"$tmp/a" || :
	PEERUTILS_MASK_KEY=k userstats orphans -m 'kind = user' -o passkey 2>/dev/null >"$tmp/b" || :
	cmp "$tmp/a" "$tmp/b"
}

@test "orphans needs both stores" {
	use_site
	PGHOST=$tmp run --separate-stderr userstats orphans
	[ "$status" = 2 ]
	[ -z "$output" ]
	REDIS_URL=unix:$tmp/none run --separate-stderr userstats orphans
	[ "$status" = 2 ]
	[ -z "$output" ]
}

@test "ghosts: as the slow answer has them, before and after the faults" {
	use_site
	diff -u "$clean/ghosts" "$clean/ghosts.ours"
	same ghosts
	# the two that were put there are new
	comm -13 "$clean/ghosts" "$tmp/ours" | cut -f 1,2,4 >"$tmp/new"
	grep -qx "member	$(cut -f 1 "$faults/ghost_member")	$(cut -f 2 "$faults/ghost_member")" "$tmp/new"
	grep -qx "ext	$(cut -f 1 "$faults/ghost_ext")	$(cut -f 2 "$faults/ghost_ext")" "$tmp/new"
}

@test "ghosts without PostgreSQL: the same, without names, exit status 1" {
	use_site
	PGHOST=$tmp run --separate-stderr userstats ghosts --reveal -o kind,info_hash,passkey,live
	[ "$status" = 1 ]
	[[ $stderr == *partial* ]]
	sort <<<"$output" >"$tmp/ours"
	awk -F '\t' -v OFS='\t' '{ print $1, $3, $6, $7 }' "$broken/ghosts" | sort | diff -u - "$tmp/ours"
}

@test "what Redis refuses to say is told, and taken for nothing" {
	use_site
	local command
	for command in zcount smembers; do
		rcli acl setuser default "-$command"
		run --separate-stderr userstats ghosts
		rcli acl setuser default "+$command"
		[ "$status" = 2 ]
		[ -z "$output" ]
		[[ $stderr == *NOPERM*partial* ]]
	done
	rcli acl setuser default -zcard
	run --separate-stderr userstats orphans -m 'kind = torrent' -o members --unset none
	rcli acl setuser default +zcard
	[ "$status" = 1 ]
	[ "$(sort -u <<<"$output")" = none ]
	[[ $stderr == *NOPERM*partial* ]]
}

@test "ghosts without Redis: cannot run" {
	use_site
	REDIS_URL=unix:$tmp/none run --separate-stderr userstats ghosts
	[ "$status" = 2 ]
	[ -z "$output" ]
}

@test "orphans and ghosts where torrents and users are in one database" {
	need_postgres
	site_use "$BATS_FILE_TMPDIR"
	redis
	rcli sadd 0123456789abcdef0123456789abcdef htTIACSkab5MULxaECz3F4AxAHQ= >/dev/null
	rcli sadd ext_htTIACSkab5MULxaECz3F4AxAHQ= 0123456789abcdef0123456789abcdef >/dev/null
	run --separate-stderr userstats orphans --users-db 0 --reveal -o kind,info_hash,passkey,members
	[ "$status" = 0 ]
	[ "$output" = "$(tsv "ext 86d4c80024a469be4c50bc5a102cf71780310074 - 1" "user - 0123456789abcdef0123456789abcdef 1")" ]
	run --separate-stderr userstats ghosts --users-db 0 --reveal -o kind,info_hash,passkey,live
	[ "$status" = 0 ]
	[ "$output" = "$(tsv "member 86d4c80024a469be4c50bc5a102cf71780310074 0123456789abcdef0123456789abcdef 0" \
		"ext 86d4c80024a469be4c50bc5a102cf71780310074 0123456789abcdef0123456789abcdef 0")" ]
}
