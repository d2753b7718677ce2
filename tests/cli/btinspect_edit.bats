# btinspect_edit.bats - btinspect edit: what is changed, what stays byte for byte, info hashes, files that cannot be written

load ../support/helpers
load ../support/btinspect

# without TEXT - what neither stdout nor stderr may have
without() {
	[ -z "$(grep -F -e "$1" "$tmp/out" "$tmp/err")" ]
}

info='d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaae'
hash=$(printf %s "$info" | sha1sum | cut -d ' ' -f 1)

# plain [PAIRS-BEFORE-INFO [PAIRS-AFTER]] - writes $tmp/a.torrent
plain() {
	printf 'd%s4:info%s%se' "${1:-}" "$info" "${2:-}" >"$tmp/a.torrent"
}

# holds [PAIRS-BEFORE-INFO [PAIRS-AFTER]] - what $tmp/a.torrent must be
holds() {
	printf 'd%s4:info%s%se' "${1:-}" "$info" "${2:-}" | cmp - "$tmp/a.torrent" || { cat -v "$tmp/a.torrent"; return 1; } >&2
}

# edit CHANGES ARG... - edits $tmp/a.torrent; the record must have those changes (-: none), and the info hash as it was
edit() {
	local changes=$1
	shift
	bt 0 edit -o info_hash,was,changes "$tmp/a.torrent" "$@"
	out "$(printf '%s\t-\t%s' "$hash" "$changes")"
	err
}

# ---- bytes

@test "edit: keys that nobody knows, odd spellings, keys in no order and what follows stay byte for byte" {
	odd='d3:zzzi007e3:aaali-0ee04:info'$info'7:comment3:old01:xd1:b1:c1:a0:e3:mmmi1eetrailing'
	printf %s "$odd" >"$tmp/a.torrent"
	edit comment --comment='new one'
	printf %s "${odd/3:old/7:new one}" | cmp - "$tmp/a.torrent"
	edit comment --comment=
	printf %s "${odd/7:comment3:old/}" | cmp - "$tmp/a.torrent"
	# the first greater key is zzz
	edit comment --comment=back
	printf %s "${odd/7:comment3:old/}" | sed 's/^d/d7:comment4:back/' | cmp - "$tmp/a.torrent"
}

@test "edit: new keys have their sorted place" {
	plain 5:aaaaai1e
	edit comment,created\ by,creation\ date --comment=c --created-by=me --created=2023-11-14T22:13:20Z
	holds 5:aaaaai1e7:comment1:c10:created\ by2:me13:creation\ datei1700000000e
	edit httpseeds,nodes,url-list --web-seed=http://w/ --http-seed=http://h/ --node=dht.example.com:6881 --node='[2001:db8::1]:80'
	holds '5:aaaaai1e7:comment1:c10:created by2:me13:creation datei1700000000e9:httpseedsl9:http://h/e' \
		'5:nodesll15:dht.example.comi6881eel11:2001:db8::1i80eee8:url-listl9:http://w/e'
	edit comment,created\ by,creation\ date,httpseeds,nodes,url-list --comment= --created-by= --created= --web-seed= --http-seed= --node=
	holds 5:aaaaai1e
}

@test "edit: a key that is there twice: the first is changed, the other goes; other keys keep theirs" {
	plain 7:comment1:a7:comment1:b3:xyzi1e3:xyzi2e
	edit comment --comment=c
	holds 7:comment1:c3:xyzi1e3:xyzi2e
}

@test "edit: a text in UTF-8 beside the text follows it" {
	plain 7:comment3:old13:comment.utf-83:OLD
	edit comment,comment.utf-8 --comment=new
	holds 7:comment3:new13:comment.utf-83:new
	edit comment,comment.utf-8 --comment=
	holds
}

@test "edit: where nothing is to be changed the file is not touched" {
	plain 8:announce10:http://t/a7:comment1:c10:created\ by1:m13:creation\ datei5e 5:nodesll1:hi1eee8:url-list9:http://w/
	touch -d @1000000000 "$tmp/a.torrent"
	inode=$(stat -c %i "$tmp/a.torrent")
	edit - --comment=c --created-by=m --created=5 --node=h:1 --web-seed=http://w/ --tracker=http://t/a --remove-tracker=none \
		--replace=none=x --http-seed=
	edit - --add-tracker=http://t/a
	[ "$(stat -c %Y,%i "$tmp/a.torrent")" = "1000000000,$inode" ]
}

@test "edit: a web seed that is a text becomes a list with another; one that is there is not added again" {
	plain '' 8:url-list9:http://w/
	edit url-list --web-seed=http://w/ --web-seed=https://x/
	holds '' 8:url-listl9:http://w/10:https://x/e
	edit url-list --web-seed=https://x/ --web-seed= --web-seed=ftp://y/
	holds '' 8:url-listl8:ftp://y/e
	plain '' 8:url-list0:
	edit url-list --web-seed=http://w/
	holds '' 8:url-listl9:http://w/e
}

@test "edit: all samples that are torrents: the same info hashes, and without the new key the same bytes" {
	mkdir "$tmp/all"
	cp "$samples"/torrents/*.torrent "$tmp/all"
	# those that have the key already are not the same when it has gone
	grep -la 9:httpseeds "$tmp"/all/* | xargs -r rm
	bt 1 edit --http-seed=http://h.example/ -o path "$tmp"/all/*
	mapfile -t edited <"$tmp/out"
	[ "${#edited[@]}" -gt 60 ]
	[ "$(grep -la 9:httpseedsl17:http://h.example/e "$tmp"/all/* | wc -l)" = ${#edited[@]} ]
	(cd "$tmp/all" && btinspect infohash "${edited[@]##*/}") >"$tmp/after"
	(cd "$samples/torrents" && btinspect infohash "${edited[@]##*/}") | cmp - "$tmp/after"
	bt 0 edit --http-seed= "${edited[@]}"
	for file in "$tmp"/all/*; do
		cmp "$file" "$samples/torrents/${file##*/}"
	done
}

# ---- trackers

@test "edit: trackers take the place of all that are there" {
	plain 8:announce10:http://o/a13:announce-listll10:http://o/ael10:http://p/aee
	edit announce,announce-list --tracker=http://t/a,udp://u:1 --tracker=wss://w/a
	holds 8:announce10:http://t/a13:announce-listll10:http://t/a9:udp://u:1el9:wss://w/aee
	# one: the list was there, so it stays one
	edit announce,announce-list --tracker=https://only/
	holds 8:announce13:https://only/13:announce-listll13:https://only/ee
	edit announce,announce-list --tracker=
	holds
	# one: there was no list, so there is none
	edit announce --tracker=http://t/a
	holds 8:announce10:http://t/a
	edit announce,announce-list --tracker=http://s/a --tracker=http://t/a
	holds 8:announce10:http://s/a13:announce-listll10:http://s/ael10:http://t/aee
}

@test "edit: trackers from a file, with blanks, commas, empty lines and CR" {
	printf '\n\nhttp://t/a?x=1,2\r\n  udp://u:1 \n\n\t\nhttp://v/a\nhttp://t/a?x=1,2\n' >"$tmp/trackers"
	plain
	edit announce,announce-list --trackers-from="$tmp/trackers"
	holds 8:announce16:http://t/a?x=1,213:announce-listll16:http://t/a?x=1,29:udp://u:1el10:http://v/aee
	plain
	btinspect edit --trackers-from=- -q "$tmp/a.torrent" <<<http://t/a
	holds 8:announce10:http://t/a
}

@test "edit: a tier is added, without what is there" {
	plain 8:announce10:http://o/a
	edit announce-list --add-tracker=http://o/a,http://p/a --add-tracker=http://q/a,http://p/a
	holds 8:announce10:http://o/a13:announce-listll10:http://o/ael10:http://p/ael10:http://q/aee
	# announce alone counts where the list is empty (BEP 12)
	plain 8:announce10:http://o/a13:announce-listle
	edit announce-list --add-tracker=http://p/a
	holds 8:announce10:http://o/a13:announce-listll10:http://o/ael10:http://p/aee
}

@test "edit: trackers are removed by a pattern of the URL or the host" {
	list="13:announce-listll$(string http://tr.Example.org/a)$(string udp://u:80/a)el$(string 'http://[::1]:80')el$(string http://u@h:1/x/a)ee"
	plain "8:announce$(string http://tr.Example.org/a)$list"
	edit announce,announce-list --remove-tracker='*.example.org' --remove-tracker=h
	holds "8:announce$(string udp://u:80/a)13:announce-listll$(string udp://u:80/a)el$(string 'http://[::1]:80')ee"
	edit announce,announce-list --remove-tracker=udp:\* --remove-tracker=::1
	holds
	plain 8:announce10:http://t/a
	edit - --remove-tracker=http --remove-tracker=a --remove-tracker='t/*'
	holds 8:announce10:http://t/a
}

@test "edit: a part of every URL is replaced, also from a file, and the record has no secret" {
	trackers() {
		echo "8:announce$(string "$1")13:announce-listll$(string "$1")el$(string "$2")ee"
	}
	plain "$(trackers http://t/OLD/OLD udp://u:80/)"
	edit announce,announce-list --replace=OLD=N=W --replace=udp:=http:
	holds "$(trackers http://t/N=W/N=W http://u:80/)"
	printf '\nnone=x\n' >"$tmp/pairs"
	edit - --replace-from="$tmp/pairs"
	printf 'W/=secret/\nu:80=u:81' >"$tmp/pairs"
	edit announce,announce-list --replace-from="$tmp/pairs"
	holds "$(trackers http://t/N=secret/N=W http://u:81/)"
	without secret
	btinspect edit -q --replace-from=- "$tmp/a.torrent" <<<N=M
	holds "$(trackers http://t/M=secret/M=W http://u:81/)"
}

@test "edit: as many replacements as there are users, in little memory" {
	[ -n "${PEERUTILS_RELEASE:-}" ] || skip 'the program as it ships is not there'
	plain "8:announce$(string http://t/key777/announce)"
	seq 60000 | sed 's/.*/key&=new&/' >"$tmp/pairs"
	(ulimit -v 200000; "$PEERUTILS_RELEASE/btinspect" edit -q --replace-from="$tmp/pairs" "$tmp/a.torrent")
	holds "8:announce$(string http://t/new777/announce)"
}

@test "edit: an announce that the list does not have goes when it has what was to go" {
	plain 8:announce12:http://x/OLD13:announce-listll10:http://t/aee
	edit announce --replace=OLD=NEW
	holds 8:announce10:http://t/a13:announce-listll10:http://t/aee
	plain 8:announce12:http://x/OLD13:announce-listll10:http://t/aee
	edit announce --remove-tracker=x
	holds 8:announce10:http://t/a13:announce-listll10:http://t/aee
	plain 8:announce12:http://x/OLD13:announce-listll10:http://t/aee
	edit - --remove-tracker=y --replace=NEW=x
	holds 8:announce12:http://x/OLD13:announce-listll10:http://t/aee
	# where the trackers change, it is the first of them
	edit announce,announce-list --add-tracker=http://u/a
	holds 8:announce10:http://t/a13:announce-listll10:http://t/ael10:http://u/aee
}

@test "edit: a replacement that leaves no URL changes nothing" {
	plain 8:announce10:http://t/a
	cp "$tmp/a.torrent" "$tmp/before"
	bt 1 edit --replace='http=no scheme' --comment=x "$tmp/a.torrent"
	out
	err "btinspect: $tmp/a.torrent: what --replace makes of tracker 1 is no URL"
	cmp "$tmp/before" "$tmp/a.torrent"
}

# ---- info

@test "edit: info is changed with --change-info only, and then both hashes are told" {
	plain
	for option in --source=X --private --public; do
		bt 2 edit "$option" "$tmp/a.torrent"
		grep -q -e "^btinspect: ${option%=*} changes info, .*--change-info allows that$" "$tmp/err"
		holds
	done
	now=${info%e}7:privatei1e6:source1:Xe
	bt 0 edit --change-info --source=X --private --comment=c "$tmp/a.torrent"
	changed=$(printf %s "$now" | sha1sum | cut -d ' ' -f 1)
	out "$(printf 'edited\t%s\t-\t%s\t-\tcomment,info.private,info.source\t%s' "$changed" "$hash" "$tmp/a.torrent")"
	printf 'd7:comment1:c4:info%se' "$now" | cmp - "$tmp/a.torrent"
	bt 0 edit --change-info --source=X --private "$tmp/a.torrent"
	out "$(printf 'edited\t%s\t-\t-\t-\t-\t%s' "$changed" "$tmp/a.torrent")"
	bt 0 edit --change-info --source= --public --comment= "$tmp/a.torrent"
	out "$(printf 'edited\t%s\t-\t%s\t-\tcomment,info.private,info.source\t%s' "$hash" "$changed" "$tmp/a.torrent")"
	holds
}

@test "edit: a private that is not 1 is none, so --public leaves it" {
	info=${info%e}7:privatei0ee
	hash=$(printf %s "$info" | sha1sum | cut -d ' ' -f 1)
	plain
	edit - --public --change-info
	holds
}

@test "edit: of version 2 and hybrids the other hash is told, too" {
	head -c 20000 /dev/zero >"$tmp/data"
	for format in v2 hybrid; do
		btinspect create -q --format=$format --to="$tmp/$format" "$tmp/data" >"$tmp/made"
		bt 0 edit --change-info --source=X -o info_hash,info_hash_v2,was,was_v2,changes "$tmp/$format"
		[ "$(cut -f 2,3 "$tmp/made")" = "$(cut -f 3,4 "$tmp/out")" ]
		[ "$(cut -f 5 "$tmp/out")" = info.source ]
		bt 0 edit --dry-run --comment=x -o info_hash,info_hash_v2 "$tmp/$format"
		btinspect infohash -o info_hash,info_hash_v2 "$tmp/$format" | cmp - "$tmp/out"
	done
}

# ---- files

@test "edit: many files, from words and a list; bad ones never stop the others" {
	for name in 1 2 3 4; do
		plain
		mv "$tmp/a.torrent" "$tmp/$name.torrent"
	done
	echo hello >"$tmp/bad.torrent"
	printf 'd4:info%s' "$info" >"$tmp/cut.torrent"
	printf 'd7:comment1:xe' >"$tmp/noinfo.torrent"
	printf '%s\n' "$tmp/3.torrent" "$tmp/bad.torrent" "$tmp/4.torrent" >"$tmp/list"
	# a file that is not there is a failure, what is no torrent is bad input; the greater status counts
	bt 2 edit --comment=c -o path "$tmp/none" "$tmp/1.torrent" "$tmp/bad.torrent" "$tmp/cut.torrent" "$tmp/noinfo.torrent" \
		"$tmp/2.torrent" --files-from="$tmp/list"
	out "$tmp/1.torrent" "$tmp/2.torrent" "$tmp/3.torrent" "$tmp/4.torrent"
	[ "$(wc -l <"$tmp/err")" = 5 ]
	for name in 1 2 3 4; do
		mv "$tmp/$name.torrent" "$tmp/a.torrent"
		holds 7:comment1:c
	done
	bt 1 edit --comment=c "$tmp/bad.torrent"
	[ "$(cat "$tmp/bad.torrent")" = hello ]
}

@test "edit: what is not printed is edited all the same" {
	plain
	cp "$tmp/a.torrent" "$tmp/b.torrent"
	bt 0 edit -n 1 --comment=c -o path "$tmp/b.torrent" "$tmp/a.torrent"
	out "$tmp/b.torrent"
	holds 7:comment1:c
}

@test "edit: what is no sound torrent is refused, with -k it is edited if it has info" {
	info=${info/i5e/i50000e}
	hash=$(printf %s "$info" | sha1sum | cut -d ' ' -f 1)
	plain
	bt 1 edit --comment=c "$tmp/a.torrent"
	holds
	bt 1 edit -k --comment=c "$tmp/a.torrent"
	out "$(printf 'edited\t%s\t-\t-\t-\tcomment\t%s' "$hash" "$tmp/a.torrent")"
	holds 7:comment1:c
	# broken bencode cannot be copied
	printf 'd4:info%s3:foo' "$info" >"$tmp/a.torrent"
	bt 1 edit -k --comment=c "$tmp/a.torrent"
	out
	printf 'd4:info%s3:foo' "$info" | cmp - "$tmp/a.torrent"
}

@test "edit: --dry-run prints what would be and writes nothing" {
	plain
	touch -d @1000000000 "$tmp/a.torrent"
	edit comment --comment=c --dry-run
	holds
	bt 0 edit --change-info --source=X --dry-run -o was "$tmp/a.torrent" --to="$tmp/other"
	out "$hash"
	holds
	[ ! -e "$tmp/other" ]
	[ "$(stat -c %Y "$tmp/a.torrent")" = 1000000000 ]
}

@test "edit: --to writes elsewhere, - to stdout and then no record" {
	plain
	bt 0 edit --comment=c --to="$tmp/b.torrent" "$tmp/a.torrent"
	out "$(printf 'edited\t%s\t-\t-\t-\tcomment\t%s' "$hash" "$tmp/a.torrent")"
	holds
	bt 2 edit --comment=d --to="$tmp/b.torrent" "$tmp/a.torrent"
	err "btinspect: $tmp/b.torrent: is there already; --force writes over it"
	bt 0 edit --comment=d --to="$tmp/b.torrent" -f "$tmp/a.torrent"
	mv "$tmp/b.torrent" "$tmp/a.torrent"
	holds 7:comment1:d
	# what needs no change is written all the same
	bt 0 edit --comment=d --to=- "$tmp/a.torrent"
	cmp "$tmp/out" "$tmp/a.torrent"
	btinspect edit --comment=e --to=- - <"$tmp/a.torrent" | btinspect edit --comment=d --to=- - | cmp - "$tmp/a.torrent"
	# a terminal is no place for them
	need script
	SHELL=/bin/sh script -qec "btinspect edit --comment=c --to=- '$tmp/a.torrent'" /dev/null >"$tmp/shown" </dev/null || true
	grep -q "would print the torrent's bytes to the terminal" "$tmp/shown"
	[ "$(grep -ac pieces "$tmp/shown")" = 0 ]
	bt 2 edit --comment=e - <"$tmp/a.torrent"
	err "btinspect: standard input cannot be written back: --to=FILE says where to" "btinspect: try 'btinspect --help'"
}

@test "edit: a symlink stays, and mode and owner of the file" {
	plain
	mkdir "$tmp/folder"
	mv "$tmp/a.torrent" "$tmp/folder/real"
	chmod 604 "$tmp/folder/real"
	ln -s folder/real "$tmp/a.torrent"
	before=$(stat -c %a,%u,%g "$tmp/folder/real")
	edit comment --comment=c
	holds 7:comment1:c
	[ -L "$tmp/a.torrent" ]
	[ "$(stat -c %a,%u,%g "$tmp/folder/real")" = "$before" ]
	[ "$(ls -A "$tmp/folder")" = real ]
}

@test "edit: a full disk, a folder and a file that may not be written leave the old file, and nothing beside it" {
	plain
	mkdir "$tmp/folder"
	mv "$tmp/a.torrent" "$tmp/folder/"
	cp "$tmp/folder/a.torrent" "$tmp/before"
	# a file that may not grow as long as that is as good as a full disk
	status=0
	(ulimit -f 1; trap '' XFSZ; btinspect edit --comment="$(head -c 3000 /dev/zero | tr '\0' x)" "$tmp/folder/a.torrent") \
		>"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	out
	err "btinspect: cannot write to $tmp/folder/a.torrent: File too large"
	cmp "$tmp/before" "$tmp/folder/a.torrent"
	[ "$(ls -A "$tmp/folder")" = a.torrent ]
	bt 2 edit --comment=c --to=/dev/full "$tmp/folder/a.torrent"
	err "btinspect: cannot write to /dev/full: No space left on device"
	bt 2 edit --comment=c --to="$tmp/folder" "$tmp/before"
	err "btinspect: $tmp/folder: Is a directory"
	if [ "$(id -u)" = 0 ]; then
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		chmod 755 "$tmp" "$tmp/folder"
	fi
	chmod 444 "$tmp/folder/a.torrent"
	chmod 555 "$tmp/folder"
	if "${as[@]}" test -r "$tmp/folder/a.torrent"; then
		status=0
		"${as[@]}" "$(command -v btinspect)" edit --comment=c "$tmp/folder/a.torrent" 2>"$tmp/err" || status=$?
		[ "$status" = 2 ]
		err "btinspect: $tmp/folder/a.torrent: Permission denied"
		chmod 666 "$tmp/folder/a.torrent"
		status=0
		"${as[@]}" "$(command -v btinspect)" edit --comment=c "$tmp/folder/a.torrent" 2>"$tmp/err" || status=$?
		[ "$status" = 2 ]
		err "btinspect: $tmp/folder/a.torrent: cannot make a file in its folder: Permission denied"
	fi
	chmod 755 "$tmp/folder"
	cmp "$tmp/before" "$tmp/folder/a.torrent"
}

# ---- the command line

@test "edit: what is wrong on the command line, without the secrets in it" {
	plain
	cp "$tmp/a.torrent" "$tmp/b.torrent"
	refused() {
		bt 2 edit "${@:2}"
		out
		head -n 1 "$tmp/err" | grep -qF -e "$1" || { cat "$tmp/err" >&2; return 1; }
	}
	refused 'nothing to change' "$tmp/a.torrent"
	refused 'no FILE to edit' --comment=c
	refused 'is for one FILE' --comment=c --to=x "$tmp/a.torrent" "$tmp/b.torrent"
	refused 'is for one FILE' --comment=c --to=x --files-from=/dev/null
	refused 'prints the torrent' --comment=c --to=- -n 1 "$tmp/a.torrent"
	refused "'gopher://x/' is no URL of a tracker" --tracker=http://a/,gopher://x/ "$tmp/a.torrent"
	refused "is no URL of a tracker" --add-tracker=http:// "$tmp/a.torrent"
	refused "is no URL of a tracker" --add-tracker='http://a b/' "$tmp/a.torrent"
	refused "is no URL of a tracker" --add-tracker=http://ä/ "$tmp/a.torrent"
	refused "is no URL of a web seed" --web-seed=udp://a/ "$tmp/a.torrent"
	for node in host host: :1 host:0 host:65536 a:b:1 '[::1:1' '[x]:1' '[]:1' 'a b:1' host:x; do
		refused "is no HOST:PORT" --node="$node" "$tmp/a.torrent"
	done
	refused 'is no time since 1970' --created=yesterday "$tmp/a.torrent"
	refused 'is no time since 1970' --created=-5 "$tmp/a.torrent"
	refused 'replace: not OLD=NEW' --replace=secret "$tmp/a.torrent"
	without secret
	refused 'replace: not OLD=NEW' --replace==x "$tmp/a.torrent"
	printf 'a=b\nsecret\n' >"$tmp/pairs"
	refused "$tmp/pairs: line 2: not OLD=NEW" --replace-from="$tmp/pairs" "$tmp/a.torrent"
	without secret
	printf 'http://t/a\n\nttp://t/0123456789abcdef0123456789abcdef\n' >"$tmp/list"
	refused "$tmp/list: line 3: " --trackers-from="$tmp/list" "$tmp/a.torrent"
	without 89abcdef
	refused 'No such file' --trackers-from="$tmp/none" "$tmp/a.torrent"
	holds
}

@test "edit: more trackers than there may be" {
	for i in {1..10001}; do echo "http://t/$i"; done >"$tmp/many"
	plain
	bt 2 edit --trackers-from="$tmp/many" "$tmp/a.torrent"
	grep -q 'more than 10000 trackers' "$tmp/err"
	holds
}

# ---- others read it

@test "edit: libtorrent and transmission-show read what was written" {
	need transmission-show
	need_module libtorrent
	head -c 100000 /dev/zero >"$tmp/data"
	btinspect create -q --to="$tmp/a.torrent" "$tmp/data" >"$tmp/made"
	btinspect edit -q "$tmp/a.torrent" --tracker=http://t.example/a,udp://u.example:80/a --tracker=https://v.example/a \
		--web-seed=http://w.example/f --comment='a comment' --created-by=me --created=1700000000 --node=127.0.0.1:6881 \
		--source=SITE --private --change-info >"$tmp/out"
	/usr/bin/python3 - "$tmp/a.torrent" "$(cut -f 2 "$tmp/out")" <<-'END'
		import sys, libtorrent as lt
		t = lt.torrent_info(sys.argv[1])
		assert str(t.info_hashes().v1) == sys.argv[2]
		assert sorted((x.tier, x.url) for x in t.trackers()) == [
			(0, 'http://t.example/a'), (0, 'udp://u.example:80/a'), (1, 'https://v.example/a')]
		assert t.comment() == 'a comment' and t.creator() == 'me' and t.creation_date() == 1700000000
		assert [x['url'] for x in t.web_seeds()] == ['http://w.example/f']
		assert t.priv()
	END
	transmission-show "$tmp/a.torrent" >"$tmp/shown"
	grep -q "Hash: $(cut -f 2 "$tmp/out")" "$tmp/shown"
	grep -q 'Comment: a comment' "$tmp/shown"
	grep -q 'udp://u.example:80/a' "$tmp/shown"
	grep -q 'Privacy: Private torrent' "$tmp/shown"
}
