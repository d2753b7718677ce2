# btinspect_files.bats - the files of torrents and the hashes of their pieces: both versions, padding, symlinks, odd ones

load ../support/helpers
load ../support/btinspect

hash20=aaaaaaaaaaaaaaaaaaaa
root=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
layer1=cccccccccccccccccccccccccccccccc
layer2=dddddddddddddddddddddddddddddddd
hex() {
	printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# rows VERB COLUMNS FILE [OPTION...] - what the verb prints of the file is what stdin has, blanks for TABs
rows() {
	bt 0 "$1" -o "$2" "${@:4}" "$tmp/$3.torrent"
	tr ' ' '\t' | diff - "$tmp/out" >&2
}

@test "files: of one file, of several with folders, of none but its name" {
	torrent one "$info_v1"
	bt 0 files "$tmp/one.torrent"
	out "$(printf 'file\t%s\t0\t0\t5\t-\t-\ta\t-' "$(sha 1 "$info_v1")")"
	torrent several "d5:filesld6:lengthi5e4:pathl1:deed6:lengthi0e4:pathl1:d1:eeed6:lengthi7e4:pathl1:d1:feee4:name1:n12:piece lengthi16384e${pieces}e"
	rows files index,offset,length,attr,path,target several <<-'END'
	0 0 5 - n/d -
	1 5 0 - n/d/e -
	2 5 7 - n/d/f -
	END
	# a list of one file is stored in a folder
	torrent listed "d5:filesld6:lengthi5e4:pathl1:aeee4:name1:n12:piece lengthi16384e${pieces}e"
	rows files path listed <<<n/a
}

@test "files: padding, attributes and symlinks (BEP 47), and the padding of BitComet" {
	torrent attributes "d5:filesl$(
		)d4:attr1:x6:lengthi5e4:pathl1:aee$(
		)d4:attr1:p6:lengthi11e4:pathl4:.pad2:11ee$(
		)d4:attr2:hx6:lengthi5e4:pathl1:bee$(
		)d4:attr1:l6:lengthi0e4:pathl1:ce12:symlink pathl1:d1:eee$(
		)d6:lengthi1e4:pathl$(string '_____padding_file_0_if you see this file')eee4:name1:n12:piece lengthi16384e${pieces}e"
	rows files index,offset,length,attr,target attributes <<-'END'
	0 0 5 executable -
	1 5 11 pad -
	2 16 5 executable,hidden -
	3 21 0 symlink d/e
	4 21 1 pad -
	END
	bt 0 show -o size,files "$tmp/attributes.torrent"
	out $'10\t3'
}

@test "files: of version 2 in the order of the tree, each at the begin of a piece, with its root" {
	local tree="9:file treed1:ad0:d6:lengthi5e11:pieces root32:${root}ee1:dd1:ed0:d6:lengthi0eee1:fd0:d6:lengthi20000e11:pieces root32:${root}eeee"
	printf 'd4:infod%s12:meta versioni2e4:name1:n12:piece lengthi16384ee12:piece layersd32:%s64:%s%see' "$tree" "$root" "$layer1" "$layer2" >"$tmp/two.torrent"
	rows files index,offset,length,pieces_root,path two <<-END
	0 0 5 $(hex $root) n/a
	1 16384 0 - n/d/e
	2 16384 20000 $(hex $root) n/d/f
	END
	# the one piece of the small file is its root; the other file has a layer
	rows pieces index,hash,file,offset two <<-END
	0 $(hex $root) n/a 0
	1 $(hex $layer1) n/d/f 0
	2 $(hex $layer2) n/d/f 16384
	END
}

@test "files: of a hybrid the list of version 1, with the roots of version 2; pieces of either half" {
	torrent both "$info_hybrid"
	rows files index,offset,length,pieces_root,path both <<<"0 0 5 $(hex $root) a"
	rows pieces index,hash,file,offset both <<<"0 $(hex $hash20) a 0"
	rows pieces index,hash,file,offset both --v2 <<<"0 $(hex $root) a 0"
	torrent one "$info_v1"
	bt 1 pieces --v2 "$tmp/one.torrent"
	out
	err "btinspect: $tmp/one.torrent: a torrent of version 1, which has no piece layers"
}

@test "pieces: of version 1 each begins in a file, and may go on into others; empty files hold none" {
	local list="d6:lengthi0e4:pathl1:zeed6:lengthi16000e4:pathl1:aeed6:lengthi1e4:pathl1:beed6:lengthi383e4:pathl1:ceed6:lengthi0e4:pathl1:yeed6:lengthi16385e4:pathl1:deee"
	torrent several "d5:filesl${list}4:name1:n12:piece lengthi16384e6:pieces60:$(printf 'a%.0s' {1..20})$(printf 'b%.0s' {1..20})$(printf 'c%.0s' {1..20})e"
	bt 0 pieces "$tmp/several.torrent"
	for row in "0 $(hex $hash20) n/a 0" "1 $(hex ${hash20//a/b}) n/d 0" "2 $(hex ${hash20//a/c}) n/d 16384"; do
		echo "piece $(sha 1 "$(head -c -1 "$tmp/several.torrent" | tail -c +8)") $row"
	done | tr ' ' '\t' | diff - "$tmp/out" >&2
}

@test "with faults nothing is printed; with --keep what is there, and hashes behind all files have none" {
	torrent many "d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces60:$(printf 'a%.0s' {1..60})e"
	bt 1 pieces "$tmp/many.torrent"
	out
	grep -q 'many.torrent: byte [0-9]*: ' "$tmp/err"
	bt 1 pieces -k -o index,file,offset "$tmp/many.torrent"
	out $'0\ta\t0' $'1\t-\t-' $'2\t-\t-'
	# lengths whose sum is beyond 64 bits, a piece length of nothing, one beyond all offsets
	for info in "d5:filesl$(printf 'd6:lengthi9223372036854775807e4:pathl1:%see' a b c)e4:name1:n12:piece lengthi16384e${pieces}e" \
		"d6:lengthi5e4:name1:a12:piece lengthi0e6:pieces40:$hash20${hash20}e" \
		"d6:lengthi5e4:name1:a12:piece lengthi9223372036854775807e6:pieces80:$hash20$hash20$hash20${hash20}e" \
		"d5:filesli1e1:ad6:lengthi5e4:pathl1:aeee4:name1:n12:piece lengthi16384e${pieces}e"; do
		torrent odd "$info"
		bt 1 files -k "$tmp/odd.torrent"
		[ -s "$tmp/out" ]
		bt 1 pieces -k "$tmp/odd.torrent"
		[ -s "$tmp/out" ]
	done
	bt 1 files "$tmp/odd.torrent"
	out
}

@test "hostile names stay in their cells" {
	local name=$'\e]0;x\a/..\n.'
	torrent odd "d5:filesld6:lengthi5e4:pathl2:..$(string "$name")eee4:name3:$(printf '\302\233x')12:piece lengthi16384e${pieces}e"
	bt 0 files -o path "$tmp/odd.torrent"
	out '\xc2\x9bx/../\x1b]0;x\x07/..\n.'
}

@test "-n ends in the middle of a torrent" {
	torrent both "$info_hybrid"
	bt 0 files -n 1 -o path "$tmp/both.torrent" "$tmp/none"
	out a
	bt 0 pieces -n 1 -o file "$tmp/both.torrent" "$tmp/none"
	out a
}
