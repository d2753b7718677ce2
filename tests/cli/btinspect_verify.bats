# btinspect_verify.bats - data on disk against torrents of all versions and makers, and with all that can be wrong with it

load ../support/helpers

# album - a folder of files of all kinds of sizes; in pieces of 32 KiB their borders lie anywhere
album() {
	local i
	mkdir -p "$tmp/album/sub"
	for i in 1 2 3 4; do
		seq -f "%.0f of $i" 200000 | head -c $((i * 77777 + i)) >"$tmp/album/track$i.bin"
	done
	seq 100000 200000 | head -c 65536 >"$tmp/album/sub/even.bin"
	printf 'hello\n' >"$tmp/album/sub/small.txt"
	: >"$tmp/album/empty.txt"
	cd "$tmp" || return
}
files='empty.txt sub/even.bin sub/small.txt track1.bin track2.bin track3.bin track4.bin'

# make VERSION [PIECE_LENGTH] - a torrent of the album in $tmp/album.torrent
make() {
	need /usr/bin/python3
	# shellcheck disable=SC2086
	"$top/tests/support/make-torrent" "$1" "${2:-32768}" album album $files >album.torrent
}

# verify STATUS ARG... - runs btinspect with stdout in $tmp/out, stderr in $tmp/err; its exit status must be STATUS
verify() {
	local want=$1 status=0
	shift
	btinspect verify "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	if grep -E 'Sanitizer|runtime error' "$tmp/err" >&2; then return 1; fi
	[ "$status" = "$want" ] || { echo "verify $*: exit status $status, want $want"; cat "$tmp/out" "$tmp/err"; return 1; } >&2
}

# out LINE... - what the columns kind state first pieces good bad offset length path must be, of what is not good
out() {
	diff -u <([ $# = 0 ] || tsv "$@") <(awk -F'\t' -v OFS='\t' '$4 != "good" { print $3, $4, $5, $6, $7, $8, $9, $10, $13 }' "$tmp/out") >&2
}

# says LINE... - what stderr must be
says() {
	diff -u <(printf 'btinspect: %s\n' "$@") "$tmp/err" >&2
}

# flip FILE OFFSET - changes the byte there
flip() {
	local byte
	byte=$(od -An -tu1 -j"$2" -N1 "$1")
	# shellcheck disable=SC2059
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# bits PIECES - a 1 for each good piece, a 0 for each other one, from the runs in $tmp/out
bits() {
	awk -F'\t' -v n="$1" '$3 == "pieces" { for (i = $5; i < $5 + $6; i++) bad[i] = 1 }
		END { for (i = 0; i < n; i++) printf "%d", !bad[i]; print "" }' "$tmp/out"
}

@test "verify: good data, whoever made the torrent" {
	album
	need mktorrent
	need transmission-create
	need_module libtorrent
	mktorrent -l 15 -o mktorrent.torrent album >/dev/null
	transmission-create -s 32 -o transmission.torrent album >/dev/null
	for version in v1 v2 hybrid; do
		"$top/tests/support/by-libtorrent" make $version album 32768 >$version.torrent
	done
	for torrent in mktorrent transmission v1 v2 hybrid; do
		verify 0 . $torrent.torrent
		# transmission leaves out the one that is empty
		[ "$(grep -c '	file	good	' out)" -ge 6 ]
		out
		# the folder itself, a copy under another name, and words the other way round
		cp out first
		verify 0 album $torrent.torrent
		cut -f 1-12 first | cmp - <(cut -f 1-12 out)
		mv album renamed
		verify 0 renamed $torrent.torrent
		out
		mv renamed album
		verify 0 $torrent.torrent .
		cmp first out
		verify 0 . <$torrent.torrent
		cmp first out
	done
	verify 0 . ./*.torrent
	[ "$(grep -c '	file	good	' out)" = 34 ]
	grep -q '34 files good' err
}

@test "verify: torrents of a single file" {
	album
	for version in 1 2 hybrid; do
		"$top/tests/support/make-torrent" $version 16384 - album track2.bin >single.torrent
		verify 0 album single.torrent
		[ "$(cut -f 3-11,13 out)" = "$(tsv 'file good 0 10 10 0 - 155556 155556 album/track2.bin')" ]
		says '10 pieces good; 1 file good'
		verify 0 album/track2.bin single.torrent
		cp album/track2.bin other
		flip other 20000
		verify 1 other single.torrent
		out 'file bad 0 10 9 1 16384 155556 other' 'pieces bad 1 1 0 1 16384 16384 other'
		verify 1 . single.torrent
		out 'file missing 0 10 0 0 0 155556 ./track2.bin' 'pieces missing 0 10 0 0 0 155556 ./track2.bin'
	done
}

@test "verify: a folder in the torrent that has the torrent's name is not taken for the torrent's folder" {
	need /usr/bin/python3
	mkdir -p "$tmp/disk/x/x"
	cd "$tmp/disk"
	seq 9999 >x/x/one
	seq 8888 >x/two
	"$top/tests/support/make-torrent" 1 16384 x x x/one two >x.torrent
	for path in x . x/. "$PWD/x"; do
		verify 0 "$path" x.torrent
		says '6 pieces good; 2 files good'
	done
	rm x/two
	verify 1 x x.torrent
	[ "$(cut -f 4,13 "$tmp/out" | head -n 2)" = "$(tsv 'unsure x/x/one' 'missing x/two')" ]
}

@test "verify: of version 2, a folder with one file is the file alone, too" {
	need /usr/bin/python3
	mkdir -p "$tmp/disk/folder"
	cd "$tmp/disk"
	seq 9999 >folder/file
	"$top/tests/support/make-torrent" 2 16384 folder folder file >one.torrent
	for path in . folder folder/file; do
		verify 0 "$path" one.torrent
		says '3 pieces good; 1 file good'
	done
}

@test "verify: a byte changed in each file in turn is found in that piece and that file" {
	album
	for version in 1 2 hybrid; do
		make $version
		offset=0 piece=0
		for file in $files; do
			size=$(stat -c %s "album/$file")
			[ "$size" -gt 0 ] || continue
			for at in 0 $((size / 2)) $((size - 1)); do
				flip "album/$file" $at
				verify 1 album album.torrent
				flip "album/$file" $at
				bad=$(awk -F'\t' '$3 == "pieces" { print $5, $6, $8, $4 }' out)
				if [ $version = 1 ]; then
					[ "$bad" = "$(((offset + at) / 32768)) 1 1 bad" ]
					# the file that it is in is never called good, and no file is that has not a
					# byte of that piece
					grep -q "	file	\(bad\|unsure\)	.*/$file\$" out
					awk -F'\t' -v piece="${bad%% *}" '$3 == "file" && $6 > 0 && ($4 != "good") != ($5 <= piece && piece < $5 + $6) { exit 1 }' out
				else
					[ "$bad" = "$((piece + at / 32768)) 1 1 bad" ]
					[ "$(awk -F'\t' '$3 == "file" && $4 != "good" { print $4, $8, $9, $13 }' out)" = \
						"bad 1 $((at / 32768 * 32768)) album/$file" ]
				fi
			done
			offset=$((offset + size)) piece=$((piece + (size + 32767) / 32768))
		done
	done
}

@test "verify: what is not printed counts all the same" {
	album
	make 1
	flip album/track4.bin 100000
	for option in '-n 0' '-n 1' '-m state=short' '--skip 100'; do
		# shellcheck disable=SC2086
		verify 1 $option album album.torrent
		grep -qx 'btinspect: 1 of [0-9]* pieces bad, 0 not there; 7 files: 1 bad' err
	done
	verify 1 -n 1 -o path album album.torrent
	[ "$(cat out)" = album/empty.txt ]
}

@test "verify: libtorrent takes the same pieces for good" {
	album
	need_module libtorrent
	for version in v1 v2 hybrid; do
		"$top/tests/support/by-libtorrent" make $version album 32768 >$version.torrent
	done
	flip album/track4.bin 100000
	flip album/track1.bin 0
	truncate -s 100000 album/track3.bin
	rm album/sub/even.bin
	for version in v1 v2 hybrid; do
		verify 1 . $version.torrent
		good=$("$top/tests/support/by-libtorrent" check $version.torrent .)
		[ "${#good}" -gt 20 ]
		[ "$(bits ${#good})" = "$good" ]
	done
}

@test "verify: missing, short and long files, a folder and a FIFO instead of one" {
	album
	make 2
	mv album/sub/even.bin even.bin
	mkdir album/sub/even.bin
	rm album/sub/small.txt album/track3.bin
	mkfifo album/track3.bin
	truncate -s 70000 album/track2.bin
	echo more >>album/track4.bin
	echo more >>album/empty.txt
	verify 1 . album.torrent
	out 'file long - - - - 0 0 ./album/empty.txt' \
		'file unreadable 0 2 0 0 0 65536 ./album/sub/even.bin' \
		'file missing 2 1 0 0 0 6 ./album/sub/small.txt' \
		'file short 6 5 2 0 65536 155556 ./album/track2.bin' \
		'file unreadable 11 8 0 0 0 233334 ./album/track3.bin' \
		'file long 19 10 10 0 311112 311112 ./album/track4.bin' \
		'pieces missing 0 3 0 0 0 65542 ./album/sub/even.bin' \
		'pieces missing 8 11 0 0 65536 323354 ./album/track2.bin'
	says './album/sub/even.bin: is a folder, want a file' './album/track3.bin: is no regular file' \
		'0 of 29 pieces bad, 14 not there; 7 files: 1 missing, 1 short, 2 long, 2 unreadable'
	make() { :; }
	verify 1 --fast -o state,offset,size,good,path . album.torrent
	diff -u - out <<-END >&2
		long	0	5	-	./album/empty.txt
		unreadable	0	-	-	./album/sub/even.bin
		missing	0	-	-	./album/sub/small.txt
		good	-	77778	-	./album/track1.bin
		short	70000	70000	-	./album/track2.bin
		unreadable	0	-	-	./album/track3.bin
		long	311112	311117	-	./album/track4.bin
	END
	rm -r album
	# an empty folder of the torrent's name is that of the torrent
	for folder in . ./ album album/; do
		verify 1 $folder album.torrent
		[ "$(grep -c '	file	missing	' out)" = 7 ]
		[ "$(awk -F'\t' '$3 == "pieces" { print $4, $5, $6 }' out)" = 'missing 0 29' ]
		grep -q '	\(\./\)\?album/track1.bin$' out
		mkdir -p album
	done
}

@test "verify: version 1, files that share a piece with a missing or a bad one are unsure" {
	album
	make 1
	# small.txt and the beginning of track1.bin are in piece 2 together; even.bin ends where it begins
	rm album/sub/small.txt
	verify 1 album album.torrent
	out 'file missing 2 1 0 0 0 6 album/sub/small.txt' 'file unsure 2 3 2 0 0 77778 album/track1.bin' \
		'pieces missing 2 1 0 0 0 32768 album/sub/small.txt'
	printf 'hallo\n' >album/sub/small.txt
	verify 1 album album.torrent
	out 'file unsure 2 1 0 1 0 6 album/sub/small.txt' 'file unsure 2 3 2 1 0 77778 album/track1.bin' \
		'pieces bad 2 1 0 1 0 32768 album/sub/small.txt'
	says '1 of 26 pieces bad, 0 not there; 7 files: 2 unsure'
	# and with one that has a bad piece of its own
	flip album/track1.bin 40000
	verify 1 album album.torrent
	out 'file unsure 2 1 0 1 0 6 album/sub/small.txt' 'file bad 2 3 1 2 0 77778 album/track1.bin' \
		'pieces bad 2 2 0 2 0 65536 album/sub/small.txt'
}

@test "verify: padding is zeros, whatever is on disk; so no file is unsure beside it" {
	album
	"$top/tests/support/make-torrent" 1 32768 album album sub/small.txt .pad/32762 track1.bin .pad/20526 empty.txt track2.bin >pad.torrent
	mkdir album/.pad
	echo rubbish | tee album/.pad/32762 >album/.pad/20526
	verify 0 . pad.torrent
	[ "$(wc -l <out)" = 4 ]
	flip album/sub/small.txt 0
	verify 1 . pad.torrent
	out 'file bad 0 1 0 1 0 6 ./album/sub/small.txt' 'pieces bad 0 1 0 1 0 32768 ./album/sub/small.txt'
	# more padding than there is need for: pieces of nothing else
	flip album/sub/small.txt 0
	"$top/tests/support/make-torrent" hybrid 32768 album album empty.txt sub/small.txt .pad/98298 >pad.torrent
	verify 0 . pad.torrent
	says '3 pieces good; 2 files good'
}

@test "verify: piece lengths from 16 KiB to more than all, any number of threads" {
	album
	cp -r album sound
	for version in 1 2 hybrid; do
		for length in 16384 65536 131072 8388608; do
			make $version $length
			flip album/track4.bin 250000
			truncate -s 200000 album/track3.bin
			verify 1 --threads=1 . album.torrent
			cp out first
			cp err first.err
			for threads in 2 5 99; do
				verify 1 --threads=$threads . album.torrent
				cmp first out
				cmp first.err err
			done
			[ "$(grep -c '	file	bad	.*/track4.bin$' out)" = 1 ] || [ $version$length = 18388608 ]
			grep -q '	file	short	.*/track3.bin$' out
			cp sound/track[34].bin album
		done
	done
	for length in 50000 777 1; do
		make 1 $length
		verify 0 . album.torrent
	done
}

@test "verify: many small files, in more pieces than there are lanes" {
	mkdir "$tmp/many"
	cd "$tmp"
	for ((i = 100; i < 300; i++)); do
		head -c $((i * i % 40000)) <(seq -f "%.0f:$i" 20000) >many/$i
	done
	for version in 1 2 hybrid; do
		"$top/tests/support/make-torrent" $version 16384 many many {100..299} >many.torrent
		verify 0 many many.torrent
		[ "$(grep -c '	file	good' out)" = 200 ]
		flip many/222 9000
		verify 1 many many.torrent
		flip many/222 9000
		grep -q '1 of .* bad, 0 not there' err
		grep -q '	many/222$' out
	done
}

@test "verify: holes of files are zeros" {
	mkdir "$tmp/album"
	cd "$tmp"
	{ seq 10000; head -c 300000 /dev/zero; seq 20000; head -c 400000 /dev/zero; } >album/whole
	for version in 1 2 hybrid; do
		"$top/tests/support/make-torrent" $version 16384 album album whole >holes.torrent
		for _ in 1 2; do
			cp --sparse=always album/whole sparse
			mv sparse album/whole
			verify 0 . holes.torrent
			# and at the end there is no more than there is
			truncate -s 400000 album/whole
			verify 1 . holes.torrent
			grep -q '	pieces	missing	24	' out
			truncate -s 857788 album/whole
			verify 1 . holes.torrent
			grep -q '	pieces	bad	24	' out
			{ seq 10000; head -c 300000 /dev/zero; seq 20000; head -c 400000 /dev/zero; } >album/whole
		done
	done
}

@test "verify: symlinks point to where the torrent has them" {
	album
	"$top/tests/support/make-torrent" 1 32768 album album track1.bin 'a.bin>track1.bin' 'sub/b.bin>track1.bin' 'c.bin>sub/even.bin' >links.torrent
	ln -s track1.bin album/a.bin
	ln -s ../track1.bin album/sub/b.bin
	ln -s ./sub/../sub/even.bin album/c.bin
	verify 0 . links.torrent
	[ "$(wc -l <out)" = 4 ]
	ln -sf track2.bin album/a.bin
	ln -sf /etc/passwd album/sub/b.bin
	rm album/c.bin
	verify 1 . links.torrent
	out 'file bad - - - - - 0 ./album/a.bin' 'file bad - - - - - 0 ./album/sub/b.bin' 'file missing - - - - - 0 ./album/c.bin'
	# data may be a symlink: it is the user's
	mv album/track1.bin elsewhere
	ln -s ../elsewhere album/track1.bin
	verify 1 -o state,path . links.torrent
	grep -q '^good	./album/track1.bin$' out
}

@test "verify: paths that lead out of the folder are not looked at" {
	album
	echo secret >secret
	for path in ../secret sub/../../secret /etc/passwd sub//x sub/. ..; do
		"$top/tests/support/make-torrent" 1 32768 album . secret="$path" album/track1.bin=track1.bin >hostile.torrent
		verify 1 album hostile.torrent
		[ "$(awk -F'\t' '$3 == "file" { print $4, $11 }' out)" = $'unreadable -\nunsure 77778' ]
		grep -q "leads out of the torrent's folder, or is empty" err
	done
	# a name that leads out is not followed either: only the folder itself is looked into
	mkdir inner
	"$top/tests/support/make-torrent" 2 32768 ../album album track1.bin >name.torrent
	verify 1 inner name.torrent
	out 'file missing 0 3 0 0 0 77778 inner/track1.bin' 'pieces missing 0 3 0 0 0 77778 inner/track1.bin'
	verify 0 album name.torrent
	"$top/tests/support/make-torrent" 2 32768 - . album/track1.bin=../album/track1.bin >name.torrent
}

@test "verify: a version 2 torrent without piece layers is compared file by file" {
	album
	"$top/tests/support/make-torrent" 2 16384 album album sub/small.txt track1.bin track2.bin --no-layers >bare.torrent
	verify 1 . bare.torrent
	[ ! -s out ]
	verify 1 -k . bare.torrent
	out
	[ "$(grep -c '	good	' out)" = 3 ]
	grep -q 'no piece layer of track1.bin: the file can be compared as a whole only' err
	flip album/track2.bin 99999
	verify 1 -k . bare.torrent
	out 'file bad 6 10 0 10 0 155556 ./album/track2.bin' 'pieces bad 6 10 0 10 0 155556 ./album/track2.bin'
}

@test "verify: a piece layer is compared with the root before it is believed" {
	album
	"$top/tests/support/make-torrent" 2 16384 album album track1.bin track2.bin --other-layers >wrong.torrent
	verify 1 . wrong.torrent
	out
	[ "$(grep -c 'wrong piece layer of track[12].bin: the file can be compared as a whole only$' err)" = 2 ]
	flip album/track2.bin 99999
	verify 1 . wrong.torrent
	out 'file bad 5 10 0 10 0 155556 ./album/track2.bin' 'pieces bad 5 10 0 10 0 155556 ./album/track2.bin'
}

@test "verify: hybrids whose halves differ" {
	album
	"$top/tests/support/make-torrent" hybrid 32768 album album track1.bin track2.bin --other-pieces >differ.torrent
	verify 1 . differ.torrent
	out 'file bad 0 3 2 1 0 77778 ./album/track1.bin' 'pieces bad 0 1 0 1 0 32768 ./album/track1.bin'
	grep -q 'differ.torrent: the halves of the torrent differ: 1 piece, the first 0, good in one and bad in the other' err
	"$top/tests/support/make-torrent" hybrid 32768 album album track1.bin track2.bin --no-padding >shifted.torrent
	verify 1 -k . shifted.torrent
	grep -q "file 1 begins 12242 bytes after a piece's border, want 0; only the version 1 half is compared" err
	[ "$(grep -c '	good	' out)" = 2 ]
}

@test "verify: a file that changes meanwhile is an error, no crash" {
	album
	seq 2000000 >album/track4.bin
	make 2 16384
	for ((i = 0; i < 400; i++)); do
		truncate -s $((i * 7919 % 4000000)) album/track4.bin
		truncate -s 14000000 album/track4.bin
	done 3>&- &
	changer=$!
	for ((i = 0; i < 8; i++)); do
		verify 1 . album.torrent
		[ "$(grep -c '	file	good	.*/track[123].bin$' out)" = 3 ]
	done
	kill $changer 2>/dev/null || true
	wait $changer || true
}

@test "verify: ^C says how far it came, and what is known" {
	cd "$tmp"
	mkdir disk
	truncate -s 64G disk/data
	{
		printf 'd4:infod6:lengthi%de4:name4:data12:piece lengthi16777216e6:pieces81920:' $((64 << 30))
		head -c 81920 /dev/zero
		printf ee
	} >big.torrent
	btinspect verify --threads=1 disk big.torrent >out 2>err 3>&- &
	pid=$!
	# it has begun when it has the file open
	wait_for sh -c "ls -l /proc/$pid/fd | grep -q disk/data"
	sleep 0.5
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 143 ]
	grep -q '^btinspect: stopped after [0-9]* of 4096 pieces; ' err
	grep -q '	file	\(bad\|unsure\)	0	4096	' out
}

@test "verify: usage, and what is not there" {
	album
	make 1
	verify 2
	grep -q 'verify wants the PATH of the data' err
	verify 2 nowhere album.torrent
	says 'nowhere: No such file or directory'
	verify 2 . nowhere.torrent
	verify 1 . album/track1.bin
	verify 1 album/track1.bin album.torrent
	says 'album.torrent: album/track1.bin is a file, but the torrent is of a folder'
	verify 1 . 'magnet:?xt=urn:btih:86d4c80024a469be4c50bc5a102cf71780310074'
	# one bad torrent does not keep the others from being looked at
	echo rubbish >bad.torrent
	verify 1 . bad.torrent album.torrent
	[ "$(grep -c '	good	' out)" = 7 ]
	verify 0 -q . album.torrent
	[ ! -s err ]
	verify 0 -j -n1 . album.torrent
	jq -e '.type == "data" and .state == "good" and .path == "./album/empty.txt"' out >/dev/null
}
