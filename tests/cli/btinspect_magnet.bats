# btinspect_magnet.bats - torrents to magnet links and links to records: both ways, beside other clients; hostile links

load ../support/helpers
load ../support/btinspect

v1=c12fe1c06bba254a9dc9f519b335aa7c1367a88a
v2=d8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb
key=0123456789abcdef0123456789abcdef

@test "torrents become links as clients print them: versions 1 and 2, and both" {
	torrent one "$info_v1"
	torrent two "$info_v2"
	torrent both "$info_hybrid"
	bt 0 magnet "$tmp/one.torrent" "$tmp/two.torrent" "$tmp/both.torrent"
	out "magnet:?xt=urn:btih:$(sha 1 "$info_v1")&dn=a&xl=5" \
		"magnet:?xt=urn:btmh:1220$(sha 256 "$info_v2")&dn=a&xl=5" \
		"magnet:?xt=urn:btih:$(sha 1 "$info_hybrid")&xt=urn:btmh:1220$(sha 256 "$info_hybrid")&dn=a&xl=5"
	err
}

@test "names and URLs are percent-encoded, trackers stand in the order of their tiers, then web seeds" {
	local name=$'n\303\244 +&%\n\377' tiers
	tiers="13:announce-listll$(string http://a.example/1)$(string 'udp://b.example:1')el$(string 'http://c.example/?a=b&c=d')ee"
	torrent names "d6:lengthi5e4:name$(LC_ALL=C; printf '%d:' "${#name}")${name}12:piece lengthi16384e${pieces}e" \
		"8:announce$(string http://not.example/)$tiers"
	# url-list is behind info in the order of keys; before it here, which nobody minds
	bt 0 magnet --reveal "$tmp/names.torrent"
	grep -qF '&dn=n%C3%A4%20%2B%26%25%0A%FF&xl=5&tr=http%3A%2F%2Fa.example%2F1&tr=udp%3A%2F%2Fb.example%3A1&tr=http%3A%2F%2Fc.example%2F%3Fa%3Db%26c%3Dd' "$tmp/out"
	torrent seeds "$info_v1" "8:url-listl$(string http://w.example/)$(string http://x.example/a)e"
	bt 0 magnet --reveal "$tmp/seeds.torrent"
	out "magnet:?xt=urn:btih:$(sha 1 "$info_v1")&dn=a&xl=5&ws=http%3A%2F%2Fw.example%2F&ws=http%3A%2F%2Fx.example%2Fa"
}

@test "a link becomes a record; with an option that shapes records a torrent does too" {
	bt 0 magnet "magnet:?xt=urn:btih:$v1&dn=a+b&xl=7&tr=udp://t.example:1&ws=http://w.example/&x.pe=192.0.2.1:80&so=0,2-4&kt=x+y&dht=r:1"
	out "$(printf '%s\t' magnet $v1 - 'a b' 7 1 1 1 0,2-4 'x y' dht=r:1)magnet:?xt=urn:btih:$v1&dn=a%20b&xl=7&tr=udp%3A%2F%2Ft.example%3A1&ws=http%3A%2F%2Fw.example%2F&x.pe=192.0.2.1:80&so=0,2-4&kt=x+y&dht=r:1"
	torrent both "$info_hybrid"
	bt 0 magnet -o name,size,info_hash_v2 "$tmp/both.torrent"
	out "$(printf 'a\t5\t%s' "$(sha 256 "$info_hybrid")")"
	for option in -j --csv -t -H -n1 --top=size --mask=name '-msize=5' --unset=x; do
		bt 0 magnet "$option" "$tmp/both.torrent"
		[ -z "$(grep ^magnet:\? "$tmp/out")" ]
	done
}

@test "links come from words, from lines of files and from stdin, beside torrents" {
	torrent one "$info_v1"
	printf '\n  magnet:?xt=urn:btih:%s&dn=1 \r\nMAGNET:?xt=urn:btmh:1220%s\nmagnet:?dn=x\nno link\n' $v1 $v2 >"$tmp/list"
	bt 1 magnet -o info_hash,name "$tmp/one.torrent" "magnet:?xt=urn:btih:$v1&dn=word" - <"$tmp/list"
	out "$(sha 1 "$info_v1")	a" "$v1	word" "$v1	1" "-	-"
	err "btinspect: -: line 4: this magnet link has no info hash: want xt=urn:btih: or xt=urn:btmh:" \
		"btinspect: -: line 5, byte 0: 'no link' is no magnet link: want magnet:?xt=urn:btih:"
	printf '%s\n' "$tmp/list" >"$tmp/names"
	bt 1 magnet -o name --files-from "$tmp/names"
	out 1 -
}

@test "a parameter that is wrong is said and kept" {
	local link="magnet:?xt=urn:btih:$v1&x.pe=192.0.2.1:99999&so=8-6&xl=much"
	bt 1 magnet -o size,peers,select,other,link "$link"
	out "$(printf '%s\t' - 0 - "x.pe=192.0.2.1:99999&so=8-6&xl=much")$link"
	err "btinspect: magnet link: byte 61: 'x.pe=192.0.2.1:99999': want host:port or [IPv6 address]:port, with a port of 1 to 65535" \
		"btinspect: magnet link: byte 82: 'so=8-6': want numbers of files and ranges of them, as in so=0,2,4-6" \
		"btinspect: magnet link: byte 89: 'xl=much': want a number of bytes"
}

@test "what no client should take is refused, with its place" {
	bt 1 magnet "magnet:?xt=urn:btih:11111111111111111111111111111111" "magnet:?xt=urn:btih:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" \
		"magnet:?xt=urn:btih:$v1&xt=urn:btih:${v1/c/d}" magnet:
	out
	[ "$(grep -c '^btinspect: magnet link: byte 11: .* is no version 1 info hash: want 40 hexadecimal digits or 32 characters of base32$' "$tmp/err")" = 2 ]
	grep -q 'byte 64: a second version 1 info hash' "$tmp/err"
	[ "$(wc -l <"$tmp/err")" = 4 ]
}

@test "passkeys are masked in links both ways, and --reveal shows them" {
	torrent secret "$info_v1" "8:announce$(string "https://t.example/$key/announce?uid=7")"
	local masked='&tr=https%3A%2F%2Ft.example%2F***%2Fannounce%3Fuid%3D***'
	local whole="&tr=https%3A%2F%2Ft.example%2F$key%2Fannounce%3Fuid%3D7"
	bt 0 magnet "$tmp/secret.torrent"
	out "magnet:?xt=urn:btih:$(sha 1 "$info_v1")&dn=a&xl=5$masked"
	bt 0 magnet --reveal "$tmp/secret.torrent"
	out "magnet:?xt=urn:btih:$(sha 1 "$info_v1")&dn=a&xl=5$whole"
	# an & that was not encoded cuts the URL in two
	bt 0 magnet -o link,other "magnet:?xt=urn:btih:$v1$whole&authkey=abc&xs=http://a.example/$key"
	out "magnet:?xt=urn:btih:$v1$masked&authkey=***&xs=http%3A%2F%2Fa.example%2F***	authkey=***&xs=http%3A%2F%2Fa.example%2F***"
	bt 0 magnet -o link,other --reveal "magnet:?xt=urn:btih:$v1$whole&authkey=abc&xs=http://a.example/$key"
	out "magnet:?xt=urn:btih:$v1$whole&authkey=abc&xs=http://a.example/$key	authkey=abc&xs=http://a.example/$key"
}

@test "torrent to link to record and back to the link: nothing changes" {
	torrent whole "$info_hybrid" "8:announce$(string "https://t.example/$key/a")13:announce-listll$(string "https://t.example/$key/a")el$(string udp://u.example:1)ee8:url-listl$(string http://w.example/)e"
	bt 0 magnet --reveal "$tmp/whole.torrent"
	cp "$tmp/out" "$tmp/link"
	bt 0 magnet --reveal -j "$tmp/whole.torrent"
	cp "$tmp/out" "$tmp/record"
	bt 0 magnet --reveal -j "$tmp/link"
	cmp "$tmp/record" "$tmp/out" >&2
	bt 0 magnet --reveal -o link "$tmp/link"
	cmp "$tmp/link" "$tmp/out" >&2
	bt 0 show -o info_hash,info_hash_v2,name,size,trackers,web_seeds "$tmp/whole.torrent"
	cp "$tmp/out" "$tmp/show"
	bt 0 magnet -o info_hash,info_hash_v2,name,size,trackers,web_seeds "$tmp/link"
	cmp "$tmp/show" "$tmp/out" >&2
}

# parameters LINK - sorted, decoded, without the size that transmission leaves out
parameters() {
	perl -CO -ne 'chomp; s/^magnet:\?//; for (split /&/) { next if /^xl=/; s/%(..)/chr hex $1/ge; print "$_\n" }' <<<"$1" | sort
}

@test "transmission-show prints the same parameters" {
	need transmission-show
	need perl
	torrent one "$info_v1" "8:announce$(string http://t.example/announce)13:announce-listll$(string http://t.example/announce)el$(string udp://u.example:1/a)$(string 'http://c.example/a?b=c&d=%20')ee8:url-listl$(string http://w.example/a)e"
	bt 0 magnet --reveal "$tmp/one.torrent"
	diff -u <(parameters "$(transmission-show -m "$tmp/one.torrent")") <(parameters "$(cat "$tmp/out")") >&2
	[ "$(parameters "$(cat "$tmp/out")" | wc -l)" = 6 ]
}

@test "libtorrent reads the same hashes, names and numbers of trackers and web seeds" {
	need_module libtorrent
	printf 'magnet:?%s\n' "xt=urn:btih:$v1" xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK "xt=urn:btmh:1220$v2" \
		"xt=urn:btmh:1220$v2&xt=urn:btih:$v1" "dn=a+b%20c%2Bd&xt=urn:btih:$v1" \
		"xt=urn:btih:$v1&tr=http%3A%2F%2Fa.example%3A80%2Fannounce&tr=udp%3A%2F%2Fb.example%3A1&ws=http%3A%2F%2Fw.example%2Ff" \
		"xt=urn:btih:$v1&tr=http://a.example/announce?k=v%26x=1&tr.1=http://b.example/" "xt=urn:btih:$v1&" >"$tmp/links"
	torrent both "$info_hybrid"
	bt 0 magnet "$tmp/both.torrent"
	cat "$tmp/out" >>"$tmp/links"
	bt 0 magnet -o info_hash,info_hash_v2,name,trackers,web_seeds "$tmp/links"
	/usr/bin/python3 - "$tmp/links" >"$tmp/libtorrent" <<-'EOF'
		import sys, libtorrent
		for link in open(sys.argv[1]):
		    m = libtorrent.parse_magnet_uri(link.strip())
		    v1 = m.info_hashes.v1 if m.info_hashes.has_v1() else '-'
		    v2 = m.info_hashes.v2 if m.info_hashes.has_v2() else '-'
		    print(v1, v2, m.name or '-', len(m.trackers), len(m.url_seeds), sep='\t')
	EOF
	diff -u "$tmp/libtorrent" "$tmp/out" >&2
}

@test "hostile links: a megabyte of name, a hundred thousand parameters, in time that grows with the link" {
	local links=$tmp/links
	{
		printf 'magnet:?xt=urn:btih:%s&dn=' $v1
		head -c 1000000 /dev/zero | tr '\0' '%'
		printf '\nmagnet:?xt=urn:btih:%s' $v1
		yes '&tr=http%3A%2F%2Ft.example%2Fa' | head -n 100000 | tr -d '\n'
		printf '\nmagnet:?xt=urn:btih:%s' $v1
		yes '&x=1&so=x&x.pe=y&&' | head -n 30000 | tr -d '\n'
		printf '\n'
	} >"$links"
	bt 1 magnet -q -o trackers,peers "$links"
	out "0	0" "100000	0" "0	0"
	# complaints alike are counted, not all printed
	[ "$(wc -l <"$tmp/err")" -lt 50 ]
	bt 1 magnet -q -o link "$links"
	[ "$(wc -c <"$tmp/out")" -gt 5000000 ]
}
