# peerdump.bats - peerdump without a server: entries to lines and back in each form, what is refused, usage

load ../support/helpers
load ../support/peerdump

raw=$samples/expected/entries.raw
table=$samples/expected/entries.tsv
entry=cb00710720010db80000000000000000000000071ae1
line="peer	-	203.0.113.7	2001:db8::7	6881	-"

# decodes WANT [ARG...] - the lines that decode must print
decodes() {
	pd 0 decode "${@:2}"
	err
	out "$1"
}

# usage MESSAGE ARG... - the arguments must be refused with that message and a hint, and print nothing
usage() {
	pd 2 "${@:2}" </dev/null
	out
	err "peerdump: $1" "peerdump: try 'peerdump --help'"
}

# vectors - the lines that the entries of the vectors must give, but for hash and time, which entries do not have
vectors() {
	tail -n +2 "$table" | cut -f 5 | awk '{ print "peer\t-\t" $3 "\t" $4 "\t" $5 "\t-" }'
}

# ---- decode

@test "decode: the vectors, in each form, from files and stdin" {
	vectors >"$tmp/want"
	tail -n +2 "$table" | cut -f 3 >"$tmp/hex"
	while read -r member; do bytes "$member" | base64; done <"$tmp/hex" >"$tmp/base64"
	sed 's/../\\x&/g; s/.*/"&"/' "$tmp/hex" >"$tmp/quoted"
	tr a-f A-F <"$tmp/hex" >"$tmp/upper"
	for file in "$raw" "$tmp/hex" "$tmp/base64" "$tmp/quoted" "$tmp/upper"; do
		pd 0 decode "$file"
		err
		cmp "$tmp/want" "$tmp/out" >&2
		pd 0 decode <"$file"
		cmp "$tmp/want" "$tmp/out" >&2
		pd 0 decode - <"$file"
		cmp "$tmp/want" "$tmp/out" >&2
		# a few bytes at a time
		dd if="$file" bs=5 status=none | peerdump decode | cmp "$tmp/want" - >&2
	done
	pd 0 decode --raw "$raw"
	cmp "$tmp/want" "$tmp/out" >&2
	# several files, of several forms
	pd 0 decode "$tmp/hex" "$raw" "$tmp/base64"
	cat "$tmp/want" "$tmp/want" "$tmp/want" | cmp - "$tmp/out" >&2
	# forms mixed in one file of lines
	paste -d '\n' "$tmp/hex" "$tmp/base64" "$tmp/quoted" | peerdump decode | uniq -c | awk '$1 % 3 { exit 1 }'
}

@test "decode: zero and random bytes" {
	head -c 44 /dev/zero >"$tmp/in"
	decodes "$(tsv 'peer - - - 0 -' 'peer - - - 0 -')" "$tmp/in"
	head -c 66 /dev/zero | tr '\0' '\377' >"$tmp/in"
	pd 0 decode "$tmp/in"
	[ "$(sort -u "$tmp/out")" = "peer	-	255.255.255.255	ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff	65535	-" ]
	count 3 out
	# what decode says of any bytes, encode turns into the same bytes
	head -c $((22 * 2000)) /dev/urandom >"$tmp/in"
	for form in '' -j -H '-o port,ipv6,ipv4 -H' '--unset NULL'; do
		# shellcheck disable=SC2086 # several options
		pd 0 decode --raw $form "$tmp/in"
		err
		# shellcheck disable=SC2086
		peerdump encode ${form##*-[jHo]*} <"$tmp/out" | cmp - "$tmp/in" >&2
	done
	for form in --hex --base64 --redis-cli --raw; do
		peerdump decode --raw "$tmp/in" | peerdump encode $form >"$tmp/form"
		peerdump decode "$tmp/form" | peerdump encode | cmp - "$tmp/in" >&2
	done
}

@test "decode: what is cut short" {
	for size in 1 21; do
		head -c "$size" "$raw" >"$tmp/in"
		pd 1 decode --raw "$tmp/in"
		out
		err "peerdump: $tmp/in: entry 1, byte 0: truncated, $size of 22 bytes"
	done
	head -c 50 "$raw" >"$tmp/in"
	pd 1 decode "$tmp/in"
	vectors | head -n 2 | cmp - "$tmp/out" >&2
	err "peerdump: $tmp/in: entry 3, byte 44: truncated, 6 of 22 bytes"
	# the next file begins anew
	pd 1 decode "$tmp/in" "$raw"
	count 202 out
	# a last line without its newline is a line
	printf '%s\n%s' $entry $entry >"$tmp/in"
	decodes "$line"$'\n'"$line" "$tmp/in"
	printf '%s\n%s' $entry ${entry%?} >"$tmp/in"
	pd 1 decode "$tmp/in"
	out "$line"
	has err "peerdump: $tmp/in: line 2, byte 45: '${entry:0:40}...' is no entry: want 44 hexadecimal digits, 32 characters of base64 or a string as redis-cli quotes it"
}

@test "decode: lines as people paste them" {
	printf '%s\r\n\r\n\n  %s\t\n\t%s' $entry $entry $entry >"$tmp/in"
	pd 0 decode "$tmp/in"
	out "$line" "$line" "$line"
	quoted='"\xcb\x00q\a \x01\r\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\a\x1a\xe1"'
	decodes "$line" <<<"$quoted"
	decodes "$line" <<<"12) $quoted"
	decodes "$line" <<<" 1) $quoted"
	# with scores, with numbers, in lists of lists
	decodes "${line%-}1700000000" <<<"$quoted"$'\n1700000000'
	decodes "${line%-}1700000000" <<<"1) $quoted"$'\n2) "1700000000"'
	decodes "${line%-}1700000000.250000" <<<"1) 1) $quoted"$'\n   2) (double) 1700000000.25'
	decodes "${line%-}1700000000" <<<"$entry"$'\n1700000000'
	decodes "$line"$'\n'"${line%-}1700000000" <<<"$entry"$'\n'"$entry"$'\n1700000000'
	for nothing in '(empty array)' '' $'\n\r\n \n'; do
		pd 0 decode <<<"$nothing"
		out
		err
	done
	pd 0 decode </dev/null
	out
	# older forms
	decodes "peer	-	1.2.3.4	-	5	-" <<<'1.2.3.4@::@5'
	decodes "peer	-	1.2.3.4	2a00::1	5	7" <<<$'1) "1.2.3.4@2a00::1@5"\n2) "7"'
	decodes "peer	-	11.22.33.44	-	36881	-" <<<'11.22.33.44@::@36881'
	decodes "peer	-	1.2.3.6	-	8	-" <<<'aaaaaaaaaaaaaaaaaaab:1.2.3.6:8'
	decodes "peer	-	1.2.3.5	-	7	-" <<<'"\x00\xffaaaaaaaaaaaaaaaa\"@@1.2.3.5@::@7"'
	decodes "peer	-	1.2.3.4	-	5	-" <<<"$(printf %s '1.2.3.4@::@5' | od -An -tx1 | tr -d ' \n')"
}

@test "decode: what is no entry is told with its place, the rest decoded" {
	printf '%s\n' '"abc' "$entry zz" '"abc"' '"abc"x' $entry 1700000000 1700000001 "${entry}00" 'yQBxByABDbgAAAAAAAAAAAAAAAcauQ=' peer \
		"'single'" $entry >"$tmp/in"
	pd 1 decode "$tmp/in"
	out "${line%-}1700000000" "$line"
	[ "$(grep -o 'line [0-9]*' "$tmp/err" | paste -sd ' ')" = 'line 1 line 2 line 3 line 4 line 7 line 8 line 9 line 10 line 11' ]
	has err "peerdump: $tmp/in: line 1, byte 0: a quote that is not closed, or something behind the closing one"
	says err "line 2, byte 5: '${entry:0:40}...' is no entry: want 44 hexadecimal digits"
	has err "peerdump: $tmp/in: line 3, byte 53: a string of 3 bytes that is no entry (22 bytes) and in none of the older forms"
	# what redis-cli prints into a pipe would become other peers
	{ bytes $entry; echo; echo 1700000000; } >"$tmp/in"
	pd 1 decode "$tmp/in"
	out
	err "peerdump: $tmp/in: byte 0: entries with a newline after each, as redis-cli prints them into a pipe: use redis-cli --no-raw (or --raw here, if they are none)"
	pd 2 decode "$tmp/none" "$raw"
	count 200 out
	err "peerdump: $tmp/none: No such file or directory"
	pd 2 decode "$tmp"
	out
	# twenty complaints alike
	for ((i = 0; i < 25; i++)); do echo bad; done >"$tmp/in"
	pd 1 decode "$tmp/in"
	[ "$(wc -l <"$tmp/err")" = 21 ]
	has err 'peerdump: 5 more complaints like these (-v shows all)'
}

@test "decode: live" {
	feed decode
	echo $entry >&7
	echo 1700000000 >&7
	echo $entry >&7
	# an entry is held until what follows cannot be its score
	wait_for grep -q 1700000000 "$tmp/out"
	exec 7>&-
	ended "$fed" 0
	out "${line%-}1700000000" "$line"
	rm "$tmp/fifo"
	feed decode --raw
	head -c 22 "$raw" >&7
	wait_for test -s "$tmp/out"
	exec 7>&-
	ended "$fed" 0
	out "$line"
}

# ---- encode

@test "encode: the vectors, in each form" {
	tail -n +2 "$table" | cut -f 5 | tr ' ' '\t' >"$tmp/in"
	pd 0 encode "$tmp/in"
	err
	cmp "$raw" "$tmp/out" >&2
	pd 0 encode --raw <"$tmp/in"
	cmp "$raw" "$tmp/out" >&2
	pd 0 encode --hex "$tmp/in"
	tail -n +2 "$table" | cut -f 3 | cmp - "$tmp/out" >&2
	pd 0 encode --base64 "$tmp/in"
	tail -n +2 "$table" | cut -f 3 | while read -r member; do bytes "$member" | base64; done | cmp - "$tmp/out" >&2
	pd 0 encode --redis-cli "$tmp/in"
	count 200 out
	# as the program itself reads it: see pipelines.bats; no byte stands as itself that would not survive a terminal
	[ "$(LC_ALL=C grep -c '[^ -~]' "$tmp/out")" = 0 ]
	head -n 1 "$tmp/out" >"$tmp/first"
	[ "$(cat "$tmp/first")" = '"\xcb\x00q\a \x01\r\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\a\x1a\xe1"' ]
}

@test "encode: peers, frames and columns; no address is an entry too" {
	tsv 'peer - 1.2.3.4 - 5 -' 'frame 1 stopped 0 - - 1.2.3.4 - 1 0000 -' 'peer - - - 6 -' 'oldframe 1 started 0 - 00 1.2.3.4 - 7 0000 -' \
		'#port ipv4' '8 1.2.3.4' >"$tmp/in"
	echo '{"type":"peer","port":9,"ipv6":"::1"}' >>"$tmp/in"
	pd 0 encode --hex "$tmp/in"
	err
	zeros=00000000000000000000000000000000
	out 01020304${zeros}0005 01020304${zeros}0001 00000000${zeros}0006 01020304${zeros}0007 01020304${zeros}0008 00000000${zeros%?}10009
	tsv 'peer - 1.2.3.4' 'leecher - x' 'peer - 1.2.3 - 5 -' 'peer - 1.2.3.4 - 65536 -' 'peer - 1.2.3.4 ::g 1 -' 'peer - 1.2.3.4 - 5 -' >"$tmp/in"
	pd 1 encode --hex "$tmp/in"
	out 01020304${zeros}0005
	[ "$(grep -o 'line [0-9]*' "$tmp/err" | paste -sd ' ')" = 'line 1 line 2 line 3 line 4 line 5' ]
	says err 'line 1, byte 0: no port'
	status=0
	peerdump encode "$tmp/in" >/dev/full 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
}

@test "encode and decode: a reader that leaves" {
	for ((i = 0; i < 200; i++)); do cat "$raw"; done >"$tmp/in"
	peerdump decode "$tmp/in" 2>"$tmp/err" | head -n 1 >"$tmp/out"
	[ "${PIPESTATUS[0]}" = 141 ]
	err
	out "$line"
	pd 0 decode -n 3 -o port "$tmp/in"
	count 3 out
}

# ---- usage

@test "usage: verbs, options of other verbs, values" {
	usage "'nothing' is neither a verb nor an info hash (--help lists the verbs)" nothing
	usage 'unknown option -x' -x
	usage '--hex does not go with decode' decode --hex
	usage '--json does not go with encode' encode -j
	usage '--json does not go with load' load -j
	usage '--live does not go with torrents' torrents --live
	usage '--memory does not go with dump' --memory
	usage '--redis does not go with decode' decode --redis x
	usage '--dry-run does not go with check' check --dry-run
	usage '--expire does not go with dump' dump --expire 5
	for bad in '--expire 5x' '--timeout -1' '--users-db x' '--torrents-db -1'; do
		# shellcheck disable=SC2086 # option and value
		pd 2 load $bad </dev/null
		says err "try 'peerdump --help'"
	done
	# the last of several forms counts
	tsv 'peer - 1.2.3.4 - 5 -' | peerdump encode --hex --base64 >"$tmp/out"
	out AQIDBAAAAAAAAAAAAAAAAAAAAAAABQ==
}

@test "usage: every verb has the options that every verb has" {
	for verb in dump load decode encode torrents check; do
		pd 0 $verb --help
		err
		[ -z "$(awk 'length > 80' "$tmp/out")" ]
		pd 0 --list options $verb
		for option in --quiet --verbose --keep --unset --help; do
			grep -q "^$option" "$tmp/out"
		done
	done
	for verb in dump decode torrents check; do
		peerdump --list options $verb >"$tmp/out"
		for option in --json --output --header --csv --time --fields --count --skip --match --sample --top --table --mask; do
			grep -q "^$option	" "$tmp/out"
		done
	done
}

# ---- golden

@test "golden: entries in each form" {
	head -c 110 "$raw" | peerdump decode | golden peerdump/decoded.tsv
	head -c 110 "$raw" | peerdump decode -j | golden peerdump/decoded.json
	head -c 110 "$raw" | peerdump decode --csv | golden peerdump/decoded.csv
	head -c 110 "$raw" | peerdump decode -t | golden peerdump/decoded.txt
	for form in hex base64 redis-cli; do
		head -c 110 "$raw" | peerdump decode | peerdump encode --$form | golden peerdump/encoded.$form
	done
}

@test "golden: what load would do with frames" {
	head -n 40 "$samples/expected/frames.tsv" | awk -F '\t' -v OFS='\t' '{ $11 = 1700000000 + NR; print }' >"$tmp/in"
	peerdump load -q --dry-run "$tmp/in" | golden peerdump/load.txt
}
