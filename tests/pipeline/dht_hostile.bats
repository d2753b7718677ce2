# dht_hostile.bats - dhtping against nodes that misbehave: it ends, names them, keeps its memory, prints nothing raw
#
# Every behaviour of tests/support/dht-hostile stands in one of the lists below, by what it must come to. All are tried
# side by side; how long that takes decides nothing but whether the answers of well-behaved ones are waited for.

load ../support/helpers
load ../support/dhtping

# by what they come to; the word behind the colon is the count that tells of it besides
silent='silence: wrong-t:unsolicited cut-t:unsolicited empty-t:unsolicited no-t:unsolicited long-t:unsolicited
	wrong-port:mismatched wrong-address:mismatched late: garbage:garbage empty:garbage truncated:garbage
	nested-lists:garbage nested-dictionaries:garbage nested-open:garbage huge-length:garbage negative-length:garbage'
reflecting='reflector:reflected asks-back:reflected our-id:reflected'
erring='error-list:errors error-string:errors error-empty:errors error-swapped:errors error-huge:errors error-escape:errors'
nameless='no-id:replies short-id:replies long-id:replies other-types:replies'
answering='triple: flood:unsolicited wrong-id:replies trailing:replies unsorted-keys:replies big-nodes:replies
	big-values:replies big-unknown:replies big-samples:replies port-zero: own-contact: never: public: odd-nodes:replies
	itself:replies dead-contacts:replies hammer:replies sybil:replies sybil-ports:replies odd-values:replies odd-samples:replies
	no-samples:replies empty-token:replies long-token:replies escape-v:replies long-v:replies interval-negative:replies
	interval-huge:replies interval-most:replies odd-ip:replies bad-value:replies big-value:replies bad-signature:replies'
# odd only for verbs whose own tests look at them
particular='forged:replies half-item:replies more-samples:replies new-samples:replies no-token:replies old-node:replies
	refuses:replies stores-other:replies stores-silent:replies'
hash=09ca9379efa6161c28b9fc32052db1ea0929d5e2

setup_file() {
	# shellcheck disable=SC2046 # words
	hostile $("$BATS_TEST_DIRNAME/../support/dht-hostile" --list)
}

teardown_file() {
	dht_down
}

names() {
	printf '%s\n' "$@" | tr -s ' \t' '\n\n' | sed 's/:.*//'
}

# each NAMES COMMAND... - for every one of them, its endpoint in the place of {}: $tmp/NAME.out, .err, .status, .kb
each() {
	local list=$1
	shift
	names "$list" | xargs -P 12 -I@ /usr/bin/python3 -c 'import os, subprocess, sys
folder, hostile, name, command = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
at = open("%s/%s" % (hostile, name)).read().strip()
def file(suffix):
    return open("%s/%s.%s" % (folder, name, suffix), "w")
child = subprocess.Popen([word.replace("{}", at) for word in command], stdin=subprocess.DEVNULL, stdout=file("out"), stderr=file("err"))
_, status, usage = os.wait4(child.pid, 0)
file("status").write("%d\n" % os.waitstatus_to_exitcode(status))
file("kb").write("%d\n" % usage.ru_maxrss)' "$tmp" "$hostile" @ timeout -k 1 60 "$@"
}

# ended NAMES STATUS - they did with that status, counted what the word behind the name says, and printed nothing raw
ended() {
	local name word bad=0
	for name in $1; do
		word=${name#*:} name=${name%%:*}
		[ "$(<"$tmp/$name.status")" = "$2" ] || { echo "$name: status $(<"$tmp/$name.status"), not $2"; bad=1; }
		[ -z "$word" ] || grep -qE "packets: .*\\b$word [1-9]" "$tmp/$name.err" || { echo "$name: no $word"; bad=1; }
		! LC_ALL=C grep -qP '[^\t\x20-\x7e]' "$tmp/$name.out" "$tmp/$name.err" || { echo "$name: raw bytes"; bad=1; }
		[ $bad = 0 ] || cat "$tmp/$name.out" "$tmp/$name.err"
		[ $bad = 0 ] || return 1
	done
}

# status_of NAME - the statuses in the column of pong, each once
status_of() {
	cut -f 9 "$tmp/$1.out" | sort -u | paste -sd ' '
}

# counts NAMES WORD - all of them have that count
counts() {
	local name
	for name in $(names "$1"); do
		grep -qE "packets: .*\\b$2 [1-9]" "$tmp/$name.err" || { echo "$name: no $2"; cat "$tmp/$name.err"; return 1; }
	done
}

@test "every behaviour is in one of the lists" {
	diff <("$top/tests/support/dht-hostile" --list | sort) <(names "$silent $reflecting $erring $nameless $answering $particular" | sort)
}

@test "ping: each ends, with its status, under its name" {
	each "$silent $reflecting $erring $nameless $answering $particular" dhtping ping -v -O -c 2 -i 0.2 -W 2.5 "${us[@]}" {}
	ended "$silent" 1
	counts "$silent" timeouts
	ended "$reflecting" 1
	ended "$erring" 1
	ended "$nameless $answering $particular" 0
	for name in $(names "$silent"); do
		[ "$(status_of "$name")" = timeout ] || { echo "$name: $(status_of "$name")"; return 1; }
	done
	for name in $(names "$reflecting"); do [ "$(status_of "$name")" = reflected ]; done
	for name in $(names "$erring"); do [ "$(status_of "$name")" = error ]; done
	[ "$(status_of triple)" = "duplicate reply" ]
	grep -qF $'\t''its id was ' "$tmp/wrong-id.out"
	grep -qF 'error'$'\t''202 \x1b]0;owned\x07\x1b[31mred' "$tmp/error-escape.out"
	[ "$(cut -f 6 "$tmp/escape-v.out" | sort -u)" = 0x1b5d303b6f776e6564071b5b33316d7265641b5b306d0d ]
}

@test "ping: an answer three seconds later is late, not lost without a word" {
	run dhtping ping -v -c 5 -i 1 -W 0.5 "${us[@]}" "$(hostile_at late)"
	[ "$status" = 1 ]
	[[ $output == *$'\tlate\t'* ]]
	[[ $output == *"5 packets transmitted, 0 received"* ]]
	[[ $output =~ 'late '[1-9] ]]
}

@test "ping: an id that is not the one in the record is wrong_id" {
	printf 'node\t%s\t%s\t-\t%s\t-\t-\n' "$hash" "$(hostile_at trailing | cut -d : -f 1)" "$(hostile_at trailing | cut -d : -f 2)" >"$tmp/node"
	run dhtping ping -v -c 1 "${us[@]}" -f "$tmp/node"
	[ "$status" = 1 ]
	[[ $output == *$'\twrong_id\t'* ]]
	[[ $output == *"wrong_id 1"* ]]
}

@test "get-peers: each ends, with its status, under its name" {
	each "$silent $reflecting $erring $nameless $answering $particular" dhtping get-peers -v "${us[@]}" -b {} $hash
	ended "$silent $reflecting" 9
	counts "$silent" timeouts
	ended "$erring $nameless" 1
	ended "${answering/big-values:replies/} $particular" 1
	ended big-values:replies 0
	[ "$(wc -l <"$tmp/big-values.out")" = 7000 ]
	counts 'port-zero own-contact never public' contacts_refused
}

@test "find-node: each ends, with its status, under its name" {
	each "$silent $reflecting $erring $nameless $answering $particular" dhtping find-node -v "${us[@]}" -b {} $hash
	ended "$silent $reflecting" 9
	ended "$erring $nameless" 1
	ended "$answering $particular" 0
	counts 'port-zero own-contact never public' contacts_refused
	# nobody is printed that did not answer
	for name in port-zero own-contact never public dead-contacts big-nodes itself; do
		[ "$(cut -f 3-5 "$tmp/$name.out")" = "$(hostile_at $name | sed 's/:/\t-\t/')" ] || { echo $name; cat "$tmp/$name.out"; return 1; }
	done
}

@test "sample: each ends, with its status, under its name" {
	each "$silent $reflecting $erring $nameless $answering" dhtping sample -v -W 2.5 "${us[@]}" {}
	ended "$silent $reflecting $erring other-types: no-samples:" 1
	counts "$silent" timeouts
	named=${nameless/other-types:replies/} given=${answering/no-samples:replies/}
	ended "$named ${given/odd-samples:replies/}" 0
	[ "$(wc -l <"$tmp/big-samples.out")" = 3000 ]
	for name in $(names "$silent $reflecting $erring"); do [ ! -s "$tmp/$name.out" ]; done
	# 0, 19, 21, 1 and 1000 bytes, beginning anywhere
	for _ in 1 2 3 4 5; do
		run dhtping sample "${us[@]}" "$(hostile_at odd-samples)"
		[ "$status" = 0 ] || [[ $output == *"no multiple of 20"* ]]
		echo "$status"
	done | sort | paste -sd ' ' >"$tmp/statuses"
	[ "$(<"$tmp/statuses")" = "0 0 1 1 1" ]
	# what is no number of hashes or seconds is not told
	[ "$(cut -f 5,6 "$tmp/interval-negative.out" "$tmp/interval-huge.out" | sort -u)" = $'-\t-' ]
}

@test "announce and put: each ends, with its status, and nothing is taken for stored that was not" {
	each "$silent $reflecting $erring $nameless $answering" dhtping announce -v -p 4711 "${us[@]}" -b {} $hash
	refusing='wrong-id:wrong_id sybil-ports:replies long-token:replies'
	taking=$answering
	for name in wrong-id sybil-ports long-token; do taking=${taking/$name:replies/}; done
	ended "$silent $reflecting" 9
	ended "$erring $nameless $refusing" 1
	ended "$taking" 0
	echo value >"$tmp/value"
	each "$silent $reflecting $erring $nameless $answering" dhtping put -v "${us[@]}" -b {} "$tmp/value"
	ended "$silent $reflecting" 9
	ended "$erring $nameless $refusing" 1
	ended "$taking" 0
}

@test "get: nobody's word is taken for a value" {
	each "$silent $reflecting $erring $nameless $answering" dhtping get -v "${us[@]}" -b {} $hash
	ended "$silent $reflecting" 9
	ended "$erring $nameless $answering" 1
	for name in $(names "$silent $reflecting $erring $nameless $answering"); do [ ! -s "$tmp/$name.out" ]; done
	for name in bad-value big-value bad-signature; do grep -q "not honest" "$tmp/$name.err"; done
}

@test "memory stays within 32 MB, whatever they send (release build)" {
	each "$reflecting $erring $nameless $answering nested-open: nested-lists: truncated:" \
		"$PEERUTILS_RELEASE/dhtping" get-peers -v "${us[@]}" -b {} $hash
	for name in $(names "$reflecting $erring $nameless $answering nested-open: nested-lists: truncated:"); do
		[ "$(<"$tmp/$name.kb")" -gt 1000 ]
		[ "$(<"$tmp/$name.kb")" -lt 32768 ] || { echo "$name: $(<"$tmp/$name.kb") kB"; return 1; }
	done
}

@test "endless made-up ids end at the budget of queries, one address is not asked out of turn" {
	asked=$(hostile_asked sybil)
	run dhtping get-peers -v "${us[@]}" -b "$(hostile_at sybil)" $hash
	[ "$status" = 1 ]
	[[ $output == *"too many queries"* ]]
	[ $(($(hostile_asked sybil) - asked)) -le 400 ]
	# 16 contacts at one address: 8 at once, then two a second
	asked=$(hostile_asked hammer)
	run dhtping get-peers -v --timeout 1 "${us[@]}" -b "$(hostile_at hammer)" $hash
	[ "$status" = 1 ]
	[ $(($(hostile_asked hammer) - asked)) -le 12 ]
}

@test "what is told of elsewhere is never asked" {
	need strace
	for name in public never own-contact port-zero; do
		run strace -f -qq -e trace=sendto,sendmsg,sendmmsg,connect -o "$tmp/strace" "$PEERUTILS_RELEASE/dhtping" get-peers "${us[@]}" \
			-b "$(hostile_at $name)" $hash
		[ "$status" = 1 ]
		grep -q 'inet_addr("127\.79\.' "$tmp/strace"
		! grep -E 'sa_family=AF_INET' "$tmp/strace" | grep -qv 'inet_addr("127\.79\.' || { cat "$tmp/strace"; return 1; }
	done
}

@test "every query says ro, and has a t of its own" {
	run dhtping get-peers "${us[@]}" -b "$(hostile_at dead-contacts)" $hash
	run dhtping ping -c 3 -i 0 "${us[@]}" "$(hostile_at trailing)"
	cut -f 3 "$hostile"/*.asked | sort -u >"$tmp/ro"
	[ "$(<"$tmp/ro")" = 1 ]
	[ "$(cut -f 4 "$hostile"/*.asked | wc -l)" -ge 12 ]
	[ -z "$(cut -f 4 "$hostile"/*.asked | sort | uniq -d)" ]
}
