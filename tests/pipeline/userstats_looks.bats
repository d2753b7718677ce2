# userstats_looks.bats - looks saved, merged and compared: against redis-cli and awk; what is damaged, full or interrupted

bats_require_minimum_version 1.5.0

load ../support/helpers
load ../support/site

setup_file() {
	site_begin 5
}

teardown_file() {
	site_down
}

# entries NOW - peer lines of the torrents database as redis-cli tells them: info hash, entry in hexadecimal, score
entries() {
	redis-cli -s "$sock" --raw keys '*=' | grep -v ^ext_ | while read -r key; do
		redis-cli -s "$sock" --no-raw zrangebyscore "$key" $(($1 - 300)) +inf withscores | paste - - |
			sed -E 's/^ *[0-9]*\) //; s/\t *[0-9]*\) /\t/' | sed "s|^|$(base64 -d <<<"$key" | od -An -v -tx1 | tr -d ' \n')\t|"
	done
}

# pairs - the member lines of the users database
pairs() {
	redis-cli -s "$sock" -n 1 --raw keys '*' | while read -r key; do
		redis-cli -s "$sock" -n 1 --raw smembers "$key" | while read -r member; do
			printf 'member\t%s\t%s\n' "$key" "$(base64 -d <<<"$member" | od -An -v -tx1 | tr -d ' \n')"
		done
	done
}

# date_look FILE TIME - as if it had been taken then
date_look() {
	awk -F '\t' -v OFS='\t' -v time="$2" 'NR == 1 { $2 = time } { print }' "$1" >"$1.dated"
	mv "$1.dated" "$1"
}

# look TIME [LINE...] - a small look by hand, TABs for spaces
look() {
	tsv "look $1 - - - - 300 - -" "${@:2}"
}

h1=1111111111111111111111111111111111111111
h2=2222222222222222222222222222222222222222

@test "a snapshot has every entry and every pair, once" {
	site_use "$BATS_FILE_TMPDIR"
	userstats snapshot "$tmp/a" >"$tmp/out"
	[ "$(stat -c %a "$tmp/a")" = 600 ]
	entries "$(date +%s)" | sort >"$tmp/want"
	[ "$(wc -l <"$tmp/want")" -gt 50 ]
	# the score is a string in quotes
	grep ^peer "$tmp/a" | peerdump encode --hex >"$tmp/hex"
	paste <(grep ^peer "$tmp/a" | cut -f 2,6) "$tmp/hex" | sort >"$tmp/got"
	[ "$(wc -l <"$tmp/got")" = "$(wc -l <"$tmp/want")" ]
	diff <(cut -f 1 "$tmp/want" | sort | uniq -c) <(cut -f 1 "$tmp/got" | sort | uniq -c)
	diff <(sed -E 's/.*\t"([0-9]+)"$/\1/' "$tmp/want" | sort) <(cut -f 2 "$tmp/got" | sort)
	diff <(cut -f 2 "$tmp/want" | peerdump decode | cut -f 3-5 | sort) <(grep ^peer "$tmp/a" | cut -f 3-5 | sort)
	pairs | sort | diff - <(grep ^member "$tmp/a" | sort)
	# what the look says of itself, in the file and on stdout
	torrents=$(cut -f 1 "$tmp/want" | sort -u | wc -l) entries=$(wc -l <"$tmp/want") users=$(redis-cli -s "$sock" -n 1 dbsize) pairs=$(pairs | wc -l)
	[ "$(cut -f 1,3- "$tmp/out")" = "$(tsv "look $torrents $entries $users $pairs 300 $(stat -c %s "$tmp/a") $tmp/a")" ]
	[ "$(head -n 1 "$tmp/a")" = "$(sed 's/[^\t]*$/-/' "$tmp/out")" ]
	# stdout is the same, and nothing else
	userstats snapshot - >"$tmp/b"
	diff <(sed 1d "$tmp/a" | sort) <(sed 1d "$tmp/b" | sort)
	diff <(head -n 1 "$tmp/a" | cut -f 3-) <(head -n 1 "$tmp/b" | cut -f 3-)
	[ -z "$(find "$tmp" -name '.peerutils*')" ]
}

@test "a name that is taken is refused, and nothing is left of a look that fails" {
	site_use "$BATS_FILE_TMPDIR"
	echo precious >"$tmp/a"
	run -2 userstats snapshot "$tmp/a"
	[[ $output == *"is there already"* ]]
	[ "$(cat "$tmp/a")" = precious ]
	run -2 userstats snapshot "$tmp/none/a"
	run -2 userstats snapshot "$tmp"
	run -2 userstats snapshot /dev/full
	[[ $output == *"No space left"* ]]
	run -2 bash -c 'userstats snapshot - >/dev/full'
	run -2 userstats snapshot
	run -2 userstats merge "$tmp/none"
	# what Redis does not let us read
	rcli acl setuser peeping on nopass '~*' +@all -zrangebyscore >/dev/null
	REDIS_URL=unix://peeping:x@$sock run -2 userstats snapshot "$tmp/b"
	[[ $output == *"nothing is saved"* ]]
	rcli acl deluser peeping >/dev/null
	REDIS_URL=unix:$tmp/nobody run -2 userstats snapshot "$tmp/b"
	[ "$(ls -A "$tmp")" = a ]
	[ "$(cat "$tmp/a")" = precious ]
}

@test "an interrupted snapshot leaves no file" {
	site_use "$BATS_FILE_TMPDIR"
	mkdir "$tmp/folder"
	rcli client pause 60000 all
	background userstats snapshot "$tmp/folder/a"
	wait_for compgen -G "$tmp/folder/.peerutils-*"
	kill -TERM $!
	wait $! || status=$?
	rcli client unpause
	[ "$status" -ge 1 ]
	[ -z "$(ls -A "$tmp/folder")" ]
}

@test "no passkey and no member is lost, whatever it holds; what has no form is told" {
	redis
	odd='a'\''b\"\\;\x00\n\t\xff\xfe\xc3(0123456789012345678'
	now=$(date +%s)
	redis-cli -s "$sock" -n 1 >/dev/null <<-EOF
		sadd "$odd" ERERERERERERERERERERERERERE= nonsense
	EOF
	redis-cli -s "$sock" >/dev/null <<-EOF
		zadd ERERERERERERERERERERERERERE= $now 1.2.3.4@2001:db8::1@6881 $now rubbish $((now - 1000)) 9.9.9.9@@1
		zadd ERERERERERERERERERERERERERE= $now "\xc6\x33\x64\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x1a\xe1"
		set IiIiIiIiIiIiIiIiIiIiIiIiIiI= string
	EOF
	run -1 --separate-stderr userstats snapshot "$tmp/a"
	[[ $stderr == *"1 entry left out"*"1 member left out"*"1 torrent left out"* ]]
	[ "$(cut -f 3-6 <<<"$output")" = "$(tsv '1 2 1 1')" ]
	tsv "peer $h1 1.2.3.4 2001:db8::1 6881 $now" "peer $h1 198.51.100.7 - 6881 $now" | diff - <(grep ^peer "$tmp/a" | sort)
	[ "$(grep ^member "$tmp/a")" = "$(printf 'member\ta'\''b"\\\\;\\x00\\n\\t\\xff\\xfe\\xc3(0123456789012345678\t%s' $h1)" ]
	userstats merge "$tmp/a" --to "$tmp/b" >/dev/null
	diff <(grep -v ^look "$tmp/a" | sort) <(grep -v ^look "$tmp/b" | sort)
}

@test "nine looks over an interval find each peer exactly once, and one of them a ninth" {
	redis
	now=$(date +%s)
	# 12 torrents, 180 peers and as many pairs; peer i announces in the slot i % 9, and torrents have different
	# numbers of them
	awk -v OFS='\t' 'BEGIN { for (i = 0; i < 180; i++) print i % 9, int(12 * (i / 180) ^ 2), i }' >"$tmp/peers"
	for slot in 0 1 2 3 4 5 6 7 8; do
		rcli flushall >/dev/null
		awk -v slot=$slot -v now="$now" '$1 == slot {
			printf "zadd ERERERERERERERERERERERER%c%c8= %d \"\\x0a\\x00\\x00\\x%02x%s\\x1a\\xe1\"\n", 65 + $2, 65 + $2, now, $3, zero
		}' zero="$(printf '\\\\x00%.0s' {1..16})" "$tmp/peers" | redis-cli -s "$sock" >/dev/null
		awk -v slot=$slot '$1 == slot { printf "sadd %032x ERERERERERERERERERERERER%c%c8=\n", $3 % 40, 65 + $2, 65 + $2 }' "$tmp/peers" |
			redis-cli -s "$sock" -n 1 >/dev/null
		userstats snapshot "$tmp/$slot" >/dev/null
		date_look "$tmp/$slot" $((now - (8 - slot) * 300))
		[ "$(userstats merge "$tmp/$slot" -o peers | awk '{ sum += $1 } END { print sum }')" = 20 ]
	done
	userstats merge "$tmp"/[0-8] -o info_hash,peers,users,looks,window,coverage >"$tmp/got"
	# by awk, from the list
	awk -F '\t' -v OFS='\t' '{ peers[$2]++; if (!seen[$2, $3 % 40]++) users[$2]++; if (!at[$2, $1]++) looks[$2]++ }
		END { for (t in peers) print peers[t], users[t], looks[t], 2700, 1 }' "$tmp/peers" | sort | diff - <(cut -f 2- "$tmp/got" | sort)
	[ "$(awk -F '\t' '{ sum += $2 } END { print sum }' "$tmp/got")" = 180 ]
	# the order of the files is nothing, and neither is it to have one twice
	userstats merge "$tmp"/[8643107] "$tmp"/[25] "$tmp/4" -o info_hash,peers,users,looks,window,coverage >"$tmp/again"
	diff <(cut -f 1-3,5- "$tmp/got") <(cut -f 1-3,5- "$tmp/again")
	# the union is a look of its own
	userstats merge "$tmp"/[0-8] --to "$tmp/union" >/dev/null
	[ "$(stat -c %a "$tmp/union")" = 600 ]
	[ "$(head -n 1 "$tmp/union" | cut -f 4,7)" = "$(tsv '180 2700')" ]
	userstats merge "$tmp/union" -o info_hash,peers,users,window,coverage | diff <(cut -f 1-3,5- "$tmp/got") -
	run -0 userstats diff "$tmp/union" "$tmp/union"
	[ -z "$output" ]
	run -2 userstats merge "$tmp/0" --to "$tmp/union"
	# gaps are not covered, and what lies in two windows counts once
	[ "$(userstats merge "$tmp/0" "$tmp/4" -o window,coverage | sort -u)" = "$(tsv '600 0.222222')" ]
	date_look "$tmp/4" $((now - 2300))
	[ "$(userstats merge "$tmp/0" "$tmp/4" -o window | sort -u)" = 400 ]
	[ "$(userstats merge "$tmp/0" "$tmp/4" --interval 200 -o coverage | sort -u)" = 1 ]
}

@test "what was saved can be loaded, and is the same look then" {
	site_use "$BATS_FILE_TMPDIR"
	userstats snapshot "$tmp/a" >/dev/null
	redis
	sed 1d "$tmp/a" | peerdump load -q
	userstats snapshot "$tmp/b" >/dev/null
	[ "$(grep -c ^peer "$tmp/b")" -gt 50 ]
	run -0 userstats diff "$tmp/a" "$tmp/b"
	[ -z "$output" ]
	rcli flushdb >/dev/null
	userstats diff "$tmp/a" <(userstats snapshot -) -o users_left | sort -u | diff - <(echo 0)
}

@test "diff says what joined and what left" {
	look 1000 "peer $h1 10.0.0.1 - 1 990" "peer $h1 10.0.0.2 - 1 990" "peer $h2 10.0.0.1 - 1 990" "member a $h1" "member b $h1" "member a $h2" >"$tmp/a"
	look 1300 "peer $h1 10.0.0.2 - 1 1200" "peer $h1 10.0.0.3 - 1 1200" "peer $h1 10.0.0.3 - 2 1200" "peer $h2 10.0.0.1 - 1 1290" \
		"member b $h1" "member c $h1" "member a $h2" >"$tmp/b"
	run -0 userstats diff "$tmp/a" "$tmp/b"
	[ "$output" = "$(tsv "moved $h1 2 3 2 1 2 2 1 1")" ]
	run -0 userstats diff "$tmp/b" - <"$tmp/a"
	[ "$output" = "$(tsv "moved $h1 3 2 1 2 2 2 1 1")" ]
	run -2 userstats diff "$tmp/a"
	run -2 --separate-stderr userstats diff "$tmp/a" "$tmp/none"
	[ -z "$output" ]
}

@test "files that nobody expects: one that is no file, a pipe, stdin twice, bytes, other records, lines without end" {
	look 1000 "peer $h1 10.0.0.1 - 1 990" "peer $h2 10.0.0.2 - 1 990" "member 0123 $h1" >"$tmp/sound"
	userstats merge "$tmp/sound" >"$tmp/want"
	[ "$(wc -l <"$tmp/want")" = 2 ]
	mkfifo "$tmp/pipe"
	background cp "$tmp/sound" "$tmp/pipe"
	userstats merge "$tmp/pipe" | cmp - "$tmp/want"
	background cp "$tmp/sound" "$tmp/pipe"
	run -0 userstats diff "$tmp/pipe" "$tmp/sound"
	[ -z "$output" ]
	run -2 --separate-stderr userstats merge "$tmp"
	[[ $stderr == *"Is a directory" ]]
	# it is read once
	site_use "$BATS_FILE_TMPDIR"
	for words in "merge - -" "diff - -" "dead - $tmp/sound -"; do
		# shellcheck disable=SC2086 # a verb with its words
		run -2 --separate-stderr userstats $words <"$tmp/sound"
		[ -z "$output" ]
		[[ $stderr == *"stdin (-) is named 2 times, and can be read once"* ]]
	done
	run -2 --separate-stderr userstats drift --look - --look - <"$tmp/sound"
	[[ $stderr == *"stdin (-) is named 2 times"* ]]
	# what is no line of it is left out, each told; the same look twice has nothing new
	{ head -n 1 "$tmp/sound"; printf '\0\0\0\n'; tsv 'activity 1 -' 'frame 1'; head -c 20000000 /dev/zero | tr '\0' x; echo; tail -n +2 "$tmp/sound"; } >"$tmp/odd"
	run -1 --separate-stderr userstats merge "$tmp/odd"
	[ "$output" = "$(cat "$tmp/want")" ]
	[[ ${stderr_lines[0]} == *"odd: line 2, byte 26: holds NUL bytes"* ]]
	[[ ${stderr_lines[1]} == *"odd: line 3, byte 30: 'activity' is no record type"* ]]
	[[ ${stderr_lines[2]} == *"odd: line 4, "*"'frame' is no record type"* ]]
	[[ ${stderr_lines[3]} == *"odd: line 5, "*"line longer than"* ]]
	[ "${#stderr_lines[@]}" = 4 ]
	run -0 userstats merge "$tmp/sound" "$tmp/sound" -o info_hash,peers,users,window
	[ "$output" = "$(tsv "$h1 1 1 300" "$h2 1 0 300")" ]
	run -0 userstats diff "$tmp/sound" "$tmp/sound"
	[ -z "$output" ]
	# each place where it may be cut
	size=$(stat -c %s "$tmp/sound")
	for ((i = 1; i < size; i += 7)); do
		head -c $i "$tmp/sound" | userstats diff - "$tmp/sound" >"$tmp/out" 2>"$tmp/err" || [ $? = 1 ]
		! grep -E 'Sanitizer|runtime error' "$tmp/err" >&2 || return 1
	done
	# a look of another version: columns that nobody knows yet, an object with some of them
	{ sed '1s/$/\tmore\tand more/' "$tmp/sound"; } | userstats merge - | cmp - "$tmp/want"
	{ printf '{"type":"look","later":[1,{}],"window":300,"time":1000}\n'; tail -n +2 "$tmp/sound"; } | userstats merge - | cmp - "$tmp/want"
}

@test "what is wrong with a file is told with its line, and the rest is read" {
	look 1000 "peer $h1 10.0.0.1 - 1 990" "peer $h1 10.0.0.2 - zero 990" "peer $h2 10.0.0.1 - 1 990" >"$tmp/damaged"
	tsv "peer $h1 10.0.0.9 - 1 990" "peer $h1 10.0.0.8 - 1 990" >"$tmp/headless"
	{ look 1000 "peer $h1 10.0.0.3 - 1 990"; look 1300 "peer $h1 10.0.0.4 - 1 1290"; } >"$tmp/two"
	tsv "look 1600 1 3 1 0 300 - -" "peer $h1 10.0.0.5 - 1 1590" >"$tmp/cut"
	run -1 --separate-stderr userstats merge "$tmp/damaged" "$tmp/headless" "$tmp/two" "$tmp/cut" -o info_hash,peers,looks,first,last,window
	diff - <(echo "$output") <<<"$(tsv "$h1 4 4 1000 1600 900" "$h2 1 1 1000 1000 900")"
	[[ ${stderr_lines[0]} == *damaged:\ line\ 3,* ]]
	[[ ${stderr_lines[1]} == *headless:\ *"no look line above its first 2 lines"* ]]
	[[ ${stderr_lines[2]} == *two:\ line\ 3,*"a second look line"* ]]
	[[ ${stderr_lines[3]} == *cut:\ "cut short: 1 of 3 peer lines"* ]]
	[ "${#stderr_lines[@]}" = 4 ]
	: >"$tmp/empty"
	run -1 userstats merge "$tmp/empty"
	[[ $output == *"empty: no look line in it"* ]]
	tsv "look - 1 3 1 0 300 - -" "look 1000 1 3 1 0 - - -" >"$tmp/timeless"
	run -1 userstats merge "$tmp/timeless"
	[[ $output == *"a look without time"* ]]
	[[ $output == *"a look without window"* ]]
	# times and windows that no clock has
	{ look 250000000000 | sed 's/\t300\t/\t18446744073709551614\t/'; tsv "peer $h1 10.0.0.1 - 1 990"; } >"$tmp/huge"
	run -0 userstats merge "$tmp/huge" -o coverage
	[ "$output" = 1 ]
}
