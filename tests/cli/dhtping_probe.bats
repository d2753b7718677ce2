# dhtping_probe.bats - the verb probe: what it finds about real nodes, and about those that misbehave

load ../support/helpers
load ../support/dhtping

setup_file() {
	load ../support/helpers
	load ../support/dhtping
	swarm 8 --dual 3
	hostile silence cut-t wrong-id our-id own-contact triple unsorted-keys big-values odd-ip error-list error-escape reflector \
		interval-negative garbage nested-lists no-id flood late
}

teardown_file() { dht_down; }

# probe STATUS WORD... - runs it; $output is stdout
probe() {
	local want=$1
	shift
	status=0
	output=$(dhtping probe "${us[@]}" "$@" 2>"$tmp/err") || status=$?
	[ "$status" -eq "$want" ] || { echo "status $status, not $want: $output" "$(<"$tmp/err")" >&2; return 1; }
}

# found CHECK [COLUMN] - what the one line of that check has as result, or in that column
found() { awk -F '\t' -v check="$1" -v column="${2:-4}" '$3 == check { print $column }' <<<"$output"; }

# finds CHECK=RESULT...
finds() {
	local word
	for word; do
		[ "$(found "${word%%=*}")" = "${word#*=}" ] || { echo "${word%%=*} is '$(found "${word%%=*}")', not ${word#*=}" "$output" >&2; return 1; }
	done
}

@test "a libtorrent node: all that it answers, and how" {
	probe 0 "$(swarm_node 6)"
	[ ! -s "$tmp/err" ]
	finds ping=yes client=yes ip=ok t_1=ok t_2=ok t_8=ok t_20=ok find_node=yes want_n4=yes want_n6=part want_both=part read_only=ok \
		get_peers=yes token=yes made_up_peers=ok token_made_up=ok token_of_hash=yes announce_peer=yes token_of_port=no \
		announce_kept=yes scrape=yes sample_infohashes=yes interval=ok get=yes put=yes put_kept=yes unknown_method=other \
		unknown_target=yes malformed=ok id=ok bep42=exempt packets=ok
	[ "$(found client 6)" = "LT $(/usr/bin/python3 -c 'import libtorrent; print(".".join(libtorrent.__version__.split(".")[:3]))')" ]
	[ "$(found id 6)" = "$(swarm_id 6)" ]
	[ "$(found token 5)" = 4 ]
	[ "$(found token_made_up 5)	$(found token_made_up 6)" = "203	invalid token" ]
	[ "$(found unknown_method 5)" = 203 ]
	[ "$(found interval 5)" = 21600 ]
	[ "$(found loss 5)	$(found loss 6)" = "0	5 of 5 pings answered" ]
	[ "$(found announce_kept 5)" -ge 1 ]
	# eight nodes are known to it, at most
	[ "$(found find_node 5)" -ge 1 ]
	[ "$(found find_node 5)" -le 8 ]
	awk -v largest="$(found largest 5)" -v factor="$(found amplification 5)" 'BEGIN { exit !(largest > 200 && largest < 2000 && factor > 1 && factor < 20) }'
	awk -v p50="$(found rtt_p50 5)" -v p90="$(found rtt_p90 5)" 'BEGIN { exit !(p50 > 0 && p50 <= p90) }'
	# every line is about that node, and each check is there once
	[ "$(cut -f 2 <<<"$output" | sort -u)" = "$(swarm_node 6)" ]
	[ -z "$(cut -f 3 <<<"$output" | sort | uniq -d)" ]
	# and in the manual
	while read -r check; do
		grep -Eq "^\.It Li .*\b$check\b" "$top/man/dhtping.1" || { echo "$check is not in dhtping(1)" >&2; false; }
	done < <(cut -f 3 <<<"$output")
}

@test "a node of both families is probed over either, and honours want" {
	need_ipv6
	us=(--bind ::1)
	probe 0 "$(swarm_node6 2)"
	finds ping=yes ip=ok want_n4=yes want_n6=yes want_both=yes read_only=ok token_of_hash=yes announce_kept=yes put_kept=yes id=ok
	[ "$(found id 6)" = "$(swarm_id6 2)" ]
	[[ $(found find_node 6) == '0 IPv4, '[1-3]' IPv6' ]]
}

@test "nobody is told of us who did not announce: ro is honoured, and no torrent is touched but a random one" {
	local before after
	before=$(dhtping sample "${us[@]}" "$(swarm_node 5)" -o info_hash 2>/dev/null | sort -u || true)
	probe 0 "$(swarm_node 5)" -o check,result -m 'check = read_only'
	[ "$output" = "read_only	ok" ]
	after=$(dhtping sample "${us[@]}" "$(swarm_node 5)" -o info_hash 2>/dev/null | sort -u || true)
	[ "$(comm -13 <(echo "$before") <(echo "$after") | grep -c .)" -le 2 ]
}

@test "many nodes at once, from a list too; one that is silent makes it 1" {
	probe 0 "$(swarm_node 1)" "$(swarm_node 2)" "$(swarm_node 4)" -m 'check = id' -o endpoint,detail
	[ "$(sort <<<"$output")" = "$(for n in 1 2 4; do printf '%s\t%s\n' "$(swarm_node $n)" "$(swarm_id $n)"; done | sort)" ]
	head -n 2 "$swarm/nodes" >"$tmp/nodes"
	hostile_at silence >>"$tmp/nodes"
	probe 1 -f "$tmp/nodes" -W 1 -m 'check = ping' -o endpoint,result
	[ "$(sort <<<"$output")" = "$(printf '%s\tyes\n%s\tyes\n%s\tnone\n' "$(swarm_node 1)" "$(swarm_node 2)" "$(hostile_at silence)" | sort)" ]
}

@test "what is silent, or as good as silent, is asked little" {
	local name before
	for name in silence garbage nested-lists late; do
		before=$(hostile_asked $name)
		probe 1 "$(hostile_at $name)" -W 0.2
		[ "$output" = "probe	$(hostile_at $name)	ping	none	-	timeout" ] || { echo "$name: $output"; false; }
		# two pings, and two that try the transaction id
		[ $(($(hostile_asked $name) - before)) -eq 4 ]
	done
	probe 1 "$(hostile_at reflector)" -W 0.2
	[[ $(found ping 6) == reflected ]]
}

@test "each that misbehaves is found out, and by what" {
	local name checks
	while read -r name checks; do
		probe 1 "$(hostile_at "$name")"
		# shellcheck disable=SC2086 # words
		finds $checks || { echo "$name"; false; }
		[ "$(wc -l <<<"$output")" -lt 45 ]
	done <<-'EOF'
		cut-t ping=none t_8=bad t_1= find_node=
		wrong-id ping=yes id=bad
		own-contact read_only=bad token_made_up=bad
		triple id=ok t_1=ok token_made_up=bad packets=ok announce_kept=no
		unsorted-keys packets=bad
		big-values made_up_peers=bad
		odd-ip packets=bad
		no-id id=none packets=bad
		interval-negative interval=bad
		flood ping=yes token_made_up=bad
	EOF
}

@test "an answer that is an error is no reply, and its text is escaped" {
	probe 0 "$(hostile_at error-list)"
	finds ping=no find_node=no get_peers=no sample_infohashes=no unknown_method=other malformed=other id=none
	[ "$(found ping 5)" = 201 ]
	probe 0 "$(hostile_at error-escape)"
	[ -z "$(LC_ALL=C tr -d '\t\n\40-\176' <<<"$output")" ]
	[[ $output == *'\x1b]0;owned'* ]]
}

@test "the amplification is the worst one: bytes of an answer for one of its query" {
	probe 1 "$(hostile_at big-values)"
	awk -v factor="$(found amplification 5)" 'BEGIN { exit !(factor > 300) }'
	[ "$(found largest 5)" -gt 50000 ]
}

@test "what cannot be asked is told" {
	run dhtping probe "${us[@]}" </dev/null
	[ "$status" -eq 2 ]
	[[ $output == *'no node to probe'* ]]
	run dhtping probe "${us[@]}" 'a b' "$(swarm_node 1)" -o check
	[ "$status" -eq 2 ]
	[[ $output == *"'a b'"* ]]
	[[ $output == *read_only* ]]
}
