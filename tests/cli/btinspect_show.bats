# btinspect_show.bats - one record for each torrent, and the view for people: what stands in it, masked and escaped

load ../support/helpers
load ../support/btinspect

key=0123456789abcdef0123456789abcdef

@test "a record holds all that a torrent says of itself" {
	torrent one "d6:lengthi5e4:name1:a12:piece lengthi16384e${pieces}7:privatei1e6:source4:SITEe" \
		"8:announce$(string http://t.example/announce)7:comment$(string $'two\nlines')10:created by$(string 'maker 1.0')13:creation datei1700000000e"
	bt 0 "$tmp/one.torrent"
	out "$(printf 'torrent\t%s\t-\ta\t5\t1\t16384\t1\t1\t1\tSITE\t1700000000\tmaker 1.0\ttwo\\nlines\t1\t0\t%s' \
		"$(sha 1 "d6:lengthi5e4:name1:a12:piece lengthi16384e${pieces}7:privatei1e6:source4:SITEe")" "$tmp/one.torrent")"
	torrent two "$info_v2"
	torrent both "$info_hybrid"
	bt 0 show -o version,pieces,private,created,source "$tmp/two.torrent" "$tmp/both.torrent"
	out $'2\t1\t0\t-\t-' $'hybrid\t1\t0\t-\t-'
	# what nobody can have meant
	torrent late "$info_v1" '13:creation datei9223372036854775807e'
	bt 0 show -o created "$tmp/late.torrent"
	out -
}

@test "what is no torrent is an error; --keep shows what there is" {
	torrent odd "d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces19:aaaaaaaaaaaaaaaaaaae"
	torrent one "$info_v1"
	bt 1 show -o name,path "$tmp/odd.torrent" "$tmp/one.torrent"
	out "$(printf 'a\t%s' "$tmp/one.torrent")"
	[ "$(wc -l <"$tmp/err")" = 1 ]
	grep -q "^btinspect: $tmp/odd.torrent: byte [0-9]*: " "$tmp/err"
	bt 1 show -k -o info_hash,name "$tmp/odd.torrent"
	out "$(printf '%s\ta' "$(sha 1 "d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces19:aaaaaaaaaaaaaaaaaaae")")"
	printf 'd4:infod6:lengthi5e' >"$tmp/cut"
	bt 1 show -k "$tmp/cut"
	out
	bt 1 show 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
	err 'btinspect: magnet link: no torrent: only magnet and trackers take magnet links'
}

long_torrent() {
	local list
	list="d6:lengthi5e4:pathl1:aeed4:attr1:p6:lengthi16379e4:pathl4:.pad5:16379eed4:attr1:x6:lengthi1536e4:pathl1:d1:eeed4:attr1:l6:lengthi0e4:pathl1:d1:fe12:symlink pathl1:aeed4:attr1:h6:lengthi3145728e4:pathl1:d1:g1:hee"
	torrent long "d5:filesl${list}e4:name5:album12:piece lengthi3163648e${pieces}7:privatei1e6:source4:SITEe" \
		"8:announce$(string "http://t.example/$key/announce")13:announce-listll$(string "http://t.example/$key/announce")$(string udp://u.example:1)el$(string udp://v.example:1)ee7:comment$(string $'first\nInfo hash     0000')10:created by$(string 'maker 1.0')13:creation datei1700000000e"
}

@test "--long: everything, trackers by tier and masked, files as a tree, padding in one line" {
	long_torrent
	bt 0 show --long "$tmp/long.torrent"
	diff - "$tmp/out" >&2 <<-END
	File          $tmp/long.torrent
	Name          album
	Info hash     $(btinspect infohash -o info_hash "$tmp/long.torrent")
	Version       1
	Size          3.0 MiB (3147269 bytes) in 4 files
	Pieces        1 of 3.0 MiB (3163648 bytes)
	Private       yes
	Source        SITE
	Created       2023-11-14T22:13:20Z
	Created by    maker 1.0
	Comment       first
	              Info hash     0000
	Trackers      tier 0  http://t.example/***/announce
	                      udp://u.example:1
	              tier 1  udp://v.example:1
	Files
	            album/
	   5 bytes    a
	              d/
	   1.5 KiB      e (executable)
	                f -> a
	                g/
	     3 MiB        h (hidden)
	              and 16.0 KiB of padding in 1 file
	END
	err
	bt 0 show -l --reveal "$tmp/long.torrent"
	grep -qF "tier 0  http://t.example/$key/announce" "$tmp/out"
}

@test "--long: of one file and of both versions, one after the other, with what else a torrent names" {
	torrent both "$info_hybrid" "9:httpseedsl$(string http://h.example/)e5:nodesll9:n.examplei6881eee7:similarl20:aaaaaaaaaaaaaaaaaaaae8:url-listl$(string http://w.example/)e"
	torrent one "$info_v1"
	bt 0 show --long "$tmp/both.torrent" "$tmp/one.torrent"
	diff - "$tmp/out" >&2 <<-END
	File          $tmp/both.torrent
	Name          a
	Info hash     $(sha 1 "$info_hybrid")
	Info hash v2  $(sha 256 "$info_hybrid")
	Version       1 and 2 (hybrid)
	Size          5 bytes in 1 file
	Pieces        1 of 16 KiB (16384 bytes)
	$(btinspect show --long "$tmp/both.torrent" | sed -n '/^Pieces/,/^Files/p' | sed '1d;$d')
	Files
	   5 bytes  a

	File          $tmp/one.torrent
	Name          a
	Info hash     $(sha 1 "$info_v1")
	Version       1
	Size          5 bytes in 1 file
	Pieces        1 of 16 KiB (16384 bytes)
	Files
	   5 bytes  a
	END
	bt 0 show --long "$tmp/both.torrent"
	for line in 'Web seeds     http://w.example/' 'HTTP seeds    http://h.example/' 'DHT nodes     n.example:6881' \
		'Similar       6161616161616161616161616161616161616161'; do
		grep -qxF "$line" "$tmp/out"
	done
}

@test "--long: nothing of a torrent reaches a terminal as it is" {
	local evil=$'\e[2J\r\302\233\377\a'
	torrent evil "d5:filesld6:lengthi5e4:pathl$(string "$evil")$(string "$evil")eee4:name$(string "$evil")12:piece lengthi16384e${pieces}6:source$(string "$evil")e" \
		"8:announce$(string "http://t.example/$evil")7:comment$(string "$evil")10:created by$(string "$evil")8:encoding$(string "$evil")5:nodesll$(string "$evil")i1eee9:publisher$(string "$evil")"
	cp "$tmp/evil.torrent" "$tmp/$evil"
	bt 0 show --long "$tmp/$evil"
	[ -z "$(LC_ALL=C tr -d '\n -~' <"$tmp/out")" ]
	[ "$(grep -cF '\x1b[2J\r\xc2\x9b\xff\x07' "$tmp/out")" -ge 9 ]
}

@test "--long: hostile depths cost no more than their bytes" {
	local deep
	deep=$(printf '1:a%.0s' {1..20000})
	torrent deep "d5:filesld6:lengthi5e4:pathl${deep}eed6:lengthi5e4:pathl${deep}1:beee4:name1:n12:piece lengthi16384e${pieces}e"
	bt 0 show --long "$tmp/deep.torrent"
	[ "$(wc -l <"$tmp/out")" -lt 20020 ]
	[ "$(wc -c <"$tmp/out")" -lt 1500000 ]
}

@test "--long prints no records: options that shape them are refused" {
	torrent one "$info_v1"
	for option in -j --csv -t -H -n1 --skip=1 --sample=1/2 --top=name --mask=name '-msize=5' -oname --time=iso --fields; do
		bt 2 show --long "$option" "$tmp/one.torrent"
		out
		grep -q '^btinspect: --[a-z]* is for records, and show prints text with the other options$' "$tmp/err"
	done
	bt 2 files --long "$tmp/one.torrent"
	bt 0 show --long -q "$tmp/one.torrent"
}

@test "a word that is no file is told of as the verb that it was meant to be" {
	torrent one "$info_v1"
	cd "$tmp"
	bt 2 file one.torrent -o name
	out a
	err 'btinspect: file: No such file or directory' "btinspect: file is no verb either: try 'btinspect --help'"
	bt 2 one.torrent files -o name
	out a
	err 'btinspect: files: No such file or directory' 'btinspect: files is a verb: there may be one, before all files'
	bt 2 show file one.torrent -o name
	err 'btinspect: file: No such file or directory'
	bt 2 two.torrent
	err 'btinspect: two.torrent: No such file or directory'
	bt 2 -q files show
	err 'btinspect: show: No such file or directory'
}

@test "who names no file at a terminal is told what it waits for" {
	need script
	SHELL=/bin/sh script -qec "btinspect files" /dev/null >"$tmp/shown" </dev/null || true
	grep -q '^btinspect: no file is named: reading the terminal' "$tmp/shown"
	SHELL=/bin/sh script -qec "btinspect files -" /dev/null >"$tmp/shown" </dev/null || true
	if grep terminal "$tmp/shown" >&2; then return 1; fi
	bt 1 files </dev/null
	if grep terminal "$tmp/err" >&2; then return 1; fi
}
