# btinspect_tree.bats - any bencode value by value: places, lengths, flaws, broken files, the view for people, hostile input

load ../support/helpers
load ../support/btinspect

# ben TEXT - $tmp/x is that bencode, with the escapes of printf
ben() {
	printf "$1" >"$tmp/x"
}

@test "tree: each value has its offset, length, depth and place, a container before what is in it" {
	ben 'd4:infod5:filesld6:lengthi7e4:pathl1:a0:eee4:name2:\303\2516:pieces3:\377abee'
	bt 0 tree "$tmp/x"
	tsv "bencode 0 68 0 - dict - $tmp/x -" \
		"bencode 7 60 1 info dict - $tmp/x -" \
		"bencode 15 28 2 info.files list - $tmp/x -" \
		"bencode 16 26 3 info.files[0] dict - $tmp/x -" \
		"bencode 25 3 4 info.files[0].length integer 7 $tmp/x -" \
		"bencode 34 7 4 info.files[0].path list - $tmp/x -" \
		"bencode 35 3 5 info.files[0].path[0] string a $tmp/x -" \
		"bencode 38 2 5 info.files[0].path[1] string  $tmp/x -" \
		"bencode 49 4 2 info.name string é $tmp/x -" \
		"bencode 61 5 2 info.pieces string \\xffab $tmp/x -" >"$tmp/want"
	diff -u "$tmp/want" "$tmp/out" >&2
	err
}

@test "tree: any value, stdin, several files, records in every form" {
	for value in i-42e 4:spam 0: le de; do
		printf %s "$value" | btinspect tree -o kind,value
	done >"$tmp/out"
	out "integer	-42" "string	spam" "string	" "list	-" "dict	-"
	ben li1eli2eee
	printf i5e >"$tmp/y"
	bt 0 tree -o path,key,value -m kind=integer "$tmp/x" "$tmp/y"
	out "$tmp/x	[0]	1" "$tmp/x	[1][0]	2" "$tmp/y	-	5"
	bt 0 tree -j "$tmp/y"
	out "{\"type\":\"bencode\",\"offset\":0,\"length\":3,\"depth\":0,\"key\":null,\"kind\":\"integer\",\"value\":\"5\",\"path\":\"$tmp/y\",\"flaws\":null}"
}

@test "tree: flaws are in their column and noted once; they are no error" {
	ben 'd1:bi007e1:ai-0e1:a02:hi1:ci99999999999999999999e2:aali1eee'
	bt 0 tree -o key,value,flaws "$tmp/x"
	out "-	-	-" "b	007	zero_padded_integer" "a	-0	unsorted_key,negative_zero" "a	hi	duplicate_key,padded_length" \
		"c	99999999999999999999	wide_integer" "aa	-	unsorted_key" "aa[0]	1	-"
	err "btinspect: $tmp/x: 5 values not canonical, the first at byte 4: integer with leading zeros"
	bt 0 tree -q "$tmp/x"
	err
}

@test "tree: of a broken file, all that comes before the place where it is broken" {
	ben 'd1:ali1ei2e'
	bt 1 tree -o offset,length,key "$tmp/x"
	out "0	-	-" "4	-	a" "5	3	a[0]" "8	3	a[1]"
	err "btinspect: $tmp/x: byte 11: the input ends where a value was expected"
	ben 'l1:ai1xe'
	bt 1 tree -o offset,value "$tmp/x"
	out "0	-" "1	a"
	err "btinspect: $tmp/x: byte 6: found 'x' where a digit or the 'e' of an integer was expected"
	ben 'd8:msg_typei1e5:piecei0eeRAWBYTES'
	bt 1 tree -o key,value "$tmp/x"
	out "-	-" "msg_type	1" "piece	0"
	err "btinspect: $tmp/x: byte 25: found 8 bytes more where the value has ended"
	: >"$tmp/x"
	printf i1e >"$tmp/y"
	bt 1 tree -o value "$tmp/x" "$tmp/y"
	out 1
	err "btinspect: $tmp/x: byte 0: the input ends where a value was expected"
}

@test "tree: passkeys in URLs are masked, unless --reveal" {
	key=0123456789abcdef0123456789abcdef
	printf 'd8:announce%d:http://t.example/%s/announce4:listll%d:udp://t.example/?passkey=%seee' $((26 + ${#key})) $key \
		$((25 + ${#key})) $key >"$tmp/x"
	for form in '' -j -l; do
		bt 0 tree $form "$tmp/x"
		[ -s "$tmp/out" ]
		! grep $key "$tmp/out" || return
	done
	bt 0 tree --reveal -o value "$tmp/x"
	grep -qx "http://t.example/$key/announce" "$tmp/out"
	grep -qx "udp://t.example/?passkey=$key" "$tmp/out"
}

@test "tree --long: indented, with offsets, cut to 80 columns, nothing raw" {
	ben 'd1:\033i1e5:a.txtl2:\377\376e4:bigs199:'
	{
		cat "$tmp/x"
		printf '0%.0s' {1..66} | sed 's/0/€/g'
		printf '!3:eur200:'
		printf '0%.0s' {1..200}
		printf '1:zi007ee'
	} >"$tmp/y"
	bt 2 tree --long --json "$tmp/y"
	err 'btinspect: --json is for records, and tree prints text with the other options' "btinspect: try 'btinspect --help'"
	bt 0 tree --long "$tmp/y"
	[ "$(tail -n +2 "$tmp/out" | wc -L)" = 80 ]
	grep -q $'^        0  .*/y: dict, 447 bytes$' "$tmp/out"
	! grep -q $'\033' "$tmp/out" || return
	grep -q '^        4    \[0x1b\]: 1$' "$tmp/out"
	grep -q '^       14    \["a.txt"\]: list, 6 bytes$' "$tmp/out"
	grep -q '^       15      \[0\]: 2 bytes fffe$' "$tmp/out"
	grep -q '^       26    bigs: "€*\.\.\.$' "$tmp/out"
	grep -q '^      234    eur: "0*\.\.\.$' "$tmp/out"
	grep -q 'z: (zero_padded_integer) 007$' "$tmp/out"
}

@test "tree --long: wide characters take two columns, accents none" {
	local wide accents
	wide=$(printf '漢%.0s' {1..60}) accents=$(printf 'e\314\201%.0s' {1..60})
	printf 'l180:%s180:%se' "$wide" "$accents" >"$tmp/x"
	bt 0 tree --long "$tmp/x"
	# 19 columns up to the quote and 3 of dots leave 58
	grep -qx "        1    \[0\]: \"${wide:0:29}\.\.\." "$tmp/out"
	grep -qx "      185    \[1\]: \"$accents\"" "$tmp/out"
	# what is shorter than a line, but not all of it
	printf '402:%s' "$(printf '\314\201%.0s' {1..201})" >"$tmp/x"
	bt 0 tree --long "$tmp/x"
	grep -q '\.\.\.$' "$tmp/out"
}

@test "tree: 1000 levels are read, one more is refused; keys that are huge are not named again and again" {
	{ printf 'l%.0s' {1..1000}; printf 'e%.0s' {1..1000}; } >"$tmp/x"
	bt 0 tree -o depth,length "$tmp/x"
	[ "$(tail -1 "$tmp/out")" = "999	2" ]
	[ "$(head -1 "$tmp/out")" = "0	2000" ]
	{ printf 'l%.0s' {1..1001}; printf 'e%.0s' {1..1001}; } >"$tmp/x"
	bt 1 tree -o depth "$tmp/x"
	[ "$(wc -l <"$tmp/out")" = 1000 ]
	err "btinspect: $tmp/x: byte 1000: lists and dictionaries are nested deeper than 1000"
	# 20 levels of keys of 100 kB around 20,000 integers: 40 GB of paths, if they were printed whole
	{
		for i in {1..20}; do
			printf 'd100000:%0100000d' "$i"
		done
		printf l
		printf 'i1e%.0s' {1..20000}
		printf 'e%.0s' {0..20}
	} >"$tmp/x"
	bt 0 tree "$tmp/x"
	[ "$(wc -c <"$tmp/out")" -lt 120000000 ]
	[ "$(wc -L <"$tmp/out")" -lt 5000 ]
}

@test "tree: five million integers, in little memory" {
	{ printf l; yes i1e | head -n 5000000 | tr -d '\n'; printf e; } >"$tmp/x"
	# the file has 15 MB
	(ulimit -v 100000 && "$PEERUTILS_RELEASE/btinspect" tree -n 3 -o key "$tmp/x") >"$tmp/out"
	out "-" "[0]" "[1]"
	(ulimit -v 100000 && "$PEERUTILS_RELEASE/btinspect" tree -o length "$tmp/x") | sort | uniq -c | sed 's/^ *//' >"$tmp/out"
	out "1 15000002" "5000000 3"
}
