# btinspect_infohash.bats - info hashes, and what all verbs share: how files, pipes, lists of names and bad files are read

load ../support/helpers
load ../support/btinspect

# record INFO NAME - the line of a torrent made of that info dictionary: of version 1, 2 (v2 in front) or both
record() {
	local one two
	one=$(sha 1 "$1") two=-
	[[ $1 != *'meta version'* ]] || two=$(sha 256 "$1")
	[[ $1 == *pieces2* || $1 == *6:pieces* ]] || one=-
	printf 'infohash\t%s\t%s\t%s\n' "$one" "$two" "$tmp/$2.torrent"
}

@test "the hash is that of the bytes of info, for versions 1, 2 and both" {
	torrent one "$info_v1"
	torrent two "$info_v2" "8:announce$(string http://t.example/announce)"
	torrent both "$info_hybrid"
	bt 0 infohash "$tmp/one.torrent" "$tmp/two.torrent" "$tmp/both.torrent"
	out "$(record "$info_v1" one)" "$(record "$info_v2" two)" "$(record "$info_hybrid" both)"
	err
	bt 0 infohash -j "$tmp/both.torrent"
	out "{\"type\":\"infohash\",\"info_hash\":\"$(sha 1 "$info_hybrid")\",\"info_hash_v2\":\"$(sha 256 "$info_hybrid")\",\"path\":\"$tmp/both.torrent\"}"
	bt 0 infohash -o info_hash "$tmp/one.torrent"
	out "$(sha 1 "$info_v1")"
}

@test "the bytes are taken as they stand: unsorted and unknown keys, leading zeros, duplicates, a second info" {
	local info second="d6:lengthi7e4:name1:b12:piece lengthi16384e${pieces}e"
	for info in "d${pieces}4:name1:a6:lengthi5e12:piece lengthi16384ee" \
		"d6:lengthi0005e4:name1:a12:piece lengthi16384e${pieces}e" \
		"d6:lengthi5e4:name1:a4:name1:b12:piece lengthi16384e${pieces}e" \
		"d3:keyd1:xi1ee6:lengthi5e4:name01:a12:piece lengthi16384e${pieces}6:sourcei-0ee"; do
		torrent odd "$info"
		bt 0 infohash "$tmp/odd.torrent"
		out "$(record "$info" odd)"
		err
	done
	printf 'd4:info%s4:info%se' "$info_v1" "$second" >"$tmp/two.torrent"
	bt 0 infohash "$tmp/two.torrent"
	out "$(record "$info_v1" two)"
	# what follows info, and what follows the dictionary
	printf 'd4:info%s8:url-list0:ejunk\n' "$info_v1" >"$tmp/tail.torrent"
	bt 0 infohash "$tmp/tail.torrent"
	out "$(record "$info_v1" tail)"
}

@test "other faults of a torrent do not matter, as long as there is an info dictionary" {
	local info
	for info in "d6:lengthi5e4:name1:a12:piece lengthi0e${pieces}e" "d6:lengthi-5e6:pieces19:aaaaaaaaaaaaaaaaaaae" \
		"d5:filesle4:name0:${pieces}e"; do
		torrent faulty "$info"
		bt 0 infohash "$tmp/faulty.torrent"
		out "$(record "$info" faulty)"
		bt 1 show "$tmp/faulty.torrent"
		out
	done
}

# bad NAME MESSAGE - $tmp/NAME (stdin) has no info hash
bad() {
	cat >"$tmp/$1"
	bt 1 infohash "$tmp/$1"
	out
	err "btinspect: $tmp/$1: $2"
	bt 1 infohash -k "$tmp/$1"
	out
	err "btinspect: $tmp/$1: $2"
}

@test "what has none is told with its place" {
	printf '' | bad empty 'byte 0: the file is empty'
	printf '4:spam' | bad string 'byte 0: found a string, where a torrent file is one dictionary'
	printf 'd8:intervali1800ee' | bad reply 'byte 0: there is no info dictionary, so this is no torrent'
	printf 'd4:infoi1ee' | bad number 'byte 0: there is no info dictionary, so this is no torrent'
	printf 'd4:infod6:lengthi5e4:name1:aee' | bad versionless \
		'byte 7: info has no pieces, no file tree and no meta version: no client takes it for a torrent'
	printf 'd4:info%se' "$info_v1" | head -c 63 | bad cut 'byte 58: a string of 20 bytes, but only 2 are left'
	printf '\357\273\277d4:info%se' "$info_v1" | bad bom 'byte 0: it begins with a UTF-8 byte order mark'
	printf 'd4:info%se' "$info_v1" | gzip | bad gzip 'byte 0: it is gzip-compressed'
	printf 'd4:infod6:lengthi5xe' | bad digit "byte 18: found 'x' where a digit or the 'e' of an integer was expected"
	bt 1 infohash 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
	err 'btinspect: magnet link: a magnet link; `btinspect magnet` prints its info hash'
}

@test "bad files among many do not stop the others, and the order stays" {
	local i names=()
	torrent one "$info_v1"
	torrent two "$info_v2"
	printf x >"$tmp/bad"
	for ((i = 0; i < 60; i++)); do names+=("$tmp/one.torrent" "$tmp/bad" "$tmp/two.torrent" "$tmp/none"); done
	bt 2 infohash "${names[@]}"
	for ((i = 0; i < 60; i++)); do record "$info_v1" one; record "$info_v2" two; done | diff - "$tmp/out" >&2
	[ "$(grep -c "bad: byte 0: found 'x' where a value" "$tmp/err")" = 20 ]
	[ "$(grep -c 'none: No such file or directory' "$tmp/err")" = 20 ]
	grep -qx 'btinspect: 80 more complaints like these (-v shows all)' "$tmp/err"
}

@test "the same for every kind of sum: libcrypto and the sums side by side agree" {
	local i size
	mkdir "$tmp/sizes"
	# each number of bytes around the blocks of SHA-1, and some long ones between
	for ((i = 0; i < 200; i++)); do
		size=$((i % 7 ? i : i * 311))
		printf 'd4:infod6:lengthi5e4:name%d:%0*d12:piece lengthi16384e%see' "$((size + 1))" "$((size + 1))" 0 "$pieces" >"$tmp/sizes/$i"
	done
	bt 0 infohash -o info_hash,path "$tmp"/sizes/*
	for file in "$tmp"/sizes/*; do
		printf '%s\t%s\n' "$(head -c -1 "$file" | tail -c +8 | sha1sum | cut -d' ' -f1)" "$file"
	done | diff - "$tmp/out" >&2
}

# ---- names of files

@test "--files-from: a name on each line, or ended by NULs, ten thousand of them" {
	torrent one "$info_v1"
	mkdir "$tmp/many"
	for i in {10000..19999}; do printf 'd4:info%se' "$info_v1" >"$tmp/many/$i.torrent"; done
	find "$tmp/many" -type f | sort >"$tmp/list"
	bt 0 infohash --files-from="$tmp/list"
	cut -f4 "$tmp/out" | diff - "$tmp/list" >&2
	[ "$(cut -f2 "$tmp/out" | sort -u)" = "$(sha 1 "$info_v1")" ]
	cp "$tmp/out" "$tmp/all"
	tr '\n' '\0' <"$tmp/list" | bt 0 infohash --files-from=-
	cmp "$tmp/out" "$tmp/all"
	# with words, these come first; without a newline behind the last one; with CRs and empty lines
	{ printf '\r\n\n%s\r\n' "$tmp/many/10001.torrent"; printf %s "$tmp/many/10002.torrent"; } >"$tmp/list"
	bt 0 infohash -o path --files-from "$tmp/list" "$tmp/one.torrent"
	out "$tmp/one.torrent" "$tmp/many/10001.torrent" "$tmp/many/10002.torrent"
	: >"$tmp/list"
	bt 0 infohash --files-from "$tmp/list"
	out
}

@test "--files-from: NULs let names hold newlines" {
	local name=$'a\nb\r.torrent'
	torrent one "$info_v1"
	mv "$tmp/one.torrent" "$tmp/$name"
	cp "$tmp/$name" "$tmp/two.torrent"
	(cd "$tmp" && find . -name '*.torrent' -print0 | sort -z) | (cd "$tmp" && bt 0 infohash -o path --files-from=-)
	out './a\nb\r.torrent' ./two.torrent
}

@test "--files-from: what is no list, and names that cannot be" {
	bt 2 infohash --files-from="$tmp/none"
	err "btinspect: $tmp/none: No such file or directory"
	bt 2 infohash --files-from="$tmp"
	err "btinspect: $tmp: Is a directory"
	torrent one "$info_v1"
	{ printf '%05000d\n' 0; echo "$tmp/one.torrent"; printf '%0300000d\n' 0; echo "$tmp/one.torrent"; } >"$tmp/list"
	bt 1 infohash -o path --files-from="$tmp/list"
	out "$tmp/one.torrent" "$tmp/one.torrent"
	err "btinspect: $tmp/list: name 1: longer than 4095 bytes" "btinspect: $tmp/list: name 3: longer than 4095 bytes"
	# standard input cannot be the list and a file in it
	printf -- '-\n%s\n' "$tmp/one.torrent" | bt 2 infohash -o path --files-from=-
	out "$tmp/one.torrent"
	err "btinspect: --files-from=-: a file named '-' in it, but standard input is the list (write ./-)"
	echo - >"$tmp/list"
	bt 0 infohash --files-from="$tmp/list" <"$tmp/one.torrent"
	out "$(printf 'infohash\t%s\t-\t\\x2d' "$(sha 1 "$info_v1")")"
}

# ---- what is read

@test "standard input: a pipe or a file, and - among names" {
	local record
	record=$(printf 'infohash\t%s\t-\t\\x2d' "$(sha 1 "$info_v1")")
	torrent one "$info_v1"
	bt 0 infohash <"$tmp/one.torrent"
	out "$record"
	cat "$tmp/one.torrent" | bt 0 infohash
	out "$record"
	dd bs=3 if="$tmp/one.torrent" 2>/dev/null | bt 0 infohash "$tmp/one.torrent" - "$tmp/one.torrent"
	out "$(record "$info_v1" one)" "$record" "$(record "$info_v1" one)"
	# it is read once only
	bt 1 infohash - - <"$tmp/one.torrent"
	out "$record"
	err 'btinspect: -: byte 0: the file is empty'
}

@test "folders, broken links, what cannot be read, and an empty name are told, and status 2 says so" {
	torrent one "$info_v1"
	ln -s nowhere "$tmp/broken"
	bt 2 infohash "$tmp" "$tmp/broken" /proc/self/mem '' "$tmp/one.torrent"
	out "$(record "$info_v1" one)"
	err "btinspect: $tmp: Is a directory" "btinspect: $tmp/broken: No such file or directory" \
		'btinspect: /proc/self/mem: Input/output error' "btinspect: '': No such file or directory"
	# the reason is there, however long the name
	bt 2 infohash "$tmp/$(printf '%0300d' 0)/x.torrent"
	grep -q '^btinspect: \.\.\.0*/x.torrent: File name too long$' "$tmp/err"
}

@test "files of more than 256 MB are not read; as much of a pipe is" {
	truncate -s $((256 << 20 | 1)) "$tmp/large"
	torrent one "$info_v1"
	bt 1 infohash "$tmp/large" "$tmp/one.torrent"
	out "$(record "$info_v1" one)"
	err "btinspect: $tmp/large: larger than 256 MB, which no torrent is"
	bt 1 infohash <"$tmp/large"
	err 'btinspect: -: larger than 256 MB, which no torrent is'
	head -c $((256 << 20 | 1)) /dev/zero | PATH=$PEERUTILS_RELEASE:$PATH bt 1 infohash
	err 'btinspect: -: larger than 256 MB, which no torrent is'
	PATH=$PEERUTILS_RELEASE:$PATH bt 1 infohash /dev/zero
	err 'btinspect: /dev/zero: larger than 256 MB, which no torrent is'
}

two_lines() {
	[ "$(wc -l <"$tmp/out")" = 2 ]
}

@test "what was read is printed before a wait: for the next name, for a pipe, for somebody to open it" {
	torrent one "$info_v1"
	mkfifo "$tmp/list" "$tmp/pipe"
	background btinspect infohash --files-from="$tmp/list" >"$tmp/out" 2>"$tmp/err"
	exec 5>"$tmp/list"
	echo "$tmp/one.torrent" >&5
	wait_for grep -q one.torrent "$tmp/out"
	printf '%s\n%s\n' "$tmp/one.torrent" "$tmp/pipe" >&5
	wait_for two_lines
	cat "$tmp/one.torrent" >"$tmp/pipe"
	wait_for grep -q pipe "$tmp/out"
	exec 5>&-
	wait $!
	out "$(record "$info_v1" one)" "$(record "$info_v1" one)" "$(record "$info_v1" one | sed 's/one.torrent/pipe/')"
	err
}

@test "^C ends it, with what it had" {
	local status=0
	torrent one "$info_v1"
	mkfifo "$tmp/pipe"
	background btinspect infohash "$tmp/one.torrent" "$tmp/pipe" >"$tmp/out" 2>"$tmp/err"
	wait_for grep -q one.torrent "$tmp/out"
	kill -TERM $!
	wait $! || status=$?
	[ "$status" = 143 ]
	out "$(record "$info_v1" one)"
	err 'btinspect: stopped after 1 file'
}

@test "names of files and complaints about them bring no escapes to a terminal" {
	local name=$'\e[2J\nbtinspect: x\302\233\377'
	torrent one "$info_v1"
	cp "$tmp/one.torrent" "$tmp/$name"
	printf x >"$tmp/$name.bad"
	bt 2 infohash "$tmp/$name" "$tmp/$name.bad" "$tmp/$name.none"
	out "$(printf 'infohash\t%s\t-\t' "$(sha 1 "$info_v1")")$tmp/"'\x1b[2J\nbtinspect: x\xc2\x9b\xff'
	err "btinspect: $tmp/"'\x1b[2J\nbtinspect: x\xc2\x9b\xff.bad: byte 0: found '"'x' where a value (a digit, i, l or d) was expected" \
		"btinspect: $tmp/"'\x1b[2J\nbtinspect: x\xc2\x9b\xff.none: No such file or directory'
}

@test "-n reads no more files than it prints" {
	torrent one "$info_v1"
	bt 0 infohash -n 1 "$tmp/one.torrent" "$tmp/none"
	out "$(record "$info_v1" one)"
	bt 0 infohash -n 0 "$tmp/none"
	out
}

@test "a million files: in bounded memory" {
	need /usr/bin/python3
	local kind verb
	for kind in files-v1 files-v2; do
		"$top/tests/support/hostile-torrents" $kind 1000000 >"$tmp/large.torrent"
		for verb in infohash show files pieces; do
			(ulimit -v 220000; PATH=$PEERUTILS_RELEASE:$PATH; btinspect $verb "$tmp/large.torrent" | tail -n 1 >"$tmp/last"; [ "${PIPESTATUS[0]}" = 0 ])
			[ -s "$tmp/last" ]
		done
		(ulimit -v 220000; PATH=$PEERUTILS_RELEASE:$PATH; btinspect show --long "$tmp/large.torrent" | tail -n 1 | grep -q '^    1 byte  .*f0999999$')
	done
}

@test "peerdump takes its torrents from what infohash and show print" {
	torrent one "$info_v1"
	torrent two "$info_v2"
	for verb in infohash show; do
		for form in '' -j; do
			btinspect $verb $form "$tmp/one.torrent" | peerdump --rdb "$samples/demo.rdb" - >"$tmp/out" 2>"$tmp/err"
			err 'peerdump: 1 of 1 torrent has no peers'
		done
	done
	[ "$(btinspect infohash "$tmp/two.torrent" | peerdump --rdb "$samples/demo.rdb" - 2>"$tmp/err"; echo $?)" = 1 ]
	grep -q 'line 1, byte 0: info_hash: not set, but it is what names a torrent' "$tmp/err"
}
