# btinspect_trackers.bats - what torrents and magnet links name besides files: trackers by tier, seeds, nodes and the rest

load ../support/helpers
load ../support/btinspect

v1=c12fe1c06bba254a9dc9f519b335aa7c1367a88a
v2=d8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb
key=0123456789abcdef0123456789abcdef

# names BEFORE AFTER - $tmp/t.torrent, version 1, with those keys before and after info
names() {
	printf 'd%s4:info%s%se' "$1" "$info_v1" "$2" >"$tmp/t.torrent"
}

@test "trackers have their tier; announce counts only where there is no list" {
	names "8:announce$(string http://not.example/)13:announce-listll$(string http://a.example/a)$(string ' udp://b.example:1 ')el$(string '')el$(string http://c.example/a)ee"
	bt 0 trackers "$tmp/t.torrent"
	local hash
	hash=$(sha 1 "$info_v1")
	# the tier without a tracker is none
	tsv "tracker $hash 0 http://a.example/a tracker $tmp/t.torrent" "tracker $hash 0 udp://b.example:1 tracker $tmp/t.torrent" \
		"tracker $hash 1 http://c.example/a tracker $tmp/t.torrent" >"$tmp/want"
	cmp "$tmp/want" "$tmp/out" >&2
	names "8:announce$(string http://only.example/)"
	bt 0 trackers -o tier,url "$tmp/t.torrent"
	out "0	http://only.example/"
}

@test "everything else that a torrent names has its kind, and similar torrents are in hexadecimal digits" {
	names "11:collectionsl$(string shows)e9:httpseedsl$(string http://h.example/seed)e" \
		"5:nodesll$(string router.example)i6881eel$(string 2001:db8::1)i1eee7:similarl$(string ABCDEFGHIJKLMNOPQRST)e10:update-url$(string http://u.example/new.torrent)8:url-listl$(string http://w.example/)e"
	bt 0 trackers -o kind,tier,url "$tmp/t.torrent"
	sort -o "$tmp/out" "$tmp/out"
	out "collection	-	shows" "http_seed	-	http://h.example/seed" "node	-	[2001:db8::1]:1" "node	-	router.example:6881" \
		"similar	-	4142434445464748494a4b4c4d4e4f5051525354" "update_url	-	http://u.example/new.torrent" \
		"web_seed	-	http://w.example/"
}

@test "magnet links: trackers, web seeds, peers and sources, in their order" {
	bt 0 trackers "magnet:?xs=http://s.example/t&xt=urn:btih:$v1&tr=http%3A%2F%2Fa.example%2F&tr=udp://b.example:1&ws=http://w.example/&x.pe=[2001:db8::1]:1&as=http://m.example/&dn=x&tr="
	tsv "tracker $v1 - http://s.example/t source -" "tracker $v1 0 http://a.example/ tracker -" \
		"tracker $v1 1 udp://b.example:1 tracker -" "tracker $v1 - http://w.example/ web_seed -" \
		"tracker $v1 - [2001:db8::1]:1 peer -" "tracker $v1 - http://m.example/ source -" >"$tmp/want"
	cmp "$tmp/want" "$tmp/out" >&2
	printf 'magnet:?xt=urn:btmh:1220%s&tr=t\nmagnet:?tr=t\n' $v2 >"$tmp/links"
	bt 1 trackers "$tmp/links"
	tsv "tracker ${v2:0:40} 0 t tracker $tmp/links" >"$tmp/want"
	cmp "$tmp/want" "$tmp/out" >&2
	[ "$(cat "$tmp/err")" = "btinspect: $tmp/links: line 2: this magnet link has no info hash: want xt=urn:btih: or xt=urn:btmh:" ]
}

@test "passkeys are masked in every kind of URL, and --reveal shows them" {
	names "8:announce$(string "https://t.example/$key/announce")9:httpseedsl$(string "http://h.example/seed?pk=a1")e" \
		"10:update-url$(string "http://me:word@u.example/new.torrent")8:url-listl$(string "http://w.example/$key/")e"
	bt 0 trackers -o url "$tmp/t.torrent" "magnet:?xt=urn:btih:$v1&tr=udp://$key.example:1&xs=http://x.example/dl?k=v"
	sort -o "$tmp/out" "$tmp/out"
	out 'http://***@u.example/new.torrent' 'http://h.example/seed?pk=***' 'http://w.example/***/' 'http://x.example/dl?k=***' \
		'https://t.example/***/announce' 'udp://***.example:1'
	bt 0 trackers --reveal -o url "$tmp/t.torrent" "magnet:?xt=urn:btih:$v1&tr=udp://$key.example:1&xs=http://x.example/dl?k=v"
	[ "$(grep -c "$key" "$tmp/out")" = 3 ]
	grep -qx 'http://me:word@u.example/new.torrent' "$tmp/out"
	grep -qx 'http://x.example/dl?k=v' "$tmp/out"
}

@test "one bad file does not stop the others, and -n ends early" {
	names "8:announce$(string http://a.example/)"
	printf 'no torrent' >"$tmp/bad"
	bt 1 trackers -o url "$tmp/bad" "$tmp/t.torrent"
	out http://a.example/
	grep -q "^btinspect: $tmp/bad: " "$tmp/err"
	bt 0 trackers -n 1 -o url "magnet:?xt=urn:btih:$v1&tr=a&tr=b" "$tmp/t.torrent"
	out a
}

@test "libtorrent finds the same trackers and web seeds" {
	need_module libtorrent
	names "8:announce$(string http://a.example/a)13:announce-listll$(string http://a.example/a)$(string udp://b.example:1/a)el$(string http://c.example/a)ee" \
		"8:url-listl$(string http://w.example/x)e"
	bt 0 trackers -o kind,tier,url "$tmp/t.torrent"
	/usr/bin/python3 - "$tmp/t.torrent" >"$tmp/libtorrent" <<-'EOF'
		import sys, libtorrent
		info = libtorrent.torrent_info(sys.argv[1])
		for t in info.trackers():
		    print('tracker', t.tier, t.url, sep='\t')
		for s in info.web_seeds():
		    print('web_seed', '-', s['url'], sep='\t')
	EOF
	diff -u <(sort "$tmp/libtorrent") <(sort "$tmp/out") >&2
}
