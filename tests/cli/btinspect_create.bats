# btinspect_create.bats - btinspect create: what other programs make of the same files, which files are taken, what ends it

load ../support/helpers
load ../support/btinspect

# data NAME SIZE - a file of that many bytes, the same in each run, and unlike that of another name
data() {
	mkdir -p "$(dirname "$1")"
	openssl enc -aes-128-ctr -K "$(printf %s "${1##*/}" | md5sum | cut -c 1-32)" -iv 0 -in /dev/zero 2>/dev/null |
		head -c "$2" >"$1" || true
}

# album - $tmp/album: nested folders, sizes around borders of pieces of 16 and 32 KiB, empty, executable and hidden
# files, copies
album() {
	local size
	for size in 1 16383 16384 16385 32767 32768 32769 49152 65536 300000; do
		data "$tmp/album/s$size" "$size"
	done
	data "$tmp/album/sub/deep/er/x" 40000
	data "$tmp/album/sub/deep/y" 16384
	data "$tmp/album/sub.txt" 7
	data "$tmp/album/sub-x" 32768
	data "$tmp/album/Zed/run" 100
	chmod 755 "$tmp/album/Zed/run" "$tmp/album/s49152"
	data "$tmp/album/näme/späce æ" 20000
	data "$tmp/album/漢字" 50000
	cp "$tmp/album/s300000" "$tmp/album/a copy"
	: >"$tmp/album/empty"
	: >"$tmp/album/sub/empty"
	: >"$tmp/album/zz empty"
	echo hidden >"$tmp/album/.hidden"
}

# make ARG... - a torrent, in $tmp/t.torrent; its record is in $tmp/out
make() {
	bt 0 create --to="$tmp/t.torrent" -f "$@"
	err
}

# paths - of the files of $tmp/t.torrent
paths() {
	btinspect files -o path "$tmp/t.torrent" | paste -sd ' '
}

# ---- others

@test "create: info is byte for byte that of libtorrent, for all formats and piece lengths" {
	need_module libtorrent
	need openssl
	album
	data "$tmp/single" 100000
	data "$tmp/run" 32768
	chmod 700 "$tmp/run"
	mkdir "$tmp/one" "$tmp/few"
	data "$tmp/one/file" 20000
	data "$tmp/few/a" 16384
	: >"$tmp/few/b"
	data "$tmp/few/c" 5
	cat >"$tmp/compare" <<-'END'
		import os, subprocess, sys
		import libtorrent as lt
		def files(path):
		    if os.path.isfile(path):
		        return [os.path.basename(path)]
		    base = os.path.dirname(path)
		    found = [os.path.relpath(os.path.join(d, f), base) for d, _, names in os.walk(path) for f in names]
		    return sorted(found, key=lambda p: [part.encode() for part in p.split('/')])
		def reference(path, flags, piece_length):
		    storage = lt.file_storage()
		    for name in files(path):
		        status = os.stat(os.path.join(os.path.dirname(path), name))
		        storage.add_file(name, status.st_size, 4 if status.st_mode & 0o100 else 0)
		    made = lt.create_torrent(storage, piece_length, flags)
		    lt.set_piece_hashes(made, os.path.dirname(path))
		    return made.generate()
		c = lt.create_torrent
		formats = [(['--format=v1'], c.v1_only), (['--format=v1', '--padding'], c.v1_only | c.canonical_files),
		           (['--format=v2'], c.v2_only), (['--format=hybrid'], 0)]
		for path in sys.argv[1:]:
		    for piece_length in 16384, 32768, 65536, 1 << 20:
		        for options, flags in formats:
		            made = subprocess.run(['btinspect', 'create', path, '--piece-length=%d' % piece_length, '--to=-', *options],
		                                  check=True, stdout=subprocess.PIPE).stdout
		            ours, theirs = lt.bdecode(made), reference(path, flags, piece_length)
		            where = path, piece_length, options
		            assert lt.bencode(ours) == made, where
		            assert lt.bencode(ours[b'info']) == lt.bencode(theirs[b'info']), where
		            assert ours.get(b'piece layers') == theirs.get(b'piece layers'), where
		            lt.torrent_info(ours)
	END
	/usr/bin/python3 "$tmp/compare" "$tmp/album" "$tmp/single" "$tmp/run" "$tmp/one" "$tmp/few"
}

@test "create: the info hash of mktorrent and transmission-create, where they have the same order" {
	need mktorrent
	need transmission-create
	need openssl
	data "$tmp/plain/a" 100000
	data "$tmp/plain/b" 32768
	data "$tmp/plain/c/d" 1
	data "$tmp/plain/c/e" 70000
	data "$tmp/single" 1000000
	for path in plain single; do
		make --piece-length=32k -o info_hash "$tmp/$path"
		mktorrent -l 15 -o "$tmp/mk.$path" "$tmp/$path" >/dev/null
		btinspect infohash -o info_hash "$tmp/mk.$path" | cmp - "$tmp/out"
		# without -p, transmission-create writes private = 0
		make --piece-length=32k -o info_hash --private --tracker=http://t/a "$tmp/$path"
		transmission-create -p -t http://t/a -s 32 -o "$tmp/tr.$path" "$tmp/$path" >/dev/null
		btinspect infohash -o info_hash "$tmp/tr.$path" | cmp - "$tmp/out"
		transmission-show "$tmp/t.torrent" | grep -q "Hash: $(cat "$tmp/out")"
	done
	mktorrent -l 15 -p -s SITE -a http://t/a -o "$tmp/private" "$tmp/plain" >/dev/null
	make --piece-length=32k -o info_hash --private --source=SITE --tracker=http://t/a "$tmp/plain"
	btinspect infohash -o info_hash "$tmp/private" | cmp - "$tmp/out"
}

@test "create: what is made has no faults, and the data is good against it" {
	need openssl
	album
	data "$tmp/single" 100000
	for format in v1 v2 hybrid 'v1 --padding'; do
		for path in album single; do
			# shellcheck disable=SC2086 # two options
			make --format=$format "$tmp/$path" --tracker=http://t.example/announce
			bt 0 check "$tmp/t.torrent"
			out
			bt 0 verify "$tmp/$path" "$tmp/t.torrent" -o state
			[ "$(sort -u "$tmp/out")" = good ]
		done
	done
}

@test "create: the torrent's record, and what the options put into it" {
	need openssl
	data "$tmp/folder/a" 20000
	data "$tmp/folder/b" 20000
	SOURCE_DATE_EPOCH=1700000000 make --format=hybrid --private --source=SITE --comment='a comment' --name=other \
		--tracker=http://t/a,udp://u:1/a --tracker=wss://w/ --web-seed=https://s/ --http-seed=http://h/ "$tmp/folder"
	hashes=$(btinspect infohash -o info_hash,info_hash_v2 "$tmp/t.torrent")
	out "$(printf 'torrent\t%s\tother\t40000\t2\t16384\t4\thybrid\t1\tSITE\t1700000000\tpeerutils/%s\ta comment\t3\t2\t%s' "$hashes" \
		"$PEERUTILS_VERSION" "$tmp/t.torrent")"
	bt 0 show "$tmp/t.torrent"
	cp "$tmp/out" "$tmp/shown"
	bt 0 create --format=hybrid --private --source=SITE --comment='a comment' --name=other --dry-run --created=1700000000 \
		--trackers-from=<(printf 'http://t/a\nudp://u:1/a\n\nwss://w/\n') --web-seed=https://s/ --http-seed=http://h/ --node=n:1 \
		"$tmp/folder" --to="$tmp/t.torrent"
	cmp "$tmp/out" "$tmp/shown"
	make --created-by= --created= --comment= --source= --tracker= "$tmp/folder"
	[ "$(head -c 20 "$tmp/t.torrent")" = d4:infod5:filesld6:l ]
}

@test "create: the same bytes each time, with any number of threads" {
	need openssl
	album
	for format in v1 v2 hybrid; do
		for threads in 1 2 5; do
			btinspect create --format=$format --threads=$threads --created=5 --to=- "$tmp/album" | sha1sum
		done >"$tmp/sums"
		SOURCE_DATE_EPOCH=5 btinspect create --format=$format --to=- "$tmp/album/" | sha1sum >>"$tmp/sums"
		(cd "$tmp/album" && SOURCE_DATE_EPOCH=5 btinspect create --format=$format --to=- . | sha1sum) >>"$tmp/sums"
		[ "$(sort -u "$tmp/sums" | wc -l)" = 1 ]
	done
}

# ---- piece lengths

@test "create: the piece length is chosen by the size, and given within bounds" {
	chosen() {
		truncate -s "$1" "$tmp/sparse"
		make -o piece_length,pieces "$tmp/sparse" --dry-run
		out "$(printf '%s\t%s' "$2" "$3")"
	}
	chosen 1 16384 1
	chosen $((2048 * 16384 - 1)) 16384 2048
	chosen $((2048 * 16384)) 32768 1024
	chosen $((2048 * 65536 + 1)) 131072 1025
	truncate -s 100000 "$tmp/sparse"
	bt 0 create -f --to="$tmp/t.torrent" -o piece_length,pieces --piece-length=1000000 "$tmp/sparse"
	out "$(printf '1000000\t1')"
	grep -q 't.torrent: info.piece length: found 1000000: .* power of two' "$tmp/err"
	make -o pieces --piece-length=1k "$tmp/sparse"
	out 98
	make -o pieces --format=v2 --piece-length=1G "$tmp/sparse"
	out 1
	bt 2 create --piece-length=1023 "$tmp/sparse"
	bt 2 create --piece-length=1025M "$tmp/sparse"
	for size in 8k 24k 1000000; do
		for format in v2 hybrid; do
			bt 2 create --piece-length=$size --format=$format "$tmp/sparse"
			grep -q 'version 2 wants a power of two' "$tmp/err"
		done
	done
	truncate -s 1T "$tmp/sparse"
	bt 1 create --piece-length=16k "$tmp/sparse"
	grep -q 'a greater --piece-length makes less' "$tmp/err"
}

# ---- files

@test "create: files in the order of their components as bytes; hidden and empty ones too, no empty folders" {
	mkdir -p "$tmp/f/sub" "$tmp/f/none"
	for name in sub.txt sub/x sub-x Z a .h 'b b' é; do
		echo "$name" >"$tmp/f/$name"
	done
	: >"$tmp/f/0"
	make "$tmp/f" -o files,size
	[ "$(paths)" = 'f/.h f/0 f/Z f/a f/b b f/sub/x f/sub-x f/sub.txt f/é' ]
	out "$(printf '9\t34')"
}

@test "create: patterns leave out files and folders" {
	mkdir -p "$tmp/f/sub/deep"
	for name in a.nfo b.txt sub/a.nfo sub/b.txt sub/deep/c.txt; do
		echo x >"$tmp/f/$name"
	done
	make "$tmp/f" --exclude='*.nfo'
	[ "$(paths)" = 'f/b.txt f/sub/b.txt f/sub/deep/c.txt' ]
	make "$tmp/f" --exclude=deep --exclude=a.nfo
	[ "$(paths)" = 'f/b.txt f/sub/b.txt' ]
	make "$tmp/f" --exclude='sub/*.txt'
	[ "$(paths)" = 'f/a.nfo f/b.txt f/sub/a.nfo' ]
	make "$tmp/f" --exclude=sub
	[ "$(paths)" = 'f/a.nfo f/b.txt' ]
	bt 1 create "$tmp/f" --exclude='*'
	err "btinspect: $tmp/f: no data, which a torrent must have"
}

@test "create: symlinks are what they point to; one in a circle, a FIFO and a socket are left out with a note" {
	mkdir -p "$tmp/f/sub" "$tmp/else"
	echo file >"$tmp/f/sub/file"
	echo there >"$tmp/else/there"
	ln -s sub/file "$tmp/f/link"
	ln -s ../else "$tmp/f/folder"
	make "$tmp/f" -o size
	out 16
	[ "$(paths)" = 'f/folder/there f/link f/sub/file' ]
	ln -s .. "$tmp/f/sub/up"
	mkfifo "$tmp/f/fifo"
	bt 0 create "$tmp/f" -f --to="$tmp/t.torrent"
	err "btinspect: $tmp/f: 2 left out, neither files nor folders, or links in a circle"
	[ "$(paths)" = 'f/folder/there f/link f/sub/file' ]
	bt 0 create -v "$tmp/f" -f --to="$tmp/t.torrent"
	grep -qF "$tmp/f/sub/up: left out, a link to a folder that it is in" "$tmp/err"
	# PATH may be a link itself
	ln -s f "$tmp/l"
	bt 0 create -q "$tmp/l" -f --to="$tmp/t.torrent"
	[ "$(paths)" = 'l/folder/there l/link l/sub/file' ]
}

@test "create: a link to nothing and a file that cannot be read are errors, and nothing is written" {
	mkdir "$tmp/f"
	echo x >"$tmp/f/x"
	ln -s nothing "$tmp/f/link"
	bt 2 create "$tmp/f" --to="$tmp/t.torrent"
	err "btinspect: $tmp/f/link: a symlink to what is not there; --exclude leaves it out"
	[ ! -e "$tmp/t.torrent" ]
	make "$tmp/f" --exclude=link
	rm "$tmp/f/link" "$tmp/t.torrent"
	mkdir "$tmp/f/closed"
	echo y >"$tmp/f/y"
	chmod 0 "$tmp/f/y" "$tmp/f/closed"
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	chmod 755 "$tmp" "$tmp/f"
	if "${as[@]}" test -r "$tmp/f/x"; then
		status=0
		"${as[@]}" "$(command -v btinspect)" create "$tmp/f" --to=- >"$tmp/out" 2>"$tmp/err" || status=$?
		[ "$status" = 2 ]
		out
		err "btinspect: $tmp/f/closed: Permission denied" "btinspect: $tmp/f/y: Permission denied"
	fi
	chmod 755 "$tmp/f/closed"
	bt 2 create "$tmp/none"
	err "btinspect: $tmp/none: No such file or directory"
	bt 2 create /dev/null
	: >"$tmp/empty"
	bt 1 create "$tmp/empty"
	err "btinspect: $tmp/empty: no data, which a torrent must have"
}

@test "create: the torrent is not part of itself" {
	mkdir "$tmp/f"
	echo x >"$tmp/f/x"
	for _ in 1 2 3; do
		(cd "$tmp/f" && btinspect create . -f -o info_hash,files)
		btinspect create "$tmp/f" -f --to="$tmp/f/f.torrent" -o info_hash,files
	done >"$tmp/sums"
	[ "$(sort -u "$tmp/sums" | cut -f 2)" = 1 ]
	[ "$(ls -A "$tmp/f" | paste -sd ' ')" = 'f.torrent x' ]
}

@test "create: a name that is not UTF-8 is refused, unless with -k; other odd ones are a note" {
	mkdir "$tmp/f" "$tmp/g"
	echo x >"$tmp/f/$(bytes 61ff)"
	bt 1 create "$tmp/f" --to="$tmp/t.torrent"
	[ ! -e "$tmp/t.torrent" ]
	bt 0 create -k "$tmp/f" --to="$tmp/t.torrent"
	grep -q "^btinspect: .*/t.torrent: info.files\[0\].path\[0\]: 'a.xff': names are UTF-8" "$tmp/err"
	btinspect files -o path "$tmp/t.torrent" | grep -qF 'a\xff'
	echo x >"$tmp/g/a\\b"
	bt 0 create "$tmp/g" -f --to="$tmp/t.torrent"
	grep -q "^btinspect: .*/t.torrent: info.files\[0\].path\[0\]: 'a.*b' has a backslash: " "$tmp/err"
	bt 0 create -q "$tmp/g" -f --to="$tmp/t.torrent"
	err
}

# ---- what happens meanwhile

# begun SIZE - begins to make a torrent of $tmp/f, with a small file in it and one of that size, and stops while that is read
begun() {
	mkdir "$tmp/f"
	echo x >"$tmp/f/a"
	truncate -s "$1" "$tmp/f/large"
	background btinspect create "$tmp/f" --to="$tmp/t.torrent" --piece-length=16M >"$tmp/out" 2>"$tmp/err"
	pid=$!
	wait_for reads "$pid"
	kill -STOP "$pid"
}

reads() {
	[ -n "$(find "/proc/$1/fd" -lname '*/large')" ]
}

# ended STATUS - it goes on and ends so; nothing is written, nothing left behind
ended() {
	local status=0
	kill -CONT "$pid"
	wait "$pid" || status=$?
	[ "$status" = "$1" ] || { echo "exit status $status, want $1" >&2; return 1; }
	out
	[ "$(find "$tmp" -maxdepth 1 -name '*torrent' -o -name '.peerutils*')" = '' ]
}

@test "create: a file that shrinks while it is hashed is an error" {
	begun 16G
	truncate -s 1G "$tmp/f/large"
	ended 2
	# it is seen by who reads on, or at the end by who took the rest for a hole
	grep -qxE 'btinspect: large: (ends before the length that it should have|has 1073741824 bytes now and had 17179869184 before: changed while it was hashed)' "$tmp/err"
}

@test "create: a file that changes while others are hashed is an error" {
	begun 8G
	echo y >>"$tmp/f/a"
	ended 2
	err "btinspect: a: has 4 bytes now and had 2 before: changed while it was hashed"
}

@test "create: SIGTERM ends it soon, and nothing is written" {
	begun 1T
	kill -TERM "$pid"
	ended 143
	err "btinspect: stopped: nothing was written"
}

@test "create: what is there is not written over without --force, and a full disk leaves nothing" {
	truncate -s 100k "$tmp/data"
	echo old >"$tmp/t.torrent"
	bt 2 create "$tmp/data" --to="$tmp/t.torrent"
	err "btinspect: $tmp/t.torrent: is there already; --force writes over it"
	[ "$(cat "$tmp/t.torrent")" = old ]
	(cd "$tmp" && btinspect create -q data)
	bt 0 infohash -o path "$tmp/data.torrent"
	status=0
	(cd "$tmp" && btinspect create data) 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	err "btinspect: data.torrent: is there already; --force writes over it"
	bt 2 create "$tmp/data" --to="$tmp/none/t.torrent"
	err "btinspect: $tmp/none/t.torrent: cannot make a file in its folder: No such file or directory"
	bt 2 create "$tmp/data" --to=/dev/full
	err "btinspect: cannot write to /dev/full: No space left on device"
	truncate -s 100M "$tmp/large"
	status=0
	(ulimit -f 1; trap '' XFSZ; btinspect create -f --to="$tmp/t.torrent" "$tmp/large") >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = 2 ]
	[ "$(cat "$tmp/t.torrent")" = old ]
	[ "$(find "$tmp" -name '.peerutils*')" = '' ]
}

@test "create: what is wrong on the command line" {
	echo x >"$tmp/x"
	refused() {
		bt 2 create "${@:2}"
		out
		head -n 1 "$tmp/err" | grep -qF -e "$1" || { cat "$tmp/err" >&2; return 1; }
	}
	refused 'create wants one PATH'
	refused 'create wants one PATH' "$tmp/x" "$tmp/x"
	refused 'has no name' /
	for name in '' . .. a/b; do
		refused 'is no name of a file' --name="$name" "$tmp/x"
	done
	refused 'goes with --format=v1' --padding --format=v2 "$tmp/x"
	refused 'goes with --format=v1' --padding --format=hybrid "$tmp/x"
	refused 'prints the torrent' --to=- --top=name "$tmp/x"
	refused 'prints the torrent' --to=- -j "$tmp/x"
	refused 'is no URL of a tracker' --tracker=x "$tmp/x"
	SOURCE_DATE_EPOCH=today refused "SOURCE_DATE_EPOCH: 'today' is no number of seconds" "$tmp/x"
	refused 'does not go with create' --add-tracker=http://t/ "$tmp/x"
	[ ! -e x.torrent ]
}
