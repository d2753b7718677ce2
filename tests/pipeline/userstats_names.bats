# userstats_names.bats - how torrents and users are named: words, prefixes, files, stdin, records of every tool

load ../support/helpers
load ../support/site
load ../support/userstats

hash1=86d4c80024a469be4c50bc5a102cf71780310074
hash2=86d4c8ffffffffffffffffffffffffffffffffff
hash3=aaaaaaa024a469be4c50bc5a102cf71780310074
key1=0a1b2c3d4e5f60718293a4b5c6d7e8f9
key2=0a1b2c3d0000000000000000000000ff
odd="it's \"\\odd"

# Each user completed the torrent of his own number, and is live on it.
setup_file() {
	site_begin
	[ -z "${file_lacks:-}" ] || return 0
	psql_ -v odd="$odd" <<-END
		insert into users (id, email, username, password, passkey, role, activated) values
			(1, 'a', 'alice', 'x', '$key1', 1, true), (2, 'b', '77', 'x', '$key2', 1, true),
			(3, 'c', '0A1bcd', 'x', 'aaaaaaa0000000000000000000000000', 1, true),
			(4, 'd', 'name:d', 'x', :'odd', 1, true), (77, 'e', '# e', 'x', '9999ffff9999ffff9999ffff9999ffff', 1, true);
		insert into torrent_info (id, title, poster) select i, 't' || i, '-' from generate_series(1, 4) i;
		insert into torrent (id, name, length, infohash) values
			(1, 'a', 1, '$hash1'), (2, 'b', 1, '$hash2'), (3, 'c', 1, '$hash3'), (4, 'd', 1, '$hash3');
		insert into torrent_status (tid, uid, status, upload, download, finished)
			select least(id, 4), id, 0, 0, 0, true from users;
	END
	tsv "member $key1 $hash1" "member $key2 $hash2" "member aaaaaaa0000000000000000000000000 $hash3" |
		peerdump load -q --expire 3600
}

teardown_file() {
	site_down
}

# users STATUS WORD... - completed of them; uids is which users they were
users() {
	site_use "$BATS_FILE_TMPDIR"
	us "$1" completed -o uid "${@:2}"
}

torrents() {
	site_use "$BATS_FILE_TMPDIR"
	us "$1" who -o tid,uid "${@:2}"
}

@test "users: by uid, name and passkey, in their order, each once" {
	users 0 77 alice name:77 uid:1 -q "passkey:$odd" "name:name:d" "name:# e" "${key1^^}"
	out 77 1 2 4
	users 1 -- -5 uid:x nobody
	[ ! -s "$tmp/out" ]
	says "'x' is no number"
	says "uid -5: the site has no such user"
	says "'nobody': the site has no such user"
	users 1 5 name:1 ffffffffffffffffffffffffffffffff "passkey:$(printf 'a\x01\xff')"
	says 'uid 5: the site has no such user'
	says "'1': the site has no such user"
	says 'passkey ffff...: the site has no such user'
	says 'passkey a\x01\xff: the site has no such user'
}

@test "numbers below zero: marked, after --, in a file as they were printed" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -1 -c "insert into users (id, email, username, password, passkey) values (-5, 'f', '-77', 'x', 'ffffffff000000000000000000000000'), (-77, 'g', 'g', 'x', 'g')" \
		-c "insert into torrent_info (id, title, poster) values (-5, 't', '-'), (-9223372036854775807, 't', '-')" \
		-c "insert into torrent (id, name, length, infohash) select id, 't', 1, md5(id::text) || '00000000' from torrent_info where id < 0" \
		-c "insert into torrent_status (tid, uid, finished) values (-5, -5, true), (-5, -77, true), (-9223372036854775807, -5, true)"
	users 0 uid:-5 uid:1
	out -5 -5 1
	us 0 completed -o uid,tid -- -5 1
	out $'-5\t-9223372036854775807' $'-5\t-5' $'1\t1'
	users 0 name:-77 uid:-77
	out -5 -5 -77
	users 0 -- -77
	out -77
	us 0 torrents -o tid --all
	cp "$tmp/out" "$tmp/all"
	us 0 torrents -o tid -f "$tmp/all"
	cmp "$tmp/out" "$tmp/all"
	us 0 torrents -o tid,finished tid:-5 tid:-9223372036854775807
	out $'-5\t2' $'-9223372036854775807\t1'
	us 0 torrents -o tid -- -5
	out -5
	us 0 user uid:-5 -o kind,uid,tid
	out $'account\t-5\t-' $'completed\t-5\t-9223372036854775807' $'completed\t-5\t-5'
	us 1 torrents -- -12345 - </dev/null
	says 'tid -12345: the site has no such torrent'
	[ "$(grep -c 'hash:' "$tmp/err")" = 0 ]
	psql_ -1 -c 'delete from users where id < 0' -c 'delete from torrent where id < 0' -c 'delete from torrent_info where id < 0' \
		-c 'delete from torrent_status where tid < 0'
}

@test "users: the beginning of a passkey, or a name that looks like one" {
	users 0 -q 0A1b2c3D4 passkey:9999 passkey:aaaa
	out 1 77 3
	users 0 0A1bcd
	out 3
	# it is no name here, and no passkey begins so
	users 1 0a1bcd passkey:0A1bcd 0a1b2c3d beef
	[ ! -s "$tmp/out" ]
	says "'0a1bcd': the site has no user of that name, and no passkey that begins so"
	says "'0a1b2c3d' fits 2 users: 77, alice"
	says "'beef': the site has no user"
	# what is named twice is there once
	users 0 -q "$key1" 0a1b2c3d4e "name:0A1bcd" 0A1bcd
	out 1 3
}

@test "of what may be a passkey little is shown" {
	users 1 "${key1%??}00" passkey:0a1b2c3d4e5f60718293a4b5c6d7e
	out 1
	users 1 passkey:0a1b2c3d4e5f60718293a4b5c6d70
	says "'0a1b2c3d...': the site has no user"
	[ "$(grep -c 4e5f "$tmp/err")" = 0 ]
}

@test "torrents: by tid and info hash, in their order; the beginning of an info hash" {
	torrents 0 2 "$hash1" hash:AAAA 86d4c8f tid:2 htTIACSkab5MULxaECz3F4AxAHQ= "magnet:?xt=urn:btih:$hash1" Q3KMQABEURU34TCQXRNBALHXC6ADCADU
	out $'2\t2' $'1\t1' $'3\t3' $'4\t3'
	torrents 1 86d4 9999 hash:1234 77 abc "it's"
	[ ! -s "$tmp/out" ]
	says "'86d4' fits 2 torrents: 86d4c80024 (tid 1), 86d4c8ffff (tid 2)"
	says "tid 9999: the site has no such torrent"
	says "'1234': the site has no info hash that begins so"
	says "tid 77: the site has no such torrent"
	says "'abc' names no torrent"
	says "'it's' names no torrent"
}

@test "more than ten fit: ten are listed" {
	site_use "$BATS_FILE_TMPDIR"
	psql_ -c "insert into users (id, email, username, password, passkey, role, activated)
		select i, i, 'u' || i, 'x', '5555' || lpad(i::text, 28, '0'), 1, true from generate_series(100, 110) i"
	users 1 passkey:5555
	psql_ -c 'delete from users where id >= 100'
	says "'5555' fits 11 users: u100, u101, u102, u103, u104, u105, u106, u107, u108, u109..."
}

@test "no name, --all beside a name, a word that is no verb" {
	users 2
	says 'no user is named'
	users 2 1 --all
	says 'no user can be named beside it'
	torrents 2 -f /dev/null --all
	says 'no torrent can be named beside it'
	us 2 totrents
	says "'totrents' is neither a verb nor a torrent"
	users 0 -f /dev/null
	out
	users 2 -f "$tmp/none"
	says none
}

@test "files and stdin: bare names, blank lines, comments, headers, records, JSON; bad lines are told" {
	printf '%s\r\n' '# a comment' '' '  alice ' 'name:# e' "$key2" >"$tmp/names"
	users 0 -q -f "$tmp/names" 4 - <<<uid:3
	out 4 3 1 77 2
	printf '#username\n77\n-\nno body\n' | users 1 -
	out 2
	says '-: line 3, byte 13: none of uid, username, passkey is set'
	says "'no body': the site has no such user"
	{
		tsv "who - - 77 alice $key1" "leecher $hash1 $key2" 'else x' "frame 1"
		printf '%s\n' '{"type":"other","uid":3}' '{"username":"# e"' "{\"passkey\":\"x\",\"passkey_hex\":\"$(printf %s "$odd" | od -An -v -tx1 | tr -d ' \n')\"}"
		printf 'a\0b\n'
	} | users 1 -
	out 77 2 3 4
	says "line 3, byte"
	says "line 4, byte"
	says "line 6, byte"
	says "line 8, byte"
	[ "$(wc -l <"$tmp/err")" = 4 ]
	printf '%s\n' "$hash2  b.torrent" 3 | torrents 0 -
	out $'2\t2' $'3\t3'
	printf '#tid\n2\n' | torrents 0 -
	out $'2\t2'
}

@test "records of every tool" {
	site_use "$BATS_FILE_TMPDIR"
	tsv "frame 1 started 50 $hash1 $key2 203.0.113.7 - 6881 0000" | framecat encode >"$tmp/frames"
	framecat "$tmp/frames" | torrents 0 -
	out $'1\t1'
	framecat -j "$tmp/frames" | users 0 -
	out 2
	framecat "$tmp/frames" | peerdump load -q
	peerdump | torrents 0 -
	out $'1\t1' $'1\t2'
	peerdump torrents | torrents 0 -
	out $'1\t1' $'1\t2'
	rcli -n 1 srem "$key2" htTIACSkab5MULxaECz3F4AxAHQ= >/dev/null
	for format in '' -j '-H -o info_hash' '-H -o tid' --reveal; do
		# shellcheck disable=SC2086 # several words
		userstats who 2 1 $format | torrents 0 -
		out $'2\t2' $'1\t1'
	done
	# not the passkey, which is masked
	userstats who 2 1 | users 0 -
	out 2 1
	userstats completed alice -j | torrents 0 -
	out $'1\t1'
	tsv "activity 2 $hash1" | torrents 0 -
	out $'2\t2'
	tsv "scrape $hash1 1" "sample $hash2 203.0.113.7:6881" "difference added $hash3" "change joined $hash1 203.0.113.7" "converted $hash2 x" |
		torrents 0 -
	out $'1\t1' $'2\t2' $'3\t3' $'4\t3'
	set -- "$samples"/torrents/*.torrent
	torrent=$1
	hash=$(btinspect infohash -o info_hash "$torrent")
	[ "${#hash}" = 40 ]
	btinspect infohash "$torrent" | torrents 1 -
	says "info hash $hash: the site has no such torrent"
	btinspect "$torrent" | torrents 1 -
	says "info hash $hash: the site has no such torrent"
}

@test "a passkey among the arguments is overwritten, with a note, and works" {
	site_use "$BATS_FILE_TMPDIR"
	mkfifo "$tmp/in"
	exec 7<>"$tmp/in"
	# what runs in the background has no stdin of its own
	background bash -c 'exec userstats completed -o uid "${@:2}" - <"$1"' . "$tmp/in" "$key1" "passkey:$odd" alice \
		>"$tmp/out" 2>"$tmp/err" 7>&-
	pid=$!
	wait_for grep -q 'a passkey among the arguments' "$tmp/err"
	tr '\0' '\n' <"/proc/$pid/cmdline" >"$tmp/line"
	exec 7>&-
	wait $pid
	out 1 4
	[ "$(tail -n 4 "$tmp/line")" = "$(printf '%s\n' "${key1//?/x}" "passkey:${odd//?/x}" alice -)" ]
	[ "$(wc -l <"$tmp/err")" = 1 ]
}

@test "without PostgreSQL prefixes are left out" {
	site_use "$BATS_FILE_TMPDIR"
	PGHOST=$tmp us 1 who -o tid,info_hash "$hash1" aaaa
	says "'aaaa' is left out"
	out $'-\t'"$hash1"
}

@test "more than a million names: the rest is left out" {
	site_use "$BATS_FILE_TMPDIR"
	status=0
	{ seq 10 1048584; echo alice; echo 10; echo 2; echo 3; } |
		PATH=$PEERUTILS_RELEASE:$PATH userstats completed -o uid - >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = 1 ]
	out 77 1
	[ "$(grep -c 'more than 1048576 names' "$tmp/err")" = 1 ]
}
