# framecat.bats - frames to lines and back: vectors, damaged streams, masks, totals, live streams, and what ends them

load ../support/helpers

frames=$samples/frame
expected=$samples/expected
hash=86d4c80024a469be4c50bc5a102cf71780310074
key=0123456789abcdef0123456789abcdef

# fc STATUS ARG... - runs framecat with stdout in $tmp/out, stderr in $tmp/err; its exit status must be STATUS
fc() {
	local want=$1 status=0
	shift
	framecat "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = "$want" ] || { echo "framecat $*: exit status $status, want $want"; cat "$tmp/err"; return 1; } >&2
}

# same FILE FILE, err LINE... - what stderr must be, out LINE... - what stdout must be
same() {
	cmp "$1" "$2" >&2
}

err() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/err" >&2
}

out() {
	diff -u <([ $# = 0 ] || printf '%s\n' "$@") "$tmp/out" >&2
}

# lines N - how many stdout must have
lines() {
	[ "$(wc -l <"$tmp/out")" = "$1" ] || { echo "$(wc -l <"$tmp/out") lines, want $1" >&2; return 1; }
}

# ---- decode

@test "decode: good frames of both byte orders and layouts, without a word" {
	fc 0 "$frames/demo.frames"
	same "$tmp/out" "$expected/frames.tsv"
	err
	fc 0 decode "$frames/demo.frames"
	same "$tmp/out" "$expected/frames.tsv"
	err
	fc 0 --endian=little "$frames/demo.frames"
	same "$tmp/out" "$expected/frames.tsv"
	err
	fc 0 --endian=big "$frames/frames-be.frames"
	same "$tmp/out" "$expected/frames.tsv"
	err
	fc 0 --layout=peerid "$frames/frames-peerid.frames"
	same "$tmp/out" "$expected/frames-peerid.tsv"
	err
}

@test "decode: the place is found again after stray bytes and torn frames" {
	fc 1 "$frames/desync.frames"
	same "$tmp/out" "$expected/desync.tsv"
	err "framecat: $frames/desync.frames: frame 21, byte 1600: version 130, want 1; skipped 37 bytes" \
		"framecat: $frames/desync.frames: frame 61, byte 4837: byte 0x01 at 27 of the passkey, want printable ASCII; skipped 51 bytes"
}

@test "decode: the same in a pipe that gives a few bytes at a time" {
	status=0
	dd if="$frames/desync.frames" bs=7 2>/dev/null | framecat >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = 1 ]
	same "$tmp/out" "$expected/desync.tsv"
	grep -q '^framecat: -: frame 21, byte 1600: ' "$tmp/err"
	grep -q '^framecat: -: frame 61, byte 4837: ' "$tmp/err"
}

@test "decode: a frame that is cut short" {
	fc 1 "$frames/truncated.frames"
	head -n 12 "$expected/frames.tsv" | cmp - "$tmp/out"
	err "framecat: $frames/truncated.frames: frame 13, byte 960: truncated, 37 of 80 bytes"
	for size in 1 79; do
		head -c "$size" "$frames/demo.frames" >"$tmp/cut"
		fc 1 "$tmp/cut"
		out
		err "framecat: $tmp/cut: frame 1, byte 0: truncated, $size of 80 bytes"
	done
}

@test "decode: what is all garbage is one complaint" {
	fc 1 "$frames/garbage.frames"
	out
	err "framecat: $frames/garbage.frames: frame 1, byte 0: version 210, want 1; skipped 16000 bytes, to the end"
}

@test "decode: a sound frame counts at the end of input, elsewhere only with a second one" {
	{ head -c 80 "$frames/demo.frames"; printf xx; head -c 80 "$frames/demo.frames"; } >"$tmp/two"
	fc 1 "$tmp/two"
	lines 2
	err "framecat: $tmp/two: frame 2, byte 80: version 120, want 1; skipped 2 bytes"
	{ printf x; head -c 80 "$frames/demo.frames"; printf 'y%.0s' {1..80}; head -c 160 "$frames/demo.frames"; } >"$tmp/one"
	fc 1 "$tmp/one"
	lines 2
	err "framecat: $tmp/one: frame 1, byte 0: version 120, want 1; skipped 161 bytes"
}

@test "decode: --keep takes each eighty bytes for a frame, and encode gives them back" {
	for name in odd garbage; do
		fc 0 --keep "$frames/$name.frames"
		same "$tmp/out" "$expected/$name.tsv"
		fc 0 encode "$expected/$name.tsv"
		same "$tmp/out" "$frames/$name.frames"
		err
	done
	head -c 8000 /dev/urandom >"$tmp/random"
	for options in '' '--endian=big' '--layout=peerid' '--endian=big --layout=peerid'; do
		for form in '' -j '--unset=NULL' '-j --time=iso'; do
			# shellcheck disable=SC2086 # several options
			framecat -k -q $options $form "$tmp/random" >"$tmp/lines"
			# shellcheck disable=SC2086
			framecat encode $options ${form/-j*/} "$tmp/lines" | cmp - "$tmp/random"
		done
	done
	fc 1 -k "$frames/truncated.frames"
	lines 12
	grep -q 'frame 13, byte 960: truncated, 37 of 80 bytes' "$tmp/err"
}

@test "decode: numwants that look swapped are told once" {
	fc 0 "$frames/frames-be.frames"
	[ "$(wc -l <"$tmp/err")" = 1 ]
	grep -q '^framecat: byte order looks wrong: .*; try --endian=big$' "$tmp/err"
	fc 0 --endian=big "$frames/demo.frames"
	grep -q '; try --endian=little$' "$tmp/err"
	fc 0 "$frames/frames-be.frames" "$frames/frames-be.frames"
	[ "$(wc -l <"$tmp/err")" = 1 ]
	fc 0 -q "$frames/frames-be.frames"
	err
	# never corrected
	cut -f 4 "$tmp/out" | grep -qx 12800
}

@test "decode: the wrong layout is no success" {
	fc 1 "$frames/frames-peerid.frames"
	out
	fc 1 --layout=peerid "$frames/demo.frames"
	lines 0
	grep -q 'draft byte 0x.* of the frame, want 0' "$tmp/err"
}

@test "decode: stdin, files, many files, empty ones" {
	fc 0 <"$frames/demo.frames"
	same "$tmp/out" "$expected/frames.tsv"
	fc 0 - <"$frames/demo.frames"
	same "$tmp/out" "$expected/frames.tsv"
	fc 0 </dev/null
	out
	err
	fc 0 /dev/null "$frames/demo.frames" /dev/null
	same "$tmp/out" "$expected/frames.tsv"
	cp "$frames/demo.frames" "$tmp/again"
	fc 0 "$frames/demo.frames" - "$frames/demo.frames" <"$tmp/again"
	cat "$expected"/frames.tsv{,,} | cmp - "$tmp/out"
	# numbers count from 1 in each file
	fc 1 "$frames/demo.frames" "$frames/truncated.frames"
	err "framecat: $frames/truncated.frames: frame 13, byte 960: truncated, 37 of 80 bytes"
}

@test "decode: a file that is missing or a directory; the others are still read" {
	fc 2 "$tmp/nothing" "$frames/demo.frames" "$tmp" "$frames/demo.frames"
	cat "$expected"/frames.tsv{,} | cmp - "$tmp/out"
	err "framecat: $tmp/nothing: No such file or directory" "framecat: $tmp: Is a directory"
	fc 2 encode "$tmp/nothing" "$expected/frames.tsv" "$tmp"
	same "$tmp/out" "$frames/demo.frames"
	err "framecat: $tmp/nothing: No such file or directory" "framecat: $tmp: Is a directory"
	fc 2 <&-
	err "framecat: -: Bad file descriptor"
}

@test "decode: lines and JSON are read as such" {
	fc 0 "$expected/frames.tsv"
	same "$tmp/out" "$expected/frames.tsv"
	framecat -j "$frames/demo.frames" >"$tmp/json"
	fc 0 "$tmp/json"
	same "$tmp/out" "$expected/frames.tsv"
	framecat -H -o type,port,ipv4 "$frames/demo.frames" >"$tmp/header"
	fc 0 -o port,ipv4 "$tmp/header"
	awk -F '\t' -v OFS='\t' '{ print $9, $7 }' "$expected/frames.tsv" | cmp - "$tmp/out"
	fc 1 "$expected/frames-peerid.tsv"
	lines 0
	grep -q 'line 1, byte 0: oldframe line, want frame (see --layout)$' "$tmp/err"
	{ cat "$expected/frames.tsv"; echo 'what is this'; } >"$tmp/bad"
	fc 1 "$tmp/bad"
	same "$tmp/out" "$expected/frames.tsv"
	err "framecat: $tmp/bad: line 201, byte $(stat -c %s "$expected/frames.tsv"): 'what is this' is no record type that is read here (such as frame)"
}

# ---- encode

@test "encode: lines of the vectors give their frames" {
	fc 0 encode "$expected/frames.tsv"
	same "$tmp/out" "$frames/demo.frames"
	err
	fc 0 encode --endian=big "$expected/frames.tsv"
	same "$tmp/out" "$frames/frames-be.frames"
	err
	fc 0 encode "$expected/frames-peerid.tsv"
	same "$tmp/out" "$frames/frames-peerid.frames"
	err
	fc 0 encode --layout=peerid "$expected/frames-peerid.tsv"
	same "$tmp/out" "$frames/frames-peerid.frames"
	fc 0 encode <"$expected/frames.tsv"
	same "$tmp/out" "$frames/demo.frames"
	fc 0 encode </dev/null
	out
	err
}

@test "encode: any order of columns, JSON, CRLF, and a last line without newline" {
	for form in -j '-j --time=iso' '-H -o type,passkey,info_hash,port,ipv6,ipv4,event,numwant,version,draft' \
		'-H -o passkey,info_hash,port,ipv6,ipv4,event,numwant,version,draft' '-j -o info_hash,passkey,draft,port,ipv6,ipv4,numwant,version,event,type'; do
		# shellcheck disable=SC2086 # several options
		framecat --keep -q $form "$frames/odd.frames" >"$tmp/lines"
		fc 0 encode "$tmp/lines"
		same "$tmp/out" "$frames/odd.frames"
		sed 's/$/\r/' "$tmp/lines" >"$tmp/crlf"
		fc 0 encode "$tmp/crlf"
		same "$tmp/out" "$frames/odd.frames"
		head -c -1 "$tmp/lines" >"$tmp/open"
		fc 0 encode "$tmp/open"
		same "$tmp/out" "$frames/odd.frames"
	done
}

@test "encode: what a line lacks" {
	tsv "peer $hash 1.2.3.4 ::1 258 -" >"$tmp/in"
	fc 0 encode --set passkey=$key "$tmp/in"
	bytes 0100 3200 $hash "$(printf %s $key | od -v -An -tx1)" 01020304 00000000000000000000000000000001 0201 0000 | cmp - "$tmp/out"
	fc 0 encode --endian=big --set passkey=$key "$tmp/in"
	bytes 0100 0032 $hash "$(printf %s $key | od -v -An -tx1)" 01020304 00000000000000000000000000000001 0102 0000 | cmp - "$tmp/out"
	fc 0 encode --set passkey=$key --set version=9 --set event=stopped --set numwant=1 --set draft=beef --set port=7 "$tmp/in"
	# a port there is is kept
	bytes 0902 0100 $hash "$(printf %s $key | od -v -An -tx1)" 01020304 00000000000000000000000000000001 0201 beef | cmp - "$tmp/out"
	fc 0 encode --layout=peerid --set peer_id=-TR2940-0123456789ab --set draft=0102030405060708090a0b0c0d0e "$tmp/in"
	bytes 0100 3200 $hash "$(printf %s -TR2940-0123456789ab | od -v -An -tx1)" 01020304 00000000000000000000000000000001 0201 \
		0102030405060708090a0b0c0d0e | cmp - "$tmp/out"
	# the last --set wins; a line's own value before any
	tsv "frame - - - $hash $key - - - - -" >"$tmp/in"
	fc 0 encode --set passkey=a --set port=1 --set port=2 "$tmp/in"
	bytes 0100 3200 $hash "$(printf %s $key | od -v -An -tx1)" 0000000000000000000000000000000000000000 0200 0000 | cmp - "$tmp/out"
	# text is escaped as in lines
	tsv "frame - - - $hash - - - 1 - -" >"$tmp/in"
	fc 0 encode --set 'passkey=\x2d\t\\0123456789abcdef0123456789abc' "$tmp/in"
	[ "$(tail -c +25 "$tmp/out" | head -c 4)" = $'-\t\\0' ]
}

@test "encode: what must be there and is not is told with its line; the rest is done" {
	tsv "peer $hash 1.2.3.4 - 1 -" "frame 1 started 50 $hash $key - - 1 - -" "frame 1 started 50 - $key - - 1 - -" \
		"frame 1 started 50 $hash $key - - - - -" "{\"passkey\":\"$key\"}" "frame 1 started 50 $hash $key - - 1 - -" >"$tmp/in"
	fc 1 encode "$tmp/in"
	[ "$(stat -c %s "$tmp/out")" = 160 ]
	err "framecat: $tmp/in: line 1, byte 0: no passkey: the line must have one, or --set passkey=... give it" \
		"framecat: $tmp/in: line 3, byte $(head -n 2 "$tmp/in" | wc -c): no info_hash: the line must have one, or --set info_hash=... give it" \
		"framecat: $tmp/in: line 4, byte $(head -n 3 "$tmp/in" | wc -c): no port: the line must have one, or --set port=... give it" \
		"framecat: $tmp/in: line 5, byte $(head -n 4 "$tmp/in" | wc -c): no info_hash: the line must have one, or --set info_hash=... give it"
	fc 1 encode --layout=peerid "$tmp/in"
	grep -q 'line 1, byte 0: no peer_id: ' "$tmp/err"
}

@test "encode: parts of the wrong length" {
	tsv "frame 1 started 50 $hash short - - 1 - -" "frame 1 started 50 $hash ${key}0 - - 1 - -" \
		"oldframe 1 started 50 $hash $key - - 1 - -" >"$tmp/in"
	printf '{"type":"frame","info_hash":"%s","port":1,"passkey":"%s"}\n' $hash "$(printf 'x%.0s' {1..100000})" >>"$tmp/in"
	fc 1 encode "$tmp/in"
	out
	err "framecat: $tmp/in: line 1, byte 0: passkey of 5 bytes, want 32" \
		"framecat: $tmp/in: line 2, byte $(head -n 1 "$tmp/in" | wc -c): passkey of 33 bytes, want 32" \
		"framecat: $tmp/in: line 3, byte $(head -n 2 "$tmp/in" | wc -c): peer_id of 32 bytes, want 20" \
		"framecat: $tmp/in: line 4, byte $(head -n 3 "$tmp/in" | wc -c): passkey of 100000 bytes, want 32"
}

@test "encode: bad lines are told, with the byte of the column; the others are done" {
	{
		tsv "frame 1 started 50 $hash $key - - 1 - -"
		echo
		tsv "# a comment" "frame 256 started 50 $hash $key - - 1 - -" "frame 1 begun 50 $hash $key - - 1 - -" "torrent x"
		echo '{"port":1'
		echo "{\"info_hash\":\"$hash\",\"passkey\":\"$key\",\"port\":1,\"event\":\"stopped\"}"
		printf 'frame\t1\0\n'
	} >"$tmp/in"
	fc 1 encode "$tmp/in"
	[ "$(stat -c %s "$tmp/out")" = 160 ]
	[ "$(wc -l <"$tmp/err")" = 5 ]
	at() { head -n $(($1 - 1)) "$tmp/in" | wc -c; }
	grep -qF "line 4, byte $(($(at 4) + 6)): version: '256' is not a number in 0..255" "$tmp/err"
	grep -qF "line 5, byte $(($(at 5) + 8)): event: 'begun' is not one of started, completed, stopped, 0..255" "$tmp/err"
	grep -qF "line 6, byte $(at 6): 'torrent' is no record type that is read here (such as frame)" "$tmp/err"
	grep -qF "line 7, byte $(($(at 7) + 9)): JSON ends where ',' or '}' was expected" "$tmp/err"
	grep -qF "line 9, byte $(($(at 9) + 6)): version: '1\\x00' is not a number in 0..255" "$tmp/err"
}

@test "encode: binary input is named as such" {
	fc 1 encode "$frames/demo.frames"
	out
	grep -q 'byte 0: holds NUL bytes: binary data where record lines were expected$' "$tmp/err"
}

@test "encode: a line over 16 MiB is skipped; the next ones are read" {
	{ tsv "frame 1 started 50 $hash $key - - 1 - -"; head -c 17000000 /dev/zero | tr '\0' x; echo; tsv "frame 1 started 50 $hash $key - - 2 - -"; } >"$tmp/in"
	fc 1 encode "$tmp/in"
	[ "$(stat -c %s "$tmp/out")" = 160 ]
	[ "$(wc -l <"$tmp/err")" = 1 ]
	grep -q ': line 2, ' "$tmp/err"
	rm "$tmp/in"
}

@test "encode: types mixed in one stream" {
	tsv "frame 1 completed 50 $hash $key - - 1 - -" "oldframe 1 stopped 50 $hash -TR2940-0123456789ab - - 1 - -" \
		"peer $hash 1.2.3.4 - 1 1700000000" "leecher $hash $key" "member $key $hash" '#type port info_hash passkey' \
		"frame 3 $hash $key" "{\"type\":\"peer\",\"info_hash\":\"$hash\",\"port\":4}" >"$tmp/in"
	fc 0 encode --set passkey=$key --set port=9 "$tmp/in"
	err
	framecat -k -o event,port "$tmp/out" >"$tmp/ports"
	tsv 'completed 1' 'stopped 14129' 'started 1' 'started 9' 'started 9' 'started 3' 'started 4' | sed 2d | cmp - <(sed 2d "$tmp/ports")
}

@test "encode: settings that are none" {
	row() {
		fc 2 encode --set "$1" </dev/null
		out
		err "framecat: $2" "framecat: try 'framecat --help'"
	}
	row port "--set: 'port' is not FIELD=VALUE"
	row '' "--set: '' is not FIELD=VALUE"
	row '=1' "--set: '=1' begins with no column of frame records"
	row prt=1 "--set: 'prt=1' begins with no column of frame records"
	row type=frame "--set: 'type=frame' begins with no column of frame records"
	row port= "--set port: '' is not a number in 0..65535"
	row port=65536 "--set port: '65536' is not a number in 0..65535"
	row event=begun "--set event: 'begun' is not one of started, completed, stopped, 0..255"
	row draft=bee "--set draft: 'bee' is not 4 hexadecimal digits"
	row ipv4=- "--set ipv4: '-' is not an IPv4 address"
	row 'passkey=\q' "--set passkey: '\\\\q' begins with no escape, want \\\\ \\t \\n \\r or \\xHH"
}

# ---- stats

@test "stats: totals, as lines, JSON and a table" {
	framecat stats "$frames/demo.frames" | golden framecat/stats.tsv
	framecat stats -j "$frames/demo.frames" | golden framecat/stats.json
	framecat stats -t -o frames,started,completed,stopped,passkeys "$frames/demo.frames" | golden framecat/stats.txt
	# against other tools
	[ "$(framecat stats -o frames,started,stopped,info_hashes,passkeys,ipv6_only "$frames/demo.frames")" = "$(printf '%s\t' \
		"$(wc -l <"$expected/frames.tsv")" "$(grep -c started "$expected/frames.tsv")" "$(grep -c stopped "$expected/frames.tsv")" \
		"$(cut -f 5 "$expected/frames.tsv" | sort -u | wc -l)" "$(cut -f 6 "$expected/frames.tsv" | sort -u | wc -l)" |
		sed "s/\$/$(cut -f 7 "$expected/frames.tsv" | grep -c '^-$')/")" ]
}

@test "stats: bad places and bytes left out; nothing at all; all there may be" {
	fc 1 stats -o frames,bad,skipped "$frames/desync.frames"
	out $'89\t2\t88'
	fc 1 stats -o frames,bad,skipped "$frames/truncated.frames"
	out $'12\t1\t37'
	fc 0 stats -o frames,bad,rate </dev/null
	out $'0\t0\t-'
	fc 0 stats -k -o frames,started,other "$frames/odd.frames"
	out $'11\t9\t2'
	fc 0 stats --layout=peerid -o frames,passkeys "$frames/frames-peerid.frames"
	[ "$(cut -f 2 "$tmp/out")" = "$(cut -f 6 "$expected/frames-peerid.tsv" | sort -u | wc -l)" ]
}

timed() {
	awk -v OFS='\t' -v hash=$hash -v key=$key 'BEGIN { for (i = 1; i < ARGC; i++) print "frame", 1, "started", 50, hash, key, "1.2.3." i, "-", 1, "0000", ARGV[i] }' "$@"
}

@test "stats: --interval by the times of the frames" {
	timed 1700000000 1700000003.5 1700000009 1700000010 1700000030 1700000030 >"$tmp/in"
	fc 0 stats --interval 10 -o first,last,frames,addresses,rate "$tmp/in"
	out $'1700000000\t1700000009\t3\t3\t0.3' $'1700000010\t1700000010\t1\t1\t0.1' $'1700000030\t1700000030\t2\t2\t0.2'
	fc 0 stats --interval=1m -o frames --time=iso "$tmp/in"
	out 6
	fc 0 stats -o first,last,frames,rate --time=iso "$tmp/in"
	out $'2023-11-14T22:13:20Z\t2023-11-14T22:13:50Z\t6\t0.2'
	fc 0 stats --interval 10 -n 1 -o frames "$tmp/in"
	out 3
	fc 0 stats --interval 10 -j -o first,frames "$tmp/in"
	[ "$(head -n 1 "$tmp/out")" = '{"first":1700000000,"frames":3}' ]
	fc 0 stats --interval 10 </dev/null
	out
	# before 1970, the ends of time, and intervals as long as there can be
	timed -0.5 -1 -9223372036853 9223372036853 >"$tmp/in"
	fc 0 stats --interval 10 -o first,frames "$tmp/in"
	lines 3
	[ "$(head -n 1 "$tmp/out")" = $'-10\t2' ]
	fc 2 stats --interval 999999999999999999d -o frames "$tmp/in"
	fc 0 stats --interval 213503982334601d -o frames "$tmp/in"
	fc 0 stats --interval 18446744073709551615 -o frames "$tmp/in"
	fc 0 stats -o rate "$tmp/in"
	lines 1
	fc 2 stats --interval 5w "$tmp/in"
	err "framecat: --interval: '5w' is not a time span such as 90, 5m, 2h or 7d" "framecat: try 'framecat --help'"
}

@test "stats: a frame without a time counts for when it arrives" {
	fc 0 stats --interval 7d -o frames "$frames/demo.frames"
	[ "$(awk '{ sum += $1 } END { print sum }' "$tmp/out")" = 200 ]
}

# ---- mask

@test "mask: equal stays equal, different stays different, nothing of the original is left" {
	export PEERUTILS_MASK_KEY=secret
	framecat --mask passkey,ipv4 --mask ipv6 "$frames/demo.frames" >"$tmp/masked"
	for column in 6 7 8; do
		# the first line of each value: the same partition in both
		partition() { cut -f $column "$1" | awk '!($0 in first) { first[$0] = NR } { print first[$0] }'; }
		diff <(partition "$expected/frames.tsv") <(partition "$tmp/masked")
		diff <(cut -f $column "$expected/frames.tsv" | grep -nx -- -) <(cut -f $column "$tmp/masked" | grep -nx -- -)
		# none is what it was
		[ "$(paste <(cut -f $column "$expected/frames.tsv") <(cut -f $column "$tmp/masked") | awk '$1 == $2 && $1 != "-"' | wc -l)" = 0 ]
	done
	diff <(cut -f 1-5,9- "$expected/frames.tsv") <(cut -f 1-5,9- "$tmp/masked")
	[ "$(grep -cF -e "$(cut -f 6 "$expected/frames.tsv" | sort -u)" "$tmp/masked")" = 0 ]
	# it is still a capture
	framecat encode "$tmp/masked" | framecat | cmp - "$tmp/masked"
}

@test "mask: the key decides, without one each run differs" {
	masked() { framecat --mask passkey "$frames/demo.frames" | sha256sum; }
	a=$(PEERUTILS_MASK_KEY=a masked) b=$(PEERUTILS_MASK_KEY=b masked)
	[ "$a" != "$b" ]
	[ "$a" = "$(PEERUTILS_MASK_KEY=a masked)" ]
	[ "$(masked)" != "$(masked)" ]
	[ "$(PEERUTILS_MASK_KEY='' masked)" != "$(PEERUTILS_MASK_KEY='' masked)" ]
	# known: HMAC-SHA-256 (RFC 2104) of the passkey
	need openssl
	want=$(printf %s $key | openssl dgst -sha256 -hmac secret | sed 's/.* //')
	[ "$(PEERUTILS_MASK_KEY=secret framecat --mask passkey -n 1 -o passkey "$frames/demo.frames")" = "${want:0:32}" ]
}

@test "mask: counted and matched" {
	export PEERUTILS_MASK_KEY=secret
	[ "$(framecat --mask passkey --top passkey:0 "$frames/demo.frames" | grep -cF $key)" = 0 ]
	diff <(framecat --mask passkey --top passkey:0 -o count "$frames/demo.frames") <(framecat --top passkey:0 -o count "$frames/demo.frames")
	# conditions are about the value that was there
	[ "$(framecat --mask passkey -m passkey=$key "$frames/demo.frames" | wc -l)" = "$(grep -c $key "$expected/frames.tsv")" ]
	fc 2 --mask port "$frames/demo.frames"
	out
	err "framecat: --mask: port is a number; only text and addresses can be masked" "framecat: try 'framecat --help'"
}

# ---- live streams

# live ARG... - framecat reads a fifo that stays open for writing as descriptor 7; its id is $live
live() {
	mkfifo "$tmp/fifo"
	background env --default-signal=INT timeout --foreground 100 framecat "$@" "$tmp/fifo" >"$tmp/out" 2>"$tmp/err" 7>&-
	live=$!
	exec 7>"$tmp/fifo"
}

# has N - stdout has that many lines
has() {
	[ "$(wc -l <"$tmp/out")" = "$1" ]
}

# ended STATUS - what it ended with
ended() {
	local status=0
	wait "$live" || status=$?
	[ "$status" = "$1" ] || { echo "ended with $status, want $1"; cat "$tmp/err"; return 1; } >&2
}

@test "live: what a slow writer gave is there before it gives more" {
	live
	head -c 80 "$frames/demo.frames" >&7
	wait_for has 1
	head -c 170 "$frames/demo.frames" | tail -c +81 >&7
	wait_for has 2
	head -c 240 "$frames/demo.frames" | tail -c +171 >&7
	wait_for has 3
	exec 7>&-
	ended 0
	head -n 3 "$expected/frames.tsv" | cmp - "$tmp/out"
}

@test "live: who wants no frame waits for none" {
	mkfifo "$tmp/fifo"
	timeout 100 framecat -n 0 "$tmp/fifo" >"$tmp/out"
	has 0
}

@test "live: lines to frames, too" {
	live encode
	head -n 1 "$expected/frames.tsv" >&7
	whole() { [ "$(stat -c %s "$tmp/out")" = 80 ]; }
	wait_for whole
	exec 7>&-
	ended 0
	head -c 80 "$frames/demo.frames" | cmp - "$tmp/out"
}

@test "live: -n ends at the last record, whether more comes or not" {
	live -n 2
	head -c 160 "$frames/demo.frames" >&7
	ended 0
	head -n 2 "$expected/frames.tsv" | cmp - "$tmp/out"
	exec 7>&-
}

@test "live: ^C ends with the summary and the shell's 130" {
	live
	head -c 80 "$frames/demo.frames" >&7
	wait_for has 1
	kill -INT "$(pgrep -P "$live")"
	ended 130
	head -n 1 "$expected/frames.tsv" | cmp - "$tmp/out"
	grep -qx 'framecat: stopped after 1 frame' "$tmp/err"
	exec 7>&-
}

@test "live: a count is printed when SIGTERM ends it" {
	# the fifo is opened for reading when all of the file before it was read
	live --top event -o count "$frames/demo.frames"
	kill -TERM "$(pgrep -P "$live")"
	ended 143
	[ "$(awk '{ sum += $1 } END { print sum }' "$tmp/out")" = 200 ]
	grep -qx 'framecat: stopped after 200 frames' "$tmp/err"
	exec 7>&-
}

# ---- ends

@test "a full disk is an error" {
	status=0
	framecat "$frames/demo.frames" >/dev/full 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	err 'framecat: cannot write to standard output: No space left on device'
	status=0
	for verb in 'encode --set x=1' 'stats' '--top port' '-t' '--help' '--list verbs'; do
		[ "$verb" != 'encode --set x=1' ] || verb="encode $expected/frames.tsv"
		status=0
		# shellcheck disable=SC2086 # several words
		framecat $verb <"$frames/demo.frames" >/dev/full 2>"$tmp/err" || status=$?
		[ "$status" = 2 ]
		grep -qx 'framecat: cannot write to standard output: No space left on device' "$tmp/err"
	done
	status=0
	framecat "$frames/demo.frames" >&- 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	err 'framecat: cannot write to standard output: Bad file descriptor'
}

@test "a reader that leaves ends it without a word" {
	for ((i = 0; i < 30; i++)); do cat "$frames/demo.frames"; done >"$tmp/big"
	framecat "$tmp/big" "$tmp/big" 2>"$tmp/err" | head -n 1 >"$tmp/out"
	status=${PIPESTATUS[0]}
	[ "$status" = 141 ]
	err
	head -n 1 "$expected/frames.tsv" | cmp - "$tmp/out"
}

@test "the twentieth complaint alike is the last, without -v" {
	for ((i = 0; i < 25; i++)); do echo bad; done >"$tmp/in"
	fc 1 encode "$tmp/in"
	[ "$(grep -c "'bad' is no record type" "$tmp/err")" = 20 ]
	[ "$(tail -n 1 "$tmp/err")" = 'framecat: 5 more complaints like these (-v shows all)' ]
	fc 1 encode -v "$tmp/in"
	[ "$(wc -l <"$tmp/err")" = 25 ]
	fc 1 encode -q "$tmp/in"
	[ "$(wc -l <"$tmp/err")" = 20 ]
	# of each kind
	for ((i = 0; i < 3; i++)); do printf 'frame\t256\n'; done >>"$tmp/in"
	fc 1 encode "$tmp/in"
	[ "$(grep -c "'256' is not" "$tmp/err")" = 3 ]
}

@test "golden: what the manual shows" {
	framecat -n 3 "$frames/demo.frames" | golden framecat/lines.tsv
	framecat -j -n 3 "$frames/demo.frames" | golden framecat/lines.json
	framecat --csv -n 3 "$frames/demo.frames" | golden framecat/lines.csv
	framecat -t -n 3 "$frames/demo.frames" | golden framecat/table.txt
	framecat -k --csv "$frames/odd.frames" | golden framecat/odd.csv
	framecat -k -j "$frames/odd.frames" | golden framecat/odd.json
	framecat --layout=peerid -j -n 3 "$frames/frames-peerid.frames" | golden framecat/oldframe.json
	PEERUTILS_MASK_KEY=golden framecat --mask passkey,ipv4,ipv6 -n 3 "$frames/demo.frames" | golden framecat/masked.tsv
}
